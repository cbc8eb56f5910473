//! Model directories: what a model is, read from its own configs and graphs before anything heavy is loaded.
//!
//! Does not know sessions or devices.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::{Axis, concatenate};

pub use super::source::ModelSource;

use super::cancel::Cancel;
use super::configs::{self, UnetConfig, VaeConfig};
use super::embedding::Embedding;
use super::error::EngineError;
use super::family::Family;
use super::graph::Graph;
use super::kit::Kit;
use super::lora::{Lora, Role, find};
use super::part::{Part, Text};
use super::ports::{ControlPorts, POOLED, RowPort, UnetPorts, VaePorts};
use super::remote::Places;
use super::token_count::TokenCounter;
use super::tokenizer::ClipTokenizer;
use super::{checkpoint, controlnet, few_steps, fixed, folder};
use crate::diffusion::networks::{Extra, ModelSpec, PredictionKind, UnetInput};
use crate::diffusion::schedule::NoiseConfig;

/// A model that was read and checked, and is ready to be loaded.
#[derive(Clone)]
pub struct Model {
    /// The numbers that describe it.
    pub spec: ModelSpec,
    /// What was assumed where the model does not say, one line each.
    pub notes: Vec<String>,
    /// Bytes of all its graphs and weights.
    pub weight: u64,
    pub(super) tokenizer: Arc<ClipTokenizer>,
    /// The text encoders, in the order of their states.
    pub(super) text_encoders: Vec<Text>,
    pub(super) unet: Part<UnetPorts>,
    /// Its ControlNets, in the order of [`ModelSpec::controls`].
    pub(super) controls: Vec<Part<ControlPorts>>,
    pub(super) vae_encoder: Part<VaePorts>,
    pub(super) vae_decoder: Part<VaePorts>,
    /// What latents are multiplied by after encoding.
    pub(super) scaling: f32,
    /// What is taken from latents before that.
    pub(super) shift: f32,
}

impl Model {
    /// What the session of each of its networks is made of.
    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        self.weights().map(|(made_of, _)| made_of)
    }

    /// The same with the bytes of its weights in the type that it computes in.
    pub(super) fn weights(&self) -> impl Iterator<Item = (&str, u64)> {
        let texts = self.text_encoders.iter();
        let texts = texts.map(|text| (text.part.made_of.as_str(), text.part.weight));
        let controls = self.controls.iter();
        let controls = controls.map(|part| (part.made_of.as_str(), part.weight));
        texts.chain(controls).chain([
            (self.unet.made_of.as_str(), self.unet.weight),
            (&self.vae_encoder.made_of, self.vae_encoder.weight),
            (&self.vae_decoder.made_of, self.vae_decoder.weight),
        ])
    }

    /// Counts the tokens of prompts without loading anything.
    #[must_use]
    pub fn token_counter(&self) -> TokenCounter {
        let tokenizer = Arc::clone(&self.tokenizer);
        TokenCounter::new(
            self.spec.text_window,
            self.spec.fixed.windows,
            move |text| tokenizer.pieces(text).ok(),
        )
    }
}

/// What was found of a model, in a folder or in a checkpoint.
pub(super) struct Parts {
    pub family: &'static Family,
    pub tokenizer: ClipTokenizer,
    /// The text encoders, in the order of their states.
    pub text_encoders: Vec<Text>,
    pub unet: Part<UnetPorts>,
    pub vae_encoder: Part<VaePorts>,
    pub vae_decoder: Part<VaePorts>,
    pub unet_config: UnetConfig,
    pub vae_config: VaeConfig,
    pub noise: NoiseConfig,
    pub prediction: PredictionKind,
    /// Whether an empty negative prompt is heard as zeros, in families that may.
    pub zeros: bool,
    /// What it calls itself, where it does.
    pub title: Option<String>,
    /// What was assumed, one line each.
    pub notes: Vec<String>,
}

