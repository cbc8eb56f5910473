//! `diffusion::repaint`: the pipeline over networks that a test can foresee.

use std::ops::ControlFlow;
use std::sync::Arc;

use pentimento::diffusion::networks::{Halt, UnetInput};
use pentimento::diffusion::plan::Plan;
use pentimento::diffusion::repaint::{Progress, repaint};
use pentimento::raster::blur::gaussian;
use pentimento::raster::{Mask, Patch, Picture, Size};
use pentimento::recipe::{Area, Recipe, Sampler, SeedSource, Spacing};
use proptest::prelude::*;

use crate::fake::FakeNetworks;

const SIZE: Size = Size {
    width: 40,
    height: 36,
};

fn picture(shift: u8) -> Arc<Picture> {
    Arc::new(Picture::from_fn(SIZE, |x, y| {
        [
            (x * 6) as u8,
            (y * 7) as u8,
            shift.wrapping_add((x * y) as u8),
            if x < 5 { 90 } else { 255 },
        ]
    }))
}

fn disc() -> Mask {
    Mask::from_fn(SIZE, |x, y| {
        if x.abs_diff(20).pow(2) + y.abs_diff(18).pow(2) < 100 {
            255
        } else {
            0
        }
    })
}

fn go_on(_: Progress<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn run(
    networks: &mut FakeNetworks,
    picture: &Arc<Picture>,
    mask: Option<&Mask>,
    recipe: &Recipe,
) -> Patch {
    let plan = Plan::new(picture, mask, recipe, &networks.spec).unwrap();
    repaint(&plan, networks, &mut go_on).unwrap()
}

#[test]
fn strength_zero_gives_the_picture_without_running_the_model() {
    let picture = picture(0);
    let mut networks = FakeNetworks::new(UnetInput::Latents);
    let patch = run(
        &mut networks,
        &picture,
        Some(&disc()),
        &Recipe {
            strength: 0.0,
            ..Recipe::default()
        },
    );
    assert_eq!(patch.pixels(), &*picture);
    assert_eq!((networks.evaluations.len(), networks.encoded), (0, 0));
}

/// Steps, strength, and the evaluations of a first-order sampler: `min(int(steps * strength), steps)` in 64-bit floats, as Python has it.
const EVALUATIONS: &[(usize, f64, usize)] = &[
    (20, 0.75, 15),
    (20, 0.5, 10),
    (20, 0.1, 2),
    (20, 1.0, 20),
    (1, 1.0, 1),
    (50, 0.58, 28),
    (7, 0.99, 6),
];

#[test]
fn strength_chooses_the_number_of_steps() {
    for (steps, strength, expected) in EVALUATIONS {
        let mut networks = FakeNetworks::new(UnetInput::Latents);
        let recipe = Recipe {
            steps: *steps,
            strength: *strength,
            sampler: Sampler::Euler,
            spacing: Spacing::Uniform,
            ..Recipe::default()
        };
        run(&mut networks, &picture(0), None, &recipe);
        assert_eq!(
            networks.evaluations.len(),
            *expected,
            "{steps} steps, strength {strength}"
        );
    }
}

#[test]
fn guidance_one_runs_only_the_conditional_half() {
    for (guidance_scale, contexts) in [(1.0, 1), (1.5, 2)] {
        let mut networks = FakeNetworks::new(UnetInput::Latents);
        run(
            &mut networks,
            &picture(0),
            None,
            &Recipe {
                guidance_scale,
                ..Recipe::default()
            },
        );
        assert!(
            networks.evaluations.iter().all(|count| *count == contexts),
            "{guidance_scale}"
        );
    }
}

#[test]
fn strength_one_does_not_depend_on_the_picture() {
    let recipe = Recipe {
        strength: 1.0,
        ..Recipe::default()
    };
    let results = [0, 99].map(|shift| {
        let picture = Picture::from_fn(SIZE, |x, y| [shift, (x + y) as u8 ^ shift, 3, 255]);
        run(
            &mut FakeNetworks::new(UnetInput::Latents),
            &Arc::new(picture),
            None,
            &recipe,
        )
    });
    assert_eq!(results[0], results[1]);
}

#[test]
fn the_same_recipe_gives_the_same_bytes_and_another_seed_others() {
    for sampler in Sampler::ALL {
        for seed_source in SeedSource::ALL {
            let results = [1, 1, 2].map(|seed| {
                let recipe = Recipe {
                    sampler: *sampler,
                    seed,
                    seed_source: *seed_source,
                    steps: 6,
                    ..Recipe::default()
                };
                run(
                    &mut FakeNetworks::new(UnetInput::Latents),
                    &picture(0),
                    Some(&disc()),
                    &recipe,
                )
            });
            assert_eq!(results[0], results[1], "{sampler} {seed_source}");
            assert_ne!(results[0], results[2], "{sampler} {seed_source}");
        }
    }
}

#[test]
fn breaking_at_any_point_is_a_cancel() {
    let recipe = Recipe {
        steps: 3,
        strength: 1.0,
        sampler: Sampler::Euler,
        ..Recipe::default()
    };
    let plan = Plan::new(
        &picture(0),
        Some(&disc()),
        &recipe,
        &FakeNetworks::new(UnetInput::Latents).spec,
    )
    .unwrap();
    for stop_at in 0..6 {
        let mut told = 0;
        let result = repaint(
            &plan,
            &mut FakeNetworks::new(UnetInput::Latents),
            &mut |_| {
                told += 1;
                if told > stop_at {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        assert!(matches!(result, Err(Halt::Cancelled)), "after {stop_at}");
    }
}

#[test]
fn kept_pixels_and_alpha_are_identical_for_every_sampler_and_schedule() {
    let (picture, mask) = (picture(0), disc());
    for sampler in Sampler::ALL {
        for spacing in Spacing::ALL {
            for unet_input in [UnetInput::Latents, UnetInput::Inpainting] {
                let recipe = Recipe {
                    sampler: *sampler,
                    spacing: *spacing,
                    steps: 5,
                    mask_blur: 2.0,
                    ..Recipe::default()
                };
                let patch = run(
                    &mut FakeNetworks::new(unet_input),
                    &picture,
                    Some(&mask),
                    &recipe,
                );
                check_kept(&picture, &mask, &recipe, &patch);
            }
        }
    }
}

fn check_kept(picture: &Picture, mask: &Mask, recipe: &Recipe, patch: &Patch) {
    let blurred = gaussian(mask, recipe.mask_blur, recipe.mask_blur);
    let mut result = picture.clone();
    result.paste(patch);
    let mut changed = 0;
    for ((before, after), alpha) in picture
        .pixels()
        .iter()
        .zip(result.pixels())
        .zip(blurred.values())
    {
        if *alpha == 0 {
            assert_eq!(before, after, "{recipe:?}");
        }
        assert!(*alpha != 255 || after[3] == 255, "alpha under {recipe:?}");
        changed += usize::from(before != after);
    }
    assert!(
        changed > 50,
        "only {changed} pixels changed under {recipe:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn kept_pixels_are_identical_whatever_is_asked(
        left in 0u32..30, top in 0u32..26, side in 8u32..20,
        value in 128u8..,
        sampler in proptest::sample::select(Sampler::ALL),
        spacing in proptest::sample::select(Spacing::ALL),
        area in proptest::sample::select(Area::ALL),
        strength in 0.4..1.0f64,
        padding in 0u32..40,
        mask_blur in 0.0f32..1.5,
        inpainting: bool,
    ) {
        let picture = picture(3);
        let mask = Mask::from_fn(SIZE, |x, y| {
            if (left..left + side).contains(&x) && (top..top + side).contains(&y) { value } else { 0 }
        });
        let unet_input = if inpainting { UnetInput::Inpainting } else { UnetInput::Latents };
        let mut networks = FakeNetworks::new(unet_input);
        let recipe = Recipe { sampler, spacing, area, strength, padding, mask_blur, steps: 5, ..Recipe::default() };
        if let Ok(plan) = Plan::new(&picture, Some(&mask), &recipe, &networks.spec) {
            let patch = repaint(&plan, &mut networks, &mut go_on).unwrap();
            let blurred = gaussian(&mask, mask_blur, mask_blur);
            let mut result = (*picture).clone();
            result.paste(&patch);
            for ((before, after), alpha) in picture.pixels().iter().zip(result.pixels()).zip(blurred.values()) {
                prop_assert!(*alpha != 0 || before == after);
            }
        }
    }
}
