//! A1111's infotext: a recipe as lines of text, for the eye and for other tools (`modules/processing.py` `create_infotext`, `modules/infotext_utils.py`).
//!
//! First the prompt, then `Negative prompt: …`, and on the last line `Steps: 20, Sampler: …` with values in JSON quotes where they hold a comma, a colon or a line's end.
//! Does not know files; callers put the text where the format has a place for it.

mod lines;
mod read;

pub use lines::has_parameters;
pub use read::read;

use self::lines::{NEGATIVE, is_key, object, prompts_of};
use super::json::FIELDS;
use super::names::a1111_spacing;
use super::wildcard::{Wildcards, resolve};
use super::{
    Area, MaskEdge, MaskMode, MaskedContent, Method, Parsed, Recipe, ResizeMode, SeedSource,
};

/// Keyword of the PNG text chunk that holds an infotext.
pub const KEYWORD: &str = "parameters";

/// Key of a prompt's template, before its wildcards were resolved.
pub const TEMPLATE: &str = "Template";

/// Key of a negative prompt's template.
pub const NEGATIVE_TEMPLATE: &str = "Negative Template";

/// Says of a recipe that has not run yet, or of a sheet of several runs, that its templates are its prompts.
pub const OF_TEMPLATES: (&str, &str) = ("Prompt from", "template");

/// Keys of ours: prompts that A1111's lines would not give back exactly.
const EXACT_PROMPT: &str = "Exact prompt";
const EXACT_NEGATIVE: &str = "Exact negative prompt";
/// Keys of ours: what A1111 has not, or has otherwise.
const AREA_CHOICE: &str = "Area choice";
const BLUR_Y: &str = "Mask blur Y";
const MASK_EDGE: &str = "Mask edge";
const METHOD: &str = "Inpaint method";
const GROW_MASK: &str = "Grow mask";
const RENDER_SIZE: &str = "Render size";
const RESIZE_MODE: &str = "Resize mode";
const COLOR_MATCH: &str = "Color match";

/// Key of what was added at the edges before the repaint, pixels at the left, top, right and bottom: said, but not a part of the recipe, which would add it again to the result.
pub const EXTENDED: &str = "Extended";

const MODEL: &str = "Model";
const MODEL_HASH: &str = "Model hash";
const VERSION: &str = "Version";

/// Keys of A1111's of which one is enough to say that there was a mask.
const MASK_KEYS: &[&str] = &[
    "Mask blur",
    "Mask mode",
    "Inpaint area",
    "Masked area padding",
    "Masked content",
    "Soft inpainting enabled",
];

/// Keys that, beside [`MASK_KEYS`], tell of one picture and its recipe, and so are not handed on to the next.
const OWN_KEYS: &[&str] = &[
    "Steps",
    "Sampler",
    "Schedule type",
    "CFG scale",
    "Seed",
    "Size",
    "Variation seed",
    "Variation seed strength",
    "Denoising strength",
    "RNG",
    "X Type",
    "X Values",
    "Y Type",
    "Y Values",
    OF_TEMPLATES.0,
    EXACT_PROMPT,
    EXACT_NEGATIVE,
    AREA_CHOICE,
    BLUR_Y,
    MASK_EDGE,
    METHOD,
    GROW_MASK,
    RENDER_SIZE,
    RESIZE_MODE,
    COLOR_MATCH,
    EXTENDED,
    VERSION,
];

/// A1111's names of what lies under the mask.
const CONTENTS: &[(MaskedContent, &str)] = &[
    (MaskedContent::Original, "original"),
    (MaskedContent::Fill, "fill"),
    (MaskedContent::LatentNoise, "latent noise"),
    (MaskedContent::LatentNothing, "latent nothing"),
];

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
    pub more: &'a [(String, String)],
}

/// The infotext of a picture that a recipe made: its prompts are those that ran, as A1111 would run them, and no templates.
pub fn write(recipe: &Recipe, extras: &Extras<'_>) -> String {
    let mut pairs: Vec<(&str, String)> = vec![
        ("Steps", recipe.steps.to_string()),
        ("Sampler", recipe.sampler.row().a1111.to_owned()),
        ("Schedule type", a1111_spacing(recipe.spacing).to_owned()),
        ("CFG scale", recipe.guidance_scale.to_string()),
        ("Seed", recipe.seed.to_string()),
    ];
    if let Some((width, height)) = extras.size {
        pairs.push(("Size", format!("{width}x{height}")));
    }
    if let Some(model) = extras.model {
        pairs.push((MODEL, model.to_owned()));
    }
    if let Some(variation) = recipe.variation {
        pairs.push(("Variation seed", variation.seed.to_string()));
        pairs.push(("Variation seed strength", variation.strength.to_string()));
    }
    pairs.push(("Denoising strength", recipe.strength.to_string()));
    if extras.masked {
        pairs.extend(mask_pairs(recipe));
    }
    pairs.extend(size_pairs(recipe));
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
    pairs.extend(beside(extras, &pairs));
    pairs.push((
        VERSION,
        concat!("pentimento ", env!("CARGO_PKG_VERSION")).to_owned(),
    ));
    let last: Vec<_> = pairs
        .iter()
        .map(|(key, value)| format!("{key}: {}", quote(value)))
        .collect();
    format!("{plain}\n{}", last.join(", ")).trim().to_owned()
}

