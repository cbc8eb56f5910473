//! The engine as the window uses it: the model that is chosen, the job in flight, on several servers one on each, and the jobs that wait behind them.
//!
//! Does not know windows: it takes snapshots in and gives [`News`] out, results among them.

mod beside;
mod feed;
mod look;
mod place;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::beside::Beside;
use self::look::Look;
pub use self::place::Cell;
use super::super::texts::studio as texts;
use super::running::Running;
use crate::detection::Found;
use crate::document::{Base, RepaintResult};
use crate::engine::{
    Cancel, Device, DevicesReport, Engine, EngineError, Event, JobId, Kit, Loading, ModelInfo,
    Outcome, Repaint, ShelfReport,
};

/// The engine, the model that is chosen, the job in flight and those that wait.
pub struct Queue {
    engine: Engine,
    /// What does what is asked for next, and on what.
    chosen: Option<(Kit, Device)>,
    model: ModelState,
    /// What the engine was asked to load and has not answered.
    loading: Option<(Kit, Device, Cancel)>,
    /// What is held in memory, as the engine last said.
    shelf: ShelfReport,
    /// The budget to be told to the engine when it is next free.
    budget: Option<Option<u64>>,
    /// In the order in which they were asked for; what is done waits for those before it.
    running: VecDeque<Running>,
    beside: Option<Beside>,
    look: Option<Look>,
    /// A work that was called off and that the engine has not ended.
    ending: Option<JobId>,
    waiting: VecDeque<Waiting>,
    devices: Devices,
    /// Why no thread could be started in place of one that died.
    broken: bool,
    last_id: u64,
    previews: u64,
    /// What came after the last step of the last job.
    tail: Duration,
}

/// How far the model that is chosen is.
pub enum ModelState {
    /// None is chosen.
    None,
    /// It is being loaded, or will be when the engine is next free.
    Loading {
        /// The network that is being loaded, once one is.
        part: Option<Loading>,
    },
    /// It was loaded; the engine loads it again where it had to leave memory.
    Ready(Box<ModelInfo>),
    /// It cannot be used: why, and what to do; one line.
    Failed(String),
}

/// What is known of the devices.
pub enum Devices {
    /// Nobody asked.
    Unasked,
    /// To be asked when the engine is next free.
    Wanted,
    /// The engine is at it.
    Asked,
    /// What it found.
    Known(Arc<DevicesReport>),
}

/// What of a job the engine has no use for; it comes back with the result.
#[derive(Clone, Debug, PartialEq)]
pub struct JobExtras {
    /// What its infotext says beside the recipe, keys and values.
    pub beside: Vec<(String, String)>,
    /// The place on a contact sheet that waits for the result; those of a batch follow each other.
    pub cell: Option<Cell>,
    /// Numbers the press that it belongs to, so that its results lie together.
    pub series: u64,
}

/// A job that waits.
pub struct Waiting {
    /// Its name.
    pub id: JobId,
    /// The snapshot that it will repaint, and how.
    pub repaint: Repaint,
    kit: Kit,
    device: Device,
    /// What that was taken of.
    pub base: Base,
    /// What else there is to it.
    pub order: JobExtras,
}

/// What the window has to react to.
pub enum News {
    /// A job has a result.
    Repainted {
        /// The result.
        result: Box<RepaintResult>,
        /// What it was made from.
        base: Base,
        /// What else there was to its job.
        order: JobExtras,
    },
    /// Another work than a repaint ended: what came of it, or one line with what to do.
    Done(Result<Outcome, String>),
    /// What was seen in the result at a place of a contact sheet.
    Seen(Cell, Vec<Found>),
    /// A job, a load or the engine failed: one line with what to do.
    Failed(String),
    /// What to tell of a job: one line.
    Noted(String),
    /// A model is ready.
    Loaded,
}

