//! What a .safetensors file is, told from the names and shapes of its tensors.
//!
//! Reads heads only. Rules of stable-diffusion.cpp's `model_loader.cpp`, ComfyUI's `model_detection.py` and diffusers' `single_file_utils.py`. Does not know how any of it is run.

use std::path::Path;

use super::checkpoint::{self, family, read};
use super::error::EngineError;
use super::family::family_of_width;
use super::weights::Weights;

/// What artists have files of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A whole model.
    Checkpoint,
    /// Goes with a model.
    Lora,
    /// Makes pictures of latents.
    Vae,
    /// A word of prompts.
    Embedding,
    /// Leads a model by a picture.
    ControlNet,
    /// Enlarges pictures.
    Upscaler,
    /// Finds things in pictures.
    Detector,
    /// Finds what words say in pictures.
    Segmenter,
    /// Says in words what is in pictures.
    Tagger,
    /// Says in sentences what pictures show.
    Captioner,
    /// Finds what is pointed at in pictures.
    Sam,
    /// Something else.
    Other,
}

impl FileKind {
    /// All, in the order in which lists show them.
    pub const ALL: &[Self] = &[
        Self::Checkpoint,
        Self::Lora,
        Self::Vae,
        Self::Embedding,
        Self::ControlNet,
        Self::Upscaler,
        Self::Detector,
        Self::Segmenter,
        Self::Tagger,
        Self::Captioner,
        Self::Sam,
        Self::Other,
    ];

    /// Its name on command lines and in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Checkpoint => "checkpoint",
            Self::Lora => "lora",
            Self::Vae => "vae",
            Self::Embedding => "embedding",
            Self::ControlNet => "controlnet",
            Self::Upscaler => "upscaler",
            Self::Detector => "detector",
            Self::Segmenter => "segmenter",
            Self::Tagger => "tagger",
            Self::Captioner => "captioner",
            Self::Sam => "sam",
            Self::Other => "other",
        }
    }

    /// What such a file is in words, where a model was expected.
    pub(super) const fn what(self) -> &'static str {
        match self {
            Self::Checkpoint => "a model that paints",
            Self::Upscaler => "an upscaler, which enlarges pictures and paints none",
            Self::Segmenter => "a network that finds what words say in pictures, and paints none",
            kind => kind.name(),
        }
    }
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its kind.
    pub kind: FileKind,
    /// The family of models that it is of or goes with, where that can be told.
    pub family: Option<&'static str>,
    /// What it is in words, where it is no model that can be opened.
    pub refused: Option<&'static str>,
    /// Numbers in its tensors, but for copies that are not run.
    pub parameters: u64,
    /// Whether it is a model that sees mask and masked picture beside the latents.
    pub inpainting: bool,
}

use FileKind::{Checkpoint, ControlNet, Embedding, Lora, Other, Segmenter, Upscaler, Vae};

const LORA: &str = "a LoRA, which goes with a model and is none itself";
const EMBEDDING: &str = "an embedding, which goes with a model and is none itself";

/// What a file is that is no checkpoint of a family that can be run, by what one of its tensors' names has in it; the first that fits. Without a family its width tells; without words it can be opened as what it is.
#[rustfmt::skip]
const MARKS: [(&str, FileKind, Option<&str>, &str); 40] = [
    ("lora_controlnet", ControlNet, None, "a control-LoRA"),
    (".lora_down.", Lora, None, LORA),
    (".lora_A.", Lora, None, LORA),
    (".lora.down.", Lora, None, LORA),
    (".hada_w1_", Lora, None, LORA),
    (".lokr_w1", Lora, None, LORA),
    ("double_stream_modulation_img.lin.weight", Checkpoint, Some("Flux 2"), "a Flux 2 model"),
    ("single_stream_modulation.lin.weight", Checkpoint, Some("Flux 2"), "a Flux 2 model"),
    ("txtfusion.projector.weight", Checkpoint, Some("Krea 2"), "a Krea 2 model"),
    ("text_fusion.projector.weight", Checkpoint, Some("Krea 2"), "a Krea 2 model"),
    ("joint_blocks.", Checkpoint, Some("Stable Diffusion 3"), "a Stable Diffusion 3 model"),
    ("transformer_blocks.0.img_mod.1.weight", Checkpoint, Some("Qwen-Image"), "a Qwen-Image model"),
    ("llm_adapter.blocks.0.cross_attn.q_proj.weight", Checkpoint, Some("Anima"), "an Anima model"),
    ("cap_embedder.0.weight", Checkpoint, Some("Z-Image or Lumina"), "a Z-Image or Lumina model"),
    ("layers.0.adaLN_sa_ln.weight", Checkpoint, Some("Ernie-Image"), "an Ernie-Image model"),
    ("double_stream_layers.0.img_instruct_attn", Checkpoint, Some("Boogu"), "a Boogu model"),
    ("distilled_guidance_layer", Checkpoint, Some("Chroma"), "a Chroma model"),
    ("double_blocks.", Checkpoint, Some("Flux"), "a Flux model"),
    ("single_transformer_blocks.", Checkpoint, Some("Flux"), "a Flux model"),
    ("edm_vpred.sigma_max", Checkpoint, Some("SDXL"), "a CosXL model, whose noise schedule is not known here"),
    ("edm_mean", Checkpoint, Some("SDXL"), "a Playground model, whose noise schedule is not known here"),
    ("control_model.", ControlNet, None, "a ControlNet"),
    ("controlnet_cond_embedding.", ControlNet, None, "a ControlNet"),
    ("emb_params", Embedding, None, EMBEDDING),
    ("clip_g", Embedding, Some("SDXL"), EMBEDDING),
    ("decoder.film_mul.", Segmenter, Some("CLIPSeg"), ""),
    ("RDB1.conv1", Upscaler, Some("ESRGAN"), ""),
    ("rdb1.conv1", Upscaler, Some("ESRGAN"), ""),
    (".overlap_attn.", Upscaler, Some("HAT"), "an upscaler of the kind HAT, which cannot be run yet"),
    (".aligned_relative_position_index", Upscaler, Some("SRFormer"), "an upscaler of the kind SRFormer, which cannot be run yet"),
    (".attn.logit_scale", Upscaler, Some("Swin2SR"), "an upscaler of the kind Swin2SR, which cannot be run yet"),
    ("residual_group.blocks.0.attn.relative_position_bias_table", Upscaler, Some("SwinIR"), "an upscaler of the kind SwinIR, which cannot be run yet"),
    (".ffn.sg.", Upscaler, Some("DAT"), "an upscaler of the kind DAT, which cannot be run yet"),
    (".attn_atd.", Upscaler, Some("ATD"), "an upscaler of the kind ATD, which cannot be run yet"),
    ("residual_layer.0.residual_layer.", Upscaler, Some("OmniSR"), "an upscaler of the kind OmniSR, which cannot be run yet"),
    ("block_1.c1_r.", Upscaler, Some("SPAN"), "an upscaler of the kind SPAN, which cannot be run yet"),
    ("feats.1.lk.", Upscaler, Some("PLKSR"), "an upscaler of the kind PLKSR, which cannot be run yet"),
    ("feats.1.channel_mixer.", Upscaler, Some("RealPLKSR"), "an upscaler of the kind RealPLKSR, which cannot be run yet"),
    ("body.0.body.0.weight", Upscaler, Some("EDSR"), "an upscaler of the kind EDSR, which cannot be run yet"),
    ("body.0.weight", Upscaler, Some("compact"), ""),
];