/// What more there is to say, each key once, and none that has been said.
///
/// A hash stays only beside the name of the model that it belongs to.
fn beside<'a>(extras: &Extras<'a>, said: &[(&str, String)]) -> Vec<(&'a str, String)> {
    let same_model = |(key, value): &(String, String)| {
        key == MODEL && extras.model.is_none_or(|model| model == value)
    };
    let hash_holds = extras.more.iter().any(same_model);
    let mut more: Vec<(&str, String)> = Vec::new();
    for (key, value) in extras.more {
        let known = said.iter().chain(&more).any(|(own, _)| own == key);
        if !known && (key != MODEL_HASH || hash_holds) {
            more.push((key, value.clone()));
        }
    }
    more
}

/// What a recipe's source said and this program has no use for (`others`, beside the recipe `of` it), to be said again of a picture that is made as `asked`.
///
/// Left out is what is not so of that picture: the program and version that made the source, its templates where the prompts are others, and what the recipe's own fields say.
pub fn carried(others: &[(String, String)], of: &Recipe, asked: &Recipe) -> Vec<(String, String)> {
    let stays = |(key, _): &&(String, String)| match key.as_str() {
        TEMPLATE => of.prompt == asked.prompt,
        NEGATIVE_TEMPLATE => of.negative_prompt == asked.negative_prompt,
        key => {
            let mut own = OWN_KEYS.iter().chain(MASK_KEYS);
            is_key(key) && !own.any(|own| own.eq_ignore_ascii_case(key))
        }
    };
    others.iter().filter(stays).cloned().collect()
}

/// What was asked for, of a picture that the recipe `ran` made and whose infotext says `others` beside it: a template in place of the words that it became, where it becomes them again, and what is carried on.
pub fn asked(others: &[(String, String)], ran: &Recipe, wildcards: &Wildcards) -> Parsed {
    let mut others = carried(others, ran, ran);
    let hashed = others.iter().any(|(key, _)| key == MODEL_HASH);
    others.retain(|(key, _)| key != MODEL || hashed);
    let mut recipe = ran.clone();
    let prompts = [
        (TEMPLATE, &mut recipe.prompt),
        (NEGATIVE_TEMPLATE, &mut recipe.negative_prompt),
    ];
    for ((key, prompt), seed) in prompts.into_iter().zip(ran.prompt_seeds()) {
        let words = resolve(prompt, seed, wildcards);
        let leads_back = |(own, template): &mut (String, String)| {
            own == key && resolve(template, seed, wildcards) == words
        };
        if let Some((_, template)) = others.extract_if(.., leads_back).next() {
            *prompt = template;
        }
    }
    Parsed {
        recipe,
        found: FIELDS.to_vec(),
        others,
        ..Parsed::starting_from(ran)
    }
}

/// What A1111 says of the mask, its own defaults left out as it does, and what we say beside.
fn mask_pairs(recipe: &Recipe) -> Vec<(&'static str, String)> {
    let mut pairs = vec![("Mask blur", recipe.mask_blur.to_string())];
    if let Some(blur) = recipe.mask_blur_y {
        pairs.push((BLUR_Y, blur.to_string()));
    }
    if recipe.mask_mode == MaskMode::NotMasked {
        pairs.push(("Mask mode", "Inpaint not masked".to_owned()));
    }
    match recipe.area {
        Area::Auto => pairs.push((AREA_CHOICE, "auto".to_owned())),
        Area::Whole => {}
        Area::OnlyMasked => pairs.push(("Inpaint area", "Only masked".to_owned())),
    }
    pairs.push(("Masked area padding", recipe.padding.to_string()));
    let content = CONTENTS
        .iter()
        .find(|(own, _)| *own == recipe.masked_content);
    if let Some((_, name)) = content.filter(|_| recipe.masked_content != MaskedContent::Original) {
        pairs.push(("Masked content", (*name).to_owned()));
    }
    // A1111's mask is hard where nothing is said.
    if recipe.mask_edge != MaskEdge::Hard {
        pairs.push((MASK_EDGE, recipe.mask_edge.to_string()));
    }
    if recipe.method != Method::Auto {
        pairs.push((METHOD, recipe.method.to_string()));
    }
    if recipe.grow_mask != Recipe::default().grow_mask {
        pairs.push((GROW_MASK, recipe.grow_mask.to_string()));
    }
    pairs
}

/// What we say of sizes and colours.
fn size_pairs(recipe: &Recipe) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    if let Some([width, height]) = recipe.size {
        pairs.push((RENDER_SIZE, format!("{width}x{height}")));
    }
    if recipe.resize != ResizeMode::Stretch {
        pairs.push((RESIZE_MODE, recipe.resize.to_string()));
    }
    if recipe.color_match {
        pairs.push((COLOR_MATCH, "on".to_owned()));
    }
    pairs
}

fn prompt_lines(prompt: &str, negative: &str) -> String {
    match negative.is_empty() {
        true => prompt.to_owned(),
        false => format!("{prompt}\n{NEGATIVE} {negative}"),
    }
}

/// The value in JSON quotes where it would not come back as it is.
fn quote(value: &str) -> String {
    let is_bare = !value.contains([',', ':']) && !value.starts_with('"') && value.trim() == value;
    let plain =
        !value.contains(char::is_control) && (is_bare || object(value) == Some(value.len()));
    match plain {
        true => value.to_owned(),
        false => serde_json::Value::from(value).to_string(),
    }
}
