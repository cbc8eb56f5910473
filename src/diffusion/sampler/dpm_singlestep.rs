//! Stochastic DPM-Solver++ rules that evaluate the denoiser at both ends of half a step.

use super::{Run, ancestral_step, sum, toward};
use crate::diffusion::latent::Latents;
use crate::diffusion::networks::Halt;

/// DPM-Solver++ SDE (k-diffusion `sample_dpmpp_sde`, diffusers `DPMSolverSDEScheduler`; r 1/2, eta 1).
///
/// The noise of the half step and of the whole one are increments of one Brownian path over sigma.
/// The references look them up in a tree of random numbers; here each half of a step draws its own increment, and the whole step adds the two, which has the same distribution.
pub fn dpmpp_sde(run: &mut Run<'_>, mut x: Latents) -> Result<Latents, Halt> {
    for (index, sigma, sigma_next) in run.steps() {
        let denoised = run.denoise(&x, index, sigma)?;
        x = if sigma_next > 0.0 {
            let sigma_mid = (sigma * sigma_next).sqrt();
            let noise_1 = run.draw(&x);
            let (sigma_down, sigma_up) = ancestral_step(sigma, sigma_mid);
            let x_2 = toward(&denoised, &x, sigma_down / sigma);
            let denoised_2 =
                run.denoise(&sum([(1.0, &x_2), (sigma_up, &noise_1)]), index, sigma_mid)?;

            let noise_2 = run.draw(&x);
            let path = |from: f64, to: f64| ((from - to) / (sigma - sigma_next)).sqrt();
            let (sigma_down, sigma_up) = ancestral_step(sigma, sigma_next);
            let x_next = toward(&denoised_2, &x, sigma_down / sigma);
            sum([
                (1.0, &x_next),
                (sigma_up * path(sigma, sigma_mid), &noise_1),
                (sigma_up * path(sigma_mid, sigma_next), &noise_2),
            ])
        } else {
            denoised.clone()
        };
        run.finish(index, &denoised, &x)?;
    }
    Ok(x)
}

/// DPM-Solver++(2S) with ancestral noise (k-diffusion `sample_dpmpp_2s_ancestral`).
pub fn dpmpp_2s_ancestral(run: &mut Run<'_>, mut x: Latents) -> Result<Latents, Halt> {
    for (index, sigma, sigma_next) in run.steps() {
        let denoised = run.denoise(&x, index, sigma)?;
        let (sigma_down, sigma_up) = ancestral_step(sigma, sigma_next);
        x = if sigma_next > 0.0 {
            let sigma_mid = (sigma * sigma_down).sqrt();
            let x_2 = toward(&denoised, &x, sigma_mid / sigma);
            let denoised_2 = run.denoise(&x_2, index, sigma_mid)?;
            let x_down = toward(&denoised_2, &x, sigma_down / sigma);
            let noise = run.draw(&x);
            sum([(1.0, &x_down), (sigma_up, &noise)])
        } else {
            denoised.clone()
        };
        run.finish(index, &denoised, &x)?;
    }
    Ok(x)
}
