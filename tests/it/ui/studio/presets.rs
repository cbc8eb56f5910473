//! Presets: used, saved, written over and deleted, from the list in the panel.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use pentimento::recipe::Recipe;
use pentimento::recipe::preset::Presets;
use pentimento::ui::{Places, Shell};

use super::{Window, bare_with};

fn window(folder: &Path) -> Window {
    let places = Places {
        presets: Some(folder.to_owned()),
        ..Places::default()
    };
    bare_with(Shell::new(places, Arc::new(|_| None)))
}

fn until(window: &mut Window, what: &str, so: impl Fn(&Window) -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !so(window) {
        let notices = &window.app().shell().notices;
        assert!(Instant::now() < end, "{what}: {notices:?}");
        window.steps();
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Opens the list and chooses from it.
fn choose(window: &mut Window, row: &str) {
    let list = |window: &mut Window, act: fn(&egui_kittest::Node<'_>)| {
        act(&window
            .harness
            .get_by_role_and_label(Role::ComboBox, "Preset"));
        window.harness.run_steps(10);
    };
    // The panel may have been scrolled.
    list(window, |list| list.scroll_to_me());
    list(window, |list| list.click());
    until(window, row, |window| {
        let mut rows = window.harness.query_all_by_label(row);
        rows.next().is_some()
    });
    window.press(row);
}

#[test]
fn a_preset_is_saved_used_written_over_and_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let presets = Presets::in_folder(dir.path().to_owned());
    let mut window = window(dir.path());
    window.recipe_mut().steps = 33;
    let saved = window.recipe().clone();
    choose(&mut window, "Save as a preset\u{2026}");
    window
        .harness
        .event(eframe::egui::Event::Text("hands, soft".to_owned()));
    window.steps();
    window.key(Modifiers::NONE, Key::Enter);
    until(&mut window, "refused", |window| {
        window.told("`hands, soft` cannot name a preset")
    });
    choose(&mut window, "Save as a preset\u{2026}");
    window
        .harness
        .event(eframe::egui::Event::Text("soft".to_owned()));
    window.steps();
    window.key(Modifiers::NONE, Key::Enter);
    until(&mut window, "saved", |window| {
        window.told("The preset soft is saved.")
    });
    let read = |base: &Recipe| presets.load("soft", base).unwrap().recipe;
    assert_eq!(read(&Recipe::default()), saved);

    // Its use brings all of it, and nothing typed is lost.
    *window.recipe_mut() = Recipe {
        prompt: "typed".to_owned(),
        ..Recipe::default()
    };
    window.steps();
    let list = window
        .harness
        .get_by_role_and_label(Role::ComboBox, "Preset");
    assert_eq!(list.value().as_deref(), Some("soft (changed)"));
    choose(&mut window, "soft");
    until(&mut window, "used", |window| window.recipe().steps == 33);
    assert_eq!(*window.recipe(), saved);
    window.press("Earlier prompts");
    window.press("typed");
    assert_eq!(window.recipe().prompt, "typed");

    // Both ways to the same name ask first.
    choose(&mut window, "Save over soft\u{2026}");
    assert!(window.shows("There is a preset soft already"));
    window.key(Modifiers::NONE, Key::Escape);
    assert_eq!(read(&Recipe::default()), saved);
    choose(&mut window, "Save as a preset\u{2026}");
    window
        .harness
        .event(eframe::egui::Event::Text("soft".to_owned()));
    window.steps();
    window.key(Modifiers::NONE, Key::Enter);
    assert!(window.shows("There is a preset soft already"));
    window.press("Save over it");
    until(&mut window, "written over", |_| {
        read(&Recipe::default()).prompt == "typed"
    });

    choose(&mut window, "Delete soft\u{2026}");
    window.press("Delete it");
    until(&mut window, "deleted", |window| {
        window.told("The preset soft is deleted.")
    });
    assert!(presets.list().unwrap().is_empty());
    window
        .harness
        .get_by_role_and_label(Role::ComboBox, "Preset")
        .click();
    window.steps();
    assert!(window.shows("None has been saved yet."));
}

#[test]
fn what_a_preset_says_beside_is_shown_and_a_damaged_one_explained() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("later.json"),
        r#"{"prompt": "a paw", "hue_shift": 0.3}"#,
    )
    .unwrap();
    fs::write(dir.path().join("broken.json"), "{").unwrap();
    let mut window = window(dir.path());
    choose(&mut window, "later");
    until(&mut window, "used", |window| {
        window.recipe().prompt == "a paw"
    });
    assert!(window.shows("Not used here (1)"));
    window
        .harness
        .get_by_label("Not used here (1)")
        .scroll_to_me();
    window.harness.run_steps(10);
    window.harness.get_by_label("Not used here (1)").click();
    window.harness.run_steps(20);
    assert!(window.shows("hue_shift: 0.3"));
    window.harness.get_by_label("Forget these").scroll_to_me();
    window.harness.run_steps(10);
    window.press("Forget these");
    assert!(!window.shows("Not used here"));
    choose(&mut window, "broken");
    until(&mut window, "explained", |window| {
        window.told("the preset is damaged")
    });
    assert_eq!(window.recipe().prompt, "a paw");
}
