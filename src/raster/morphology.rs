//! Growing and shrinking masks: dilation and erosion with a disc, on all 256 values.
//!
//! Does not know why a mask should be larger.

use super::bands::in_bands;
use super::{Mask, Rect};

/// Grows a mask by `px` picture pixels: every pixel takes the largest value whose pixel is no farther away, centre to centre.
///
/// The disc is cut into its rows: each row of the mask gives its maxima over a few windows, made of maxima over powers of two, to the rows above and below.
/// That is `O(area * px)` maxima of bytes in straight runs, which processors take 16 or more at a time, shared out among threads; memory beside the result is a few rows.
pub fn grow(mask: &Mask, px: u32) -> Mask {
    let size = mask.size();
    let Some(painted) = mask.bounds().filter(|_| px > 0) else {
        return mask.clone();
    };
    // Nothing reaches farther than across the picture.
    let disc = Disc::new(px, size.width - 1, size.height - 1);
    let wide = painted.pad(px, size);
    let mut grown = mask.values().to_vec();
    let effort = wide.size().area() / 16 * disc.half_widths.len();
    let row_length = size.width as usize;
    in_bands(
        &mut grown,
        row_length,
        wide.top..wide.bottom,
        effort,
        |top, band| {
            let mut windows = Windows::new(wide, &disc);
            let bottom = top + band.len() / row_length;
            let reach = disc.half_widths.len() - 1;
            let first = (painted.top as usize).max(top.saturating_sub(reach));
            let last = (painted.bottom as usize).min(bottom + reach);
            for source in first..last {
                if !windows.set(mask.row(source as u32)) {
                    continue;
                }
                for (dy, &half_width) in disc.half_widths.iter().enumerate() {
                    let above = source.checked_sub(dy);
                    let targets = [above, (dy > 0).then_some(source + dy)];
                    let mut targets = targets
                        .into_iter()
                        .flatten()
                        .filter(|target| (top..bottom).contains(target))
                        .peekable();
                    if targets.peek().is_none() {
                        continue;
                    }
                    let maxima = windows.maxima(half_width);
                    for target in targets {
                        let row = &mut band[(target - top) * row_length..][..row_length];
                        raise(&mut row[wide.left as usize..], maxima);
                    }
                }
            }
        },
    );
    Mask::new(size, grown)
}

/// The mask of all that is not beside it: 0 where `mask` is 0 no farther than `px` picture pixels from it, 255 elsewhere.
pub fn all_but_ring(mask: &Mask, px: u32) -> Mask {
    let near = grow(mask, px);
    let values = mask.values().iter().zip(near.values());
    let beside = |(own, near): (&u8, &u8)| if *own == 0 && *near > 0 { 0 } else { 255 };
    Mask::new(mask.size(), values.map(beside).collect())
}

/// Shrinks a mask by `px` picture pixels: every pixel takes the smallest value whose pixel is no farther away, centre to centre.
///
/// Beyond the picture's edges the mask is taken to go on, so that it is not shrunk away from them. As much work as [`grow`].
pub fn shrink(mask: &Mask, px: u32) -> Mask {
    grow(&mask.invert(), px).invert()
}

/// Half of a disc, row by row from the middle: each row reaches from `-half_width` to `half_width`.
struct Disc {
    half_widths: Vec<usize>,
}

impl Disc {
    /// All offsets with `dx^2 + dy^2 <= px^2`, cut where they lead farther than `across` or `along`.
    fn new(px: u32, across: u32, along: u32) -> Self {
        let half_width = |dy: u32| {
            let (px, dy) = (u64::from(px), u64::from(dy));
            (px * px - dy * dy).isqrt().min(u64::from(across)) as usize
        };
        Self {
            half_widths: (0..=px.min(along)).map(half_width).collect(),
        }
    }
}

/// Maxima of one row over windows of many widths.
struct Windows {
    left: usize,
    width: usize,
    /// The widest window's half.
    margin: usize,
    /// At level `k`, place `i`: the maximum over the `2^k` values from `i - margin` on, counted from column `left`.
    levels: Vec<Vec<u8>>,
    /// The maxima asked for last, and the half width of their windows.
    maxima: Vec<u8>,
    half_width: Option<usize>,
}

impl Windows {
    /// For the columns of `rect`.
    fn new(rect: Rect, disc: &Disc) -> Self {
        let margin = disc.half_widths[0];
        let width = rect.size().width as usize;
        let levels = (2 * margin + 1).ilog2() as usize + 1;
        Self {
            left: rect.left as usize,
            width,
            margin,
            levels: vec![vec![0; width + 2 * margin]; levels],
            maxima: vec![0; width],
            half_width: None,
        }
    }

    /// Takes a row of the mask; false, and nothing taken, for one whose columns are all 0.
    fn set(&mut self, row: &[u8]) -> bool {
        let row = &row[self.left..][..self.width];
        if row.iter().all(|&value| value == 0) {
            return false;
        }
        self.half_width = None;
        self.levels[0][self.margin..][..self.width].copy_from_slice(row);
        for level in 1..self.levels.len() {
            let (lower, upper) = self.levels.split_at_mut(level);
            let (lower, half) = (&lower[level - 1], 1 << (level - 1));
            let pairs = lower.iter().zip(&lower[half..]);
            // What would reach beyond the end is not asked for.
            for (maximum, (&a, &b)) in upper[0].iter_mut().zip(pairs) {
                *maximum = a.max(b);
            }
        }
        true
    }

    /// For each column the maximum over those no more than `half_width` away.
    fn maxima(&mut self, half_width: usize) -> &[u8] {
        if self.half_width != Some(half_width) {
            self.half_width = Some(half_width);
            let length = 2 * half_width + 1;
            let level = length.ilog2() as usize;
            let start = self.margin - half_width;
            let values = &self.levels[level];
            let left = &values[start..][..self.width];
            let right = &values[start + length - (1 << level)..][..self.width];
            for ((maximum, &a), &b) in self.maxima.iter_mut().zip(left).zip(right) {
                *maximum = a.max(b);
            }
        }
        &self.maxima
    }
}

fn raise(row: &mut [u8], maxima: &[u8]) {
    for (value, &maximum) in row.iter_mut().zip(maxima) {
        *value = (*value).max(maximum);
    }
}
