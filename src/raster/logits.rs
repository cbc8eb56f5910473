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

/// Radius of the guided filter in its cells, at most about this: larger ones say no more of an edge (fast guided filter, He and Sun 2015).
const CELLS: usize = 3;

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
    /// A guided filter (He, Sun and Tang 2010, eqs. 5, 6 and 8, with the picture's colours as guide: eqs. 14 and 15) over `tanh(logits / 2)`, near the edge only, its lines found at a smaller size where the picture is large (He and Sun 2015); it leads what the network knows of a place on to what has the same colour there. What comes out is measured in pixels from its zero, by its own slope.
    ///
    /// # Panics
    /// When the picture is empty.
    pub fn refined(&self, picture: &Picture) -> Mask {
        let size = picture.size();
        let width = size.width as usize;
        let known = self.at_most(size);
        let radius = (size.width.max(size.height) as f32 / GRID * REACH).round();
        let radius = (radius as usize).max(2);
        let cell = (radius / CELLS).max(1);
        let radius = (radius as f32 / cell as f32).round() as usize;
        let tile = TILE.max(4 * radius * cell).next_multiple_of(cell);
        let cells = Size::new(
            size.width.div_ceil(cell as u32),
            size.height.div_ceil(cell as u32),
        );
        let rows = (size.height as usize).div_ceil(tile);
        // Whole rows of squares, so that what comes out does not hang on how many threads there are.
        let mut values = vec![0; rows * tile * width];
        in_bands(
            &mut values,
            tile * width,
            0..rows as u32,
            size.area(),
            |first, band| {
                for (index, row) in band.chunks_exact_mut(tile * width).enumerate() {
                    let top = (first + index) * tile;
                    let bottom = (top + tile).min(size.height as usize);
                    for left in (0..width).step_by(tile) {
                        let own = [left, top, (left + tile).min(width), bottom];
                        // Its cells, two around them for what lies between, and twice what the filter reaches.
                        let of_cells = [
                            left / cell,
                            top / cell,
                            own[2].div_ceil(cell),
                            bottom.div_ceil(cell),
                        ];
                        let near = Window::around(of_cells, 2 * radius + 2, cells);
                        let lines = known.around_edge(&near, cell, size).map(|known| {
                            let colors = near.colors(picture, cell);
                            near.lines(&known, &colors, radius)
                        });
                        let target = (top..bottom).map(|y| (y - top) * width + left);
                        match lines {
                            Ok(lines) => {
                                // One pixel around them for the slope.
                                let pixels = Window::around(own, 1, size);
                                let made = pixels.soft(&pixels.led(&near, &lines, picture, cell));
                                for (y, to) in (top..).zip(target) {
                                    let from = (y - pixels.top) * pixels.width + left - pixels.left;
                                    row[to..][..own[2] - left]
                                        .copy_from_slice(&made[from..][..own[2] - left]);
                                }
                            }
                            Err(0) => {}
                            Err(all) => target.for_each(|to| row[to..][..own[2] - left].fill(all)),
                        }
                    }
                }
            },
        );
        values.truncate(size.area());
        Mask::new(size, values)
    }

    /// No more values than a picture has pixels, on either side.
    fn at_most(&self, most: Size) -> Self {
        let width = self.size.width.min(most.width);
        let size = Size::new(width, self.size.height.min(most.height));
        match size == self.size {
            true => self.clone(),
            false => Self::new(size, linear(self.size, &self.values, size)),
        }
    }

    /// What is known in the middle of each cell of a window, so many pixels wide, of a picture of a size.
    ///
    /// # Errors
    /// Where all of it is inside or all outside: that value of a mask.
    fn around_edge(&self, near: &Window, cell: usize, size: Size) -> Result<Vec<f32>, u8> {
        let of = [self.size.width as usize, self.size.height as usize];
        let places = [size.width, size.height].map(|side| side as f32);
        let scale = [0, 1].map(|axis| of[axis] as f32 / places[axis]);
        let range = |axis: usize, from: usize, to: usize| {
            let place = |at: usize| (at * cell) as f32 * scale[axis];
            let start = (place(from) as usize).saturating_sub(1).min(of[axis] - 1);
            start..(place(to) as usize + 2).min(of[axis])
        };
        let columns = range(0, near.left, near.left + near.width);
        let rows = range(1, near.top, near.top + near.height);
        let first = hard(self.values[rows.start * of[0] + columns.start]);
        let mut heard = rows.flat_map(|y| &self.values[y * of[0]..][columns.clone()]);
        if heard.all(|value| hard(*value) == first) {
            return Err(first);
        }
        let between = |axis: usize, at: usize| {
            let place = (at as f32 + 0.5) * cell as f32 * scale[axis] - 0.5;
            Between::new(place, of[axis])
        };
        let across: Vec<_> = (near.left..near.left + near.width)
            .map(|x| between(0, x))
            .collect();
        let mut known = Vec::with_capacity(near.width * near.height);
        for y in near.top..near.top + near.height {
            let down = between(1, y);
            let [above, below] = down.ends.map(|y| &self.values[y * of[0]..][..of[0]]);
            known.extend(across.iter().map(|x| {
                let [above, below] = [above, below].map(|row| x.of(|at| row[at]));
                above + (below - above) * down.share
            }));
        }
        let first = hard(known[0]);
        match known.iter().all(|value| hard(*value) == first) {
            true => Err(first),
            false => Ok(known),
        }
    }
}

