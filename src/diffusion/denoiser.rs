//! D(x, sigma), and the wrappers that make it out of a UNet: `Masked(Guided(Controlled(Unet)))`.
//!
//! Does not know samplers, nor which sigma comes next.

use ndarray::{Array1, Array4, Axis, Zip, concatenate};

use super::control::Controlled;
use super::latent::Latents;
use super::networks::{
    Condition, Evaluation, Extra, Halt, Hint, Inside, Networks, PredictionKind, Residuals,
};
use super::prompt::conditioning::Conditioning;
use super::schedule::NoiseSchedule;
use super::spacing::Walk;

/// Where in a run a denoiser is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct At {
    /// Standard deviation of the noise, in the variance-exploding parameterisation of k-diffusion.
    pub sigma: f64,
    /// The step that is being taken, from 0; every evaluation inside a step has the same.
    pub step: usize,
}

/// Estimates clean latents from noisy ones.
pub trait Denoiser {
    /// The clean latents expected in `x = clean + at.sigma * noise`; same shape as `x`.
    ///
    /// # Errors
    /// [`Halt`] when the network fails or is stopped.
    fn denoise(&mut self, x: &Latents, at: At) -> Result<Latents, Halt>;
}

/// A UNet with its scalings: noisy latents in, and from what it predicts back to clean ones.
///
/// Scaling, timestep and the way back from epsilon, velocity or sample are those of k-diffusion's `external.py` adapters.
pub struct Unet<'a> {
    /// The model.
    pub networks: &'a mut dyn Networks,
    /// Its noise schedule.
    pub schedule: &'a NoiseSchedule,
    /// The run, which knows the timesteps of its sigmas.
    pub walk: &'a Walk,
    /// What the model's family takes beside latents, timestep and text.
    pub extras: &'a [(Extra, Array1<f32>)],
    /// Mask and masked-picture latents of inpainting models, `[n, 1 + C, h, w]`.
    pub inpainting: Option<&'a Array4<f32>>,
}

impl Unet<'_> {
    /// What a ControlNet adds for each condition when the network is to predict in `x`.
    ///
    /// # Errors
    /// [`Halt`] when it fails or is stopped.
    pub fn control(
        &mut self,
        index: usize,
        hint: &Hint<'_>,
        x: &Latents,
        at: At,
        conditions: &[&Condition],
    ) -> Result<Vec<Residuals>, Halt> {
        let evaluation = Evaluation {
            sample: &scaled(x, at),
            timestep: self.walk.timestep(self.schedule, at.sigma),
            conditions,
            extras: self.extras,
            residuals: &[],
            inside: &[],
        };
        self.networks.control(index, hint, &evaluation)
    }

    /// What the network predicts in `x`, once for each condition, with what ControlNets add for each.
    ///
    /// # Errors
    /// [`Halt`] when the network fails, is stopped, or gives another number of predictions.
    pub fn predict(
        &mut self,
        x: &Latents,
        at: At,
        conditions: &[&Condition],
        residuals: &[Residuals],
        inside: &[Inside<'_>],
    ) -> Result<Vec<Latents>, Halt> {
        let scaled = scaled(x, at);
        let sample = match self.inpainting {
            None => scaled,
            Some(channels) => concatenate(Axis(1), &[scaled.view(), channels.view()])
                .map_err(|error| Halt::Network(Box::new(error)))?,
        };
        let outputs = self.networks.predict(&Evaluation {
            sample: &sample,
            timestep: self.walk.timestep(self.schedule, at.sigma),
            conditions,
            extras: self.extras,
            residuals,
            inside,
        })?;
        if outputs.len() != conditions.len() {
            let (found, wanted) = (outputs.len(), conditions.len());
            let message = format!("the UNet gave {found} predictions for {wanted} prompts");
            return Err(Halt::Network(message.into()));
        }
        Ok(outputs)
    }

    /// The clean latents that a prediction in `x` means: linear in both, so that predictions may be mixed before.
    pub fn clean(&self, x: &Latents, mut prediction: Latents, at: At) -> Latents {
        let (sigma, scale) = (at.sigma, input_scale(at.sigma));
        let (from_x, from_prediction) = match self.networks.spec().prediction {
            PredictionKind::Epsilon => (1.0, -sigma),
            PredictionKind::V => (scale * scale, -sigma * scale),
            PredictionKind::Sample => (0.0, 1.0),
        };
        prediction.zip_mut_with(x, |value, &noisy| {
            *value = (from_x * f64::from(noisy) + from_prediction * f64::from(*value)) as f32;
        });
        prediction
    }
}

/// Noisy latents as the network takes them.
fn scaled(x: &Latents, at: At) -> Latents {
    x * (input_scale(at.sigma) as f32)
}

/// What noisy latents are multiplied by to have the unit variance that the network was trained with.
fn input_scale(sigma: f64) -> f64 {
    1.0 / (sigma * sigma + 1.0).sqrt()
}

