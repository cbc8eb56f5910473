use pentimento::document::StrokeMode::{Erase, Paint};
use pentimento::document::{Brush, Segment, Stroke, StrokePoint, coverage};
use pentimento::raster::{Mask, Rect, Size};
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{POISON, at, brush, draw, rasterised, stroke};

/// A value at the start of a segment, and one at its end.
type Ends = [f32; 2];

/// Radii and opacities at both ends, hardness; a point; its coverage. The segment goes from (10, 10) to (30, 10).
const FORMULA: &[(Ends, Ends, f32, [f32; 2], f32)] = &[
    // A hard brush is full to half a pixel inside its radius, and fades over one pixel.
    ([5.0, 5.0], [1.0, 1.0], 1.0, [20.0, 10.0], 1.0),
    ([5.0, 5.0], [1.0, 1.0], 1.0, [20.0, 14.5], 1.0),
    ([5.0, 5.0], [1.0, 1.0], 1.0, [20.0, 15.0], 0.5),
    ([5.0, 5.0], [1.0, 1.0], 1.0, [20.0, 14.75], 0.843_75),
    ([5.0, 5.0], [1.0, 1.0], 1.0, [20.0, 15.5], 0.0),
    // Round caps.
    ([5.0, 5.0], [1.0, 1.0], 1.0, [5.0, 10.0], 0.5),
    ([5.0, 5.0], [1.0, 1.0], 1.0, [34.0, 13.0], 0.5),
    ([5.0, 5.0], [1.0, 1.0], 1.0, [4.0, 4.0], 0.0),
    // Soft all the way: x = (8 + 0.5 - d) / 8.
    ([8.0, 8.0], [1.0, 1.0], 0.0, [20.0, 10.5], 1.0),
    ([8.0, 8.0], [1.0, 1.0], 0.0, [20.0, 14.5], 0.5),
    ([8.0, 8.0], [1.0, 1.0], 0.0, [20.0, 16.5], 0.156_25),
    // Soft in the outer half.
    ([8.0, 8.0], [1.0, 1.0], 0.5, [20.0, 14.5], 1.0),
    ([8.0, 8.0], [1.0, 1.0], 0.5, [20.0, 16.5], 0.5),
    // Opacity, and radius and opacity that change along the way.
    ([5.0, 5.0], [0.4, 0.4], 1.0, [20.0, 15.0], 0.2),
    ([5.0, 5.0], [0.2, 0.6], 1.0, [20.0, 10.0], 0.4),
    ([5.0, 5.0], [0.2, 0.6], 1.0, [35.0, 10.0], 0.3),
    ([4.0, 8.0], [1.0, 1.0], 1.0, [20.0, 16.0], 0.5),
    ([4.0, 8.0], [1.0, 1.0], 1.0, [25.0, 17.0], 0.5),
    // A radius of nothing is a dot of less than a pixel.
    ([0.0, 0.0], [1.0, 1.0], 1.0, [20.0, 10.0], 0.5),
    ([0.0, 0.0], [1.0, 1.0], 1.0, [20.0, 10.5], 0.0),
];

#[test]
fn the_formula() {
    for &(radius, opacity, hardness, [x, y], expected) in FORMULA {
        let segment = Segment {
            a: [10.0, 10.0],
            b: [30.0, 10.0],
            radius,
            opacity,
            hardness,
        };
        let found = coverage(&segment, x, y);
        assert!(
            (found - expected).abs() < 1e-6,
            "{segment:?} at {x}, {y}: {found}"
        );
    }
}

/// What the values are in characters: tenths of full coverage, `#` for all of it.
fn shown(mask: &Mask) -> Vec<String> {
    let character = |&value: &u8| match value {
        0 => '.',
        255 => '#',
        value => char::from(b'0' + (u32::from(value) * 10 / 256) as u8),
    };
    (0..mask.size().height)
        .map(|y| mask.row(y).iter().map(character).collect())
        .collect()
}

