//! What reads files of others: each is handed bytes, and refuses in one line what it cannot use. Run by tests over changed files, and by the targets in `fuzz`.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use pentimento::engine::embedding::Embedding;
use pentimento::engine::graph::Graph;
use pentimento::engine::kit::Kit;
use pentimento::engine::lora::{Lora, Role, apply};
use pentimento::engine::weights::Weights;
use pentimento::engine::{Cancel, ModelSource, catalog, identify};
use pentimento::recipe::Recipe;
use pentimento::recipe::infotext::{self, lora_hashes};
use pentimento::recipe::parsed::read_text;

/// What a reader says of bytes that it refuses, one line each.
type Read = fn(&[u8]) -> Vec<String>;

/// The readers, and files to begin with.
pub const READERS: [(&str, Read, &[&str]); 5] = [
    ("checkpoint", checkpoint, &["models/ldm-sd1.safetensors"]),
    (
        "lora",
        lora,
        &[
            "loras/kohya-sd1.safetensors",
            "loras/loha-sd1.safetensors",
            "loras/lokr-sd1.safetensors",
            "loras/dora-sd1.safetensors",
        ],
    ),
    (
        "embedding",
        embedding,
        &["embeddings/worn-hands.safetensors"],
    ),
    (
        "onnx",
        onnx,
        &[
            "models/onnx-sd1/text_encoder/model.onnx",
            "models/onnx-sdxl/text_encoder/model.onnx",
            "models/sd-4ch/text_encoder/model.onnx",
        ],
    ),
    ("infotext", infotext, &["../fixtures/a1111.txt"]),
];

/// Has bytes read by a reader.
///
/// # Panics
/// Where it says more than a line of sensible length.
pub fn check(reader: &str, bytes: &[u8]) {
    for (_, read, _) in READERS.iter().filter(|(name, ..)| *name == reader) {
        for line in read(bytes) {
            assert!(line.lines().count() == 1 && line.len() < 2000, "{line}");
        }
    }
}

fn golden() -> PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repository = match repository.ends_with("fuzz") {
        true => repository.parent().unwrap(),
        false => repository,
    };
    repository.join("tests/golden")
}

/// A file of these bytes.
fn written(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("file.safetensors");
    std::fs::write(&path, bytes).unwrap();
    (scratch, path)
}

fn checkpoint(bytes: &[u8]) -> Vec<String> {
    let (_scratch, path) = written(bytes);
    let mut lines = Vec::new();
    match Weights::open(&path) {
        Ok(weights) => {
            for (_, tensor) in weights.iter() {
                let _ = tensor.floats();
            }
        }
        Err(error) => lines.push(error.to_string()),
    }
    let _ = identify(&path);
    let opened = catalog::open(&Kit::of(ModelSource::at(path)));
    lines.extend(opened.err().map(|error| error.to_string()));
    lines
}

fn lora(bytes: &[u8]) -> Vec<String> {
    let (_scratch, path) = written(bytes);
    let lora = match Lora::open(&path) {
        Ok(lora) => lora,
        Err(error) => return vec![error.to_string()],
    };
    let _ = lora.about();
    let model = Weights::open(&golden().join("models/ldm-sd1.safetensors")).unwrap();
    let unet = model.renamed(|name| {
        let name = name.strip_prefix("model.diffusion_model.")?;
        Some(name.replace("input_blocks.1.1", "down_blocks.0.attentions.0"))
    });
    let applied = apply(&unet, Role::Unet, &[(&lora, 1.0)], &Cancel::new());
    applied
        .err()
        .map(|error| error.to_string())
        .into_iter()
        .collect()
}

fn embedding(bytes: &[u8]) -> Vec<String> {
    let (_scratch, path) = written(bytes);
    let opened = Embedding::open(&path);
    opened
        .err()
        .map(|error| error.to_string())
        .into_iter()
        .collect()
}

fn onnx(bytes: &[u8]) -> Vec<String> {
    let read = Graph::read(Cursor::new(bytes));
    read.err()
        .map(|error| error.to_string())
        .into_iter()
        .collect()
}

fn infotext(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    match read_text(&text, &Recipe::default()) {
        Ok(parsed) => {
            let _ = lora_hashes(&parsed.others);
            let _ = infotext::write(&parsed.recipe, &infotext::Extras::default());
            Vec::new()
        }
        Err(error) => vec![error.to_string()],
    }
}
