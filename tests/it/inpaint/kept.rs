//! What is not masked stays, whatever is asked.

use std::ops::ControlFlow;
use std::sync::Arc;

use pentimento::diffusion::networks::UnetInput;
use pentimento::diffusion::plan::{Plan, PlanError, ResultCanvas, blurred};
use pentimento::diffusion::repaint::{Progress, repaint_batch};
use pentimento::document::{Brush, Document, EditName, StrokeMode, StrokePoint};
use pentimento::raster::prepare::{Margins, Preparation};
use pentimento::raster::{Axis, Mask, Picture, Size};
use pentimento::recipe::{
    Area, Control, ControlKind, ControlMode, MaskEdge, MaskMode, MaskedContent, Method, Recipe,
    ResizeMode, Sampler, SeedSource, Spacing, Variation,
};
use proptest::prelude::*;
use proptest::sample::select;

use super::{disc, picture, run};
use crate::fake::FakeNetworks;

const SIZE: Size = Size::new(40, 36);

/// Prompts with everything that a schedule can hold; only the last composes, which negative prompts cannot.
const PROMPTS: &[&str] = &[
    "",
    "a hand, (five:1.3) fingers",
    "[fist:open hand:0.5] and [a:3] [b::0.4]",
    "[palm|back|] of a hand",
    "hand AND glove:0.6 BREAK sleeve",
];

/// Everything that an artist can choose about a repaint.
fn controls() -> impl Strategy<Value = Recipe> {
    let mask = (
        select(MaskMode::ALL),
        0.0f32..2.0,
        proptest::option::of(0.0f32..2.0),
        select(MaskEdge::ALL),
        select(MaskedContent::ALL),
        select(Method::ALL),
        0u32..12,
    );
    let area = (
        select(Area::ALL),
        0u32..40,
        proptest::option::of([1u32..70, 1u32..70]),
        select(ResizeMode::ALL),
        any::<bool>(),
        select(&[0.0f32, 1.0, 4.0][..]),
    );
    let steps = (select(Sampler::ALL), select(Spacing::ALL), 0.3..=1.0f64);
    let said = (
        select(PROMPTS),
        select(&PROMPTS[..4]),
        select(&[1.0, 7.5][..]),
    );
    let varied = proptest::option::of((any::<u64>(), 0.0..=1.0f64));
    let seeds = (any::<u64>(), select(SeedSource::ALL), varied);
    let led = proptest::collection::vec(control(), 0..3);
    let parts = (mask, area, steps, said, seeds, led);
    parts.prop_map(|(mask, area, steps, said, seeds, mut led)| Recipe {
        controls: {
            if mask.5 == Method::ControlnetInpaint {
                led.push(Control {
                    model: "net".to_owned(),
                    ..Control::default()
                });
            }
            led
        },
        prompt: said.0.to_owned(),
        negative_prompt: said.1.to_owned(),
        guidance_scale: said.2,
        clip_skip: 1,
        seed: seeds.0,
        seed_source: seeds.1,
        variation: seeds.2.map(|(seed, strength)| Variation { seed, strength }),
        mask_mode: mask.0,
        mask_blur: mask.1,
        mask_blur_y: mask.2,
        mask_edge: mask.3,
        masked_content: mask.4,
        method: mask.5,
        grow_mask: mask.6,
        area: area.0,
        padding: area.1,
        tile: 0,
        size: area.2,
        resize: area.3,
        color_match: area.4,
        difference_threshold: area.5,
        sampler: steps.0,
        spacing: steps.1,
        strength: steps.2,
        steps: 5,
    })
}

/// A ControlNet that is there.
fn control() -> impl Strategy<Value = Control> {
    let parts = (
        select(ControlKind::ALL),
        any::<bool>(),
        0.0..2.0f64,
        0.0..0.9f64,
        select(ControlMode::ALL),
    );
    parts.prop_map(|(kind, union, weight, start, mode)| Control {
        model: match union && kind != ControlKind::AsIs {
            true => "union".to_owned(),
            false => "net".to_owned(),
        },
        kind,
        weight,
        start,
        mode,
        ..Control::default()
    })
}

/// Alphas, one for each eighth of a picture's columns.
fn alphas() -> impl Strategy<Value = [u8; 8]> {
    let alpha = prop_oneof![Just(255u8), Just(0u8), any::<u8>()];
    prop_oneof![Just([255; 8]), prop::array::uniform8(alpha)]
}

/// A picture of such alphas.
fn transparent(alphas: &[u8; 8]) -> Arc<Picture> {
    let opaque = picture(SIZE);
    Arc::new(Picture::from_fn(SIZE, |x, y| {
        let [red, green, blue, _] = opaque.pixel(x, y);
        [red, green, blue, alphas[(x * 8 / SIZE.width) as usize]]
    }))
}

