//! What the artist is told: one line at a time, kept in a log.
//!
//! Does not know what happened, only how to say it.

/// Lines that were said, newest last.
#[derive(Debug, Default)]
pub struct Notices {
    lines: Vec<String>,
}

impl Notices {
    /// Says one line.
    pub fn say(&mut self, line: impl Into<String>) {
        let line = line.into();
        tracing::info!("{line}");
        self.lines.push(line);
    }
}
