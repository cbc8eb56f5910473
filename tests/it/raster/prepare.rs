//! Edges that move, and the same done to picture, mask and layer.

use pentimento::raster::prepare::{FEATHER, Margins, Preparation};
use pentimento::raster::{Axis, Mask, Picture, Rect, Size};
use proptest::prelude::*;

fn frame(left: i32, top: i32, right: i32, bottom: i32) -> Preparation {
    Preparation::Frame {
        margins: Margins::new(left, top, right, bottom),
        mask_keeps: false,
    }
}

/// A picture whose pixels are letters.
fn letters(rows: &[&str]) -> Picture {
    let size = Size::new(rows[0].len() as u32, rows.len() as u32);
    let letters = rows.iter().flat_map(|row| row.bytes());
    Picture::new(size, letters.map(|letter| [letter, 1, 2, 255]).collect())
}

/// Margins, and what they make of the picture `abc`, `def`.
type Moved = ([i32; 4], &'static [&'static str]);
const MOVED: &[Moved] = &[
    ([0, 0, 0, 0], &["abc", "def"]),
    ([1, 0, 0, 0], &["aabc", "ddef"]),
    ([0, 1, 2, 0], &["abccc", "abccc", "defff"]),
    ([0, 0, 0, 2], &["abc", "def", "def", "def"]),
    ([-1, 0, 0, 0], &["bc", "ef"]),
    ([0, -1, -2, 0], &["d"]),
    // Cut first, then given room: what is cut does not come back.
    ([-1, 1, 1, -1], &["bcc", "bcc"]),
    ([-2, 0, 2, 0], &["ccc", "fff"]),
];

#[test]
fn edges_move_as_in_the_table() {
    for ([left, top, right, bottom], rows) in MOVED {
        let moved = frame(*left, *top, *right, *bottom);
        let picture = letters(&["abc", "def"]);
        let expected = letters(rows);
        assert_eq!(moved.applied(picture.size()), Some(expected.size()));
        assert!(moved.picture(&picture) == expected, "{moved:?}");
    }
}

/// Margins of a picture of 100x50 that cannot be.
const IMPOSSIBLE: &[[i32; 4]] = &[
    [-100, 0, 0, 0],
    [-60, 0, -40, 0],
    [0, -50, 0, 0],
    // Nothing of the picture is left, however much room there is.
    [-100, 0, 200, 0],
    [0, 0, 16_285, 0],
    [0, 8_200, 0, 8_200],
    [i32::MAX, i32::MAX, i32::MAX, i32::MAX],
    [i32::MIN, 0, 0, 0],
];

#[test]
fn frames_without_the_picture_or_beyond_all_files_cannot_be() {
    let size = Size::new(100, 50);
    for [left, top, right, bottom] in IMPOSSIBLE {
        let applied = frame(*left, *top, *right, *bottom).applied(size);
        assert_eq!(applied, None, "{left} {top} {right} {bottom}");
    }
    assert!(frame(0, 0, 16_284, 0).applied(size).is_some());
    assert!(frame(-99, 0, 0, 0).applied(size).is_some());
    for (to, fits) in [([0, 9], false), ([16_385, 9], false), ([16_384, 1], true)] {
        let to = Size::new(to[0], to[1]);
        assert_eq!(Preparation::Scale(to).applied(size).is_some(), fits, "{to}");
    }
}

/// `round(255 (16 - pixels - 1/2) / 16)`, worked out by hand.
const FADE: [u8; FEATHER as usize] = [
    247, 231, 215, 199, 183, 167, 151, 135, 120, 104, 88, 72, 56, 40, 24, 8,
];

#[test]
fn room_is_masked_and_fades_into_the_picture() {
    let mask = Mask::filled(Size::new(40, 3), 0);
    let found = frame(2, 0, 0, 0).mask(&mask);
    let expected: Vec<u8> = [255, 255].into_iter().chain(FADE).chain([0; 24]).collect();
    for y in 0..3 {
        assert_eq!(found.row(y), expected, "row {y}");
    }
    // Both ends of a picture that is shorter than two fades: the stronger counts.
    let found = frame(0, 1, 0, 1).mask(&Mask::filled(Size::new(2, 4), 0));
    let column: Vec<u8> = (0..6).map(|y| found.value(1, y)).collect();
    assert_eq!(column, [255, 247, 231, 231, 247, 255]);
    // Nothing is masked by a cut.
    assert!(frame(-3, 0, -3, -1).mask(&mask).is_empty());
}