/// How far what is transparent becomes opaque: as far as it is masked, or repainted where that is more; not at all where it is kept.
fn filled(mask: &Mask, recipe: &Recipe) -> Mask {
    let turned = match recipe.mask_mode {
        MaskMode::Masked => mask.clone(),
        MaskMode::NotMasked => mask.invert(),
    };
    let blurred = blurred(mask, recipe);
    Mask::from_fn(mask.size(), |x, y| match blurred.value(x, y) {
        0 => 0,
        blurred => blurred.max(turned.value(x, y)),
    })
}

/// Alpha of a pixel that is filled by `filled / 255`.
fn opaque_by(alpha: u8, filled: u8) -> u8 {
    let (alpha, filled) = (f64::from(alpha), f64::from(filled) / 255.0);
    (alpha + (255.0 - alpha) * filled).round() as u8
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn unmasked_pixels_are_identical_under_every_control(
        recipe in controls(),
        (left, top, side) in (0u32..30, 0u32..26, 6u32..20),
        value in 128u8..,
        masked: bool,
        inpainting: bool,
        batch in 1usize..4,
        alphas in alphas(),
    ) {
        let picture = transparent(&alphas);
        let mask = Mask::from_fn(SIZE, |x, y| {
            if (left..left + side).contains(&x) && (top..top + side).contains(&y) { value } else { 0 }
        });
        let mask = masked.then_some(&mask);
        let unet_input = if inpainting { UnetInput::Inpainting } else { UnetInput::Latents };
        let mut networks = FakeNetworks::new(unet_input);
        match Plan::new(&picture, mask, &recipe, &networks.spec) {
            Err(PlanError::MaskVanishes) => {}
            Err(PlanError::NotAnInpaintingModel(_)) => prop_assert!(!inpainting),
            Err(error) => prop_assert!(false, "{error}"),
            Ok(plan) => {
                let go_on = &mut |_: Progress<'_>| ControlFlow::Continue(());
                let patches = repaint_batch(&plan.batch(batch).unwrap(), &mut networks, go_on).unwrap();
                let canvas = ResultCanvas::new(&picture, mask, &recipe);
                if recipe.size.is_none() || (masked && recipe.area != Area::Whole) {
                    prop_assert_eq!(&canvas.picture, &picture);
                }
                let filled = canvas.mask.as_ref().map(|mask| filled(mask, &recipe));
                let alpha = canvas.mask.map(|mask| blurred(&mask, &recipe));
                prop_assert_eq!(patches.len(), batch);
                for patch in patches {
                    let mut result = (*canvas.picture).clone();
                    result.paste(&patch);
                    for (index, (before, after)) in canvas.picture.pixels().iter().zip(result.pixels()).enumerate() {
                        let cover = alpha.as_ref().map_or(255, |alpha| alpha.values()[index]);
                        prop_assert!(cover != 0 || before == after, "{index} of {recipe:?}");
                        let filled = filled.as_ref().map_or(255, |filled| filled.values()[index]);
                        prop_assert_eq!(after[3], opaque_by(before[3], filled));
                    }
                }
            }
        }
    }
}

