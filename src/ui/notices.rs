//! What the artist is told: lines that show for a while in a corner, and stay in a log.
//!
//! Does not know what happened, only how to say it.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::recipe::excerpt;

/// Lines that the log holds.
const KEPT: usize = 1000;

/// Lines that show at once.
const SHOWN: usize = 4;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Something was done; the line goes by itself.
    Note,
    /// Something could not be done; the line stays until it is dismissed.
    Error,
}

/// One line that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Numbers the lines, from the first of the run.
    pub number: u64,
    /// When it was said last.
    pub at: SystemTime,
    /// How much it matters.
    pub weight: Weight,
    /// What was said.
    pub text: String,
    /// How often in a row.
    pub times: u32,
}

impl Line {
    /// The time of day in UTC, as in the log file.
    pub(super) fn clock(&self) -> String {
        let seconds = self
            .at
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
            % 86_400;
        format!(
            "{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    }

    /// How long it can be read before it goes, seconds.
    pub(super) fn seconds(&self) -> f64 {
        // Four words a second, and time to notice it.
        4.0 + self.text.split_whitespace().count() as f64 * 0.25
    }
}

/// Lines that were said, newest last.
#[derive(Debug, Default)]
pub struct Notices {
    lines: Vec<Line>,
    said: u64,
    /// Numbers of the lines that show, and since when, seconds of the window's clock; oldest first.
    pub(super) toasts: Vec<(u64, Option<f64>)>,
}

impl Notices {
    /// Says that something was done.
    pub fn say(&mut self, line: impl Into<String>) {
        let line = excerpt::line(&line.into());
        tracing::info!("{line}");
        self.add(Weight::Note, line);
    }

    /// Says that something could not be done, and what to do.
    pub fn fail(&mut self, line: impl Into<String>) {
        let line = excerpt::line(&line.into());
        tracing::error!("{line}");
        self.add(Weight::Error, line);
    }

    /// Every line that is still kept, oldest first.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The lines that show now, oldest first.
    pub fn shown(&self) -> impl Iterator<Item = &Line> {
        self.toasts
            .iter()
            .filter_map(|(number, _)| self.lines.iter().find(|line| line.number == *number))
    }

    /// Stops showing a line; the log keeps it.
    pub fn dismiss(&mut self, number: u64) {
        self.toasts.retain(|(shown, _)| *shown != number);
    }

    fn add(&mut self, weight: Weight, text: String) {
        let at = SystemTime::now();
        match self.lines.last_mut() {
            Some(last) if last.text == text && last.weight == weight => {
                last.at = at;
                last.times += 1;
            }
            _ => {
                self.said += 1;
                self.lines.push(Line {
                    number: self.said,
                    at,
                    weight,
                    text,
                    times: 1,
                });
            }
        }
        let number = self.said;
        self.dismiss(number);
        self.toasts.push((number, None));
        if self.lines.len() > KEPT {
            self.lines.remove(0);
        }
        // What is new shows; before it notes make room first, as an error wants to be read.
        while self.toasts.len() > SHOWN {
            let mut before = self.toasts[..SHOWN].iter();
            let note = before.position(|(number, _)| self.is_note(*number));
            self.toasts.remove(note.unwrap_or(0));
        }
    }

    fn is_note(&self, number: u64) -> bool {
        self.lines
            .iter()
            .find(|line| line.number == number)
            .is_none_or(|line| line.weight == Weight::Note)
    }
}
