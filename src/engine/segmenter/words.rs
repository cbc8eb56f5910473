//! The words that a segmenter hears: its vocabulary, and which it was made for where it was not made for all.
//!
//! Does not know the network.

use serde_json::Value as Json;

use super::super::error::EngineError;
use super::super::source::ModelSource;
use super::super::tokenizer::ClipTokenizer;
use super::json;
use crate::diffusion::networks::Halt;

/// How a text reaches the network.
pub(super) struct Words {
    pub tokenizer: ClipTokenizer,
    /// The words that it was made for, those of one meaning together, and others that it takes beside them; without any it takes all there are.
    known: Vec<Vec<String>>,
    others: Vec<String>,
}

impl Words {
    /// Any words.
    pub fn all(tokenizer: ClipTokenizer) -> Self {
        Self {
            tokenizer,
            known: Vec::new(),
            others: Vec::new(),
        }
    }

    /// What the files of a network say: its own vocabulary where there is one, and `known_words` and `other_words` of its config.
    pub fn read(source: &ModelSource, folder: &str) -> Result<Self, EngineError> {
        let own = ["tokenizer.json", "vocab.json"].map(|name| format!("{folder}/{name}"));
        let tokenizer = match own.iter().any(|name| source.has(name)) {
            true => ClipTokenizer::open(source, folder)?,
            false => ClipTokenizer::of_clip(),
        };
        let config = json(source, folder, "config.json")?;
        let words = |list: &Json| -> Vec<String> {
            let list = list.as_array().into_iter().flatten();
            list.filter_map(|word| Some(word.as_str()?.to_owned()))
                .collect()
        };
        let known = config["known_words"].as_array().into_iter().flatten();
        Ok(Self {
            known: known.map(words).filter(|names| !names.is_empty()).collect(),
            others: words(&config["other_words"]),
            ..Self::all(tokenizer)
        })
    }

    /// Checks that it knows the words of a text.
    pub fn check(&self, text: &str) -> Result<(), Halt> {
        if self.known.is_empty() {
            return Ok(());
        }
        let text = text.to_lowercase();
        let said = text.split(|letter: char| !letter.is_alphanumeric() && letter != '\'');
        let said: Vec<&str> = said.filter(|word| !word.is_empty()).collect();
        let is_of = |words: &[String], word: &str| words.iter().any(|own| own == word);
        let names = |word: &&&str| self.known.iter().any(|names| is_of(names, word));
        let strange = said
            .iter()
            .find(|word| !names(word) && !is_of(&self.others, word));
        if strange.is_none() && said.iter().any(|word| names(&word)) {
            return Ok(());
        }
        let first = self.known.iter().map(|names| names[0].as_str());
        let known = first.collect::<Vec<_>>().join(", ");
        let strange = strange.map_or(text.trim(), |word| word);
        Err(Halt::UnknownWord(format!(
            "this network does not know `{strange}`, but {known}; for other words fetch CLIPSeg: `pentimento models get CIDAS/clipseg-rd64-refined/model.safetensors`"
        )))
    }
}
