//! The noise schedule that a model was trained with, and the way between its timesteps and sigmas.
//!
//! Does not know which of its sigmas a run visits; that is `spacing`.

/// The noise schedule that a model was trained with (diffusers' `scheduler_config.json`).
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseConfig {
    /// Number of training timesteps (1000).
    pub train_steps: usize,
    /// Variances added per training timestep.
    pub betas: Betas,
    /// Rescale so that the last timestep is pure noise (`rescale_betas_zero_snr`; Lin et al. 2023).
    pub zero_terminal_snr: bool,
}

/// Variances added per training timestep.
#[derive(Clone, Debug, PartialEq)]
pub enum Betas {
    /// Evenly from start to end.
    Linear {
        /// First variance.
        start: f64,
        /// Last variance.
        end: f64,
    },
    /// Squares of evenly spaced square roots (latent diffusion's schedule).
    ScaledLinear {
        /// First variance.
        start: f64,
        /// Last variance.
        end: f64,
    },
    /// Squared cosine, capped at 0.999 (Nichol and Dhariwal 2021).
    SquaredCosine,
    /// Listed in the config (`trained_betas`).
    Listed(Vec<f64>),
}

/// Why a [`NoiseConfig`] describes no noise schedule.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoiseConfigError {
    /// Fewer than two timesteps.
    #[error(
        "the model's scheduler config has {0} training timesteps, and at least 2 are needed; correct `num_train_timesteps`"
    )]
    TrainSteps(usize),
    /// As many betas as timesteps are needed.
    #[error(
        "the model's scheduler config lists {listed} betas for {train_steps} training timesteps; correct `trained_betas`"
    )]
    Listed {
        /// Betas in the list.
        listed: usize,
        /// Training timesteps.
        train_steps: usize,
    },
    /// The noise does not grow with the timestep.
    #[error(
        "the betas of the model's scheduler config do not add noise at timestep {0}; each must lie between 0 and 1"
    )]
    NotGrowing(usize),
}

/// Signal and noise at each training timestep.
///
/// Rounded to f32 where PyTorch rounds, because the sigmas at both ends depend on it visibly.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseSchedule {
    config: NoiseConfig,
    alphas_cumprod: Vec<f64>,
    sigmas: Vec<f64>,
    log_sigmas: Vec<f64>,
}

/// Share of signal left at the last timestep of a zero-terminal-SNR schedule, so that its sigma stays finite (diffusers `EulerDiscreteScheduler`).
const LEAST_ALPHA_CUMPROD: f32 = 1.0 / (1 << 24) as f32;

impl NoiseSchedule {
    /// Works the schedule out.
    ///
    /// # Errors
    /// [`NoiseConfigError`] when the noise does not grow from timestep to timestep.
    pub fn new(config: &NoiseConfig) -> Result<Self, NoiseConfigError> {
        let betas = betas(config)?;
        let mut alphas_cumprod = cumulative_product(betas.iter().map(|beta| 1.0 - beta));
        if config.zero_terminal_snr {
            alphas_cumprod = zero_terminal_snr(&alphas_cumprod);
        }
        let sigmas: Vec<f32> = alphas_cumprod
            .iter()
            .map(|alpha| ((1.0 - alpha) / alpha).sqrt())
            .collect();
        let grows = |at: &usize| {
            let before = at.checked_sub(1).map_or(0.0, |before| sigmas[before]);
            sigmas[*at].is_finite() && sigmas[*at] > before
        };
        if let Some(at) = (0..sigmas.len()).find(|at| !grows(at)) {
            return Err(NoiseConfigError::NotGrowing(at));
        }
        let wide = |values: &[f32]| values.iter().copied().map(f64::from).collect();
        Ok(Self {
            config: config.clone(),
            alphas_cumprod: wide(&alphas_cumprod),
            log_sigmas: sigmas.iter().map(|sigma| f64::from(sigma.ln())).collect(),
            sigmas: wide(&sigmas),
        })
    }

    /// What it was made from.
    pub fn config(&self) -> &NoiseConfig {
        &self.config
    }

    /// Share of the signal's variance left at each timestep, in `(0, 1)`, falling.
    pub fn alphas_cumprod(&self) -> &[f64] {
        &self.alphas_cumprod
    }

    /// Standard deviation of the noise relative to the signal at each timestep, `sqrt((1 - abar) / abar)`, rising.
    pub fn sigmas(&self) -> &[f64] {
        &self.sigmas
    }

    /// The lowest sigma of the training.
    pub fn sigma_min(&self) -> f64 {
        self.sigmas[0]
    }

