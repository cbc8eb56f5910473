//! The engine as the window uses it: one model, one job in flight, and the jobs that wait behind it.
//!
//! Does not know windows, documents or results: it takes snapshots in and gives [`News`] out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::progress::Pace;
use crate::engine::{
    Cancel, Device, DevicesReport, Engine, EngineError, Event, Job, JobId, ModelInfo, ModelSource,
    Outcome, Timings,
};
use crate::raster::{Patch, Size};
use crate::recipe::Recipe;

/// The engine, its model, the job in flight and those that wait.
pub struct Link {
    engine: Engine,
    model: ModelState,
    /// What to load when the engine is next free.
    wanted: Option<(ModelSource, Device)>,
    /// What was last asked to be loaded, for loading it again.
    last: Option<(ModelSource, Device)>,
    running: Option<Running>,
    waiting: VecDeque<Waiting>,
    devices: Devices,
    /// Why no thread could be started in place of one that died.
    broken: bool,
    last_id: u64,
    previews: u64,
}

/// How far the model is.
pub enum ModelState {
    /// None was asked for.
    None,
    /// It is being loaded.
    Loading {
        /// Where from.
        source: ModelSource,
        /// The network that is being loaded, once one is.
        part: Option<String>,
        /// Stops it.
        cancel: Cancel,
    },
    /// It can repaint.
    Ready {
        /// Where from.
        source: ModelSource,
        /// What it is.
        info: Box<ModelInfo>,
    },
    /// It cannot be used.
    Failed {
        /// Where from.
        source: ModelSource,
        /// Why, and what to do; one line.
        problem: String,
    },
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

/// What a job was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    /// The picture, counted from the first that was opened.
    pub picture: u64,
    /// Its size.
    pub size: Size,
    /// The document's revision.
    pub revision: u64,
    /// The document's geometry.
    pub geometry: u64,
}

/// What of a job the engine has no use for; it comes back with the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Slip {
    /// What its infotext says beside the recipe, keys and values.
    pub beside: Vec<(String, String)>,
    /// Width and height that the model renders at, pixels.
    pub rendered: Size,
    /// Whether there is a mask.
    pub masked: bool,
    /// The place on a contact sheet that waits for the result.
    pub cell: Option<Cell>,
}

/// A place on a contact sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Number of the sheet.
    pub sheet: u64,
    /// The place, row by row.
    pub index: usize,
}

/// A job that waits.
pub struct Waiting {
    /// Its name.
    pub id: JobId,
    /// The snapshot that it will repaint.
    pub job: Job,
    /// What that was taken of.
    pub base: Base,
    /// What else there is to it.
    pub slip: Slip,
}

/// The job in flight.
pub struct Running {
    /// Its name.
    pub id: JobId,
    /// What was asked.
    pub recipe: Recipe,
    /// What it repaints.
    pub base: Base,
    /// What else there is to it.
    pub slip: Slip,
    /// How far it is.
    pub pace: Pace,
    /// What the model has in mind, and its number among all previews.
    pub preview: Option<(u64, Arc<Patch>)>,
    /// Whether it was asked to stop.
    pub stopping: bool,
    cancel: Cancel,
}

/// What the window has to react to.
pub enum News {
    /// A job has a result.
    Repainted(Box<Repainted>),
    /// A job, a load or the engine failed: one line with what to do.
    Failed(String),
    /// A model is ready.
    Loaded,
}

/// A result, just made.
pub struct Repainted {
    /// What was asked.
    pub recipe: Recipe,
    /// What it was made from.
    pub base: Base,
    /// What else there is to it.
    pub slip: Slip,
    /// Name of the model that made it.
    pub model: String,
    /// The result.
    pub patch: Patch,
    /// Where the time went.
    pub timings: Timings,
}

