//! What the makers of a model recommend for it, where that is not what is usual.
//!
//! Does not know models.

use std::fmt;

use super::{Recipe, Sampler, Spacing};

/// How a model or a LoRA that is made for few steps wants to be run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suggestion {
    /// Steps.
    pub steps: usize,
    /// Guidance scale.
    pub guidance: f64,
    /// Stepping rule.
    pub sampler: Sampler,
    /// How the steps are spaced.
    pub spacing: Spacing,
}

impl Suggestion {
    /// What a recipe says of the same.
    #[must_use]
    pub fn of(recipe: &Recipe) -> Self {
        Self {
            steps: recipe.steps,
            guidance: recipe.guidance_scale,
            sampler: recipe.sampler,
            spacing: recipe.spacing,
        }
    }

    /// Puts it into a recipe.
    pub fn put_into(self, recipe: &mut Recipe) {
        recipe.steps = self.steps;
        recipe.guidance_scale = self.guidance;
        recipe.sampler = self.sampler;
        recipe.spacing = self.spacing;
    }
}

/// `4 steps, guidance 1, LCM`; with the schedule where it is not the sampler's usual one.
impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = if self.steps == 1 { "step" } else { "steps" };
        let sampler = self.sampler.choice().label();
        write!(
            f,
            "{} {steps}, guidance {}, {sampler}",
            self.steps, self.guidance
        )?;
        if self.spacing != self.sampler.usual_spacing() {
            write!(f, " {}", self.spacing.choice().label())?;
        }
        Ok(())
    }
}
