//! The picture and mask that a repaint works on: brought to the size that was asked for, the mask turned and blurred.

use std::borrow::Cow;
use std::sync::Arc;

use super::frame::canvas_size;
use crate::raster::blur::gaussian;
use crate::raster::fit::contained;
use crate::raster::{Mask, MaskFilter, Picture, Rect, Size};
use crate::recipe::{MaskMode, Recipe, ResizeMode};

/// A picture and its mask at the size of the result.
#[derive(Clone, Debug)]
pub struct ResultCanvas {
    /// What the result is laid over.
    pub picture: Arc<Picture>,
    /// What to repaint, in the artist's terms: [`Recipe::mask_mode`] still applies.
    pub mask: Option<Mask>,
}

impl ResultCanvas {
    /// Brings a picture and its mask to [`canvas_size`], the bars masked where that is asked for.
    ///
    /// A canvas of a canvas is the same: whoever keeps it can repaint it with the same recipe.
    ///
    /// # Panics
    /// When the picture is empty or the mask is not of its size.
    pub fn new(picture: &Arc<Picture>, mask: Option<&Mask>, recipe: &Recipe) -> Self {
        let from = picture.size();
        let size = canvas_size(from, mask.is_some(), recipe);
        if size == from {
            return Self {
                picture: Arc::clone(picture),
                mask: mask.cloned(),
            };
        }
        Self {
            picture: Arc::new(match recipe.resize {
                ResizeMode::Stretch | ResizeMode::Latent => picture.resize(size),
                ResizeMode::Crop => picture.cover(size),
                ResizeMode::Fill | ResizeMode::FillAndMask => picture.contain(size),
            }),
            mask: match recipe.resize {
                ResizeMode::Stretch | ResizeMode::Latent => {
                    mask.map(|mask| mask.resize(size, MaskFilter::Bicubic))
                }
                ResizeMode::Crop => mask.map(|mask| mask.cover(size)),
                ResizeMode::Fill => mask.map(|mask| mask.contain(size)),
                ResizeMode::FillAndMask => Some(with_bars(from, size, mask, recipe.mask_mode)),
            },
        }
    }
}

/// The mask of a picture of size `from` inside one of size `to`, and of the bars around it.
fn with_bars(from: Size, to: Size, mask: Option<&Mask>, mode: MaskMode) -> Mask {
    let (repaint, keep) = match mode {
        MaskMode::Masked => (255, 0),
        MaskMode::NotMasked => (0, 255),
    };
    let picture: Rect = contained(from, to);
    let inner = mask.map(|mask| mask.contain(to));
    Mask::from_fn(to, |x, y| {
        if picture.contains_point(x, y) {
            inner.as_ref().map_or(keep, |mask| mask.value(x, y))
        } else {
            repaint
        }
    })
}

/// The mask as it counts: what is kept and what is repainted exchanged where [`MaskMode::NotMasked`] asks for it, then blurred.
///
/// A1111's order (`modules/processing.py`), but for a resize, which comes before.
///
/// # Panics
/// When a blur is negative or not finite.
pub fn blurred(mask: &Mask, recipe: &Recipe) -> Mask {
    let (blur_x, blur_y) = recipe.mask_blurs();
    gaussian(&turned(mask, recipe), blur_x, blur_y)
}

/// The mask with what is kept and what is repainted exchanged where [`MaskMode::NotMasked`] asks for it.
pub(super) fn turned<'a>(mask: &'a Mask, recipe: &Recipe) -> Cow<'a, Mask> {
    match recipe.mask_mode {
        MaskMode::Masked => Cow::Borrowed(mask),
        MaskMode::NotMasked => Cow::Owned(mask.invert()),
    }
}
