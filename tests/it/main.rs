//! The one test binary: a module for each module of the library.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod raster;
mod tidy;
