//! What an artist asks for: plain, serialisable parameters of one repaint.
//!
//! Does not know pictures, models or how any of it is computed; the names are the field's own, as A1111 and its kin use them.

pub mod comfy;
pub mod folder;
pub mod infotext;
pub mod json;
pub mod names;
pub mod parsed;
pub mod preset;
pub mod sweep;
pub mod variation;
pub mod wildcard;

pub use parsed::Parsed;
pub use variation::Variation;

use serde::{Deserialize, Serialize};

/// Everything that a repaint needs beside the picture, the mask and the model.
///
/// As JSON it may lack fields, which then have their defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipe {
    /// What should be there; A1111 attention syntax (`(word:1.2)`, `[word]`).
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
    /// Standard deviation of the mask's Gaussian blur, picture pixels.
    pub mask_blur: f32,
    /// Which part of the picture the model sees.
    pub area: Area,
    /// Surroundings shown to the model around the mask when only the masked part is rendered, picture pixels.
    pub padding: u32,
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
            mask_blur: 4.0,
            area: Area::Auto,
            padding: 32,
        }
    }
}

/// Declares a closed set of choices with the names that command lines and files use.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every choice, in the order in which lists show them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name that command lines and files use.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
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
    /// Stepping rule of the reverse process; diffusers' scheduler class of that name is the reference.
    Sampler, "sampler" {
        /// Euler's method on the probability-flow ODE.
        Euler = "euler",
        /// Euler with ancestral noise.
        EulerA = "euler-a",
        /// Heun's second-order method.
        Heun = "heun",
        /// DPM-Solver-2 (midpoint in log sigma).
        Dpm2 = "dpm2",
        /// DPM-Solver++(2M).
        DpmPp2m = "dpmpp-2m",
        /// DPM-Solver++(2M) SDE.
        DpmPp2mSde = "dpmpp-2m-sde",
        /// DPM-Solver++ SDE, two evaluations a step.
        DpmPpSde = "dpmpp-sde",
        /// DPM-Solver++(2S) ancestral.
        DpmPp2sA = "dpmpp-2s-a",
        /// DPM-Solver++(3M) SDE.
        DpmPp3mSde = "dpmpp-3m-sde",
        /// Linear multistep (Adams-Bashforth of order 4 in sigma).
        Lms = "lms",
        /// DDIM with eta 0.
        Ddim = "ddim",
        /// UniPC (predictor-corrector, order 2).
        UniPc = "unipc",
        /// Latent consistency model sampling; needs a consistency model.
        Lcm = "lcm",
        /// DEIS multistep of order 2.
        Deis = "deis",
    }
}

impl Sampler {
    /// The spacing that the field pairs it with: karras for the DPM family and `lms`, else the one of its own reference.
    pub fn usual_spacing(self) -> Spacing {
        match self {
            Self::Dpm2
            | Self::DpmPp2m
            | Self::DpmPp2mSde
            | Self::DpmPpSde
            | Self::DpmPp2sA
            | Self::DpmPp3mSde
            | Self::Lms => Spacing::Karras,
            Self::Euler
            | Self::EulerA
            | Self::Heun
            | Self::Ddim
            | Self::UniPc
            | Self::Lcm
            | Self::Deis => Spacing::Uniform,
        }
    }
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