/// A place between two neighbouring values.
struct Between {
    ends: [usize; 2],
    /// From the first one, in `[0, 1]`.
    share: f32,
}

impl Between {
    /// A place, from the middle of the first of so many; what lies beyond them is as the outermost.
    fn new(place: f32, count: usize) -> Self {
        let place = place.clamp(0.0, (count - 1) as f32);
        let first = place as usize;
        Self {
            ends: [first, (first + 1).min(count - 1)],
            share: place - first as f32,
        }
    }

    fn of(&self, value: impl Fn(usize) -> f32) -> f32 {
        let [first, second] = self.ends.map(value);
        first + (second - first) * self.share
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

    /// The mean colours of its cells, from 0 to 1.
    fn colors(&self, picture: &Picture, cell: usize) -> [Vec<f32>; 3] {
        let (width, height) = (
            picture.size().width as usize,
            picture.size().height as usize,
        );
        let pixels = picture.pixels();
        let mut colors = [const { Vec::new() }; 3];
        for y in self.top..self.top + self.height {
            let rows = y * cell..((y + 1) * cell).min(height);
            for x in self.left..self.left + self.width {
                let columns = x * cell..((x + 1) * cell).min(width);
                let count = rows.len() * columns.len();
                let mut sums = [0_u32; 3];
                for row in rows.clone() {
                    for pixel in &pixels[row * width..][columns.clone()] {
                        for (sum, own) in sums.iter_mut().zip(pixel) {
                            *sum += u32::from(*own);
                        }
                    }
                }
                for (colors, sum) in colors.iter_mut().zip(sums) {
                    colors.push(sum as f32 / (255 * count) as f32);
                }
            }
        }
        colors
    }

    /// What the guided filter makes of what is known of its cells: how red, green and blue lead to it, and what is added.
    fn lines(&self, known: &[f32], colors: &[Vec<f32>; 3], radius: usize) -> Vec<[f32; 4]> {
        let known: Vec<f32> = known.iter().map(|one| (one / 2.0).tanh()).collect();
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
        let line = line.each_ref().map(|line| mean(line));
        let at = |at: usize| line.each_ref().map(|line| line[at]);
        (0..known.len()).map(at).collect()
    }

    /// What a picture's pixels are led to by the lines of the cells near them.
    fn led(&self, near: &Self, lines: &[[f32; 4]], picture: &Picture, cell: usize) -> Vec<f32> {
        let between = |at: usize, first: usize, count: usize| {
            let place = (at as f32 + 0.5) / cell as f32 - 0.5;
            Between::new(place - first as f32, count)
        };
        let across: Vec<_> = (self.left..self.left + self.width)
            .map(|x| between(x, near.left, near.width))
            .collect();
        let mix = |a: [f32; 4], b: [f32; 4], share: f32| -> [f32; 4] {
            std::array::from_fn(|at| a[at] + (b[at] - a[at]) * share)
        };
        let mut row = vec![[0.0; 4]; near.width];
        let mut led = Vec::with_capacity(self.width * self.height);
        for y in self.top..self.top + self.height {
            let down = between(y, near.top, near.height);
            let [above, below] = down.ends.map(|y| &lines[y * near.width..][..near.width]);
            for (line, (above, below)) in row.iter_mut().zip(above.iter().zip(below)) {
                *line = mix(*above, *below, down.share);
            }
            let start = y * picture.size().width as usize + self.left;
            let pixels = &picture.pixels()[start..][..self.width];
            led.extend(pixels.iter().zip(&across).map(|(pixel, x)| {
                let [first, second] = x.ends;
                let [a, b, c, offset] = mix(row[first], row[second], x.share);
                let [red, green, blue, _] = pixel.map(f32::from);
                (a * red + b * green + c * blue) / 255.0 + offset
            }));
        }
        led
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
