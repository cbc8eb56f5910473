//! What the mathematics asks of a model: four networks behind one trait, and the numbers that describe them.
//!
//! Does not know where a model comes from or what runs it.

use std::error::Error;
use std::fmt;

use ndarray::{Array1, Array2, Array3, Array4};

use super::latent::Latents;
use super::schedule::NoiseConfig;
use crate::raster::Size;
use crate::recipe::Suggestion;

/// One window of a text: token ids and their attention weights (1 is neutral), without start, end and padding.
pub type Chunk = Vec<(u32, f32)>;

/// What a UNet hears of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Hidden states, f32 `[1, tokens, width]`; tokens a multiple of the text encoder's window.
    pub states: Array3<f32>,
    /// The text as one row, f32 `[1, width]`, for families whose UNet takes it.
    pub pooled: Option<Array2<f32>>,
}

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
    /// Words that a network was not made for; what it says of them, one line.
    #[error("{0}")]
    UnknownWord(String),
    /// A stage produced NaN or infinity.
    #[error(
        "the {0} produced values that are not finite (an fp16 overflow?); {remedy}",
        remedy = remedy(.0)
    )]
    NotFinite(&'static str),
}

/// What helps against values of a stage that are not finite.
fn remedy(stage: &str) -> &'static str {
    match stage {
        "tagger" => "use one with fp32 weights",
        _ if stage.starts_with("VAE") => {
            "choose another VAE (--vae), as SDXL's own overflows in fp16"
        }
        _ => "try a model with fp32 weights or a lower guidance scale",
    }
}

impl Condition {
    /// The condition that says nothing: zeros of the same shape.
    pub fn zeroed(mut self) -> Self {
        self.states.fill(0.0);
        if let Some(pooled) = &mut self.pooled {
            pooled.fill(0.0);
        }
        self
    }
}

/// One evaluation of the UNet.
pub struct Evaluation<'a> {
    /// UNet input, already scaled: `[n, C, h, w]` of `n` pictures, or `[n, 2C + 1, h, w]` for inpainting models (latents, mask, masked-picture latents).
    pub sample: &'a Array4<f32>,
    /// Timestep in `[0, train_steps)`; rounded to nearest by the model when its graph wants integers.
    pub timestep: f64,
    /// One condition for each prediction wanted (conditional, and unconditional where guidance is on), all of the same length; every picture's.
    pub conditions: &'a [&'a Condition],
    /// The numbers that the model's family wants beside these ([`ModelSpec::extras`]).
    pub extras: &'a [(Extra, Array1<f32>)],
    /// What ControlNets add for each condition; empty where none is at work.
    pub residuals: &'a [Residuals],
    /// What ControlNets inside the UNet are shown; those that are not named are not heard.
    pub inside: &'a [Inside<'a>],
}

/// A ControlNet inside the UNet at work.
#[derive(Clone, Copy)]
pub struct Inside<'a> {
    /// Its place among those of the UNet.
    pub place: usize,
    /// What it is shown, as in [`Hint::picture`].
    pub picture: &'a Array4<f32>,
    /// What its residuals are multiplied by.
    pub weight: f32,
}

/// What ControlNets add to the UNet for one condition: `[n, width, h, w]` to each of its skip connections from the finest on, last to what is in the middle.
pub type Residuals = Vec<Array4<f32>>;

/// A ControlNet that a model was loaded with.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlSpec {
    /// Its name ([`Control::model`](crate::recipe::Control::model)).
    pub name: String,
    /// How many kinds of pictures it tells apart, where it is one for all (ControlNet Union).
    pub types: Option<usize>,
    /// Its place among those inside the UNet, where it is one: it runs with the UNet alone, and hears all conditions alike.
    pub inside: Option<usize>,
}

/// What a ControlNet is shown.
pub struct Hint<'a> {
    /// `[1, 3, H, W]`, nominally in `[0, 1]`.
    pub picture: &'a Array4<f32>,
    /// Which kind of picture it is, for [`ControlSpec::types`].
    pub kind: Option<usize>,
}

