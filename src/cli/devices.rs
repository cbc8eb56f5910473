//! `pentimento devices`: where ONNX Runtime was looked for, and what can run here.

use super::{Failure, output};
use crate::engine::DevicesReport;

/// Runs the command.
pub fn run() -> Result<(), Failure> {
    output::print(&DevicesReport::gather().to_string())
}
