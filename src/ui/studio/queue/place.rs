//! Jobs whose results have a place on a contact sheet.
//!
//! Does not know sheets.

use super::super::running::Running;
use super::{JobExtras, Queue};

/// A place on a contact sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Number of the sheet.
    pub sheet: u64,
    /// The place, row by row.
    pub index: usize,
}

impl Cell {
    /// The place that is so many further on.
    fn nth(self, places: u64) -> Self {
        Self {
            index: self.index + places as usize,
            ..self
        }
    }
}

impl JobExtras {
    /// Those of the result that is so many further on in a batch.
    pub(super) fn nth(&self, places: u64) -> Self {
        Self {
            cell: self.cell.map(|first| first.nth(places)),
            ..self.clone()
        }
    }
}

impl Queue {
    /// Whether a job in flight or one that waits is for that place of a contact sheet.
    pub fn is_at(&self, cell: Cell) -> bool {
        let is_for = |order: &JobExtras, batch: usize| {
            order.cell.is_some_and(|first| {
                let places = first.index..first.index + batch;
                first.sheet == cell.sheet && places.contains(&cell.index)
            })
        };
        let mut running = self.running.iter();
        let mut waiting = self.waiting.iter();
        running.any(|running| is_for(&running.order, running.batch))
            || waiting.any(|waiting| is_for(&waiting.order, waiting.repaint.batch))
    }

    /// Takes every waiting job out that is for a place of that contact sheet, and stops those in flight that are.
    pub fn clear_sheet(&mut self, sheet: u64) {
        let of_it = |order: &JobExtras| order.cell.is_some_and(|cell| cell.sheet == sheet);
        self.waiting.retain(|waiting| !of_it(&waiting.order));
        let running = self.running.iter_mut();
        running
            .filter(|running| of_it(&running.order))
            .for_each(Running::stop);
    }
}
