//! A1111's infotext: a recipe as lines of text, for the eye and for other tools (`modules/processing.py` `create_infotext`, `modules/infotext_utils.py`).
//!
//! First the prompt, then `Negative prompt: …`, and on the last line `Steps: 20, Sampler: …` with values in JSON quotes where they hold a comma, a colon or a line's end.
//! Does not know files; callers put the text where the format has a place for it.

use super::names::{a1111_sampler, a1111_spacing, sampler_of_a1111, spacing_of_a1111};
use super::{Area, Parsed, Recipe, SeedSource, Spacing, Variation};

/// Keyword of the PNG text chunk that holds an infotext.
pub const KEYWORD: &str = "parameters";

/// Key of a prompt's template, before its wildcards were resolved.
pub const TEMPLATE: &str = "Template";

/// Key of a negative prompt's template.
pub const NEGATIVE_TEMPLATE: &str = "Negative Template";

/// A last line counts as parameters when it has this many.
const LEAST_PARAMETERS: usize = 3;

const NEGATIVE: &str = "Negative prompt:";
/// Keys of ours: prompts that A1111's lines would not give back exactly.
const EXACT_PROMPT: &str = "Exact prompt";
const EXACT_NEGATIVE: &str = "Exact negative prompt";
/// Key of ours: A1111 has no automatic area.
const AREA_CHOICE: &str = "Area choice";

/// What an infotext says beside the recipe.
#[derive(Clone, Debug, Default)]
pub struct Extras<'a> {
    /// Width and height that the model rendered at, pixels.
    pub size: Option<(u32, u32)>,
    /// Name of the model.
    pub model: Option<&'a str>,
    /// Whether there was a mask; without one its blur, area and padding are left out.
    pub masked: bool,
    /// More keys (two or more letters, digits, spaces, `-`, `/`) and values, such as [`TEMPLATE`].
    pub more: &'a [(&'a str, String)],
}

/// The infotext of a picture.
pub fn write(recipe: &Recipe, extras: &Extras<'_>) -> String {
    let mut pairs: Vec<(&str, String)> = vec![
        ("Steps", recipe.steps.to_string()),
        ("Sampler", a1111_sampler(recipe.sampler).to_owned()),
        ("Schedule type", a1111_spacing(recipe.spacing).to_owned()),
        ("CFG scale", recipe.guidance_scale.to_string()),
        ("Seed", recipe.seed.to_string()),
    ];
    if let Some((width, height)) = extras.size {
        pairs.push(("Size", format!("{width}x{height}")));
    }
    if let Some(model) = extras.model {
        pairs.push(("Model", model.to_owned()));
    }
    if let Some(variation) = recipe.variation {
        pairs.push(("Variation seed", variation.seed.to_string()));
        pairs.push(("Variation seed strength", variation.strength.to_string()));
    }
    pairs.push(("Denoising strength", recipe.strength.to_string()));
    if extras.masked {
        pairs.extend(mask_pairs(recipe));
    }
    let rng = match recipe.seed_source {
        SeedSource::TorchCpu => "CPU",
        SeedSource::Philox => "NV",
    };
    pairs.push(("RNG", rng.to_owned()));
    let plain = prompt_lines(&recipe.prompt, &recipe.negative_prompt);
    let (prompt, negative) = prompts_of(&plain);
    if prompt != recipe.prompt {
        pairs.push((EXACT_PROMPT, recipe.prompt.clone()));
    }
    if negative != recipe.negative_prompt {
        pairs.push((EXACT_NEGATIVE, recipe.negative_prompt.clone()));
    }
    pairs.extend(extras.more.iter().cloned());
    let version = concat!("pentimento ", env!("CARGO_PKG_VERSION"));
    pairs.push(("Version", version.to_owned()));
    let last: Vec<_> = pairs
        .iter()
        .map(|(key, value)| format!("{key}: {}", quote(value)))
        .collect();
    format!("{plain}\n{}", last.join(", ")).trim().to_owned()
}

