//! What pictures mean as masks.

use pentimento::raster::{Mask, Picture, Size};
use proptest::prelude::*;

/// Pixels of a picture → values of its mask; lumas are Pillow's.
const FEW: &[(&[[u8; 4]], &[u8])] = &[
    (
        &[[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]],
        &[76, 150, 29],
    ),
    (
        &[
            [0, 0, 0, 255],
            [255, 255, 255, 255],
            [127, 127, 127, 255],
            [16, 16, 16, 255],
            [15, 15, 15, 255],
        ],
        &[0, 255, 127, 16, 0],
    ),
    (&[[255, 255, 255, 255], [0, 0, 0, 254]], &[255, 0]),
    (
        &[[255, 255, 255, 0], [0, 0, 0, 128], [9, 9, 9, 255]],
        &[0, 128, 255],
    ),
    (
        &[
            [255, 255, 255, 255],
            [0, 0, 0, 255],
            [9, 90, 9, 0],
            [255, 255, 255, 128],
        ],
        &[255, 0, 0, 128],
    ),
];

#[test]
fn a_few_pixels_mean_what_the_table_says() {
    for &(pixels, values) in FEW {
        let picture = Picture::new(Size::new(pixels.len() as u32, 1), pixels.to_vec());
        assert_eq!(Mask::from_picture(&picture).values(), values, "{pixels:?}");
    }
}

const SIDE: u32 = 64;
const WHITE: [u8; 4] = [255; 4];
const BLACK: [u8; 4] = [0, 0, 0, 255];
/// Transparent, of a colour that must not count.
const CLEAR: [u8; 4] = [255, 255, 255, 0];
const BLACK_CLEAR: [u8; 4] = [0; 4];

/// What a picture is: pixels of a square, of the ground around it, how many rows at the top are of another pixel, and that → the values of the square, the ground and the top. Pixels are hexadecimal RGBA, or made by [`pixel`].
const KINDS: &str = "
white on black | ffffffff 000000ff 0 00000000 | 255 0 0
black on white | 000000ff ffffffff 0 00000000 | 0 255 0
white on black, a row of alpha 254 | ffffffff 000000ff 1 000000fe | 255 0 0
white on black, a row of alpha 0 | ffffffff 000000ff 1 00000000 | 255 0 0
white on black, a quarter transparent | ffffffff 000000ff 16 ffffff00 | 255 0 0
white on black, all of alpha 200 | ffffffc8 000000c8 0 00000000 | 200 0 0
white on transparent white | ffffffff ffffff00 0 00000000 | 255 0 0
white on transparent black | ffffffff 00000000 0 00000000 | 255 0 0
half white on transparent | ffffff64 00000000 0 00000000 | 100 0 0
black on transparent white | 000000ff ffffff00 0 00000000 | 255 0 0
black on transparent black | 000000ff 00000000 0 00000000 | 255 0 0
red on transparent | e63c3cff ffffff00 0 00000000 | 255 0 0
pale red on transparent | ffbebeff 00000000 0 00000000 | 255 0 0
grey on transparent | 808080ff ffffff00 0 00000000 | 255 0 0
many colours on transparent | colours ffffff00 0 00000000 | 255 0 0
colours with a hole | ffffff00 colours 0 00000000 | 0 255 255
colours with a hole of black | 00000000 colours 0 00000000 | 0 255 255
all white | ffffffff ffffffff 0 00000000 | 255 255 0
all black | 000000ff 000000ff 0 00000000 | 0 0 0
all black, a few pixels of alpha 250 | 000000ff 000000ff 2 000000fa | 0 0 0
all transparent | ffffff00 00000000 0 00000000 | 0 0 0
grey on black | 808080ff 000000ff 0 00000000 | 128 0 0
a JPEG's ringing | ffffffff ringing 0 00000000 | 255 0 0
";

