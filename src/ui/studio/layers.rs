//! What lies over the picture: a result, outlines, or what the model has in mind.
//!
//! Does not know how it is drawn.

use std::sync::Arc;

use super::Studio;
use super::results::Results;
use crate::canvas::Layer;
use crate::document::Candidate;
use crate::engine::canvas_size;

fn layer_of(candidate: &Candidate) -> Layer {
    Layer {
        id: candidate.id.0 * 2,
        patch: Arc::clone(&candidate.result.patch),
    }
}

impl Studio {
    /// What lies over the picture now: the candidate that is looked at, else outlines of what was found, else the running job's preview.
    pub fn layer(&self) -> Option<Layer> {
        self.shown().map(|(layer, _)| layer)
    }

    /// Names what of that is to be judged without a mask over it: a candidate, or the job whose previews are shown, the same for all of them.
    pub fn judged(&self) -> Option<u64> {
        self.shown()?.1
    }

    /// The candidate that the one that is looked at is held against, where both are shown in their place.
    pub fn held_against(&self) -> Option<Layer> {
        let (shown, _) = self.results.looked_at()?;
        let other = self.results.against()?;
        let fits = |one| Results::fits_in_place(one, self.base);
        let both = other.id != shown.id && fits(other) && fits(shown);
        both.then(|| layer_of(other))
    }

    /// What lies over the picture, and what is judged of it.
    fn shown(&self) -> Option<(Layer, Option<u64>)> {
        let candidate = self.results.looked_at().and_then(|(candidate, by_hand)| {
            let fits = Results::fits_in_place(candidate, self.base);
            fits.then(|| (layer_of(candidate), by_hand))
        });
        let preview = || {
            let running = self.queue.running()?;
            let (number, patch) = running.preview.as_ref()?;
            let size = canvas_size(running.base.size, true, &running.recipe);
            let belongs = running.base.picture == self.base.picture
                && running.base.geometry == self.base.geometry
                && size == self.base.size;
            let layer = Layer {
                id: number * 2 + 1,
                patch: Arc::clone(patch),
            };
            belongs.then_some((layer, Some(u64::MAX - running.id.0)))
        };
        let judged = |layer: Layer| {
            let id = layer.id;
            (layer, Some(id))
        };
        match (candidate, self.fix.layer()) {
            (Some((layer, true)), _) => Some(judged(layer)),
            (_, Some(outlines)) => Some((outlines, None)),
            (other, None) => preview().or(other.map(|(layer, _)| judged(layer))),
        }
    }
}
