//! `diffusion::plan`: what the model sees, and what cannot be done.

mod tiles;

use std::sync::Arc;

use ndarray::Array1;
use pentimento::diffusion::networks::{Extra, ModelSpec, UnetInput};
use pentimento::diffusion::plan::{Plan, PlanError, check_recipe};
use pentimento::raster::{Mask, Picture, Rect, Size};
use pentimento::recipe::{Area, Recipe};
use proptest::prelude::*;

use crate::fake::spec;

const fn rect(left: u32, top: u32, right: u32, bottom: u32) -> Rect {
    Rect {
        left,
        top,
        right,
        bottom,
    }
}

fn picture(width: u32, height: u32) -> Arc<Picture> {
    Arc::new(Picture::from_fn(Size { width, height }, |x, y| {
        [x as u8, y as u8, 77, 255]
    }))
}

fn mask(size: Size, masked: Rect) -> Mask {
    Mask::from_fn(size, |x, y| {
        let inside =
            (masked.left..masked.right).contains(&x) && (masked.top..masked.bottom).contains(&y);
        if inside { 255 } else { 0 }
    })
}

struct FrameCase {
    picture: (u32, u32),
    mask: Option<Rect>,
    area: Area,
    /// Part of the picture that is seen.
    rect: Rect,
    /// Working size.
    working: (u32, u32),
    /// Where the part lies in it.
    content: Rect,
}

/// For a model of native side 32 that takes multiples of 8; padding 4, no blur.
const FRAMES: &[FrameCase] = &[
    // Whole pictures keep their own size, filled up to the model's grid.
    FrameCase {
        picture: (64, 48),
        mask: None,
        area: Area::Whole,
        rect: rect(0, 0, 64, 48),
        working: (64, 48),
        content: rect(0, 0, 64, 48),
    },
    FrameCase {
        picture: (61, 75),
        mask: None,
        area: Area::Whole,
        rect: rect(0, 0, 61, 75),
        working: (64, 80),
        content: rect(0, 0, 61, 75),
    },
    FrameCase {
        picture: (1, 1),
        mask: None,
        area: Area::Whole,
        rect: rect(0, 0, 1, 1),
        working: (8, 8),
        content: rect(0, 0, 1, 1),
    },
    // Without a mask there is no masked part to crop to.
    FrameCase {
        picture: (100, 60),
        mask: None,
        area: Area::Auto,
        rect: rect(0, 0, 100, 60),
        working: (104, 64),
        content: rect(0, 0, 100, 60),
    },
    FrameCase {
        picture: (100, 60),
        mask: None,
        area: Area::OnlyMasked,
        rect: rect(0, 0, 100, 60),
        working: (104, 64),
        content: rect(0, 0, 100, 60),
    },
    // About the model's size: whole; larger: the masked part.
    FrameCase {
        picture: (48, 48),
        mask: Some(rect(10, 10, 20, 20)),
        area: Area::Auto,
        rect: rect(0, 0, 48, 48),
        working: (48, 48),
        content: rect(0, 0, 48, 48),
    },
    FrameCase {
        picture: (100, 48),
        mask: Some(rect(10, 10, 20, 20)),
        area: Area::Auto,
        rect: rect(6, 6, 24, 24),
        working: (32, 32),
        content: rect(0, 0, 32, 32),
    },
    FrameCase {
        picture: (100, 48),
        mask: Some(rect(10, 10, 20, 20)),
        area: Area::Whole,
        rect: rect(0, 0, 100, 48),
        working: (104, 48),
        content: rect(0, 0, 100, 48),
    },
    // In the corner, and wider than high: grown to a square inside the picture.
    FrameCase {
        picture: (100, 100),
        mask: Some(rect(90, 95, 100, 100)),
        area: Area::OnlyMasked,
        rect: rect(86, 86, 100, 100),
        working: (32, 32),
        content: rect(0, 0, 32, 32),
    },
    // A square cannot be had: centred, the rest filled.
    FrameCase {
        picture: (100, 20),
        mask: Some(rect(0, 0, 100, 20)),
        area: Area::OnlyMasked,
        rect: rect(0, 0, 100, 20),
        working: (32, 32),
        content: rect(0, 13, 32, 19),
    },
    // A single pixel.
    FrameCase {
        picture: (100, 100),
        mask: Some(rect(50, 50, 51, 51)),
        area: Area::OnlyMasked,
        rect: rect(46, 46, 55, 55),
        working: (32, 32),
        content: rect(0, 0, 32, 32),
    },
];

