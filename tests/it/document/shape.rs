use std::f32::consts::TAU;

use pentimento::document::StrokeMode::{Erase, Paint};
use pentimento::document::{EditName, Shape};
use pentimento::raster::{Mask, Rect, Size};
use proptest::prelude::*;

use super::{POISON, document};

/// The mask of a shape on an empty one.
fn covered(size: Size, shape: &Shape) -> Mask {
    let mut document = document(size.width, size.height);
    document.combine(EditName::Polygon, shape, Paint);
    document.mask().as_ref().clone()
}

fn polygon(points: &[[f32; 2]]) -> Shape {
    Shape::Polygon(points.to_vec())
}

/// A shape and all values of its mask of 4 x 3 pixels.
#[test]
fn small_shapes_pixel_by_pixel() {
    for (shape, expected) in [
        (
            Shape::Rectangle([1.0, 1.0], [3.0, 3.0]),
            [[0, 0, 0, 0], [0, 255, 255, 0], [0, 255, 255, 0]],
        ),
        // Corners in any order; parts of pixels.
        (
            Shape::Rectangle([2.5, 2.0], [0.75, 0.5]),
            [[32, 128, 64, 0], [64, 255, 128, 0], [0, 0, 0, 0]],
        ),
        // Outside on all sides.
        (
            Shape::Rectangle([-1e9, -9.0], [99.0, 99.0]),
            [[255; 4], [255; 4], [255; 4]],
        ),
        (
            Shape::Rectangle([-9.0, 0.0], [-1.0, 3.0]),
            [[0; 4], [0; 4], [0; 4]],
        ),
        // The diagonal halves the pixels that it crosses.
        (
            polygon(&[[0.0, 0.0], [3.0, 3.0], [0.0, 3.0]]),
            [[128, 0, 0, 0], [255, 128, 0, 0], [255, 255, 128, 0]],
        ),
        // Twice around is outside again.
        (
            polygon(&[
                [0.0, 0.0],
                [4.0, 0.0],
                [4.0, 3.0],
                [0.0, 3.0],
                [0.0, 0.0],
                [1.0, 1.0],
                [3.0, 1.0],
                [3.0, 2.0],
                [1.0, 2.0],
                [1.0, 1.0],
            ]),
            [[255; 4], [255, 0, 0, 255], [255; 4]],
        ),
    ] {
        let mask = covered(Size::new(4, 3), &shape);
        let rows: Vec<_> = (0..3).map(|y| mask.row(y)).collect();
        assert_eq!(rows, expected, "{shape:?}");
    }
}

#[test]
fn areas_are_those_of_geometry() {
    let size = Size::new(100, 90);
    let circle: Vec<_> = (0..720)
        .map(|i| {
            let (sin, cos) = (i as f32 / 720.0 * TAU).sin_cos();
            [50.0 + 40.0 * cos, 45.0 + 30.0 * sin]
        })
        .collect();
    let ellipse = std::f64::consts::PI * 40.0 * 30.0;
    for (shape, area) in [
        (Shape::Ellipse([90.0, 15.0], [10.0, 75.0]), ellipse),
        (Shape::Polygon(circle), ellipse),
        (Shape::Rectangle([10.3, 20.7], [80.1, 70.2]), 69.8 * 49.5),
        (polygon(&[[0.0, 0.0], [90.0, 3.0], [41.0, 77.0]]), 3403.5),
        // A star of five points crossed in one stroke has a hollow middle: its two kinds of triangles.
        (
            polygon(&[0, 2, 4, 1, 3].map(|i| {
                let (sin, cos) = (i as f32 / 5.0 * TAU).sin_cos();
                [50.0 + 40.0 * sin, 45.0 - 40.0 * cos]
            })),
            5.0 * 40.0f64.powi(2) * STAR_TIP,
        ),
    ] {
        let found = covered(size, &shape).coverage() * size.area() as f64;
        assert!(
            (found / area - 1.0).abs() < 2e-3,
            "{shape:?}: {found:.2} and not {area:.2}"
        );
    }
}

/// Area of one tip of a five-pointed star whose points lie on the unit circle: an isosceles triangle of apex angle 36 degrees over a side of the inner pentagon.
const STAR_TIP: f64 = {
    // The inner pentagon's circumradius is the outer one over the golden ratio squared; its side is 2 r sin 36 degrees.
    let phi = 1.618_033_988_749_895;
    let side = 2.0 / (phi * phi) * 0.587_785_252_292_473_1;
    // Half the side, times the height: half the side over tan 18 degrees.
    side * side / 4.0 / 0.324_919_696_232_906_3
};

