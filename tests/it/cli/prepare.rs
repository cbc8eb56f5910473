//! Flags that change the picture and its mask before the repaint.

use std::path::Path;
use std::process::Output;

use pentimento::engine::blurred;
use pentimento::raster::blur::reach;
use pentimento::raster::file::{self, Metadata};
use pentimento::raster::prepare::{FEATHER, Margins, Preparation};
use pentimento::raster::{Axis, Mask, Picture, Rect, Size};
use pentimento::recipe::Recipe;

use super::{folder, listing, model, repaint_args, run};

fn repaint(dir: &Path, more: &[&str]) -> Output {
    let model = model();
    run(dir, &repaint_args(model.to_str().unwrap(), more))
}

fn read(dir: &Path, name: &str) -> Picture {
    file::read(&dir.join(name)).unwrap().picture
}

/// Flags → what they make of the picture when nothing of it is repainted.
type Case = (&'static str, fn(&Picture) -> Picture);
const UNPAINTED: &[Case] = &[
    ("--crop 3,5,40x64", |picture| {
        picture.crop(Rect::new(3, 5, 43, 69))
    }),
    ("--rotate 90", |picture| picture.rotated(1)),
    ("--rotate 180", |picture| picture.rotated(2)),
    ("--rotate 270", |picture| picture.rotated(3)),
    ("--flip horizontal", |picture| {
        picture.flipped(Axis::Horizontal)
    }),
    ("--flip vertical", |picture| picture.flipped(Axis::Vertical)),
    // 61 by 75, each half rounded up.
    ("--scale 0.5", |picture| picture.resize(Size::new(31, 38))),
    // In their own order, whatever order they are given in.
    (
        "--scale 2 --flip horizontal --rotate 90 --crop 1,2,30x40",
        |picture| {
            let part = picture.crop(Rect::new(1, 2, 31, 42));
            let turned = part.rotated(1).flipped(Axis::Horizontal);
            turned.resize(Size::new(80, 60))
        },
    ),
];

#[test]
fn pictures_are_prepared_as_in_the_table() {
    let dir = folder();
    for (flags, expected) in UNPAINTED {
        let mut more = vec!["--image", "picture.png", "--out", "out.png"];
        more.extend(["--strength", "0"]);
        more.extend(flags.split(' '));
        let output = repaint(dir.path(), &more);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{flags}: {stderr}");
        let expected = expected(&read(dir.path(), "picture.png"));
        assert!(read(dir.path(), "out.png") == expected, "{flags}");
    }
}

#[test]
fn the_mask_goes_with_the_picture() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    let turned = |name: &str| {
        let turned = read(dir.path(), name).rotated(1);
        let turned = turned.crop(Rect::new(10, 4, 70, 61));
        file::write(
            &at(&format!("turned-{name}")),
            &turned,
            &Metadata::default(),
        )
        .unwrap();
    };
    turned("picture.png");
    turned("mask.png");
    let by_hand = [
        "--image",
        "turned-picture.png",
        "--mask",
        "turned-mask.png",
        "--steps",
        "2",
        "--out",
        "hand.png",
    ];
    assert!(repaint(dir.path(), &by_hand).status.success());
    // The same part of the upright picture.
    let by_flags = [
        "--image",
        "picture.png",
        "--mask",
        "mask.png",
        "--steps",
        "2",
        "--crop",
        "4,5,57x60",
        "--rotate",
        "90",
        "--out",
        "flags.png",
    ];
    let output = repaint(dir.path(), &by_flags);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(read(dir.path(), "hand.png") == read(dir.path(), "flags.png"));
}

/// Margins, flags beside them, and whether the mask is given too.
const EXTENDED: &[(&str, [u32; 4], &str)] = &[
    ("16", [16; 4], ""),
    ("0,24,0,0", [0, 24, 0, 0], "--mask-blur 2"),
    ("7,0,9,30", [7, 0, 9, 30], "--mask mask.png"),
    ("8,0,0,8", [8, 0, 0, 8], "--mask black.png"),
    ("0,0,20,0", [0, 0, 20, 0], "--mask-mode not-masked"),
    (
        "0,0,20,0",
        [0, 0, 20, 0],
        "--mask mask-inverse.png --mask-mode not-masked",
    ),
];

#[test]
fn extended_pictures_keep_what_lies_beyond_the_seam() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    let mask = read(dir.path(), "mask.png");
    let inverse = Picture::from_fn(mask.size(), |x, y| {
        let [red, green, blue, _] = mask.pixel(x, y).map(|value| 255 - value);
        [red, green, blue, 255]
    });
    file::write(&at("mask-inverse.png"), &inverse, &Metadata::default()).unwrap();
    let before = read(dir.path(), "picture.png");
    for (margins, [left, top, right, bottom], flags) in EXTENDED {
        let mut more = vec!["--image", "picture.png", "--steps", "3", "--out", "out.png"];
        more.extend(["--extend", margins]);
        more.extend(flags.split_whitespace());
        let output = repaint(dir.path(), &more);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{margins} {flags}: {stderr}");
        // All of the schedule: strength 1 without a word.
        assert!(
            stderr.contains("3 of 3 steps"),
            "{margins} {flags}: {stderr}"
        );
        let after = read(dir.path(), "out.png");
        let size = before.size();
        let expected = Size::new(size.width + left + right, size.height + top + bottom);
        assert_eq!(after.size(), expected, "{margins} {flags}");
        let blur = if flags.contains("--mask-blur") {
            2.0
        } else {
            4.0
        };
        let deep = FEATHER + reach(blur);
        let masked = |x: u32, y: u32| {
            let far = 15 + reach(blur) + 1;
            flags.contains("--mask mask") && x.abs_diff(30) <= far && y.abs_diff(40) <= far
        };
        let near = |x: u32, y: u32| {
            (*left > 0 && x < deep)
                || (*top > 0 && y < deep)
                || (*right > 0 && size.width - 1 - x < deep)
                || (*bottom > 0 && size.height - 1 - y < deep)
        };
        let (mut kept, mut changed) = (0, 0);
        for y in 0..size.height {
            for x in 0..size.width {
                let same = before.pixel(x, y) == after.pixel(x + left, y + top);
                if !near(x, y) && !masked(x, y) {
                    assert!(same, "{margins} {flags}: {x}, {y}");
                    kept += 1;
                } else {
                    changed += usize::from(!same);
                }
            }
        }
        assert!(
            changed > 50 && (kept > 0 || *margins == "16"),
            "{margins} {flags}: {kept} kept, {changed} changed"
        );
    }
}