#[test]
fn frames() {
    for case in FRAMES {
        let picture = picture(case.picture.0, case.picture.1);
        let mask = case.mask.map(|masked| mask(picture.size(), masked));
        let recipe = Recipe {
            area: case.area,
            padding: 4,
            mask_blur: 0.0,
            ..Recipe::default()
        };
        let spec = ModelSpec {
            extras: vec![Extra::Sizes],
            ..spec(UnetInput::Inpainting)
        };
        let plan = Plan::new(&picture, mask.as_ref(), &recipe, &spec).unwrap();
        let name = format!("{:?} {:?} {}", case.picture, case.mask, case.area);
        let working = Size {
            width: case.working.0,
            height: case.working.1,
        };
        assert_eq!(
            (plan.frame.rect, plan.frame.working, plan.frame.content),
            (case.rect, working, case.content),
            "{name}"
        );
        assert_eq!(
            plan.source.pixels.dim(),
            (1, 3, working.height as usize, working.width as usize),
            "{name}"
        );
        // SDXL hears of an uncut picture of the working size.
        let [height, width] = [working.height, working.width].map(|side| side as f32);
        let sizes = Array1::from_vec(vec![height, width, 0.0, 0.0, height, width]);
        assert_eq!(plan.extras, [(Extra::Sizes, sizes)], "{name}");
    }
}

type Spoil = fn(&mut Recipe);

/// What is wrong with a recipe, and words of the line that says so.
const BAD: &[(Spoil, &str)] = &[
    (
        |r| r.strength = 2.0,
        "denoising strength 2 is outside 0 to 1",
    ),
    (|r| r.strength = -0.1, "denoising strength -0.1"),
    (|r| r.strength = f64::NAN, "denoising strength NaN"),
    (|r| r.strength = f64::INFINITY, "denoising strength inf"),
    (|r| r.strength = 0.04, "raise it to at least 0.050"),
    (|r| r.steps = 0, "0 steps"),
    (|r| r.steps = 100_000, "100000 steps"),
    (|r| r.guidance_scale = 0.5, "guidance scale 0.5"),
    (|r| r.guidance_scale = f64::NAN, "guidance scale NaN"),
    (|r| r.mask_blur = -1.0, "mask blur -1"),
    (|r| r.mask_blur = f32::NAN, "mask blur NaN"),
    (|r| r.mask_blur = 1e9, "mask blur 1000000000"),
    (|r| r.mask_blur = 40.0, "too small or too blurred"),
];

#[test]
fn bad_recipes_are_refused_with_advice() {
    let picture = picture(64, 64);
    let mask = mask(picture.size(), rect(10, 10, 20, 20));
    for (spoil, words) in BAD {
        for unet_input in [UnetInput::Latents, UnetInput::Inpainting] {
            let mut recipe = Recipe {
                area: Area::Whole,
                ..Recipe::default()
            };
            spoil(&mut recipe);
            let error = Plan::new(&picture, Some(&mask), &recipe, &spec(unet_input))
                .unwrap_err()
                .to_string();
            assert!(error.contains(words), "{error:?} does not say {words:?}");
            assert!(!error.contains('\n'), "{error:?}");
        }
    }
}

#[test]
fn bad_masks_are_refused() {
    let picture = picture(64, 64);
    let spec = spec(UnetInput::Latents);
    let recipe = Recipe::default();
    let black = Mask::filled(picture.size(), 0);
    let small = Mask::filled(
        Size {
            width: 63,
            height: 64,
        },
        255,
    );
    let plan = |mask: &Mask| {
        Plan::new(&picture, Some(mask), &recipe, &spec)
            .unwrap_err()
            .to_string()
    };
    assert!(plan(&black).contains("all black"));
    assert!(
        plan(&small).contains("63x64") && plan(&small).contains("64x64"),
        "{}",
        plan(&small)
    );
}

#[test]
fn strength_zero_plans_no_steps_and_needs_no_visible_mask() {
    let picture = picture(64, 64);
    let dot = mask(picture.size(), rect(5, 5, 6, 6));
    let recipe = Recipe {
        strength: 0.0,
        area: Area::Whole,
        mask_blur: 20.0,
        ..Recipe::default()
    };
    let plan = Plan::new(&picture, Some(&dot), &recipe, &spec(UnetInput::Latents));
    assert_eq!(plan.unwrap().walk.steps(), 0);
}

