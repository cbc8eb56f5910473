//! `--json`: a line for each thing done, and one for what went wrong.

use serde_json::Value;

use super::{folder, model, run};

/// Words of a command, in which `MODEL` is a model `|` exit code `|` for each line that is printed a key and what its value holds.
const ROWS: &str = "
repaint --json --model MODEL --image picture.png --out out.png --steps 2 --device cpu --count 2 | 0 | out: out-1.png, out: out-2.png
repaint --json --image notes.txt --out out.png | 2 | error: not a picture
repaint --json --image notes.txt --out out.png | 2 | image: notes.txt
repaint --json --out out.png --steps 0 | 2 | error: 0 steps cannot be run
repaint --json --out out.png --stepz 0 | 2 | error: --stepz
repaint --json | 2 | error: --out
repaint --json --preset none --out out.png | 2 | error: no preset
repaint --json --image picture.png --model empty-model --out out.png | 2 | error: UNet
repaint --json --image-dir images --out-dir out --model empty-model | 2 | error: UNet
repaint --json --image-dir images --out-dir out --model MODEL --steps 2 --device cpu | 1 | image: a.png, error: not a picture
sweep --json --model MODEL --image picture.png --x steps=2,3 --out sheet.png --device cpu | 0 | pictures: 2
sweep --json --image nothing.png --x steps=2,3 --out sheet.png | 2 | error: no such file
sample --json seven-fingers --out made | 2 | error: no such sample
sample --json six-fingers --out made --device cpu | 0 | sample: six-fingers
devices --json | 0 | devices: cpu
";

#[test]
fn there_is_a_line_for_everything() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    std::fs::create_dir(at("images")).unwrap();
    std::fs::copy(at("picture.png"), at("images/a.png")).unwrap();
    std::fs::write(at("images/b.png"), "not a picture").unwrap();
    let model = model();
    for row in ROWS.trim().lines() {
        let parts: Vec<_> = row.split(" | ").collect();
        let [words, code, lines] = parts[..] else {
            panic!("{row}");
        };
        let code: i32 = code.parse().unwrap();
        let lines: Vec<_> = lines
            .split(", ")
            .map(|line| line.split_once(": ").unwrap())
            .collect();
        let place = |word| {
            if word == "MODEL" {
                model.to_str().unwrap()
            } else {
                word
            }
        };
        let args: Vec<_> = words.split(' ').map(place).collect();
        let output = run(dir.path(), &args);
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words}: {stderr}");
        assert_eq!(stdout.lines().count(), lines.len(), "{words}: {stdout}");
        for (line, (key, holds)) in stdout.lines().zip(lines) {
            let line: Value = serde_json::from_str(line).unwrap();
            assert!(line[key].to_string().contains(holds), "{words}: {line}");
            assert_eq!(
                line.get("error").is_some(),
                code != 0 && key != "out" && line.get("out").is_none(),
                "{words}: {line}"
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn a_stopped_run_says_so() {
    let dir = folder();
    let words = "repaint --json --image picture.png --mask mask.png --out out.png --device cpu --steps 1000 --strength 1 --sampler heun --previews steps";
    let args: Vec<_> = words.split(' ').collect();
    let mut child = super::command(dir.path(), &args)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while !dir.path().join("steps/step-001.png").exists() {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended before its first step"
        );
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let kill = format!("kill -INT {}", child.id());
    assert!(
        std::process::Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        line["error"].as_str().unwrap().contains("stopped"),
        "{line}"
    );
}
