//! A recipe's own JSON, whole or in part.
//!
//! Does not know what other programs write; `tools` does.

use serde_json::{Map, Value};

use super::excerpt::{QUOTE, excerpt};
use super::field::rows::KEYS;
use super::number::tidied;
use super::parsed::NoRecipe;
use super::{Parsed, Recipe, tools};

/// A JSON object.
pub type Object = Map<String, Value>;

/// The object that a text holds.
///
/// # Errors
/// What is wrong with it, for a line of complaint.
pub fn object(text: &str) -> Result<Object, String> {
    serde_json::from_str(&without_infinities(text)).map_err(|error| error.to_string())
}

/// Python writes `NaN` and `Infinity`, which JSON has not; they become `null`.
fn without_infinities(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '"' => quoted(rest).unwrap_or(rest.len()),
            _ => {
                let word = ["NaN", "-Infinity", "Infinity"]
                    .into_iter()
                    .find(|word| rest.starts_with(word));
                if let Some(word) = word {
                    clean.push_str("null");
                    rest = &rest[word.len()..];
                    continue;
                }
                next.len_utf8()
            }
        };
        clean.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    clean
}

/// Length of the quoted string at the start of `text`, its quotes included.
pub(super) fn quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    let end = text.strip_prefix('"')?.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    Some(end? + 2)
}

/// Reads a recipe from an object that is not a node graph: our own, or another program's.
///
/// # Errors
/// [`NoRecipe::Field`] when a recipe of our own has a value that its field cannot have.
pub fn read(object: &Object, base: &Recipe) -> Result<Parsed, NoRecipe> {
    match tools::read(object, base) {
        Some(parsed) => Ok(parsed),
        None => own(object, base),
    }
}

fn own(object: &Object, base: &Recipe) -> Result<Parsed, NoRecipe> {
    let mut parsed = Parsed::starting_from(base);
    let damaged = |error: serde_json::Error| NoRecipe::Damaged(error.to_string());
    let Value::Object(mut all) = serde_json::to_value(base).map_err(damaged)? else {
        return Ok(parsed);
    };
    // Of an object with other keys mostly, one has the name of ours by chance.
    let known = object.keys().filter(|key| KEYS.contains(&key.as_str()));
    let ours = 2 * known.count() > object.len();
    for (key, value) in object {
        let Some(field) = KEYS.iter().find(|field| *field == key) else {
            parsed.keep(key, &shown(value));
            continue;
        };
        // Elsewhere a seed below 0 asks for any.
        if key == "seed" && value.as_f64().is_some_and(|seed| seed < 0.0) {
            parsed.keep(key, &shown(value));
            continue;
        }
        let usual = all.get(key).unwrap_or(&Value::Null);
        all.insert(key.clone(), tidied(value, usual));
        let recipe = serde_json::from_value(Value::Object(all.clone()));
        parsed.recipe = recipe.map_err(|error| match ours {
            true => NoRecipe::Field {
                field: key.clone(),
                reason: excerpt(&error.to_string(), 4 * QUOTE),
            },
            false => NoRecipe::Nothing,
        })?;
        parsed.found.push(field);
    }
    Ok(parsed)
}

/// A value as it is shown: text without quotes.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
