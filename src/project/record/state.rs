//! What the frames of a journal add up to.
//!
//! Does not know how they are written.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::change::{Facts, Record};
use crate::document::RepaintResult;
use crate::project::{ControlPictures, Work};
use crate::raster::file::{self, Metadata};
use crate::raster::{Mask, Patch, Picture, Rect};

/// What the frames so far add up to.
#[derive(Default)]
pub(super) struct State {
    picture: Option<Picture>,
    mask: Option<Mask>,
    sketch: Option<Picture>,
    before: Option<Patch>,
    facts: Option<Facts>,
    control_pictures: ControlPictures,
    metadata: Metadata,
    results: BTreeMap<u64, RepaintResult>,
}

impl State {
    /// Applies the changes of a frame, each with its bytes unpacked; nothing of it when any would lie outside the picture.
    pub fn apply(&mut self, changes: Vec<(Record, Vec<u8>)>) -> Option<()> {
        let mut size = self.picture.as_ref().map(Picture::size);
        for (record, _) in &changes {
            let rect = match *record {
                Record::Size(new) if new.is_empty() => return None,
                Record::Size(new) if new.width.max(new.height) > file::MAX_SIDE => return None,
                Record::Size(new) => {
                    size = Some(new);
                    continue;
                }
                Record::Picture(rect) | Record::Mask(rect) | Record::Sketch(rect) => rect,
                Record::Before(Some(rect)) => rect,
                _ => continue,
            };
            if !Rect::of(size?).contains(rect) {
                return None;
            }
        }
        changes
            .into_iter()
            .try_for_each(|(record, bytes)| self.take(record, bytes))
    }

    fn take(&mut self, record: Record, bytes: Vec<u8>) -> Option<()> {
        match record {
            Record::Size(size) => {
                self.picture = Some(Picture::filled(size, [0; 4]));
                self.mask = Some(Mask::filled(size, 0));
                self.sketch = None;
                self.before = None;
            }
            Record::Picture(rect) => self.picture.as_mut()?.paste(&patch(rect, &bytes)),
            Record::Mask(rect) => {
                let mut mask = Mask::new(rect.size(), bytes);
                self.mask.as_mut()?.swap(rect, &mut mask);
            }
            Record::Sketch(rect) => {
                let size = self.picture.as_ref()?.size();
                let sketch = self.sketch.take();
                let sketch = sketch.unwrap_or_else(|| Picture::filled(size, [0; 4]));
                self.sketch.insert(sketch).paste(&patch(rect, &bytes));
            }
            Record::NoSketch => self.sketch = None,
            Record::Before(rect) => self.before = rect.map(|rect| patch(rect, &bytes)),
            Record::Facts(facts) => self.facts = Some(*facts),
            Record::ControlPicture(name, rect) => {
                let picture = patch(rect, &bytes).pixels().clone();
                self.control_pictures.insert(name, Arc::new(picture));
            }
            Record::NoControlPicture(name) => drop(self.control_pictures.remove(&name)),
            Record::Metadata { alpha } => {
                let png = file::decode(&bytes, Path::new("journal")).ok()?;
                self.metadata = Metadata {
                    alpha,
                    ..png.metadata
                };
            }
            Record::Result(id, rect, mut result) => {
                result.patch = Arc::new(patch(rect, &bytes));
                self.results.insert(id, *result);
            }
            Record::Dropped(id) => {
                self.results.remove(&id);
            }
        }
        Some(())
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
            control_pictures: self.control_pictures,
            others: facts.others,
            made: facts.made,
            candidates: self.results.into_values().collect(),
        };
        Some((facts.title, work))
    }
}

/// Pixels, four bytes each, at their place.
fn patch(rect: Rect, bytes: &[u8]) -> Patch {
    let (pixels, _) = bytes.as_chunks::<4>();
    Patch::new(rect, Picture::new(rect.size(), pixels.to_vec()))
}