#[test]
fn what_was_masked_stays_masked() {
    let painted = Mask::from_fn(Size::new(40, 1), |x, _| if x < 4 { 250 } else { 9 });
    let found = frame(1, 0, 0, 0).mask(&painted);
    let start = [255, 250, 250, 250, 250, 183];
    assert_eq!(found.row(0)[..6], start);
    assert_eq!(found.row(0)[16..19], [9, 9, 9], "no less than it was");
    // Where the mask means what is kept, room is what it leaves out.
    let keeps = Preparation::Frame {
        margins: Margins::new(1, 0, 0, 0),
        mask_keeps: true,
    };
    let found = keeps.mask(&Mask::filled(Size::new(40, 1), 255));
    assert_eq!(found.row(0)[..3], [0, 255 - 247, 255 - 231]);
    assert_eq!(found.row(0)[17..20], [255, 255, 255]);
}

#[test]
fn room_repeats_alpha_and_layers_get_empty_room() {
    let clear = [200, 100, 0, 0];
    let picture = Picture::from_fn(Size::new(2, 1), |x, _| match x {
        0 => clear,
        _ => [10, 20, 30, 255],
    });
    let room = frame(1, 0, 1, 0);
    let found = room.picture(&picture);
    assert_eq!(
        found.row(0),
        [clear, clear, [10, 20, 30, 255], [10, 20, 30, 255]]
    );
    let found = room.layer(&picture);
    assert_eq!(found.row(0), [[0; 4], clear, [10, 20, 30, 255], [0; 4]]);
    assert!(frame(-1, 0, 0, 0).layer(&picture) == picture.crop(Rect::new(1, 0, 2, 1)));
}

fn any_preparation() -> impl Strategy<Value = Preparation> {
    let margin = || -12..20i32;
    prop_oneof![
        (margin(), margin(), margin(), margin(), any::<bool>()).prop_map(
            |(left, top, right, bottom, mask_keeps)| Preparation::Frame {
                margins: Margins::new(left, top, right, bottom),
                mask_keeps,
            }
        ),
        (1..50u32, 1..50u32)
            .prop_map(|(width, height)| Preparation::Scale(Size::new(width, height))),
        (0..6u32).prop_map(Preparation::Rotate),
        prop_oneof![Just(Axis::Horizontal), Just(Axis::Vertical)].prop_map(Preparation::Flip),
    ]
}

proptest! {
    /// Picture, mask and layer stay together, and pixels that are kept stay what they were.
    #[test]
    fn all_come_out_alike(width in 1..40u32, height in 1..40u32, preparation in any_preparation()) {
        let size = Size::new(width, height);
        let pixel = |x: u32, y: u32| [x as u8, y as u8, (x * 7 + y * 3) as u8, 255];
        let picture = Picture::from_fn(size, pixel);
        let mask = Mask::from_fn(size, |x, y| pixel(x, y)[2]);
        let Some(after) = preparation.applied(size) else { return Ok(()) };
        let (found, masked, layer) = (preparation.picture(&picture), preparation.mask(&mask), preparation.layer(&picture));
        prop_assert_eq!(found.size(), after);
        prop_assert_eq!(masked.size(), after);
        prop_assert_eq!(layer.size(), after);
        if preparation.is_idle(size) {
            prop_assert!(found == picture && masked == mask && layer == picture);
        }
        let Preparation::Frame { margins, mask_keeps } = preparation else { return Ok(()) };
        for y in 0..after.height {
            for x in 0..after.width {
                let (from_x, from_y) = (x as i32 - margins.left, y as i32 - margins.top);
                let inside = (0..width as i32).contains(&from_x) && (0..height as i32).contains(&from_y);
                // A strip that an edge cut away is not there, though room lies where it was.
                let cut = from_x < -margins.left.min(0) || from_y < -margins.top.min(0)
                    || from_x >= width as i32 + margins.right.min(0) || from_y >= height as i32 + margins.bottom.min(0);
                if inside && !cut {
                    let was = pixel(from_x as u32, from_y as u32);
                    prop_assert_eq!(found.pixel(x, y), was);
                    prop_assert_eq!(layer.pixel(x, y), was);
                    let value = masked.value(x, y);
                    let no_less = if mask_keeps { value <= was[2] } else { value >= was[2] };
                    prop_assert!(no_less);
                } else {
                    let room = if mask_keeps { 0 } else { 255 };
                    prop_assert_eq!(masked.value(x, y), room);
                    prop_assert_eq!(layer.pixel(x, y), [0; 4]);
                }
            }
        }
    }
}
