//! LoRAs of prompts, by their names and their hashes.

use std::fs;
use std::path::Path;
use std::process::Output;

use pentimento::raster::file;
use pentimento::recipe::Recipe;
use pentimento::recipe::infotext::{LORA_HASHES, lora_hashes};
use pentimento::recipe::parsed::read_metadata;
use tempfile::TempDir;

/// `loras/kohya-sd1.safetensors` and `loras/loha-sd1.safetensors`.
const HASHES: [&str; 2] = ["c909ed978ce3", "b7ba058db510"];

fn golden(name: &str) -> std::path::PathBuf {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    golden.join(name)
}

fn scene() -> TempDir {
    let home = TempDir::new().unwrap();
    fs::create_dir(home.path().join("nets")).unwrap();
    for (from, to) in [
        ("models/ldm-sd1.safetensors", "model.safetensors"),
        ("loras/kohya-sd1.safetensors", "nets/worn.safetensors"),
        ("loras/loha-sd1.safetensors", "nets/other.safetensors"),
    ] {
        fs::copy(golden(from), home.path().join(to)).unwrap();
    }
    home
}

fn repaint(home: &Path, more: &[&str]) -> Output {
    painted(home, "repaint", more)
}

fn painted(home: &Path, command: &str, more: &[&str]) -> Output {
    let mut args = vec![command, "--model", "model.safetensors", "--device", "cpu"];
    args.extend(["--size", "32x32", "--steps", "2", "--seed", "1"]);
    args.extend(["--lora-dir", "nets"]);
    args.extend(more);
    let mut command = super::command(home, &args);
    command.env("HOME", home);
    for name in ["XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        command.env(name, home.join("home"));
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{more:?}: {said}");
    output
}

/// Names and hashes that a picture's recipe says.
fn hashes(path: &Path) -> Vec<(String, String)> {
    let metadata = file::read(path).unwrap().metadata;
    let parsed = read_metadata(&metadata.text, None, &Recipe::default()).unwrap();
    assert!(
        parsed
            .others
            .iter()
            .filter(|(key, _)| key == LORA_HASHES)
            .count()
            <= 1
    );
    lora_hashes(&parsed.others)
}

/// What is asked for; names and hashes that are said.
type Said<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);
const SAID: &[Said<'_>] = &[
    (&["--prompt", "a hand"], &[]),
    (
        &["--prompt", "a hand <lora:worn:0.8>"],
        &[("worn", HASHES[0])],
    ),
    (
        &[
            "--prompt",
            "<lora:other:0.3><lora:Worn:0.5:0.1> a hand <lora:none:1>",
        ],
        &[("other", HASHES[1]), ("Worn", HASHES[0])],
    ),
    (
        &["--prompt", "a hand", "--lora", "nets/other.safetensors:0.5"],
        &[("other", HASHES[1])],
    ),
];

#[test]
fn a_picture_says_the_hashes_of_its_loras() {
    let home = scene();
    let out = home.path().join("out.png");
    for (args, wanted) in SAID {
        repaint(home.path(), &[*args, &["--out", "out.png"]].concat());
        let found = hashes(&out);
        let found: Vec<_> = found
            .iter()
            .map(|(name, hash)| (name.as_str(), hash.as_str()))
            .collect();
        assert_eq!(found, *wanted, "{args:?}");
    }
}

#[test]
fn a_lora_that_was_renamed_is_found_by_its_hash() {
    let home = scene();
    let at = |name: &str| home.path().join(name);
    repaint(
        home.path(),
        &["--prompt", "a hand <lora:worn:1>", "--out", "a.png"],
    );
    fs::rename(at("nets/worn.safetensors"), at("nets/v2.safetensors")).unwrap();
    let output = repaint(home.path(), &["--recipe", "a.png", "--out", "b.png"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("by its hash") && said.contains("v2.safetensors"),
        "{said}"
    );
    let picture = |name: &str| file::read(&at(name)).unwrap().picture;
    assert!(picture("a.png") == picture("b.png"));
    assert_eq!(
        hashes(&at("b.png")),
        [("worn".to_owned(), HASHES[0].to_owned())]
    );
    // Without what its source said it is not known.
    let output = repaint(
        home.path(),
        &["--prompt", "a hand <lora:worn:1>", "--out", "c.png"],
    );
    assert!(String::from_utf8_lossy(&output.stderr).contains("no LoRA is called `worn`"));
    assert!(picture("c.png") != picture("a.png"));
}

#[test]
fn mended_hands_know_loras_by_their_hashes_too() {
    let home = scene();
    let at = |name: &str| home.path().join(name);
    let sample = pentimento::sample::SAMPLES[0].unpack().unwrap();
    let plain = file::Metadata::default();
    file::write(&at("drawn.png"), &sample.picture, &plain).unwrap();
    let fix = |more: &[&str]| {
        let tries = ["--tries", "1", "--pick", "first"];
        painted(home.path(), "fix", &[&tries[..], more].concat())
    };
    let prompt = "a hand <lora:worn:1>";
    fix(&["--image", "drawn.png", "--prompt", prompt, "--out", "a.png"]);
    let worn = [("worn".to_owned(), HASHES[0].to_owned())];
    assert_eq!(hashes(&at("a.png")), worn);
    fs::rename(at("nets/worn.safetensors"), at("nets/v2.safetensors")).unwrap();
    // By what the picture itself tells, and by a recipe's source.
    let telling = file::read(&at("a.png")).unwrap().metadata;
    file::write(&at("told.png"), &sample.picture, &telling).unwrap();
    for more in [
        ["--image", "told.png", "--prompt", prompt],
        ["--image", "drawn.png", "--recipe", "a.png"],
    ] {
        let output = fix(&[&more[..], &["--out", "b.png"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("by its hash"), "{more:?}: {said}");
        assert_eq!(hashes(&at("b.png")), worn, "{more:?}");
    }
}