/// A UNet that hears prompts, as a denoiser.
///
/// Guidance is classifier-free (Ho and Salimans 2022), `unconditional + scale * (conditional - unconditional)`, and prompts joined by `AND` add up (Liu et al. 2022), `unconditional + scale * sum of weight * (conditional - unconditional)`.
pub struct Guided<'a> {
    /// The network.
    pub unet: Controlled<'a>,
    /// What is heard at each step; without a negative prompt its only part is the whole prediction.
    pub conditioning: &'a Conditioning,
    /// Guidance scale; unused without a negative prompt.
    pub scale: f32,
}

impl Denoiser for Guided<'_> {
    fn denoise(&mut self, x: &Latents, at: At) -> Result<Latents, Halt> {
        let conditions = self.conditioning.at(at.step);
        let asked = self.conditioning.weights().len().min(conditions.len());
        let predictions = self.unet.predict(x, at, &conditions, asked)?;
        let guided = self.guide(predictions)?;
        Ok(self.unet.unet.clean(x, guided, at))
    }
}

impl Guided<'_> {
    /// One prediction out of those for the prompt's parts and, last, the negative prompt.
    fn guide(&self, mut predictions: Vec<Latents>) -> Result<Latents, Halt> {
        let weights = self.conditioning.weights();
        let Some(unconditional) = predictions.pop() else {
            return Err(Halt::Network("there is nothing to predict from".into()));
        };
        if predictions.len() < weights.len() {
            return Ok(unconditional);
        }
        let mut guided = unconditional.clone();
        for (conditional, weight) in predictions.iter().zip(weights) {
            let scale = self.scale * weight;
            Zip::from(&mut guided)
                .and(conditional)
                .and(&unconditional)
                .for_each(|guided, &conditional, &base| *guided += scale * (conditional - base));
        }
        Ok(guided)
    }
}

/// Inpainting by a latent mask, as a wrapper of any denoiser.
///
/// Outside the mask the model sees the known latents under the run's own noise, and its estimate there is replaced by them, so that every sampler keeps them (ComfyUI `comfy/samplers.py`, `KSamplerX0Inpaint`).
pub struct Masked<'a, D> {
    /// The denoiser that is wrapped.
    pub inner: D,
    /// Clean latents of the picture.
    pub known: &'a Latents,
    /// The noise that the run started from.
    pub noise: &'a Latents,
    /// 1 where the picture is repainted, 0 where it is kept; same shape as the latents.
    pub mask: &'a Latents,
    /// When cells between 0 and 1 are repainted; without one they are blended by that share at every step.
    pub fade: Option<Fade<'a>>,
}

/// Differential diffusion (Levin and Fried 2023): a cell is held until the share of the run that is left falls to its mask value, and repainted from then on (ComfyUI `nodes_differential_diffusion.py`).
#[derive(Clone, Copy)]
pub struct Fade<'a> {
    /// The model's noise schedule.
    pub schedule: &'a NoiseSchedule,
    /// The run.
    pub walk: &'a Walk,
}

impl Fade<'_> {
    /// The lowest mask value that is repainted at a sigma: 1 where the run starts, 0 where it ends, linear in timestep between.
    pub fn threshold(&self, sigma: f64) -> f32 {
        let end = self.walk.sigma_end().max(self.schedule.sigma_min());
        let timestep = |sigma: f64| self.schedule.timestep(sigma);
        let (from, to) = (timestep(self.walk.sigma_start()), timestep(end));
        if from <= to {
            return 0.0;
        }
        ((timestep(sigma) - to) / (from - to)).clamp(0.0, 1.0) as f32
    }
}

impl<D> Masked<'_, D> {
    /// The latents of a finished run, those outside the mask replaced by the picture's own.
    pub fn with_known(&self, latents: Latents) -> Latents {
        self.blended(latents, self.fade.map(|_| 0.0))
    }

    /// The latents where the mask repaints them, else the known ones.
    fn blended(&self, mut latents: Latents, threshold: Option<f32>) -> Latents {
        Zip::from(&mut latents)
            .and(self.known)
            .and(self.mask)
            .for_each(|value, &known, &mask| {
                let share = share(mask, threshold);
                *value = *value * share + known * (1.0 - share);
            });
        latents
    }
}

/// How much of a cell is repainted; a mask of 0 is kept whatever the threshold.
fn share(mask: f32, threshold: Option<f32>) -> f32 {
    match threshold {
        None => mask,
        Some(threshold) => f32::from(mask > 0.0 && mask >= threshold),
    }
}

impl<D: Denoiser> Denoiser for Masked<'_, D> {
    fn denoise(&mut self, x: &Latents, at: At) -> Result<Latents, Halt> {
        let sigma = at.sigma as f32;
        let threshold = self.fade.map(|fade| fade.threshold(at.sigma));
        let seen = Zip::from(x)
            .and(self.known)
            .and(self.noise)
            .and(self.mask)
            .map_collect(|&x, &known, &noise, &mask| {
                let share = share(mask, threshold);
                x * share + (known + sigma * noise) * (1.0 - share)
            });
        let denoised = self.inner.denoise(&seen, at)?;
        Ok(self.blended(denoised, threshold))
    }
}
