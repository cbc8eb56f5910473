//! A repaint in tiles: parts of what is masked that are rendered one after the other, each at the model's own size.
//!
//! Does not know what a tile's pixels become.

use std::borrow::Cow;

use crate::raster::blur::reach;
use crate::raster::{Mask, Rect, Size};
use crate::recipe::{Area, MaskMode, Recipe};

/// The share of a tile's side in which it fades into those before it, and the most that goes to the surroundings on each side.
const SHARE: u32 = 8;

/// The tiles of a repaint by a recipe that asks for some.
pub struct Tiles<'a> {
    picture: Size,
    /// What is repainted, where that is not all.
    mask: Option<Cow<'a, Mask>>,
    /// What all of them cover together.
    pub whole: Rect,
    /// Where each tile lies, in reading order; neighbours overlap.
    pub parts: Vec<Rect>,
    /// What all of them are rendered by: each is a masked part of its own.
    pub recipe: Recipe,
    /// Over how many pixels a tile fades into those before it.
    fade: u32,
}

impl<'a> Tiles<'a> {
    /// The masked part, or all of a picture, in equal rectangles which, with their surroundings, are [`Recipe::tile`] pixels wide and high at the most; none where nothing is masked.
    #[must_use]
    pub fn of(picture: Size, mask: Option<&'a Mask>, recipe: &Recipe) -> Self {
        let mask = mask.map(|mask| match recipe.mask_mode {
            MaskMode::Masked => Cow::Borrowed(mask),
            MaskMode::NotMasked => Cow::Owned(mask.invert()),
        });
        let whole = match &mask {
            None => Rect::of(picture),
            Some(mask) => mask.bounds().unwrap_or(Rect::EMPTY),
        };
        let tile = recipe.tile.max(1);
        let mut recipe = Recipe {
            area: Area::OnlyMasked,
            mask_mode: MaskMode::Masked,
            size: None,
            tile: 0,
            ..recipe.clone()
        };
        let Size { width, height } = whole.size();
        let (mut side, mut overlap, mut fade) = (tile, 0, 0);
        if width.max(height) > tile {
            recipe.padding = recipe.padding.min(tile / SHARE);
            if mask.is_none() {
                // Tiles fade by themselves, and the picture's edges are no mask's.
                (recipe.mask_blur, recipe.mask_blur_y) = (0.0, None);
            }
            let (blur_x, blur_y) = recipe.mask_blurs();
            let blur = reach(blur_x.max(blur_y));
            side = tile.saturating_sub(2 * (recipe.padding + blur));
            side = side.max(tile / 2).max(1);
            overlap = (tile / SHARE + blur).min(side / 2);
            fade = overlap.saturating_sub(blur).max(overlap / 2);
        }
        let columns: Vec<_> = spans(width, side, overlap).collect();
        let parts = spans(height, side, overlap).flat_map(|[top, bottom]| {
            columns.iter().map(move |[left, right]| {
                Rect::new(
                    whole.left + left,
                    whole.top + top,
                    whole.left + right,
                    whole.top + bottom,
                )
            })
        });
        let holds = |part: &Rect| {
            let mask = mask.as_ref();
            mask.is_none_or(|mask| mask.crop(*part).bounds().is_some())
        };
        Self {
            parts: parts.filter(holds).collect(),
            picture,
            whole,
            recipe,
            mask,
            fade,
        }
    }

    /// The part of the picture that a tile's repaint may look at.
    #[must_use]
    pub fn surroundings(&self, part: Rect) -> Rect {
        let Size { width, height } = part.size();
        part.pad(2 * width.max(height) + self.recipe.padding, self.picture)
    }

    /// What is repainted in a tile, as a mask of the part `seen` of the picture: it fades in over the tiles above it and to its left, which go on below it.
    #[must_use]
    pub fn mask(&self, part: Rect, seen: Rect) -> Mask {
        let share = |at: u32, from: u32, first: u32| match from == first {
            true => 1.0,
            false => (((at - from) as f32 + 0.5) / self.fade.max(1) as f32).min(1.0),
        };
        Mask::from_fn(seen.size(), |x, y| {
            let (x, y) = (seen.left + x, seen.top + y);
            if !part.contains_point(x, y) {
                return 0;
            }
            let masked = self.mask.as_ref().map_or(255, |mask| mask.value(x, y));
            let share = share(x, part.left, self.whole.left) * share(y, part.top, self.whole.top);
            (f32::from(masked) * share).round() as u8
        })
    }
}

/// A length in the fewest equal parts of no more than `side` which overlap by `overlap` at least; none of nothing.
fn spans(whole: u32, side: u32, overlap: u32) -> impl Iterator<Item = [u32; 2]> {
    let step = side - overlap;
    let count = match whole {
        0 => 0,
        _ => whole.saturating_sub(overlap).div_ceil(step).max(1),
    };
    let gaps = count.saturating_sub(1).max(1);
    let length = (whole + (count.max(1) - 1) * overlap).div_ceil(count.max(1));
    let at = move |index: u32| {
        let room = u64::from(whole - length.min(whole));
        (room * u64::from(index) / u64::from(gaps)) as u32
    };
    (0..count).map(move |index| [at(index), at(index) + length.min(whole)])
}
