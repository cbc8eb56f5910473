//! Running it: ONNX Runtime, devices, model directories, and the thread that owns them.

pub mod cancel;
pub mod catalog;
pub mod device;
pub mod error;
pub mod graph;
pub mod onnx;
pub mod runtime;
pub mod tokenizer;
