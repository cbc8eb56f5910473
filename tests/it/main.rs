//! The one test binary: a module for each module of the library.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod fake;

mod canvas;
mod raster;

mod project;

mod document;

mod inpaint;
mod plan;
mod prompt;
mod repaint;

mod denoiser;
mod detection;

mod diffusion_golden;
mod diffusion_noise;
mod diffusion_sampler;
mod diffusion_walk;

mod engine;
mod golden;

mod library;

mod recipe;

mod cli;

mod servers;

mod ui;

mod window;

mod tidy;