impl Parts {
    /// Checks that the UNet hears text as wide as the text encoders make it, where both say so.
    fn check_text_width(&self, given: &Path) -> Result<(), EngineError> {
        let heard = self.unet.graph.input("encoder_hidden_states");
        let texts = self.text_encoders.iter();
        let made: Option<usize> = texts.map(|text| text.part.ports.embeddings).sum();
        match (heard.and_then(|port| port.fixed(2)), made) {
            (Some(heard), Some(made)) if heard != made => Err(EngineError::Mismatch {
                file: given.to_owned(),
                expected: format!(
                    "text encoders for a UNet of {}, which hears text {heard} wide",
                    self.family.name
                ),
                found: format!("text {made} wide"),
            }),
            _ => Ok(()),
        }
    }

    /// Lets prompts name embeddings: those of files, and those in folders that are made for the model.
    fn name_embeddings(&mut self, paths: &[PathBuf]) -> Result<(), EngineError> {
        let texts = &mut self.text_encoders;
        let widths: Option<Vec<_>> = texts
            .iter()
            .map(|text| text.part.ports.embeddings)
            .collect();
        let (Some(widths), Some(first)) = (widths, texts.iter().find_map(|text| text.vocabulary()))
        else {
            return Ok(());
        };
        let room = texts[0].window.window - 2;
        let mut embeddings = Vec::new();
        for path in paths {
            let of_folder = find::files(path);
            for (_, path) in &of_folder {
                // Folders hold those of other families too.
                if let Ok(one) = Embedding::open(path)
                    && one.check(&widths).is_ok()
                    && one.tokens() <= room
                {
                    embeddings.push(one);
                }
            }
            if of_folder.is_empty() && !path.is_dir() {
                let one = Embedding::open(path)?;
                one.check(&widths)?;
                embeddings.push(one);
            }
        }
        if embeddings.is_empty() {
            return Ok(());
        }
        let named: Vec<_> = embeddings
            .iter()
            .map(|one| (one.name.clone(), one.tokens()))
            .collect();
        let named = self.tokenizer.name_embeddings(first, &named);
        named.map_err(|error| EngineError::Model {
            path: texts[0].part.file.clone(),
            problem: format!("its tokenizer cannot read the names of the embeddings: {error}"),
        })?;
        for (index, text) in texts.iter_mut().enumerate() {
            let rows: Vec<_> = embeddings
                .iter()
                .map(|one| one.vectors[index].view())
                .collect();
            text.embeddings = concatenate(Axis(0), &rows).map_err(|error| EngineError::Model {
                path: text.part.file.clone(),
                problem: error.to_string(),
            })?;
        }
        Ok(())
    }
}

/// Reads and checks a model.
///
/// # Errors
/// [`EngineError::Model`] when a file is missing or broken, or the model is of a family that cannot be run yet.
/// [`EngineError::Mismatch`] when a graph's inputs, outputs or channels are not those of its role.
/// [`EngineError::Server`] when the kit's server is not reached, or lacks a network.
pub fn open(kit: &Kit) -> Result<Model, EngineError> {
    open_until(kit, &Cancel::new())
}

