//! What a picture means as a mask.
//!
//! Does not know files.

use super::Mask;
use crate::raster::Picture;

/// Values below this count as 0: the ringing of a JPEG around a hard edge, which stays below it from quality 90 on, is no mask.
const LEAST: u8 = 16;

/// Most pixels that have to say something before they count whole, however small a share of the picture they are; a quarter of a smaller picture.
const FEW: f64 = 32.0;

impl Mask {
    /// The mask that a picture stands for: alpha times luma (white = repaint), or alpha alone where the colours say nothing.
    ///
    /// - Luma counts where the picture is a black-and-white one, opaque or not: where 1/400 of it or more is black, as much is white, and black and white outweigh all other colours. What is transparent counts for neither, whatever its colour.
    /// - Luma counts where there is next to no transparency, up to 1/100 of the picture, whatever the colours: an opaque picture is its luma.
    /// - Else, as with white, black or coloured paint on nothing, or with a picture that has a hole, alpha alone counts: what is opaque is repainted (A1111's `create_binary_mask`, which never looks at luma where a pixel is not opaque; a hole that is to be repainted, as ComfyUI means it, wants the mask turned: [`MaskMode::NotMasked`](crate::recipe::MaskMode)).
    ///
    /// Between the three it fades, so that a single pixel never decides about the others. Values are not thresholded, but for those below 16, which count as 0.
    /// Luma is Pillow's `convert("L")`: ITU-R 601 weights in 16-bit fixed point.
    pub fn from_picture(picture: &Picture) -> Self {
        let told = told_by_luma(picture);
        let value = |pixel: &[u8; 4]| {
            let luma = f64::from(luma(pixel)) / 255.0;
            (f64::from(pixel[3]) * (1.0 - told * (1.0 - luma))).round() as u8
        };
        let values = picture.pixels().iter().map(value).collect();
        Self::new(picture.size(), values).without_faint()
    }

    /// The mask with 0 where it is too faint to be meant: below 16.
    pub fn without_faint(mut self) -> Self {
        let faint = self.values.iter_mut().filter(|value| **value < LEAST);
        faint.for_each(|value| *value = 0);
        self
    }
}

/// How far luma counts, in `[0, 1]`.
fn told_by_luma(picture: &Picture) -> f64 {
    let (mut clear, mut black, mut white, mut other) = (0.0, 0.0, 0.0, 0.0);
    // 0 at mid grey, 1 a quarter of the range beside it.
    let sure = |value: u8| (f64::from(value) - 128.0).clamp(0.0, 63.0) / 63.0;
    for &[red, green, blue, alpha] in picture.pixels() {
        let alpha = f64::from(alpha) / 255.0;
        let (dark, light) = (
            sure(255 - red.max(green).max(blue)),
            sure(red.min(green).min(blue)),
        );
        clear += 1.0 - alpha;
        black += alpha * dark;
        white += alpha * light;
        other += alpha * (1.0 - dark - light);
    }
    let area = picture.pixels().len() as f64;
    let enough = |share: f64| (area * share).max(FEW.min(area / 4.0));
    let black_and_white = f64::min(black, white).min(black + white - other) / enough(0.0025);
    let opaque = 1.0 - (clear - area * 0.01) / enough(0.03);
    black_and_white.max(opaque).clamp(0.0, 1.0)
}

fn luma([red, green, blue, _]: &[u8; 4]) -> u8 {
    let sum = u32::from(*red) * 19_595 + u32::from(*green) * 38_470 + u32::from(*blue) * 7_471;
    ((sum + 0x8000) >> 16) as u8
}
