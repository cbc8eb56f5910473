//! The recipe's controls: what they change, and what they say.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::engine::{self, TokenCounter};
use pentimento::recipe::field::Kind;
use pentimento::recipe::field::rows::FIELDS;
use pentimento::recipe::wildcard::Wildcards;
use pentimento::recipe::{MaskEdge, MaskMode, MaskedContent, Method, Recipe, ResizeMode};
use pentimento::recipe::{Sampler, SeedSource, Spacing};
use pentimento::ui::Shell;

use super::{Window, bare, bare_with, ready};

fn seeds(window: &mut Window, presses: usize) -> Vec<u64> {
    (0..presses)
        .map(|_| {
            window.press_repaint();
            let (id, job, _) = window.job();
            window.finish(id, 30);
            assert_eq!(job.recipe.seed, window.recipe().seed);
            job.recipe.seed
        })
        .collect()
}

#[test]
fn an_unlocked_seed_is_used_once_and_a_locked_one_stays() {
    let mut window = ready();
    let unlocked = seeds(&mut window, 3);
    assert_eq!(unlocked[0], 5);
    assert!(unlocked[1] != 5 && unlocked[2] != unlocked[1]);

    window.harness.get_by_label("Lock seed").click();
    window.steps();
    let locked = seeds(&mut window, 2);
    assert_eq!(locked, [unlocked[2]; 2]);

    window.press("New seed");
    let dice = window.recipe().seed;
    assert_ne!(dice, unlocked[2]);
    assert_eq!(seeds(&mut window, 2), [dice; 2]);

    window.harness.get_by_label("Lock seed").click();
    window.press("New seed");
    let dice = window.recipe().seed;
    let next = seeds(&mut window, 2);
    assert_eq!(next[0], dice);
    assert_ne!(next[1], dice);
}

#[test]
fn a_typed_seed_is_kept() {
    let mut window = ready();
    seeds(&mut window, 1);
    let field = window
        .harness
        .get_by_role_and_label(Role::TextInput, "Seed");
    field.focus();
    window.steps();
    window.key(Modifiers::COMMAND, Key::A);
    let field = window
        .harness
        .get_by_role_and_label(Role::TextInput, "Seed");
    field.type_text("18446744073709551615x");
    window.steps();
    assert_eq!(window.recipe().seed, u64::MAX);
    assert_eq!(seeds(&mut window, 2), [u64::MAX; 2]);
}

#[test]
fn the_steps_that_will_run_are_shown() {
    let mut window = ready();
    for (strength, steps, text) in [
        (0.75, 20, "15 of 20 steps will run"),
        (1.0, 20, "20 of 20 steps will run"),
        (0.4, 7, "2 of 7 steps will run"),
        (0.0, 20, "0 of 20 steps will run"),
    ] {
        window.recipe_mut().strength = strength;
        window.recipe_mut().steps = steps;
        window.steps();
        assert!(window.shows(text), "{text}");
    }
    window.recipe_mut().method = Method::InpaintEncode;
    window.steps();
    assert!(window.shows("20 of 20 steps will run"));
    let strength = window
        .harness
        .get_by_role_and_label(Role::Slider, "Strength");
    assert!(strength.accesskit_node().is_disabled());
}

#[test]
fn every_field_that_was_changed_goes_back_to_its_usual_value() {
    let mut window = ready();
    let usual = Recipe {
        prompt: "open hand".to_owned(),
        seed: 5,
        ..Recipe::default()
    };
    *window.recipe_mut() = Recipe {
        strength: 0.3,
        steps: 33,
        guidance_scale: 2.0,
        sampler: Sampler::Euler,
        spacing: Spacing::Beta,
        mask_blur: 9.0,
        padding: 8,
        ..usual.clone()
    };
    window.harness.state_mut().studio_mut().variations = 3;
    window.harness.state_mut().studio_mut().batch = 2;
    window.steps();
    for field in [
        "strength",
        "steps",
        "sampler",
        "schedule",
        "guidance",
        "at once",
        "count",
        "mask blur",
        "padding",
    ] {
        let label = format!("Reset {field}");
        window.harness.get_by_label(&label).scroll_to_me();
        window.harness.run_steps(10);
        window.harness.get_by_label(&label).click();
        window.steps();
        assert!(
            window.harness.query_by_label(&label).is_none(),
            "{field} stays changed"
        );
    }
    assert_eq!(*window.recipe(), usual);
    let studio = window.app().studio();
    assert_eq!((studio.variations, studio.batch), (1, 1));
}

