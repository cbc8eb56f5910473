//! Detectors of the YOLO family by their exported outputs: v5 and v7, v8, v9, v11, and those without suppression behind them (v10, 26), with and without masks.
//!
//! Facts: the layouts that Ultralytics' exporter writes, and its prediction's own numbers (suppression at 0.7 class by class, at most 300). Does not know ONNX files.

use ndarray::{ArrayView2, ArrayView3, Axis, s};

use super::view::View;
use super::{Bounds, Found, Region, suppressed};
use crate::raster::{Mask, Rect, Size};

/// How much boxes of one class may overlap.
const OVERLAP: f32 = 0.7;

/// Most that are found in one view.
const MOST: usize = 300;

/// Boxes of other classes are moved apart by this, so that they do not take each other away, pixels.
const APART: f32 = 7680.0;

/// Most rows of a graph that suppresses by itself.
const MOST_FINISHED: usize = 1000;

/// What the numbers of one output mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `[4 + classes + masks, boxes]`: centre and size, scores.
    Columns,
    /// `[boxes, 5 + classes + masks]`: centre and size, how sure that there is anything, scores.
    Rows,
    /// `[boxes, 6 + masks]`: corners, score, class.
    Finished,
}

/// What a detector's file says of its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// Names of its classes, by number; where it has none, `object`.
    pub names: Vec<String>,
    /// Coefficients of a mask, behind each box's numbers; 0 without masks.
    pub coefficients: usize,
}

impl Head {
    /// The layout of an output of these sides, for an input of this size.
    ///
    /// # Errors
    /// One line that says what was found instead.
    pub fn layout(&self, rows: usize, columns: usize, input: Size) -> Result<Layout, String> {
        let more = self.coefficients;
        // v5 has three boxes in each cell of three grids.
        let cells = |stride: usize| input.area() / (stride * stride);
        let anchors = 3 * (cells(8) + cells(16) + cells(32));
        if rows <= MOST_FINISHED && columns == 6 + more && rows != anchors {
            Ok(Layout::Finished)
        } else if rows < columns && rows > 4 + more {
            Ok(Layout::Columns)
        } else if columns < rows && columns > 5 + more {
            Ok(Layout::Rows)
        } else {
            Err(format!(
                "its output of {rows} x {columns} is not that of a YOLO detector"
            ))
        }
    }

    /// What was found in a view with at least a score, the surest first. `output` is its first output without the batch, `protos [coefficients, h, w]` its second.
    ///
    /// # Errors
    /// As [`Head::layout`].
    pub fn found(
        &self,
        output: ArrayView2<'_, f32>,
        protos: Option<ArrayView3<'_, f32>>,
        view: &View,
        picture: Size,
        least: f32,
    ) -> Result<Vec<Found>, String> {
        let layout = self.layout(output.nrows(), output.ncols(), view.size)?;
        let output = match layout {
            Layout::Columns => output.reversed_axes(),
            Layout::Rows | Layout::Finished => output,
        };
        let scores_from = match layout {
            Layout::Columns => 4,
            Layout::Rows => 5,
            Layout::Finished => 6,
        };
        let scores_to = output.ncols() - self.coefficients;
        let mut boxes = Vec::new();
        for (number, row) in output.rows().into_iter().enumerate() {
            let (score, class) = match layout {
                Layout::Finished => (row[4], row[5].max(0.0) as usize),
                _ => {
                    let scores = row.slice(s![scores_from..scores_to]);
                    let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
                    let (class, score) = best.map_or((0, 0.0), |(class, score)| (class, *score));
                    let sure = if layout == Layout::Rows { row[4] } else { 1.0 };
                    (score * sure, class)
                }
            };
            // A comparison that a NaN fails.
            if score >= least && row.iter().take(4).all(|value| value.is_finite()) {
                let bounds = match layout {
                    Layout::Finished => Bounds {
                        left: row[0],
                        top: row[1],
                        right: row[2],
                        bottom: row[3],
                    },
                    _ => Bounds::around([row[0], row[1]], [row[2], row[3]]),
                };
                boxes.push((bounds, score.min(1.0), class, number));
            }
        }
        let apart: Vec<_> = boxes
            .iter()
            .map(|&(bounds, score, class, _)| {
                let [x, y] = bounds.centre();
                let by = class as f32 * APART;
                let size = [bounds.right - bounds.left, bounds.bottom - bounds.top];
                (Bounds::around([x + by, y + by], size), score)
            })
            .collect();
        let mut kept = match layout {
            Layout::Finished => suppressed(&apart, 1.0),
            _ => suppressed(&apart, OVERLAP),
        };
        kept.truncate(MOST);
        let one = |index: usize| {
            let (bounds, score, class, number) = boxes[index];
            let place = view.bounds(bounds);
            let rect = place.pixels(picture);
            let shape = match protos {
                Some(protos) if self.coefficients > 0 => {
                    let weights = output.slice(s![number, scores_to..]);
                    let shape = protos.dim();
                    let flat = protos.to_shape((shape.0, shape.1 * shape.2));
                    let logits = flat.ok().map(|flat| weights.dot(&flat));
                    let logits =
                        logits.and_then(|all| all.into_shape_with_order((shape.1, shape.2)).ok());
                    logits.map_or_else(
                        || Region::filled(rect),
                        |logits| masked(rect, &logits.view(), view),
                    )
                }
                _ => Region::filled(rect),
            };
            Found {
                clean: None,
                bounds: place,
                score,
                presence: score,
                label: self
                    .names
                    .get(class)
                    .cloned()
                    .unwrap_or_else(|| "object".into()),
                shape,
            }
        };
        let found = kept.into_iter().map(one);
        Ok(found.filter(|found| !found.shape.rect.is_empty()).collect())
    }
}

