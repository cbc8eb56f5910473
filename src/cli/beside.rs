//! Works of a command beside each other: as many as there are servers for what paints, and what came of them in their order.
//!
//! Does not know the works.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use super::Failure;
use super::progress::Session;

/// How often a work that is too far ahead looks whether it may begin.
const LOOK: Duration = Duration::from_millis(20);

impl Session {
    /// Does a work for each of some, and hands over what came of each in their order, with what was said of it; one after the other where there is one server or none.
    ///
    /// # Errors
    /// As `then` first says; the works that run are stopped, and what others made is handed over.
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
        let next = AtomicUsize::new(0);
        // Which one is told next; the largest number ends it.
        let told = AtomicUsize::new(0);
        let (sender, done) = sync_channel(threads);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let mut session = self.fork();
                let (sender, next, told, work) = (sender.clone(), &next, &told, &work);
                scope.spawn(move || {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(one) = of.get(index) else { return };
                        // What waits for its turn is held in memory.
                        while index > told.load(Ordering::Relaxed).saturating_add(2 * threads) {
                            std::thread::sleep(LOOK);
                        }
                        if told.load(Ordering::Relaxed) == usize::MAX {
                            return;
                        }
                        let done = work(&mut session, index, one);
                        // Nobody waits for it where one before it ended the command.
                        if sender.send((index, done, session.take_said())).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            let mut early = BTreeMap::new();
            let (mut due, mut ended) = (0, Ok(()));
            for (index, done, said) in done {
                early.insert(index, (done, said));
                // Behind a failure no more is begun, and what is there is told all the same.
                while let Some(first) = early.first_entry()
                    && (ended.is_err() || *first.key() == due)
                {
                    let (index, (done, said)) = first.remove_entry();
                    self.say_all(said);
                    let one = then(self, index, done);
                    due += 1;
                    if ended.is_ok() {
                        ended = one;
                        let next = if ended.is_ok() { due } else { usize::MAX };
                        told.store(next, Ordering::Relaxed);
                    }
                    if told.load(Ordering::Relaxed) == usize::MAX {
                        self.stop();
                    }
                }
            }
            ended
        })
    }
}
