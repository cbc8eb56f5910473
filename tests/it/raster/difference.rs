//! What counts as changed between a picture and what a model made of it.

use pentimento::raster::difference::changed;
use pentimento::raster::{Mask, Picture, Rect, Size};

const SIZE: Size = Size::new(96, 64);

/// The mask, and what changes within it.
const MASKED: Rect = Rect::new(32, 0, 96, 64);
const PAINTED: Rect = Rect::new(56, 20, 76, 44);

fn ground(x: u32, y: u32) -> [u8; 4] {
    [90 + x as u8, 120 + y as u8 / 2, 60, 255]
}

fn mask() -> Mask {
    Mask::from_fn(SIZE, |x, y| u8::from(MASKED.contains_point(x, y)) * 255)
}

/// The ground with an error of coding in places of a checkered grid, and a part that differs by `by`.
fn made(coding: u8, by: u8) -> Picture {
    Picture::from_fn(SIZE, |x, y| {
        let wrong = (x / 2 + y / 2) % 2 == 0;
        let off = u8::from(wrong) * coding + u8::from(PAINTED.contains_point(x, y)) * by;
        ground(x, y).map(|value| value.saturating_add(off))
    })
}

/// Values in the middle of what was painted, and far from it within the mask.
fn values(coding: u8, by: u8, times: f32) -> (u8, u8) {
    let before = Picture::from_fn(SIZE, ground);
    let found = changed(&made(coding, by), &before, &mask(), 1.5, times).unwrap();
    (found.value(66, 32), found.value(40, 8))
}

#[test]
fn what_differs_by_more_than_coding_has_changed() {
    // Error of coding, difference of what was painted, times | there, elsewhere. Half of a grid is off, so its average is half the error.
    for (coding, by, times, there, elsewhere) in [
        (0, 0, 1.0, 0, 0),
        (6, 0, 1.0, 0, 0),
        (6, 40, 1.0, 255, 0),
        (6, 40, 4.0, 255, 0),
        (6, 2, 1.0, 50, 0),
        (6, 2, 2.0, 0, 0),
        (0, 3, 1.0, 0, 0),
        (0, 12, 1.0, 255, 0),
        (40, 60, 4.0, 255, 0),
    ] {
        let found = values(coding, by, times);
        let near = |a: u8, b: u8| a.abs_diff(b) <= 50;
        assert!(
            near(found.0, there) && found.1 == elsewhere,
            "{coding} {by} {times}: {found:?}"
        );
    }
}

#[test]
fn it_is_grown_and_smooth_at_its_edge() {
    let before = Picture::from_fn(SIZE, ground);
    let found = changed(&made(6, 60), &before, &mask(), 1.5, 1.0).unwrap();
    let row: Vec<u8> = (0..SIZE.width).map(|x| found.value(x, 32)).collect();
    let edge = PAINTED.left as usize;
    assert!(row[edge..PAINTED.right as usize].iter().all(|v| *v == 255));
    let steps = row.windows(2).map(|pair| pair[0].abs_diff(pair[1]));
    assert!(steps.max().unwrap() < 100, "{row:?}");
    assert!(row[edge - 2] > 200 && row[edge - 14] == 0, "{row:?}");
}

#[test]
fn transparent_pixels_have_changed_and_few_kept_ones_say_nothing() {
    let clear = Picture::from_fn(SIZE, |x, y| match x < 80 {
        true => ground(x, y),
        false => [0; 4],
    });
    let found = changed(&clear, &clear, &mask(), 1.5, 1.0).unwrap();
    assert_eq!((found.value(90, 32), found.value(50, 32)), (255, 0));
    let all = Mask::from_fn(SIZE, |x, _| if x < 2 { 0 } else { 255 });
    assert_eq!(changed(&clear, &clear, &all, 1.5, 1.0), None);
}
