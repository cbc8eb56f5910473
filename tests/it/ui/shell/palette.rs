//! What Ctrl+K finds, and what choosing it does.

use eframe::egui::{Key, Modifiers, Role, ThemePreference};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use pentimento::recipe::Recipe;
use pentimento::recipe::field::Section;
use pentimento::ui::texts::Language;
use pentimento::ui::{App, Places};

use super::{plain, press, said, type_text, until, window};

#[test]
fn the_palette_finds_by_letters_and_runs() {
    let mut harness = plain();
    press(&mut harness, Modifiers::COMMAND, Key::K);
    type_text(&mut harness, "sett");
    harness.get_by_label_contains("Settings…");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    harness.get_by_label("Size of the interface");
    assert!(harness.query_by_label("Search the actions").is_none());

    press(&mut harness, Modifiers::COMMAND, Key::K);
    type_text(&mut harness, "save mask");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(said(harness.state(), "The mask is empty"));

    press(&mut harness, Modifiers::COMMAND, Key::K);
    type_text(&mut harness, "zzzz");
    harness.get_by_label("Nothing is called that.");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Nothing is called that.").is_none());
}

/// Asks for something, and takes what is found first.
fn ask(harness: &mut Harness<'static, App>, words: &str) {
    press(harness, Modifiers::COMMAND, Key::K);
    type_text(harness, words);
    press(harness, Modifiers::NONE, Key::Enter);
    assert!(harness.query_by_label("Search the actions").is_none());
}

/// What is asked for, and whether it is so then.
type Asked = (&'static str, fn(&App) -> bool);

const ASKED: &[Asked] = &[
    ("steps 30", |app| recipe(app).steps == 30),
    ("guidance 7.5", |app| recipe(app).guidance_scale == 7.5),
    ("strength 0.4", |app| recipe(app).strength == 0.4),
    ("seed 1234", |app| {
        recipe(app).seed == 1234 && app.studio().seed_locked
    }),
    ("variation 0.2", |app| {
        recipe(app).variation.is_some_and(|it| it.strength == 0.2)
    }),
    ("render at 640x384", |app| {
        recipe(app).size == Some([640, 384])
    }),
    ("match colours on", |app| recipe(app).color_match),
    ("sampler euler", |app| {
        recipe(app).sampler.to_string() == "euler"
    }),
    ("theme light", |app| {
        app.settings().theme == ThemePreference::Light
    }),
    ("dark", |app| app.settings().theme == ThemePreference::Dark),
    ("size of the interface 125", |app| {
        app.settings().scale == 1.25
    }),
    ("memory for undo 300", |app| {
        app.settings().undo_budget == 300
    }),
    ("write the recipe", |app| !app.settings().write_recipes),
    ("mask everything", |app| {
        app.document().mask().value(3, 4) == 255
    }),
];

fn recipe(app: &App) -> &Recipe {
    &app.studio().recipe
}

#[test]
fn controls_and_settings_are_set_by_their_names() {
    for (words, so) in ASKED {
        let mut harness = plain();
        assert!(!so(harness.state()), "{words} is so already");
        ask(&mut harness, words);
        assert!(so(harness.state()), "{words}");
    }
}

#[test]
fn what_a_field_does_not_take_is_not_offered() {
    for words in [
        "steps 0",
        "steps 1.5",
        "strength 3",
        "render at 0x5",
        "steps ten",
    ] {
        let mut harness = plain();
        press(&mut harness, Modifiers::COMMAND, Key::K);
        type_text(&mut harness, words);
        assert!(
            harness.query_by_label("Nothing is called that.").is_some(),
            "{words}"
        );
    }
}

#[test]
fn a_control_is_led_to() {
    for (words, section, role) in [
        ("steps", Section::Sampling, Role::SpinButton),
        ("padding", Section::Area, Role::SpinButton),
        ("strength", Section::Pinned, Role::SpinButton),
        ("sampler", Section::Sampling, Role::ComboBox),
        ("match colours", Section::Advanced, Role::CheckBox),
        ("negative prompt", Section::Pinned, Role::MultilineTextInput),
    ] {
        let mut harness = plain();
        press(&mut harness, Modifiers::COMMAND, Key::K);
        type_text(&mut harness, words);
        // The control itself, before its values.
        let found = harness.query_all_by_role(Role::Button);
        let at = found
            .filter_map(|node| egui_kittest::kittest::NodeT::accesskit_node(&node).label())
            .filter(|label| label.to_lowercase().starts_with(words))
            .position(|label| label.split("  ").next().unwrap().to_lowercase() == words);
        for _ in 0..at.unwrap_or(0) {
            press(&mut harness, Modifiers::NONE, Key::ArrowDown);
        }
        press(&mut harness, Modifiers::NONE, Key::Enter);
        harness.run_steps(8);
        let open = harness.state().settings().unfolded.contains(&section);
        assert!(open || section == Section::Pinned, "{words}");
        let focused = harness.ctx.memory(|memory| memory.focused());
        let nodes = harness.query_all_by_role(role);
        let taken = nodes
            .filter(|node| egui_kittest::kittest::NodeT::accesskit_node(node).is_focused())
            .count();
        assert_eq!(taken, 1, "{words}: {focused:?}");
    }
}

#[test]
fn a_preset_is_found_and_used() {
    let dir = tempfile::tempdir().unwrap();
    let recipe = Recipe {
        steps: 7,
        ..Recipe::default()
    };
    let presets = pentimento::recipe::preset::Presets::in_folder(dir.path().to_owned());
    presets.save("soft hands", &recipe).unwrap();
    let places = Places {
        presets: Some(dir.path().to_owned()),
        ..Places::default()
    };
    let mut harness = window(places, std::sync::Arc::new(|_| None));
    // Looked for as the palette opens, as they may have been saved elsewhere.
    press(&mut harness, Modifiers::COMMAND, Key::K);
    until(&mut harness, "presets are listed", |app| {
        app.studio().preset_names().len() == 1
    });
    press(&mut harness, Modifiers::NONE, Key::Escape);
    ask(&mut harness, "soft hands");
    until(&mut harness, "used", |app| app.studio().recipe.steps == 7);
}

#[test]
fn rows_are_as_wide_as_the_field_whatever_stands_beside_them() {
    for language in [Language::English, Language::German] {
        let mut harness = plain();
        harness.state_mut().settings_mut().language = Some(language);
        press(&mut harness, Modifiers::COMMAND, Key::K);
        harness.run_steps(8);
        let field = harness
            .query_all_by_role(Role::TextInput)
            .last()
            .unwrap()
            .rect();
        let buttons = harness.query_all_by_role(Role::Button);
        let rows = buttons
            .map(|row| row.rect())
            .filter(|row| row.left() == field.left());
        let widths: Vec<_> = rows.map(|row| row.width()).collect();
        assert!(widths.len() > 20, "{language:?}: {}", widths.len());
        let widest = widths.into_iter().fold(0.0, f32::max);
        assert!(widest <= field.width() + 1.0, "{language:?}: {widest}");
    }
}
