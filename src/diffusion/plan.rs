//! From what was asked to what will be done: every check and every choice of a repaint, made once.
//!
//! After a [`Plan`] exists nothing in it can be invalid; what follows can only fail in a network.
//! Does not run anything, and does not know where picture, mask or model came from.

use std::sync::Arc;

use ndarray::Array4;

use super::latent::{tensor_from_mask, tensor_from_picture};
use super::networks::{ModelSpec, UnetInput};
use super::prompt::check::{Unreadable, unreadable};
use super::prompt::schedule::{Prompt, Role};
use super::schedule::{NoiseConfigError, NoiseSchedule};
use super::spacing::{TooManySteps, Walk, steps_to_run, walk};
use crate::raster::blur::gaussian;
use crate::raster::{Mask, MaskFilter, Patch, Picture, Rect, Size, expand_to_aspect};
use crate::recipe::{Area, Recipe};

/// Longest schedule that is accepted, steps; the training schedules have 1000 timesteps.
const MOST_STEPS: usize = 1000;

/// Widest mask blur that is accepted, picture pixels.
const MOST_BLUR: f32 = 512.0;

/// Largest attention weight in a prompt; beyond it only overflow is to be had.
const MOST_WEIGHT: f32 = 100.0;

/// Largest working picture, in areas of the model's native square: attention's memory grows with the square of this.
const MOST_NATIVE_AREAS: u64 = 16;

/// A whole picture up to this many times the model's native side is rendered whole by [`Area::Auto`].
const WHOLE_UP_TO: f32 = 1.5;

/// Why a repaint cannot be done as asked; each text says what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// Denoising strength outside `[0, 1]`.
    #[error("denoising strength {0} is outside 0 to 1; 0.4 to 0.8 is usual")]
    Strength(f64),
    /// No steps, or more than the training schedule has.
    #[error("{0} steps cannot be run; choose 1 to {MOST_STEPS}, 20 is usual")]
    Steps(usize),
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
    /// Guidance scale below 1 or not a number.
    #[error("guidance scale {0} cannot be used; choose 1 (off) to 30, 7 is usual")]
    Guidance(f64),
    /// Negative or absurd mask blur.
    #[error("mask blur {0} is outside 0 to {MOST_BLUR} pixels; 4 is usual")]
    Blur(f32),
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
    /// A prompt weight that drowns everything.
    #[error(
        "a prompt weight of {0} cannot be used; choose -{MOST_WEIGHT} to {MOST_WEIGHT}, 0.5 to 1.5 is usual"
    )]
    Weight(f32),
    /// A prompt that cannot be read.
    #[error(transparent)]
    Prompt(#[from] Unreadable),
    /// Share of the variation's noise outside `[0, 1]`.
    #[error("variation strength {0} is outside 0 to 1; 0.05 to 0.3 is usual")]
    Variation(f64),
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

/// A repaint that can be run: what the model sees, where its result goes, and how it gets there.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was asked for.
    pub recipe: Recipe,
    /// The recipe's prompt, read.
    pub prompt: Prompt,
    /// The recipe's negative prompt, read.
    pub negative_prompt: Prompt,
    /// The picture as it was.
    picture: Arc<Picture>,
    /// How much of the result is laid over each of its pixels.
    blurred: Mask,
    /// The part of the picture that the model sees, and its place in the working picture.
    pub frame: Frame,
    /// The model's view of the picture: `[1, 3, H, W]` in `[-1, 1]`, at the frame's working size.
    pub pixels: Array4<f32>,
    /// How the mask reaches the model.
    pub masking: Masking,
    /// The model's noise schedule.
    pub schedule: NoiseSchedule,
    /// The sigmas to run; no steps when the strength is 0.
    pub walk: Walk,
}

/// How the mask reaches the model.
#[derive(Clone, Debug)]
pub enum Masking {
    /// There is no mask: the whole picture is repainted.
    None,
    /// By keeping the known latents around it: `[1, C, h, w]`, each value 0 or 1.
    Latents(Array4<f32>),
    /// As the UNet's own channels.
    Channels {
        /// `[1, 1, h, w]`, each value 0 or 1.
        mask: Array4<f32>,
        /// The picture with the masked part at mid grey: `[1, 3, H, W]` in `[-1, 1]`.
        masked_pixels: Array4<f32>,
    },
}

