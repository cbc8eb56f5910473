//! Works of a command beside each other: as many as there are servers for what paints, and what came of them in their order.
//!
//! Does not know the works.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_channel::bounded;

use super::Failure;
use super::progress::Session;

impl Session {
    /// Does a work for each of some, and hands over what came of each in their order, with what was said of it; one after the other where there is one server or none.
    ///
    /// # Errors
    /// As `then`; the works that run are stopped.
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
        let (sender, done) = bounded(threads);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let mut session = self.fork();
                let (sender, next, work) = (sender.clone(), &next, &work);
                scope.spawn(move || {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(one) = of.get(index) else { return };
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
            let mut due = 0;
            for (index, done, said) in done {
                early.insert(index, (done, said));
                while let Some((done, said)) = early.remove(&due) {
                    self.say_all(said);
                    if let Err(failure) = then(self, due, done) {
                        self.stop();
                        return Err(failure);
                    }
                    due += 1;
                }
            }
            Ok(())
        })
    }
}
