//! The engine as the threads of one command use it: each hears of its own job.
//!
//! Does not know what the events are about.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::engine::{Cancel, Engine, EngineError, Event, Job, JobId};

/// How long one wait for an event lasts.
const LOOK: Duration = Duration::from_secs(1);

/// An engine, and what it said of jobs whose threads have not heard it yet.
pub struct Link {
    heard: Mutex<Heard>,
    bell: Arc<Bell>,
}

struct Heard {
    engine: Engine,
    jobs: u64,
    waiting: BTreeMap<u64, VecDeque<Event>>,
}

/// Rings when there may be something to hear.
#[derive(Default)]
struct Bell {
    rung: Mutex<u64>,
    rings: Condvar,
}

impl Bell {
    fn ring(&self) {
        *locked(&self.rung) += 1;
        self.rings.notify_all();
    }

    /// Waits until it has rung more often than that.
    fn wait(&self, heard: u64) {
        let rung = locked(&self.rung);
        let waited = self
            .rings
            .wait_timeout_while(rung, LOOK, |rung| *rung == heard);
        drop(waited);
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Link {
    /// Starts an engine.
    pub fn start() -> Result<Self, EngineError> {
        let bell = Arc::new(Bell::default());
        let rings = Arc::clone(&bell);
        let heard = Heard {
            engine: Engine::spawn(move || rings.ring())?,
            jobs: 0,
            waiting: BTreeMap::new(),
        };
        Ok(Self {
            heard: Mutex::new(heard),
            bell,
        })
    }

    /// Says something to the engine, waiting while more is said than it takes.
    pub fn say<T>(
        &self,
        mut say: impl FnMut(&mut Engine) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        loop {
            let rung = *locked(&self.bell.rung);
            match say(&mut locked(&self.heard).engine) {
                Err(EngineError::Busy) => self.bell.wait(rung),
                said => return said,
            }
        }
    }

    /// Asks for a job to be done.
    pub fn submit(&self, job: &Job, cancel: &Cancel) -> Result<JobId, EngineError> {
        let id = {
            let mut heard = locked(&self.heard);
            heard.jobs += 1;
            JobId(heard.jobs)
        };
        self.say(|engine| engine.submit(id, job.clone(), cancel.clone()))?;
        Ok(id)
    }

    /// The next event of a job or of none, however long it takes: a stop reaches the engine by another way, and is answered by an event.
    pub fn next(&self, job: Option<JobId>) -> Result<Event, EngineError> {
        loop {
            let rung = *locked(&self.bell.rung);
            if let Some(event) = locked(&self.heard).next(job, &self.bell)? {
                return Ok(event);
            }
            self.bell.wait(rung);
        }
    }
}

impl Heard {
    /// What there is to hear now for the thread of a job.
    fn next(&mut self, own: Option<JobId>, bell: &Bell) -> Result<Option<Event>, EngineError> {
        if let Some(JobId(id)) = own
            && let Some(waiting) = self.waiting.get_mut(&id)
        {
            let event = waiting.pop_front();
            if waiting.is_empty() {
                self.waiting.remove(&id);
            }
            return Ok(event);
        }
        while let Some(event) = self.engine.poll()? {
            match event {
                Event::Step { job, .. } | Event::Finished { job, .. } if Some(job) != own => {
                    self.waiting.entry(job.0).or_default().push_back(event);
                    bell.ring();
                }
                event => return Ok(Some(event)),
            }
        }
        Ok(None)
    }
}
