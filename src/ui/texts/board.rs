//! What the canvas and its bars say.
//!
//! Does not know when it is said.

use crate::raster::{Rect, Size};

texts! {
    "board";
    texts:
        CANVAS, BEFORE, AFTER, DIFFERENCE, NOTHING_TO_COMPARE, NOTHING_TO_UNDO, NOTHING_TO_REDO,
        NO_MASK, NO_SKETCH, UNFINISHED, NOTHING_BEGUN, FEW_CORNERS, OPAQUE, SIZE, SIZE_TIP,
        HARDNESS, HARDNESS_TIP, OPACITY, OPACITY_TIP, PEN, PEN_TIP, PEN_SIZE, PEN_SIZE_TIP,
        PEN_OPACITY, PEN_OPACITY_TIP, STRING, STRING_TIP, FINGERS, FINGERS_TIP, FINGERS_AUTO,
        FINGERS_PAINT, FINGERS_MOVE, HEX, HEX_TIP, PAINT_COLOR, PAINT_COLOR_TIP,
        SECOND_COLOR_TIP, RECENT_COLOR_TIP, EYEDROPPER_HINT, TOLERANCE, TOLERANCE_TIP,
        CONTIGUOUS, CONTIGUOUS_TIP, GROW_BY, GROW_BY_TIP, MASK, MASK_LOOK, MASK_TIP, COLOR,
        COLOR_TIP, STRENGTH, STRENGTH_TIP, TINT, HATCH, OUTLINE,
        BLACK_AND_WHITE, HIDDEN, SHAPE_HINT, LASSO_HINT, POLYGON_HINT, MASK_STATUS_TIP,
        TURN_TIP, OTHER, SELECTED, MASK_EMPTY, FRAME_FREE, FRAME_AS_PICTURE;
    captions:;
    second_color(color: [u8; 3]) { color: hex(color) };
    recent_color(color: [u8; 3]) { color: hex(color) };
    mask_color(color: [u8; 3]) { color: hex(color) };
    too_large(size: Size, most: u32);
    covers(percent: &str, size: Size, left: u32, top: u32);
    picture(size: Size);
    zoomed(percent: &str);
    turned(degrees: &str);
    turned_and_mirrored(degrees: &str);
    frame_fixed_model(size: &str);
    undone(action: &str, edit: &str);
    sees(seen: Size);
    sees_rendered(seen: Size, rendered: Size);
    sees_enlarged(seen: Size, rendered: Size, times: &str);
}

/// A brush's size, to a tenth where that is seen.
pub fn brush_size(size: f64) -> String {
    if size < 10.0 {
        format!("{size:.1}")
    } else {
        format!("{size:.0}")
    }
}

/// As web pages write it.
pub fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// How much of the picture is masked, and where.
pub fn mask(coverage: f64, bounds: Option<Rect>) -> String {
    let Some(bounds) = bounds else {
        return MASK_EMPTY.into();
    };
    let percent = coverage * 100.0;
    let percent = match percent {
        _ if percent >= 10.0 => format!("{percent:.1}"),
        _ if percent >= 0.01 => format!("{percent:.2}"),
        _ => "< 0.01".into(),
    };
    covers(&percent, bounds.size(), bounds.left, bounds.top)
}

/// The zoom; 1 is 100 %.
pub fn zoom(zoom: f32) -> String {
    let percent = zoom * 100.0;
    let decimals = if percent < 10.0 { 1 } else { 0 };
    zoomed(&format!("{percent:.decimals$}"))
}

/// How the view is rotated, clockwise, and whether it is mirrored.
pub fn turn(degrees: f32, mirrored: bool) -> String {
    // A whole turn against the clock is no minus nothing.
    let degrees = format!("{:.0}", degrees.round().rem_euclid(360.0) + 0.0);
    match mirrored {
        true => turned_and_mirrored(&degrees),
        false => turned(&degrees),
    }
}

/// Where the pointer is in the picture.
pub fn pointer(x: i64, y: i64) -> String {
    format!("{x}, {y}")
}

/// Over the rectangle that the model will see: its size in the picture, and what it is rendered at.
pub fn context(seen: Size, rendered: Size) -> String {
    let times = seen.width as f32 / rendered.width.max(1) as f32;
    if seen == rendered {
        sees(seen)
    } else if times > 2.0 {
        sees_enlarged(seen, rendered, &format!("{times:.1}"))
    } else {
        sees_rendered(seen, rendered)
    }
}

/// What hovers over a button: its name, its key, a sentence.
pub fn tip(title: &str, key: Option<&str>, sentence: &str) -> String {
    match key {
        Some(key) => format!("{title} ({key})\n{sentence}"),
        None => format!("{title}\n{sentence}"),
    }
}
