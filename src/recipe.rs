//! What an artist asks for: plain, serialisable parameters of one repaint.
//!
//! Does not know pictures, models or how any of it is computed; [`field::rows`] is the table of the parameters.

pub mod choice;
pub mod comfy;
mod control;
pub mod detail;
pub mod excerpt;
pub mod field;
pub mod infotext;
mod inpaint;
pub mod json;
pub mod names;
mod number;
pub mod parsed;
pub mod preset;
pub mod reason;
pub mod sampler;
mod suggestion;
pub mod sweep;
pub mod tags;
pub mod text_file;
mod tools;
pub mod variation;
pub mod wildcard;

pub use parsed::Parsed;
pub use sampler::Sampler;
pub use suggestion::Suggestion;
pub use variation::{Variation, random_seed};

pub use choice::UnknownName;
pub(crate) use choice::choices;
pub use control::{Control, ControlKind, ControlMode};
pub use field::rows::Recipe;
pub use inpaint::{MaskEdge, MaskMode, MaskedContent, Method, ResizeMode};

/// What the window says of every noise.
const NOISE: &str = "Which programs' pictures the same seed gives again.";

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

choices! {
    /// How the sigmas of a run are picked from the model's noise schedule; A1111's names are those of `modules/sd_schedulers.py`.
    Spacing, "schedule" {
        /// Evenly in timestep, as the sampler's diffusers class does (linspace; leading for `ddim`).
        Uniform = "uniform" { a1111: &["Uniform"] },
        /// Karras et al. 2022, rho 7.
        Karras = "karras" { a1111: &["Karras"], comfy: "karras" },
        /// Evenly in log sigma.
        Exponential = "exponential" { a1111: &["Exponential"], comfy: "exponential" },
        /// Evenly in timestep without the lowest ones (trailing end dropped).
        SgmUniform = "sgm-uniform" { label: "SGM uniform", a1111: &["SGM Uniform", "SGMUniform"], comfy: "sgm_uniform" },
        /// Every n-th entry of the noise schedule, from the top.
        Simple = "simple" { a1111: &["Simple"], comfy: "simple" },
        /// Evenly in timestep from the highest to the lowest sigma.
        Normal = "normal" { a1111: &["Normal"], comfy: "normal" },
        /// The timesteps of DDIM.
        Ddim = "ddim" { label: "DDIM", a1111: &["DDIM"], comfy: "ddim_uniform" },
        /// Quantiles of a Beta(0.6, 0.6) distribution between the lowest and highest sigma.
        Beta = "beta" { a1111: &["Beta"], comfy: "beta" },
        /// Optimal in Kullback-Leibler divergence (align-your-steps paper): evenly in arctan sigma.
        KlOptimal = "kl-optimal" { label: "KL optimal", a1111: &["KL Optimal"], comfy: "kl_optimal" },
    }
}

choices! {
    /// Generator that turns a seed into Gaussian noise.
    SeedSource, "seed source" {
        /// `torch.randn` on the CPU: the pictures of ComfyUI, InvokeAI, diffusers.
        TorchCpu = "torch-cpu" { label: "As ComfyUI, InvokeAI", tooltip: NOISE, a1111: &["CPU", "cpu"] },
        /// `torch.randn` on CUDA (Philox): the pictures of A1111 with GPU or NV noise.
        Philox = "philox" { label: "As A1111 on a graphics card", tooltip: NOISE, a1111: &["NV", "GPU", "cuda"] },
    }
}

choices! {
    /// Which part of the picture the model sees.
    Area, "inpaint area" {
        /// The whole picture while it is about the model's size, else only the masked part.
        Auto = "auto",
        /// The model sees the whole picture at its own size.
        Whole = "whole" { label: "Whole picture", a1111: &["Whole picture"] },
        /// The model sees the masked part alone, enlarged to the size that it paints best.
        OnlyMasked = "only-masked" { a1111: &["Only masked"] },
    }
}
