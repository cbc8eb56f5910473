//! The mathematics of latent diffusion: noise schedules, samplers, guidance, inpainting, prompts, and the one pipeline that ties them.
//!
//! Everything is `denoised = D(x, sigma)`: a sampler is a loop over a list of sigmas, and guidance, parameterisation and inpainting are wrappers of D (Karras et al. 2022; k-diffusion `external.py`).
//!
//! Does not know files, threads, ONNX Runtime or windows: the networks come in through the [`networks::Networks`] trait, so all of it runs in tests without a model.

pub mod plan;
pub mod repaint;

pub mod networks;
pub mod prompt;

pub mod control;
pub mod denoiser;
pub mod latent;
pub mod noise;
pub mod sampler;
pub mod schedule;
pub mod spacing;
