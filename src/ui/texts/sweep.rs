//! What a parameter sweep and its contact sheet say.
//!
//! Does not know when it is said.

use std::path::Path;

use super::in_sentence;
use crate::recipe::field::Sweep;
use crate::recipe::sweep::SweepError;

texts! {
    "sweep";
    texts:
        TITLE, ABOUT, NOTHING, VALUES_TOOLTIP, PARAMETER_FIRST, VALUES_FIRST, MEND_FIRST, START,
        START_TOOLTIP, SHEET, NO_SHEET, SAVE_SHEET, SAVE_SHEET_TOOLTIP, SAVING, NOTHING_YET,
        CLOSE_UP, CLOSE_UP_TOOLTIP, SIDE, SIDE_TOOLTIP, STOP_SWEEP, STOP_SWEEP_TOOLTIP,
        TAKE_TOOLTIP, COMES, MISSING, FORM, ONE_PICTURE;
    captions: ACROSS, DOWN;
    hint(sweep: &Sweep) { example: sweep.example };
    values_of(axis: &str) { axis: in_sentence(axis) };
    pictures(count: usize, across: usize, down: usize);
    all_done(count: usize);
    some_done(done: usize, all: usize);
    some_missing(done: usize, all: usize, missing: usize);
    saved(path: &Path);
    taken(name: &str);
}

/// What is wrong with an axis.
pub fn mistake(error: &SweepError) -> String {
    match error {
        SweepError::Form => FORM.into(),
        other => format!("{other}."),
    }
}

/// How many pictures there will be.
pub fn count(count: usize, across: usize, down: usize) -> String {
    match count {
        1 => ONE_PICTURE.into(),
        count => pictures(count, across, down),
    }
}

/// How far a sweep is.
pub fn progress(done: usize, all: usize, coming: usize) -> String {
    let missing = all - done - coming;
    match (missing, coming) {
        (0, 0) => all_done(all),
        (0, _) => some_done(done, all),
        (missing, _) => some_missing(done, all, missing),
    }
}
