//! `pentimento devices`: where ONNX Runtime was looked for, and what can run here.

use super::Failure;
use crate::engine::DevicesReport;

/// Runs the command.
pub fn run() -> Result<(), Failure> {
    println!("{}", DevicesReport::gather());
    Ok(())
}
