//! What cropping, extending, scaling and new canvases say, in English.
//!
//! Does not know when it is said.

use crate::document::EditName;
use crate::raster::Size;
use crate::raster::file::MAX_SIDE;

/// Why the frame is not applied.
pub const FRAME_UNTOUCHED: &str = "Pull an edge of the frame first.";
/// The frame's button that cuts and extends.
pub const APPLY: &str = "Apply";
/// The frame's button that forgets it.
pub const DROP: &str = "Drop";
/// What of the frame's shape stays.
pub const PROPORTION: &str = "Shape";
/// What that is for.
pub const PROPORTION_TIP: &str =
    "What stays of the frame's shape while you drag it: nothing, its proportions, or its size.";
/// The left edge.
pub const LEFT: &str = "Left";
/// What its number is.
pub const LEFT_TIP: &str =
    "Pixels added at the left (+) or cut off (\u{2212}); Alt drags by single pixels.";
/// The upper edge.
pub const TOP: &str = "Top";
/// What its number is.
pub const TOP_TIP: &str =
    "Pixels added at the top (+) or cut off (\u{2212}); Alt drags by single pixels.";
/// The right edge.
pub const RIGHT: &str = "Right";
/// What its number is.
pub const RIGHT_TIP: &str =
    "Pixels added at the right (+) or cut off (\u{2212}); Alt drags by single pixels.";
/// The lower edge.
pub const BOTTOM: &str = "Bottom";
/// What its number is.
pub const BOTTOM_TIP: &str =
    "Pixels added at the bottom (+) or cut off (\u{2212}); Alt drags by single pixels.";

/// How far an edge moves outwards.
pub fn margin(margin: i32) -> String {
    match margin {
        0 => "0".to_owned(),
        1.. => format!("+{margin}"),
        _ => format!("\u{2212}{}", margin.unsigned_abs()),
    }
}

/// The frame's size, and how much that is.
pub fn frame_size(size: Size) -> String {
    format!("{}, {}", size_of(size), megapixels(size))
}

/// The frame's size, and how it is used.
pub fn frame_hint(size: Size) -> String {
    format!(
        "{}   Pull an edge outwards to extend, inwards to crop.",
        size_of(size)
    )
}

/// How many pixels that are.
pub fn megapixels(size: Size) -> String {
    let millions = f64::from(size.width) * f64::from(size.height) / 1e6;
    let decimals = if millions < 10.0 { 2 } else { 0 };
    format!("{millions:.decimals$} megapixels")
}

pub fn size_of(size: Size) -> String {
    format!("{} x {}", size.width, size.height)
}

/// Why a result is not laid over the picture.
pub const OTHER_GEOMETRY: &str =
    "It was made before the picture was cropped, turned or mirrored; undo brings that back.";

/// Why nothing else is done.
pub const WORKING: &str = "The picture is being worked on; wait a moment.";
/// What a preparation does while it is at it.
pub fn working(what: EditName) -> &'static str {
    match what {
        EditName::Crop => "Cropping\u{2026}",
        EditName::Extend => "Extending\u{2026}",
        EditName::Scale => "Scaling\u{2026}",
        EditName::Rotate => "Turning\u{2026}",
        EditName::Flip => "Mirroring\u{2026}",
        _ => "Working\u{2026}",
    }
}
/// Stops waiting for it.
pub const CANCEL: &str = "Cancel";
/// The picture is not what was worked on any more.
pub const CHANGED_MEANWHILE: &str =
    "The picture was changed meanwhile, so it stays as it is; do it once more.";
/// The thread has died.
pub const FAILED: &str =
    "The picture could not be worked on; there may not be enough memory. Save it and try again.";
/// Why nothing is done to a picture.
pub fn too_large(size: Size, most: u32) -> String {
    format!("{size} pixels are too many here: {most} a side is the most.")
}
/// Why no side can be that long.
pub fn impossible() -> String {
    format!("Pictures have 1 to {MAX_SIDE} pixels a side.")
}

/// A picture was cut.
pub fn cropped(size: Size) -> String {
    format!("Cropped to {size} pixels; undo brings the rest back.")
}

/// A picture was scaled.
pub fn scaled(size: Size) -> String {
    format!("Scaled to {size} pixels.")
}

