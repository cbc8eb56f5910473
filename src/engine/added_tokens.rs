//! Tokens beside a tokenizer's vocabulary: the special ones, and those that were added to a model later.
//!
//! Does not know how words are split.

use serde_json::{Map, Value as Json, json};

use super::error::EngineError;
use super::source::ModelSource;

/// What the files beside the vocabulary say; CLIP's special tokens where none says otherwise.
pub(super) struct AddedTokens {
    /// Start of text.
    pub start: String,
    /// End of text.
    pub end: String,
    /// What fills a window.
    pub pad: String,
    /// What stands for anything that is not known.
    pub unknown: String,
    /// Ids that the text encoder takes at once, where a file says.
    pub window: Option<usize>,
    /// Each token as `tokenizer.json` has it; `id` is null where no file gives one.
    tokens: Vec<Json>,
}

impl AddedTokens {
    /// Reads `special_tokens_map.json`, `tokenizer_config.json` and `added_tokens.json` of a tokenizer's folder.
    ///
    /// # Errors
    /// [`EngineError::Model`] when one of them is no JSON object, or gives a token no usable id.
    pub(super) fn read(source: &ModelSource, folder: &str) -> Result<Self, EngineError> {
        let [map, config, added] = ["special_tokens_map", "tokenizer_config", "added_tokens"]
            .map(|name| format!("{folder}/{name}.json"));
        let files = [source.json(&map)?, source.json(&config)?];
        let all = |key: &'static str| files.iter().flatten().filter_map(move |json| json.get(key));
        let named = |key| all(key).find(|token| content(token).is_some());
        let text = |key, usual: &str| {
            let token = named(key).and_then(content);
            token.unwrap_or(usual).to_owned()
        };
        let end = text("eos_token", "<|endoftext|>");
        let mut found = Self {
            start: text("bos_token", "<|startoftext|>"),
            pad: text("pad_token", &end),
            unknown: text("unk_token", &end),
            end,
            // Tokenizers without a limit write 1e30.
            window: all("model_max_length")
                .find_map(Json::as_u64)
                .filter(|length| (3..=4096).contains(length))
                .map(|length| length as usize),
            tokens: Vec::new(),
        };
        // The first that names a token says how it is matched; later ones may give its id.
        let by_id = files[1]
            .as_ref()
            .and_then(|json| json.get("added_tokens_decoder"));
        for (id, token) in by_id.and_then(Json::as_object).into_iter().flatten() {
            let id = id.parse().map_err(|_| {
                let problem = format!("its added_tokens_decoder has `{id}` where an id belongs");
                source.error(&config, problem)
            })?;
            found.add(token, Some(id), false);
        }
        for key in ["bos_token", "eos_token", "unk_token", "pad_token"] {
            if let Some(token) = named(key) {
                found.add(token, None, true);
            }
        }
        for token in [&found.start, &found.end].map(|token| json!(token)) {
            found.add(&token, None, true);
        }
        let more = all("additional_special_tokens").filter_map(Json::as_array);
        for token in more.flatten() {
            found.add(token, None, true);
        }
        let more = source.json(&added)?.unwrap_or_default();
        for (token, id) in more.as_object().into_iter().flatten() {
            let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
            let id = id.ok_or_else(|| {
                source.error(&added, format!("the id of `{token}` is no usable number"))
            })?;
            found.add(&json!(token), Some(id), false);
        }
        Ok(found)
    }

    /// Notes a token, given as its text or as an object with the rules of its matching (transformers' `AddedToken`).
    fn add(&mut self, token: &Json, id: Option<u32>, special: bool) {
        let Some(text) = content(token) else { return };
        if let Some(known) = self
            .tokens
            .iter_mut()
            .find(|known| known["content"] == text)
        {
            if known["id"].is_null() {
                known["id"] = json!(id);
            }
            return;
        }
        let flag = |key: &str| token.get(key).and_then(Json::as_bool);
        let special = special || flag("special").unwrap_or(false);
        self.tokens.push(json!({
            "id": id,
            "content": text,
            "special": special,
            "single_word": flag("single_word").unwrap_or(false),
            "lstrip": flag("lstrip").unwrap_or(false),
            "rstrip": flag("rstrip").unwrap_or(false),
            "normalized": flag("normalized").unwrap_or(!special),
        }));
    }

    /// Puts the tokens into a definition as `tokenizer.json` has it, beside those that it holds already.
    ///
    /// The library numbers added tokens itself, unless the vocabulary holds them: so each goes there too, with the id that its file gives, else the vocabulary's, else (for additional ones) the next free one.
    pub(super) fn put_into(self, definition: &mut Json) {
        let mut list = match definition["added_tokens"].take() {
            Json::Array(list) => list,
            _ => Vec::new(),
        };
        let own = |token: &Json, list: &[Json]| {
            list.iter()
                .any(|known| known["content"] == token["content"])
        };
        for token in self.tokens {
            if !own(&token, &list) {
                list.push(token);
            }
        }
        if let Some(Json::Object(vocabulary)) = definition.pointer_mut("/model/vocab") {
            let required = [&self.start, &self.end, &self.pad, &self.unknown];
            list.retain_mut(|token| {
                let (Some(text), true) = (content(token).map(str::to_owned), token.is_object())
                else {
                    return true;
                };
                let id = token["id"]
                    .as_u64()
                    .or_else(|| vocabulary.get(&text)?.as_u64());
                // One of these without an id makes a broken model, which is said where they are looked up.
                let id = id.or_else(|| (!required.contains(&&text)).then(|| next(vocabulary)));
                if let Some(id) = id {
                    token["id"] = json!(id);
                    vocabulary.insert(text, json!(id));
                }
                id.is_some()
            });
        }
        definition["added_tokens"] = Json::Array(list);
    }
}

/// The id behind the largest.
fn next(vocabulary: &Map<String, Json>) -> u64 {
    let largest = vocabulary.values().filter_map(Json::as_u64).max();
    largest.map_or(0, |id| id + 1)
}

/// The text of a token, where there is one.
fn content(token: &Json) -> Option<&str> {
    let text = token.as_str().or_else(|| token.get("content")?.as_str());
    text.filter(|text| !text.is_empty())
}
