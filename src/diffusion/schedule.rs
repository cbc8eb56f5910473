//! Noise schedules and the sigmas picked from them.

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
    Linear { start: f64, end: f64 },
    /// Squares of evenly spaced square roots (latent diffusion's schedule).
    ScaledLinear { start: f64, end: f64 },
    /// Squared cosine, capped at 0.999 (Nichol and Dhariwal 2021).
    SquaredCosine,
    /// Listed in the config (`trained_betas`).
    Listed(Vec<f64>),
}