/// What A1111 says of the mask, its own defaults included.
fn mask_pairs(recipe: &Recipe) -> Vec<(&'static str, String)> {
    let area = match recipe.area {
        Area::Auto => (AREA_CHOICE, "auto".to_owned()),
        Area::Whole => ("Inpaint area", "Whole picture".to_owned()),
        Area::OnlyMasked => ("Inpaint area", "Only masked".to_owned()),
    };
    vec![
        ("Mask blur", recipe.mask_blur.to_string()),
        area,
        ("Masked area padding", recipe.padding.to_string()),
    ]
}

fn prompt_lines(prompt: &str, negative: &str) -> String {
    match negative.is_empty() {
        true => prompt.to_owned(),
        false => format!("{prompt}\n{NEGATIVE} {negative}"),
    }
}

/// The value in JSON quotes where it would not come back as it is.
fn quote(value: &str) -> String {
    let plain = !value.contains([',', ':'])
        && !value.contains(char::is_control)
        && !value.starts_with('"')
        && value.trim() == value;
    match plain {
        true => value.to_owned(),
        false => serde_json::Value::from(value).to_string(),
    }
}

/// Whether the last line of a text counts as parameters.
pub fn has_parameters(text: &str) -> bool {
    let last = text.trim().rsplit('\n').next().unwrap_or_default();
    pairs(last).len() >= LEAST_PARAMETERS
}

/// Reads an infotext; a text without parameters is a prompt.
///
/// What it does not tell is as in `base`, but for what A1111 leaves out where it is its default: the noise is that of its GPU (or NV) generator, and a mask repaints the whole picture.
pub fn read(text: &str, base: &Recipe) -> Parsed {
    let text = text.trim();
    let (head, last) = match has_parameters(text) {
        true => text.rsplit_once('\n').unwrap_or(("", text)),
        false => (text, ""),
    };
    let mut reading = Reading {
        parsed: Parsed::starting_from(base),
        pairs: pairs(last),
    };
    let (prompt, negative) = prompts_of(head);
    if !text.is_empty() {
        reading.parsed.set("prompt", prompt, |r| &mut r.prompt);
        reading
            .parsed
            .set("negative_prompt", negative, |r| &mut r.negative_prompt);
    }
    reading.take(EXACT_PROMPT, |parsed, value| {
        parsed.set("prompt", value.to_owned(), |r| &mut r.prompt);
        Some(())
    });
    reading.take(EXACT_NEGATIVE, |parsed, value| {
        parsed.set("negative_prompt", value.to_owned(), |r| {
            &mut r.negative_prompt
        });
        Some(())
    });
    reading.numbers();
    reading.sampler();
    reading.noise();
    reading.mask();
    let Reading { mut parsed, pairs } = reading;
    parsed.others = pairs;
    parsed
}

/// A reading half done: what has a place goes over from the pairs to the recipe.
struct Reading {
    parsed: Parsed,
    pairs: Vec<(String, String)>,
}

impl Reading {
    /// Hands the value of a key to `put`, and takes the pair out when that finds a meaning in it; says whether it did.
    fn take(&mut self, key: &str, put: impl FnOnce(&mut Parsed, &str) -> Option<()>) -> bool {
        let Some(at) = self.pairs.iter().position(|(own, _)| own == key) else {
            return false;
        };
        let used = put(&mut self.parsed, &self.pairs[at].1).is_some();
        if used {
            self.pairs.remove(at);
        }
        used
    }

    fn numbers(&mut self) {
        self.take("Steps", |parsed, value| {
            parsed.set("steps", value.parse().ok()?, |r| &mut r.steps);
            Some(())
        });
        self.take("CFG scale", |parsed, value| {
            parsed.set("guidance_scale", finite(value)?, |r| &mut r.guidance_scale);
            Some(())
        });
        self.take("Size", |parsed, value| {
            let (width, height) = value.split_once('x')?;
            parsed.size = Some((width.parse().ok()?, height.parse().ok()?));
            Some(())
        });
        // Of a text-to-image with a second pass this is the second pass's.
        let hires = self.pairs.iter().any(|(key, _)| key.starts_with("Hires"));
        if !hires {
            self.take("Denoising strength", |parsed, value| {
                parsed.set("strength", finite(value)?, |r| &mut r.strength);
                Some(())
            });
        }
    }