#[test]
fn every_field_of_the_advanced_part_goes_back_too() {
    let mut window = ready();
    let usual = window.recipe().clone();
    *window.recipe_mut() = Recipe {
        mask_mode: MaskMode::NotMasked,
        masked_content: MaskedContent::Fill,
        method: Method::InpaintEncode,
        grow_mask: 9,
        mask_edge: MaskEdge::Hard,
        mask_blur_y: Some(9.0),
        size: Some([256, 128]),
        resize: ResizeMode::Crop,
        color_match: true,
        difference_threshold: 2.5,
        seed_source: SeedSource::Philox,
        area: pentimento::recipe::Area::Whole,
        ..usual.clone()
    };
    window.steps();
    for field in [
        "repaint",
        "start from",
        "grow mask",
        "method",
        "mask edge",
        "blur y",
        "resize",
        "render at",
        "match colours",
        "difference threshold",
        "noise",
        "area",
    ] {
        let label = format!("Reset {field}");
        // The panel scrolls now; its bar must leave the way back free.
        window.harness.get_by_label(&label).scroll_to_me();
        window.harness.run_steps(10);
        window.harness.get_by_label(&label).click();
        window.steps();
        assert!(
            window.harness.query_by_label(&label).is_none(),
            "{field} stays changed"
        );
    }
    assert_eq!(*window.recipe(), usual);
}

/// A slider shows what is usual; what may be typed is the whole range of the table.
#[test]
fn what_is_typed_reaches_the_whole_range() {
    let mut window = ready();
    let usual = window.recipe().clone();
    let mut numbers = 0;
    for field in FIELDS {
        *window.recipe_mut() = usual.clone();
        window.steps();
        if (field.unused)(window.recipe()).is_some() {
            continue;
        }
        let (Kind::Whole(scale) | Kind::Number(scale)) = &field.kind else {
            continue;
        };
        let label = field.caption.label;
        for (typed, expected) in [
            (scale.range.1, scale.range.1),
            (scale.range.1 + 1.0, scale.range.1),
        ] {
            let number = window
                .harness
                .query_by_role_and_label(Role::SpinButton, label);
            let Some(number) = number else { continue };
            number.focus();
            window.steps();
            window.key(Modifiers::COMMAND, Key::A);
            let text = Event::Text(typed.to_string());
            window.harness.event(text);
            window.key(Modifiers::NONE, Key::Enter);
            let value = (field.get)(window.recipe()).number();
            assert_eq!(value, Some(expected), "{label}: {typed}");
            numbers += 1;
        }
    }
    assert!(numbers >= 12, "{numbers}");
}

#[test]
fn the_usual_schedule_follows_the_sampler_until_another_is_chosen() {
    let mut window = ready();
    // Sampler and schedule before, sampler chosen, schedule after.
    for (sampler, spacing, chosen, after) in [
        (
            Sampler::DpmPp2m,
            Spacing::Karras,
            "Euler a",
            Spacing::Uniform,
        ),
        (
            Sampler::DpmPp2m,
            Spacing::Karras,
            "DPM++ SDE",
            Spacing::Karras,
        ),
        (
            Sampler::Euler,
            Spacing::Uniform,
            "DPM++ 2M",
            Spacing::Karras,
        ),
        (Sampler::Euler, Spacing::Beta, "DPM++ 2M", Spacing::Beta),
    ] {
        window.recipe_mut().sampler = sampler;
        window.recipe_mut().spacing = spacing;
        window.steps();
        let list = window
            .harness
            .get_by_role_and_label(Role::ComboBox, "Sampler");
        list.click();
        window.steps();
        window
            .harness
            .get_all_by_label(chosen)
            .last()
            .unwrap()
            .click();
        window.steps();
        assert_eq!(window.recipe().spacing, after, "{sampler} to {chosen}");
    }
}

#[test]
fn tokens_are_counted_once_a_model_is_there() {
    let mut shell = Shell::default();
    shell.settings.model = Some("no-such-model".into());
    let mut window = bare_with(shell);
    assert!(!window.shows("2 / 75"));
    window.load();
    assert!(window.shows("2 / 75"));
    // A negative prompt that nobody wrote has no length.
    assert!(!window.shows("0 / 75"));
    window.recipe_mut().negative_prompt = "a b c".to_owned();
    window.steps();
    assert!(window.shows("3 / 75"));
    window.recipe_mut().prompt = "a ".repeat(76);
    window.steps();
    assert!(window.shows("76 / 150"));
}

#[test]
fn what_a_model_takes_is_known_before_it_is_loaded() {
    let mut window = bare();
    window.until_shown("2 / 75");
    assert!(!window.app().studio().is_busy());
}

