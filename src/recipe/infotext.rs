//! A1111's infotext: a recipe as lines of text, for the eye and for other tools (`modules/processing.py` `create_infotext`, `modules/infotext_utils.py`).
//!
//! First the prompt, then `Negative prompt: …`, and on the last line `Steps: 20, Sampler: …` with values in JSON quotes where they hold a comma, a colon or a line's end.
//! Does not know files; callers put the text where the format has a place for it.

mod lines;
mod loras;
mod read;

pub use lines::has_parameters;
pub(super) use lines::pairs;
pub use loras::{LORA_HASHES, lora_hashes, lora_name, with_lora_hashes};
pub use read::read;

use self::lines::{NEGATIVE, is_key, object, prompts_of};
use super::field::rows::FIELDS;
use super::wildcard::{Wildcards, resolve};
use super::{Parsed, Recipe};

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
/// A1111's key of a mask that is held softly.
const SOFT: &str = "Soft inpainting enabled";

/// Key of what was added at the edges before the repaint, pixels at the left, top, right and bottom: said, but not a part of the recipe, which would add it again to the result.
pub const EXTENDED: &str = "Extended";

/// A1111's keys of a picture that an upscaler made larger before it was repainted, and after.
pub const HIRES_UPSCALE: &str = "Hires upscale";
/// The upscaler of that.
pub const HIRES_UPSCALER: &str = "Hires upscaler";
/// How many times as large it was made after.
pub const POSTPROCESS_UPSCALE: &str = "Postprocess upscale by";
/// The upscaler of that.
pub const POSTPROCESS_UPSCALER: &str = "Postprocess upscaler";

/// The key of the model's name.
pub const MODEL: &str = "Model";
/// The key of the model's hash.
pub const MODEL_HASH: &str = "Model hash";
const VERSION: &str = "Version";

/// Key of one of its ControlNets, counted from 0.
fn unit(index: usize) -> String {
    format!("ControlNet {index}")
}

/// Keys in the order in which A1111 has them, with ours of the mask among them; those of other fields follow, and the noise is last.
const ORDER: &[&str] = &[
    "Steps",
    "Sampler",
    "Schedule type",
    "CFG scale",
    "Seed",
    "Size",
    MODEL_HASH,
    MODEL,
    "Variation seed",
    "Variation seed strength",
    "Denoising strength",
    "Mask blur",
    "Mask blur Y",
    "Mask mode",
    "Area choice",
    "Inpaint area",
    "Masked area padding",
    "Masked content",
    "Mask edge",
    "Inpaint method",
    "Grow mask",
];

/// Keys that, beside those of the recipe's fields, tell of one picture, and so are not handed on to the next.
const OWN_KEYS: &[&str] = &[
    "Size",
    "X Type",
    "X Values",
    "Y Type",
    "Y Values",
    SOFT,
    OF_TEMPLATES.0,
    EXACT_PROMPT,
    EXACT_NEGATIVE,
    EXTENDED,
    POSTPROCESS_UPSCALE,
    POSTPROCESS_UPSCALER,
    VERSION,
];

/// The keys of the recipe's fields.
fn keys() -> impl Iterator<Item = &'static str> {
    let infotexts = FIELDS.iter().filter_map(|field| field.infotext.as_ref());
    let keys = infotexts.flat_map(|infotext| [infotext.key, infotext.own_key]);
    keys.filter(|key| !key.is_empty())
}

/// What an infotext says beside the recipe.
#[derive(Clone, Debug, Default)]
pub struct Extras<'a> {
    /// Width and height that the model rendered at, pixels.
    pub size: Option<(u32, u32)>,
    /// Name of the model.
    pub model: Option<&'a str>,
    /// The first ten digits of the SHA-256 of its checkpoint, where it has one.
    pub model_hash: Option<&'a str>,
    /// Whether there was a mask; without one its blur, area and padding are left out.
    pub masked: bool,
    /// More keys (two or more letters, digits, spaces, `-`, `/`) and values, such as [`TEMPLATE`].
    pub more: &'a [(String, String)],
}

