//! Files, questions, drops, settings, palette, keys and notices, driven by key, label and dropped file.

mod carried;
mod files;
mod menus;
mod new_canvas;
mod palette;
mod scale;
mod settings;
mod sketch;
mod snapshot;
mod work;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{bounded, unbounded};
use eframe::egui::{self, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::document::Document;
use pentimento::engine::Engine;
use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Picture, Size};
use pentimento::recipe::Recipe;
use pentimento::ui::action::{self, Action};
use pentimento::ui::{App, Notices, Picker, Places, Shell, Studio};
use tempfile::TempDir;

const SIZE: Size = Size {
    width: 64,
    height: 48,
};

/// A window on a grey picture called `start`; `picker` answers its file dialogs.
fn window(places: Places, picker: Picker) -> Harness<'static, App> {
    let (commands, inbox) = bounded(8);
    let (outbox, events) = unbounded();
    // The engine's end stays open for as long as the test binary runs.
    std::mem::forget((inbox, outbox));
    let document = Document::new(Picture::filled(SIZE, [128, 128, 128, 255]));
    let studio = Studio::new(Engine::from_channels(commands, events), Recipe::default());
    let no_settings = places.settings.is_none();
    let mut shell = Shell::new(places, picker);
    if no_settings {
        // What is shown must not hang on when a model's head was read.
        shell.settings.model = Some("no-such-model".into());
    }
    shell.call("start".to_owned(), &document);
    let app = App::new(document, None, studio, shell);
    let mut harness = super::harness(app, [1100.0, 900.0]);
    harness.run_steps(3);
    harness
}

fn plain() -> Harness<'static, App> {
    window(Places::default(), Arc::new(|_| None))
}

/// Steps until something is so; files are read by another thread.
fn until(harness: &mut Harness<'static, App>, what: &str, so: impl Fn(&App) -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        harness.run_steps(2);
        if so(harness.state()) {
            harness.run_steps(2);
            return;
        }
        let said = harness.state().notices().lines();
        assert!(Instant::now() < end, "{what}; said: {said:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn said(app: &App, words: &str) -> bool {
    app.notices()
        .lines()
        .iter()
        .any(|line| line.text.contains(words))
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn drop_files(harness: &mut Harness<'static, App>, paths: &[PathBuf]) {
    for path in paths {
        let file = Arc::new(Dropped(path.clone()));
        harness.input_mut().dropped_files.push(file);
    }
    harness.run_steps(4);
}

fn press(harness: &mut Harness<'static, App>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

fn click(harness: &mut Harness<'static, App>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
}

fn type_text(harness: &mut Harness<'static, App>, text: &str) {
    harness.event(egui::Event::Text(text.to_owned()));
    harness.run_steps(3);
}

/// A folder with pictures and masks of the open picture's size and of another.
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, picture: &Picture| {
        file::write(&dir.path().join(name), picture, &Metadata::default()).unwrap();
    };
    let other = Size::new(40, 30);
    let colours = |x: u32, y: u32| [(x * 3) as u8, (y * 4) as u8, 90, 255];
    let halves = |x: u32, _| match x < 20 {
        true => [255; 4],
        false => [0, 0, 0, 255],
    };
    let ramp = |x: u32, _| {
        let grey = (x * 3 + 20) as u8;
        [grey, grey, grey, 255]
    };
    write("red.png", &Picture::filled(other, [200, 30, 30, 255]));
    write("colours.png", &Picture::from_fn(SIZE, colours));
    write("hand-mask.png", &Picture::from_fn(SIZE, halves));
    write("halves.png", &Picture::from_fn(SIZE, halves));
    write("ramp.png", &Picture::from_fn(SIZE, ramp));
    write("small-mask.png", &Picture::from_fn(other, halves));
    dir
}

#[test]
fn every_action_is_named_explained_and_has_its_own_key() {
    let all: Vec<&Action> = action::all().collect();
    for (index, action) in all.iter().enumerate() {
        let id = action.id;
        assert!(id.contains('.') && !id.contains(' '), "{id}");
        assert!(!action.label().is_empty(), "{id}");
        assert!(
            action.tooltip().ends_with('.'),
            "{id}: {}",
            action.tooltip()
        );
        for other in &all[..index] {
            assert_ne!(id, other.id);
            assert_ne!(action.label(), other.label(), "{id} and {}", other.id);
            // An action that is only a second key for another says the same.
            let listed = action.menu.is_some() && other.menu.is_some();
            assert!(
                !listed || action.tooltip() != other.tooltip(),
                "{id} and {}: {}",
                other.id,
                action.tooltip()
            );
        }
    }
    // Keys with several meanings, of which one at a time can be meant.
    let shared = [Key::Escape, Key::Enter, Key::Backspace, Key::Delete];
    for (index, action) in all.iter().enumerate() {
        let Some(key) = action.shortcut else { continue };
        let twin = all[..index].iter().find(|it| it.shortcut == Some(key));
        let twin = twin.filter(|_| !shared.contains(&key.logical_key));
        assert!(
            twin.is_none(),
            "{} and {:?}: {key:?}",
            action.id,
            twin.map(|it| it.id)
        );
    }
}

#[test]
fn the_list_of_keys_has_every_action_in_its_area_and_the_gestures() {
    let mut harness = plain();
    press(&mut harness, Modifiers::NONE, Key::F1);
    let words = |harness: &Harness<'static, App>| {
        let labels = harness.query_all_by_role(egui::Role::Label);
        let words = labels.filter_map(|label| label.accesskit_node().value());
        words.collect::<Vec<_>>()
    };
    let all = words(&harness);
    let listed = |words: &[String], name: &str| words.iter().any(|word| word == name);
    for action in action::all() {
        assert!(listed(&all, action.label()), "{} is in no area", action.id);
    }
    for (area, gesture) in [("Tools", "Left button"), ("View", "Shift + Space drag")] {
        assert!(listed(&all, area) && listed(&all, gesture), "{all:?}");
    }
    type_in_search(&mut harness, "rotate view");
    let found = words(&harness);
    assert!(listed(&found, "Rotate view left") && listed(&found, "Shift + Space drag"));
    assert!(
        listed(&found, "View") && !listed(&found, "Tools"),
        "{found:?}"
    );
}

#[test]
fn a_key_is_changed_and_taken_only_when_asked() {
    let mut harness = plain();
    let key = |harness: &Harness<'static, App>, id| {
        let action = action::find(id).unwrap();
        let shortcut = harness.state().settings().shortcut(action);
        shortcut.map(|it| (it.modifiers, it.logical_key))
    };
    press(&mut harness, Modifiers::NONE, Key::F1);
    type_in_search(&mut harness, "quit");
    click(&mut harness, "Quit: Ctrl+Q");
    // The key of another action, which is not done now.
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    assert!(harness.query_by_label("Size of the interface").is_none());
    harness.get_by_label("Ctrl+, is the key of \"Settings…\".");
    click(&mut harness, "Leave it");
    assert_eq!(
        key(&harness, "file.quit"),
        Some((Modifiers::COMMAND, Key::Q))
    );

    click(&mut harness, "Quit: Ctrl+Q");
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    click(&mut harness, "Take it");
    assert_eq!(
        key(&harness, "file.quit"),
        Some((Modifiers::COMMAND, Key::Comma))
    );
    assert_eq!(key(&harness, "edit.settings"), None);

    click(&mut harness, "Reset all keys");
    assert_eq!(
        key(&harness, "edit.settings"),
        Some((Modifiers::COMMAND, Key::Comma))
    );
    click(&mut harness, "Quit: Ctrl+Q");
    press(&mut harness, Modifiers::NONE, Key::Backspace);
    assert_eq!(key(&harness, "file.quit"), None);
}

