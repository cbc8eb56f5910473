//! Samplers against the closed form: for Gaussian data of deviation S the denoiser is `x S^2 / (S^2 + sigma^2)`, the ODE takes x to `x sqrt((S^2 + sigma_end^2) / (S^2 + sigma_start^2))`, and every exact stochastic sampler keeps the variance `S^2 + sigma^2`.

use std::ops::{ControlFlow, Range};

use ndarray::Array4;
use pentimento::diffusion::denoiser::{At, Denoiser};
use pentimento::diffusion::latent::Latents;
use pentimento::diffusion::networks::Halt;
use pentimento::diffusion::noise::Noise;
use pentimento::diffusion::sampler::{self, Solves};
use pentimento::diffusion::spacing::Walk;
use pentimento::recipe::{Sampler, SeedSource};

/// Deviation of the data.
const S: f64 = 0.8;
const SIGMA_MAX: f64 = 10.0;
const SIGMA_MIN: f64 = 0.05;

/// The exact denoiser of the data, and the power of `S^2 / (S^2 + sigma^2)` that it takes: 1 for the posterior mean, 1/2 for the ODE's solution at sigma 0 (a perfect consistency model).
struct Gaussian {
    power: f64,
}

impl Denoiser for Gaussian {
    fn denoise(&mut self, x: &Latents, At { sigma, .. }: At) -> Result<Latents, Halt> {
        let gain = (S * S / (S * S + sigma * sigma)).powf(self.power);
        Ok(x.mapv(|x| (f64::from(x) * gain) as f32))
    }
}

/// A Karras spacing (rho 7) that ends above 0.
fn karras(steps: usize) -> Walk {
    let (high, low) = (SIGMA_MAX.powf(1.0 / 7.0), SIGMA_MIN.powf(1.0 / 7.0));
    let sigmas: Vec<f64> = (0..=steps)
        .map(|step| (high + step as f64 / steps as f64 * (low - high)).powi(7))
        .collect();
    Walk {
        timesteps: vec![500.0; steps],
        sigmas,
        schedule_steps: steps,
    }
}

fn run(sampler: Sampler, power: f64, x: Latents, walk: &Walk, noise: &mut Noise) -> Latents {
    sampler::run(
        sampler,
        &mut Gaussian { power },
        x,
        walk,
        noise,
        &mut |_| ControlFlow::Continue(()),
    )
    .unwrap()
}

/// Whether a sampler's result is divided by `sqrt(1 + sigma_end^2)`.
fn ends_at_unit_variance(sampler: Sampler) -> bool {
    sampler::rule(sampler).layout.unit_variance
}

/// By how much halving the steps divides the ODE's error.
fn ratios(order: u32) -> Range<f64> {
    match order {
        1 => 1.9..2.1,
        2 => 3.8..4.4,
        // Multistep rules of higher order, which begin with one step of lower order.
        _ => 8.0..13.0,
    }
}

/// How exact the variance is at 64 steps, as a share.
fn most_variance_error(order: u32) -> f64 {
    match order {
        1 => 0.1,
        2 => 0.03,
        // Begins with steps of lower order.
        _ => 0.06,
    }
}

/// Relative error of the ODE's solution.
fn ode_error(sampler: Sampler, steps: usize) -> f64 {
    let walk = karras(steps);
    let mut noise = Noise::new(0, SeedSource::TorchCpu);
    let x = run(
        sampler,
        1.0,
        Array4::from_elem((1, 1, 1, 1), 1.0),
        &walk,
        &mut noise,
    )[[0, 0, 0, 0]];
    let exact = S.hypot(SIGMA_MIN) / S.hypot(SIGMA_MAX);
    let scale = if ends_at_unit_variance(sampler) {
        SIGMA_MIN.hypot(1.0)
    } else {
        1.0
    };
    (f64::from(x) * scale / exact - 1.0).abs()
}

/// Relative error of the variance at the end over 2^15 draws.
fn variance_error(sampler: Sampler, power: f64, exact: f64, walk: &Walk) -> f64 {
    let mut noise = Noise::new(7, SeedSource::TorchCpu);
    let x = noise.draw((1, 4, 64, 128)) * S.hypot(SIGMA_MAX) as f32;
    let x = run(sampler, power, x, walk, &mut noise);
    let variance = x.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() / x.len() as f64;
    (variance / exact - 1.0).abs()
}

