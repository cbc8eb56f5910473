//! `pentimento mask` of what is pointed at, and folders of pictures.

use std::path::Path;

use pentimento::raster::file;
use pentimento::raster::{Mask, Size};

use super::{folder, run};

fn sam(name: &str) -> String {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/sam");
    golden.join(name).to_str().unwrap().to_owned()
}

fn mask(dir: &Path, out: &str, more: &str) -> (Option<i32>, String) {
    let image = sam("small.png");
    let mut args = vec!["mask", "--image", &image, "--out", out, "--device", "cpu"];
    let words: Vec<String> = more
        .split_whitespace()
        .map(|word| word.strip_prefix('@').map_or(word.to_owned(), sam))
        .collect();
    args.extend(words.iter().map(String::as_str));
    let output = run(dir, &args);
    let said = [output.stderr, output.stdout].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn made(dir: &Path, more: &str) -> Mask {
    let (code, said) = mask(dir, "a.png", more);
    assert_eq!(code, Some(0), "{more}: {said}");
    let mask = Mask::from_picture(&file::read(&dir.join("a.png")).unwrap().picture);
    assert_eq!(mask.size(), Size::new(300, 200));
    mask
}

#[test]
fn points_and_boxes_make_masks() {
    let dir = folder();
    let at = |more: &str| made(dir.path(), &format!("--with @mobile {more}"));
    let plain = at("--point 120,80 --no-refine");
    assert!(plain.value(120, 80) == 255 && plain.coverage() < 0.9);
    assert!(plain.values().iter().all(|value| [0, 255].contains(value)));
    // A refined edge is soft, and near the plain one.
    let refined = at("--point 120,80");
    assert!(
        refined
            .values()
            .iter()
            .any(|value| (30..220).contains(value))
    );
    assert!((refined.coverage() - plain.coverage()).abs() < 0.05);
    // Its three masks differ, and the best is one of them.
    let by_index: Vec<_> = ["0", "1", "2"]
        .iter()
        .map(|index| at(&format!("--point 120,80 --no-refine --mask-index {index}")))
        .collect();
    assert!(by_index[0] != by_index[1] && by_index[1] != by_index[2]);
    assert!(by_index.contains(&plain));
    let less = at("--point 120,80 --not-point 20,180 --no-refine --mask-index 0");
    assert!(less.coverage() < by_index[0].coverage());
    at("--box 30,20,210,160");
}

#[test]
fn points_join_what_words_find() {
    let dir = folder();
    let clip = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/segmenters/refined");
    let words = format!("--words hand --with {}", clip.display());
    let points = "--point 120,80 --no-refine --points-with @sam2";
    let found = made(dir.path(), &words);
    let object = made(dir.path(), points);
    for (mode, joined) in [
        ("add", found.union(&object)),
        ("subtract", found.subtract(&object)),
        ("intersect", found.intersect(&object)),
    ] {
        let both = made(
            dir.path(),
            &format!("{words} {points} --points-mode {mode}"),
        );
        assert_eq!(both, joined.without_faint(), "{mode}");
    }
}

/// Flags `|` the exit code `|` what is said.
const SAID: &str = "
--with @mobile --point 120,80 --json | 0 | \"scores\":[
--with @mobile --point 300,80 | 2 | the point 300,80 lies outside the picture, which is 300x200
--with @mobile --point=-1,80 | 2 | lies outside the picture
--with @mobile --point 12 | 2 | give 2 numbers
--with @mobile --box 1,2,3 | 2 | give 4 numbers
--with @mobile --box nan,0,50,50 | 2 | give 4 numbers
--with @mobile --box 9,9,9,9 | 2 | holds nothing of the picture
--with @mobile --not-point 9,9 | 2 | --
--with @mobile --point 9,9 --mask-index 3 | 2 | makes 3 masks
--with @mobile --point 9,9 --mask-index most | 2 | choose best, or a number
--with @transformers --box 9,9,90,90 | 2 | hears no boxes
--with @nowhere --point 9,9 | 2 | there is no such file or folder
";

#[test]
fn what_cannot_be_pointed_at_is_said_in_one_line() {
    let dir = folder();
    for row in SAID.trim().lines() {
        let parts: Vec<_> = row.split(" | ").collect();
        let (code, said) = mask(dir.path(), "a.png", parts[0]);
        assert_eq!(code.unwrap().to_string(), parts[1], "{row}: {said}");
        assert!(said.contains(parts[2]), "{row}: {said}");
        assert_eq!(said.trim().lines().count(), 1, "{said}");
    }
    // Nothing is chosen, and the library is empty.
    let args = [
        "mask",
        "--image",
        "picture.png",
        "--out",
        "a.png",
        "--point",
        "9,9",
    ];
    let output = super::run_without_models(dir.path(), &args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("pentimento models get Acly/MobileSAM/"),
        "{said}"
    );
}

/// Command `|` what stands in the last line.
const FOLDERS: &str = "
mask --point 9,9 --with @mobile | 2 done, 1 skipped, 1 failed
upscale --factor 2 | 2 done, 1 skipped, 1 failed
";

#[test]
fn folders_are_gone_through_and_begun_again() {
    for row in FOLDERS.trim().lines() {
        let (command, says) = row.split_once(" | ").unwrap();
        let dir = folder();
        let at = |name: &str| dir.path().join(name);
        for name in ["in", "out"] {
            std::fs::create_dir(at(name)).unwrap();
        }
        for name in ["in/a.png", "in/b.png", "in/c.png", "out/c.png"] {
            std::fs::copy(at("picture.png"), at(name)).unwrap();
        }
        std::fs::copy(at("notes.txt"), at("in/broken.png")).unwrap();
        let words: Vec<String> = command
            .split(' ')
            .map(|word| word.strip_prefix('@').map_or(word.to_owned(), sam))
            .collect();
        let mut args: Vec<_> = words.iter().map(String::as_str).collect();
        args.extend(["--device", "cpu", "--image-dir", "in", "--out-dir", "out"]);
        let output = run(dir.path(), &args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(says), "{row}: {said}");
        assert!(at("out/a.png").is_file() && at("out/b.png").is_file());
        assert!(!at("out/broken.png").exists());
    }
    // One or the other.
    let dir = folder();
    for flags in [
        "--image picture.png --image-dir in --out-dir out",
        "--image-dir in",
        "--image picture.png",
        "",
    ] {
        let mut args = vec!["upscale"];
        args.extend(flags.split_whitespace());
        let output = run(dir.path(), &args);
        assert_eq!(output.status.code(), Some(2), "{flags}");
    }
}
