//! Pentimento: a native desktop painter for AI repainting.

pub mod diffusion;
pub mod engine;
pub mod raster;
pub mod recipe;
