use pentimento::raster::flood::{fill_holes, flood};
use pentimento::raster::{Mask, Picture, Size};
use proptest::prelude::*;

/// A mask from rows of characters: `#` 255, `.` 0, `a` to `i` 28 to 252 in steps of 28.
fn drawn(rows: &[&str]) -> Mask {
    let value = |c: char| match c {
        '#' => 255,
        '.' => 0,
        c => (c as u8 - b'a' + 1) * 28,
    };
    let values: Vec<u8> = rows.iter().flat_map(|row| row.chars().map(value)).collect();
    Mask::new(Size::new(rows[0].len() as u32, rows.len() as u32), values)
}

/// Before → after.
const HOLES: &[(&[&str], &[&str])] = &[
    // A hole, and a bay that is none.
    (
        &["........", ".#####..", ".#...#.#", ".#...#.#", ".#######"],
        &["........", ".#####..", ".#####.#", ".#####.#", ".#######"],
    ),
    // A ring of pixels that meet at corners only is closed.
    (
        &[".....", "..#..", ".#.#.", "..#..", "....."],
        &[".....", "..#..", ".###.", "..#..", "....."],
    ),
    // An open corner of the picture is a border like any other.
    (&["#.#", "#.#", "###"], &["#.#", "#.#", "###"]),
    // The soft inner rim rises with the hole, the outer one stays.
    (
        &[
            "cehec", "eh#he", "h#f#h", "h#.#h", "h#f#h", "eh#he", "cehec",
        ],
        &[
            "cehec", "eh#he", "h###h", "h###h", "h###h", "eh#he", "cehec",
        ],
    ),
    // A rim of several pixels rises for as far as it climbs.
    (
        &["########", "#hgf.fh#", "########", "fghefgh#"],
        &["########", "########", "########", "fghefgh#"],
    ),
    // A faint wall is none.
    (&["dddd", "d..d", "dddd"], &["dddd", "d..d", "dddd"]),
    (&["."], &["."]),
    (&["#"], &["#"]),
];

#[test]
fn holes_are_filled() {
    for (before, after) in HOLES {
        let filled = fill_holes(&drawn(before));
        assert_eq!(filled.values(), drawn(after).values(), "{before:?}");
        assert_eq!(fill_holes(&filled), filled, "{before:?} twice");
    }
    let empty = Mask::filled(Size::new(3, 0), 0);
    assert_eq!(fill_holes(&empty), empty);
}

#[test]
fn colours_within_the_tolerance() {
    // One row: steps of 10 in one channel each, alpha last.
    let pixels = vec![
        [100, 100, 100, 255],
        [110, 100, 100, 255],
        [100, 90, 100, 255],
        [100, 100, 121, 255],
        [100, 100, 100, 245],
        [100, 100, 100, 200],
        [100, 100, 100, 255],
    ];
    let picture = Picture::new(Size::new(7, 1), pixels);
    for (x, tolerance, contiguous, expected) in [
        (0, 0, true, [1, 0, 0, 0, 0, 0, 0]),
        (0, 10, true, [1, 1, 1, 0, 0, 0, 0]),
        (0, 21, true, [1, 1, 1, 1, 1, 0, 0]),
        (0, 255, true, [1; 7]),
        (0, 0, false, [1, 0, 0, 0, 0, 0, 1]),
        (0, 10, false, [1, 1, 1, 0, 1, 0, 1]),
        (1, 10, false, [1, 1, 1, 0, 1, 0, 1]),
        (5, 54, false, [0, 0, 0, 0, 1, 1, 0]),
    ] {
        let mask = flood(&picture, x, 0, tolerance, contiguous);
        assert_eq!(
            mask.values(),
            expected.map(|one| one * 255),
            "{x}, tolerance {tolerance}, contiguous {contiguous}"
        );
    }
}

#[test]
fn a_place_outside_picks_nothing() {
    for size in [Size::new(3, 2), Size::new(0, 0)] {
        let picture = Picture::filled(size, [1; 4]);
        for (x, y) in [(size.width, 0), (0, size.height), (u32::MAX, u32::MAX)] {
            assert_eq!(flood(&picture, x, y, 255, true), Mask::filled(size, 0));
        }
    }
}

/// Labels spread from neighbour to neighbour until nothing changes.
fn spread(size: Size, start: (u32, u32), inside: &Mask) -> Mask {
    let mut reached = Mask::filled(size, 0);
    if inside.value(start.0, start.1) == 0 {
        return reached;
    }
    reached.row_mut(start.1)[start.0 as usize] = 255;
    loop {
        let next = Mask::from_fn(size, |x, y| {
            let neighbours = [
                Some((x, y)),
                x.checked_sub(1).map(|x| (x, y)),
                (x + 1 < size.width).then_some((x + 1, y)),
                y.checked_sub(1).map(|y| (x, y)),
                (y + 1 < size.height).then_some((x, y + 1)),
            ];
            let touched = neighbours.into_iter().flatten();
            if inside.value(x, y) == 255
                && touched.map(|(x, y)| reached.value(x, y)).max() == Some(255)
            {
                255
            } else {
                0
            }
        });
        if next == reached {
            return reached;
        }
        reached = next;
    }
}

proptest! {
    #[test]
    fn floods_are_what_hangs_together(
        width in 1..16u32, height in 1..16u32, bits in prop::collection::vec(0..3u8, 256), x in 0..16u32, y in 0..16u32,
    ) {
        let size = Size::new(width, height);
        let (x, y) = (x % width, y % height);
        let value = |x: u32, y: u32| if bits[(y * 16 + x) as usize] == 0 { 40 } else { 200 };
        let picture = Picture::from_fn(size, |x, y| [0, value(x, y), 0, 255]);
        let alike = Mask::from_fn(size, |u, v| if value(u, v) == value(x, y) { 255 } else { 0 });
        prop_assert!(flood(&picture, x, y, 9, true) == spread(size, (x, y), &alike));
        prop_assert!(flood(&picture, x, y, 9, false) == alike);
    }
}
