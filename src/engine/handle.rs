//! The owner's side of the engine: spawn, submit, poll, stop.
//!
//! Does not know models or mathematics; it moves messages and looks after the thread.

use std::collections::VecDeque;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, TrySendError, bounded};

use super::cancel::Cancel;
use super::catalog::ModelSource;
use super::device::Device;
use super::error::EngineError;
use super::message::{Command, Event, Job, JobId};
use super::worker::{Outbox, serve};

/// Events that may wait before progress is dropped.
const EVENT_CAPACITY: usize = 64;

/// Commands that may wait; owners keep one job in flight and their queue to themselves.
const COMMAND_CAPACITY: usize = 4;

/// A running engine. Dropping it stops the job in flight, ends the thread and frees ONNX Runtime.
pub struct Engine {
    // `Option`s because the order in which they go matters: cancel, commands, events, thread.
    commands: Option<Sender<Command>>,
    events: Option<Receiver<Event>>,
    thread: Option<JoinHandle<()>>,
    /// Handles of the latest commands, as many as can be unfinished.
    in_flight: VecDeque<Cancel>,
}

impl Engine {
    /// Starts the engine's thread. `wake` is called from it after each event.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(wake: impl Fn() + Send + 'static) -> Result<Self, EngineError> {
        let (commands, inbox) = bounded(COMMAND_CAPACITY);
        let (outbox, events) = bounded(EVENT_CAPACITY);
        let outbox = Outbox {
            events: outbox,
            wake: Box::new(wake),
        };
        let thread = std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || serve(&inbox, &outbox))
            .map_err(|error| {
                EngineError::RuntimeFailed(format!("no thread for the engine: {error}"))
            })?;
        let mut engine = Self::from_channels(commands, events);
        engine.thread = Some(thread);
        Ok(engine)
    }

    /// An engine whose thread is played by somebody else, for tests.
    pub fn from_channels(commands: Sender<Command>, events: Receiver<Event>) -> Self {
        Self {
            commands: Some(commands),
            events: Some(events),
            thread: None,
            in_flight: VecDeque::new(),
        }
    }

    /// Asks for a model to be loaded; answered by [`Event::Loaded`]. `cancel` stops it, from any thread.
    ///
    /// # Errors
    /// [`EngineError::WorkerGone`], [`EngineError::Busy`].
    pub fn load(
        &mut self,
        source: ModelSource,
        device: Device,
        cancel: Cancel,
    ) -> Result<(), EngineError> {
        self.send(Command::Load(source, device, cancel.clone()), cancel)
    }

    /// Asks for a repaint; answered by [`Event::Finished`]. `cancel` stops it, from any thread.
    ///
    /// # Errors
    /// [`EngineError::WorkerGone`], [`EngineError::Busy`].
    pub fn submit(&mut self, id: JobId, job: Job, cancel: Cancel) -> Result<(), EngineError> {
        self.send(Command::Repaint(id, job, cancel.clone()), cancel)
    }

    /// The next event, if one has come.
    ///
    /// # Errors
    /// [`EngineError::WorkerGone`] when none will ever come.
    pub fn poll(&self) -> Result<Option<Event>, EngineError> {
        match self.events.as_ref().map(Receiver::try_recv) {
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(TryRecvError::Empty)) => Ok(None),
            Some(Err(TryRecvError::Disconnected)) | None => Err(EngineError::WorkerGone),
        }
    }

    /// The next event, waiting at most `timeout`.
    ///
    /// # Errors
    /// [`EngineError::WorkerGone`] when none will ever come.
    pub fn wait(&self, timeout: std::time::Duration) -> Result<Option<Event>, EngineError> {
        match self
            .events
            .as_ref()
            .map(|events| events.recv_timeout(timeout))
        {
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(RecvTimeoutError::Timeout)) => Ok(None),
            Some(Err(RecvTimeoutError::Disconnected)) | None => Err(EngineError::WorkerGone),
        }
    }

    /// Never waits: a worker that waits for its owner to read events could not take the command.
    fn send(&mut self, command: Command, cancel: Cancel) -> Result<(), EngineError> {
        let commands = self.commands.as_ref().ok_or(EngineError::WorkerGone)?;
        commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => EngineError::Busy,
            TrySendError::Disconnected(_) => EngineError::WorkerGone,
        })?;
        self.in_flight.push_back(cancel);
        // One more than can wait is being served.
        while self.in_flight.len() > COMMAND_CAPACITY + 1 {
            self.in_flight.pop_front();
        }
        Ok(())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for cancel in &self.in_flight {
            cancel.cancel();
        }
        drop(self.commands.take());
        drop(self.events.take());
        if let Some(thread) = self.thread.take() {
            // A panic in the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}
