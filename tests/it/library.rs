//! The library: downloads against a server that imitates the real ones, and folders of models.

mod download;
mod folders;
pub mod server;
mod source;
mod suited;
