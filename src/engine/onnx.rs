//! The networks of one model as ONNX Runtime sessions, behind the trait that the mathematics asks for.
//!
//! Does not know samplers, prompts or pictures; converts every number to what the graph declares.

mod control;

use std::sync::{Arc, Mutex};

use ndarray::{Array4, ArrayView4, Axis, concatenate, s, stack};

use super::cancel::Cancel;
use super::catalog::{self, Model};
use super::device::Device;
use super::error::EngineError;
use super::kit::Kit;
use super::memory;
use super::part::Part;
use super::ports::{ControlPorts, EvaluationPorts, POOLED, TimestepShape, UnetPorts, VaePorts};
use super::runtime::Runtime;
use super::source::GraphBytes;
use super::stage::{Inputs, Sessions, SharedStage, Stage, alone};
use super::text_encoder::{self, TextEncoder};
use super::tokenizer::ClipTokenizer;
use crate::diffusion::latent::{Latents, repeat};
use crate::diffusion::networks::{
    Chunk, Condition, Evaluation, Halt, Hint, ModelSpec, Networks, Residuals,
};

/// Operators that the processor has no code for, and the optimisers that put them into graphs.
const NOT_ON_CPU: [&str; 5] = [
    "GroupNorm",
    "SkipGroupNorm",
    "NhwcConv",
    "BiasAdd",
    "BiasSplitGelu",
];

/// A loaded model. Lives on the thread that runs it.
pub struct OnnxNetworks {
    spec: ModelSpec,
    tokenizer: Arc<ClipTokenizer>,
    text_encoders: Vec<TextEncoder>,
    unet: (SharedStage, UnetPorts),
    controls: Vec<(SharedStage, ControlPorts)>,
    vae_encoder: (SharedStage, VaePorts),
    vae_decoder: (SharedStage, VaePorts),
    scaling: f32,
    shift: f32,
    /// Whether several predictions go through the UNet as one batch.
    batched: bool,
    cancel: Cancel,
}

/// How a model was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadReport {
    /// What it runs on; never [`Device::Auto`].
    pub device: Device,
    /// Devices passed over and defaults taken, one line each, to be shown.
    pub notes: Vec<String>,
}

impl OnnxNetworks {
    /// Reads, checks and loads a model, with nothing shared.
    ///
    /// # Errors
    /// [`EngineError`] when the model cannot be used, the device cannot be had or the weights do not fit; nothing is written.
    pub fn load(
        runtime: &Runtime,
        kit: &Kit,
        device: Device,
        cancel: &Cancel,
        on_part: &mut dyn FnMut(&str),
    ) -> Result<(Self, LoadReport), EngineError> {
        let (model, mut sessions) = (catalog::open(kit)?, Sessions::default());
        Self::load_opened(runtime, &model, device, cancel, &mut sessions, on_part)
    }

    /// Loads a model that was read and checked, but for the networks that are among `sessions`; `on_part` hears the name of each network before it is loaded.
    ///
    /// # Errors
    /// [`EngineError`] when the device cannot be had or the weights do not fit; nothing is written.
    pub(super) fn load_opened(
        runtime: &Runtime,
        model: &Model,
        device: Device,
        cancel: &Cancel,
        sessions: &mut Sessions,
        on_part: &mut dyn FnMut(&str),
    ) -> Result<(Self, LoadReport), EngineError> {
        let mut notes: Vec<String> = runtime
            .report()
            .refusals()
            .map(|refusal| format!("ONNX Runtime library passed over: {refusal}"))
            .collect();
        notes.extend(model.notes.iter().cloned());
        for candidate in device.ladder() {
            match Self::load_on(runtime, model, candidate, cancel, sessions, on_part) {
                Ok((networks, more)) => {
                    notes.extend(more);
                    return Ok((
                        networks,
                        LoadReport {
                            device: candidate,
                            notes,
                        },
                    ));
                }
                Err(EngineError::LoadStopped) => return Err(EngineError::LoadStopped),
                Err(EngineError::DeviceUnavailable { reason, .. })
                    if device == Device::Auto && candidate != Device::Cpu =>
                {
                    if candidate.is_missed() {
                        notes.push(format!("{candidate} is not used: {reason}"));
                    }
                }
                Err(error) if device == Device::Auto && candidate != Device::Cpu => {
                    notes.push(format!("{candidate} is not used: {error}"))
                }
                Err(error) => return Err(error),
            }
        }
        Err(EngineError::DeviceUnavailable {
            device,
            reason: "there is nothing to try on this platform".into(),
        })
    }

