//! Operating it: the window, its panels, and the one table of actions that menus, keys, palette and help are made from.
//!
//! State has one owner, [`App`]; panels are functions that draw a part of it and change it in place.
//! What every part of it is called and says stands in [`texts`].
//!
//! Does not know the mathematics, ONNX Runtime or wgpu: it speaks to the [`engine`](crate::engine) in messages and hands pixels to the [`canvas`](crate::canvas).

mod app;

pub mod action;

mod board;
mod shell;
mod studio;

pub mod texts;

pub use app::App;
pub use shell::Shell;
pub use studio::{Studio, weights};
