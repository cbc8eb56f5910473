//! The recipe that a picture begins with: a sample's own, and for a picture of the artist's no sample's.
//!
//! Does not know how pictures are opened.

use super::Studio;
use crate::engine::lora::find;
use crate::recipe::Recipe;

impl Studio {
    /// Works with a sample's recipe.
    pub fn use_sample(&mut self, recipe: Recipe) {
        self.sample = Some(recipe.clone());
        self.use_recipe(recipe);
    }

    /// A picture of the artist's own was opened: words that say what is in a sample are not for it, nor numbers for the built-in model where another paints.
    pub(in crate::ui) fn leave_sample(&mut self) {
        let Some(sample) = self.sample.take() else {
            return;
        };
        // A LoRA that was added is the artist's, unlike the words beside it.
        let (mut words, mut kept) = (self.recipe.prompt.clone(), String::new());
        for tag in find::tags(&self.recipe.prompt).into_iter().rev() {
            kept.insert_str(0, &self.recipe.prompt[tag.range.clone()]);
            words.replace_range(tag.range, "");
        }
        if words.trim_end_matches([' ', ',', '\n']) != sample.prompt {
            return;
        }
        let numbers = match self.is_built_in() {
            true => self.recipe.clone(),
            false => Recipe::default(),
        };
        self.use_recipe(Recipe {
            prompt: kept,
            negative_prompt: String::new(),
            seed: self.recipe.seed,
            ..numbers
        });
        if let Some(suggestion) = self.spec().and_then(|spec| spec.suggestion) {
            suggestion.put_into(&mut self.recipe);
        }
    }
}
