//! A look at a result: one at a time, before the repaints that wait; nobody waits for it.
//!
//! Does not know what is looked for.

use super::{Cell, Queue};
use crate::engine::{Cancel, Device, Job, JobId, ModelSource, Previews, Work};

/// Such a look.
pub(super) struct Look {
    id: JobId,
    /// The place of the contact sheet that has the result.
    cell: Cell,
    /// What the engine was not handed yet.
    work: Option<Work>,
}

impl Queue {
    /// Has a detector look at what came to a place of a contact sheet, as soon as the engine is free; the one before is given up where it was not begun.
    pub fn look(&mut self, work: Work, cell: Cell) {
        self.look = Some(Look {
            id: self.next_id(),
            cell,
            work: Some(work),
        });
        self.feed();
    }

    /// Whether one is being done, or will be.
    pub fn is_looking(&self) -> bool {
        self.look.is_some()
    }

    /// Whether the engine is at it.
    pub(super) fn is_handed_look(&self) -> bool {
        self.look.as_ref().is_some_and(|look| look.work.is_none())
    }

    /// Hands it to the engine, which is free.
    pub(super) fn feed_look(&mut self) {
        let Some((id, work)) = self
            .look
            .as_ref()
            .and_then(|look| Some((look.id, look.work.clone()?)))
        else {
            return;
        };
        let job = Job {
            work,
            kit: self.beside_painting(ModelSource::BuiltIn),
            device: Device::Auto,
            previews: Previews::Off,
        };
        if self.engine.submit(id, job, Cancel::new()).is_ok()
            && let Some(look) = &mut self.look
        {
            look.work = None;
        }
    }

    /// Takes note of the end of a job; of which place, if it was a look at one.
    pub(super) fn ends_look(&mut self, job: JobId) -> Option<Cell> {
        let ended = self.look.take_if(|look| look.id == job);
        ended.map(|look| look.cell)
    }
}
