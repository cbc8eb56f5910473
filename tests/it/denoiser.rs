//! `diffusion::denoiser`: what is kept stays, whatever the sampler and the model do.

use std::ops::ControlFlow;

use ndarray::Array4;
use pentimento::diffusion::denoiser::{Denoiser, Masked};
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
    fn denoise(&mut self, x: &Latents, _: f64) -> Result<Latents, Halt> {
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
            let mut masked = Masked {
                inner: Hostile,
                known: &known,
                noise: &noise,
                mask: &mask,
                fade: None,
            };
            let result = sampler::run(*sampler, &mut masked, x, &walk, &mut source, &mut |step| {
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
