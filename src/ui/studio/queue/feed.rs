//! What the engine is handed, and when: one job after the other, on several servers one for each.
//!
//! Does not know what comes of them.

use std::time::Instant;

use super::super::progress::Pace;
use super::super::running::Running;
use super::{Devices, ModelState, Queue};
use crate::engine::{Cancel, Device, Job, Previews, Work};

impl Queue {
    /// Hands the engine what it should do next, when it is free.
    pub(super) fn feed(&mut self) {
        if self.broken || self.loading.is_some() || self.ending.is_some() {
            return;
        }
        if let Some(first) = self.running.front() {
            // Servers leave the engine's own thread free.
            if first.is_spread() && self.look.is_some() && !self.is_handed_look() {
                self.feed_look();
            }
            while self.beside.is_none() && self.has_room() && self.start_next() {}
            return;
        }
        if self.is_handed_look() {
            return;
        }
        if self.beside.is_some() {
            return self.feed_beside();
        }
        if self.look.is_some() {
            return self.feed_look();
        }
        // Busy: at the next hearing. Gone: the next hearing says so.
        if let Some(most) = self.budget.take()
            && self.engine.set_memory(most).is_err()
        {
            self.budget = Some(most);
        }
        let wanted = self.chosen.as_ref().map_or(Device::Auto, |chosen| chosen.1);
        if let Devices::Wanted = self.devices
            && self.engine.devices(wanted).is_ok()
        {
            self.devices = Devices::Asked;
        }
        match &self.model {
            // What was asked for with another model comes before the load of this one.
            _ if self.may_start() => while self.start_next() && self.has_room() {},
            ModelState::Loading { .. } => {
                let Some((kit, device)) = self.chosen.clone() else {
                    return;
                };
                let cancel = Cancel::new();
                let sent = self.engine.load(kit.clone(), device, cancel.clone());
                if sent.is_ok() {
                    self.loading = Some((kit, device, cancel));
                }
            }
            ModelState::None | ModelState::Ready(_) | ModelState::Failed(_) => {}
        }
    }

    /// Whether the job that is next needs no model that is yet to be loaded.
    fn may_start(&self) -> bool {
        let next = self.waiting.front().map(|next| (&next.kit, next.device));
        let chosen = self.chosen.as_ref().map(|(kit, device)| (kit, *device));
        next.is_some() && (next != chosen || matches!(self.model, ModelState::Ready(_)))
    }

    /// Whether the job that is next can run beside those in flight: there is a server for each.
    fn has_room(&self) -> bool {
        let (Some(first), Some(next)) = (self.running.front(), self.waiting.front()) else {
            return false;
        };
        let busy = self.running.iter().filter(|own| !own.is_done()).count();
        self.may_start() && next.kit.remote == first.remote && busy < next.kit.servers()
    }

    /// Hands the engine the job that is next; whether it took one.
    fn start_next(&mut self) -> bool {
        let Some(next) = self.waiting.pop_front() else {
            return false;
        };
        let cancel = Cancel::new();
        let job = Job {
            work: Work::Repaint(next.repaint.clone()),
            kit: next.kit.clone(),
            device: next.device,
            previews: Previews::Latest,
        };
        let sent = self.engine.submit(next.id, job, cancel.clone());
        if sent.is_err() {
            self.waiting.push_front(next);
            return false;
        }
        self.running.push_back(Running {
            id: next.id,
            base: next.base,
            order: next.order,
            batch: next.repaint.batch,
            recipe: next.repaint.recipe,
            loading: None,
            pace: Pace::new(Instant::now()),
            preview: None,
            stopping: false,
            tail: self.tail,
            cancel,
            remote: next.kit.remote,
            outcome: None,
        });
        true
    }
}
