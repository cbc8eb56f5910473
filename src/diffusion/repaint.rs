//! The one pipeline: a plan and four networks make a patch.
//!
//! Does not know devices, files or clocks; whoever wants to know how it goes gets [`Progress`].

use std::cell::Cell;
use std::ops::ControlFlow;

use ndarray::{Array1, Array4, Axis, Zip, concatenate};

use super::denoiser::{Denoiser, Fade, Guided, Masked};
use super::latent::{Latents, picture_from_tensor, repeat, stretch};
use super::networks::{Halt, Networks};
use super::noise::Noise;
use super::plan::{ChannelPicture, Channels, Hole, LatentMask, Plan};
use super::prompt::conditioning::Conditioning;
use super::sampler::{self, Step};
use crate::raster::{Patch, Size};

/// What has just been done.
pub enum Progress<'a> {
    /// The prompts are encoded.
    TextEncoded,
    /// The picture is encoded.
    PictureEncoded,
    /// A step of the sampler is done.
    Stepped(&'a Step<'a>),
    /// The result is decoded.
    Decoded,
}

/// Runs a plan.
///
/// # Errors
/// As [`repaint_batch`].
pub fn repaint(
    plan: &Plan,
    networks: &mut dyn Networks,
    on_progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Patch, Halt> {
    let patches = repaint_batch(plan, 1, networks, on_progress)?;
    Ok(patches
        .into_iter()
        .next()
        .unwrap_or_else(|| plan.unchanged()))
}

/// Runs a plan for several pictures at once: those of [`Recipe::nth`](crate::recipe::Recipe::nth), from the first on.
///
/// They go through the UNet together where the model and its device gain by it, and are encoded and decoded one by one. Steps tell of the first.
///
/// Strength 0 gives the picture's own pixels without running the model; strength 1 starts from pure noise whatever the picture.
///
/// # Errors
/// [`Halt`] when a network fails, a value is not finite, or `on_progress` breaks.
pub fn repaint_batch(
    plan: &Plan,
    pictures: usize,
    networks: &mut dyn Networks,
    on_progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Vec<Patch>, Halt> {
    if plan.walk.steps() == 0 {
        return Ok(vec![plan.unchanged(); pictures]);
    }
    let mut tell = |progress: Progress<'_>| match on_progress(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Halt::Cancelled),
    };
    let recipe = &plan.recipe;

    let guidance_embedding = networks
        .spec()
        .guidance_embedding_width
        .map(|width| guidance_embedding(recipe.guidance_scale, width));
    // Composing needs something to compose from; models that take the scale itself add nothing to it.
    let composed = plan.prompt.is_composed();
    let guided = composed || (recipe.guidance_scale > 1.0 && guidance_embedding.is_none());
    let guidance_scale = match guidance_embedding {
        Some(_) => 1.0,
        None => recipe.guidance_scale as f32,
    };
    let conditioning = Conditioning::new(
        networks,
        &plan.prompt,
        guided.then_some(&plan.negative_prompt),
        plan.walk.steps(),
        plan.walk.schedule_steps,
    )?;
    tell(Progress::TextEncoded)?;

    let from_pure_noise = plan.strength >= 1.0;
    let masking = &plan.masking;
    let sees_known = masking.channels.as_ref().is_some_and(Channels::see_known);
    let known = if from_pure_noise && masking.latent.is_none() && !sees_known {
        // Neither the start nor the loop looks at the picture.
        Latents::zeros(latent_shape(plan, networks))
    } else {
        known_latents(plan, networks)?
    };
    let inpainting = match &masking.channels {
        None => None,
        Some(channels) => {
            let picture = match &channels.picture {
                ChannelPicture::Known => known.clone(),
                ChannelPicture::Pixels(pixels) => networks.encode_picture(pixels)?,
            };
            let channels = concatenate(Axis(1), &[channels.mask.view(), picture.view()])
                .map_err(|error| Halt::Network(Box::new(error)))?;
            Some(repeat(&channels, pictures))
        }
    };
    tell(Progress::PictureEncoded)?;

    let known = repeat(&known, pictures);
    let recipes: Vec<_> = (0..pictures as u64)
        .map(|index| recipe.nth(index))
        .collect();
    let mut noise = Noise::of(&recipes);
    let first_noise = noise.draw_first(known.dim());
    let start = match &masking.hole {
        None => &known,
        Some(hole) => &emptied(&known, hole, &first_noise),
    };
    let x = sampler::start(
        recipe.sampler,
        (!from_pure_noise).then_some(start),
        &first_noise,
        &plan.walk,
    );
    let steps_done = Cell::new(0);
    let mut denoiser = Guided {
        networks: &mut *networks,
        schedule: &plan.schedule,
        walk: &plan.walk,
        conditioning: &conditioning,
        steps_done: &steps_done,
        guidance_scale,
        guidance_embedding: guidance_embedding.as_ref(),
        inpainting: inpainting.as_ref(),
    };
    let mut on_step = |step: &Step<'_>| {
        steps_done.set(step.index + 1);
        match tell(Progress::Stepped(step)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    };
    let run = |denoiser: &mut dyn Denoiser| {
        sampler::run(
            recipe.sampler,
            denoiser,
            x,
            &plan.walk,
            &mut noise,
            &mut on_step,
        )
    };
    let latents = match &masking.latent {
        None => run(&mut denoiser)?,
        Some(LatentMask { values, soft }) => {
            let mut masked = Masked {
                inner: denoiser,
                known: &known,
                noise: &first_noise,
                mask: &repeat(values, pictures),
                fade: soft.then_some(Fade {
                    schedule: &plan.schedule,
                    walk: &plan.walk,
                }),
            };
            let latents = run(&mut masked)?;
            // Samplers that end above sigma 0 leave a trace of noise on what is kept.
            masked.with_known(latents)
        }
    };
    let decoded = latents
        .axis_iter(Axis(0))
        .map(|one| networks.decode(&one.insert_axis(Axis(0)).to_owned()))
        .collect::<Result<Vec<_>, _>>()?;
    tell(Progress::Decoded)?;
    let patch = |decoded: &Array4<f32>| plan.patch(&picture_from_tensor(decoded.view()));
    Ok(decoded.iter().map(patch).collect())
}

/// The latents of the picture that the run starts from, at the size of the working picture's.
fn known_latents(plan: &Plan, networks: &mut dyn Networks) -> Result<Latents, Halt> {
    let latents = networks.encode_picture(&plan.source.pixels)?;
    let (_, _, height, width) = latent_shape(plan, networks);
    Ok(match plan.source.stretch {
        None => latents,
        Some(scale) => stretch(&latents, Size::new(width as u32, height as u32), scale),
    })
}

/// The latents with noise or nothing in the hole (A1111 `modules/processing.py`: noise of unit variance, the run's own).
fn emptied(latents: &Latents, hole: &Hole, noise: &Latents) -> Latents {
    Zip::from(latents)
        .and_broadcast(&hole.mask)
        .and(noise)
        .map_collect(|&value, &mask, &noise| {
            let inside = if hole.noise { noise } else { 0.0 };
            value * (1.0 - mask) + inside * mask
        })
}

/// Shape of the latents of the plan's working picture.
fn latent_shape(plan: &Plan, networks: &dyn Networks) -> (usize, usize, usize, usize) {
    let spec = networks.spec();
    let latent_side = |pixels: u32| (pixels / spec.factor) as usize;
    let working = plan.frame.working;
    (
        1,
        spec.latent_channels,
        latent_side(working.height),
        latent_side(working.width),
    )
}

/// Sinusoidal embedding of the guidance scale for consistency models distilled with guidance: `[1000 (scale - 1)]` at `width / 2` frequencies from 1 down to 1/10000, sines first (Luo et al. 2023; diffusers `get_guidance_scale_embedding`).
fn guidance_embedding(guidance_scale: f64, width: usize) -> Array1<f32> {
    let half = width / 2;
    let angle = |index: usize| {
        let frequency = (-(10_000f64.ln()) * index as f64 / (half as f64 - 1.0)).exp();
        1000.0 * (guidance_scale - 1.0) * frequency
    };
    Array1::from_shape_fn(width, |index| match index {
        _ if index < half => angle(index).sin() as f32,
        _ if index < 2 * half => angle(index - half).cos() as f32,
        _ => 0.0,
    })
}
