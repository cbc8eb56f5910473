//! Stepping rules: loops over the sigmas of a walk, in k-diffusion's style.
//!
//! Latents live in the variance-exploding space, `x = clean + sigma * noise`; where diffusers' class of a sampler's name works in the variance-preserving one, its formulas are the same ones divided by `sqrt(abar)`.
//! Does not know guidance, inpainting or timesteps: all of that is behind the [`Denoiser`].

mod dpm_multistep;
mod dpm_singlestep;
mod euler;
mod lcm;
mod multistep;
mod second_order;
mod unipc;

use std::ops::ControlFlow;

use ndarray::{Array4, Zip};

use super::denoiser::Denoiser;
use super::latent::Latents;
use super::networks::Halt;
use super::noise::Noise;
use super::spacing::Walk;
use crate::recipe::Sampler;

/// One step that was taken.
#[derive(Debug)]
pub struct Step<'a> {
    /// Its index, from 0.
    pub index: usize,
    /// Number of steps of the run.
    pub of: usize,
    /// The sigma that it started from.
    pub sigma: f64,
    /// Clean latents as estimated there.
    pub denoised: &'a Latents,
}

/// The latents that a run starts from: the known ones under noise, or pure noise where there are none.
///
/// Pure noise gets the standard deviation that diffusers' class gives it: sigma, or `sqrt(1 + sigma^2)` for the classes that start from unit variance in the variance-preserving space.
pub fn start(sampler: Sampler, known: Option<&Latents>, noise: &Latents, walk: &Walk) -> Latents {
    let sigma = walk.sigma_start();
    match known {
        Some(known) => sum([(1.0, known), (sigma, noise)]),
        None if preserves_variance(sampler) => sum([(sigma.hypot(1.0), noise)]),
        None => sum([(sigma, noise)]),
    }
}

/// Takes latents from the walk's first sigma to its last.
///
/// Where the walk ends above 0, samplers whose reference works in the variance-preserving space give the latents of that space, as diffusers hands them to the decoder.
/// Noise is drawn when a step needs it, one draw a step, in diffusers' order (`dpmpp-sde` draws two: one for each half of the step).
///
/// # Errors
/// [`Halt`] when the denoiser fails, `on_step` breaks ([`Halt::Cancelled`]), or a step's result is not finite.
pub fn run(
    sampler: Sampler,
    denoiser: &mut dyn Denoiser,
    x: Latents,
    walk: &Walk,
    noise: &mut Noise,
    on_step: &mut dyn FnMut(&Step<'_>) -> ControlFlow<()>,
) -> Result<Latents, Halt> {
    let mut run = Run {
        denoiser,
        walk,
        noise,
        on_step,
    };
    let x = match sampler {
        Sampler::Euler | Sampler::Ddim => euler::euler(&mut run, x),
        Sampler::EulerA => euler::euler_ancestral(&mut run, x),
        Sampler::Heun => second_order::heun(&mut run, x),
        Sampler::Dpm2 => second_order::dpm_2(&mut run, x),
        Sampler::DpmPp2m => dpm_multistep::dpmpp_2m(&mut run, x),
        Sampler::DpmPp2mSde => dpm_multistep::dpmpp_2m_sde(&mut run, x),
        Sampler::DpmPp3mSde => dpm_multistep::dpmpp_3m_sde(&mut run, x),
        Sampler::DpmPpSde => dpm_singlestep::dpmpp_sde(&mut run, x),
        Sampler::DpmPp2sA => dpm_singlestep::dpmpp_2s_ancestral(&mut run, x),
        Sampler::Lms => multistep::lms(&mut run, x),
        Sampler::Deis => multistep::deis(&mut run, x),
        Sampler::UniPc => unipc::unipc(&mut run, x),
        Sampler::Lcm => lcm::lcm(&mut run, x),
    }?;
    let sigma_end = walk.sigma_end();
    if preserves_variance(sampler) && sigma_end > 0.0 {
        return Ok(sum([(1.0 / sigma_end.hypot(1.0), &x)]));
    }
    Ok(x)
}

/// Whether diffusers' class of this name keeps its samples at unit variance.
fn preserves_variance(sampler: Sampler) -> bool {
    match sampler {
        Sampler::DpmPp2m
        | Sampler::DpmPp2mSde
        | Sampler::DpmPp3mSde
        | Sampler::Ddim
        | Sampler::UniPc
        | Sampler::Lcm
        | Sampler::Deis => true,
        Sampler::Euler
        | Sampler::EulerA
        | Sampler::Heun
        | Sampler::Dpm2
        | Sampler::DpmPpSde
        | Sampler::DpmPp2sA
        | Sampler::Lms => false,
    }
}

/// What a stepping rule has at hand.
struct Run<'a> {
    denoiser: &'a mut dyn Denoiser,
    walk: &'a Walk,
    noise: &'a mut Noise,
    on_step: &'a mut dyn FnMut(&Step<'_>) -> ControlFlow<()>,
}

impl<'a> Run<'a> {
    /// The sigmas that each step leads from and to.
    fn steps(&self) -> impl Iterator<Item = (usize, f64, f64)> + use<'a> {
        let sigmas: &'a [f64] = &self.walk.sigmas;
        sigmas
            .windows(2)
            .enumerate()
            .map(|(index, pair)| (index, pair[0], pair[1]))
    }

    fn denoise(&mut self, x: &Latents, sigma: f64) -> Result<Latents, Halt> {
        self.denoiser.denoise(x, sigma)
    }

    /// Standard normal noise of the latents' shape.
    fn draw(&mut self, x: &Latents) -> Latents {
        self.noise.draw(x.dim())
    }

    /// Ends a step with its result `x`.
    fn finish(&mut self, index: usize, denoised: &Latents, x: &Latents) -> Result<(), Halt> {
        if !x.iter().all(|value| value.is_finite()) {
            return Err(Halt::NotFinite("sampler"));
        }
        let step = Step {
            index,
            of: self.walk.steps(),
            sigma: self.walk.sigmas[index],
            denoised,
        };
        match (self.on_step)(&step) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Halt::Cancelled),
        }
    }
}

/// Weighted sum of latents of one shape, added up in f64.
fn sum<const N: usize>(terms: [(f64, &Latents); N]) -> Latents {
    let mut total = Array4::<f64>::zeros(terms[0].1.dim());
    for (weight, term) in terms {
        Zip::from(&mut total)
            .and(term)
            .for_each(|total, value| *total += weight * f64::from(*value));
    }
    total.mapv(|value| value as f32)
}

/// `x` moved towards the clean latents until `share` of its noise is left: Euler's step to `sigma_next` for `share = sigma_next / sigma`.
fn toward(denoised: &Latents, x: &Latents, share: f64) -> Latents {
    sum([(share, x), (1.0 - share, denoised)])
}

/// The noise level to step down to, and the noise to add there, so that both make `sigma_next` (k-diffusion `get_ancestral_step`; eta 1).
fn ancestral_step(sigma: f64, sigma_next: f64) -> (f64, f64) {
    let sigma_up = (sigma_next * (1.0 - (sigma_next / sigma).powi(2)).sqrt()).min(sigma_next);
    let sigma_down = sigma_next * sigma_next / sigma;
    (sigma_down, sigma_up)
}
