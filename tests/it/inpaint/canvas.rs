//! Which picture is worked on, which part of it is seen, and how large.

use std::sync::Arc;

use pentimento::diffusion::networks::{ModelSpec, UnetInput};
use pentimento::diffusion::plan::{Frame, Plan, ResultCanvas, canvas_size};
use pentimento::raster::{Mask, Picture, Rect, Size};
use pentimento::recipe::{Area, MaskMode, Recipe, ResizeMode};

use super::{disc, picture, run};
use crate::fake::{FakeNetworks, spec};

/// Mask's bounds, padding, size asked for, picture → the part that is seen and where it lies in what is rendered: the vectors of A1111's crop, for a model of 512.
type Crop = ([u32; 4], [u32; 2], [u32; 2], [u32; 4], [u32; 4]);
const CROPS: &[Crop] = &[
    (
        [300, 200, 400, 260],
        [512, 512],
        [768, 512],
        [268, 148, 432, 312],
        [0, 0, 512, 512],
    ),
    (
        [10, 10, 60, 300],
        [512, 512],
        [768, 512],
        [0, 0, 332, 332],
        [0, 0, 512, 512],
    ),
    (
        [0, 100, 768, 200],
        [512, 512],
        [768, 512],
        [0, 0, 768, 512],
        [0, 86, 512, 427],
    ),
    (
        [700, 450, 768, 512],
        [768, 512],
        [768, 512],
        [627, 418, 768, 512],
        [0, 0, 768, 512],
    ),
];

fn rect([left, top, right, bottom]: [u32; 4]) -> Rect {
    Rect::new(left, top, right, bottom)
}

fn stable_diffusion() -> ModelSpec {
    ModelSpec {
        native_side: 512,
        factor: 8,
        latent_multiple: 8,
        ..spec(UnetInput::Latents)
    }
}

#[test]
fn masked_parts_are_framed_as_in_the_table() {
    for &(masked, [width, height], [w, h], seen, content) in CROPS {
        let recipe = Recipe {
            area: Area::OnlyMasked,
            size: Some([width, height]),
            ..Recipe::default()
        };
        let frame = Frame::new(
            Size::new(w, h),
            Some(rect(masked)),
            &recipe,
            &stable_diffusion(),
        );
        let expected = Frame {
            rect: rect(seen),
            working: Size::new(width, height),
            content: rect(content),
        };
        assert_eq!(frame, expected, "{masked:?}");
    }
}

/// Without a size the masked part is rendered at the model's own, and small masks with it.
#[test]
fn small_masks_are_rendered_at_the_native_size() {
    for area in [Area::Auto, Area::OnlyMasked] {
        let recipe = Recipe {
            area,
            ..Recipe::default()
        };
        let masked = Some(Rect::new(900, 700, 903, 702));
        let frame = Frame::new(Size::new(2000, 1500), masked, &recipe, &stable_diffusion());
        assert_eq!(
            (frame.working, frame.content),
            (Size::new(512, 512), rect([0, 0, 512, 512]))
        );
        assert_eq!(frame.rect, rect([868, 668, 935, 735]));
    }
}

/// Sizes off the model's grid are rounded up, what was asked for in the middle.
#[test]
fn sizes_off_the_grid_are_filled_up() {
    let recipe = Recipe {
        area: Area::OnlyMasked,
        size: Some([50, 30]),
        padding: 0,
        ..Recipe::default()
    };
    let frame = Frame::new(
        Size::new(500, 300),
        Some(rect([100, 100, 200, 160])),
        &recipe,
        &spec(UnetInput::Latents),
    );
    assert_eq!(
        (frame.rect, frame.working),
        (rect([100, 100, 200, 160]), Size::new(56, 32))
    );
    assert_eq!(frame.content, rect([3, 1, 53, 31]));
}

/// Mask, area → whether a size is that of the result; the picture's own size never changes for a masked part.
const RESIZED: &[(bool, Area, bool)] = &[
    (false, Area::Auto, true),
    (false, Area::Whole, true),
    (false, Area::OnlyMasked, true),
    (true, Area::Auto, false),
    (true, Area::Whole, true),
    (true, Area::OnlyMasked, false),
];

