//! Text to token ids, as CLIP does it: from `tokenizer.json`, from `vocab.json` and `merges.txt`, or with CLIP's own vocabulary.
//!
//! Does not know prompts, weights or windows of 77.

use serde_json::{Value as Json, json};
use tokenizers::Tokenizer;

use super::added_tokens::AddedTokens;
use super::clip_vocabulary;
use super::error::EngineError;
use super::source::ModelSource;
use crate::diffusion::prompt::tags;

/// CLIP's words: contractions, letters, single digits, runs of anything else (OpenAI CLIP `simple_tokenizer.py`).
pub(super) const WORDS: &str = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

/// A tokenizer and its special ids.
#[derive(Clone)]
pub struct ClipTokenizer {
    vocabulary: Vocabulary,
    /// Start-of-text id.
    pub start: u32,
    /// End-of-text id.
    pub end: u32,
    /// Id that fills a window.
    pub pad: u32,
    /// Ids that the text encoder takes at once, where the files say.
    pub window: Option<usize>,
    embeddings: Vec<Named>,
}

/// An embedding by its name.
#[derive(Clone)]
struct Named {
    name: String,
    /// Ids of the name as a text.
    heard: Vec<u32>,
    /// Ids of its vectors.
    ids: Vec<u32>,
}

/// Where the ids come from.
#[derive(Clone)]
enum Vocabulary {
    Files(Box<Tokenizer>),
    Clip,
}

impl ClipTokenizer {
    /// Reads the tokenizer in a folder of the model (`tokenizer`, `tokenizer_2`).
    ///
    /// # Errors
    /// [`EngineError::Model`] when files are missing or broken, or the special tokens are not in the vocabulary.
    pub fn open(source: &ModelSource, folder: &str) -> Result<Self, EngineError> {
        let added = AddedTokens::read(source, folder)?;
        let (start, end, pad) = (added.start.clone(), added.end.clone(), added.pad.clone());
        let window = added.window;
        let [whole, vocabulary, merges] =
            ["tokenizer.json", "vocab.json", "merges.txt"].map(|name| format!("{folder}/{name}"));
        let (name, mut definition) = match source.json(&whole)? {
            Some(definition) => (&whole, definition),
            None => {
                let definition = from_vocabulary(source, &vocabulary, &merges, &added)?;
                (&vocabulary, definition)
            }
        };
        added.put_into(&mut definition);
        let mut tokenizer = Tokenizer::from_bytes(definition.to_string())
            .map_err(|error| source.error(name, format!("it is no usable tokenizer: {error}")))?;
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|error| source.error(name, error.to_string()))?;

