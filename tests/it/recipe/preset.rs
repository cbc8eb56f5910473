//! `recipe::preset`: recipes under names.

use pentimento::recipe::Recipe;
use pentimento::recipe::preset::{PresetError, Presets};

#[test]
fn presets_are_kept_listed_replaced_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("not/there/yet");
    let presets = Presets::in_folder(folder.clone());
    let base = Recipe::default();
    assert_eq!(presets.list().unwrap(), [""; 0]);
    let missing = presets.load("hands", &base).unwrap_err();
    assert!(
        missing.to_string().contains("none has been saved yet"),
        "{missing}"
    );

    let recipe = |steps| Recipe {
        steps,
        ..Recipe::default()
    };
    presets.save("hands", &recipe(7)).unwrap();
    presets.save("Eyes 2.1", &recipe(8)).unwrap();
    presets.save("hands", &recipe(9)).unwrap();
    std::fs::write(folder.join("notes.txt"), "not a preset").unwrap();
    assert_eq!(presets.list().unwrap(), ["Eyes 2.1", "hands"]);
    assert_eq!(presets.load("hands", &base).unwrap().recipe, recipe(9));
    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert_eq!(names.len(), 3, "nothing half-written is left");

    presets.delete("hands").unwrap();
    let missing = presets.delete("hands").unwrap_err();
    assert!(
        missing.to_string().contains("choose one of Eyes 2.1"),
        "{missing}"
    );
}

#[test]
fn damaged_presets_are_named_in_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let presets = Presets::in_folder(dir.path().to_owned());
    for bytes in [
        &b"{\"steps\": "[..],
        b"[]",
        b"{\"steps\": -3}",
        b"\xff\xfe",
        b"",
    ] {
        std::fs::write(dir.path().join("bad.json"), bytes).unwrap();
        let error = presets.load("bad", &Recipe::default()).unwrap_err();
        assert!(matches!(error, PresetError::Damaged { .. }), "{error}");
        let line = error.to_string();
        assert!(
            line.contains("save it anew") && line.ends_with("bad.json"),
            "{line}"
        );
        assert!(!line.contains('\n'), "{line}");
    }
}

#[test]
fn names_stay_inside_the_folder() {
    let presets = Presets::in_folder(std::env::temp_dir().join("pentimento-no-such-folder"));
    for name in [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        r"a\b",
        "a:b",
        " a",
        "a ",
        "a.",
        ".a",
        "a\nb",
        &"x".repeat(101),
    ] {
        let error = presets.save(name, &Recipe::default()).unwrap_err();
        assert!(matches!(error, PresetError::Name(_)), "{name}: {error}");
    }
}

#[test]
fn what_a_newer_version_wrote_stays_in_a_preset_that_is_saved_over() {
    let dir = tempfile::tempdir().unwrap();
    let presets = Presets::in_folder(dir.path().to_owned());
    let newer = r#"{"steps": 3, "hue_shift": 0.25}"#;
    std::fs::write(dir.path().join("hands.json"), newer).unwrap();
    let recipe = Recipe {
        steps: 9,
        ..Recipe::default()
    };
    presets.save("hands", &recipe).unwrap();
    let read = presets.load("hands", &Recipe::default()).unwrap();
    assert_eq!(read.recipe, recipe);
    let others = [("hue_shift".to_owned(), "0.25".to_owned())];
    assert_eq!(read.others, others);
}
