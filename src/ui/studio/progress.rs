//! How far a job is, and how long it will take.
//!
//! Does not know how it is shown.

use std::time::{Duration, Instant};

use super::link::Running;

impl Running {
    /// Share of its steps that is done, in `[0, 1]`.
    pub fn fraction(&self) -> f32 {
        self.steps
            .map_or(0.0, |(index, of)| index as f32 / of.max(1) as f32)
    }

    /// How long it will still take, from the pace of its steps; `tail` is what comes after the last. Not known before the first step.
    pub fn time_left(&self, now: Instant, tail: Duration) -> Option<Duration> {
        let (index, of) = self.steps?;
        let (first, at, latest) = self.stepped?;
        let steps = u32::try_from(index - first).ok()?;
        let step = match steps {
            // Encoding is in it, so this is rather too long than too short.
            0 => latest.duration_since(self.begun) / u32::try_from(index.max(1)).ok()?,
            steps => latest.duration_since(at) / steps,
        };
        let due = step * u32::try_from(of.saturating_sub(index)).ok()? + tail;
        Some(due.saturating_sub(now.saturating_duration_since(latest)))
    }
}