        let id = |token: &str| {
            tokenizer.token_to_id(token).ok_or_else(|| {
                source.error(
                    name,
                    format!("its vocabulary does not hold the special token `{token}`"),
                )
            })
        };
        let (start, end, pad) = (id(&start)?, id(&end)?, id(&pad)?);
        Ok(Self {
            vocabulary: Vocabulary::Files(Box::new(tokenizer)),
            start,
            end,
            pad,
            window,
            embeddings: Vec::new(),
        })
    }

    /// CLIP's own, for models that bring none; OpenCLIP's pad with 0 in its place.
    #[must_use]
    pub fn of_clip() -> Self {
        let [(_, start), (_, end)] = clip_vocabulary::SPECIAL;
        Self {
            vocabulary: Vocabulary::Clip,
            start,
            end,
            pad: end,
            window: None,
            embeddings: Vec::new(),
        }
    }

    /// Whether another gives the same ids.
    pub(super) fn same_vocabulary(&self, other: &Self) -> bool {
        match (&self.vocabulary, &other.vocabulary) {
            (Vocabulary::Files(own), Vocabulary::Files(other)) => {
                own.get_vocab(true) == other.get_vocab(true)
            }
            (own, other) => matches!((own, other), (Vocabulary::Clip, Vocabulary::Clip)),
        }
    }

    /// Lets names stand for the vectors of embeddings: each is heard as so many ids of its own, from `first` on.
    pub(super) fn name_embeddings(
        &mut self,
        first: u32,
        embeddings: &[(String, usize)],
    ) -> Result<(), tokenizers::Error> {
        let mut next = first;
        for (name, vectors) in embeddings {
            let ids: Vec<u32> = (next..).take(*vectors).collect();
            next += ids.len() as u32;
            self.embeddings.push(Named {
                heard: self.encode(name)?,
                name: name.to_lowercase(),
                ids,
            });
        }
        // The longest name first, so that no name hides one that it begins.
        self.embeddings
            .sort_by_key(|named| std::cmp::Reverse(named.heard.len()));
        Ok(())
    }

    /// Whether an embedding has this name.
    pub(super) fn has_embedding(&self, name: &str) -> bool {
        let name = name.to_lowercase().replace('\\', "");
        let name = [".safetensors", ".pt", ".bin"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending))
            .unwrap_or(&name);
        self.embeddings.iter().any(|named| named.name == name)
    }

    /// Ids of a text without start and end, not truncated: single ones, and those of an embedding together.
    ///
    /// An embedding is named by `embedding:name` (ComfyUI), where an unknown one is not heard, or by its bare name, wherever its tokens come (A1111 `modules/sd_hijack_clip.py`).
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn pieces(&self, text: &str) -> Result<Vec<Vec<u32>>, tokenizers::Error> {
        let mut plain = String::new();
        let mut done = 0;
        for (range, name) in tags::embeddings(text) {
            plain.push_str(&text[done..range.start]);
            if self.has_embedding(name) {
                plain.push_str(name);
            }
            done = range.end;
        }
        plain.push_str(&text[done..]);
        let ids = self.encode(&plain)?;
        let (mut pieces, mut rest) = (Vec::new(), &ids[..]);
        while let Some((id, behind)) = rest.split_first() {
            let heard = |named: &&Named| !named.heard.is_empty() && rest.starts_with(&named.heard);
            match self.embeddings.iter().find(heard) {
                Some(named) => {
                    pieces.push(named.ids.clone());
                    rest = &rest[named.heard.len()..];
                }
                None => {
                    pieces.push(vec![*id]);
                    rest = behind;
                }
            }
        }
        Ok(pieces)
    }

    /// Ids of a text without start and end, not truncated.
    ///
    /// # Errors
    /// When the tokenizer's model has neither a token for a part of the text nor one for the unknown.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, tokenizers::Error> {
        match &self.vocabulary {
            Vocabulary::Files(tokenizer) => {
                Ok(tokenizer.encode_fast(text, false)?.get_ids().to_vec())
            }
            Vocabulary::Clip => clip_vocabulary::encode(text),
        }
    }
}

/// The definition that `tokenizer.json` would hold, made of `vocab.json` and `merges.txt` as transformers converts CLIP's.
fn from_vocabulary(
    source: &ModelSource,
    vocabulary: &str,
    merges: &str,
    added: &AddedTokens,
) -> Result<Json, EngineError> {
    let missing = |name: &str| {
        source.error(
            name,
            "this file of the model is missing, and there is no tokenizer.json",
        )
    };
    let words = source.json(vocabulary)?;
    let words = words.ok_or_else(|| missing(vocabulary))?;
    let pairs = source.text(merges)?.ok_or_else(|| missing(merges))?;
    let pairs =
        std::str::from_utf8(&pairs).map_err(|_| source.error(merges, "it is not UTF-8 text"))?;
    let pairs: Vec<&str> = pairs
        .lines()
        .filter(|line| !line.starts_with("#version") && !line.trim().is_empty())
        .collect();

    let unknown = words.get(&added.unknown).map(|_| &added.unknown);
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"},
            {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
            {"type": "Lowercase"},
        ]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": WORDS}, "behavior": "Removed", "invert": true},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        ]},
        "post_processor": null,
        "decoder": null,
        "model": {
            "type": "BPE",
            "dropout": null,
            "unk_token": unknown,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "</w>",
            "fuse_unk": false,
            "byte_fallback": false,
            "vocab": words,
            "merges": pairs,
        },
    }))
}
