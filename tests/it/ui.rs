//! The window without a window: panels driven by label and key, the engine played by the test.

mod board;
mod shell;
mod studio;