impl Plan {
    /// Decides a repaint of `picture` (or of its masked part) with a model.
    ///
    /// # Errors
    /// [`PlanError`] when something asked for cannot be done.
    pub fn new(
        picture: &Arc<Picture>,
        mask: Option<&Mask>,
        recipe: &Recipe,
        spec: &ModelSpec,
    ) -> Result<Self, PlanError> {
        check_recipe(recipe)?;
        check(picture, mask)?;
        let schedule = NoiseSchedule::new(&spec.noise)?;
        let walk = walk(
            recipe.sampler,
            recipe.spacing,
            &schedule,
            recipe.steps,
            recipe.strength,
        )?;
        let blurred = match mask {
            None => Mask::filled(picture.size(), 255),
            Some(mask) => gaussian(mask, recipe.mask_blur, recipe.mask_blur),
        };
        let frame = Frame::new(
            picture.size(),
            mask.is_some().then_some(&blurred),
            recipe,
            spec,
        );
        let most = MOST_NATIVE_AREAS * u64::from(spec.native_side).pow(2);
        if walk.steps() > 0 && frame.working.area() as u64 > most {
            return Err(PlanError::TooLargeToRender {
                working: frame.working,
                side: (most as f64).sqrt() as u32,
            });
        }
        let pixels = tensor_from_picture(&frame.picture(picture));
        let masking = match spec.unet_input {
            UnetInput::Inpainting => inpainting_channels(&frame.mask(&blurred), &pixels, spec),
            UnetInput::Latents if mask.is_none() => Masking::None,
            UnetInput::Latents => latent_mask(&frame.mask(&blurred), spec),
        };
        let repainted = match &masking {
            Masking::None => None,
            Masking::Latents(mask) | Masking::Channels { mask, .. } => Some(mask),
        };
        if walk.steps() > 0 && repainted.is_some_and(|mask| mask.iter().all(|value| *value == 0.0))
        {
            return Err(PlanError::MaskVanishes);
        }
        Ok(Self {
            recipe: recipe.clone(),
            prompt: Prompt::read(&recipe.prompt, Role::Prompt).0,
            negative_prompt: Prompt::read(&recipe.negative_prompt, Role::Negative).0,
            picture: Arc::clone(picture),
            blurred,
            frame,
            pixels,
            masking,
            schedule,
            walk,
        })
    }

    /// The patch that a working picture of any resolution makes in the document: resized to the part and laid over it through the blurred mask.
    ///
    /// Where the blurred mask is 0 its pixels are the picture's own, bit for bit.
    pub fn patch(&self, working: &Picture) -> Patch {
        let fresh = working
            .crop(self.frame.content_in(working.size()))
            .resize(self.frame.rect.size());
        self.picture
            .composite(&fresh, &self.blurred, self.frame.rect)
    }

    /// The patch that changes nothing.
    pub fn unchanged(&self) -> Patch {
        Patch::new(self.frame.rect, self.picture.crop(self.frame.rect))
    }
}

