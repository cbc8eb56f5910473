//! From an infotext to a recipe.
//!
//! Does not know how an infotext is written down; the keys are in [`super`].

use super::lines::{has_parameters, pairs, prompts_of};
use super::{
    AREA_CHOICE, BLUR_Y, COLOR_MATCH, CONTENTS, EXACT_NEGATIVE, EXACT_PROMPT, GROW_MASK, MASK_EDGE,
    METHOD, NEGATIVE_TEMPLATE, OF_TEMPLATES, RENDER_SIZE, RESIZE_MODE, TEMPLATE, VERSION,
};
use crate::recipe::names::{sampler_of_a1111, spacing_of_a1111};
use crate::recipe::{
    Area, MaskEdge, MaskMode, MaskedContent, Method, Parsed, Recipe, SeedSource, Spacing, Variation,
};

/// Reads an infotext: its prompts ran as they are, so the recipe's are templates of just them; a text without parameters is a prompt, and may be a template.
///
/// What it does not tell is as in `base`, but for what A1111 leaves out where it is its default: the noise is that of its GPU (or NV) generator, and where a mask is spoken of, the whole picture is rendered, the masked part from what it was.
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
    reading.sizes();
    if !last.is_empty() {
        reading.parsed.recipe = reading.parsed.recipe.with_literal_prompts();
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

    /// Whether we wrote the text.
    fn is_ours(&self) -> bool {
        let ours =
            |(key, value): &(String, String)| key == VERSION && value.starts_with("pentimento ");
        self.pairs.iter().any(ours)
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
            parsed.size = Some(size(value)?);
            Some(())
        });
        // Of a text-to-image with a second pass this is the second pass's; we have none, and hand on what others say of theirs.
        let hires = self.pairs.iter().any(|(key, _)| key.starts_with("Hires")) && !self.is_ours();
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

    /// What is said of a mask; where one is spoken of, what is not said has A1111's default: the whole picture, as it was, hard-edged.
    fn mask(&mut self) {
        let masked = self.take("Mask blur", |parsed, value| {
            parsed.set("mask_blur", finite(value)? as f32, |r| &mut r.mask_blur);
            parsed.set("mask_mode", MaskMode::Masked, |r| &mut r.mask_mode);
            parsed.set("mask_blur_y", None, |r| &mut r.mask_blur_y);
            parsed.set("mask_edge", MaskEdge::Hard, |r| &mut r.mask_edge);
            let content = MaskedContent::Original;
            parsed.set("masked_content", content, |r| &mut r.masked_content);
            parsed.set("method", Method::Auto, |r| &mut r.method);
            let growth = Recipe::default().grow_mask;
            parsed.set("grow_mask", growth, |r| &mut r.grow_mask);
            parsed.set("area", Area::Whole, |r| &mut r.area);
            parsed.set("padding", Recipe::default().padding, |r| &mut r.padding);
            Some(())
        });
        if !masked {
            return;
        }
        self.take(BLUR_Y, |parsed, value| {
            let blur = Some(finite(value)? as f32);
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
            parsed.set("padding", value.parse().ok()?, |r| &mut r.padding);
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
    Some((width.parse().ok()?, height.parse().ok()?))
}

fn finite(value: &str) -> Option<f64> {
    value.parse().ok().filter(|value: &f64| value.is_finite())
}
