//! What the analysis of a picture says.
//!
//! Does not know when it is said.

use fluent_bundle::FluentArgs;

use super::now;
use crate::engine::SuggestedSize;
use crate::raster::Size;
use crate::recipe::Area;
use crate::recipe::reason::Reason;

texts! {
    "analysis";
    texts:
        TITLE, OWN, NOTHING, PHOTOGRAPHED, NOT_HERE, PROMPT, WITH, WITH_TIP, BUILT_IN, NEEDED,
        LOOKING, TEXT, TEXT_HINT, FOREIGN, UNSURE, MODEL, RANKING, USE, USE_MODEL_TIP, IN_USE,
        NO_REASON, SIZE, NO_SPEC, USE_SIZE_TIP, OWN_SIZE, NO_CAPTION, DESCRIBING, CAPTION;
    captions:
        USE_RECIPE, USE_ITS_MODEL, LOOK, DESCRIBE, THRESHOLD, CHARACTER, WEIGHTED, APPEND, REPLACE,
        PUT_BACK, CAPTION_WITH;
    recipe(count: usize);
    recipe_with_prompt(count: usize, prompt: &str);
    made_with_hash(model: &str, hash: &str);
    made_with(model: &str);
    made_by_hash(hash: &str);
    pixels(size: Size);
    use_model(model: &str);
    size_masked(size: &str, padding: u32);
    size_whole(size: &str);
}

/// The recipe that it carries.
pub fn carries(prompt: &str, fields: usize) -> String {
    let prompt: String = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    match prompt.is_empty() {
        true => recipe(fields),
        false => recipe_with_prompt(fields, &prompt),
    }
}

/// The model that made it.
pub fn made_by(name: Option<&str>, hash: Option<&str>) -> String {
    match (name, hash) {
        (Some(name), Some(hash)) => made_with_hash(name, hash),
        (Some(name), None) => made_with(name),
        (None, Some(hash)) => made_by_hash(hash),
        (None, None) => String::new(),
    }
}

/// A tag and how sure the tagger is of it.
pub fn tag(words: &str, score: f32) -> String {
    format!("{words}  {:.0} %", score * 100.0)
}

/// What speaks for something: its sentences as one.
pub fn reasons(reasons: &[Reason]) -> String {
    let said: Vec<_> = reasons.iter().map(reason).collect();
    match said.is_empty() {
        true => NO_REASON.into(),
        false => sentence(&said.join("; ")),
    }
}

/// A reason in the language that is spoken; its English stands in its row.
fn reason(reason: &Reason) -> String {
    let said = |name: &str, args: &FluentArgs<'_>| now().message("reasons", name, false, args);
    let style = |style: &str| said(style, &FluentArgs::new());
    let mut args = FluentArgs::new();
    for (name, value) in &reason.values {
        let styled = (*name == "style").then(|| style(value)).flatten();
        args.set(*name, styled.unwrap_or_else(|| value.clone()));
    }
    said(reason.row.0, &args).unwrap_or_else(|| reason.to_string())
}

/// What is suggested for the size, in short.
pub fn suggested(suggested: &SuggestedSize) -> String {
    let size = match suggested.size {
        Some([width, height]) => format!("{width} x {height}"),
        None => OWN_SIZE.into(),
    };
    match suggested.area {
        Area::OnlyMasked => size_masked(&size, suggested.padding),
        Area::Auto | Area::Whole => size_whole(&size),
    }
}

/// With a capital and a full stop.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    let first: String = first.into_iter().flatten().collect();
    format!("{first}{}.", letters.as_str())
}