#[test]
fn small_strokes_pixel_by_pixel() {
    let size = Size::new(12, 7);
    for (points, brush, expected) in [
        // A disc of radius 2.5 about a pixel's centre: full to distance 2, nothing from 3 on.
        (
            &[at(3.5, 3.5)][..],
            brush(2.5, 1.0, 1.0),
            [
                "............",
                ".08#80......",
                ".8###8......",
                ".#####......",
                ".8###8......",
                ".08#80......",
                "............",
            ],
        ),
        // A line of width 3 along pixel centres, drawn past the right edge.
        (
            &[at(4.5, 3.5), at(40.0, 3.5)],
            brush(1.5, 1.0, 1.0),
            [
                "............",
                "............",
                "...6########",
                "...#########",
                "...6########",
                "............",
                "............",
            ],
        ),
        // A line between two rows of pixels: its edge goes through their centres.
        (
            &[at(-9.0, 3.0), at(99.0, 3.0)],
            brush(1.5, 1.0, 0.5),
            [
                "............",
                "222222222222",
                "555555555555",
                "555555555555",
                "222222222222",
                "............",
                "............",
            ],
        ),
    ] {
        let mask = rasterised(size, &stroke(Paint, brush, points));
        assert_eq!(shown(&mask), expected, "{points:?}");
        let mut erased = Mask::filled(size, 255);
        stroke(Erase, brush, points).rasterise(&mut erased);
        assert_eq!(erased, mask.invert(), "{points:?}");
    }
}

/// Strokes as a hand drew them → SHA-256 of the mask's values.
#[test]
fn recorded_strokes() {
    let recorded = include_str!("../../fixtures/strokes.json");
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    let (mut found, mut expected) = (Vec::new(), Vec::new());
    for (name, case) in recorded.as_object().unwrap() {
        let number = |value: &Value| value.as_f64().unwrap() as f32;
        let side = |i: usize| case["size"][i].as_u64().unwrap() as u32;
        let mut mask = Mask::filled(Size::new(side(0), side(1)), 0);
        for each in case["strokes"].as_array().unwrap() {
            let brush = Brush {
                radius: number(&each["radius"]),
                hardness: number(&each["hardness"]),
                opacity: number(&each["opacity"]),
                size_by_pressure: each["size_by_pressure"].as_bool().unwrap(),
                opacity_by_pressure: each["opacity_by_pressure"].as_bool().unwrap(),
            };
            let mode = if each["erase"].as_bool().unwrap() {
                Erase
            } else {
                Paint
            };
            let points = each["points"].as_array().unwrap().iter();
            let points: Vec<_> = points
                .map(|point| StrokePoint {
                    x: number(&point[0]),
                    y: number(&point[1]),
                    pressure: number(&point[2]),
                })
                .collect();
            stroke(mode, brush, &points).rasterise(&mut mask);
        }
        let sum: String = Sha256::digest(mask.values())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        expected.push((name, case["sha256"].as_str().unwrap().to_owned()));
        found.push((name, sum));
    }
    assert_eq!(found, expected);
}

#[test]
fn erasing_what_was_painted() {
    let size = Size::new(80, 60);
    for hardness in [1.0, 0.97] {
        let points = [at(20.0, 20.0), at(50.0, 31.5), at(61.2, 12.0)];
        let painted = rasterised(size, &stroke(Paint, brush(9.0, hardness, 1.0), &points));
        let mut erased = painted.clone();
        stroke(Erase, brush(9.0, hardness, 1.0), &points).rasterise(&mut erased);
        for (before, after) in painted.values().iter().zip(erased.values()) {
            // The rim of one pixel keeps what the eraser's own rim leaves.
            assert_eq!(*after, (*before).min(255 - before));
        }
        // A brush larger by one pixel leaves nothing.
        stroke(Erase, brush(10.0, hardness, 1.0), &points).rasterise(&mut erased);
        assert!(erased.is_empty());
    }
}

