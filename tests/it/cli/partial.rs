//! The controls of partial repainting, as flags.

use pentimento::raster::file;

use super::{folder, model, repaint_args, run};

/// Flags beside the picture, the mask and 3 steps → size of the result, and words on standard error.
const GOOD: &[(&str, (u32, u32), &str)] = &[
    ("--size 48x80 --resize crop", (48, 80), "out.png"),
    ("--size 90x40 --resize fill-and-mask", (90, 40), "out.png"),
    (
        "--size 90x40 --resize latent --strength 0.6",
        (90, 40),
        "out.png",
    ),
    ("--mask mask.png --size 64x48", (61, 75), "out.png"),
    (
        "--mask mask.png --area whole --size 64x48",
        (64, 48),
        "out.png",
    ),
    (
        "--mask mask.png --method inpaint-encode --grow-mask 4 --strength 0.5",
        (61, 75),
        "strength is held at 1 with the method inpaint-encode",
    ),
    (
        "--mask mask.png --mask-mode not-masked --mask-blur 2 --mask-blur-y 6 --mask-edge hard --masked-content latent-noise --color-match",
        (61, 75),
        "3 of 3 steps",
    ),
];

#[test]
fn flags_reach_the_repaint() {
    let dir = folder();
    let model = model();
    for (flags, size, words) in GOOD {
        let mut more = vec!["--image", "picture.png", "--steps", "3", "--out", "out.png"];
        if !flags.contains("--strength") {
            more.extend(["--strength", "1"]);
        }
        more.extend(flags.split(' '));
        let output = run(dir.path(), &repaint_args(model.to_str().unwrap(), &more));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{flags}: {stderr}");
        assert!(stderr.contains(words), "{flags}: {stderr}");
        let result = file::read(&dir.path().join("out.png")).unwrap().picture;
        assert_eq!(
            (result.size().width, result.size().height),
            *size,
            "{flags}"
        );
        std::fs::remove_file(dir.path().join("out.png")).unwrap();
    }
}
