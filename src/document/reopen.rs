//! Making a document that was kept: what its history would have left behind.
//!
//! Does not know where it was kept.

use std::sync::Arc;

use super::history::Other;
use super::packed::Packed;
use super::sketch::checked;
use super::{Dirty, Document, EditName};
use crate::raster::{Mask, Patch, Picture, Rect};

impl Document {
    /// A document as it was kept: undo begins anew, but takes the sketch and the accepted results back, each in one step, where `before` says what was [seen](Self::seen) before them. That is its [`before`](Self::before) again.
    ///
    /// # Panics
    /// When the sizes of picture, mask and sketch differ, or `before` does not lie inside.
    pub fn reopened(
        picture: impl Into<Arc<Picture>>,
        mask: impl Into<Arc<Mask>>,
        sketch: Option<Arc<Picture>>,
        before: Option<&Patch>,
    ) -> Self {
        let picture = picture.into();
        let Some(before) = before else {
            let document = Self::with_mask(picture, mask);
            return match sketch {
                Some(sketch) => document.with_sketch(sketch),
                None => document,
            };
        };
        let after = Patch::new(before.rect(), picture.crop(before.rect()));
        let mut older = Arc::unwrap_or_clone(picture);
        older.paste(before);
        let mut document = Self::with_mask(older, mask);
        document.apply(EditName::Result, &after);
        if let Some(sketch) = sketch {
            document.add_sketch(sketch);
        }
        document
    }

    /// Lays a sketch over a picture that has none: one undo step.
    fn add_sketch(&mut self, sketch: Arc<Picture>) {
        let whole = Rect::of(self.size());
        let nothing = Picture::filled(self.size(), [0; 4]);
        self.content.sketch = Some(checked(sketch, self.size()));
        let changed = Dirty {
            sketch: whole,
            ..Dirty::NONE
        };
        let old = Packed::of_picture(&nothing);
        self.record(EditName::Sketch, Other::Sketch(vec![(whole, old)]), changed);
    }
}
