//! What of the board is the same with the next start: brush, colours, wand and the mask's look.
//!
//! Does not know the file that keeps it.

use serde::{Deserialize, Serialize};

use super::Board;
use super::tool::with_radius;
use crate::canvas::{MaskLook, MaskStyle};
use crate::document::Brush;

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
    radius: f32,
    hardness: f32,
    opacity: f32,
    size_by_pressure: bool,
    opacity_by_pressure: bool,
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
        let (brush, style) = (&board.brush, &board.mask_style);
        Self {
            radius: brush.radius,
            hardness: brush.hardness,
            opacity: brush.opacity,
            size_by_pressure: brush.size_by_pressure,
            opacity_by_pressure: brush.opacity_by_pressure,
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
        let brush = Brush {
            hardness: self.hardness.clamp(0.0, 1.0),
            opacity: self.opacity.clamp(0.0, 1.0),
            size_by_pressure: self.size_by_pressure,
            opacity_by_pressure: self.opacity_by_pressure,
            ..board.brush
        };
        board.brush = with_radius(brush, self.radius);
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
