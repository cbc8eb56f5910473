//! What a text says of how a picture was made, whichever tool wrote it.
//!
//! Does not know where the text stood: in a picture, a file or on the clipboard.

use serde::{Deserialize, Serialize};

use super::excerpt::{QUOTE, excerpt};
use super::field::{Field, Value};
use super::json::Object;
use super::tools::{self, dream};
use super::{Recipe, comfy, infotext, json, wildcard};

/// Most keys and values without a place that are kept.
const MOST_OTHERS: usize = 200;

/// Longest of them that is kept whole, bytes; what is cut has no use beyond being shown.
const LONGEST_OTHER: usize = 16 << 10;

/// What may stand under a keyword.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    /// Any text that a recipe is read from, bare words too.
    Any,
    /// JSON, or an infotext with parameters: other programs write words there that are no prompts.
    Recipe,
    /// InvokeAI's command.
    Dream,
    /// XMP, with JSON inside.
    Xmp,
}

/// Keywords of PNG text and names of EXIF tags that carry a recipe, the one to be trusted most first.
const KEYWORDS: &[(&str, Content)] = &[
    // Ours and A1111's; the JSON of SwarmUI and Fooocus.
    (infotext::KEYWORD, Content::Any),
    // InvokeAI's, from version 3 on and before.
    ("invokeai_metadata", Content::Recipe),
    ("sd-metadata", Content::Recipe),
    ("Dream", Content::Dream),
    // ComfyUI's.
    ("prompt", Content::Any),
    // NovelAI's.
    ("Comment", Content::Recipe),
    // ComfyUI's in EXIF data, those of its extensions, and other programs' again.
    ("Model", Content::Recipe),
    ("UserComment", Content::Any),
    ("ImageDescription", Content::Recipe),
    ("DocumentName", Content::Recipe),
    ("Make", Content::Recipe),
    ("generation_data", Content::Recipe),
    // Draw Things'.
    ("XML:com.adobe.xmp", Content::Xmp),
    // ComfyUI's graph as it is drawn, which says less than the one that ran.
    ("workflow", Content::Recipe),
];

/// What programs write before the JSON in an EXIF tag.
const LABELS: &[&str] = &["prompt:", "workflow:", "parameters:"];

/// A recipe as far as a text tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The recipe that was given to start from, with everything that was found put in.
    pub recipe: Recipe,
    /// Names of the recipe's fields that were found, in the order in which the recipe has them.
    pub found: Vec<&'static str>,
    /// Width and height that the picture was rendered at, pixels.
    pub size: Option<(u32, u32)>,
    /// Keys and values that the recipe has no place for, or that have no meaning here: to be shown, not used.
    pub others: Vec<(String, String)>,
    /// What the artist should be told of the reading, a line each.
    pub notes: Vec<String>,
    /// Whether another program wrote it, whose prompts may have another syntax.
    pub foreign: bool,
}

/// What the source of a recipe said beside it, for as long as that recipe is worked with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Others {
    /// What it stood in.
    pub name: String,
    /// The recipe as it was there.
    pub recipe: Recipe,
    /// Keys and values, as [`Parsed::others`] has them.
    pub pairs: Vec<(String, String)>,
}

