//! The sketch: colour drawn over the picture on a layer of its own, until it is merged, cleared, or repainted.
//!
//! Straight-alpha pixels of the picture's size; those of alpha 0 are all 0. It is only there while something of it is seen.
//!
//! Does not know tools or repainting; what repaints takes what is [seen](Document::seen) for its picture.

use std::sync::Arc;

use super::history::Other;
use super::packed::Packed;
use super::tally::Tally;
use super::{
    Brush, Dirty, Document, EditName, Stroke, StrokeMode, StrokePoint, difference, placed,
};
use crate::raster::{Patch, Picture, Rect, Size, faded, over};

/// Strokes are laid in squares of this many pixels a side, and only in those that they cover.
const TILE: u32 = 256;

/// What a stroke is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// The mask is painted or erased.
    Mask,
    /// The sketch is painted with a colour, sRGB, or erased.
    Color([u8; 3]),
}

impl Document {
    /// The same with a sketch; for a document that is just being made, as there is nothing to undo about it.
    ///
    /// # Panics
    /// When it is of another size than the picture.
    #[must_use]
    pub fn with_sketch(mut self, sketch: impl Into<Arc<Picture>>) -> Self {
        let size = self.size();
        self.content.sketch = Some(checked(sketch.into(), size));
        self.note(Dirty {
            sketch: Rect::of(size),
            ..Dirty::NONE
        });
        self
    }

    /// What was drawn over the picture, of its size; none while that is nothing. A clone of the `Arc` keeps this state of it.
    pub fn sketch(&self) -> Option<&Arc<Picture>> {
        self.content.sketch.as_ref()
    }

    /// The smallest rectangle around the sketch; kept with every edit, so that asking costs nothing.
    pub fn sketch_bounds(&self) -> Option<Rect> {
        self.sketch_tally.as_ref().and_then(Tally::bounds)
    }

    /// The picture with the sketch laid [over](crate::raster::over()) it; the picture itself where there is no sketch.
    ///
    /// Put together when first asked for, and again only when something changed or nobody holds it any more: keep the `Arc` where it is needed often.
    pub fn seen(&self) -> Arc<Picture> {
        let (Some(sketch), Some(bounds)) = (self.sketch(), self.sketch_bounds()) else {
            return Arc::clone(self.picture());
        };
        let mut seen = self.seen.borrow_mut();
        if let Some(seen) = seen.upgrade() {
            return seen;
        }
        let mut picture = Picture::clone(self.picture());
        picture.lay(sketch, bounds);
        let picture = Arc::new(picture);
        *seen = Arc::downgrade(&picture);
        picture
    }

    /// The part of what is [seen](Self::seen) inside `rect`; as much work as that holds pixels.
    ///
    /// # Panics
    /// When `rect` does not lie inside the picture.
    pub fn seen_in(&self, rect: Rect) -> Picture {
        let mut part = self.picture().crop(rect);
        if let Some(sketch) = self.sketch() {
            part.lay(&sketch.crop(rect), Rect::of(rect.size()));
        }
        part
    }

    /// The pixel that is [seen](Self::seen) at column `x`, row `y`.
    ///
    /// # Panics
    /// When it lies outside.
    pub fn seen_at(&self, x: u32, y: u32) -> [u8; 4] {
        let base = self.picture().pixel(x, y);
        let top = self.sketch().map(|sketch| sketch.pixel(x, y));
        top.map_or(base, |top| over(top, base))
    }

    /// Starts a stroke over the sketch: a colour, sRGB, or what takes colour away; one still in the making is ended first.
    pub fn begin_sketch(
        &mut self,
        color: [u8; 3],
        mode: StrokeMode,
        brush: Brush,
        at: StrokePoint,
    ) {
        self.begin_with(Ink::Color(color), mode, brush, at);
    }

    /// Takes all drawn colour away: one undo step, if there was any.
    pub fn clear_sketch(&mut self) {
        if let Some(bounds) = self.sketch_bounds() {
            let old = Packed::of_picture(&self.content.sketch_in(bounds));
            self.content.sketch = None;
            self.record(
                EditName::ClearSketch,
                Other::Sketch(vec![(bounds, old)]),
                Dirty {
                    sketch: bounds,
                    ..Dirty::NONE
                },
            );
        }
    }

    /// Makes the sketch part of the picture, which looks the same: one undo step, if there was a sketch.
    pub fn merge_sketch(&mut self) {
        let Some(bounds) = self.sketch_bounds() else {
            return;
        };
        let seen = self.seen_in(bounds);
        let old = self.content.picture.crop(bounds);
        let old_sketch = Packed::of_picture(&self.content.sketch_in(bounds));
        Arc::make_mut(&mut self.content.picture).paste(&Patch::new(bounds, seen));
        self.content.sketch = None;
        self.record_layers(EditName::MergeSketch, bounds, old, old_sketch);
    }

    /// Masks what was drawn, as far as it covers, beside what is masked already: one undo step, unless it changes nothing.
    pub fn mask_sketch(&mut self) {
        let (Some(sketch), Some(bounds)) = (self.sketch().cloned(), self.sketch_bounds()) else {
            return;
        };
        self.change_mask(EditName::MaskSketch, bounds, |mask| {
            for y in bounds.top..bounds.bottom {
                for (value, pixel) in mask.row_mut(y).iter_mut().zip(sketch.row(y)) {
                    *value = pixel[3].max(*value);
                }
            }
        });
    }

