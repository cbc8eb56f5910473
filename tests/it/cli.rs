//! The program itself, as a person or a script calls it.

mod analyse;
mod bad_input;
mod beside;
mod control;
mod export_server;
mod fix;
mod folder;
mod json;
mod lora;
mod mask;
mod models;
mod outputs;
mod partial;
mod point;
mod prepare;
mod recipe;
mod server;
mod sketch;
mod sweep;
mod tiles;
mod transparent;
mod upscale;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pentimento::diffusion::networks::Networks as _;
use pentimento::diffusion::plan::Plan;
use pentimento::diffusion::repaint::repaint;
use pentimento::engine::{Cancel, Device, Kit, ModelSource, OnnxNetworks};
use pentimento::raster::blur::gaussian;
use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Mask, Picture, Size};
use pentimento::recipe::Recipe;
use tempfile::TempDir;

use crate::engine::runtime;

const SIZE: Size = Size::new(61, 75);

/// A folder with a picture, masks, and things that are neither.
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let picture = Picture::from_fn(SIZE, |x, y| {
        [
            (x * 4) as u8,
            (y * 3) as u8,
            90,
            if x < 9 { 60 } else { 255 },
        ]
    });
    let disc = |value| {
        move |x: u32, y: u32| {
            if x.abs_diff(30).pow(2) + y.abs_diff(40).pow(2) < 200 {
                [value; 4]
            } else {
                [0, 0, 0, 255]
            }
        }
    };
    let plain = Metadata::default();
    file::write(&at("picture.png"), &picture, &plain).unwrap();
    file::write(&at("mask.png"), &Picture::from_fn(SIZE, disc(255)), &plain).unwrap();
    file::write(
        &at("black.png"),
        &Picture::filled(SIZE, [0, 0, 0, 255]),
        &plain,
    )
    .unwrap();
    file::write(
        &at("small.png"),
        &Picture::filled(
            Size {
                width: 60,
                height: 75,
            },
            [255; 4],
        ),
        &plain,
    )
    .unwrap();
    file::write(&at("white.png"), &Picture::filled(SIZE, [255; 4]), &plain).unwrap();
    std::fs::write(at("notes.txt"), "not a picture").unwrap();
    std::fs::create_dir(at("empty-model")).unwrap();
    dir
}

fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/models/sd-9ch")
}

fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
    command.current_dir(dir).args(args);
    // The user's own presets and wildcards stay out of it.
    command.env("PENTIMENTO_CONFIG_DIR", dir.join("config"));
    command
}

fn run(dir: &Path, args: &[&str]) -> Output {
    command(dir, args).output().unwrap()
}

/// Runs it where no model lies on the machine.
fn run_without_models(dir: &Path, args: &[&str]) -> Output {
    let mut command = command(dir, args);
    let own = ["HOME", "PENTIMENTO_DATA_DIR", "HF_HOME"].map(|name| (name, dir.join(name)));
    let command = command.envs(own).env_remove("XDG_DATA_HOME");
    command.output().unwrap()
}

/// A repaint with a tiny model; `more` says of what, and where to.
fn repaint_args<'a>(model: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["repaint", "--model", model, "--prompt", "a hand"];
    args.extend(["--seed", "5", "--device", "cpu"]);
    args.extend(more);
    args
}

fn listing(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_repaint_keeps_what_is_not_masked_and_reports_itself() {
    let dir = folder();
    let args = [
        "repaint",
        "--image",
        "picture.png",
        "--mask",
        "mask.png",
        "--prompt",
        "open hand",
        "--steps",
        "4",
        "--seed",
        "5",
        "--device",
        "cpu",
        "--out",
        "out.png",
        "--previews",
        "steps",
        "--json",
    ];
    let output = run(dir.path(), &args);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (report["seed"].as_u64(), report["steps"].as_u64()),
        (Some(5), Some(3)),
        "{report}"
    );
    assert_eq!(report["device"], "cpu", "{report}");
    assert_eq!(
        report["ms"]["steps"].as_array().unwrap().len(),
        3,
        "{report}"
    );
    for stage in ["load", "text", "encode", "decode", "composite"] {
        assert!(
            report["ms"][stage].as_f64().unwrap() > 0.0,
            "{stage} in {report}"
        );
    }

    let read = |name: &str| file::read(&dir.path().join(name)).unwrap().picture;
    let (before, after) = (read("picture.png"), read("out.png"));
    let blurred = gaussian(&Mask::from_picture(&read("mask.png")), 4.0, 4.0);
    let mut changed = 0;
    for ((before, after), alpha) in before
        .pixels()
        .iter()
        .zip(after.pixels())
        .zip(blurred.values())
    {
        assert!(*alpha != 0 || before == after);
        assert!(before[3] <= after[3], "alpha");
        changed += usize::from(before != after);
    }
    assert!(changed > 100, "{changed}");
    assert_eq!(
        listing(&dir.path().join("steps")),
        ["step-001.png", "step-002.png", "step-003.png"]
    );
    assert_eq!(read("steps/step-003.png").size(), before.size());
}

#[test]
fn text_to_image_makes_a_picture_of_the_asked_size() {
    let dir = folder();
    let model = model();
    let args = repaint_args(
        model.to_str().unwrap(),
        &["--size", "50x70", "--out", "out.webp"],
    );
    let output = run(dir.path(), &args);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let size = file::read(&dir.path().join("out.webp"))
        .unwrap()
        .picture
        .size();
    assert_eq!((size.width, size.height), (50, 70));
}

#[test]
fn strength_zero_copies_the_picture() {
    let dir = folder();
    let model = model();
    let args = repaint_args(
        model.to_str().unwrap(),
        &[
            "--image",
            "picture.png",
            "--strength",
            "0",
            "--out",
            "out.png",
        ],
    );
    assert!(run(dir.path(), &args).status.success());
    let read = |name: &str| file::read(&dir.path().join(name)).unwrap().picture;
    assert_eq!(read("out.png"), read("picture.png"));
}

