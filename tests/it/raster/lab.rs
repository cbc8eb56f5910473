use pentimento::raster::lab::match_colors;
use pentimento::raster::{Mask, Picture, Size};

use super::{difference, golden_cases, read_mask, read_picture};

#[test]
fn matches_agree_with_scikit_image() {
    for (_, source, expected) in golden_cases("golden/colour") {
        let beside = |name: &str| source.with_file_name(name);
        let found = match_colors(
            &read_picture(&source),
            &read_picture(&beside("reference.png")),
            &read_mask(&beside("mask.png")),
        );
        let expected = read_picture(&expected);
        let (most, mean) = difference(
            found.pixels().as_flattened(),
            expected.pixels().as_flattened(),
        );
        assert!(
            most <= 1 && mean < 0.01,
            "{}: at most {most}, {mean:.4} on average",
            source.display()
        );
    }
}

/// Every colour survives the way to CIELAB and back, so that a match of a picture to itself is the picture.
#[test]
fn a_picture_matched_to_itself_stays() {
    let size = Size::new(256, 256);
    for blue in [0, 1, 77, 128, 254, 255] {
        let picture = Picture::from_fn(size, |x, y| [x as u8, y as u8, blue, 255]);
        let mask = Mask::from_fn(size, |x, _| if x < 90 { 255 } else { 0 });
        assert_eq!(match_colors(&picture, &picture, &mask), picture, "{blue}");
    }
}

#[test]
fn what_cannot_be_measured_is_not_matched() {
    let size = Size::new(20, 20);
    let picture = Picture::filled(size, [10, 20, 30, 40]);
    let other = Picture::filled(size, [200, 100, 50, 255]);
    let all = Mask::filled(size, 255);
    assert_eq!(match_colors(&picture, &other, &all), picture);
    // Colours that nobody sees are not measured.
    let unseen = Picture::filled(size, [200, 100, 50, 0]);
    let none = Mask::filled(size, 0);
    assert_eq!(match_colors(&picture, &unseen, &none), picture);
    // A flat tint is taken away whole, and alpha is nobody's colour.
    let matched = match_colors(&picture, &other, &none);
    assert_eq!(matched, Picture::filled(size, [200, 100, 50, 40]));
}
