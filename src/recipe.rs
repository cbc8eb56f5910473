//! What an artist asks for: plain, serialisable parameters of one repaint.
//!
//! Does not know pictures, models or how any of it is computed; the names are the field's own, as A1111 and its kin use them.

pub mod comfy;
pub mod excerpt;
pub mod infotext;
mod inpaint;
pub mod json;
pub mod names;
mod number;
pub mod parsed;
pub mod preset;
pub mod sampler;
pub mod sweep;
pub mod text_file;
mod tools;
pub mod variation;
pub mod wildcard;

pub use parsed::Parsed;
pub use sampler::Sampler;
pub use variation::Variation;

use serde::{Deserialize, Serialize};

pub use inpaint::{MaskEdge, MaskMode, MaskedContent, Method, ResizeMode};

/// Everything that a repaint needs beside the picture, the mask and the model.
///
/// In files a field that is left out has its default, so that older recipes still load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipe {
    /// What should be there; A1111 attention syntax (`(word:1.2)`, `[word]`), and a template until its [`wildcard`]s are resolved.
    pub prompt: String,
    /// What should not be there; only heard when `guidance_scale` is not 1.
    pub negative_prompt: String,
    /// Denoising strength in `[0, 1]`: the share of the steps that is run. 0 keeps the picture, 1 ignores what was there.
    pub strength: f64,
    /// Length of the schedule; `min(int(steps * strength), steps)` of them run.
    pub steps: usize,
    /// Classifier-free guidance scale, `>= 1`; 1 turns guidance off and halves the work.
    pub guidance_scale: f64,
    /// Stepping rule.
    pub sampler: Sampler,
    /// How the sigmas are picked.
    pub spacing: Spacing,
    /// Seed of the noise.
    pub seed: u64,
    /// Generator that turns the seed into noise.
    pub seed_source: SeedSource,
    /// Another seed's noise mixed in, for pictures near the one of `seed`.
    pub variation: Option<Variation>,
    /// Which side of the mask is repainted.
    pub mask_mode: MaskMode,
    /// Standard deviation of the mask's Gaussian blur in `[0, 512]`, picture pixels; along both axes unless [`Recipe::mask_blur_y`] says otherwise.
    pub mask_blur: f32,
    /// Standard deviation of the mask's blur along Y where it is not that along X, picture pixels.
    pub mask_blur_y: Option<f32>,
    /// How the picture around the mask is held still while the model works.
    pub mask_edge: MaskEdge,
    /// What lies under the mask before the first step.
    pub masked_content: MaskedContent,
    /// How the model is told what to repaint.
    pub method: Method,
    /// Window by which [`Method::InpaintEncode`] grows the mask, in `[0, 64]` pixels of the rendered part: 6 grows it by 2 to the left and above, by 3 to the right and below.
    pub grow_mask: u32,
    /// Which part of the picture the model sees.
    pub area: Area,
    /// Surroundings shown to the model around the mask when only the masked part is rendered, picture pixels.
    pub padding: u32,
    /// Width and height to render at, pixels.
    ///
    /// With a mask, the size that the masked part is rendered at; the picture keeps its own. Without a mask, or with [`Area::Whole`], the size that the picture is brought to. `None` is the model's native size for a masked part, and the picture's own for a whole picture.
    pub size: Option<[u32; 2]>,
    /// How the picture is brought to [`Recipe::size`].
    pub resize: ResizeMode,
    /// Whether the result's colours are brought to those of the picture, as measured outside the mask (mean and deviation in CIELAB).
    pub color_match: bool,
}

impl Recipe {
    /// Standard deviations of the mask's blur along X and Y, picture pixels.
    pub fn mask_blurs(&self) -> (f32, f32) {
        (self.mask_blur, self.mask_blur_y.unwrap_or(self.mask_blur))
    }

    /// The denoising strength that counts: the recipe's own, or 1 where its method holds it there.
    pub fn held_strength(&self) -> f64 {
        match self.method.holds_strength() {
            Some(_) => 1.0,
            None => self.strength,
        }
    }
}

impl Default for Recipe {
    /// A1111's defaults: 20 steps of DPM++ 2M Karras at guidance 7, strength 0.75, mask blur 4, padding 32.
    fn default() -> Self {
        Self {
            prompt: String::new(),
            negative_prompt: String::new(),
            strength: 0.75,
            steps: 20,
            guidance_scale: 7.0,
            sampler: Sampler::DpmPp2m,
            spacing: Spacing::Karras,
            seed: 0,
            seed_source: SeedSource::TorchCpu,
            variation: None,
            mask_mode: MaskMode::Masked,
            mask_blur: 4.0,
            mask_blur_y: None,
            mask_edge: MaskEdge::Auto,
            masked_content: MaskedContent::Original,
            method: Method::Auto,
            grow_mask: 6,
            area: Area::Auto,
            padding: 32,
            size: None,
            resize: ResizeMode::Stretch,
            color_match: false,
        }
    }
}

/// Declares a closed set of choices with the names that command lines and files use, and a sentence about each.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[doc = $about:literal])+ $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[doc = $about])+ #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every choice, in the order in which lists show them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name that command lines and files use.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// What it does, in a sentence for the artist.
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => concat!($($about),+).trim_start(),)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::recipe::UnknownName;

            fn from_str(text: &str) -> Result<Self, $crate::recipe::UnknownName> {
                Self::ALL.iter().copied().find(|choice| choice.name() == text).ok_or_else(|| $crate::recipe::UnknownName {
                    what: $what,
                    known: Self::ALL.iter().map(|choice| choice.name()).collect::<Vec<_>>().join(", "),
                    name: text.to_owned(),
                })
            }
        }
    };
}

pub(crate) use choices;

/// A name that is none of the choices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{name}`; choose one of {known}")]
pub struct UnknownName {
    pub(crate) what: &'static str,
    pub(crate) known: String,
    pub(crate) name: String,
}

choices! {
    /// How the sigmas of a run are picked from the model's noise schedule.
    Spacing, "schedule" {
        /// Evenly in timestep, as the sampler's diffusers class does (linspace; leading for `ddim`).
        Uniform = "uniform",
        /// Karras et al. 2022, rho 7.
        Karras = "karras",
        /// Evenly in log sigma.
        Exponential = "exponential",
        /// Evenly in timestep without the lowest ones (trailing end dropped).
        SgmUniform = "sgm-uniform",
        /// Every n-th entry of the noise schedule, from the top.
        Simple = "simple",
        /// Evenly in timestep from the highest to the lowest sigma.
        Normal = "normal",
        /// The timesteps of DDIM.
        Ddim = "ddim",
        /// Quantiles of a Beta(0.6, 0.6) distribution between the lowest and highest sigma.
        Beta = "beta",
        /// Optimal in Kullback-Leibler divergence (align-your-steps paper): evenly in arctan sigma.
        KlOptimal = "kl-optimal",
    }
}

choices! {
    /// Generator that turns a seed into Gaussian noise.
    SeedSource, "seed source" {
        /// `torch.randn` on the CPU: the pictures of ComfyUI, InvokeAI, diffusers.
        TorchCpu = "torch-cpu",
        /// `torch.randn` on CUDA (Philox): the pictures of A1111 with GPU or NV noise.
        Philox = "philox",
    }
}

choices! {
    /// Which part of the picture the model sees.
    Area, "inpaint area" {
        /// The whole picture while it is about the model's size, else only the masked part.
        Auto = "auto",
        /// The whole picture at its own size.
        Whole = "whole",
        /// The masked part with padding, rendered at the model's native size.
        OnlyMasked = "only-masked",
    }
}
