//! The tools of the pointer, and the rows that choose and set them.
//!
//! Does not know the pointer; what a tool does with it stands in [`gesture`](super::gesture).

use eframe::egui::{Key, Modifiers};

use super::editor::{Editor, Row, always};
use super::icon::Icon;
use super::object;
use super::{Board, key, row};
use crate::document::{Brush, EditName};

/// The smallest and the largest brush, radius in picture pixels.
pub(super) const RADIUS: [f32; 2] = [0.5, 2000.0];

/// The part of the range that a step of `Shift+[` takes.
const HARDNESS_STEP: f32 = 0.1;

/// What the pointer does on the canvas: the left button adds, the right one takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Freehand strokes.
    Brush,
    /// Freehand strokes of colour over the picture, beside the mask.
    ColorBrush,
    /// Takes a colour from the picture.
    Eyedropper,
    /// A rectangle between two corners.
    Rectangle,
    /// An ellipse in a rectangle.
    Ellipse,
    /// An outline drawn freehand.
    Lasso,
    /// An outline of straight lines.
    Polygon,
    /// Pixels of like colour.
    Wand,
    /// A thing that is pointed at.
    Object,
    /// The frame that crops and extends the picture.
    Frame,
}

impl Tool {
    /// Every tool, in the order in which the tool bar shows them.
    pub const ALL: &[Self] = &[
        Self::Brush,
        Self::ColorBrush,
        Self::Eyedropper,
        Self::Rectangle,
        Self::Ellipse,
        Self::Lasso,
        Self::Polygon,
        Self::Wand,
        Self::Object,
        Self::Frame,
    ];

    /// The row that chooses it.
    pub(super) const fn action(self) -> &'static str {
        match self {
            Self::Brush => "tool.brush",
            Self::ColorBrush => "tool.color_brush",
            Self::Eyedropper => "tool.eyedropper",
            Self::Rectangle => "tool.rectangle",
            Self::Ellipse => "tool.ellipse",
            Self::Lasso => "tool.lasso",
            Self::Polygon => "tool.polygon",
            Self::Wand => "tool.wand",
            Self::Object => "tool.object",
            Self::Frame => "tool.frame",
        }
    }

    /// What its button shows.
    pub(super) fn icon(self) -> Icon {
        match self {
            Self::Brush => Icon::Brush,
            Self::ColorBrush => Icon::ColorBrush,
            Self::Eyedropper => Icon::Eyedropper,
            Self::Rectangle => Icon::Rectangle,
            Self::Ellipse => Icon::Ellipse,
            Self::Lasso => Icon::Lasso,
            Self::Polygon => Icon::Polygon,
            Self::Wand => Icon::Wand,
            Self::Object => Icon::Object,
            Self::Frame => Icon::Frame,
        }
    }

    /// Whether it is led along strokes.
    pub(super) fn is_brush(self) -> bool {
        matches!(self, Self::Brush | Self::ColorBrush)
    }

    /// Whether it is about colour, and leaves the mask alone.
    pub(super) fn is_color(self) -> bool {
        matches!(self, Self::ColorBrush | Self::Eyedropper)
    }

    /// What undo calls its edit; the brushes' are named by the document.
    pub(super) fn edit(self) -> EditName {
        match self {
            Self::Brush => EditName::Stroke,
            Self::ColorBrush | Self::Eyedropper => EditName::Sketch,
            Self::Rectangle => EditName::Rectangle,
            Self::Ellipse => EditName::Ellipse,
            Self::Lasso => EditName::Lasso,
            Self::Polygon => EditName::Polygon,
            Self::Wand => EditName::Wand,
            Self::Object => EditName::Object,
            Self::Frame => EditName::Crop,
        }
    }
}

/// Takes another tool in hand; an outline begun with the last one is dropped.
pub(super) fn choose(editor: &mut Editor<'_>, tool: Tool) {
    editor.board.drop_gesture(editor.document);
    object::leave(editor, tool);
    let board = &mut *editor.board;
    board.tool = tool;
    if tool.is_brush() && board.color_in_hand != tool.is_color() {
        std::mem::swap(&mut board.brush, &mut board.other_brush);
        board.color_in_hand = tool.is_color();
    }
}

impl Board {
    /// The mask's brush and the colour's.
    pub(super) fn brushes(&self) -> [Brush; 2] {
        match self.color_in_hand {
            true => [self.other_brush, self.brush],
            false => [self.brush, self.other_brush],
        }
    }

    /// Gives mask and colour other brushes.
    pub(super) fn set_brushes(&mut self, [mask, color]: [Brush; 2]) {
        (self.brush, self.other_brush) = match self.color_in_hand {
            true => (color, mask),
            false => (mask, color),
        };
    }
}

/// The brush with another radius, cut to what is allowed.
pub(super) fn with_radius(brush: Brush, radius: f32) -> Brush {
    Brush {
        radius: radius.clamp(RADIUS[0], RADIUS[1]),
        ..brush
    }
}

