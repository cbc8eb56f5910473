//! Partial repainting: what each control does to the plan and to the pixels.

mod batch;
mod canvas;
mod control;
mod kept;
mod methods;
mod recipe;
mod seam;
mod suggested;

use std::ops::ControlFlow;
use std::sync::Arc;

use pentimento::diffusion::plan::{Plan, PlanError, ResultCanvas};
use pentimento::diffusion::repaint::repaint;
use pentimento::raster::{Mask, Picture, Size};
use pentimento::recipe::Recipe;

use crate::fake::FakeNetworks;

fn picture(size: Size) -> Arc<Picture> {
    Arc::new(Picture::from_fn(size, |x, y| {
        let alpha = if x < 5 { 90 } else { 255 };
        [(x * 6) as u8, (y * 7) as u8, (x * y + 3) as u8, alpha]
    }))
}

/// A disc around a point.
fn disc(size: Size, (cx, cy): (u32, u32), radius: u32) -> Mask {
    Mask::from_fn(size, |x, y| {
        let inside = x.abs_diff(cx).pow(2) + y.abs_diff(cy).pow(2) < radius.pow(2);
        if inside { 255 } else { 0 }
    })
}

/// The whole picture after a repaint.
fn run(
    networks: &mut FakeNetworks,
    picture: &Arc<Picture>,
    mask: Option<&Mask>,
    recipe: &Recipe,
) -> Result<Picture, PlanError> {
    let plan = Plan::new(picture, mask, recipe, &networks.spec)?;
    let patch = repaint(&plan, networks, &mut |_| ControlFlow::Continue(())).unwrap();
    let mut result = (*ResultCanvas::new(picture, mask, recipe).picture).clone();
    result.paste(&patch);
    Ok(result)
}
