//! Recipes that pictures and files carry: offered, never forced, taken over and shown whole.

use std::fs;
use std::path::PathBuf;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use pentimento::raster::file::{self, Format, Metadata};
use pentimento::raster::{Picture, Size};
use pentimento::recipe::{Recipe, Sampler};
use pentimento::ui::App;
use tempfile::TempDir;

use super::{click, drop_files, plain, said, until};

const OTHER: Size = Size {
    width: 40,
    height: 30,
};

const INFOTEXT: &str = "a grey cat, sitting\nNegative prompt: dog\nSteps: 33, Sampler: Euler a, CFG scale: 5.5, Seed: 99, Size: 40x30, Model hash: cafe, Hires upscaler: Latent";

/// A picture of the format that its name says, with a text under a keyword, or as comment.
fn made(dir: &TempDir, name: &str, keyword: &str, text: &str) -> PathBuf {
    let path = dir.path().join(name);
    let picture = Picture::filled(OTHER, [9, 90, 200, 255]);
    let mut metadata = Metadata::default();
    metadata.set_comment(Format::of_path(&path).unwrap(), keyword, text);
    file::write(&path, &picture, &metadata).unwrap();
    path
}

fn recipe(harness: &Harness<'static, App>) -> Recipe {
    harness.state().studio().recipe.clone()
}

#[test]
fn a_picture_offers_its_recipe_and_leaves_the_panel_alone() {
    let comfy = r#"{"3": {"class_type": "KSampler", "inputs": {"seed": 99, "steps": 33, "cfg": 5.5, "sampler_name": "euler_ancestral", "scheduler": "normal", "denoise": 1.0, "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}}, "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 40, "height": 30, "batch_size": 1}}, "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a grey cat, sitting"}}, "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "dog"}}}"#;
    let invoke = r#"{"positive_prompt": "a grey cat, sitting", "negative_prompt": "dog", "seed": 99, "steps": 33, "cfg_scale": 5.5, "scheduler": "euler_a"}"#;
    let swarm = r#"{"sui_image_params": {"prompt": "a grey cat, sitting", "negativeprompt": "dog", "seed": 99, "steps": 33, "cfgscale": 5.5, "sampler": "euler_ancestral"}}"#;
    for (name, keyword, text) in [
        ("a1111.png", "parameters", INFOTEXT),
        ("a1111.jpg", "parameters", INFOTEXT),
        ("a1111.webp", "parameters", INFOTEXT),
        ("comfy.png", "prompt", comfy),
        ("invoke.png", "invokeai_metadata", invoke),
        ("swarm.png", "parameters", swarm),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = made(&dir, name, keyword, text);
        let mut harness = plain();
        drop_files(&mut harness, &[path]);
        until(&mut harness, name, |app| app.document().size() == OTHER);
        assert_eq!(recipe(&harness), Recipe::default(), "{name}");
        let offers = harness.query_by_label("This picture carries its recipe.");
        let lines = harness.state().notices().lines();
        assert!(offers.is_some(), "{name}: {lines:?}");
        click(&mut harness, "Take it over");
        let taken = recipe(&harness);
        assert_eq!(taken.prompt, "a grey cat, sitting", "{name}");
        assert_eq!(taken.negative_prompt, "dog", "{name}");
        assert_eq!((taken.steps, taken.seed), (33, 99), "{name}");
        assert_eq!(taken.guidance_scale, 5.5, "{name}");
        assert_eq!(taken.sampler, Sampler::EulerA, "{name}");
        assert!(harness.state().studio().seed_locked, "{name}");
        let line = format!("The recipe of {name} is in the panel");
        assert!(said(harness.state(), &line), "{name}");
        assert!(
            harness
                .query_by_label("This picture carries its recipe.")
                .is_none()
        );
    }
}

