//! Standard output and standard error that take nothing more: the work is done all the same.

#![cfg(target_os = "linux")]

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{command, folder, listing};

/// Words of a command → its exit code, and files that it makes.
const COMMANDS: &[(&str, i32, &[&str])] = &[
    (
        "repaint --image picture.png --mask mask.png --count 3 --out c.png",
        0,
        &["c-1.png", "c-2.png", "c-3.png"],
    ),
    (
        "repaint --json --image picture.png --mask mask.png --count 2 --out c.png",
        0,
        &["c-1.png", "c-2.png"],
    ),
    (
        "repaint --image-dir images --out-dir out --mask-blur 2",
        1,
        &["out"],
    ),
    (
        "repaint --json --image-dir images --out-dir out",
        1,
        &["out"],
    ),
    (
        "sweep --json --image picture.png --mask mask.png --x steps=2,3 --out sheet.png",
        0,
        &["sheet.png"],
    ),
    ("repaint --steps 0 --out out.png", 2, &[]),
    ("repaint --json --steps 0 --out out.png", 2, &[]),
    ("repaint --nonsense", 2, &[]),
    ("picture-of-nothing.png", 2, &[]),
    ("--version", 0, &[]),
];

/// Where an output goes that takes nothing: a full device, a pipe whose reader has gone, nowhere.
const ENDS: &[&str] = &["full", "pipe", "closed"];

/// The command with standard output and standard error bound to one of [`ENDS`], or kept; by a shell, which alone can close them.
fn bound(dir: &Path, words: &str, out: Option<&str>, err: Option<&str>) -> Command {
    let plain = command(dir, &[]);
    let closed = |end: Option<&str>| end == Some("closed");
    let mut shell = Command::new("sh");
    let script = format!(
        "exec \"$0\" \"$@\" {} {}",
        if closed(out) { ">&-" } else { "" },
        if closed(err) { "2>&-" } else { "" },
    );
    shell
        .current_dir(dir)
        .arg("-c")
        .arg(script)
        .arg(plain.get_program());
    shell.args(words.split(' '));
    if words.starts_with("repaint --") && !words.contains("nonsense") {
        shell.args(["--seed", "5", "--device", "cpu"]);
    }
    if !words.contains("steps") && words.contains("image") {
        shell.args(["--steps", "3"]);
    }
    for (name, value) in plain.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    // What is logged goes to standard error too.
    shell.env("PENTIMENTO_LOG", "debug");
    let sink = |end: Option<&str>| match end {
        Some("full") => OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap()
            .into(),
        Some("pipe") => {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            Stdio::from(writer)
        }
        _ => Stdio::null(),
    };
    shell.stdout(sink(out)).stderr(sink(err));
    shell
}

#[test]
fn an_output_that_takes_nothing_ends_no_work() {
    for (words, code, files) in COMMANDS {
        let all = ENDS.iter().flat_map(|end| {
            [
                (Some(*end), None),
                (None, Some(*end)),
                (Some(*end), Some(*end)),
            ]
        });
        for (out, err) in all {
            let dir = folder();
            std::fs::create_dir(dir.path().join("images")).unwrap();
            let at = |name: &str| dir.path().join("images").join(name);
            std::fs::copy(dir.path().join("picture.png"), at("a.png")).unwrap();
            std::fs::write(at("b.png"), "not a picture").unwrap();
            std::fs::copy(dir.path().join("picture.png"), at("c.png")).unwrap();
            let mut expected = listing(dir.path());
            expected.extend(files.iter().map(|name| (*name).to_owned()));
            expected.sort();
            let status = bound(dir.path(), words, out, err).status().unwrap();
            assert_eq!(status.code(), Some(*code), "{words}: {out:?}, {err:?}");
            assert_eq!(listing(dir.path()), expected, "{words}: {out:?}, {err:?}");
            if files.contains(&"out") {
                assert_eq!(
                    listing(&dir.path().join("out")),
                    ["a.png", "c.png"],
                    "{words}: {out:?}, {err:?}"
                );
            }
        }
    }
}
