//! Noise schedules and the walks picked from them: laws, bad configs, and numbers known by heart.

use pentimento::diffusion::schedule::{Betas, NoiseConfig, NoiseConfigError, NoiseSchedule};
use pentimento::diffusion::spacing::{steps_to_run, walk};
use pentimento::recipe::{Sampler, Spacing};
use proptest::prelude::*;

fn stable_diffusion() -> NoiseConfig {
    NoiseConfig {
        train_steps: 1000,
        betas: Betas::ScaledLinear {
            start: 0.00085,
            end: 0.012,
        },
        zero_terminal_snr: false,
    }
}

#[test]
fn stable_diffusions_sigmas_are_the_known_ones() {
    let schedule = NoiseSchedule::new(&stable_diffusion()).unwrap();
    assert!(
        (schedule.sigma_max() - 14.6146).abs() < 1e-4,
        "{}",
        schedule.sigma_max()
    );
    assert!(
        (schedule.sigma_min() - 0.0292).abs() < 1e-4,
        "{}",
        schedule.sigma_min()
    );
}

#[test]
fn zero_terminal_snr_leaves_two_to_the_minus_24() {
    let schedule = NoiseSchedule::new(&NoiseConfig {
        zero_terminal_snr: true,
        ..stable_diffusion()
    })
    .unwrap();
    assert_eq!(schedule.alphas_cumprod()[999], 0.5f64.powi(24));
    assert!(
        (schedule.sigma_max() - 4096.0).abs() < 1e-3,
        "{}",
        schedule.sigma_max()
    );
    let plain = NoiseSchedule::new(&stable_diffusion()).unwrap();
    assert!((schedule.sigma_min() - plain.sigma_min()).abs() < 1e-4 * plain.sigma_min());
}

#[test]
fn listed_betas_are_the_same_schedule() {
    let betas = (0..1000)
        .map(|step| 1e-4 + f64::from(step) * (2e-2 - 1e-4) / 999.0)
        .collect();
    let config = |betas| NoiseConfig {
        betas,
        ..stable_diffusion()
    };
    let listed = NoiseSchedule::new(&config(Betas::Listed(betas))).unwrap();
    let linear = NoiseSchedule::new(&config(Betas::Linear {
        start: 1e-4,
        end: 2e-2,
    }))
    .unwrap();
    for (listed, linear) in listed.sigmas().iter().zip(linear.sigmas()) {
        assert!((listed / linear - 1.0).abs() < 1e-5);
    }
}

#[test]
fn configs_without_a_schedule_are_refused() {
    let listed = |betas: &[f64], train_steps| NoiseConfig {
        train_steps,
        betas: Betas::Listed(betas.to_vec()),
        zero_terminal_snr: false,
    };
    let linear = |start, end| NoiseConfig {
        betas: Betas::Linear { start, end },
        ..stable_diffusion()
    };
    let cases = [
        (
            NoiseConfig {
                train_steps: 0,
                ..stable_diffusion()
            },
            NoiseConfigError::TrainSteps(0),
        ),
        (
            NoiseConfig {
                train_steps: 1,
                ..stable_diffusion()
            },
            NoiseConfigError::TrainSteps(1),
        ),
        (
            listed(&[], 1000),
            NoiseConfigError::Listed {
                listed: 0,
                train_steps: 1000,
            },
        ),
        (
            listed(&[0.1, 0.2], 3),
            NoiseConfigError::Listed {
                listed: 2,
                train_steps: 3,
            },
        ),
        (listed(&[0.1, 0.0, 0.1], 3), NoiseConfigError::NotGrowing(1)),
        (
            listed(&[0.1, -0.1, 0.1], 3),
            NoiseConfigError::NotGrowing(1),
        ),
        (listed(&[0.1, 1.0, 0.1], 3), NoiseConfigError::NotGrowing(1)),
        (listed(&[0.1, 1.5, 0.1], 3), NoiseConfigError::NotGrowing(1)),
        (
            listed(&[0.1, 0.1, f64::NAN], 3),
            NoiseConfigError::NotGrowing(2),
        ),
        (
            listed(&[f64::INFINITY, 0.1], 2),
            NoiseConfigError::NotGrowing(0),
        ),
        (linear(0.0, 0.0), NoiseConfigError::NotGrowing(0)),
    ];
    for (config, expected) in cases {
        assert_eq!(NoiseSchedule::new(&config).unwrap_err(), expected);
    }
}

/// Python's `min(int(steps * strength), steps)`.
#[test]
fn strength_leaves_as_many_steps_as_in_diffusers() {
    let cases = [
        (20, 1.0, 20),
        (20, 0.75, 15),
        (20, 0.5, 10),
        (20, 0.1, 2),
        (20, 0.0, 0),
        (20, 0.04, 0),
        (100, 0.29, 28),
        (10, 0.7, 7),
        (3, 0.999, 2),
        (1, 1.0, 1),
        (1, 0.99, 0),
        (50, 0.58, 28),
    ];
    for (steps, strength, expected) in cases {
        assert_eq!(
            steps_to_run(steps, strength),
            expected,
            "{steps} steps at {strength}"
        );
    }
}

