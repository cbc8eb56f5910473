//! D(x, sigma), and the wrappers that make it out of a UNet: parameterisation, guidance, inpainting.
//!
//! Does not know samplers, nor which sigma comes next.

use super::latent::Latents;
use super::networks::Halt;

/// Estimates clean latents from noisy ones.
pub trait Denoiser {
    /// The clean latents expected in `x = clean + sigma * noise`; same shape as `x`.
    ///
    /// `sigma` is the noise's standard deviation in the variance-exploding parameterisation of k-diffusion.
    ///
    /// # Errors
    /// [`Halt`] when the network fails or is stopped.
    fn denoise(&mut self, x: &Latents, sigma: f64) -> Result<Latents, Halt>;
}
