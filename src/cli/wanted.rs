//! The recipe that a command asks for: from a picture, a file or a preset, with what was typed put over it.
//!
//! Does not know pictures' pixels or models.

use std::path::Path;

use super::Failure;
use super::args::{FieldArgs, RecipeArgs, SubjectArgs};
use super::control::{Controls, check_options};
use super::progress::kit;
use crate::engine::{
    Cancel, EngineError, Kit, PromptRole, PromptSeverity, check_recipe, make_readable,
    prompt_mistakes,
};
use crate::raster::Size;
use crate::raster::file::{self, FileError, Metadata};
use crate::recipe::excerpt::{QUOTE, excerpt};
use crate::recipe::field::Value;
use crate::recipe::field::rows::{GUIDANCE, SAMPLER, STEPS, STRENGTH};
use crate::recipe::parsed::{NoRecipe, read_metadata, read_text};
use crate::recipe::preset::Presets;
use crate::recipe::wildcard::{Resolved, Wildcards};
use crate::recipe::{Parsed, Recipe, infotext, random_seed, text_file};

/// What is asked for.
pub struct Wanted {
    /// The recipe as it was asked for, wildcards and all.
    pub recipe: Recipe,
    /// What paints it.
    pub kit: Kit,
    /// Where it was read, if anywhere.
    source: Option<Parsed>,
    /// What the user should be told.
    pub notes: Vec<String>,
    /// The ControlNets that the recipe names.
    pub controls: Controls,
    wildcards: Wildcards,
}

impl Wanted {
    /// Puts together what the arguments ask for; `on_picture` says whether there is a picture to change, `extends` whether it gets room that is all the model's to fill.
    ///
    /// # Errors
    /// When a file or preset cannot be read, or the recipe cannot be run with any model.
    pub fn of(
        args: &RecipeArgs,
        subject: &SubjectArgs,
        on_picture: bool,
        extends: bool,
    ) -> Result<Self, Failure> {
        Self::reading(args, subject, (on_picture, extends), |_| ())
    }

    /// As [`Self::of`]; `take` may take what it has a use for out of what was read.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn reading(
        args: &RecipeArgs,
        subject: &SubjectArgs,
        (on_picture, extends): (bool, bool),
        take: impl FnOnce(&mut Parsed),
    ) -> Result<Self, Failure> {
        // Without a picture there is nothing that a lower strength could keep.
        let strength = args.fields.get(&STRENGTH);
        if strength.is_some_and(|strength| *strength != Value::Number(1.0)) && !on_picture {
            return Err(Failure::Usage(
                "--strength says how much of a picture changes; give one with --image, or leave it at 1".to_owned(),
            ));
        }
        let (mut kit, mut notes) = kit(subject)?;
        let usual = Recipe::default();
        let mut base = Recipe {
            seed: random_seed(),
            strength: if extends { 1.0 } else { usual.strength },
            ..usual
        };
        let prompt = args.fields.over(&base).prompt;
        let suggestion = kit.suggestion(&prompt, &Cancel::new());
        if let Some(suggestion) = suggestion {
            suggestion.put_into(&mut base);
        }
        let mut source = match (&args.from, &args.preset) {
            (Some(path), _) => Some(read_recipe(path, &base)?),
            (None, Some(name)) => Some(Presets::of_user()?.load(name, &base)?),
            (None, None) => None,
        };
        let own = [&STEPS, &GUIDANCE, &SAMPLER];
        let told = own.iter().all(|field| args.fields.get(field).is_some());
        if let Some(suggestion) = suggestion.filter(|_| source.is_none() && !told) {
            notes.push(format!(
                "made for few steps: {suggestion} where nothing else is asked for (--steps, --cfg, --sampler)"
            ));
        }
        if let Some(source) = &mut source {
            take(source);
            notes.extend(left_out(source));
            notes.append(&mut source.notes);
            if source.foreign {
                notes.extend(make_readable(&mut source.recipe));
            }
        }
        let from = source.as_ref().map_or(&base, |source| &source.recipe);
        let (mut recipe, controls) = args.control.over(from, &args.fields, on_picture)?;
        kit.controls.clone_from(&controls.files);
        kit.put_own_control(&mut recipe);
        if !on_picture {
            recipe.strength = 1.0;
        }
        let wanted = Self {
            recipe,
            kit,
            source,
            notes,
            controls,
            wildcards: Wildcards::of_user(),
        };
        let first = wanted.nth(0)?.recipe;
        Ok(Self {
            notes: wanted.notes.into_iter().chain(oddities(&first)).collect(),
            ..wanted
        })
    }

    /// A further recipe of the same run, over which `fields` were put: with what its method needs, and what is odd about it noted.
    ///
    /// # Errors
    /// As [`Self::nth`], or when it has no ControlNet that they speak of.
    pub fn also(&mut self, fields: &FieldArgs, mut recipe: Recipe) -> Result<Recipe, Failure> {
        check_options(fields, &recipe)?;
        self.kit.put_own_control(&mut recipe);
        let odd = oddities(&self.resolved(&recipe.nth(0))?.recipe);
        let new: Vec<_> = odd
            .into_iter()
            .filter(|note| !self.notes.contains(note))
            .collect();
        self.notes.extend(new);
        Ok(recipe)
    }

    /// Size of a picture that is made from the prompt alone, where one was asked for: typed, or read with the recipe.
    pub fn canvas(&self) -> Option<Size> {
        let asked = self.recipe.size.map(|[width, height]| (width, height));
        let side = asked.or(self.source.as_ref().and_then(|source| source.size));
        side.map(|(width, height)| Size::new(width, height))
    }

    /// The recipe of picture `index` of a series, wildcards resolved and checked.
    ///
    /// # Errors
    /// When a wildcard cannot be resolved or what comes of it cannot be run.
    pub fn nth(&self, index: u64) -> Result<Resolved, Failure> {
        self.resolved(&self.recipe.nth(index))
    }

    /// A recipe with its wildcards resolved and checked.
    ///
    /// # Errors
    /// As [`Self::nth`].
    pub fn resolved(&self, recipe: &Recipe) -> Result<Resolved, Failure> {
        let mut resolved = recipe.with_wildcards_resolved(&self.wildcards)?;
        let carried = self.source.as_ref();
        let carried =
            carried.map(|source| infotext::carried(&source.others, &source.recipe, recipe));
        resolved.beside.extend(carried.unwrap_or_default());
        check_recipe(&resolved.recipe).map_err(EngineError::from)?;
        Ok(resolved)
    }
}

