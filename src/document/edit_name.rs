//! The names of undo steps.
//!
//! Does not know what they hold.

/// What an undo step was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EditName {
    /// A stroke that paints.
    Stroke,
    /// A stroke that erases.
    Erase,
    /// A rectangle added or taken away.
    Rectangle,
    /// An ellipse added or taken away.
    Ellipse,
    /// A free outline added or taken away.
    Lasso,
    /// A polygon added or taken away.
    Polygon,
    /// Pixels of like colour added or taken away.
    Wand,
    /// Holes of the mask painted.
    FillHoles,
    /// All of the picture masked.
    MaskAll,
    /// Painted and unpainted exchanged.
    Invert,
    /// The mask grown.
    Grow,
    /// The mask shrunk.
    Shrink,
    /// The mask emptied.
    Clear,
    /// The mask taken from the picture's alpha.
    FromAlpha,
    /// The mask read from a file.
    Import,
    /// The mask made of what words say.
    Words,
    /// A thing that was pointed at added or taken away.
    Object,
    /// A result accepted.
    Result,
    /// The picture cut.
    Crop,
    /// The picture brought to another size.
    Scale,
    /// The picture turned.
    Rotate,
    /// The picture mirrored.
    Flip,
    /// The picture given room at its edges.
    Extend,
    /// Colour drawn over the picture.
    Sketch,
    /// Drawn colour erased.
    EraseSketch,
    /// All drawn colour taken away.
    ClearSketch,
    /// Drawn colour made part of the picture.
    MergeSketch,
    /// The mask given what was drawn.
    MaskSketch,
}

impl EditName {
    /// A word or two for menus and messages, as in "Undo brush stroke".
    pub fn label(self) -> &'static str {
        match self {
            Self::Stroke => "brush stroke",
            Self::Erase => "eraser stroke",
            Self::Rectangle => "rectangle",
            Self::Ellipse => "ellipse",
            Self::Lasso => "lasso",
            Self::Polygon => "polygon",
            Self::Wand => "magic wand",
            Self::FillHoles => "fill holes",
            Self::MaskAll => "mask everything",
            Self::Invert => "invert mask",
            Self::Grow => "grow mask",
            Self::Shrink => "shrink mask",
            Self::Clear => "clear mask",
            Self::FromAlpha => "mask from alpha",
            Self::Import => "import mask",
            Self::Words => "mask by words",
            Self::Object => "click to mask",
            Self::Result => "result",
            Self::Crop => "crop",
            Self::Scale => "scale",
            Self::Rotate => "rotate",
            Self::Flip => "flip",
            Self::Extend => "extend",
            Self::Sketch => "colour stroke",
            Self::EraseSketch => "colour eraser",
            Self::ClearSketch => "clear sketch",
            Self::MergeSketch => "merge sketch",
            Self::MaskSketch => "mask what I painted",
        }
    }
}
