//! D(x, sigma), and the wrappers that make it out of a UNet: parameterisation, guidance, inpainting.
//!
//! Does not know samplers, nor which sigma comes next.

use std::cell::Cell;

use ndarray::{Array1, Array4, Axis, Zip, concatenate};

use super::latent::Latents;
use super::networks::{Evaluation, Halt, Networks, PredictionKind};
use super::prompt::conditioning::Conditioning;
use super::schedule::NoiseSchedule;
use super::spacing::Walk;

/// Estimates clean latents from noisy ones.
pub trait Denoiser {
    /// The clean latents expected in `x = clean + sigma * noise`; same shape as `x`.
    ///
    /// `sigma` is the noise's standard deviation in the variance-exploding parameterisation of k-diffusion.
    ///
    /// # Errors
    /// [`Halt`] when the network fails or is stopped.
    fn denoise(&mut self, x: &Latents, sigma: f64) -> Result<Latents, Halt>;
}

/// A UNet under guidance as a denoiser.
///
/// Scaling, timestep and the way back from epsilon, velocity or sample to clean latents are those of k-diffusion's `external.py` adapters; guidance is classifier-free (Ho and Salimans 2022), `unconditional + scale * (conditional - unconditional)`, and prompts joined by `AND` add up (Liu et al. 2022), `unconditional + scale * sum of weight * (conditional - unconditional)`.
pub struct Guided<'a> {
    /// The model.
    pub networks: &'a mut dyn Networks,
    /// Its noise schedule.
    pub schedule: &'a NoiseSchedule,
    /// The run, which knows the timesteps of its sigmas.
    pub walk: &'a Walk,
    /// What is heard at each step; without a negative prompt its only part is the whole prediction.
    pub conditioning: &'a Conditioning,
    /// Steps that are done so far; whoever drives the sampler counts them, so that every evaluation inside a step hears the same.
    pub steps_done: &'a Cell<usize>,
    /// Guidance scale; unused without a negative prompt.
    pub guidance_scale: f32,
    /// Guidance-scale embedding of distilled models.
    pub guidance_embedding: Option<&'a Array1<f32>>,
    /// Mask and masked-picture latents of inpainting models, `[n, 1 + C, h, w]`.
    pub inpainting: Option<&'a Array4<f32>>,
}

impl Denoiser for Guided<'_> {
    fn denoise(&mut self, x: &Latents, sigma: f64) -> Result<Latents, Halt> {
        let scale = 1.0 / (sigma * sigma + 1.0).sqrt();
        let scaled = x * (scale as f32);
        let sample = match self.inpainting {
            None => scaled,
            Some(channels) => concatenate(Axis(1), &[scaled.view(), channels.view()])
                .map_err(|error| Halt::Network(Box::new(error)))?,
        };
        let contexts = self.conditioning.at(self.steps_done.get());
        let outputs = self.networks.predict(&Evaluation {
            sample: &sample,
            timestep: self.walk.timestep(self.schedule, sigma),
            contexts: &contexts,
            guidance_embedding: self.guidance_embedding,
        })?;
        let mut output = self.guide(outputs, contexts.len())?;
        // Clean latents are linear in x and the output, whatever the network predicts.
        let (from_x, from_output) = match self.networks.spec().prediction {
            PredictionKind::Epsilon => (1.0, -sigma),
            PredictionKind::V => (scale * scale, -sigma * scale),
            PredictionKind::Sample => (0.0, 1.0),
        };
        output.zip_mut_with(x, |value, &noisy| {
            *value = (from_x * f64::from(noisy) + from_output * f64::from(*value)) as f32;
        });
        Ok(output)
    }
}

impl Guided<'_> {
    /// One prediction out of those for the prompt's parts and, last, the negative prompt.
    fn guide(&self, mut outputs: Vec<Latents>, wanted: usize) -> Result<Latents, Halt> {
        let found = outputs.len();
        if found != wanted {
            let message = format!("the UNet gave {found} predictions for {wanted} prompts");
            return Err(Halt::Network(message.into()));
        }
        let weights = self.conditioning.weights();
        let Some(last) = outputs.pop() else {
            return Err(Halt::Network("the UNet gave no prediction".into()));
        };
        if outputs.len() < weights.len() {
            return Ok(last);
        }
        let unconditional = last;
        let mut guided = unconditional.clone();
        for (conditional, weight) in outputs.iter().zip(weights) {
            let scale = self.guidance_scale * weight;
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
    fn denoise(&mut self, x: &Latents, sigma: f64) -> Result<Latents, Halt> {
        let sigma_f32 = sigma as f32;
        let threshold = self.fade.map(|fade| fade.threshold(sigma));
        let seen = Zip::from(x)
            .and(self.known)
            .and(self.noise)
            .and(self.mask)
            .map_collect(|&x, &known, &noise, &mask| {
                let share = share(mask, threshold);
                x * share + (known + sigma_f32 * noise) * (1.0 - share)
            });
        let denoised = self.inner.denoise(&seen, sigma)?;
        Ok(self.blended(denoised, threshold))
    }
}
