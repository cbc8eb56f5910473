//! The LoRAs of the prompt as rows.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use pentimento::recipe::{Sampler, Suggestion};
use tempfile::TempDir;

use super::library::listed;
use super::{Window, ready};

/// What is done: clicks, and keys on the sliders of a name.
const ROWS: &[(&str, &[&str], &str)] = &[
    ("a hand <lora:thin:0.8> night", &["thin"], "a hand night"),
    (
        "a hand <lora:thin:0.8> night",
        &["thin", "thin"],
        "a hand night <lora:thin:0.8>",
    ),
    ("<lora:thin:1>, a hand", &["Remove LoRA thin"], "a hand"),
    ("a hand, <lora:thin:1>", &["Remove LoRA thin"], "a hand"),
    (
        "a hand, <lora:thin:1>, night",
        &["Remove LoRA thin"],
        "a hand, night",
    ),
    ("<lora:thin:1>", &["thin", "Remove LoRA thin"], ""),
    ("<lora:thin:1>", &["Weight+"], "<lora:thin:1.05>"),
    (
        "<lyco:thin:0.5:dyn=4>",
        &["Weight-"],
        "<lyco:thin:0.45:dyn=4>",
    ),
    (
        "<lora:thin:0.5:0.8>",
        &["Weight+", "On the text-"],
        "<lora:thin:0.45:0.85>",
    ),
    (
        "<lora:thin:0.8>",
        &["text", "On the text+"],
        "<lora:thin:0.85:0.8>",
    ),
    ("<lora:thin:0.5:0.8>", &["text"], "<lora:thin:0.8>"),
    (
        "<lora:thin:te=0.5:unet=0.8>",
        &["Weight+"],
        "<lora:thin:0.5:0.85>",
    ),
    ("<lora:thin:x>", &["Weight+"], "<lora:thin:1.05>"),
    (
        "<lora:thin:1> and <lora:wide:1>",
        &["wide", "Weight+"],
        "<lora:thin:1.05> and",
    ),
    ("<lora:thin>", &["thin", "thin"], "<lora:thin>"),
];

fn act(window: &mut Window, what: &str) {
    // What is found of a file meanwhile moves the rows from under a press.
    window.until_shown("Not in any folder of LoRAs, so it is not applied.");
    let key = match what.chars().last() {
        Some('+') => Some(Key::ArrowRight),
        Some('-') => Some(Key::ArrowLeft),
        _ => None,
    };
    let Some(key) = key else {
        window.harness.get_by_label(what).click();
        window.steps();
        return;
    };
    let name = &what[..what.len() - 1];
    let sliders = window
        .harness
        .query_all_by_role_and_label(Role::Slider, name);
    sliders.into_iter().next().unwrap().focus();
    window.steps();
    window.key(Modifiers::NONE, key);
}

#[test]
fn rows_are_the_tags_of_the_prompt_and_edit_them() {
    for (prompt, acts, expected) in ROWS {
        let mut window = ready();
        window.recipe_mut().prompt = (*prompt).to_owned();
        window.steps();
        for what in *acts {
            act(&mut window, what);
        }
        assert_eq!(window.recipe().prompt, *expected, "{prompt} {acts:?}");
    }
}

#[test]
fn a_prompt_without_loras_has_no_rows() {
    let mut window = ready();
    assert!(!window.shows("LoRAs"));
    window.recipe_mut().prompt = "<lora:nowhere:1>".to_owned();
    window.until_shown("Not in any folder of LoRAs");
}

#[test]
fn a_lora_offers_its_words_and_how_it_wants_to_be_run() {
    let root = TempDir::new().unwrap();
    let mut window = listed(root.path());
    window.key(Modifiers::NONE, Key::Escape);
    window.recipe_mut().prompt = "a hand <lora:thin-lcm:1>".to_owned();
    window.until_shown("Add thin line to the prompt");
    assert!(!window.shows("Not in any folder"));
    window
        .harness
        .get_by_label("Add thin line to the prompt")
        .click();
    window.steps();
    let prompt = "a hand <lora:thin-lcm:1>, thin line";
    assert_eq!(window.recipe().prompt, prompt);
    window
        .harness
        .get_by_label("Add thin line to the prompt")
        .click();
    window.steps();
    assert_eq!(window.recipe().prompt, prompt);
    let before = Suggestion::of(window.recipe());
    window.press("Use");
    let recipe = window.recipe();
    assert_eq!((recipe.steps, recipe.guidance_scale), (4, 1.0));
    assert_eq!(recipe.sampler, Sampler::Lcm);
    window.press("Undo");
    assert_eq!(Suggestion::of(window.recipe()), before);
    window.press("Reset weight");
    assert_eq!(window.recipe().prompt, prompt.replace(":1>", ":0.7>"));
    window.press("Add\u{2026}");
    assert!(window.shows("Models and devices"));
    assert!(!window.shows("Favourite hands"));
}
