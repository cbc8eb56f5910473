//! ADetailer's part of a recipe: its prompts for several masks, and its keys in an infotext (Bing-su/adetailer, `adetailer/args.py`, read for its behaviour).
//!
//! Does not know what is found, nor masks.

use super::Recipe;
use super::infotext::{self, Extras};
use super::parsed::read_metadata;

/// Parts the prompts of several masks.
const NEXT: &str = "[SEP]";

/// A mask with this prompt is left as it is.
const SKIP: &str = "[SKIP]";

/// Stands for the picture's own prompt.
const OWN: &str = "[PROMPT]";

/// What an infotext says of a run of this kind.
pub struct Detail<'a> {
    /// What found it.
    pub model: String,
    /// Smallest score that counted.
    pub confidence: f32,
    /// What masks grew by, pixels.
    pub dilate: i32,
    /// What masks were moved by, pixels to the right and up.
    pub offset: [i32; 2],
    /// Whether the recipe's padding is what the model saw around a mask, and not so many times its side.
    pub padding: bool,
    /// How it was repainted.
    pub recipe: &'a Recipe,
}

/// The prompt of the mask of a number: its piece between `[SEP]`s, or the last where there are fewer; an empty one is the picture's own. `None` where it is to be skipped.
#[must_use]
pub fn prompt(text: &str, own: Option<&str>, number: usize) -> Option<String> {
    let pieces: Vec<&str> = text.split(NEXT).map(str::trim).collect();
    let piece = pieces[number.min(pieces.len() - 1)];
    match piece {
        SKIP => None,
        "" => Some(own.unwrap_or_default().to_owned()),
        piece => Some(piece.replace(OWN, own.unwrap_or_default())),
    }
}

/// The prompt that a picture says it was made with.
#[must_use]
pub fn own_prompt(texts: &[(String, String)], comment: Option<&str>) -> Option<String> {
    let parsed = read_metadata(texts, comment, &Recipe::default()).ok()?;
    Some(parsed.recipe.prompt)
}

impl Detail<'_> {
    /// The infotext of a picture that was repainted so: its own, with ADetailer's keys behind it; where it has none, the recipe's.
    #[must_use]
    pub fn infotext(
        &self,
        texts: &[(String, String)],
        comment: Option<&str>,
        model: &str,
        model_hash: Option<&str>,
    ) -> String {
        let Self { recipe, .. } = self;
        let padding = match self.padding {
            true => recipe.padding.to_string(),
            false => String::new(),
        };
        let pairs = [
            ("ADetailer model", self.model.clone()),
            ("ADetailer prompt", recipe.prompt.clone()),
            ("ADetailer negative prompt", recipe.negative_prompt.clone()),
            ("ADetailer confidence", self.confidence.to_string()),
            ("ADetailer dilate erode", self.dilate.to_string()),
            ("ADetailer x offset", self.offset[0].to_string()),
            ("ADetailer y offset", self.offset[1].to_string()),
            ("ADetailer mask blur", recipe.mask_blur.to_string()),
            ("ADetailer denoising strength", recipe.strength.to_string()),
            ("ADetailer inpaint only masked", "True".to_owned()),
            ("ADetailer inpaint padding", padding),
        ];
        // As there, what is as usual is left out.
        let said = |(key, value): &(&str, String)| {
            !value.is_empty() && (!key.ends_with("offset") || value != "0")
        };
        let more: Vec<(&str, String)> = pairs.into_iter().filter(said).collect();
        let own = texts
            .iter()
            .find(|(key, _)| key == infotext::KEYWORD)
            .map(|(_, text)| text.as_str());
        let own = own
            .or(comment)
            .filter(|text| infotext::has_parameters(text));
        let own = own.map_or_else(
            || {
                let extras = Extras {
                    model: Some(model),
                    model_hash,
                    masked: true,
                    ..Extras::default()
                };
                infotext::write(recipe, &extras)
            },
            str::to_owned,
        );
        infotext::with_more(&own, &more)
    }
}
