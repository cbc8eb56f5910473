//! Models to begin with, for machines that have none but the built-in one.
//!
//! What stands here is what their pages say; sizes and hashes come from the server when one is asked for.

/// A model to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Starter {
    /// What it is called.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub purpose: &'static str,
    /// Its family.
    pub family: &'static str,
    /// Its licence, as its page names it.
    pub licence: &'static str,
    /// Its size in bytes as its page rounds it.
    pub about: u64,
    /// What [`Source`](super::Source) reads.
    pub source: &'static str,
}

/// What is offered, the likeliest first; read on each one's page of files.
pub const STARTERS: [Starter; 4] = [
    Starter {
        name: "Stable Diffusion 1.5 Inpainting",
        purpose: "repaints parts of pictures; the one to begin with",
        family: "Stable Diffusion",
        licence: "CreativeML OpenRAIL-M",
        about: 2_130_000_000,
        source: "stable-diffusion-v1-5/stable-diffusion-inpainting",
    },
    Starter {
        name: "SDXL 1.0",
        purpose: "larger and finer; wants a graphics card or patience",
        family: "SDXL",
        licence: "CreativeML OpenRAIL++-M",
        about: 6_940_000_000,
        source: "stabilityai/stable-diffusion-xl-base-1.0/sd_xl_base_1.0.safetensors",
    },
    Starter {
        name: "VAE for SDXL in half precision",
        purpose: "keeps SDXL's pictures from turning black on graphics cards",
        family: "SDXL",
        licence: "MIT",
        about: 335_000_000,
        source: "madebyollin/sdxl-vae-fp16-fix/sdxl_vae.safetensors",
    },
    Starter {
        name: "LCM LoRA",
        purpose: "a LoRA that paints in 4 to 8 steps",
        family: "Stable Diffusion",
        licence: "OpenRAIL++",
        about: 135_000_000,
        source: "latent-consistency/lcm-lora-sdv1-5/pytorch_lora_weights.safetensors",
    },
];