#[test]
fn an_offer_can_be_left_and_goes_with_its_picture() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir, "made.png", "parameters", INFOTEXT);
    let bare = super::folder();
    let offered = |harness: &Harness<'static, App>| {
        harness
            .query_by_label("This picture carries its recipe.")
            .is_some()
    };
    let mut harness = plain();
    drop_files(&mut harness, std::slice::from_ref(&path));
    until(&mut harness, "opened", |app| app.document().size() == OTHER);
    click(&mut harness, "Leave it");
    assert!(!offered(&harness));
    assert_eq!(recipe(&harness), Recipe::default());

    drop_files(&mut harness, &[bare.path().join("colours.png")]);
    until(&mut harness, "another", |app| {
        app.document().size() != OTHER
    });
    drop_files(&mut harness, std::slice::from_ref(&path));
    until(&mut harness, "again", |app| app.document().size() == OTHER);
    assert!(offered(&harness));
    drop_files(&mut harness, &[bare.path().join("colours.png")]);
    until(&mut harness, "another", |app| {
        app.document().size() != OTHER
    });
    assert!(!offered(&harness));

    // What is in the panel already is not offered.
    drop_files(&mut harness, std::slice::from_ref(&path));
    until(&mut harness, "again", |app| app.document().size() == OTHER);
    click(&mut harness, "Take it over");
    drop_files(&mut harness, std::slice::from_ref(&path));
    harness.run_steps(4);
    until(&mut harness, "once more", |app| {
        let opened = |line: &&pentimento::ui::Line| line.text.contains("Opened made.png");
        app.notices().lines().iter().filter(opened).count() >= 2 || said(app, "Opened made.png")
    });
    assert!(!offered(&harness));
}

#[test]
fn a_damaged_recipe_is_explained_and_the_picture_opens() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir, "made.png", "parameters", r#"{"prompt": "#);
    let mut harness = plain();
    drop_files(&mut harness, &[path]);
    until(&mut harness, "opened", |app| app.document().size() == OTHER);
    assert!(said(
        harness.state(),
        "the recipe in made.png was not read: the JSON is damaged"
    ));
}

#[test]
fn a_dropped_text_is_taken_over_and_what_has_no_use_is_listed() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let mut harness = plain();
    drop_files(&mut harness, &[write("made.txt", INFOTEXT.as_bytes())]);
    until(&mut harness, "taken", |app| {
        app.studio().recipe.prompt == "a grey cat, sitting"
    });
    assert!(said(
        harness.state(),
        "2 values that are not used here are listed"
    ));
    harness.get_by_label("Not used here (2)").scroll_to_me();
    harness.run_steps(10);
    click(&mut harness, "Not used here (2)");
    harness.run_steps(20);
    harness.get_by_label("From made.txt:");
    harness.get_by_label("Model hash: cafe");
    harness.get_by_label("Hires upscaler: Latent");

    drop_files(&mut harness, &[write("own.json", br#"{"steps": 7}"#)]);
    until(&mut harness, "json", |app| app.studio().recipe.steps == 7);
    assert!(harness.query_by_label("Not used here (2)").is_none());
    let before = recipe(&harness);
    for (name, text, line) in [
        (
            "letter.txt",
            b"Dear friend".as_slice(),
            "letter.txt is not a picture and tells no recipe",
        ),
        (
            "binary.txt",
            b"\xff\xfe\x00".as_slice(),
            "binary.txt is not a picture and tells no recipe",
        ),
        (
            "wrong.json",
            br#"{"steps": "many"}"#.as_slice(),
            "wrong.json: `steps` cannot be used",
        ),
    ] {
        drop_files(&mut harness, &[write(name, text)]);
        until(&mut harness, name, |app| said(app, line));
        assert_eq!(recipe(&harness), before, "{name}");
    }
}

#[test]
fn the_recipe_of_the_panel_is_copied_as_text_that_comes_back() {
    let mut harness = plain();
    let mine = Recipe {
        prompt: "{a|b} hand, open".to_owned(),
        negative_prompt: "blurry".to_owned(),
        seed: 77,
        mask_blur: 9.0,
        ..Recipe::default()
    };
    harness.state_mut().studio_mut().recipe = mine.clone();
    harness.run_steps(2);
    harness.get_all_by_label("Repaint").next().unwrap().click();
    harness.run_steps(3);
    harness.get_by_label("Copy recipe").click();
    let mut copied = None;
    for _ in 0..4 {
        harness.run_steps(1);
        for command in &harness.output().platform_output.commands {
            if let eframe::egui::OutputCommand::CopyText(text) = command {
                copied = Some(text.clone());
            }
        }
    }
    let copied = copied.unwrap();
    let read = pentimento::recipe::parsed::read_text(&copied, &Recipe::default()).unwrap();
    assert_eq!(read.recipe, mine, "{copied}");
    assert!(said(harness.state(), "The recipe is on the clipboard."));
}

#[test]
fn whether_recipes_are_written_is_a_setting() {
    let mut harness = plain();
    assert!(harness.state().settings().write_recipes);
    super::press(
        &mut harness,
        eframe::egui::Modifiers::COMMAND,
        eframe::egui::Key::Comma,
    );
    click(&mut harness, "Write the recipe into saved pictures");
    assert!(!harness.state().settings().write_recipes);
    click(&mut harness, "Usual settings");
    assert!(harness.state().settings().write_recipes);
}
