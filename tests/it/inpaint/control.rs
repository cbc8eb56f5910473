//! ControlNets: what each is shown, at which steps it is heard, and what is refused.

use std::sync::Arc;

use pentimento::diffusion::latent::picture_from_tensor;
use pentimento::diffusion::networks::UnetInput;
use pentimento::diffusion::plan::{Plan, PlanError};
use pentimento::raster::control::edges;
use pentimento::raster::{Mask, Picture, Size};
use pentimento::recipe::{
    Area, Control, ControlKind, ControlMode, MaskMode, Method, Recipe, ResizeMode, Sampler, Spacing,
};

use super::{disc, picture, run};
use crate::fake::{FakeNetworks, spec};

const SIZE: Size = Size::new(40, 32);

fn control(kind: ControlKind) -> Control {
    Control {
        model: "net".to_owned(),
        kind,
        ..Control::default()
    }
}

fn recipe(controls: Vec<Control>) -> Recipe {
    Recipe {
        sampler: Sampler::Euler,
        spacing: Spacing::Uniform,
        steps: 8,
        strength: 1.0,
        mask_blur: 0.0,
        controls,
        ..Recipe::default()
    }
}

/// Recipes whose part, size and mask differ from the picture's.
fn geometries() -> Vec<Recipe> {
    let base = recipe(vec![control(ControlKind::Inpaint)]);
    let with = |change: fn(&mut Recipe)| {
        let mut recipe = base.clone();
        change(&mut recipe);
        recipe
    };
    vec![
        base.clone(),
        with(|r| r.area = Area::OnlyMasked),
        with(|r| (r.area, r.padding, r.mask_blur) = (Area::OnlyMasked, 3, 2.0)),
        with(|r| (r.area, r.size) = (Area::OnlyMasked, Some([48, 24]))),
        with(|r| (r.area, r.size, r.resize) = (Area::Whole, Some([44, 60]), ResizeMode::Fill)),
        with(|r| r.mask_mode = MaskMode::NotMasked),
        with(|r| r.method = Method::ControlnetInpaint),
    ]
}

/// The hole of an inpainting ControlNet is cut into just the picture that the model starts from.
#[test]
fn what_is_shown_is_the_part_that_is_rendered() {
    let (picture, mask) = (picture(SIZE), disc(SIZE, (21, 14), 9));
    for recipe in geometries() {
        let plan = Plan::new(&picture, Some(&mask), &recipe, &spec(UnetInput::Latents)).unwrap();
        let (shown, source) = (&plan.controls[0].picture, &plan.source.pixels);
        assert_eq!(shown.dim(), source.dim(), "{recipe:?}");
        let (mut holes, mut kept) = (0, 0);
        for (shown, source) in shown.iter().zip(source) {
            match *shown == -1.0 {
                true => holes += 1,
                false => {
                    kept += 1;
                    assert!((shown * 2.0 - 1.0 - source).abs() < 1e-6, "{recipe:?}");
                }
            }
        }
        assert!(holes > 100 && kept > 100, "{holes} {kept} {recipe:?}");
    }
}

/// Kind, and whether the ControlNet tells kinds apart → what kind it is told.
const TOLD: &[(ControlKind, Option<usize>)] = &[
    (ControlKind::Pose, Some(0)),
    (ControlKind::Depth, Some(1)),
    (ControlKind::Scribble, Some(2)),
    (ControlKind::Canny, Some(3)),
    (ControlKind::Lines, Some(3)),
    (ControlKind::Normal, Some(4)),
    (ControlKind::Segments, Some(5)),
    (ControlKind::Tile, Some(6)),
    (ControlKind::Blur, Some(6)),
    (ControlKind::Grey, Some(6)),
    (ControlKind::Inpaint, Some(7)),
    (ControlKind::AsIs, None),
];

#[test]
fn unions_are_told_what_they_see() {
    assert_eq!(TOLD.len(), ControlKind::ALL.len());
    let (picture, mask) = (picture(SIZE), disc(SIZE, (21, 14), 9));
    for (kind, wanted) in TOLD {
        for (model, types) in [("net", None), ("union", Some(8)), ("union", Some(6))] {
            let mut spec = spec(UnetInput::Latents);
            spec.controls[1].types = types.or(Some(8));
            let unit = Control {
                model: model.to_owned(),
                ..control(*kind)
            };
            let plan = Plan::new(&picture, Some(&mask), &recipe(vec![unit]), &spec);
            let known = wanted.filter(|kind| types.is_some_and(|types| *kind < types));
            match (types, known) {
                (None, _) => assert_eq!(plan.unwrap().controls[0].kind, None, "{kind}"),
                (Some(_), Some(known)) => {
                    let control = &plan.unwrap().controls[0];
                    assert_eq!(control.kind, Some(known), "{kind}");
                    let least = control.picture.iter().copied().fold(f32::MAX, f32::min);
                    assert!(least >= 0.0, "{kind}: a union is shown {least}");
                }
                (Some(_), None) => assert!(
                    matches!(plan.unwrap_err(), PlanError::UnknownType { .. }),
                    "{kind} {types:?}"
                ),
            }
        }
    }
}