impl Link {
    /// A link to an engine without a model.
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            model: ModelState::None,
            wanted: None,
            last: None,
            running: None,
            waiting: VecDeque::new(),
            devices: Devices::Unasked,
            broken: false,
            last_id: 0,
            previews: 0,
        }
    }

    /// How far the model is.
    pub fn model(&self) -> &ModelState {
        &self.model
    }

    /// The model, when it can repaint.
    pub fn ready(&self) -> Option<&ModelInfo> {
        match &self.model {
            ModelState::Ready { info, .. } => Some(info),
            _ => None,
        }
    }

    /// The job in flight.
    pub fn running(&self) -> Option<&Running> {
        self.running.as_ref()
    }

    /// The jobs that wait, next first.
    pub fn waiting(&self) -> &VecDeque<Waiting> {
        &self.waiting
    }

    /// What is known of the devices.
    pub fn devices(&self) -> &Devices {
        &self.devices
    }

    /// Asks for a model; the job in flight is finished first, a load in flight is stopped.
    pub fn load(&mut self, source: ModelSource, device: Device) -> Vec<News> {
        if let ModelState::Loading { cancel, .. } = &self.model {
            cancel.cancel();
        }
        self.last = Some((source.clone(), device));
        self.wanted = Some((source, device));
        let mut news = Vec::new();
        if self.broken {
            self.revive(&mut news);
        }
        self.feed();
        news
    }

    /// Asks what there is to run on.
    pub fn ask_devices(&mut self) {
        if matches!(self.devices, Devices::Unasked) {
            self.devices = Devices::Wanted;
            self.feed();
        }
    }

    /// Puts a job behind the others.
    pub fn submit(&mut self, job: Job, base: Base, slip: Slip) -> JobId {
        self.last_id += 1;
        let id = JobId(self.last_id);
        self.waiting.push_back(Waiting {
            id,
            job,
            base,
            slip,
        });
        self.feed();
        id
    }

    /// Stops the job in flight.
    pub fn stop(&mut self) {
        if let Some(running) = &mut self.running {
            running.cancel.cancel();
            running.stopping = true;
        }
    }

    /// Takes a waiting job out.
    pub fn remove(&mut self, id: JobId) {
        self.waiting.retain(|waiting| waiting.id != id);
    }

    /// Whether the job in flight or one that waits is for that place of a contact sheet.
    pub fn is_at(&self, cell: Cell) -> bool {
        let running = self.running.iter().map(|running| &running.slip);
        let mut slips = running.chain(self.waiting.iter().map(|waiting| &waiting.slip));
        slips.any(|slip| slip.cell == Some(cell))
    }

    /// Takes every waiting job out that is for a place of that contact sheet, and stops the one in flight if it is.
    pub fn clear_sheet(&mut self, sheet: u64) {
        let of_it = |slip: &Slip| slip.cell.is_some_and(|cell| cell.sheet == sheet);
        self.waiting.retain(|waiting| !of_it(&waiting.slip));
        if self
            .running
            .as_ref()
            .is_some_and(|running| of_it(&running.slip))
        {
            self.stop();
        }
    }

    /// Takes every waiting job out.
    pub fn clear(&mut self) {
        self.waiting.clear();
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
            Event::Loading(name) => {
                if let ModelState::Loading { part, .. } = &mut self.model {
                    *part = Some(name);
                }
            }
            Event::Loaded(result) => self.loaded(result, news),
            Event::Step {
                job,
                index,
                of,
                preview,
            } => {
                let running = self.running.as_mut().filter(|running| running.id == job);
                if let Some(running) = running {
                    running.pace.step(index, of, Instant::now());
                    if let Some(patch) = preview {
                        self.previews += 1;
                        running.preview = Some((self.previews, Arc::new(patch)));
                    }
                }
            }
            Event::Finished { job, outcome } => {
                let Some(running) = self.running.take_if(|running| running.id == job) else {
                    return;
                };
                match outcome {
                    Ok(Outcome::Repainted { patches, timings }) => {
                        tracing::info!("repainted in {} steps", timings.steps.len());
                        let model = self.ready().map(|info| info.spec.name.clone());
                        let model = model.unwrap_or_default();
                        for (index, patch) in (0..).zip(patches) {
                            news.push(News::Repainted(Box::new(Repainted {
                                recipe: running.recipe.nth(index),
                                base: running.base,
                                slip: running.slip.clone(),
                                model: model.clone(),
                                patch,
                                timings: timings.clone(),
                            })));
                        }
                    }
                    Ok(Outcome::Cancelled) => {}
                    Err(error) => news.push(News::Failed(error.to_string())),
                }
            }
            Event::Devices(report) => self.devices = Devices::Known(Arc::new(report)),
        }
    }

    fn loaded(&mut self, result: Result<ModelInfo, EngineError>, news: &mut Vec<News>) {
        let ModelState::Loading { source, .. } =
            std::mem::replace(&mut self.model, ModelState::None)
        else {
            return;
        };
        self.model = match result {
            Ok(info) => {
                news.push(News::Loaded);
                ModelState::Ready {
                    source,
                    info: Box::new(info),
                }
            }
            // Another model was asked for meanwhile.
            Err(EngineError::LoadStopped) => ModelState::None,
            Err(error) => {
                let problem = error.to_string();
                news.push(News::Failed(problem.clone()));
                ModelState::Failed { source, problem }
            }
        };
    }

    /// The engine's thread is gone: its job has failed, a new thread takes its place, and the rest of the queue stays.
    fn bury(&mut self, error: &EngineError, news: &mut Vec<News>) {
        let problem = error.to_string();
        news.push(News::Failed(problem.clone()));
        self.running = None;
        if let Devices::Asked = self.devices {
            self.devices = Devices::Unasked;
        }
        self.model = match std::mem::replace(&mut self.model, ModelState::None) {
            // A model that takes the thread down is not tried a second time unasked.
            ModelState::Loading { source, .. } => ModelState::Failed { source, problem },
            ModelState::Ready { .. } => {
                if self.wanted.is_none() {
                    self.wanted.clone_from(&self.last);
                }
                ModelState::None
            }
            other => other,
        };
        self.revive(news);
    }

    fn revive(&mut self, news: &mut Vec<News>) {
        let revived = self.engine.restart();
        self.broken = revived.is_err();
        if let Err(error) = revived {
            news.push(News::Failed(format!(
                "the engine cannot be started again ({error}); save your picture and start the program again"
            )));
            if let Some((source, _)) = self.wanted.take() {
                self.model = ModelState::Failed {
                    source,
                    problem: error.to_string(),
                };
            }
        }
    }

    /// Hands the engine what it should do next, when it is free.
    fn feed(&mut self) {
        let loading = matches!(self.model, ModelState::Loading { .. });
        if self.broken || loading || self.running.is_some() {
            return;
        }
        if let Some((source, device)) = self.wanted.take() {
            let cancel = Cancel::new();
            let sent = self.engine.load(source.clone(), device, cancel.clone());
            if sent.is_ok() {
                self.model = ModelState::Loading {
                    source,
                    part: None,
                    cancel,
                };
            } else {
                // Busy: at the next hearing. Gone: the next hearing says so.
                self.wanted = Some((source, device));
            }
            return;
        }
        if let Devices::Wanted = self.devices
            && self.engine.devices().is_ok()
        {
            self.devices = Devices::Asked;
        }
        if self.ready().is_none() {
            return;
        }
        let Some(waiting) = self.waiting.pop_front() else {
            return;
        };
        let Waiting {
            id,
            job,
            base,
            slip,
        } = waiting;
        let cancel = Cancel::new();
        match self.engine.submit(id, job.clone(), cancel.clone()) {
            Ok(()) => {
                self.running = Some(Running {
                    id,
                    base,
                    slip,
                    recipe: job.recipe,
                    pace: Pace::new(Instant::now()),
                    preview: None,
                    stopping: false,
                    cancel,
                });
            }
            Err(_) => self.waiting.push_front(Waiting {
                id,
                job,
                base,
                slip,
            }),
        }
    }
}
