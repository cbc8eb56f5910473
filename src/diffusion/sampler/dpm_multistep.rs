//! DPM-Solver++ multistep rules (Lu et al. 2022): exponential integrators in `lambda = -ln sigma` that remember earlier estimates.
//!
//! `h` is a step's length in lambda, `r` the lengths of earlier steps relative to it; orders follow diffusers' `DPMSolverMultistepScheduler`.

use super::{Run, sum, toward};
use crate::diffusion::latent::Latents;
use crate::diffusion::networks::Halt;

/// Schedules shorter than this lower the order of their last steps, for stability (diffusers `lower_order_final`).
pub(super) const STABLE_STEPS: usize = 15;

/// The order that a step's place allows: one at the start and at the end, growing from there.
fn order_at(run: &Run<'_>, most: usize, index: usize) -> usize {
    let left = run.walk.steps() - index;
    let ends_low =
        run.walk.schedule_steps < STABLE_STEPS || run.walk.sigma_end() <= 0.0 && left == 1;
    most.min(index + 1).min(if ends_low { left } else { most })
}

/// DPM-Solver++(2M), midpoint form (Lu et al. 2022, algorithm 2).
pub fn dpmpp_2m(run: &mut Run<'_>, mut x: Latents) -> Result<Latents, Halt> {
    let mut before: Option<(Latents, f64)> = None;
    for (index, sigma, sigma_next) in run.steps() {
        let denoised = run.denoise(&x, index, sigma)?;
        let h = (sigma / sigma_next).ln();
        x = match &before {
            Some((denoised_1, h_1)) if order_at(run, 2, index) == 2 => {
                let r = h_1 / h;
                let ahead = sum([(1.0 + 0.5 / r, &denoised), (-0.5 / r, denoised_1)]);
                toward(&ahead, &x, sigma_next / sigma)
            }
            _ => toward(&denoised, &x, sigma_next / sigma),
        };
        run.finish(index, &denoised, &x)?;
        before = Some((denoised, h));
    }
    Ok(x)
}

/// DPM-Solver++(2M) SDE, midpoint form (diffusers `sde-dpmsolver++`, order 2).
pub fn dpmpp_2m_sde(run: &mut Run<'_>, x: Latents) -> Result<Latents, Halt> {
    dpmpp_sde_multistep(run, x, 2)
}

/// DPM-Solver++(3M) SDE (diffusers `sde-dpmsolver++`, order 3; k-diffusion `sample_dpmpp_3m_sde`).
pub fn dpmpp_3m_sde(run: &mut Run<'_>, x: Latents) -> Result<Latents, Halt> {
    dpmpp_sde_multistep(run, x, 3)
}

fn dpmpp_sde_multistep(run: &mut Run<'_>, mut x: Latents, most: usize) -> Result<Latents, Halt> {
    let mut before: Option<(Latents, f64)> = None;
    let mut before_that: Option<(Latents, f64)> = None;
    for (index, sigma, sigma_next) in run.steps() {
        let denoised = run.denoise(&x, index, sigma)?;
        let h = (sigma / sigma_next).ln();
        // Share of x that the step keeps, and of the estimate that takes its place.
        let (keep, replace) = ((sigma_next / sigma).powi(2), -(-2.0 * h).exp_m1());
        let step = sum([(keep, &x), (replace, &denoised)]);
        x = match (order_at(run, most, index), &before, &before_that) {
            (3, Some((denoised_1, h_1)), Some((denoised_2, h_2))) => {
                let (r_0, r_1) = (h_1 / h, h_2 / h);
                let first = 1.0 - replace / (2.0 * h);
                let second = (replace - 2.0 * h) / (2.0 * h).powi(2) - 0.5;
                // Weights of the divided differences (D0 - D1) / r0 and (D1 - D2) / r1.
                let near = first * (1.0 + r_0 / (r_0 + r_1)) + second / (r_0 + r_1);
                let far = -first * r_0 / (r_0 + r_1) - second / (r_0 + r_1);
                sum([
                    (1.0, &step),
                    (near / r_0, &denoised),
                    (far / r_1 - near / r_0, denoised_1),
                    (-far / r_1, denoised_2),
                ])
            }
            (2, Some((denoised_1, h_1)), _) => {
                let ahead = 0.5 * replace * h / h_1;
                sum([(1.0, &step), (ahead, &denoised), (-ahead, denoised_1)])
            }
            _ => step,
        };
        if sigma_next > 0.0 {
            let noise = run.draw(&x);
            x = sum([(1.0, &x), (sigma_next * replace.sqrt(), &noise)]);
        }
        run.finish(index, &denoised, &x)?;
        before_that = before.replace((denoised, h));
    }
    Ok(x)
}
