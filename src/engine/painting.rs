//! Repainting as a job of the engine: its model made ready, the picture repainted, what there is to tell told on the way.
//!
//! Does not know threads or other works.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cancel::Cancel;
use super::catalog;
use super::device::Device;
use super::error::EngineError;
use super::kit::{Found, Kit, KitLora};
use super::message::{Event, Made, Outcome, Previews, Repaint, Timings};
use super::model_hash::{Hashed, ModelHash};
use super::shelf::Loaded;
use super::worker::{Around, Memory, Outbox, held};
use crate::diffusion::latent;
use crate::diffusion::networks::{Halt, Networks};
use crate::diffusion::plan::tiles::Tiles;
use crate::diffusion::plan::{Plan, PlanError};
use crate::diffusion::repaint::{Progress, repaint_batch};
use crate::folders;
use crate::raster::{Mask, Patch, Picture, Rect, Size};
use crate::recipe::Recipe;

impl Memory {
    /// The model of a kit, loaded where it is not in memory yet.
    pub fn ready(
        &self,
        kit: &Kit,
        device: Device,
        cancel: &Cancel,
        events: &Outbox,
    ) -> Result<Loaded, EngineError> {
        // Files are read and servers asked before others have to wait for the shelf.
        let is_new = !held(&self.shelf).has(kit, device);
        let opened = is_new.then(|| catalog::open_until(kit, cancel));
        let opened = opened.transpose()?;
        let shelf = &mut *held(&self.shelf);
        if !shelf.has(kit, device) {
            let opened = match opened {
                Some(opened) => opened,
                None => catalog::open_until(kit, cancel)?,
            };
            // Nobody listening is noticed when the end is reported.
            let mut tell = |loading| {
                let _ = events.may_send(Event::Loading(loading));
            };
            let loaded = self
                .runtime
                .start(device)
                .and_then(|runtime| shelf.load(runtime, kit, opened, device, cancel, &mut tell));
            shelf.has_changed();
            let _ = events.must_send(Event::Shelf(shelf.report()));
            loaded?;
        }
        shelf.used(kit, device).ok_or(EngineError::NoModel)
    }

    /// Does what those networks do with a kit: where one of them runs on several servers, with one that is free in the place of all, where none does, with no server.
    pub fn on_server<T>(
        &self,
        kit: &Kit,
        networks: &[&str],
        cancel: &Cancel,
        tell: impl Fn(String),
        mut work: impl FnMut(&Kit) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let kit = &kit.with_server_for(networks);
        match &kit.remote {
            Some(remote) if !remote.others.is_empty() => {
                self.replicas.on_one(remote, cancel, tell, |remote| {
                    work(&Kit {
                        remote: Some(remote),
                        ..kit.clone()
                    })
                })
            }
            _ => work(kit),
        }
    }
}

impl Around<'_> {
    /// Repaints a part of a picture.
    pub fn repaint(&self, wanted: &Repaint) -> Result<Outcome, EngineError> {
        let &Self {
            memory,
            request,
            cancel,
            events,
            ..
        } = self;
        let device = request.device;
        let Found { kit, names, notes } = request.kit.for_recipe(&wanted.recipe, cancel)?;
        if cancel.is_cancelled() {
            return Err(EngineError::LoadStopped);
        }
        self.tell(notes);
        memory.on_server(
            &kit,
            request.work.networks(),
            cancel,
            |note| self.tell([note]),
            |kit| {
                let (has, is_whole) = {
                    let mut shelf = held(&memory.shelf);
                    (shelf.has(kit, device), shelf.is_whole(kit, device))
                };
                if !is_whole {
                    memory.clear_singles();
                }
                let loaded = memory.ready(kit, device, cancel, events)?;
                if !has {
                    let mut told = held(&memory.told);
                    let notes = loaded.info.notes.iter().cloned();
                    self.tell(notes.filter(|note| told.insert(note.clone())));
                }
                let done = run(loaded, &names, self, wanted);
                if matches!(done, Err(EngineError::Run(Halt::Network(_)))) {
                    held(&memory.shelf).forget(kit);
                }
                done
            },
        )
    }
}

