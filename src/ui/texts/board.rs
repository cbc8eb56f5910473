//! What the canvas and its bars say, in English.
//!
//! Does not know when it is said.

use crate::raster::{Rect, Size};

/// What the canvas is called.
pub const CANVAS: &str = "Canvas";
/// Over the picture as it was.
pub const BEFORE: &str = "before";
/// Over the picture as it is or would be.
pub const AFTER: &str = "after";
/// Over the picture of what changed.
pub const DIFFERENCE: &str = "difference";

/// Why nothing is compared.
pub const NOTHING_TO_COMPARE: &str = "There is nothing to compare yet: repaint something first.";
/// Why nothing is undone.
pub const NOTHING_TO_UNDO: &str = "There is nothing to undo.";
/// Why nothing is redone.
pub const NOTHING_TO_REDO: &str = "There is nothing to redo.";
/// Why the mask is not changed.
pub const NO_MASK: &str = "The mask is empty: paint over what is to be repainted first.";
/// Why nothing is done with the sketch.
pub const NO_SKETCH: &str = "Nothing is painted in colour yet: take the colour brush first.";
/// Why nothing else is done.
pub const UNFINISHED: &str = "Finish what you are drawing first, or drop it with Escape.";
/// Why nothing is dropped.
pub const NOTHING_BEGUN: &str = "Nothing is being drawn.";
/// Why a polygon is not closed.
pub const FEW_CORNERS: &str = "Click at least three corners with the polygon tool first.";
/// Why no mask was made.
pub const OPAQUE: &str = "Nothing in this picture is transparent, so the mask stays as it is.";

/// The brush's size.
pub const SIZE: &str = "Size";
/// What the size is.
pub const SIZE_TIP: &str =
    "How wide the brush is, in pixels of the picture; [ and ] or Ctrl and the wheel change it too.";
/// A brush's size, to a tenth where that is seen.
pub fn brush_size(size: f64) -> String {
    if size < 10.0 {
        format!("{size:.1}")
    } else {
        format!("{size:.0}")
    }
}

/// The brush's hardness.
pub const HARDNESS: &str = "Hardness";
/// What the hardness is.
pub const HARDNESS_TIP: &str = "How sharp the brush's edge is; drag on the canvas with Alt or Ctrl and the right button to set size and hardness in place.";
/// The brush's opacity.
pub const OPACITY: &str = "Opacity";
/// What the opacity is.
pub const OPACITY_TIP: &str = "How strongly the brush covers; the digits set it too.";
/// The pen's settings.
pub const PEN: &str = "Pen";
/// What they are for.
pub const PEN_TIP: &str = "Choose what a pen's pressure changes, what fingers do, and how steady lines are. Pressure comes through under Windows; Linux gives the window a pen as a mouse.";
/// The pen and the size.
pub const PEN_SIZE: &str = "Pressure sets size";
/// What that is.
pub const PEN_SIZE_TIP: &str = "A pen pressed harder paints wider.";
/// The pen and the opacity.
pub const PEN_OPACITY: &str = "Pressure sets opacity";
/// What that is.
pub const PEN_OPACITY_TIP: &str = "A pen pressed harder covers more.";
/// The length of the string that the brush is pulled by.
pub const STRING: &str = "Stabiliser";
/// What that is.
pub const STRING_TIP: &str = "Pull the brush by a string of this length, in pixels of the screen: it stays until the string is taut, which makes lines steady; 0 turns it off.";
/// What one finger does.
pub const FINGERS: &str = "A finger on the canvas";
/// What that is.
pub const FINGERS_TIP: &str =
    "Two fingers move and zoom the view, always; while a pen is down, fingers and palm do nothing.";
pub const FINGERS_AUTO: &str = "Paints, until a pen is used";
pub const FINGERS_PAINT: &str = "Paints";
pub const FINGERS_MOVE: &str = "Moves the view";
/// What the colour brush paints with.
pub const HEX: &str = "Hex";
pub const HEX_TIP: &str = "The colour as #rrggbb.";
pub const PAINT_COLOR: &str = "Paint colour";
/// What that is.
pub const PAINT_COLOR_TIP: &str = "The colour to paint with; take one from the picture with the eyedropper, or with Ctrl and a click while you paint.";
/// What the colour is swapped with.
pub fn second_color(color: [u8; 3]) -> String {
    format!("Second colour {}", hex(color))
}
/// What that is for.
pub const SECOND_COLOR_TIP: &str =
    "Paint with this colour, and keep the other one here; X does the same.";
/// A colour painted with before.
pub fn recent_color(color: [u8; 3]) -> String {
    format!("Recent colour {}", hex(color))
}
/// What it is for.
pub const RECENT_COLOR_TIP: &str = "Paint with this colour again.";
/// How the eyedropper is used.
pub const EYEDROPPER_HINT: &str =
    "Click a colour to paint with it, with the right button to have it as the second one.";

/// As web pages write it.
pub fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The wand's tolerance.
pub const TOLERANCE: &str = "Tolerance";
/// What the tolerance is.
pub const TOLERANCE_TIP: &str =
    "How far a colour may be from the one you click and still be taken.";
