//! What cropping, extending, scaling and new canvases say.
//!
//! Does not know when it is said.

use super::Text;
use crate::document::EditName;
use crate::raster::Size;
use crate::raster::file::MAX_SIDE;

texts! {
    "prepare";
    texts:
        FRAME_UNTOUCHED, APPLY, DROP, PROPORTION, PROPORTION_TIP, LEFT, LEFT_TIP, TOP, TOP_TIP,
        RIGHT, RIGHT_TIP, BOTTOM, BOTTOM_TIP, OTHER_GEOMETRY, WORKING, CANCEL,
        CHANGED_MEANWHILE, FAILED, NO_MASK, WHOLE_MASK, SCALE_TITLE, WIDTH, HEIGHT, FACTOR,
        LOCK, LOCK_TIP, WIDTH_TIP, HEIGHT_TIP, FACTOR_TIP, SCALE, PIXELS, PERCENT, NOT_EIGHTS,
        ROUND_TIP, WAY, WAY_TIP, LANCZOS, NO_FILE, OTHER_FILE, BUILT_IN_NETWORK, UPSCALING,
        AND_REPAINT, AND_REPAINT_TIP, SCALE_NOTE, NEW_TITLE, NEW_NOTE, CREATE, NEW_NAME, CROPPING, EXTENDING, SCALING,
        TURNING, MIRRORING, AT_WORK, ONLY_NEW_MASKED, NEW_MASKED, SIZE_OF_MODEL_TIP, SIZE_TIP;
    captions:;
    frame_size(size: Size) { size: size_of(size), megapixels: megapixels(size) };
    frame_hint(size: Size) { size: size_of(size) };
    in_megapixels(millions: &str);
    too_large(size: Size, most: u32);
    impossible() { most: MAX_SIDE };
    cropped(size: Size);
    scaled(size: Size);
    extended_to(size: Size, masked: Text, strength: &str) { size: size, masked: masked.get(), strength: strength };
    strength_raised(from: f64);
    strength_low(strength: f64);
    scale_from(from: Size, to: Size) { from: size_of(from), to: size_of(to), megapixels: megapixels(to) };
    round_to(size: Size) { size: size_of(size) };
    done_of(what: &str, done: usize, all: usize);
    size_of_model(size: Size) { size: size_of(size) };
    created(size: Size);
}

/// How far an edge moves outwards.
pub fn margin(margin: i32) -> String {
    match margin {
        0 => "0".to_owned(),
        1.. => format!("+{margin}"),
        _ => format!("\u{2212}{}", margin.unsigned_abs()),
    }
}

/// How many pixels that are.
pub fn megapixels(size: Size) -> String {
    let millions = f64::from(size.width) * f64::from(size.height) / 1e6;
    let decimals = if millions < 10.0 { 2 } else { 0 };
    in_megapixels(&format!("{millions:.decimals$}"))
}

pub fn size_of(size: Size) -> String {
    format!("{} x {}", size.width, size.height)
}

/// What a preparation does while it is at it.
pub fn working(what: EditName) -> Text {
    match what {
        EditName::Crop => CROPPING,
        EditName::Extend => EXTENDING,
        EditName::Scale => SCALING,
        EditName::Rotate => TURNING,
        EditName::Flip => MIRRORING,
        _ => AT_WORK,
    }
}

/// A picture was extended: what is masked now, and whether something was before, what happened to the strength, and what comes next. `raised_from` is what it was where it was raised to 1, and `low` what it is where that is little.
pub fn extended(
    size: Size,
    masked_before: bool,
    raised_from: Option<f64>,
    low: Option<f64>,
) -> String {
    let masked = if masked_before {
        ONLY_NEW_MASKED
    } else {
        NEW_MASKED
    };
    let strength = match (raised_from, low) {
        (Some(from), _) => strength_raised(from),
        (None, Some(strength)) => strength_low(strength),
        (None, None) => String::new(),
    };
    extended_to(size, masked, &strength)
}

/// A button that scales by a factor.
pub fn times(percent: u32) -> String {
    format!("{percent} %")
}

/// What the engine does, and how many parts of it are done.
pub fn done(what: &str, done: Option<(usize, usize)>) -> String {
    match done {
        Some((done, of)) => done_of(what, done, of),
        None => what.to_owned(),
    }
}

/// A button with a size.
pub fn size_choice(size: Size, native: bool) -> String {
    match native {
        true => size_of_model(size),
        false => size_of(size),
    }
}

/// What the button is for.
pub fn size_choice_tip(native: bool) -> Text {
    if native { SIZE_OF_MODEL_TIP } else { SIZE_TIP }
}
