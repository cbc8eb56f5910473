//! The lines of an infotext, and the pairs in its last one.
//!
//! Does not know what the pairs mean.

use crate::recipe::json::quoted;

/// What a negative prompt's first line begins with.
pub(super) const NEGATIVE: &str = "Negative prompt:";

/// A last line counts as parameters when it has this many.
const LEAST_PARAMETERS: usize = 3;

/// Whether the last line of a text counts as parameters.
pub fn has_parameters(text: &str) -> bool {
    let last = text.trim().rsplit('\n').next().unwrap_or_default();
    pairs(last).len() >= LEAST_PARAMETERS
}

/// Prompt and negative prompt in the lines before the parameters; spaces around lines do not count.
pub(super) fn prompts_of(head: &str) -> (String, String) {
    let (mut prompt, mut negative) = (Vec::new(), Vec::new());
    let mut in_negative = false;
    for line in head.trim().split('\n').map(str::trim) {
        match line.strip_prefix(NEGATIVE) {
            Some(rest) => {
                in_negative = true;
                negative.push(rest.trim());
            }
            None if in_negative => negative.push(line),
            None => prompt.push(line),
        }
    }
    (prompt.join("\n"), negative.join("\n"))
}

/// The pairs `key: value` of a line: keys of two or more letters, digits, spaces, `-` and `/`, values up to the next comma, in JSON quotes, or JSON objects.
pub(in crate::recipe) fn pairs(line: &str) -> Vec<(String, String)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_key = |c: char| is_word(c) || matches!(c, ' ' | '-' | '/');
    let mut pairs = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find(is_word) {
        rest = &rest[start..];
        let end = rest.find(|c| !is_key(c)).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let long = key.chars().nth(1).is_some();
        match after.strip_prefix(':').filter(|_| long) {
            Some(after) => {
                let (value, length) = value(after.trim_start());
                pairs.push((key.trim_end().to_owned(), value));
                rest = &after.trim_start()[length..];
            }
            None => rest = after,
        }
    }
    pairs
}

/// The value at the start of `text`, and its length in bytes.
fn value(text: &str) -> (String, usize) {
    if let Some(length) = quoted(text).filter(|length| ends_value(&text[*length..]))
        && let Ok(value) = serde_json::from_str(&text[..length])
    {
        return (value, length);
    }
    if let Some(length) = object(text) {
        return (text[..length].to_owned(), length);
    }
    let length = text.find(',').unwrap_or(text.len());
    (text[..length].trim_end().to_owned(), length)
}

/// Length of the JSON object at the start of `text` that a comma or the end follows; extensions write their values so, without quotes around.
pub(super) fn object(text: &str) -> Option<usize> {
    let mut objects = serde_json::Deserializer::from_str(text)
        .into_iter::<serde_json::Map<String, serde_json::Value>>();
    text.starts_with('{').then(|| objects.next())??.ok()?;
    Some(objects.byte_offset()).filter(|length| ends_value(&text[*length..]))
}

fn ends_value(after: &str) -> bool {
    after.is_empty() || after.starts_with(',')
}

/// Whether a key is read as one wherever it stands.
pub(super) fn is_key(key: &str) -> bool {
    matches!(pairs(&format!("{key}: x")).as_slice(), [(own, value)] if own == key && value == "x")
}
