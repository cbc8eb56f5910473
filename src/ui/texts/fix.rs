//! What the fixing of hands says, in English.
//!
//! Does not know when it is said.

/// The title of the window.
pub const TITLE: &str = "Fix hands";
/// What is looked for.
pub const SUBJECT: &str = "Find";
/// That.
pub const SUBJECT_TIP: &str = "What is looked for in the picture.";
/// The subjects.
pub const SUBJECTS: [&str; 3] = ["hands", "faces", "people"];
/// One of each.
pub const ONE: [&str; 3] = ["hand", "face", "person"];
/// Looks for it.
pub const FIND: &str = "Find again";
/// What that does.
pub const FIND_TIP: &str = "Look through the picture again; tries that were not kept are put away.";
/// What the detector does.
pub const FINDING: &str = "Looking for them\u{2026}";
/// What looks for it.
pub const WITH: &str = "With";
/// What that is.
pub const WITH_TIP: &str =
    "What finds them: the built-in detector, or a YOLO of yours as ONNX (hand_yolov8n.onnx).";
/// The detector that is always there.
pub const BUILT_IN: &str = "Built-in detector";
/// How often each is repainted.
pub const TRIES: &str = "Tries";
/// What that means.
pub const TRIES_TIP: &str = "How often each is repainted; the seed counts up.";
/// How much the model sees.
pub const AROUND: &str = "Surroundings";
/// What that means.
pub const AROUND_TIP: &str =
    "How much of the picture the model sees: so many times the longer side of what was found.";
/// Repaints all that are ticked.
pub const REPAINT: &str = "Repaint all";
/// What that does.
pub const REPAINT_TIP: &str =
    "Repaint each that is ticked as often as said, by the recipe of the panel (Enter).";
/// Repaints one again.
pub const MORE: &str = "More tries";
/// What that does.
pub const MORE_TIP: &str = "Repaint this one again, with the next seeds.";
/// Stops what waits.
pub const STOP: &str = "Stop";
/// What that does.
pub const STOP_TIP: &str = "Send away the tries that wait.";
/// Takes the picks.
pub const KEEP: &str = "Keep picks";
/// What that does.
pub const KEEP_TIP: &str =
    "Put each try that is picked into the picture; each is one step to undo (Enter).";
/// Adds what was masked.
pub const ADD: &str = "Add what is masked";
/// What that does.
pub const ADD_TIP: &str = "Add what the mask covers to the list, for what the detector missed.";
/// Takes the mask over.
pub const USE_MASK: &str = "Use the mask";
/// What that does.
pub const USE_MASK_TIP: &str = "Take what the mask covers for this one's mask.";
/// Hands the mask over.
pub const EDIT_MASK: &str = "Edit mask";
/// What that does.
pub const EDIT_MASK_TIP: &str = "Put this one's mask into the picture's mask, to paint on it; then \u{201c}Use the mask\u{201d}.";
/// The picture as it is.
pub const ORIGINAL: &str = "Original";
/// What the empty field shows.
pub const PROMPT_HINT: &str = "as in the panel";
/// What that means.
pub const PROMPT_TIP: &str = "What should be here, where it is not what the panel says; [PROMPT] stands for that, [SKIP] alone leaves this one as it is.";
/// How strongly this one changes.
pub const STRENGTH: &str = "Strength";
/// What that means.
pub const STRENGTH_TIP: &str = "Denoising strength for this one; at first as in the panel.";
/// How the window is used.
pub const KEYS: &str =
    "1\u{2013}9 pick a try, 0 keeps the original, Tab goes on to the next, Space shows it large.";