    /// Hands over the means to stop the next job; the last job's handle is forgotten.
    pub fn set_cancel(&mut self, cancel: Cancel) {
        self.cancel = cancel;
    }

    fn load_on(
        runtime: &Runtime,
        model: &Model,
        device: Device,
        cancel: &Cancel,
        sessions: &mut Sessions,
        on_part: &mut dyn FnMut(&str),
    ) -> Result<(Self, Vec<String>), EngineError> {
        device.prove(runtime)?;
        if device.on_processor() || device == Device::CoreMl {
            // CoreML leaves to the processor what it has no code for.
            for text in &model.text_encoders {
                runs_on_cpu(&text.part)?;
            }
            runs_on_cpu(&model.unet)?;
            for part in &model.controls {
                runs_on_cpu(part)?;
            }
            runs_on_cpu(&model.vae_encoder)?;
            runs_on_cpu(&model.vae_decoder)?;
            let wanted = model
                .parts()
                .filter(|(made_of, _)| sessions.get(device, made_of).is_none());
            memory::check(wanted.map(|(_, weight)| weight).sum(), memory::available())?;
        }
        // Two runs of one are faster on the processor, unless attention is fused; then there is no difference
        // (measured on Stable Diffusion 1.5: 5.4 s alone, 16.2 s as a pair; fused 4.5 s and 9.2 s).
        let fused = !model
            .unet
            .graph
            .microsoft_operators(&["MultiHeadAttention"])
            .is_empty();
        let batched = !device.on_processor() || fused;
        let mut opener = Opener {
            runtime,
            device,
            cancel,
            sessions,
            on_part,
            notes: Vec::new(),
        };
        let mut text_encoders = Vec::new();
        for text in &model.text_encoders {
            let (stage, ports) = opener.open(text.name, &text.part)?;
            text_encoders.push(TextEncoder {
                stage,
                ports,
                window: text.window,
                embeddings: text.embeddings.clone(),
            });
        }
        let mut controls = Vec::new();
        for part in &model.controls {
            controls.push(opener.open("ControlNet", part)?);
        }
        let networks = Self {
            controls,
            spec: model.spec.clone(),
            tokenizer: Arc::clone(&model.tokenizer),
            text_encoders,
            unet: opener.open("UNet", &model.unet)?,
            vae_encoder: opener.open("VAE encoder", &model.vae_encoder)?,
            vae_decoder: opener.open("VAE decoder", &model.vae_decoder)?,
            scaling: model.scaling,
            shift: model.shift,
            batched,
            cancel: Cancel::new(),
        };
        Ok((networks, opener.notes))
    }

    /// One run of the UNet: for each prediction its condition and picture, and what ControlNets add to it.
    fn predict_together(
        &mut self,
        evaluation: &Evaluation<'_>,
        wanted: &[Wanted<'_>],
    ) -> Result<Latents, Halt> {
        let (stage, ports) = &self.unet;
        let stage = &mut *alone(stage);
        let filled = filled(wanted, ports.inputs.batch);
        let mut inputs = fed(stage, &ports.inputs, evaluation, &filled)?;
        inputs.extend(control::fed_residuals(stage, ports, evaluation, &filled)?);
        let (_, _, height, width) = evaluation.sample.dim();
        let shape = [filled.len(), self.spec.latent_channels, height, width];
        let [predictions] = stage.run(inputs, [&ports.prediction], &self.cancel)?;
        let mut predictions = stage.shaped(predictions, shape)?;
        predictions.slice_axis_inplace(Axis(0), (..wanted.len()).into());
        Ok(predictions)
    }

    /// The predictions that an evaluation asks for: for each condition each picture.
    fn wanted<'a>(evaluation: &Evaluation<'a>) -> Vec<Wanted<'a>> {
        let conditions = evaluation.conditions.iter().enumerate();
        conditions
            .flat_map(|(place, condition)| {
                let pictures = evaluation.sample.axis_chunks_iter(Axis(0), 1);
                pictures.enumerate().map(move |(index, picture)| Wanted {
                    condition,
                    picture,
                    place,
                    index,
                })
            })
            .collect()
    }

    /// How many of so many predictions go through a network at once.
    fn at_once(&self, fixed: Option<usize>, wanted: usize) -> usize {
        match fixed {
            Some(fixed) => fixed.max(1),
            None if self.batched => wanted.max(1),
            None => 1,
        }
    }
}

