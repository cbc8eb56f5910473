//! The servers that jobs are spread over: which of them are free, and which are left out for a while.
//!
//! Does not know what a job does there.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::cancel::Cancel;
use super::error::EngineError;
use super::remote::{Address, Remote};

/// How long a server is left out that failed once; each time after that twice as long.
const REST: Duration = Duration::from_secs(2);

/// How often that is doubled at most.
const DOUBLED: u32 = 5;

/// How often a job that waits for a server looks whether it was stopped.
const LOOK: Duration = Duration::from_millis(20);

/// The servers that were asked for anything so far.
#[derive(Default)]
pub(super) struct Replicas {
    known: Mutex<Vec<Known>>,
    freed: Condvar,
}

struct Known {
    server: Address,
    /// Whether a job runs there.
    busy: bool,
    /// How often it failed since it last did not.
    failures: u32,
    /// When it is tried again before others.
    again: Instant,
}

impl Replicas {
    /// Does a work on that of the servers which is free, and once more on another where one fails; `tell` hears of each that is left out from then on.
    ///
    /// # Errors
    /// As `work` on the last of them, each having failed; [`EngineError::LoadStopped`].
    pub fn on_one<T>(
        &self,
        remote: &Remote,
        cancel: &Cancel,
        tell: impl Fn(String),
        mut work: impl FnMut(Remote) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let mut left: Vec<&Address> = remote.servers().collect();
        loop {
            let taken = self.take(&left, cancel)?;
            let server = taken.server;
            let done = work(remote.at(server));
            left.retain(|other| *other != server);
            let failure = done.as_ref().err().filter(|error| error.is_of(server));
            // A job that was stopped, or failed here, says nothing of the server.
            let first = (done.is_ok() || failure.is_some()) && taken.note(failure.is_some());
            match failure {
                Some(error) if !left.is_empty() => {
                    if first {
                        tell(format!("left out, and tried again later: {error}"));
                    }
                }
                _ => return done,
            }
        }
    }

    /// The first that is free, else the first that becomes it; one that failed lately comes last.
    fn take<'a>(&'a self, left: &[&'a Address], cancel: &Cancel) -> Result<Taken<'a>, EngineError> {
        let mut known = self.lock();
        for server in left {
            if !known.iter().any(|one| one.server == **server) {
                known.push(Known {
                    server: (*server).clone(),
                    busy: false,
                    failures: 0,
                    again: Instant::now(),
                });
            }
        }
        while !cancel.is_cancelled() {
            let now = Instant::now();
            let state = |server: &&Address| known.iter().find(|one| one.server == **server);
            let rests = |server: &&Address| state(server).is_some_and(|one| one.again > now);
            let free = |server: &&Address| state(server).is_some_and(|one| !one.busy);
            let mut awake = left.iter().copied().filter(|server| !rests(server));
            let resting = || left.iter().copied().filter(rests).filter(free);
            let found = match awake.clone().next() {
                Some(_) => awake.find(free),
                None => resting().min_by_key(|server| state(server).map(|one| one.again)),
            };
            if let Some(server) = found {
                if let Some(one) = known.iter_mut().find(|one| one.server == *server) {
                    one.busy = true;
                }
                return Ok(Taken { of: self, server });
            }
            let waited = self.freed.wait_timeout(known, LOOK);
            known = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Err(EngineError::LoadStopped)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A server that others get when this goes, also where its job panics.
struct Taken<'a> {
    of: &'a Replicas,
    server: &'a Address,
}

impl Taken<'_> {
    /// Takes note of how it went there; whether it failed for the first time since it last did not.
    fn note(&self, failed: bool) -> bool {
        let mut known = self.of.lock();
        let Some(one) = known.iter_mut().find(|one| one.server == *self.server) else {
            return failed;
        };
        let first = failed && one.failures == 0;
        if failed {
            one.again = Instant::now() + REST * 2_u32.pow(one.failures.min(DOUBLED));
        }
        one.failures = if failed { one.failures + 1 } else { 0 };
        first
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut known = self.of.lock();
        if let Some(one) = known.iter_mut().find(|one| one.server == *self.server) {
            one.busy = false;
        }
        self.of.freed.notify_all();
    }
}
