//! ControlNets beside a model: what a file or folder of one is, and whether it goes with the model.
//!
//! Does not know sessions, nor what a ControlNet is shown.

use std::path::{Path, PathBuf};

use super::checkpoint;
use super::configs;
use super::error::EngineError;
use super::family::Family;
use super::graph::{Port, is_onnx};
use super::identity::{self, FileKind};
use super::kit::KitControl;
use super::lora;
use super::names;
use super::network::{Forward, Network, unet};
use super::part::Part;
use super::ports::{ControlPorts, UnetPorts};
use super::remote::{CONTROLNET, Places};
use super::source::{GraphBytes, ModelSource};
use super::weights::Weights;
use crate::diffusion::networks::ControlSpec;

/// What can be opened, for messages.
const USABLE: &str =
    "choose a ControlNet (.safetensors, a folder in the layout of diffusers, or an ONNX export)";

/// Where a ControlNet's tensors begin in latent diffusion's files, where that is not at once.
const START: &str = "control_model.";

/// Kinds of files beside ControlNets that lead a model by a picture: what a tensor's name has in it, and what it is.
const OTHERS: [(&str, &str); 7] = [
    ("lora_controlnet", "a control-LoRA"),
    ("lllite", "a ControlNet-LLLite"),
    ("adapter.body.", "a T2I adapter"),
    ("body.0.in_conv", "a T2I adapter"),
    ("body.0.resnets", "a T2I adapter"),
    ("image_proj", "an IP-Adapter"),
    ("difference", "a ControlNet of differences to a model"),
];

/// What the built-in model's ControlNet for inpainting is called.
pub const BUILT_IN: &str = "built-in-inpaint";

/// What a ControlNet inside a model's UNet is called: `inside`, the next ones `inside-2`, ….
const INSIDE: &str = "inside";

/// A ControlNet inside a model's UNet, by its place there.
pub(super) fn inside(place: usize) -> ControlSpec {
    ControlSpec {
        name: match place {
            0 => INSIDE.to_owned(),
            more => format!("{INSIDE}-{}", more + 1),
        },
        types: None,
        inside: Some(place),
    }
}

/// Whether a name is one of a ControlNet inside a model's UNet, which has no file.
pub(super) fn is_inside(name: &str) -> bool {
    let rest = name.strip_prefix(INSIDE);
    let number = |rest: &str| rest.strip_prefix('-')?.parse::<usize>().ok();
    rest.is_some_and(|rest| rest.is_empty() || number(rest).is_some())
}

/// The UNet of a model as one that hears ControlNets.
///
/// # Errors
/// [`EngineError::Model`] when it is a graph that takes nothing of them.
pub(super) fn hearing(part: Part<UnetPorts>) -> Result<Part<UnetPorts>, EngineError> {
    let GraphBytes::Network(network) = &part.bytes else {
        if part.ports.residuals.is_empty() {
            let has_own = part.ports.inside.is_some();
            return Err(EngineError::Model {
                path: part.file,
                problem: if has_own {
                    format!(
                        "this export's UNet has its ControlNets in it and takes no other; use the one called `{INSIDE}`, or the model's checkpoint (.safetensors) for others"
                    )
                } else {
                    "this export's UNet takes nothing of a ControlNet; use an export of the model for ControlNet, or its checkpoint (.safetensors)".into()
                },
            });
        }
        return Ok(part);
    };
    let mut network = Network::clone(network);
    if let Forward::Unet(config) = &mut network.forward {
        config.controlled = true;
    }
    Part::of(network, UnetPorts::bind)
}

/// Reads a ControlNet for a UNet that hears them, of a family.
///
/// # Errors
/// [`EngineError::Model`] when it is none, or made for another family of models.
pub(super) fn open(
    control: &KitControl,
    unet: &Part<UnetPorts>,
    family: &Family,
    places: &Places<'_>,
) -> Result<(ControlSpec, Part<ControlPorts>), EngineError> {
    let path = control.file.as_path();
    let problem = |problem: String| EngineError::Model {
        path: path.to_owned(),
        problem,
    };
    let here = || {
        if path.as_os_str() == BUILT_IN {
            let graph = "controlnet/model.onnx";
            return Part::open(&ModelSource::BuiltIn, graph, ControlPorts::bind);
        }
        if !path.exists() {
            return Err(problem(format!(
                "there is no such file or folder; {USABLE}"
            )));
        }
        if let Some((folder, name)) = graph_in(path) {
            return Part::open(&ModelSource::Directory(folder), &name, ControlPorts::bind);
        }
        let weights = weights(path)?;
        check_width(&weights, unet).map_err(problem)?;
        let forward = Forward::ControlNet(config(path, unet, family)?);
        Part::of(Network::new(weights, path, forward), ControlPorts::bind)
    };
    let part = places.named_part(CONTROLNET, Some(&control.name), ControlPorts::bind, here)?;
    let (given, taken) = (widths(&part.ports.residuals), widths(&unet.ports.residuals));
    let fits = |((own, given), (other, taken)): (&Side, &Side)| {
        own == other && (given == taken || given.is_none() || taken.is_none())
    };
    if given.len() != taken.len() || !given.iter().zip(&taken).all(fits) {
        return Err(problem(
            "it is made for models of another shape; choose a ControlNet made for this model"
                .into(),
        ));
    }
    let spec = ControlSpec {
        name: control.name.clone(),
        types: part.ports.types.map(|(_, kinds)| kinds),
        inside: None,
    };
    Ok((spec, part))
}

