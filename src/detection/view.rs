//! Views: parts of a picture at the side that a detector takes.
//!
//! Does not know what is looked for.

use ndarray::Array4;

use super::Bounds;
use crate::raster::{Picture, Rect, Size};

/// A part of a picture scaled into a network's input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The part.
    pub rect: Rect,
    /// The network's input.
    pub size: Size,
    /// The picture's pixels in it, the rest is border.
    pub inner: Rect,
}

impl View {
    /// A part as large as fits, centred, its shape kept (Ultralytics' `LetterBox`: sides rounded, of an odd border the larger half behind).
    #[must_use]
    pub fn letterbox(rect: Rect, size: Size) -> Self {
        Self::from_afar(rect, size, 1.0)
    }

    /// A part as [`View::letterbox`] shows it, but so many times smaller, with more border around it.
    #[must_use]
    pub fn from_afar(rect: Rect, size: Size, times: f64) -> Self {
        let part = rect.size();
        let scale = f64::min(
            f64::from(size.width) / f64::from(part.width.max(1)),
            f64::from(size.height) / f64::from(part.height.max(1)),
        ) / times;
        let fit = |side: u32, most: u32| {
            ((f64::from(side) * scale).round_ties_even() as u32).clamp(1, most.max(1))
        };
        let (width, height) = (fit(part.width, size.width), fit(part.height, size.height));
        let before = |room: u32| (f64::from(room) / 2.0 - 0.1).round_ties_even().max(0.0) as u32;
        let left = before(size.width.saturating_sub(width));
        let top = before(size.height.saturating_sub(height));
        Self {
            rect,
            size,
            inner: Rect::new(left, top, left + width, top + height),
        }
    }

    /// A part stretched over all of the input.
    #[must_use]
    pub fn stretched(rect: Rect, size: Size) -> Self {
        Self {
            rect,
            size,
            inner: Rect::of(size),
        }
    }

    /// The input `[1, 3, h, w]`: red, green, blue, each through `number`; transparent pixels count by their colour.
    #[must_use]
    pub fn tensor(&self, picture: &Picture, border: u8, number: impl Fn(u8) -> f32) -> Array4<f32> {
        let inner = self.inner.size();
        let seen = picture.crop(self.rect).resize(inner);
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let mut tensor = Array4::from_elem((1, 3, height, width), number(border));
        for (y, row) in seen.rows().enumerate() {
            for (x, pixel) in row.iter().enumerate() {
                for (channel, value) in pixel[..3].iter().enumerate() {
                    let at = [self.inner.top as usize + y, self.inner.left as usize + x];
                    tensor[[0, channel, at[0], at[1]]] = number(*value);
                }
            }
        }
        tensor
    }

    /// Where a place of the input is in the picture, picture pixels.
    #[must_use]
    pub fn place(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let (part, inner) = (self.rect.size(), self.inner.size());
        [
            self.rect.left as f32
                + (x - self.inner.left as f32) * part.width as f32 / inner.width as f32,
            self.rect.top as f32
                + (y - self.inner.top as f32) * part.height as f32 / inner.height as f32,
        ]
    }

    /// A box of the input in the picture, cut off at the view's part.
    #[must_use]
    pub fn bounds(&self, bounds: Bounds) -> Bounds {
        let [left, top] = self.place([bounds.left, bounds.top]);
        let [right, bottom] = self.place([bounds.right, bounds.bottom]);
        let all = Bounds {
            left,
            top,
            right,
            bottom,
        };
        let Rect {
            left,
            top,
            right,
            bottom,
        } = self.rect;
        all.intersection(Bounds {
            left: left as f32,
            top: top as f32,
            right: right as f32,
            bottom: bottom as f32,
        })
    }
}

/// Most parts that are searched.
const MOST_TILES: usize = 72;

/// The parts of a picture that are searched: all of it, and squares of half its shorter side and so on, as long as they are at least `least` pixels and not too many.
///
/// They overlap by a third: what is larger is found in the squares of the level before.
#[must_use]
pub fn tiles(size: Size, least: u32) -> Vec<Rect> {
    let mut parts = vec![Rect::of(size)];
    let shorter = size.width.min(size.height);
    for level in 1.. {
        let side = shorter >> level;
        if side < least.max(1) {
            break;
        }
        let steps = |length: u32| u64::from((length - side).div_ceil((2 * side).div_ceil(3)));
        let starts = |length: u32| {
            let steps = steps(length);
            (0..=steps).map(move |step| (u64::from(length - side) * step / steps.max(1)) as u32)
        };
        let count = (steps(size.width) + 1) * (steps(size.height) + 1);
        if parts.len() as u64 + count > MOST_TILES as u64 {
            break;
        }
        for top in starts(size.height) {
            for left in starts(size.width) {
                parts.push(Rect::new(left, top, left + side, top + side));
            }
        }
    }
    parts
}
