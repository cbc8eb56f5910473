//! From prompt to kept result by German labels, and the language changed while the window is open.

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::ui::action;
use pentimento::ui::texts::Language;

use super::{Window, ready};

/// A window that speaks German, ready to repaint.
fn german() -> Window {
    let mut window = ready();
    window.harness.state_mut().settings_mut().language = Some(Language::German);
    window.steps();
    window
}

/// What the main panel and the bars say.
const SHOWN: &[&str] = &[
    "Datei",
    "Bearbeiten",
    "Bild",
    "Maske",
    "Ansicht",
    "Hilfe",
    "Prompt",
    "Negativer Prompt",
    "Anzahl",
    "Seed",
    "Variation",
    "Sampling",
    "Maskenrand",
    "Bereich",
    "Erweitert",
    "Schritte",
    "Guidance",
    "Zeitplan",
    "Bereit",
    "Queue",
    "Referenzbild",
    "Zoom",
    "Ändern…",
];

#[test]
fn the_panel_speaks_german() {
    let window = german();
    for text in SHOWN {
        assert!(window.shows(text), "{text}");
    }
    for text in ["Repaint", "Steps", "Mask edge", "Strength"] {
        assert!(!window.shows(text), "{text}");
    }
}

/// Keys of actions, as German keyboards print them.
const KEYS: &[&str] = &[
    "Verwerfen: Entf",
    "Rückgängig: Strg+Z",
    "Wiederholen: Strg+Umschalt+Z",
    "Ansicht aufrichten: Pos1",
];

#[test]
fn keys_are_called_as_german_keyboards_print_them() {
    let mut window = german();
    run(&mut window, "help.keys");
    let buttons = window.harness.query_all_by_role(Role::Button);
    let said: Vec<_> = buttons
        .filter_map(|node| node.accesskit_node().label())
        .collect();
    for key in KEYS {
        assert!(said.iter().any(|one| one == key), "{key}: {said:#?}");
    }
    let english = [
        "Ctrl",
        "Shift",
        "Delete",
        "Escape",
        "Home",
        "Space",
        "Backspace",
    ];
    for name in english {
        let left = said.iter().find(|one| one.contains(&format!(": {name}")));
        assert_eq!(left, None);
    }
}

/// The log's mark of what failed, and how often.
#[test]
fn the_log_marks_errors_in_german() {
    let mut window = german();
    for _ in 0..2 {
        window.harness.state_mut().notices_mut().fail("x y z");
    }
    run(&mut window, "help.log");
    assert!(window.shows("Fehler: x y z (2-mal)"));
}

#[test]
fn waiting_jobs_are_removed_by_german_labels() {
    let mut window = german();
    window.harness.state_mut().studio_mut().variations = 3;
    window.press("Neu malen");
    window.press("2 Aufträge warten");
    window.press("Auftrag 1: Entfernen");
    assert!(window.shows("1 Auftrag wartet"));
}

#[test]
fn an_open_sweep_speaks_the_other_language_at_once() {
    let mut window = ready();
    run(&mut window, "sweep.open");
    assert!(window.shows("Choose a parameter"));
    window.harness.state_mut().settings_mut().language = Some(Language::German);
    window.steps();
    assert!(window.shows("Einen Parameter wählen"));
}

#[test]
fn why_a_size_is_suggested_is_said_in_german() {
    let mut window = german();
    run(&mut window, "picture.analyse");
    window.until_shown("Nichts spricht dafür oder dagegen.");
    assert!(window.shows("Pixeln ringsum gesehen"));
    assert!(window.shows("Eingebaut"));
    for english in ["is seen with", "built-in"] {
        assert!(!window.shows(english), "{english}");
    }
}

/// Does what an action does.
fn run(window: &mut Window, id: &str) {
    let ctx = window.harness.ctx.clone();
    let row = action::find(id).unwrap();
    row.run(window.harness.state_mut(), &ctx);
    window.steps();
}

#[test]
fn a_hand_is_repainted_and_kept_by_german_labels() {
    let mut window = german();
    window.press("Neu malen");
    let (id, ..) = window.job();
    assert!(window.shows("Bild und Prompt werden gelesen"));
    window.step(id, 9, 20);
    assert!(window.shows("Schritt 9 von 15"));
    window.finish(id, 30);
    assert!(window.shows("Ergebnis 1, Seed 5"));
    assert!(window.shows("Zuletzt"));
    window.press("Übernehmen");
    assert_eq!((window.picture(), window.layer()), (30, None));
    window.harness.get_by_label("Bearbeiten").click();
    window.steps();
    window.press("Rückgängig: Ergebnis");
    assert_eq!(window.picture(), 128);
}

#[test]
fn another_language_speaks_at_once_and_leaves_all_as_it_is() {
    let mut window = ready();
    window.recipe_mut().steps = 31;
    window.steps();
    let before = window.recipe().clone();
    let open = window.app().shell().settings.unfolded.clone();
    for (language, steps) in [(Language::German, "Schritte"), (Language::English, "Steps")] {
        window.harness.state_mut().settings_mut().language = Some(language);
        window.steps();
        assert!(window.shows(steps), "{steps}");
        assert_eq!(*window.recipe(), before);
        assert_eq!(window.app().shell().settings.unfolded, open);
    }
}
