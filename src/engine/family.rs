//! Families of models: how each is told from the others, which text encoders it has, and what its models are where they do not say.
//!
//! A family is a row; adding one changes nothing else here. Does not know weights or sessions.

use std::borrow::Cow;

use super::error::EngineError;
use super::network::Heads;
use super::network::text::States;
use super::part::Part;
use super::ports::{Layer, POOLED, UnetPorts};
use super::source::ModelSource;
use crate::diffusion::networks::Extra;

/// What the models of a family have in common.
pub(super) struct Family {
    /// Its name in messages.
    pub name: &'static str,
    /// Inputs that only its UNets have.
    pub inputs: &'static [&'static str],
    /// Width of the text that its UNets hear.
    pub heard: usize,
    /// Its text encoders, whose states lie side by side.
    pub text_encoders: &'static [TextRole],
    /// Heads of its UNets' attention, where no config says.
    pub heads: Heads,
    /// Scaling factor of its VAE.
    pub scaling: f32,
    /// Side of the pictures that its first model was trained on, pixels.
    pub side: u32,
    /// That of its models that predict velocity.
    pub velocity_side: u32,
    /// Whether its models may have an empty negative prompt as zeros.
    pub zeros: bool,
}

/// A text encoder of a family.
pub(super) struct TextRole {
    /// Its name in messages.
    pub name: &'static str,
    /// Its folder.
    pub folder: &'static str,
    /// The folder of its tokenizer, where it is not the model's.
    pub own_tokenizer: Option<&'static str>,
    /// What its tensors' names begin with in a checkpoint, one or the other.
    pub starts: &'static [&'static str],
    /// The states that the UNet hears.
    pub layer: Layer,
    /// Whether its states are normalised, whichever layer is read.
    pub states: States,
    /// Whether the UNet hears its pooled text.
    pub pooled: bool,
    /// Whether it is OpenCLIP's, which has another activation and padding than CLIP's own.
    pub open_clip: bool,
}

/// The text encoder of a model that has one, in the folders of diffusers.
const ONLY: TextRole = TextRole {
    name: "text encoder",
    folder: "text_encoder",
    own_tokenizer: None,
    starts: &["cond_stage_model.transformer.", "text_encoder."],
    layer: Layer::Last,
    states: States::Normalised,
    pooled: false,
    open_clip: false,
};

/// A model's family is the first that has one of its UNet's inputs, else the last; that of a checkpoint also has its text encoders.
pub(super) const FAMILIES: [Family; 3] = [
    Family {
        name: "SDXL",
        inputs: &[POOLED, Extra::Sizes.name()],
        heard: 2048,
        text_encoders: &[
            TextRole {
                starts: &["conditioner.embedders.0.transformer.", "text_encoder."],
                layer: Layer::Penultimate,
                states: States::Plain,
                ..ONLY
            },
            TextRole {
                name: "second text encoder",
                folder: "text_encoder_2",
                own_tokenizer: Some("tokenizer_2"),
                starts: &["conditioner.embedders.1.model.", "text_encoder_2."],
                layer: Layer::Penultimate,
                states: States::Plain,
                pooled: true,
                open_clip: true,
            },
        ],
        heads: Heads::Of(64),
        scaling: 0.13025,
        side: 1024,
        velocity_side: 1024,
        zeros: true,
    },
    Family {
        name: "Stable Diffusion 2",
        inputs: &[],
        heard: 1024,
        text_encoders: &[TextRole {
            starts: &["cond_stage_model.model."],
            layer: Layer::Penultimate,
            open_clip: true,
            ..ONLY
        }],
        heads: Heads::Of(64),
        scaling: 0.18215,
        side: 512,
        velocity_side: 768,
        zeros: false,
    },
    Family {
        name: "Stable Diffusion",
        inputs: &[],
        heard: 768,
        text_encoders: &[ONLY],
        heads: Heads::Count(Cow::Borrowed(&[8])),
        scaling: 0.18215,
        side: 512,
        velocity_side: 512,
        zeros: false,
    },
];

/// Side of the pictures that the first model of a family was trained on, pixels; `None` for families that are not known.
#[must_use]
pub fn native_side(family: &str) -> Option<u32> {
    let family = FAMILIES.iter().find(|own| own.name == family);
    family.map(|family| family.side)
}

