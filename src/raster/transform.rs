//! Turning and mirroring pictures and masks: pixels change places and nothing else.
//!
//! Does not know orientation tags or views.

use super::{Mask, Picture, Size};

/// Which way a picture is mirrored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Left and right change places.
    Horizontal,
    /// Top and bottom change places.
    Vertical,
}

impl Picture {
    /// The picture turned clockwise by that many quarter turns.
    pub fn rotated(&self, quarter_turns: u32) -> Self {
        let (size, pixels) = rotate(self.size(), self.pixels(), quarter_turns);
        Self::new(size, pixels)
    }

    /// The picture mirrored.
    pub fn flipped(&self, axis: Axis) -> Self {
        Self::new(self.size(), flip(self.size(), self.pixels(), axis))
    }
}

impl Mask {
    /// The mask turned clockwise by that many quarter turns.
    pub fn rotated(&self, quarter_turns: u32) -> Self {
        let (size, values) = rotate(self.size(), self.values(), quarter_turns);
        Self::new(size, values)
    }

    /// The mask mirrored.
    pub fn flipped(&self, axis: Axis) -> Self {
        Self::new(self.size(), flip(self.size(), self.values(), axis))
    }
}

/// Columns and rows that are turned at once, so that both sides stay in the processor's cache.
const BLOCK: usize = 32;

fn rotate<P: Copy>(size: Size, pixels: &[P], quarter_turns: u32) -> (Size, Vec<P>) {
    let (width, height) = (size.width as usize, size.height as usize);
    let turns = quarter_turns % 4;
    match turns {
        0 => return (size, pixels.to_vec()),
        2 => return (size, pixels.iter().rev().copied().collect()),
        _ => {}
    }
    let turned = Size::new(size.height, size.width);
    // Every place is written below; a copy is a buffer of the right length.
    let mut target = pixels.to_vec();
    for top in (0..height).step_by(BLOCK) {
        for left in (0..width).step_by(BLOCK) {
            for y in top..(top + BLOCK).min(height) {
                for x in left..(left + BLOCK).min(width) {
                    let (column, row) = if turns == 1 {
                        (height - 1 - y, x)
                    } else {
                        (y, width - 1 - x)
                    };
                    target[row * height + column] = pixels[y * width + x];
                }
            }
        }
    }
    (turned, target)
}

fn flip<P: Copy>(size: Size, pixels: &[P], axis: Axis) -> Vec<P> {
    if size.is_empty() {
        return Vec::new();
    }
    let rows = pixels.chunks_exact(size.width as usize);
    match axis {
        Axis::Horizontal => rows.flat_map(|row| row.iter().rev()).copied().collect(),
        Axis::Vertical => rows.rev().flatten().copied().collect(),
    }
}
