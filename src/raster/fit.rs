//! Bringing pictures and masks to sizes of another shape: covering it, or fitting into it.
//!
//! Stretching is [`Picture::resize`]. Does not know who asks for the size.

use super::{Mask, MaskFilter, Picture, Rect, Size};

/// Where a picture of size `from` lies in one of size `to` when it is scaled to fit in and centred; at least a pixel along each side.
///
/// The whole numbers of A1111's "resize and fill" (`modules/images.py`): the other side rounded down, half of each size rounded down before they are subtracted.
///
/// # Panics
/// When either size is empty.
pub fn contained(from: Size, to: Size) -> Rect {
    assert!(!from.is_empty() && !to.is_empty(), "{from} in {to}");
    let size = if is_wider(to, from) {
        Size::new(other_side(from.width, to.height, from.height), to.height)
    } else {
        Size::new(to.width, other_side(from.height, to.width, from.width))
    };
    let left = to.width / 2 - size.width / 2;
    let top = to.height / 2 - size.height / 2;
    Rect::new(left, top, left + size.width, top + size.height)
}

/// How a picture is scaled to cover a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cover {
    /// The part of it that is scaled, picture pixels: all of it, but of very long pictures the middle.
    pub source: Rect,
    /// What that is scaled to.
    pub scaled: Size,
    /// The part of this that is seen, of the size that is covered.
    pub window: Rect,
}

/// How many times as long as what is seen the scaled picture may be.
const LONGEST: u64 = 4;

/// How a picture of size `from` covers one of size `to`, centred: the whole numbers of A1111's "crop and resize" (`modules/images.py`).
///
/// # Panics
/// When either size is empty.
pub fn covering(from: Size, to: Size) -> Cover {
    assert!(!from.is_empty() && !to.is_empty(), "{from} over {to}");
    if is_wider(to, from) {
        let [start, end, length, before] = cut(from.height, from.width, to.height, to.width);
        Cover {
            source: Rect::new(0, start, from.width, end),
            scaled: Size::new(to.width, length),
            window: Rect::new(0, before, to.width, before + to.height),
        }
    } else {
        let [start, end, length, before] = cut(from.width, from.height, to.width, to.height);
        Cover {
            source: Rect::new(start, 0, end, from.height),
            scaled: Size::new(length, to.height),
            window: Rect::new(before, 0, before + to.width, to.height),
        }
    }
}

/// Along the axis that is cut: start and end of what is scaled, its scaled length, and how much of that is cut off before what is seen.
fn cut(length: u32, other: u32, to: u32, other_to: u32) -> [u32; 4] {
    let most = (LONGEST * u64::from(to) * u64::from(other)).div_ceil(u64::from(other_to));
    let kept = u64::from(length).min(most.max(1)) as u32;
    let start = (length - kept) / 2;
    let scaled = scaled(kept, other_to, other).max(u64::from(to));
    // A single row or column that is scaled to more than that is the same all along.
    let scaled = if scaled > 2 * LONGEST * u64::from(to) {
        to
    } else {
        u32::try_from(scaled).unwrap_or(to)
    };
    [start, start + kept, scaled, scaled / 2 - to / 2]
}

impl Picture {
    /// The picture scaled to cover `size`, what sticks out cut off alike on both sides.
    ///
    /// # Panics
    /// When either size is empty.
    pub fn cover(&self, size: Size) -> Self {
        let cover = covering(self.size(), size);
        self.crop(cover.source)
            .resize(cover.scaled)
            .crop(cover.window)
    }

    /// The picture scaled to fit into `size` and centred, its outermost pixels repeated in the bars.
    ///
    /// # Panics
    /// When either size is empty.
    pub fn contain(&self, size: Size) -> Self {
        let inner = contained(self.size(), size);
        self.resize(inner.size()).extend_edges(size, inner)
    }
}

impl Mask {
    /// The mask scaled to cover `size`, as [`Picture::cover`].
    ///
    /// # Panics
    /// When either size is empty.
    pub fn cover(&self, size: Size) -> Self {
        let cover = covering(self.size(), size);
        self.crop(cover.source)
            .resize(cover.scaled, MaskFilter::Bicubic)
            .crop(cover.window)
    }

    /// The mask scaled to fit into `size`, as [`Picture::contain`].
    ///
    /// # Panics
    /// When either size is empty.
    pub fn contain(&self, size: Size) -> Self {
        let inner = contained(self.size(), size);
        self.resize(inner.size(), MaskFilter::Bicubic)
            .extend_edges(size, inner)
    }
}

/// Whether `a` is wider for its height than `b`.
fn is_wider(a: Size, b: Size) -> bool {
    u64::from(a.width) * u64::from(b.height) > u64::from(b.width) * u64::from(a.height)
}

/// `side * to / from`, rounded down.
fn scaled(side: u32, to: u32, from: u32) -> u64 {
    u64::from(side) * u64::from(to) / u64::from(from)
}

/// The same of a side that is known to come out no longer than a picture's; at least 1.
fn other_side(side: u32, to: u32, from: u32) -> u32 {
    u32::try_from(scaled(side, to, from))
        .unwrap_or(u32::MAX)
        .max(1)
}
