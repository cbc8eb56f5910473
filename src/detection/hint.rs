//! How much a repaint looks like what it should be, as far as a detector can tell.
//!
//! A hint and no more: six fingers are a hand to it.

use super::{Found, Region};
use crate::raster::{Patch, Picture, Rect, Size};

/// Smallest score of a find that hints at anything.
pub const LEAST_SCORE: f32 = 0.1;

/// Longest side of what is looked at, pixels: that many show a hand with three times its size around it, and more are more views to search.
const SIDE: u32 = 512;

/// What of a repaint is looked at.
#[must_use]
pub fn seen(patch: &Patch) -> Picture {
    let Size { width, height } = patch.rect().size();
    match width.max(height) > SIDE {
        true => patch.pixels().thumbnail(SIDE),
        false => patch.pixels().clone(),
    }
}

/// How much what is under a mask is taken for what was found there, in `[0, 1]`; `found` is what a detector found in [`seen`], of that size, of the part of the picture.
#[must_use]
pub fn hint(found: &[Found], region: &Region, seen: Size, part: Rect) -> f32 {
    let whole = part.size();
    let inside = |found: &&Found| {
        let [x, y] = found.bounds.centre();
        let x = x * whole.width as f32 / seen.width as f32;
        let y = y * whole.height as f32 / seen.height as f32;
        region
            .rect
            .contains_point(x as u32 + part.left, y as u32 + part.top)
    };
    let hints = found
        .iter()
        .filter(inside)
        .map(|found| found.clean.unwrap_or(found.score * found.presence));
    hints.fold(0.0, f32::max)
}
