//! Work on many rows, shared out among the processor's threads.
//!
//! Does not know what is done to them.

use std::num::NonZero;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Less work than this is not worth a second thread.
const WORK_PER_THREAD: usize = 1 << 16;

/// Runs `work(first row, their values)` over bands of the rows `rows` of a raster whose rows are `row_length` values long.
///
/// `effort` is roughly how many pixels are computed in all.
///
/// # Panics
/// When the rows lie outside the raster.
pub(crate) fn in_bands<T: Send>(
    values: &mut [T],
    row_length: usize,
    rows: Range<u32>,
    effort: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) {
    let top = rows.start as usize;
    let rows = rows.len();
    if rows == 0 || row_length == 0 {
        return;
    }
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(effort / WORK_PER_THREAD)
        .max(1);
    let band_height = rows.div_ceil(threads);
    let all = &mut values[top * row_length..][..rows * row_length];
    let bands = Mutex::new(
        (top..)
            .step_by(band_height)
            .zip(all.chunks_mut(band_height * row_length)),
    );
    let work_off = || loop {
        let next = bands.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some((top, band)) = next else { break };
        work(top, band);
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            let started = thread::Builder::new()
                .name("rows".into())
                .spawn_scoped(scope, work_off);
            // Where the system gives no more threads, those that are there do it all.
            if started.is_err() {
                break;
            }
        }
        work_off();
    });
}
