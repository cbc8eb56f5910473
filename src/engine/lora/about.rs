//! What a LoRA is said to be: in its own metadata, and in the files that A1111, Civitai's helpers and the artist keep beside it.
//!
//! Nothing here is needed to apply it, so what cannot be read is left out. Does not know tensors.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value};

use crate::engine::error::EngineError;
use crate::engine::few_steps;
use crate::engine::weights::Weights;
use crate::recipe::Suggestion;

/// Longest file beside a LoRA that is read, bytes.
const LONGEST_FILE: u64 = 4 << 20;

/// Tags that stand for trigger words where none are said.
const MOST_TAGS: usize = 8;

/// What a LoRA is said to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// Its name, where it has another than its file.
    pub title: Option<String>,
    /// The words that call it, the first said: A1111's activation text, Civitai's trained words, the trainer's trigger phrase, else the most frequent tags of what it was trained on.
    pub words: Vec<String>,
    /// The model it was trained on, as it says it.
    pub base: Option<String>,
    /// The strength that the artist prefers.
    pub strength: Option<f32>,
    /// The artist's notes.
    pub notes: Option<String>,
    /// How it wants to be run, where it is made for few steps.
    pub suggestion: Option<Suggestion>,
}

impl About {
    /// Reads the head of a LoRA's file, and the files beside it.
    ///
    /// # Errors
    /// [`EngineError::Model`] when the LoRA's own file cannot be read.
    pub fn read(path: &Path) -> Result<Self, EngineError> {
        Ok(Self::of(path, &Weights::open(path)?.notes))
    }

    /// The same with the file's metadata at hand.
    pub(super) fn of(path: &Path, metadata: &BTreeMap<String, String>) -> Self {
        let said = |key: &str| text(metadata.get(key)?);
        let a1111 = beside(path, "json");
        let civitai = beside(path, "civitai.info");
        let own = |key: &str| text(a1111.get(key)?.as_str()?);
        let first_base = [
            "ss_base_model_version",
            "modelspec.architecture",
            "ss_sd_model_name",
        ];
        let trained = civitai.get("trainedWords").and_then(Value::as_array);
        let words = [
            own("activation text").into_iter().collect(),
            trained.map_or_else(Vec::new, |words| {
                words
                    .iter()
                    .filter_map(|word| text(word.as_str()?))
                    .collect()
            }),
            said("modelspec.trigger_phrase").into_iter().collect(),
            frequent(metadata),
        ];
        let title = said("ss_output_name").or_else(|| said("modelspec.title"));
        let strength = a1111.get("preferred weight").and_then(number);
        Self {
            words: words
                .into_iter()
                .find(|words| !words.is_empty())
                .unwrap_or_default(),
            base: first_base
                .iter()
                .find_map(|key| said(key))
                .or_else(|| text(civitai.get("baseModel")?.as_str()?)),
            // 0 is A1111's way to say none.
            strength: strength
                .map(|strength| strength as f32)
                .filter(|strength| strength.is_finite() && *strength != 0.0),
            notes: own("notes"),
            suggestion: few_steps::of_lora(&[
                path.file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .as_ref(),
                title.as_deref().unwrap_or_default(),
                &said("modelspec.title").unwrap_or_default(),
            ]),
            title,
        }
    }
}

/// What the files beside any model say of it, in one text: A1111's description and notes, Civitai's name, description, tags and base model. Empty where there are none.
#[must_use]
pub fn said_beside(path: &Path) -> String {
    const KEYS: [&str; 7] = [
        "name",
        "description",
        "notes",
        "baseModel",
        "sd version",
        "tags",
        "model",
    ];
    fn gather(object: &Map<String, Value>, said: &mut Vec<String>) {
        for value in KEYS.iter().filter_map(|key| object.get(*key)) {
            match value {
                Value::String(text) => said.push(text.clone()),
                Value::Array(all) => {
                    said.extend(all.iter().filter_map(|one| one.as_str().map(str::to_owned)));
                }
                Value::Object(inner) => gather(inner, said),
                _ => {}
            }
        }
    }
    let mut said = Vec::new();
    for ending in ["json", "civitai.info"] {
        gather(&beside(path, ending), &mut said);
    }
    said.join(" ")
}

/// A JSON object out of metadata; empty where it is none.
pub(super) fn object(text: Option<&String>) -> Map<String, Value> {
    let value = text.and_then(|text| serde_json::from_str(text).ok());
    value.unwrap_or_default()
}

/// The object in a file beside `path`, of its name and another ending.
fn beside(path: &Path, ending: &str) -> Map<String, Value> {
    let read = || {
        let file = path.with_extension(ending);
        if !file.metadata().ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        let mut file = File::open(file).ok()?.take(LONGEST_FILE);
        file.read_to_end(&mut bytes).ok()?;
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        serde_json::from_slice(text).ok()
    };
    read().unwrap_or_default()
}

/// What is said, where anything is; trainers write `None` for nothing.
fn text(said: &str) -> Option<String> {
    let said = said.trim();
    (!said.is_empty() && said != "None").then(|| said.to_owned())
}

/// A number, or a text that is one.
fn number(value: &Value) -> Option<f64> {
    value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

/// The most frequent tags of what it was trained on, over all folders (kohya-ss `sd-scripts` `train_network.py`).
fn frequent(metadata: &BTreeMap<String, String>) -> Vec<String> {
    let folders = object(metadata.get("ss_tag_frequency"));
    let mut counts = BTreeMap::<&str, f64>::new();
    for (tag, count) in folders.values().filter_map(Value::as_object).flatten() {
        *counts.entry(tag.trim()).or_default() += number(count).unwrap_or_default();
    }
    counts.remove("");
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let tags = counts.into_iter().take(MOST_TAGS);
    // Tags are plain text, in which brackets are no weights.
    let escaped = |tag: &str| match tag.contains('\\') {
        true => tag.to_owned(),
        false => tag.replace('(', "\\(").replace(')', "\\)"),
    };
    tags.map(|(tag, _)| escaped(tag)).collect()
}
