//! `recipe::infotext`: there and back, and the texts of A1111.

use pentimento::recipe::infotext::{self, Extras, has_parameters};
use pentimento::recipe::parsed::{NoRecipe, is_json, read_metadata, read_text};
use pentimento::recipe::wildcard::Wildcards;
use pentimento::recipe::{
    Area, Control, ControlKind, ControlMode, MaskEdge, MaskMode, MaskedContent, Method, Parsed,
    Recipe, ResizeMode, Sampler, SeedSource, Spacing, Variation,
};
use proptest::prelude::*;

fn read(text: &str) -> Parsed {
    read_text(text, &Recipe::default()).unwrap()
}

#[test]
fn a_recipe_is_written_as_a1111_writes_it() {
    let recipe = Recipe {
        prompt: "a hand, (five:1.2) fingers".to_owned(),
        negative_prompt: "six fingers".to_owned(),
        seed: 1234,
        variation: Some(Variation {
            seed: 99,
            strength: 0.25,
        }),
        area: Area::OnlyMasked,
        masked_content: MaskedContent::LatentNoise,
        mask_mode: MaskMode::NotMasked,
        mask_edge: MaskEdge::Hard,
        seed_source: SeedSource::Philox,
        ..Recipe::default()
    };
    let extras = Extras {
        size: Some((512, 768)),
        model: Some("a, b: c"),
        model_hash: Some("6ce0161689"),
        masked: true,
        more: &[(infotext::TEMPLATE.to_owned(), "{a|\"b\"}\nc".to_owned())],
    };
    let expected = concat!(
        "a hand, (five:1.2) fingers\n",
        "Negative prompt: six fingers\n",
        "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 1234, ",
        "Size: 512x768, Model hash: 6ce0161689, Model: \"a, b: c\", Variation seed: 99, Variation seed strength: 0.25, ",
        "Denoising strength: 0.75, Mask blur: 4, Mask mode: Inpaint not masked, ",
        "Inpaint area: Only masked, Masked area padding: 32, Masked content: latent noise, ",
        "Difference threshold: 1, RNG: NV, Template: \"{a|\\\"b\\\"}\\nc\", Version: pentimento 0.1.0",
    );
    let text = infotext::write(&recipe, &extras);
    assert_eq!(text, expected);
    let parsed = read(&text);
    assert_eq!(parsed.recipe, recipe);
    assert_eq!(parsed.size, Some((512, 768)));
    let others = [
        ("Model hash", "6ce0161689"),
        ("Model", "a, b: c"),
        ("Template", "{a|\"b\"}\nc"),
        ("Version", "pentimento 0.1.0"),
    ];
    assert_eq!(
        parsed.others,
        others.map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
}

/// Of a text to image by A1111 1.10; `ENSD`, hashes and the rest have no place.
const A1111: &str = r#"masterpiece, (hand:1.3), [photo]
by "someone"
Negative prompt: blurry, bad: hands
and more
Steps: 28, Sampler: Euler a, Schedule type: Automatic, CFG scale: 6.5, Seed: 3141592653, Size: 640x448, Model hash: 6ce0161689, Model: v1-5, VAE hash: "735e, 4c", ENSD: 31337, Lora hashes: "a: 1, b: 2", Version: v1.10.1"#;

#[test]
fn the_texts_of_a1111_are_read() {
    let parsed = read(A1111);
    let expected = Recipe {
        prompt: "masterpiece, (hand:1.3), [photo]\nby \"someone\"".to_owned(),
        negative_prompt: "blurry, bad: hands\nand more".to_owned(),
        steps: 28,
        sampler: Sampler::EulerA,
        spacing: Spacing::Uniform,
        guidance_scale: 6.5,
        seed: 3_141_592_653,
        // Of its GPU, as nothing is said.
        seed_source: SeedSource::Philox,
        ..Recipe::default()
    };
    assert_eq!(parsed.recipe, expected);
    assert_eq!(parsed.size, Some((640, 448)));
    let others: Vec<_> = parsed
        .others
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    let kept = [
        ("Model hash", "6ce0161689"),
        ("Model", "v1-5"),
        ("VAE hash", "735e, 4c"),
        ("ENSD", "31337"),
        ("Lora hashes", "a: 1, b: 2"),
        ("Version", "v1.10.1"),
    ];
    assert_eq!(others, kept);
    assert!(!parsed.found.contains(&"strength") && !parsed.found.contains(&"mask_blur"));
}

/// The prompt of a text, and the template of it: one that ran is meant as it is, one alone may hold choices.
const TEMPLATES: &[(&str, &str)] = &[
    ("a {b|c} __d__", "a {b|c} __d__"),
    (
        "{a|b} __c__\nSteps: 9, Seed: 3, Size: 8x8",
        r"\{a|b\} \__c__",
    ),
    (
        r#"{"prompt": {"1": {"class_type": "KSampler", "inputs": {"seed": 1, "latent_image": ["9", 0], "positive": ["2", 0]}}, "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "{a|b}"}}}}"#,
        r"\{a|b\}",
    ),
    (
        r#"{"sui_image_params": {"prompt": "{a|b}", "seed": 1}}"#,
        r"\{a|b\}",
    ),
    (r#"{"positive_prompt": "{a|b}", "seed": 1}"#, r"\{a|b\}"),
    (r#"{"prompt": "{a|b}", "seed": 1}"#, "{a|b}"),
];

#[test]
fn what_ran_is_not_resolved_again() {
    for (text, template) in TEMPLATES {
        assert_eq!(read(text).recipe.prompt, *template, "{text}");
    }
}

/// A field of what was parsed, for comparison.
type Field = fn(&Parsed) -> String;

/// The last line of a text, and a field with the value that it gets; what stands beside it is as in A1111's.
const LINES: &[(&str, Field, &str)] = &[
    // Names from before 1.9, with the schedule in them.
    (
        "Sampler: DPM++ 2M SDE Karras",
        sampler,
        "dpmpp-2m-sde karras",
    ),
    ("Sampler: DPM++ 2M", sampler, "dpmpp-2m uniform"),
    (
        "Sampler: DPM++ 2M, Schedule type: Automatic",
        sampler,
        "dpmpp-2m karras",
    ),
    (
        "Sampler: DPM++ 3M SDE Exponential",
        sampler,
        "dpmpp-3m-sde exponential",
    ),
    (
        "Sampler: DPM++ 2S a, Schedule type: SGM Uniform",
        sampler,
        "dpmpp-2s-a sgm-uniform",
    ),
    (
        "Sampler: UniPC, Schedule type: KL Optimal",
        sampler,
        "unipc kl-optimal",
    ),
    // Unknown names stay and change nothing.
    (
        "Sampler: Restart, Schedule type: Karras",
        others,
        "Sampler=Restart",
    ),
    (
        "Sampler: Euler, Schedule type: Align Your Steps",
        others,
        "Schedule type=Align Your Steps",
    ),
    ("RNG: CPU", noise, "torch-cpu"),
    ("RNG: NV", noise, "philox"),
    ("Eta: 0.5", noise, "philox"),
    ("Mask blur: 6", mask, "masked 6 None hard original whole 32"),
    (
        "Mask blur: 6, Inpaint area: Only masked, Masked area padding: 64",
        mask,
        "masked 6 None hard original only-masked 64",
    ),
    (
        "Mask blur: 6, Masked content: latent nothing, Mask mode: Inpaint not masked",
        mask,
        "not-masked 6 None hard latent-nothing whole 32",
    ),
    (
        "Mask blur: 6, Soft inpainting enabled: True",
        mask,
        "masked 6 None soft original whole 32",
    ),
    ("Denoising strength: 0.4", strength, "0.4"),
    // Of the second pass.
    (
        "Denoising strength: 0.4, Hires upscale: 2",
        strength,
        "0.75",
    ),
    (
        "Variation seed: 5, Variation seed strength: 0.5",
        variation,
        "Some(Variation { seed: 5, strength: 0.5 })",
    ),
    ("Eta: 1", variation, "None"),
    (
        "Mask blur: 6, Inpaint area: Only masked",
        size,
        "Some([512, 640]) Some((512, 640))",
    ),
    ("Mask blur: 6", size, "None Some((512, 640))"),
    ("CFG scale: NaN", others, "CFG scale=NaN"),
    ("Note: \"unclosed", others, "Note=\"unclosed"),
    ("Note: \"a\" b, Tail: x", others, "Note=\"a\" b,Tail=x"),
    ("Note:, Tail:", others, "Note=,Tail="),
];

fn sampler(parsed: &Parsed) -> String {
    format!("{} {}", parsed.recipe.sampler, parsed.recipe.spacing)
}

fn noise(parsed: &Parsed) -> String {
    parsed.recipe.seed_source.to_string()
}

fn mask(parsed: &Parsed) -> String {
    let recipe = &parsed.recipe;
    let Recipe {
        mask_mode,
        mask_blur,
        mask_blur_y,
        mask_edge,
        masked_content,
        area,
        padding,
        ..
    } = recipe;
    format!("{mask_mode} {mask_blur} {mask_blur_y:?} {mask_edge} {masked_content} {area} {padding}")
}

fn strength(parsed: &Parsed) -> String {
    parsed.recipe.strength.to_string()
}

fn variation(parsed: &Parsed) -> String {
    format!("{:?}", parsed.recipe.variation)
}

fn size(parsed: &Parsed) -> String {
    format!("{:?} {:?}", parsed.recipe.size, parsed.size)
}

fn others(parsed: &Parsed) -> String {
    let pairs = parsed
        .others
        .iter()
        .map(|(key, value)| format!("{key}={value}"));
    pairs.collect::<Vec<_>>().join(",")
}

#[test]
fn lines_of_parameters() {
    for (line, field, expected) in LINES {
        let parsed = read(&format!("a hand\nSteps: 9, Seed: 3, Size: 512x640, {line}"));
        assert_eq!(field(&parsed), *expected, "{line}");
        assert_eq!((parsed.recipe.steps, parsed.recipe.seed), (9, 3), "{line}");
    }
}

/// Texts, and whether their last line counts as parameters.
const LAST_LINES: &[(&str, bool)] = &[
    ("Steps: 1, Seed: 2, Size: 8x8", true),
    ("a hand\nSteps: 1, Seed: 2, Size: 8x8", true),
    ("a hand\nSteps: 1, Seed: 2", false),
    ("Steps: 1, Seed: 2, Size: 8x8\nno more", false),
    ("(a:1), (b:2), (c:3)", false),
    ("one: a, two: b, three: c", true),
    ("", false),
];

#[test]
fn three_pairs_make_parameters() {
    for (text, expected) in LAST_LINES {
        assert_eq!(has_parameters(text), *expected, "{text}");
    }
    let parsed = read("a hand\nSteps: 1, Seed: 2");
    assert_eq!(parsed.recipe.prompt, "a hand\nSteps: 1, Seed: 2");
    assert_eq!(parsed.found, ["prompt", "negative_prompt"]);
}

/// Texts that begin with a brace, and whether they are prompts; the others are damaged JSON.
const BRACES: &[(&str, bool)] = &[
    ("{red|blue} hand", true),
    ("{2$$red|blue|green}", true),
    ("{3::red|blue} hand", true),
    ("{\"red\"|\"blue\"} hand", true),
    ("{'tis the season|summer}, open hand", true),
    ("{red|blue} hand, {open|closed}\nfive fingers", true),
    ("{__colour__} hand", true),
    ("{\"prompt\": ", false),
    ("{\"prom", false),
    ("{\"prompt\": \"{red|blue} hand\"", false),
    ("{\n  \"prompt\" : \"a\",,}", false),
    ("{\"3\": {\"class_type\": \"KSampler\"}} x", false),
    ("{'prompt': 'a hand'}", false),
];

#[test]
fn nothing_to_read_is_said() {
    let base = Recipe::default();
    assert_eq!(read_text(" \n", &base), Err(NoRecipe::Nothing));
    for (text, is_prompt) in BRACES {
        match read_text(text, &base) {
            Ok(parsed) => assert!(*is_prompt && parsed.recipe.prompt == *text, "{text}"),
            Err(NoRecipe::Damaged(_)) => assert!(!is_prompt, "{text}"),
            Err(other) => panic!("{text}: {other}"),
        }
        assert_eq!(is_json(text), !is_prompt, "{text}");
    }
    assert_eq!(
        read_metadata(&[("Author".to_owned(), "me".to_owned())], None, &base),
        Err(NoRecipe::Nothing)
    );
    let text = [("parameters".to_owned(), "{}".to_owned())];
    let parsed = read_metadata(&text, Some("a hand"), &base).unwrap();
    assert_eq!(parsed.recipe.prompt, "a hand");
}

fn any_recipe() -> impl Strategy<Value = Recipe> {
    let prompt = || r#"[a-z ,:"\\\n{}\[\]()é手]{0,30}|Negative prompt: x|Steps: 1, Seed: 2, Size: 3x3|  edge  "#;
    let words = (prompt(), prompt());
    let numbers = (
        0.0..=1.0f64,
        1usize..2000,
        1.0..30.0f64,
        any::<u64>(),
        0.0..64.0f32,
        0u32..300,
        1usize..13,
    );
    let choices = (
        proptest::sample::select(Sampler::ALL),
        proptest::sample::select(Spacing::ALL),
        proptest::sample::select(SeedSource::ALL),
        proptest::sample::select(Area::ALL),
        proptest::option::of((any::<u64>(), 0.0..=1.0f64)),
    );
    let masks = (
        proptest::sample::select(MaskMode::ALL),
        proptest::sample::select(MaskEdge::ALL),
        proptest::sample::select(MaskedContent::ALL),
        proptest::sample::select(Method::ALL),
        proptest::sample::select(ResizeMode::ALL),
        proptest::option::of(0.0..9.0f32),
        0u32..65,
        proptest::option::of([1u32..9000, 1u32..9000]),
        any::<bool>(),
        0.0..=4.0f32,
    );
    let controls = proptest::collection::vec(any_control(), 0..3);
    let parts = (words, numbers, choices, masks, controls);
    parts.prop_map(|(words, numbers, choices, masks, controls)| Recipe {
        controls,
        prompt: words.0,
        negative_prompt: words.1,
        strength: numbers.0,
        steps: numbers.1,
        guidance_scale: numbers.2,
        seed: numbers.3,
        mask_blur: numbers.4,
        padding: numbers.5,
        tile: numbers.5 / 2,
        clip_skip: numbers.6,
        sampler: choices.0,
        spacing: choices.1,
        seed_source: choices.2,
        area: choices.3,
        variation: choices
            .4
            .map(|(seed, strength)| Variation { seed, strength }),
        mask_mode: masks.0,
        mask_edge: masks.1,
        masked_content: masks.2,
        method: masks.3,
        resize: masks.4,
        mask_blur_y: masks.5,
        grow_mask: masks.6,
        size: masks.7,
        color_match: masks.8,
        difference_threshold: masks.9,
    })
}

fn any_control() -> impl Strategy<Value = Control> {
    let parts = (
        r#"[a-z,:"\\_é手. -]{0,9}[a-z]"#,
        proptest::sample::select(ControlKind::ALL),
        0u32..30,
        0u32..10,
        11u32..21,
        proptest::sample::select(ControlMode::ALL),
        r#"|[a-z,:"\\_é手. -]{0,9}\.png"#,
    );
    parts.prop_map(|(model, kind, weight, start, end, mode, picture)| Control {
        model: model.trim().to_owned(),
        kind,
        weight: f64::from(weight) / 10.0,
        start: f64::from(start) / 20.0,
        end: f64::from(end) / 20.0,
        mode,
        picture: picture.trim().to_owned(),
    })
}

/// A recipe whose every field is another than usual, so that what is not told shows.
fn strange() -> Recipe {
    Recipe {
        prompt: "strange".to_owned(),
        negative_prompt: "stranger".to_owned(),
        variation: Some(Variation {
            seed: 1,
            strength: 1.0,
        }),
        mask_blur_y: Some(9.0),
        mask_mode: MaskMode::NotMasked,
        mask_edge: MaskEdge::Soft,
        masked_content: MaskedContent::Fill,
        method: Method::InpaintEncode,
        grow_mask: 1,
        size: Some([1, 1]),
        resize: ResizeMode::Crop,
        color_match: true,
        difference_threshold: 2.5,
        controls: vec![Control::named("strange")],
        ..Recipe::default()
    }
}

proptest! {
    #[test]
    fn every_recipe_comes_back(recipe in any_recipe(), note in r#"[a-z,:"\\ \n{}]{0,12}|\{"a, b":[ \n]?[1-9]\}[ ,x]?"#) {
        let extras = Extras { masked: true, more: &[("A note".to_owned(), note.clone())], ..Extras::default() };
        let text = infotext::write(&recipe, &extras);
        let parsed = read_text(&text, &strange()).unwrap();
        prop_assert_eq!(&parsed.recipe, &recipe.with_literal_prompts(), "{}", text);
        prop_assert_eq!(&parsed.others[0], &("A note".to_owned(), note), "{}", text);
        // And runs as it ran.
        let again = parsed.recipe.with_wildcards_resolved(&Wildcards::default()).unwrap();
        prop_assert_eq!(&again.recipe, &recipe, "{}", text);
        // So it does as JSON, to 15 digits, whatever it is laid over.
        let short = |value: f64| (value * 1000.0).round() / 1000.0;
        let recipe = Recipe {
            strength: short(recipe.strength),
            guidance_scale: short(recipe.guidance_scale),
            variation: recipe.variation.map(|variation| Variation { strength: short(variation.strength), ..variation }),
            ..recipe
        };
        let json = serde_json::to_string(&recipe).unwrap();
        prop_assert_eq!(&read_text(&json, &strange()).unwrap().recipe, &recipe);
    }

    #[test]
    fn any_text_is_read(text in r#"(?s).{0,80}|[\{\}"a-z:,0-9\[\]\n ]{0,60}"#) {
        // An error or a recipe, and no panic.
        let _ = read_text(&text, &Recipe::default());
    }
}
