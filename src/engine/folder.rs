//! Models in folders, in the layout of diffusers: networks as ONNX graphs, or as weights in .safetensors files.
//!
//! Does not know checkpoints, sessions or devices.

use super::catalog::Parts;
use super::checkpoint;
use super::configs;
use super::error::EngineError;
use super::family::{Family, TextRole};
use super::kit::Kit;
use super::names;
use super::network::{Forward, Network, text, unet};
use super::part::{Part, Text};
use super::ports::{TextPorts, UnetPorts};
use super::remote::{self, Places};
use super::source::ModelSource;
use super::text_source;
use super::tokenizer::ClipTokenizer;

/// Reads a model in a folder, with what its kit has in the place of its parts.
///
/// # Errors
/// As [`catalog::open`](super::catalog::open).
pub(super) fn open(
    source: &ModelSource,
    kit: &Kit,
    places: &Places<'_>,
) -> Result<Parts, EngineError> {
    Family::refuse_others(source, places.has(remote::UNET))?;
    let folder = if kit.is_general() { "general" } else { "unet" };
    let config = format!("{folder}/config.json");
    let unet_config = configs::unet(source, &config)?;
    let here = || match weights(source, folder)? {
        Some(weights) => {
            let config = unet::Config {
                heads: configs::unet_heads(source, &config)?,
                groups: unet_config.groups,
                size_width: unet_config.size_width,
                controlled: false,
            };
            let weights = names::unet(&weights);
            let network = Network::new(weights, &source.path(folder), Forward::Unet(config));
            Part::of(network, UnetPorts::bind)
        }
        None => Part::open(source, &format!("{folder}/model.onnx"), UnetPorts::bind),
    };
    let unet = places.part(remote::UNET, UnetPorts::bind, here)?;
    let other_text = |role: &TextRole| kit.text_encoder.is_some() || places.has(role.folder);
    let family = Family::of(source, &unet, other_text)?;
    let vae_config = configs::vae(source)?;
    let both = match (&kit.vae, weights(source, "vae")?) {
        (Some(path), _) => Some(checkpoint::open_vae(path)?),
        (None, Some(weights)) => Some(checkpoint::vae_parts(
            &names::vae(&weights),
            &source.path("vae"),
            vae_config.groups,
        )?),
        (None, None) => None,
    };
    let (vae_encoder, vae_decoder) = places.vae(both, |role, bind| {
        Part::open(source, &format!("{role}/model.onnx"), bind)
    })?;
    let (noise, prediction) = configs::scheduler(source)?;
    let mut notes = Vec::new();
    if !source.has("scheduler/scheduler_config.json") {
        notes.push("the model has no scheduler config; Stable Diffusion's noise schedule and epsilon prediction are assumed".to_owned());
    }
    let (tokenizer, text_encoders) = text_encoders(source, family, kit, places, &mut notes)?;
    Ok(Parts {
        family,
        tokenizer,
        text_encoders,
        unet,
        vae_encoder,
        vae_decoder,
        unet_config,
        vae_config,
        noise,
        prediction,
        zeros: configs::zeros_for_empty_prompt(source)?,
        title: None,
        notes,
    })
}

/// The weights of a network that is no graph.
fn weights(
    source: &ModelSource,
    folder: &str,
) -> Result<Option<super::weights::Weights>, EngineError> {
    if source.has(&format!("{folder}/model.onnx")) {
        return Ok(None);
    }
    source.weights(folder)
}

/// The tokenizer and the text encoders; each encoder reads the same ids with its own padding.
///
/// So `!`, which pads the second window, stays a word in a prompt, as in A1111 and ComfyUI; transformers reads it as padding there too.
fn text_encoders(
    source: &ModelSource,
    family: &Family,
    kit: &Kit,
    places: &Places<'_>,
    notes: &mut Vec<String>,
) -> Result<(ClipTokenizer, Vec<Text>), EngineError> {
    let tokenizer = match &kit.text_encoder {
        Some(_) if !source.has("tokenizer") => ClipTokenizer::of_clip(),
        _ => ClipTokenizer::open(source, "tokenizer")?,
    };
    let given = kit.text_encoder.as_deref();
    let given = given.map(|path| text_source::given(path, family, &tokenizer));
    let mut given = given.transpose()?.unwrap_or_default().into_iter();
    let mut texts: Vec<Text> = Vec::new();
    for role in family.text_encoders {
        if let Some(text) = given.next().flatten() {
            texts.push(text);
            continue;
        }
        let mut own = tokenizer.clone();
        match role.own_tokenizer {
            Some(folder) if source.has(folder) => {
                own = ClipTokenizer::open(source, folder)?;
                if !own.same_vocabulary(&tokenizer) {
                    let problem = "its vocabulary is another than that of `tokenizer`, which cannot be run yet";
                    return Err(source.error(folder, problem));
                }
            }
            Some(folder) => {
                notes.push(format!(
                    "the model has no {folder}; OpenCLIP's padding is assumed"
                ));
                own.pad = 0;
            }
            None => {}
        }
        let text = text_encoder(source, role, &own, places)?;
        let (wanted, found) = (
            texts.first().unwrap_or(&text).window.window,
            text.window.window,
        );
        if wanted != found {
            return Err(EngineError::Mismatch {
                file: text.part.file,
                expected: format!("a window of {wanted} ids, as the first text encoder has"),
                found: found.to_string(),
            });
        }
        texts.push(text);
    }
    Ok((tokenizer, texts))
}

/// One text encoder, an ONNX graph or weights.
pub(super) fn text_encoder(
    source: &ModelSource,
    role: &TextRole,
    tokenizer: &ClipTokenizer,
    places: &Places<'_>,
) -> Result<Text, EngineError> {
    let bind = |graph: &_, file: &_| TextPorts::bind(graph, file, role.layer, role.pooled);
    let name = format!("{}/config.json", role.folder);
    let json = source.json(&name)?.unwrap_or_default();
    let here = || match weights(source, role.folder)? {
        None => Part::open(source, &format!("{}/model.onnx", role.folder), bind),
        Some(weights) => {
            let config = text::Config {
                heads: configs::text_heads(source, &name, &json)?,
                activation: configs::activation(source, &name, &json)?,
                end: tokenizer.end,
                states: role.states,
                pooled: role.pooled,
            };
            let file = source.path(role.folder);
            Part::of(text_source::network(&weights, &file, config), bind)
        }
    };
    let part = places.part(role.folder, bind, here)?;
    let configured = configs::count(source, &name, &json, "max_position_embeddings")?;
    Text::of(role.name, part, tokenizer, configured)
}
