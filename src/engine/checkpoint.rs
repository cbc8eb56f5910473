//! Checkpoints: a whole model in one .safetensors file, as artists have them.
//!
//! What it is, is told from the names and shapes of its tensors (rules of stable-diffusion.cpp's `model_loader.cpp`, ComfyUI's `model_detection.py` and diffusers' `single_file_utils.py`). Does not know sessions or devices.

use std::path::Path;

use super::catalog::Parts;
use super::configs::{GROUPS, UnetConfig, VaeConfig};
use super::error::EngineError;
use super::family::{FAMILIES, Family};
use super::identity::{self, FileKind, HEARS};
use super::kit::Kit;
use super::names;
use super::network::{Forward, Network, unet, vae};
use super::part::{Part, Text};
use super::ports::{POOLED, UnetPorts, VaePorts};
use super::remote::{self, Places, VAE_DECODER, VAE_ENCODER};
use super::source::ModelSource;
use super::text_source;
use super::tokenizer::ClipTokenizer;
use super::weights::{Tensor, Weights};
use crate::diffusion::networks::PredictionKind;
use crate::diffusion::schedule::{Betas, NoiseConfig};

/// What can be opened, for messages.
const USABLE: &str = "use a checkpoint of Stable Diffusion 1, 2 or XL";

/// Where the parts of a checkpoint begin: the program that wrote it decides.
const UNET: [&str; 2] = ["model.diffusion_model.", "unet."];
const VAE: [&str; 2] = ["first_stage_model.", "vae."];

/// Reads a checkpoint, with what its kit has in the place of its parts.
///
/// # Errors
/// [`EngineError::Model`] with what the file is when it is another kind of file, and with what it lacks.
pub(super) fn open(path: &Path, kit: &Kit, places: &Places<'_>) -> Result<Parts, EngineError> {
    let weights = read(path)?;
    let problem = |problem: String| EngineError::Model {
        path: path.to_owned(),
        problem,
    };
    let unet = unet(&weights);
    let identity = identity::of(&weights, &unet);
    let other = (identity.kind != FileKind::Checkpoint).then(|| identity.kind.what());
    if let Some(what) = identity.refused.or(other) {
        return Err(problem(format!("this is {what}; {USABLE}")));
    }
    let family = family(&weights, &unet);

    let tokenizer = ClipTokenizer::of_clip();
    let given = kit.text_encoder.as_deref();
    let given = given.map(|path| text_source::given(path, family, &tokenizer));
    let mut given = given.transpose()?.unwrap_or_default().into_iter();
    let mut text_encoders = Vec::new();
    for role in family.text_encoders {
        let own = part(&weights, role.starts);
        text_encoders.push(match given.next().flatten() {
            Some(text) => text,
            None if places.has(role.folder) => {
                text_source::served(role, &tokenizer, places)?
            }
            None if own.is_empty() => {
                return Err(problem(format!(
                    "it has no {}; give one beside it (--text-encoder PATH), or use a checkpoint with everything in it",
                    role.name
                )));
            }
            None => text_source::of_weights(&own, path, role, &tokenizer)?,
        });
    }
    let mut rows = text_encoders
        .iter()
        .flat_map(|text: &Text| &text.part.graph.outputs);
    let pooled = rows.find(|port| port.name == POOLED);
    let pooled = pooled.and_then(|port| port.fixed(1));

    let told = unet.get("add_embedding.linear_1.weight");
    let told = told.and_then(|tensor| tensor.shape.get(1)).copied();
    let sizes = told
        .zip(pooled)
        .map(|(told, pooled)| told.saturating_sub(pooled));
    let config = unet::Config {
        heads: family.heads.clone(),
        groups: GROUPS,
        size_width: sizes.unwrap_or_default() / unet::SIZES,
        controlled: false,
    };
    let levels = names::count(|level| {
        unet.names(&format!("down_blocks.{level}."))
            .next()
            .is_some()
    });
    let velocity = weights.has("v_pred") || is_velocity(family, &unet);
    let own_vae = names::vae(&part(&weights, &VAE));
    let both = match &kit.vae {
        Some(path) => Some(open_vae(path)?),
        None if own_vae.is_empty() && places.has(VAE_ENCODER) && places.has(VAE_DECODER) => None,
        None if own_vae.is_empty() => {
            return Err(problem(
                "it has no VAE; give one beside it (--vae FILE)".into(),
            ));
        }
        None => Some(vae_parts(&own_vae, path, GROUPS)?),
    };
    let (vae_encoder, vae_decoder) = places.vae(both, |role, _| {
        Err(ModelSource::BuiltIn.error(role, "it runs on a server"))
    })?;
    let here = || {
        Part::of(
            Network::new(unet, path, Forward::Unet(config)),
            UnetPorts::bind,
        )
    };
    let unet = places.part(remote::UNET, UnetPorts::bind, here)?;
    Ok(Parts {
        family,
        tokenizer,
        text_encoders,
        unet,
        vae_encoder,
        vae_decoder,
        unet_config: UnetConfig {
            multiple: Some(1 << levels.saturating_sub(1).min(8)),
            ..UnetConfig::default()
        },
        vae_config: VaeConfig {
            scaling: Some(family.scaling),
            ..VaeConfig::default()
        },
        noise: NoiseConfig {
            train_steps: 1000,
            betas: Betas::ScaledLinear {
                start: 0.00085,
                end: 0.012,
            },
            zero_terminal_snr: weights.has("ztsnr"),
        },
        prediction: match velocity {
            true => PredictionKind::V,
            false => PredictionKind::Epsilon,
        },
        zeros: true,
        title: weights.notes.get("modelspec.title").cloned(),
        notes: Vec::new(),
    })
}