fn run(
    loaded: Loaded,
    names: &[String],
    around: &Around<'_>,
    wanted: &Repaint,
) -> Result<Outcome, EngineError> {
    let Loaded {
        kit,
        mut networks,
        info,
        hash,
        ..
    } = loaded;
    let &Around {
        request,
        job,
        cancel,
        events,
        ..
    } = around;
    let begin = |(name, lora): (&String, &KitLora)| {
        let (file, cache) = (lora.file.clone(), folders::cache());
        let hash = ModelHash::begin_of(Hashed::Tensors, file, cache);
        (name.clone(), hash)
    };
    let loras = names.iter().zip(&kit.loras).map(begin).collect();
    let waits = events.clone();
    let on_part = move |loading| {
        let _ = waits.may_send(Event::Loading(loading));
    };
    networks.set_cancel(cancel.clone());
    networks.set_listener(Arc::new(on_part));
    let asked = wanted.recipe.clip_skip;
    if let Some(most) = networks.spec().clip_skips.filter(|most| *most < asked) {
        let _ = events.must_send(Event::Noted(format!(
            "clip skip {asked} is heard as {most}, as this model's text encoder gives no other layer; a checkpoint (.safetensors) gives all"
        )));
    }
    let preview_map = networks
        .spec()
        .preview
        .clone()
        .filter(|_| request.previews != Previews::Off);
    let mut timings = Timings::default();
    let mut watch = Stopwatch::start();
    let mut pass = |source: &Source<'_>, place: usize, places: usize| {
        let plan = Plan::with_control_pictures(
            source.picture,
            source.mask,
            source.recipe,
            networks.spec(),
            &wanted.control_pictures,
        )?;
        let plan = plan.batch(source.batch)?;
        let patches = repaint_batch(&plan, &mut networks, &mut |progress| {
            let lap = watch.lap();
            let mut heard = ControlFlow::Continue(());
            match progress {
                Progress::TextEncoded => timings.text += lap,
                Progress::PictureEncoded => timings.encode += lap,
                Progress::Decoded => timings.decode += lap,
                Progress::Stepped(step) => {
                    timings.steps.push(lap);
                    let preview = preview_map
                        .as_ref()
                        .map(|map| plan.preview(&latent::preview(step.denoised, map)))
                        .map(|preview| preview.inside(source.part));
                    let event = Event::Step {
                        job,
                        index: place * step.of + step.index + 1,
                        of: places * step.of,
                        preview,
                    };
                    heard = match request.previews {
                        Previews::Every => events.must_send(event),
                        Previews::Off | Previews::Latest => events.may_send(event),
                    };
                    // Previews are the reader's wish, not the step's time.
                    watch.lap();
                }
            }
            if cancel.is_cancelled() {
                return ControlFlow::Break(());
            }
            heard
        });
        let patches = patches.map_err(EngineError::Run)?;
        let patches = patches.into_iter().map(|patch| patch.inside(source.part));
        let patches = patches.collect();
        timings.composite += watch.lap();
        timings.parts += 1;
        Ok((patches, plan.frame.working, plan.masked))
    };
    let done = match wanted.recipe.tile {
        0 => pass(&Source::of(wanted), 0, 1),
        _ => in_tiles(wanted, pass),
    };
    around.tell(networks.take_notes());
    let (patches, rendered, masked) = done?;
    Ok(Outcome::Repainted {
        patches,
        made: Made {
            model: info.spec.name,
            model_hash: hash,
            loras,
            device: info.device,
            rendered,
            masked,
            timings,
        },
    })
}

/// What one run of the sampler repaints.
struct Source<'a> {
    picture: &'a Arc<Picture>,
    /// What of the whole picture that is.
    part: Rect,
    mask: Option<&'a Mask>,
    recipe: &'a Recipe,
    batch: usize,
}

impl<'a> Source<'a> {
    /// All that is wanted.
    fn of(wanted: &'a Repaint) -> Self {
        Self {
            picture: &wanted.picture,
            part: Rect::of(wanted.picture.size()),
            mask: wanted.mask.as_deref(),
            recipe: &wanted.recipe,
            batch: wanted.batch,
        }
    }
}

/// What a run gives: patches, the size that it rendered at, and whether a mask was at work.
type Done = Result<(Vec<Patch>, Size, bool), EngineError>;

/// Repaints tile after tile, each in the picture that those before it changed; the pictures of a batch one by one.
fn in_tiles(wanted: &Repaint, mut pass: impl FnMut(&Source<'_>, usize, usize) -> Done) -> Done {
    let size = wanted.picture.size();
    let tiles = Tiles::of(size, wanted.mask.as_deref(), &wanted.recipe);
    if tiles.parts.is_empty() {
        // The line about an empty mask.
        return pass(&Source::of(wanted), 0, 1);
    }
    let places = tiles.parts.len() * wanted.batch;
    let (mut patches, mut rendered, mut place) = (Vec::new(), Size::default(), 0);
    for index in 0..wanted.batch {
        let recipe = tiles.recipe.nth(index as u64);
        let mut picture = Arc::clone(&wanted.picture);
        let mut changed = tiles.whole;
        for part in &tiles.parts {
            // What ControlNets are shown is as large as the picture.
            let seen = match wanted.control_pictures.is_empty() {
                true => tiles.surroundings(*part),
                false => Rect::of(size),
            };
            let source = Source {
                picture: &Arc::new(picture.crop(seen)),
                part: seen,
                mask: Some(&tiles.mask(*part, seen)),
                recipe: &recipe,
                batch: 1,
            };
            place += 1;
            let (done, size, _) = match pass(&source, place - 1, places) {
                // A sliver of the mask that is less than a cell of the model's grid.
                Err(EngineError::Plan(PlanError::MaskVanishes)) => continue,
                done => done?,
            };
            rendered = size;
            for patch in &done {
                changed = changed.union(patch.rect());
                Arc::make_mut(&mut picture).paste(patch);
            }
        }
        if rendered.is_empty() {
            return Err(PlanError::MaskVanishes.into());
        }
        patches.push(Patch::new(changed, picture.crop(changed)));
    }
    Ok((patches, rendered, wanted.mask.is_some()))
}

struct Stopwatch(Instant);

impl Stopwatch {
    fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the last lap.
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now - std::mem::replace(&mut self.0, now)
    }
}
