use pentimento::raster::morphology::{all_but_ring, grow, shrink};
use pentimento::raster::{Mask, Size};
use proptest::prelude::*;

/// The largest value within `px`, looked for pixel by pixel.
fn grown(mask: &Mask, px: u32) -> Mask {
    let size = mask.size();
    let near = |a: u32, b: u32| i64::from(a.abs_diff(b)).pow(2);
    Mask::from_fn(size, |x, y| {
        (0..size.height)
            .flat_map(|v| (0..size.width).map(move |u| (u, v)))
            .filter(|&(u, v)| near(u, x) + near(v, y) <= i64::from(px).pow(2))
            .map(|(u, v)| mask.value(u, v))
            .max()
            .unwrap()
    })
}

/// Radius → half of the disc's rows from the middle.
const DISCS: &[(u32, &[u32])] = &[
    (1, &[1, 0]),
    (2, &[2, 1, 0]),
    (3, &[3, 2, 2, 0]),
    (5, &[5, 4, 4, 4, 3, 0]),
];

#[test]
fn a_pixel_grows_into_a_disc() {
    for &(px, half_widths) in DISCS {
        let mask = Mask::from_fn(
            Size::new(13, 13),
            |x, y| {
                if (x, y) == (6, 6) { 77 } else { 0 }
            },
        );
        let expected = Mask::from_fn(mask.size(), |x, y| {
            match half_widths.get(y.abs_diff(6) as usize) {
                Some(&half) if x.abs_diff(6) <= half => 77,
                _ => 0,
            }
        });
        assert_eq!(grow(&mask, px).values(), expected.values(), "{px} px");
    }
}

#[test]
fn edges_of_the_picture_do_not_shrink_the_mask() {
    let full = Mask::filled(Size::new(9, 7), 255);
    assert_eq!(shrink(&full, 3), full);
    // A mask that covers the left half: only its right edge moves.
    let half = |columns| Mask::from_fn(Size::new(12, 7), |x, _| if x < columns { 255 } else { 0 });
    assert_eq!(shrink(&half(6), 2).values(), half(4).values());
    assert_eq!(grow(&half(6), 2).values(), half(8).values());
}

#[test]
fn distances_beyond_the_picture() {
    for size in [Size::new(2, 1), Size::new(1, 9), Size::new(7, 3)] {
        let spot = Mask::from_fn(size, |x, y| if (x, y) == (0, 0) { 9 } else { 0 });
        assert_eq!(grow(&spot, u32::MAX), Mask::filled(size, 9));
        assert_eq!(shrink(&spot, u32::MAX), Mask::filled(size, 0));
        assert_eq!(grow(&spot, 0), spot);
    }
    let one = Mask::filled(Size::new(1, 1), 9);
    assert_eq!((grow(&one, 3), shrink(&one, 3)), (one.clone(), one));
    let empty = Mask::filled(Size::new(0, 3), 0);
    assert_eq!(grow(&empty, 5), empty);
    assert_eq!(shrink(&empty, 5), empty);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn growing_takes_the_largest_value_in_reach(
        width in 1..30u32, height in 1..30u32, px in 0..14u32, seed in any::<u64>(), sparse in 1..40u64,
    ) {
        let mut state = seed;
        let mask = Mask::from_fn(Size::new(width, height), |_, _| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            if (state >> 33).is_multiple_of(sparse) { (state >> 56) as u8 } else { 0 }
        });
        prop_assert!(grow(&mask, px) == grown(&mask, px));
        prop_assert_eq!(shrink(&mask, px), grown(&mask.invert(), px).invert());
    }
}

/// Large enough for several threads: their bands meet without a seam.
#[test]
fn bands_meet() {
    let size = Size::new(300, 900);
    let mask = Mask::from_fn(
        size,
        |x, y| if x % 50 == 25 && y % 50 == 25 { 255 } else { 0 },
    );
    let px = 12;
    let expected = Mask::from_fn(size, |x, y| {
        let square = (x % 50).abs_diff(25).pow(2) + (y % 50).abs_diff(25).pow(2);
        if square <= px * px { 255 } else { 0 }
    });
    assert!(grow(&mask, px) == expected);
}

#[test]
fn the_ring_is_what_lies_beside_a_mask() {
    let size = Size::new(9, 1);
    let mask = Mask::new(size, vec![0, 0, 0, 7, 255, 0, 0, 0, 0]);
    for (px, ring) in [
        (1, [255, 255, 0, 255, 255, 0, 255, 255, 255]),
        (2, [255, 0, 0, 255, 255, 0, 0, 255, 255]),
        (9, [0, 0, 0, 255, 255, 0, 0, 0, 0]),
    ] {
        assert_eq!(all_but_ring(&mask, px).values(), ring, "{px}");
    }
}
