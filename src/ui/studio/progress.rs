//! How far a job is, and how long it will take.
//!
//! Does not know how it is shown.

use std::time::{Duration, Instant};

/// The pace of a job, from the steps that were heard of; some may be missed.
#[derive(Clone, Debug)]
pub struct Pace {
    begun: Instant,
    /// The first step that was heard of, and when.
    first: Option<(usize, Instant)>,
    /// The latest: steps done, steps in all, and when.
    latest: Option<(usize, usize, Instant)>,
}

impl Pace {
    /// A job that begins now.
    pub fn new(begun: Instant) -> Self {
        Self {
            begun,
            first: None,
            latest: None,
        }
    }

    /// Hears that `index` of `of` steps are done.
    pub fn step(&mut self, index: usize, of: usize, now: Instant) {
        let again = self.latest.is_some_and(|(latest, ..)| index <= latest);
        if again || self.first.is_none() {
            // Another server began it again.
            self.first = Some((index, now));
            self.begun = if again { now } else { self.begun };
        }
        self.latest = Some((index, of, now));
    }

    /// Steps done and steps in all; none before the first.
    pub fn steps(&self) -> Option<(usize, usize)> {
        self.latest.map(|(index, of, _)| (index, of))
    }

    /// Share of the steps that is done, in `[0, 1]`.
    pub fn fraction(&self) -> f32 {
        self.steps()
            .map_or(0.0, |(index, of)| index as f32 / of.max(1) as f32)
    }

    /// How long a step takes, and how long the job will still take; `tail` is what comes after its last step. Not known before the first.
    pub fn times(&self, now: Instant, tail: Duration) -> Option<[Duration; 2]> {
        let (first, since) = self.first?;
        let (index, of, at) = self.latest?;
        let heard = u32::try_from(index.saturating_sub(first)).ok()?;
        let step = match heard {
            // Reading prompt and picture is in it, so this is rather too long than too short.
            0 => at.duration_since(self.begun) / u32::try_from(index.max(1)).ok()?,
            heard => at.duration_since(since) / heard,
        };
        let due = step * u32::try_from(of.saturating_sub(index)).ok()? + tail;
        Some([step, due.saturating_sub(now.saturating_duration_since(at))])
    }
}
