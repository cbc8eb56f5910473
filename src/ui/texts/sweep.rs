//! What a parameter sweep and its contact sheet say.
//!
//! Does not know when it is said.

use std::path::Path;

use super::studio::{Caption, caption};
use crate::recipe::field::{Field, Sweep};
use crate::recipe::sweep::SweepError;

pub const TITLE: &str = "Parameter sweep";
pub const ABOUT: &str = "Repaint once for every value, and see the results side by side.";
pub const ACROSS: Caption = caption(
    "Across",
    "The parameter that changes from column to column.",
);
pub const DOWN: Caption = caption("Down", "The parameter that changes from row to row.");
pub const NOTHING: &str = "nothing";
pub const VALUES_TOOLTIP: &str =
    "The values, with commas between; one that has a comma in it stands in double quotes.";
pub const PARAMETER_FIRST: &str = "Choose a parameter first.";
pub const VALUES_FIRST: &str = "Choose a parameter and write its values.";
pub const MEND_FIRST: &str = "Mend what is marked.";
pub const START: &str = "Start";
pub const START_TOOLTIP: &str =
    "Put all of them into the queue; each can be stopped, and each result is kept like any other.";

/// The name of a parameter.
pub fn parameter(parameter: &Field) -> &'static str {
    match &parameter.sweep {
        Some(sweep) if !sweep.label.is_empty() => sweep.label,
        _ => parameter.caption.label,
    }
}

/// What stands in an empty field of values.
pub fn hint(sweep: &Sweep) -> String {
    format!("such as {}", sweep.example)
}

/// What is wrong with an axis.
pub fn mistake(error: &SweepError) -> String {
    match error {
        SweepError::Form => {
            "Write the values with single commas between them, and close every double quote."
                .to_owned()
        }
        other => format!("{other}."),
    }
}

/// What a field of values is called.
pub fn values_of(axis: &str) -> String {
    format!("Values {}", axis.to_lowercase())
}

/// How many pictures there will be.
pub fn count(pictures: usize, across: usize, down: usize) -> String {
    match pictures {
        1 => "1 picture".to_owned(),
        pictures => format!("{pictures} pictures: {across} across, {down} down"),
    }
}

pub const SHEET: &str = "Contact sheet";
pub const NO_SHEET: &str = "There is no contact sheet yet; begin a parameter sweep.";
pub const SAVE_SHEET: &str = "Save sheet\u{2026}";
pub const SAVE_SHEET_TOOLTIP: &str =
    "Save the sheet as one picture at full size, with its labels and its recipe.";
pub const SAVING: &str = "It is being saved.";
pub const NOTHING_YET: &str = "No picture is done yet.";
pub const CLOSE_UP: &str = "Close-up";
pub const CLOSE_UP_TOOLTIP: &str =
    "Show only what was repainted and a little around it, here and in the saved sheet.";
pub const SIDE: &str = "Size";
pub const SIDE_TOOLTIP: &str = "How large each picture is shown here.";
pub const STOP_SWEEP: &str = "Stop the rest";
pub const STOP_SWEEP_TOOLTIP: &str = "Take the rest of this sweep out of the queue.";
pub const TAKE_TOOLTIP: &str = "Click to put its recipe into the panel and look at it.";
pub const COMES: &str = "Its turn has not come yet.";
pub const MISSING: &str = "It was stopped or failed.";

/// How far a sweep is.
pub fn progress(done: usize, all: usize, coming: usize) -> String {
    let missing = all - done - coming;
    match (missing, coming) {
        (0, 0) => format!("{all} pictures"),
        (0, _) => format!("{done} of {all} done"),
        (missing, _) => format!("{done} of {all} done, {missing} left out"),
    }
}

/// The sheet was written.
pub fn saved(path: &Path) -> String {
    format!("The contact sheet is saved: {}", path.display())
}

/// A recipe was taken from the sheet.
pub fn taken(name: &str) -> String {
    format!("The recipe of {name} is in the panel.")
}