fn type_in_search(harness: &mut Harness<'static, App>, text: &str) {
    let placeholder = egui_kittest::kittest::By::new()
        .predicate(|node| node.data().placeholder() == Some("Search the keys"));
    harness.get(placeholder).focus();
    harness.run_steps(2);
    type_text(harness, text);
}

#[test]
fn notes_go_and_errors_stay_until_dismissed() {
    let mut harness = plain();
    let notices = harness.state_mut().notices_mut();
    notices.say("Something was done.");
    notices.fail("Something could not be done; do another thing.");
    harness.run_steps(2);
    harness.get_by_label("Something was done.");
    harness.run_steps(40);
    let shown: Vec<_> = harness.state().notices().shown().collect();
    assert_eq!(shown.len(), 1, "{shown:?}");
    click(
        &mut harness,
        "Something could not be done; do another thing.",
    );
    harness.get_by_label("Messages");
    click(&mut harness, "Dismiss");
    assert_eq!(harness.state().notices().shown().count(), 0);
    assert_eq!(harness.state().notices().lines().len(), 2);
}

/// Weights of what is said one after the other, `e` an error and `n` a note → the numbers that show.
const SHOWN: &[(&str, &[u64])] = &[
    ("nnn", &[1, 2, 3]),
    ("nnnnn", &[2, 3, 4, 5]),
    ("eennnn", &[1, 2, 5, 6]),
    ("nneeee", &[3, 4, 5, 6]),
    ("eeeen", &[2, 3, 4, 5]),
    ("eeeenn", &[2, 3, 4, 6]),
    ("eeeeee", &[3, 4, 5, 6]),
    ("eeeenee", &[3, 4, 6, 7]),
];

#[test]
fn what_was_said_last_always_shows() {
    for (weights, expected) in SHOWN {
        let mut notices = Notices::default();
        for (number, weight) in weights.chars().enumerate() {
            match weight {
                'e' => notices.fail(format!("line {number}")),
                _ => notices.say(format!("line {number}")),
            }
        }
        let shown: Vec<_> = notices.shown().map(|line| line.number).collect();
        assert_eq!(shown, *expected, "{weights}");
    }
}
