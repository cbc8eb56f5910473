//! Filling the masked part of a picture from what lies around it.
//!
//! Does not know why a part is masked, or what will be painted there.

use super::{Mask, Picture, Size};

/// Standard deviation of each blur of the ladder, picture pixels, and how often its result is laid on.
const LADDER: [(f32, u32); 6] = [
    (256.0, 1),
    (64.0, 1),
    (16.0, 2),
    (4.0, 4),
    (2.0, 2),
    (0.0, 1),
];

/// Passes of the box blur that stand for one Gaussian.
const PASSES: usize = 3;

/// A premultiplied pixel: each colour is at most alpha.
type Pixel = [u8; 4];

/// The picture with its masked part filled from the surroundings: ever finer blurs of what is kept, one over the other, soft masks honoured; opaque.
///
/// A1111's "fill" (`modules/masking.py`): the picture with the masked part transparent is blurred by 256, 64, 16, 4, 2 and 0 pixels, and each blur is laid on 1, 1, 2, 4, 2 and 1 times, in the 8-bit arithmetic of Pillow.
/// Where nothing at all is kept the result is black.
///
/// # Panics
/// When the mask is not of the picture's size.
pub fn fill(picture: &Picture, mask: &Mask) -> Picture {
    assert_eq!(mask.size(), picture.size(), "mask of a picture");
    let size = picture.size();
    let kept: Vec<Pixel> = picture
        .pixels()
        .iter()
        .zip(mask.values())
        .map(|(&[red, green, blue, alpha], &masked)| {
            let premultiplied = [red, green, blue, 255].map(|value| scale(value, alpha));
            premultiplied.map(|value| scale(value, 255 - masked))
        })
        .collect();
    let mut canvas = vec![[0; 4]; size.area()];
    for (sigma, times) in LADDER {
        let layer = blur(kept.clone(), size, sigma);
        for (below, above) in canvas.iter_mut().zip(&layer) {
            let above = unpremultiply(*above);
            for _ in 0..times {
                *below = over(*below, above);
            }
        }
    }
    let opaque = |[red, green, blue, _]: Pixel| [red, green, blue, 255];
    Picture::new(size, canvas.into_iter().map(opaque).collect())
}

/// Pillow's `GaussianBlur`: box blurs along X, then along Y, their width that of Gwosdek et al. 2011, "Theoretical foundations of Gaussian convolution by extended box filtering".
fn blur(mut pixels: Vec<Pixel>, size: Size, sigma: f32) -> Vec<Pixel> {
    let radius = box_radius(sigma);
    if radius == 0.0 {
        return pixels;
    }
    let (width, height) = (size.width as usize, size.height as usize);
    for (row_length, column_length) in [(width, height), (height, width)] {
        let mut blurred = vec![[0; 4]; row_length];
        for row in pixels.chunks_exact_mut(row_length) {
            for _ in 0..PASSES {
                box_blur(row, &mut blurred, radius);
                row.copy_from_slice(&blurred);
            }
        }
        // Transposed, so that columns are rows the second time, and back after it.
        let mut transposed = Vec::with_capacity(pixels.len());
        for x in 0..row_length {
            transposed.extend((0..column_length).map(|y| pixels[y * row_length + x]));
        }
        pixels = transposed;
    }
    pixels
}

/// The radius, with a fraction, whose box blurs together have the deviation `sigma` (equations 7, 11 and 14 there).
fn box_radius(sigma: f32) -> f32 {
    let variance = sigma * sigma / PASSES as f32;
    let length = (12.0 * f64::from(variance) + 1.0).sqrt() as f32;
    let whole = ((f64::from(length) - 1.0) / 2.0).floor() as f32;
    let fraction = (2.0 * whole + 1.0) * (whole * (whole + 1.0) - 3.0 * variance)
        / (6.0 * (variance - (whole + 1.0) * (whole + 1.0)));
    whole + fraction
}

/// One pass along a row: the mean of a window whose outermost pixels count by the radius's fraction; the row's ends are repeated.
fn box_blur(row: &[Pixel], blurred: &mut [Pixel], radius: f32) {
    let reach = radius as i64;
    let unit = 1u32 << 24;
    let weight = (unit as f32 / (radius * 2.0 + 1.0)) as u32;
    let edge_weight = (unit - (2 * reach as u32 + 1) * weight) / 2;
    let last = row.len() as i64 - 1;
    let at = |index: i64| row[index.clamp(0, last) as usize].map(u32::from);
    let mut sum = [0u32; 4];
    for index in -reach..=reach {
        for (sum, value) in sum.iter_mut().zip(at(index)) {
            *sum += value;
        }
    }
    for (index, out) in (0i64..).zip(blurred) {
        let (before, after) = (at(index - reach - 1), at(index + reach + 1));
        let leaving = at(index - reach);
        for channel in 0..4 {
            let edges = before[channel] + after[channel];
            let total = sum[channel] * weight + edges * edge_weight;
            out[channel] = ((total + unit / 2) >> 24) as u8;
            sum[channel] = sum[channel] + after[channel] - leaving[channel];
        }
    }
}

/// `round(value * share / 255)`.
fn scale(value: u8, share: u8) -> u8 {
    divided_by_255(u32::from(value) * u32::from(share) + 128) as u8
}

/// `floor(n / 255)` of a number that already has its half added, as Pillow approximates it.
fn divided_by_255(n: u32) -> u32 {
    ((n >> 8) + n) >> 8
}

fn unpremultiply([red, green, blue, alpha]: Pixel) -> Pixel {
    if alpha == 0 || alpha == 255 {
        return [red, green, blue, alpha];
    }
    let straight = |value: u8| (255 * u32::from(value) / u32::from(alpha)).min(255) as u8;
    [straight(red), straight(green), straight(blue), alpha]
}

/// One straight-alpha pixel over another, with the seven extra bits of Pillow's `alpha_composite`.
fn over(below: Pixel, above: Pixel) -> Pixel {
    const EXTRA: u32 = 7;
    let (below_alpha, above_alpha) = (u32::from(below[3]), u32::from(above[3]));
    if above_alpha == 0 {
        return below;
    }
    let alpha = above_alpha * 255 + below_alpha * (255 - above_alpha);
    let of_above = ((above_alpha * 255 * 255) << EXTRA) / alpha;
    let of_below = (255 << EXTRA) - of_above;
    let mut pixel = [0; 4];
    for channel in 0..3 {
        let sum = u32::from(above[channel]) * of_above + u32::from(below[channel]) * of_below;
        pixel[channel] = (divided_by_255(sum + (0x80 << EXTRA)) >> EXTRA) as u8;
    }
    pixel[3] = divided_by_255(alpha + 0x80) as u8;
    pixel
}
