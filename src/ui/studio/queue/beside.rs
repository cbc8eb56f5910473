//! A work of the engine beside repainting: one at a time, before the repaints that wait.
//!
//! Does not know what it is.

use super::Queue;
use crate::engine::{Cancel, Device, Job, JobId, Kit, ModelSource, Previews, Work};

/// Such a work.
pub(super) struct Beside {
    id: JobId,
    /// What the engine was not handed yet.
    job: Option<Job>,
    done: Option<(usize, usize)>,
    cancel: Cancel,
}

impl Queue {
    /// Has another work than a repaint done as soon as the engine is free, on the device that is chosen; the one before is called off.
    pub fn begin(&mut self, work: Work, model: ModelSource) {
        self.call_off();
        let job = Job {
            work,
            kit: self.beside_painting(model),
            device: self.chosen.as_ref().map_or(Device::Auto, |chosen| chosen.1),
            previews: Previews::Off,
        };
        self.beside = Some(Beside {
            id: self.next_id(),
            job: Some(job),
            done: None,
            cancel: Cancel::new(),
        });
        self.feed();
    }

    /// A model that does not paint, with the server of the one that does.
    pub(super) fn beside_painting(&self, model: ModelSource) -> Kit {
        Kit {
            remote: self.chosen.as_ref().and_then(|(kit, _)| kit.remote.clone()),
            ..Kit::of(model)
        }
    }

    /// Stops such a work; nothing more is heard of it.
    pub fn call_off(&mut self) {
        if let Some(beside) = self.beside.take() {
            beside.cancel.cancel();
            // The engine is not free before it answers.
            self.ending = beside.job.is_none().then_some(beside.id).or(self.ending);
        }
    }

    /// How many tiles or the like of such a work are done, and of how many, once it runs and that is known.
    pub fn beside_done(&self) -> Option<(usize, usize)> {
        self.beside.as_ref()?.done
    }

    /// Hands it to the engine, which is free.
    pub(super) fn feed_beside(&mut self) {
        let Some(beside) = &mut self.beside else {
            return;
        };
        if let Some(job) = &beside.job {
            let sent = self
                .engine
                .submit(beside.id, job.clone(), beside.cancel.clone());
            if sent.is_ok() {
                beside.job = None;
            }
        }
    }

    /// Takes note of what is done of it.
    pub(super) fn step_beside(&mut self, job: JobId, done: (usize, usize)) {
        if let Some(beside) = self.beside.as_mut().filter(|beside| beside.id == job) {
            beside.done = Some(done);
        }
    }

    /// Takes note of the end of a job; whether it was this work, and somebody waits for it.
    pub(super) fn ends_beside(&mut self, job: JobId) -> bool {
        self.ending.take_if(|ending| *ending == job);
        self.beside.take_if(|beside| beside.id == job).is_some()
    }

    /// A name that no job had.
    pub(super) fn next_id(&mut self) -> JobId {
        self.last_id += 1;
        JobId(self.last_id)
    }
}
