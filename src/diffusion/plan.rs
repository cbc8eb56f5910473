//! From what was asked to what will be done: every check and every choice of a repaint, made once.
//!
//! After a [`Plan`] exists nothing in it can be invalid; what follows can only fail in a network.
//! Does not run anything, and does not know where picture, mask or model came from.

mod canvas;
mod check;
mod control;
mod frame;
mod guidance;
mod masking;
mod suggested;
pub mod tiles;

use std::sync::Arc;

use ndarray::{Array1, Array4};

use super::control::Control;
use super::networks::{Extra, ModelSpec};
use super::prompt::schedule::{Prompt, Role};
use super::schedule::{NoiseConfigError, NoiseSchedule};
use super::spacing::{TooManySteps, Walk, walk};
use crate::raster::difference::changed;
use crate::raster::lab::match_colors;
use crate::raster::morphology::all_but_ring;
use crate::raster::{Mask, Patch, Picture, Size};
use crate::recipe::{MaskedContent, Recipe, ResizeMode};

use canvas::turned;
pub use canvas::{ResultCanvas, blurred};
pub(super) use check::MOST_WEIGHT;
pub use check::{PlanError, check, check_recipe};
pub use control::shown as shown_to_control;
pub use frame::{Frame, canvas_size};
pub use guidance::Guidance;
pub use masking::{ChannelPicture, Channels, Hole, LatentMask, Masking};
pub use suggested::SuggestedSize;

/// Largest working picture, in areas of the model's native square: attention's memory grows with the square of this.
const MOST_NATIVE_AREAS: u64 = 16;

/// Width of the ring around the mask that colours are matched by, pixels of the rendered picture.
const COLOR_RING: f32 = 16.0;

/// What differences are averaged over, pixels of the working picture: a quarter of a latent cell of the usual models.
const DIFFERENCE_SIGMA: f32 = 2.0;

/// A repaint that can be run: what the model sees, where its result goes, and how it gets there.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was asked for.
    pub recipe: Recipe,
    /// The recipe's prompt, read.
    pub prompt: Prompt,
    /// The recipe's negative prompt, read.
    pub negative_prompt: Prompt,
    /// Denoising strength in `[0, 1]`, held where the method holds it.
    pub strength: f64,
    /// The picture as it was, at the result's size.
    picture: Arc<Picture>,
    /// How much of the result is laid over each of its pixels.
    blurred: Mask,
    /// How far what is transparent there is filled: where the artist masked it, all of it, or its blurred edge would be seen through; none where the picture is opaque.
    filled: Option<Mask>,
    /// Whether a part is repainted, and not the whole picture.
    pub masked: bool,
    /// The part of the picture that the model sees, and its place in the working picture.
    pub frame: Frame,
    /// What is encoded for the model to start from.
    pub source: Source,
    /// How the mask reaches the model.
    pub masking: Masking,
    /// The ControlNets at work.
    pub controls: Vec<Control>,
    /// The model's noise schedule.
    pub schedule: NoiseSchedule,
    /// The sigmas to run; no steps when the strength is 0.
    pub walk: Walk,
    /// How strictly the prompt is followed.
    pub guidance: Guidance,
    /// What the model's family takes beside latents, timestep and text.
    pub extras: Vec<(Extra, Array1<f32>)>,
    /// How many pictures are made at once.
    pictures: usize,
    /// Most pictures that may be made at once.
    most_pictures: u64,
    /// Shape of one working picture's latents.
    latent_shape: (usize, usize, usize, usize),
}

