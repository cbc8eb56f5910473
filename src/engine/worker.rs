//! The engine's thread: receives commands, owns the model, reports.
//!
//! Does not know who listens, and keeps nothing of a job once it is finished.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError};

use super::cancel::Cancel;
use super::catalog::ModelSource;
use super::device::{Device, DevicesReport};
use super::error::EngineError;
use super::message::{Command, Event, Job, JobId, ModelInfo, Outcome, Previews, Timings};
use super::onnx::OnnxNetworks;
use super::runtime::RuntimeKeeper;
use crate::diffusion::latent;
use crate::diffusion::networks::{Halt, Networks};
use crate::diffusion::plan::Plan;
use crate::diffusion::repaint::{Progress, repaint_batch};

/// Serves commands until their sender is gone, or nobody listens any more.
pub(super) fn serve(commands: &Receiver<Command>, events: &Outbox, runtime: &RuntimeKeeper) {
    let mut networks = None;
    while let Ok(command) = commands.recv() {
        let sent = match command {
            Command::Load(source, device, cancel) => {
                drop(networks.take());
                let loaded = load(runtime, &source, device, &cancel, events);
                events.must_send(Event::Loaded(loaded.map(|(loaded, info)| {
                    networks = Some(loaded);
                    info
                })))
            }
            Command::Repaint(job, request, cancel) => {
                let outcome = match &mut networks {
                    None => Err(EngineError::NoModel),
                    Some(networks) => run(networks, job, &request, &cancel, events),
                };
                events.must_send(Event::Finished { job, outcome })
            }
            Command::Devices => {
                events.must_send(Event::Devices(DevicesReport::gather_with(runtime)))
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

fn load(
    runtime: &RuntimeKeeper,
    source: &ModelSource,
    device: Device,
    cancel: &Cancel,
    events: &Outbox,
) -> Result<(OnnxNetworks, ModelInfo), EngineError> {
    let start = Instant::now();
    let runtime = runtime.start()?;
    let mut tell = |part: &str| {
        // Nobody listening is noticed when the load is reported.
        let _ = events.may_send(Event::Loading(part.to_owned()));
    };
    let (networks, report) = OnnxNetworks::load(runtime, source, device, cancel, &mut tell)?;
    let info = ModelInfo {
        spec: networks.spec().clone(),
        device: report.device,
        notes: report.notes,
        load: start.elapsed(),
        tokens: networks.token_counter(),
    };
    Ok((networks, info))
}

fn run(
    networks: &mut OnnxNetworks,
    job: JobId,
    request: &Job,
    cancel: &Cancel,
    events: &Outbox,
) -> Result<Outcome, EngineError> {
    let plan = Plan::new(
        &request.picture,
        request.mask.as_deref(),
        &request.recipe,
        networks.spec(),
    )?;
    networks.set_cancel(cancel.clone());
    let preview_map = networks
        .spec()
        .preview
        .clone()
        .filter(|_| request.previews != Previews::Off);
    let mut timings = Timings::default();
    let mut watch = Stopwatch::start();
    let plan = plan.batch(request.batch)?;
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
        Ok(patches) => Ok(Outcome::Repainted { patches, timings }),
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
