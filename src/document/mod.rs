//! What is edited: the picture and its mask, the stroke in the making, undo, and the results not yet decided on.
//!
//! Coordinates are picture pixels: (0, 0) is the top left corner of the top left pixel, whose centre is (0.5, 0.5).
//!
//! Does not know how any of it is shown, which tool or key asked for it, or what repaints: a running job holds clones of the two `Arc`s, and the next edit copies.

mod edit_name;
pub mod gallery;
mod history;
mod packed;
mod shape;
mod stroke;
mod tally;

use std::sync::Arc;

use crate::raster::{Axis, Mask, MaskFilter, Patch, Picture, Rect, Size};

pub use edit_name::EditName;
pub use gallery::{Candidate, CandidateId, Gallery};
pub use shape::Shape;
pub use stroke::{Brush, Segment, Stroke, StrokeMode, StrokePoint, coverage};

use history::{Changed, Content, Edit, History, Other};
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
    /// Whether the size may have changed; both rectangles are then the whole of the new one.
    pub resized: bool,
}

impl Dirty {
    /// Nothing.
    pub const NONE: Self = Self {
        picture: Rect::EMPTY,
        mask: Rect::EMPTY,
        resized: false,
    };

    /// Everything, of a picture of `size`.
    fn all(size: Size) -> Self {
        Self {
            picture: Rect::of(size),
            mask: Rect::of(size),
            resized: true,
        }
    }
}