/// What can be done to picture, mask and sketch together before a repaint.
fn preparations() -> impl Strategy<Value = Preparation> {
    let margins = prop::array::uniform4(-6i32..10);
    let frame =
        (margins, any::<bool>()).prop_map(|([l, t, r, b], mask_keeps)| Preparation::Frame {
            margins: Margins::new(l, t, r, b),
            mask_keeps,
        });
    let scale = (20u32..60, 20u32..60).prop_map(|(w, h)| Preparation::Scale(Size::new(w, h)));
    let turn = (1u32..4).prop_map(Preparation::Rotate);
    let flip = select(&[Axis::Horizontal, Axis::Vertical][..]).prop_map(Preparation::Flip);
    prop_oneof![frame.clone(), frame, scale, turn, flip]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// The same with a sketch over a picture that was cut, extended, scaled, turned or mirrored: what is not masked stays in both layers, what is seen is the result, and undo brings all back.
    #[test]
    fn unmasked_pixels_of_picture_and_sketch_are_identical_in_the_document(
        recipe in controls(),
        prepared in prop::collection::vec(preparations(), 0..3),
        drawn in prop::option::of((any::<[u8; 3]>(), 2.0f32..9.0, 0.2f32..=1.0, 0.0f32..40.0, 0.0f32..36.0)),
        mask_sketch: bool,
        (left, top, side) in (0u32..30, 0u32..26, 6u32..20),
        inpainting: bool,
        alphas in alphas(),
    ) {
        let recipe = Recipe { size: recipe.size.filter(|_| recipe.area != Area::Whole), ..recipe };
        let inside = |x: u32, y: u32| (left..left + side).contains(&x) && (top..top + side).contains(&y);
        let mask = Mask::from_fn(SIZE, |x, y| if inside(x, y) { 255 } else { 0 });
        let mut document = Document::with_mask(transparent(&alphas), mask);
        if let Some((color, radius, opacity, x, y)) = drawn {
            let brush = Brush {
                radius,
                hardness: 0.5,
                opacity,
                size_by_pressure: false,
                opacity_by_pressure: false,
            };
            document.begin_sketch(color, StrokeMode::Paint, brush, StrokePoint { x, y, pressure: 1.0 });
            document.extend_stroke(StrokePoint { x: y, y: x, pressure: 1.0 });
            document.end_stroke();
            if mask_sketch {
                document.mask_sketch();
            }
        }
        prepared.iter().for_each(|step| document.prepare(*step));

        let (before, sketch, seen) = (
            Arc::clone(document.picture()),
            document.sketch().cloned(),
            document.seen(),
        );
        let mask = Arc::clone(document.mask());
        prop_assume!(!mask.is_empty());
        let unet_input = if inpainting { UnetInput::Inpainting } else { UnetInput::Latents };
        let mut networks = FakeNetworks::new(unet_input);
        let Ok(plan) = Plan::new(&seen, Some(&mask), &recipe, &networks.spec) else {
            return Ok(());
        };
        let go_on = &mut |_: Progress<'_>| ControlFlow::Continue(());
        let patches = repaint_batch(&plan, &mut networks, go_on).unwrap();
        let revision = document.revision();
        document.apply(EditName::Result, &patches[0]);

        let (alpha, filled) = (blurred(&mask, &recipe), filled(&mask, &recipe));
        let layer = |layer: Option<&Arc<Picture>>, x, y| layer.map_or([0; 4], |layer| layer.pixel(x, y));
        let size = document.size();
        for (x, y) in (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y))) {
            let shown = document.seen().pixel(x, y)[3];
            prop_assert_eq!(shown, opaque_by(seen.pixel(x, y)[3], filled.value(x, y)));
            if alpha.value(x, y) == 0 {
                prop_assert_eq!(document.picture().pixel(x, y), before.pixel(x, y));
                prop_assert_eq!(layer(document.sketch(), x, y), layer(sketch.as_ref(), x, y));
            }
        }
        prop_assert!(document.seen_in(patches[0].rect()) == *patches[0].pixels());
        if document.revision() != revision {
            document.undo();
        }
        prop_assert!(*document.picture() == before && *document.seen() == *seen);
        prop_assert_eq!(document.sketch().cloned(), sketch);
    }
}

#[test]
fn ten_passes_leave_what_is_kept() {
    let mask = disc(SIZE, (20, 18), 10);
    for method in [
        Method::LatentMask,
        Method::InpaintEncode,
        Method::InpaintModel,
    ] {
        for color_match in [false, true] {
            let first = picture(SIZE);
            let mut networks = FakeNetworks::new(UnetInput::Inpainting);
            let mut current = first.clone();
            for seed in 0..10 {
                let recipe = Recipe {
                    method,
                    color_match,
                    seed,
                    steps: 4,
                    ..Recipe::default()
                };
                current = run(&mut networks, &current, Some(&mask), &recipe)
                    .unwrap()
                    .into();
            }
            let alpha = blurred(&mask, &Recipe::default());
            let mut changed = 0;
            for ((before, after), alpha) in first
                .pixels()
                .iter()
                .zip(current.pixels())
                .zip(alpha.values())
            {
                assert!(*alpha != 0 || before == after, "{method}");
                changed += usize::from(before != after);
            }
            assert!(changed > 100, "{method}: {changed}");
        }
    }
}

/// Not-masked repaints exactly what masked does with the other side of the mask.
#[test]
fn the_mask_mode_turns_the_mask() {
    let (picture, mask) = (picture(SIZE), disc(SIZE, (20, 18), 10));
    let repainted = |mask: &Mask, mask_mode| {
        let recipe = Recipe {
            mask_mode,
            ..Recipe::default()
        };
        run(
            &mut FakeNetworks::new(UnetInput::Latents),
            &picture,
            Some(mask),
            &recipe,
        )
    };
    let turned = repainted(&mask, MaskMode::NotMasked).unwrap();
    assert_eq!(
        Ok(&turned),
        repainted(&mask.invert(), MaskMode::Masked).as_ref()
    );
    assert_ne!(Ok(turned), repainted(&mask, MaskMode::Masked));
}
