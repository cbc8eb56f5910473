//! Sizes and rectangles of whole picture pixels.
//!
//! Does not know what lies in the pixels.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Width and height, pixels; written as the two in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "[u32; 2]", into = "[u32; 2]")]
pub struct Size {
    /// Pixels along a row.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
}

impl Size {
    /// A size of `width` by `height` pixels.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Whether it holds no pixel.
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// The size with its longest side brought to `longest` where it is longer, neither less than a pixel.
    pub fn within(self, longest: u32) -> Self {
        let now = u64::from(self.width.max(self.height));
        if now <= u64::from(longest) {
            return self;
        }
        let side = |side: u32| (u64::from(side) * u64::from(longest) / now).max(1) as u32;
        Self::new(side(self.width), side(self.height))
    }

    /// Number of pixels.
    ///
    /// # Panics
    /// When the number does not fit the address space.
    pub const fn area(self) -> usize {
        match (self.width as usize).checked_mul(self.height as usize) {
            Some(area) => area,
            None => panic!("a picture larger than the address space"),
        }
    }
}

impl From<[u32; 2]> for Size {
    fn from([width, height]: [u32; 2]) -> Self {
        Self::new(width, height)
    }
}

impl From<Size> for [u32; 2] {
    fn from(size: Size) -> Self {
        [size.width, size.height]
    }
}

impl From<[u32; 4]> for Rect {
    fn from([left, top, right, bottom]: [u32; 4]) -> Self {
        Self::new(left, top, right, bottom)
    }
}

impl From<Rect> for [u32; 4] {
    fn from(rect: Rect) -> Self {
        [rect.left, rect.top, rect.right, rect.bottom]
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// Half-open rectangle of picture pixels: `left <= x < right`, `top <= y < bottom`; written as the four in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "[u32; 4]", into = "[u32; 4]")]
pub struct Rect {
    /// First column.
    pub left: u32,
    /// First row.
    pub top: u32,
    /// Column after the last.
    pub right: u32,
    /// Row after the last.
    pub bottom: u32,
}

impl Rect {
    /// The empty rectangle at the origin; every empty intersection and union is this one.
    pub const EMPTY: Self = Self::new(0, 0, 0, 0);

    /// The rectangle between two corners; empty where `right <= left` or `bottom <= top`.
    pub const fn new(left: u32, top: u32, right: u32, bottom: u32) -> Self {
        Self {
            left,
            top,
            right,
            bottom,
        }
    }

    /// All of a picture.
    pub const fn of(size: Size) -> Self {
        Self::new(0, 0, size.width, size.height)
    }

    /// Width and height; zero along a side that is empty.
    pub const fn size(self) -> Size {
        Size::new(
            self.right.saturating_sub(self.left),
            self.bottom.saturating_sub(self.top),
        )
    }

    /// Whether it holds no pixel.
    pub const fn is_empty(self) -> bool {
        self.size().is_empty()
    }

    /// Whether the pixel at column `x`, row `y` lies inside.
    pub const fn contains_point(self, x: u32, y: u32) -> bool {
        self.left <= x && x < self.right && self.top <= y && y < self.bottom
    }

    /// Whether every pixel of `other` lies inside; true for an empty `other`.
    pub fn contains(self, other: Self) -> bool {
        other.is_empty() || self.intersection(other) == other
    }

    /// The pixels that lie in both.
    pub fn intersection(self, other: Self) -> Self {
        let both = Self::new(
            self.left.max(other.left),
            self.top.max(other.top),
            self.right.min(other.right),
            self.bottom.min(other.bottom),
        );
        if both.is_empty() { Self::EMPTY } else { both }
    }

    /// The smallest rectangle around both; an empty one adds nothing.
    pub fn union(self, other: Self) -> Self {
        match (self.is_empty(), other.is_empty()) {
            (true, true) => return Self::EMPTY,
            (true, false) => return other,
            (false, true) => return self,
            (false, false) => {}
        }
        Self::new(
            self.left.min(other.left),
            self.top.min(other.top),
            self.right.max(other.right),
            self.bottom.max(other.bottom),
        )
    }

    /// The rectangle grown by `margin` pixels on each side, cut at the picture's edges; an empty one stays empty.
    pub fn pad(self, margin: u32, bounds: Size) -> Self {
        if self.is_empty() {
            return Self::EMPTY;
        }
        Self::new(
            self.left.saturating_sub(margin),
            self.top.saturating_sub(margin),
            self.right.saturating_add(margin),
            self.bottom.saturating_add(margin),
        )
        .intersection(Self::of(bounds))
    }
}

/// Grows a crop towards the aspect ratio of `target` inside a picture of size `bounds`.
///
/// The short side grows, half of it (rounded down) before and the rest after; what sticks out is pushed back inside, and cut where the picture is too small for the ratio.
/// A1111's `expand_crop_region` (`modules/masking.py`), which diffusers copies, in exact integers where those use floats.
///
/// # Panics
/// When `rect` or `target` is empty, or `rect` does not lie inside `bounds`.
pub fn expand_to_aspect(rect: Rect, target: Size, bounds: Size) -> Rect {
    assert!(
        !rect.is_empty() && !target.is_empty() && Rect::of(bounds).contains(rect),
        "a crop of {rect:?} towards {target} in {bounds}"
    );
    let size = rect.size();
    let wide = u64::from(size.width) * u64::from(target.height);
    let high = u64::from(size.height) * u64::from(target.width);
    if wide > high {
        let height = wide / u64::from(target.width);
        let (top, bottom) = grow(rect.top, rect.bottom, height, bounds.height);
        Rect {
            top,
            bottom,
            ..rect
        }
    } else {
        let width = high / u64::from(target.height);
        let (left, right) = grow(rect.left, rect.right, width, bounds.width);
        Rect {
            left,
            right,
            ..rect
        }
    }
}

/// Grows `start..end` to `length` pixels (no fewer than it has), pushed and cut to lie in `0..limit`.
fn grow(start: u32, end: u32, length: u64, limit: u32) -> (u32, u32) {
    let length = u32::try_from(length).unwrap_or(u32::MAX).min(limit);
    let before = (length - (end - start)) / 2;
    let start = start.saturating_sub(before).min(limit - length);
    (start, start + length)
}
