//! Recipes as files, and what cannot be asked.

use pentimento::diffusion::networks::UnetInput;
use pentimento::diffusion::plan::{Plan, check, check_recipe};
use pentimento::raster::{Mask, Size};
use pentimento::recipe::{MaskEdge, MaskMode, MaskedContent, Method, Recipe, ResizeMode, Sampler};

use super::{disc, picture};
use crate::fake::spec;

/// The recipes of the samples are older than most fields.
#[test]
fn older_recipes_load_with_todays_defaults() {
    let text = r#"{ "prompt": "a hand", "strength": 0.5, "sampler": "euler", "mask_blur": 1.0, "padding": 16 }"#;
    let recipe: Recipe = serde_json::from_str(text).unwrap();
    let expected = Recipe {
        prompt: "a hand".to_owned(),
        strength: 0.5,
        sampler: Sampler::Euler,
        mask_blur: 1.0,
        padding: 16,
        ..Recipe::default()
    };
    assert_eq!(recipe, expected);
    assert_eq!(recipe.mask_blurs(), (1.0, 1.0));
    assert_eq!(
        serde_json::from_str::<Recipe>("{}").unwrap(),
        Recipe::default()
    );
}

#[test]
fn recipes_come_back_from_files() {
    let recipe = Recipe {
        mask_mode: MaskMode::NotMasked,
        mask_blur_y: Some(3.0),
        mask_edge: MaskEdge::Open,
        masked_content: MaskedContent::LatentNothing,
        method: Method::InpaintEncode,
        grow_mask: 9,
        size: Some([512, 768]),
        resize: ResizeMode::FillAndMask,
        color_match: true,
        difference_threshold: 2.5,
        ..Recipe::default()
    };
    let text = serde_json::to_string(&recipe).unwrap();
    assert_eq!(serde_json::from_str::<Recipe>(&text).unwrap(), recipe);
}

/// Every choice says what it is for, in one line.
#[test]
fn every_choice_has_its_sentence() {
    let sentences = [
        MaskMode::ALL
            .iter()
            .map(|choice| choice.about())
            .collect::<Vec<_>>(),
        MaskEdge::ALL.iter().map(|choice| choice.about()).collect(),
        MaskedContent::ALL
            .iter()
            .map(|choice| choice.about())
            .collect(),
        Method::ALL.iter().map(|choice| choice.about()).collect(),
        ResizeMode::ALL
            .iter()
            .map(|choice| choice.about())
            .collect(),
        Sampler::ALL.iter().map(|choice| choice.about()).collect(),
    ];
    for sentence in sentences.concat() {
        assert!(
            sentence.len() > 12 && sentence.trim() == sentence,
            "{sentence:?}"
        );
        assert!(
            sentence.ends_with('.') && !sentence.contains('\n'),
            "{sentence:?}"
        );
    }
    assert_eq!(
        Sampler::Euler.about(),
        "Euler's method on the probability-flow ODE."
    );
}

type Spoil = fn(&mut Recipe);

/// What is wrong with a recipe, and words of the line that says so.
const BAD: &[(Spoil, &str)] = &[
    (|r| r.mask_blur_y = Some(-1.0), "mask blur -1"),
    (|r| r.mask_blur_y = Some(f32::NAN), "mask blur NaN"),
    (|r| r.grow_mask = 65, "grown by 65 pixels"),
    (|r| r.size = Some([0, 64]), "a size of 0x64"),
    (|r| r.size = Some([64, 20_000]), "a size of 64x20000"),
    (
        |r| r.method = Method::InpaintModel,
        "fake was not trained for inpainting",
    ),
    (
        |r| r.size = Some([1000, 1000]),
        "rendering 1000x1000 at once",
    ),
];

#[test]
fn what_cannot_be_done_is_refused_with_advice() {
    let size = Size::new(64, 64);
    let mask = disc(size, (30, 30), 20);
    for (spoil, words) in BAD {
        let mut recipe = Recipe::default();
        spoil(&mut recipe);
        for mask in [None, Some(&mask)] {
            let error = Plan::new(&picture(size), mask, &recipe, &spec(UnetInput::Latents))
                .unwrap_err()
                .to_string();
            assert!(error.contains(words), "{error:?} does not say {words:?}");
            assert!(!error.contains('\n'), "{error:?}");
        }
    }
}

/// Value of a whole mask, mode → words of the complaint, if any.
const MASKS: &[(u8, MaskMode, Option<&str>)] = &[
    (0, MaskMode::Masked, Some("all black")),
    (127, MaskMode::Masked, Some("darker than mid grey")),
    (128, MaskMode::Masked, None),
    (255, MaskMode::Masked, None),
    (0, MaskMode::NotMasked, None),
    (127, MaskMode::NotMasked, None),
    (128, MaskMode::NotMasked, Some("lighter than mid grey")),
    (255, MaskMode::NotMasked, Some("all white")),
];

#[test]
fn masks_that_repaint_nothing_are_refused() {
    let size = Size::new(64, 64);
    for &(value, mask_mode, words) in MASKS {
        let recipe = Recipe {
            mask_mode,
            ..Recipe::default()
        };
        let found = check(&picture(size), Some(&Mask::filled(size, value)), &recipe);
        match (found, words) {
            (Ok(()), None) => {}
            (Err(error), Some(words)) => assert!(error.to_string().contains(words), "{error}"),
            (found, _) => panic!("{value} {mask_mode}: {found:?}"),
        }
    }
}

/// A strength that is held needs no step of its own.
#[test]
fn a_held_strength_is_not_complained_about() {
    let recipe = Recipe {
        strength: 0.001,
        method: Method::InpaintEncode,
        ..Recipe::default()
    };
    assert_eq!(check_recipe(&recipe), Ok(()));
    assert_eq!(recipe.held_strength(), 1.0);
    assert!(
        recipe
            .method
            .holds_strength()
            .unwrap()
            .contains("held at 1")
    );
    let other = Recipe {
        method: Method::LatentMask,
        ..recipe
    };
    assert!(check_recipe(&other).is_err());
    assert_eq!(other.held_strength(), 0.001);
}