/// Checks what can be checked of a recipe alone.
///
/// # Errors
/// [`PlanError`] when something asked for cannot be done with any picture or model.
pub fn check_recipe(recipe: &Recipe) -> Result<(), PlanError> {
    if !(0.0..=1.0).contains(&recipe.strength) {
        return Err(PlanError::Strength(recipe.strength));
    }
    if !(1..=MOST_STEPS).contains(&recipe.steps) {
        return Err(PlanError::Steps(recipe.steps));
    }
    if !(1.0..=1000.0).contains(&recipe.guidance_scale) {
        return Err(PlanError::Guidance(recipe.guidance_scale));
    }
    if !(0.0..=MOST_BLUR).contains(&recipe.mask_blur) {
        return Err(PlanError::Blur(recipe.mask_blur));
    }
    if recipe.strength > 0.0 && steps_to_run(recipe.steps, recipe.strength) == 0 {
        return Err(PlanError::NoStep {
            strength: recipe.strength,
            steps: recipe.steps,
            // Rounded up, so that it works as printed.
            least: (1000.0 / recipe.steps as f64).ceil() / 1000.0,
        });
    }
    if let Some(variation) = recipe.variation
        && !(0.0..=1.0).contains(&variation.strength)
    {
        return Err(PlanError::Variation(variation.strength));
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

/// Checks a picture and its mask.
///
/// # Errors
/// [`PlanError`] when they cannot be repainted with any model.
pub fn check(picture: &Picture, mask: Option<&Mask>) -> Result<(), PlanError> {
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
    if mask.is_empty() {
        return Err(PlanError::EmptyMask);
    }
    if mask.values().iter().all(|value| *value < 128) {
        return Err(PlanError::FaintMask);
    }
    Ok(())
}

/// The blurred mask on the latent grid, rounded (A1111 `modules/processing.py`: PIL bicubic, then at least one half).
fn latent_mask(mask: &Mask, spec: &ModelSpec) -> Masking {
    let cells = tensor_from_mask(&mask.resize(latent_size(mask.size(), spec), MaskFilter::Bicubic));
    let (_, _, height, width) = cells.dim();
    let shape = (1, spec.latent_channels, height, width);
    Masking::Latents(Array4::from_shape_fn(shape, |(_, _, y, x)| {
        f32::from(cells[[0, 0, y, x]] >= 0.5)
    }))
}

/// The extra channels of an inpainting model (diffusers `StableDiffusionInpaintPipeline`: mask by nearest neighbour, picture times (mask < 0.5)).
fn inpainting_channels(mask: &Mask, pixels: &Array4<f32>, spec: &ModelSpec) -> Masking {
    let hard = Mask::new(
        mask.size(),
        mask.values()
            .iter()
            .map(|value| if *value >= 128 { 255 } else { 0 })
            .collect(),
    );
    let keep = tensor_from_mask(&hard).mapv(|repaint| 1.0 - repaint);
    Masking::Channels {
        mask: tensor_from_mask(&hard.resize(latent_size(hard.size(), spec), MaskFilter::Nearest)),
        masked_pixels: pixels * &keep,
    }
}

fn latent_size(size: Size, spec: &ModelSpec) -> Size {
    Size {
        width: size.width / spec.factor,
        height: size.height / spec.factor,
    }
}

/// The part of the picture that the model sees, and its place in the model's working picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The part, picture pixels.
    pub rect: Rect,
    /// The working picture's size: the part, scaled, and its edges repeated around it, as large as the model takes.
    pub working: Size,
    /// Where the scaled part lies in the working picture.
    pub content: Rect,
}

impl Frame {
    fn new(picture: Size, blurred: Option<&Mask>, recipe: &Recipe, spec: &ModelSpec) -> Self {
        let native = Size {
            width: spec.native_side,
            height: spec.native_side,
        };
        let longest = picture.width.max(picture.height);
        let whole = match recipe.area {
            Area::Whole => true,
            Area::OnlyMasked => false,
            Area::Auto => longest as f32 <= spec.native_side as f32 * WHOLE_UP_TO,
        };
        let multiple = spec.factor * spec.latent_multiple;
        let up = |side: u32| side.div_ceil(multiple) * multiple;
        match blurred.and_then(Mask::bounds).filter(|_| !whole) {
            None => Self {
                rect: Rect::of(picture),
                working: Size {
                    width: up(picture.width),
                    height: up(picture.height),
                },
                content: Rect::of(picture),
            },
            Some(masked) => {
                let rect = expand_to_aspect(masked.pad(recipe.padding, picture), native, picture);
                let size = fit(rect.size(), native);
                let working = Size {
                    width: up(native.width),
                    height: up(native.height),
                };
                // Centred, as A1111's "resize and fill" does it.
                let (left, top) = (
                    (working.width - size.width) / 2,
                    (working.height - size.height) / 2,
                );
                let content = Rect {
                    left,
                    top,
                    right: left + size.width,
                    bottom: top + size.height,
                };
                Self {
                    rect,
                    working,
                    content,
                }
            }
        }
    }

    /// The model's view of the picture.
    fn picture(&self, picture: &Picture) -> Picture {
        let part = picture.crop(self.rect);
        // What shows through transparent pixels is white to the model (A1111's background).
        let part = if part.is_opaque() {
            part
        } else {
            part.flatten([255; 3])
        };
        part.resize(self.content.size())
            .extend_edges(self.working, self.content)
    }

    /// The model's view of the mask.
    fn mask(&self, mask: &Mask) -> Mask {
        mask.crop(self.rect)
            .resize(self.content.size(), MaskFilter::Bicubic)
            .extend_edges(self.working, self.content)
    }

    /// Where the content lies in a working picture of another resolution, such as a preview of latent size; at least one pixel.
    fn content_in(&self, size: Size) -> Rect {
        let scale =
            |at: u32, from: u32, to: u32| (u64::from(at) * u64::from(to) / u64::from(from)) as u32;
        let x = |at: u32| scale(at, self.working.width, size.width);
        let y = |at: u32| scale(at, self.working.height, size.height);
        let (left, top) = (x(self.content.left), y(self.content.top));
        Rect {
            left,
            top,
            right: x(self.content.right).max(left + 1),
            bottom: y(self.content.bottom).max(top + 1),
        }
    }
}

/// The largest size of the same shape inside `bounds`, at least 1 pixel a side.
fn fit(size: Size, bounds: Size) -> Size {
    let scale = f64::min(
        f64::from(bounds.width) / f64::from(size.width),
        f64::from(bounds.height) / f64::from(size.height),
    );
    let side = |side: u32, most: u32| ((f64::from(side) * scale).round() as u32).clamp(1, most);
    Size {
        width: side(size.width, bounds.width),
        height: side(size.height, bounds.height),
    }
}
