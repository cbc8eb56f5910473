//! Devices and the library: what is reported, and that nothing falls back in silence.

use std::path::Path;
use std::process::Command;

use ort::ep::{self, ExecutionProvider as _};
use pentimento::engine::cancel::Cancel;
use pentimento::engine::catalog::ModelSource;
use pentimento::engine::device::{Device, DevicesReport, SYSTEM_ROOT};
use pentimento::engine::error::EngineError;
use pentimento::engine::kit::Kit;
use pentimento::engine::onnx::OnnxNetworks;
use pentimento::engine::runtime::{Finding, Place, RuntimeReport};

use super::{fixture, runtime};

const PLACES: [&str; 5] = [
    "ORT_DYLIB_PATH",
    "beside the executable",
    "the user's data directory",
    "what the build provided",
    "the system's loader path",
];

#[test]
fn the_report_names_every_place_and_device() {
    let _kept = runtime();
    let report = DevicesReport::gather(Device::Cpu);
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
    for device in Device::ALL.iter().filter(|device| **device != Device::Auto) {
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
        flavour: Some("cpu"),
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
    let text = DevicesReport::gather(Device::Cpu).to_string();
    println!("{text}");
    assert!(text.starts_with("ONNX Runtime library"), "{text}");
}

#[test]
fn a_device_that_cannot_be_had_is_an_error_with_the_reason() {
    let source = ModelSource::Directory(fixture("models/optimum-1.24"));
    for device in &Device::ALL[2..] {
        let device = *device;
        match OnnxNetworks::load(
            runtime(),
            &Kit::of(source.clone()),
            device,
            &Cancel::new(),
            &mut |_| {},
        ) {
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
        &Kit::of(source),
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
        .filter(|device| {
            let driver = device.has_driver(Path::new(SYSTEM_ROOT));
            built_in(*device) || (*device != Device::OpenVino && driver)
        })
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
    let all = [
        "auto",
        "cpu",
        "openvino",
        "openvino-f32",
        "openvino-gpu",
        "cuda",
        "directml",
        "coreml",
    ];
    assert_eq!(names, all);
    assert_eq!("directml".parse(), Ok(Device::DirectMl));
    let error = "gpu".parse::<Device>().unwrap_err().to_string();
    assert_eq!(
        error,
        format!("unknown device `gpu`; choose one of {}", all.join(", "))
    );
}

/// Whether the library was built with the device's provider: where it was not, nothing can run there.
fn built_in(device: Device) -> bool {
    let _loaded = runtime();
    match device {
        Device::Auto | Device::Cpu => true,
        Device::OpenVino | Device::OpenVinoF32 | Device::OpenVinoGpu => {
            ep::OpenVINO::is_available().unwrap()
        }
        Device::Cuda => ep::CUDA::is_available().unwrap(),
        Device::DirectMl => ep::DirectML::is_available().unwrap(),
        Device::CoreMl => ep::CoreML::is_available().unwrap(),
    }
}

/// Device, a driver's file, the flavours that are looked for.
const WANTED: &[(Device, &str, &[&str])] = &[
    (Device::Cpu, "", &["cpu"]),
    (Device::Cuda, "dev/nvidiactl", &["cuda"]),
    (Device::OpenVinoF32, "", &["openvino"]),
    (Device::Auto, "", &["openvino", "cpu"]),
    #[cfg(target_os = "linux")]
    (Device::Auto, "dev/nvidiactl", &["cuda", "openvino", "cpu"]),
];

#[test]
fn the_flavours_that_a_device_needs_come_first() {
    for (device, file, flavours) in WANTED {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        if !file.is_empty() {
            std::fs::write(path, "").unwrap();
        }
        assert_eq!(device.flavours(root.path()), *flavours, "{device} {file}");
    }
}

/// Flavours side by side in the user's folder: known by their files, and the one that the device needs is tried first.
#[cfg(target_os = "linux")]
#[test]
fn of_several_libraries_the_one_for_the_device_is_tried_first() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data/pentimento");
    for (folder, file) in [
        ("a", "libonnxruntime_providers_cuda.so"),
        ("b", "LICENSE"),
        ("c", "libonnxruntime_providers_openvino.so"),
    ] {
        let folder = data.join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(file), "").unwrap();
        std::fs::write(folder.join("libonnxruntime.so"), "not a library").unwrap();
    }
    let tried = |device: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_pentimento"))
            .args(["devices", "--device", device])
            .env_remove("ORT_DYLIB_PATH")
            .env("XDG_DATA_HOME", home.path().join("data"))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines = text.lines().filter(|line| line.contains("user's data"));
        let refused = lines.filter(|line| line.contains("refused: "));
        let name = |line: &str| {
            let at = line.find("/libonnxruntime.so").unwrap();
            line[at - 1..at].to_owned()
        };
        let provided = text.contains("(cuda) is used");
        (refused.map(name).collect::<String>(), provided)
    };
    // What the build provided is of the flavour `cpu`, and a better one than junk of others.
    assert_eq!(tried("cpu").0, "b");
    // Where the build provided none for it the others follow.
    let (cuda, provided) = tried("cuda");
    assert_eq!(cuda, if provided { "a" } else { "abc" });
    assert!(tried("openvino").0.starts_with('c'));
    // What no library of this system has is not waited for.
    let report = DevicesReport::gather(Device::Cpu);
    assert!(!report.next_start.contains(&Device::CoreMl));
}

/// Pictures of a plain export: exact but for rounding in full precision, near it in bfloat16.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn openvino_paints_what_the_processor_paints() {
    let folder = tempfile::tempdir().unwrap();
    let paint = |device: &str| {
        let out = folder.path().join(format!("{device}.png"));
        let output = Command::new(env!("CARGO_BIN_EXE_pentimento"))
            .args(["repaint", "--steps", "4", "--seed", "3", "--json"])
            .args(["--prompt", "open hand", "--device", device, "--model"])
            .arg(fixture("../golden/models/sd-4ch"))
            .arg("--out")
            .arg(&out)
            .env_remove("ORT_DYLIB_PATH")
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success() && words.contains(&format!("\"device\":\"{device}\"")),
            "{words}; {}: `PENTIMENTO_RUNTIMES=cpu,openvino cargo build` brings the library that this test needs",
            String::from_utf8_lossy(&output.stderr)
        );
        pentimento::raster::file::read(&out).unwrap().picture
    };
    // The built-in model has a graph that it refuses: said, and painted all the same.
    let notes = Command::new(env!("CARGO_BIN_EXE_pentimento"))
        .args([
            "repaint", "--steps", "1", "--device", "openvino", "--prompt", "hand",
        ])
        .arg("--out")
        .arg(folder.path().join("built-in.png"))
        .env_remove("ORT_DYLIB_PATH")
        .output()
        .unwrap();
    let notes = String::from_utf8_lossy(&notes.stderr).into_owned();
    let said = "openvino does not take the UNet's graph; the plain processor runs it";
    assert!(notes.contains(said), "{notes}");
    assert!(folder.path().join("built-in.png").is_file(), "{notes}");

    let exact = paint("cpu");
    for (device, most) in [("openvino-f32", 0.05), ("openvino", 3.0)] {
        let painted = paint(device);
        let pairs = exact.pixels().iter().zip(painted.pixels());
        let off: u64 = pairs
            .flat_map(|(a, b)| a.iter().zip(b))
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .sum();
        let mean = off as f64 / (exact.pixels().len() * 4) as f64;
        println!("{device}: {mean}");
        assert!(mean <= most, "{device}: {mean}");
    }
}
