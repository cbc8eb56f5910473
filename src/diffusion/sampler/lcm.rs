//! Sampling of consistency models.

use super::{Run, sum};
use crate::diffusion::latent::Latents;
use crate::diffusion::networks::Halt;

/// Multistep consistency sampling: jump to clean latents, add fresh noise, again (Luo et al. 2023; diffusers `LCMScheduler`).
pub fn lcm(run: &mut Run<'_>, mut x: Latents) -> Result<Latents, Halt> {
    for (index, sigma, sigma_next) in run.steps() {
        let estimate = run.denoise(&x, index, sigma)?;
        let (skip, out) = boundary_scalings(run.walk.timesteps[index]);
        let denoised = sum([(out, &estimate), (skip / sigma.hypot(1.0), &x)]);
        x = if sigma_next > 0.0 {
            let noise = run.draw(&x);
            sum([(1.0, &denoised), (sigma_next, &noise)])
        } else {
            denoised.clone()
        };
        run.finish(index, &denoised, &x)?;
    }
    Ok(x)
}

/// Shares of the sample and of the estimate that make the consistency function the identity at timestep 0 (Luo et al. 2023, with the data's deviation 0.5 and timesteps scaled by 10).
fn boundary_scalings(timestep: f64) -> (f64, f64) {
    let (scaled, deviation) = (10.0 * timestep, 0.5f64);
    let norm = scaled.hypot(deviation);
    ((deviation / norm).powi(2), scaled / norm)
}
