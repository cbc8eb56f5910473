//! What is edited: the picture, its mask, the sketch over it, the stroke in the making, undo, and the results not yet decided on.
//!
//! Coordinates are picture pixels: (0, 0) is the top left corner of the top left pixel, whose centre is (0.5, 0.5).
//!
//! Does not know how any of it is shown, which tool or key asked for it, or what repaints: a running job holds clones of the two `Arc`s, and the next edit copies.

mod before;
mod edit_name;
mod fork;
pub mod gallery;
mod history;
mod packed;
mod prepare;
mod reopen;
mod result;
mod shape;
mod sketch;
mod stroke;
mod tally;

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use crate::raster::{Mask, Patch, Picture, Rect, Size};

pub use before::Before;
pub use edit_name::EditName;
pub use fork::Fork;
pub use gallery::{Candidate, CandidateId, Gallery};
pub use result::{Base, RepaintResult};
pub use shape::Shape;
pub use sketch::Ink;
pub use stroke::{Brush, Segment, Stroke, StrokeMode, StrokePoint, coverage};

use history::{Content, Edit, History, Other};
use packed::Packed;
use tally::Tally;

/// The budget of a new history: 1 GiB.
const HISTORY_BUDGET: usize = 1 << 30;

/// What has changed since someone last looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dirty {
    /// Where the picture changed.
    pub picture: Rect,
    /// Where the mask changed.
    pub mask: Rect,
    /// Where the sketch changed.
    pub sketch: Rect,
    /// Whether the size may have changed; all rectangles are then the whole of the new one.
    pub resized: bool,
}

impl Dirty {
    /// Nothing.
    pub const NONE: Self = Self {
        picture: Rect::EMPTY,
        mask: Rect::EMPTY,
        sketch: Rect::EMPTY,
        resized: false,
    };

    /// Everything, of a picture of `size`.
    pub const fn all(size: Size) -> Self {
        Self {
            picture: Rect::of(size),
            mask: Rect::of(size),
            sketch: Rect::of(size),
            resized: true,
        }
    }

    /// What changed then, and what changed after it.
    fn and(self, later: Self) -> Self {
        if later.resized {
            return later;
        }
        Self {
            picture: self.picture.union(later.picture),
            mask: self.mask.union(later.mask),
            sketch: self.sketch.union(later.sketch),
            resized: self.resized,
        }
    }
}

/// A document's mask, with what is known of it.
pub struct Masked {
    mask: Arc<Mask>,
    tally: Tally,
}

impl Masked {
    /// Width and height.
    pub fn size(&self) -> Size {
        self.mask.size()
    }
}

/// A picture, its mask and the sketch over it under the artist's hands.
pub struct Document {
    content: Content,
    /// Of the mask.
    tally: Tally,
    /// Of the sketch's alpha, where there is a sketch.
    sketch_tally: Option<Tally>,
    /// The picture with the sketch over it, for as long as someone holds it.
    seen: RefCell<Weak<Picture>>,
    /// The stroke in the making, and what it is drawn with.
    wet: Option<(Ink, Stroke)>,
    history: History,
    dirty: Dirty,
    /// As `dirty`, for whoever writes changes down.
    unrecorded: Dirty,
    /// The highest revision given so far.
    newest: u64,
}

impl Document {
    /// A picture with an empty mask and nothing to undo.
    pub fn new(picture: Picture) -> Self {
        let size = picture.size();
        let mask = Arc::new(Mask::filled(size, 0));
        let tally = Tally::empty(size);
        Self::with_masked(picture, Masked { mask, tally })
    }

    /// A picture and its mask with nothing to undo.
    ///
    /// # Panics
    /// When their sizes differ.
    pub fn with_mask(picture: impl Into<Arc<Picture>>, mask: impl Into<Arc<Mask>>) -> Self {
        let mask = mask.into();
        let tally = Tally::new(&mask);
        Self::with_masked(picture, Masked { mask, tally })
    }

