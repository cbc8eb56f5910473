//! From an infotext to a recipe.
//!
//! Does not know how an infotext is written down; the keys are in [`super`].

use super::lines::{has_parameters, pairs, prompts_of};
use super::{
    EXACT_NEGATIVE, EXACT_PROMPT, NEGATIVE_TEMPLATE, OF_TEMPLATES, SOFT, TEMPLATE, VERSION, unit,
};
use crate::recipe::field::rows::{
    AREA, FIELDS, MASK_EDGE, NEGATIVE_PROMPT, PROMPT, SAMPLER, SEED, SEED_SOURCE, SIZE, SPACING,
    STRENGTH,
};
use crate::recipe::field::{Field, size_in};
use crate::recipe::names::{sampler_of_any, spacing_of_a1111, spacing_of_any};
use crate::recipe::number::{number_in, whole_in};
use crate::recipe::{Area, Control, MaskEdge, Parsed, Recipe, SeedSource, Spacing, Variation};

/// Programs other than A1111 that write infotexts: what their version begins with, and the generator of their noise.
const PROGRAMS: &[(&str, SeedSource)] = &[
    ("Fooocus", SeedSource::TorchCpu),
    ("ComfyUI", SeedSource::TorchCpu),
];

/// Reads an infotext: its prompts ran as they are, so the recipe's are templates of just them; a text without parameters is a prompt, and may be a template.
///
/// What it does not tell is as in `base`, but for what A1111 leaves out where it is its default (`modules/infotext_utils.py` `parse_generation_parameters`): the noise is that of its GPU (or NV) generator, from version 1.9 on the schedule is automatic, and where any key speaks of a mask, that is not blurred, the whole picture is rendered, and the masked part from what it was.
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
        reading.parsed.put(&PROMPT, prompt);
        reading.parsed.put(&NEGATIVE_PROMPT, negative);
    }
    let prompts = [
        (EXACT_PROMPT, &PROMPT),
        (EXACT_NEGATIVE, &NEGATIVE_PROMPT),
        // Fooocus has them as they were typed beside those with its styles in them.
        ("Raw prompt", &PROMPT),
        ("Raw negative prompt", &NEGATIVE_PROMPT),
    ];
    for (key, field) in prompts {
        reading.take(key, |parsed, value| parsed.put(field, value.to_owned()));
    }
    reading.left_out();
    for field in FIELDS {
        reading.take_field(field);
    }
    reading.sampler();
    reading.noise();
    reading.size();
    reading.controls();
    if !last.is_empty() {
        reading.parsed.recipe = reading.parsed.recipe.with_literal_prompts();
        reading.parsed.foreign = !reading.is_ours();
    }
    let (key, value) = OF_TEMPLATES;
    if reading.take(key, |_, own| (own == value).then_some(())) {
        reading.take(TEMPLATE, |parsed, template| {
            template.clone_into(&mut parsed.recipe.prompt);
            Some(())
        });
        reading.take(NEGATIVE_TEMPLATE, |parsed, template| {
            template.clone_into(&mut parsed.recipe.negative_prompt);
            Some(())
        });
    }
    let Reading { mut parsed, pairs } = reading;
    for (key, value) in &pairs {
        parsed.keep(key, value);
    }
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

    /// The value of a key, taken or not.
    fn value(&self, key: &str) -> Option<&str> {
        let pair = self.pairs.iter().find(|(own, _)| own == key);
        pair.map(|(_, value)| value.as_str())
    }

    /// Whether we wrote the text.
    fn is_ours(&self) -> bool {
        let version = self.value(VERSION);
        version.is_some_and(|version| version.starts_with("pentimento "))
    }

    /// Reads a field that says all of itself.
    fn take_field(&mut self, field: &'static Field) {
        let Some(infotext) = &field.infotext else {
            return;
        };
        // Of a text-to-image with a second pass this is the second pass's; we have none, and hand on what others say of theirs.
        let hires = || self.pairs.iter().any(|(key, _)| key.starts_with("Hires"));
        if ["sampler", "spacing", "variation"].contains(&field.key)
            || (*field == STRENGTH && !self.is_ours() && hires())
        {
            return;
        }
        for key in [infotext.key, infotext.own_key] {
            self.take(key, |parsed, text| {
                parsed.put(field, field.read(key, text)?)
            });
        }
    }

    /// What is meant by what is not said: where we wrote the text, what is usual; where a mask is spoken of, A1111's defaults, which are the whole picture, as it was, hard-edged.
    fn left_out(&mut self) {
        let (ours, mut masked) = (self.is_ours(), self.value(SOFT).is_some());
        for infotext in FIELDS.iter().filter_map(|field| field.infotext.as_ref()) {
            masked |= infotext.masked && self.value(infotext.key).is_some();
        }
        for field in FIELDS {
            let Some(infotext) = &field.infotext else {
                continue;
            };
            if match infotext.masked {
                true => masked,
                false => ours && !infotext.always,
            } {
                self.parsed.put(field, field.absent());
            }
        }
        if masked {
            self.take(SOFT, |parsed, value| {
                (value == "True").then(|| parsed.put(&MASK_EDGE, MaskEdge::Soft))?
            });
        }
    }

    fn sampler(&mut self) {
        let mut by_name = None;
        let known = self.take("Sampler", |parsed, value| {
            let (sampler, spacing) = sampler_of_any(value)?;
            by_name = spacing;
            parsed.put(&SAMPLER, sampler)
        });
        // A1111's, and those of Fooocus and of ComfyUI's extensions.
        let keys = ["Schedule type", "Scheduler", "Schedule"];
        let told = keys.map(|key| {
            self.take(key, |parsed, value| {
                let spacing = spacing_of_a1111(value, parsed.recipe.sampler);
                let spacing = spacing.or_else(|| spacing_of_any(value))?;
                parsed.put(&SPACING, spacing)
            })
        });
        let foreign = keys.iter().any(|key| self.value(key).is_some());
        if known && told == [false; 3] && !foreign {
            let automatic = self.value("Version").is_some_and(has_schedules);
            let usual = match automatic {
                true => self.parsed.recipe.sampler.usual_spacing(),
                // Before version 1.9 the name said all.
                false => Spacing::Uniform,
            };
            let spacing = by_name.unwrap_or(usual);
            self.parsed.put(&SPACING, spacing);
        }
    }

    fn noise(&mut self) {
        let seeded = self.parsed.found.contains(&SEED.key);
        let told = self.parsed.found.contains(&SEED_SOURCE.key);
        if seeded && !told && self.value("RNG").is_none() {
            let version = self.value("Version").unwrap_or_default();
            let program = PROGRAMS.iter().find(|(name, _)| version.starts_with(name));
            let source = program.map_or(SeedSource::Philox, |(_, source)| *source);
            self.parsed.put(&SEED_SOURCE, source);
        }
        let seed = self.value("Variation seed").and_then(whole_in);
        let strength = self.value("Variation seed strength").and_then(number_in);
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

    /// The ControlNets. Those of other programs that were shown another picture stay as they are, since that picture is not here.
    fn controls(&mut self) {
        let mut controls = Vec::new();
        for index in 0..MOST_UNITS {
            self.take(&unit(index), |_, text| {
                controls.push(Control::read(text)?);
                Some(())
            });
        }
        let none_but_before = self.is_ours() && !self.parsed.recipe.controls.is_empty();
        if !controls.is_empty() || none_but_before {
            self.parsed.set("controls", controls, |r| &mut r.controls);
        }
    }

    /// The size that the picture was rendered at: A1111's is one to render a masked part at; for anything else it would change the picture's own.
    fn size(&mut self) {
        self.take("Size", |parsed, value| {
            let [width, height] = size_in(value)?;
            parsed.size = Some((width, height));
            Some(())
        });
        let found = |field: &Field| self.parsed.found.contains(&field.key);
        if let Some((width, height)) = self.parsed.size
            && found(&AREA)
            && !found(&SIZE)
            && self.parsed.recipe.area == Area::OnlyMasked
        {
            self.parsed.put(&SIZE, [width, height]);
        }
    }
}

/// Most units of ControlNet that A1111 can be set to.
const MOST_UNITS: usize = 10;

/// Whether a version of A1111 or Forge has schedules apart from samplers: `v1.9.0` and later.
fn has_schedules(version: &str) -> bool {
    let Some((_, numbers)) = version.rsplit_once('v') else {
        return false;
    };
    let mut numbers = numbers.split(|c: char| !c.is_ascii_digit());
    let mut next = || numbers.next().and_then(whole_in);
    next().zip(next()) >= Some((1, 9))
}
