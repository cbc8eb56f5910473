//! The way of the engine's events to their reader.
//!
//! Does not know what they say.

use std::ops::ControlFlow;
use std::sync::Arc;

use crossbeam_channel::{Sender, TrySendError};

use super::message::Event;

/// The sending side of the events, and the bell that wakes their reader.
#[derive(Clone)]
pub(super) struct Outbox {
    pub events: Sender<Event>,
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outbox {
    /// Sends what may be lost: a full channel drops it. Breaks when nobody listens.
    pub fn may_send(&self, event: Event) -> ControlFlow<()> {
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
    pub fn must_send(&self, event: Event) -> ControlFlow<()> {
        match self.events.send(event) {
            Ok(()) => {
                (self.wake)();
                ControlFlow::Continue(())
            }
            Err(_) => ControlFlow::Break(()),
        }
    }
}
