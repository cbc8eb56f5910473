//! What a text says of how a picture was made, whichever tool wrote it.
//!
//! Does not know where the text stood: in a picture, a file or on the clipboard.

use super::{Recipe, comfy, infotext, json};

/// Keywords of PNG text that carry a recipe, the one to be trusted most first: ours and A1111's (and SwarmUI's JSON), InvokeAI's, ComfyUI's.
pub const KEYWORDS: &[&str] = &[infotext::KEYWORD, "invokeai_metadata", "prompt"];

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

/// Reads a recipe from any of the texts that the field's tools write: A1111's infotext, the JSON of SwarmUI, InvokeAI, ComfyUI, and a recipe's own.
///
/// What the text does not tell is as in `base`.
///
/// # Errors
/// [`NoRecipe`].
pub fn read_text(text: &str, base: &Recipe) -> Result<Parsed, NoRecipe> {
    let parsed = match text.trim_start().starts_with('{') {
        // A prompt may begin with a wildcard's brace.
        true => match json::object(text) {
            Err(_) if infotext::has_parameters(text) => infotext::read(text, base),
            Err(damage) => return Err(NoRecipe::Damaged(damage)),
            Ok(object) if comfy::is_graph(&object) => comfy::read(&object, base),
            Ok(object) => json::read(&object, base)?,
        },
        false => infotext::read(text, base),
    };
    match parsed.found.is_empty() && parsed.size.is_none() {
        true => Err(NoRecipe::Nothing),
        false => Ok(parsed),
    }
}

/// Reads a recipe from what a picture file carries: its PNG text, or the comment in its EXIF data.
///
/// # Errors
/// [`NoRecipe`]; of several texts the first that gives a recipe counts.
pub fn read_metadata(
    text: &[(String, String)],
    comment: Option<&str>,
    base: &Recipe,
) -> Result<Parsed, NoRecipe> {
    let by_keyword = KEYWORDS.iter().flat_map(|wanted| {
        let chunks = text.iter().filter(move |(keyword, _)| keyword == wanted);
        chunks.map(|(_, value)| value.as_str())
    });
    let mut failure = NoRecipe::Nothing;
    for text in by_keyword.chain(comment) {
        match read_text(text, base) {
            Ok(parsed) => return Ok(parsed),
            Err(NoRecipe::Nothing) => {}
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

impl Parsed {
    /// Nothing found yet.
    pub(super) fn starting_from(base: &Recipe) -> Self {
        Self {
            recipe: base.clone(),
            found: Vec::new(),
            size: None,
            others: Vec::new(),
        }
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

    /// Keeps a value that has no place.
    pub(super) fn keep(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.others.push((key.into(), value.into()));
    }
}
