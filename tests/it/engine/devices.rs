//! Devices and the library: what is reported, and that nothing falls back in silence.

use std::path::Path;
use std::process::Command;

use ort::ep::{self, ExecutionProvider as _};
use pentimento::engine::cancel::Cancel;
use pentimento::engine::catalog::ModelSource;
use pentimento::engine::device::{Device, DevicesReport, SYSTEM_ROOT};
use pentimento::engine::error::EngineError;
use pentimento::engine::onnx::OnnxNetworks;
use pentimento::engine::runtime::{Finding, Place, RuntimeReport};

use super::{fixture, runtime};

const PLACES: [&str; 5] = [
    "ORT_DYLIB_PATH",
    "beside the executable",
    "the user's data directory",
    "the copy that the build provided",
    "the system's loader path",
];

#[test]
fn the_report_names_every_place_and_device() {
    let _kept = runtime();
    let report = DevicesReport::gather();
    let mut found: Vec<&str> = report
        .runtime
        .places
        .iter()
        .map(|place| place.name)
        .collect();
    found.dedup();
    assert_eq!(found, PLACES);
    let text = report.to_string();
    for place in PLACES {
        assert!(text.contains(place), "{text}");
    }
    assert_eq!(text.matches(" is used, version 1.").count(), 1, "{text}");
    assert!(text.contains("  cpu: works\n"), "{text}");
    for device in ["cuda", "directml", "coreml"] {
        assert!(text.contains(&format!("  {device}: ")), "{text}");
    }
}

/// Runs this binary again, as the choice of a library holds for a whole process.
#[test]
fn a_library_that_cannot_be_used_is_passed_over_with_the_reason() {
    let scratch = tempfile::tempdir().unwrap();
    let junk = scratch.path().join("junk.so");
    std::fs::write(&junk, "not a library").unwrap();
    for (path, reason) in [
        (junk.clone(), "junk.so"),
        (scratch.path().join("nowhere.so"), "there is no such file"),
        (scratch.path().to_path_buf(), "this is a folder without"),
    ] {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "engine::devices::the_report_is_printed",
                "--nocapture",
            ])
            .env("ORT_DYLIB_PATH", &path)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&child.stdout);
        let line = text
            .lines()
            .find(|line| line.contains("ORT_DYLIB_PATH: "))
            .unwrap_or_else(|| panic!("{text}"));
        assert!(
            line.contains("refused: ") && line.contains(reason),
            "{line}"
        );
        assert!(text.contains("is used, version"), "{text}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_is_searched_newest_version_first() {
    let scratch = tempfile::tempdir().unwrap();
    for version in ["1.9.0", "1.31.1", "1.4.10"] {
        let name = format!("libonnxruntime.so.{version}");
        std::fs::write(scratch.path().join(name), "not a library").unwrap();
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "engine::devices::the_report_is_printed",
            "--nocapture",
        ])
        .env("ORT_DYLIB_PATH", scratch.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout);
    let tried: Vec<_> = text
        .lines()
        .filter(|line| line.contains("ORT_DYLIB_PATH: "))
        .map(|line| line.split_once(".so.").unwrap().1)
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(tried, ["1.31.1", "1.9.0", "1.4.10"], "{text}");
}

#[test]
fn a_missing_library_says_how_to_get_it() {
    let place = |path: &str, finding| Place {
        name: "a place",
        path: Some(path.into()),
        finding,
    };
    let report = RuntimeReport {
        places: vec![
            place("/one", Finding::Absent),
            place("/two", Finding::Refused("too old".into())),
        ],
    };
    let text = EngineError::RuntimeMissing(Box::new(report)).to_string();
    assert!(
        text.contains("/two of a place: too old")
            && text.contains("pip download")
            && text.contains("ORT_DYLIB_PATH"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn the_report_is_printed() {
    let _kept = runtime();
    let text = DevicesReport::gather().to_string();
    println!("{text}");
    assert!(text.starts_with("ONNX Runtime library"), "{text}");
}

#[test]
fn a_device_that_cannot_be_had_is_an_error_with_the_reason() {
    let source = ModelSource::Directory(fixture("models/optimum-1.24"));
    for device in [Device::Cuda, Device::DirectMl, Device::CoreMl] {
        match OnnxNetworks::load(runtime(), &source, device, &Cancel::new(), &mut |_| {}) {
            Ok((_, report)) => {
                assert_eq!(report.device, device);
                assert!(
                    built_in(device),
                    "{device} is said to run, but the library has no code for it"
                );
            }
            Err(EngineError::DeviceUnavailable {
                device: named,
                reason,
            }) => {
                assert_eq!(named, device);
                assert!(!reason.is_empty() && !reason.contains('\n'), "{reason}");
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn auto_says_what_it_passed_over() {
    let source = ModelSource::Directory(fixture("models/optimum-1.24"));
    let (_, report) = OnnxNetworks::load(
        runtime(),
        &source,
        Device::Auto,
        &Cancel::new(),
        &mut |_| {},
    )
    .unwrap();
    assert!(
        built_in(report.device),
        "{} is said to run, but the library has no code for it",
        report.device
    );
    // Those that are no news are those that this machine cannot have.
    let passed: Vec<Device> = Device::Auto
        .ladder()
        .into_iter()
        .take_while(|device| *device != report.device)
        .filter(|device| built_in(*device) || device.has_driver(Path::new(SYSTEM_ROOT)))
        .collect();
    let notes: Vec<&String> = report
        .notes
        .iter()
        .filter(|note| note.contains("is not used: "))
        .collect();
    assert_eq!(notes.len(), passed.len(), "{notes:?}");
    for (note, device) in notes.iter().zip(passed) {
        assert!(note.starts_with(device.name()), "{note}");
    }
}

#[test]
fn a_device_is_missed_where_its_driver_is() {
    let files = [
        (Device::Cuda, "dev/nvidiactl"),
        (Device::Cuda, "usr/lib/wsl/lib/libcuda.so.1"),
        (Device::Cuda, "Windows/System32/nvcuda.dll"),
        (Device::DirectMl, "Windows/System32/d3d12.dll"),
    ];
    for (device, file) in files {
        let root = tempfile::tempdir().unwrap();
        assert!(!device.has_driver(root.path()), "{file}");
        let path = root.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
        assert!(device.has_driver(root.path()), "{file}");
        for other in [Device::Cuda, Device::DirectMl] {
            assert_eq!(other.has_driver(root.path()), other == device, "{file}");
        }
    }
}

#[test]
fn devices_have_the_names_of_the_command_line() {
    let names: Vec<&str> = Device::ALL.iter().map(|device| device.name()).collect();
    assert_eq!(names, ["auto", "cpu", "cuda", "directml", "coreml"]);
    assert_eq!("directml".parse(), Ok(Device::DirectMl));
    let error = "gpu".parse::<Device>().unwrap_err().to_string();
    assert_eq!(
        error,
        "unknown device `gpu`; choose one of auto, cpu, cuda, directml, coreml"
    );
}

/// Whether the library was built with the device's provider: where it was not, nothing can run there.
fn built_in(device: Device) -> bool {
    let _loaded = runtime();
    match device {
        Device::Auto | Device::Cpu => true,
        Device::Cuda => ep::CUDA::is_available().unwrap(),
        Device::DirectMl => ep::DirectML::is_available().unwrap(),
        Device::CoreMl => ep::CoreML::is_available().unwrap(),
    }
}