/// As [`open`]; `cancel` ends the wait for a server.
///
/// # Errors
/// As [`open`], and [`EngineError::LoadStopped`].
pub(super) fn open_until(kit: &Kit, cancel: &Cancel) -> Result<Model, EngineError> {
    let source = &kit.model;
    source.check()?;
    let places = Places::of(kit.remote.as_ref(), source.name(), cancel);
    let mut parts = match source {
        ModelSource::File(path) => checkpoint::open(path, kit, &places)?,
        ModelSource::Directory(_) | ModelSource::BuiltIn => folder::open(source, kit, &places)?,
    };
    if let Some(path) = &kit.text_encoder {
        parts.check_text_width(path)?;
    }
    let mut controls = Vec::new();
    let mut control_specs = Vec::new();
    if !kit.controls.is_empty() {
        parts.unet = controlnet::hearing(parts.unet)?;
    }
    for control in &kit.controls {
        let (spec, part) = controlnet::open(control, &parts.unet, parts.family, &places)?;
        control_specs.push(spec);
        controls.push(part);
    }
    let count = parts.unet.ports.inside.as_ref().map_or(0, |one| one.count);
    control_specs.extend((0..count).map(controlnet::inside));
    parts.notes.extend(places.notes());
    for chosen in &kit.loras {
        let lora = Arc::new(Lora::open(&chosen.file)?);
        parts.notes.extend(lora.notes.iter().cloned());
        parts.unet.change(Role::Unet, &lora, chosen.unet)?;
        let roles = [Role::TextEncoder, Role::TextEncoder2];
        for (text, role) in parts.text_encoders.iter_mut().zip(roles) {
            text.part.change(role, &lora, chosen.text)?;
        }
    }
    parts.name_embeddings(&kit.embeddings)?;
    let Parts {
        family,
        tokenizer,
        text_encoders,
        unet,
        vae_encoder,
        vae_decoder,
        unet_config,
        vae_config: vae,
        mut noise,
        prediction,
        zeros,
        title,
        mut notes,
    } = parts;
    let latent_channels = latent_channels(&unet, &vae_decoder, &vae, &unet_config)?;
    let factor = factor(&vae_decoder, &vae, &mut notes);
    let scaling = vae.scaling.unwrap_or_else(|| {
        let Family { name, scaling, .. } = family;
        notes.push(format!(
            "the model does not say its VAE's scaling factor; {name}'s {scaling} is assumed"
        ));
        *scaling
    });
    let fixed = fixed::read(&text_encoders, &unet, &vae_encoder, &vae_decoder, factor)?;
    let fixed_side = fixed.width.max(fixed.height);
    if vae_encoder
        .graph
        .operators
        .keys()
        .any(|name| name.starts_with("RandomNormal"))
    {
        notes.push("the model's VAE encoder draws random numbers of its own; the same seed will not give the same bytes".to_owned());
    }
    let preview = vae
        .preview
        .clone()
        .filter(|map| map.factors.len() == latent_channels);
    if vae.preview.is_some() && preview.is_none() {
        notes.push(format!(
            "the model's preview factors are not {latent_channels} rows; they are not used"
        ));
    }
    let prediction = kit.prediction.unwrap_or(prediction);
    noise.zero_terminal_snr |= kit.zero_snr;
    // A UNet that does not say was trained on what the first of its family was.
    let side = match prediction {
        PredictionKind::V => family.velocity_side,
        PredictionKind::Epsilon | PredictionKind::Sample => family.side,
    };
    let extras = extras(&unet, &unet_config)?;
    let hears_guidance = |extra: &Extra| matches!(extra, Extra::GuidanceScale { .. });
    let names = [source.published_name(), title.unwrap_or_default()];
    let spec = ModelSpec {
        name: source.name(),
        latent_channels,
        unet_input: unet_input(&unet, &unet_config, latent_channels)?,
        factor,
        latent_multiple: unet_config.multiple.unwrap_or(8),
        native_side: fixed_side
            .or(unet_config.sample_size.map(|side| side * factor))
            .unwrap_or(side),
        fixed,
        prediction,
        noise,
        text_window: text_encoders[0].window.window,
        clip_skips: family
            .hears_clip_skip()
            .then(|| text_encoders[0].part.ports.layers.len()),
        zeros_for_empty_negative: family.zeros && zeros,
        suggestion: few_steps::of_model(
            &names.each_ref().map(String::as_str),
            extras.iter().any(hears_guidance),
        ),
        extras,
        controls: control_specs,
        preview: preview.or_else(|| configs::published_preview(latent_channels, scaling)),
    };
    let text_weight: u64 = text_encoders.iter().map(|text| text.part.weight).sum();
    let control_weight: u64 = controls.iter().map(|part| part.weight).sum();
    let weight =
        text_weight + unet.weight + control_weight + vae_encoder.weight + vae_decoder.weight;
    Ok(Model {
        spec,
        notes,
        weight,
        tokenizer: Arc::new(tokenizer),
        text_encoders,
        unet,
        controls,
        vae_encoder,
        vae_decoder,
        scaling,
        shift: vae.shift,
    })
}

