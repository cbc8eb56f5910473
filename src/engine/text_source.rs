//! Text encoders as files have them: in a checkpoint, alone in a file, or in a folder; a model's own, and those that are given in their place.
//!
//! Does not know sessions or devices.

use std::path::Path;

use super::checkpoint::{part, read};
use super::configs::TEXT_HEAD;
use super::error::EngineError;
use super::family::{Family, TextRole};
use super::folder;
use super::names;
use super::network::text::Activation;
use super::network::{Forward, Heads, Network, text};
use super::part::{Part, Text};
use super::ports::{Layer, TextPorts};
use super::remote::Places;
use super::source::ModelSource;
use super::tokenizer::ClipTokenizer;
use super::weights::Weights;

/// Width of OpenCLIP's bigG, SDXL's second; alone in a file it has the names of the first.
const WIDE: usize = 1280;

/// What ComfyUI's files of text encoders begin their tensors' names with.
const COMFY: [&str; 2] = [
    "text_encoders.clip_l.transformer.",
    "text_encoders.clip_g.transformer.",
];

/// The text encoder of a role, of its weights under any of the names that are known.
///
/// # Errors
/// [`EngineError`] when a tensor is missing or of another shape.
pub(super) fn of_weights(
    weights: &Weights,
    file: &Path,
    role: &TextRole,
    tokenizer: &ClipTokenizer,
) -> Result<Text, EngineError> {
    let own = padded(role, tokenizer);
    let config = text::Config {
        heads: Heads::Of(TEXT_HEAD),
        activation: match role.open_clip {
            true => Activation::Gelu,
            false => Activation::QuickGelu,
        },
        end: own.end,
        states: role.states,
        pooled: role.pooled,
    };
    let layer = layer(role, weights);
    let bind = |graph: &_, file: &_| TextPorts::bind(graph, file, layer, role.pooled);
    let part = Part::of(network(weights, file, config), bind)?;
    Text::of(role.name, part, &own, None)
}

/// The text encoder of a role that runs on a server, of a checkpoint: its window is CLIP's.
///
/// # Errors
/// As [`Places::part`].
pub(super) fn served(
    role: &TextRole,
    tokenizer: &ClipTokenizer,
    places: &Places<'_>,
) -> Result<Text, EngineError> {
    let own = padded(role, tokenizer);
    let bind = |graph: &_, file: &_| TextPorts::bind(graph, file, role.layer, role.pooled);
    let here = || Err(ModelSource::BuiltIn.error(role.folder, "it runs on a server"));
    Text::of(role.name, places.part(role.folder, bind, here)?, &own, None)
}

/// A tokenizer that pads as a role's encoder was trained.
fn padded(role: &TextRole, tokenizer: &ClipTokenizer) -> ClipTokenizer {
    let mut own = tokenizer.clone();
    own.pad = if role.open_clip { 0 } else { own.pad };
    own
}

/// The layer that is heard: transformers' files of Stable Diffusion 2 lack the layer behind it.
fn layer(role: &TextRole, weights: &Weights) -> Layer {
    let whole = role.pooled || !role.open_clip || weights.has("token_embedding.weight");
    if whole { role.layer } else { Layer::Last }
}

/// A text encoder over its weights, which still have the names of their file.
pub(super) fn network(weights: &Weights, file: &Path, config: text::Config) -> Network {
    let weights = names::text(weights);
    // Only some read the pooled text, but all may have its projection.
    let heard = |name: &str| config.pooled || !name.starts_with("text_projection");
    let weights = weights.renamed(|name| heard(name).then(|| name.to_owned()));
    Network::new(weights, file, Forward::Text(config))
}

/// The text encoders of a family that are in a file or folder which was given for them, `None` for those that are not in there.
///
/// # Errors
/// [`EngineError::Model`] when none of them is, or one is broken.
pub(super) fn given(
    path: &Path,
    family: &Family,
    tokenizer: &ClipTokenizer,
) -> Result<Vec<Option<Text>>, EngineError> {
    let source = ModelSource::at(path.to_owned());
    source.check()?;
    let texts: Vec<Option<Text>> = match &source {
        ModelSource::Directory(_) => {
            let of_role = |role: &TextRole| -> Result<_, EngineError> {
                if !source.has(role.folder) {
                    return Ok(None);
                }
                let role = TextRole {
                    layer: if role.open_clip && !role.pooled {
                        Layer::Last
                    } else {
                        role.layer
                    },
                    ..*role
                };
                let own = padded(&role, tokenizer);
                folder::text_encoder(&source, &role, &own, &Places::here()).map(Some)
            };
            let own = family.text_encoders.iter().map(of_role);
            let own = own.collect::<Result<Vec<_>, _>>()?;
            match source.weights(".")? {
                Some(weights) if own.iter().all(Option::is_none) => {
                    alone(&weights, path, family, tokenizer)?
                }
                _ => own,
            }
        }
        _ => {
            let weights = read(path)?;
            let of_role = |role: &TextRole| {
                let comfy = &COMFY[usize::from(role.pooled)..][..1];
                let starts = [role.starts, comfy].concat();
                let own = part(&weights, &starts);
                (!own.is_empty()).then(|| of_weights(&own, path, role, tokenizer))
            };
            let own = family
                .text_encoders
                .iter()
                .map(|role| of_role(role).transpose());
            let own = own.collect::<Result<Vec<_>, _>>()?;
            match own.iter().all(Option::is_none) {
                true => alone(&weights, path, family, tokenizer)?,
                false => own,
            }
        }
    };
    if texts.iter().all(Option::is_none) {
        return Err(EngineError::Model {
            path: path.to_owned(),
            problem: format!(
                "there is no text encoder of {} in it; give the .safetensors file of one, of a checkpoint that has it, or a folder in the layout of diffusers",
                family.name
            ),
        });
    }
    Ok(texts)
}

/// One text encoder by itself, for the role that it is made for.
fn alone(
    weights: &Weights,
    path: &Path,
    family: &Family,
    tokenizer: &ClipTokenizer,
) -> Result<Vec<Option<Text>>, EngineError> {
    let table = [
        "token_embedding.weight",
        "embeddings.token_embedding.weight",
        text::TABLE,
    ];
    let width = table
        .iter()
        .find_map(|name| weights.get(name)?.shape.get(1).copied());
    let open_clip = weights.has(table[0]) || width == Some(WIDE);
    let of_role = |role: &TextRole| {
        let only = family.text_encoders.len() == 1;
        let fits = width.is_some() && (only || role.open_clip == open_clip);
        fits.then(|| of_weights(weights, path, role, tokenizer))
            .transpose()
    };
    family.text_encoders.iter().map(of_role).collect()
}
