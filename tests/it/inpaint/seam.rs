//! The join between old and new, with models that paint.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use pentimento::diffusion::networks::Networks as _;
use pentimento::diffusion::plan::Plan;
use pentimento::diffusion::repaint::repaint;
use pentimento::engine::{Cancel, Device, Kit, ModelSource, OnnxNetworks};
use pentimento::raster::blur::reach;
use pentimento::raster::{Mask, Picture, Size};
use pentimento::recipe::{Area, MaskEdge, Recipe};

use super::disc;
use crate::engine::runtime;

const SIZE: Size = Size::new(128, 128);
const FLAT: [u8; 4] = [168, 200, 226, 255];

/// Middle and radius of the mask.
const MIDDLE: (u32, u32) = (62, 66);
const RADIUS: u32 = 36;

/// Mean colours of the rings of a pixel's width around the middle of the mask, those beyond the picture left out.
fn rings(picture: &Picture) -> Vec<[f64; 3]> {
    let mut rings = vec![([0.0; 3], 0.0); 60];
    for (x, y) in (0..SIZE.width).flat_map(|x| (0..SIZE.height).map(move |y| (x, y))) {
        let radius = f64::hypot(
            f64::from(x) - f64::from(MIDDLE.0),
            f64::from(y) - f64::from(MIDDLE.1),
        );
        if let Some((sum, count)) = rings.get_mut(radius as usize) {
            let pixel = picture.pixel(x, y);
            for (sum, value) in sum.iter_mut().zip(pixel) {
                *sum += f64::from(value);
            }
            *count += 1.0;
        }
    }
    let mean = |(sum, count): ([f64; 3], f64)| sum.map(|sum| sum / count);
    rings.into_iter().map(mean).collect()
}

/// Largest difference of two colours in a channel.
fn apart(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|c| (a[c] - b[c]).abs()).fold(0.0, f64::max)
}

/// Largest step between neighbouring rings at the mask's edge, and of any ring from the flat colour.
fn step_and_drift(result: &Picture, recipe: &Recipe) -> (f64, f64) {
    let rings = rings(result);
    let reach = reach(recipe.mask_blur);
    let edge = (RADIUS - reach / 2) as usize..(RADIUS + reach) as usize;
    let step = edge
        .map(|radius| apart(rings[radius], rings[radius + 1]))
        .fold(0.0, f64::max);
    let flat = [0, 1, 2].map(|c| f64::from(FLAT[c]));
    let drift = rings
        .iter()
        .map(|ring| apart(*ring, flat))
        .fold(0.0, f64::max);
    (step, drift)
}

#[test]
fn a_soft_mask_leaves_no_step_at_its_edge() {
    let picture = Arc::new(Picture::filled(SIZE, FLAT));
    let mask = disc(SIZE, MIDDLE, RADIUS);
    let toy = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/models/sd-4ch");
    // The toy paints over what it is shown; the built-in model, which knows backgrounds, continues it.
    for (source, continues) in [
        (ModelSource::BuiltIn, true),
        (ModelSource::Directory(toy), false),
    ] {
        let (mut networks, _) = OnnxNetworks::load(
            runtime(),
            &Kit::of(source.clone()),
            Device::Cpu,
            &Cancel::new(),
            &mut |_| (),
        )
        .unwrap();
        let mut run = |mask_edge| {
            let recipe = Recipe {
                mask_edge,
                mask_blur: 6.0,
                steps: 12,
                strength: 0.75,
                guidance_scale: 1.0,
                ..Recipe::default()
            };
            let plan = Plan::new(&picture, Some(&mask), &recipe, networks.spec()).unwrap();
            let patch = repaint(&plan, &mut networks, &mut |_| ControlFlow::Continue(())).unwrap();
            let mut result = (*picture).clone();
            result.paste(&patch);
            step_and_drift(&result, &recipe)
        };
        let [soft, hard, open] = [MaskEdge::Soft, MaskEdge::Hard, MaskEdge::Open].map(&mut run);
        println!("{source:?}: step and drift: soft {soft:.1?}, hard {hard:.1?}, open {open:.1?}");
        let (step, drift) = soft;
        let (painted, smooth) = match continues {
            true => (drift < 10.0, step < 2.0),
            false => (drift > 20.0, step < drift / 4.0 && step <= open.0),
        };
        assert!(
            painted && smooth,
            "{source:?}: a step of {step}, a drift of {drift}"
        );
    }
}

type Ground = fn(u32, u32) -> [u8; 4];

/// Walls as pictures have them: one colour, a gradient, stripes.
const GROUNDS: &[(&str, Ground)] = &[
    ("flat", |_, _| FLAT),
    ("graded", |x, y| [90 + x as u8, 200 - y as u8 / 2, 150, 255]),
    ("striped", |x, _| match x / 12 % 2 {
        0 => FLAT,
        _ => [236, 226, 200, 255],
    }),
];

/// How much more neighbouring pixels differ across the mask's edge than they did before, of 255, on average.
fn seam(result: &Picture, before: &Picture, mask: &Mask) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (x, y) in (1..SIZE.width).flat_map(|x| (1..SIZE.height).map(move |y| (x, y))) {
        for (u, v) in [(x - 1, y), (x, y - 1)] {
            if (mask.value(x, y) == 0) != (mask.value(u, v) == 0) {
                for channel in 0..3 {
                    let step = |picture: &Picture| {
                        let at = |x, y| f64::from(picture.pixel(x, y)[channel]);
                        at(x, y) - at(u, v)
                    };
                    sum += (step(result) - step(before)).abs();
                    count += 1.0;
                }
            }
        }
    }
    sum / count
}

#[test]
fn what_hardly_changed_is_given_back_so_that_no_edge_shows() {
    let (mut networks, _) = OnnxNetworks::load(
        runtime(),
        &Kit::of(ModelSource::BuiltIn),
        Device::Cpu,
        &Cancel::new(),
        &mut |_| (),
    )
    .unwrap();
    let mask = disc(SIZE, MIDDLE, RADIUS);
    let mut seams = Vec::new();
    for &(name, ground) in GROUNDS {
        let picture = Arc::new(Picture::from_fn(SIZE, ground));
        // An edge that nothing softens, so that any difference shows.
        let recipe = |difference_threshold| Recipe {
            difference_threshold,
            mask_edge: MaskEdge::Hard,
            mask_blur: 0.0,
            area: Area::OnlyMasked,
            steps: 12,
            ..Recipe::default()
        };
        let plans = [0.0, 1.0].map(|times| {
            Plan::new(&picture, Some(&mask), &recipe(times), networks.spec()).unwrap()
        });
        let [mut kept, mut given] = [(); 2].map(|()| (*picture).clone());
        kept.paste(&repaint(&plans[0], &mut networks, &mut |_| ControlFlow::Continue(())).unwrap());
        given
            .paste(&repaint(&plans[1], &mut networks, &mut |_| ControlFlow::Continue(())).unwrap());
        let [off, on] = [&kept, &given].map(|result| seam(result, &picture, &mask));
        println!(
            "{name}: a seam of {off:.2} as the model made it, {on:.2} with what hardly changed given back"
        );
        seams.push((name, off, on));
    }
    // A wall of one colour comes back whole; edges of a pattern are redrawn, and stay.
    let visible = |(name, off, on): &&(&str, f64, f64)| match *name {
        "flat" => *on > 0.5,
        _ => *on > off * 0.9,
    };
    let left: Vec<_> = seams.iter().filter(visible).collect();
    assert!(left.is_empty(), "{left:.2?}");
}
