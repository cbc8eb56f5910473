//! The recipe that a picture begins with: a sample's own, and for a picture of the artist's no sample's.
//!
//! Does not know how pictures are opened.

use super::Studio;
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
        if self.recipe.prompt != sample.prompt {
            return;
        }
        let numbers = match self.is_built_in() {
            true => self.recipe.clone(),
            false => Recipe::default(),
        };
        self.use_recipe(Recipe {
            prompt: String::new(),
            negative_prompt: String::new(),
            seed: self.recipe.seed,
            ..numbers
        });
        if let Some(suggestion) = self.spec().and_then(|spec| spec.suggestion) {
            suggestion.put_into(&mut self.recipe);
        }
    }
}
