//! What is asked of the model as a whole, to be put back after something else was tried.
//!
//! Does not know what was tried.

use super::Studio;
use crate::recipe::Recipe;
use crate::recipe::parsed::Others;

/// The recipe and all that goes with it.
pub struct Desk {
    recipe: Recipe,
    others: Option<Others>,
    /// Of the recipe's seed, and of its variation's.
    locked: [bool; 2],
    used: [bool; 2],
    /// Tags of LoRAs that are switched off.
    off: Vec<String>,
}

impl Studio {
    /// What is asked for now.
    pub(in crate::ui) fn desk(&self) -> Desk {
        Desk {
            recipe: self.recipe.clone(),
            others: self.others.clone(),
            locked: [self.seed_locked, self.variation_locked],
            used: [self.seed_used, self.variation_used],
            off: self.loras.off().to_vec(),
        }
    }

    /// Asks for that again.
    pub(in crate::ui) fn put_back(&mut self, desk: Desk) {
        self.recipe = desk.recipe;
        self.others = desk.others;
        [self.seed_locked, self.variation_locked] = desk.locked;
        [self.seed_used, self.variation_used] = desk.used;
        self.loras.switch_off(desk.off);
    }
}
