//! `pentimento devices`: where ONNX Runtime was looked for, and what can run here.

use serde_json::json;

use super::args::DevicesArgs;
use super::{Failure, output};
use crate::engine::{Device, DevicesReport};

/// Runs the command.
pub fn run(args: &DevicesArgs) -> Result<(), Failure> {
    let report = DevicesReport::gather(args.device);
    if !args.json {
        return output::print(&report.to_string());
    }
    let finding = |(device, finding): &(Device, Result<(), String>)| json!({ "device": device.to_string(), "works": finding.is_ok(), "reason": finding.as_ref().err() });
    let devices: Vec<_> = report.devices.iter().map(finding).collect();
    let line = json!({
        "runtime": report.runtime.to_string(),
        "devices": devices,
        "problem": report.problem,
        "free_memory": report.free_memory,
    });
    output::print(&format!("{line}\n"))
}
