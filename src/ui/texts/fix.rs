//! What the fixing of hands says.
//!
//! Does not know when it is said.

use super::Text;

texts! {
    "fix";
    texts:
        TITLE, SUBJECT, SUBJECT_TIP, FIND, FIND_TIP, FINDING, WITH, WITH_TIP, BUILT_IN, TRIES,
        TRIES_TIP, AROUND, AROUND_TIP, REPAINT, REPAINT_TIP, MORE, MORE_TIP, STOP, STOP_TIP,
        KEEP, KEEP_TIP, ADD, ADD_TIP, USE_MASK, USE_MASK_TIP, EDIT_MASK, EDIT_MASK_TIP,
        ORIGINAL, PROMPT_HINT, PROMPT_TIP, STRENGTH, STRENGTH_TIP, KEYS, LARGE_KEYS, LARGE,
        BACK, BACK_TIP, BY_HINT, BY_HINT_TIP, HINT_TIP, SIDE_TIP, HANDLE_TIP, TOLD_TIP, NOTHING,
        CHANGED, CLOSED, RESULT_SELECTED, NO_MASK, NO_MODEL, NONE_TICKED, NONE_PICKED,
        NO_PICTURE, HANDS, FACES, PEOPLE, HAND, FACE, PERSON;
    captions:;
    by_detector(score: &str, width: u32, height: u32);
    by_hand(width: u32, height: u32);
    a_try(number: usize);
    handle(number: usize);
    told(model: &str);
    hinted(hint: f32) { hint: format!("{hint:.2}") };
    skipped(count: usize);
    cell(what: &str, number: usize);
    in_picture(count: usize);
    stopped(count: usize);
    progress(done: usize, all: usize);
}

/// The subjects.
pub const SUBJECTS: [Text; 3] = [HANDS, FACES, PEOPLE];
/// One of each.
pub const ONE: [Text; 3] = [HAND, FACE, PERSON];

/// What one is called.
pub fn name(number: usize, label: &str) -> String {
    format!("{number} \u{b7} {label}")
}

/// How sure the detector was, and its size.
pub fn about(score: f32, width: u32, height: u32) -> String {
    match score > 0.0 {
        true => by_detector(&format!("{score:.2}"), width, height),
        false => by_hand(width, height),
    }
}

/// What is shown alone.
pub fn alone(name: &str, what: &str) -> String {
    format!("{name}: {what}")
}

/// What stands on a picture: the key that picks it, and what hints at it.
pub fn mark(key: &str, hint: &str) -> String {
    match hint {
        "" => key.to_owned(),
        hint => format!("{key}  {hint}"),
    }
}

/// So many were put into the picture, and so many that were still to come were stopped for it.
pub fn kept(count: usize, stopped: usize) -> String {
    let kept = in_picture(count);
    match stopped {
        0 => kept,
        stopped => format!("{kept} {}", self::stopped(stopped)),
    }
}