#[test]
fn subtracting_leaves_the_rest() {
    let mut document = document(20, 20);
    let all = Shape::Rectangle([0.0, 0.0], [20.0, 20.0]);
    let part = Shape::Ellipse([3.0, 4.0], [15.0, 12.5]);
    document.combine(EditName::Rectangle, &all, Paint);
    document.combine(EditName::Ellipse, &part, Erase);
    let expected = covered(Size::new(20, 20), &part).invert();
    assert_eq!(**document.mask(), expected);
    assert_eq!(document.undo_name(), Some(EditName::Ellipse));
}

#[test]
fn shapes_without_area_change_nothing() {
    let mut shapes = vec![
        Shape::Rectangle([3.0, 3.0], [3.0, 9.0]),
        Shape::Rectangle([3.0, 3.0], [9.0, 3.0]),
        Shape::Ellipse([3.0, 3.0], [3.0, 3.0]),
        polygon(&[]),
        polygon(&[[1.0, 1.0], [9.0, 9.0]]),
        polygon(&[[1.0, 1.0], [9.0, 9.0], [5.0, 5.0]]),
        polygon(&[[4.0, 4.0]; 5]),
        polygon(&[
            [f32::NAN, 0.0],
            [0.0, f32::NAN],
            [9.0, f32::INFINITY],
            [1.0, 1.0],
            [5.0, 9.0],
        ]),
    ];
    for bad in POISON {
        shapes.push(Shape::Rectangle([bad, 0.0], [9.0, 9.0]));
        shapes.push(Shape::Ellipse([0.0, 0.0], [9.0, bad]));
    }
    for (width, height) in [(1, 1), (12, 12)] {
        for shape in &shapes {
            let mut document = document(width, height);
            document.combine(EditName::Polygon, shape, Paint);
            assert!(document.mask().is_empty(), "{shape:?}");
            assert_eq!(document.undo_name(), None, "{shape:?}");
        }
    }
}

#[test]
fn points_that_are_not_finite_are_left_out() {
    let good = [[1.0, 1.0], [9.0, 2.0], [4.0, 8.0]];
    for bad in POISON {
        let shape = polygon(&[[bad, 1.0], good[0], good[1], [4.0, bad], good[2]]);
        let size = Size::new(10, 10);
        assert_eq!(covered(size, &shape), covered(size, &polygon(&good)));
    }
}

/// Whether a point lies inside, by the crossings of a ray to the left.
fn inside(points: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let next = points.iter().cycle().skip(1);
    let crossings = points.iter().zip(next).filter(|([x0, y0], [x1, y1])| {
        (*y0 <= y) != (*y1 <= y) && x0 + (x1 - x0) * (y - y0) / (y1 - y0) < x
    });
    crossings.count() % 2 == 1
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    /// Against 16 x 64 samples a pixel: along a line the coverage is exact, so only as far off as the samples are.
    #[test]
    fn polygons_are_their_samples(points in prop::collection::vec((-9f32..30.0, -9f32..26.0), 3..9)) {
        let points: Vec<_> = points.iter().map(|&(x, y)| [x, y]).collect();
        let size = Size::new(20, 16);
        let found = covered(size, &polygon(&points));
        let bounds = polygon(&points).bounds(size);
        prop_assert!(bounds.contains(found.bounds().unwrap_or(Rect::EMPTY)));
        let points: Vec<_> = points.iter().map(|point| point.map(f64::from)).collect();
        for y in 0..16 {
            for x in 0..20 {
                let samples = (0..16 * 64).filter(|i| {
                    let at = [f64::from(x) + (f64::from(i % 64) + 0.5) / 64.0, f64::from(y) + (f64::from(i / 64) + 0.5) / 16.0];
                    inside(&points, at)
                });
                let expected = samples.count() as f64 / 1024.0 * 255.0;
                let difference = (f64::from(found.value(x, y)) - expected).abs();
                // Each edge is off by at most half a sample and half a 256th of a pixel.
                let most = points.len() as f64 * (0.5 / 64.0 + 0.5 / 256.0) * 255.0 + 0.5;
                prop_assert!(difference <= most, "{x}, {y}: {} and not {expected}", found.value(x, y));
            }
        }
    }
}