/// One prediction that is wanted.
#[derive(Clone)]
struct Wanted<'a> {
    condition: &'a Condition,
    /// `[1, C, h, w]`
    picture: ArrayView4<'a, f32>,
    /// Places of the condition and of the picture in their evaluation.
    place: usize,
    index: usize,
}

/// What goes through a network together: a fixed batch is filled up, and what is more than was wanted is dropped.
fn filled<'a>(wanted: &[Wanted<'a>], batch: Option<usize>) -> Vec<Wanted<'a>> {
    let batch = batch.unwrap_or(wanted.len());
    let filled = (0..batch).map(|index| wanted[index % wanted.len()].clone());
    filled.collect()
}

/// The inputs of an evaluation.
fn fed(
    stage: &Stage,
    ports: &EvaluationPorts,
    evaluation: &Evaluation<'_>,
    filled: &[Wanted<'_>],
) -> Result<Inputs, Halt> {
    let pictures: Vec<_> = filled.iter().map(|one| one.picture).collect();
    let samples =
        concatenate(Axis(0), &pictures).map_err(|error| stage.error(&error.to_string()))?;
    let states: Vec<_> = (filled.iter())
        .map(|one| one.condition.states.view())
        .collect();
    let context = concatenate(Axis(0), &states)
        .map_err(|error| stage.error(&format!("the texts' lengths differ: {error}")))?;
    let timestep_shape: &[usize] = match ports.timestep_shape {
        TimestepShape::Scalar => &[],
        TimestepShape::One => &[1],
        TimestepShape::Batch => &[filled.len()],
    };
    let mut inputs: Inputs = vec![
        (
            "sample",
            stage.feed(ports.sample, samples.view().into_dyn())?,
        ),
        (
            "timestep",
            stage.feed_timestep(ports.timestep, evaluation.timestep, timestep_shape)?,
        ),
        (
            "encoder_hidden_states",
            stage.feed(ports.context, context.view().into_dyn())?,
        ),
    ];
    for port in &ports.rows {
        let mut extras = evaluation.extras.iter();
        let extra = extras.find(|(extra, _)| extra.name() == port.name);
        let rows = filled.iter().map(|one| match extra {
            Some((_, row)) => Some(row.view()),
            None if port.name == POOLED => Some(one.condition.pooled.as_ref()?.row(0)),
            None => None,
        });
        let rows = rows.collect::<Option<Vec<_>>>().ok_or_else(|| {
            stage.error(&format!("there is nothing for its input `{}`", port.name))
        })?;
        let rows = stack(Axis(0), &rows).map_err(|error| stage.error(&error.to_string()))?;
        let tensor = stage.feed(port.element, rows.view().into_dyn())?;
        inputs.push((port.name, tensor));
    }
    Ok(inputs)
}

impl Networks for OnnxNetworks {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn tokenize(&self, text: &str) -> Result<Vec<Vec<u32>>, Halt> {
        self.tokenizer.pieces(text).map_err(Halt::Network)
    }

    fn encode(&mut self, chunks: &[Chunk], clip_skip: usize) -> Result<Condition, Halt> {
        text_encoder::encode(&mut self.text_encoders, chunks, clip_skip, &self.cancel)
    }

    fn encode_picture(&mut self, picture: &Array4<f32>) -> Result<Latents, Halt> {
        let (stage, ports) = &self.vae_encoder;
        let stage = &mut *alone(stage);
        let pictures = repeat(picture, ports.batch);
        let tensor = stage.feed(ports.element, pictures.view().into_dyn())?;
        let [moments] = stage.run(vec![(ports.input, tensor)], [&ports.output], &self.cancel)?;
        let (_, _, height, width) = picture.dim();
        let (channels, factor) = (self.spec.latent_channels, self.spec.factor as usize);
        // Mean and log variance come stacked; the mean is the latents that the picture most likely has.
        let stacked = if moments.shape().get(1) == Some(&(2 * channels)) {
            2 * channels
        } else {
            channels
        };
        let shape = [ports.batch, stacked, height / factor, width / factor];
        let moments = stage.shaped(moments, shape)?;
        let mean = moments.slice(s![..1, ..channels, .., ..]);
        Ok(mean.mapv(|value| (value - self.shift) * self.scaling))
    }

    fn control(
        &mut self,
        index: usize,
        hint: &Hint<'_>,
        evaluation: &Evaluation<'_>,
    ) -> Result<Vec<Residuals>, Halt> {
        let wanted = Self::wanted(evaluation);
        let fixed = self.controls[index].1.inputs.batch;
        let at_once = self.at_once(fixed, wanted.len());
        control::run(
            &self.controls[index],
            hint,
            evaluation,
            &wanted,
            at_once,
            &self.cancel,
        )
    }

    fn predict(&mut self, evaluation: &Evaluation<'_>) -> Result<Vec<Latents>, Halt> {
        let pictures = evaluation.sample;
        let wanted = Self::wanted(evaluation);
        let at_once = self.at_once(self.unet.1.inputs.batch, wanted.len());
        let mut runs = Vec::new();
        for wanted in wanted.chunks(at_once) {
            runs.push(self.predict_together(evaluation, wanted)?);
        }
        let views: Vec<_> = runs.iter().map(|run| run.view()).collect();
        let all = concatenate(Axis(0), &views)
            .map_err(|error| alone(&self.unet.0).error(&error.to_string()))?;
        Ok(all
            .axis_chunks_iter(Axis(0), pictures.len_of(Axis(0)))
            .map(|one| one.to_owned())
            .collect())
    }

    fn decode(&mut self, latents: &Latents) -> Result<Array4<f32>, Halt> {
        let (stage, ports) = &self.vae_decoder;
        let stage = &mut *alone(stage);
        let unscaled = latents.mapv(|value| value / self.scaling + self.shift);
        let unscaled = repeat(&unscaled, ports.batch);
        let tensor = stage.feed(ports.element, unscaled.view().into_dyn())?;
        let [picture] = stage.run(vec![(ports.input, tensor)], [&ports.output], &self.cancel)?;
        let (_, _, height, width) = latents.dim();
        let factor = self.spec.factor as usize;
        let shape = [ports.batch, 3, height * factor, width * factor];
        let mut picture = stage.shaped(picture, shape)?;
        picture.slice_axis_inplace(Axis(0), (..1).into());
        Ok(picture)
    }
}

/// What every network of a model is loaded with.
struct Opener<'a> {
    runtime: &'a Runtime,
    device: Device,
    cancel: &'a Cancel,
    sessions: &'a mut Sessions,
    on_part: &'a mut dyn FnMut(&str),
    /// What its owner should be told.
    notes: Vec<String>,
}

