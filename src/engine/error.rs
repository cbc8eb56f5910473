//! What can go wrong while loading or running a model: one line each, with what to do about it.

use std::path::{Path, PathBuf};

use super::device::Device;
use super::remote::Address;
use super::runtime::{NO_TELEMETRY, RuntimeReport};
use super::stage::StageError;
use crate::diffusion::networks::Halt;
use crate::diffusion::plan::PlanError;
use crate::raster::Size;
use crate::raster::file::MAX_SIDE;

/// Why the engine cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No usable ONNX Runtime library in any of the places.
    #[error("no usable ONNX Runtime library{}; {}", first_refusal(.0), RuntimeReport::how_to_get_it())]
    RuntimeMissing(Box<RuntimeReport>),
    /// The library was loaded but does not start.
    #[error("ONNX Runtime does not start: {0}")]
    RuntimeFailed(String),
    /// The library would report to its vendor.
    #[error(
        "ONNX Runtime is not started, since it would report to its vendor; set {}={} in the environment",
        NO_TELEMETRY.0,
        NO_TELEMETRY.1
    )]
    Telemetry,
    /// A device that was asked for by name cannot be had.
    #[error("the device `{device}` cannot be used: {reason}")]
    DeviceUnavailable {
        /// What was asked for.
        device: Device,
        /// ONNX Runtime's reason.
        reason: String,
    },
    /// A model, or a file of it, is missing, damaged or of a kind that cannot be run.
    #[error("{}: {problem}", path.display())]
    Model {
        /// The model's directory or the file in question.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A graph does not have the inputs and outputs of its role.
    #[error("{}: expected {expected}, found {found}", file.display())]
    Mismatch {
        /// The graph's file.
        file: PathBuf,
        /// What the role asks for.
        expected: String,
        /// What the graph declares.
        found: String,
    },
    /// A server cannot be used, or lacks a network that is to run there.
    #[error("{address}: {problem}")]
    Server {
        /// Where it is.
        address: Address,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The weights do not fit.
    #[error(
        "the model's weights take {} of memory and {} are free; close other programs or choose a smaller model",
        gigabytes(*needed),
        gigabytes(*available)
    )]
    OutOfMemory {
        /// Bytes that the weights take.
        needed: u64,
        /// Bytes that the system can give.
        available: u64,
    },
    /// There is no detector for what is looked for.
    #[error("{0}")]
    Detector(String),
    /// What is pointed at cannot be looked for.
    #[error("{0}")]
    Prompt(String),
    /// A job came before a model.
    #[error("no model is loaded; choose one first")]
    NoModel,
    /// What was asked for cannot be done.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A picture would become too large.
    #[error(
        "the picture would be {0} on the way, and sides can be up to {MAX_SIDE} pixels; choose a smaller factor, or an upscaler of less"
    )]
    TooLarge(Size),
    /// A network failed while it ran.
    #[error(transparent)]
    Run(Halt),
    /// Loading was stopped by its owner.
    #[error("loading was stopped")]
    LoadStopped,
    /// More commands than may wait.
    #[error("the engine is at work; wait for it, or stop its job")]
    Busy,
    /// The engine's thread is gone; [`Engine::restart`](super::Engine::restart) brings a new one.
    #[error(
        "the engine stopped unexpectedly; try again, and if it stops again, repaint a smaller area or choose the device cpu"
    )]
    WorkerGone,
}

impl EngineError {
    /// Whether it is a server's, and not of what was asked for: another may do what it could not.
    pub(super) fn is_of(&self, server: &Address) -> bool {
        let there = |file: &Path| file.starts_with(server.to_string());
        match self {
            Self::Server { address, .. } => address == server,
            Self::Model { path: file, .. } | Self::Mismatch { file, .. } => there(file),
            Self::Run(Halt::Network(fault)) => {
                let failed = fault.downcast_ref::<StageError>();
                let unopened = fault.downcast_ref::<Self>();
                failed.is_some_and(|failed| there(&failed.file) && !failed.refused)
                    || unopened.is_some_and(|error| error.is_of(server))
            }
            _ => false,
        }
    }
}

pub(super) fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

fn first_refusal(report: &RuntimeReport) -> String {
    report
        .refusals()
        .next()
        .map_or_else(String::new, |refusal| format!(" ({refusal})"))
}