/// A row of numbers that a family's UNet takes beside latents, timestep and text; the same for every picture and condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    /// Embedding of the guidance scale, for consistency models distilled with guidance.
    GuidanceScale {
        /// Numbers of the embedding (`time_cond_proj_dim`).
        width: usize,
    },
    /// What SDXL was told of each training picture, pixels: height and width of the original, top and left of the crop, height and width of the target.
    Sizes,
}

impl Extra {
    /// The name of the UNet's input.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GuidanceScale { .. } => "timestep_cond",
            Self::Sizes => "time_ids",
        }
    }
}

/// The networks of one model.
pub trait Networks {
    /// The numbers that describe the model.
    fn spec(&self) -> &ModelSpec;

    /// Token ids of a text, without start and end tokens, not truncated, in pieces that no window divides: single tokens, and the vectors of an embedding.
    ///
    /// # Errors
    /// When the tokenizer cannot encode the text.
    fn tokenize(&self, text: &str) -> Result<Vec<Vec<u32>>, Halt>;

    /// The condition of a text of at least one chunk, each of at most `spec().text_window - 2` tokens.
    ///
    /// Start, end and padding, the layer that is read without `clip_skip` ([`Recipe::clip_skip`](crate::recipe::Recipe::clip_skip)) and emphasis are the model's matter.
    ///
    /// # Errors
    /// When the text encoder fails.
    fn encode(&mut self, chunks: &[Chunk], clip_skip: usize) -> Result<Condition, Halt>;

    /// Latents (posterior mean times scaling factor) of a picture `[1, 3, H, W]` in `[-1, 1]`; H and W multiples of `spec().factor`.
    ///
    /// # Errors
    /// When the VAE encoder fails.
    fn encode_picture(&mut self, picture: &Array4<f32>) -> Result<Latents, Halt>;

    /// What a ControlNet of [`ModelSpec::controls`] adds to the UNet, for each condition of an evaluation, whose sample is that of a UNet without mask channels.
    ///
    /// # Errors
    /// When it fails, or [`Halt::Cancelled`] when stopped.
    fn control(
        &mut self,
        index: usize,
        hint: &Hint<'_>,
        evaluation: &Evaluation<'_>,
    ) -> Result<Vec<Residuals>, Halt>;

    /// Raw UNet outputs `[n, C, h, w]`, one for each condition.
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
    /// Ids of one window of the text encoder, start and end included (77 for CLIP); at least 3.
    pub text_window: usize,
    /// The greatest clip skip that its text encoder can be read at; `None` where the family hears none.
    pub clip_skips: Option<usize>,
    /// Whether an empty negative prompt is heard as zeros (`force_zeros_for_empty_prompt`).
    pub zeros_for_empty_negative: bool,
    /// What the UNet takes beside latents, timestep and text.
    pub extras: Vec<Extra>,
    /// The ControlNets that it was loaded with.
    pub controls: Vec<ControlSpec>,
    /// Linear map from latents to RGB for previews, where one is known.
    pub preview: Option<LatentRgb>,
    /// How its makers want it run, where it is made for few steps.
    pub suggestion: Option<Suggestion>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PredictionKind {
    /// The noise.
    Epsilon,
    /// Velocity `sqrt(abar) noise - sqrt(1 - abar) x0` (Salimans and Ho 2022).
    V,
    /// The clean latents.
    Sample,
}

impl PredictionKind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: &'static [Self] = &[Self::Epsilon, Self::V, Self::Sample];

    /// Its name on the command line, as diffusers has it but for `v`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Epsilon => "epsilon",
            Self::V => "v",
            Self::Sample => "sample",
        }
    }
}

/// Linear latents-to-RGB map; `rgb = bias + sum_c factors[c] * latent[c]`, about `[-1, 1]`.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentRgb {
    /// One row for each latent channel.
    pub factors: Vec<[f32; 3]>,
    /// Added to every pixel.
    pub bias: [f32; 3],
}
