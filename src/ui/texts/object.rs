//! What clicking to mask says, in English.
//!
//! Does not know when it is said.

use std::time::Duration;

use crate::raster::Join;

/// What the settings say before the first click.
pub const HINT: &str = "Click what to mask, or drag a box around it.";
/// What they say from then on.
pub const PENDING_HINT: &str = "Enter or a double click takes it, Escape drops it, Tab shows another; more clicks add, the right button takes away.";
/// Why nothing is done with what is pointed at.
pub const NOTHING_YET: &str = "Click what is to be masked first, or drag a box around it; the right button then takes parts away.";
/// Why no other candidate is shown.
pub const ONLY_ONE: &str = "The network found nothing else there.";
/// What becomes of the mask that is there.
pub const JOIN: [&str; 2] = ["Mask", "What it does to the mask that is there."];
/// Whether the edge is refined.
pub const REFINE: [&str; 2] = [
    "Refine edge",
    "Bring the edge of what is found to the edge that the picture has there.",
];
/// How far it is grown.
pub const GROW: [&str; 2] = [
    "Grow",
    "Widen what is found on all sides, or narrow it below 0, in pixels of the picture.",
];
/// Makes it the mask.
pub const TAKE: [&str; 2] = ["Take", "Make it part of the mask; one step to undo."];
/// What finds it.
pub const WITH: [&str; 2] = [
    "With",
    "The network that finds what you point at: MobileSAM, EfficientSAM, SAM 2 or another of Segment Anything's kind.",
];
/// There is no network.
pub const NEEDED: &str = "This needs a network of Segment Anything's kind, which is not here: fetch MobileSAM with `pentimento models get Acly/MobileSAM/mobile_sam_image_encoder.onnx` and `pentimento models get Acly/MobileSAM/sam_mask_decoder_multi.onnx`, or choose its file.";
/// What the engine does.
pub const LOOKING: &str = "Looking at the picture\u{2026}";
/// There is no mask in what was found.
pub const NOTHING_FOUND: &str =
    "The network sees nothing there; click another place, or drag a box around what you mean.";

/// What the engine does, and for how long.
pub fn looking(for_so_long: Duration) -> String {
    format!("{LOOKING} {} s", for_so_long.as_secs())
}

/// What a candidate is worth.
pub fn candidate(score: f32) -> String {
    format!("The network gives it {score:.2} of 1.")
}

/// What becomes of the mask.
pub fn join(join: Join) -> &'static str {
    match join {
        Join::Replace => "Replace",
        Join::Add => "Add",
        Join::Subtract => "Subtract",
        Join::Intersect => "Intersect",
    }
}