/// A pixel by its word in [`KINDS`].
fn pixel(word: &str, x: u32, y: u32) -> [u8; 4] {
    match word {
        // As a photograph has them.
        "colours" => [(x * 4) as u8, (y * 4) as u8, (x * y) as u8, 255],
        // A JPEG's, around what is white.
        "ringing" => {
            [match ((x * y) % 16) as u8 {
                0 | 1 => 0,
                value => value,
            }; 4]
        }
        hex => u32::from_str_radix(hex, 16).unwrap().to_be_bytes(),
    }
}

#[test]
fn kinds_of_masks_mean_what_the_table_says() {
    for row in KINDS.trim().lines() {
        let words: Vec<_> = row.split('|').flat_map(str::split_whitespace).collect();
        let [
            ..,
            square,
            ground,
            rows,
            top,
            in_square_is,
            ground_is,
            top_is,
        ] = words[..]
        else {
            panic!("{row}");
        };
        let rows: u32 = rows.parse().unwrap();
        let place = |x: u32, y: u32| match y < rows {
            true => (top, top_is),
            false if (20..44).contains(&x) && (24..40).contains(&y) => (square, in_square_is),
            false => (ground, ground_is),
        };
        let picture = Picture::from_fn(Size::new(SIDE, SIDE), |x, y| pixel(place(x, y).0, x, y));
        let mask = Mask::from_picture(&picture);
        for (x, y) in (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y))) {
            let expected: u8 = place(x, y).1.parse().unwrap();
            assert_eq!(mask.value(x, y), expected, "{row}: {x}, {y}");
        }
    }
}

#[test]
fn a_small_white_part_counts_beside_much_transparency() {
    // 40 by 40 of 512 by 512, half of it transparent.
    let picture = Picture::from_fn(Size::new(512, 512), |x, y| match (x, y) {
        (100..140, 300..340) => WHITE,
        (_, 256..) => BLACK,
        _ => CLEAR,
    });
    let mask = Mask::from_picture(&picture);
    assert_eq!(
        [mask.value(120, 320), mask.value(9, 400), mask.value(9, 9)],
        [255, 0, 0]
    );
}

/// Any picture of a few pixels' kinds, of any shares.
fn pictures() -> impl Strategy<Value = Picture> {
    let pixel = prop_oneof![
        Just(WHITE),
        Just(BLACK),
        Just(CLEAR),
        Just(BLACK_CLEAR),
        any::<[u8; 4]>(),
        any::<u8>().prop_map(|value| [value, value, value, 255]),
        any::<u8>().prop_map(|alpha| [0, 0, 0, alpha]),
    ];
    (
        prop::array::uniform4(pixel),
        prop::array::uniform3(0..=SIDE * SIDE),
    )
        .prop_map(|(pixels, mut ends)| {
            ends.sort_unstable();
            Picture::from_fn(Size::new(SIDE, SIDE), |x, y| {
                pixels[ends.iter().filter(|end| **end <= y * SIDE + x).count()]
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// One pixel changed in any way changes no other pixel by more than a little, and by a level of 255 hardly.
    #[test]
    fn no_pixel_decides_about_another(
        picture in pictures(),
        (x, y) in (0..SIDE, 0..SIDE),
        pixel in any::<[u8; 4]>(),
        (channel, by) in (0..4usize, any::<u8>()),
        whole: bool,
    ) {
        let mut changed = picture.clone();
        let at = &mut changed.row_mut(y)[x as usize];
        match whole {
            true => *at = pixel,
            false => at[channel] = by,
        }
        let (before, after) = (Mask::from_picture(&picture), Mask::from_picture(&changed));
        let index = (y * SIDE + x) as usize;
        for (at, (before, after)) in before.values().iter().zip(after.values()).enumerate() {
            // Values below 16 are 0: the least step where that is crossed.
            let allowed = if before.min(after) < &16 { 31 } else { 16 };
            prop_assert!(at == index || before.abs_diff(*after) <= allowed, "{before} to {after}");
        }
    }
}
