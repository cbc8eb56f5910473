//! Text to token ids, as CLIP does it: from `tokenizer.json`, or from `vocab.json` and `merges.txt`.
//!
//! Does not know prompts, weights or windows of 77.

use serde_json::{Value as Json, json};
use tokenizers::Tokenizer;

use super::error::EngineError;
use super::source::ModelSource;

/// CLIP's words: contractions, letters, single digits, runs of anything else (OpenAI CLIP `simple_tokenizer.py`).
const WORDS: &str = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

/// A tokenizer and its special ids.
#[derive(Clone)]
pub struct ClipTokenizer {
    tokenizer: Tokenizer,
    /// Start-of-text id.
    pub start: u32,
    /// End-of-text id.
    pub end: u32,
    /// Id that fills a window.
    pub pad: u32,
    /// Ids that the text encoder takes at once, where the files say.
    pub window: Option<usize>,
}

impl ClipTokenizer {
    /// Reads the tokenizer in `tokenizer/`.
    ///
    /// # Errors
    /// [`EngineError::Model`] when files are missing or broken, or the special tokens are not in the vocabulary.
    pub fn open(source: &ModelSource) -> Result<Self, EngineError> {
        let whole = source.read("tokenizer/tokenizer.json")?;
        let (name, definition) = match &whole {
            Some(bytes) => ("tokenizer/tokenizer.json", bytes.to_vec()),
            None => ("tokenizer/vocab.json", from_vocabulary(source)?),
        };
        let mut tokenizer = Tokenizer::from_bytes(definition)
            .map_err(|error| source.error(name, format!("it is no usable tokenizer: {error}")))?;
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|error| source.error(name, error.to_string()))?;

        let specials = Specials::read(source)?;
        let id = |token: &str| {
            tokenizer.token_to_id(token).ok_or_else(|| {
                source.error(
                    name,
                    format!("its vocabulary does not hold the special token `{token}`"),
                )
            })
        };
        let (start, end, pad) = (id(&specials.start)?, id(&specials.end)?, id(&specials.pad)?);
        Ok(Self {
            tokenizer,
            start,
            end,
            pad,
            window: specials.window,
        })
    }

    /// Ids of a text without start and end, not truncated.
    ///
    /// # Errors
    /// When the tokenizer's model has neither a token for a part of the text nor one for the unknown.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, tokenizers::Error> {
        Ok(self.tokenizer.encode_fast(text, false)?.get_ids().to_vec())
    }
}

/// Special tokens; CLIP's where no file says otherwise.
struct Specials {
    start: String,
    end: String,
    pad: String,
    window: Option<usize>,
}

impl Specials {
    fn read(source: &ModelSource) -> Result<Self, EngineError> {
        let files = [
            source.json("tokenizer/special_tokens_map.json")?,
            source.json("tokenizer/tokenizer_config.json")?,
        ];
        let token = |key: &str| {
            files.iter().flatten().find_map(|json| {
                let value = json.get(key)?;
                value
                    .as_str()
                    .or_else(|| value.get("content")?.as_str())
                    .map(str::to_owned)
            })
        };
        let end = token("eos_token").unwrap_or_else(|| "<|endoftext|>".into());
        // Tokenizers without a limit write 1e30.
        let window = files
            .iter()
            .flatten()
            .find_map(|json| json.get("model_max_length")?.as_u64())
            .filter(|length| (3..=4096).contains(length));
        Ok(Self {
            start: token("bos_token").unwrap_or_else(|| "<|startoftext|>".into()),
            pad: token("pad_token").unwrap_or_else(|| end.clone()),
            end,
            window: window.map(|length| length as usize),
        })
    }
}

/// The definition that `tokenizer.json` would hold, made of `vocab.json` and `merges.txt` as transformers converts CLIP's.
fn from_vocabulary(source: &ModelSource) -> Result<Vec<u8>, EngineError> {
    let missing = |name: &str| {
        source.error(
            name,
            "this file of the model is missing, and there is no tokenizer.json",
        )
    };
    let vocabulary = source
        .json("tokenizer/vocab.json")?
        .ok_or_else(|| missing("tokenizer/vocab.json"))?;
    let merges = source
        .read("tokenizer/merges.txt")?
        .ok_or_else(|| missing("tokenizer/merges.txt"))?;
    let merges = std::str::from_utf8(&merges)
        .map_err(|_| source.error("tokenizer/merges.txt", "it is not UTF-8 text"))?;
    let merges: Vec<&str> = merges
        .lines()
        .filter(|line| !line.starts_with("#version") && !line.trim().is_empty())
        .collect();

    let specials = Specials::read(source)?;
    let id = |token: &str| vocabulary.get(token).and_then(Json::as_u64);
    let added: Vec<Json> = [&specials.start, &specials.end]
        .into_iter()
        .filter_map(|token| {
            let id = id(token)?;
            Some(json!({
                "id": id, "content": token, "special": true,
                "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
            }))
        })
        .collect();
    let unknown = id(&specials.end).map(|_| &specials.end);
    let definition = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
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
            "vocab": vocabulary,
            "merges": merges,
        },
    });
    Ok(definition.to_string().into_bytes())
}
