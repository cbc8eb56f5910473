//! Running it: ONNX Runtime, devices, model directories, and the thread that owns them.
//!
//! An [`Engine`] is a thread that does one [`Job`] after the other, each with the [`Kit`] that it names, and beside each other those repaints that several servers can do; what was loaded stays in memory as far as there is room. Its owner talks to it in [`message`]s and stops a job through its [`Cancel`].
//!
//! Does not know windows, documents or command lines.

mod handle;
pub mod kit;
pub mod message;
mod outbox;
mod worker;

pub mod cancel;
pub mod device;
pub mod embedding;
pub mod error;
mod exported;
mod flavours;
pub mod runtime;

pub mod catalog;
mod checkpoint;
mod configs;
mod controlnet;
mod family;
mod few_steps;
mod fixed;
mod folder;
pub mod graph;
mod identity;
mod loading;
mod painting;
mod part;
mod source;
mod wire;

mod added_tokens;
mod captioner;
mod clip_vocabulary;
pub mod detector;
pub mod lora;
mod memory;
pub mod model_hash;
mod names;
mod network;
pub mod onnx;
mod ports;
pub mod remote;
mod replicas;
pub mod repository;
pub mod sam;
mod scaling;
mod segmenter;
mod sessions;
mod shelf;
mod single;
mod stage;
mod tagger;
mod tensor;
mod text_encoder;
mod text_source;
mod tflite;
mod tiles;
pub mod token_count;
pub mod tokenizer;
mod upscaler;
pub mod weights;

pub use cancel::Cancel;
pub use captioner::{CaptionDetail, Captioned, captioner_files};
pub use catalog::ModelSource;
pub use controlnet::BUILT_IN as BUILT_IN_CONTROL;
pub use detector::{Detect, Subject, choice_told, told_of};
pub use device::{Device, DevicesReport};
pub use error::EngineError;
pub use family::{family_of_width, native_side};
pub use handle::Engine;
pub use identity::{FileKind, Identity, identify};
pub use kit::{Kit, KitControl, KitLora, Strength};
pub use memory::free_on_disk;
pub use message::{
    Command, Event, FindMask, Job, JobId, Loading, Made, ModelInfo, Outcome, Previews, Repaint,
    Timings, Upscale, Work,
};
pub use onnx::OnnxNetworks;
pub use remote::{Address, Remote, RemoteNetworks};
pub use sam::{Candidate, FindObject, Prompt, PromptPoint};
pub use shelf::{ShelfReport, Shelved};
pub use source::BUILT_IN_NAME;
pub use tagger::{TAG_LISTS, Tagged, check_tagger, tag_list};
pub use token_count::{TokenCount, TokenCounter};
pub use upscaler::check_upscaler;

pub use crate::diffusion::networks::{Halt, ModelSpec, PredictionKind, UnetInput};
pub use crate::diffusion::plan::{
    Frame, PlanError, ResultCanvas, SuggestedSize, blurred, canvas_size, check, check_canvas,
    check_recipe, shown_to_control,
};
pub use crate::diffusion::prompt::check::mistakes as prompt_mistakes;
pub use crate::diffusion::prompt::readable::make_readable;
pub use crate::diffusion::prompt::schedule::{
    Mistake as PromptMistake, Role as PromptRole, Severity as PromptSeverity,
};
pub use crate::diffusion::spacing::steps_to_run;
