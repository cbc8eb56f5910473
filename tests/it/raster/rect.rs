use pentimento::raster::{Rect, Size, expand_to_aspect};
use proptest::prelude::*;

/// (rect, padding, target, picture) → padded and expanded: the vectors of A1111's `get_crop_region` and `expand_crop_region`.
type Crop = ([u32; 4], u32, [u32; 2], [u32; 2], [u32; 4], [u32; 4]);
const CROPS: &[Crop] = &[
    (
        [300, 200, 400, 260],
        32,
        [512, 512],
        [768, 512],
        [268, 168, 432, 292],
        [268, 148, 432, 312],
    ),
    (
        [10, 10, 60, 300],
        32,
        [512, 512],
        [768, 512],
        [0, 0, 92, 332],
        [0, 0, 332, 332],
    ),
    (
        [0, 100, 768, 200],
        32,
        [512, 512],
        [768, 512],
        [0, 68, 768, 232],
        [0, 0, 768, 512],
    ),
    (
        [700, 450, 768, 512],
        32,
        [768, 512],
        [768, 512],
        [668, 418, 768, 512],
        [627, 418, 768, 512],
    ),
    // The odd pixel goes after; a single pixel; nothing to do; limits of u32.
    (
        [10, 10, 13, 12],
        0,
        [1, 1],
        [20, 20],
        [10, 10, 13, 12],
        [10, 10, 13, 13],
    ),
    ([0, 0, 1, 1], 0, [2, 1], [1, 1], [0, 0, 1, 1], [0, 0, 1, 1]),
    ([4, 4, 8, 8], 0, [3, 3], [9, 9], [4, 4, 8, 8], [4, 4, 8, 8]),
    (
        [0, 0, 4, 4],
        u32::MAX,
        [1, u32::MAX],
        [9, 9],
        [0, 0, 9, 9],
        [0, 0, 9, 9],
    ),
];

fn rect([left, top, right, bottom]: [u32; 4]) -> Rect {
    Rect::new(left, top, right, bottom)
}

fn size([width, height]: [u32; 2]) -> Size {
    Size::new(width, height)
}

#[test]
fn crops_grow_as_in_the_table() {
    for &(mask, margin, target, bounds, padded, expanded) in CROPS {
        let found = rect(mask).pad(margin, size(bounds));
        assert_eq!(found, rect(padded), "padding of {mask:?}");
        let found = expand_to_aspect(found, size(target), size(bounds));
        assert_eq!(found, rect(expanded), "expansion of {mask:?}");
    }
}

#[test]
fn empty_rectangles() {
    for empty in [
        [0, 0, 0, 0],
        [3, 3, 3, 9],
        [5, 0, 2, 4],
        [u32::MAX, 0, 0, u32::MAX],
    ]
    .map(rect)
    {
        let some = Rect::new(1, 2, 4, 8);
        assert!(empty.is_empty());
        assert_eq!(empty.pad(7, Size::new(9, 9)), Rect::EMPTY);
        assert_eq!(empty.union(some), some);
        assert_eq!(some.union(empty), some);
        assert_eq!(some.intersection(empty), Rect::EMPTY);
        assert!(some.contains(empty));
        assert!(!empty.contains(some));
    }
}

/// Rectangles in a small plane, some of them empty.
fn rects() -> impl Strategy<Value = Rect> {
    (0..12u32, 0..12u32, 0..12u32, 0..12u32).prop_map(|(l, t, r, b)| Rect::new(l, t, r, b))
}

/// Rectangles with pixels, inside 12 by 12.
fn solid_rects() -> impl Strategy<Value = Rect> {
    (0..11u32, 0..11u32, 1..12u32, 1..12u32)
        .prop_map(|(l, t, w, h)| Rect::new(l, t, (l + w).min(12), (t + h).min(12)))
}

fn points() -> impl Iterator<Item = (u32, u32)> {
    (0..14).flat_map(|y| (0..14).map(move |x| (x, y)))
}

proptest! {
    #[test]
    fn a_rectangle_is_the_set_of_its_points(a in rects(), b in rects(), margin in 0..4u32) {
        let bounds = Size::new(12, 12);
        let padded = a.pad(margin, bounds);
        for (x, y) in points() {
            let (in_a, in_b) = (a.contains_point(x, y), b.contains_point(x, y));
            prop_assert_eq!(a.intersection(b).contains_point(x, y), in_a && in_b);
            prop_assert!(a.union(b).contains_point(x, y) || !(in_a || in_b));
            let near = points().any(|(i, j)| a.contains_point(i, j) && i.abs_diff(x) <= margin && j.abs_diff(y) <= margin);
            prop_assert_eq!(padded.contains_point(x, y), near && x < 12 && y < 12);
        }
        let count = points().filter(|&(x, y)| a.contains_point(x, y)).count();
        prop_assert_eq!(a.size().area(), count);
        prop_assert_eq!(a.contains(b), points().all(|(x, y)| a.contains_point(x, y) || !b.contains_point(x, y)));
        prop_assert_eq!(a.union(b), b.union(a).union(a));
    }

    #[test]
    fn crops_stay_inside_and_reach_the_aspect(crop in solid_rects(), w in 1..9u32, h in 1..9u32) {
        let (bounds, target) = (Size::new(12, 12), Size::new(w, h));
        let grown = expand_to_aspect(crop, target, bounds);
        prop_assert!(Rect::of(bounds).contains(grown) && grown.contains(crop));
        prop_assert!(grown.size().width == crop.size().width || grown.size().height == crop.size().height);
        let Size { width, height } = grown.size();
        let off = (width * h).abs_diff(height * w);
        let cut = width == 12 || height == 12;
        prop_assert!(cut || off < w.max(h), "{:?} of {:?} towards {}", grown, crop, target);
    }
}