/// The brush a step larger (or smaller, when negative): a tenth, but at least half a pixel.
fn resized(brush: Brush, steps: f32) -> Brush {
    let step = (brush.radius * 0.1).max(0.5);
    let radius = brush.radius + steps * step;
    with_radius(brush, (radius * 2.0).round() / 2.0)
}

/// The brush with a harder edge (or softer, when negative).
fn hardened(brush: Brush, steps: f32) -> Brush {
    let tenths = (brush.hardness / HARDNESS_STEP).round() + steps;
    Brush {
        hardness: (tenths * HARDNESS_STEP).clamp(0.0, 1.0),
        ..brush
    }
}

macro_rules! tools {
    ($($tool:ident $key:ident $label:literal $tooltip:literal,)+) => {
        &[$(row(
            Tool::$tool.action(),
            [$label, $tooltip],
            None,
            key(Modifiers::NONE, Key::$key),
            always,
            |editor, _| choose(editor, Tool::$tool),
        ),)+]
    };
}

macro_rules! opacities {
    ($($id:literal $label:literal $key:ident $opacity:literal,)+) => {
        &[$(row(
            $id,
            [$label, "Set how strongly the brush covers."],
            None,
            key(Modifiers::NONE, Key::$key),
            always,
            |editor, _| editor.board.brush.opacity = $opacity,
        ),)+]
    };
}

/// Rows that take a tool in hand.
pub(super) const TOOLS: &[Row] = tools! {
    Brush B "Brush" "Paint the mask by hand; the right button erases.",
    ColorBrush S "Colour brush" "Sketch in colour over the picture to show the model what should be there; then mask what you painted and repaint. The right button erases the colour.",
    Eyedropper I "Eyedropper" "Take a colour from the picture to paint with; with the colour brush in hand, Ctrl and a click do the same.",
    Rectangle R "Rectangle" "Drag a rectangle to mask it, or with the right button to unmask it; Shift makes it a square.",
    Ellipse O "Ellipse" "Drag an ellipse to mask it, or with the right button to unmask it; Shift makes it a circle.",
    Lasso L "Lasso" "Draw around what is to be masked, or with the right button unmasked.",
    Polygon P "Polygon" "Click from corner to corner, beginning with the right button to unmask; a double click or Enter closes the outline.",
    Wand W "Magic wand" "Click a colour to mask all of it, or with the right button to unmask it.",
    Object Q "Click to mask" "Click a thing, or drag a box around it, and a network finds its outline; more clicks add to it, those of the right button take away, and Enter makes it part of the mask.",
};

/// Rows that set the brush.
pub(super) const BRUSH: &[Row] = &[
    row(
        "brush.eraser",
        [
            "Eraser",
            "Erase with the left button too, for a pen that has only one.",
        ],
        None,
        key(Modifiers::NONE, Key::E),
        always,
        |editor, _| editor.board.eraser = !editor.board.eraser,
    ),
    row(
        "brush.smaller",
        ["Smaller brush", "Make the brush a step smaller."],
        None,
        key(Modifiers::NONE, Key::OpenBracket),
        always,
        |editor, _| editor.board.brush = resized(editor.board.brush, -1.0),
    ),
    row(
        "brush.larger",
        ["Larger brush", "Make the brush a step larger."],
        None,
        key(Modifiers::NONE, Key::CloseBracket),
        always,
        |editor, _| editor.board.brush = resized(editor.board.brush, 1.0),
    ),
    row(
        "brush.softer",
        ["Softer brush", "Make the brush's edge a step softer."],
        None,
        key(Modifiers::SHIFT, Key::OpenBracket),
        always,
        |editor, _| editor.board.brush = hardened(editor.board.brush, -1.0),
    ),
    row(
        "brush.harder",
        ["Harder brush", "Make the brush's edge a step harder."],
        None,
        key(Modifiers::SHIFT, Key::CloseBracket),
        always,
        |editor, _| editor.board.brush = hardened(editor.board.brush, 1.0),
    ),
];

/// Rows that set the brush's opacity by digits.
pub(super) const OPACITIES: &[Row] = opacities! {
    "brush.opacity_10" "Brush opacity 10 %" Num1 0.1,
    "brush.opacity_20" "Brush opacity 20 %" Num2 0.2,
    "brush.opacity_30" "Brush opacity 30 %" Num3 0.3,
    "brush.opacity_40" "Brush opacity 40 %" Num4 0.4,
    "brush.opacity_50" "Brush opacity 50 %" Num5 0.5,
    "brush.opacity_60" "Brush opacity 60 %" Num6 0.6,
    "brush.opacity_70" "Brush opacity 70 %" Num7 0.7,
    "brush.opacity_80" "Brush opacity 80 %" Num8 0.8,
    "brush.opacity_90" "Brush opacity 90 %" Num9 0.9,
    "brush.opacity_100" "Brush opacity 100 %" Num0 1.0,
};