/// Mask blur → pixels of the picture that the seam takes.
const SEAMS: &[(f32, u32)] = &[(0.0, 16), (1.0, 18), (4.0, 23), (16.0, 50)];

#[test]
fn the_seam_is_as_deep_as_is_said() {
    let size = Size::new(200, 1);
    let room = Preparation::Frame {
        margins: Margins::new(100, 0, 0, 0),
        mask_keeps: false,
    };
    let usual = Recipe::default();
    for (mask_blur, deep) in SEAMS {
        let recipe = Recipe {
            mask_blur: *mask_blur,
            ..usual.clone()
        };
        let mask = blurred(&room.mask(&Mask::filled(size, 0)), &recipe);
        let last = mask.row(0).iter().rposition(|&value| value != 0).unwrap();
        assert_eq!(last as u32 - 99, *deep, "blur {mask_blur}");
        if *mask_blur == usual.mask_blur {
            let help = run(Path::new("."), &["repaint", "--help"]).stdout;
            let help = String::from_utf8(help).unwrap();
            let help: Vec<_> = help.split_whitespace().collect();
            let readme = include_str!("../../../README.md");
            assert!(
                help.join(" ")
                    .contains(&format!("without a mask blur, {deep} at the usual one"))
            );
            assert!(readme.contains(&format!(
                "the seam {deep} pixels deep at the usual mask blur"
            )));
        }
    }
}

#[test]
fn a_recipe_or_a_word_sets_the_strength_of_an_extension() {
    let dir = folder();
    let extend = [
        "--image",
        "picture.png",
        "--extend",
        "8",
        "--steps",
        "4",
        "--out",
        "out.png",
    ];
    let steps = |more: &[&str]| {
        let args: Vec<_> = extend.iter().chain(more).copied().collect();
        let output = repaint(dir.path(), &args);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{stderr}");
        stderr
    };
    assert!(steps(&[]).contains("4 of 4 steps"));
    assert!(steps(&["--strength", "0.5"]).contains("2 of 4 steps"));
    std::fs::write(
        dir.path().join("recipe.txt"),
        "a hand\nSteps: 4, Sampler: Euler, CFG scale: 7, Seed: 3, Denoising strength: 0.75",
    )
    .unwrap();
    assert!(steps(&["--recipe", "recipe.txt"]).contains("3 of 4 steps"));
    // It is said, and not done again by reading it back.
    let text = file::read(&dir.path().join("out.png"))
        .unwrap()
        .metadata
        .text;
    let (_, text) = text.first().unwrap();
    assert!(text.contains("Extended: 8 8 8 8"), "{text}");
    let again = [
        "--image",
        "out.png",
        "--recipe",
        "out.png",
        "--strength",
        "0",
        "--out",
        "again.png",
    ];
    let output = run(
        dir.path(),
        &[
            &[
                "repaint",
                "--model",
                model().to_str().unwrap(),
                "--device",
                "cpu",
            ][..],
            &again,
        ]
        .concat(),
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(read(dir.path(), "again.png") == read(dir.path(), "out.png"));
}

#[test]
fn folders_and_sweeps_prepare_too() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    std::fs::create_dir(at("images")).unwrap();
    std::fs::copy(at("picture.png"), at("images/a.png")).unwrap();
    let one = [
        "--image",
        "picture.png",
        "--steps",
        "2",
        "--extend",
        "0,0,16,0",
        "--out",
        "one.png",
    ];
    assert!(repaint(dir.path(), &one).status.success());
    let all = [
        "--image-dir",
        "images",
        "--out-dir",
        "out",
        "--steps",
        "2",
        "--extend",
        "0,0,16,0",
    ];
    let output = repaint(dir.path(), &all);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(listing(&at("out")), ["a.png"]);
    assert!(read(dir.path(), "out/a.png") == read(dir.path(), "one.png"));
    let model = model();
    let mut sweep = repaint_args(
        model.to_str().unwrap(),
        &[
            "--image",
            "picture.png",
            "--x",
            "steps=1,2",
            "--extend",
            "16",
            "--out",
            "sheet.png",
        ],
    );
    sweep[0] = "sweep";
    let output = run(dir.path(), &sweep);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(read(dir.path(), "sheet.png").size().width > 2 * (61 + 32));
}
