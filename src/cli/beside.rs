//! Works of a command beside each other: as many as there are servers for what paints, and what came of them in their order.
//!
//! Does not know the works.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};

use super::Failure;
use super::progress::Session;

impl Session {
    /// Does a work for each of some, and hands over what came of each in their order, with what was said of it; one after the other where there is one server or none.
    ///
    /// # Errors
    /// As `then` first says; no more works are begun then, and what came of those that were is handed over.
    pub fn each<I: Sync, T: Send>(
        &mut self,
        of: &[I],
        work: impl Fn(&mut Self, usize, &I) -> T + Sync,
        mut then: impl FnMut(&mut Self, usize, T) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let threads = self.at_once().min(of.len());
        if threads <= 1 {
            for (index, one) in of.iter().enumerate() {
                let done = work(self, index, one);
                then(self, index, done)?;
            }
            return Ok(());
        }
        let forks = (0..threads).map(|_| self.fork()).collect();
        let work = |fork: &mut Self, index, one: &I| (work(fork, index, one), fork.take_said());
        in_order(forks, of, work, |index, (done, said)| {
            self.say_all(said);
            then(self, index, done)
        })
    }
}

/// Does a work for each of some, by several workers at once on a thread each, and hands over what came of each in their order.
///
/// # Errors
/// As `then` first says; no more works are begun then, and what came of those that were is handed over.
///
/// # Panics
/// Where a work or `then` does, once the works that run have ended.
pub fn in_order<W: Send, I: Sync, T: Send, E>(
    workers: Vec<W>,
    of: &[I],
    work: impl Fn(&mut W, usize, &I) -> T + Sync,
    mut then: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<(), E> {
    // What waits to be handed over is held in memory, so only so many are begun ahead.
    let ahead = 2 * workers.len();
    let (give, take) = sync_channel(ahead);
    let (sender, done) = sync_channel(ahead);
    let mut left = 0..of.len();
    for index in left.by_ref().take(ahead) {
        let _ = give.send(index);
    }
    let take = Mutex::new(take);
    let next = || take.lock().unwrap_or_else(PoisonError::into_inner);
    std::thread::scope(|scope| {
        for mut worker in workers {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let index = next().recv();
                    let Ok(index) = index else { return };
                    let work = AssertUnwindSafe(|| work(&mut worker, index, &of[index]));
                    let one = catch_unwind(work);
                    let ends = one.is_err();
                    // Nobody hears of it where `then` panicked.
                    if sender.send((index, one)).is_err() || ends {
                        return;
                    }
                }
            });
        }
        drop(sender);
        // It goes where `then` panics, so that nobody waits for more.
        let mut give = Some(give);
        let (mut early, mut due, mut ended, mut panicked) = (BTreeMap::new(), 0, Ok(()), None);
        for (index, one) in done {
            match one {
                Ok(one) => drop(early.insert(index, one)),
                Err(cause) => panicked = Some(cause),
            }
            while let Some(one) = early.remove(&due) {
                ended = ended.and(then(due, one));
                due += 1;
                give = give.filter(|give| left.next().is_some_and(|next| give.send(next).is_ok()));
            }
            if ended.is_err() || panicked.is_some() {
                give = None;
                while next().try_recv().is_ok() {}
            }
        }
        // What comes behind one that was not begun, or panicked.
        for (index, one) in early {
            ended = ended.and(then(index, one));
        }
        panicked.map_or(ended, |cause| resume_unwind(cause))
    })
}