#[test]
fn coinciding_steps_are_refused() {
    let schedule = NoiseSchedule::new(&stable_diffusion()).unwrap();
    let cases = [
        (Sampler::Lcm, Spacing::Uniform, 50, 51),
        (Sampler::Ddim, Spacing::Uniform, 998, 1000),
        (Sampler::DpmPp2m, Spacing::Uniform, 999, 1001),
        (Sampler::Euler, Spacing::Simple, 1000, 1001),
        (Sampler::Euler, Spacing::Ddim, 998, 1000),
    ];
    for (sampler, spacing, most, too_many) in cases {
        assert!(
            walk(sampler, spacing, &schedule, most, 1.0).is_ok(),
            "{sampler} {spacing}, {most} steps"
        );
        let error = walk(sampler, spacing, &schedule, too_many, 1.0)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(&format!(
                "{too_many} steps are too many for sampler {sampler}"
            )),
            "{error}"
        );
    }
}

#[test]
fn a_single_step_starts_from_the_highest_sigma() {
    let schedule = NoiseSchedule::new(&stable_diffusion()).unwrap();
    for sampler in Sampler::ALL.iter().copied() {
        for spacing in Spacing::ALL.iter().copied() {
            let leading =
                spacing == Spacing::Ddim || (sampler, spacing) == (Sampler::Ddim, Spacing::Uniform);
            let expected = if leading {
                schedule.sigmas()[1]
            } else {
                schedule.sigma_max()
            };
            let walk = walk(sampler, spacing, &schedule, 1, 1.0).unwrap();
            assert!(
                (walk.sigma_start() / expected - 1.0).abs() < 1e-6,
                "{sampler} {spacing}: {walk:?}"
            );
        }
    }
}

#[test]
fn short_training_schedules_can_be_walked() {
    let config = NoiseConfig {
        train_steps: 10,
        betas: Betas::Linear {
            start: 0.05,
            end: 0.5,
        },
        zero_terminal_snr: false,
    };
    let schedule = NoiseSchedule::new(&config).unwrap();
    for sampler in Sampler::ALL.iter().copied() {
        for spacing in Spacing::ALL.iter().copied() {
            let walk = walk(sampler, spacing, &schedule, 4, 1.0).unwrap();
            assert!(
                walk.timesteps
                    .iter()
                    .all(|timestep| (0.0..=9.0).contains(timestep)),
                "{sampler} {spacing}: {walk:?}"
            );
        }
    }
}

/// Timesteps are the reference's own at the walk's sigmas, and the schedule's inside a step.
#[test]
fn timesteps_inside_a_step_come_from_the_schedule() {
    let schedule = NoiseSchedule::new(&stable_diffusion()).unwrap();
    let walk = walk(Sampler::Dpm2, Spacing::Karras, &schedule, 8, 1.0).unwrap();
    for (sigma, timestep) in walk.sigmas.iter().zip(&walk.timesteps) {
        assert_eq!(walk.timestep(&schedule, *sigma), *timestep);
        assert_eq!(*timestep, timestep.round());
    }
    let middle = (walk.sigmas[2] * walk.sigmas[3]).sqrt();
    assert_eq!(walk.timestep(&schedule, middle), schedule.timestep(middle));
    assert!(walk.timestep(&schedule, middle).fract() > 0.0);
}

proptest! {
    #[test]
    fn timestep_and_sigma_are_inverse(timestep in 0.0f64..999.0) {
        let schedule = NoiseSchedule::new(&stable_diffusion()).unwrap();
        let own = schedule.timestep(schedule.sigma_log_interpolated(timestep));
        prop_assert!((own - timestep).abs() < 1e-6, "{own} is not {timestep}");
        // The two interpolations differ by less than the table's own steps.
        let linear = schedule.timestep(schedule.sigma(timestep));
        prop_assert!((linear - timestep).abs() < 0.1, "{linear} is not {timestep}");
    }

    #[test]
    fn sigmas_outside_the_training_get_its_ends(sigma in prop_oneof![0.0f64..0.02, 20.0f64..1e6]) {
        let schedule = NoiseSchedule::new(&stable_diffusion()).unwrap();
        prop_assert_eq!(schedule.timestep(sigma), if sigma < 1.0 { 0.0 } else { 999.0 });
    }

    #[test]
    fn a_walk_falls_and_a_weaker_one_is_its_end(
        sampler in prop::sample::select(Sampler::ALL),
        spacing in prop::sample::select(Spacing::ALL),
        steps in 1usize..=50,
        strength in 0.0f64..=1.0,
        zero_terminal_snr: bool,
    ) {
        let schedule = NoiseSchedule::new(&NoiseConfig { zero_terminal_snr, ..stable_diffusion() }).unwrap();
        let whole = walk(sampler, spacing, &schedule, steps, 1.0).unwrap();
        prop_assert_eq!(whole.sigmas.len(), steps + 1);
        prop_assert_eq!(whole.timesteps.len(), steps);
        prop_assert!(whole.sigma_start() <= schedule.sigma_max() * (1.0 + 1e-6));
        prop_assert!(whole.timesteps.iter().all(|timestep| (0.0..=999.0).contains(timestep)));
        let falls = |pair: &[f64]| pair[0] > pair[1];
        // Only the last step of deis may go nowhere.
        prop_assert!(whole.sigmas[..steps].windows(2).all(falls));
        prop_assert!(whole.sigma_end() <= whole.sigmas[steps - 1]);
        prop_assert!(whole.sigma_end() == 0.0 || matches!(sampler, Sampler::Ddim | Sampler::Deis));

        let part = walk(sampler, spacing, &schedule, steps, strength).unwrap();
        prop_assert_eq!(part.steps(), steps_to_run(steps, strength));
        prop_assert!(whole.sigmas.ends_with(&part.sigmas));
        prop_assert!(whole.timesteps.ends_with(&part.timesteps));
        prop_assert_eq!(part.schedule_steps, steps);
    }
}
