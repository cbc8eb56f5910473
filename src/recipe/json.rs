//! Recipes as JSON: our own, SwarmUI's (`sui_image_params`) and InvokeAI's (`invokeai_metadata`).
//!
//! Does not know node graphs.

use serde_json::{Map, Value};

use super::names::{sampler_of_comfy, sampler_of_invoke, spacing_of_comfy};
use super::parsed::NoRecipe;
use super::wildcard::literal;
use super::{Parsed, Recipe, SeedSource, Variation};

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
            '"' => {
                let mut escaped = false;
                let end = rest[1..].find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                });
                end.map_or(rest.len(), |end| end + 2)
            }
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

/// Reads a recipe from an object that is not a node graph.
///
/// # Errors
/// [`NoRecipe::Field`] when a recipe of our own has a value that its field cannot have.
pub fn read(object: &Object, base: &Recipe) -> Result<Parsed, NoRecipe> {
    if let Some(Value::Object(params)) = object.get("sui_image_params") {
        let mut fields = Fields::new(params, base);
        fields.swarm();
        let mut parsed = fields.finish();
        for (key, value) in object.iter().filter(|(key, _)| *key != "sui_image_params") {
            parsed.keep(key.clone(), shown(value));
        }
        return Ok(parsed);
    }
    if object.contains_key("positive_prompt") || object.contains_key("generation_mode") {
        let mut fields = Fields::new(object, base);
        fields.invoke();
        return Ok(fields.finish());
    }
    own(object, base)
}

/// A recipe's own JSON, whole or in part.
fn own(object: &Object, base: &Recipe) -> Result<Parsed, NoRecipe> {
    let mut parsed = Parsed::starting_from(base);
    let damaged = |error: serde_json::Error| NoRecipe::Damaged(error.to_string());
    let Value::Object(mut all) = serde_json::to_value(base).map_err(damaged)? else {
        return Ok(parsed);
    };
    for (key, value) in object {
        let Some(field) = FIELDS.iter().find(|field| *field == key) else {
            parsed.keep(key.clone(), shown(value));
            continue;
        };
        all.insert(key.clone(), value.clone());
        parsed.recipe = serde_json::from_value(Value::Object(all.clone())).map_err(|error| {
            NoRecipe::Field {
                field: key.clone(),
                reason: error.to_string(),
            }
        })?;
        parsed.found.push(field);
    }
    Ok(parsed)
}

/// The fields of a recipe, as its JSON names them.
pub const FIELDS: &[&str] = &[
    "prompt",
    "negative_prompt",
    "strength",
    "steps",
    "guidance_scale",
    "sampler",
    "spacing",
    "seed",
    "seed_source",
    "variation",
    "mask_mode",
    "mask_blur",
    "mask_blur_y",
    "mask_edge",
    "masked_content",
    "method",
    "grow_mask",
    "area",
    "padding",
    "size",
    "resize",
    "color_match",
];

/// A value as it is shown: text without quotes.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The fields of a flat object, each taken out when its meaning is known.
pub(super) struct Fields {
    parsed: Parsed,
    left: Object,
}

impl Fields {
    pub(super) fn new(object: &Object, base: &Recipe) -> Self {
        Self {
            parsed: Parsed::starting_from(base),
            left: object.clone(),
        }
    }

    /// What was found; what has no place is kept.
    pub(super) fn finish(self) -> Parsed {
        let mut parsed = self.parsed;
        for (key, value) in &self.left {
            parsed.keep(key.clone(), shown(value));
        }
        parsed
    }

    fn take(&mut self, key: &str, put: impl FnOnce(&mut Parsed, &Value) -> Option<()>) {
        if let Some(value) = self.left.get(key)
            && put(&mut self.parsed, value).is_some()
        {
            self.left.remove(key);
        }
    }

