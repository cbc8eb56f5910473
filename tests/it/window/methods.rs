//! On a fresh machine: words to a mask, a ControlNet shown the picture without what is masked, its result kept, all made larger and saved.

use std::path::Path;
use std::process::Command;

use pentimento::raster::file::{self, Format, Metadata};
use pentimento::raster::{Mask, Picture, Rect, Size};
use pentimento::recipe::infotext::{self, Extras};
use pentimento::recipe::{Area, Method, Recipe};

use super::desktop::Desktop;
use super::work::action;
use super::{head, keep_shot, sample, save_over, settle, wait_for_dialog, wanted};

/// The dialog's field of words, and its button that applies what was found.
const WORDS: Rect = Rect::new(608, 142, 866, 162);
const APPLY: (i32, i32) = (630, 371);

/// Pixels beside the mask that its blur and an upscaler's sight reach.
const REACH: u32 = 40;

fn carried() -> Recipe {
    Recipe {
        prompt: "open hand".to_owned(),
        method: Method::ControlnetInpaint,
        steps: 4,
        area: Area::OnlyMasked,
        ..Recipe::default()
    }
}

/// A picture that carries the recipe, and the settings of an artist who has chosen nothing but how pictures are made larger.
fn prepare(home: &Path, picture: &Picture) {
    let extras = Extras {
        masked: true,
        ..Extras::default()
    };
    let mut metadata = Metadata::default();
    let text = infotext::write(&carried(), &extras);
    metadata.set_comment(Format::Png, infotext::KEYWORD, &text);
    file::write(&home.join("hand.png"), picture, &metadata).unwrap();
    let settings = serde_json::json!({
        "upscaler": "built-in",
        "device": "cpu",
    });
    let folder = home.join("config/pentimento");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("settings.json"), settings.to_string()).unwrap();
}

/// What the command line makes of a picture.
fn made(home: &Path, words: &str) -> Picture {
    let done = Command::new(env!("CARGO_BIN_EXE_pentimento"))
        .args(words.split(' '))
        .args(["--device", "cpu", "--out", "made.png"])
        .current_dir(home)
        .env("HOME", home)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{words}: {said}");
    file::read(&home.join("made.png")).unwrap().picture
}

#[test]
fn words_then_controlnet_inpaint_then_keep_then_upscale_then_save() {
    if !wanted() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let original = sample();
    prepare(home.path(), &original);
    let path = home.path().join("hand.png");
    let mask = made(home.path(), "mask --words hand --image hand.png");
    let larger = made(home.path(), "upscale --with built-in --image hand.png");

    let desktop = Desktop::start();
    let mut program = desktop.open(home.path(), &[&path]);
    let (place, scale) = settle(&desktop, &mut program, &original);
    let bare = head(&desktop);
    let field = || desktop.screen().crop(WORDS);
    let bounds = Mask::from_picture(&mask).bounds().unwrap();
    let hand = || {
        let (x, y) = (
            (bounds.left + bounds.right) / 2,
            (bounds.top + bounds.bottom) / 2,
        );
        let screen = desktop.screen();
        screen.pixel(place.left + x * scale, place.top + y * scale)
    };
    action(&desktop, "take over the picture");
    program.wait_for_line("is in the panel");
    action(&desktop, "mask by words");
    wait_for_dialog(&desktop, &mut program, bare, true);
    let empty = field();
    let (x, y) = (
        (WORDS.left + WORDS.right) / 2,
        (WORDS.top + WORDS.bottom) / 2,
    );
    desktop.tool(&format!("mousemove {x} {y} click 1"));
    program.wait_for("keyboard in the field", |_| {
        (field() != empty).then_some(())
    });
    desktop.type_text("hand");
    desktop.tool("key Return");
    // Its colours are less blue than skin; what only darkens the window is no heat map.
    program.wait_for("heat map", |_| {
        let [red, _, blue, _] = hand();
        (red > 200 && blue < 130).then_some(())
    });
    keep_shot(&desktop, "words");
    let (x, y) = APPLY;
    desktop.tool(&format!("mousemove {x} {y} click 1"));
    wait_for_dialog(&desktop, &mut program, bare, false);
    keep_shot(&desktop, "words-masked");
    desktop.tool("key ctrl+Return");
    program.wait_for_line("repainted in");
    keep_shot(&desktop, "controlnet-inpaint");
    desktop.tool("key Return");
    action(&desktop, "upscale");
    wait_for_dialog(&desktop, &mut program, bare, true);
    desktop.tool("key Return");
    program.wait_for_line("Scaled to");
    wait_for_dialog(&desktop, &mut program, bare, false);
    keep_shot(&desktop, "upscaled");
    save_over(&desktop, &mut program);
    let saved = program.wait_for("saved file", |_| {
        let now = file::read(&path).ok()?.picture;
        (now != original).then_some(now)
    });

    let Size { width, height } = original.size();
    assert_eq!(saved.size(), Size::new(2 * width, 2 * height));
    let around = Rect::new(
        2 * bounds.left.saturating_sub(REACH),
        2 * bounds.top.saturating_sub(REACH),
        2 * (bounds.right + REACH).min(width),
        2 * (bounds.bottom + REACH).min(height),
    );
    let (mut kept, mut changed) = (0, 0);
    for y in 0..2 * height {
        for x in 0..2 * width {
            let within = (around.left..around.right).contains(&x)
                && (around.top..around.bottom).contains(&y);
            let same = saved.pixel(x, y) == larger.pixel(x, y);
            assert!(
                within || same,
                "the pixel at {x}, {y} was not masked and changed"
            );
            kept += u32::from(!within);
            changed += u32::from(!same);
        }
    }
    assert!(kept > 100_000 && changed > 10_000, "{kept} {changed}");
}
