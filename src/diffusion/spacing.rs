//! Which sigmas a run visits: spacing, number of steps and strength make a [`Walk`].
//!
//! Where diffusers has a sampler's class and spacing, its choices are followed, which differ from class to class; the remaining spacings are those of A1111 (`modules/sd_schedulers.py`) and ComfyUI (`comfy/samplers.py`).
//! Does not know how a sampler steps from one sigma to the next.

mod beta;

use self::beta::beta_quantile;
use super::sampler::rule;
use super::schedule::{Betas, NoiseSchedule};
use crate::recipe::{Sampler, Spacing};

/// The sigmas of one run, and the timesteps that belong to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// Falling; the first is where the run starts, the last where it ends (usually 0). One more than there are steps.
    pub sigmas: Vec<f64>,
    /// Timestep of each sigma that a step starts from; whole numbers where the sampler's reference rounds. One for each step.
    pub timesteps: Vec<f64>,
    /// Steps of the whole schedule, of which a strength below 1 skips the first ones.
    pub schedule_steps: usize,
}

/// How diffusers' class of a sampler's name lays out a run, where classes differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    timesteps: Timesteps,
    rounding: Rounding,
    end: End,
    /// Whether it keeps its samples at unit variance, in the variance-preserving space.
    pub unit_variance: bool,
}

/// The timesteps that a class picks by itself ([`Spacing::Uniform`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Timesteps {
    /// Evenly from the last one to 0.
    Linspace,
    /// The same without 0, rounded.
    LinspaceOpen,
    /// Every n-th upwards from 1.
    Leading,
    /// Of the distillation's schedule.
    Consistency,
}

/// When a class gives its network whole timesteps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rounding {
    Never,
    /// With Karras sigmas only.
    Karras,
    /// Rounded, but cut off with exponential and beta sigmas, and with Karras' on a squared-cosine schedule.
    DpmMultistep,
    /// Rounded, but cut off with exponential and beta sigmas.
    Multistep,
    Always,
}

/// Where a class's last step ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Zero,
    /// At the schedule's lowest sigma on its own timesteps (`set_alpha_to_one=False`).
    Lowest,
    /// Its rule cannot reach 0: at the schedule's lowest sigma on its own timesteps, else at the run's lowest.
    BeforeZero,
}

impl Layout {
    /// Classes that work on sigmas, as k-diffusion does.
    pub const LINSPACE: Self = Self {
        timesteps: Timesteps::Linspace,
        rounding: Rounding::Never,
        end: End::Zero,
        unit_variance: false,
    };
    /// `KDPM2DiscreteScheduler`.
    pub const LINSPACE_KARRAS_ROUNDED: Self = Self {
        rounding: Rounding::Karras,
        ..Self::LINSPACE
    };
    /// Multistep classes in the variance-preserving space.
    pub const MULTISTEP: Self = Self {
        timesteps: Timesteps::LinspaceOpen,
        rounding: Rounding::Multistep,
        end: End::Zero,
        unit_variance: true,
    };
    /// `DPMSolverMultistepScheduler`.
    pub const DPM_MULTISTEP: Self = Self {
        rounding: Rounding::DpmMultistep,
        ..Self::MULTISTEP
    };
    /// `DEISMultistepScheduler`.
    pub const DEIS: Self = Self {
        end: End::BeforeZero,
        ..Self::MULTISTEP
    };
    /// `DDIMScheduler`.
    pub const DDIM: Self = Self {
        timesteps: Timesteps::Leading,
        rounding: Rounding::Always,
        end: End::Lowest,
        unit_variance: true,
    };
    /// `LCMScheduler`.
    pub const LCM: Self = Self {
        timesteps: Timesteps::Consistency,
        rounding: Rounding::Always,
        end: End::Zero,
        unit_variance: true,
    };
}

/// More steps than a spacing can tell apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{steps} steps are too many for sampler {sampler} with schedule {spacing}: neighbours would fall on the same timestep; use fewer steps or schedule karras"
)]
pub struct TooManySteps {
    /// What was asked.
    pub steps: usize,
    /// The sampler.
    pub sampler: Sampler,
    /// The spacing.
    pub spacing: Spacing,
}

