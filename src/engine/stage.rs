//! One network that can be run, as a session here or as a model of a server: numbers in, numbers out, stoppable.
//!
//! Does not know what the network is for.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ndarray::{Array, ArrayD, ArrayViewD, Dim, Dimension};
use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;

use super::cancel::Cancel;
use super::device::{Device, one_line};
use super::error::EngineError;
use super::graph::Element;
use super::network::Form;
use super::remote::Served;
use super::runtime::Runtime;
use super::source::GraphBytes;
use super::tensor::{Tensor, read};
use crate::diffusion::networks::Halt;

/// The networks that run in every step.
pub(super) const UNET: &str = "UNet";
pub(super) const CONTROLNET: &str = "ControlNet";
const EVERY_STEP: [&str; 2] = [UNET, CONTROLNET];

/// Runs in every tile of a picture.
pub(super) const UPSCALER: &str = "upscaler";

/// Inputs of one run, by name.
pub(super) type Inputs<N = &'static str> = Vec<(N, Tensor)>;

/// A network that several models may have.
pub(super) type SharedStage = Arc<Mutex<Stage>>;

/// The network alone; one thread runs it, so that nothing is ever waited for.
pub(super) fn alone(stage: &SharedStage) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A network that is ready to run.
pub(super) struct Stage {
    runner: Runner,
    name: &'static str,
    file: PathBuf,
}

/// What runs a network.
enum Runner {
    Here {
        session: Session,
        /// Whether what it computed with is given back after each run.
        gives_back: bool,
    },
    There(Arc<Served>),
}

/// A network that failed, named.
#[derive(Debug, thiserror::Error)]
#[error("the {stage} failed ({}): {message}", file.display())]
pub(super) struct StageError {
    stage: &'static str,
    pub file: PathBuf,
    message: String,
    /// Whether a server refused what it was asked for.
    pub refused: bool,
}

impl Stage {
    /// Makes a session of a graph, where it is not a server's; one that is written has a form.
    pub(super) fn open(
        runtime: &Runtime,
        device: Device,
        name: &'static str,
        file: &Path,
        bytes: &GraphBytes,
        form: Form,
        cancel: &Cancel,
    ) -> Result<Self, EngineError> {
        let built = match bytes {
            GraphBytes::Network(network) => Some(Arc::new(network.build(form)?)),
            GraphBytes::Changed(built) => Some(Arc::clone(built)),
            GraphBytes::File { .. } | GraphBytes::Memory { .. } => None,
            GraphBytes::Served(served) => {
                return Ok(Self {
                    runner: Runner::There(Arc::clone(served)),
                    name,
                    file: file.to_owned(),
                });
            }
        };
        let session = device
            .session_builder(runtime)
            .and_then(|mut builder| match bytes {
                _ if !cancel.watch_load(&builder) => Err(ort::Error::new("stopped")),
                GraphBytes::File { path, elsewhere } => {
                    for (location, file) in elsewhere {
                        let weights = std::fs::read(file).map_err(|error| {
                            ort::Error::new(format!("{}: {error}", file.display()))
                        })?;
                        builder = builder
                            .with_external_initializer_file_in_memory(location, weights.into())?;
                    }
                    builder.commit_from_file(path)
                }
                GraphBytes::Memory { bytes, borrowed } => {
                    for (location, lender) in borrowed {
                        let lender = Arc::from(*lender);
                        builder =
                            builder.with_external_initializer_file_in_memory(location, lender)?;
                    }
                    builder.commit_from_memory(bytes)
                }
                GraphBytes::Network(_) | GraphBytes::Changed(_) | GraphBytes::Served(_) => {
                    let Some(built) = built else {
                        return Err(ort::Error::new("there is no graph"));
                    };
                    let is_written = matches!(bytes, GraphBytes::Network(_));
                    if is_written && EVERY_STEP.contains(&name) && device == Device::Cpu {
                        // Level 3 brings convolutions into an order of the processor's, which takes 4 s and their weights twice, and makes no step faster (measured on Stable Diffusion 1.5; a VAE's decoding gains a tenth).
                        builder =
                            builder.with_optimization_level(GraphOptimizationLevel::Level2)?;
                    }
                    if form.stored {
                        // A warning for each weight that is not folded.
                        builder = builder.with_log_level(LogLevel::Error)?;
                    }
                    if let Some(folder) = &built.folder {
                        builder = builder.with_config_entry(
                            "session.model_external_initializers_file_folder_path",
                            folder.to_string_lossy(),
                        )?;
                    }
                    for (location, bytes) in &built.memory {
                        let bytes = Arc::clone(bytes);
                        builder =
                            builder.with_external_initializer_file_in_memory(location, bytes)?;
                    }
                    builder.commit_from_memory(&built.bytes)
                }
            });
        if cancel.is_cancelled() {
            return Err(EngineError::LoadStopped);
        }
        let session = session.map_err(|error| EngineError::Model {
            path: file.to_owned(),
            problem: format!(
                "ONNX Runtime cannot load it on {device}: {}",
                one_line(error.message())
            ),
        })?;
        let gives_back = device == Device::Cpu && !EVERY_STEP.contains(&name) && name != UPSCALER;
        Ok(Self {
            runner: Runner::Here {
                session,
                gives_back,
            },
            name,
            file: file.to_owned(),
        })
    }

