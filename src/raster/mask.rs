//! Masks: how much of each pixel is to be repainted.
//!
//! Does not know how a mask was painted or what will be painted there.

mod of_picture;

use std::fmt;

use fast_image_resize::pixels::U8;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions};

use super::picture::{exchange, extend, resample};
use super::{Rect, Size};

/// Coverage of each pixel, row by row from the top left: 0 keeps it, 255 repaints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mask {
    size: Size,
    values: Vec<u8>,
}

/// How a mask is brought to another size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaskFilter {
    /// The pixel at `floor(i * from / to)`: PyTorch's `interpolate(mode="nearest")`, with which diffusers brings masks to latents.
    Nearest,
    /// The mean of the area that each new pixel covers.
    Area,
    /// Linear between pixel centres, widened when shrinking (Pillow's bilinear).
    Bilinear,
    /// Cubic, widened when shrinking (Pillow's bicubic, with which A1111 brings masks to latents).
    Bicubic,
}

/// What a new mask does to the one that is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Join {
    /// It takes its place.
    #[default]
    Replace,
    /// It is added.
    Add,
    /// It is taken away.
    Subtract,
    /// What both mask is left.
    Intersect,
}

impl Join {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Replace, Self::Add, Self::Subtract, Self::Intersect];

    /// Its name on command lines.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Add => "add",
            Self::Subtract => "subtract",
            Self::Intersect => "intersect",
        }
    }

    /// What becomes of a mask.
    ///
    /// # Panics
    /// When the sizes differ.
    pub fn apply(self, own: &Mask, new: &Mask) -> Mask {
        match self {
            Self::Replace => new.clone(),
            Self::Add => own.union(new),
            Self::Subtract => own.subtract(new),
            Self::Intersect => own.intersect(new),
        }
    }
}

impl fmt::Display for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Mask {
    /// A mask of `size.area()` values, row by row.
    ///
    /// # Panics
    /// When the number of values is not that of the size.
    pub fn new(size: Size, values: Vec<u8>) -> Self {
        assert_eq!(values.len(), size.area(), "values of a {size} mask");
        Self { size, values }
    }

    /// A mask of one value.
    pub fn filled(size: Size, value: u8) -> Self {
        Self::new(size, vec![value; size.area()])
    }

    /// A mask whose value at column `x`, row `y` is `value(x, y)`.
    pub fn from_fn(size: Size, mut value: impl FnMut(u32, u32) -> u8) -> Self {
        let mut values = Vec::with_capacity(size.area());
        for y in 0..size.height {
            values.extend((0..size.width).map(|x| value(x, y)));
        }
        Self { size, values }
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// All values, row by row.
    pub fn values(&self) -> &[u8] {
        &self.values
    }

    /// The values of row `y`.
    ///
    /// # Panics
    /// When it lies outside.
    pub fn row(&self, y: u32) -> &[u8] {
        let width = self.size.width as usize;
        &self.values[y as usize * width..][..width]
    }

    /// The values of row `y`, to be changed.
    ///
    /// # Panics
    /// When it lies outside.
    pub fn row_mut(&mut self, y: u32) -> &mut [u8] {
        let width = self.size.width as usize;
        &mut self.values[y as usize * width..][..width]
    }

    /// All values, row by row, to be changed.
    pub fn values_mut(&mut self) -> &mut [u8] {
        &mut self.values
    }

    /// The value at column `x`, row `y`.
    ///
    /// # Panics
    /// When it lies outside.
    pub fn value(&self, x: u32, y: u32) -> u8 {
        assert!(x < self.size.width, "column {x} of {}", self.size.width);
        self.row(y)[x as usize]
    }

    /// Whether nothing is to be repainted.
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(|&value| value == 0)
    }

    /// The smallest rectangle around all values but 0; none for an empty mask.
    pub fn bounds(&self) -> Option<Rect> {
        let painted = |y: &u32| self.row(*y).iter().any(|&value| value != 0);
        let top = (0..self.size.height).find(painted)?;
        let bottom = (0..self.size.height).rfind(painted)? + 1;
        let (mut left, mut right) = (self.size.width as usize, 0);
        for y in top..bottom {
            let row = self.row(y);
            if let Some(first) = row.iter().position(|&value| value != 0) {
                left = left.min(first);
                right = right.max(row.iter().rposition(|&value| value != 0).unwrap_or(first) + 1);
            }
        }
        Some(Rect::new(left as u32, top, right as u32, bottom))
    }

    /// Share of the picture that is to be repainted, in `[0, 1]`: the mean value over 255; 0 for a mask without pixels.
    pub fn coverage(&self) -> f64 {
        let sum: u64 = self.values.iter().map(|&value| u64::from(value)).sum();
        sum as f64 / (255.0 * self.values.len().max(1) as f64)
    }

    /// The mask that repaints what this one keeps.
    pub fn invert(&self) -> Self {
        Self {
            size: self.size,
            values: self.values.iter().map(|&value| 255 - value).collect(),
        }
    }

    /// The mask that repaints what either repaints: the larger value.
    ///
    /// # Panics
    /// When the sizes differ.
    pub fn union(&self, other: &Self) -> Self {
        self.with(other, u8::max)
    }

    /// The mask that repaints what this one does and `other` does not: the smaller of this value and 255 less the other.
    ///
    /// # Panics
    /// When the sizes differ.
    pub fn subtract(&self, other: &Self) -> Self {
        self.with(other, |value, other| value.min(255 - other))
    }

