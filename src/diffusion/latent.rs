//! Latents, and the conversions between pixels and the numbers that networks take.

use ndarray::{Array4, ArrayView4};

use super::networks::LatentRgb;
use crate::raster::{Mask, Picture, Size};

/// Latents of one picture: f32 `[1, channels, height, width]`, height and width in latent pixels, already multiplied by the VAE's scaling factor (unit variance on the training pictures).
pub type Latents = Array4<f32>;

/// `[1, 3, H, W]` in `[-1, 1]` from sRGB pixels; alpha is left out.
pub fn tensor_from_picture(picture: &Picture) -> Array4<f32> {
    let Size { width, height } = picture.size();
    let mut tensor = Array4::zeros((1, 3, height as usize, width as usize));
    for (channel, mut plane) in tensor
        .outer_iter_mut()
        .flat_map(|t| t.into_outer_iter_mut())
        .enumerate()
    {
        for (value, pixel) in plane.iter_mut().zip(picture.pixels()) {
            *value = f32::from(pixel[channel]) / 127.5 - 1.0;
        }
    }
    tensor
}

/// Opaque sRGB pixels from `[1, 3, H, W]`, values clamped to `[-1, 1]`.
pub fn picture_from_tensor(tensor: ArrayView4<'_, f32>) -> Picture {
    let (_, _, height, width) = tensor.dim();
    let byte = |value: f32| ((value + 1.0) / 2.0 * 255.0).round().clamp(0.0, 255.0) as u8;
    let pixels = (0..height)
        .flat_map(|y| (0..width).map(move |x| (y, x)))
        .map(|(y, x)| {
            [
                byte(tensor[[0, 0, y, x]]),
                byte(tensor[[0, 1, y, x]]),
                byte(tensor[[0, 2, y, x]]),
                255,
            ]
        })
        .collect();
    Picture::new(
        Size {
            width: width as u32,
            height: height as u32,
        },
        pixels,
    )
}

/// A mask at latent size, one channel: `[1, 1, h, w]`, 1 = repaint.
pub fn tensor_from_mask(mask: &Mask) -> Array4<f32> {
    let Size { width, height } = mask.size();
    let mut tensor = Array4::zeros((1, 1, height as usize, width as usize));
    for (value, coverage) in tensor.iter_mut().zip(mask.values()) {
        *value = f32::from(*coverage) / 255.0;
    }
    tensor
}

/// A tensor `[1, C, h, w]` at another size of its grid, linear between cell centres and flat beyond the outermost (PyTorch's `interpolate(mode="bilinear")`, not widened when shrinking).
///
/// `scale` is how many cells of the source go on one of the result, along x and along y; what lies beyond the source repeats its edge.
pub fn stretch(tensor: &Array4<f32>, size: Size, scale: [f64; 2]) -> Array4<f32> {
    let (_, channels, height, width) = tensor.dim();
    let along = |count: u32, length: usize, scale: f64| -> Vec<(usize, usize, f32)> {
        let last = length.saturating_sub(1);
        (0..count)
            .map(|index| {
                let at = ((f64::from(index) + 0.5) * scale - 0.5).clamp(0.0, last as f64);
                let before = at as usize;
                (before, (before + 1).min(last), (at - before as f64) as f32)
            })
            .collect()
    };
    let columns = along(size.width, width, scale[0]);
    let rows = along(size.height, height, scale[1]);
    Array4::from_shape_fn((1, channels, rows.len(), columns.len()), |(_, c, y, x)| {
        let ((top, bottom, down), (left, right, over)) = (rows[y], columns[x]);
        let row =
            |y: usize| tensor[[0, c, y, left]] * (1.0 - over) + tensor[[0, c, y, right]] * over;
        row(top) * (1.0 - down) + row(bottom) * down
    })
}

/// Something of one picture, `[1, C, h, w]`, for each of several: `[n, C, h, w]`.
pub fn repeat(one: &Array4<f32>, times: usize) -> Array4<f32> {
    let (_, channels, height, width) = one.dim();
    Array4::from_shape_fn((times, channels, height, width), |(_, c, y, x)| {
        one[[0, c, y, x]]
    })
}

/// A picture of latent size, by the linear map: what the model has in mind, without a VAE.
pub fn preview(latents: &Latents, map: &LatentRgb) -> Picture {
    let (_, _, height, width) = latents.dim();
    let mut tensor = Array4::zeros((1, 3, height, width));
    for ((_, rgb, y, x), value) in tensor.indexed_iter_mut() {
        *value = map.bias[rgb]
            + map
                .factors
                .iter()
                .enumerate()
                .map(|(channel, row)| row[rgb] * latents[[0, channel, y, x]])
                .sum::<f32>();
    }
    picture_from_tensor(tensor.view())
}