impl Queue {
    /// A queue before an engine without a model.
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            chosen: None,
            model: ModelState::None,
            loading: None,
            shelf: ShelfReport::default(),
            budget: None,
            running: VecDeque::new(),
            beside: None,
            look: None,
            ending: None,
            waiting: VecDeque::new(),
            devices: Devices::Unasked,
            broken: false,
            last_id: 0,
            previews: 0,
            tail: Duration::ZERO,
        }
    }

    /// What does what is asked for next.
    pub fn chosen(&self) -> Option<&Kit> {
        self.chosen.as_ref().map(|(kit, _)| kit)
    }

    /// How far that is.
    pub fn model(&self) -> &ModelState {
        &self.model
    }

    /// The model that is chosen, once it was loaded.
    pub fn ready(&self) -> Option<&ModelInfo> {
        match &self.model {
            ModelState::Ready(info) => Some(info),
            _ => None,
        }
    }

    /// The job in flight, of several that which was asked for first.
    pub fn running(&self) -> Option<&Running> {
        self.running.front()
    }

    /// The jobs in flight.
    pub fn all_running(&self) -> impl Iterator<Item = &Running> {
        self.running.iter()
    }

    /// The jobs that wait, next first.
    pub fn waiting(&self) -> &VecDeque<Waiting> {
        &self.waiting
    }

    /// What is held in memory.
    pub fn shelf(&self) -> &ShelfReport {
        &self.shelf
    }

    /// What is known of the devices.
    pub fn devices(&self) -> &Devices {
        &self.devices
    }

    /// Chooses what does what is asked for from now on; jobs that were asked for before are done with what was chosen then. A load in flight is stopped.
    pub fn choose(&mut self, kit: Kit, device: Device) -> Vec<News> {
        if let Some((.., cancel)) = &self.loading {
            cancel.cancel();
        }
        self.chosen = Some((kit, device));
        self.model = ModelState::Loading { part: None };
        let mut news = Vec::new();
        if self.broken {
            self.revive(&mut news);
        }
        self.feed();
        news
    }

    /// Stops the load of the model that is chosen; it is loaded when it is chosen again.
    pub fn stop_load(&mut self) {
        if let (ModelState::Loading { .. }, Some((.., cancel))) = (&self.model, &self.loading) {
            cancel.cancel();
            self.model = ModelState::Failed(texts::LOAD_STOPPED.into());
        }
    }

    /// Asks what there is to run on.
    pub fn ask_devices(&mut self) {
        if matches!(self.devices, Devices::Unasked) {
            self.devices = Devices::Wanted;
            self.feed();
        }
    }

    /// Holds models of at most so many bytes of weights in memory, or what the system can give.
    pub fn set_budget(&mut self, most: Option<u64>) {
        self.budget = Some(most);
        self.feed();
    }

    /// Puts a repaint with the model that is chosen behind the other jobs.
    pub fn submit(&mut self, repaint: Repaint, base: Base, order: JobExtras) {
        let Some((mut kit, device)) = self.chosen.clone() else {
            return;
        };
        kit.lora_hashes = crate::recipe::infotext::lora_hashes(&order.beside);
        let id = self.next_id();
        self.waiting.push_back(Waiting {
            id,
            repaint,
            kit,
            device,
            base,
            order,
        });
        self.feed();
    }

    /// Stops the job in flight, of several that which was asked for first.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.front_mut() {
            running.stop();
        }
    }

    /// Stops every job in flight and takes every waiting one out.
    pub fn stop_all(&mut self) {
        self.running.iter_mut().for_each(Running::stop);
        self.waiting.clear();
    }

    /// Takes a waiting job out.
    pub fn remove(&mut self, id: JobId) {
        self.waiting.retain(|waiting| waiting.id != id);
    }

    /// Moves a waiting job by `places`, towards the front where negative.
    pub fn shift(&mut self, id: JobId, places: isize) {
        let Some(from) = self.waiting.iter().position(|waiting| waiting.id == id) else {
            return;
        };
        let to = from
            .saturating_add_signed(places)
            .min(self.waiting.len() - 1);
        if let Some(moved) = self.waiting.remove(from) {
            self.waiting.insert(to, moved);
        }
    }

    /// Hears everything that the engine has said, and hands it the next job when it is free.
    pub fn hear(&mut self) -> Vec<News> {
        let mut news = Vec::new();
        while !self.broken {
            match self.engine.poll() {
                Ok(Some(event)) => self.take(event, &mut news),
                Ok(None) => break,
                Err(error) => self.bury(&error, &mut news),
            }
        }
        self.feed();
        news
    }

    fn take(&mut self, event: Event, news: &mut Vec<News>) {
        match event {
            Event::Loading(loading) => match (self.running.back_mut(), &mut self.model) {
                (Some(running), _) => running.loading = Some(loading),
                (None, ModelState::Loading { part }) if self.loading.is_some() => {
                    *part = Some(loading);
                }
                _ => {}
            },
            Event::Loaded(result) => self.loaded(result, news),
            Event::Shelf(report) => {
                self.shelf = report;
                for running in &mut self.running {
                    running.loading = None;
                }
            }
            Event::Step {
                job,
                index,
                of,
                preview,
            } => {
                self.step_beside(job, (index, of));
                if let Some(running) = self.running.iter_mut().find(|own| own.id == job) {
                    running.loading = None;
                    running.pace.step(index, of, Instant::now());
                    if let Some(patch) = preview {
                        self.previews += 1;
                        running.preview = Some((self.previews, Arc::new(patch)));
                    }
                }
            }
            Event::Finished { job, outcome } => {
                if self.ends_beside(job) {
                    news.push(News::Done(outcome.map_err(|error| error.to_string())));
                    return;
                }
                if let Some(cell) = self.ends_look(job) {
                    news.push(News::Seen(
                        cell,
                        match outcome {
                            Ok(Outcome::Detected(found)) => found,
                            _ => Vec::new(),
                        },
                    ));
                    return;
                }
                if let Some(running) = self.running.iter_mut().find(|own| own.id == job) {
                    running.outcome = Some(outcome);
                }
                while self.running.front().is_some_and(Running::is_done)
                    && let Some(running) = self.running.pop_front()
                {
                    self.end(running, news);
                }
            }
            Event::Noted(note) => news.push(News::Noted(note)),
            Event::Devices(report) => self.devices = Devices::Known(Arc::new(report)),
        }
    }

    /// Gives out what came of a job.
    fn end(&mut self, mut running: Running, news: &mut Vec<News>) {
        match running.outcome.take() {
            Some(Ok(Outcome::Repainted { patches, made })) => {
                tracing::info!("repainted in {} steps", made.timings.steps.len());
                self.tail = made.timings.decode + made.timings.composite;
                for (index, patch) in (0..).zip(patches) {
                    news.push(News::Repainted {
                        result: Box::new(running.result(index, &made, patch)),
                        base: running.base,
                        order: running.order.nth(index),
                    });
                }
            }
            Some(Ok(_)) | None => {}
            Some(Err(error)) => news.push(News::Failed(error.to_string())),
        }
    }

    fn loaded(&mut self, result: Result<ModelInfo, EngineError>, news: &mut Vec<News>) {
        let Some((kit, device, _)) = self.loading.take() else {
            return;
        };
        // Another was chosen meanwhile: what came of this one is on the shelf.
        if self.chosen != Some((kit, device)) {
            return;
        }
        self.model = match result {
            Ok(info) => {
                news.push(News::Loaded);
                ModelState::Ready(Box::new(info))
            }
            // The artist stopped it.
            Err(EngineError::LoadStopped) if matches!(self.model, ModelState::Failed(_)) => return,
            // It was chosen again after another: once more.
            Err(EngineError::LoadStopped) => ModelState::Loading { part: None },
            Err(error) => {
                let problem = error.to_string();
                news.push(News::Failed(problem.clone()));
                ModelState::Failed(problem)
            }
        };
    }

    /// The engine's thread is gone: its job has failed, a new thread takes its place, and the rest of the queue stays.
    fn bury(&mut self, error: &EngineError, news: &mut Vec<News>) {
        let problem = error.to_string();
        news.push(News::Failed(problem.clone()));
        for running in std::mem::take(&mut self.running) {
            self.end(running, news);
        }
        self.look = None;
        self.ending = None;
        if self.beside.take().is_some() {
            // Said already.
            news.push(News::Done(Ok(Outcome::Cancelled)));
        }
        self.shelf.models.clear();
        if let Devices::Asked = self.devices {
            self.devices = Devices::Unasked;
        }
        let loading = self.loading.take().map(|load| (load.0, load.1));
        if loading.is_some() && loading == self.chosen {
            // A model that takes the thread down is not tried a second time unasked.
            self.model = ModelState::Failed(problem);
        } else if let ModelState::Ready(_) = self.model {
            self.model = ModelState::Loading { part: None };
        }
        self.revive(news);
    }

    fn revive(&mut self, news: &mut Vec<News>) {
        let revived = self.engine.restart();
        self.broken = revived.is_err();
        if let Err(error) = revived {
            news.push(News::Failed(format!(
                "the engine cannot be started again ({error}); save your picture and start the program again"
            )));
            self.model = ModelState::Failed(error.to_string());
        }
    }
}
