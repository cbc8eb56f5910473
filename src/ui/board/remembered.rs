//! What of the board is the same with the next start: brush, colours, wand and the mask's look.
//!
//! Does not know the file that keeps it.

use serde::{Deserialize, Serialize};

use super::Board;
use super::tool::with_radius;
use super::touch::Fingers;
use crate::canvas::{MaskLook, MaskStyle};
use crate::document::Brush;

/// The longest string that a brush is pulled by, points.
pub(super) const LONGEST_STRING: f32 = 100.0;

/// [`MaskLook`] by its names in the file.
#[derive(Serialize, Deserialize)]
#[serde(remote = "MaskLook", rename_all = "kebab-case")]
enum Look {
    Hidden,
    Tint,
    Hatch,
    Outline,
    BlackAndWhite,
}

/// The artist's tools as they were last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    /// Of the mask.
    #[serde(flatten)]
    brush: Brush,
    color_brush: Brush,
    string: f32,
    fingers: Fingers,
    front: [u8; 3],
    back: [u8; 3],
    tolerance: u8,
    contiguous: bool,
    grow_by: u32,
    #[serde(with = "Look")]
    mask_look: MaskLook,
    mask_color: [u8; 3],
    mask_opacity: f32,
}

impl Default for Remembered {
    fn default() -> Self {
        Self::of(&Board::default())
    }
}

impl Remembered {
    /// What a board is like now.
    pub fn of(board: &Board) -> Self {
        let style = &board.mask_style;
        let [brush, color_brush] = board.brushes();
        Self {
            brush,
            color_brush,
            string: board.string,
            fingers: board.fingers,
            front: board.colors.front,
            back: board.colors.back,
            tolerance: board.tolerance,
            contiguous: board.contiguous,
            grow_by: board.grow_by,
            mask_look: style.look,
            mask_color: style.color,
            mask_opacity: style.opacity,
        }
    }

    /// Makes a board like that.
    pub fn apply(&self, board: &mut Board) {
        board.set_brushes([self.brush, self.color_brush].map(|brush| {
            let checked = Brush {
                hardness: brush.hardness.clamp(0.0, 1.0),
                opacity: brush.opacity.clamp(0.0, 1.0),
                ..brush
            };
            with_radius(checked, brush.radius)
        }));
        board.string = self.string.clamp(0.0, LONGEST_STRING);
        board.fingers = self.fingers;
        board.colors.front = self.front;
        board.colors.back = self.back;
        board.tolerance = self.tolerance;
        board.contiguous = self.contiguous;
        board.grow_by = self.grow_by;
        board.mask_style = MaskStyle {
            look: self.mask_look,
            color: self.mask_color,
            opacity: self.mask_opacity.clamp(0.0, 1.0),
        };
    }
}
