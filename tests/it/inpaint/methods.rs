//! What the model is told, by each method, edge and content.

use ndarray::{Array4, Axis, s};
use pentimento::diffusion::latent::{stretch, tensor_from_picture};
use pentimento::diffusion::networks::UnetInput;
use pentimento::diffusion::plan::{ChannelPicture, Plan};
use pentimento::raster::{Mask, Picture, Size};
use pentimento::recipe::{Area, MaskEdge, MaskedContent, Method, Recipe, Sampler, Spacing};

use super::{disc, picture, run};
use crate::fake::{FakeNetworks, spec};

const SIZE: Size = Size::new(40, 32);

/// Method, model, edge, blur → latent mask (and whether it is soft), and which picture goes into the channels.
type Told = (
    Method,
    UnetInput,
    MaskEdge,
    f32,
    Option<bool>,
    Option<&'static str>,
);
const TOLD: &[Told] = &[
    (
        Method::Auto,
        UnetInput::Latents,
        MaskEdge::Auto,
        0.0,
        Some(false),
        None,
    ),
    (
        Method::Auto,
        UnetInput::Latents,
        MaskEdge::Auto,
        2.0,
        Some(true),
        None,
    ),
    (
        Method::Auto,
        UnetInput::Latents,
        MaskEdge::Hard,
        2.0,
        Some(false),
        None,
    ),
    (
        Method::Auto,
        UnetInput::Latents,
        MaskEdge::Soft,
        0.0,
        Some(true),
        None,
    ),
    (
        Method::Auto,
        UnetInput::Latents,
        MaskEdge::Open,
        2.0,
        None,
        None,
    ),
    (
        Method::LatentMask,
        UnetInput::Latents,
        MaskEdge::Auto,
        2.0,
        Some(true),
        None,
    ),
    (
        Method::InpaintEncode,
        UnetInput::Latents,
        MaskEdge::Auto,
        2.0,
        Some(false),
        None,
    ),
    (
        Method::InpaintEncode,
        UnetInput::Latents,
        MaskEdge::Soft,
        2.0,
        Some(true),
        None,
    ),
    (
        Method::Auto,
        UnetInput::Inpainting,
        MaskEdge::Auto,
        0.0,
        Some(true),
        Some("grey"),
    ),
    (
        Method::Auto,
        UnetInput::Inpainting,
        MaskEdge::Auto,
        2.0,
        Some(true),
        Some("grey"),
    ),
    (
        Method::InpaintModel,
        UnetInput::Inpainting,
        MaskEdge::Open,
        2.0,
        None,
        Some("grey"),
    ),
    (
        Method::LatentMask,
        UnetInput::Inpainting,
        MaskEdge::Auto,
        2.0,
        Some(true),
        Some("known"),
    ),
    (
        Method::InpaintEncode,
        UnetInput::Inpainting,
        MaskEdge::Auto,
        2.0,
        Some(false),
        Some("known"),
    ),
];

#[test]
fn models_are_told_as_in_the_table() {
    let mask = disc(SIZE, (20, 16), 10);
    for &(method, unet_input, mask_edge, mask_blur, latent, channels) in TOLD {
        let recipe = Recipe {
            method,
            mask_edge,
            mask_blur,
            ..Recipe::default()
        };
        let plan = Plan::new(&picture(SIZE), Some(&mask), &recipe, &spec(unet_input)).unwrap();
        let name = format!("{method} {unet_input:?} {mask_edge} {mask_blur}");
        let masking = plan.masking;
        assert_eq!(
            masking.latent.as_ref().map(|mask| mask.soft),
            latent,
            "{name}"
        );
        let told = masking
            .channels
            .as_ref()
            .map(|channels| match &channels.picture {
                ChannelPicture::Known => "known",
                ChannelPicture::Pixels(_) => "grey",
            });
        assert_eq!(told, channels, "{name}");
        // Whatever the edge, the middle is repainted and the corner kept.
        for values in masking
            .latent
            .iter()
            .map(|mask| &mask.values)
            .chain(masking.channels.iter().map(|channels| &channels.mask))
        {
            assert_eq!(
                (values[[0, 0, 4, 5]], values[[0, 0, 0, 0]]),
                (1.0, 0.0),
                "{name}"
            );
            assert_eq!(values.dim().2 * 4, SIZE.height as usize, "{name}");
        }
    }
}