#[test]
fn a_picture_of_its_own_takes_the_place_of_the_picture() {
    let (picture, mask) = (picture(SIZE), disc(SIZE, (21, 14), 9));
    let own = |size: Size| {
        Arc::new(Picture::from_fn(size, |x, _| {
            let value = if x < size.width / 2 { 0 } else { 255 };
            [value, value, value, 255]
        }))
    };
    let recipe = recipe(vec![
        control(ControlKind::Tile),
        control(ControlKind::Canny),
    ]);
    for size in [SIZE, Size::new(80, 64), Size::new(20, 64)] {
        let own = own(size);
        let shown = [None, Some(Arc::clone(&own))];
        let spec = spec(UnetInput::Latents);
        let plan =
            Plan::with_control_pictures(&picture, Some(&mask), &recipe, &spec, &shown).unwrap();
        let seen = |index: usize| {
            let tensor = &plan.controls[index].picture * 2.0 - 1.0;
            picture_from_tensor(tensor.view())
        };
        assert_eq!(seen(0).pixel(9, 9), picture.pixel(9, 9));
        assert_eq!(seen(1), edges(&own.cover(SIZE)), "{size}");
    }
}

/// Start, end, mode, guidance → at which of four steps it is heard, and by how many conditions.
type Heard = (f64, f64, ControlMode, f64, &'static [usize], usize);
const HEARD: &[Heard] = &[
    (0.0, 1.0, ControlMode::Balanced, 7.0, &[0, 1, 2, 3], 2),
    (0.0, 1.0, ControlMode::Prompt, 7.0, &[0, 1, 2, 3], 2),
    (0.0, 1.0, ControlMode::Control, 7.0, &[0, 1, 2, 3], 1),
    (0.0, 1.0, ControlMode::Balanced, 1.0, &[0, 1, 2, 3], 1),
    (0.0, 1.0, ControlMode::Control, 1.0, &[0, 1, 2, 3], 1),
    (0.0, 0.5, ControlMode::Balanced, 7.0, &[0, 1], 2),
    (0.5, 1.0, ControlMode::Balanced, 7.0, &[2, 3], 2),
    (0.2, 0.8, ControlMode::Balanced, 7.0, &[1, 2], 2),
    (0.0, 0.2, ControlMode::Balanced, 7.0, &[], 2),
];

#[test]
fn it_is_heard_for_its_share_of_the_steps() {
    let picture = picture(SIZE);
    for (start, end, mode, guidance, steps, conditions) in HEARD {
        let mut networks = FakeNetworks::new(UnetInput::Latents);
        let unit = Control {
            start: *start,
            end: *end,
            mode: *mode,
            ..control(ControlKind::Tile)
        };
        let recipe = Recipe {
            guidance_scale: *guidance,
            // Half of them run.
            strength: 0.5,
            ..recipe(vec![unit])
        };
        run(&mut networks, &picture, None, &recipe).unwrap();
        assert_eq!(networks.evaluations.len(), 4);
        let wanted = vec![(0, *conditions); steps.len()];
        assert_eq!(networks.controls, wanted, "{start} {end} {mode} {guidance}");
    }
}

/// What cannot be run → words of the refusal.
#[test]
fn what_cannot_be_heard_is_refused_in_a_line() {
    let named = |model: &str| Control {
        model: model.to_owned(),
        ..control(ControlKind::Inpaint)
    };
    let ranged = |start: f64, end: f64| Control {
        start,
        end,
        ..control(ControlKind::Tile)
    };
    let heavy = |weight: f64| Control {
        weight,
        ..control(ControlKind::Tile)
    };
    let rows: [(Method, Vec<Control>, &str); 8] = [
        (Method::ControlnetInpaint, vec![], "needs a ControlNet"),
        (
            Method::ControlnetInpaint,
            vec![control(ControlKind::Canny)],
            "trained for inpainting",
        ),
        (
            Method::Auto,
            vec![named("missing")],
            "no ControlNet is called `missing`",
        ),
        (Method::Auto, vec![ranged(0.5, 0.5)], "never heard"),
        (Method::Auto, vec![ranged(0.9, 0.2)], "start below the end"),
        (Method::Auto, vec![ranged(-0.5, 0.5)], "outside 0 to 0.99"),
        (Method::Auto, vec![heavy(1.0), heavy(11.0)], "weight of 11"),
        (Method::Auto, vec![heavy(f64::NAN)], "weight of NaN"),
    ];
    let mask = Mask::filled(SIZE, 255);
    for (method, controls, words) in rows {
        let recipe = Recipe {
            method,
            ..recipe(controls)
        };
        let mut networks = FakeNetworks::new(UnetInput::Latents);
        let error = run(&mut networks, &picture(SIZE), Some(&mask), &recipe).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}
