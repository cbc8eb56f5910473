//! `diffusion::denoiser`: what is kept stays, whatever the sampler and the model do.

use std::ops::ControlFlow;

use ndarray::Array4;
use pentimento::diffusion::denoiser::{At, Denoiser, Fade, Masked};
use pentimento::diffusion::latent::Latents;
use pentimento::diffusion::networks::{Halt, UnetInput};
use pentimento::diffusion::noise::Noise;
use pentimento::diffusion::sampler;
use pentimento::diffusion::schedule::NoiseSchedule;
use pentimento::diffusion::spacing::walk;
use pentimento::recipe::{Sampler, SeedSource, Spacing};

use crate::fake::spec;

/// A model that would change everything.
struct Hostile;

impl Denoiser for Hostile {
    fn denoise(&mut self, x: &Latents, _: At) -> Result<Latents, Halt> {
        Ok(x.mapv(|value| 0.3 * value.clamp(-9.0, 9.0) + 2.0))
    }
}

#[test]
fn every_estimate_and_the_result_keep_the_known_latents() {
    let shape = (1, 3, 6, 5);
    let schedule = NoiseSchedule::new(&spec(UnetInput::Latents).noise).unwrap();
    let known = Array4::from_shape_fn(shape, |(_, c, y, x)| {
        (c + 2 * y + 3 * x) as f32 / 10.0 - 1.0
    });
    let mask = Array4::from_shape_fn(shape, |(_, _, y, x)| if x + y > 5 { 1.0 } else { 0.0 });
    let kept_of = |latents: &Latents| -> Vec<f32> {
        let cells = latents.iter().zip(&mask);
        cells
            .filter(|(_, mask)| **mask == 0.0)
            .map(|(value, _)| *value)
            .collect()
    };
    for sampler in Sampler::ALL {
        for spacing in Spacing::ALL {
            let walk = walk(*sampler, *spacing, &schedule, 7, 0.9).unwrap();
            let mut source = Noise::new(3, SeedSource::TorchCpu);
            let noise = source.draw(shape);
            let x = sampler::start(*sampler, Some(&known), &noise, &walk);
            for soft in [false, true] {
                let mut source = source.clone();
                let x = x.clone();
                let mut masked = Masked {
                    inner: Hostile,
                    known: &known,
                    noise: &noise,
                    mask: &mask,
                    fade: soft.then_some(Fade {
                        schedule: &schedule,
                        walk: &walk,
                    }),
                };
                let result =
                    sampler::run(*sampler, &mut masked, x, &walk, &mut source, &mut |step| {
                        // The consistency function of `lcm` mixes the sample itself in; only its result is exact.
                        if *sampler != Sampler::Lcm {
                            assert_eq!(
                                kept_of(step.denoised),
                                kept_of(&known),
                                "{sampler} {spacing}"
                            );
                        }
                        ControlFlow::Continue(())
                    });
                let result = masked.with_known(result.unwrap());
                assert_eq!(kept_of(&result), kept_of(&known), "{sampler} {spacing}");
                assert!(
                    result.iter().zip(&known).any(|(a, b)| a != b),
                    "{sampler} {spacing}"
                );
            }
        }
    }
}

/// Place in the run, in timesteps from its start → mask values of the cells that are still held there.
const HELD: &[(f64, &[f32])] = &[
    (0.0, &[0.0, 0.2, 0.4, 0.6, 0.8]),
    (0.1, &[0.0, 0.2, 0.4, 0.6, 0.8]),
    (0.3, &[0.0, 0.2, 0.4, 0.6]),
    (0.5, &[0.0, 0.2, 0.4]),
    (0.7, &[0.0, 0.2]),
    (0.9, &[0.0]),
    (1.0, &[0.0]),
];

#[test]
fn faint_cells_are_held_longer() {
    let schedule = NoiseSchedule::new(&spec(UnetInput::Latents).noise).unwrap();
    let walk = walk(Sampler::Euler, Spacing::Uniform, &schedule, 10, 0.8).unwrap();
    let mask = Array4::from_shape_fn((1, 1, 1, 6), |(.., x)| x as f32 / 5.0);
    let (known, noise) = (Latents::zeros(mask.dim()), Latents::zeros(mask.dim()));
    let mut masked = Masked {
        inner: Hostile,
        known: &known,
        noise: &noise,
        mask: &mask,
        fade: Some(Fade {
            schedule: &schedule,
            walk: &walk,
        }),
    };
    let start = schedule.timestep(walk.sigma_start());
    for (place, held) in HELD {
        let sigma = schedule.sigma_log_interpolated(start * (1.0 - place));
        let denoised = masked.denoise(&known, At { sigma, step: 0 }).unwrap();
        let found: Vec<_> = mask
            .iter()
            .zip(&denoised)
            .filter(|(_, value)| **value == 0.0)
            .map(|(mask, _)| *mask)
            .collect();
        assert_eq!(found, *held, "at {place}");
    }
}

/// What a model knows of data that lies around one value, exactly: clean latents there are normal with that mean and deviation 1.
struct Gaussian {
    mean: f32,
}

impl Denoiser for Gaussian {
    fn denoise(&mut self, x: &Latents, at: At) -> Result<Latents, Halt> {
        let trust = (1.0 / (1.0 + at.sigma * at.sigma)) as f32;
        Ok(x.mapv(|x| trust * x + (1.0 - trust) * self.mean))
    }
}

/// A flat picture, a mask that fades over twelve cells, and a model that would shift it all by 20 deviations: a soft mask spreads the shift over its edge, a hard one leaves it between two cells.
#[test]
fn soft_masks_leave_no_step_with_any_sampler() {
    const DRIFT: f32 = 20.0;
    let schedule = NoiseSchedule::new(&spec(UnetInput::Latents).noise).unwrap();
    let shape = (1, 1, 64, 24);
    let known = Latents::zeros(shape);
    let ramp = Array4::from_shape_fn(shape, |(.., x)| ((x as f32 - 5.0) / 12.0).clamp(0.0, 1.0));
    let hard = ramp.mapv(|value| f32::from(value >= 0.5));
    for sampler in Sampler::ALL {
        let walk = walk(*sampler, Spacing::Uniform, &schedule, 20, 1.0).unwrap();
        let largest_step = |mask: &Latents, soft: bool| {
            let mut source = Noise::new(3, SeedSource::TorchCpu);
            let noise = source.draw(shape);
            let x = sampler::start(*sampler, None, &noise, &walk);
            let mut masked = Masked {
                inner: Gaussian { mean: DRIFT },
                known: &known,
                noise: &noise,
                mask,
                fade: soft.then_some(Fade {
                    schedule: &schedule,
                    walk: &walk,
                }),
            };
            let mut go_on = |_: &sampler::Step<'_>| ControlFlow::Continue(());
            let result = sampler::run(*sampler, &mut masked, x, &walk, &mut source, &mut go_on);
            let result = masked.with_known(result.unwrap());
            // Columns share a mask value; their means are free of the model's own variation.
            let column = |x: usize| result.slice(ndarray::s![0, 0, .., x]).mean().unwrap();
            (1..24)
                .map(|x| (column(x) - column(x - 1)).abs())
                .fold(0.0, f32::max)
        };
        let (soft, hard) = (largest_step(&ramp, true), largest_step(&hard, false));
        println!("{sampler}: soft {soft:.2}, hard {hard:.2} of {DRIFT}");
        assert!(hard > 0.8 * DRIFT, "{sampler}: {hard}");
        assert!(soft < 0.4 * DRIFT, "{sampler}: {soft}");
    }
}
