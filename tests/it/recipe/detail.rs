//! `recipe::detail`: ADetailer's prompts and its keys.

use pentimento::recipe::Recipe;
use pentimento::recipe::detail::{Detail, prompt};
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
        model: "hand_yolov8n.onnx".into(),
        confidence: 0.3,
        dilate: 4,
        offset: [0, -2],
        padding: true,
        recipe: &recipe,
    };
    let keys = "ADetailer model: hand_yolov8n.onnx, ADetailer prompt: \"hand, five fingers\", ADetailer confidence: 0.3, ADetailer dilate erode: 4, ADetailer y offset: -2, ADetailer mask blur: 4, ADetailer denoising strength: 0.4, ADetailer inpaint only masked: True, ADetailer inpaint padding: 32";
    let own = "a cat\nSteps: 30, Sampler: Euler a, CFG scale: 5, Seed: 7";
    let texts = [(infotext::KEYWORD.to_owned(), own.to_owned())];
    assert_eq!(
        detail.infotext(&texts, None, "m", None),
        format!("{own}, {keys}")
    );
    assert_eq!(
        detail.infotext(&[], Some(own), "m", None),
        format!("{own}, {keys}")
    );
    let alone = detail.infotext(&[], Some("taken in spring"), "m", Some("0123456789"));
    assert!(
        alone.starts_with("hand, five fingers\nSteps: 20") && alone.contains(keys),
        "{alone}"
    );
    assert!(
        alone.contains("Model hash: 0123456789, Model: m"),
        "{alone}"
    );
    // A second time the keys are not doubled.
    let twice = [(infotext::KEYWORD.to_owned(), format!("{own}, {keys}"))];
    assert_eq!(
        detail.infotext(&twice, None, "m", None),
        format!("{own}, {keys}")
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
        &detail.infotext(&texts, None, "m", None),
        &Recipe::default(),
    )
    .unwrap();
    assert_eq!((again.recipe.steps, again.recipe.seed), (30, 7));
}
