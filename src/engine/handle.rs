//! The owner's side of the engine: spawn, submit, poll, stop.
//!
//! Does not know models or mathematics; it moves messages and looks after the thread.

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, TrySendError, bounded};

use super::cancel::{Cancel, InFlight};
use super::device::Device;
use super::error::EngineError;
use super::kit::Kit;
use super::message::{Command, Event, Job, JobId};
use super::runtime::RuntimeKeeper;
use super::worker::{Outbox, serve};

/// Events that may wait before progress is dropped.
const EVENT_CAPACITY: usize = 64;

/// Commands that may wait; owners keep as many jobs in flight as there are servers for them, one where there are none, and their queue to themselves.
const COMMAND_CAPACITY: usize = 4;

/// A running engine. Dropping it stops the job in flight, ends the thread and frees ONNX Runtime.
pub struct Engine {
    // `Option`s because the order in which they go matters: cancel, commands, events, thread.
    commands: Option<Sender<Command>>,
    events: Option<Receiver<Event>>,
    thread: Option<JoinHandle<()>>,
    in_flight: InFlight,
    /// What a thread is made from; absent where somebody else plays it.
    origin: Option<Origin>,
}

/// What outlives the engine's thread.
struct Origin {
    wake: Arc<dyn Fn() + Send + Sync>,
    runtime: RuntimeKeeper,
}

impl Origin {
    /// Starts a thread that `engine` talks to from now on.
    fn spawn(&self, engine: &mut Engine) -> Result<(), EngineError> {
        let (commands, inbox) = bounded(COMMAND_CAPACITY);
        let (outbox, events) = bounded(EVENT_CAPACITY);
        let outbox = Outbox {
            events: outbox,
            wake: Arc::clone(&self.wake),
        };
        let runtime = self.runtime.clone();
        let thread = std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || serve(&inbox, &outbox, &runtime))
            .map_err(|error| {
                EngineError::RuntimeFailed(format!("no thread for the engine: {error}"))
            })?;
        engine.commands = Some(commands);
        engine.events = Some(events);
        engine.thread = Some(thread);
        Ok(())
    }
}

impl Engine {
    /// Starts the engine's thread. `wake` is called from it after each event.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(wake: impl Fn() + Send + Sync + 'static) -> Result<Self, EngineError> {
        let origin = Origin {
            wake: Arc::new(wake),
            runtime: RuntimeKeeper::default(),
        };
        let mut engine = Self {
            commands: None,
            events: None,
            thread: None,
            in_flight: InFlight::default(),
            origin: None,
        };
        origin.spawn(&mut engine)?;
        engine.origin = Some(origin);
        Ok(engine)
    }

    /// Starts a new thread in place of one that is gone; it has no model yet, and what the old one was doing is lost.
    ///
    /// # Errors
    /// When the system gives no thread. [`EngineError::WorkerGone`] when somebody else played the thread.
    pub fn restart(&mut self) -> Result<(), EngineError> {
        self.stop();
        let origin = self.origin.take().ok_or(EngineError::WorkerGone)?;
        let spawned = origin.spawn(self);
        self.origin = Some(origin);
        spawned
    }

    /// An engine whose thread is played by somebody else, for tests.
    pub fn from_channels(commands: Sender<Command>, events: Receiver<Event>) -> Self {
        Self {
            commands: Some(commands),
            events: Some(events),
            thread: None,
            in_flight: InFlight::default(),
            origin: None,
        }
    }

    /// Asks for a kit to be made ready before a job wants it; answered by [`Event::Loaded`]. `cancel` stops it, from any thread.
    ///
    /// # Errors
    /// [`EngineError::WorkerGone`], [`EngineError::Busy`].
    pub fn load(&mut self, kit: Kit, device: Device, cancel: Cancel) -> Result<(), EngineError> {
        self.send(Command::Load(Box::new(kit), device, cancel.clone()), cancel)
    }

    /// Asks for a job to be done; answered by [`Event::Finished`]. `cancel` stops it, from any thread.
    ///
    /// # Errors
    /// [`EngineError::WorkerGone`], [`EngineError::Busy`].
    pub fn submit(&mut self, id: JobId, job: Job, cancel: Cancel) -> Result<(), EngineError> {
        self.send(Command::Run(id, Box::new(job), cancel.clone()), cancel)
    }

    /// Holds models of at most so many bytes of weights at once; without a number, as many as the system can give. Answered by [`Event::Shelf`].
    ///
    /// # Errors
    /// [`EngineError::WorkerGone`], [`EngineError::Busy`].
    pub fn set_memory(&mut self, most: Option<u64>) -> Result<(), EngineError> {
        self.send(Command::Memory(most), Cancel::new())
    }

    /// Asks what there is to run on; answered by [`Event::Devices`].
    ///
    /// # Errors
    /// [`EngineError::WorkerGone`], [`EngineError::Busy`].
    pub fn devices(&mut self, wanted: Device) -> Result<(), EngineError> {
        self.send(Command::Devices(wanted), Cancel::new())
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
        self.in_flight.add(&cancel);
        Ok(())
    }
}

impl Engine {
    /// Stops what is in flight and waits for the thread to end.
    fn stop(&mut self) {
        self.in_flight.cancel();
        drop(self.commands.take());
        drop(self.events.take());
        if let Some(thread) = self.thread.take() {
            // A panic in the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}
