//! What projects, the journal and recovered work say.
//!
//! Does not know when it is said.

use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

use crate::raster::Size;

texts! {
    "work";
    texts:
        PICTURES_AND_PROJECTS, PROJECT, SAVED_ALREADY, FOREIGN, NOTHING_TO_RECOVER, TITLE,
        BODY_ONE, BODY_MANY, RECOVER, RECOVER_TOOLTIP, THROW_AWAY, THROW_AWAY_TOOLTIP,
        THROW_AWAY_TRULY, THROW_AWAY_TRULY_TOOLTIP, KEEP, KEEP_TOOLTIP, LATER, LATER_TOOLTIP,
        UNTITLED, NO_STATE_FOLDER, JUST_NOW;
    captions:;
    unknown_modes(name: &str, modes: &str);
    damaged(name: &str, lost: &str);
    results_lost(name: &str, count: usize);
    recovering(name: &str);
    recovered(name: &str);
    recovered_torn(name: &str);
    of_size(size: Size, since: &str);
    minutes_ago(count: usize);
    hours_ago(count: usize);
    days_ago(count: usize);
}

/// The journal could not be started.
pub fn not_started(folder: &Path, error: &dyn Display) -> String {
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
pub fn losses(name: &str, lost: &[String], modes: &[String]) -> Vec<String> {
    let line = |list: &[String], line: fn(&str, &str) -> String| {
        (!list.is_empty()).then(|| line(name, &list.join(", ")))
    };
    let lines = [line(modes, unknown_modes), line(lost, damaged)];
    lines.into_iter().flatten().collect()
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
        false => of_size(size, &ago(since)),
    }
}

fn ago(since: Duration) -> String {
    let minutes = (since.as_secs() / 60) as usize;
    match minutes {
        0 => JUST_NOW.into(),
        1..60 => minutes_ago(minutes),
        60..1440 => hours_ago(minutes / 60),
        _ => days_ago(minutes / 1440),
    }
}
