//! The engine's thread: receives commands, owns the models, reports.
//!
//! Does not know who listens, and keeps nothing of a job once it is finished.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError};

use super::cancel::Cancel;
use super::detector::Detectors;
use super::device::{Device, DevicesReport};
use super::error::EngineError;
use super::kit::Kit;
use super::loading::Alone;
use super::message::{
    Command, Event, FindMask, Job, JobId, Made, Outcome, Previews, Repaint, Timings, Upscale, Work,
};
use super::runtime::RuntimeKeeper;
use super::segmenter::{self, Segmenter};
use super::shelf::{Loaded, Shelf};
use super::single::Single;
use super::source::ModelSource;
use super::upscaler::{self, Upscaler};
use crate::diffusion::latent;
use crate::diffusion::networks::{Halt, Networks};
use crate::diffusion::plan::Plan;
use crate::diffusion::repaint::{Progress, repaint_batch};

/// Serves commands until their sender is gone, or nobody listens any more.
pub(super) fn serve(commands: &Receiver<Command>, events: &Outbox, runtime: &RuntimeKeeper) {
    let mut shelf = Shelf::default();
    let (mut upscaler, mut segmenter) = (Single::default(), Single::default());
    let mut detectors = Detectors::default();
    while let Ok(command) = commands.recv() {
        let sent = match command {
            Command::Load(kit, device, cancel) => {
                let (kit, _) = kit.for_prompt("");
                if !shelf.has(&kit, device) {
                    upscaler.clear();
                    segmenter.clear();
                }
                let loaded = ready(&mut shelf, runtime, &kit, device, &cancel, events);
                events.must_send(Event::Loaded(loaded.map(|loaded| loaded.info.clone())))
            }
            Command::Run(job, request, cancel) => {
                let around = Around {
                    runtime,
                    request: &request,
                    job,
                    cancel: &cancel,
                    events,
                };
                let outcome = match &request.work {
                    Work::Repaint(wanted) => {
                        let found = request.kit.for_recipe(&wanted.recipe);
                        found.map_err(EngineError::from).and_then(|(kit, notes)| {
                            for note in notes {
                                let _ = events.must_send(Event::Noted(note));
                            }
                            if !shelf.has(&kit, request.device) {
                                upscaler.clear();
                                segmenter.clear();
                            }
                            let device = request.device;
                            ready(&mut shelf, runtime, &kit, device, &cancel, events).and_then(
                                |loaded| run(loaded, job, &request, wanted, &cancel, events),
                            )
                        })
                    }
                    Work::Upscale(wanted) => around.upscale(&mut upscaler, &mut shelf, wanted),
                    Work::FindMask(wanted) => around.find(&mut segmenter, &mut shelf, wanted),
                    Work::Detect(wanted) => runtime
                        .start(request.device)
                        .and_then(|runtime| detectors.find(runtime, wanted, &cancel))
                        .map(Outcome::Detected),
                };
                let outcome = match outcome {
                    Err(EngineError::LoadStopped | EngineError::Run(Halt::Cancelled)) => {
                        Ok(Outcome::Cancelled)
                    }
                    outcome => outcome,
                };
                if shelf.has_changed() {
                    let _ = events.must_send(Event::Shelf(shelf.report()));
                }
                events.must_send(Event::Finished { job, outcome })
            }
            Command::Memory(most) => {
                shelf.set_budget(most);
                shelf.has_changed();
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
#[derive(Clone)]
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
        let mut tell = |loading| {
            let _ = events.may_send(Event::Loading(loading));
        };
        let loaded = runtime
            .start(device)
            .and_then(|runtime| shelf.load(runtime, kit, device, cancel, &mut tell));
        shelf.has_changed();
        let _ = events.must_send(Event::Shelf(shelf.report()));
        loaded?;
    }
    shelf.used(kit, device).ok_or(EngineError::NoModel)
}

fn run(
    loaded: &mut Loaded,
    job: JobId,
    request: &Job,
    wanted: &Repaint,
    cancel: &Cancel,
    events: &Outbox,
) -> Result<Outcome, EngineError> {
    let Loaded {
        networks,
        info,
        hash,
        ..
    } = loaded;
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
    for note in networks.take_notes() {
        let _ = events.must_send(Event::Noted(note));
    }
    match patches {
        Ok(patches) => Ok(Outcome::Repainted {
            patches,
            made: Made {
                model: info.spec.name.clone(),
                model_hash: hash.clone(),
                device: info.device,
                rendered: plan.frame.working,
                masked: plan.masked,
                timings,
            },
        }),
        Err(halt) => Err(EngineError::Run(halt)),
    }
}

/// What a job is done with beside its model.
struct Around<'a> {
    runtime: &'a RuntimeKeeper,
    request: &'a Job,
    job: JobId,
    cancel: &'a Cancel,
    events: &'a Outbox,
}

impl Around<'_> {
    /// The model of one network that the job names, loaded where it is not here; what is held in memory and does not fit beside it goes.
    fn single<'a, F, T>(
        &self,
        held: &'a mut Single<T>,
        shelf: &mut Shelf,
        find: fn(&ModelSource) -> Result<F, EngineError>,
        weight: fn(&F) -> u64,
        load: fn(F, &mut Alone<'_>) -> Result<T, EngineError>,
    ) -> Result<&'a mut T, EngineError> {
        let Job { kit, device, .. } = self.request;
        held.ready(&kit.model, *device, || {
            let found = find(&kit.model)?;
            shelf.make_room(weight(&found), *device)?;
            let mut loading = Alone {
                runtime: self.runtime.start(*device)?,
                device: *device,
                cancel: self.cancel,
                on_part: &mut |loading| {
                    let _ = self.events.may_send(Event::Loading(loading));
                },
            };
            let loaded = load(found, &mut loading);
            let _ = self.events.must_send(Event::Shelf(shelf.report()));
            loaded
        })
    }

    /// Tells what there is to tell of a model that was just loaded.
    fn tell(&self, notes: &mut Vec<String>) {
        for note in notes.drain(..) {
            let _ = self.events.must_send(Event::Noted(note));
        }
    }

    /// Tells how many parts of the job are done.
    fn done(&self, index: usize, of: usize) {
        let _ = self.events.may_send(Event::Step {
            job: self.job,
            index,
            of,
            preview: None,
        });
    }

    /// Makes a picture larger.
    fn upscale(
        &self,
        held: &mut Single<Upscaler>,
        shelf: &mut Shelf,
        wanted: &Upscale,
    ) -> Result<Outcome, EngineError> {
        let (find, weight) = (upscaler::find, upscaler::Found::weight);
        let upscaler = self.single(held, shelf, find, weight, Upscaler::load)?;
        self.tell(&mut upscaler.notes);
        let mut on_tile = |index, of| self.done(index, of);
        let picture = upscaler.upscale(
            &wanted.picture,
            wanted.size,
            wanted.tile,
            self.cancel,
            &mut on_tile,
        )?;
        Ok(Outcome::Upscaled {
            picture,
            model: upscaler.name.clone(),
            device: upscaler.device,
        })
    }

    /// Looks where in a picture is what words say.
    fn find(
        &self,
        held: &mut Single<Segmenter>,
        shelf: &mut Shelf,
        wanted: &FindMask,
    ) -> Result<Outcome, EngineError> {
        let (find, weight) = (segmenter::find, segmenter::Found::weight);
        let segmenter = self.single(held, shelf, find, weight, Segmenter::load)?;
        self.tell(&mut segmenter.notes);
        let mut on_words = |index, of| self.done(index, of);
        let FindMask { picture, words } = wanted;
        let heats = segmenter.look(picture, words, self.cancel, &mut on_words);
        Ok(Outcome::Found {
            heats: heats.map_err(EngineError::Run)?,
            model: segmenter.name.clone(),
            device: segmenter.device,
        })
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
