//! A repaint in tiles: parts of what is masked that are rendered one after the other, each at the model's own size.
//!
//! Does not know what a tile's pixels become.

use crate::raster::{Mask, Rect, Size};
use crate::recipe::{Area, MaskMode, Recipe};

/// The tiles of a repaint by a recipe that asks for some.
pub struct Tiles {
    picture: Size,
    /// What is repainted, where that is not all.
    mask: Option<Mask>,
    /// Where each tile lies, in reading order.
    pub parts: Vec<Rect>,
    /// What all of them are rendered by: each is a masked part of its own.
    pub recipe: Recipe,
}

impl Tiles {
    /// The masked part, or all of a picture, in equal rectangles with sides of about [`Recipe::tile`] pixels, which overlap by what the mask's blur takes to fade; none where nothing is masked.
    #[must_use]
    pub fn of(picture: Size, mask: Option<&Mask>, recipe: &Recipe) -> Self {
        let mask = mask.map(|mask| match recipe.mask_mode {
            MaskMode::Masked => mask.clone(),
            MaskMode::NotMasked => mask.invert(),
        });
        let whole = mask.as_ref().map_or(Some(Rect::of(picture)), Mask::bounds);
        let whole = whole.unwrap_or(Rect::EMPTY);
        let (blur_x, blur_y) = recipe.mask_blurs();
        let overlap = (2.0 * blur_x.max(blur_y)).ceil() as u32;
        let Size { width, height } = whole.size();
        let columns = spans(width, recipe.tile);
        let parts = spans(height, recipe.tile).flat_map(|[top, bottom]| {
            columns.clone().map(move |[left, right]| {
                let part = Rect::new(
                    whole.left + left,
                    whole.top + top,
                    whole.left + right,
                    whole.top + bottom,
                );
                part.pad(overlap, picture).intersection(whole)
            })
        });
        let holds = |part: &Rect| {
            let mask = mask.as_ref();
            mask.is_none_or(|mask| mask.crop(*part).bounds().is_some())
        };
        Self {
            parts: parts.filter(holds).collect(),
            picture,
            recipe: Recipe {
                area: Area::OnlyMasked,
                mask_mode: MaskMode::Masked,
                size: None,
                tile: 0,
                ..recipe.clone()
            },
            mask,
        }
    }

    /// What of the picture is repainted in a tile.
    #[must_use]
    pub fn mask(&self, part: Rect) -> Mask {
        Mask::from_fn(self.picture, |x, y| {
            let inside =
                (part.left..part.right).contains(&x) && (part.top..part.bottom).contains(&y);
            match &self.mask {
                Some(mask) if inside => mask.value(x, y),
                None if inside => 255,
                _ => 0,
            }
        })
    }
}

/// A side in equal parts of about `side`; none of nothing.
fn spans(whole: u32, side: u32) -> impl Iterator<Item = [u32; 2]> + Clone {
    let count = whole.div_ceil(side.max(1));
    let at =
        move |index: u32| (u64::from(whole) * u64::from(index) / u64::from(count.max(1))) as u32;
    (0..count).map(move |index| [at(index), at(index + 1)])
}