/// Where the logits, which lie over all of the view's input, are above 0 inside a rectangle of the picture; between their cells they are interpolated.
fn masked(rect: Rect, logits: &ArrayView2<'_, f32>, view: &View) -> Region {
    let (high, wide) = logits.dim();
    let (part, inner) = (view.rect.size(), view.inner.size());
    let scale = [
        inner.width as f32 / part.width as f32 * wide as f32 / view.size.width as f32,
        inner.height as f32 / part.height as f32 * high as f32 / view.size.height as f32,
    ];
    let start = [
        view.inner.left as f32 * wide as f32 / view.size.width as f32,
        view.inner.top as f32 * high as f32 / view.size.height as f32,
    ];
    let along = |at: u32, from: u32, axis: usize, most: usize| {
        let place = (at as f32 + 0.5 - from as f32) * scale[axis] + start[axis] - 0.5;
        let place = place.clamp(0.0, most as f32 - 1.0);
        let cell = place as usize;
        (cell, (cell + 1).min(most - 1), place - cell as f32)
    };
    let mask = Mask::from_fn(rect.size(), |x, y| {
        let (left, right, share_x) = along(rect.left + x, view.rect.left, 0, wide);
        let (top, bottom, share_y) = along(rect.top + y, view.rect.top, 1, high);
        let row =
            |row: usize| logits[[row, left]] * (1.0 - share_x) + logits[[row, right]] * share_x;
        let logit = row(top) * (1.0 - share_y) + row(bottom) * share_y;
        if logit > 0.0 { 255 } else { 0 }
    });
    Region { rect, mask }
}

/// The names of classes out of a file's own text of them, a mapping of Python: `{0: 'hand', 1: 'face'}`.
#[must_use]
pub fn names(pairs: &[(usize, String)]) -> Vec<String> {
    let most = pairs
        .iter()
        .map(|(number, _)| *number)
        .max()
        .unwrap_or_default();
    // A number that no list of classes reaches is no reason to make one as long.
    let mut names = vec![String::from("object"); most.min(9999) + 1];
    for (number, name) in pairs {
        if let Some(place) = names.get_mut(*number) {
            place.clone_from(name);
        }
    }
    names
}

/// First output `[1, a, b]` without its batch.
#[must_use]
pub fn unbatched(output: ArrayView3<'_, f32>) -> ArrayView2<'_, f32> {
    output.index_axis_move(Axis(0), 0)
}
