//! Running it: ONNX Runtime, devices, model directories, and the thread that owns them.

pub mod cancel;
pub mod catalog;
mod configs;
pub mod device;
pub mod error;
pub mod graph;
mod memory;
pub mod onnx;
mod ports;
pub mod runtime;
mod source;
mod stage;
pub mod tokenizer;
mod wire;
