//! Matching the colours of one picture to another, in CIELAB.
//!
//! Does not know where either picture comes from.

use super::{Mask, Picture};

/// Fewer pixels than this say too little about a picture's colours.
const LEAST_SAMPLES: usize = 16;

/// How much a match may stretch or squeeze a channel; beyond it noise would become colour.
const MOST_STRETCH: f64 = 2.0;

/// Deviations below this, in units of the channels, are rounding and are not stretched.
const LEAST_DEVIATION: f64 = 0.5;

/// CIELAB under D65: L in `[0, 100]`, a and b about `[-128, 127]`.
type Lab = [f64; 3];

/// The picture with mean and deviation of each CIELAB channel brought to those of `reference`, both measured where the mask is 0 and `reference` is opaque (Reinhard et al. 2001, in CIELAB).
///
/// A channel's deviation changes by at most a factor of 2, and not at all where either picture is flat. Alpha stays.
/// With fewer than 16 pixels to measure the picture comes back as it is.
///
/// # Panics
/// When the three are not of one size.
pub fn match_colors(picture: &Picture, reference: &Picture, mask: &Mask) -> Picture {
    assert_eq!(picture.size(), reference.size(), "a picture's reference");
    assert_eq!(picture.size(), mask.size(), "mask of a picture");
    let space = Space::new();
    let kept = || {
        let pairs = picture.pixels().iter().zip(reference.pixels());
        pairs
            .zip(mask.values())
            .filter(|((_, reference), masked)| **masked == 0 && reference[3] == 255)
            .map(|(pair, _)| pair)
    };
    if kept().count() < LEAST_SAMPLES {
        return picture.clone();
    }
    let found = Statistics::of(kept().map(|(pixel, _)| space.lab(*pixel)));
    let wanted = Statistics::of(kept().map(|(_, pixel)| space.lab(*pixel)));
    let matched = |pixel: &[u8; 4]| {
        let mut lab = space.lab(*pixel);
        for (channel, value) in lab.iter_mut().enumerate() {
            let flat = found.deviation[channel].min(wanted.deviation[channel]) < LEAST_DEVIATION;
            let stretch = if flat {
                1.0
            } else {
                (wanted.deviation[channel] / found.deviation[channel])
                    .clamp(1.0 / MOST_STRETCH, MOST_STRETCH)
            };
            *value = (*value - found.mean[channel]) * stretch + wanted.mean[channel];
        }
        let [red, green, blue] = space.rgb(lab);
        [red, green, blue, pixel[3]]
    };
    Picture::new(
        picture.size(),
        picture.pixels().iter().map(matched).collect(),
    )
}

/// Lightness of each pixel in CIELAB, 0 to 255.
pub(super) fn lightness(picture: &Picture) -> Vec<u8> {
    let space = Space::new();
    let byte = |pixel: &[u8; 4]| (space.lab(*pixel)[0] * 2.55).round().clamp(0.0, 255.0) as u8;
    picture.pixels().iter().map(byte).collect()
}

/// Mean and standard deviation of each channel.
struct Statistics {
    mean: Lab,
    deviation: Lab,
}

impl Statistics {
    fn of(colors: impl Iterator<Item = Lab>) -> Self {
        let (mut count, mut sum, mut squares) = (0.0, [0.0; 3], [0.0; 3]);
        for lab in colors {
            count += 1.0;
            for channel in 0..3 {
                sum[channel] += lab[channel];
                squares[channel] += lab[channel] * lab[channel];
            }
        }
        let mean = sum.map(|sum| sum / count);
        let deviation = std::array::from_fn(|channel| {
            let variance: f64 = squares[channel] / count - mean[channel] * mean[channel];
            variance.max(0.0).sqrt()
        });
        Self { mean, deviation }
    }
}

/// Linear sRGB to XYZ under D65 (ITU-R BT.709 primaries).
const XYZ_FROM_RGB: [[f64; 3]; 3] = [
    [0.412_453, 0.357_580, 0.180_423],
    [0.212_671, 0.715_160, 0.072_169],
    [0.019_334, 0.119_193, 0.950_227],
];

/// Its inverse.
const RGB_FROM_XYZ: [[f64; 3]; 3] = [
    [3.240_481_34, -1.537_151_52, -0.498_536_33],
    [-0.969_254_95, 1.875_990_00, 0.041_555_93],
    [0.055_646_64, -0.204_041_34, 1.057_311_07],
];

/// XYZ of white under D65, the standard 2 degree observer.
const WHITE: [f64; 3] = [0.950_47, 1.0, 1.088_83];

/// sRGB in 8 bits to CIELAB and back, with the table that makes the way there quick.
struct Space {
    linear: [f64; 256],
}

impl Space {
    fn new() -> Self {
        let linear = std::array::from_fn(|value| {
            let value = value as f64 / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        });
        Self { linear }
    }

    fn lab(&self, [red, green, blue, _]: [u8; 4]) -> Lab {
        let rgb = [red, green, blue].map(|value| self.linear[usize::from(value)]);
        let mut f = product(&XYZ_FROM_RGB, rgb);
        for (value, white) in f.iter_mut().zip(WHITE) {
            let share = *value / white;
            *value = if share > 0.008_856 {
                share.cbrt()
            } else {
                7.787 * share + 16.0 / 116.0
            };
        }
        let [x, y, z] = f;
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn rgb(&self, lab: Lab) -> [u8; 3] {
        rgb(lab, WHITE, &RGB_FROM_XYZ)
    }
}

/// White under D50, and XYZ under it to linear sRGB, adapted after Bradford.
const WHITE_D50: [f64; 3] = [0.964_22, 1.0, 0.825_21];
const RGB_FROM_XYZ_D50: [[f64; 3]; 3] = [
    [3.133_856_1, -1.616_866_7, -0.490_614_6],
    [-0.978_768_4, 1.916_141_5, 0.033_454_0],
    [0.071_945_3, -0.228_991_4, 1.405_242_7],
];

/// sRGB of CIELAB under D50, as files have it.
pub(super) fn rgb_of_d50(lab: Lab) -> [u8; 3] {
    rgb(lab, WHITE_D50, &RGB_FROM_XYZ_D50)
}

fn rgb([l, a, b]: Lab, white: [f64; 3], rgb_from_xyz: &[[f64; 3]; 3]) -> [u8; 3] {
    let y = (l + 16.0) / 116.0;
    let mut xyz = [a / 500.0 + y, y, y - b / 200.0];
    for (value, white) in xyz.iter_mut().zip(white) {
        let cubed = value.powi(3);
        let share = if *value > 0.206_893_03 {
            cubed
        } else {
            (*value - 16.0 / 116.0) / 7.787
        };
        *value = share.max(0.0) * white;
    }
    product(rgb_from_xyz, xyz).map(|linear| {
        let value = if linear <= 0.003_130_8 {
            linear * 12.92
        } else {
            1.055 * linear.powf(1.0 / 2.4) - 0.055
        };
        (value * 255.0).round().clamp(0.0, 255.0) as u8
    })
}

fn product(matrix: &[[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2])
}
