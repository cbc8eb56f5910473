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

/// A square of one pixel on ground of another, and what differs at the top.
struct Kind {
    what: &'static str,
    square: fn(u32, u32) -> [u8; 4],
    ground: fn(u32, u32) -> [u8; 4],
    /// Rows at the top that are of another pixel.
    top: Option<(u32, [u8; 4])>,
    /// Values of square, ground and top.
    means: [u8; 3],
}

const fn kind(
    what: &'static str,
    square: fn(u32, u32) -> [u8; 4],
    ground: fn(u32, u32) -> [u8; 4],
    top: Option<(u32, [u8; 4])>,
    means: [u8; 3],
) -> Kind {
    Kind {
        what,
        square,
        ground,
        top,
        means,
    }
}

/// A picture of colours, as a photograph has them.
fn colours(x: u32, y: u32) -> [u8; 4] {
    [(x * 4) as u8, (y * 4) as u8, (x * y) as u8, 255]
}

const KINDS: &[Kind] = &[
    kind(
        "white on black",
        |_, _| WHITE,
        |_, _| BLACK,
        None,
        [255, 0, 0],
    ),
    kind(
        "black on white",
        |_, _| BLACK,
        |_, _| WHITE,
        None,
        [0, 255, 0],
    ),
    kind(
        "white on black, a row of alpha 254",
        |_, _| WHITE,
        |_, _| BLACK,
        Some((1, [0, 0, 0, 254])),
        [255, 0, 0],
    ),
    kind(
        "white on black, a row of alpha 0",
        |_, _| WHITE,
        |_, _| BLACK,
        Some((1, BLACK_CLEAR)),
        [255, 0, 0],
    ),
    kind(
        "white on black, a quarter transparent",
        |_, _| WHITE,
        |_, _| BLACK,
        Some((16, CLEAR)),
        [255, 0, 0],
    ),
    kind(
        "white on black, all of alpha 200",
        |_, _| [255, 255, 255, 200],
        |_, _| [0, 0, 0, 200],
        None,
        [200, 0, 0],
    ),
    kind(
        "white on transparent white",
        |_, _| WHITE,
        |_, _| CLEAR,
        None,
        [255, 0, 0],
    ),
    kind(
        "white on transparent black",
        |_, _| WHITE,
        |_, _| BLACK_CLEAR,
        None,
        [255, 0, 0],
    ),
    kind(
        "half white on transparent",
        |_, _| [255, 255, 255, 100],
        |_, _| BLACK_CLEAR,
        None,
        [100, 0, 0],
    ),
    kind(
        "black on transparent white",
        |_, _| BLACK,
        |_, _| CLEAR,
        None,
        [255, 0, 0],
    ),
    kind(
        "black on transparent black",
        |_, _| BLACK,
        |_, _| BLACK_CLEAR,
        None,
        [255, 0, 0],
    ),
    kind(
        "red on transparent",
        |_, _| [230, 60, 60, 255],
        |_, _| CLEAR,
        None,
        [255, 0, 0],
    ),
    kind(
        "pale red on transparent",
        |_, _| [255, 190, 190, 255],
        |_, _| BLACK_CLEAR,
        None,
        [255, 0, 0],
    ),
    kind(
        "grey on transparent",
        |_, _| [128, 128, 128, 255],
        |_, _| CLEAR,
        None,
        [255, 0, 0],
    ),
    kind(
        "many colours on transparent",
        colours,
        |_, _| CLEAR,
        None,
        [255, 0, 0],
    ),
    kind(
        "colours with a hole",
        |_, _| CLEAR,
        colours,
        None,
        [0, 255, 255],
    ),
    kind(
        "colours with a hole of black",
        |_, _| BLACK_CLEAR,
        colours,
        None,
        [0, 255, 255],
    ),
    kind("all white", |_, _| WHITE, |_, _| WHITE, None, [255, 255, 0]),
    kind("all black", |_, _| BLACK, |_, _| BLACK, None, [0, 0, 0]),
    kind(
        "all black, a few pixels of alpha 250",
        |_, _| BLACK,
        |_, _| BLACK,
        Some((2, [0, 0, 0, 250])),
        [0, 0, 0],
    ),
    kind(
        "all transparent",
        |_, _| CLEAR,
        |_, _| BLACK_CLEAR,
        None,
        [0, 0, 0],
    ),
    kind(
        "grey on black",
        |_, _| [128, 128, 128, 255],
        |_, _| BLACK,
        None,
        [128, 0, 0],
    ),
    kind(
        "a JPEG's ringing",
        |_, _| WHITE,
        |x, y| {
            [((x * y) % 16) as u8; 4]
                .map(|v| v.max(1))
                .map(|v| if v == 1 { 0 } else { v })
        },
        None,
        [255, 0, 0],
    ),
];

impl Kind {
    fn picture(&self) -> Picture {
        Picture::from_fn(Size::new(SIDE, SIDE), |x, y| match self.top {
            Some((rows, pixel)) if y < rows => pixel,
            _ if in_square(x, y) => (self.square)(x, y),
            _ => (self.ground)(x, y),
        })
    }
}

fn in_square(x: u32, y: u32) -> bool {
    (20..44).contains(&x) && (24..40).contains(&y)
}

#[test]
fn kinds_of_masks_mean_what_the_table_says() {
    for kind in KINDS {
        let mask = Mask::from_picture(&kind.picture());
        for (x, y) in (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y))) {
            let expected = match kind.top {
                Some((rows, _)) if y < rows => kind.means[2],
                _ if in_square(x, y) => kind.means[0],
                _ => kind.means[1],
            };
            assert_eq!(mask.value(x, y), expected, "{}: {x}, {y}", kind.what);
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
