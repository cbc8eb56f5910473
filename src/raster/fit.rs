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

/// The part of a picture of size `from` that is seen when it is scaled to cover `to` and centred, picture pixels with fractions: left, top, width, height.
///
/// The whole numbers of A1111's "crop and resize", taken back to the picture.
///
/// # Panics
/// When either size is empty.
pub fn covering(from: Size, to: Size) -> [f64; 4] {
    assert!(!from.is_empty() && !to.is_empty(), "{from} over {to}");
    let (width, height) = if is_wider(to, from) {
        let height = scaled(from.height, to.width, from.width);
        (u64::from(to.width), height.max(u64::from(to.height)))
    } else {
        let width = scaled(from.width, to.height, from.height);
        (width.max(u64::from(to.width)), u64::from(to.height))
    };
    let along = |from: u32, scaled: u64, to: u32| {
        let unit = f64::from(from) / scaled as f64;
        let before = scaled / 2 - u64::from(to / 2);
        (before as f64 * unit, f64::from(to) * unit)
    };
    let (left, seen_width) = along(from.width, width, to.width);
    let (top, seen_height) = along(from.height, height, to.height);
    [left, top, seen_width, seen_height]
}

impl Picture {
    /// The picture scaled to cover `size`, what sticks out cut off alike on both sides.
    ///
    /// # Panics
    /// When either size is empty.
    pub fn cover(&self, size: Size) -> Self {
        self.resize_part(covering(self.size(), size), size)
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
        self.resize_part(covering(self.size(), size), size, MaskFilter::Bicubic)
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
