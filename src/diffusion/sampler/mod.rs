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

use super::denoiser::{At, Denoiser};
use super::latent::Latents;
use super::networks::Halt;
use super::noise::Noise;
use super::spacing::{Layout, Walk};
use crate::recipe::Sampler;
use crate::recipe::sampler::samplers;

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
        None if rule(sampler).layout.unit_variance => sum([(sigma.hypot(1.0), noise)]),
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
    let x = (rule(sampler).step)(&mut run, x)?;
    let sigma_end = walk.sigma_end();
    if rule(sampler).layout.unit_variance && sigma_end > 0.0 {
        return Ok(sum([(1.0 / sigma_end.hypot(1.0), &x)]));
    }
    Ok(x)
}

/// A sampler as the mathematics sees it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Takes latents through all steps of a run.
    step: fn(&mut Run<'_>, Latents) -> Result<Latents, Halt>,
    /// How diffusers' class of its name lays out a run.
    pub layout: Layout,
    /// What its steps solve, and how exactly.
    pub solves: Solves,
}

/// What a stepping rule solves; its error falls with the order's power of the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Solves {
    /// The probability-flow ODE, with this order. Multistep rules of order 3 and above begin with lower ones, and count as 3.
    Ode(u32),
    /// The reverse SDE, whose variance it keeps with this order.
    Sde(u32),
    /// Nothing: it takes the denoiser for the consistency function.
    Consistency,
}

/// A sampler's rule, from its row in [`crate::recipe::sampler`].
pub fn rule(sampler: Sampler) -> Rule {
    macro_rules! look_up {
        ($(#[$about:meta] $variant:ident {
            name: $name:literal, a1111: $a1111:literal, comfy: $comfy:literal, invoke: $invoke:literal,
            usual: $usual:ident, advice: $advice:literal,
            step: $step:expr, layout: $layout:ident, solves: $solves:expr,
        })+) => {
            match sampler {
                $(Sampler::$variant => Rule {
                    step: $step,
                    layout: Layout::$layout,
                    solves: { use Solves::*; $solves },
                },)+
            }
        };
    }
    samplers!(look_up)
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

    /// The clean latents in `x` at a sigma that the step visits.
    fn denoise(&mut self, x: &Latents, step: usize, sigma: f64) -> Result<Latents, Halt> {
        self.denoiser.denoise(x, At { sigma, step })
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
