//! Work on threads beside the window's: one piece, or one after the other.
//!
//! Does not know what is done.

use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel,
};
use std::thread::JoinHandle;
use std::time::Duration;

use eframe::egui;

use super::texts::studio::no_thread;
use super::texts::{self, Language, recipes as say};

/// Tasks that may wait.
const WAITING: usize = 32;

/// One piece of work. Dropping it calls it off: the thread drops what came of it.
pub struct Pending<T>(Receiver<T>);

impl<T: Send + 'static> Pending<T> {
    /// Starts a thread for it, which wakes the window when it is done.
    ///
    /// # Errors
    /// One line, when the system gives no thread.
    pub fn start(
        ctx: &egui::Context,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Self, String> {
        let (sender, outcome) = sync_channel(1);
        let (ctx, language) = (ctx.clone(), texts::now());
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                texts::speak(language);
                // Nobody waits for it any more where it was called off.
                let _ = sender.send(work());
                ctx.request_repaint();
            })
            .map_err(|error| no_thread(&error))?;
        Ok(Self(outcome))
    }

    /// What came of it, once it is done; one line where its thread has died.
    pub fn poll(&self) -> Option<Result<T, String>> {
        match self.0.try_recv() {
            Ok(outcome) => Some(Ok(outcome)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(say::DESK_GONE.into())),
        }
    }
}

/// What a thread makes as it is wished for, and anew where the wish is another.
pub struct Wished<W, T> {
    making: Option<(W, Pending<T>)>,
    made: Option<(W, T)>,
    /// Threads so far.
    count: u64,
}

impl<W, T> Default for Wished<W, T> {
    fn default() -> Self {
        Self {
            making: None,
            made: None,
            count: 0,
        }
    }
}

impl<W: Clone + PartialEq, T: Send + 'static> Wished<W, T> {
    /// What was made last, and for which wish.
    pub fn made(&self) -> Option<&(W, T)> {
        self.made.as_ref()
    }

    /// What was made for this wish, once it is there.
    pub fn of(&self, wish: &W) -> Option<&T> {
        let made = self.made.as_ref().filter(|(own, _)| own == wish);
        made.map(|(_, made)| made)
    }

    /// Takes what was made, and has something made that is not there yet, one after the other; `make` gets a number that no other has, and gives the work.
    pub fn wish<F: FnOnce() -> T + Send + 'static>(
        &mut self,
        ctx: &egui::Context,
        name: &str,
        wish: W,
        make: impl FnOnce(u64) -> F,
    ) {
        if let Some((_, pending)) = &self.making
            && let Some(made) = pending.poll()
        {
            let wish = self.making.take().map(|(wish, _)| wish);
            self.made = wish.zip(made.ok());
        }
        if self.making.is_some() || self.of(&wish).is_some() {
            return;
        }
        self.count += 1;
        // Without a thread it is tried again with the next frame.
        let pending = Pending::start(ctx, name, make(self.count));
        self.making = pending.ok().map(|pending| (wish, pending));
    }

    /// Lets go of what was made and of what is being made.
    pub fn forget(&mut self) {
        (self.making, self.made) = (None, None);
    }
}

/// Drops what holds so much memory that giving it back takes long.
pub fn dispose(large: impl Send + 'static) {
    let thread = std::thread::Builder::new().name("drop".to_owned());
    // Where the system gives no thread, it has been dropped here.
    let _ = thread.spawn(move || drop(large));
}

/// The thread, started with the first task. Dropping it waits until all tasks are done.
pub struct Worker<T, R> {
    name: &'static str,
    serve: fn(T) -> R,
    running: Option<Running<T, R>>,
}

struct Running<T, R> {
    // An `Option` since the thread ends when its sender is gone.
    tasks: Option<SyncSender<(Language, T)>>,
    done: Receiver<R>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static, R: Send + 'static> Worker<T, R> {
    /// A desk at which every task is done by `serve`.
    pub fn new(name: &'static str, serve: fn(T) -> R) -> Self {
        Self {
            name,
            serve,
            running: None,
        }
    }

    /// Hands a task over.
    ///
    /// # Errors
    /// One line, when the thread cannot take it.
    pub fn send(&mut self, ctx: &egui::Context, task: T) -> Result<(), String> {
        let running = match &mut self.running {
            Some(running) => running,
            none => {
                let started = start(self.name, self.serve, ctx.clone());
                none.insert(started.map_err(|error| no_thread(&error))?)
            }
        };
        let sent = match &running.tasks {
            Some(tasks) => tasks.try_send((texts::now(), task)),
            None => Err(TrySendError::Disconnected((texts::now(), task))),
        };
        sent.map_err(|error| match error {
            TrySendError::Full(_) => say::DESK_FULL.into(),
            TrySendError::Disconnected(_) => {
                self.running = None;
                say::DESK_GONE.into()
            }
        })
    }

    /// What came of the next task that is done.
    pub fn poll(&mut self) -> Option<Result<R, String>> {
        self.poll_within(Duration::ZERO)
    }

    /// The same, waited for so long at most.
    pub fn poll_within(&mut self, most: Duration) -> Option<Result<R, String>> {
        let running = self.running.as_ref()?;
        match running.done.recv_timeout(most) {
            Ok(done) => Some(Ok(done)),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                self.running = None;
                Some(Err(say::DESK_GONE.into()))
            }
        }
    }
}

fn start<T: Send + 'static, R: Send + 'static>(
    name: &str,
    serve: fn(T) -> R,
    ctx: egui::Context,
) -> std::io::Result<Running<T, R>> {
    let (tasks, inbox) = sync_channel::<(Language, T)>(WAITING);
    // As many answers as tasks: the thread never waits for the window.
    let (outbox, done) = sync_channel(2 * WAITING);
    let thread = std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            while let Ok((language, task)) = inbox.recv() {
                texts::speak(language);
                if outbox.send(serve(task)).is_err() {
                    // Nobody is left to tell, but what waits still wants to be written.
                    continue;
                }
                ctx.request_repaint();
            }
        })?;
    Ok(Running {
        tasks: Some(tasks),
        done,
        thread: Some(thread),
    })
}

impl<T, R> Drop for Running<T, R> {
    fn drop(&mut self) {
        drop(self.tasks.take());
        if let Some(thread) = self.thread.take() {
            // A thread that waits for room for its answers is told that nobody hears them.
            let (_, nobody) = sync_channel(0);
            self.done = nobody;
            // A panic in the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}