#[test]
fn the_advised_strength_runs_a_step() {
    for steps in 1..=1000 {
        let weak = Recipe {
            strength: 1e-6,
            steps,
            ..Recipe::default()
        };
        let Err(PlanError::NoStep { least, .. }) = check_recipe(&weak) else {
            panic!("{steps} steps")
        };
        let printed = format!("{least:.3}").parse().unwrap();
        assert_eq!(
            check_recipe(&Recipe {
                strength: printed,
                steps,
                ..Recipe::default()
            }),
            Ok(())
        );
    }
}

#[test]
fn pictures_beyond_sixteen_native_areas_are_refused() {
    let spec = spec(UnetInput::Latents);
    let plan = |side| Plan::new(&picture(side, side), None, &Recipe::default(), &spec);
    assert!(plan(128).is_ok());
    let error = plan(129).unwrap_err().to_string();
    assert!(
        error.contains("136x136") && error.contains("up to 128x128"),
        "{error}"
    );
}

#[test]
fn grey_masks_are_told_from_small_ones() {
    let picture = picture(64, 64);
    let faint = Mask::filled(picture.size(), 127);
    let error = Plan::new(
        &picture,
        Some(&faint),
        &Recipe::default(),
        &spec(UnetInput::Latents),
    );
    assert_eq!(error.unwrap_err(), PlanError::FaintMask);
}

proptest! {
    /// The seen part holds the mask, lies in the picture, and its working size is one that the model takes.
    #[test]
    fn frames_hold_the_mask(
        (width, height) in (1u32..300, 1u32..300),
        (left, top, w, h) in (0.0..1.0f64, 0.0..1.0f64, 0.0..1.0f64, 0.0..1.0f64),
        padding in 0u32..80,
        blur in 0.0f32..3.0,
        only_masked: bool,
    ) {
        let picture = picture(width, height);
        let at = |share: f64, side: u32| (share * f64::from(side)) as u32;
        let (left, top) = (at(left, width), at(top, height));
        let masked = rect(left, top, left + 1 + at(w, width - left - 1), top + 1 + at(h, height - top - 1));
        let mask = mask(picture.size(), masked);
        let area = if only_masked { Area::OnlyMasked } else { Area::Auto };
        let recipe = Recipe { area, padding, mask_blur: blur, ..Recipe::default() };
        match Plan::new(&picture, Some(&mask), &recipe, &spec(UnetInput::Latents)) {
            Err(error) => prop_assert!(error.to_string().contains("too small or too blurred"), "{error}"),
            Ok(plan) => {
                let frame = plan.frame;
                prop_assert!(frame.rect.contains(masked));
                prop_assert!(Rect::of(picture.size()).contains(frame.rect));
                prop_assert!(Rect::of(frame.working).contains(frame.content));
                prop_assert_eq!((frame.working.width % 8, frame.working.height % 8), (0, 0));
                let latent_mask = plan.masking.latent.unwrap();
                prop_assert!(latent_mask.values.iter().all(|value| latent_mask.soft || *value == 0.0 || *value == 1.0));
            }
        }
    }
}

/// How far from the mask a pixel is taken for the ring's, picture pixels.
const RING: u32 = 16;

#[test]
fn colours_are_matched_by_the_ring_around_the_mask_alone() {
    let size = Size::new(128, 128);
    let masked = rect(56, 56, 72, 72);
    let near = rect(
        masked.left - RING,
        masked.top - RING,
        masked.right + RING,
        masked.bottom + RING,
    );
    // Two greys by turns, as there is no deviation in one.
    let gray = |x: u32, y: u32, low: u8| {
        let level = low + 20 * u8::from((x + y).is_multiple_of(2));
        [level, level, level, 255]
    };
    let within = |x: u32, y: u32| {
        (near.left..near.right).contains(&x) && (near.top..near.bottom).contains(&y)
    };
    let before = Picture::from_fn(size, |x, y| gray(x, y, 90));
    // Brighter near the mask, darker far away.
    let fresh = Picture::from_fn(size, |x, y| gray(x, y, if within(x, y) { 130 } else { 20 }));
    let recipe = Recipe {
        area: Area::Whole,
        mask_blur: 0.0,
        color_match: true,
        difference_threshold: 0.0,
        ..Recipe::default()
    };
    let masks = mask(size, masked);
    let before = Arc::new(before);
    let plan = Plan::new(&before, Some(&masks), &recipe, &spec(UnetInput::Latents));
    let patch = plan.unwrap().patch(&fresh);
    for (x, y, level) in [(60, 60, 110), (61, 60, 90), (70, 71, 90)] {
        let at = patch.rect();
        let [found, ..] = patch.pixels().pixel(x - at.left, y - at.top);
        assert!(found.abs_diff(level) <= 4, "{x},{y}: {found}, not {level}");
    }
}
