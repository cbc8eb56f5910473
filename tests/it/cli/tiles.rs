//! A repaint in tiles, one after the other.

use pentimento::raster::{Mask, Picture, Rect, Size, file};
use pentimento::recipe::Recipe;
use pentimento::recipe::parsed::read_metadata;

use super::{folder, model, repaint_args, run};

/// Flags, and whether there is a mask.
const RUNS: &[(&str, bool)] = &[
    ("--tile 20", true),
    ("--tile 20 --mask-mode not-masked", true),
    ("--tile 24 --mask-blur 4", true),
    ("--tile 24", false),
    ("--tile 24 --count 2 --batch 2", false),
];

#[test]
fn every_tile_is_repainted_and_nothing_else() {
    let dir = folder();
    let model = model();
    let read = |name: &str| file::read(&dir.path().join(name)).unwrap();
    let before = read("picture.png").picture;
    let mask = Mask::from_picture(&read("mask.png").picture);
    let made = |flags: &str, masked: bool| {
        let mut more = vec!["--image", "picture.png", "--out", "out.png"];
        more.extend([
            "--steps",
            "1",
            "--strength",
            "1",
            "--difference-threshold",
            "0",
        ]);
        if !flags.contains("--mask-blur") {
            more.extend(["--mask-blur", "0"]);
        }
        if masked {
            more.extend(["--mask", "mask.png"]);
        }
        more.extend(flags.split(' '));
        let output = run(dir.path(), &repaint_args(model.to_str().unwrap(), &more));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{flags}: {stderr}");
        let names = ["out.png", "out-1.png", "out-2.png"];
        let there = names.iter().filter(|name| dir.path().join(name).is_file());
        let made: Vec<_> = there.map(|name| read(name)).collect();
        for name in names {
            std::fs::remove_file(dir.path().join(name)).ok();
        }
        made
    };
    let differs = |a: &Picture, b: &Picture, part: Rect| {
        let rows =
            (part.top..part.bottom).flat_map(|y| (part.left..part.right).map(move |x| (x, y)));
        rows.filter(|(x, y)| a.pixel(*x, *y) != b.pixel(*x, *y))
            .count()
    };
    for (flags, masked) in RUNS {
        let made = made(flags, *masked);
        assert_eq!(
            made.len(),
            if flags.contains("--count") { 2 } else { 1 },
            "{flags}"
        );
        for one in &made {
            let after = &one.picture;
            if *masked && !flags.contains("blur") {
                let turned = flags.contains("not-masked");
                for y in 0..before.size().height {
                    for x in 0..before.size().width {
                        let kept = (mask.value(x, y) > 0) == turned;
                        assert!(
                            !kept || before.pixel(x, y) == after.pixel(x, y),
                            "{flags}: {x} {y}"
                        );
                    }
                }
            }
            let bounds = match (masked, flags.contains("not-masked")) {
                (true, false) => mask.bounds().unwrap(),
                _ => Rect::of(before.size()),
            };
            // Each quarter was rendered.
            let Size { width, height } = bounds.size();
            for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let (left, top) = (bounds.left + x * width / 2, bounds.top + y * height / 2);
                let part = Rect::new(left, top, left + width / 2, top + height / 2);
                let changed = differs(&before, after, part);
                assert!(
                    changed * 4 > part.size().area(),
                    "{flags}: {part:?} {changed}"
                );
            }
            let texts = one.metadata.texts();
            let said = read_metadata(&texts, None, &Recipe::default()).unwrap();
            assert!(said.recipe.tile >= 20, "{flags}");
        }
        if let [one, other] = &made[..] {
            assert_ne!(one.picture, other.picture, "{flags}");
        }
    }
    // One tile is a masked part like any other.
    let [tiled, plain] =
        ["--tile 4000", "--area only-masked"].map(|flags| made(flags, true).remove(0));
    assert_eq!(tiled.picture, plain.picture);
}
