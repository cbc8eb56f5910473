use pentimento::raster::Picture;
use pentimento::raster::control::{blurred, edges, grey};

use super::{difference, golden_cases, read_picture};

#[test]
fn edges_and_greys_are_those_of_opencv() {
    for (what, source, expected) in golden_cases("golden/edges") {
        let picture = read_picture(&source);
        // Edges are exact; OpenCV's lightness is of rounded tables.
        let (found, allowed): (Picture, _) = match &what[..] {
            "canny" => (edges(&picture), 0),
            "grey" => (grey(&picture), 1),
            other => panic!("{other}"),
        };
        let expected = read_picture(&expected);
        let (most, _) = difference(
            found.pixels().as_flattened(),
            expected.pixels().as_flattened(),
        );
        assert!(most <= allowed, "{} {what}: {most}", source.display());
    }
}

#[test]
fn a_blur_keeps_what_is_flat_and_spreads_the_rest() {
    let size = pentimento::raster::Size::new(60, 40);
    let halves = Picture::from_fn(size, |x, _| {
        let value = if x < 30 { 0 } else { 200 };
        [value, 100, 200 - value, 255]
    });
    let found = blurred(&halves, 4.0);
    assert_eq!(found.pixel(2, 20), [0, 100, 200, 255]);
    assert_eq!(found.pixel(57, 20), [200, 100, 0, 255]);
    let [red, green, blue, _] = found.pixel(30, 20);
    assert!(red.abs_diff(105) < 8 && green == 100 && blue.abs_diff(95) < 8);
}
