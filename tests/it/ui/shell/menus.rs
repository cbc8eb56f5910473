//! The menu bar by keys, and the way into the prompt and out of it.

use eframe::egui::{Event, Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::recipe::Recipe;
use pentimento::ui::texts::Language;
use pentimento::ui::{App, Tool};

use super::{plain, press, type_text};

const NONE: Modifiers = Modifiers::NONE;

type Keys = &'static [(Modifiers, Key)];

/// Keys, and an entry that only the menu that is open then has; none for no open menu.
const OPENED: &[(Keys, Option<&str>)] = &[
    (&[], None),
    (&[(Modifiers::ALT, Key::F)], Some("New canvas…")),
    (&[(Modifiers::ALT, Key::E)], Some("Settings…")),
    (&[(Modifiers::ALT, Key::P)], Some("Scale picture…")),
    (&[(Modifiers::ALT, Key::M)], Some("Mask by words…")),
    (&[(Modifiers::ALT, Key::R)], Some("Parameter sweep…")),
    (&[(Modifiers::ALT, Key::V)], Some("Full screen")),
    (&[(Modifiers::ALT, Key::H)], Some("Find an action…")),
    (&[(NONE, Key::F10)], Some("New canvas…")),
    (
        &[(NONE, Key::F10), (NONE, Key::ArrowRight)],
        Some("Settings…"),
    ),
    (
        &[(NONE, Key::F10), (NONE, Key::ArrowLeft)],
        Some("Find an action…"),
    ),
    (
        &[(Modifiers::ALT, Key::H), (NONE, Key::ArrowRight)],
        Some("New canvas…"),
    ),
    (
        &[(Modifiers::ALT, Key::F), (Modifiers::ALT, Key::V)],
        Some("Full screen"),
    ),
    (&[(NONE, Key::F10), (NONE, Key::Escape)], None),
];

/// In German, where two menus begin with the same letter: a letter, and an entry of the menu that it opens.
const GERMAN: &[(Key, &str)] = &[
    (Key::D, "Neue Leinwand…"),
    (Key::B, "Einstellungen…"),
    (Key::I, "Bild skalieren…"),
    (Key::M, "Mit Worten maskieren…"),
    (Key::N, "Parameterreihe…"),
    (Key::A, "Vollbild"),
    (Key::H, "Aktion suchen…"),
];

#[test]
fn each_menu_has_a_letter_of_its_own_in_every_language() {
    for (key, entry) in GERMAN {
        let mut harness = plain();
        harness.state_mut().settings_mut().language = Some(Language::German);
        harness.run_steps(3);
        press(&mut harness, Modifiers::ALT, *key);
        harness.run_steps(3);
        for (_, other) in GERMAN {
            let shown = harness.query_by_label_contains(other).is_some();
            assert_eq!(shown, entry == other, "{key:?}: {other}");
        }
    }
}

#[test]
fn keys_open_menus_and_lead_from_one_to_the_next() {
    for (keys, entry) in OPENED {
        let mut harness = plain();
        for &(modifiers, key) in *keys {
            press(&mut harness, modifiers, key);
        }
        harness.run_steps(3);
        for (_, other) in OPENED {
            let Some(other) = other else { continue };
            let shown = harness.query_by_label_contains(other).is_some();
            assert_eq!(shown, *entry == Some(other), "{keys:?}: {other}");
        }
    }
}

#[test]
fn arrows_and_enter_choose_within_a_menu_and_give_the_keys_back() {
    let mut harness = plain();
    press(&mut harness, Modifiers::ALT, Key::M);
    // The first entry, and the one after it.
    press(&mut harness, NONE, Key::ArrowDown);
    press(&mut harness, NONE, Key::ArrowDown);
    let focused = harness
        .query_all_by_role(Role::Button)
        .find(|node| node.accesskit_node().is_focused())
        .and_then(|node| node.accesskit_node().label());
    let Some(label) = focused else {
        panic!("nothing is chosen");
    };
    press(&mut harness, NONE, Key::ArrowUp);
    press(&mut harness, NONE, Key::Enter);
    harness.run_steps(3);
    assert!(harness.query_by_label_contains(&label).is_none(), "{label}");
    assert_eq!(harness.state().document().mask().value(3, 3), 255);
    press(&mut harness, NONE, Key::W);
    assert_eq!(harness.state().board().tool, Tool::Wand);
}

/// What the prompt says.
fn prompt<'a>(harness: &'a Harness<'static, App>) -> &'a str {
    &harness.state().studio().recipe.prompt
}

#[test]
fn a_key_leads_into_the_prompt_and_others_out_of_it() {
    for (modifiers, out) in [(NONE, Key::Escape), (Modifiers::COMMAND, Key::Enter)] {
        let mut harness = plain();
        harness.state_mut().studio_mut().recipe.prompt = "open hand".to_owned();
        // The letter comes with its key.
        harness.input_mut().events.push(Event::Key {
            key: Key::T,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: NONE,
        });
        harness.input_mut().events.push(Event::Text("t".to_owned()));
        harness.run_steps(3);
        type_text(&mut harness, ", left");
        assert_eq!(prompt(&harness), "open hand, left");
        // Ctrl+Enter says why nothing is repainted, where nothing can be.
        harness.state_mut().document_mut().edit_mask(
            pentimento::document::EditName::MaskAll,
            pentimento::raster::Mask::invert,
        );
        press(&mut harness, modifiers, out);
        press(&mut harness, NONE, Key::W);
        assert_eq!(harness.state().board().tool, Tool::Wand, "{out:?}");
        assert_eq!(prompt(&harness), "open hand, left");
    }
}

#[test]
fn letters_with_alt_are_not_typed() {
    let mut harness = plain();
    press(&mut harness, NONE, Key::T);
    harness.input_mut().events.push(Event::Key {
        key: Key::F,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::ALT,
    });
    harness.input_mut().events.push(Event::Text("f".to_owned()));
    harness.run_steps(3);
    harness.get_by_label_contains("New canvas…");
    assert_eq!(prompt(&harness), Recipe::default().prompt);
}

/// Keys, and what a menu in a menu shows after them; none while none is open.
const DEEPER: &[(&[Key], Option<&str>)] = &[
    (&[Key::ArrowDown, Key::ArrowDown], None),
    (
        &[Key::ArrowDown, Key::ArrowDown, Key::ArrowDown],
        Some("Nothing was opened yet"),
    ),
    (
        &[
            Key::ArrowDown,
            Key::ArrowDown,
            Key::ArrowDown,
            Key::ArrowRight,
        ],
        Some("Nothing was opened yet"),
    ),
    (
        &[
            Key::ArrowDown,
            Key::ArrowDown,
            Key::ArrowDown,
            Key::ArrowDown,
            Key::ArrowRight,
        ],
        Some("Six fingers"),
    ),
    (
        &[
            Key::ArrowDown,
            Key::ArrowDown,
            Key::ArrowDown,
            Key::ArrowDown,
            Key::ArrowRight,
            Key::ArrowLeft,
        ],
        None,
    ),
];

#[test]
fn right_enters_a_menu_in_a_menu_and_left_leaves_it() {
    for (keys, shown) in DEEPER {
        let mut harness = plain();
        press(&mut harness, NONE, Key::F10);
        for key in *keys {
            press(&mut harness, NONE, *key);
        }
        for (_, other) in DEEPER {
            let Some(other) = other else { continue };
            let open = harness.query_by_label_contains(other).is_some();
            assert_eq!(open, *shown == Some(*other), "{keys:?}: {other}");
        }
        // The menu itself stays.
        assert!(harness.query_by_label_contains("New canvas").is_some());
    }
}

#[test]
fn a_long_menu_is_reached_to_its_end_in_a_low_window() {
    for height in [640.0, 480.0] {
        let mut harness = plain();
        harness.set_size([1024.0, height].into());
        harness.run_steps(4);
        press(&mut harness, Modifiers::ALT, Key::R);
        let last = |harness: &Harness<'static, App>| {
            let rows = harness.query_all_by_label_contains("Add a model");
            rows.last().unwrap().rect()
        };
        harness.get_by_label_contains("Add a model").scroll_to_me();
        harness.run_steps(60);
        assert!(last(&harness).bottom() <= height, "{:?}", last(&harness));
    }
}
