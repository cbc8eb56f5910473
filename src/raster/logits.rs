//! Logits of a segmentation network, and the masks that they say: above 0 lies inside.
//!
//! Does not know what was asked for.

use std::sync::Arc;

use super::bands::in_bands;
use super::picture::linear;
use super::{Mask, Picture, Size};

/// How sure a network is of each place of a picture, row by row, as logits: 0 is the edge; the size is the network's, whatever the picture's.
#[derive(Clone, Debug, PartialEq)]
pub struct Logits {
    size: Size,
    values: Arc<[f32]>,
}

/// Places along the longest side that networks of this kind really tell apart, however large what they give.
const GRID: f32 = 256.0;

/// Radius of the guided filter in such places: an edge is seldom farther off.
const REACH: f32 = 1.5;

/// What the guided filter takes for noise: variance of colours from 0 to 1.
const NOISE: f32 = 1e-3;

/// Side of the squares that are refined by themselves, picture pixels at least.
const TILE: usize = 64;

/// The share in `[0, 1]` that a logit stands for.
#[must_use]
pub fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

impl Logits {
    /// Logits of `size.area()` values, row by row.
    ///
    /// # Panics
    /// When the number of values is not that of the size, or there are none.
    pub fn new(size: Size, values: Vec<f32>) -> Self {
        assert!(!size.is_empty(), "empty logits");
        assert_eq!(values.len(), size.area(), "values of {size} logits");
        Self {
            size,
            values: values.into(),
        }
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// All values, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The upper left of what they are at the size of a frame, as large as the picture in it.
    ///
    /// # Panics
    /// When a size is empty, or larger than its frame.
    pub fn corner(&self, frame: Size, size: Size) -> Self {
        let values = linear(self.size, &self.values, frame);
        let rows = values.chunks_exact(frame.width as usize);
        let rows = rows.take(size.height as usize);
        let values = rows.flat_map(|row| &row[..size.width as usize]);
        Self::new(size, values.copied().collect())
    }

    /// The mask at a size: 255 where the logits, brought there linearly, are above 0.
    ///
    /// # Panics
    /// When the size is empty.
    pub fn mask(&self, size: Size) -> Mask {
        let values = linear(self.size, &self.values, size);
        Mask::new(size, values.into_iter().map(hard).collect())
    }

    /// The mask of a picture with its edge brought to the picture's own, soft over one pixel.
    ///
    /// A guided filter (He, Sun and Tang 2010, eqs. 5, 6 and 8, with the picture's colours as guide: eqs. 14 and 15) over `tanh(logits / 2)`, near the edge only; it leads what the network knows of a place on to what has the same colour there. What comes out is measured in pixels from its zero, by its own slope.
    ///
    /// # Panics
    /// When the picture is empty.
    pub fn refined(&self, picture: &Picture) -> Mask {
        let size = picture.size();
        let (width, height) = (size.width as usize, size.height as usize);
        let logits = linear(self.size, &self.values, size);
        let radius = (size.width.max(size.height) as f32 / GRID * REACH).round();
        let radius = (radius as usize).max(2);
        let tile = TILE.max(8 * radius);
        let rows = height.div_ceil(tile);
        // Whole rows of squares, so that what comes out does not hang on how many threads there are.
        let mut values = vec![0; rows * tile * width];
        in_bands(
            &mut values,
            tile * width,
            0..rows as u32,
            logits.len(),
            |first, band| {
                for (index, row) in band.chunks_exact_mut(tile * width).enumerate() {
                    let top = (first + index) * tile;
                    for left in (0..width).step_by(tile) {
                        let [right, bottom] = [(left + tile).min(width), (top + tile).min(height)];
                        // Its pixels, one around them for the slope, and twice what the filter reaches.
                        let near = Window::around([left, top, right, bottom], 2 * radius + 1, size);
                        let known = near.cut(&logits, width);
                        let mixed = known.iter().any(|value| *value > 0.0)
                            && known.iter().any(|value| *value <= 0.0);
                        let made = match mixed {
                            true => near.soft(&near.filtered(known, picture, radius)),
                            false => known.into_iter().map(hard).collect(),
                        };
                        for y in top..bottom {
                            let from = (y - near.top) * near.width + left - near.left;
                            row[(y - top) * width..][left..right]
                                .copy_from_slice(&made[from..][..right - left]);
                        }
                    }
                }
            },
        );
        values.truncate(size.area());
        Mask::new(size, values)
    }
}

fn hard(logit: f32) -> u8 {
    if logit > 0.0 { 255 } else { 0 }
}

/// A part of a picture, to be worked on by itself.
struct Window {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Window {
    /// What lies at most so far from a rectangle, inside the picture.
    fn around([left, top, right, bottom]: [usize; 4], by: usize, size: Size) -> Self {
        let [left, top] = [left.saturating_sub(by), top.saturating_sub(by)];
        Self {
            left,
            top,
            width: (right + by).min(size.width as usize) - left,
            height: (bottom + by).min(size.height as usize) - top,
        }
    }

    /// Its values of rows of a width.
    fn cut<T: Copy>(&self, values: &[T], width: usize) -> Vec<T> {
        let rows = (self.top..self.top + self.height).map(|y| y * width + self.left);
        rows.flat_map(|start| &values[start..][..self.width])
            .copied()
            .collect()
    }

