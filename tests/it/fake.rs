//! Networks without a model: simple enough that a test can foresee what they give.

use ndarray::{Array3, Array4};
use pentimento::diffusion::latent::Latents;
use pentimento::diffusion::networks::{
    Chunk, Condition, ControlSpec, Evaluation, Fixed, Halt, Hint, LatentRgb, ModelSpec, Networks,
    PredictionKind, Residuals, UnetInput,
};
use pentimento::diffusion::prompt::TextWindow;
use pentimento::diffusion::schedule::{Betas, NoiseConfig};

/// Latents are means of `factor` x `factor` pixels; the UNet pulls towards a tint that the prompt's length chooses.
pub struct FakeNetworks {
    pub spec: ModelSpec,
    /// Number of conditions of each evaluation so far.
    pub evaluations: Vec<usize>,
    /// Number of pictures encoded so far.
    pub encoded: usize,
    /// ControlNets that were run so far, each with its number of conditions.
    pub controls: Vec<(usize, usize)>,
}

impl FakeNetworks {
    pub fn new(unet_input: UnetInput) -> Self {
        Self {
            spec: spec(unet_input),
            evaluations: Vec::new(),
            encoded: 0,
            controls: Vec::new(),
        }
    }
}

const WINDOW: TextWindow = TextWindow {
    window: 77,
    start: 900,
    end: 901,
    pad: 901,
};

/// A small model: 3 latent channels, factor 4, UNet with one downsampling, native side 32.
pub fn spec(unet_input: UnetInput) -> ModelSpec {
    ModelSpec {
        name: "fake".to_owned(),
        latent_channels: 3,
        unet_input,
        factor: 4,
        latent_multiple: 2,
        native_side: 32,
        fixed: Fixed::default(),
        prediction: PredictionKind::Epsilon,
        noise: NoiseConfig {
            train_steps: 1000,
            betas: Betas::ScaledLinear {
                start: 0.000_85,
                end: 0.012,
            },
            zero_terminal_snr: false,
        },
        text_window: WINDOW.window,
        zeros_for_empty_negative: false,
        extras: Vec::new(),
        controls: [("net", None), ("union", Some(8))]
            .map(|(name, types)| ControlSpec {
                name: name.to_owned(),
                types,
                inside: None,
            })
            .into(),
        clip_skips: None,
        preview: Some(LatentRgb {
            factors: vec![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            bias: [0.0; 3],
        }),
        suggestion: None,
    }
}

impl Networks for FakeNetworks {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    /// A token for each word and each comma: 1 for a comma, else 100 plus the word's length.
    fn tokenize(&self, text: &str) -> Result<Vec<Vec<u32>>, Halt> {
        let spaced = text.replace(',', " , ");
        Ok(spaced
            .split_whitespace()
            .map(|word| {
                if word == "," {
                    vec![1]
                } else {
                    vec![100 + word.len() as u32]
                }
            })
            .collect())
    }

    /// Two states a token: its id, and 1.
    fn encode(&mut self, chunks: &[Chunk], _clip_skip: usize) -> Result<Condition, Halt> {
        let states = WINDOW.states(chunks, |ids| {
            Ok(Array3::from_shape_fn(
                (1, ids.len(), 2),
                |(_, token, state)| if state == 0 { ids[token] as f32 } else { 1.0 },
            ))
        })?;
        Ok(Condition {
            states,
            pooled: None,
        })
    }

    fn encode_picture(&mut self, picture: &Array4<f32>) -> Result<Latents, Halt> {
        self.encoded += 1;
        let (_, channels, height, width) = picture.dim();
        let factor = self.spec.factor as usize;
        Ok(Latents::from_shape_fn(
            (1, channels, height / factor, width / factor),
            |(_, c, y, x)| {
                let block = ndarray::s![
                    0,
                    c,
                    y * factor..(y + 1) * factor,
                    x * factor..(x + 1) * factor
                ];
                picture.slice(block).mean().unwrap_or(0.0)
            },
        ))
    }

    /// One residual, the mean of what the ControlNet is shown.
    fn control(
        &mut self,
        index: usize,
        hint: &Hint<'_>,
        evaluation: &Evaluation<'_>,
    ) -> Result<Vec<Residuals>, Halt> {
        self.controls.push((index, evaluation.conditions.len()));
        let mean = hint.picture.mean().unwrap_or(0.0);
        let one = vec![evaluation.sample * 0.0 + mean];
        Ok(vec![one; evaluation.conditions.len()])
    }

    /// The noise that would lie between the sample and a flat tint.
    fn predict(&mut self, evaluation: &Evaluation<'_>) -> Result<Vec<Latents>, Halt> {
        self.evaluations.push(evaluation.conditions.len());
        let channels = self.spec.latent_channels;
        let noisy = evaluation.sample.slice(ndarray::s![.., ..channels, .., ..]);
        let conditions = evaluation.conditions.iter().enumerate();
        Ok(conditions
            .map(|(index, condition)| {
                let tint = (condition.states.sum() % 7.0) / 7.0 - 0.5;
                let residuals = evaluation.residuals.get(index);
                let added = residuals.map_or(0.0, |residuals| residuals[0].mean().unwrap_or(0.0));
                noisy.mapv(|value| value - 0.1 * tint - added)
            })
            .collect())
    }

    fn decode(&mut self, latents: &Latents) -> Result<Array4<f32>, Halt> {
        let (_, channels, height, width) = latents.dim();
        let factor = self.spec.factor as usize;
        Ok(Array4::from_shape_fn(
            (1, channels, height * factor, width * factor),
            |(_, c, y, x)| latents[[0, c, y / factor, x / factor]],
        ))
    }
}
