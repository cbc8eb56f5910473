//! What the engine's thread and its owner say to each other.
//!
//! The only messages in the program: everything else is plain calls.

use std::sync::Arc;
use std::time::Duration;

use super::cancel::Cancel;
use super::catalog::ModelSource;
use super::device::{Device, DevicesReport};
use super::error::EngineError;
use super::token_count::TokenCounter;
use crate::diffusion::networks::ModelSpec;
use crate::diffusion::plan::{Plan, PlanError};
use crate::raster::{Mask, Patch, Picture, Size};
use crate::recipe::Recipe;

/// Names a job to its owner; chosen by the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JobId(pub u64);

/// All that a repaint needs, as it was when the artist asked.
#[derive(Clone, Debug)]
pub struct Job {
    /// The whole picture.
    pub picture: Arc<Picture>,
    /// What to repaint; without one the whole picture.
    pub mask: Option<Arc<Mask>>,
    /// How.
    pub recipe: Recipe,
    /// How many pictures to make at once: the recipe's own, and the next of [`Recipe::nth`]. At least 1.
    pub batch: usize,
    /// Whether [`Event::Step`] should carry previews.
    pub previews: Previews,
}

impl Job {
    /// The size that a model would render the job at, pixels: the infotext's `Size`.
    ///
    /// # Errors
    /// [`PlanError`] when the job cannot be done.
    pub fn rendered_size(&self, spec: &ModelSpec) -> Result<Size, PlanError> {
        let mask = self.mask.as_deref();
        Ok(Plan::new(&self.picture, mask, &self.recipe, spec)?
            .frame
            .working)
    }
}

/// Which steps are shown while a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Previews {
    /// None.
    Off,
    /// Those that the owner keeps up with.
    Latest,
    /// Every one; the job waits for its owner.
    Every,
}

/// From the owner to the engine.
pub enum Command {
    /// Load a model; the one before is dropped first.
    Load(ModelSource, Device, Cancel),
    /// Repaint with the loaded model.
    Repaint(JobId, Job, Cancel),
    /// Try every device, and say what each answers.
    Devices,
}

/// From the engine to the owner.
#[derive(Debug)]
pub enum Event {
    /// A part of the model is being loaded; may be dropped.
    Loading(String),
    /// Loading ended; never dropped.
    Loaded(Result<ModelInfo, EngineError>),
    /// A step is done; may be dropped.
    Step {
        /// Whose step.
        job: JobId,
        /// Steps done, from 1.
        index: usize,
        /// Steps that this job runs.
        of: usize,
        /// What the model has in mind, in place; of a batch the first.
        preview: Option<Patch>,
    },
    /// A job ended; never dropped.
    Finished {
        /// Which job.
        job: JobId,
        /// How.
        outcome: Result<Outcome, EngineError>,
    },
    /// What there is to run on; never dropped.
    Devices(DevicesReport),
}

/// How a job ended well.
#[derive(Debug)]
pub enum Outcome {
    /// With a result.
    Repainted {
        /// The part of the picture that the model saw, repainted: one for each picture of the batch, in the order of their seeds.
        patches: Vec<Patch>,
        /// Where the time went.
        timings: Timings,
    },
    /// Stopped by its owner.
    Cancelled,
}

/// The loaded model.
#[derive(Clone, Debug)]
pub struct ModelInfo {
    /// What it is.
    pub spec: ModelSpec,
    /// What it runs on; never [`Device::Auto`].
    pub device: Device,
    /// What its owner should be told: fallbacks, missing configs.
    pub notes: Vec<String>,
    /// How long loading took.
    pub load: Duration,
    /// Counts the tokens that the model will read in a prompt.
    pub tokens: TokenCounter,
}

/// Where a job's time went.
#[derive(Clone, Debug, Default)]
pub struct Timings {
    /// Encoding the prompts.
    pub text: Duration,
    /// Encoding the picture.
    pub encode: Duration,
    /// Each step.
    pub steps: Vec<Duration>,
    /// Decoding the result.
    pub decode: Duration,
    /// Laying it over the picture.
    pub composite: Duration,
}
