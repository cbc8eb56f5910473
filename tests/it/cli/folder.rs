//! Folders: pairing, skipping, failing and going on, starting again.

use std::path::Path;
use std::process::Output;

use pentimento::raster::Picture;
use pentimento::raster::file;
use tempfile::TempDir;

use super::{folder, listing, model, run};

fn work() -> TempDir {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    for name in ["images", "masks"] {
        std::fs::create_dir(at(name)).unwrap();
    }
    let copy = |from: &str, to: &str| {
        std::fs::copy(at(from), at(to)).unwrap();
    };
    copy("picture.png", "images/a.png");
    copy("picture.png", "images/b.png");
    copy("picture.png", "images/c.png");
    copy("picture.png", "images/no mask.png");
    copy("picture.png", "images/two.png");
    copy("notes.txt", "images/broken.png");
    copy("notes.txt", "images/notes.txt");
    copy("picture.png", "images/.hidden.png");
    copy("mask.png", "masks/a.png");
    // Another ending pairs too.
    let picture = file::read(&at("mask.png")).unwrap();
    file::write(&at("masks/b.webp"), &picture.picture, &picture.metadata).unwrap();
    copy("small.png", "masks/c.png");
    copy("mask.png", "masks/broken.png");
    copy("mask.png", "masks/two.png");
    copy("masks/b.webp", "masks/two.webp");
    dir
}

fn repaint(dir: &Path, more: &[&str]) -> (Output, Vec<String>) {
    let model = model();
    let mut args = vec![
        "repaint",
        "--model",
        model.to_str().unwrap(),
        "--device",
        "cpu",
    ];
    args.extend([
        "--image-dir",
        "images",
        "--out-dir",
        "out",
        "--prompt",
        "a hand",
    ]);
    args.extend(["--steps", "2", "--seed", "5"]);
    args.extend(more);
    let output = run(dir, &args);
    let said = String::from_utf8_lossy(&output.stderr);
    let lines = said.lines().map(str::to_owned).collect();
    (output, lines)
}

fn picture(path: &Path) -> Picture {
    file::read(path).unwrap().picture
}

#[test]
fn a_folder_is_worked_through_whatever_fails_and_taken_up_again() {
    let dir = work();
    let at = |name: &str| dir.path().join(name);
    let (output, said) = repaint(dir.path(), &["--mask-dir", "masks"]);
    assert_eq!(output.status.code(), Some(1), "{said:#?}");
    assert_eq!(listing(&at("out")), ["a.png", "b.png"]);
    for words in [
        "failed: images/c.png: the mask is 60x75 but the picture is 61x75",
        "failed: images/broken.png: not a picture",
        "failed: images/two.png: 2 masks have its name",
        "skipped (it has no mask): images/no mask.png",
        "1 file is left out, not named as PNG, JPEG, WebP or TIFF: notes.txt",
    ] {
        let lines = said.iter().filter(|line| line.contains(words));
        assert_eq!(lines.count(), 1, "{words} in {said:#?}");
    }
    assert_eq!(
        said.last().unwrap(),
        "pentimento: 2 done, 1 skipped, 3 failed"
    );
    // As one by one.
    let model = model();
    let single = run(
        dir.path(),
        &[
            "repaint",
            "--model",
            model.to_str().unwrap(),
            "--device",
            "cpu",
            "--image",
            "images/a.png",
            "--mask",
            "masks/a.png",
            "--prompt",
            "a hand",
            "--steps",
            "2",
            "--seed",
            "5",
            "--out",
            "single.png",
        ],
    );
    assert!(single.status.success());
    assert_eq!(picture(&at("out/a.png")), picture(&at("single.png")));

    // Again: what is there stays as it is, what failed is tried anew, what is mended succeeds.
    let before = std::fs::read(at("out/a.png")).unwrap();
    std::fs::remove_file(at("out/b.png")).unwrap();
    std::fs::copy(at("mask.png"), at("masks/c.png")).unwrap();
    std::fs::remove_file(at("masks/two.webp")).unwrap();
    std::fs::remove_file(at("images/broken.png")).unwrap();
    let (output, said) = repaint(dir.path(), &["--mask-dir", "masks", "--seed", "6"]);
    assert_eq!(
        output.status.code(),
        Some(2),
        "a seed given twice: {said:#?}"
    );
    let (output, said) = repaint(dir.path(), &["--mask-dir", "masks", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{said:#?}");
    assert_eq!(listing(&at("out")), ["a.png", "b.png", "c.png", "two.png"]);
    assert_eq!(std::fs::read(at("out/a.png")).unwrap(), before);
    assert_eq!(said.last().unwrap(), "3 done, 2 skipped, 0 failed");
    let lines = String::from_utf8(output.stdout).unwrap();
    let images: Vec<_> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["image"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(images, ["images/b.png", "images/c.png", "images/two.png"]);
}

#[test]
fn without_masks_whole_pictures_are_repainted() {
    let dir = work();
    let at = |name: &str| dir.path().join(name);
    std::fs::remove_file(at("images/broken.png")).unwrap();
    let (output, said) = repaint(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{said:#?}");
    assert_eq!(
        listing(&at("out")),
        ["a.png", "b.png", "c.png", "no mask.png", "two.png"]
    );
    assert_ne!(picture(&at("out/a.png")), picture(&at("images/a.png")));
    // A run with nothing to do is quick and says so.
    let (output, said) = repaint(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{said:#?}");
    assert_eq!(said.last().unwrap(), "0 done, 5 skipped, 0 failed");
}

/// Names of any usual ending are pictures; what holds for all of them is said once, and counted.
#[test]
fn pictures_of_every_usual_name_are_repainted() {
    let dir = work();
    let at = |name: &str| dir.path().join(name);
    std::fs::remove_dir_all(at("images")).unwrap();
    std::fs::create_dir(at("images")).unwrap();
    let png = file::read(&at("picture.png")).unwrap();
    for name in ["a.jfif", "b.JPE", "c.jif"] {
        file::write(&at("images").join(name), &png.picture, &png.metadata).unwrap();
    }
    for number in 10..20 {
        std::fs::copy(at("notes.txt"), at("images").join(format!("{number}.heic"))).unwrap();
    }
    let (output, said) = repaint(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{said:#?}");
    assert_eq!(listing(&at("out")), ["a.jfif", "b.JPE", "c.jif"]);
    for (words, times) in [
        (
            "10 files are left out, not named as PNG, JPEG, WebP or TIFF: 10.heic, 11.heic, 12.heic, 13.heic, 14.heic, 15.heic, 16.heic, 17.heic and 2 more",
            1,
        ),
        ("JPEG codes every pixel anew", 2),
        ("3 pictures: JPEG codes every pixel anew", 1),
    ] {
        let lines = said.iter().filter(|line| line.contains(words));
        assert_eq!(lines.count(), times, "{words} in {said:#?}");
    }
}

#[test]
fn an_empty_folder_is_refused() {
    let dir = folder();
    std::fs::create_dir(dir.path().join("images")).unwrap();
    let (output, said) = repaint(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said[0].contains("there are no PNG, JPEG, WebP or TIFF pictures in images"),
        "{said:?}"
    );
    assert!(!dir.path().join("out").exists());
}
