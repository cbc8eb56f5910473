//! `recipe::detail`: ADetailer's prompts and its keys.

use pentimento::recipe::Recipe;
use pentimento::recipe::detail::{Detail, MatchSize, Told, dynamic_strength, prompt, render_size};
use pentimento::recipe::infotext;
use pentimento::recipe::parsed::read_text;

#[test]
fn each_mask_gets_its_piece_of_the_prompt() {
    let own = Some("a woman, waving");
    for (text, wanted) in [
        (
            "open hand",
            [Some("open hand"), Some("open hand"), Some("open hand")],
        ),
        (
            "left [SEP] right",
            [Some("left"), Some("right"), Some("right")],
        ),
        ("left[SEP][SKIP]", [Some("left"), None, None]),
        ("[SKIP]\n[SEP]\nright", [None, Some("right"), Some("right")]),
        (
            "[SEP]right",
            [Some("a woman, waving"), Some("right"), Some("right")],
        ),
        ("", [own; 3]),
        (
            "[PROMPT], open hand",
            [Some("a woman, waving, open hand"); 3],
        ),
        ("[SKIP] not alone", [Some("[SKIP] not alone"); 3]),
    ] {
        for (number, wanted) in wanted.into_iter().enumerate() {
            assert_eq!(
                prompt(text, own, number).as_deref(),
                wanted,
                "{text} {number}"
            );
        }
    }
    assert_eq!(prompt("[PROMPT]", None, 0).as_deref(), Some(""));
}

#[test]
fn the_pictures_own_infotext_stays_and_adetailers_keys_follow() {
    let recipe = Recipe {
        prompt: "hand, five fingers".into(),
        strength: 0.4,
        ..Recipe::default()
    };
    let detail = Detail {
        tab: 1,
        told: Told {
            model: "hand_yolov8n.onnx".into(),
            confidence: Some(0.3),
            most: Some(0),
            right: Some(0),
            up: Some(-2),
            dilate: Some(4),
            ..Told::default()
        },
        padding: true,
        recipe: &recipe,
    };
    let keys = "ADetailer model: hand_yolov8n.onnx, ADetailer prompt: \"hand, five fingers\", ADetailer confidence: 0.3, ADetailer y offset: -2, ADetailer dilate erode: 4, ADetailer mask blur: 4, ADetailer denoising strength: 0.4, ADetailer inpaint only masked: True, ADetailer inpaint padding: 32";
    let own = "a cat\nSteps: 30, Sampler: Euler a, CFG scale: 7, Seed: 7";
    // What is not as in the rest of the picture.
    let separate = "ADetailer use separate steps: True, ADetailer steps: 20, ADetailer use separate sampler: True, ADetailer sampler: DPM++ 2M";
    let texts = [(infotext::KEYWORD.to_owned(), own.to_owned())];
    assert_eq!(
        detail.infotext((&texts, None), ("m", None), &[]),
        format!("{own}, {keys}, {separate}")
    );
    assert_eq!(
        detail.infotext((&[], Some(own)), ("m", None), &[]),
        format!("{own}, {keys}, {separate}")
    );
    let alone = detail.infotext(
        (&[], Some("taken in spring")),
        ("m", Some("0123456789")),
        &[],
    );
    assert!(
        alone.starts_with("hand, five fingers\nSteps: 20") && alone.contains(keys),
        "{alone}"
    );
    assert!(
        alone.contains("Model hash: 0123456789, Model: m"),
        "{alone}"
    );
    // Hashes of LoRAs join those that the picture tells of its own.
    let hashed =
        "a <lora:cat:1>\nSteps: 30, Sampler: Euler a, Seed: 7, Lora hashes: \"cat: 1f, gone: 2e\"";
    let ran = [("hand".to_owned(), "3d".to_owned())];
    let text = detail.infotext((&[], Some(hashed)), ("m", None), &ran);
    assert!(
        text.contains("Seed: 7, Lora hashes: \"hand: 3d, cat: 1f\", ADetailer model"),
        "{text}"
    );
    // A second time the keys are not doubled.
    let twice = [(
        infotext::KEYWORD.to_owned(),
        format!("{own}, {keys}, {separate}"),
    )];
    assert_eq!(
        detail.infotext((&twice, None), ("m", None), &[]),
        format!("{own}, {keys}, {separate}")
    );
    // Ours again, whichever of the two it was.
    assert_eq!(
        read_text(&alone, &Recipe::default())
            .unwrap()
            .recipe
            .strength,
        0.4
    );
    let again = read_text(
        &detail.infotext((&texts, None), ("m", None), &[]),
        &Recipe::default(),
    )
    .unwrap();
    assert_eq!((again.recipe.steps, again.recipe.seed), (30, 7));
}

