//! Results as they are kept beyond the program's end, and taken in again.
//!
//! Does not know files.

use super::{Origin, Results};
use crate::document::Document;
use crate::engine::canvas_size;
use crate::project::{Held, Pending};
use crate::raster::Rect;
use crate::recipe::parsed::Others;
use crate::ui::studio::Studio;
use crate::ui::studio::queue::Base;

impl Studio {
    /// The results that were made for the open picture, oldest first; no others can be used any more.
    pub(in crate::ui) fn held(&self) -> Vec<Held<'_>> {
        let results = &self.results;
        let held = results.gallery.iter().filter_map(|candidate| {
            let origin = results.origins.get(&candidate.id)?;
            let base = origin.base;
            // One that lies elsewhere in a picture of this size would seem to fit once undo is gone.
            let misplaced = base.size == self.base.size && base.geometry != self.base.geometry;
            (base.picture == self.base.picture && !misplaced).then_some(Held {
                id: candidate.id.0,
                recipe: &candidate.recipe,
                patch: &candidate.patch,
                base: origin.base.size,
                steps: origin.steps,
                seconds: candidate.seconds,
                infotext: &origin.infotext,
            })
        });
        held.collect()
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
        kept: Vec<Pending>,
    ) -> usize {
        self.others = others;
        if let Some(made) = made {
            self.kept.add(document, made);
        }
        let base = self.base;
        // What a result was made with is not made again.
        self.seed_used = kept.iter().any(|kept| kept.recipe.seed == self.recipe.seed);
        let results = &mut self.results;
        results.discard_all();
        let mut lost = 0;
        for pending in kept {
            match makes_sense(&pending) {
                true => lost += results.restore(pending, base),
                false => lost += 1,
            }
        }
        lost
    }
}

impl Results {
    fn restore(&mut self, kept: Pending, now: Base) -> usize {
        let base = Base {
            size: kept.base,
            ..now
        };
        let (id, dropped) = self
            .gallery
            .push(kept.recipe, kept.patch, base.revision, kept.seconds);
        self.origins
            .insert(id, Origin::new(base, kept.steps, kept.infotext));
        for candidate in &dropped {
            self.forget(candidate.id);
        }
        dropped.len()
    }
}

/// Whether a result lies in the picture that it was made from; files may say anything.
fn makes_sense(kept: &Pending) -> bool {
    let elsewhere = canvas_size(kept.base, true, &kept.recipe) != kept.base;
    elsewhere || Rect::of(kept.base).contains(kept.patch.rect())
}
