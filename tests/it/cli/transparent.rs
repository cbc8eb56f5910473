//! Transparent pictures: what is repainted is seen, what is kept stays transparent.

use pentimento::raster::blur::gaussian;
use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Mask, Picture};

use super::{SIZE, folder, model, repaint_args, run};

/// Flags → whether what the mask keeps is kept (else all is repainted), and how far the picture moves.
const ROWS: &[(&str, &str, bool, u32)] = &[
    ("--mask mask.png", "out.png", true, 0),
    ("--mask mask.png", "out.webp", true, 0),
    ("--mask mask.png", "out.tif", true, 0),
    ("--mask mask.png --color-match", "out.png", true, 0),
    (
        "--mask mask.png --masked-content latent-noise --area only-masked",
        "out.png",
        true,
        0,
    ),
    (
        "--mask mask.png --method inpaint-encode --mask-blur 0",
        "out.png",
        true,
        0,
    ),
    ("--mask mask.png --strength 0.3", "out.png", true, 0),
    ("", "out.png", false, 0),
    ("--mask mask.png --extend 12", "out.png", false, 12),
];

/// Half of it transparent and of a colour that nobody may see, with a rim between.
fn half() -> Picture {
    Picture::from_fn(SIZE, |x, y| match x {
        0..28 => [0, 255, 0, 0],
        28..34 => [200, (y * 3) as u8, 90, 40 * (x - 28) as u8],
        _ => [200, (y * 3) as u8, 90, 255],
    })
}

#[test]
fn what_is_repainted_is_seen_and_what_is_kept_stays() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    let before = half();
    file::write(&at("half.png"), &before, &Metadata::default()).unwrap();
    let mask = Mask::from_picture(&file::read(&at("mask.png")).unwrap().picture);
    let model = model();
    for (flags, out, masked, moved) in ROWS {
        let mut more = vec!["--image", "half.png", "--steps", "4", "--out", out];
        more.extend(flags.split_whitespace());
        let output = run(dir.path(), &repaint_args(model.to_str().unwrap(), &more));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{flags}: {stderr}");
        let after = file::read(&at(out)).unwrap().picture;
        if !masked && *moved == 0 {
            assert!(after.is_opaque(), "{flags}: all was repainted");
            continue;
        }
        let blur = if flags.contains("--mask-blur 0") {
            0.0
        } else {
            4.0
        };
        let cover = gaussian(&mask, blur, blur);
        let deep = if *moved > 0 { 30 } else { 0 };
        for (x, y) in (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| (x, y))) {
            let (was, is) = (before.pixel(x, y), after.pixel(x + moved, y + moved));
            let far = |at: u32, side: u32| (deep..side - deep).contains(&at);
            match cover.value(x, y) {
                _ if mask.value(x, y) == 255 => assert_eq!(is[3], 255, "{flags}: {x}, {y}"),
                0 if far(x, SIZE.width) && far(y, SIZE.height) => {
                    assert_eq!(is, was, "{flags}: {x}, {y}")
                }
                _ => assert!(is[3] >= was[3], "{flags}: {x}, {y}"),
            }
        }
        if *moved > 0 {
            let corner = after.pixel(0, 0)[3];
            assert_eq!(corner, 255, "{flags}: room is painted");
        }
    }
}
