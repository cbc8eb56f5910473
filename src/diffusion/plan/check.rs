//! What cannot be done, and the checks that need no model.

use super::{NoiseConfigError, TooManySteps, control};
use crate::diffusion::networks::Fixed;
use crate::diffusion::prompt::check::{Unreadable, unreadable};
use crate::diffusion::prompt::schedule::{Prompt, Role};
use crate::diffusion::spacing::steps_to_run;
use crate::raster::file::MAX_SIDE;
use crate::raster::{Mask, Picture, Size};
use crate::recipe::field::rows::FIELDS;
use crate::recipe::field::{self, OutOfRange};
use crate::recipe::{ControlKind, MaskMode, Recipe};

// What a field may hold, a file may too.
const _: () = assert!(field::MAX_SIDE == MAX_SIDE);

/// Largest attention weight in a prompt; beyond it only overflow is to be had.
pub(in crate::diffusion) const MOST_WEIGHT: f32 = 100.0;

/// Why a repaint cannot be done as asked; each text says what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// A value out of its field's range.
    #[error(transparent)]
    Range(#[from] OutOfRange),
    /// A positive strength that rounds down to no step.
    #[error(
        "denoising strength {strength} of {steps} steps runs no step; raise it to at least {least:.3}, or use 0 to keep the picture"
    )]
    NoStep {
        /// What was asked.
        strength: f64,
        /// Length of the schedule.
        steps: usize,
        /// The smallest strength that runs a step.
        least: f64,
    },
    /// The method of 9-channel models, asked of another.
    #[error(
        "the model {0} was not trained for inpainting, so the method inpaint-model cannot be used; choose auto or latent-mask, or a model whose UNet takes 9 channels"
    )]
    NotAnInpaintingModel(String),
    /// The method that shows the picture to a ControlNet, without one.
    #[error(
        "the method controlnet-inpaint needs a ControlNet that was trained for inpainting; choose one (--control FILE:inpaint, or under ControlNet in the window), or the method auto or latent-mask"
    )]
    NoInpaintingControl,
    /// A ControlNet that was not loaded.
    #[error(
        "no ControlNet is called `{0}`; put its file into one of the folders of ControlNets, choose another, or take it out (--control none, or Remove in the window)"
    )]
    NoControlNet(String),
    /// A ControlNet inside the UNet, which is to lead or follow, or is asked for twice.
    #[error(
        "the ControlNet `{0}` is inside the model's UNet, which runs it once and hears it as much as the prompt; use it once, with the control mode balanced"
    )]
    InsideUnet(String),
    /// A picture that a ControlNet Union cannot be told of.
    #[error(
        "the ControlNet `{model}` is one for several kinds of pictures, and {kind} is none of them; choose the control kind that says what its picture shows"
    )]
    UnknownType {
        /// Its name.
        model: String,
        /// What it should be shown.
        kind: ControlKind,
    },
    /// A ControlNet that is never heard.
    #[error(
        "a ControlNet that is heard from {start} to {end} is never heard; choose a start below the end, 0 to 1 is usual"
    )]
    EmptyRange {
        /// Share of the steps where it starts.
        start: f64,
        /// Share of the steps where it ends.
        end: f64,
    },
    /// Picture without pixels.
    #[error("the picture has no pixels")]
    EmptyPicture,
    /// Mask and picture differ in size.
    #[error("the mask is {mask} but the picture is {picture}; make the mask the same size")]
    MaskSize {
        /// Size of the mask.
        mask: Size,
        /// Size of the picture.
        picture: Size,
    },
    /// Nothing is masked.
    #[error(
        "the mask is all black, so nothing would be repainted; paint white where the picture should change"
    )]
    EmptyMask,
    /// Nothing is masked by half or more.
    #[error(
        "the mask is darker than mid grey everywhere, so nothing would be repainted; paint white where the picture should change"
    )]
    FaintMask,
    /// Everything is masked where the masked part is kept.
    #[error(
        "the mask is all white, and the mask mode not-masked keeps what is white, so nothing would be repainted; paint black where the picture should change, or choose the mask mode masked"
    )]
    FullMask,
    /// Nothing is left by half or more where the masked part is kept.
    #[error(
        "the mask is lighter than mid grey everywhere, and the mask mode not-masked keeps what is white, so nothing would be repainted; paint black where the picture should change"
    )]
    PaleMask,
    /// A prompt weight that drowns everything.
    #[error(
        "a prompt weight of {0} cannot be used; choose -{MOST_WEIGHT} to {MOST_WEIGHT}, 0.5 to 1.5 is usual"
    )]
    Weight(f32),
    /// A prompt that cannot be read.
    #[error(transparent)]
    Prompt(#[from] Unreadable),
    /// More pixels at once than the model can be expected to take.
    #[error(
        "rendering {working} at once is too much for this model, which takes up to {side}x{side}; scale the picture down, or mask a part and repaint only the masked area"
    )]
    TooLargeToRender {
        /// The working picture's size.
        working: Size,
        /// Side of the largest square.
        side: u32,
    },
    /// A size that the model's graphs do not take.
    #[error(
        "{asked} cannot be rendered, since this model's graphs take only {fixed}; ask for that size, or for none"
    )]
    FixedSize {
        /// What the graphs take.
        fixed: Fixed,
        /// What was asked for.
        asked: Size,
    },
    /// More pictures at once than the model can be expected to take.
    #[error(
        "{pictures} pictures of {working} at once are too much for this model, which takes up to {most} of them; choose a smaller batch"
    )]
    BatchTooLarge {
        /// How many were asked for.
        pictures: usize,
        /// The working picture's size.
        working: Size,
        /// How many there may be.
        most: u64,
    },
    /// The mask is too small for the model's grid.
    #[error(
        "the mask is too small or too blurred for the model to see at this size; enlarge it, lower the mask blur, or repaint only the masked area"
    )]
    MaskVanishes,
    /// More steps than the schedule can tell apart.
    #[error(transparent)]
    TooManySteps(#[from] TooManySteps),
    /// The model's noise schedule makes no sense.
    #[error(transparent)]
    Noise(#[from] NoiseConfigError),
}

/// Checks what can be checked of a recipe alone.
///
/// # Errors
/// [`PlanError`] when something asked for cannot be done with any picture or model.
pub fn check_recipe(recipe: &Recipe) -> Result<(), PlanError> {
    for field in FIELDS {
        field.check(recipe)?;
    }
    // Rows look at the first ControlNet.
    for other in recipe.controls.iter().skip(1) {
        let alone = Recipe {
            controls: vec![other.clone()],
            ..Recipe::default()
        };
        for field in FIELDS {
            field.check(&alone)?;
        }
    }
    control::check(recipe)?;
    let strength = recipe.held_strength();
    if strength > 0.0 && steps_to_run(recipe.steps, strength) == 0 {
        return Err(PlanError::NoStep {
            strength,
            steps: recipe.steps,
            // Rounded up, so that it works as printed.
            least: (1000.0 / recipe.steps as f64).ceil() / 1000.0,
        });
    }
    let prompts = [
        (&recipe.prompt, Role::Prompt),
        (&recipe.negative_prompt, Role::Negative),
    ];
    for (text, role) in prompts {
        if let Some(unreadable) = unreadable(text, role) {
            return Err(unreadable.into());
        }
        let weight = Prompt::read(text, role).0.largest_weight(recipe.steps);
        if weight.abs() > MOST_WEIGHT {
            return Err(PlanError::Weight(weight));
        }
    }
    Ok(())
}

/// Checks a picture and its mask, as the artist painted it.
///
/// # Errors
/// [`PlanError`] when they cannot be repainted with any model.
pub fn check(picture: &Picture, mask: Option<&Mask>, recipe: &Recipe) -> Result<(), PlanError> {
    if picture.size().is_empty() {
        return Err(PlanError::EmptyPicture);
    }
    let Some(mask) = mask else { return Ok(()) };
    if mask.size() != picture.size() {
        return Err(PlanError::MaskSize {
            mask: mask.size(),
            picture: picture.size(),
        });
    }
    let all = |keeps: fn(u8) -> bool| mask.values().iter().all(|value| keeps(*value));
    match recipe.mask_mode {
        MaskMode::Masked if all(|value| value == 0) => Err(PlanError::EmptyMask),
        MaskMode::Masked if all(|value| value < 128) => Err(PlanError::FaintMask),
        MaskMode::NotMasked if all(|value| value == 255) => Err(PlanError::FullMask),
        MaskMode::NotMasked if all(|value| value > 127) => Err(PlanError::PaleMask),
        MaskMode::Masked | MaskMode::NotMasked => Ok(()),
    }
}
