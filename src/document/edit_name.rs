//! The names of undo steps: one row each.
//!
//! Does not know what they hold.

macro_rules! edits {
    ($($(#[doc = $doc:literal])+ $name:ident = $label:literal,)+) => {
        /// What an undo step was.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EditName {
            $($(#[doc = $doc])+ $name,)+
        }

        impl EditName {
            /// Every name.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// A word or two for menus and messages, as in "Undo brush stroke".
            pub fn label(self) -> &'static str {
                match self {
                    $(Self::$name => $label,)+
                }
            }
        }
    };
}

edits! {
    /// A stroke that paints.
    Stroke = "brush stroke",
    /// A stroke that erases.
    Erase = "eraser stroke",
    /// A rectangle added or taken away.
    Rectangle = "rectangle",
    /// An ellipse added or taken away.
    Ellipse = "ellipse",
    /// A free outline added or taken away.
    Lasso = "lasso",
    /// A polygon added or taken away.
    Polygon = "polygon",
    /// Pixels of like colour added or taken away.
    Wand = "magic wand",
    /// Holes of the mask painted.
    FillHoles = "fill holes",
    /// All of the picture masked.
    MaskAll = "mask everything",
    /// Painted and unpainted exchanged.
    Invert = "invert mask",
    /// The mask grown.
    Grow = "grow mask",
    /// The mask shrunk.
    Shrink = "shrink mask",
    /// The mask emptied.
    Clear = "clear mask",
    /// The mask taken from the picture's alpha.
    FromAlpha = "mask from alpha",
    /// The mask read from a file.
    Import = "import mask",
    /// The mask made of what words say.
    Words = "mask by words",
    /// A thing that was pointed at added or taken away.
    Object = "click to mask",
    /// A result accepted.
    Result = "result",
    /// The picture cut.
    Crop = "crop",
    /// The picture brought to another size.
    Scale = "scale",
    /// The picture turned.
    Rotate = "rotate",
    /// The picture mirrored.
    Flip = "flip",
    /// The picture given room at its edges.
    Extend = "extend",
    /// Colour drawn over the picture.
    Sketch = "colour stroke",
    /// Drawn colour erased.
    EraseSketch = "colour eraser",
    /// All drawn colour taken away.
    ClearSketch = "clear sketch",
    /// Drawn colour made part of the picture.
    MergeSketch = "merge sketch",
    /// The mask given what was drawn.
    MaskSketch = "mask what I painted",
}