/// The picture that is encoded, what lies under the mask put in its place.
#[derive(Clone, Debug)]
pub struct Source {
    /// `[1, 3, H, W]` in `[-1, 1]`; H and W are the frame's working size unless its latents are stretched.
    pub pixels: Array4<f32>,
    /// Its width and height over those of the working picture, where its latents are to be stretched to that ([`ResizeMode::Latent`]).
    pub stretch: Option<[f64; 2]>,
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
        Self::with_control_pictures(picture, mask, recipe, spec, &[])
    }

    /// The same where ControlNets of the recipe, by their places, are shown pictures of their own.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_control_pictures(
        picture: &Arc<Picture>,
        mask: Option<&Mask>,
        recipe: &Recipe,
        spec: &ModelSpec,
        pictures: &[Option<Arc<Picture>>],
    ) -> Result<Self, PlanError> {
        check_recipe(recipe)?;
        check(picture, mask, recipe)?;
        let method = masking::method(recipe, spec)?;
        let strength = recipe.held_strength();
        let schedule = NoiseSchedule::new(&spec.noise)?;
        let walk = walk(
            recipe.sampler,
            recipe.spacing,
            &schedule,
            recipe.steps,
            strength,
        )?;
        let runs = walk.steps() > 0;
        check_canvas(picture.size(), mask.is_some(), recipe, spec)?;
        let size = canvas_size(picture.size(), mask.is_some(), recipe);
        let canvas = ResultCanvas::new(picture, mask, recipe);
        let blurred_mask = canvas.mask.as_ref().map(|mask| blurred(mask, recipe));
        let bounds = blurred_mask.as_ref().and_then(Mask::bounds);
        let frame = Frame::new(size, bounds.filter(|_| mask.is_some()), recipe, spec);
        if runs {
            check_area(frame.working, spec)?;
        }
        let views = control::Views {
            recipe,
            frame: &frame,
            picture: &canvas.picture,
            mask: blurred_mask.as_ref(),
        };
        let controls = control::controls(&views, pictures, spec)?;
        let view = |content| {
            let mask = blurred_mask.as_ref();
            masking::pixels(&frame, &canvas.picture, mask, method, content)
        };
        let source = if size != picture.size() && recipe.resize == ResizeMode::Latent {
            let whole = Frame::whole(picture.size(), spec);
            let mask = mask.map(|mask| blurred(mask, recipe));
            let content = recipe.masked_content;
            Source {
                pixels: masking::pixels(&whole, picture, mask.as_ref(), method, content),
                stretch: Some([
                    f64::from(picture.size().width) / f64::from(size.width),
                    f64::from(picture.size().height) / f64::from(size.height),
                ]),
            }
        } else {
            Source {
                pixels: view(recipe.masked_content),
                stretch: None,
            }
        };
        let working_mask = blurred_mask.as_ref().map(|mask| frame.mask(mask));
        let is_soft = |mask: &Mask| mask.values().iter().any(|value| !matches!(value, 0 | 255));
        let masking = Masking::new(
            working_mask.as_ref(),
            blurred_mask.as_ref().is_some_and(is_soft),
            || view(MaskedContent::Original),
            method,
            recipe,
            spec,
        );
        if runs && masking.vanishes() {
            return Err(PlanError::MaskVanishes);
        }
        let prompt = Prompt::read(&recipe.prompt, Role::Prompt).0;
        let latent_side = |pixels: u32| (pixels / spec.factor) as usize;
        let Size { width, height } = frame.working;
        let one = frame.working.area() as u64;
        Ok(Self {
            recipe: recipe.clone(),
            guidance: Guidance::new(recipe, &prompt, spec),
            extras: guidance::extras(recipe, frame.working, spec),
            pictures: 1,
            most_pictures: most_area(spec) / one.max(1),
            latent_shape: (
                1,
                spec.latent_channels,
                latent_side(height),
                latent_side(width),
            ),
            prompt,
            negative_prompt: Prompt::read(&recipe.negative_prompt, Role::Negative).0,
            strength,
            filled: canvas
                .mask
                .filter(|_| !canvas.picture.is_opaque())
                .map(|mask| turned(&mask, recipe).into_owned()),
            masked: blurred_mask.is_some(),
            blurred: blurred_mask.unwrap_or_else(|| Mask::filled(size, 255)),
            picture: canvas.picture,
            frame,
            source,
            masking,
            controls,
            schedule,
            walk,
        })
    }

    /// The patch that a decoded working picture makes in the document: resized to the part, its colours matched and what hardly differs given back where that is asked for, and laid over it through the blurred mask.
    ///
    /// Where the blurred mask is 0 its pixels are the picture's own, bit for bit.
    pub fn patch(&self, working: &Picture) -> Patch {
        self.laid(working, self.recipe.difference_threshold)
    }

    /// The same of a picture of any resolution, on the way: nothing of it is given back.
    pub fn preview(&self, working: &Picture) -> Patch {
        self.laid(working, 0.0)
    }

    fn laid(&self, working: &Picture, difference_threshold: f32) -> Patch {
        let rect = self.frame.rect;
        let content = self.frame.content_in(working.size());
        let mut fresh = working.crop(content).resize(rect.size());
        let before = self.picture.crop(rect);
        let mut mask = self.blurred.crop(rect);
        let scale = rect.size().width as f32 / self.frame.content.size().width as f32;
        if self.recipe.color_match {
            let width = (COLOR_RING * scale).round().max(1.0);
            fresh = match_colors(&fresh, &before, &all_but_ring(&mask, width as u32));
        }
        if difference_threshold > 0.0 {
            let sigma = (DIFFERENCE_SIGMA * scale).max(1.0);
            if let Some(changed) = changed(&fresh, &before, &mask, sigma, difference_threshold) {
                mask = mask.intersect(&changed);
            }
        }
        let filled = self.filled.as_ref().map(|filled| filled.crop(rect));
        let pixels = before.composite(&fresh, &mask, filled.as_ref().unwrap_or(&mask));
        Patch::new(rect, pixels)
    }

    /// The plan for several pictures at once: those of [`Recipe::nth`], from the first on. Together they may be as large as one alone.
    ///
    /// # Errors
    /// [`PlanError::BatchTooLarge`].
    pub fn batch(self, pictures: usize) -> Result<Self, PlanError> {
        let most = self.most_pictures;
        if self.walk.steps() > 0 && pictures as u64 > most.max(1) {
            return Err(PlanError::BatchTooLarge {
                pictures,
                working: self.frame.working,
                most,
            });
        }
        Ok(Self { pictures, ..self })
    }

    /// How many pictures are made at once.
    pub fn pictures(&self) -> usize {
        self.pictures
    }

    /// What each of the pictures is made from.
    pub fn recipes(&self) -> Vec<Recipe> {
        let pictures = 0..self.pictures as u64;
        pictures.map(|index| self.recipe.nth(index)).collect()
    }

    /// Shape of the latents of one working picture, `(1, C, h, w)`.
    pub fn latent_shape(&self) -> (usize, usize, usize, usize) {
        self.latent_shape
    }

    /// Whether the run starts from noise alone.
    pub fn from_pure_noise(&self) -> bool {
        self.strength >= 1.0
    }

    /// Whether anything looks at the picture's latents: the start, the loop or the model.
    pub fn sees_picture(&self) -> bool {
        let masking = &self.masking;
        !self.from_pure_noise()
            || masking.latent.is_some()
            || masking.channels.as_ref().is_some_and(Channels::see_known)
    }

    /// The patch that changes nothing.
    pub fn unchanged(&self) -> Patch {
        Patch::new(self.frame.rect, self.picture.crop(self.frame.rect))
    }
}

