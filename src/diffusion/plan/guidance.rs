//! How strictly the prompt is followed, and by which of two ways: a second prediction, or a scale that the model takes itself.

use ndarray::Array1;

use crate::diffusion::networks::{Extra, ModelSpec};
use crate::diffusion::prompt::schedule::Prompt;
use crate::raster::Size;
use crate::recipe::Recipe;

/// What guides a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Guidance {
    /// Guidance scale between the predictions.
    pub scale: f32,
    /// Whether there is a prediction for the negative prompt.
    pub unconditional: bool,
}

impl Guidance {
    pub(super) fn new(recipe: &Recipe, prompt: &Prompt, spec: &ModelSpec) -> Self {
        let takes_scale = |extra: &Extra| matches!(extra, Extra::GuidanceScale { .. });
        let embedded = spec.extras.iter().any(takes_scale);
        Self {
            scale: if embedded {
                1.0
            } else {
                recipe.guidance_scale as f32
            },
            // Composing needs something to compose from; models that take the scale itself add nothing to it.
            unconditional: prompt.is_composed() || (recipe.guidance_scale > 1.0 && !embedded),
        }
    }
}

/// The numbers that the model's family wants beside latents, timestep and text.
///
/// SDXL's sizes are those of an uncut picture of the working size, as diffusers and A1111 (`modules/sd_models_xl.py`) have them.
pub(super) fn extras(
    recipe: &Recipe,
    working: Size,
    spec: &ModelSpec,
) -> Vec<(Extra, Array1<f32>)> {
    let Size { width, height } = working;
    let values = |extra: &Extra| match *extra {
        Extra::GuidanceScale { width } => embedding(recipe.guidance_scale, width),
        Extra::Sizes => [height, width, 0, 0, height, width]
            .map(|side| side as f32)
            .to_vec()
            .into(),
    };
    let extras = spec.extras.iter();
    extras.map(|extra| (*extra, values(extra))).collect()
}

/// Sinusoidal embedding of the guidance scale for consistency models distilled with guidance: `[1000 (scale - 1)]` at `width / 2` frequencies from 1 down to 1/10000, sines first (Luo et al. 2023; diffusers `get_guidance_scale_embedding`).
fn embedding(guidance_scale: f64, width: usize) -> Array1<f32> {
    let half = width / 2;
    let angle = |index: usize| {
        let frequency = (-(10_000f64.ln()) * index as f64 / (half as f64 - 1.0)).exp();
        1000.0 * (guidance_scale - 1.0) * frequency
    };
    Array1::from_shape_fn(width, |index| match index {
        _ if index < half => angle(index).sin() as f32,
        _ if index < 2 * half => angle(index - half).cos() as f32,
        _ => 0.0,
    })
}