    /// The prompts that ran, in which no choice is left.
    pub(super) fn prompts(&mut self, positive: &str, negative: &str) {
        self.take(positive, |parsed, value| {
            parsed.set("prompt", literal(value.as_str()?), |r| &mut r.prompt);
            Some(())
        });
        self.take(negative, |parsed, value| {
            let text = match value {
                Value::Null => "",
                value => value.as_str()?,
            };
            parsed.set("negative_prompt", literal(text), |r| &mut r.negative_prompt);
            Some(())
        });
    }

    /// `seed`, `steps`, and the keys of guidance and strength.
    pub(super) fn numbers(&mut self, guidance: &str, strength: &str) {
        self.take(strength, |parsed, value| {
            parsed.set("strength", number(value)?, |r| &mut r.strength);
            Some(())
        });
        self.take("steps", |parsed, value| {
            let steps = usize::try_from(whole(value)?).ok()?;
            parsed.set("steps", steps, |r| &mut r.steps);
            Some(())
        });
        self.take(guidance, |parsed, value| {
            parsed.set("guidance_scale", number(value)?, |r| &mut r.guidance_scale);
            Some(())
        });
        self.take("seed", |parsed, value| {
            parsed.set("seed", whole(value)?, |r| &mut r.seed);
            Some(())
        });
    }

    pub(super) fn seed_source(&mut self, source: SeedSource) {
        if self.parsed.found.contains(&"seed") {
            self.parsed
                .set("seed_source", source, |r| &mut r.seed_source);
        }
    }

    pub(super) fn comfy_sampler(&mut self, sampler: &str, spacing: &str) {
        self.take(sampler, |parsed, value| {
            let sampler = sampler_of_comfy(value.as_str()?)?;
            parsed.set("sampler", sampler, |r| &mut r.sampler);
            Some(())
        });
        self.take(spacing, |parsed, value| {
            let spacing = spacing_of_comfy(value.as_str()?)?;
            parsed.set("spacing", spacing, |r| &mut r.spacing);
            Some(())
        });
    }

    pub(super) fn size(&mut self) {
        let side = |key: &str| {
            let side = self.left.get(key).and_then(whole);
            side.and_then(|side| u32::try_from(side).ok())
        };
        if let (Some(width), Some(height)) = (side("width"), side("height")) {
            self.parsed.size = Some((width, height));
            self.left.remove("width");
            self.left.remove("height");
        }
    }

    /// SwarmUI (`docs/Image Metadata Format.md`); its noise is ComfyUI's.
    fn swarm(&mut self) {
        self.prompts("prompt", "negativeprompt");
        self.numbers("cfgscale", "initimagecreativity");
        self.comfy_sampler("sampler", "scheduler");
        self.seed_source(SeedSource::TorchCpu);
        self.size();
        let seed = self.left.get("variationseed").and_then(whole);
        let strength = self.left.get("variationseedstrength").and_then(number);
        if let Some((seed, strength)) = seed.zip(strength) {
            let variation = Some(Variation { seed, strength });
            self.parsed
                .set("variation", variation, |r| &mut r.variation);
            self.left.remove("variationseed");
            self.left.remove("variationseedstrength");
        }
    }

    /// InvokeAI; its noise is drawn on the CPU unless it says otherwise.
    fn invoke(&mut self) {
        self.prompts("positive_prompt", "negative_prompt");
        self.numbers("cfg_scale", "strength");
        self.take("scheduler", |parsed, value| {
            let (sampler, spacing) = sampler_of_invoke(value.as_str()?)?;
            parsed.set("sampler", sampler, |r| &mut r.sampler);
            parsed.set("spacing", spacing, |r| &mut r.spacing);
            Some(())
        });
        self.size();
        let mut source = SeedSource::TorchCpu;
        self.take("rand_device", |_, value| {
            source = match value.as_str()? {
                "cpu" => SeedSource::TorchCpu,
                "cuda" => SeedSource::Philox,
                _ => return None,
            };
            Some(())
        });
        self.seed_source(source);
    }
}

/// A finite number, written as such or as text.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.parse().ok()?,
        value => value.as_f64()?,
    };
    Some(number).filter(|number: &f64| number.is_finite())
}

/// A whole number of at least 0, written as such or as text.
fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64(),
    }
}
