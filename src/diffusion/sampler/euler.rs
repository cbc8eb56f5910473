//! First-order steps.

use super::{Run, ancestral_step, sum, toward};
use crate::diffusion::latent::Latents;
use crate::diffusion::networks::Halt;

/// Euler steps of the probability-flow ODE (Karras et al. 2022, algorithm 2 without churn); in these coordinates also DDIM with eta 0 (Song et al. 2021).
pub fn euler(run: &mut Run<'_>, mut x: Latents) -> Result<Latents, Halt> {
    for (index, sigma, sigma_next) in run.steps() {
        let denoised = run.denoise(&x, index, sigma)?;
        x = toward(&denoised, &x, sigma_next / sigma);
        run.finish(index, &denoised, &x)?;
    }
    Ok(x)
}

/// Euler steps with ancestral noise (k-diffusion `sample_euler_ancestral`).
pub fn euler_ancestral(run: &mut Run<'_>, mut x: Latents) -> Result<Latents, Halt> {
    for (index, sigma, sigma_next) in run.steps() {
        let denoised = run.denoise(&x, index, sigma)?;
        let (sigma_down, sigma_up) = ancestral_step(sigma, sigma_next);
        x = toward(&denoised, &x, sigma_down / sigma);
        if sigma_up > 0.0 {
            let noise = run.draw(&x);
            x = sum([(1.0, &x), (sigma_up, &noise)]);
        }
        run.finish(index, &denoised, &x)?;
    }
    Ok(x)
}
