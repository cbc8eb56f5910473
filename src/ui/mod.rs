//! Operating it: the window, its panels, and the one table of actions that menus, keys, palette and help are made from.
//!
//! State has one owner, [`App`]; panels are functions that draw a part of it and change it in place. The canvas (`board`) and what is asked of the model (`studio`) take just what they work on, and return what they ask of the rest as effects, which `shell` carries out; `tests/it/tidy/rooms.rs` says which room may know which.
//! What every part of it is called and says stands in `texts`.
//!
//! Does not know the mathematics, ONNX Runtime or wgpu: it speaks to the [`engine`](crate::engine) in messages and hands pixels to the [`canvas`](crate::canvas).

pub mod input;

mod board;
mod shell;
mod studio;

mod dialog;
mod modal;
mod model_choice;
mod notices;
mod room;
pub mod row;
mod settings;
pub mod texts;
mod theme;
mod thread;
mod window;

pub use board::{Board, Comparison, Fingers, Tool};
pub use dialog::{Ask, Picker, Wanted};
pub use notices::{Line, Notices, Weight};
pub use settings::{Places, Settings};
pub use shell::{App, Shell, action};
pub use studio::{Studio, progress, weights};
pub use window::{OpenError, attach, log_path, missing_display, open};