/// Why a text gives no recipe: one line that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRecipe {
    /// Nothing is known of the text's words.
    #[error(
        "no recipe was found; give a picture made by a diffusion tool, its parameters as text, or a preset"
    )]
    Nothing,
    /// The text looks like JSON and is not.
    #[error("the JSON is damaged ({0}); write it anew, or give another file")]
    Damaged(String),
    /// A field of a recipe has a value that it cannot have.
    #[error("`{field}` cannot be used ({reason}); correct it")]
    Field {
        /// The field's name.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads a recipe from any of the texts that the field's tools write: A1111's infotext, the JSON of many, ComfyUI's graphs, and a recipe's own JSON.
///
/// What the text does not tell is as in `base`, but for what its program leaves out where it is its default.
///
/// # Errors
/// [`NoRecipe`].
pub fn read_text(text: &str, base: &Recipe) -> Result<Parsed, NoRecipe> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let text = unlabelled(text);
    let parsed = match text.starts_with('{').then(|| json::object(text)) {
        Some(Ok(object)) => read_object(&object, base)?,
        Some(Err(damage)) if begins_json(text) && !infotext::has_parameters(text) => {
            return Err(NoRecipe::Damaged(damage));
        }
        // A prompt may begin with a wildcard's brace.
        _ => match tools::lines(text).and_then(|object| tools::read_marked(&object, base)) {
            Some(parsed) => parsed,
            None => infotext::read(text, base),
        },
    };
    told(parsed)
}

