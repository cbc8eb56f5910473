//! What is done to picture, mask and sketch together: cutting, extending, scaling, turning, mirroring; each one undo step.
//!
//! Does not know what asked for it, or on which thread it was worked out.

use std::sync::Arc;

use super::{Document, EditName};
use crate::raster::prepare::{Margins, Preparation};
use crate::raster::{Axis, Mask, Picture, Rect, Size};

/// Picture, mask and sketch of one state of a document, to be prepared away from it: clones of the `Arc`s.
#[derive(Clone)]
pub struct Contents {
    picture: Arc<Picture>,
    mask: Arc<Mask>,
    sketch: Option<Arc<Picture>>,
}

/// What a preparation made of them.
pub struct Prepared {
    what: EditName,
    picture: Picture,
    mask: Mask,
    sketch: Option<Picture>,
}

impl Contents {
    /// With nothing masked, or with everything where the mask means what is `kept`.
    pub fn unmasked(self, kept: bool) -> Self {
        let value = if kept { 255 } else { 0 };
        Self {
            mask: Arc::new(Mask::filled(self.mask.size(), value)),
            ..self
        }
    }

    /// Does the work, as much as they hold pixels.
    ///
    /// # Panics
    /// When the preparation [cannot be done](Preparation::applied).
    pub fn prepared(&self, preparation: Preparation) -> Prepared {
        let sketch = self.sketch.as_deref();
        Prepared {
            what: EditName::of(preparation),
            picture: preparation.picture(&self.picture),
            mask: preparation.mask(&self.mask),
            sketch: sketch.map(|sketch| preparation.layer(sketch)),
        }
    }
}

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
    /// What there is to prepare.
    pub fn contents(&self) -> Contents {
        Contents {
            picture: Arc::clone(self.picture()),
            mask: Arc::clone(self.mask()),
            sketch: self.sketch().cloned(),
        }
    }

    /// Puts what was prepared of this document in its place: one undo step.
    pub fn take_prepared(&mut self, prepared: Prepared) {
        let Prepared {
            what,
            picture,
            mask,
            sketch,
        } = prepared;
        self.replace(what, picture, mask, sketch);
    }

    /// Prepares picture, mask and sketch: one undo step; nothing where nothing would change, or it [cannot be done](Preparation::applied).
    pub fn prepare(&mut self, preparation: Preparation) {
        let size = self.size();
        if !preparation.is_idle(size) && preparation.applied(size).is_some() {
            let prepared = self.contents().prepared(preparation);
            self.take_prepared(prepared);
        }
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
