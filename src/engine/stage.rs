//! One network as a session: numbers in, numbers out, stoppable.
//!
//! Does not know what the network is for.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use half::f16;
use half::slice::HalfFloatSliceExt as _;
use ndarray::{Array, ArrayD, ArrayViewD, Dim, Dimension, IxDyn};
use ort::logging::LogLevel;
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Tensor, TensorElementType};

use super::cancel::Cancel;
use super::device::{Device, one_line};
use super::error::EngineError;
use super::graph::Element;
use super::network::Form;
use super::runtime::Runtime;
use super::source::GraphBytes;
use crate::diffusion::networks::Halt;

/// The networks that run in every step.
pub(super) const UNET: &str = "UNet";
pub(super) const CONTROLNET: &str = "ControlNet";
const EVERY_STEP: [&str; 2] = [UNET, CONTROLNET];

/// Runs in every tile of a picture.
pub(super) const UPSCALER: &str = "upscaler";

/// Inputs of one run, by name.
pub(super) type Inputs<N = &'static str> = Vec<(N, SessionInputValue<'static>)>;

/// A network that several models may have.
pub(super) type SharedStage = Arc<Mutex<Stage>>;

/// The network alone; one thread runs it, so that nothing is ever waited for.
pub(super) fn alone(stage: &SharedStage) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A network that is ready to run.
pub(super) struct Stage {
    session: Session,
    name: &'static str,
    file: PathBuf,
    /// Whether what it computed with is given back after each run.
    gives_back: bool,
}

/// A network that failed, named.
#[derive(Debug, thiserror::Error)]
#[error("the {stage} failed ({}): {message}", file.display())]
struct StageError {
    stage: &'static str,
    file: PathBuf,
    message: String,
}

impl Stage {
    /// Makes a session of a graph; one that is written has a form.
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
            GraphBytes::File { .. } | GraphBytes::Memory(_) => None,
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
                GraphBytes::Memory(bytes) => builder.commit_from_memory(bytes),
                GraphBytes::Network(_) | GraphBytes::Changed(_) => {
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
        Ok(Self {
            session,
            name,
            file: file.to_owned(),
            gives_back: device == Device::Cpu && !EVERY_STEP.contains(&name) && name != UPSCALER,
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
        let options = match cancel.run_options(self.gives_back) {
            Ok(Some(options)) => options,
            Ok(None) => return Err(Halt::Cancelled),
            Err(error) => return Err(self.error(error.message())),
        };
        let result = self
            .session
            .run_with_options(inputs, &options)
            .and_then(|outputs| {
                let output = |name: &&str| {
                    outputs
                        .get(*name)
                        .ok_or_else(|| ort::Error::new(format!("no output `{name}`")))
                        .and_then(read)
                };
                names.iter().map(output).collect::<Result<Vec<_>, _>>()
            });
        if cancel.is_cancelled() {
            return Err(Halt::Cancelled);
        }
        let values = result.map_err(|error| self.error(error.message()))?;
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
    ) -> Result<SessionInputValue<'static>, Halt> {
        let shape = values.shape().to_vec();
        feed_floats(element, shape, values.iter().copied().collect())
            .map_err(|error| self.error(error.message()))
    }

    /// Token ids `[batch, n]`, every row the same.
    pub(super) fn feed_ids(
        &self,
        element: Element,
        ids: &[u32],
        batch: usize,
    ) -> Result<SessionInputValue<'static>, Halt> {
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
    ) -> Result<SessionInputValue<'static>, Halt> {
        feed_numbers(element, shape.to_vec(), numbers).map_err(|error| self.error(error.message()))
    }

    /// A timestep of shape `[]`, `[1]` or longer; rounded to nearest where the graph wants integers.
    pub(super) fn feed_timestep(
        &self,
        element: Element,
        timestep: f64,
        shape: &[usize],
    ) -> Result<SessionInputValue<'static>, Halt> {
        let timestep = if element.is_integer() {
            timestep.round()
        } else {
            timestep
        };
        self.feed_numbers(element, shape, &vec![timestep; shape.iter().product()])
    }

    /// The error that names this network.
    pub(super) fn error(&self, message: &str) -> Halt {
        Halt::Network(Box::new(StageError {
            stage: self.name,
            file: self.file.clone(),
            message: one_line(message),
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

/// Converts to the graph's type.
fn feed_numbers(
    element: Element,
    shape: Vec<usize>,
    numbers: &[f64],
) -> ort::Result<SessionInputValue<'static>> {
    let numbers = numbers.iter();
    Ok(match element {
        Element::I32 => {
            let whole: Vec<_> = numbers.map(|number| *number as i32).collect();
            Tensor::from_array((shape, whole))?.into()
        }
        Element::I64 => {
            let whole: Vec<_> = numbers.map(|number| *number as i64).collect();
            Tensor::from_array((shape, whole))?.into()
        }
        Element::F64 => Tensor::from_array((shape, numbers.copied().collect::<Vec<_>>()))?.into(),
        float => feed_floats(float, shape, numbers.map(|number| *number as f32).collect())?,
    })
}

/// Converts to the graph's floating-point type.
fn feed_floats(
    element: Element,
    shape: Vec<usize>,
    values: Vec<f32>,
) -> ort::Result<SessionInputValue<'static>> {
    Ok(match element {
        Element::F32 => Tensor::from_array((shape, values))?.into(),
        Element::F16 => {
            let mut halves = vec![f16::ZERO; values.len()];
            halves.convert_from_f32_slice(&values);
            Tensor::from_array((shape, halves))?.into()
        }
        Element::F64 => {
            Tensor::from_array((shape, values.into_iter().map(f64::from).collect::<Vec<_>>()))?
                .into()
        }
        Element::I32
        | Element::I64
        | Element::Bf16
        | Element::F8E4m3
        | Element::F8E5m2
        | Element::Other(_) => {
            return Err(ort::Error::new(format!(
                "{element} cannot be fed from floats"
            )));
        }
    })
}

/// An output as f32, whatever floating-point type it has.
fn read(value: &DynValue) -> ort::Result<ArrayD<f32>> {
    let (shape, values): (Vec<i64>, Vec<f32>) = match value.dtype().tensor_type() {
        Some(TensorElementType::Float16) => {
            let (shape, halves) = value.try_extract_tensor::<f16>()?;
            (shape.to_vec(), halves.to_f32_vec())
        }
        Some(TensorElementType::Float64) => {
            let (shape, doubles) = value.try_extract_tensor::<f64>()?;
            (
                shape.to_vec(),
                doubles.iter().map(|value| *value as f32).collect(),
            )
        }
        _ => {
            let (shape, values) = value.try_extract_tensor::<f32>()?;
            (shape.to_vec(), values.to_vec())
        }
    };
    let shape: Vec<usize> = shape
        .into_iter()
        .map(|side| usize::try_from(side).unwrap_or(0))
        .collect();
    ArrayD::from_shape_vec(IxDyn(&shape), values)
        .map_err(|error| ort::Error::new(error.to_string()))
}