/// The masked part, by half or more, at mid grey; the mask is grown, the grey is not.
#[test]
fn inpaint_encode_cuts_to_grey_and_grows_the_mask() {
    let mask = Mask::from_fn(SIZE, |x, y| {
        if (12..24).contains(&x) && (8..20).contains(&y) {
            255
        } else {
            0
        }
    });
    let opaque = Picture::filled(SIZE, [250, 20, 90, 255]).into();
    let cells = |grow_mask| {
        let recipe = Recipe {
            method: Method::InpaintEncode,
            grow_mask,
            mask_blur: 0.0,
            ..Recipe::default()
        };
        let plan = Plan::new(&opaque, Some(&mask), &recipe, &spec(UnetInput::Latents)).unwrap();
        let pixels = plan.source.pixels;
        for y in 0..SIZE.height {
            for x in 0..SIZE.width {
                let found = pixels.slice(s![0, .., y as usize, x as usize]);
                let expected = if mask.value(x, y) == 0 {
                    [250.0 / 127.5 - 1.0, 20.0 / 127.5 - 1.0, 90.0 / 127.5 - 1.0]
                } else {
                    [0.0; 3]
                };
                assert!(
                    found
                        .iter()
                        .zip(expected)
                        .all(|(a, b)| (a - b).abs() < 1e-6),
                    "{x} {y}"
                );
            }
        }
        let row = plan
            .masking
            .latent
            .unwrap()
            .values
            .slice(s![0, 0, 3, ..])
            .to_vec();
        let column = plan.walk.steps();
        assert_eq!(column, recipe.steps, "strength is held at 1");
        row
    };
    // Cells are 4 pixels wide and sampled between their second and third.
    assert_eq!(cells(0), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    // 2 to the left: one of the two pixels of cell 2; 3 to the right: both of cell 6.
    assert_eq!(cells(6), [0.0, 0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
}

/// Steps that run, at a strength of 0.25 of 8: those that it asks for, or all.
#[test]
fn inpaint_encode_holds_the_strength() {
    let mask = disc(SIZE, (20, 16), 10);
    for (method, steps) in [(Method::LatentMask, 2), (Method::InpaintEncode, 8)] {
        let mut networks = FakeNetworks::new(UnetInput::Latents);
        let recipe = Recipe {
            method,
            strength: 0.25,
            steps: 8,
            sampler: Sampler::Euler,
            spacing: Spacing::Uniform,
            ..Recipe::default()
        };
        run(&mut networks, &picture(SIZE), Some(&mask), &recipe).unwrap();
        assert_eq!(networks.evaluations.len(), steps, "{method}");
    }
}

/// Each content makes another start, and none is heard at full strength, where the start is pure noise.
#[test]
fn masked_contents_differ_below_full_strength() {
    let mask = disc(SIZE, (20, 16), 10);
    for (strength, differ) in [(0.5, true), (1.0, false)] {
        let results: Vec<_> = MaskedContent::ALL
            .iter()
            .map(|&masked_content| {
                let recipe = Recipe {
                    masked_content,
                    strength,
                    mask_edge: MaskEdge::Open,
                    area: Area::Whole,
                    ..Recipe::default()
                };
                run(
                    &mut FakeNetworks::new(UnetInput::Latents),
                    &picture(SIZE),
                    Some(&mask),
                    &recipe,
                )
                .unwrap()
            })
            .collect();
        for (i, a) in results.iter().enumerate() {
            for b in &results[..i] {
                assert_eq!(a != b, differ, "{strength}");
            }
        }
    }
}

/// Fill starts from the surroundings alone: what lies under the mask is not seen.
#[test]
fn fill_does_not_see_what_is_masked() {
    let mask = disc(SIZE, (20, 16), 10);
    let start = |under: [u8; 4]| {
        let picture = Picture::from_fn(SIZE, |x, y| {
            if mask.value(x, y) == 0 {
                [(x * 6) as u8, 100, 50, 255]
            } else {
                under
            }
        });
        let recipe = Recipe {
            masked_content: MaskedContent::Fill,
            mask_blur: 0.0,
            ..Recipe::default()
        };
        Plan::new(
            &picture.into(),
            Some(&mask),
            &recipe,
            &spec(UnetInput::Latents),
        )
        .unwrap()
        .source
        .pixels
    };
    let filled = start([255, 0, 255, 255]);
    assert_eq!(filled, start([0, 90, 9, 255]));
    assert_ne!(filled, tensor_from_picture(&picture(SIZE)));
}

/// A row of cells, how many go on one → the cells between, as PyTorch's bilinear interpolation has them.
type Stretch = (&'static [f32], u32, &'static [f32]);
const STRETCHES: &[Stretch] = &[
    (&[1.0, 5.0], 2, &[1.0, 5.0]),
    (&[1.0, 5.0], 4, &[1.0, 2.0, 4.0, 5.0]),
    (&[1.0, 5.0, 9.0, 13.0], 2, &[3.0, 11.0]),
    (&[0.0, 3.0, 9.0], 1, &[3.0]),
    (&[7.0], 3, &[7.0, 7.0, 7.0]),
];

#[test]
fn latents_stretch_linearly() {
    for &(cells, count, expected) in STRETCHES {
        let row = Array4::from_shape_fn((1, 2, 1, cells.len()), |(_, c, _, x)| {
            cells[x] * (c + 1) as f32
        });
        let scale = cells.len() as f64 / f64::from(count);
        let found = stretch(&row, Size::new(count, 1), [scale, 1.0]);
        assert_eq!(
            found
                .index_axis(Axis(1), 0)
                .iter()
                .copied()
                .collect::<Vec<_>>(),
            expected,
            "{cells:?}"
        );
        let column = row
            .permuted_axes([0, 1, 3, 2])
            .as_standard_layout()
            .to_owned();
        let found = stretch(&column, Size::new(1, count), [1.0, scale]);
        assert_eq!(
            found
                .index_axis(Axis(1), 1)
                .iter()
                .map(|value| value / 2.0)
                .collect::<Vec<_>>(),
            expected,
            "{cells:?}"
        );
    }
}