/// The family whose UNets hear text of a width.
#[must_use]
pub fn family_of_width(width: usize) -> Option<&'static str> {
    let family = FAMILIES.iter().find(|family| family.heard == width);
    family.map(|family| family.name)
}

/// Families with other networks, by the folders that only they have.
const OTHERS: [(&str, &str); 2] = [
    (
        "transformer",
        "a transformer model (Stable Diffusion 3, Flux)",
    ),
    ("prior", "a cascade of several diffusion models"),
];

impl Family {
    /// Whether another layer of its text encoder may be read (A1111 has it for Stable Diffusion 1 alone).
    pub(super) fn hears_clip_skip(&self) -> bool {
        matches!(
            self.text_encoders,
            [TextRole {
                layer: Layer::Last,
                ..
            }]
        )
    }

    /// Says "not yet" to other families, and what is wrong where there is no UNet here nor on a server.
    pub(super) fn refuse_others(source: &ModelSource, is_served: bool) -> Result<(), EngineError> {
        if let Some((_, what)) = OTHERS.iter().find(|(folder, _)| source.has(folder)) {
            let usable = "use a Stable Diffusion 1, 2 or XL model";
            return Err(source.error(
                "",
                format!("this is {what}, which cannot be run yet; {usable}"),
            ));
        }
        let has = |ending: &str| source.has(&format!("unet/{ending}"));
        let problem = if is_served || has("model.onnx") || source.has_weights("unet") {
            return Ok(());
        } else if has("diffusion_pytorch_model.bin") {
            "this model is a pickle, which can run any code when it is opened; use its .safetensors files"
        } else {
            "there is no UNet here; give a checkpoint (.safetensors), or the folder of a model in the layout of diffusers"
        };
        Err(source.error("", problem))
    }

    /// The family of a UNet, all of whose parts must be there, but for text encoders where others are given.
    pub(super) fn of(
        source: &ModelSource,
        unet: &Part<UnetPorts>,
        other_text: impl Fn(&TextRole) -> bool,
    ) -> Result<&'static Self, EngineError> {
        let takes = |name: &str| unet.graph.input(name).is_some();
        let own = |family: &&Self| family.inputs.iter().any(|name| takes(name));
        let family = FAMILIES.iter().find(own);
        let family = family.unwrap_or(&FAMILIES[FAMILIES.len() - 1]);
        let mismatch = |expected: String, found: String| EngineError::Mismatch {
            file: unet.file.clone(),
            expected,
            found,
        };
        if let Some(missing) = family.inputs.iter().find(|name| !takes(name)) {
            let expected = format!(
                "the inputs `{}` of {}",
                family.inputs.join("`, `"),
                family.name
            );
            return Err(mismatch(expected, format!("a UNet without `{missing}`")));
        }
        family.refuse_refiner(source, unet)?;
        let mut roles = family.text_encoders.iter();
        if let Some(role) = roles.find(|role| !other_text(role) && !source.has(role.folder)) {
            let name = role.folder;
            let problem = format!(
                "it is missing, and a UNet of {} needs it; give one beside it (--text-encoder PATH)",
                family.name
            );
            return Err(source.error(name, problem));
        }
        for other in &FAMILIES {
            let stray = |role: &&TextRole| {
                let mut own = family.text_encoders.iter();
                source.has(role.folder) && !own.any(|own| own.folder == role.folder)
            };
            if let Some(TextRole { folder, .. }) = other.text_encoders.iter().find(stray) {
                return Err(mismatch(
                    format!("a UNet of {}, as there is a folder {folder}", other.name),
                    format!("one without `{}`", other.inputs.join("` and `")),
                ));
            }
        }
        Ok(family)
    }

    /// SDXL's refiner takes an aesthetic score in place of the target's size, and has the second text encoder only.
    fn refuse_refiner(
        &self,
        source: &ModelSource,
        unet: &Part<UnetPorts>,
    ) -> Result<(), EngineError> {
        let numbers = unet.graph.input(Extra::Sizes.name());
        let refiner = match numbers.map(|port| port.fixed(1)) {
            None => false,
            Some(Some(numbers)) => numbers == 5,
            Some(None) => !source.has(self.text_encoders[0].folder),
        };
        if !refiner {
            return Ok(());
        }
        Err(EngineError::Model {
            path: unet.file.clone(),
            problem: "this is SDXL's refiner, which only finishes the pictures of another model and cannot be run; use the base model".into(),
        })
    }
}