/// Most oddities of a prompt that are told.
const MOST_MISTAKES: usize = 5;

/// What is odd about a recipe's prompts but has a meaning.
fn oddities(recipe: &Recipe) -> Vec<String> {
    let (mut lines, mut unapplied) = (Vec::new(), Vec::new());
    let prompts = [
        (&recipe.prompt, PromptRole::Prompt),
        (&recipe.negative_prompt, PromptRole::Negative),
    ];
    for (text, role) in prompts {
        let mistakes = prompt_mistakes(text, role);
        let more = mistakes.len().saturating_sub(MOST_MISTAKES);
        for mistake in mistakes.into_iter().take(MOST_MISTAKES) {
            let at = text[..mistake.range.start].chars().count() + 1;
            if mistake.severity == PromptSeverity::Unapplied {
                unapplied.push(format!("`{}`", excerpt(&text[mistake.range], QUOTE)));
                continue;
            }
            let fragment = excerpt(&text[mistake.range], QUOTE);
            let message = mistake.message;
            lines.push(format!("{role}, character {at}, `{fragment}`: {message}"));
        }
        if more > 0 {
            lines.push(format!("{role}: {more} more like these"));
        }
    }
    if !unapplied.is_empty() {
        let tags = unapplied.join(", ");
        lines.push(format!("not applied, and kept in the recipe: {tags}"));
    }
    if !recipe.negative_prompt.is_empty() && recipe.guidance_scale == 1.0 {
        lines.push("the negative prompt is not heard at guidance scale 1".to_owned());
    }
    if let Some(reason) = recipe.method.holds_strength()
        && recipe.strength < 1.0
    {
        lines.push(reason.to_owned());
    }
    lines
}

/// A line about what a recipe's source says and this program has no use for.
fn left_out(parsed: &Parsed) -> Option<String> {
    let others = parsed.others.iter();
    let others: Vec<_> = others
        .filter(|(key, _)| key != infotext::LORA_HASHES)
        .map(|(key, value)| format!("{key}: {}", excerpt(value, 4 * QUOTE)))
        .collect();
    match others.is_empty() {
        true => None,
        false => Some(format!(
            "of the recipe, not used here: {}",
            others.join(", ")
        )),
    }
}

/// Reads a recipe from a picture, or from a file of text or JSON.
fn read_recipe(path: &Path, base: &Recipe) -> Result<Parsed, Failure> {
    let complaint = |error: NoRecipe| Failure::Usage(format!("{error}: {}", path.display()));
    match file::read(path) {
        Ok(picture) => of_metadata(&picture.metadata, base).map_err(complaint),
        Err(FileError::NotAPicture(_)) => {
            let io = |cause| FileError::Unreadable {
                path: path.to_owned(),
                cause,
            };
            let text = text_file::read(path).map_err(io)?;
            let text = text.ok_or_else(|| complaint(NoRecipe::Nothing))?;
            read_text(&text, base).map_err(complaint)
        }
        Err(error) => Err(error.into()),
    }
}

fn of_metadata(metadata: &Metadata, base: &Recipe) -> Result<Parsed, NoRecipe> {
    read_metadata(&metadata.texts(), metadata.comment().as_deref(), base)
}
