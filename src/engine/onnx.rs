//! The networks of one model as ONNX Runtime sessions, behind the trait that the mathematics asks for.
//!
//! Does not know samplers, prompts or pictures; converts every number to what the graph declares.

mod control;
mod evaluation;

use std::sync::Arc;

use ndarray::{Array4, Axis, concatenate, s};

use evaluation::{Wanted, fed, filled};

use super::cancel::Cancel;
use super::catalog::{self, Model};
use super::device::Device;
use super::error::EngineError;
use super::graph::Element;
use super::kit::Kit;
use super::loading::{Loader, on_first, runs_on_cpu};
use super::message::Loading;
use super::network::Forward;
use super::part::{Part, Text};
use super::remote::AT_ONCE;
use super::runtime::Runtime;
use super::sessions::{self, Sessions};
use super::source::GraphBytes;
use super::stage::{CONTROLNET, SharedStage, UNET, alone};
use super::text_encoder;
use crate::diffusion::latent::{Latents, repeat};
use crate::diffusion::networks::{
    Chunk, Condition, Evaluation, Halt, Hint, ModelSpec, Networks, Residuals,
};

/// Matrices of networks with more bytes of weights than this stay as they are stored, and are cast where they are used: SDXL's UNet, of which the half is saved so.
const LARGE: u64 = 4 << 30;

/// Bytes that the autoencoder computes with for a pixel of the picture (measured on Stable Diffusion's decoder: 4.0 kB).
const BYTES_PER_PIXEL: u64 = 4200;

const VAE_ENCODER: &str = "VAE encoder";
const VAE_DECODER: &str = "VAE decoder";

