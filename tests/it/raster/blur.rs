use pentimento::raster::blur::{gaussian, reach};
use pentimento::raster::{Mask, Size};

use super::{difference, golden_cases, read_mask};

/// Sigma → pixels of the kernel, as A1111 has them.
const KERNELS: &[(f32, u32)] = &[
    (0.0, 1),
    (0.1, 1),
    (1.0, 7),
    (2.0, 11),
    (3.0, 17),
    (4.0, 21),
    (6.0, 31),
    (8.0, 41),
    (12.0, 61),
    (16.0, 81),
    (32.0, 161),
    (64.0, 321),
];

#[test]
fn kernels_are_as_long_as_in_the_table() {
    for &(sigma, length) in KERNELS {
        assert_eq!(2 * reach(sigma) + 1, length, "sigma {sigma}");
    }
}

/// OpenCV rounds kernels to 8 bits, which makes up to two steps of 255.
#[test]
fn blurs_agree_with_opencv() {
    for (what, source, expected) in golden_cases("golden/blur") {
        let (x, y) = what
            .strip_prefix('x')
            .and_then(|what| what.split_once("_y"))
            .unwrap();
        let (x, y): (f32, f32) = (x.parse().unwrap(), y.parse().unwrap());
        let found = gaussian(&read_mask(&source), x, y);
        let (most, mean) = difference(found.values(), read_mask(&expected).values());
        assert!(
            most <= 2 && mean < 0.36,
            "{}: at most {most}, {mean:.3} on average",
            expected.display()
        );
    }
}

/// The plain sum over a full kernel in f64, mirrored index by index: exact but for values within a thousandth of a tie.
#[test]
fn blurs_are_the_gaussian_sum() {
    let noise = |x: u32, y: u32| ((x * 7919 + y * 104_729).wrapping_mul(2_654_435_761) >> 24) as u8;
    for (width, height) in [(1, 1), (1, 9), (2, 2), (13, 7), (90, 4), (300, 260)] {
        let mask = Mask::from_fn(Size::new(width, height), |x, y| {
            if (x + y) % 5 < 3 { noise(x, y) } else { 0 }
        });
        for sigma in [0.7, 4.0, 11.0] {
            let found = gaussian(&mask, sigma, 0.0);
            let radius = i64::from(reach(sigma));
            let weight = |d: i64| (-0.5 * (d as f64 / f64::from(sigma)).powi(2)).exp();
            let total: f64 = (-radius..=radius).map(weight).sum();
            for (x, y) in [
                (0, 0),
                (width - 1, height - 1),
                (width / 2, height / 2),
                (width / 3, 0),
            ] {
                let sum: f64 = (-radius..=radius)
                    .map(|d| {
                        weight(d) / total
                            * f64::from(mask.value(mirrored(i64::from(x) + d, width), y))
                    })
                    .sum();
                let found = f64::from(found.value(x, y));
                assert!(
                    (found - sum).abs() < 0.55,
                    "{width}x{height} sigma {sigma} at {x} {y}: {found} for {sum}"
                );
            }
        }
    }
}

fn mirrored(mut i: i64, length: u32) -> u32 {
    let last = i64::from(length) - 1;
    if last == 0 {
        return 0;
    }
    while !(0..=last).contains(&i) {
        i = if i < 0 { -i } else { 2 * last - i };
    }
    i as u32
}

#[test]
fn both_axes_blur_alike() {
    let size = Size::new(400, 300);
    let mask = Mask::from_fn(size, |x, y| (x * x + y * 31) as u8);
    let transposed = |mask: &Mask| {
        Mask::from_fn(Size::new(mask.size().height, mask.size().width), |x, y| {
            mask.value(y, x)
        })
    };
    for sigma in [1.0, 4.0, 40.0] {
        let by_columns = transposed(&gaussian(&transposed(&mask), 0.0, sigma));
        assert_eq!(gaussian(&mask, sigma, 0.0), by_columns, "sigma {sigma}");
    }
}

#[test]
fn plain_masks_and_sigma_0_stay() {
    let size = Size::new(33, 21);
    let mask = Mask::from_fn(size, |x, y| (x * 8 + y) as u8);
    assert_eq!(gaussian(&mask, 0.0, 0.0), mask);
    for value in [0, 1, 93, 255] {
        for sigma in [1.0, 4.0, 64.0, 1000.0] {
            let plain = Mask::filled(size, value);
            assert_eq!(
                gaussian(&plain, sigma, sigma),
                plain,
                "{value} at sigma {sigma}"
            );
        }
    }
    let none = Mask::filled(Size::new(0, 3), 0);
    assert_eq!(gaussian(&none, 4.0, 4.0), none);
}

#[test]
fn nothing_reaches_beyond_the_kernel() {
    let size = Size::new(64, 64);
    let mask = Mask::from_fn(size, |x, y| {
        if (20..30).contains(&x) && (25..40).contains(&y) {
            255
        } else {
            0
        }
    });
    for (x, y) in [(4.0, 4.0), (2.0, 5.0), (0.0, 3.0)] {
        let allowed = mask.bounds().unwrap();
        let bounds = gaussian(&mask, x, y).bounds().unwrap();
        assert!(bounds.contains(allowed));
        assert!(allowed.left - bounds.left <= reach(x) && allowed.top - bounds.top <= reach(y));
    }
}

#[test]
fn unusable_sigmas_are_bugs() {
    for sigma in [-1.0, f32::NAN, f32::INFINITY] {
        let outcome =
            std::panic::catch_unwind(|| gaussian(&Mask::filled(Size::new(2, 2), 1), sigma, 0.0));
        assert!(outcome.is_err(), "sigma {sigma}");
    }
}