    /// The guided filter of what is known.
    fn filtered(&self, mut known: Vec<f32>, picture: &Picture, radius: usize) -> Vec<f32> {
        known.iter_mut().for_each(|one| *one = (*one / 2.0).tanh());
        let pixels = self.cut(picture.pixels(), picture.size().width as usize);
        let colors = [0, 1, 2].map(|channel| -> Vec<f32> {
            let channel = pixels.iter().map(|pixel| f32::from(pixel[channel]) / 255.0);
            channel.collect()
        });
        let mean = |values: &[f32]| self.means(values, radius);
        let product = |a: &[f32], b: &[f32]| {
            let product: Vec<f32> = a.iter().zip(b).map(|(a, b)| a * b).collect();
            mean(&product)
        };
        let of_known = mean(&known);
        let of_colors = colors.each_ref().map(|color| mean(color));
        let with_known = colors.each_ref().map(|color| product(color, &known));
        let pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];
        let pairs = pairs.map(|(a, b)| (a, b, product(&colors[a], &colors[b])));
        let mut line = [const { Vec::new() }; 4];
        for at in 0..known.len() {
            let color = of_colors.each_ref().map(|mean| mean[at]);
            let mut matrix = [[0.0; 3]; 3];
            for (a, b, mean) in &pairs {
                let covariance = mean[at] - color[*a] * color[*b];
                matrix[*a][*b] = covariance;
                matrix[*b][*a] = covariance;
            }
            for (own, row) in matrix.iter_mut().enumerate() {
                row[own] += NOISE;
            }
            let with = [0, 1, 2].map(|own| with_known[own][at] - color[own] * of_known[at]);
            let slope = solved(matrix, with);
            let offset = of_known[at] - dot(slope, color);
            let [a, b, c] = slope;
            for (line, value) in line.iter_mut().zip([a, b, c, offset]) {
                line.push(value);
            }
        }
        let [a, b, c, offset] = line.each_ref().map(|line| mean(line));
        let at = |at: usize| {
            let color = colors.each_ref().map(|color| color[at]);
            dot([a[at], b[at], c[at]], color) + offset[at]
        };
        (0..known.len()).map(at).collect()
    }

    /// The mean of each value's square of `2 * radius + 1` on a side, as far as it lies inside.
    fn means(&self, values: &[f32], radius: usize) -> Vec<f32> {
        let (width, height) = (self.width, self.height);
        let mut across = vec![0.0_f32; values.len()];
        for (row, means) in values
            .chunks_exact(width)
            .zip(across.chunks_exact_mut(width))
        {
            let mut sum: f32 = row[..radius.min(width)].iter().sum();
            for (x, mean) in means.iter_mut().enumerate() {
                sum += row.get(x + radius).unwrap_or(&0.0);
                if let Some(behind) = x.checked_sub(radius + 1) {
                    sum -= row[behind];
                }
                let count = (x + radius + 1).min(width) - x.saturating_sub(radius);
                *mean = sum / count as f32;
            }
        }
        let mut means = vec![0.0; values.len()];
        let mut sums = vec![0.0_f32; width];
        let row = |y: usize| &across[y * width..][..width];
        for y in 0..radius.min(height) {
            sums.iter_mut()
                .zip(row(y))
                .for_each(|(sum, own)| *sum += own);
        }
        for (y, means) in means.chunks_exact_mut(width).enumerate() {
            if y + radius < height {
                let next = row(y + radius);
                sums.iter_mut().zip(next).for_each(|(sum, own)| *sum += own);
            }
            if let Some(behind) = y.checked_sub(radius + 1) {
                let behind = row(behind);
                sums.iter_mut()
                    .zip(behind)
                    .for_each(|(sum, own)| *sum -= own);
            }
            let count = (y + radius + 1).min(height) - y.saturating_sub(radius);
            let pairs = means.iter_mut().zip(&sums);
            pairs.for_each(|(mean, sum)| *mean = sum / count as f32);
        }
        means
    }

    /// Values as coverage: half at 0, and none or all half a pixel beside it, by the slope there.
    fn soft(&self, values: &[f32]) -> Vec<u8> {
        let (width, height) = (self.width, self.height);
        let slope = |before: usize, after: usize, apart: usize| match apart {
            0 => 0.0,
            apart => (values[after] - values[before]) / apart as f32,
        };
        let coverage = |at: usize| {
            let (x, y) = (at % width, at / width);
            let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
            let (above, below) = (y.saturating_sub(1), (y + 1).min(height - 1));
            let across = slope(at - x + left, at - x + right, right - left);
            let down = slope(above * width + x, below * width + x, below - above);
            let steep = across.hypot(down).max(f32::MIN_POSITIVE);
            ((0.5 + values[at] / steep).clamp(0.0, 1.0) * 255.0).round() as u8
        };
        (0..values.len()).map(coverage).collect()
    }
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn cross([a, b, c]: [f32; 3], [d, e, f]: [f32; 3]) -> [f32; 3] {
    [b * f - c * e, c * d - a * f, a * e - b * d]
}

/// What a symmetric matrix makes `values` of (Cramer's rule); it is positive definite, as noise was added.
fn solved([a, b, c]: [[f32; 3]; 3], values: [f32; 3]) -> [f32; 3] {
    let rows = [cross(b, c), cross(c, a), cross(a, b)];
    let determinant = dot(a, rows[0]).max(f32::MIN_POSITIVE);
    rows.map(|row| dot(row, values) / determinant)
}