/// A model that is ready to run: its networks are in memory as far as there is room, and loaded when they are wanted where not. Clones share them, for jobs beside each other.
#[derive(Clone)]
pub struct OnnxNetworks {
    model: Arc<Model>,
    device: Device,
    runtime: Runtime,
    sessions: Sessions,
    /// Whether several predictions go through the UNet as one batch.
    batched: bool,
    cancel: Cancel,
    /// Hears of each network that a job has to wait for.
    on_part: Arc<dyn Fn(Loading) + Send + Sync>,
    /// What its owner should be told since that was last asked.
    notes: Vec<String>,
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
        on_part: &mut dyn FnMut(Loading),
    ) -> Result<(Self, LoadReport), EngineError> {
        Self::load_in(None, runtime, kit, device, cancel, on_part)
    }

    /// As [`load`](Self::load), with graphs that are written for it computing in another type than the device's own.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_in(
        element: Option<Element>,
        runtime: &Runtime,
        kit: &Kit,
        device: Device,
        cancel: &Cancel,
        on_part: &mut dyn FnMut(Loading),
    ) -> Result<(Self, LoadReport), EngineError> {
        let model = Arc::new(catalog::open_until(kit, cancel)?);
        let sessions = Sessions::of(element);
        Self::load_opened(runtime, &model, device, cancel, &sessions, on_part)
    }

    /// Loads a model that was read and checked, but for the networks that are among `sessions` and those that there is no room for yet; `on_part` hears of each network before it is loaded.
    ///
    /// # Errors
    /// [`EngineError`] when the device cannot be had or the weights do not fit; nothing is written.
    pub(super) fn load_opened(
        runtime: &Runtime,
        model: &Arc<Model>,
        device: Device,
        cancel: &Cancel,
        sessions: &Sessions,
        on_part: &mut dyn FnMut(Loading),
    ) -> Result<(Self, LoadReport), EngineError> {
        let mut notes: Vec<String> = runtime
            .report()
            .refusals()
            .map(|refusal| format!("ONNX Runtime library passed over: {refusal}"))
            .collect();
        notes.extend(model.notes.iter().cloned());
        let load = |device| {
            let mut networks = Self::load_on(runtime, model, device, cancel, sessions, on_part)?;
            let notes = networks.take_notes();
            Ok((networks, notes))
        };
        let (networks, device) = on_first(device, &mut notes, load)?;
        Ok((networks, LoadReport { device, notes }))
    }

    /// Hands over the means to stop the next job; the last job's handle is forgotten.
    pub fn set_cancel(&mut self, cancel: Cancel) {
        self.cancel = cancel;
    }

    /// Tells of the next jobs' networks that have to be loaded first.
    pub(super) fn set_listener(&mut self, on_part: Arc<dyn Fn(Loading) + Send + Sync>) {
        self.on_part = on_part;
    }

    /// What its owner should be told since the last call, one line each.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// What each of its networks is made of, and the bytes of weights that are in memory for it.
    pub(super) fn held(&self) -> impl Iterator<Item = (&str, u64)> {
        let parts = self.model.parts();
        parts.filter_map(|made_of| Some((made_of, self.sessions.weight(self.device, made_of)?)))
    }

    /// Whether all of its networks are in memory.
    pub(super) fn is_whole(&self) -> bool {
        self.held().count() == self.model.parts().count()
    }

    /// Whether it is made of a network.
    pub(super) fn has(&self, device: Device, made_of: &str) -> bool {
        self.device == device && self.model.parts().any(|own| own == made_of)
    }

    fn load_on(
        runtime: &Runtime,
        model: &Arc<Model>,
        device: Device,
        cancel: &Cancel,
        sessions: &Sessions,
        on_part: &mut dyn FnMut(Loading),
    ) -> Result<Self, EngineError> {
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
        }
        // Two runs of one are faster on the processor, unless attention is fused; then there is no difference
        // (measured on Stable Diffusion 1.5: 5.4 s alone, 16.2 s as a pair; fused 4.5 s and 9.2 s).
        let fused = !model
            .unet
            .graph
            .microsoft_operators(&["MultiHeadAttention"])
            .is_empty();
        let mut networks = Self {
            model: Arc::clone(model),
            device,
            runtime: runtime.clone(),
            sessions: sessions.clone(),
            batched: !device.on_processor() || fused,
            cancel: cancel.clone(),
            on_part: Arc::new(|_| ()),
            notes: Vec::new(),
        };
        let wanted = model
            .weights()
            .filter(|(made_of, _)| sessions.weight(device, made_of).is_none());
        let total = wanted.map(|(_, weight)| weight).sum();
        let mut done = 0;
        let mut tell = |part: &str, weight| {
            on_part(Loading {
                part: part.to_owned(),
                done,
                total,
            });
            done += weight;
        };
        for text in &model.text_encoders {
            networks.load_ahead(text.name, &text.part, &mut tell)?;
        }
        for part in &model.controls {
            networks.load_ahead(CONTROLNET, part, &mut tell)?;
        }
        networks.load_ahead(UNET, &model.unet, &mut tell)?;
        networks.load_ahead(VAE_ENCODER, &model.vae_encoder, &mut tell)?;
        networks.load_ahead(VAE_DECODER, &model.vae_decoder, &mut tell)?;
        networks.cancel = Cancel::new();
        Ok(networks)
    }

    /// Whether a network's matrices can stay as they are stored, and whether they do in any case: a text encoder's, which is run once for a prompt, and those of large ones.
    fn stays_stored<P>(&self, part: &Part<P>) -> (bool, bool) {
        match &part.bytes {
            GraphBytes::Network(network) if self.device == Device::Cpu => {
                let is_text = matches!(network.forward, Forward::Text(_));
                (true, is_text || part.weight > LARGE)
            }
            _ => (false, false),
        }
    }

    /// Loads a network of a model that may be wanted soon, where there is room for it beside the others of the model.
    fn load_ahead<P>(
        &mut self,
        name: &'static str,
        part: &Part<P>,
        tell: &mut dyn FnMut(&str, u64),
    ) -> Result<(), EngineError> {
        if self.sessions.used(self.device, &part.made_of).is_some() {
            return Ok(());
        }
        let (can, stored) = self.stays_stored(part);
        let weight = if stored { part.stored } else { part.weight };
        let own = |made_of: &str| self.model.parts().any(|own| own == made_of);
        if !self.device.on_processor() || self.sessions.make_room_for(weight, &own) {
            return self.open(name, part, tell).map(|_| ());
        }
        let least = if can { part.stored } else { part.weight };
        sessions::check(least, self.sessions.budget())
    }

    /// A network, loaded now where it is not in memory; on the plain processor where another provider of the processor refuses its graph, which is noted.
    fn open<P>(
        &mut self,
        name: &'static str,
        part: &Part<P>,
        tell: &mut dyn FnMut(&str, u64),
    ) -> Result<SharedStage, EngineError> {
        if let Some(stage) = self.sessions.used(self.device, &part.made_of) {
            return Ok(stage);
        }
        let sessions = self.sessions.clone();
        let _alone = sessions.alone(&self.cancel)?;
        // Another job may have loaded it meanwhile.
        if let Some(stage) = sessions.used(self.device, &part.made_of) {
            return Ok(stage);
        }
        let (can, mut stored) = self.stays_stored(part);
        let weight = |stored| if stored { part.stored } else { part.weight };
        if self.device.on_processor() {
            stored |= !self.sessions.make_room_for(weight(stored), &|_| false) && can;
            sessions::check(weight(stored), self.sessions.budget())?;
        } else {
            // How much memory an accelerator has left is not known: it holds one model.
            self.sessions
                .retain(|device, made_of| device.on_processor() || self.has(device, made_of));
        }
        tell(name, part.weight);
        let loader = Loader {
            runtime: &self.runtime,
            device: self.device,
            element: self.sessions.element(),
            cancel: &self.cancel,
        };
        let stage = loader.load(name, part, stored, &mut self.notes)?;
        Ok(self
            .sessions
            .put(self.device, &part.made_of, weight(stored), stage))
    }

    /// A network that a job wants.
    fn stage<P>(&mut self, name: &'static str, part: &Part<P>) -> Result<SharedStage, Halt> {
        let on_part = Arc::clone(&self.on_part);
        let opened = self.open(name, part, &mut |name, weight| {
            on_part(Loading {
                part: name.to_owned(),
                done: 0,
                total: weight,
            });
        });
        opened.map_err(|error| match error {
            EngineError::LoadStopped => Halt::Cancelled,
            error => Halt::Network(Box::new(error)),
        })
    }

    /// A half of the autoencoder, with room for what it computes.
    fn autoencoder<P>(
        &mut self,
        name: &'static str,
        part: &Part<P>,
        pixels: usize,
    ) -> Result<SharedStage, Halt> {
        let stage = self.stage(name, part)?;
        if self.device.on_processor() && !part.is_served() {
            let bytes = pixels as u64 * BYTES_PER_PIXEL;
            self.sessions.make_room_to_run(&part.made_of, bytes);
        }
        Ok(stage)
    }

    /// One run of the UNet: for each prediction its condition and picture, and what ControlNets add to it.
    fn predict_together(
        &mut self,
        evaluation: &Evaluation<'_>,
        wanted: &[Wanted<'_>],
    ) -> Result<Latents, Halt> {
        let model = Arc::clone(&self.model);
        let ports = &model.unet.ports;
        let stage = self.stage(UNET, &model.unet)?;
        let stage = &mut *alone(&stage);
        let filled = filled(wanted, ports.inputs.batch);
        let mut inputs = fed(stage, &ports.inputs, evaluation, &filled)?;
        inputs.extend(control::fed_residuals(stage, ports, evaluation, &filled)?);
        let (_, _, height, width) = evaluation.sample.dim();
        if let Some(ports) = &ports.inside {
            let size = [height, width].map(|side| side * model.spec.factor as usize);
            let (shown, batch) = (evaluation.inside, filled.len());
            inputs.extend(control::fed_inside(stage, ports, shown, batch, size)?);
        }
        let shape = [filled.len(), model.spec.latent_channels, height, width];
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
    fn at_once<P>(&self, part: &Part<P>, fixed: Option<usize>, wanted: usize) -> usize {
        match fixed {
            Some(fixed) => fixed.max(1),
            None if part.is_served() => wanted.clamp(1, AT_ONCE),
            None if self.batched => wanted.max(1),
            None => 1,
        }
    }
}

impl Networks for OnnxNetworks {
    fn spec(&self) -> &ModelSpec {
        &self.model.spec
    }

    fn tokenize(&self, text: &str) -> Result<Vec<Vec<u32>>, Halt> {
        self.model.tokenizer.pieces(text).map_err(Halt::Network)
    }

    fn encode(&mut self, chunks: &[Chunk], clip_skip: usize) -> Result<Condition, Halt> {
        let (model, cancel) = (Arc::clone(&self.model), self.cancel.clone());
        let mut stage = |text: &Text| self.stage(text.name, &text.part);
        text_encoder::encode(&model.text_encoders, &mut stage, chunks, clip_skip, &cancel)
    }

    fn encode_picture(&mut self, picture: &Array4<f32>) -> Result<Latents, Halt> {
        let model = Arc::clone(&self.model);
        let ports = &model.vae_encoder.ports;
        let (_, _, height, width) = picture.dim();
        let stage = self.autoencoder(VAE_ENCODER, &model.vae_encoder, height * width)?;
        let stage = &mut *alone(&stage);
        let pictures = repeat(picture, ports.batch);
        let tensor = stage.feed(ports.element, pictures.view().into_dyn())?;
        let [moments] = stage.run(vec![(ports.input, tensor)], [&ports.output], &self.cancel)?;
        let (channels, factor) = (model.spec.latent_channels, model.spec.factor as usize);
        // Mean and log variance come stacked; the mean is the latents that the picture most likely has.
        let stacked = if moments.shape().get(1) == Some(&(2 * channels)) {
            2 * channels
        } else {
            channels
        };
        let shape = [ports.batch, stacked, height / factor, width / factor];
        let moments = stage.shaped(moments, shape)?;
        let mean = moments.slice(s![..1, ..channels, .., ..]);
        Ok(mean.mapv(|value| (value - model.shift) * model.scaling))
    }

    fn control(
        &mut self,
        index: usize,
        hint: &Hint<'_>,
        evaluation: &Evaluation<'_>,
    ) -> Result<Vec<Residuals>, Halt> {
        let model = Arc::clone(&self.model);
        let part = &model.controls[index];
        let wanted = Self::wanted(evaluation);
        let at_once = self.at_once(part, part.ports.inputs.batch, wanted.len());
        let stage = self.stage(CONTROLNET, part)?;
        let stage = &mut *alone(&stage);
        control::run(
            (stage, &part.ports),
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
        let unet = &self.model.unet;
        let at_once = self.at_once(unet, unet.ports.inputs.batch, wanted.len());
        let mut runs = Vec::new();
        for wanted in wanted.chunks(at_once) {
            runs.push(self.predict_together(evaluation, wanted)?);
        }
        let views: Vec<_> = runs.iter().map(|run| run.view()).collect();
        let all = concatenate(Axis(0), &views).map_err(|error| Halt::Network(Box::new(error)))?;
        Ok(all
            .axis_chunks_iter(Axis(0), pictures.len_of(Axis(0)))
            .map(|one| one.to_owned())
            .collect())
    }

    fn decode(&mut self, latents: &Latents) -> Result<Array4<f32>, Halt> {
        let model = Arc::clone(&self.model);
        let ports = &model.vae_decoder.ports;
        let (_, _, height, width) = latents.dim();
        let factor = model.spec.factor as usize;
        let pixels = height * width * factor * factor;
        let stage = self.autoencoder(VAE_DECODER, &model.vae_decoder, pixels)?;
        let stage = &mut *alone(&stage);
        let unscaled = latents.mapv(|value| value / model.scaling + model.shift);
        let unscaled = repeat(&unscaled, ports.batch);
        let tensor = stage.feed(ports.element, unscaled.view().into_dyn())?;
        let [picture] = stage.run(vec![(ports.input, tensor)], [&ports.output], &self.cancel)?;
        let shape = [ports.batch, 3, height * factor, width * factor];
        let mut picture = stage.shaped(picture, shape)?;
        picture.slice_axis_inplace(Axis(0), (..1).into());
        Ok(picture)
    }
}
