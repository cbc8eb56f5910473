//! Pentimento: a native desktop painter for AI repainting.

pub mod raster;
pub mod recipe;
pub mod diffusion;
pub mod engine;
