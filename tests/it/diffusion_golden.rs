//! Noise schedules, spacings and samplers against diffusers' scheduler classes (`tests/golden/generate_schedulers.py`).

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use ndarray::Array4;
use pentimento::diffusion::denoiser::{At, Denoiser};
use pentimento::diffusion::latent::Latents;
use pentimento::diffusion::networks::Halt;
use pentimento::diffusion::noise::Noise;
use pentimento::diffusion::sampler;
use pentimento::diffusion::schedule::{Betas, NoiseConfig, NoiseSchedule};
use pentimento::diffusion::spacing::{Walk, walk};
use pentimento::recipe::{Sampler, SeedSource, Spacing};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    shape: (usize, usize, usize, usize),
    networks: BTreeMap<String, [f64; 6]>,
    alphas_cumprod: BTreeMap<String, BTreeMap<usize, f64>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    sampler: Sampler,
    spacing: Spacing,
    steps: usize,
    strength: f64,
    prediction: String,
    noise: String,
    seed: u64,
    sigmas: Vec<f64>,
    timesteps: Vec<f64>,
    latents: Vec<f32>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/schedulers.json")).unwrap()
}

fn schedule(name: &str) -> NoiseSchedule {
    let stable_diffusion = Betas::ScaledLinear {
        start: 0.00085,
        end: 0.012,
    };
    let betas = match name {
        "sd" | "zero-snr" => stable_diffusion,
        "linear" => Betas::Linear {
            start: 1e-4,
            end: 2e-2,
        },
        "cosine" => Betas::SquaredCosine,
        _ => panic!("unknown noise schedule {name}"),
    };
    NoiseSchedule::new(&NoiseConfig {
        train_steps: 1000,
        betas,
        zero_terminal_snr: name == "zero-snr",
    })
    .unwrap()
}

/// The golden file's formula, in the place of a UNet.
struct Formula<'a> {
    coefficients: &'a [f64; 6],
    prediction: &'a str,
    schedule: &'a NoiseSchedule,
    walk: &'a Walk,
}

impl Denoiser for Formula<'_> {
    fn denoise(&mut self, x: &Latents, At { sigma, .. }: At) -> Result<Latents, Halt> {
        let [p0, p1, p2, p3, p4, p5] = *self.coefficients;
        let g = self.walk.timestep(self.schedule, sigma) / 1000.0;
        Ok(x.mapv(|x| {
            let x = f64::from(x);
            let scaled = x / sigma.hypot(1.0);
            let out =
                (p0 + p1 * g.sqrt()) * scaled + p2 * (p3 * scaled + p4 * (p5 * g).cos()).tanh();
            let denoised = match self.prediction {
                "epsilon" => x - sigma * out,
                "v" => x / (sigma * sigma + 1.0) - sigma / sigma.hypot(1.0) * out,
                "sample" => out,
                other => panic!("unknown prediction {other}"),
            };
            denoised as f32
        }))
    }
}

fn relative(value: f64, expected: f64) -> f64 {
    (value - expected).abs() / expected.abs().max(1e-3)
}

#[test]
fn alphas_cumprod_are_pytorchs() {
    for (name, expected) in golden().alphas_cumprod {
        let schedule = schedule(&name);
        for (timestep, expected) in expected {
            let own = schedule.alphas_cumprod()[timestep];
            assert!(
                (own - expected).abs() <= 2e-6 * expected,
                "{name}, timestep {timestep}: {own} is not {expected}"
            );
        }
    }
}

#[test]
fn samplers_are_diffusers() {
    let golden = golden();
    let mut failures = Vec::new();
    for case in &golden.cases {
        let Case {
            sampler,
            spacing,
            steps,
            strength,
            prediction,
            noise,
            seed,
            ..
        } = case;
        let what =
            format!("{sampler} {spacing}, {steps} steps at {strength}, {prediction}, {noise}");
        let schedule = schedule(noise);
        let walk = walk(*sampler, *spacing, &schedule, *steps, *strength).unwrap();
        let worst = |own: &[f64], expected: &[f64]| {
            assert_eq!(own.len(), expected.len(), "{what}");
            own.iter()
                .zip(expected)
                .map(|(own, expected)| relative(*own, *expected))
                .fold(0.0, f64::max)
        };
        let sigma_error = worst(&walk.sigmas, &case.sigmas);
        let timestep_error = worst(&walk.timesteps, &case.timesteps);

        let mut noise = Noise::new(*seed, SeedSource::TorchCpu);
        let first_noise = noise.draw(golden.shape);
        let mut index = 0.0;
        let known = Array4::from_shape_simple_fn(golden.shape, || {
            index += 1.0;
            (((index - 1.0) * 0.7f64).sin() as f32) * 1.2
        });
        let x = sampler::start(
            *sampler,
            (*strength < 1.0).then_some(&known),
            &first_noise,
            &walk,
        );
        let coefficients = &golden.networks[prediction];
        let mut denoiser = Formula {
            coefficients,
            prediction,
            schedule: &schedule,
            walk: &walk,
        };
        let latents = sampler::run(*sampler, &mut denoiser, x, &walk, &mut noise, &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap();
        let scale = case
            .latents
            .iter()
            .fold(0f32, |most, value| most.max(value.abs()));
        let difference = latents
            .iter()
            .zip(&case.latents)
            .fold(0f32, |most, (own, expected)| {
                most.max((own - expected).abs())
            });
        let latent_error = f64::from(difference / scale);
        if sigma_error > 1e-5 || timestep_error > 1e-4 || latent_error > 1e-4 {
            failures.push(format!("{what}: sigmas {sigma_error:.1e}, timesteps {timestep_error:.1e}, latents {latent_error:.1e}"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} differ:\n{}",
        failures.len(),
        golden.cases.len(),
        failures.join("\n")
    );
}
