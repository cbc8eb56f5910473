//! Coverage and bounds of a mask or of a sketch's alpha, kept up to date row by row.
//!
//! Does not know what changes them.

use crate::raster::{Mask, Picture, Rect, Size};

/// What one row holds.
#[derive(Clone, Copy, Default)]
struct Row {
    /// Sum of its values.
    sum: u64,
    /// First column that is not 0, and the one after the last; equal for an empty row.
    painted: (u32, u32),
}

/// Sums and bounds of values in `0..=255`.
#[derive(Clone)]
pub(super) struct Tally {
    rows: Vec<Row>,
    values: usize,
    sum: u64,
    bounds: Option<Rect>,
}

impl Tally {
    pub(super) fn new(mask: &Mask) -> Self {
        let mut tally = Self::empty(mask.size());
        tally.update(mask, Rect::of(mask.size()));
        tally
    }

    /// Of nothing but 0.
    pub(super) fn empty(size: Size) -> Self {
        Self {
            rows: vec![Row::default(); size.height as usize],
            values: size.area(),
            sum: 0,
            bounds: None,
        }
    }

    /// Brings it up to date with a mask that changed in the rows of `rect` only: as much work as those rows hold values.
    pub(super) fn update(&mut self, mask: &Mask, rect: Rect) {
        self.update_rows(rect, |y| Row::of(mask.row(y)));
    }

    /// As [`update`](Self::update), for a picture's alpha.
    pub(super) fn update_alpha(&mut self, picture: &Picture, rect: Rect) {
        let mut alphas = Vec::new();
        self.update_rows(rect, |y| {
            alphas.clear();
            alphas.extend(picture.row(y).iter().map(|pixel| pixel[3]));
            Row::of(&alphas)
        });
    }

    fn update_rows(&mut self, rect: Rect, mut row: impl FnMut(u32) -> Row) {
        for y in rect.top..rect.bottom {
            self.rows[y as usize] = row(y);
        }
        self.sum = self.rows.iter().map(|row| row.sum).sum();
        self.bounds = (0..)
            .zip(&self.rows)
            .map(|(y, row)| Rect::new(row.painted.0, y, row.painted.1, y + 1))
            .filter(|row| !row.is_empty())
            .reduce(Rect::union);
    }

    /// As [`Mask::coverage`].
    pub(super) fn coverage(&self) -> f64 {
        self.sum as f64 / (255.0 * self.values.max(1) as f64)
    }

    /// As [`Mask::bounds`].
    pub(super) fn bounds(&self) -> Option<Rect> {
        self.bounds
    }
}

impl Row {
    fn of(values: &[u8]) -> Self {
        let painted = |&value: &u8| value != 0;
        let Some(first) = values.iter().position(painted) else {
            return Self::default();
        };
        let last = values.iter().rposition(painted).unwrap_or(first);
        // In stretches whose sums fit 32 bits, which processors add many of at once.
        let sums = values[first..=last].chunks(1 << 16);
        let sums = sums.map(|part| part.iter().map(|&value| u32::from(value)).sum::<u32>());
        Self {
            sum: sums.map(u64::from).sum(),
            painted: (first as u32, last as u32 + 1),
        }
    }
}
