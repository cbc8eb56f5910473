//! Undo by exchange: an edit holds the other content of the rectangle that it changed.
//!
//! Undoing and redoing are the same exchange; the edit only moves between two stacks.
//! Law: exchanged twice, the content is what it was.
//!
//! Does not know what made an edit, beyond its name.

use std::collections::VecDeque;
use std::sync::Arc;

use super::packed::Packed;
use super::{Dirty, EditName};
use crate::raster::{Mask, Picture, Rect};

/// What is edited, and the number of this state of it.
#[derive(Clone)]
pub(super) struct Content {
    pub(super) picture: Arc<Picture>,
    pub(super) mask: Arc<Mask>,
    /// What was drawn over the picture, transparent around it; none where that is nothing.
    pub(super) sketch: Option<Arc<Picture>>,
    /// Equal numbers, equal content.
    pub(super) revision: u64,
    /// Equal numbers, each pixel where it was: the revision that the picture was last replaced in as a whole.
    pub(super) geometry: u64,
}

impl Content {
    /// Whether it is the very same, and was not even edited and brought back since.
    pub(super) fn is(&self, other: &Self) -> bool {
        let sketch = |content: &Self| content.sketch.as_ref().map(Arc::as_ptr);
        self.revision == other.revision
            && Arc::ptr_eq(&self.picture, &other.picture)
            && Arc::ptr_eq(&self.mask, &other.mask)
            && sketch(self) == sketch(other)
    }

    /// The part of the sketch inside `rect`.
    pub(super) fn sketch_in(&self, rect: Rect) -> Picture {
        match &self.sketch {
            Some(sketch) => sketch.crop(rect),
            None => Picture::filled(rect.size(), [0; 4]),
        }
    }

    /// The sketch, to draw on; one of nothing where there is none.
    ///
    /// The memory of that comes zeroed from the system, which gives it when it is written to: a sketch takes what was drawn on of it.
    pub(super) fn sketch_mut(&mut self) -> &mut Picture {
        let size = self.picture.size();
        let nothing = || Arc::new(Picture::filled(size, [0; 4]));
        Arc::make_mut(self.sketch.get_or_insert_with(nothing))
    }

    /// Exchanges the part of the sketch inside `rect` with what is packed.
    fn swap_sketch(&mut self, rect: Rect, packed: &mut Packed<4>) {
        let mut other = packed.unpack_picture(rect.size());
        self.sketch_mut().swap(rect, &mut other);
        *packed = Packed::of_picture(&other);
    }
}

/// The other side of one change.
pub(super) struct Edit {
    pub(super) what: EditName,
    /// Shared with whoever puts together what was [before](super::Before).
    pub(super) other: Arc<Other>,
    /// The content's numbers on the other side.
    revision: u64,
    geometry: u64,
    /// Memory that it takes, on the side where it takes more: undoing and redoing never make it more.
    bytes: usize,
}

/// What an edit keeps.
#[derive(Clone, Debug)]
pub(super) enum Other {
    /// Part of the mask, packed.
    Mask(Rect, Packed<1>),
    /// Part of the picture.
    Picture(Rect, Picture),
    /// Parts of the sketch, packed, none over another: a long stroke changes little of the rectangle around it.
    Sketch(Vec<(Rect, Packed<4>)>),
    /// The same part of picture and sketch.
    Layers(Rect, Picture, Packed<4>),
    /// Picture, mask and sketch, whole; their size may differ.
    Whole(Arc<Picture>, Arc<Mask>, Option<Arc<Picture>>),
}

impl Edit {
    /// The edit that led to `content` from what `other` keeps, whose revision and geometry are given.
    pub(super) fn new(
        what: EditName,
        other: Other,
        [revision, geometry]: [u64; 2],
        content: &Content,
    ) -> Self {
        let whole = |picture: &Picture, sketch: &Option<_>| {
            picture.size().area() * if sketch.is_some() { 9 } else { 5 }
        };
        let sketch = |rect: Rect, packed: &Packed<4>| {
            let now = Packed::of_picture(&content.sketch_in(rect));
            packed.bytes().max(now.bytes())
        };
        let kept = match &other {
            Other::Mask(rect, packed) => {
                let now = Packed::of_mask(&content.mask.crop(*rect));
                packed.bytes().max(now.bytes())
            }
            Other::Picture(_, picture) => picture.size().area() * 4,
            Other::Sketch(parts) => parts
                .iter()
                .map(|(rect, packed)| sketch(*rect, packed))
                .sum(),
            Other::Layers(rect, picture, packed) => {
                picture.size().area() * 4 + sketch(*rect, packed)
            }
            Other::Whole(picture, _, sketch) => {
                whole(picture, sketch).max(whole(&content.picture, &content.sketch))
            }
        };
        Self {
            what,
            other: Arc::new(other),
            revision,
            geometry,
            bytes: kept + size_of::<Self>(),
        }
    }

