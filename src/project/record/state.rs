//! What the frames of a journal add up to.
//!
//! Does not know how they are written.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::{Change, Facts, Piece};
use crate::project::{Pending, Work};
use crate::raster::file::Metadata;
use crate::raster::{Mask, Patch, Picture, Rect, Size};

/// What the frames so far add up to.
#[derive(Default)]
pub(super) struct State {
    picture: Option<Picture>,
    mask: Option<Mask>,
    sketch: Option<Picture>,
    before: Option<Patch>,
    facts: Option<Facts>,
    metadata: Metadata,
    candidates: BTreeMap<u64, Pending>,
}

impl State {
    /// Applies a payload; nothing of it when any part makes no sense.
    pub fn apply(&mut self, mut payload: &[u8]) -> Option<()> {
        let mut changes = Vec::new();
        let mut size = self.picture.as_ref().map(Picture::size);
        while !payload.is_empty() {
            let change = Change::decode(&mut payload)?;
            if let Change::Size(other) = change {
                size = Some(other);
            }
            if !fits(&change, size) {
                return None;
            }
            changes.push(change);
        }
        for change in changes {
            self.take(change);
        }
        Some(())
    }

    fn take(&mut self, change: Change) {
        match change {
            Change::Size(size) => {
                self.picture = Some(Picture::filled(size, [0; 4]));
                self.mask = Some(Mask::filled(size, 0));
                self.sketch = None;
                self.before = None;
            }
            Change::Picture(rect, piece) => {
                if let Some(picture) = &mut self.picture {
                    picture.paste(&Patch::new(rect, owned(piece)));
                }
            }
            Change::Mask(rect, piece) => {
                if let Some(mask) = &mut self.mask {
                    mask.swap(rect, &mut owned(piece));
                }
            }
            Change::Sketch(rect, piece) => {
                if let Some(picture) = &self.picture {
                    let empty = || Picture::filled(picture.size(), [0; 4]);
                    let sketch = self.sketch.get_or_insert_with(empty);
                    sketch.paste(&Patch::new(rect, owned(piece)));
                }
            }
            Change::NoSketch => self.sketch = None,
            Change::Before(before) => self.before = before,
            Change::BeforeOf(before) => self.before = Some(before.patch()),
            Change::Facts(facts) => self.facts = Some(*facts),
            Change::Metadata(metadata) => self.metadata = metadata,
            Change::Candidate(id, pending) => {
                self.candidates.insert(id, pending);
            }
            Change::Dropped(id) => {
                self.candidates.remove(&id);
            }
        }
    }

    /// What the work was called, and the work; none before a first frame.
    pub fn work(self) -> Option<(String, Work)> {
        let facts = self.facts?;
        let work = Work {
            picture: Arc::new(self.picture?),
            mask: Arc::new(self.mask?),
            sketch: self.sketch.map(Arc::new),
            before: self.before,
            metadata: self.metadata,
            source: facts.source,
            recipe: facts.recipe,
            others: facts.others,
            made: facts.made,
            candidates: self.candidates.into_values().collect(),
        };
        Some((facts.title, work))
    }
}

/// Whether a change can be made to a picture of that size.
fn fits(change: &Change, size: Option<Size>) -> bool {
    let inside = |rect: Rect| size.is_some_and(|size| Rect::of(size).contains(rect));
    match change {
        Change::Picture(rect, _) | Change::Mask(rect, _) | Change::Sketch(rect, _) => inside(*rect),
        Change::Before(Some(patch)) => inside(patch.rect()),
        _ => true,
    }
}

fn owned<T: Clone>(piece: Piece<T>) -> T {
    match piece {
        Piece::Cut(part) => part,
        Piece::Of(whole) => Arc::unwrap_or_clone(whole),
    }
}
