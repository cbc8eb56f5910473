//! What is done to picture, mask and sketch together: cutting, extending, scaling, turning, mirroring; each one undo step.
//!
//! Does not know what asked for it.

use std::sync::Arc;

use super::{Document, EditName};
use crate::raster::prepare::{Margins, Preparation};
use crate::raster::{Axis, Mask, Picture, Rect, Size};

impl EditName {
    /// What a preparation is called: one that adds room is an extension, whatever else it cuts.
    pub fn of(preparation: Preparation) -> Self {
        match preparation {
            Preparation::Frame { margins, .. } if margins.add() => Self::Extend,
            Preparation::Frame { .. } => Self::Crop,
            Preparation::Scale(_) => Self::Scale,
            Preparation::Rotate(_) => Self::Rotate,
            Preparation::Flip(_) => Self::Flip,
        }
    }
}

impl Document {
    /// Prepares picture, mask and sketch: one undo step; nothing where nothing would change, or it [cannot be done](Preparation::applied).
    pub fn prepare(&mut self, preparation: Preparation) {
        let mask = Arc::clone(self.mask());
        self.prepare_masked(preparation, &mask);
    }

    /// As [`prepare`](Self::prepare), with a mask of this size in place of the one that is there.
    pub fn prepare_masked(&mut self, preparation: Preparation, mask: &Mask) {
        let size = self.size();
        if preparation.is_idle(size) || preparation.applied(size).is_none() {
            return;
        }
        let picture = preparation.picture(self.picture());
        let sketch = self.sketch().map(|sketch| preparation.layer(sketch));
        let mask = preparation.mask(mask);
        self.replace(EditName::of(preparation), picture, mask, sketch);
    }

    /// Cuts picture, mask and sketch to `rect`; nothing where it holds no pixel of the picture, or all of them.
    pub fn crop(&mut self, rect: Rect) {
        let rect = rect.intersection(Rect::of(self.size()));
        if !rect.is_empty() {
            self.prepare(Preparation::Frame {
                margins: Margins::cut(self.size(), rect),
                mask_keeps: false,
            });
        }
    }

    /// Adds room at the edges, filled from them and masked, the mask fading into the picture; negative margins cut. `mask_keeps` says whether the mask means what is kept.
    pub fn extend(&mut self, margins: Margins, mask_keeps: bool) {
        self.prepare(Preparation::Frame {
            margins,
            mask_keeps,
        });
    }

    /// Brings picture, mask and sketch to another size, the mask linearly; nothing where it is the same, or either is empty.
    pub fn scale(&mut self, size: Size) {
        self.prepare(Preparation::Scale(size));
    }

    /// As [`scale`](Self::scale) to the size of a picture that takes this one's place.
    pub fn scale_to(&mut self, picture: Picture) {
        let preparation = Preparation::Scale(picture.size());
        if preparation.applied(self.size()).is_none() {
            return;
        }
        let sketch = self.sketch().map(|sketch| preparation.layer(sketch));
        let mask = preparation.mask(self.mask());
        self.replace(EditName::Scale, picture, mask, sketch);
    }

    /// Turns picture, mask and sketch clockwise; nothing for whole turns.
    pub fn rotate(&mut self, quarter_turns: u32) {
        self.prepare(Preparation::Rotate(quarter_turns));
    }

    /// Mirrors picture, mask and sketch.
    pub fn flip(&mut self, axis: Axis) {
        self.prepare(Preparation::Flip(axis));
    }

    /// The number of this state of the picture's geometry: where two states have the same, each pixel lies where it lay. Undoing a preparation brings the old number back.
    pub fn geometry(&self) -> u64 {
        self.content.geometry
    }
}