    /// A picture and the mask of another document, with nothing to undo; next to no work.
    ///
    /// # Panics
    /// When their sizes differ.
    pub fn with_masked(picture: impl Into<Arc<Picture>>, masked: Masked) -> Self {
        let picture = picture.into();
        let Masked { mask, tally } = masked;
        assert_eq!(picture.size(), mask.size(), "a picture and its mask");
        let size = picture.size();
        Self {
            tally,
            content: Content {
                picture,
                mask,
                sketch: None,
                revision: 0,
                geometry: 0,
            },
            sketch_tally: None,
            seen: RefCell::default(),
            wet: None,
            history: History::new(HISTORY_BUDGET),
            dirty: Dirty::all(size),
            unrecorded: Dirty::all(size),
            newest: 0,
        }
    }

    /// The mask, to be another document's.
    pub fn masked(&self) -> Masked {
        Masked {
            mask: Arc::clone(&self.content.mask),
            tally: self.tally.clone(),
        }
    }

    /// Width and height of picture, mask and sketch.
    pub fn size(&self) -> Size {
        self.content.picture.size()
    }

    /// The picture, without the sketch; a clone of the `Arc` keeps this state of it.
    pub fn picture(&self) -> &Arc<Picture> {
        &self.content.picture
    }

    /// The mask, without the stroke in the making; a clone of the `Arc` keeps this state of it.
    pub fn mask(&self) -> &Arc<Mask> {
        &self.content.mask
    }

    /// Share of the picture that the mask repaints, in `[0, 1]`, as [`Mask::coverage`]; kept with every edit, so that asking costs nothing.
    pub fn coverage(&self) -> f64 {
        self.tally.coverage()
    }

    /// The smallest rectangle around the mask, as [`Mask::bounds`]; kept with every edit, so that asking costs nothing.
    pub fn mask_bounds(&self) -> Option<Rect> {
        self.tally.bounds()
    }

    /// Starts a stroke over the mask; one still in the making is ended first.
    pub fn begin_stroke(&mut self, mode: StrokeMode, brush: Brush, at: StrokePoint) {
        self.begin_with(Ink::Mask, mode, brush, at);
    }

    fn begin_with(&mut self, ink: Ink, mode: StrokeMode, brush: Brush, at: StrokePoint) {
        self.end_stroke();
        let mut stroke = Stroke::new(mode, brush);
        stroke.push(at);
        self.wet = Some((ink, stroke));
    }

    /// Leads the stroke in the making on; nothing without one.
    pub fn extend_stroke(&mut self, to: StrokePoint) {
        if let Some((_, stroke)) = &mut self.wet {
            stroke.push(to);
        }
    }

    /// Lays the stroke in the making over the mask or the sketch: one undo step, unless it changes nothing.
    pub fn end_stroke(&mut self) {
        let Some((ink, stroke)) = self.wet.take() else {
            return;
        };
        if let Ink::Color(color) = ink {
            self.lay_over_sketch(color, &stroke);
            return;
        }
        let what = match stroke.mode() {
            StrokeMode::Paint => EditName::Stroke,
            StrokeMode::Erase => EditName::Erase,
        };
        let bounds = stroke.bounds(self.size());
        self.change_mask(what, bounds, |mask| stroke.rasterise(mask));
    }

    /// Forgets the stroke in the making.
    pub fn drop_stroke(&mut self) {
        self.wet = None;
    }

    /// The stroke in the making.
    pub fn wet(&self) -> Option<&Stroke> {
        self.wet.as_ref().map(|(_, stroke)| stroke)
    }

    /// What the stroke in the making is drawn with.
    pub fn wet_ink(&self) -> Option<Ink> {
        self.wet.as_ref().map(|&(ink, _)| ink)
    }

