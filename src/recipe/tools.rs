//! Recipes in the JSON of other programs; `table` says who writes what.
//!
//! Does not know node graphs, nor where the JSON stood.

pub(super) mod dream;
mod table;

use serde_json::Value;

use self::table::{ANY, Field, TOOLS, Tool};
use super::field::rows::{
    GUIDANCE, KEYS, NEGATIVE_PROMPT, PROMPT, SAMPLER, SEED, SEED_SOURCE, SPACING, STEPS, STRENGTH,
};
use super::json::{Object, shown};
use super::names::{sampler_of_any, spacing_of_any};
use super::number::{number, whole, whole_in};
use super::{Parsed, Recipe, SeedSource, Spacing, Variation};

/// What an object of another program says; `None` where it is a recipe's own, as far as it is one.
pub(super) fn read(object: &Object, base: &Recipe) -> Option<Parsed> {
    read_marked(object, base).or_else(|| {
        let foreign = |key: &'static &str| object.contains_key(*key) && !KEYS.contains(key);
        let mut keys = ANY.keys.iter().flat_map(|(_, keys)| *keys);
        keys.any(foreign).then(|| ANY.read(object, object, base))
    })
}

/// The same for programs that are known by their marks.
pub(super) fn read_marked(object: &Object, base: &Recipe) -> Option<Parsed> {
    TOOLS.iter().find_map(|tool| {
        let has = |keys: &&[&str]| keys.iter().all(|key| object.contains_key(*key));
        tool.marks.iter().find(|keys| has(keys))?;
        let inner = |object: &'_ Object, key: &&str| object.get(*key)?.as_object().cloned();
        let inside = tool
            .inside
            .iter()
            .try_fold(object.clone(), |object, key| inner(&object, key));
        Some(tool.read(object, &inside?, base))
    })
}

/// The object in lines of text that begin with `Prompt:`, a key and a value each.
pub(super) fn lines(text: &str) -> Option<Object> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let pairs = lines.map(|line| {
        let (key, value) = line.split_once(':')?;
        Some((key.trim().to_owned(), value.trim().into()))
    });
    let object: Option<Object> = pairs.collect();
    object.filter(|_| text.trim_start().starts_with("Prompt:"))
}

impl Tool {
    /// Reads the parameters in `inside`; `whole` is the object that they stand in.
    fn read(&self, whole_object: &Object, inside: &Object, base: &Recipe) -> Parsed {
        let mut reading = Reading {
            parsed: Parsed::starting_from(base),
            noise: self.noise,
            variation: (None, None),
            size: (None, None),
        };
        let mut left = inside.clone();
        for (field, keys) in self.keys {
            let said = keys.iter().find(|key| left.contains_key(**key));
            match said {
                Some(key) => {
                    if reading.set(*field, &left[*key]).is_some() {
                        left.remove(*key);
                    }
                }
                None => {
                    let usual = self.left_out.iter().find(|(own, _, beside)| {
                        own == field && beside.is_none_or(|key| inside.contains_key(key))
                    });
                    if let Some((_, value, _)) = usual {
                        reading.set(*field, &Value::from(*value));
                    }
                }
            }
        }
        let mut parsed = reading.finish(self.spacing);
        for (key, value) in &left {
            parsed.keep(key, &shown(value));
        }
        for (key, value) in whole_object.iter().filter(|_| !self.inside.is_empty()) {
            if self.inside.first() != Some(&key.as_str()) {
                parsed.keep(key, &shown(value));
            }
        }
        parsed
    }
}

/// A reading half done.
struct Reading {
    parsed: Parsed,
    noise: Option<SeedSource>,
    variation: (Option<u64>, Option<f64>),
    size: (Option<u32>, Option<u32>),
}

impl Reading {
    /// Puts a value in its place; `None` where it has no meaning.
    fn set(&mut self, field: Field, value: &Value) -> Option<()> {
        let parsed = &mut self.parsed;
        match field {
            Field::Prompt => parsed.put(&PROMPT, words(value)?)?,
            Field::Negative if value.is_null() => parsed.put(&NEGATIVE_PROMPT, String::new())?,
            Field::Negative => parsed.put(&NEGATIVE_PROMPT, words(value)?)?,
            Field::BracketedPrompt => {
                let (prompt, negative) = split_brackets(&words(value)?);
                parsed.put(&PROMPT, prompt)?;
                parsed.put(&NEGATIVE_PROMPT, negative)?;
            }
            Field::Strength => parsed.put(&STRENGTH, number(value)?)?,
            Field::Steps => parsed.put(&STEPS, whole(value)?)?,
            Field::Guidance => parsed.put(&GUIDANCE, number(value)?)?,
            Field::Sampler => {
                let (sampler, spacing) = sampler_of_any(value.as_str()?)?;
                parsed.put(&SAMPLER, sampler)?;
                if let Some(spacing) = spacing {
                    parsed.put(&SPACING, spacing)?;
                }
            }
            Field::Spacing => parsed.put(&SPACING, spacing_of_any(value.as_str()?)?)?,
            Field::Seed => parsed.put(&SEED, whole(value)?)?,
            Field::Noise => {
                self.noise = Some(match value.as_str()? {
                    "cpu" => SeedSource::TorchCpu,
                    "cuda" => SeedSource::Philox,
                    _ => return None,
                });
            }
            Field::VariationSeed => self.variation.0 = Some(whole(value)?),
            Field::VariationStrength => self.variation.1 = Some(number(value)?),
            Field::Width => self.size.0 = Some(side(whole(value)?)?),
            Field::Height => self.size.1 = Some(side(whole(value)?)?),
            Field::Size => {
                let text = shown(value);
                let mut sides = text
                    .split(|c: char| !c.is_ascii_digit())
                    .filter(|part| !part.is_empty())
                    .map(|part| side(whole_in(part)?));
                self.size = (Some(sides.next()??), Some(sides.next()??));
            }
        }
        Some(())
    }

    fn finish(self, spacing: fn(&Recipe) -> Spacing) -> Parsed {
        let mut parsed = self.parsed;
        let has = |parsed: &Parsed, field| parsed.found.contains(&field);
        if has(&parsed, "sampler") && !has(&parsed, "spacing") {
            let spacing = spacing(&parsed.recipe);
            parsed.put(&SPACING, spacing);
        }
        if has(&parsed, "seed") {
            if let Some(noise) = self.noise {
                parsed.put(&SEED_SOURCE, noise);
            }
            let variation = self.variation.0.zip(self.variation.1);
            let variation = variation.map(|(seed, strength)| Variation { seed, strength });
            parsed.set("variation", variation, |r| &mut r.variation);
        }
        parsed.size = self.size.0.zip(self.size.1);
        parsed.of_another_program()
    }
}

fn side(side: u64) -> Option<u32> {
    u32::try_from(side).ok()
}

/// A text, or the texts of a list, bare or with weights.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let part = |part: &Value| words(part.get("prompt").unwrap_or(part));
            let parts: Option<Vec<_>> = parts.iter().map(part).collect();
            parts.map(|parts| parts.join(" "))
        }
        _ => None,
    }
}

/// A prompt without the groups in square brackets, and what stands in those.
fn split_brackets(text: &str) -> (String, String) {
    let (mut prompt, mut negative) = (Vec::new(), Vec::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[')
        && let Some((inside, behind)) = after.split_once(']')
    {
        prompt.push(before.trim());
        negative.push(inside.trim());
        rest = behind;
    }
    prompt.push(rest.trim());
    prompt.retain(|part| !part.is_empty());
    (prompt.join(" "), negative.join(" "))
}