/// Whether a Stable Diffusion 2 predicts velocity, which is not in its file: the deviation of a bias tells (diffusers' and stable-diffusion.cpp's rule).
fn is_velocity(family: &Family, unet: &Weights) -> bool {
    const MARK: &str = ".transformer_blocks.0.norm1.bias";
    const DEVIATION: f32 = 0.09;
    let inpainting = unet
        .get("conv_in.weight")
        .and_then(|tensor| tensor.shape.get(1))
        == Some(&9);
    let last = unet.names("up_blocks.").filter(|name| name.ends_with(MARK));
    let last = last.last().and_then(|name| unet.get(name));
    let Some(Ok(values)) = last.map(Tensor::floats) else {
        return false;
    };
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    let square = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f32>()
        / values.len() as f32;
    family.side != family.velocity_side
        && family.text_encoders.len() == 1
        && !inpainting
        && square.sqrt() > DEVIATION
}

/// The head of a .safetensors file; other kinds of files are named.
pub(super) fn read(path: &Path) -> Result<Weights, EngineError> {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    let problem = match &ending.to_lowercase()[..] {
        "ckpt" | "pt" | "pth" | "bin" => {
            "this is a pickle, which can run any code when it is opened; use the model's .safetensors file"
        }
        "gguf" => "this is a GGUF file, which cannot be run yet; use the model's .safetensors file",
        "onnx" => "this is one network of a model; give the folder of the whole model",
        _ => return Weights::open(path),
    };
    Err(EngineError::Model {
        path: path.to_owned(),
        problem: problem.into(),
    })
}

/// A checkpoint's UNet under diffusers' names: behind its beginning, or the whole file where it holds nothing else.
pub(super) fn unet(weights: &Weights) -> Weights {
    let within = part(weights, &UNET);
    let alone = ["time_embed.0.weight", "time_embedding.linear_1.weight"];
    if within.is_empty() && alone.iter().any(|name| weights.has(name)) {
        return names::unet(weights);
    }
    names::unet(&within)
}

/// The tensors behind the first of some beginnings that any has.
pub(super) fn part(weights: &Weights, starts: &[&str]) -> Weights {
    let parts = starts.iter().map(|start| weights.part(start));
    parts
        .into_iter()
        .find(|part| !part.is_empty())
        .unwrap_or_default()
}

/// The family that has a text encoder where this checkpoint has one, else the one whose text the UNet hears; those with more of them come first.
pub(super) fn family(weights: &Weights, unet: &Weights) -> &'static Family {
    let sizes = unet.has("add_embedding.linear_1.weight");
    let has_text = |family: &&Family| {
        let last = &family.text_encoders[family.text_encoders.len() - 1];
        !part(weights, last.starts).is_empty()
    };
    let of_unet = |family: &&Family| family.inputs.is_empty() != sizes;
    let heard = unet.iter().find(|(name, _)| name.ends_with(HEARS));
    let heard = heard.and_then(|(_, tensor)| tensor.shape.get(1).copied());
    let mut fitting = FAMILIES.iter().filter(of_unet);
    let by_text = fitting.clone().find(has_text);
    let by_width = || fitting.find(|family| heard == Some(family.heard));
    let fallback = if sizes { 0 } else { FAMILIES.len() - 1 };
    by_text.or_else(by_width).unwrap_or(&FAMILIES[fallback])
}

/// A VAE in a file of its own: under latent diffusion's names, with or without their beginning, or diffusers'.
///
/// # Errors
/// [`EngineError::Model`] when it is something else.
pub(super) fn open_vae(path: &Path) -> Result<VaeParts, EngineError> {
    let weights = read(path)?;
    let own = part(&weights, &VAE);
    let own = names::vae(if own.is_empty() { &weights } else { &own });
    if !own.has("decoder.conv_in.weight") {
        return Err(EngineError::Model {
            path: path.to_owned(),
            problem:
                "this is no VAE; give the .safetensors file of one, or of a checkpoint that has one"
                    .into(),
        });
    }
    vae_parts(&own, path, GROUPS)
}

type VaeParts = (Part<VaePorts>, Part<VaePorts>);

/// The two halves of a VAE, its weights under diffusers' names.
pub(super) fn vae_parts(
    weights: &Weights,
    file: &Path,
    groups: usize,
) -> Result<VaeParts, EngineError> {
    let half = |starts: [&str; 2], forward| {
        let own = |name: &str| starts.iter().any(|start| name.starts_with(start));
        let weights = weights.renamed(|name| own(name).then(|| name.to_owned()));
        Network::new(weights, file, forward)
    };
    let config = vae::Config { groups };
    let encoder = half(
        ["encoder.", "quant_conv."],
        Forward::VaeEncoder(config.clone()),
    );
    let decoder = half(
        ["decoder.", "post_quant_conv."],
        Forward::VaeDecoder(config),
    );
    Ok((
        Part::of(encoder, VaePorts::bind_encoder)?,
        Part::of(decoder, VaePorts::bind_decoder)?,
    ))
}