/// A picture was extended: what is masked now, and whether something was before, what happened to the strength, and what comes next. `strength` is what it was where it was raised to 1, and `low` what it is where that is little.
pub fn extended(
    size: Size,
    masked_before: bool,
    raised_from: Option<f64>,
    low: Option<f64>,
) -> String {
    let masked = match masked_before {
        true => "only the new part is masked now.",
        false => "the new part masked.",
    };
    let strength = match (raised_from, low) {
        (Some(from), _) => format!(
            " Strength is 1 now (it was {from}), so that the model paints the new part from nothing."
        ),
        (None, Some(strength)) => {
            format!(
                " At strength {strength} streaks of the edges may stay; 1 paints it from nothing."
            )
        }
        (None, None) => String::new(),
    };
    format!(
        "Extended to {size} pixels, {masked}{strength} Say what should be there and press Repaint."
    )
}

/// Why nothing is cropped to the mask.
pub const NO_MASK: &str = "The mask is empty: paint over what is to be left first.";
/// Why nothing is cropped to the mask.
pub const WHOLE_MASK: &str = "The mask reaches to all edges already.";

/// The title of the dialog that scales.
pub const SCALE_TITLE: &str = "Scale picture";
/// A picture's width.
pub const WIDTH: &str = "Width";
/// A picture's height.
pub const HEIGHT: &str = "Height";
/// How much larger it gets.
pub const FACTOR: &str = "Factor";
/// Whether width and height go together.
pub const LOCK: &str = "Keep proportions";
/// What that is for.
pub const LOCK_TIP: &str = "Width and height change together, so that nothing is stretched.";
/// What the width is.
pub const WIDTH_TIP: &str = "Pixels from left to right.";
/// What the height is.
pub const HEIGHT_TIP: &str = "Pixels from top to bottom.";
/// What the factor is.
pub const FACTOR_TIP: &str = "The new size in percent of the old one.";
/// Scales.
pub const SCALE: &str = "Scale";
/// After numbers of pixels.
pub const PIXELS: &str = " px";
/// After a factor.
pub const PERCENT: &str = " %";
/// A button that scales by a factor.
pub fn times(percent: u32) -> String {
    format!("{percent} %")
}
/// The new size, beside the old one.
pub fn scale_from(from: Size, to: Size) -> String {
    format!(
        "From {} to {}, {}",
        size_of(from),
        size_of(to),
        megapixels(to)
    )
}
/// The sides are not what models take.
pub const NOT_EIGHTS: &str = "Models work in steps of 8 pixels.";
/// A button that makes them so.
pub fn round_to(size: Size) -> String {
    format!("Use {}", size_of(size))
}
/// What the button is for.
pub const ROUND_TIP: &str = "Round both sides to multiples of 8.";
/// What scales.
pub const WAY: &str = "By";
/// What that is.
pub const WAY_TIP: &str =
    "Lanczos makes a picture larger as it is; an upscaler adds the detail that it has learnt.";
/// The way that needs no upscaler.
pub const LANCZOS: &str = "Lanczos";
/// No file is chosen.
pub const NO_FILE: &str = "Not chosen";
/// A file that is not in the list.
pub const OTHER_FILE: &str = "Another file\u{2026}";
/// The network in the program.
pub const BUILT_IN_NETWORK: &str = "Built-in (drawings)";
/// What an upscaler does.
pub const UPSCALING: &str = "Upscaling\u{2026}";
/// What the engine does, and how many parts of it are done.
pub fn done(what: &str, done: Option<(usize, usize)>) -> String {
    match done {
        Some((done, of)) => format!("{what} {done} of {of}"),
        None => what.to_owned(),
    }
}
/// What stays to be said about enlarging.
pub const SCALE_NOTE: &str = "Picture and mask are scaled together.";

/// The title of the dialog that makes a canvas.
pub const NEW_TITLE: &str = "New canvas";
/// What the dialog is for.
pub const NEW_NOTE: &str = "The model paints a whole new picture from the prompt alone: everything is masked, the strength is 1.";
/// Makes it.
pub const CREATE: &str = "Create";
/// What a new canvas is called until it is saved.
pub const NEW_NAME: &str = "New canvas";
/// A button with a size.
pub fn size_choice(size: Size, native: bool) -> String {
    match native {
        true => format!("{} (model)", size_of(size)),
        false => size_of(size),
    }
}
/// What the button is for.
pub fn size_choice_tip(native: bool) -> &'static str {
    match native {
        true => "The size that the loaded model was trained for: it paints best at this one.",
        false => "A size that many models were trained for.",
    }
}
/// A new canvas is there.
pub fn created(size: Size) -> String {
    format!(
        "A new canvas of {size} pixels, all of it masked, strength 1: say what should be there and press Repaint."
    )
}
