//! The artist's choices and their file.

use std::sync::Arc;

use eframe::egui::{Key, KeyboardShortcut, Modifiers, ThemePreference};
use pentimento::canvas::MaskLook;
use pentimento::ui::{Fingers, Places, Settings};

use super::{said, until, window};

#[test]
fn settings_come_back_as_they_were_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new folder/settings.json");
    let mut settings = Settings {
        theme: ThemePreference::Light,
        scale: 1.5,
        undo_budget: 300,
        ..Settings::default()
    };
    settings.remember(&dir.path().join("a.png"));
    settings.remember(&dir.path().join("b.png"));
    settings.remember(&dir.path().join("a.png"));
    let key = KeyboardShortcut::new(Modifiers::ALT, Key::J);
    settings.shortcuts.insert("file.open".to_owned(), Some(key));
    settings.shortcuts.insert("file.save".to_owned(), None);
    settings.save(&path).unwrap();
    let (read, trouble) = Settings::load(&path);
    assert_eq!((&read, trouble), (&settings, None));
    let names = read.recent.iter().map(|path| path.file_name().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["a.png", "b.png"]);
    // Written beside and renamed: nothing else is left.
    assert_eq!(
        std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
        1
    );
}

#[test]
fn files_that_make_no_sense_are_put_aside_and_numbers_brought_into_range() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.json");
    for text in [
        "",
        "{",
        "[1]",
        r#"{"theme": "Purple"}"#,
        r#"{"scale": "big"}"#,
    ] {
        std::fs::write(&path, text).unwrap();
        let (read, trouble) = Settings::load(&path);
        assert_eq!(read, Settings::default(), "{text}");
        assert!(
            trouble.is_some_and(|line| line.contains("damaged")),
            "{text}"
        );
        let aside = dir.path().join("settings.damaged.json");
        assert_eq!(std::fs::read_to_string(aside).unwrap(), text);
        assert!(!path.exists(), "{text}");
    }
    std::fs::write(&path, r#"{"scale": 90.0, "undo_budget": 1, "unknown": 3}"#).unwrap();
    let (read, trouble) = Settings::load(&path);
    assert_eq!((read.scale, read.undo_budget, trouble), (3.0, 64, None));
}

#[test]
fn the_window_tells_of_damage_and_keeps_what_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.json");
    std::fs::write(&path, "not settings").unwrap();
    let places = Places {
        settings: Some(path.clone()),
        ..Places::default()
    };
    let mut harness = window(places, Arc::new(|_| None));
    assert!(said(harness.state(), "settings were damaged"));
    harness.state_mut().settings_mut().scale = 1.25;
    let kept = move || std::fs::read_to_string(&path).unwrap_or_default();
    until(&mut harness, "kept", |_| kept().contains("1.25"));
    assert_eq!(harness.ctx.zoom_factor(), 1.25);
}

#[test]
fn brush_colours_and_the_masks_look_are_as_they_were_last() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.json");
    let places = || Places {
        settings: Some(path.clone()),
        ..Places::default()
    };
    let mut harness = window(places(), Arc::new(|_| None));
    let board = harness.state_mut().board_mut();
    board.brush.radius = 33.5;
    board.brush.hardness = 0.25;
    board.string = 25.0;
    board.fingers = Fingers::Move;
    board.colors.front = [1, 2, 3];
    board.tolerance = 7;
    board.mask_style.look = MaskLook::Hatch;
    board.mask_style.color = [9, 8, 7];
    let (brush, style) = (board.brush, board.mask_style);
    until(&mut harness, "the settings are written", |_| {
        std::fs::read_to_string(&path).is_ok_and(|text| text.contains("hatch"))
    });
    let again = window(places(), Arc::new(|_| None));
    let board = again.state().board();
    assert_eq!((board.brush, board.mask_style), (brush, style));
    assert_eq!((board.string, board.fingers), (25.0, Fingers::Move));
    assert_eq!((board.colors.front, board.tolerance), ([1, 2, 3], 7));
}
