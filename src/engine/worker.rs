//! The engine's thread: receives commands, owns the models, reports.
//!
//! Does not know who listens, and keeps nothing of a job once it is finished.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError};

use super::cancel::Cancel;
use super::device::{Device, DevicesReport};
use super::error::EngineError;
use super::kit::Kit;
use super::message::{Command, Event, Job, JobId, Made, Outcome, Previews, Repaint, Timings, Work};
use super::model_hash;
use super::runtime::RuntimeKeeper;
use super::shelf::{Loaded, Shelf};
use super::source::ModelSource;
use crate::diffusion::latent;
use crate::diffusion::networks::{Halt, Networks};
use crate::diffusion::plan::Plan;
use crate::diffusion::repaint::{Progress, repaint_batch};
use crate::folders;

/// Serves commands until their sender is gone, or nobody listens any more.
pub(super) fn serve(commands: &Receiver<Command>, events: &Outbox, runtime: &RuntimeKeeper) {
    let mut shelf = Shelf::default();
    while let Ok(command) = commands.recv() {
        let sent = match command {
            Command::Load(kit, device, cancel) => {
                let (kit, _) = kit.for_prompt("");
                let loaded = ready(&mut shelf, runtime, &kit, device, &cancel, events);
                events.must_send(Event::Loaded(loaded.map(|loaded| loaded.info.clone())))
            }
            Command::Run(job, request, cancel) => {
                let Work::Repaint(Repaint { recipe, .. }) = &request.work;
                let device = request.device;
                let loaded = match request.kit.for_recipe(recipe) {
                    Ok((kit, notes)) => {
                        for note in notes {
                            let _ = events.must_send(Event::Noted(note));
                        }
                        ready(&mut shelf, runtime, &kit, device, &cancel, events)
                    }
                    Err(error) => Err(error.into()),
                };
                let outcome = match loaded {
                    Ok(loaded) => run(loaded, job, &request, &cancel, events),
                    Err(EngineError::LoadStopped) => Ok(Outcome::Cancelled),
                    Err(error) => Err(error),
                };
                events.must_send(Event::Finished { job, outcome })
            }
            Command::Memory(most) => {
                shelf.set_budget(most);
                events.must_send(Event::Shelf(shelf.report()))
            }
            Command::Devices(wanted) => {
                events.must_send(Event::Devices(DevicesReport::gather_with(runtime, wanted)))
            }
        };
        if sent.is_break() {
            return;
        }
    }
}

/// The sending side of the events, and the bell that wakes their reader.
pub(super) struct Outbox {
    pub events: Sender<Event>,
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outbox {
    /// Sends what may be lost: a full channel drops it. Breaks when nobody listens.
    fn may_send(&self, event: Event) -> ControlFlow<()> {
        match self.events.try_send(event) {
            Ok(()) => {
                (self.wake)();
                ControlFlow::Continue(())
            }
            Err(TrySendError::Full(_)) => ControlFlow::Continue(()),
            Err(TrySendError::Disconnected(_)) => ControlFlow::Break(()),
        }
    }

    /// Sends what must arrive; breaks when nobody listens.
    fn must_send(&self, event: Event) -> ControlFlow<()> {
        match self.events.send(event) {
            Ok(()) => {
                (self.wake)();
                ControlFlow::Continue(())
            }
            Err(_) => ControlFlow::Break(()),
        }
    }
}

/// The model of a kit, loaded where it is not in memory yet.
fn ready<'a>(
    shelf: &'a mut Shelf,
    runtime: &RuntimeKeeper,
    kit: &Kit,
    device: Device,
    cancel: &Cancel,
    events: &Outbox,
) -> Result<&'a mut Loaded, EngineError> {
    if !shelf.has(kit, device) {
        // Nobody listening is noticed when the end is reported.
        let mut tell = |part: &str| {
            let _ = events.may_send(Event::Loading(part.to_owned()));
        };
        let loaded = runtime
            .start(device)
            .and_then(|runtime| shelf.load(runtime, kit, device, cancel, &mut tell));
        let _ = events.must_send(Event::Shelf(shelf.report()));
        loaded?;
    }
    shelf.used(kit, device).ok_or(EngineError::NoModel)
}

fn run(
    loaded: &mut Loaded,
    job: JobId,
    request: &Job,
    cancel: &Cancel,
    events: &Outbox,
) -> Result<Outcome, EngineError> {
    let Loaded { networks, info, .. } = loaded;
    let Work::Repaint(wanted) = &request.work;
    let plan = Plan::with_control_pictures(
        &wanted.picture,
        wanted.mask.as_deref(),
        &wanted.recipe,
        networks.spec(),
        &wanted.control_pictures,
    )?;
    networks.set_cancel(cancel.clone());
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
    // On a thread, since it reads all of the file the first time.
    let hash = match &request.kit.model {
        ModelSource::File(path) => {
            model_hash::start(path.clone(), folders::cache(), cancel.clone()).ok()
        }
        ModelSource::Directory(_) | ModelSource::BuiltIn => None,
    };
    let mut timings = Timings::default();
    let mut watch = Stopwatch::start();
    let plan = plan.batch(wanted.batch)?;
    let patches = repaint_batch(&plan, networks, &mut |progress| {
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
                    .map(|map| plan.patch(&latent::preview(step.denoised, map)));
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
    match patches {
        Ok(patches) => Ok(Outcome::Repainted {
            patches,
            made: Made {
                model: info.spec.name.clone(),
                model_hash: hash.and_then(|hash| hash.join().ok()?.ok()?),
                device: info.device,
                rendered: plan.frame.working,
                masked: plan.masked,
                timings,
            },
        }),
        Err(Halt::Cancelled) => Ok(Outcome::Cancelled),
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
