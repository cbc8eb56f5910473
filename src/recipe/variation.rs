//! Seeds, and pictures near one another: the same seed with some of another's noise, and the numbering of a series.
//!
//! Does not know how noises are mixed.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

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

impl Variation {
    /// Shares of the same two noises that are near this one, [`NEAR`] to a quarter of it away on either side, spread over `count`; `phase` in `[0, 1)` moves all of them.
    ///
    /// A recipe names two noises (so do A1111's), and a third one would lead away from this mixture: what is near it is a little more or less of the second.
    pub fn near(self, count: u64, phase: f64) -> impl Iterator<Item = Self> {
        let below = (self.strength - NEAR).max(0.0)..(self.strength - NEAR / 4.0).max(0.0);
        let above = (self.strength + NEAR / 4.0).min(1.0)..(self.strength + NEAR).min(1.0);
        let width = below.end - below.start;
        let all = width + (above.end - above.start);
        (0..count).map(move |index| {
            let at = all * (index as f64 + phase) / count as f64;
            let strength = match at < width {
                true => below.start + at,
                false => above.start + at - width,
            };
            // Three digits tell them apart, and can be read.
            let strength = ((strength * 1000.0).round() / 1000.0).max(0.001);
            Self { strength, ..self }
        })
    }
}

/// How much of another seed's noise makes a similar picture.
pub const NEAR: f64 = 0.2;

/// A seed that nobody chose. 32 bits are what the field's programs draw, and what a person can still note down.
pub fn random_seed() -> u64 {
    // The standard library seeds its hash keys from the system.
    RandomState::new().build_hasher().finish() & u64::from(u32::MAX)
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

/// A series in parts of at most `most` that a model can make at once: recipes that differ by nothing but their [place](Recipe::nth), as those do not whose wildcards came out otherwise.
pub fn batches<T>(
    series: &[T],
    most: usize,
    recipe: impl Fn(&T) -> &Recipe,
) -> impl Iterator<Item = &[T]> {
    let mut rest = series;
    std::iter::from_fn(move || {
        let first = recipe(rest.first()?);
        let fits = |(index, next): &(u64, &T)| *recipe(next) == first.nth(*index);
        let count = (0..).zip(rest).take(most).take_while(fits).count();
        let (batch, others) = rest.split_at(count.max(1));
        rest = others;
        Some(batch)
    })
}
