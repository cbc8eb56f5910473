//! The program itself, as a person or a script calls it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use pentimento::raster::blur::gaussian;
use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Mask, Picture, Size};
use tempfile::TempDir;

const SIZE: Size = Size {
    width: 61,
    height: 75,
};

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
    command
}

fn run(dir: &Path, args: &[&str]) -> Output {
    command(dir, args).output().unwrap()
}

fn repaint_args<'a>(model: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec![
        "repaint", "--model", model, "--prompt", "a hand", "--steps", "4", "--seed", "5",
        "--device", "cpu",
    ];
    args.extend(more);
    args
}

/// Arguments after `repaint`, and words of the one line that they are answered with.
const BAD: &[(&[&str], &str)] = &[
    (
        &["--image", "nothing.png", "--out", "out.png"],
        "no such file, check the path: nothing.png",
    ),
    (
        &["--image", "notes.txt", "--out", "out.png"],
        "not a picture",
    ),
    (
        &[
            "--image",
            "picture.png",
            "--mask",
            "small.png",
            "--out",
            "out.png",
        ],
        "the mask is 60x75 but the picture is 61x75",
    ),
    (
        &[
            "--image",
            "picture.png",
            "--mask",
            "black.png",
            "--out",
            "out.png",
        ],
        "all black",
    ),
    (
        &[
            "--image",
            "picture.png",
            "--strength",
            "2",
            "--out",
            "out.png",
        ],
        "denoising strength 2 is outside 0 to 1",
    ),
    (
        &[
            "--image",
            "picture.png",
            "--strength",
            "-1",
            "--out",
            "out.png",
        ],
        "denoising strength -1",
    ),
    (
        &[
            "--image",
            "picture.png",
            "--strength",
            "x",
            "--out",
            "out.png",
        ],
        "'x' for '--strength <S>'",
    ),
    (
        &[
            "--image",
            "picture.png",
            "--sampler",
            "eular",
            "--out",
            "out.png",
        ],
        "unknown sampler `eular`; choose one of euler, euler-a",
    ),
    (
        &[
            "--image",
            "picture.png",
            "--schedule",
            "carras",
            "--out",
            "out.png",
        ],
        "unknown schedule `carras`",
    ),
    (
        &[
            "--image",
            "picture.png",
            "--device",
            "gpu",
            "--out",
            "out.png",
        ],
        "choose one of auto, cpu, cuda, directml, coreml",
    ),
    (
        &["--image", "picture.png", "--steps", "0", "--out", "out.png"],
        "0 steps cannot be run",
    ),
    (
        &["--image", "picture.png", "--cfg", "-3", "--out", "out.png"],
        "guidance scale -3",
    ),
    (
        &[
            "--image",
            "picture.png",
            "--mask-blur",
            "-3",
            "--out",
            "out.png",
        ],
        "mask blur -3",
    ),
    (
        &["--image", "picture.png", "--out", "out.xyz"],
        "end the file name in .png",
    ),
    (
        &["--image", "picture.png", "--out", "no/such/folder/out.png"],
        "folder to write to does not exist",
    ),
    (
        &["--image", "picture.png", "--out", "picture.png"],
        "would replace its own input",
    ),
    (
        &[
            "--image",
            "picture.png",
            "--mask",
            "mask.png",
            "--out",
            "mask.png",
        ],
        "would replace its own input",
    ),
    (&["--image", "picture.png"], "--out <PATH>"),
    (&["--mask", "mask.png", "--out", "out.png"], "--image"),
    (&["--size", "64", "--out", "out.png"], "write it as 512x768"),
    (
        &["--size", "0x64", "--out", "out.png"],
        "write it as 512x768",
    ),
    (&["--size", "40000x64", "--out", "out.png"], "40000x64"),
    (
        &[
            "--image",
            "picture.png",
            "--out",
            "out.png",
            "--model",
            "empty-model",
        ],
        "unet",
    ),
    (
        &[
            "--image",
            "picture.png",
            "--out",
            "out.png",
            "--model",
            "nowhere",
        ],
        "nowhere",
    ),
    (
        &[
            "--image",
            "picture.png",
            "--out",
            "out.png",
            "--model",
            "notes.txt",
        ],
        "notes.txt",
    ),
    (
        &[
            "--image",
            "picture.png",
            "--out",
            "out.png",
            "--device",
            "coreml",
        ],
        "coreml",
    ),
];

#[test]
fn bad_input_exits_with_2_and_one_line_and_writes_nothing() {
    let dir = folder();
    let before = listing(dir.path());
    for (args, words) in BAD {
        let args: Vec<_> = ["repaint"].iter().chain(*args).copied().collect();
        let output = run(dir.path(), &args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert_eq!(stderr.trim_end().lines().count(), 1, "{args:?}: {stderr}");
        assert!(
            stderr.to_lowercase().contains(&words.to_lowercase()),
            "{args:?}: {stderr:?} does not say {words:?}"
        );
        assert!(output.stdout.is_empty(), "{args:?}");
        assert_eq!(listing(dir.path()), before, "{args:?}");
    }
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
    let model = model();
    let args = repaint_args(
        model.to_str().unwrap(),
        &[
            "--image",
            "picture.png",
            "--mask",
            "mask.png",
            "--strength",
            "0.75",
            "--out",
            "out.png",
            "--previews",
            "steps",
            "--json",
        ],
    );
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
        assert_eq!(before[3], after[3], "alpha");
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

#[cfg(unix)]
#[test]
fn ctrl_c_stops_at_once_and_leaves_nothing() {
    let dir = folder();
    let before = listing(dir.path());
    let model = model();
    // More steps than could be run in the time that is given.
    let args = repaint_args(
        model.to_str().unwrap(),
        &[
            "--image",
            "picture.png",
            "--mask",
            "mask.png",
            "--out",
            "out.png",
            "--steps",
            "1000",
            "--strength",
            "1",
            "--sampler",
            "heun",
        ],
    );
    let mut child = command(dir.path(), &args)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    assert!(
        child.try_wait().unwrap().is_none(),
        "it should still be at work"
    );
    let interrupted = Instant::now();
    assert!(
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    assert!(
        interrupted.elapsed() < Duration::from_secs(5),
        "{:?}",
        interrupted.elapsed()
    );
    assert_eq!(
        output.status.code(),
        Some(130),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing was written"));
    assert_eq!(listing(dir.path()), before);
}
