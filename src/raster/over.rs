//! Laying colours with straight alpha over each other.
//!
//! Does not know who draws them.

use super::{Picture, Rect};

/// `top` laid over `base`: the usual blend, on the sRGB values as they are, with straight alpha (Porter and Duff's *over*).
///
/// With alphas `t` and `b` in `0..=255` and `n = 255 t + b (255 - t)`: alpha `round(n / 255)`, colour `round((255 t top + b (255 - t) base) / n)`, halves up.
/// So a top of alpha 0 leaves the base bit for bit, one of alpha 255 replaces it, and over an opaque base the colour is `round(base (1 - t / 255) + top t / 255)`.
#[inline]
pub fn over(top: [u8; 4], base: [u8; 4]) -> [u8; 4] {
    match top[3] {
        0 => return base,
        255 => return top,
        _ => {}
    }
    let (t, b) = (u32::from(top[3]), u32::from(base[3]));
    let (weight, rest) = (255 * t, b * (255 - t));
    let n = weight + rest;
    let color = |channel: usize| {
        let sum = weight * u32::from(top[channel]) + rest * u32::from(base[channel]);
        ((sum + n / 2) / n) as u8
    };
    [color(0), color(1), color(2), ((n + 127) / 255) as u8]
}

/// A pixel of which `cover / 255` is taken away: its alpha times the rest, rounded; what is left of nothing is all 0.
#[inline]
pub fn faded([red, green, blue, alpha]: [u8; 4], cover: u8) -> [u8; 4] {
    match share(alpha, 255 - cover) {
        0 => [0; 4],
        left => [red, green, blue, left],
    }
}

/// `round(value * part / 255)`.
#[inline]
pub(super) fn share(value: u8, part: u8) -> u8 {
    ((u32::from(value) * u32::from(part) + 127) / 255) as u8
}

impl Picture {
    /// Lays the part of `top` inside `rect` [over](over()) this picture.
    ///
    /// # Panics
    /// When `top` is of another size, or `rect` does not lie inside.
    pub fn lay(&mut self, top: &Self, rect: Rect) {
        let size = self.size();
        assert_eq!(size, top.size(), "two pictures over each other");
        assert!(Rect::of(size).contains(rect), "{rect:?} in {size}");
        let columns = rect.left as usize..rect.right as usize;
        for y in rect.top..rect.bottom {
            let tops = &top.row(y)[columns.clone()];
            let bases = &mut self.row_mut(y)[columns.clone()];
            for (base, &top) in bases.iter_mut().zip(tops) {
                *base = over(top, *base);
            }
        }
    }
}
