//! Model directories: what a model is, read from its own configs and graphs before anything heavy is loaded.
//!
//! Does not know sessions or devices.

use std::path::PathBuf;
use std::sync::Arc;

pub use super::source::ModelSource;

use super::configs::{self, UnetConfig, VaeConfig};
use super::error::EngineError;
use super::fixed;
use super::graph::Graph;
use super::ports::{ExtraPort, TextPorts, UnetPorts, VaePorts};
use super::source::GraphBytes;
use super::tokenizer::ClipTokenizer;
use crate::diffusion::networks::{Extra, ModelSpec, UnetInput};
use crate::diffusion::prompt::TextWindow;

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
    pub(super) text_encoder: Part<TextPorts>,
    /// How the text encoder's window is filled.
    pub(super) text_window: TextWindow,
    pub(super) unet: Part<UnetPorts>,
    pub(super) vae_encoder: Part<VaePorts>,
    pub(super) vae_decoder: Part<VaePorts>,
    /// What latents are multiplied by after encoding.
    pub(super) scaling: f32,
    /// What is taken from latents before that.
    pub(super) shift: f32,
}

/// One network of a model.
#[derive(Clone, Debug)]
pub(super) struct Part<P> {
    /// Its file, for messages.
    pub file: PathBuf,
    pub graph: Graph,
    pub bytes: GraphBytes,
    pub ports: P,
    weight: u64,
}

impl<P> Part<P> {
    fn open(
        source: &ModelSource,
        name: &str,
        bind: fn(&Graph, &std::path::Path) -> Result<P, EngineError>,
    ) -> Result<Self, EngineError> {
        let file = source.path(&format!("{name}/model.onnx"));
        let (graph, bytes, weight) = source.graph(name)?;
        let ports = bind(&graph, &file)?;
        Ok(Self {
            file,
            graph,
            bytes,
            ports,
            weight,
        })
    }
}

/// Reads and checks a model.
///
/// # Errors
/// [`EngineError::Model`] when a file is missing or broken, or the model is of a family that cannot be run yet.
/// [`EngineError::Mismatch`] when a graph's inputs, outputs or channels are not those of its role.
pub fn open(source: &ModelSource) -> Result<Model, EngineError> {
    source.check()?;
    refuse_other_families(source)?;

    let unet = Part::open(source, "unet", UnetPorts::bind)?;
    let text_encoder = Part::open(source, "text_encoder", TextPorts::bind)?;
    let vae_encoder = Part::open(source, "vae_encoder", VaePorts::bind_encoder)?;
    let vae_decoder = Part::open(source, "vae_decoder", VaePorts::bind_decoder)?;
    let tokenizer = ClipTokenizer::open(source)?;
    let vae = configs::vae(source)?;
    let unet_config = configs::unet(source)?;
    let (noise, prediction) = configs::scheduler(source)?;

    let mut notes = Vec::new();
    if !source.has("scheduler/scheduler_config.json") {
        notes.push("the model has no scheduler config; Stable Diffusion's noise schedule and epsilon prediction are assumed".to_owned());
    }
    let latent_channels = latent_channels(&unet, &vae_decoder, &vae, &unet_config)?;
    let factor = factor(&vae_decoder, &vae, &mut notes);
    let scaling = vae.scaling.unwrap_or_else(|| {
        notes.push("the model does not say its VAE's scaling factor; Stable Diffusion's 0.18215 is assumed".to_owned());
        0.18215
    });
    let text_window = TextWindow {
        window: window_length(source, &text_encoder, &tokenizer)?,
        start: tokenizer.start,
        end: tokenizer.end,
        pad: tokenizer.pad,
    };
    let fixed = fixed::read(
        &text_encoder,
        &unet,
        &vae_encoder,
        &vae_decoder,
        factor,
        text_window.window,
    )?;
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
    let spec = ModelSpec {
        name: source.name(),
        latent_channels,
        unet_input: unet_input(&unet, &unet_config, latent_channels)?,
        factor,
        latent_multiple: unet_config.multiple.unwrap_or(8),
        // A UNet that does not say was trained on 512 pixels, as Stable Diffusion 1 was.
        native_side: fixed_side
            .or(unet_config.sample_size.map(|side| side * factor))
            .unwrap_or(512),
        fixed,
        prediction,
        noise,
        text_window: text_window.window,
        extras: extras(&unet, &unet_config)?,
        preview: preview.or_else(|| configs::published_preview(latent_channels, scaling)),
    };
    let weight = text_encoder.weight + unet.weight + vae_encoder.weight + vae_decoder.weight;
    Ok(Model {
        spec,
        notes,
        weight,
        tokenizer: Arc::new(tokenizer),
        text_window,
        text_encoder,
        unet,
        vae_encoder,
        vae_decoder,
        scaling,
        shift: vae.shift,
    })
}

/// Says "not yet" to families with other networks, by the folders that only they have.
fn refuse_other_families(source: &ModelSource) -> Result<(), EngineError> {
    let family = [
        (
            "transformer",
            "a transformer model (Stable Diffusion 3, Flux)",
        ),
        (
            "text_encoder_2",
            "an SDXL model (it has a second text encoder)",
        ),
        ("prior", "a cascade of several diffusion models"),
    ];
    if let Some((_, what)) = family.iter().find(|(folder, _)| source.has(folder)) {
        return Err(source.error(
            "",
            format!("this is {what}, which cannot be run yet; use a Stable Diffusion 1 or 2 model"),
        ));
    }
    if source.has("unet/model.onnx") {
        return Ok(());
    }
    let weights = [
        "unet/diffusion_pytorch_model.safetensors",
        "unet/diffusion_pytorch_model.bin",
        "unet/diffusion_pytorch_model.fp16.safetensors",
    ];
    let problem = if weights.iter().any(|name| source.has(name)) {
        "this model is in PyTorch's format; export it to ONNX first (`optimum-cli export onnx`)"
    } else {
        "there is no UNet here (unet/model.onnx); give the directory of a model in the diffusers ONNX layout"
    };
    Err(source.error("", problem))
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

/// Ids per window: what the graph fixes, else the tokenizer's limit, else the text encoder's config, else CLIP's 77.
fn window_length(
    source: &ModelSource,
    encoder: &Part<TextPorts>,
    tokenizer: &ClipTokenizer,
) -> Result<usize, EngineError> {
    let configured = || -> Result<Option<usize>, EngineError> {
        const NAME: &str = "text_encoder/config.json";
        match source.json(NAME)? {
            Some(json) => configs::count(source, NAME, &json, "max_position_embeddings"),
            None => Ok(None),
        }
    };
    let window = match encoder.ports.window.or(tokenizer.window) {
        Some(window) => window,
        None => configured()?.unwrap_or(77),
    };
    if window < 3 {
        return Err(EngineError::Mismatch {
            file: encoder.file.clone(),
            expected: "a window of at least 3 ids".into(),
            found: window.to_string(),
        });
    }
    Ok(window)
}

/// The numbers that the UNet takes beside latents, timestep and text.
fn extras(unet: &Part<UnetPorts>, config: &UnetConfig) -> Result<Vec<Extra>, EngineError> {
    let ports = unet.ports.extras.iter();
    let extra = |port: &ExtraPort| {
        let width = port.width.or(config.guidance_width).ok_or_else(|| EngineError::Mismatch {
            file: unet.file.clone(),
            expected: "the width of `timestep_cond` in the graph or as time_cond_proj_dim in config.json".into(),
            found: "neither".into(),
        })?;
        Ok(Extra::GuidanceScale { width })
    };
    ports.map(extra).collect()
}
