//! What projects, the journal and recovered work say.
//!
//! Does not know when it is said.

use std::path::Path;
use std::time::Duration;

use crate::raster::Size;

pub const PICTURES_AND_PROJECTS: &str = "Pictures and projects";
pub const PROJECT: &str = "Pentimento project (OpenRaster)";

pub const SAVED_ALREADY: &str = "The project is as it is in its file.";
pub const FOREIGN: &str = "Another program wrote it: its layers are opened as one picture, and saving asks for a new file.";
pub const NOTHING_TO_RECOVER: &str = "No session ended unexpectedly.";

pub const TITLE: &str = "Unsaved work was found";
pub const BODY_ONE: &str = "A session ended unexpectedly. Its work is still there:";
pub const BODY_MANY: &str = "Sessions ended unexpectedly. Their work is still there, newest first:";
pub const RECOVER: &str = "Recover";
pub const RECOVER_TOOLTIP: &str = "Open this work as it was at the last step.";
pub const THROW_AWAY: &str = "Throw away";
pub const THROW_AWAY_TOOLTIP: &str = "Delete this work; you are asked once more.";
pub const THROW_AWAY_TRULY: &str = "Delete it for good";
pub const THROW_AWAY_TRULY_TOOLTIP: &str = "Delete this work; nothing brings it back.";
pub const KEEP: &str = "Keep it";
pub const KEEP_TOOLTIP: &str = "Leave this work where it is.";
pub const LATER: &str = "Later";
pub const LATER_TOOLTIP: &str =
    "Keep all of it: File, Recover work shows it again, and so does the next start.";
pub const UNTITLED: &str = "Untitled";

pub const NO_STATE_FOLDER: &str = "Unsaved work would not survive a crash in this session: the system names no folder for it; set HOME.";

/// The journal could not be started.
pub fn not_started(folder: &Path, error: &dyn std::fmt::Display) -> String {
    format!(
        "Unsaved work would not survive a crash in this session ({error}); make this folder writable and start again: {}",
        folder.display()
    )
}

/// The journal could not be written.
pub fn not_written(folder: &Path, reason: &str) -> String {
    format!(
        "Unsaved work cannot be written down just now ({reason}); save it, and make room on the disk of {}",
        folder.display()
    )
}

/// A line each: blend modes of another program's layers that were taken as normal, and what of a damaged project was lost.
pub fn losses(name: &str, lost: &[String], unknown_modes: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    if !unknown_modes.is_empty() {
        lines.push(format!(
            "{name} has blend modes that are not known here and were taken as normal ({}); export it as PNG where it was made to have it as it looks there.",
            unknown_modes.join(", ")
        ));
    }
    if !lost.is_empty() {
        lines.push(format!(
            "{name} is damaged. Lost: {}. The rest was read; save it to another file.",
            lost.join(", ")
        ));
    }
    lines
}

/// Results of a project that could not be taken over.
pub fn results_lost(name: &str, count: usize) -> String {
    match count {
        1 => format!("One result of {name} does not fit the memory for results or its picture."),
        count => {
            format!("{count} results of {name} do not fit the memory for results or their picture.")
        }
    }
}

pub fn recovered(name: &str) -> String {
    format!("Recovered {name}; it is not saved yet.")
}

/// Recovered, but for what was cut short.
pub fn recovered_torn(name: &str) -> String {
    format!(
        "Recovered {name} but for the very last step, which was cut short; it is not saved yet."
    )
}

/// A project's new name is taken.
pub fn name_taken(path: &Path) -> String {
    format!(
        "There is already a project of that name, choose it in the dialog to replace it: {}",
        path.display()
    )
}

/// What is known of work that was left behind: its picture's size, and how long ago it was changed.
pub fn facts(size: Size, since: Duration) -> String {
    match size.is_empty() {
        true => ago(since),
        false => format!("{size} pixels, {}", ago(since)),
    }
}

fn ago(since: Duration) -> String {
    let minutes = since.as_secs() / 60;
    let count = |count: u64, what: &str| match count {
        1 => format!("1 {what} ago"),
        count => format!("{count} {what}s ago"),
    };
    match minutes {
        0 => "a moment ago".to_owned(),
        1..60 => count(minutes, "minute"),
        60..1440 => count(minutes / 60, "hour"),
        _ => count(minutes / 1440, "day"),
    }
}