    /// Runs the network and takes some of its outputs, which must be finite.
    pub(super) fn run<const N: usize>(
        &mut self,
        inputs: Inputs<impl Into<Cow<'static, str>>>,
        names: [&str; N],
        cancel: &Cancel,
    ) -> Result<[ArrayD<f32>; N], Halt> {
        let values = self.run_for(inputs, &names, cancel)?;
        values
            .try_into()
            .map_err(|_| self.error("it gave another number of outputs"))
    }

    /// The same of any number of outputs.
    pub(super) fn run_for(
        &mut self,
        inputs: Inputs<impl Into<Cow<'static, str>>>,
        names: &[&str],
        cancel: &Cancel,
    ) -> Result<Vec<ArrayD<f32>>, Halt> {
        let result = match &mut self.runner {
            Runner::Here {
                session,
                gives_back,
            } => run_here(session, inputs, names, cancel, *gives_back)
                .map_err(|message| (message, false)),
            Runner::There(served) => {
                let inputs = inputs.into_iter();
                let inputs: Vec<_> = inputs.map(|(name, fed)| (name.into(), fed)).collect();
                let done = served.run(&inputs, names, cancel);
                done.map_err(|trouble| (trouble.to_string(), trouble.is_of_request()))
            }
        };
        if cancel.is_cancelled() {
            return Err(Halt::Cancelled);
        }
        let values = result.map_err(|(message, refused)| self.failed(&message, refused))?;
        if !values.iter().flatten().all(|value| value.is_finite()) {
            return Err(Halt::NotFinite(self.name));
        }
        Ok(values)
    }

    /// Floats as the graph declares them.
    pub(super) fn feed(
        &self,
        element: Element,
        values: ArrayViewD<'_, f32>,
    ) -> Result<Tensor, Halt> {
        let shape = values.shape().to_vec();
        Tensor::of_floats(element, shape, values.iter().copied().collect())
            .map_err(|message| self.error(&message))
    }

    /// Token ids `[batch, n]`, every row the same.
    pub(super) fn feed_ids(
        &self,
        element: Element,
        ids: &[u32],
        batch: usize,
    ) -> Result<Tensor, Halt> {
        let shape = [batch, ids.len()];
        let ids: Vec<f64> = ids.repeat(batch).into_iter().map(f64::from).collect();
        let element = if element == Element::I32 {
            element
        } else {
            Element::I64
        };
        self.feed_numbers(element, &shape, &ids)
    }

    /// Numbers as the graph declares them, integers or not; there may be none.
    pub(super) fn feed_numbers(
        &self,
        element: Element,
        shape: &[usize],
        numbers: &[f64],
    ) -> Result<Tensor, Halt> {
        Tensor::of_numbers(element, shape.to_vec(), numbers).map_err(|message| self.error(&message))
    }

    /// A timestep of shape `[]`, `[1]` or longer; rounded to nearest where the graph wants integers.
    pub(super) fn feed_timestep(
        &self,
        element: Element,
        timestep: f64,
        shape: &[usize],
    ) -> Result<Tensor, Halt> {
        let timestep = if element.is_integer() {
            timestep.round()
        } else {
            timestep
        };
        self.feed_numbers(element, shape, &vec![timestep; shape.iter().product()])
    }

    /// The error that names this network.
    pub(super) fn error(&self, message: &str) -> Halt {
        self.failed(message, false)
    }

    fn failed(&self, message: &str, refused: bool) -> Halt {
        Halt::Network(Box::new(StageError {
            stage: self.name,
            file: self.file.clone(),
            message: one_line(message),
            refused,
        }))
    }

    /// An output with the shape that it must have.
    pub(super) fn shaped<const N: usize>(
        &self,
        values: ArrayD<f32>,
        shape: [usize; N],
    ) -> Result<Array<f32, Dim<[usize; N]>>, Halt>
    where
        Dim<[usize; N]>: Dimension,
    {
        if values.shape() == shape {
            values
                .into_dimensionality()
                .map_err(|error| self.error(&error.to_string()))
        } else {
            Err(self.error(&format!(
                "it gave an output of shape {:?} where {shape:?} was expected",
                values.shape()
            )))
        }
    }
}

/// Runs a session and takes some of its outputs.
fn run_here(
    session: &mut Session,
    inputs: Inputs<impl Into<Cow<'static, str>>>,
    names: &[&str],
    cancel: &Cancel,
    gives_back: bool,
) -> Result<Vec<ArrayD<f32>>, String> {
    let run = || {
        let Some(options) = cancel.run_options(gives_back)? else {
            return Err(ort::Error::new("stopped"));
        };
        let inputs = inputs
            .into_iter()
            .map(|(name, tensor)| Ok((name, tensor.into_value()?)))
            .collect::<ort::Result<Vec<_>>>()?;
        let outputs = session.run_with_options(inputs, &options)?;
        let output = |name: &&str| {
            outputs
                .get(*name)
                .ok_or_else(|| ort::Error::new(format!("no output `{name}`")))
                .and_then(read)
        };
        names.iter().map(output).collect::<ort::Result<Vec<_>>>()
    };
    run().map_err(|error: ort::Error| error.message().to_owned())
}
