//! Pictures near one another: the same seed with some of another's noise, and the numbering of a series.
//!
//! Does not know how noises are mixed.

use serde::{Deserialize, Serialize};

use super::Recipe;

/// Noise of another seed, mixed into that of [`Recipe::seed`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variation {
    /// Seed of the other noise.
    pub seed: u64,
    /// Its share in `[0, 1]`: 0 is the recipe's own noise, 1 the other one.
    pub strength: f64,
}

impl Recipe {
    /// The recipe of picture `index` of a series, counted from 0: the seed counts up, or with a variation the variation's seed does (A1111 `modules/processing.py`).
    ///
    /// Seeds go on at 0 after the highest.
    pub fn nth(&self, index: u64) -> Self {
        let mut recipe = self.clone();
        match &mut recipe.variation {
            Some(variation) if variation.strength != 0.0 => {
                variation.seed = variation.seed.wrapping_add(index);
            }
            _ => recipe.seed = recipe.seed.wrapping_add(index),
        }
        recipe
    }
}

/// How many recipes from the start of a series, `most` at most, a model can make at once: those that differ by nothing but their place in the series, as they do not where wildcards came out otherwise. At least 1.
pub fn at_once<'a>(series: impl IntoIterator<Item = &'a Recipe>, most: usize) -> usize {
    let mut series = series.into_iter();
    let Some(first) = series.next() else { return 1 };
    let more = most.saturating_sub(1);
    let alike = |(index, next): &(u64, &Recipe)| **next == first.nth(*index);
    1 + (1..).zip(series).take(more).take_while(alike).count()
}
