//! `pentimento models`, as a person or a script calls it.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::engine::fixture;

/// The program with a home of its own; words are split at spaces, `~` is the home.
fn run(home: &Path, words: &str) -> Output {
    let words = words
        .split(' ')
        .map(|word| word.replace('~', home.to_str().unwrap()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
    for name in [
        "HF_HOME",
        "HF_HUB_CACHE",
        "HF_ENDPOINT",
        "HF_TOKEN",
        "HF_HUB_OFFLINE",
        "PENTIMENTO_CONFIG_DIR",
    ] {
        command.env_remove(name);
    }
    for (name, folder) in [
        ("XDG_DATA_HOME", "data"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_CONFIG_HOME", "config"),
    ] {
        command.env(name, home.join(folder));
    }
    command.env("HOME", home).args(words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn home() -> TempDir {
    let home = TempDir::new().unwrap();
    let models = home.path().join("ComfyUI/models/checkpoints");
    std::fs::create_dir_all(&models).unwrap();
    let from = fixture("../golden/models/ldm-sd1.safetensors");
    std::fs::copy(from, models.join("Tiny.safetensors")).unwrap();
    let folder = fixture("../golden/models/sd-4ch");
    copy_folder(&folder, &home.path().join("ComfyUI/models/diffusers/Small"));
    home
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &to);
        } else {
            std::fs::copy(&path, to).unwrap();
        }
    }
}

/// Words `|` exit code `|` what standard output has in it, `-` for nothing `|` what standard error has in it; on Linux, where the home can be chosen. They run one after the other.
#[cfg(target_os = "linux")]
const RUNS: &str = "
models list | 0 | - | no models found
models folders | 0 | ComfyUI: ~/ComfyUI/models/checkpoints  (not used) | -
models folders | 0 | ComfyUI found: `pentimento models folders --add ~/ComfyUI` | -
models folders --add ~/nowhere | 2 | - | there is no such folder
models folders --add ~/ComfyUI | 0 | ComfyUI: ~/ComfyUI/models/checkpoints\\n | -
models list | 0 | Stable Diffusion | -
models list --kind checkpoint --json | 0 | \"name\":\"Tiny\" | -
models list --kind lora | 0 | - | no models found
models list --kind shoe | 2 | - | possible values
models get nonsense | 2 | - | nothing that can be fetched
models get owner/name --sha256 abc | 2 | - | 64 hexadecimal digits
models get http://example.com/a.safetensors --json | 2 | \"error\" | unencrypted
models verify | 0 | - | nothing that was fetched
repaint --model small --device cpu --size 64x64 --steps 1 --out ~/a.png | 0 | - | -
repaint --model Small --device cpu --size 64x64 --steps 1 --out ~/b.png | 0 | - | -
repaint --model Tinier --size 64x64 --out ~/c.png | 2 | - | no such file or folder
";

#[cfg(target_os = "linux")]
#[test]
fn models_are_found_listed_and_called_by_name() {
    let home = home();
    let root = home.path().to_str().unwrap();
    for row in RUNS.trim().lines() {
        let parts: Vec<_> = row.split('|').map(str::trim).collect();
        let [words, code, wanted_out, wanted_error] = parts[..] else {
            panic!("{row}");
        };
        let output = run(home.path(), words);
        let (out, error) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), code.parse().ok(), "{row}: {error}");
        for (found, wanted) in [(out, wanted_out), (error, wanted_error)] {
            match wanted {
                "-" if words.starts_with("repaint") => {}
                "-" => assert_eq!(found, "", "{row}"),
                wanted => {
                    let wanted = wanted.replace('~', root).replace("\\n", "\n");
                    assert!(found.contains(&wanted), "{row}: {found}");
                }
            }
        }
    }
    assert!(home.path().join("a.png").exists() && home.path().join("b.png").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn what_was_fetched_is_verified() {
    use crate::library::server::{Answer, Server, content, sha256};
    use std::collections::BTreeMap;
    let home = home();
    let answers = BTreeMap::from([("/a.safetensors".to_owned(), vec![Answer::default()])]);
    let server = Server::start(answers);
    let get = format!("models get http://{}/a.safetensors --json", server.address);
    let output = run(home.path(), &get);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let path = home.path().join("data/pentimento/models/a.safetensors");
    assert_eq!(line["path"], path.to_str().unwrap());
    assert_eq!(sha256(&std::fs::read(&path).unwrap()), sha256(&content()));
    let missing = get.replace("/a.", "/none.");
    let output = run(home.path(), &missing);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("\"error\":\"the server has no such file"));
    let output = run(home.path(), "models verify");
    assert!(text(&output.stdout).contains("a.safetensors: as fetched"));
    assert!(output.status.success());
    std::fs::write(&path, "spoilt").unwrap();
    let output = run(home.path(), "models verify");
    assert!(text(&output.stdout).contains("a.safetensors: changed"));
    assert_eq!(output.status.code(), Some(1));
}