#[test]
fn poison_is_ignored() {
    let size = Size::new(20, 20);
    let good = [at(4.0, 4.0), at(15.0, 9.0)];
    let expected = rasterised(size, &stroke(Paint, brush(3.0, 0.5, 0.8), &good));
    for bad in POISON {
        for point in [
            at(bad, 4.0),
            at(4.0, bad),
            StrokePoint {
                pressure: bad,
                ..good[0]
            },
        ] {
            let points = [point, good[0], point, good[1], point];
            let found = rasterised(size, &stroke(Paint, brush(3.0, 0.5, 0.8), &points));
            assert_eq!(found, expected, "{point:?}");
            assert!(rasterised(size, &stroke(Paint, brush(3.0, 0.5, 0.8), &[point])).is_empty());
        }
        for brush in [
            brush(bad, 0.5, 1.0),
            brush(3.0, bad, 1.0),
            brush(3.0, 0.5, bad),
        ] {
            let stroke = stroke(Paint, brush, &good);
            let kept = stroke.brush();
            assert!(kept.radius > 0.0 && kept.radius.is_finite(), "{brush:?}");
            assert!((0.0..=1.0).contains(&kept.hardness), "{brush:?}");
            assert!((0.0..=1.0).contains(&kept.opacity), "{brush:?}");
            rasterised(size, &stroke);
        }
    }
}

#[test]
fn extremes() {
    for size in [
        Size::new(1, 1),
        Size::new(40, 1),
        Size::new(1, 40),
        Size::new(33, 17),
    ] {
        for hardness in [0.0, 1.0] {
            let huge = stroke(Paint, brush(f32::MAX, hardness, 1.0), &[at(0.5, 0.5)]);
            assert_eq!(huge.bounds(size), Rect::of(size));
            assert_eq!(rasterised(size, &huge), Mask::filled(size, 255));
        }
        let far = at(f32::MAX, f32::MIN);
        let across = stroke(
            Paint,
            brush(2.0, 1.0, 1.0),
            &[at(-f32::MAX, 0.5), at(f32::MAX, 0.5)],
        );
        assert!(
            rasterised(size, &across)
                .row(0)
                .iter()
                .all(|&value| value == 255)
        );
        assert!(rasterised(size, &stroke(Paint, brush(5.0, 1.0, 1.0), &[far])).is_empty());
        assert!(rasterised(size, &stroke(Paint, brush(5.0, 1.0, 0.0), &[at(0.0, 0.0)])).is_empty());
        assert!(rasterised(size, &Stroke::new(Paint, brush(5.0, 1.0, 1.0))).is_empty());
    }
    assert!(
        rasterised(
            Size::new(0, 0),
            &stroke(Paint, brush(5.0, 1.0, 1.0), &[at(0.0, 0.0)])
        )
        .is_empty()
    );
}

#[test]
fn repeated_points_are_one() {
    let twice = stroke(
        Paint,
        brush(3.0, 1.0, 1.0),
        &[at(4.0, 4.0), at(4.0, 4.0), at(9.0, 4.0), at(9.0, 4.0)],
    );
    assert_eq!((twice.points().len(), twice.segment_count()), (2, 1));
    let dot = stroke(Paint, brush(3.0, 1.0, 1.0), &[at(4.0, 4.0)]);
    assert_eq!(dot.segment_count(), 1);
    assert_eq!(dot.segments().next().unwrap().b, [4.0, 4.0]);
    assert_eq!(Stroke::new(Paint, brush(3.0, 1.0, 1.0)).segment_count(), 0);
}

prop_compose! {
    fn any_brush()(
        radius in prop_oneof![0.1..3f32, 1.0..40f32],
        hardness in prop_oneof![Just(1f32), Just(0f32), 0f32..=1.0],
        opacity in prop_oneof![Just(1f32), 0f32..=1.0],
        size_by_pressure in any::<bool>(),
        opacity_by_pressure in any::<bool>(),
    ) -> Brush {
        Brush { radius, hardness, opacity, size_by_pressure, opacity_by_pressure }
    }
}

prop_compose! {
    fn any_point()(x in -60f32..120.0, y in -60f32..110.0, pressure in 0f32..=1.0, whole in any::<bool>()) -> StrokePoint {
        let round = |n: f32| if whole { n.round() } else { n };
        StrokePoint { x: round(x), y: round(y), pressure }
    }
}

