//! The Gaussian blur that softens a mask's edge, along X and then along Y.
//!
//! Does not know why a mask is soft.

use super::bands::in_bands;
use super::{Mask, Rect, Size};

/// Sum of a [`kernel`]'s weights.
///
/// Weights are whole multiples of `1 / UNIT` and values at most 255, so every product and sum is a whole number below 2^24: `f32` holds it exactly, whatever the order, and SIMD units of every age multiply it.
pub const UNIT: f32 = 65_536.0;

/// Blurs a mask with standard deviations of `sigma_x` and `sigma_y` picture pixels; 0 leaves that axis alone.
///
/// As A1111 does with OpenCV (`modules/processing.py`): kernels of `2 floor(2.5 sigma + 0.5) + 1` pixels, borders mirrored without repeating the edge pixel (reflect-101), values rounded to 8 bits after each axis.
/// OpenCV rounds the kernel itself to 8 bits, this one to 16: masks come out one or two steps of 255 apart.
///
/// # Panics
/// When a sigma is negative or not finite.
pub fn gaussian(mask: &Mask, sigma_x: f32, sigma_y: f32) -> Mask {
    let (kernel_x, kernel_y) = (kernel(sigma_x), kernel(sigma_y));
    let Some(painted) = mask.bounds() else {
        return mask.clone();
    };
    // Nothing reaches farther than the kernel, mirrored or not: outside this, zeros stay zeros.
    let bounds = mask.size();
    let wide = Rect {
        top: painted.top,
        bottom: painted.bottom,
        ..painted.pad(reach(sigma_x), bounds)
    };
    let tall = Rect {
        left: wide.left,
        right: wide.right,
        ..wide.pad(reach(sigma_y), bounds)
    };
    let blurred = blur_rows(mask.values().to_vec(), bounds, wide, &kernel_x);
    Mask::new(bounds, blur_columns(blurred, bounds, tall, &kernel_y))
}

/// How many pixels a blur of standard deviation `sigma` reaches: its kernel has `2 * reach + 1`.
///
/// # Panics
/// When sigma is negative or not finite.
pub fn reach(sigma: f32) -> u32 {
    assert!(sigma.is_finite() && sigma >= 0.0, "a blur of {sigma} px");
    (2.5 * f64::from(sigma) + 0.5).floor() as u32
}

/// The kernel's centre and right half, whole numbers that add up to [`UNIT`] when mirrored.
///
/// # Panics
/// When sigma is negative or not finite.
pub fn kernel(sigma: f32) -> Vec<f32> {
    let radius = reach(sigma);
    let sigma = f64::from(sigma);
    let weight =
        |distance: u32| (-0.5 * (f64::from(distance) / sigma.max(f64::MIN_POSITIVE)).powi(2)).exp();
    let total = 1.0 + 2.0 * (1..=radius).map(weight).sum::<f64>();
    let mut half: Vec<f32> = (1..=radius)
        .map(|distance| (weight(distance) / total * f64::from(UNIT)).round() as f32)
        .collect();
    half.insert(0, UNIT - 2.0 * half.iter().sum::<f32>());
    half
}

/// Blurs the rows in `rect` along X.
fn blur_rows(mut values: Vec<u8>, size: Size, rect: Rect, kernel: &[f32]) -> Vec<u8> {
    if kernel.len() == 1 {
        return values;
    }
    let (left, width) = (rect.left as usize, rect.size().width as usize);
    let row_length = size.width as usize;
    let radius = kernel.len() - 1;
    in_bands(
        &mut values,
        row_length,
        rect.top..rect.bottom,
        rect.size().area(),
        |_, band| {
            let mut padded = vec![0.0; width + 2 * radius];
            let mut sums = vec![0.0; width];
            for row in band.chunks_exact_mut(row_length) {
                let inside = left.saturating_sub(radius)..(left + width + radius).min(row_length);
                let first = inside.start + radius - left;
                for (value, &source) in padded[first..].iter_mut().zip(&row[inside.clone()]) {
                    *value = f32::from(source);
                }
                for i in (0..first).chain(first + inside.len()..padded.len()) {
                    let column = mirror((left + i) as i64 - radius as i64, row_length);
                    padded[i] = f32::from(row[column]);
                }
                scale_into(&mut sums, &padded[radius..][..width], kernel[0]);
                for (distance, &weight) in kernel.iter().enumerate().skip(1) {
                    let before = &padded[radius - distance..][..width];
                    let after = &padded[radius + distance..][..width];
                    for ((sum, &a), &b) in sums.iter_mut().zip(before).zip(after) {
                        *sum += weight * (a + b);
                    }
                }
                round_into(&mut row[left..][..width], &sums);
            }
        },
    );
    values
}

/// Blurs the columns in `rect` along Y.
fn blur_columns(values: Vec<u8>, size: Size, rect: Rect, kernel: &[f32]) -> Vec<u8> {
    if kernel.len() == 1 {
        return values;
    }
    let (left, width) = (rect.left as usize, rect.size().width as usize);
    let row_length = size.width as usize;
    let source = |y: i64| {
        let y = mirror(y, size.height as usize);
        &values[y * row_length + left..][..width]
    };
    let mut blurred = values.clone();
    in_bands(
        &mut blurred,
        row_length,
        rect.top..rect.bottom,
        rect.size().area(),
        |top, band| {
            let mut sums = vec![0.0; width];
            for (y, row) in (top as i64..).zip(band.chunks_exact_mut(row_length)) {
                for (sum, &value) in sums.iter_mut().zip(source(y)) {
                    *sum = kernel[0] * f32::from(value);
                }
                for (distance, &weight) in (0i64..).zip(kernel).skip(1) {
                    let (above, below) = (source(y - distance), source(y + distance));
                    for ((sum, &a), &b) in sums.iter_mut().zip(above).zip(below) {
                        *sum += weight * f32::from(u16::from(a) + u16::from(b));
                    }
                }
                round_into(&mut row[left..][..width], &sums);
            }
        },
    );
    blurred
}

fn scale_into(sums: &mut [f32], values: &[f32], weight: f32) {
    for (sum, &value) in sums.iter_mut().zip(values) {
        *sum = weight * value;
    }
}

fn round_into(row: &mut [u8], sums: &[f32]) {
    for (value, &sum) in row.iter_mut().zip(sums) {
        *value = ((sum + UNIT / 2.0) / UNIT) as u8;
    }
}

/// The index in `0..length` that reflect-101 puts at `index`: `... 2 1 0 1 2 ... n-2 n-1 n-2 ...`.
fn mirror(index: i64, length: usize) -> usize {
    if length == 1 {
        return 0;
    }
    let last = length as i64 - 1;
    let folded = index.rem_euclid(2 * last);
    folded.min(2 * last - folded) as usize
}