impl Opener<'_> {
    /// Opens a network; on the plain processor where another provider of the processor refuses its graph, and says so.
    fn open<P: Clone>(
        &mut self,
        name: &'static str,
        part: &Part<P>,
    ) -> Result<(SharedStage, P), EngineError> {
        if let Some(stage) = self.sessions.get(self.device, &part.made_of) {
            return Ok((stage, part.ports.clone()));
        }
        (self.on_part)(name);
        let changed = match &part.bytes {
            GraphBytes::Network(network) if !network.loras.is_empty() => {
                let (network, notes) = network.with_loras(self.cancel)?;
                self.notes.extend(notes);
                Some(GraphBytes::Network(Arc::new(network)))
            }
            _ => None,
        };
        let (file, bytes) = (&part.file, changed.as_ref().unwrap_or(&part.bytes));
        let open = |device| Stage::open(self.runtime, device, name, file, bytes, self.cancel);
        let stage = match open(self.device) {
            Err(EngineError::Model { .. })
                if self.device.on_processor() && self.device != Device::Cpu =>
            {
                let stage = open(Device::Cpu)?;
                self.notes.push(format!(
                    "{} does not take the {name}'s graph; the plain processor runs it",
                    self.device
                ));
                stage
            }
            opened => opened?,
        };
        let stage = Arc::new(Mutex::new(stage));
        self.sessions.put(self.device, &part.made_of, &stage);
        Ok((stage, part.ports.clone()))
    }
}

/// Graphs that were optimised for graphics cards hold operators that only they have.
fn runs_on_cpu<P>(part: &Part<P>) -> Result<(), EngineError> {
    let missing = part.graph.microsoft_operators(&NOT_ON_CPU);
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.into_iter().collect::<Vec<_>>().join(", ");
    Err(EngineError::Model {
        path: part.file.clone(),
        problem: format!(
            "this model was optimised for CUDA or DirectML ({names}), which the processor cannot run; use such a device, or a plain export of the model"
        ),
    })
}