impl Walk {
    /// Number of steps that are run.
    pub fn steps(&self) -> usize {
        self.timesteps.len()
    }

    /// The sigma that the run starts from; 0 when there is no step.
    pub fn sigma_start(&self) -> f64 {
        self.sigmas.first().copied().unwrap_or(0.0)
    }

    /// The sigma that the run ends at, usually 0.
    pub fn sigma_end(&self) -> f64 {
        self.sigmas.last().copied().unwrap_or(0.0)
    }

    /// The timestep to give to the model at a sigma: the walk's own for one of its sigmas, otherwise (inside a step) the schedule's.
    pub fn timestep(&self, schedule: &NoiseSchedule, sigma: f64) -> f64 {
        let known = self
            .sigmas
            .iter()
            .zip(&self.timesteps)
            .find(|(own, _)| **own == sigma);
        known.map_or_else(|| schedule.timestep(sigma), |(_, timestep)| *timestep)
    }
}

/// Number of steps that a strength leaves of a schedule: `min(int(steps * strength), steps)` (diffusers `get_timesteps`).
pub fn steps_to_run(steps: usize, strength: f64) -> usize {
    ((steps as f64 * strength) as usize).min(steps)
}

/// Picks the sigmas of a run.
///
/// `steps` is the schedule's length, at least 1; `strength` in `[0, 1]` says how many of its last steps are run.
/// A schedule of one step starts from the highest sigma, but for the leading timesteps of `ddim`; diffusers starts its linspace classes from the lowest there, which cannot make a picture.
///
/// # Errors
/// [`TooManySteps`] when two steps would coincide.
pub fn walk(
    sampler: Sampler,
    spacing: Spacing,
    schedule: &NoiseSchedule,
    steps: usize,
    strength: f64,
) -> Result<Walk, TooManySteps> {
    let layout = rule(sampler).layout;
    let points = points(layout.timesteps, spacing, schedule, steps);
    let timesteps: Vec<f64> = points
        .iter()
        .map(|point| round(layout.rounding, spacing, schedule, point.timestep))
        .collect();
    let mut sigmas: Vec<f64> = points
        .iter()
        .map(|point| f64::from(point.sigma as f32))
        .collect();
    if sigmas.len() != steps || sigmas.windows(2).any(|pair| pair[0] <= pair[1]) {
        return Err(TooManySteps {
            steps,
            sampler,
            spacing,
        });
    }
    sigmas.push(final_sigma(layout.end, spacing, schedule, &sigmas));
    let skipped = steps - steps_to_run(steps, strength);
    Ok(Walk {
        sigmas: sigmas.split_off(skipped),
        timesteps: timesteps[skipped..].to_vec(),
        schedule_steps: steps,
    })
}

/// One sigma of a schedule with its timestep, before rounding.
struct Point {
    sigma: f64,
    timestep: f64,
}

/// The sigmas that the steps of a whole schedule start from.
fn points(own: Timesteps, spacing: Spacing, schedule: &NoiseSchedule, steps: usize) -> Vec<Point> {
    let last = schedule.last() as f64;
    let (low, high) = (schedule.sigma_min(), schedule.sigma_max());
    let at_timestep = |timestep: f64| Point {
        sigma: schedule.sigma(timestep),
        timestep,
    };
    let at_sigma = |sigma: f64| Point {
        sigma,
        timestep: schedule.timestep(sigma),
    };
    let log_interpolated = |timestep: f64| Point {
        sigma: schedule.sigma_log_interpolated(timestep),
        timestep,
    };
    match spacing {
        Spacing::Uniform => uniform_timesteps(own, schedule, steps)
            .into_iter()
            .map(at_timestep)
            .collect(),
        Spacing::Karras => {
            let rho = 7.0;
            falling(high.powf(1.0 / rho), low.powf(1.0 / rho), steps)
                .map(|root| at_sigma(root.powf(rho)))
                .collect()
        }
        Spacing::Exponential => falling(high.ln(), low.ln(), steps)
            .map(|log| at_sigma(log.exp()))
            .collect(),
        Spacing::Beta => falling(1.0, 0.0, steps)
            .map(|share| at_sigma(low + beta_quantile(share, 0.6) * (high - low)))
            .collect(),
        Spacing::KlOptimal => falling(high.atan(), low.atan(), steps)
            .map(|angle| at_sigma(angle.tan()))
            .collect(),
        Spacing::Normal => falling(last, 0.0, steps).map(log_interpolated).collect(),
        Spacing::SgmUniform => falling(last, 0.0, steps + 1)
            .take(steps)
            .map(log_interpolated)
            .collect(),
        Spacing::Simple => {
            let stride = (last + 1.0) / steps as f64;
            (0..steps)
                .map(|step| at_timestep(last - (step as f64 * stride).floor()))
                .collect()
        }
        Spacing::Ddim => leading(schedule, steps)
            .into_iter()
            .map(at_timestep)
            .collect(),
    }
}

