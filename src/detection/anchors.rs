//! Detectors with anchors: MediaPipe's palm and face detectors (Bazarevsky et al. 2019, "BlazeFace"; Zhang et al. 2020, "MediaPipe Hands").
//!
//! Facts from MediaPipe's graphs (`palm_detection_cpu.pbtxt`, `face_detection_short_range.pbtxt`): SSD anchors of a fixed size, numbers in pixels of the input, suppression at 0.3.

use ndarray::ArrayView2;

use super::{Bounds, suppressed};
use crate::raster::logits::sigmoid;

/// What a detector of this kind is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchors {
    /// Side of its input, pixels.
    pub side: u32,
    /// Cells along a side, and anchors in each, in the order of its rows.
    pub levels: [(usize, usize); 2],
    /// Points of each box.
    pub points: usize,
}

/// The palm: 2016 anchors, seven points of which the first is the wrist and the third the middle knuckle.
pub const PALM: Anchors = Anchors {
    side: 192,
    levels: [(24, 2), (12, 6)],
    points: 7,
};

/// The face at short range: 896 anchors, six points.
pub const FACE: Anchors = Anchors {
    side: 128,
    levels: [(16, 2), (8, 6)],
    points: 6,
};

/// One that was found, in pixels of the input.
#[derive(Clone, Debug, PartialEq)]
pub struct Anchored {
    /// Its box.
    pub bounds: Bounds,
    /// How sure, in `[0, 1]`.
    pub score: f32,
    /// Its points, x and y.
    pub points: Vec<[f32; 2]>,
}

/// How much boxes of one thing may overlap.
const OVERLAP: f32 = 0.3;

impl Anchors {
    /// Those of at least a score: `numbers [anchors, 4 + 2 points]` are centre and size of the box and its points, measured from the anchor; `logits [anchors, 1]`.
    #[must_use]
    pub fn found(
        &self,
        numbers: ArrayView2<'_, f32>,
        logits: ArrayView2<'_, f32>,
        least: f32,
    ) -> Vec<Anchored> {
        let side = self.side as f32;
        let centres = self.levels.iter().flat_map(|&(cells, each)| {
            let middle = move |cell: usize| (cell as f32 + 0.5) / cells as f32;
            (0..cells * cells * each).map(move |index| {
                let cell = index / each;
                [middle(cell % cells), middle(cell / cells)]
            })
        });
        let all: Vec<Anchored> = centres
            .zip(numbers.rows().into_iter().zip(logits.rows()))
            .filter_map(|([x, y], (row, logit))| {
                let score = sigmoid(logit[0].clamp(-100.0, 100.0));
                let at = |index: usize| [row[index] + x * side, row[index + 1] + y * side];
                (score >= least).then(|| Anchored {
                    bounds: Bounds::around(at(0), [row[2], row[3]]),
                    score,
                    points: (0..self.points).map(|point| at(4 + 2 * point)).collect(),
                })
            })
            .collect();
        let boxes: Vec<_> = all.iter().map(|one| (one.bounds, one.score)).collect();
        let kept = suppressed(&boxes, OVERLAP);
        kept.into_iter().map(|index| all[index].clone()).collect()
    }
}