    /// Adds a shape to the mask or takes it away, its edges antialiased: one undo step, unless it changes nothing.
    pub fn combine(&mut self, what: EditName, shape: &Shape, mode: StrokeMode) {
        let size = self.size();
        self.change_mask(what, shape.bounds(size), |mask| {
            shape.rasterise(size, |y, left, covers| {
                for (value, &cover) in mask.row_mut(y)[left..].iter_mut().zip(covers) {
                    *value = mode.lay(*value, cover);
                }
            });
        });
    }

    /// Puts another mask in place of this one: one undo step that keeps only the rectangle in which they differ, and none where they do not.
    ///
    /// # Panics
    /// When the new mask is of another size.
    pub fn edit_mask(&mut self, what: EditName, edit: impl FnOnce(&Mask) -> Mask) {
        let new = edit(&self.content.mask);
        assert_eq!(new.size(), self.size(), "a mask of the same size");
        let whole = Rect::of(new.size());
        let old = &self.content.mask;
        let Some(rect) = difference(whole, |y| old.row(y), |y| new.row(y)) else {
            return;
        };
        let old = std::mem::replace(&mut self.content.mask, Arc::new(new));
        self.record(
            what,
            Other::Mask(rect, Packed::of_mask(&old.crop(rect))),
            Dirty {
                mask: rect,
                ..Dirty::NONE
            },
        );
    }

    /// Makes a patch what is [seen](Self::seen): one undo step, unless it changes nothing.
    ///
    /// Where it equals what is seen neither picture nor sketch changes; elsewhere the picture takes its pixels, and the sketch becomes transparent.
    ///
    /// # Panics
    /// When its rectangle does not lie inside the picture.
    pub fn apply(&mut self, what: EditName, patch: &Patch) {
        if self.content.sketch.is_some() {
            self.apply_over_sketch(what, patch);
            return;
        }
        let rect = patch.rect();
        let old = self.content.picture.crop(rect);
        if old == *patch.pixels() {
            return;
        }
        Arc::make_mut(&mut self.content.picture).paste(patch);
        let changed = Dirty {
            picture: rect,
            ..Dirty::NONE
        };
        self.record(what, Other::Picture(rect, old), changed);
    }

    /// Puts another picture, mask and sketch in place of these, of any size: one undo step. A stroke in the making is forgotten.
    ///
    /// # Panics
    /// When their sizes differ from each other.
    pub fn replace(
        &mut self,
        what: EditName,
        picture: Picture,
        mask: Mask,
        sketch: Option<Picture>,
    ) {
        let size = picture.size();
        assert_eq!(size, mask.size(), "a picture and its mask");
        self.wet = None;
        let sketch = sketch.map(|sketch| sketch::checked(sketch.into(), size));
        let content = &mut self.content;
        let picture = std::mem::replace(&mut content.picture, Arc::new(picture));
        let mask = std::mem::replace(&mut content.mask, Arc::new(mask));
        let sketch = std::mem::replace(&mut content.sketch, sketch);
        self.record(what, Other::Whole(picture, mask, sketch), Dirty::all(size));
    }

    /// Takes the last edit back, and says what it was; a stroke in the making is forgotten.
    pub fn undo(&mut self) -> Option<EditName> {
        self.wet = None;
        let (what, changed) = self.history.undo(&mut self.content)?;
        self.note(changed);
        Some(what)
    }

    /// Does the last edit taken back again, and says what it was; a stroke in the making is forgotten.
    pub fn redo(&mut self) -> Option<EditName> {
        self.wet = None;
        let (what, changed) = self.history.redo(&mut self.content)?;
        self.note(changed);
        Some(what)
    }

    /// What [`undo`](Self::undo) would take back.
    pub fn undo_name(&self) -> Option<EditName> {
        self.history.undo_name()
    }

    /// What [`redo`](Self::redo) would do again.
    pub fn redo_name(&self) -> Option<EditName> {
        self.history.redo_name()
    }

    /// What has changed since the last call; everything at the first. The stroke in the making changes nothing.
    pub fn take_dirty(&mut self) -> Dirty {
        std::mem::replace(&mut self.dirty, Dirty::NONE)
    }