    /// Exchanges what the edit keeps with the content; a sketch may be left of which nothing is seen.
    pub(super) fn swap(&mut self, content: &mut Content) -> Dirty {
        std::mem::swap(&mut self.revision, &mut content.revision);
        std::mem::swap(&mut self.geometry, &mut content.geometry);
        match Arc::make_mut(&mut self.other) {
            Other::Mask(rect, packed) => {
                let mut other = packed.unpack_mask(rect.size());
                Arc::make_mut(&mut content.mask).swap(*rect, &mut other);
                *packed = Packed::of_mask(&other);
                Dirty {
                    mask: *rect,
                    ..Dirty::NONE
                }
            }
            Other::Picture(rect, other) => {
                Arc::make_mut(&mut content.picture).swap(*rect, other);
                Dirty {
                    picture: *rect,
                    ..Dirty::NONE
                }
            }
            Other::Sketch(parts) => {
                let mut changed = Dirty::NONE;
                for (rect, packed) in parts {
                    content.swap_sketch(*rect, packed);
                    changed.sketch = changed.sketch.union(*rect);
                }
                changed
            }
            Other::Layers(rect, other, packed) => {
                Arc::make_mut(&mut content.picture).swap(*rect, other);
                content.swap_sketch(*rect, packed);
                Dirty {
                    picture: *rect,
                    sketch: *rect,
                    ..Dirty::NONE
                }
            }
            Other::Whole(picture, mask, sketch) => {
                std::mem::swap(picture, &mut content.picture);
                std::mem::swap(mask, &mut content.mask);
                std::mem::swap(sketch, &mut content.sketch);
                Dirty::all(content.picture.size())
            }
        }
    }
}

/// Edits before and after the present, within a number of bytes.
pub(super) struct History {
    /// Oldest first.
    undo: VecDeque<Edit>,
    /// The next one to redo last.
    redo: Vec<Edit>,
    budget: usize,
}

impl History {
    pub(super) fn new(budget: usize) -> Self {
        Self {
            undo: VecDeque::new(),
            redo: Vec::new(),
            budget,
        }
    }

    /// Adds an edit just made; what had been undone is gone.
    pub(super) fn push(&mut self, edit: Edit) {
        self.redo.clear();
        self.undo.push_back(edit);
        self.trim();
    }

    /// Adds the edits of a history that began at the present.
    pub(super) fn append(&mut self, later: &mut Self) {
        for edit in later.undo.drain(..) {
            self.push(edit);
        }
    }

    /// Exchanges the newest edit with the content.
    pub(super) fn undo(&mut self, content: &mut Content) -> Option<(EditName, Dirty)> {
        let mut edit = self.undo.pop_back()?;
        let done = (edit.what, edit.swap(content));
        self.redo.push(edit);
        Some(done)
    }

    /// Exchanges the edit that was undone last with the content.
    pub(super) fn redo(&mut self, content: &mut Content) -> Option<(EditName, Dirty)> {
        let mut edit = self.redo.pop()?;
        let done = (edit.what, edit.swap(content));
        self.undo.push_back(edit);
        Some(done)
    }

    /// What undoing would take back.
    pub(super) fn undo_name(&self) -> Option<EditName> {
        self.undo.back().map(|edit| edit.what)
    }

    /// What redoing would bring back.
    pub(super) fn redo_name(&self) -> Option<EditName> {
        self.redo.last().map(|edit| edit.what)
    }

    /// The edits before the present, newest first.
    pub(super) fn done(&self) -> impl Iterator<Item = &Edit> {
        self.undo.iter().rev()
    }

    /// The numbers of the states that undoing leads back to, newest first.
    pub(super) fn past(&self) -> impl Iterator<Item = u64> {
        self.done().map(|edit| edit.revision)
    }

    /// Memory that the edits keep at most, whichever way they are exchanged.
    pub(super) fn bytes(&self) -> usize {
        let edits = self.undo.iter().chain(&self.redo);
        edits.map(|edit| edit.bytes).sum()
    }

    pub(super) fn budget(&self) -> usize {
        self.budget
    }

    pub(super) fn set_budget(&mut self, bytes: usize) {
        self.budget = bytes;
        self.trim();
    }

    /// Drops the oldest edits beyond the budget, but never the only one; what lies farthest ahead goes when nothing lies behind.
    fn trim(&mut self) {
        let mut bytes = self.bytes();
        while bytes > self.budget && self.undo.len() + self.redo.len() > 1 {
            let dropped = match self.undo.pop_front() {
                Some(edit) => edit,
                None => self.redo.remove(0),
            };
            bytes -= dropped.bytes;
        }
    }
}
