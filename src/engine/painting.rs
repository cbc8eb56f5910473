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
use crate::diffusion::plan::Plan;
use crate::diffusion::repaint::{Progress, repaint_batch};
use crate::folders;

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
    let plan = Plan::with_control_pictures(
        &wanted.picture,
        wanted.mask.as_deref(),
        &wanted.recipe,
        networks.spec(),
        &wanted.control_pictures,
    )?;
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
    let plan = plan.batch(wanted.batch)?;
    let patches = repaint_batch(&plan, &mut networks, &mut |progress| {
        let lap = watch.lap();
        let mut heard = ControlFlow::Continue(());
        match progress {
            Progress::TextEncoded => timings.text = lap,
            Progress::PictureEncoded => timings.encode = lap,
            Progress::Decoded => timings.decode = lap,
            Progress::Stepped(step) => {
                timings.steps.push(lap);
                let preview = preview_map
                    .as_ref()
                    .map(|map| plan.preview(&latent::preview(step.denoised, map)));
                let event = Event::Step {
                    job,
                    index: step.index + 1,
                    of: step.of,
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
    timings.composite = watch.lap();
    around.tell(networks.take_notes());
    match patches {
        Ok(patches) => Ok(Outcome::Repainted {
            patches,
            made: Made {
                model: info.spec.name,
                model_hash: hash,
                loras,
                device: info.device,
                rendered: plan.frame.working,
                masked: plan.masked,
                timings,
            },
        }),
        Err(halt) => Err(EngineError::Run(halt)),
    }
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
