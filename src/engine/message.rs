//! What the engine's thread and its owner say to each other.
//!
//! The only messages in the program: everything else is plain calls.

use std::sync::Arc;
use std::time::Duration;

use super::cancel::Cancel;
use super::captioner::{CaptionDetail, Captioned};
use super::detector::Detect;
use super::device::{Device, DevicesReport};
use super::error::EngineError;
use super::kit::Kit;
use super::model_hash::ModelHash;
use super::remote;
use super::sam::{Candidate, FindObject};
use super::shelf::ShelfReport;
use super::tagger::Tagged;
use super::token_count::TokenCounter;
use crate::detection::Found;
use crate::diffusion::networks::ModelSpec;
use crate::raster::heat::Heat;
use crate::raster::{Mask, Patch, Picture, Size};
use crate::recipe::Recipe;

/// Names a job to its owner; chosen by the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JobId(pub u64);

/// All that was asked for, as it was when the artist asked.
#[derive(Clone, Debug)]
pub struct Job {
    /// What is to be done.
    pub work: Work,
    /// With what.
    pub kit: Kit,
    /// On what.
    pub device: Device,
    /// Whether [`Event::Step`] should carry previews.
    pub previews: Previews,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Work {
    /// Repaint a part of a picture.
    Repaint(Repaint),
    /// Find hands, faces or people in a picture; of the job's kit nothing but its server is used, nor the device.
    Detect(Detect),
    /// Make a picture larger by an upscaler, which the kit's model is.
    Upscale(Upscale),
    /// Look where in a picture is what words say, by a network that the kit's model is.
    FindMask(FindMask),
    /// Say what is in a picture, by a tagger that the kit's model is.
    Tag(Arc<Picture>),
    /// Say in sentences what a picture shows; done by a captioner.
    Caption(Arc<Picture>, CaptionDetail),
    /// Look which thing of a picture is pointed at, by a network that the kit's model is.
    FindObject(FindObject),
}

impl Work {
    /// The networks that may do it on a server, by what they are called there.
    pub(super) fn networks(&self) -> &'static [&'static str] {
        match self {
            Self::Repaint(_) => &remote::ROLES,
            Self::Caption(..) => &[],
            Self::Upscale(_) => &[remote::UPSCALER],
            Self::FindMask(_) => &[remote::SEGMENTER, remote::SEGMENTER_TEXT],
            Self::Tag(_) => &[remote::TAGGER],
            Self::FindObject(_) => &[remote::SAM_ENCODER, remote::SAM_DECODER],
            Self::Detect(_) => &[
                remote::DETECTOR,
                remote::PALM_DETECTOR,
                remote::HAND_LANDMARKS,
                remote::DRAWN_HANDS,
                remote::CLEAN_HANDS,
                remote::FACE_DETECTOR,
            ],
        }
    }
}

/// A part of a picture to be repainted.
#[derive(Clone, Debug)]
pub struct Repaint {
    /// The whole picture.
    pub picture: Arc<Picture>,
    /// What to repaint; without one the whole picture.
    pub mask: Option<Arc<Mask>>,
    /// How.
    pub recipe: Recipe,
    /// Pictures that ControlNets of the recipe, by their places, are shown in the place of this one.
    pub control_pictures: Vec<Option<Arc<Picture>>>,
    /// How many pictures to make at once: the recipe's own, and the next of [`Recipe::nth`]. At least 1.
    pub batch: usize,
}

/// A picture to be made larger.
#[derive(Clone, Debug)]
pub struct Upscale {
    /// The picture.
    pub picture: Arc<Picture>,
    /// The size that it is to have; without one what the upscaler makes of it.
    pub size: Option<Size>,
    /// Side of the tiles that it is cut into, pixels; without one what is usual for the upscaler.
    pub tile: Option<u32>,
}

/// What is to be found in a picture.
#[derive(Clone, Debug)]
pub struct FindMask {
    /// The picture.
    pub picture: Arc<Picture>,
    /// What to look for, one text for each thing.
    pub words: Vec<String>,
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
    /// Make a kit ready before a job wants it.
    Load(Box<Kit>, Device, Cancel),
    /// Do a job; its kit is loaded first where it is not.
    Run(JobId, Box<Job>, Cancel),
    /// Hold models of at most so many bytes of weights at once; without a number, as many as the system can give.
    Memory(Option<u64>),
    /// Try every device, and say what each answers; where ONNX Runtime is not started yet, it is as for this one.
    Devices(Device),
}

/// From the engine to the owner.
#[derive(Debug)]
pub enum Event {
    /// A network of a model is being loaded, for [`Command::Load`] or for a job; may be dropped.
    Loading(Loading),
    /// [`Command::Load`] ended; never dropped.
    Loaded(Result<ModelInfo, EngineError>),
    /// Other models than before are held in memory, or more may be; never dropped.
    Shelf(ShelfReport),
    /// A step, or a tile, is done; may be dropped.
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
    /// What the owner should be told of a job before it runs, one line; never dropped.
    Noted(String),
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

/// How far the loading of a model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loading {
    /// The network that is being loaded.
    pub part: String,
    /// Bytes of the weights of those that are ready.
    pub done: u64,
    /// Bytes of the weights of all that are loaded.
    pub total: u64,
}

impl Loading {
    /// Share of the weights that is ready, in `[0, 1]`.
    #[must_use]
    pub fn fraction(&self) -> f32 {
        self.done as f32 / self.total.max(1) as f32
    }
}

/// How a job ended well.
#[derive(Debug)]
pub enum Outcome {
    /// With a result.
    Repainted {
        /// The part of the picture that the model saw, repainted: one for each picture of the batch, in the order of their seeds.
        patches: Vec<Patch>,
        /// How it was really done.
        made: Made,
    },
    /// With what was found, the surest first.
    Detected(Vec<Found>),
    /// With a larger picture.
    Upscaled {
        /// The picture.
        picture: Picture,
        /// Name of the upscaler that made it.
        model: String,
        /// What it ran on; never [`Device::Auto`].
        device: Device,
    },
    /// With how sure a network is of each place, for each of the words.
    Found {
        /// One heat map for each of the words, in their order.
        heats: Vec<Heat>,
        /// Name of the network.
        model: String,
        /// What it ran on; never [`Device::Auto`].
        device: Device,
    },
    /// With what a tagger sees.
    Tagged(Tagged),
    /// With what a captioner says.
    Captioned(Captioned),
    /// With what may be pointed at, in the network's order; nothing where nothing was pointed at yet.
    Pointed {
        /// The candidates.
        candidates: Vec<Candidate>,
        /// Name of the network.
        model: String,
        /// What it ran on; never [`Device::Auto`].
        device: Device,
    },
    /// Stopped by its owner.
    Cancelled,
}

/// How a job was really done.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Name of the model that did it.
    pub model: String,
    /// Hash of its checkpoint as the field writes it, where it is one file; a first one takes as long as reading the file, so that it may follow the result.
    pub model_hash: Option<ModelHash>,
    /// The LoRAs that changed it: what the prompt or their file calls them, and their hashes.
    pub loras: Vec<(String, ModelHash)>,
    /// What it ran on; never [`Device::Auto`].
    pub device: Device,
    /// The size that the model rendered at, pixels: the infotext's `Size`.
    pub rendered: Size,
    /// Whether a part was repainted, and not the whole picture.
    pub masked: bool,
    /// Where the time went.
    pub timings: Timings,
}

/// A loaded model.
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
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// In how many parts it was rendered, one after the other: 1, or the tiles of all its pictures.
    pub parts: usize,
}