    fn sampler(&mut self) {
        let mut by_name = None;
        let known = self.take("Sampler", |parsed, value| {
            let (sampler, spacing) = sampler_of_a1111(value)?;
            by_name = spacing;
            parsed.set("sampler", sampler, |r| &mut r.sampler);
            Some(())
        });
        let told = self.take("Schedule type", |parsed, value| {
            let spacing = spacing_of_a1111(value, parsed.recipe.sampler)?;
            parsed.set("spacing", spacing, |r| &mut r.spacing);
            Some(())
        });
        let foreign = self.pairs.iter().any(|(key, _)| key == "Schedule type");
        if known && !told && !foreign {
            // Before version 1.9 the name said all.
            let spacing = by_name.unwrap_or(Spacing::Uniform);
            self.parsed.set("spacing", spacing, |r| &mut r.spacing);
        }
    }

    fn noise(&mut self) {
        let seeded = self.take("Seed", |parsed, value| {
            parsed.set("seed", value.parse().ok()?, |r| &mut r.seed);
            Some(())
        });
        let told = self.take("RNG", |parsed, value| {
            let source = match value {
                "CPU" => SeedSource::TorchCpu,
                "NV" | "GPU" => SeedSource::Philox,
                _ => return None,
            };
            parsed.set("seed_source", source, |r| &mut r.seed_source);
            Some(())
        });
        let foreign = self.pairs.iter().any(|(key, _)| key == "RNG");
        if seeded && !told && !foreign {
            self.parsed
                .set("seed_source", SeedSource::Philox, |r| &mut r.seed_source);
        }
        let value_of = |key: &str| {
            let pair = self.pairs.iter().find(|(own, _)| own == key);
            pair.map(|(_, value)| value.clone())
        };
        let seed = value_of("Variation seed").and_then(|value| value.parse().ok());
        let strength = value_of("Variation seed strength").and_then(|value| finite(&value));
        let variation = seed
            .zip(strength)
            .map(|(seed, strength)| Variation { seed, strength });
        if variation.is_some() {
            self.pairs
                .retain(|(key, _)| !key.starts_with("Variation seed"));
        }
        if seeded {
            self.parsed
                .set("variation", variation, |r| &mut r.variation);
        }
    }

    fn mask(&mut self) {
        let masked = self.take("Mask blur", |parsed, value| {
            let blur = value.parse::<f32>().ok().filter(|blur| blur.is_finite())?;
            parsed.set("mask_blur", blur, |r| &mut r.mask_blur);
            Some(())
        });
        let told = self.take("Inpaint area", |parsed, value| {
            let area = match value {
                "Only masked" => Area::OnlyMasked,
                "Whole picture" => Area::Whole,
                _ => return None,
            };
            parsed.set("area", area, |r| &mut r.area);
            Some(())
        });
        let automatic = self.take(AREA_CHOICE, |parsed, value| {
            (value == "auto").then(|| parsed.set("area", Area::Auto, |r| &mut r.area))
        });
        if masked && !told && !automatic {
            self.parsed.set("area", Area::Whole, |r| &mut r.area);
        }
        let padded = self.take("Masked area padding", |parsed, value| {
            parsed.set("padding", value.parse().ok()?, |r| &mut r.padding);
            Some(())
        });
        if masked && !padded {
            self.parsed.set("padding", 32, |r| &mut r.padding);
        }
    }
}

fn finite(value: &str) -> Option<f64> {
    value.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Prompt and negative prompt in the lines before the parameters; spaces around lines do not count.
fn prompts_of(head: &str) -> (String, String) {
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

/// The pairs `key: value` of a line: keys of two or more letters, digits, spaces, `-` and `/`, values up to the next comma or in JSON quotes.
fn pairs(line: &str) -> Vec<(String, String)> {
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
    if let Some(length) = quoted(text)
        && let Ok(value) = serde_json::from_str(&text[..length])
    {
        return (value, length);
    }
    let length = text.find(',').unwrap_or(text.len());
    (text[..length].trim_end().to_owned(), length)
}

/// Length of the quoted string at the start of `text` that a comma or the end follows.
fn quoted(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = inner.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    let length = end + 2;
    let after = &text[length..];
    (after.is_empty() || after.starts_with(',')).then_some(length)
}
