//! From prompt to kept result by German labels, and the language changed while the window is open.

use egui_kittest::kittest::Queryable as _;
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
