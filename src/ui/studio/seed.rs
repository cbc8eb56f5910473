//! Rows of the seed, and of the variation mixed into it.
//!
//! Does not know how noise is mixed.

use eframe::egui;

use super::super::texts::recipes::VARIATION_LOCK;
use super::super::texts::studio::{Caption, SEED_LOCK};
use super::{Studio, actions, random_seed, rows};
use crate::recipe::field::rows::{SEED, VARIATION_SEED, VARIATION_STRENGTH};
use crate::recipe::{Recipe, Variation};

/// Draws the rows.
pub fn show(ui: &mut egui::Ui, studio: &mut Studio) {
    let (thrown, chosen) = seed_row(
        ui,
        "recipe.new_seed",
        [&SEED.caption, &SEED_LOCK],
        &mut studio.recipe.seed,
        &mut studio.seed_locked,
    );
    if thrown {
        studio.new_seed();
    } else if chosen {
        studio.seed_used = false;
    }
    let mut strength = studio.variation_strength();
    rows::number(ui, &VARIATION_STRENGTH, &mut strength, 0.0);
    studio.vary(strength);
    let Some(variation) = &mut studio.recipe.variation else {
        return;
    };
    let (thrown, chosen) = seed_row(
        ui,
        "recipe.new_variation_seed",
        [&VARIATION_SEED.caption, &VARIATION_LOCK],
        &mut variation.seed,
        &mut studio.variation_locked,
    );
    if thrown {
        studio.new_variation_seed();
    } else if chosen {
        studio.variation_used = false;
    }
}

/// A seed with its dice and its lock; tells whether the dice was thrown, and whether digits were typed.
fn seed_row(
    ui: &mut egui::Ui,
    dice: &str,
    captions: [&Caption; 2],
    seed: &mut u64,
    locked: &mut bool,
) -> (bool, bool) {
    let mut thrown = false;
    let chosen = rows::seed(ui, captions, seed, locked, |ui| {
        if let Some(dice) = actions::find(dice) {
            thrown = rows::dice(ui, dice.label, dice.tooltip);
        }
        thrown
    });
    (thrown, chosen)
}

impl Studio {
    /// How much of the variation's noise is mixed in; 0 is none.
    pub(super) fn variation_strength(&self) -> f64 {
        self.recipe
            .variation
            .map_or(0.0, |variation| variation.strength)
    }

    /// Mixes more or less of the variation's noise in; 0 turns it off and keeps its seed for later.
    ///
    /// Who varies a picture wants that very picture varied: turning it on locks the seed.
    pub(super) fn vary(&mut self, strength: f64) {
        let before = self.variation_strength();
        if strength == before {
            return;
        }
        let last = self.recipe.variation.take();
        let seed = last.map_or(self.variation_seed, |variation| variation.seed);
        self.variation_seed = seed;
        if strength > 0.0 {
            self.recipe.variation = Some(Variation { seed, strength });
            self.seed_locked |= before == 0.0;
        }
    }

    /// Takes the seeds of another recipe, and locks them.
    pub(super) fn use_seeds(&mut self, other: &Recipe) {
        self.recipe.seed = other.seed;
        self.recipe.seed_source = other.seed_source;
        self.recipe.variation = other.variation;
        self.seed_used = false;
        self.variation_used = false;
        self.seed_locked = true;
        self.variation_locked |= other.variation.is_some();
    }

    /// Throws the dice for another variation of the same seed.
    pub(super) fn new_variation_seed(&mut self) {
        if let Some(variation) = &mut self.recipe.variation {
            variation.seed = random_seed();
            self.variation_used = false;
        }
    }
}
