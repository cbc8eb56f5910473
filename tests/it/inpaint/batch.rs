//! Several pictures at once are what each would be alone.

use std::ops::ControlFlow;

use pentimento::diffusion::networks::UnetInput;
use pentimento::diffusion::plan::{Plan, PlanError};
use pentimento::diffusion::repaint::{repaint, repaint_batch};
use pentimento::raster::Size;
use pentimento::recipe::{
    MaskEdge, MaskedContent, Method, Recipe, Sampler, SeedSource, Spacing, Variation,
};

use super::{disc, picture};
use crate::fake::FakeNetworks;

const SIZE: Size = Size::new(40, 32);

/// Recipes that between them use everything that is drawn, held or handed on for each picture.
fn recipes() -> Vec<Recipe> {
    let recipe = Recipe {
        seed: 7,
        steps: 5,
        prompt: "[a:b:0.5] hand AND a glove".to_owned(),
        ..Recipe::default()
    };
    vec![
        recipe.clone(),
        Recipe {
            sampler: Sampler::EulerA,
            spacing: Spacing::Uniform,
            mask_edge: MaskEdge::Soft,
            variation: Some(Variation {
                seed: 3,
                strength: 0.4,
            }),
            ..recipe.clone()
        },
        Recipe {
            sampler: Sampler::DpmPpSde,
            seed_source: SeedSource::Philox,
            masked_content: MaskedContent::LatentNoise,
            ..recipe.clone()
        },
        Recipe {
            method: Method::InpaintEncode,
            masked_content: MaskedContent::LatentNothing,
            mask_edge: MaskEdge::Open,
            ..recipe.clone()
        },
        Recipe {
            strength: 0.0,
            ..recipe
        },
    ]
}

#[test]
fn each_picture_of_a_batch_is_what_it_is_alone() {
    let picture = picture(SIZE);
    let disc = disc(SIZE, (20, 16), 10);
    for unet_input in [UnetInput::Latents, UnetInput::Inpainting] {
        for recipe in recipes() {
            for mask in [Some(&disc), None] {
                let mut networks = FakeNetworks::new(unet_input);
                let plan = |recipe: &Recipe| {
                    Plan::new(&picture, mask, recipe, &FakeNetworks::new(unet_input).spec).unwrap()
                };
                let go_on = &mut |_: pentimento::diffusion::repaint::Progress<'_>| {
                    ControlFlow::Continue(())
                };
                let together =
                    repaint_batch(&plan(&recipe).batch(3).unwrap(), &mut networks, go_on).unwrap();
                assert_eq!(together.len(), 3);
                for (index, found) in (0..).zip(&together) {
                    let alone = plan(&recipe.nth(index));
                    let alone = repaint(&alone, &mut networks, go_on).unwrap();
                    assert_eq!(*found, alone, "{index} of {recipe:?}");
                }
                let alike = together[0] == together[1];
                assert_eq!(alike, recipe.strength == 0.0, "{recipe:?}");
            }
        }
    }
}

#[test]
fn a_batch_may_be_as_large_as_one_large_picture() {
    let networks = FakeNetworks::new(UnetInput::Latents);
    let side = networks.spec.native_side;
    let recipe = Recipe::default();
    let picture = picture(Size::new(side, side));
    let plan = Plan::new(&picture, None, &recipe, &networks.spec).unwrap();
    assert_eq!(plan.clone().batch(16).unwrap().pictures(), 16);
    let refused = plan.batch(17).unwrap_err();
    assert!(matches!(refused, PlanError::BatchTooLarge { most: 16, .. }));
    assert!(refused.to_string().ends_with("choose a smaller batch"));
}
