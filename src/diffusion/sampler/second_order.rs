//! Second-order steps that evaluate the denoiser twice.

use super::{Run, sum, toward};
use crate::diffusion::latent::Latents;
use crate::diffusion::networks::Halt;

/// Heun's method on the probability-flow ODE (Karras et al. 2022, algorithm 2 without churn).
pub fn heun(run: &mut Run<'_>, mut x: Latents) -> Result<Latents, Halt> {
    for (index, sigma, sigma_next) in run.steps() {
        let denoised = run.denoise(&x, index, sigma)?;
        let x_2 = toward(&denoised, &x, sigma_next / sigma);
        x = if sigma_next > 0.0 {
            let denoised_2 = run.denoise(&x_2, index, sigma_next)?;
            let (half, half_2) = (
                0.5 * (sigma_next - sigma) / sigma,
                0.5 * (sigma_next - sigma) / sigma_next,
            );
            sum([
                (1.0 + half, &x),
                (-half, &denoised),
                (half_2, &x_2),
                (-half_2, &denoised_2),
            ])
        } else {
            x_2
        };
        run.finish(index, &denoised, &x)?;
    }
    Ok(x)
}

/// The midpoint method, the midpoint taken in log sigma (DPM-Solver-2, Lu et al. 2022; diffusers `KDPM2DiscreteScheduler`).
pub fn dpm_2(run: &mut Run<'_>, mut x: Latents) -> Result<Latents, Halt> {
    for (index, sigma, sigma_next) in run.steps() {
        let denoised = run.denoise(&x, index, sigma)?;
        let sigma_mid = (sigma * sigma_next).sqrt();
        let x_2 = toward(&denoised, &x, sigma_mid / sigma);
        x = if sigma_next > 0.0 {
            let denoised_2 = run.denoise(&x_2, index, sigma_mid)?;
            let step = (sigma_next - sigma) / sigma_mid;
            sum([(1.0, &x), (step, &x_2), (-step, &denoised_2)])
        } else {
            x_2
        };
        run.finish(index, &denoised, &x)?;
    }
    Ok(x)
}
