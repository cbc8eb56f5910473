//! A job in flight: how far it is, and what becomes of it.
//!
//! Does not know other jobs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::texts::studio as texts;
use super::progress::Pace;
use super::queue::JobExtras;
use crate::document::{Base, RepaintResult};
use crate::engine::model_hash::ModelHash;
use crate::engine::{Cancel, EngineError, JobId, Loading, Made, Outcome, Remote, Timings};
use crate::raster::Patch;
use crate::recipe::Recipe;
use crate::recipe::infotext::{self, Extras};

/// A job in flight.
pub struct Running {
    /// Its name.
    pub id: JobId,
    /// What was asked.
    pub recipe: Recipe,
    /// How many pictures it makes.
    pub batch: usize,
    /// What it repaints.
    pub base: Base,
    /// What else there is to it.
    pub order: JobExtras,
    /// The network that is being loaded for it, while one is.
    pub loading: Option<Loading>,
    /// How far it is.
    pub pace: Pace,
    /// What the model has in mind, and its number among all previews.
    pub preview: Option<(u64, Arc<Patch>)>,
    /// Whether it was asked to stop.
    pub stopping: bool,
    /// How long the job before took after its last step.
    pub tail: Duration,
    /// Stops it.
    pub cancel: Cancel,
    /// Where its networks run, if not here.
    pub remote: Option<Remote>,
    /// What came of it, while it waits for jobs before it.
    pub outcome: Option<Result<Outcome, EngineError>>,
}

impl Running {
    /// Stops it.
    pub fn stop(&mut self) {
        self.cancel.cancel();
        self.stopping = true;
    }

    /// Whether it ended.
    pub fn is_done(&self) -> bool {
        self.outcome.is_some()
    }

    /// Whether others can run beside it.
    pub fn is_spread(&self) -> bool {
        let remote = self.remote.as_ref();
        remote.is_some_and(|remote| !remote.others.is_empty())
    }

    /// How far the job is, one short line.
    pub fn progress(&self) -> String {
        match &self.loading {
            Some(part) if !self.stopping => texts::loading(Some(part)),
            _ => {
                let pace = self.pace.times(Instant::now(), self.tail);
                texts::progress(self.pace.steps(), pace, self.stopping)
            }
        }
    }

    /// The result of the picture of that number, from 0.
    pub fn result(&self, index: u64, made: &Made, patch: Patch) -> RepaintResult {
        let recipe = self.recipe.nth(index);
        let known = made.loras.iter();
        let known = known.filter_map(|(name, hash)| Some((name.clone(), hash.known()?.to_owned())));
        let known: Vec<_> = known.collect();
        let more = infotext::with_lora_hashes(self.order.beside.clone(), &recipe.prompt, &known);
        let extras = Extras {
            size: Some((made.rendered.width, made.rendered.height)),
            model: Some(&made.model),
            model_hash: made.model_hash.as_ref().and_then(ModelHash::known),
            masked: made.masked,
            more: &more,
        };
        RepaintResult {
            infotext: infotext::write(&recipe, &extras),
            recipe: recipe.with_literal_prompts(),
            base: self.base.size,
            model: made.model.clone(),
            device: made.device.to_string(),
            steps: made.timings.steps.len(),
            seconds: seconds(&made.timings),
            series: self.order.series,
            starred: false,
            patch: Arc::new(patch),
        }
    }
}

/// All that a job took.
fn seconds(timings: &Timings) -> f32 {
    let Timings {
        text,
        encode,
        steps,
        decode,
        composite,
        parts: _,
    } = timings;
    let steps: Duration = steps.iter().sum();
    (*text + *encode + steps + *decode + *composite).as_secs_f32()
}