    /// Lays a stroke over the sketch: where it covers `c` of a pixel, its colour with alpha `c` [over](crate::raster::over()) that, or `c` of that [taken away](faded).
    pub(super) fn lay_over_sketch(&mut self, [red, green, blue]: [u8; 3], stroke: &Stroke) {
        let size = self.size();
        let bounds = match (stroke.mode(), self.sketch_bounds()) {
            (StrokeMode::Paint, _) => stroke.bounds(size),
            (StrokeMode::Erase, drawn) => stroke
                .bounds(size)
                .intersection(drawn.unwrap_or(Rect::EMPTY)),
        };
        if bounds.is_empty() {
            return;
        }
        let covers = stroke.covers(size);
        let (mut parts, mut changed) = (Vec::new(), Dirty::NONE);
        for tile in tiles(bounds) {
            let columns = tile.left as usize..tile.right as usize;
            let covers = |y: u32| &covers.row(y)[columns.clone()];
            // Where a stroke does not come, nothing is written, and takes no memory.
            if (tile.top..tile.bottom).all(|y| covers(y).iter().all(|&cover| cover == 0)) {
                continue;
            }
            let old = self.content.sketch_in(tile);
            let sketch = self.content.sketch_mut();
            for y in tile.top..tile.bottom {
                let pixels = sketch.row_mut(y)[columns.clone()].iter_mut();
                for (pixel, &cover) in pixels.zip(covers(y)) {
                    match stroke.mode() {
                        _ if cover == 0 => {}
                        StrokeMode::Paint => *pixel = over([red, green, blue, cover], *pixel),
                        StrokeMode::Erase => *pixel = faded(*pixel, cover),
                    }
                }
            }
            let sketch = &*sketch;
            let now = |y: u32| &sketch.row(tile.top + y)[tile.left as usize..];
            if let Some(inner) = difference(tile, |y| old.row(y), now) {
                let rect = placed(inner, tile);
                parts.push((rect, Packed::of_picture(&old.crop(inner))));
                changed.sketch = changed.sketch.union(rect);
            }
        }
        if parts.is_empty() {
            self.note_sketch(Dirty::NONE);
            return;
        }
        let what = match stroke.mode() {
            StrokeMode::Paint => EditName::Sketch,
            StrokeMode::Erase => EditName::EraseSketch,
        };
        self.record(what, Other::Sketch(parts), changed);
    }

    /// As [`apply`](Self::apply), where there is a sketch.
    pub(super) fn apply_over_sketch(&mut self, what: EditName, patch: &Patch) {
        let rect = patch.rect();
        let seen = self.seen_in(rect);
        if seen == *patch.pixels() {
            return;
        }
        let old = self.content.picture.crop(rect);
        let old_sketch = Packed::of_picture(&self.content.sketch_in(rect));
        let left = rect.left as usize;
        let picture = Arc::make_mut(&mut self.content.picture);
        for (y, (new, seen)) in (rect.top..).zip(patch.pixels().rows().zip(seen.rows())) {
            let pixels = &mut picture.row_mut(y)[left..];
            for ((pixel, new), seen) in pixels.iter_mut().zip(new).zip(seen) {
                if new != seen {
                    *pixel = *new;
                }
            }
        }
        let sketch = self.content.sketch_mut();
        for (y, (new, seen)) in (rect.top..).zip(patch.pixels().rows().zip(seen.rows())) {
            let pixels = &mut sketch.row_mut(y)[left..];
            for ((pixel, new), seen) in pixels.iter_mut().zip(new).zip(seen) {
                if new != seen && *pixel != [0; 4] {
                    *pixel = [0; 4];
                }
            }
        }
        self.record_layers(what, rect, old, old_sketch);
    }

    fn record_layers(&mut self, what: EditName, rect: Rect, old: Picture, sketch: Packed<4>) {
        let changed = Dirty {
            picture: rect,
            sketch: rect,
            ..Dirty::NONE
        };
        self.record(what, Other::Layers(rect, old, sketch), changed);
    }

    /// Brings what is derived of the sketch up to date, and lets go of a sketch of which nothing is seen.
    pub(super) fn note_sketch(&mut self, changed: Dirty) {
        self.seen.take();
        if changed.resized {
            self.sketch_tally = None;
        }
        let Some(sketch) = &self.content.sketch else {
            self.sketch_tally = None;
            return;
        };
        let size = sketch.size();
        let tally = self.sketch_tally.get_or_insert_with(|| Tally::empty(size));
        if !changed.sketch.is_empty() {
            tally.update_alpha(sketch, changed.sketch);
        }
        if tally.bounds().is_none() {
            self.content.sketch = None;
            self.sketch_tally = None;
        }
    }
}

/// A rectangle cut into squares of at most [`TILE`] pixels a side.
fn tiles(rect: Rect) -> impl Iterator<Item = Rect> {
    let starts = |start: u32, end: u32| (start..end).step_by(TILE as usize);
    starts(rect.top, rect.bottom).flat_map(move |top| {
        starts(rect.left, rect.right)
            .map(move |left| Rect::new(left, top, left + TILE, top + TILE).intersection(rect))
    })
}

/// A sketch for a picture of `size`: pixels of alpha 0 all 0, as files have them of any colour.
///
/// # Panics
/// When it is of another size.
pub(super) fn checked(mut sketch: Arc<Picture>, size: Size) -> Arc<Picture> {
    assert_eq!(sketch.size(), size, "a sketch over a picture");
    let colored = |pixel: &[u8; 4]| pixel[3] == 0 && *pixel != [0; 4];
    if sketch.pixels().iter().any(colored) {
        for pixel in Arc::make_mut(&mut sketch).pixels_mut() {
            if pixel[3] == 0 {
                *pixel = [0; 4];
            }
        }
    }
    sketch
}