#[test]
fn a_negative_prompt_that_is_not_heard_is_pointed_out() {
    let mut window = ready();
    window.recipe_mut().negative_prompt = "blurry".to_owned();
    window.steps();
    assert!(!window.shows("Not heard"));
    window.recipe_mut().guidance_scale = 1.0;
    window.steps();
    assert!(window.shows("Not heard: guidance is 1."));
}

#[test]
fn the_keys_weigh_the_words_at_the_cursor() {
    let mut window = ready();
    window.key(Modifiers::COMMAND, Key::ArrowUp);
    assert!(window.told("Click into a prompt first"));
    window.harness.get_by_label("Prompt").focus();
    window.steps();
    window.key(Modifiers::NONE, Key::End);
    for (key, prompt) in [
        (Key::ArrowUp, "open (hand:1.1)"),
        (Key::ArrowUp, "open (hand:1.2)"),
        (Key::ArrowDown, "open (hand:1.1)"),
        (Key::ArrowDown, "open hand"),
        (Key::ArrowDown, "open (hand:0.9)"),
    ] {
        window.key(Modifiers::COMMAND, key);
        assert_eq!(window.recipe().prompt, prompt);
    }
}

#[test]
fn controls_have_names_and_padding_says_when_it_is_not_used() {
    let mut window = ready();
    for label in ["Strength", "Steps", "Guidance", "Mask blur", "Padding"] {
        assert!(
            window
                .harness
                .query_by_role_and_label(Role::Slider, label)
                .is_some(),
            "{label}"
        );
    }
    window.recipe_mut().area = pentimento::recipe::Area::Whole;
    window.steps();
    let padding = window
        .harness
        .get_by_role_and_label(Role::Slider, "Padding");
    assert!(padding.accesskit_node().is_disabled());
}

/// What a prompt's field says of its length: of the words that would run.
const LENGTHS: &[(&str, &str)] = &[
    ("open hand", "2 / 75"),
    (r"\{open hand\}", "2 / 75"),
    ("{a a a|b b b} hand", "4 / 75"),
    (r"{a a a|b \| b} \__none__", "4 / 75"),
    ("{2$$ and $$a|b} hand", "4 / 75"),
    ("[a hand:two open hands:0.5]", "3 / 75"),
    ("one AND two words", "2 / 75"),
    ("hand <lora:x:0.8>", "1 / 75"),
    // Cannot be resolved.
    ("__none__ {a b", "3 / 75"),
];

#[test]
fn the_length_is_that_of_the_words_that_would_run() {
    let mut window = ready();
    for (prompt, length) in LENGTHS {
        for of_the_negative in [false, true] {
            let other = ["x ".repeat(9), (*prompt).to_owned()];
            let [prompt, negative] = match of_the_negative {
                true => other,
                false => [other[1].clone(), other[0].clone()],
            };
            window.recipe_mut().prompt = prompt.clone();
            window.recipe_mut().negative_prompt = negative;
            window.steps();
            assert!(window.shows(length), "{prompt}: {length}");
        }
    }
    // The seed chooses.
    window.recipe_mut().prompt = "{a|b b}".to_owned();
    window.recipe_mut().negative_prompt = "{a|b b}".to_owned();
    let mut seen = Vec::new();
    for seed in 0..8 {
        window.recipe_mut().seed = seed;
        window.steps();
        let asked = window
            .recipe()
            .with_wildcards_resolved(&Wildcards::default());
        let asked = asked.unwrap().recipe;
        for words in [asked.prompt, asked.negative_prompt] {
            let length = format!("{} / 75", words.split_whitespace().count());
            assert!(window.shows(&length), "seed {seed}: {words}");
            seen.push(length);
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 2);
}

#[test]
fn a_prompt_that_is_too_long_for_a_model_of_fixed_length_is_marked() {
    let mut window = bare();
    assert!(window.commands.try_recv().is_ok());
    let mut info = super::info();
    info.tokens = TokenCounter::new(info.spec.text_window, Some(2), |text| {
        Some(vec![vec![7]; text.split_whitespace().count()])
    });
    window.say(engine::Event::Loaded(Ok(info)));
    for (prompt, length) in [
        ("a ".repeat(3), "3 / 150"),
        ("a ".repeat(150), "150 / 150"),
        ("a ".repeat(151), "151 / 150, too long"),
        ("a BREAK b".to_owned(), "2 / 150"),
        ("a BREAK b BREAK c".to_owned(), "3 / 150, too long"),
    ] {
        window.recipe_mut().prompt = prompt;
        window.steps();
        let shown = window.harness.query_by_label(length);
        assert!(shown.is_some(), "{length}");
    }
}