    /// The highest sigma of the training.
    pub fn sigma_max(&self) -> f64 {
        self.sigmas[self.last()]
    }

    /// The last timestep.
    pub fn last(&self) -> usize {
        self.sigmas.len() - 1
    }

    /// Sigma at a timestep in `[0, last]`, between two by linear interpolation (diffusers).
    pub fn sigma(&self, timestep: f64) -> f64 {
        interpolate(&self.sigmas, timestep)
    }

    /// Sigma at a timestep in `[0, last]`, between two by linear interpolation of its logarithm (k-diffusion `external.py`, `t_to_sigma`).
    pub fn sigma_log_interpolated(&self, timestep: f64) -> f64 {
        interpolate(&self.log_sigmas, timestep).exp()
    }

    /// Timestep in `[0, last]` at a sigma, between two by linear interpolation in log sigma (diffusers `_sigma_to_t`).
    pub fn timestep(&self, sigma: f64) -> f64 {
        let log_sigma = sigma.max(1e-10).ln();
        let low = self
            .log_sigmas
            .partition_point(|entry| *entry <= log_sigma)
            .saturating_sub(1)
            .min(self.last() - 1);
        let (below, above) = (self.log_sigmas[low], self.log_sigmas[low + 1]);
        low as f64 + ((log_sigma - below) / (above - below)).clamp(0.0, 1.0)
    }
}

/// Value of a table at a fractional index, clamped to the table.
fn interpolate(table: &[f64], at: f64) -> f64 {
    let at = at.clamp(0.0, (table.len() - 1) as f64);
    let low = (at as usize).min(table.len() - 2);
    let share = at - low as f64;
    table[low] + (table[low + 1] - table[low]) * share
}

fn betas(config: &NoiseConfig) -> Result<Vec<f32>, NoiseConfigError> {
    let train_steps = config.train_steps;
    if train_steps < 2 {
        return Err(NoiseConfigError::TrainSteps(train_steps));
    }
    Ok(match &config.betas {
        Betas::Linear { start, end } => linspace(*start, *end, train_steps),
        Betas::ScaledLinear { start, end } => linspace(start.sqrt(), end.sqrt(), train_steps)
            .into_iter()
            .map(|root| root * root)
            .collect(),
        Betas::SquaredCosine => {
            let share = |step: usize| {
                let time = step as f64 / train_steps as f64;
                ((time + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2)
                    .cos()
                    .powi(2)
            };
            (0..train_steps)
                .map(|step| (1.0 - share(step + 1) / share(step)).min(0.999) as f32)
                .collect()
        }
        Betas::Listed(listed) if listed.len() == train_steps => {
            listed.iter().map(|beta| *beta as f32).collect()
        }
        Betas::Listed(listed) => {
            return Err(NoiseConfigError::Listed {
                listed: listed.len(),
                train_steps,
            });
        }
    })
}

/// `torch.linspace` in f32: from the near end in either half.
fn linspace(start: f64, end: f64, count: usize) -> Vec<f32> {
    let (start, end) = (start as f32, end as f32);
    let step = (end - start) / (count - 1) as f32;
    (0..count)
        .map(|index| match index < count / 2 {
            true => step.mul_add(index as f32, start),
            false => (-step).mul_add((count - 1 - index) as f32, end),
        })
        .collect()
}

/// `torch.cumprod` of f32, which multiplies in f64 and rounds each product.
fn cumulative_product(factors: impl Iterator<Item = f32>) -> Vec<f32> {
    factors
        .scan(1.0f64, |product, factor| {
            *product *= f64::from(factor);
            Some(*product as f32)
        })
        .collect()
}

/// Shifts and scales `sqrt(abar)` so that its last value is 0 and its first is kept (Lin et al. 2023, algorithm 1; rounded as diffusers' `rescale_zero_terminal_snr`, which goes back to betas and multiplies again).
fn zero_terminal_snr(alphas_cumprod: &[f32]) -> Vec<f32> {
    let roots: Vec<f32> = alphas_cumprod.iter().map(|alpha| alpha.sqrt()).collect();
    let (first, last) = (roots[0], roots[roots.len() - 1]);
    let scale = first / (first - last);
    let shifted: Vec<f32> = roots
        .iter()
        .map(|root| ((root - last) * scale).powi(2))
        .collect();
    let betas = (0..shifted.len()).map(|at| match at {
        0 => 1.0 - shifted[0],
        _ => 1.0 - shifted[at] / shifted[at - 1],
    });
    let mut rescaled = cumulative_product(betas.map(|beta| 1.0 - beta));
    if let Some(last) = rescaled.last_mut() {
        *last = LEAST_ALPHA_CUMPROD;
    }
    rescaled
}
