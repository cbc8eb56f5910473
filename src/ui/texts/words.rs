//! What masking by words says, in English.
//!
//! Does not know when it is said.

/// The title of the dialog.
pub const TITLE: &str = "Mask by words";
/// What to look for.
pub const WORDS: &str = "What to mask";
/// What is typed there.
pub const WORDS_TIP: &str =
    "A few words, as in \u{201c}left hand\u{201d}; several things behind commas.";
/// What the empty field shows.
pub const WORDS_HINT: &str = "left hand, watch";
/// Looks for it.
pub const FIND: &str = "Find";
/// What the network does.
pub const FINDING: &str = "Looking\u{2026}";
/// What looks for it.
pub const WITH: &str = "With";
/// What that is.
pub const WITH_TIP: &str =
    "The network that finds it: the built-in one knows drawn hands and figures, CLIPSeg any words.";
/// How sure the network has to be.
pub const THRESHOLD: [&str; 2] = [
    "Threshold",
    "How sure the network has to be; a lower one masks more.",
];
/// How far the mask is grown.
pub const DILATE: [&str; 2] = ["Grow", "How far the mask is grown beyond what was found."];
/// How soft it is.
pub const BLUR: [&str; 2] = [
    "Blur",
    "How soft what was found becomes before it is grown.",
];
/// What lies over the picture.
pub const VIEW: &str = "Show";
/// How sure the network is.
pub const HEAT: [&str; 2] = [
    "Heat map",
    "Yellow where the network is sure, violet where it is not.",
];
/// The mask.
pub const MASK: [&str; 2] = ["Mask", "White where the picture would be repainted."];
/// The picture alone.
pub const NOTHING: [&str; 2] = ["Picture", "The picture as it is."];
/// What becomes of the mask that is there.
pub const REPLACE: [&str; 2] = ["Replace", "In the place of the mask that is there."];
/// The same.
pub const ADD: [&str; 2] = ["Add", "Added to the mask that is there."];
/// The same.
pub const SUBTRACT: [&str; 2] = ["Subtract", "Taken away from the mask that is there."];
/// The same.
pub const INTERSECT: [&str; 2] = ["Intersect", "What both mask."];
/// Puts it into the document.
pub const APPLY: &str = "Apply";
/// What that is.
pub const APPLY_TIP: &str = "Makes this the mask; one step to undo.";

/// Nothing is sure enough.
pub fn nothing_found(most: f32) -> String {
    format!("Nothing found: {most:.2} sure at most. Lower the threshold, or use other words.")
}

/// How much of the picture is masked.
pub fn coverage(share: f64) -> String {
    format!("{:.1} % masked", share * 100.0)
}