/// Checks that a size which is asked for can be rendered, before anything is resized.
///
/// # Errors
/// [`PlanError::FixedSize`] and [`PlanError::TooLargeToRender`].
pub fn check_canvas(
    picture: Size,
    masked: bool,
    recipe: &Recipe,
    spec: &ModelSpec,
) -> Result<(), PlanError> {
    let size = canvas_size(picture, masked, recipe);
    let takes = |size: Size| match spec.fixed.size(size) == size || recipe.held_strength() == 0.0 {
        true => Ok(()),
        false => Err(PlanError::FixedSize {
            fixed: spec.fixed,
            asked: size,
        }),
    };
    if let Some([width, height]) = recipe.size {
        takes(Size::new(width, height))?;
    }
    if size == picture || recipe.held_strength() == 0.0 {
        return Ok(());
    }
    check_area(Frame::whole(size, spec).working, spec)?;
    match recipe.resize {
        ResizeMode::Latent => {
            takes(picture).and(check_area(Frame::whole(picture, spec).working, spec))
        }
        _ => Ok(()),
    }
}

/// Largest area that goes through a model at once, pixels.
fn most_area(spec: &ModelSpec) -> u64 {
    MOST_NATIVE_AREAS * u64::from(spec.native_side).pow(2)
}

fn check_area(working: Size, spec: &ModelSpec) -> Result<(), PlanError> {
    let most = most_area(spec);
    if working.area() as u64 > most {
        return Err(PlanError::TooLargeToRender {
            working,
            side: (most as f64).sqrt() as u32,
        });
    }
    Ok(())
}