/// Pairs that a picture tells `|` the tab `|` what is told of the finding, as its fields that are not as usual `|` what it makes of the recipe `|` the pairs that stay.
const TOLD: &str = "
ADetailer model: hand_yolov8n.pt, ADetailer confidence: 0.35, ADetailer dilate erode: -4, ADetailer mask blur: 6, ADetailer denoising strength: 0.4, ADetailer inpaint only masked: True, ADetailer inpaint padding: 48, ADetailer version: 24.5.1 | 1 | hand_yolov8n.pt 0.35 dilate -4 | blur 6 strength 0.4 padding 48 |
ADetailer model: a.pt, ADetailer prompt: \"one [SEP] {two}\", ADetailer negative prompt: bad | 1 | a.pt | prompt one [SEP] \\{two\\} negative bad |
ADetailer model: a.pt, ADetailer confidence: 0.3, ADetailer model 2nd: face.pt, ADetailer confidence 2nd: 0.6, ADetailer dilate erode 2nd: 8.0 | 2 | face.pt 0.6 dilate 8 | | ADetailer model, ADetailer confidence
ADetailer model: a.pt, ADetailer model 2nd: face.pt, ADetailer confidence 2nd: 0.6 | 1 | a.pt | | ADetailer model 2nd, ADetailer confidence 2nd
ADetailer model 11th: c.pt, ADetailer y offset 11th: 12, ADetailer x offset 11th: -3 | 11 | c.pt right -3 up 12 | |
ADetailer model: a.pt, ADetailer method to decide top k masks: Confidence, ADetailer mask only top k: 2, ADetailer mask min ratio: 0.01, ADetailer mask max ratio: 0.5, ADetailer mask merge invert: Merge and Invert | 1 | a.pt top 2 sure from 0.01 to 0.5 Merge and Invert | |
ADetailer model: a.pt, ADetailer mask only top k largest: 3 | 1 | a.pt top 3 | |
ADetailer model: a.pt, ADetailer inpaint only masked: False | 1 | a.pt whole | |
ADetailer model: a.pt, ADetailer use separate steps: True, ADetailer steps: 33, ADetailer use separate CFG scale: True, ADetailer CFG scale: 5.5, ADetailer use separate sampler: True, ADetailer sampler: Euler a | 1 | a.pt | steps 33 cfg 5.5 sampler euler-a |
ADetailer model: a.pt, ADetailer confidence: 3, ADetailer dilate erode: 999, ADetailer denoising strength: 7, ADetailer steps: lots, ADetailer CLIP skip: 2, ENSD: 31337 | 1 | a.pt | | ADetailer confidence, ADetailer dilate erode, ADetailer denoising strength, ADetailer steps, ADetailer CLIP skip, ENSD
ENSD: 31337, ADetailer version: 24 | 1 | none | | ENSD
";

#[test]
fn a_pictures_settings_are_read_back() {
    for line in TOLD.lines().filter(|line| !line.is_empty()) {
        let [pairs, tab, finding, recipe, rest] =
            line.split('|').map(str::trim).collect::<Vec<_>>()[..]
        else {
            panic!("{line}")
        };
        let text = format!("a cat\nSteps: 30, Sampler: Euler, Seed: 7, {pairs}");
        let mut parsed = read_text(&text, &Recipe::default()).unwrap();
        let before = parsed.recipe.clone();
        let told = Told::take_from(&mut parsed, tab.parse().unwrap());
        let stays: Vec<_> = parsed.others.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(stays.join(", "), rest, "{line}");
        let mut words = Vec::new();
        if let Some(told) = &told {
            words.push(told.model.clone());
            words.extend(told.confidence.map(|it| it.to_string()));
            words.extend(told.most.map(|it| format!("top {it}")));
            words.extend(told.by_confidence.then(|| "sure".to_owned()));
            words.extend(told.least_share.map(|it| format!("from {it}")));
            words.extend(told.most_share.map(|it| format!("to {it}")));
            words.extend(told.right.map(|it| format!("right {it}")));
            words.extend(told.up.map(|it| format!("up {it}")));
            words.extend(told.dilate.map(|it| format!("dilate {it}")));
            words.extend(told.merge.clone());
            words.extend(told.whole.then(|| "whole".to_owned()));
        } else {
            words.push("none".to_owned());
        }
        assert_eq!(words.join(" "), finding, "{line}");
        let now = &parsed.recipe;
        let mut words = Vec::new();
        let mut changed = |name: &str, new: String, old: String| {
            if new != old {
                words.push(format!("{name} {new}"));
            }
        };
        changed("prompt", now.prompt.clone(), before.prompt.clone());
        changed(
            "negative",
            now.negative_prompt.clone(),
            before.negative_prompt.clone(),
        );
        changed(
            "blur",
            now.mask_blur.to_string(),
            before.mask_blur.to_string(),
        );
        changed(
            "strength",
            now.strength.to_string(),
            before.strength.to_string(),
        );
        changed(
            "padding",
            now.padding.to_string(),
            before.padding.to_string(),
        );
        changed("steps", now.steps.to_string(), before.steps.to_string());
        changed(
            "cfg",
            now.guidance_scale.to_string(),
            before.guidance_scale.to_string(),
        );
        changed(
            "sampler",
            now.sampler.to_string(),
            before.sampler.to_string(),
        );
        assert_eq!(words.join(" "), recipe, "{line}");
    }
}