/// The timesteps that a sampler's class picks by itself.
fn uniform_timesteps(own: Timesteps, schedule: &NoiseSchedule, steps: usize) -> Vec<f64> {
    let last = schedule.last() as f64;
    match own {
        Timesteps::Linspace => falling(last, 0.0, steps)
            .map(|timestep| f64::from(timestep as f32))
            .collect(),
        Timesteps::LinspaceOpen => falling(last, 0.0, steps + 1)
            .take(steps)
            .map(f64::round_ties_even)
            .collect(),
        Timesteps::Leading => leading(schedule, steps),
        Timesteps::Consistency => consistency(schedule, steps),
    }
}

/// Every n-th timestep upwards from 1: `timestep_spacing="leading"` with `steps_offset=1`.
fn leading(schedule: &NoiseSchedule, steps: usize) -> Vec<f64> {
    let stride = (schedule.last() + 1) / steps.max(1);
    (0..steps)
        .rev()
        .map(|step| (step * stride + 1) as f64)
        .collect()
}

/// Timesteps of the distillation's schedule of 50, evenly by index (diffusers `LCMScheduler`).
fn consistency(schedule: &NoiseSchedule, steps: usize) -> Vec<f64> {
    let train_steps = schedule.last() + 1;
    let distilled = train_steps.min(50);
    let stride = train_steps / distilled;
    let index = |step: usize| (step as f64 * (distilled as f64 / steps as f64)) as usize;
    (0..steps)
        .map(|step| ((distilled - index(step)) * stride - 1) as f64)
        .collect()
}

/// Evenly from `high` to `low`, both included; a single one is `high`.
fn falling(high: f64, low: f64, count: usize) -> impl Iterator<Item = f64> {
    let step = (high - low) / (count.max(2) - 1) as f64;
    (0..count).map(move |index| {
        if index == 0 {
            high
        } else {
            low + (count - 1 - index) as f64 * step
        }
    })
}

/// Rounds a timestep as the sampler's class does with this spacing.
fn round(rounding: Rounding, spacing: Spacing, schedule: &NoiseSchedule, timestep: f64) -> f64 {
    let karras = spacing == Spacing::Karras;
    let cosine = schedule.config().betas == Betas::SquaredCosine;
    let truncates = matches!(spacing, Spacing::Exponential | Spacing::Beta);
    match rounding {
        Rounding::Never => timestep,
        Rounding::Karras if !karras => timestep,
        Rounding::DpmMultistep if truncates || karras && cosine => timestep.trunc(),
        Rounding::Multistep if truncates => timestep.trunc(),
        Rounding::Karras | Rounding::DpmMultistep | Rounding::Multistep | Rounding::Always => {
            timestep.round_ties_even()
        }
    }
}

/// Where the last step ends, on the spacings that its class has.
fn final_sigma(end: End, spacing: Spacing, schedule: &NoiseSchedule, sigmas: &[f64]) -> f64 {
    match (end, spacing) {
        (End::Lowest, Spacing::Uniform | Spacing::Ddim) | (End::BeforeZero, Spacing::Uniform) => {
            schedule.sigma_min()
        }
        // The last step goes nowhere.
        (End::BeforeZero, Spacing::Karras | Spacing::Exponential | Spacing::Beta) => {
            sigmas.last().copied().unwrap_or_default()
        }
        _ => 0.0,
    }
}
