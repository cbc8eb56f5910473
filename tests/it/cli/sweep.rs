//! Contact sheets of a parameter or two.

use pentimento::raster::file;
use pentimento::raster::{Picture, Rect};
use pentimento::recipe::Recipe;
use pentimento::recipe::parsed::read_metadata;

use super::{folder, listing, model, run};

fn crop(sheet: &Picture, left: u32, top: u32) -> Picture {
    sheet.crop(Rect::new(left, top, left + 61, top + 75))
}

#[test]
fn a_sheet_holds_the_picture_of_each_pair_of_values() {
    let dir = folder();
    let model = model();
    let base = [
        "--model",
        model.to_str().unwrap(),
        "--device",
        "cpu",
        "--image",
        "picture.png",
        "--mask",
        "mask.png",
        "--seed",
        "5",
        "--steps",
        "2",
    ];
    let output = run(
        dir.path(),
        &[
            &[
                "sweep",
                "--x",
                "prompt=a hand,an open fist",
                "--y",
                "cfg=1,4",
                "--prompt",
                "a hand",
                "--out",
                "sheet.png",
            ][..],
            &base,
        ]
        .concat(),
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("sheet.png (4 pictures, seed 5)"), "{said}");
    let sheet = file::read(&dir.path().join("sheet.png")).unwrap().picture;
    let (left, top) = (sheet.size().width - 2 * 69, sheet.size().height - 2 * 83);
    for (prompt, column) in [("a hand", 0), ("an open fist", 1)] {
        for (cfg, row) in [("1", 0), ("4", 1)] {
            let args = [
                &[
                    "repaint", "--prompt", prompt, "--cfg", cfg, "--out", "one.png",
                ][..],
                &base,
            ]
            .concat();
            assert!(run(dir.path(), &args).status.success());
            let one = file::read(&dir.path().join("one.png")).unwrap().picture;
            assert_eq!(
                crop(&sheet, left + column * 69, top + row * 83),
                one.flatten([255; 3]),
                "{prompt}, cfg {cfg}"
            );
        }
    }
}

#[test]
fn a_sheet_says_what_was_asked_for() {
    let dir = folder();
    let args = [
        "sweep",
        "--prompt",
        "{a|b} hand",
        "--x",
        "seed=1,2,3",
        "--steps",
        "1",
    ];
    let more = ["--size", "64x64", "--device", "cpu", "--out", "sheet.png"];
    let output = run(dir.path(), &[&args[..], &more].concat());
    assert!(output.status.success());
    let metadata = file::read(&dir.path().join("sheet.png")).unwrap().metadata;
    let read = read_metadata(&metadata.text, None, &Recipe::default()).unwrap();
    assert_eq!(read.recipe.prompt, "{a|b} hand");
}

#[test]
fn what_cannot_be_swept_is_refused() {
    let dir = folder();
    let before = listing(dir.path());
    for (args, words) in [
        (&["--x", "steps=0"][..], "0 steps cannot be run"),
        (&["--x", "steps=a"], "`a` is not a value of steps"),
        (&["--x", "colour=red"], "choose one of prompt, steps"),
        (&["--y", "prompt=a,b"], "`a` is in neither prompt"),
        (&[], "--x <PARAM=V1,V2>"),
        (&["--x", "cfg=1", "--sketch", "white.png"], "--image <PATH>"),
        (
            &["--x", "cfg=1", "--recipe", "picture.png"],
            "no recipe was found",
        ),
    ] {
        let all = [&["sweep", "--out", "sheet.png"][..], args].concat();
        let output = run(dir.path(), &all);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(
            said.contains(words) && said.trim_end().lines().count() == 1,
            "{args:?}: {said}"
        );
        assert_eq!(listing(dir.path()), before, "{args:?}");
    }
}
