//! Results as they are kept beyond the program's end, and taken in again.
//!
//! Does not know files.

use super::Results;
use crate::document::{Base, Candidate, Document, RepaintResult};
use crate::engine::canvas_size;
use crate::raster::Rect;
use crate::recipe::parsed::Others;
use crate::ui::studio::Studio;

impl Studio {
    /// The results that were made for the open picture, oldest first; no others can be used any more.
    pub(in crate::ui) fn held(&self) -> Vec<&Candidate> {
        let usable = |candidate: &&Candidate| {
            let base = candidate.base;
            // One that lies elsewhere in a picture of this size would seem to fit once undo is gone.
            let misplaced = base.size == self.base.size && base.geometry != self.base.geometry;
            base.picture == self.base.picture && !misplaced
        };
        self.results.gallery.iter().filter(usable).collect()
    }

    /// Whether something was made of the picture that is open.
    pub(in crate::ui) fn is_of_open(&self, base: Base) -> bool {
        base.picture == self.base.picture
    }

    /// Whether what was made from a document lies where it lay, in the open picture.
    pub(in crate::ui) fn fits_now(&self, base: Base) -> bool {
        let now = self.base;
        (base.picture, base.size, base.geometry) == (now.picture, now.size, now.geometry)
    }

    /// How many results of the open picture are not in it.
    pub(in crate::ui) fn unkept(&self) -> usize {
        let held = self.held().into_iter();
        held.filter(|one| !self.kept.holds(&one.result.infotext))
            .count()
    }

    /// The number of the open picture, counted from the first that was opened.
    pub(in crate::ui) fn picture(&self) -> u64 {
        self.base.picture
    }

    /// Puts results that were kept in the place of those that are there; none is selected. Gives how many had no place or made no sense.
    ///
    /// `others` is what the source of the recipe said beside it, `made` how the picture was made, as text.
    pub(in crate::ui) fn restore(
        &mut self,
        document: &Document,
        others: Option<Others>,
        made: Option<String>,
        kept: Vec<RepaintResult>,
    ) -> usize {
        self.others = others;
        if let Some(made) = made {
            self.kept.add(document, made);
        }
        let base = self.base;
        // What a result was made with is not made again.
        self.seed_used = kept.iter().any(|kept| kept.recipe.seed == self.recipe.seed);
        // Presses to come are not those of the run that made them.
        let last = kept.iter().map(|kept| kept.series).max();
        self.series = self.series.max(last.unwrap_or(0).min(u64::MAX / 2));
        let results = &mut self.results;
        results.discard_all();
        let mut lost = 0;
        for result in kept {
            match makes_sense(&result) {
                true => lost += results.restore(result, base),
                false => lost += 1,
            }
        }
        lost
    }
}

impl Results {
    fn restore(&mut self, kept: RepaintResult, now: Base) -> usize {
        let base = Base {
            size: kept.base,
            ..now
        };
        let (_, dropped) = self.gallery.push(kept, base);
        self.forget_all(&dropped)
    }
}

/// Whether a result lies in the picture that it was made from; files may say anything.
fn makes_sense(kept: &RepaintResult) -> bool {
    let elsewhere = canvas_size(kept.base, true, &kept.recipe) != kept.base;
    elsewhere || Rect::of(kept.base).contains(kept.patch.rect())
}