/// Reads a recipe from what a picture file carries: its PNG text and its EXIF tags by name, and the comment in its EXIF data.
///
/// # Errors
/// [`NoRecipe`]; of several texts the first that gives a recipe counts.
pub fn read_metadata(
    text: &[(String, String)],
    comment: Option<&str>,
    base: &Recipe,
) -> Result<Parsed, NoRecipe> {
    // Easy Diffusion has a chunk for each value.
    let values = text
        .iter()
        .map(|(key, value)| (key.clone(), value.as_str().into()));
    if let Some(parsed) = tools::read_marked(&values.collect(), base) {
        return told(parsed);
    }
    let by_keyword = KEYWORDS.iter().flat_map(|(wanted, content)| {
        let own = comment.filter(|_| *wanted == "UserComment");
        let chunks = text.iter().filter(move |(keyword, _)| keyword == wanted);
        let values = chunks.map(|(_, value)| value.as_str()).chain(own);
        values.map(move |value| (*content, value))
    });
    let text_of = |wanted: &str| {
        let chunk = text.iter().find(|(keyword, _)| keyword == wanted);
        chunk.map(|(_, value)| value.as_str())
    };
    let mut failure = NoRecipe::Nothing;
    for (content, text) in by_keyword {
        match read_content(content, text, base) {
            Ok(parsed) => return Ok(parsed.described(text_of("Description"))),
            Err(NoRecipe::Nothing) => {}
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn read_content(content: Content, text: &str, base: &Recipe) -> Result<Parsed, NoRecipe> {
    let is_recipe = is_json(text) || infotext::has_parameters(text);
    match content {
        Content::Any => read_text(text, base),
        Content::Recipe if is_recipe => read_text(text, base),
        Content::Recipe => Err(NoRecipe::Nothing),
        Content::Dream => {
            let object = dream::object(text).ok_or(NoRecipe::Nothing)?;
            read_object(&object, base)
        }
        Content::Xmp => {
            let inside = text.split_once("UserComment").and_then(|(_, rest)| {
                let start = rest.find('{')?;
                let end = rest[start..].find("</")?;
                Some(without_entities(&rest[start..start + end]))
            });
            read_text(&inside.ok_or(NoRecipe::Nothing)?, base)
        }
    }
}

fn read_object(object: &Object, base: &Recipe) -> Result<Parsed, NoRecipe> {
    let parsed = match comfy::read(object, base) {
        Some(parsed) => parsed,
        None => json::read(object, base)?,
    };
    told(parsed)
}

/// Whether a text is JSON, whole or damaged, and not a prompt that begins with a wildcard's brace.
pub fn is_json(text: &str) -> bool {
    let text = unlabelled(text.trim_start_matches('\u{feff}').trim());
    begins_json(text) || text.starts_with('{') && json::object(text).is_ok()
}

/// Whether a text begins as JSON objects do, with a key and its colon, or is cut short in the key.
fn begins_json(text: &str) -> bool {
    let inner = text.strip_prefix('{').map(str::trim_start);
    let quoted = |mark| Some(inner?.strip_prefix(mark)?.split_once(mark));
    match quoted('"').or_else(|| quoted('\'')) {
        Some(Some((_, after))) => after.trim_start().starts_with(':'),
        Some(None) => !text.contains('}'),
        None => false,
    }
}

/// JSON without the words that say what it is.
fn unlabelled(text: &str) -> &str {
    let label = |label: &&str| {
        let (head, tail) = text.split_at_checked(label.len())?;
        let tail = tail.trim_start();
        (head.eq_ignore_ascii_case(label) && tail.starts_with('{')).then_some(tail)
    };
    LABELS.iter().find_map(label).unwrap_or(text)
}

/// XML's characters that stand for others.
fn without_entities(text: &str) -> String {
    let entities = [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#xA;", " "),
        ("&amp;", "&"),
    ];
    entities
        .iter()
        .fold(text.to_owned(), |text, (entity, plain)| {
            text.replace(entity, plain)
        })
}

fn told(parsed: Parsed) -> Result<Parsed, NoRecipe> {
    match parsed.found.is_empty() && parsed.size.is_none() {
        true => Err(NoRecipe::Nothing),
        false => Ok(parsed),
    }
}

impl Parsed {
    /// Nothing found yet.
    pub(super) fn starting_from(base: &Recipe) -> Self {
        Self {
            recipe: base.clone(),
            found: Vec::new(),
            size: None,
            others: Vec::new(),
            notes: Vec::new(),
            foreign: false,
        }
    }

    /// Whether more is told than words: programs write all kinds of remarks into pictures, and any text could be a prompt.
    #[must_use]
    pub fn tells(&self) -> bool {
        let words = ["prompt", "negative_prompt"];
        self.size.is_some() || self.found.iter().any(|field| !words.contains(field))
    }

    /// Puts a value that was read into the recipe, under the field's name.
    pub(super) fn set<T>(
        &mut self,
        field: &'static str,
        value: T,
        place: impl FnOnce(&mut Recipe) -> &mut T,
    ) {
        *place(&mut self.recipe) = value;
        if !self.found.contains(&field) {
            self.found.push(field);
        }
    }

    /// Puts a value that was read into the recipe; `None` where it is too large for the field.
    pub(super) fn put(&mut self, field: &Field, value: impl Into<Value>) -> Option<()> {
        (field.set)(&mut self.recipe, value.into())?;
        if !self.found.contains(&field.key) {
            self.found.push(field.key);
        }
        Some(())
    }

    /// Of another program: its prompts ran as they are, so that no wildcards are in them.
    pub(super) fn of_another_program(mut self) -> Self {
        self.foreign = true;
        let recipe = &mut self.recipe;
        let prompts = [
            ("prompt", &mut recipe.prompt),
            ("negative_prompt", &mut recipe.negative_prompt),
        ];
        for (field, prompt) in prompts {
            if self.found.contains(&field) {
                *prompt = wildcard::literal(prompt);
            }
        }
        self
    }

    /// With the prompt that older versions of NovelAI write beside their values.
    fn described(mut self, description: Option<&str>) -> Self {
        if let Some(prompt) = description
            && self.foreign
            && self.found.contains(&"negative_prompt")
            && !self.found.contains(&"prompt")
            && self.notes.is_empty()
        {
            self.set("prompt", wildcard::literal(prompt), |r| &mut r.prompt);
        }
        self
    }

    /// Keeps a value that has no place, of one that is too long to be handed on as much as can be shown.
    pub(super) fn keep(&mut self, key: &str, value: &str) {
        match self.others.len() {
            MOST_OTHERS => self
                .others
                .push(("\u{2026}".to_owned(), "and more".to_owned())),
            kept if kept > MOST_OTHERS => {}
            _ => {
                let value = match value.len() > LONGEST_OTHER {
                    true => excerpt(value, 4 * QUOTE),
                    false => value.to_owned(),
                };
                self.others.push((excerpt(key, QUOTE), value));
            }
        }
    }
}