#[test]
fn devices_names_every_place() {
    let output = run(Path::new("."), &["devices"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for words in [
        "ORT_DYLIB_PATH",
        "executable",
        "data",
        "build",
        "loader",
        "cpu",
        "cuda",
    ] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
}

#[test]
fn the_program_does_what_the_library_does() {
    let dir = folder();
    let model = model();
    let more = [
        "--image",
        "picture.png",
        "--mask",
        "mask.png",
        "--steps",
        "5",
        "--out",
        "out.png",
    ];
    let output = run(dir.path(), &repaint_args(model.to_str().unwrap(), &more));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let read = |name: &str| file::read(&dir.path().join(name)).unwrap().picture;
    let recipe = Recipe {
        prompt: "a hand".to_owned(),
        steps: 5,
        seed: 5,
        ..Recipe::default()
    };
    let mask = Mask::from_picture(&read("mask.png"));
    let source = ModelSource::Directory(model);
    let (mut networks, _) = OnnxNetworks::load(
        runtime(),
        &Kit::of(source.clone()),
        Device::Cpu,
        &Cancel::new(),
        &mut |_| (),
    )
    .unwrap();
    let mut expected = read("picture.png");
    let plan = Plan::new(
        &Arc::new(expected.clone()),
        Some(&mask),
        &recipe,
        networks.spec(),
    )
    .unwrap();
    expected.paste(&repaint(&plan, &mut networks, &mut |_| ControlFlow::Continue(())).unwrap());
    assert_eq!(read("out.png"), expected);
}

#[test]
fn a_profile_and_an_upright_picture_come_out() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    let icc = crate::raster::file::icc(700);
    let metadata = Metadata {
        icc: Some(icc.clone()),
        ..Metadata::default()
    };
    file::write(
        &at("profiled.png"),
        &file::read(&at("picture.png")).unwrap().picture,
        &metadata,
    )
    .unwrap();
    let model = model();
    for out in ["out.png", "out.jpg", "out.webp", "out.tif"] {
        let more = [
            "--image",
            "profiled.png",
            "--strength",
            "0.5",
            "--steps",
            "2",
            "--out",
            out,
        ];
        let output = run(dir.path(), &repaint_args(model.to_str().unwrap(), &more));
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(
            file::read(&at(out)).unwrap().metadata.icc.as_ref(),
            Some(&icc),
            "{out}"
        );
    }
}

#[test]
fn previews_that_cannot_be_made_are_refused() {
    let dir = folder();
    let before = listing(dir.path());
    let model = model();
    let more = [
        "--image",
        "picture.png",
        "--previews",
        "steps",
        "--out",
        "out.png",
    ];
    let output = run(dir.path(), &repaint_args(model.to_str().unwrap(), &more));
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("leave --previews out"));
    assert_eq!(listing(dir.path()), before);
}

#[test]
fn the_samples_are_repaired_without_any_file() {
    let dir = tempfile::tempdir().unwrap();
    let output = run(
        dir.path(),
        &[
            "sample",
            "six-fingers",
            "--out",
            "repaired",
            "--device",
            "cpu",
        ],
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let made = dir.path().join("repaired/six-fingers");
    assert_eq!(
        listing(&made),
        ["before-after.png", "before.png", "repainted.png"]
    );
    let read = |name: &str| file::read(&made.join(name)).unwrap().picture;
    assert_ne!(read("before.png"), read("repainted.png"));

    let output = run(
        dir.path(),
        &["sample", "seven-fingers", "--out", "repaired"],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("choose one of six-fingers"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_at_once_and_leaves_no_result() {
    let dir = folder();
    let before = listing(dir.path());
    // Far more steps than are waited for.
    let args = [
        "repaint",
        "--image",
        "picture.png",
        "--mask",
        "mask.png",
        "--out",
        "out.png",
        "--device",
        "cpu",
        "--steps",
        "1000",
        "--strength",
        "1",
        "--sampler",
        "heun",
        "--previews",
        "steps",
    ];
    let mut child = command(dir.path(), &args)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !dir.path().join("steps/step-001.png").exists() {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended before its first step"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    let interrupted = Instant::now();
    let pid = child.id().to_string();
    assert!(
        // The shell's own, as a bare machine has no other.
        Command::new("sh")
            .args(["-c", &format!("kill -INT {pid}")])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        interrupted.elapsed() < Duration::from_secs(5),
        "{:?}",
        interrupted.elapsed()
    );
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("no result was written"), "{stderr}");
    std::fs::remove_dir_all(dir.path().join("steps")).unwrap();
    assert_eq!(listing(dir.path()), before);
}

#[test]
fn without_a_display_a_window_is_refused_in_one_line() {
    let dir = folder();
    // The words, the first line of the complaint, and whether the help follows.
    let cases: [(&[&str], &str, bool); 3] = [
        (&[], "there is no display to open a window on", true),
        (
            &["picture.png"],
            "there is no display to open a window on",
            false,
        ),
        (&["repiant"], "neither a command nor a file", false),
    ];
    for (args, complaint, help) in cases {
        let mut command = command(dir.path(), args);
        for name in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
            command.env_remove(name);
        }
        if cfg!(any(windows, target_os = "macos")) && args != ["repiant"] {
            continue;
        }
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        let first = stderr.lines().next().unwrap();
        assert!(first.contains(complaint), "{args:?}: {stderr}");
        assert_eq!(stderr.contains("Usage:"), help, "{args:?}: {stderr}");
        assert_eq!(stderr.lines().count() > 1, help, "{args:?}: {stderr}");
    }
}