/// The formula at every pixel of the picture.
fn plain(stroke: &Stroke, mask: &Mask) -> Mask {
    Mask::from_fn(mask.size(), |x, y| {
        let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
        let most = stroke
            .segments()
            .map(|segment| coverage(&segment, px, py))
            .fold(0.0, f32::max);
        let most = (most * 255.0).round() as u8;
        match stroke.mode() {
            Paint => mask.value(x, y).max(most),
            Erase => mask.value(x, y).min(255 - most),
        }
    })
}

proptest! {
    #[test]
    fn rasterising_is_the_formula_at_every_pixel(
        brush in any_brush(), points in prop::collection::vec(any_point(), 1..6), erase in any::<bool>(), ground in any::<u8>(),
    ) {
        let ground = Mask::from_fn(Size::new(61, 47), |x, y| ground.wrapping_mul((x / 8 + y / 8) as u8));
        let stroke = stroke(if erase { Erase } else { Paint }, brush, &points);
        let mut found = ground.clone();
        stroke.rasterise(&mut found);
        let expected = plain(&stroke, &ground);
        prop_assert!(found == expected);
        let changed = Mask::from_fn(ground.size(), |x, y| u8::from(found.value(x, y) != ground.value(x, y)));
        prop_assert!(stroke.bounds(ground.size()).contains(changed.bounds().unwrap_or(Rect::EMPTY)));
        // Once more is no more.
        stroke.rasterise(&mut found);
        prop_assert!(found == expected);
    }

    #[test]
    fn the_order_of_strokes_does_not_matter(
        a in any_brush(), b in any_brush(), points in prop::collection::vec(any_point(), 2..6), split in 1..5usize,
    ) {
        let split = split.min(points.len() - 1);
        let strokes = [stroke(Paint, a, &points[..=split]), stroke(Paint, b, &points[split..])];
        let size = Size::new(61, 47);
        let mut forth = rasterised(size, &strokes[0]);
        strokes[1].rasterise(&mut forth);
        let mut back = rasterised(size, &strokes[1]);
        strokes[0].rasterise(&mut back);
        prop_assert!(forth == back);
    }

    /// Back and forth over the same points is once; rounding may differ, as the segments start at their other ends.
    #[test]
    fn the_order_of_points_does_not_matter(brush in any_brush(), mut points in prop::collection::vec(any_point(), 1..6)) {
        let size = Size::new(61, 47);
        let once = rasterised(size, &stroke(Paint, brush, &points));
        let reversed: Vec<_> = points.iter().rev().copied().collect();
        let back = rasterised(size, &stroke(Paint, brush, &reversed));
        points.extend(reversed);
        let both = rasterised(size, &stroke(Paint, brush, &points));
        for ((a, b), c) in once.values().iter().zip(back.values()).zip(both.values()) {
            prop_assert!(a.abs_diff(*b) <= 1 && *c == *a.max(b));
        }
    }
}

/// Large enough for several threads: their bands meet without a seam.
#[test]
fn large_strokes() {
    let size = Size::new(700, 500);
    let points = [
        at(50.0, 40.0),
        at(600.0, 130.0),
        at(300.0, 480.0),
        at(90.0, 300.0),
    ];
    for hardness in [0.0, 0.9] {
        let stroke = stroke(Paint, brush(90.0, hardness, 1.0), &points);
        let mask = Mask::filled(size, 0);
        assert!(rasterised(size, &stroke) == plain(&stroke, &mask));
    }
}

#[test]
fn a_document_lays_the_same_stroke() {
    let mut document = super::document(61, 47);
    let points = [at(5.0, 5.0), at(30.0, 20.0)];
    draw(&mut document, Paint, brush(6.0, 0.4, 1.0), &points);
    let expected = rasterised(
        Size::new(61, 47),
        &stroke(Paint, brush(6.0, 0.4, 1.0), &points),
    );
    assert_eq!(**document.mask(), expected);
}
