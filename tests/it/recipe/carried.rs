//! `recipe::infotext`: what a recipe's source says beside it travels on with what is made of it.

use pentimento::recipe::infotext::{self, Extras};
use pentimento::recipe::parsed::read_text;
use pentimento::recipe::wildcard::Wildcards;
use pentimento::recipe::{Parsed, Recipe};

fn read(text: &str) -> Parsed {
    read_text(text, &Recipe::default()).unwrap()
}

/// Pairs of a foreign last line that are said again, character by character, and those that are not.
const CARRIED: &[(&str, bool)] = &[
    ("ADetailer model: face_yolov8n.pt", true),
    ("ADetailer confidence: 0.3", true),
    ("ADetailer prompt: \"a, b: c\\nd\"", true),
    ("ADetailer model 2nd: hand_yolov8n.pt", true),
    ("ADetailer inpaint only masked 2nd: True", true),
    ("ADetailer version: 24.5.1", true),
    (
        r#"Hashes: {"vae": "735e4c3a44", "model": "6ce0161689", "lora:a, b": "1f{}"}"#,
        true,
    ),
    (r#"Lora hashes: "a: 1f, b: 2e""#, true),
    ("TI hashes: \"easynegative: c74b4e810b03\"", true),
    ("Hires upscale: 2", true),
    ("Hires upscaler: R-ESRGAN 4x+", true),
    ("ENSD: 31337", true),
    (
        r#"Tiled Diffusion: {"Method": "Mixture", "at": [1, 2]}"#,
        true,
    ),
    (r#"ControlNet 0: "Module: none, Model: a [1f]""#, true),
    ("My own key/2: x", true),
    ("Note: {a", true),
    // Not so of another picture.
    ("Version: v1.10.1", false),
    ("Model: other", false),
    ("Model hash: 6ce0161689", false),
    ("Sampler: Restart", false),
    ("RNG: Wheel", false),
    ("Soft inpainting enabled: True", false),
    ("Extended: \"8, 0, 0, 0\"", false),
    ("X Type: cfg", false),
    ("Mask edge: wavy", false),
];

#[test]
fn what_is_not_used_here_is_said_again() {
    let written = |source: &Parsed| {
        let resolved = source.recipe.with_wildcards_resolved(&Wildcards::default());
        let extras = Extras {
            model: Some("ours"),
            masked: true,
            more: &infotext::carried(&source.others, &source.recipe, &source.recipe),
            ..Extras::default()
        };
        infotext::write(&resolved.unwrap().recipe, &extras)
    };
    for (pair, stays) in CARRIED {
        let source = read(&format!(
            "a {{b}}\nSteps: 9, Seed: 3, Size: 8x8, {pair}, Tail: x"
        ));
        let text = written(&source);
        let said = text.contains(&format!(", {pair}, Tail: x, Version: pentimento"));
        assert_eq!(said, *stays, "{pair}: {text}");
        assert!(text.contains("Tail: x"), "{text}");
        // Nothing of it is taken for the recipe's own.
        let again = read(&text);
        assert_eq!(again.recipe, source.recipe, "{text}");
        assert_eq!(written(&again), text);
    }
}

/// The last line of a source, the prompt asked for, and what of the line is said again of a picture of the model `ours`.
const HELD: &[(&str, &str, &str)] = &[
    ("Model: ours, Model hash: 1f", "a", "Model hash: 1f"),
    ("Model: other, Model hash: 1f", "a", ""),
    ("Model hash: 1f", "a", ""),
    ("Template: {a|b}", "a", "Template: {a|b}"),
    ("Template: {a|b}", "c", ""),
    ("Negative Template: {a|b}", "c", "Negative Template: {a|b}"),
    ("Twice: 1, Twice: 2", "a", "Twice: 1"),
];

#[test]
fn what_no_longer_holds_is_not_said_again() {
    for (line, prompt, expected) in HELD {
        let source = read(&format!("a\nSteps: 9, Seed: 3, Size: 8x8, {line}"));
        let asked = Recipe {
            prompt: (*prompt).to_owned(),
            ..source.recipe.clone()
        };
        let extras = Extras {
            model: Some("ours"),
            more: &infotext::carried(&source.others, &source.recipe, &asked),
            ..Extras::default()
        };
        let text = infotext::write(&asked, &extras);
        let (_, after) = text.split_once("RNG: NV, ").unwrap();
        let (said, _) = after.split_once("Version: ").unwrap();
        assert_eq!(said.trim_end_matches(", "), *expected, "{line}: {text}");
    }
}

/// What a result's infotext says beside the words `red hand` of seed 3 → the prompt that was asked for, and what is carried on.
const BESIDE: &[(&str, &str, &str)] = &[
    ("ENSD: 31337", "red hand", "ENSD: 31337"),
    ("Template: {red|red} hand", "{red|red} hand", ""),
    (
        "Template: \"{red|red}, hand\"",
        "red hand",
        "Template: {red|red}, hand",
    ),
    ("Template: {red hand", "red hand", "Template: {red hand"),
    (
        "Template: __none__ hand",
        "red hand",
        "Template: __none__ hand",
    ),
    (
        "ENSD: 31337, Template: __colour__ hand, Lora hashes: x",
        "__colour__ hand",
        "ENSD: 31337, Lora hashes: x",
    ),
    ("Model: ours", "red hand", ""),
    (
        "Model: ours, Model hash: 1f",
        "red hand",
        "Model: ours, Model hash: 1f",
    ),
    ("Negative Template: {|}", "red hand", ""),
];

#[test]
fn what_was_asked_for_comes_back_of_a_result() {
    let wildcards = Wildcards::default().with_list("colour", &["red"]);
    for (beside, prompt, carried) in BESIDE {
        let mut source = read(&format!(
            "red hand\nSteps: 9, Seed: 3, Size: 8x8, {beside}, Version: pentimento 1"
        ));
        source.recipe.prompt = "red hand".to_owned();
        let asked = infotext::asked(&source.others, &source.recipe, &wildcards);
        assert_eq!(asked.recipe.prompt, *prompt, "{beside}");
        let others: Vec<_> = asked
            .others
            .iter()
            .map(|(key, value)| format!("{key}: {value}"))
            .collect();
        assert_eq!(others.join(", "), *carried, "{beside}");
        assert!(asked.found.contains(&"seed"));
    }
}

/// Prompts asked for: with choices, with escapes only, with a template of an earlier recipe's.
const ASKED: &[&str] = &["{a|b} hand", r"\{a\} hand", "b hand"];

#[test]
fn what_was_asked_for_comes_back_from_a_text_of_no_run() {
    let source = read("b hand\nSteps: 9, Seed: 3, Size: 8x8, Template: {b|c} hand");
    for prompt in ASKED {
        let asked = Recipe {
            prompt: (*prompt).to_owned(),
            ..source.recipe.clone()
        };
        let resolved = asked.with_wildcards_resolved(&Wildcards::default());
        let mut resolved = resolved.unwrap();
        let carried = infotext::carried(&source.others, &source.recipe, &asked);
        resolved.beside.extend(carried);
        let extras = Extras {
            more: &resolved.beside_as_asked(&asked),
            ..Extras::default()
        };
        let text = infotext::write(&resolved.recipe, &extras);
        assert!(text.starts_with(&resolved.recipe.prompt), "{text}");
        assert_eq!(read(&text).recipe, asked, "{text}");
    }
}