/// A picture and its mask under the artist's hands.
pub struct Document {
    content: Content,
    tally: Tally,
    wet: Option<Stroke>,
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
        let mask = Mask::filled(picture.size(), 0);
        Self::with_mask(picture, mask)
    }

    /// A picture and its mask with nothing to undo.
    ///
    /// # Panics
    /// When their sizes differ.
    pub fn with_mask(picture: impl Into<Arc<Picture>>, mask: impl Into<Arc<Mask>>) -> Self {
        let (picture, mask) = (picture.into(), mask.into());
        assert_eq!(picture.size(), mask.size(), "a picture and its mask");
        let size = picture.size();
        Self {
            tally: Tally::new(&mask),
            content: Content {
                picture,
                mask,
                revision: 0,
            },
            wet: None,
            history: History::new(HISTORY_BUDGET),
            dirty: Dirty::all(size),
            unrecorded: Dirty::all(size),
            newest: 0,
        }
    }

    /// Width and height of picture and mask.
    pub fn size(&self) -> Size {
        self.content.picture.size()
    }

    /// The picture; a clone of the `Arc` keeps this state of it.
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

    /// Starts a stroke; one still in the making is ended first.
    pub fn begin_stroke(&mut self, mode: StrokeMode, brush: Brush, at: StrokePoint) {
        self.end_stroke();
        let mut stroke = Stroke::new(mode, brush);
        stroke.push(at);
        self.wet = Some(stroke);
    }

    /// Leads the stroke in the making on; nothing without one.
    pub fn extend_stroke(&mut self, to: StrokePoint) {
        if let Some(stroke) = &mut self.wet {
            stroke.push(to);
        }
    }

    /// Lays the stroke in the making over the mask: one undo step, unless it changes nothing.
    pub fn end_stroke(&mut self) {
        let Some(stroke) = self.wet.take() else {
            return;
        };
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
        self.wet.as_ref()
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
        let Some(rect) = difference(&self.content.mask, &new, Rect::of(new.size())) else {
            return;
        };
        let old = std::mem::replace(&mut self.content.mask, Arc::new(new));
        self.record(
            what,
            Other::Mask(rect, Packed::new(old.crop(rect).values())),
            Changed::Mask(rect),
        );
    }

    /// Puts a patch into the picture: one undo step, unless it changes nothing.
    ///
    /// # Panics
    /// When its rectangle does not lie inside the picture.
    pub fn apply(&mut self, what: EditName, patch: &Patch) {
        let rect = patch.rect();
        let old = self.content.picture.crop(rect);
        if old == *patch.pixels() {
            return;
        }
        Arc::make_mut(&mut self.content.picture).paste(patch);
        self.record(what, Other::Picture(rect, old), Changed::Picture(rect));
    }

    /// Puts another picture and mask in place of these, of any size: one undo step. A stroke in the making is forgotten.
    ///
    /// # Panics
    /// When their sizes differ from each other.
    pub fn replace(&mut self, what: EditName, picture: Picture, mask: Mask) {
        assert_eq!(picture.size(), mask.size(), "a picture and its mask");
        self.wet = None;
        let picture = std::mem::replace(&mut self.content.picture, Arc::new(picture));
        let mask = std::mem::replace(&mut self.content.mask, Arc::new(mask));
        self.record(what, Other::Both(picture, mask), Changed::Both);
    }

    /// Cuts picture and mask to `rect`; nothing where it holds no pixel of the picture, or all of them.
    pub fn crop(&mut self, rect: Rect) {
        let rect = rect.intersection(Rect::of(self.size()));
        if !rect.is_empty() && rect != Rect::of(self.size()) {
            self.prepare(EditName::Crop, |p| p.crop(rect), |m| m.crop(rect));
        }
    }

    /// Brings picture and mask to another size, the mask linearly; nothing where it is the same, or either is empty.
    pub fn scale(&mut self, size: Size) {
        if size != self.size() && !size.is_empty() && !self.size().is_empty() {
            let mask = |mask: &Mask| mask.resize(size, MaskFilter::Bilinear);
            self.prepare(EditName::Scale, |picture| picture.resize(size), mask);
        }
    }

    /// Turns picture and mask clockwise; nothing for whole turns.
    pub fn rotate(&mut self, quarter_turns: u32) {
        if !quarter_turns.is_multiple_of(4) {
            self.prepare(
                EditName::Rotate,
                |picture| picture.rotated(quarter_turns),
                |mask| mask.rotated(quarter_turns),
            );
        }
    }

    /// Mirrors picture and mask.
    pub fn flip(&mut self, axis: Axis) {
        self.prepare(EditName::Flip, |p| p.flipped(axis), |m| m.flipped(axis));
    }

    fn prepare(
        &mut self,
        what: EditName,
        picture: impl FnOnce(&Picture) -> Picture,
        mask: impl FnOnce(&Mask) -> Mask,
    ) {
        let (picture, mask) = (picture(&self.content.picture), mask(&self.content.mask));
        self.replace(what, picture, mask);
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

    /// The picture's own pixels over the rectangle around all accepted results that can still be undone, as they were before the first of them; none without any.
    ///
    /// Where the picture was replaced as a whole, only results since then count. As much work as the rectangles hold pixels: keep it for as long as the [revision](Self::revision) stays.
    pub fn before(&self) -> Option<Patch> {
        let pieces = || {
            self.history
                .done()
                .take_while(|edit| !matches!(edit.other, Other::Both(..)))
                .filter_map(|edit| match &edit.other {
                    Other::Picture(rect, pixels) => Some((edit.what, *rect, pixels)),
                    Other::Mask(..) | Other::Both(..) => None,
                })
        };
        let results = || {
            pieces()
                .enumerate()
                .filter(|(_, piece)| piece.0 == EditName::Result)
        };
        let union = results()
            .map(|(_, (_, rect, _))| rect)
            .fold(Rect::EMPTY, Rect::union);
        let (first, _) = results().last()?;
        let mut pixels = self.content.picture.crop(union);
        // Newest first, so that the oldest has the last word.
        for (_, rect, old) in pieces().take(first + 1) {
            let part = rect.intersection(union);
            if part.is_empty() {
                continue;
            }
            let within = |part: Rect, outer: Rect| {
                Rect::new(
                    part.left - outer.left,
                    part.top - outer.top,
                    part.right - outer.left,
                    part.bottom - outer.top,
                )
            };
            let old = old.crop(within(part, rect));
            pixels.paste(&Patch::new(within(part, union), old));
        }
        Some(Patch::new(union, pixels))
    }

    /// Whether there is a [`before`](Self::before), told without making it.
    pub fn has_before(&self) -> bool {
        self.history
            .done()
            .take_while(|edit| !matches!(edit.other, Other::Both(..)))
            .any(|edit| edit.what == EditName::Result)
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
        let Some(inner) = difference(&old, &self.content.mask, bounds) else {
            return;
        };
        let rect = Rect::new(
            bounds.left + inner.left,
            bounds.top + inner.top,
            bounds.left + inner.right,
            bounds.top + inner.bottom,
        );
        let old = Packed::new(old.crop(inner).values());
        self.record(what, Other::Mask(rect, old), Changed::Mask(rect));
    }

    /// Adds an undo step for a change just made.
    fn record(&mut self, what: EditName, other: Other, changed: Changed) {
        self.newest += 1;
        let revision = std::mem::replace(&mut self.content.revision, self.newest);
        let edit = Edit::new(what, other, revision, &self.content);
        self.history.push(edit);
        self.note(changed);
    }

    /// Brings what is derived from the content up to date.
    fn note(&mut self, changed: Changed) {
        for dirty in [&mut self.dirty, &mut self.unrecorded] {
            match changed {
                Changed::Mask(rect) => dirty.mask = dirty.mask.union(rect),
                Changed::Picture(rect) => dirty.picture = dirty.picture.union(rect),
                Changed::Both => *dirty = Dirty::all(self.content.picture.size()),
            }
        }
        match changed {
            Changed::Mask(rect) => self.tally.update(&self.content.mask, rect),
            Changed::Picture(_) => {}
            Changed::Both => self.tally = Tally::new(&self.content.mask),
        }
    }
}

/// The smallest rectangle around all values in which `part` differs from what `whole` has in `rect`, counted from the corner of `rect`.
fn difference(part: &Mask, whole: &Mask, rect: Rect) -> Option<Rect> {
    let (left, width) = (rect.left as usize, rect.size().width as usize);
    (0..rect.size().height)
        .filter_map(|y| {
            let (a, b) = (part.row(y), &whole.row(rect.top + y)[left..][..width]);
            if a == b {
                return None;
            }
            let differs = |(a, b): (&u8, &u8)| a != b;
            let first = a.iter().zip(b).position(differs)?;
            let last = a.iter().zip(b).rposition(differs)?;
            Some(Rect::new(first as u32, y, last as u32 + 1, y + 1))
        })
        .reduce(Rect::union)
}
