//! What was seen before the results that were accepted, put together out of the history.
//!
//! Does not know how it is shown.

use std::sync::Arc;

use super::history::{Edit, Other};
use super::{Document, EditName, placed};
use crate::raster::{Patch, Picture, Rect};

/// What was seen before the accepted results, still to be put together: shares the memory of a document and its history.
#[derive(Clone, Debug)]
pub struct Before {
    rect: Rect,
    picture: Arc<Picture>,
    sketch: Option<Arc<Picture>>,
    /// Newest first.
    edits: Vec<Arc<Other>>,
}

impl Before {
    /// The rectangle that it fills.
    pub fn rect(&self) -> Rect {
        self.rect
    }

    /// Puts it together: as much work as the rectangles of the results hold pixels.
    pub fn patch(&self) -> Patch {
        let union = self.rect;
        let mut picture = self.picture.crop(union);
        let mut sketch = self.sketch.as_ref().map(|sketch| sketch.crop(union));
        // Newest first, so that the oldest has the last word.
        for edit in &self.edits {
            let mut put_sketch = |rect: Rect, old: Picture| {
                let nothing = || Picture::filled(union.size(), [0; 4]);
                put(sketch.get_or_insert_with(nothing), union, rect, &old);
            };
            match &**edit {
                Other::Picture(rect, old) => put(&mut picture, union, *rect, old),
                Other::Sketch(parts) => {
                    for (rect, old) in parts {
                        put_sketch(*rect, old.unpack_picture(rect.size()));
                    }
                }
                Other::Layers(rect, old, old_sketch) => {
                    put_sketch(*rect, old_sketch.unpack_picture(rect.size()));
                    put(&mut picture, union, *rect, old);
                }
                Other::Mask(..) | Other::Whole(..) => {}
            }
        }
        if let Some(sketch) = sketch {
            picture.lay(&sketch, Rect::of(union.size()));
        }
        Patch::new(union, picture)
    }
}

impl Document {
    /// What was [seen](Self::seen) over the rectangle around all accepted results that can still be undone, before the first of them; none without any.
    ///
    /// Where the picture was replaced as a whole, only results since then count. As much work as the rectangles hold pixels: keep it for as long as the [revision](Self::revision) stays.
    pub fn before(&self) -> Option<Patch> {
        self.before_shared().map(|before| before.patch())
    }

    /// As [`before`](Self::before), to be put together elsewhere; next to no work.
    pub fn before_shared(&self) -> Option<Before> {
        let results = || self.since_whole().enumerate().filter(is_result);
        let rect = results()
            .filter_map(|(_, edit)| edit.other.picture_rect())
            .fold(Rect::EMPTY, Rect::union);
        let (first, _) = results().last()?;
        let edits = self.since_whole().take(first + 1);
        Some(Before {
            rect,
            picture: Arc::clone(&self.content.picture),
            sketch: self.content.sketch.clone(),
            edits: edits.map(|edit| Arc::clone(&edit.other)).collect(),
        })
    }

    /// Whether there is a [`before`](Self::before), told without making it.
    pub fn has_before(&self) -> bool {
        self.since_whole().enumerate().any(|edit| is_result(&edit))
    }

    /// The edits since the picture was replaced as a whole, newest first.
    fn since_whole(&self) -> impl Iterator<Item = &Edit> {
        let edits = self.history.done();
        edits.take_while(|edit| !matches!(*edit.other, Other::Whole(..)))
    }
}

fn is_result((_, edit): &(usize, &Edit)) -> bool {
    edit.what == EditName::Result && edit.other.picture_rect().is_some()
}

impl Other {
    /// The part of the picture that it keeps.
    fn picture_rect(&self) -> Option<Rect> {
        match self {
            Self::Picture(rect, _) | Self::Layers(rect, ..) => Some(*rect),
            Self::Mask(..) | Self::Sketch(..) | Self::Whole(..) => None,
        }
    }
}

/// Puts what `old` holds of `outer` into a picture of that; `old` lies at `rect`.
fn put(picture: &mut Picture, outer: Rect, rect: Rect, old: &Picture) {
    let part = rect.intersection(outer);
    if !part.is_empty() {
        let old = old.crop(within(part, rect));
        picture.paste(&Patch::new(within(part, outer), old));
    }
}

/// A rectangle of the picture, counted from the corner of `outer`; the reverse of [`placed`].
fn within(part: Rect, outer: Rect) -> Rect {
    let inner = Rect::new(
        part.left - outer.left,
        part.top - outer.top,
        part.right - outer.left,
        part.bottom - outer.top,
    );
    debug_assert_eq!(placed(inner, outer), part);
    inner
}