/// How it is used while one is shown large.
pub const LARGE_KEYS: &str = "Drag the line; 1\u{2013}9, 0 and Tab as before.";
/// What is shown large.
pub const LARGE: &str = "Original and pick";
/// Leads back from there.
pub const BACK: &str = "All";
/// What that does.
pub const BACK_TIP: &str = "Show all of them again (Space).";
/// Sorts tries.
pub const BY_HINT: &str = "Likely ones first";
/// What that means.
pub const BY_HINT_TIP: &str = "Once all tries of one are there, those that the detector takes most for a hand come first. A hint, no verdict: it takes six fingers for a hand.";
/// What a hint is.
pub const HINT_TIP: &str =
    "how much the detector takes it for what it looks for; six fingers are a hand to it";
/// How large pictures are.
pub const SIDE_TIP: &str = "How large the pictures are.";
/// What dragging a row does.
pub const HANDLE_TIP: &str = "Drag to another place: the order in which they are repainted.";
/// What the settings of the picture are.
pub const TOLD_TIP: &str = "Find and repaint as ADetailer did in the picture whose recipe is in the panel: its confidence, masks, prompts, strength and blur.";
/// Nothing was found.
pub const NOTHING: &str = "Nothing was found. Paint over it with the mask brush, and press \u{201c}Add what is masked\u{201d}; or choose another detector.";
/// The list is of another picture.
pub const CHANGED: &str = "The picture has changed since: find again.";
/// The window is closed.
pub const CLOSED: &str = "Open Fix hands first.";
/// Enter keeps a result.
pub const RESULT_SELECTED: &str = "A result of the strip is selected: Enter keeps it.";
/// Nothing is masked.
pub const NO_MASK: &str = "Nothing is masked.";
/// No model is there to repaint with.
pub const NO_MODEL: &str = "Choose a model first.";
/// Nothing is ticked.
pub const NONE_TICKED: &str = "Nothing is ticked.";
/// Nothing is picked.
pub const NONE_PICKED: &str = "No try is picked.";
/// There is a picture to look through.
pub const NO_PICTURE: &str = "Open a picture first.";

/// What one is called.
pub fn name(number: usize, label: &str) -> String {
    format!("{number} \u{b7} {label}")
}

/// How sure the detector was, and its size.
pub fn about(score: f32, width: u32, height: u32) -> String {
    match score > 0.0 {
        true => format!("score {score:.2}, {width} \u{d7} {height}"),
        false => format!("by hand, {width} \u{d7} {height}"),
    }
}

/// What is shown alone.
pub fn alone(name: &str, what: &str) -> String {
    format!("{name}: {what}")
}

/// What a try is called.
pub fn a_try(number: usize) -> String {
    format!("Try {number}")
}

/// What a row is dragged by.
pub fn handle(number: usize) -> String {
    format!("Move {number}")
}

/// The settings of the picture.
pub fn told(model: &str) -> String {
    format!("As in the picture ({model})")
}

/// What hints at a try.
pub fn hint(hint: f32) -> String {
    format!("hint {hint:.2}")
}

/// What stands on a picture: the key that picks it, and what hints at it.
pub fn mark(key: &str, hint: &str) -> String {
    match hint {
        "" => key.to_owned(),
        hint => format!("{key}  {hint}"),
    }
}

/// So many were not repainted.
pub fn skipped(count: usize) -> String {
    format!("left as they are, as their prompts say [SKIP]: {count}")
}

/// What a cell is called.
pub fn cell(spot: usize, what: &str) -> String {
    format!("{what}, row {spot}")
}

/// So many were put into the picture, and so many that were still to come were stopped for it.
pub fn kept(count: usize, stopped: usize) -> String {
    let kept = match count {
        1 => "1 try is in the picture; undo takes it back.".to_owned(),
        count => format!("{count} tries are in the picture; undo takes them back one by one."),
    };
    match stopped {
        0 => kept,
        1 => format!("{kept} 1 try that was still to come was stopped."),
        stopped => format!("{kept} {stopped} tries that were still to come were stopped."),
    }
}

/// How far the tries are.
pub fn progress(done: usize, all: usize) -> String {
    format!("{done} of {all} tries")
}
