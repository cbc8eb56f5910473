//! What the mathematics asks of a model: four networks behind one trait, and the numbers that describe them.
//!
//! Does not know where a model comes from or what runs it.

use std::error::Error;
use std::fmt;

use ndarray::{Array1, Array3, Array4};

use super::latent::Latents;
use super::schedule::NoiseConfig;
use crate::raster::Size;

/// Conditioning of the UNet: f32 `[1, tokens, width]`, tokens a multiple of the text encoder's window.
pub type Embedding = Array3<f32>;

/// Why a repaint ended before its last step.
#[derive(Debug, thiserror::Error)]
pub enum Halt {
    /// The artist stopped it; not an error.
    #[error("stopped")]
    Cancelled,
    /// A network failed to run.
    #[error(transparent)]
    Network(Box<dyn Error + Send + Sync>),
    /// More text than the UNet hears.
    #[error(
        "the prompt takes {windows} windows of {window} tokens, and this model's UNet takes only {most}; shorten it to {} tokens",
        most * (window - 2)
    )]
    PromptTooLong {
        /// Windows that the prompt, or the negative prompt, takes.
        windows: usize,
        /// Tokens per window, start and end included.
        window: usize,
        /// Windows that there may be.
        most: usize,
    },
    /// A stage produced NaN or infinity.
    #[error(
        "the {0} produced values that are not finite (an fp16 overflow?); try a model with fp32 weights or a lower guidance scale"
    )]
    NotFinite(&'static str),
}

/// One evaluation of the UNet.
pub struct Evaluation<'a> {
    /// UNet input, already scaled: `[n, C, h, w]` of `n` pictures, or `[n, 2C + 1, h, w]` for inpainting models (latents, mask, masked-picture latents).
    pub sample: &'a Array4<f32>,
    /// Timestep in `[0, train_steps)`; rounded to nearest by the model when its graph wants integers.
    pub timestep: f64,
    /// One embedding for each prediction wanted (conditional, and unconditional where guidance is on), all of the same length; every picture's.
    pub contexts: &'a [&'a Embedding],
    /// Embedding of the guidance scale, for consistency models distilled with guidance (`timestep_cond`).
    pub guidance_embedding: Option<&'a Array1<f32>>,
}

/// The networks of one model.
pub trait Networks {
    /// The numbers that describe the model.
    fn spec(&self) -> &ModelSpec;

    /// Token ids of a text, without start and end tokens, not truncated.
    ///
    /// # Errors
    /// When the tokenizer cannot encode the text.
    fn tokenize(&self, text: &str) -> Result<Vec<u32>, Halt>;

    /// Hidden states of one window of `spec().text.window` ids, start, end and padding included: `[1, window, width]`.
    ///
    /// # Errors
    /// When the text encoder fails.
    fn encode_tokens(&mut self, ids: &[u32]) -> Result<Embedding, Halt>;

    /// Latents (posterior mean times scaling factor) of a picture `[1, 3, H, W]` in `[-1, 1]`; H and W multiples of `spec().factor`.
    ///
    /// # Errors
    /// When the VAE encoder fails.
    fn encode_picture(&mut self, picture: &Array4<f32>) -> Result<Latents, Halt>;

    /// Raw UNet outputs `[n, C, h, w]`, one for each context.
    ///
    /// # Errors
    /// When the UNet fails, or [`Halt::Cancelled`] when stopped.
    fn predict(&mut self, evaluation: &Evaluation<'_>) -> Result<Vec<Latents>, Halt>;

    /// Picture `[1, 3, H, W]`, nominally in `[-1, 1]`, of latents.
    ///
    /// # Errors
    /// When the VAE decoder fails.
    fn decode(&mut self, latents: &Latents) -> Result<Array4<f32>, Halt>;
}

/// What a model is, read from its own configs and graphs.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSpec {
    /// Name shown to the artist.
    pub name: String,
    /// Channels of the latents (4 for Stable Diffusion 1 and 2).
    pub latent_channels: usize,
    /// What the UNet takes beside the noisy latents.
    pub unet_input: UnetInput,
    /// Picture pixels per latent pixel along a side (8 for Stable Diffusion).
    pub factor: u32,
    /// Latent sides must be multiples of this (2 to the number of the UNet's downsamplings).
    pub latent_multiple: u32,
    /// Side of the pictures that the model was trained on, pixels.
    pub native_side: u32,
    /// What its graphs take at no other length.
    pub fixed: Fixed,
    /// What the UNet predicts.
    pub prediction: PredictionKind,
    /// The noise schedule that it was trained with.
    pub noise: NoiseConfig,
    /// The text encoder's window.
    pub text: TextWindow,
    /// Width of the guidance-scale embedding (`time_cond_proj_dim`); `None` for models that are guided by two predictions.
    pub guidance_embedding_width: Option<usize>,
    /// Linear map from latents to RGB for previews, where one is known.
    pub preview: Option<LatentRgb>,
}

/// Lengths that a model's graphs fix, where they do; exports for one size have such graphs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    /// Width of the working picture, pixels.
    pub width: Option<u32>,
    /// Height of the working picture, pixels.
    pub height: Option<u32>,
    /// Windows of the text encoder that the UNet hears at once.
    pub windows: Option<usize>,
}

impl Fixed {
    /// The size, its sides replaced by those that are fixed.
    #[must_use]
    pub fn size(self, free: Size) -> Size {
        let (width, height) = (self.width, self.height);
        Size::new(width.unwrap_or(free.width), height.unwrap_or(free.height))
    }
}

/// The size of working pictures: `512x512`, or a side alone where the other is free.
impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.width, self.height) {
            (Some(width), Some(height)) => write!(f, "{width}x{height}"),
            (Some(width), None) => write!(f, "a width of {width}"),
            (None, Some(height)) => write!(f, "a height of {height}"),
            (None, None) => f.write_str("any size"),
        }
    }
}

/// What the UNet takes beside the noisy latents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnetInput {
    /// Nothing: `C` channels.
    Latents,
    /// Mask and masked-picture latents: `2 C + 1` channels, as Stable Diffusion inpainting models.
    Inpainting,
}

/// What the UNet predicts (diffusers' `prediction_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PredictionKind {
    /// The noise.
    Epsilon,
    /// Velocity `sqrt(abar) noise - sqrt(1 - abar) x0` (Salimans and Ho 2022).
    V,
    /// The clean latents.
    Sample,
}

/// The text encoder's window and special tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextWindow {
    /// Ids per window, start and end included (77 for CLIP).
    pub window: usize,
    /// Start-of-text id.
    pub start: u32,
    /// End-of-text id.
    pub end: u32,
    /// Padding id (the end id for CLIP-L, 0 for OpenCLIP).
    pub pad: u32,
}

/// Linear latents-to-RGB map; `rgb = bias + sum_c factors[c] * latent[c]`, about `[-1, 1]`.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentRgb {
    /// One row for each latent channel.
    pub factors: Vec<[f32; 3]>,
    /// Added to every pixel.
    pub bias: [f32; 3],
}
