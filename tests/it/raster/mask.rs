use pentimento::raster::{Mask, MaskFilter, Picture, Rect, Size};
use proptest::prelude::*;

use super::{difference, golden_cases, read_mask};

/// Pixels of a picture → values of its mask; lumas are Pillow's.
const PICTURES: &[(&[[u8; 4]], &[u8])] = &[
    (
        &[[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]],
        &[76, 150, 29],
    ),
    (
        &[
            [0, 0, 0, 255],
            [255, 255, 255, 255],
            [127, 127, 127, 255],
            [1, 1, 1, 255],
        ],
        &[0, 255, 127, 1],
    ),
    (&[[255, 255, 255, 255], [0, 0, 0, 254]], &[255, 254]),
    (
        &[[255, 255, 255, 0], [0, 0, 0, 128], [9, 9, 9, 255]],
        &[0, 128, 255],
    ),
];

#[test]
fn masks_of_pictures() {
    for &(pixels, values) in PICTURES {
        let picture = Picture::new(Size::new(pixels.len() as u32, 1), pixels.to_vec());
        assert_eq!(Mask::from_picture(&picture).values(), values, "{pixels:?}");
    }
}

#[test]
fn bounds_of_every_3x3_mask() {
    for bits in 0..512u32 {
        let mask = Mask::from_fn(Size::new(3, 3), |x, y| (bits >> (y * 3 + x) & 1) as u8);
        let expected = (0..9)
            .filter(|i| bits >> i & 1 == 1)
            .map(|i| Rect::new(i % 3, i / 3, i % 3 + 1, i / 3 + 1))
            .reduce(Rect::union);
        assert_eq!(mask.bounds(), expected, "{bits:09b}");
        assert_eq!(mask.is_empty(), expected.is_none());
        let share = f64::from(bits.count_ones()) / 255.0 / 9.0;
        assert!((mask.coverage() - share).abs() < 1e-12);
    }
}

#[test]
fn masks_without_pixels() {
    for size in [Size::new(0, 0), Size::new(0, 5), Size::new(5, 0)] {
        let mask = Mask::filled(size, 255);
        assert_eq!(
            (mask.bounds(), mask.is_empty(), mask.coverage()),
            (None, true, 0.0)
        );
    }
    assert_eq!(Mask::filled(Size::new(3, 3), 255).coverage(), 1.0);
}

#[test]
fn resizes_agree_with_the_references() {
    let filters = [
        ("area", MaskFilter::Area, 1),
        ("bilinear", MaskFilter::Bilinear, 1),
        ("nearest", MaskFilter::Nearest, 0),
    ];
    for (name, filter, tolerance) in filters {
        let cases: Vec<_> = golden_cases("golden/resize")
            .into_iter()
            .filter(|(what, ..)| what.starts_with(name))
            .collect();
        assert!(cases.len() > 1);
        for (what, source, expected) in cases {
            let expected = read_mask(&expected);
            let found = read_mask(&source).resize(expected.size(), filter);
            let (most, mean) = difference(found.values(), expected.values());
            assert!(
                most <= tolerance && mean < 0.1,
                "{what}: at most {most}, {mean:.3} on average"
            );
        }
    }
}

proptest! {
    #[test]
    fn shapes_of_masks(width in 1..9u32, height in 1..9u32, seed in any::<u32>()) {
        let size = Size::new(width, height);
        let mask = Mask::from_fn(size, |x, y| (seed.rotate_left(x * 5 + y * 3) & 255) as u8);
        prop_assert_eq!(&mask.invert().invert(), &mask);
        prop_assert_eq!(mask.invert().value(width - 1, 0), 255 - mask.value(width - 1, 0));
        let larger = Size::new(width + 3, height + 2);
        let extended = mask.extend_edges(larger, Rect::of(size));
        prop_assert_eq!(&extended.crop(Rect::of(size)), &mask);
        prop_assert_eq!(extended.value(width + 2, height + 1), mask.value(width - 1, height - 1));
        for filter in [MaskFilter::Nearest, MaskFilter::Area, MaskFilter::Bilinear, MaskFilter::Bicubic] {
            prop_assert_eq!(&mask.resize(size, filter), &mask);
            for value in [0, 93, 255] {
                let plain = Mask::filled(size, value).resize(larger, filter);
                prop_assert_eq!(plain, Mask::filled(larger, value));
            }
        }
    }
}
