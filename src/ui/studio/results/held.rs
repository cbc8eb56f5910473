//! Results as they are kept beyond the program's end, and taken in again.
//!
//! Does not know files.

use super::{Origin, Results};
use crate::engine::canvas_size;
use crate::project::{Held, Pending};
use crate::raster::Rect;
use crate::recipe::infotext::{self, Extras};
use crate::ui::studio::Studio;
use crate::ui::studio::link::Base;

impl Studio {
    /// The results that were made for the open picture, oldest first; no others can be used any more.
    pub(in crate::ui) fn held(&self) -> Vec<Held<'_>> {
        let results = &self.results;
        let held = results.gallery.iter().filter_map(|candidate| {
            let origin = results.origins.get(&candidate.id)?;
            (origin.base.picture == self.base.picture).then_some(Held {
                id: candidate.id.0,
                recipe: &candidate.recipe,
                patch: &candidate.patch,
                base: origin.base.size,
                steps: origin.steps,
                seconds: candidate.seconds,
            })
        });
        held.collect()
    }

    /// The number of the open picture, counted from the first that was opened.
    pub(in crate::ui) fn picture(&self) -> u64 {
        self.base.picture
    }

    /// Puts results that were kept in the place of those that are there; none is selected. Gives how many had no place or made no sense.
    pub(in crate::ui) fn restore(&mut self, kept: Vec<Pending>) -> usize {
        let base = self.base;
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
        let extras = Extras {
            masked: true,
            ..Extras::default()
        };
        let infotext = infotext::write(&kept.recipe, &extras);
        let (id, dropped) = self
            .gallery
            .push(kept.recipe, kept.patch, base.revision, kept.seconds);
        self.origins
            .insert(id, Origin::new(base, kept.steps, infotext));
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