    /// The mask that repaints what both repaint: the smaller value.
    ///
    /// # Panics
    /// When the sizes differ.
    pub fn intersect(&self, other: &Self) -> Self {
        self.with(other, u8::min)
    }

    fn with(&self, other: &Self, combine: impl Fn(u8, u8) -> u8) -> Self {
        assert_eq!(self.size, other.size, "two masks of one picture");
        let values = self.values.iter().zip(&other.values);
        Self {
            size: self.size,
            values: values.map(|(&a, &b)| combine(a, b)).collect(),
        }
    }

    /// Exchanges the part inside `rect` with `other`; twice is nothing.
    ///
    /// # Panics
    /// When `rect` does not lie inside the mask, or `other` is not of its size.
    pub fn swap(&mut self, rect: Rect, other: &mut Self) {
        exchange(
            self.size,
            &mut self.values,
            rect,
            other.size,
            &mut other.values,
        );
    }

    /// The mask with 255 where it is at least one half, else 0.
    pub fn rounded(&self) -> Self {
        let round = |&value: &u8| if value >= 128 { 255 } else { 0 };
        Self {
            size: self.size,
            values: self.values.iter().map(round).collect(),
        }
    }

    /// The rounded mask grown by a square window of `window` pixels: 255 where the window around a pixel holds one that is at least one half; a window of 0 or 1 grows nothing.
    ///
    /// An even window reaches farther to the right and below: 6 grows by 2 to the left and above, by 3 to the right and below (ComfyUI `VAEEncodeForInpaint`, whose convolution is padded by `ceil((window - 1) / 2)`).
    pub fn grown(&self, window: u32) -> Self {
        let rounded = self.rounded();
        if window < 2 || self.size.is_empty() {
            return rounded;
        }
        let window = window as usize;
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let mut values = vec![0; rounded.values.len()];
        for (row, grown) in rounded
            .values
            .chunks_exact(width)
            .zip(values.chunks_exact_mut(width))
        {
            grow(row.iter().copied(), window, |index| grown[index] = 255);
        }
        let rows = values.clone();
        for x in 0..width {
            let column = (0..height).map(|y| rows[y * width + x]);
            grow(column, window, |index| values[index * width + x] = 255);
        }
        Self {
            size: self.size,
            values,
        }
    }

    /// The part inside `rect`.
    ///
    /// # Panics
    /// When `rect` does not lie inside the mask.
    pub fn crop(&self, rect: Rect) -> Self {
        assert!(
            Rect::of(self.size).contains(rect),
            "a crop of {rect:?} out of {}",
            self.size
        );
        let size = rect.size();
        let mut values = Vec::with_capacity(size.area());
        for y in rect.top..rect.top + size.height {
            values.extend_from_slice(&self.row(y)[rect.left as usize..][..size.width as usize]);
        }
        Self { size, values }
    }

    /// The mask at another size; the same size gives the same values.
    ///
    /// # Panics
    /// When either size is empty.
    pub fn resize(&self, size: Size, filter: MaskFilter) -> Self {
        let filter = match filter {
            MaskFilter::Nearest => return self.nearest(size),
            MaskFilter::Area => FilterType::Box,
            MaskFilter::Bilinear => FilterType::Bilinear,
            MaskFilter::Bicubic => FilterType::CatmullRom,
        };
        let source = self.values.iter().map(|&value| U8::new(value)).collect();
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
        let values = resample(self.size, source, size, options)
            .iter()
            .map(|value| value.0)
            .collect();
        Self { size, values }
    }

    /// The greatest value of each cell of `factor` by `factor` pixels; sides that `factor` does not divide lose their last pixels.
    ///
    /// # Panics
    /// When `factor` is 0.
    pub fn greatest_of_cells(&self, factor: u32) -> Self {
        let size = Size::new(self.size.width / factor, self.size.height / factor);
        Self::from_fn(size, |x, y| {
            let columns = (x * factor) as usize..((x + 1) * factor) as usize;
            let rows = y * factor..(y + 1) * factor;
            rows.flat_map(|y| &self.row(y)[columns.clone()])
                .fold(0, |greatest, value| greatest.max(*value))
        })
    }

    fn nearest(&self, size: Size) -> Self {
        let source =
            |i: u32, from: u32, to: u32| (u64::from(i) * u64::from(from) / u64::from(to)) as u32;
        Self::from_fn(size, |x, y| {
            let row = self.row(source(y, self.size.height, size.height));
            row[source(x, self.size.width, size.width) as usize]
        })
    }

    /// A mask of `size` with this one at `inner` and its edges repeated around it.
    ///
    /// # Panics
    /// When the mask is empty, `inner` is not of its size, or `inner` does not lie inside `size`.
    pub fn extend_edges(&self, size: Size, inner: Rect) -> Self {
        Self {
            size,
            values: extend(&self.values, self.size, size, inner),
        }
    }
}

/// Marks every index of a line whose window of `window` values holds one that is not 0.
fn grow(line: impl ExactSizeIterator<Item = u8>, window: usize, mut mark: impl FnMut(usize)) {
    let length = line.len();
    // A value at `i` lies in the windows from `i - (window - 1 - before)` on, as they start `before` pixels early.
    let before = window / 2;
    let mut next = 0;
    for (index, value) in line.enumerate() {
        if value != 0 {
            let first = next.max(index.saturating_sub(window - 1 - before));
            let end = length.min(index + before + 1);
            (first..end).for_each(&mut mark);
            next = next.max(end);
        }
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({})", self.size)
    }
}
