//! The one pipeline: a plan and four networks make a patch.
//!
//! Does not know devices, files or clocks; whoever wants to know how it goes gets [`Progress`].

use std::ops::ControlFlow;

use ndarray::{Array4, Axis, Zip, concatenate};

use super::control::Controlled;
use super::denoiser::{Denoiser, Fade, Guided, Masked, Unet};
use super::latent::{Latents, picture_from_tensor, repeat, stretch};
use super::networks::{Halt, Networks};
use super::noise::Noise;
use super::plan::{ChannelPicture, Hole, LatentMask, Plan};
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

/// Runs a plan, and gives its first picture.
///
/// # Errors
/// As [`repaint_batch`].
pub fn repaint(
    plan: &Plan,
    networks: &mut dyn Networks,
    on_progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Patch, Halt> {
    let patches = repaint_batch(plan, networks, on_progress)?;
    Ok(patches
        .into_iter()
        .next()
        .unwrap_or_else(|| plan.unchanged()))
}

/// Runs a plan for all its pictures.
///
/// They go through the UNet together where the model and its device gain by it, and are encoded and decoded one by one. Steps tell of the first.
///
/// Strength 0 gives the picture's own pixels without running the model; strength 1 starts from pure noise whatever the picture.
///
/// # Errors
/// [`Halt`] when a network fails, a value is not finite, or `on_progress` breaks.
pub fn repaint_batch(
    plan: &Plan,
    networks: &mut dyn Networks,
    on_progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Vec<Patch>, Halt> {
    if plan.walk.steps() == 0 {
        return Ok(vec![plan.unchanged(); plan.pictures()]);
    }
    let mut tell = |progress: Progress<'_>| match on_progress(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Halt::Cancelled),
    };
    let conditioning = Conditioning::new(
        networks,
        &plan.prompt,
        (plan.guidance.unconditional).then_some(&plan.negative_prompt),
        plan.walk.steps(),
        plan.walk.schedule_steps,
        plan.recipe.clip_skip,
    )?;
    tell(Progress::TextEncoded)?;

    let known = known_latents(plan, networks)?;
    let inpainting = inpainting_channels(plan, &known, networks)?;
    tell(Progress::PictureEncoded)?;

    let known = repeat(&known, plan.pictures());
    let mut noise = Noise::of(&plan.recipes());
    let first_noise = noise.draw_first(known.dim());
    let x = start(plan, &known, &first_noise);
    let mut guided = Guided {
        unet: Controlled {
            unet: Unet {
                networks: &mut *networks,
                schedule: &plan.schedule,
                walk: &plan.walk,
                extras: &plan.extras,
                inpainting: inpainting.as_ref(),
            },
            controls: &plan.controls,
        },
        conditioning: &conditioning,
        scale: plan.guidance.scale,
    };
    let mut on_step = |step: &Step<'_>| match tell(Progress::Stepped(step)) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    };
    let (sampler, walk) = (plan.recipe.sampler, &plan.walk);
    let run = |denoiser: &mut dyn Denoiser| {
        sampler::run(sampler, denoiser, x, walk, &mut noise, &mut on_step)
    };
    let latents = match &plan.masking.latent {
        None => run(&mut guided)?,
        Some(LatentMask { values, soft }) => {
            let mut masked = Masked {
                inner: guided,
                known: &known,
                noise: &first_noise,
                mask: &repeat(values, plan.pictures()),
                fade: soft.then_some(Fade {
                    schedule: &plan.schedule,
                    walk,
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

/// The latents of the picture that the run starts from, at the size of the working picture's; zeros where nothing looks at them.
fn known_latents(plan: &Plan, networks: &mut dyn Networks) -> Result<Latents, Halt> {
    let shape = plan.latent_shape();
    if !plan.sees_picture() {
        return Ok(Latents::zeros(shape));
    }
    let latents = networks.encode_picture(&plan.source.pixels)?;
    let (_, _, height, width) = shape;
    Ok(match plan.source.stretch {
        None => latents,
        Some(scale) => stretch(&latents, Size::new(width as u32, height as u32), scale),
    })
}

/// What an inpainting model is shown beside the noisy latents, `[n, 1 + C, h, w]`: the mask, and the latents of the picture behind it.
fn inpainting_channels(
    plan: &Plan,
    known: &Latents,
    networks: &mut dyn Networks,
) -> Result<Option<Array4<f32>>, Halt> {
    let Some(channels) = &plan.masking.channels else {
        return Ok(None);
    };
    let picture = match &channels.picture {
        ChannelPicture::Known => known.clone(),
        ChannelPicture::Pixels(pixels) => networks.encode_picture(pixels)?,
    };
    let channels = concatenate(Axis(1), &[channels.mask.view(), picture.view()])
        .map_err(|error| Halt::Network(Box::new(error)))?;
    Ok(Some(repeat(&channels, plan.pictures())))
}

/// The noisy latents that the run starts from.
fn start(plan: &Plan, known: &Latents, noise: &Latents) -> Latents {
    let from = |known| sampler::start(plan.recipe.sampler, known, noise, &plan.walk);
    match &plan.masking.hole {
        _ if plan.from_pure_noise() => from(None),
        None => from(Some(known)),
        Some(hole) => from(Some(&emptied(known, hole, noise))),
    }
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
