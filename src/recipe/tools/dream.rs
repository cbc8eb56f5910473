//! The command that InvokeAI up to version 2 writes into pictures: `"an open hand" -s 30 -S 5 -W 512 -H 512 -C 7.5 -A k_lms`.
//!
//! Does not know what the switches mean to a recipe.

use serde_json::Value;

use crate::recipe::json::Object;

/// Switches and the keys that the JSON of the same versions has for them (`backend/args.py`).
const SWITCHES: &[(&str, &str)] = &[
    ("-s", "steps"),
    ("--steps", "steps"),
    ("-S", "seed"),
    ("--seed", "seed"),
    ("-W", "width"),
    ("--width", "width"),
    ("-H", "height"),
    ("--height", "height"),
    ("-C", "cfg_scale"),
    ("--cfg_scale", "cfg_scale"),
    ("-A", "sampler"),
    ("--sampler", "sampler"),
    ("-f", "strength"),
    ("--strength", "strength"),
];

/// The object that a command stands for; `None` where the text is no command.
pub fn object(text: &str) -> Option<Object> {
    let text = text.trim();
    // Words may have anything in them but a switch that is known.
    let starts = |at: usize| {
        let word = text[at..].split_whitespace().next().unwrap_or_default();
        switch(word).is_some()
    };
    let mut gaps = text.match_indices(" -").map(|(at, _)| at + 1);
    let start = gaps.find(|at| starts(*at))?;
    let prompt = text[..start].trim();
    let quoted = prompt
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let mut object = Object::new();
    object.insert("prompt".to_owned(), quoted.unwrap_or(prompt).into());
    let mut words = text[start..].split_whitespace();
    while let Some(word) = words.next() {
        let Some((key, value)) = switch(word) else {
            continue;
        };
        let value = match value {
            "" => words.next().unwrap_or_default(),
            value => value,
        };
        object.insert(key.to_owned(), value.trim_matches('"').into());
    }
    Some(
        [("dream".to_owned(), Value::from(object))]
            .into_iter()
            .collect(),
    )
}

/// The key of a switch, and the value that is written right behind it: `-s30`, `--steps=30`.
fn switch(word: &str) -> Option<(&'static str, &str)> {
    let long = word.starts_with("--");
    SWITCHES.iter().find_map(|(switch, key)| {
        let rest = word.strip_prefix(switch)?;
        let value = match long {
            true if rest.is_empty() => rest,
            true => rest.strip_prefix('=')?,
            false if rest.is_empty() || *switch == "-A" => rest,
            false => rest.parse::<f64>().is_ok().then_some(rest)?,
        };
        Some((*key, value))
    })
}
