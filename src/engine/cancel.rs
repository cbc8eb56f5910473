//! Stopping a job or a load from another thread, also in the middle of a network's run or of its loading.
//!
//! Does not know jobs, steps or who asks for the stop.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use ort::session::RunOptions;
use ort::session::builder::{LoadCanceler, SessionBuilder};

/// Handle that stops one job or one load; make a fresh one for each, clones share the state.
///
/// ONNX Runtime looks at the stop between two nodes of a graph, so a run ends after the node that it is in.
#[derive(Clone, Default)]
pub struct Cancel(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    cancelled: bool,
    /// Made at the job's first run: ONNX Runtime may not be loaded yet when the handle is. The second are for runs that give their memory back.
    options: [Option<Arc<RunOptions>>; 2],
    /// Of the session that is being made.
    loading: Option<LoadCanceler>,
}

impl Cancel {
    /// A handle that nobody has cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the job: the run in progress ends between two nodes, later ones do not start.
    pub fn cancel(&self) {
        let mut state = self.lock();
        state.cancelled = true;
        for options in state.options.iter().flatten() {
            if let Err(error) = options.terminate() {
                tracing::warn!("the run in progress cannot be stopped early: {error}");
            }
        }
        if let Some(loading) = &state.loading
            && let Err(error) = loading.cancel()
        {
            tracing::warn!("the load in progress cannot be stopped early: {error}");
        }
    }

    /// Whether the job was stopped.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.lock().cancelled
    }

    /// The options to run a network under, or `None` when the job is stopped already; `gives_back` has the processor's arena emptied behind the run, for sessions that have one.
    pub(super) fn run_options(&self, gives_back: bool) -> ort::Result<Option<Arc<RunOptions>>> {
        let mut state = self.lock();
        if state.cancelled {
            return Ok(None);
        }
        let kept = &mut state.options[usize::from(gives_back)];
        if kept.is_none() {
            let mut options = RunOptions::new()?;
            if gives_back {
                options.set("memory.enable_memory_arena_shrinkage", "cpu:0")?;
            }
            *kept = Some(Arc::new(options));
        }
        Ok(kept.clone())
    }

    /// From now on a stop ends the load that `builder` begins; false when it has come already.
    pub(super) fn watch_load(&self, builder: &SessionBuilder) -> bool {
        let mut state = self.lock();
        state.loading = Some(builder.canceler());
        !state.cancelled
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Handles of jobs, each for as long as its job or the job's owner has it.
#[derive(Default)]
pub(super) struct InFlight(Vec<Weak<Mutex<State>>>);

impl InFlight {
    /// Adds one; those go that nobody has any more.
    pub fn add(&mut self, cancel: &Cancel) {
        let new = Arc::downgrade(&cancel.0);
        self.0
            .retain(|own| own.strong_count() > 0 && !own.ptr_eq(&new));
        self.0.push(new);
    }

    /// Stops all.
    pub fn cancel(&mut self) {
        for state in self.0.drain(..).filter_map(|own| own.upgrade()) {
            Cancel(state).cancel();
        }
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel")
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}
