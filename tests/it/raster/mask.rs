use pentimento::raster::{Mask, MaskFilter, Rect, Size};
use proptest::prelude::*;

use super::{difference, golden_cases, read_mask};

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

/// Window → pixels that a mask grows to the left and above, to the right and below (ComfyUI's `grow_mask_by`).
const GROWTH: &[(u32, u32, u32)] = &[
    (0, 0, 0),
    (1, 0, 0),
    (2, 0, 1),
    (3, 1, 1),
    (5, 2, 2),
    (6, 2, 3),
    (7, 3, 3),
    (8, 3, 4),
    (64, 31, 32),
];

#[test]
fn masks_grow_as_in_the_table() {
    let size = Size::new(90, 80);
    let painted = Rect::new(40, 35, 42, 38);
    // Below one half counts as nothing, half and more as all.
    let mask = Mask::from_fn(size, |x, y| match (painted.contains_point(x, y), x) {
        (true, 40) => 128,
        (true, _) => 255,
        _ => 127,
    });
    for &(window, before, after) in GROWTH {
        let grown = Rect::new(
            painted.left - before,
            painted.top - before,
            painted.right + after,
            painted.bottom + after,
        );
        let expected = Mask::from_fn(
            size,
            |x, y| if grown.contains_point(x, y) { 255 } else { 0 },
        );
        assert_eq!(mask.grown(window), expected, "window {window}");
    }
    assert_eq!(
        Mask::filled(Size::new(0, 3), 0).grown(6).size(),
        Size::new(0, 3)
    );
}

#[test]
fn cells_take_their_greatest_value() {
    let mask = Mask::new(
        Size::new(5, 4),
        vec![1, 2, 0, 0, 9, 3, 0, 0, 7, 9, 0, 0, 0, 0, 9, 0, 255, 4, 0, 9],
    );
    let cells = mask.greatest_of_cells(2);
    assert_eq!(
        (cells.size(), cells.values()),
        (Size::new(2, 2), &[3, 7, 255, 4][..])
    );
    assert_eq!(mask.greatest_of_cells(1), mask);
    assert!(mask.greatest_of_cells(9).is_empty());
}

proptest! {
    /// The window of a pixel looked through one by one.
    #[test]
    fn growth_is_the_window_sum(width in 1..14u32, height in 1..14u32, window in 2..9u32, bits in any::<[u32; 6]>()) {
        let size = Size::new(width, height);
        let painted = |x: u32, y: u32| bits[((x * 5 + y * 3) % 6) as usize] >> ((x + 7 * y) % 32) & 7 == 0;
        let mask = Mask::from_fn(size, |x, y| if painted(x, y) { 200 } else { 100 });
        let grown = mask.grown(window);
        let pad = window.div_ceil(2) - u32::from(window % 2 == 1);
        for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
            let near = |at: u32| (at + window - pad).saturating_sub(window)..at + window - pad;
            let any = near(x).flat_map(|i| near(y).map(move |j| (i, j))).any(|(i, j)| i < width && j < height && painted(i, j));
            prop_assert_eq!(grown.value(x, y), if any { 255 } else { 0 }, "{} {}", x, y);
        }
    }

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
