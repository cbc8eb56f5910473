//! `pentimento analyse`: what a picture says itself, and what is suggested for it.

use std::path::{Path, PathBuf};
use std::process::Output;

use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Picture, Size};
use serde_json::Value;

use super::{command, folder};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

/// The program with a library of its own in `data`; `$` in the words is the goldens' folder.
fn analyse(dir: &Path, words: &str) -> Output {
    let goldens = golden("");
    let words = words.replace('$', goldens.to_str().unwrap());
    let args: Vec<_> = ["analyse", "--device", "cpu"]
        .into_iter()
        .chain(words.split(' '))
        .collect();
    command(dir, &args)
        .env("HOME", dir)
        .env("XDG_DATA_HOME", dir.join("data"))
        .env("XDG_CACHE_HOME", dir.join("cache"))
        .env("HF_HOME", dir.join("hub"))
        .output()
        .unwrap()
}

fn line(output: &Output) -> Value {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Text in a file `|` whether it is told as a recipe.
const TEXTS: [(&str, bool); 3] = [
    ("Created with GIMP", false),
    ("a red hat", false),
    (INFOTEXT, true),
];

const INFOTEXT: &str = "a red hat\nNegative prompt: blur\nSteps: 30, Sampler: Euler a, CFG scale: 6, Seed: 5, Size: 61x75, Model hash: 0123456789, Model: tinyMix";

fn with_text(dir: &Path, text: &str) {
    let picture = Picture::filled(Size::new(61, 75), [90, 120, 30, 255]);
    let mut metadata = Metadata::default();
    metadata.set_comment(file::Format::Png, "parameters", text);
    file::write(&dir.join("made.png"), &picture, &metadata).unwrap();
}

#[test]
fn a_picture_is_analysed_in_one_line() {
    let dir = folder();
    let words = "--image $taggers/exact.png --tagger $taggers/wd --json";
    let said = line(&analyse(dir.path(), words));
    assert_eq!(
        said["prompt"],
        r#"\{curly\}, traditional media, long hair, "quoted", comma"#
    );
    assert_eq!(said["tags"][1]["tag"], "traditional media");
    assert_eq!(said["tags"][1]["category"], "general");
    assert_eq!(said["tagger"], "wd");
    assert_eq!(said["own"], Value::Null);
    assert_eq!(said["models"][0]["name"], "built-in");
    assert!(said["size"]["rendered"][0].as_u64().unwrap() > 0);
    assert_eq!(said["caption"], Value::Null);
    let more = format!("{words} --caption $captioners/tiny --caption-detail short");
    let caption = &line(&analyse(dir.path(), &more))["caption"];
    assert_eq!(caption["model"], "tiny");
    assert!(!caption["text"].as_str().unwrap().is_empty());
    // A higher threshold says less, a weight says how sure.
    let words = format!("{words} --threshold 0.6 --weighted");
    let said = line(&analyse(dir.path(), &words));
    let prompt = said["prompt"].as_str().unwrap();
    assert!(
        prompt.starts_with(r"(\{curly\}:0.95), (traditional media:0.9)"),
        "{prompt}"
    );
    assert_eq!(said["tags"].as_array().unwrap().len(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_picture_says_comes_first() {
    let dir = folder();
    with_text(dir.path(), INFOTEXT);
    let models = dir.path().join("data/pentimento/models");
    std::fs::create_dir_all(&models).unwrap();
    std::fs::copy(
        golden("models/ldm-sd1.safetensors"),
        models.join("tinyMix.safetensors"),
    )
    .unwrap();
    let output = analyse(dir.path(), "--image made.png --json");
    let said = line(&output);
    assert_eq!(said["own"]["prompt"], "a red hat");
    assert_eq!(said["own"]["model"], "tinyMix");
    assert_eq!(said["own"]["model_hash"], "0123456789");
    let path = said["own"]["model_path"].as_str().unwrap();
    assert!(path.ends_with("tinyMix.safetensors"), "{path}");
    assert_eq!(said["models"][0]["name"], "tinyMix");
    assert!(said["prompt"].is_string(), "{said}");
    let text = analyse(dir.path(), "--image made.png");
    let text = String::from_utf8(text.stdout).unwrap();
    for wanted in [
        "picture  61x75",
        "a red hat",
        "made by  tinyMix, 0123456789 (",
        "model 1  tinyMix: the picture names it as its model",
        "size     ",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
}

#[test]
fn a_remark_is_no_recipe() {
    let dir = folder();
    for (text, is_recipe) in TEXTS {
        with_text(dir.path(), text);
        let words = "--image made.png --tagger $taggers/wd --json";
        let said = line(&analyse(dir.path(), words));
        assert_eq!(said["own"] != Value::Null, is_recipe, "{text}");
    }
}

/// Words `|` exit code `|` what standard error or the line has in it.
const RUNS: &str = r#"
--image picture.png --mask mask.png --json | 0 | "padding":32
--image picture.png --json | 0 | whole
--image picture.png --mask small.png | 2 | 60x75
--image picture.png --mask black.png | 2 | mask
--image picture.png --tagger nowhere | 2 | there is no such file or folder
--image picture.png --tagger $taggers/bad/nan | 1 | not finite
--image picture.png --tagger $taggers/bad/fewer-names | 2 | as many as selected_tags.csv names
--image picture.png --threshold 2 | 2 | from 0.05 to 1
--image picture.png --model nowhere --tagger $taggers/wd | 2 | there is no such file or folder
--image notes.txt | 2 | notes.txt
--image picture.png --tagger $taggers/joy --threshold 1 | 0 | the tagger is not sure of anything
"#;

#[test]
fn runs_end_as_in_the_table() {
    let dir = folder();
    for row in RUNS.trim().lines() {
        let parts: Vec<_> = row.split(" | ").collect();
        let output = analyse(dir.path(), parts[0]);
        let said = [&output.stdout[..], &output.stderr[..]].concat();
        let said = String::from_utf8(said).unwrap();
        assert_eq!(output.status.code(), parts[1].parse().ok(), "{row}: {said}");
        assert!(said.contains(parts[2]), "{row}: {said}");
        if parts[1] != "0" {
            assert_eq!(said.lines().count(), 1, "{row}: {said}");
        }
    }
}
