//! Latents, and the conversions between them and pixels.

use ndarray::Array4;

/// Latents of one picture: f32 `[1, channels, height, width]`, height and width in latent pixels, already multiplied by the VAE's scaling factor (unit variance on the training pictures).
pub type Latents = Array4<f32>;