    /// As [`take_dirty`](Self::take_dirty), for whoever writes changes down: both are told of every change.
    pub fn take_unrecorded(&mut self) -> Dirty {
        std::mem::replace(&mut self.unrecorded, Dirty::NONE)
    }

    /// The number of this state of picture and mask: equal numbers, equal content. Undoing an edit brings its old number back.
    pub fn revision(&self) -> u64 {
        self.content.revision
    }

    /// The [revisions](Self::revision) of this state and of those that undoing leads back to, newest first.
    pub fn past(&self) -> impl Iterator<Item = u64> {
        std::iter::once(self.revision()).chain(self.history.past())
    }

    /// Memory that undo and redo keep; counted as the larger side of each edit, so that undoing never changes it.
    pub fn history_bytes(&self) -> usize {
        self.history.bytes()
    }

    /// Sets how much memory undo and redo may keep, 1 GiB at first; beyond it the oldest edits are dropped, but never the last one.
    pub fn set_history_budget(&mut self, bytes: usize) {
        self.history.set_budget(bytes);
    }

    /// Changes the mask inside `bounds`, and records what really changed.
    fn change_mask(&mut self, what: EditName, bounds: Rect, change: impl FnOnce(&mut Mask)) {
        if bounds.is_empty() {
            return;
        }
        let old = self.content.mask.crop(bounds);
        change(Arc::make_mut(&mut self.content.mask));
        let mask = &self.content.mask;
        let now = |y: u32| &mask.row(bounds.top + y)[bounds.left as usize..];
        let Some(inner) = difference(bounds, |y| old.row(y), now) else {
            return;
        };
        let rect = placed(inner, bounds);
        let old = Packed::of_mask(&old.crop(inner));
        let changed = Dirty {
            mask: rect,
            ..Dirty::NONE
        };
        self.record(what, Other::Mask(rect, old), changed);
    }

    /// Adds an undo step for a change just made.
    fn record(&mut self, what: EditName, other: Other, changed: Dirty) {
        self.newest += 1;
        let revision = std::mem::replace(&mut self.content.revision, self.newest);
        let geometry = self.content.geometry;
        if changed.resized {
            self.content.geometry = self.newest;
        }
        let edit = Edit::new(what, other, [revision, geometry], &self.content);
        self.history.push(edit);
        self.note(changed);
    }

    /// Brings what is derived from the content up to date.
    fn note(&mut self, changed: Dirty) {
        for dirty in [&mut self.dirty, &mut self.unrecorded] {
            *dirty = dirty.and(changed);
        }
        if changed.resized {
            self.tally = Tally::new(&self.content.mask);
        } else if !changed.mask.is_empty() {
            self.tally.update(&self.content.mask, changed.mask);
        }
        self.note_sketch(changed);
    }
}

/// The smallest rectangle around all values in which two rasters of `rect` differ, counted from its corner; given by their rows, of which no more than the width is looked at.
fn difference<'a, T: PartialEq + 'a>(
    rect: Rect,
    old: impl Fn(u32) -> &'a [T],
    new: impl Fn(u32) -> &'a [T],
) -> Option<Rect> {
    let width = rect.size().width as usize;
    (0..rect.size().height)
        .filter_map(|y| {
            let (a, b) = (&old(y)[..width], &new(y)[..width]);
            if a == b {
                return None;
            }
            let differs = |(a, b): (&T, &T)| a != b;
            let first = a.iter().zip(b).position(differs)?;
            let last = a.iter().zip(b).rposition(differs)?;
            Some(Rect::new(first as u32, y, last as u32 + 1, y + 1))
        })
        .reduce(Rect::union)
}

/// A rectangle counted from the corner of `outer`, counted from the picture's.
fn placed(inner: Rect, outer: Rect) -> Rect {
    Rect::new(
        outer.left + inner.left,
        outer.top + inner.top,
        outer.left + inner.right,
        outer.top + inner.bottom,
    )
}