/// The wand's reach.
pub const CONTIGUOUS: &str = "Connected";
/// What the reach is.
pub const CONTIGUOUS_TIP: &str =
    "Take only what is connected with the point you click, not the same colour elsewhere.";
/// By how much the mask grows.
pub const GROW_BY: &str = "Grow and shrink by";
/// What that is.
pub const GROW_BY_TIP: &str = "By how many pixels Grow mask and Shrink mask move the mask's edge.";

/// How the mask is shown.
pub const MASK: &str = "Mask";
/// The same, where nobody sees that it stands over the canvas.
pub const MASK_LOOK: &str = "Mask look";
/// What the mask's popover is for.
pub const MASK_TIP: &str = "Choose how the mask is drawn over the picture.";
/// The mask's colour.
pub const COLOR: &str = "Colour";
/// What the colour is for.
pub const COLOR_TIP: &str = "The colour that the mask is drawn in.";
/// What gives it the next colour.
pub const NEXT_COLOR: &str = "Next mask colour";
/// What that is for.
pub const NEXT_COLOR_TIP: &str =
    "Draw the mask in the next colour, where it is hard to tell from the picture.";
/// One of the colours to choose.
pub fn mask_color(color: [u8; 3]) -> String {
    format!("Mask colour {}", hex(color))
}
/// The mask's opacity on the screen.
pub const STRENGTH: &str = "Strength";
/// What that is.
pub const STRENGTH_TIP: &str =
    "How much of the picture the drawn mask hides; it changes nothing about the repaint.";
/// A mask looked at as a colour.
pub const TINT: &str = "Tint";
/// A mask looked at as stripes.
pub const HATCH: &str = "Hatch";
/// A mask looked at as a line.
pub const OUTLINE: &str = "Outline";
/// A mask looked at as itself.
pub const BLACK_AND_WHITE: &str = "Black and white";
/// A mask not looked at.
pub const HIDDEN: &str = "Hidden";

/// How the shape tools are used.
pub const SHAPE_HINT: &str =
    "Drag to mask, with the right button to unmask; Shift for equal sides.";
/// How the lasso is used.
pub const LASSO_HINT: &str = "Draw around what to mask, with the right button to unmask.";
/// How the polygon is used.
pub const POLYGON_HINT: &str =
    "Click the corners, beginning with the right button to unmask; a double click or Enter closes.";

/// The picture is larger than the device can show.
pub fn too_large(size: Size, most: u32) -> String {
    format!(
        "This picture of {size} pixels cannot be shown here: this graphics device holds {most} pixels a side at most."
    )
}

/// How much of the picture is masked, and where.
pub fn mask(coverage: f64, bounds: Option<Rect>) -> String {
    let Some(bounds) = bounds else {
        return "Mask empty".into();
    };
    let percent = coverage * 100.0;
    let percent = match percent {
        _ if percent >= 10.0 => format!("{percent:.1}"),
        _ if percent >= 0.01 => format!("{percent:.2}"),
        _ => "< 0.01".into(),
    };
    format!(
        "Mask {percent} %   {} at {}, {}",
        bounds.size(),
        bounds.left,
        bounds.top
    )
}

/// Why coverage and bounds stand at the bottom.
pub const MASK_STATUS_TIP: &str = "How much of the picture the mask covers, and the smallest rectangle around it: size, left, top.";

/// The picture's size.
pub fn picture(size: Size) -> String {
    format!("Picture {size}")
}

/// The zoom; 1 is 100 %.
pub fn zoom(zoom: f32) -> String {
    let percent = zoom * 100.0;
    if percent < 10.0 {
        format!("Zoom {percent:.1} %")
    } else {
        format!("Zoom {percent:.0} %")
    }
}

/// How the view is rotated, clockwise, and whether it is mirrored.
pub fn turn(degrees: f32, mirrored: bool) -> String {
    // A whole turn against the clock is no minus nothing.
    let degrees = format!("Rotated {:.0}°", degrees.round().rem_euclid(360.0) + 0.0);
    match mirrored {
        true => format!("{degrees}, mirrored"),
        false => degrees,
    }
}

/// What that is, and the way back.
pub const TURN_TIP: &str =
    "How you see the picture, which itself stays as it is; View, Upright brings it back.";

/// Where the pointer is in the picture.
pub fn pointer(x: i64, y: i64) -> String {
    format!("{x}, {y}")
}

/// Over the rectangle that the model will see: its size in the picture, and what it is rendered at.
pub fn context(seen: Size, rendered: Size) -> String {
    let times = seen.width as f32 / rendered.width.max(1) as f32;
    if seen == rendered {
        format!("the model sees {seen}")
    } else if times > 2.0 {
        format!("the model sees {seen}, rendered at {rendered}: {times:.1} times enlarged")
    } else {
        format!("the model sees {seen}, rendered at {rendered}")
    }
}

/// What hovers over a button: its name, its key, a sentence.
pub fn tip(title: &str, key: Option<&str>, sentence: &str) -> String {
    match key {
        Some(key) => format!("{title} ({key})\n{sentence}"),
        None => format!("{title}\n{sentence}"),
    }
}

/// Over the result that another is held against.
pub const OTHER: &str = "other result";
/// Over the result that is selected, beside that.
pub const SELECTED: &str = "selected result";
