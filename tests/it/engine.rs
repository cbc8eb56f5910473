//! The engine against real ONNX Runtime: toy graphs of every layout that users have, and bad ones.

pub mod bad_models;
mod cancel;
mod captioner;
mod checkpoint;
mod control;
mod devices;
mod embedding;
mod few_steps;
mod fixed;
mod hostile;
mod layouts;
mod links;
mod lora;
mod model_hash;
pub mod remote;
mod repository;
mod sam;
mod segmenter;
mod tagger;
mod telemetry;
mod tokenizer;
mod upscaler;
mod worker;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use pentimento::engine::cancel::Cancel;
use pentimento::engine::catalog::ModelSource;
use pentimento::engine::device::Device;
use pentimento::engine::error::EngineError;
use pentimento::engine::kit::Kit;
use pentimento::engine::onnx::{LoadReport, OnnxNetworks};
use pentimento::engine::runtime::Runtime;

/// Kept for the whole process, as it cannot be started twice; every `Runtime::start` in it then hands out this one.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::start(Device::Cpu).unwrap_or_else(|error| panic!("{error}")));

/// ONNX Runtime of this process.
pub fn runtime() -> &'static Runtime {
    &RUNTIME
}

/// A file or folder of the fixtures.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// Content of a JSON fixture.
fn json(name: &str) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(fixture(name)).unwrap()).unwrap()
}

/// Loads a model on the processor.
fn load(directory: &Path) -> Result<(OnnxNetworks, LoadReport), EngineError> {
    OnnxNetworks::load(
        runtime(),
        &Kit::of(ModelSource::at(directory.to_owned())),
        Device::Cpu,
        &Cancel::new(),
        &mut |_| {},
    )
}
