//! Coverage and bounds of a mask, kept up to date row by row.
//!
//! Does not know what changes the mask.

use crate::raster::{Mask, Rect};

/// What one row of the mask holds.
#[derive(Clone, Copy, Default)]
struct Row {
    /// Sum of its values.
    sum: u64,
    /// First column that is not 0, and the one after the last; equal for an empty row.
    painted: (u32, u32),
}

/// Sums and bounds of a mask.
pub(super) struct Tally {
    rows: Vec<Row>,
    values: usize,
    sum: u64,
    bounds: Option<Rect>,
}

impl Tally {
    pub(super) fn new(mask: &Mask) -> Self {
        let mut tally = Self {
            rows: vec![Row::default(); mask.size().height as usize],
            values: mask.size().area(),
            sum: 0,
            bounds: None,
        };
        tally.update(mask, Rect::of(mask.size()));
        tally
    }

    /// Brings it up to date with a mask that changed in the rows of `rect` only: as much work as those rows hold values.
    pub(super) fn update(&mut self, mask: &Mask, rect: Rect) {
        for y in rect.top..rect.bottom {
            self.rows[y as usize] = Row::of(mask.row(y));
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
