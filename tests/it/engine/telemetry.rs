//! Nothing leaves the machine: whoever starts the engine, nothing is written below the home folder, and no socket is opened.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use pentimento::engine::runtime::NO_TELEMETRY;

/// What the program does, in a folder with the built-in model's sample in it.
const COMMANDS: &[&[&str]] = &[
    &["devices"],
    &[
        "repaint",
        "--prompt",
        "open hand",
        "--steps",
        "1",
        "--size",
        "64x64",
        "--out",
        "out.png",
    ],
];

/// What the environment says of it: nothing, or the contrary.
const SETTINGS: &[Option<&str>] = &[None, Some("0"), Some("")];

/// Seconds to wait, for [`an_engine_that_waits`].
const WAIT: &str = "PENTIMENTO_TEST_WAIT";

/// The library looks its vendor's host up nine seconds after its start.
const UPLOAD: Duration = Duration::from_secs(15);

/// A command that finds a home folder without anything in it.
fn at_home(command: &Path, home: &Path, setting: Option<&str>) -> Command {
    let mut command = Command::new(command);
    command
        .current_dir(home.parent().unwrap())
        .env("HOME", home);
    for folder in ["CONFIG", "DATA", "STATE", "CACHE"] {
        command.env_remove(format!("XDG_{folder}_HOME"));
    }
    match setting {
        Some(value) => command.env(NO_TELEMETRY.0, value),
        None => command.env_remove(NO_TELEMETRY.0),
    };
    command
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(files_below(&path)),
            false => files.push(path),
        }
    }
    files
}

fn home(scratch: &Path) -> PathBuf {
    let home = scratch.join("home");
    std::fs::create_dir(&home).unwrap();
    home
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn the_program_leaves_nothing_at_home() {
    for setting in SETTINGS {
        for args in COMMANDS {
            let scratch = tempfile::tempdir().unwrap();
            let home = home(scratch.path());
            let program = Path::new(env!("CARGO_BIN_EXE_pentimento"));
            let output = at_home(program, &home, *setting)
                .args(*args)
                .output()
                .unwrap();
            assert!(output.status.success(), "{args:?}: {}", text(&output));
            assert_eq!(files_below(&home), Vec::<PathBuf>::new(), "{args:?}");
        }
    }
}

#[test]
fn no_socket_is_opened() {
    let traced = |mut command: Command, log: &Path| {
        command.args(["-f", "-qq", "-e", "trace=network", "-o"]);
        command.arg(log);
        command
    };
    let strace = Path::new("strace");
    let scratch = tempfile::tempdir().unwrap();
    let (home, log) = (home(scratch.path()), scratch.path().join("log"));
    // Some machines have it, and forbid it.
    let tried = traced(Command::new(strace), &log).arg("true").output();
    if !tried.is_ok_and(|output| output.status.success()) {
        eprintln!("NOT TESTED: that no socket is opened; strace is not here, or may not be used");
        return;
    }
    let program = PathBuf::from(env!("CARGO_BIN_EXE_pentimento"));
    let this = std::env::current_exe().unwrap();
    let waiting: &[&str] = &["--exact", "engine::telemetry::an_engine_that_waits"];
    let programs = COMMANDS.iter().map(|args| (&program, *args, None));
    let off = Some(NO_TELEMETRY.1);
    for (file, args, setting) in programs.chain([(&this, waiting, off)]) {
        let output = traced(at_home(strace, &home, setting), &log)
            .arg(file)
            .args(args)
            .env(WAIT, UPLOAD.as_secs().to_string())
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {}", text(&output));
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "", "{args:?}");
    }
}

/// What [`no_socket_is_opened`] looks at; it waits where it is asked to.
#[test]
fn an_engine_that_waits() {
    let runtime = super::runtime();
    let wait = std::env::var(WAIT).map_or(0, |seconds| seconds.parse().unwrap());
    std::thread::sleep(Duration::from_secs(wait));
    assert!(runtime.report().used().is_some());
}

/// Runs this binary again, as tests, benches and other programs start the engine without the program's `main`.
#[test]
fn the_engine_does_not_start_where_telemetry_is_on() {
    for setting in SETTINGS {
        let scratch = tempfile::tempdir().unwrap();
        let home = home(scratch.path());
        let output = at_home(&std::env::current_exe().unwrap(), &home, *setting)
            .args(["--exact", "engine::devices::the_report_is_printed"])
            .output()
            .unwrap();
        let text = text(&output);
        assert!(!output.status.success(), "{text}");
        assert!(
            text.contains("set ORT_DISABLE_TELEMETRY=1 in the environment"),
            "{text}"
        );
        assert_eq!(files_below(&home), Vec::<PathBuf>::new());
    }
}
