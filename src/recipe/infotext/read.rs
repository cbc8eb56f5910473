//! From an infotext to a recipe.
//!
//! Does not know how an infotext is written down; the keys are in [`super`].

use super::lines::{has_parameters, pairs, prompts_of};
use super::{
    AREA_CHOICE, BLUR_Y, COLOR_MATCH, CONTENTS, EXACT_NEGATIVE, EXACT_PROMPT, GROW_MASK, MASK_EDGE,
    MASK_KEYS, METHOD, NEGATIVE_TEMPLATE, OF_TEMPLATES, RENDER_SIZE, RESIZE_MODE, TEMPLATE,
    VERSION,
};
use crate::recipe::names::{sampler_of_any, spacing_of_a1111, spacing_of_any};
use crate::recipe::number::{number_in, whole_in};
use crate::recipe::{
    Area, MaskEdge, MaskMode, MaskedContent, Method, Parsed, Recipe, SeedSource, Spacing, Variation,
};

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
    reading.of_others();
    reading.numbers();
    reading.sampler();
    reading.noise();
    reading.mask();
    reading.sizes();
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

    /// Fooocus has the prompts as they were typed beside those with its styles in them.
    fn of_others(&mut self) {
        self.take("Raw prompt", |parsed, value| {
            parsed.set("prompt", value.to_owned(), |r| &mut r.prompt);
            Some(())
        });
        self.take("Raw negative prompt", |parsed, value| {
            parsed.set("negative_prompt", value.to_owned(), |r| {
                &mut r.negative_prompt
            });
            Some(())
        });
    }

    fn numbers(&mut self) {
        self.take("Steps", |parsed, value| {
            let steps = usize::try_from(whole_in(value)?).ok()?;
            parsed.set("steps", steps, |r| &mut r.steps);
            Some(())
        });
        self.take("CFG scale", |parsed, value| {
            parsed.set("guidance_scale", number_in(value)?, |r| {
                &mut r.guidance_scale
            });
            Some(())
        });
        self.take("Size", |parsed, value| {
            parsed.size = Some(size(value)?);
            Some(())
        });
        // Of a text-to-image with a second pass this is the second pass's; we have none, and hand on what others say of theirs.
        let hires = self.pairs.iter().any(|(key, _)| key.starts_with("Hires")) && !self.is_ours();
        if !hires {
            self.take("Denoising strength", |parsed, value| {
                parsed.set("strength", number_in(value)?, |r| &mut r.strength);
                Some(())
            });
        }
    }

    fn sampler(&mut self) {
        let mut by_name = None;
        let known = self.take("Sampler", |parsed, value| {
            let (sampler, spacing) = sampler_of_any(value)?;
            by_name = spacing;
            parsed.set("sampler", sampler, |r| &mut r.sampler);
            Some(())
        });
        // A1111's, and those of Fooocus and of ComfyUI's extensions.
        let keys = ["Schedule type", "Scheduler", "Schedule"];
        let told = keys.map(|key| {
            self.take(key, |parsed, value| {
                let spacing = spacing_of_a1111(value, parsed.recipe.sampler);
                let spacing = spacing.or_else(|| spacing_of_any(value))?;
                parsed.set("spacing", spacing, |r| &mut r.spacing);
                Some(())
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
            self.parsed.set("spacing", spacing, |r| &mut r.spacing);
        }
    }

    fn noise(&mut self) {
        let seeded = self.take("Seed", |parsed, value| {
            parsed.set("seed", whole_in(value)?, |r| &mut r.seed);
            Some(())
        });
        let told = self.take("RNG", |parsed, value| {
            let source = match value {
                "CPU" | "cpu" => SeedSource::TorchCpu,
                "NV" | "GPU" | "cuda" => SeedSource::Philox,
                _ => return None,
            };
            parsed.set("seed_source", source, |r| &mut r.seed_source);
            Some(())
        });
        if seeded && !told && self.value("RNG").is_none() {
            let version = self.value("Version").unwrap_or_default();
            let program = PROGRAMS.iter().find(|(name, _)| version.starts_with(name));
            let source = program.map_or(SeedSource::Philox, |(_, source)| *source);
            self.parsed
                .set("seed_source", source, |r| &mut r.seed_source);
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

    /// What is said of a mask; where one is spoken of, what is not said has A1111's default: the whole picture, as it was, hard-edged.
    fn mask(&mut self) {
        if !MASK_KEYS.iter().any(|key| self.value(key).is_some()) {
            return;
        }
        let parsed = &mut self.parsed;
        parsed.set("mask_mode", MaskMode::Masked, |r| &mut r.mask_mode);
        parsed.set("mask_blur", 0.0, |r| &mut r.mask_blur);
        parsed.set("mask_blur_y", None, |r| &mut r.mask_blur_y);
        parsed.set("mask_edge", MaskEdge::Hard, |r| &mut r.mask_edge);
        let content = MaskedContent::Original;
        parsed.set("masked_content", content, |r| &mut r.masked_content);
        parsed.set("method", Method::Auto, |r| &mut r.method);
        let usual = Recipe::default();
        parsed.set("grow_mask", usual.grow_mask, |r| &mut r.grow_mask);
        parsed.set("area", Area::Whole, |r| &mut r.area);
        parsed.set("padding", usual.padding, |r| &mut r.padding);
        self.take("Mask blur", |parsed, value| {
            parsed.set("mask_blur", number_in(value)? as f32, |r| &mut r.mask_blur);
            Some(())
        });
        self.take(BLUR_Y, |parsed, value| {
            let blur = Some(number_in(value)? as f32);
            parsed.set("mask_blur_y", blur, |r| &mut r.mask_blur_y);
            Some(())
        });
        self.take("Mask mode", |parsed, value| {
            let mode = match value {
                "Inpaint masked" => MaskMode::Masked,
                "Inpaint not masked" => MaskMode::NotMasked,
                _ => return None,
            };
            parsed.set("mask_mode", mode, |r| &mut r.mask_mode);
            Some(())
        });
        self.take("Inpaint area", |parsed, value| {
            let area = match value {
                "Only masked" => Area::OnlyMasked,
                "Whole picture" => Area::Whole,
                _ => return None,
            };
            parsed.set("area", area, |r| &mut r.area);
            Some(())
        });
        self.take(AREA_CHOICE, |parsed, value| {
            (value == "auto").then(|| parsed.set("area", Area::Auto, |r| &mut r.area))
        });
        self.take("Masked area padding", |parsed, value| {
            let padding = u32::try_from(whole_in(value)?).ok()?;
            parsed.set("padding", padding, |r| &mut r.padding);
            Some(())
        });
        self.take("Masked content", |parsed, value| {
            let (content, _) = CONTENTS.iter().find(|(_, name)| *name == value)?;
            parsed.set("masked_content", *content, |r| &mut r.masked_content);
            Some(())
        });
        self.take("Soft inpainting enabled", |parsed, value| {
            (value == "True").then(|| {
                parsed.set("mask_edge", MaskEdge::Soft, |r| &mut r.mask_edge);
            })
        });
        self.take(MASK_EDGE, |parsed, value| {
            parsed.set("mask_edge", value.parse().ok()?, |r| &mut r.mask_edge);
            Some(())
        });
        self.take(METHOD, |parsed, value| {
            parsed.set("method", value.parse().ok()?, |r| &mut r.method);
            Some(())
        });
        self.take(GROW_MASK, |parsed, value| {
            parsed.set("grow_mask", value.parse().ok()?, |r| &mut r.grow_mask);
            Some(())
        });
    }

    /// Our sizes and colours; where we wrote the text, what is not said is as usual.
    ///
    /// A1111's size is one to render a masked part at; for anything else it would change the picture's own.
    fn sizes(&mut self) {
        if self.is_ours() {
            let usual = Recipe::default();
            self.parsed.set("size", usual.size, |r| &mut r.size);
            self.parsed.set("resize", usual.resize, |r| &mut r.resize);
            let color_match = usual.color_match;
            self.parsed
                .set("color_match", color_match, |r| &mut r.color_match);
        } else if let Some((width, height)) = self.parsed.size
            && self.parsed.found.contains(&"area")
            && self.parsed.recipe.area == Area::OnlyMasked
        {
            self.parsed
                .set("size", Some([width, height]), |r| &mut r.size);
        }
        self.take(RENDER_SIZE, |parsed, value| {
            let (width, height) = size(value)?;
            parsed.set("size", Some([width, height]), |r| &mut r.size);
            Some(())
        });
        self.take(RESIZE_MODE, |parsed, value| {
            parsed.set("resize", value.parse().ok()?, |r| &mut r.resize);
            Some(())
        });
        self.take(COLOR_MATCH, |parsed, value| {
            (value == "on").then(|| parsed.set("color_match", true, |r| &mut r.color_match))
        });
    }
}

fn size(value: &str) -> Option<(u32, u32)> {
    let (width, height) = value.split_once('x')?;
    let side = |side| u32::try_from(whole_in(side)?).ok();
    Some((side(width)?, side(height)?))
}

/// Whether a version of A1111 or Forge has schedules apart from samplers: `v1.9.0` and later.
fn has_schedules(version: &str) -> bool {
    let Some((_, numbers)) = version.rsplit_once('v') else {
        return false;
    };
    let mut numbers = numbers.split(|c: char| !c.is_ascii_digit());
    let mut next = || numbers.next().and_then(whole_in);
    next().zip(next()) >= Some((1, 9))
}
