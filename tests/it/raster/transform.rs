use pentimento::raster::{Axis, Mask, Picture, Size};

fn letters(rows: &[&str]) -> (Picture, Mask) {
    let size = Size::new(rows[0].len() as u32, rows.len() as u32);
    let values: Vec<u8> = rows.iter().flat_map(|row| row.bytes()).collect();
    let pixels = values.iter().map(|&value| [value, 1, 2, value]).collect();
    (Picture::new(size, pixels), Mask::new(size, values))
}

const UPRIGHT: &[&str] = &["abc", "def"];

/// Clockwise quarter turns.
const TURNED: &[(u32, &[&str])] = &[
    (0, UPRIGHT),
    (1, &["da", "eb", "fc"]),
    (2, &["fed", "cba"]),
    (3, &["cf", "be", "ad"]),
    (4, UPRIGHT),
    (4_000_000_003, &["cf", "be", "ad"]),
];

#[test]
fn turns_and_mirrors() {
    let (picture, mask) = letters(UPRIGHT);
    for &(turns, rows) in TURNED {
        let expected = letters(rows);
        assert!(picture.rotated(turns) == expected.0, "{turns} turns");
        assert!(mask.rotated(turns) == expected.1, "{turns} turns");
    }
    for (axis, rows) in [
        (Axis::Horizontal, ["cba", "fed"]),
        (Axis::Vertical, ["def", "abc"]),
    ] {
        let expected = letters(&rows);
        assert!(picture.flipped(axis) == expected.0, "{axis:?}");
        assert!(mask.flipped(axis) == expected.1, "{axis:?}");
    }
}

/// Larger than a block, on both sides, and not a multiple of one.
#[test]
fn large_turns() {
    let size = Size::new(131, 70);
    let mask = Mask::from_fn(size, |x, y| (x * 3 + y * 7) as u8);
    let turned = mask.rotated(1);
    assert_eq!(turned.size(), Size::new(70, 131));
    for y in 0..131 {
        for x in 0..70 {
            assert_eq!(turned.value(x, y), mask.value(y, 69 - x));
        }
    }
    assert_eq!(turned.rotated(3), mask);
    assert_eq!(turned.rotated(1), mask.rotated(2));
    let mirrored = mask.flipped(Axis::Horizontal).flipped(Axis::Vertical);
    assert_eq!(mirrored, mask.rotated(2));
}

#[test]
fn nothing_to_turn() {
    for size in [Size::new(0, 0), Size::new(0, 3), Size::new(3, 0)] {
        let mask = Mask::filled(size, 0);
        for turns in 0..4 {
            assert!(mask.rotated(turns).values().is_empty());
        }
        for axis in [Axis::Horizontal, Axis::Vertical] {
            assert_eq!(mask.flipped(axis), mask);
        }
    }
}