/// Channels of the latents: the UNet's output, else the decoder's input, else its first weights, else the configs.
fn latent_channels(
    unet: &Part<UnetPorts>,
    decoder: &Part<VaePorts>,
    vae: &VaeConfig,
    config: &UnetConfig,
) -> Result<usize, EngineError> {
    let fixed = |graph: &Graph, name: &str| {
        let port = graph
            .outputs
            .iter()
            .chain(&graph.inputs)
            .find(|port| port.name == name)?;
        port.fixed(1)
    };
    fixed(&unet.graph, &unet.ports.prediction)
        .or_else(|| fixed(&decoder.graph, decoder.ports.input))
        .or_else(|| decoder.graph.input_channels_by_weight(decoder.ports.input))
        .or(vae.latent_channels)
        .or(config.out_channels)
        .ok_or_else(|| EngineError::Mismatch {
            file: decoder.file.clone(),
            expected:
                "the number of latent channels in the graph, its first weights or a config.json"
                    .into(),
            found: "none of them".into(),
        })
}

/// Picture pixels per latent pixel: the config's blocks, else the decoder's enlargements, else Stable Diffusion's 8.
fn factor(decoder: &Part<VaePorts>, vae: &VaeConfig, notes: &mut Vec<String>) -> u32 {
    let doublings: usize = ["Resize", "Upsample"]
        .iter()
        .filter_map(|name| decoder.graph.operators.get(*name))
        .sum();
    vae.factor
        .or_else(|| (1..=6).contains(&doublings).then(|| 1 << doublings))
        .unwrap_or_else(|| {
            notes.push(
                "the model does not say its VAE's factor; Stable Diffusion's 8 is assumed"
                    .to_owned(),
            );
            8
        })
}

/// What the UNet takes, by the declared channels of its input, else its first weights, else the config.
fn unet_input(
    unet: &Part<UnetPorts>,
    config: &UnetConfig,
    latents: usize,
) -> Result<UnetInput, EngineError> {
    let sample = unet.graph.inputs.iter().find(|port| port.name == "sample");
    let channels = sample
        .and_then(|port| port.fixed(1))
        .or_else(|| unet.graph.input_channels_by_weight("sample"))
        .or(config.in_channels);
    let problem = match channels {
        Some(channels) if channels == latents => return Ok(UnetInput::Latents),
        Some(channels) if channels == 2 * latents + 1 => return Ok(UnetInput::Inpainting),
        Some(channels) if channels == 2 * latents => {
            "this is an instruction model (InstructPix2Pix), which cannot be run yet"
        }
        Some(channels) if channels == latents + 1 => {
            "this is a depth-guided model, which cannot be run yet"
        }
        found => {
            return Err(EngineError::Mismatch {
                file: unet.file.clone(),
                expected: format!("a UNet of {latents} or {} input channels", 2 * latents + 1),
                found: found.map_or_else(
                    || "no number of channels in the graph, its weights or its config".into(),
                    |count| format!("{count} channels"),
                ),
            });
        }
    };
    Err(EngineError::Model {
        path: unet.file.clone(),
        problem: problem.into(),
    })
}

/// The numbers that the UNet takes beside latents, timestep and text.
fn extras(unet: &Part<UnetPorts>, config: &UnetConfig) -> Result<Vec<Extra>, EngineError> {
    let mismatch = |expected: &str, found: String| EngineError::Mismatch {
        file: unet.file.clone(),
        expected: expected.into(),
        found,
    };
    const SIZES: &str = Extra::Sizes.name();
    let extra = |port: &RowPort| match (port.name, port.width) {
        (SIZES, None | Some(6)) => Ok(Extra::Sizes),
        (SIZES, Some(width)) => Err(mismatch("`time_ids` of 6 numbers", width.to_string())),
        (_, width) => {
            let width = width.or(config.guidance_width).ok_or_else(|| {
                mismatch(
                    "the width of `timestep_cond` in the graph or as time_cond_proj_dim in config.json",
                    "neither".into(),
                )
            })?;
            Ok(Extra::GuidanceScale { width })
        }
    };
    let rows = unet.ports.inputs.rows.iter();
    rows.filter(|port| port.name != POOLED).map(extra).collect()
}
