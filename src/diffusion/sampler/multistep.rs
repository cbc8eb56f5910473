//! Multistep rules on the ODE's derivative `d = (x - denoised) / sigma`: a polynomial through the last few is integrated over the step.

use std::collections::VecDeque;

use super::dpm_multistep::STABLE_STEPS;
use super::{Run, sum};
use crate::diffusion::latent::Latents;
use crate::diffusion::networks::Halt;

/// Linear multistep of order 4: the polynomial is one in sigma (k-diffusion `sample_lms`).
///
/// A run that starts inside the schedule begins with order 1 like any other; diffusers' `LMSDiscreteScheduler` takes the weights of order 4 there with the derivatives that they belong to missing.
pub fn lms(run: &mut Run<'_>, mut x: Latents) -> Result<Latents, Halt> {
    const ORDER: usize = 4;
    let mut derivatives: VecDeque<Latents> = VecDeque::with_capacity(ORDER + 1);
    for (index, sigma, sigma_next) in run.steps() {
        let denoised = run.denoise(&x, index, sigma)?;
        derivatives.push_front(sum([(1.0 / sigma, &x), (-1.0 / sigma, &denoised)]));
        derivatives.truncate(ORDER);
        let latest_first: Vec<f64> = run.walk.sigmas[..=index]
            .iter()
            .rev()
            .take(ORDER)
            .copied()
            .collect();
        for (weight, derivative) in lagrange_integrals(&latest_first, sigma_next)
            .into_iter()
            .zip(&derivatives)
        {
            x = sum([(1.0, &x), (weight, derivative)]);
        }
        run.finish(index, &denoised, &x)?;
    }
    Ok(x)
}

/// Integral from `nodes[0]` to `end` of each Lagrange basis polynomial over up to four nodes, exact by two-point Gauss-Legendre quadrature.
fn lagrange_integrals(nodes: &[f64], end: f64) -> Vec<f64> {
    let (middle, half) = (0.5 * (nodes[0] + end), 0.5 * (end - nodes[0]));
    let offset = half / 3f64.sqrt();
    let basis = |own: usize, at: f64| -> f64 {
        let others = nodes.iter().enumerate().filter(|(other, _)| *other != own);
        others
            .map(|(_, node)| (at - node) / (nodes[own] - node))
            .product()
    };
    (0..nodes.len())
        .map(|own| half * (basis(own, middle - offset) + basis(own, middle + offset)))
        .collect()
}

/// DEIS of order 2: the polynomial is one in log sigma (tAB-DEIS, Zhang and Chen 2022; diffusers `DEISMultistepScheduler`, `logrho`).
pub fn deis(run: &mut Run<'_>, mut x: Latents) -> Result<Latents, Halt> {
    let mut before: Option<(Latents, f64)> = None;
    for (index, sigma, sigma_next) in run.steps() {
        let denoised = run.denoise(&x, index, sigma)?;
        let derivative = sum([(1.0 / sigma, &x), (-1.0 / sigma, &denoised)]);
        let ends_low = run.walk.schedule_steps < STABLE_STEPS || sigma_next <= 0.0;
        let last = index + 1 == run.walk.steps();
        x = match &before {
            Some((derivative_1, sigma_1)) if !(last && ends_low) => {
                // The integrals of the two basis polynomials add up to the step.
                let weight_1 = log_linear_integral(sigma, sigma_next, *sigma_1);
                let weight = sigma_next - sigma - weight_1;
                sum([(1.0, &x), (weight, &derivative), (weight_1, derivative_1)])
            }
            _ => sum([(1.0, &x), (sigma_next - sigma, &derivative)]),
        };
        run.finish(index, &denoised, &x)?;
        before = Some((derivative, sigma));
    }
    Ok(x)
}

/// Integral over s from `sigma` to `sigma_next > 0` of `ln(s / sigma) / ln(sigma_1 / sigma)`.
fn log_linear_integral(sigma: f64, sigma_next: f64, sigma_1: f64) -> f64 {
    (sigma_next * (sigma_next / sigma).ln() - (sigma_next - sigma)) / (sigma_1 / sigma).ln()
}