#[test]
fn sizes_are_the_results_or_the_parts() {
    let (own, asked) = (Size::new(40, 36), [64, 48]);
    for &(masked, area, resized) in RESIZED {
        let recipe = Recipe {
            area,
            size: Some(asked),
            ..Recipe::default()
        };
        let expected = if resized { Size::new(64, 48) } else { own };
        assert_eq!(
            canvas_size(own, masked, &recipe),
            expected,
            "{masked} {area}"
        );
        let none = Recipe {
            size: None,
            ..recipe.clone()
        };
        assert_eq!(canvas_size(own, masked, &none), own);

        let mask = disc(own, (20, 18), 10);
        let mask = masked.then_some(&mask);
        let result = run(
            &mut FakeNetworks::new(UnetInput::Latents),
            &picture(own),
            mask,
            &recipe,
        );
        assert_eq!(result.unwrap().size(), expected, "{masked} {area}");
        let plan = Plan::new(&picture(own), mask, &recipe, &spec(UnetInput::Latents)).unwrap();
        assert_eq!(plan.frame.working, Size::new(64, 48), "{masked} {area}");
    }
}

/// A canvas made again from itself is the same, so that it can be kept and repainted with the same recipe.
#[test]
fn a_canvas_of_a_canvas_is_the_same() {
    let own = Size::new(40, 36);
    for resize in ResizeMode::ALL {
        for mask_mode in MaskMode::ALL {
            for mask in [None, Some(disc(own, (20, 18), 10))] {
                let recipe = Recipe {
                    resize: *resize,
                    mask_mode: *mask_mode,
                    area: Area::Whole,
                    size: Some([64, 36]),
                    ..Recipe::default()
                };
                let once = ResultCanvas::new(&picture(own), mask.as_ref(), &recipe);
                let twice = ResultCanvas::new(&once.picture, once.mask.as_ref(), &recipe);
                assert_eq!(
                    (once.picture, once.mask),
                    (twice.picture, twice.mask),
                    "{resize}"
                );
            }
        }
    }
}

#[test]
fn bars_are_masked_where_that_is_asked_for() {
    let own = Size::new(20, 20);
    let picture = Arc::new(Picture::filled(own, [90, 80, 70, 255]));
    let asked = |resize, mask_mode| Recipe {
        resize,
        mask_mode,
        area: Area::Whole,
        size: Some([40, 20]),
        ..Recipe::default()
    };
    let bar = |x: u32| !(10..30).contains(&x);
    for (mode, repaint) in [(MaskMode::Masked, 255), (MaskMode::NotMasked, 0)] {
        let canvas = ResultCanvas::new(&picture, None, &asked(ResizeMode::FillAndMask, mode));
        let expected = Mask::from_fn(Size::new(40, 20), |x, _| {
            if bar(x) { repaint } else { 255 - repaint }
        });
        assert_eq!(canvas.mask, Some(expected), "{mode}");

        // What the artist masked is repainted too.
        let mask = disc(own, (10, 10), 5);
        let canvas =
            ResultCanvas::new(&picture, Some(&mask), &asked(ResizeMode::FillAndMask, mode));
        let found = canvas.mask.unwrap();
        assert_eq!(
            (found.value(20, 10), found.value(12, 1), found.value(3, 3)),
            (255, 0, repaint)
        );
    }
    let canvas = ResultCanvas::new(&picture, None, &asked(ResizeMode::Fill, MaskMode::Masked));
    assert_eq!(canvas.mask, None);

    // Only the bars change, and those at the far end do.
    let recipe = Recipe {
        mask_blur: 1.0,
        strength: 1.0,
        ..asked(ResizeMode::FillAndMask, MaskMode::Masked)
    };
    let result = run(
        &mut FakeNetworks::new(UnetInput::Latents),
        &picture,
        None,
        &recipe,
    )
    .unwrap();
    assert_eq!(result.pixel(20, 10), [90, 80, 70, 255]);
    assert_ne!(result.pixel(0, 10), [90, 80, 70, 255]);
}

/// Sizes from elsewhere than a checked recipe are no reason to fail while drawing.
#[test]
fn frames_take_any_size() {
    for size in [[0, 0], [0, 9], [u32::MAX, 1], [u32::MAX, u32::MAX]] {
        for area in Area::ALL {
            let recipe = Recipe {
                area: *area,
                size: Some(size),
                padding: u32::MAX,
                ..Recipe::default()
            };
            let frame = Frame::new(
                Size::new(9, 7),
                Some(rect([2, 2, 3, 3])),
                &recipe,
                &spec(UnetInput::Latents),
            );
            assert!(Rect::of(frame.working).contains(frame.content) && !frame.content.is_empty());
        }
    }
}
