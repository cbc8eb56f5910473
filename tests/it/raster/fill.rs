use pentimento::raster::fill::fill;
use pentimento::raster::{Mask, Picture, Size};

use super::{difference, golden_cases, read_mask, read_picture};

#[test]
fn fills_are_pillows_to_the_last_bit() {
    for (_, source, expected) in golden_cases("golden/fill") {
        let name = source.file_stem().unwrap().to_str().unwrap();
        let mask = read_mask(&source.with_file_name(format!("{name}-mask.png")));
        let found = fill(&read_picture(&source), &mask);
        let expected = read_picture(&expected);
        let found = difference(
            found.pixels().as_flattened(),
            expected.pixels().as_flattened(),
        );
        assert_eq!(found, (0, 0.0), "{name}");
    }
}

#[test]
fn what_is_kept_stays_and_plain_colours_flow_in() {
    let size = Size::new(70, 50);
    let mask = Mask::from_fn(size, |x, y| if x > 30 && y < 25 { 255 } else { 0 });
    let picture = Picture::from_fn(size, |x, y| {
        if mask.value(x, y) == 0 {
            [(x * 3) as u8, 90, (y * 4) as u8, 255]
        } else {
            [255, 0, 255, 255]
        }
    });
    let filled = fill(&picture, &mask);
    for y in 0..size.height {
        for x in 0..size.width {
            if mask.value(x, y) == 0 {
                assert_eq!(filled.pixel(x, y), picture.pixel(x, y), "{x} {y}");
            }
        }
    }
    let plain = Picture::filled(size, [40, 120, 200, 255]);
    let found = fill(&plain, &mask);
    let (most, _) = difference(found.pixels().as_flattened(), plain.pixels().as_flattened());
    // The ladder's 8-bit layers each round down.
    assert!(most <= 6, "{most}");
    // Nothing is kept, so nothing flows in.
    let none = fill(&plain, &Mask::filled(size, 255));
    assert_eq!(none, Picture::filled(size, [0, 0, 0, 255]));
}

/// The masked part has no say in what fills it, and see-through pixels have the less the fainter they are.
#[test]
fn only_what_is_seen_flows_in() {
    let size = Size::new(40, 30);
    let mask = Mask::from_fn(size, |x, _| if x > 20 { 255 } else { 0 });
    let picture = |under: [u8; 4]| {
        Picture::from_fn(size, |x, _| if x > 20 { under } else { [9, 200, 90, 255] })
    };
    assert_eq!(
        fill(&picture([255, 255, 255, 255]), &mask),
        fill(&picture([0, 3, 99, 80]), &mask)
    );
}