/// The name of a residual, and its width where the graph fixes it.
type Side = (&'static str, Option<usize>);

fn widths(residuals: &[(&'static str, Port)]) -> Vec<Side> {
    let widths = residuals.iter();
    widths.map(|(name, port)| (*name, port.fixed(1))).collect()
}

/// The folder and name of a ControlNet's graph, where it is one.
fn graph_in(path: &Path) -> Option<(PathBuf, String)> {
    let file = match path.is_dir() {
        true => path.join("model.onnx"),
        false => path.to_owned(),
    };
    let folder = file.parent()?.to_owned();
    let name = file.file_name()?.to_string_lossy().into_owned();
    (is_onnx(&file) && file.is_file()).then_some((folder, name))
}

/// Its weights under diffusers' names.
fn weights(path: &Path) -> Result<Weights, EngineError> {
    let problem = |problem: String| EngineError::Model {
        path: path.to_owned(),
        problem,
    };
    let found = match ModelSource::at(path.to_owned()) {
        ModelSource::File(path) => checkpoint::read(&path)?,
        source => source
            .weights(".")?
            .ok_or_else(|| problem(format!("there is no ControlNet in this folder; {USABLE}")))?,
    };
    let named = |part: &str| found.iter().any(|(name, _)| name.contains(part));
    if let Some((_, what)) = OTHERS.iter().find(|(part, _)| named(part)) {
        return Err(problem(format!(
            "this is {what}, which cannot be used yet; {USABLE}"
        )));
    }
    let own = found.part(START);
    let weights = names::controlnet(if own.is_empty() { &found } else { &own });
    if weights.has("controlnet_cond_embedding.conv_in.weight") {
        return Ok(weights);
    }
    let identity = identity::of_file(&found);
    let what = match (identity.kind, identity.refused) {
        (FileKind::Checkpoint, None) => "a whole model",
        (_, what) => what.unwrap_or("no ControlNet"),
    };
    Err(problem(format!("this is {what}; {USABLE}")))
}

/// Refuses a ControlNet that hears text of another width than the UNet.
fn check_width(weights: &Weights, unet: &Part<UnetPorts>) -> Result<(), String> {
    let hearing = weights
        .iter()
        .find(|(name, _)| name.ends_with(".attn2.to_k.weight"));
    let own = hearing.and_then(|(_, tensor)| tensor.shape.get(1).copied());
    let context = unet.graph.input("encoder_hidden_states");
    match (own, context.and_then(|port| port.fixed(2))) {
        (Some(own), Some(model)) if own != model => Err(format!(
            "it is made for {}, not for {}; choose a ControlNet made for this model",
            lora::family(own),
            lora::family(model)
        )),
        _ => Ok(()),
    }
}

/// What its weights do not say: as its own config has it, else as the UNet, else as its family.
fn config(
    path: &Path,
    unet: &Part<UnetPorts>,
    family: &Family,
) -> Result<unet::Config, EngineError> {
    const CONFIG: &str = "config.json";
    let source = ModelSource::at(path.to_owned());
    if source.has(CONFIG) {
        let config = configs::unet(&source, CONFIG)?;
        return Ok(unet::Config {
            heads: configs::unet_heads(&source, CONFIG)?,
            groups: config.groups,
            size_width: config.size_width,
            controlled: false,
        });
    }
    if let GraphBytes::Network(network) = &unet.bytes
        && let Forward::Unet(config) = &network.forward
    {
        return Ok(config.clone());
    }
    let config = configs::UnetConfig::default();
    Ok(unet::Config {
        heads: family.heads.clone(),
        groups: config.groups,
        size_width: config.size_width,
        controlled: false,
    })
}
