//! Operating it: the window, its panels, and the one table of actions that menus, keys, palette and help are made from.
//!
//! State has one owner, [`App`]; panels are functions that draw a part of it and change it in place. The canvas (`board`) takes just what it works on, and returns what it asks of the rest as effects; `tests/it/tidy/rooms.rs` says which room may know which.
//! What every part of it is called and says stands in `texts`.
//!
//! Does not know the mathematics, ONNX Runtime or wgpu: it speaks to the [`engine`](crate::engine) in messages and hands pixels to the [`canvas`](crate::canvas).

mod app;

pub mod action;

pub mod input;

mod board;
mod shell;
mod studio;

mod modal;
mod room;
pub mod row;
mod texts;
mod theme;
mod thread;
mod window;

pub use app::App;
pub use board::{Board, Comparison, Fingers, Tool};
pub use shell::{Ask, Line, Notices, Picker, Places, Settings, Shell, Wanted, Weight};
pub use studio::{Studio, progress, weights};
pub use window::{OpenError, attach, log_path, missing_display, open};