#[test]
fn every_sampler_has_its_order() {
    for sampler in Sampler::ALL.iter().copied() {
        let unit = if ends_at_unit_variance(sampler) {
            1.0 + SIGMA_MIN * SIGMA_MIN
        } else {
            1.0
        };
        let exact = (S * S + SIGMA_MIN * SIGMA_MIN) / unit;
        match sampler::rule(sampler).solves {
            Solves::Ode(order) => {
                let ratio = ode_error(sampler, 32) / ode_error(sampler, 64);
                assert!(
                    ratios(order).contains(&ratio),
                    "{sampler}: halving the step divides the error by {ratio:.2}"
                );
            }
            Solves::Sde(order) => {
                let fine = variance_error(sampler, 1.0, exact, &karras(64));
                let coarse = variance_error(sampler, 1.0, exact, &karras(16));
                assert!(
                    fine < most_variance_error(order),
                    "{sampler}: variance off by {fine:.4}"
                );
                // Below this the draws' own scatter, 0.8 %, hides how the error falls.
                assert!(
                    coarse > 2.5 * fine || coarse < 0.03,
                    "{sampler}: {coarse:.4} at 16 steps, {fine:.4} at 64"
                );
            }
            Solves::Consistency => {
                let mut walk = karras(4);
                walk.sigmas[4] = 0.0;
                let error = variance_error(sampler, 0.5, S * S, &walk);
                assert!(error < 0.015, "{sampler}: variance off by {error:.4}");
            }
        }
    }
}

/// What a run tells while it goes, and how it can be ended, is the same for every sampler.
#[test]
fn steps_are_told_in_order_and_can_be_stopped() {
    let walk = karras(6);
    let x = Array4::from_elem((1, 4, 3, 3), 1.0);
    for sampler in Sampler::ALL.iter().copied() {
        let mut told = Vec::new();
        let mut noise = Noise::new(0, SeedSource::TorchCpu);
        let outcome = sampler::run(
            sampler,
            &mut Gaussian { power: 1.0 },
            x.clone(),
            &walk,
            &mut noise,
            &mut |step| {
                assert_eq!(step.denoised.dim(), x.dim(), "{sampler}");
                told.push((step.index, step.of, step.sigma));
                if step.index == 3 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        assert!(matches!(outcome, Err(Halt::Cancelled)), "{sampler}");
        let expected: Vec<_> = (0..4).map(|index| (index, 6, walk.sigmas[index])).collect();
        assert_eq!(told, expected, "{sampler}");
    }
}

/// A denoiser that works a number of times and then gives something else.
struct Fails {
    after: usize,
    with: fn(&Latents) -> Result<Latents, Halt>,
}

impl Denoiser for Fails {
    fn denoise(&mut self, x: &Latents, _: At) -> Result<Latents, Halt> {
        match self.after.checked_sub(1) {
            Some(after) => {
                self.after = after;
                Ok(x.clone())
            }
            None => (self.with)(x),
        }
    }
}

#[test]
fn a_value_that_is_not_finite_or_a_failed_network_ends_the_run() {
    let not_finite = |halt: &Halt| matches!(halt, Halt::NotFinite(_));
    let cancelled = |halt: &Halt| matches!(halt, Halt::Cancelled);
    type Case = (fn(&Latents) -> Result<Latents, Halt>, fn(&Halt) -> bool);
    let cases: [Case; 3] = [
        (|x| Ok(x * f32::NAN), not_finite),
        (|x| Ok(x + f32::INFINITY), not_finite),
        (|_| Err(Halt::Cancelled), cancelled),
    ];
    for sampler in Sampler::ALL.iter().copied() {
        for (index, (with, expected)) in cases.iter().enumerate() {
            for after in [0, 2] {
                let mut told = 0;
                let outcome = sampler::run(
                    sampler,
                    &mut Fails { after, with: *with },
                    Array4::from_elem((1, 1, 2, 2), 1.0),
                    &karras(6),
                    &mut Noise::new(0, SeedSource::TorchCpu),
                    &mut |_| {
                        told += 1;
                        ControlFlow::Continue(())
                    },
                );
                assert!(
                    expected(&outcome.unwrap_err()),
                    "{sampler}, case {index} after {after}"
                );
                assert!(
                    told <= after,
                    "{sampler}, case {index} after {after}: {told} steps were told"
                );
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for sampler in Sampler::ALL.iter().copied() {
        for source in SeedSource::ALL.iter().copied() {
            let once = |seed: u64| {
                let mut noise = Noise::new(seed, source);
                let x = sampler::start(sampler, None, &noise.draw((1, 4, 5, 7)), &karras(7));
                run(sampler, 1.0, x, &karras(7), &mut noise).mapv(f32::to_bits)
            };
            assert_eq!(once(3), once(3), "{sampler}, {source}");
            assert_ne!(once(3), once(4), "{sampler}, {source}");
        }
    }
}

/// From known latents every run starts in the same space; pure noise has the variance of diffusers' class.
#[test]
fn runs_start_where_diffusers_starts_them() {
    let noise = Array4::from_elem((1, 1, 1, 1), 2.0);
    let known = Array4::from_elem((1, 1, 1, 1), 1.0);
    for sampler in Sampler::ALL.iter().copied() {
        let at = |known: Option<&Latents>| {
            f64::from(sampler::start(sampler, known, &noise, &karras(5))[[0, 0, 0, 0]])
        };
        let pure = if ends_at_unit_variance(sampler) {
            SIGMA_MAX.hypot(1.0)
        } else {
            SIGMA_MAX
        };
        assert!(
            (at(Some(&known)) - (1.0 + 2.0 * SIGMA_MAX)).abs() < 1e-5,
            "{sampler}"
        );
        assert!((at(None) - 2.0 * pure).abs() < 1e-5, "{sampler}");
    }
}