/// What a file is; some milliseconds.
///
/// # Errors
/// [`EngineError::Model`] when it is no .safetensors file.
pub fn identify(path: &Path) -> Result<Identity, EngineError> {
    Ok(of_file(&read(path)?))
}

/// The same of its weights.
pub(super) fn of_file(weights: &Weights) -> Identity {
    of(weights, &checkpoint::unet(weights))
}

/// The same of weights, and the UNet in them.
pub(super) fn of(weights: &Weights, unet: &Weights) -> Identity {
    let run = weights
        .iter()
        .filter(|(name, _)| !name.starts_with("model_ema."));
    let parameters = run.map(|(_, tensor)| tensor.count() as u64).sum();
    let other = |kind, family, what: &'static str| Identity {
        kind,
        family,
        refused: Some(what).filter(|what| !what.is_empty()),
        parameters,
        inpainting: false,
    };
    let names = || weights.iter().map(|(name, _)| name);
    let mark = MARKS
        .iter()
        .find(|(mark, ..)| names().any(|name| name.contains(mark)));
    if let Some((_, kind, family, what)) = mark {
        return other(*kind, family.or_else(|| family_by_width(weights)), what);
    }
    if unet.is_empty() {
        let bare = |name: &str| weights.has(name);
        return if bare("decoder.conv_in.weight")
            || bare("first_stage_model.decoder.conv_in.weight")
            || bare("vae.decoder.conv_in.weight")
        {
            other(
                Vae,
                None,
                "a VAE, which goes with a model and is none itself",
            )
        } else if weights.names("text_model.").next().is_some() {
            other(Other, None, "a text encoder alone, without UNet and VAE")
        } else {
            other(Other, None, "no diffusion model")
        };
    }
    let refiner = weights.names("conditioner.embedders.0.model.");
    let refused = if refiner.count() > 0 {
        Some("SDXL's refiner, which only finishes the pictures of another model")
    } else if !unet.has("mid_block.attentions.0.norm.weight") {
        Some("a thinned SDXL model (SSD-1B, Vega)")
    } else if !unet.iter().any(|(name, _)| name.ends_with(HEARS)) {
        Some("a diffusion model that does not hear a text")
    } else {
        None
    };
    Identity {
        kind: Checkpoint,
        family: Some(family(weights, unet).name),
        refused,
        parameters,
        inpainting: unet
            .get("conv_in.weight")
            .and_then(|first| first.shape.get(1))
            == Some(&9),
    }
}

/// Where a UNet hears its text.
pub(super) const HEARS: &str = ".attn2.to_k.weight";

/// The family that what goes with a model is for, by the width of the text that it hears or is.
fn family_by_width(weights: &Weights) -> Option<&'static str> {
    let width = weights.iter().find_map(|(name, tensor)| {
        let hears = name.contains("attn2") && name.contains("to_k");
        let down = [".weight", "lora_down.weight", "lora_A.weight", "hada_w1_b"];
        let reads =
            hears && down.iter().any(|end| name.ends_with(end)) && !name.contains("lora_up");
        let reads = reads && !name.contains("lora_B") && !name.contains("lora.up");
        (reads || name == "emb_params").then(|| tensor.shape.get(1).copied())?
    });
    family_of_width(width?)
}
