//! Colours laid over the picture before it is repainted.

use std::path::Path;
use std::process::Output;

use pentimento::raster::blur::gaussian;
use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Mask, Picture, Rect};

use super::{SIZE, folder, listing, model, repaint_args, run};

fn repaint(dir: &Path, more: &[&str]) -> Output {
    let model = model();
    run(dir, &repaint_args(model.to_str().unwrap(), more))
}

fn read(dir: &Path, name: &str) -> Picture {
    file::read(&dir.join(name)).unwrap().picture
}

/// A sketch of a translucent block, transparent around it.
fn sketch(dir: &Path) -> Picture {
    let sketch = Picture::from_fn(SIZE, |x, y| match (x, y) {
        (20..40, 12..30) => [230, 60, 20, 200],
        (20..40, 30..40) => [20, 60, 230, 255],
        _ => [9, 9, 9, 0],
    });
    file::write(&dir.join("sketch.png"), &sketch, &Metadata::default()).unwrap();
    sketch
}

#[test]
fn the_repaint_begins_from_the_sketch_and_keeps_what_is_not_masked() {
    let dir = folder();
    let sketch = sketch(dir.path());
    let mut base = read(dir.path(), "picture.png");
    base.lay(&sketch, Rect::of(SIZE));
    let covered = Mask::new(SIZE, sketch.channel(3).collect());
    let masked = Mask::from_picture(&read(dir.path(), "mask.png"));
    // Flags, and the mask that they come to.
    let cases = [
        ("--mask mask.png", masked.clone()),
        ("--mask-sketch", covered.clone()),
        ("--mask-sketch --mask mask.png", masked.union(&covered)),
    ];
    for (flags, mask) in cases {
        let mut more = vec!["--image", "picture.png", "--sketch", "sketch.png"];
        more.extend(["--steps", "3", "--strength", "1", "--out", "out.png"]);
        more.extend(flags.split(' '));
        let output = repaint(dir.path(), &more);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{flags}: {stderr}");
        let result = read(dir.path(), "out.png");
        let blurred = gaussian(&mask, 4.0, 4.0);
        let mut changed = 0;
        let pixels = base.pixels().iter().zip(result.pixels());
        for ((before, after), alpha) in pixels.zip(blurred.values()) {
            assert!(*alpha != 0 || before == after, "{flags}");
            changed += usize::from(before != after);
        }
        assert!(changed > 100, "{flags}: {changed}");
    }
    // With nothing repainted, it is the picture with the sketch over it.
    let more = ["--image", "picture.png", "--sketch", "sketch.png"];
    let more = [&more[..], &["--strength", "0", "--out", "same.png"]].concat();
    assert!(repaint(dir.path(), &more).status.success());
    assert!(read(dir.path(), "same.png") == base);
}

#[test]
fn sketches_that_cannot_be_laid_are_refused_in_one_line() {
    let dir = folder();
    sketch(dir.path());
    let nothing = Picture::filled(SIZE, [200, 0, 0, 0]);
    let path = dir.path().join("nothing.png");
    file::write(&path, &nothing, &Metadata::default()).unwrap();
    let before = listing(dir.path());
    let cases = [
        (
            "--image picture.png --sketch small.png --out out.png",
            "the sketch is 60x75 but the picture is 61x75; save it at the picture's size: small.png",
        ),
        (
            "--image picture.png --sketch missing.png --out out.png",
            "no such file, check the path: missing.png",
        ),
        (
            "--image picture.png --sketch nothing.png --mask-sketch --out out.png",
            "nothing is painted in the sketch, so --mask-sketch has nothing to mask: nothing.png",
        ),
        ("--sketch sketch.png --out out.png", "--image <PATH>"),
        (
            "--image picture.png --mask-sketch --out out.png",
            "--sketch <PATH>",
        ),
        (
            "--image-dir . --out-dir results --sketch sketch.png",
            "--sketch <PATH>",
        ),
        (
            "--image picture.png --sketch sketch.png --out sketch.png",
            "the result would replace its own input",
        ),
    ];
    for (flags, words) in cases {
        let more: Vec<_> = flags.split(' ').collect();
        let output = repaint(dir.path(), &more);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{flags}: {stderr}");
        assert!(stderr.contains(words), "{flags}: {stderr}");
        assert_eq!(listing(dir.path()), before, "{flags}");
    }
}