/// The infotext of a picture that a recipe made: its prompts are those that ran, as A1111 would run them, and no templates.
pub fn write(recipe: &Recipe, extras: &Extras<'_>) -> String {
    let size = |(width, height)| ("Size", format!("{width}x{height}"));
    let said = FIELDS.iter();
    let mut pairs: Vec<(&str, String)> = said
        .filter_map(|field| field.written(recipe, extras.masked))
        .chain(extras.size.map(size))
        .chain(extras.model_hash.map(|hash| (MODEL_HASH, hash.to_owned())))
        .chain(extras.model.map(|model| (MODEL, model.to_owned())))
        .collect();
    pairs.sort_by_key(|(key, _)| match *key {
        "RNG" => ORDER.len() + 1,
        key => ORDER
            .iter()
            .position(|own| *own == key)
            .unwrap_or(ORDER.len()),
    });
    let plain = prompt_lines(&recipe.prompt, &recipe.negative_prompt);
    let (prompt, negative) = prompts_of(&plain);
    if prompt != recipe.prompt {
        pairs.push((EXACT_PROMPT, recipe.prompt.clone()));
    }
    if negative != recipe.negative_prompt {
        pairs.push((EXACT_NEGATIVE, recipe.negative_prompt.clone()));
    }
    let units: Vec<String> = (0..recipe.controls.len()).map(unit).collect();
    let controls = units.iter().zip(&recipe.controls);
    pairs.extend(controls.map(|(unit, control)| (unit.as_str(), control.written())));
    pairs.extend(beside(extras, &pairs));
    pairs.push((
        VERSION,
        concat!("pentimento ", env!("CARGO_PKG_VERSION")).to_owned(),
    ));
    let last: Vec<_> = pairs.iter().map(|(key, value)| pair(key, value)).collect();
    format!("{plain}\n{}", last.join(", ")).trim().to_owned()
}

/// An infotext, or none, that also says what was done to its picture after it was made; keys that it says already are said anew.
pub fn with_more(text: &str, more: &[(&str, String)]) -> String {
    let head = text.trim();
    let again = |(key, _): &(String, String)| more.iter().any(|(own, _)| own == key);
    let (before, last) = head.rsplit_once('\n').unwrap_or(("", head));
    let (before, last) = match has_parameters(head) || lines::pairs(last).iter().any(again) {
        true => (before, last),
        false => (head, ""),
    };
    let said = lines::pairs(last).into_iter().filter(|pair| !again(pair));
    let more = more
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()));
    let pairs = said
        .chain(more)
        .map(|(key, value)| format!("{key}: {}", quote(&value)));
    let last = pairs.collect::<Vec<_>>().join(", ");
    format!("{before}\n{last}").trim().to_owned()
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
            let mut own = keys().chain(OWN_KEYS.iter().copied());
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
    let mut keys: Vec<_> = FIELDS.iter().map(|field| field.key).collect();
    keys.dedup();
    Parsed {
        recipe,
        found: keys,
        others,
        ..Parsed::starting_from(ran)
    }
}

fn prompt_lines(prompt: &str, negative: &str) -> String {
    match negative.is_empty() {
        true => prompt.to_owned(),
        false => format!("{prompt}\n{NEGATIVE} {negative}"),
    }
}

/// A key and its value as they stand in the last line.
fn pair(key: &str, value: &str) -> String {
    format!("{key}: {}", quote(value))
}

/// The value in JSON quotes where it would not come back as it is.
pub(super) fn quote(value: &str) -> String {
    let is_bare = !value.contains([',', ':']) && !value.starts_with('"') && value.trim() == value;
    let plain =
        !value.contains(char::is_control) && (is_bare || object(value) == Some(value.len()));
    match plain {
        true => value.to_owned(),
        false => serde_json::Value::from(value).to_string(),
    }
}