#[test]
fn what_is_written_of_a_run_is_read_back() {
    let recipe = Recipe {
        prompt: "hand [SEP] [SKIP]".into(),
        strength: 0.45,
        padding: 50,
        ..Recipe::default()
    };
    let told = Told {
        model: "hand.onnx".into(),
        confidence: Some(0.25),
        most: Some(2),
        by_confidence: true,
        least_share: Some(0.01),
        most_share: Some(0.9),
        right: Some(3),
        up: Some(-2),
        dilate: Some(0),
        merge: Some("Merge".into()),
        ..Told::default()
    };
    for tab in [1, 2, 4] {
        let detail = Detail {
            tab,
            told: told.clone(),
            padding: true,
            recipe: &recipe,
        };
        let text = detail.infotext(
            (&[], Some("a cat\nSteps: 30, Sampler: Euler, Seed: 7")),
            ("m", None),
            &[],
        );
        let mut parsed = read_text(&text, &Recipe::default()).unwrap();
        let mut again = Told::take_from(&mut parsed, tab).unwrap();
        assert!(
            again.has_padding() && parsed.others.is_empty(),
            "{parsed:?}"
        );
        again.fields.clear();
        assert_eq!(again, told);
        let own = &parsed.recipe;
        assert_eq!(
            (own.prompt.as_str(), own.strength, own.padding),
            ("hand [SEP] [SKIP]", 0.45, 50)
        );
        let how = |recipe: &Recipe| (recipe.steps, recipe.sampler, recipe.guidance_scale);
        assert_eq!(how(own), how(&recipe), "{text}");
    }
}

/// How `|` the mask's box `|` the usual size `|` the size that it is rendered at.
const SIZES: &str = "
off    | 200x100   | 1024x1024 | 1024x1024
strict | 200x210   | 1024x1024 | 1024x1024
strict | 300x200   | 1024x1024 | 1216x832
strict | 200x300   | 1024x1024 | 832x1216
strict | 900x100   | 1024x1024 | 1536x640
strict | 300x390   | 1024x1024 | 896x1152
strict | 1300x900  | 1024x1024 | 1024x1024
strict | 1000x700  | 1024x1024 | 1216x832
strict | 1100x840  | 1024x1024 | 1152x896
strict | 300x200   | 1152x832  | 1152x832
free   | 200x100   | 512x512   | 512x256
free   | 100x200   | 512x512   | 256x512
free   | 300x290   | 512x512   | 512x512
free   | 300x100   | 512x512   | 512x176
free   | 100x300   | 640x448   | 216x640
free   | 100x300   | 448x640   | 216x640
free   | 150x100   | 640x448   | 640x448
free   | 9000x3    | 512x512   | 512x8
free   | 100x90    | 1000x1000 | 1000x1000
free   | 1000x890  | 1000x1000 | 1000x896
";

#[test]
fn a_mask_is_rendered_at_a_size_of_its_boxs_shape_where_that_is_wanted() {
    for line in SIZES.lines().filter(|line| !line.is_empty()) {
        let [how, mask, usual, wanted] = line.split('|').map(str::trim).collect::<Vec<_>>()[..]
        else {
            panic!("{line}")
        };
        let how = match how {
            "off" => MatchSize::Off,
            "strict" => MatchSize::Strict,
            _ => MatchSize::Free,
        };
        let [mask, usual, wanted] = [mask, usual, wanted].map(|size| {
            let (width, height) = size.split_once('x').unwrap();
            [width, height].map(|side| side.parse::<u32>().unwrap())
        });
        assert_eq!(render_size(how, mask, usual), wanted, "{line}");
    }
}

#[test]
fn a_larger_box_changes_less_where_that_is_wanted() {
    for (strength, share, power, wanted) in [
        (0.4, 0.3, 0.0, 0.4),
        (0.4, 0.5, 1.0, 0.2),
        (0.8, 0.5, 2.0, 0.2),
        (0.4, 0.0, 3.0, 0.4),
        (0.4, 1.0, 3.0, 0.0),
    ] {
        let own: f64 = dynamic_strength(strength, share, power);
        assert!((own - wanted).abs() < 1e-12, "{share} {power}: {own}");
    }
}
