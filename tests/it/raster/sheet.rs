//! `raster::sheet`: pictures in rows and columns, and words.

use pentimento::raster::file::MAX_SIDE;
use pentimento::raster::sheet::contact_sheet;
use pentimento::raster::{Picture, Size};

const RED: [u8; 4] = [200, 10, 10, 255];
const BLUE: [u8; 4] = [10, 10, 200, 255];

fn flat(width: u32, height: u32, color: [u8; 4]) -> Option<Picture> {
    Some(Picture::filled(Size::new(width, height), color))
}

fn count(sheet: &Picture, color: [u8; 4]) -> usize {
    sheet
        .pixels()
        .iter()
        .filter(|pixel| **pixel == color)
        .count()
}

/// Columns and rows that hold a pixel of light ink, as half-open ranges.
fn inked(sheet: &Picture) -> Option<[std::ops::Range<u32>; 2]> {
    let size = sheet.size();
    let lit = |x: u32, y: u32| sheet.pixel(x, y)[..3].iter().all(|value| *value > 160);
    let columns: Vec<u32> = (0..size.width)
        .filter(|x| (0..size.height).any(|y| lit(*x, y)))
        .collect();
    let rows: Vec<u32> = (0..size.height)
        .filter(|y| (0..size.width).any(|x| lit(x, *y)))
        .collect();
    Some([
        *columns.first()?..columns.last()? + 1,
        *rows.first()?..rows.last()? + 1,
    ])
}

#[test]
fn pictures_stand_whole_in_their_cells() {
    let rows = vec![
        vec![flat(40, 30, RED), flat(20, 10, BLUE)],
        vec![None, flat(40, 30, RED)],
    ];
    let sheet = contact_sheet(&rows, &[], &[]);
    assert_eq!(
        (sheet.size().width, sheet.size().height),
        (8 + 2 * 48, 8 + 2 * 38)
    );
    assert_eq!(count(&sheet, RED), 2 * 40 * 30);
    assert_eq!(count(&sheet, BLUE), 20 * 10);
    // The small one is in the middle of its cell.
    assert_eq!(sheet.pixel(8 + 48 + 10, 8 + 10), BLUE);
    assert_ne!(sheet.pixel(8 + 48 + 9, 8 + 10), BLUE);
    assert_eq!(inked(&sheet), None);
}

#[test]
fn labels_stand_above_and_before_and_cover_nothing() {
    let rows = vec![vec![flat(120, 80, RED), flat(120, 80, RED)]];
    let labels = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    let long = "five fingers, an open hand, a palm, some more words than there can be room for on the lines above a picture";
    let plain = contact_sheet(&rows, &[], &[]).size();
    for (columns, beside) in [
        (labels(&["cfg 3", long]), labels(&[])),
        (labels(&[]), labels(&["steps 4"])),
        (labels(&["a", "b"]), labels(&[long])),
    ] {
        let sheet = contact_sheet(&rows, &columns, &beside);
        let size = sheet.size();
        assert_eq!(count(&sheet, RED), 2 * 120 * 80, "{columns:?} {beside:?}");
        let [across, down] = inked(&sheet).unwrap();
        let (left, top) = (size.width - plain.width, size.height - plain.height);
        assert_eq!(
            (left > 0, top > 0),
            (!beside.is_empty(), !columns.is_empty())
        );
        if beside.is_empty() {
            assert!(down.end <= top + 8, "{down:?} in {top}");
            assert!(
                across.start >= 8 && across.end <= size.width - 8,
                "{across:?}"
            );
        } else {
            assert!(across.start < left, "{across:?} in {left}");
        }
        assert!(size.width <= plain.width + 8 + 240, "{size}");
    }
    // Other words give other letters.
    let one = |label: &str| contact_sheet(&rows, &labels(&[label, "x"]), &[]);
    assert_ne!(one("cfg 3"), one("cfg 8"));
}

#[test]
fn sheets_are_no_larger_than_a_picture_may_be() {
    let rows: Vec<Vec<_>> = (0..3)
        .map(|_| (0..200).map(|_| flat(500, 4, RED)).collect())
        .collect();
    let sheet = contact_sheet(&rows, &[], &["a".to_owned()]);
    assert!(sheet.size().width <= MAX_SIDE, "{}", sheet.size());
    let empty = contact_sheet(&[], &[], &[]);
    assert!(!empty.size().is_empty());
}
