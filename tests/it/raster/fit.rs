use pentimento::raster::fit::{Cover, contained, covering};
use pentimento::raster::{Mask, Picture, Rect, Size};

use super::{difference, golden_cases, read_picture};

/// A picture's size, the size that it is brought to → where it lies inside (A1111's "resize and fill").
type Contained = ([u32; 2], [u32; 2], [u32; 4]);
const CONTAINED: &[Contained] = &[
    ([768, 512], [512, 512], [0, 86, 512, 427]),
    ([512, 768], [512, 512], [86, 0, 427, 512]),
    ([100, 100], [100, 100], [0, 0, 100, 100]),
    ([48, 40], [96, 80], [0, 0, 96, 80]),
    ([3, 1], [10, 10], [0, 4, 10, 7]),
    // Thinner than a pixel, and larger than any number of pixels.
    ([1000, 1], [8, 8], [0, 4, 8, 5]),
    ([u32::MAX, 1], [7, 9], [0, 4, 7, 5]),
    ([1, u32::MAX], [9, 7], [4, 0, 5, 7]),
];

#[test]
fn pictures_fit_in_as_in_the_table() {
    for &([w, h], [width, height], [left, top, right, bottom]) in CONTAINED {
        let found = contained(Size::new(w, h), Size::new(width, height));
        assert_eq!(found, Rect::new(left, top, right, bottom), "{w}x{h}");
    }
}

/// A picture's size, the size that it covers → the part that is scaled, what to, and what is seen of that.
type Covering = ([u32; 2], [u32; 2], [u32; 4], [u32; 2], [u32; 4]);
const COVERING: &[Covering] = &[
    (
        [768, 512],
        [512, 512],
        [0, 0, 768, 512],
        [768, 512],
        [128, 0, 640, 512],
    ),
    (
        [512, 768],
        [256, 256],
        [0, 0, 512, 768],
        [256, 384],
        [0, 64, 256, 320],
    ),
    (
        [100, 100],
        [100, 100],
        [0, 0, 100, 100],
        [100, 100],
        [0, 0, 100, 100],
    ),
    (
        [100, 50],
        [400, 100],
        [0, 0, 100, 50],
        [400, 200],
        [0, 50, 400, 150],
    ),
    ([31, 50], [10, 9], [0, 0, 31, 50], [10, 16], [0, 4, 10, 13]),
    // So long that only the middle is scaled; a row that is the same all along.
    (
        [10, 1000],
        [10, 10],
        [0, 480, 10, 520],
        [10, 40],
        [0, 15, 10, 25],
    ),
    (
        [1, 16384],
        [16384, 1],
        [0, 8191, 1, 8192],
        [16384, 1],
        [0, 0, 16384, 1],
    ),
];

#[test]
fn pictures_cover_as_in_the_table() {
    for &([w, h], [width, height], source, [across, down], window) in COVERING {
        let rect = |[left, top, right, bottom]: [u32; 4]| Rect::new(left, top, right, bottom);
        let expected = Cover {
            source: rect(source),
            scaled: Size::new(across, down),
            window: rect(window),
        };
        let found = covering(Size::new(w, h), Size::new(width, height));
        assert_eq!(found, expected, "{w}x{h}");
    }
}

#[test]
fn cover_and_contain_agree_with_pillow() {
    for name in ["cover", "contain"] {
        let cases: Vec<_> = golden_cases("golden/resize")
            .into_iter()
            .filter(|(what, ..)| what.starts_with(name))
            .collect();
        assert!(cases.len() > 3);
        for (what, source, expected) in cases {
            let expected = read_picture(&expected);
            let source = read_picture(&source);
            let found = match name {
                "cover" => source.cover(expected.size()),
                _ => source.contain(expected.size()),
            };
            let (most, mean) = difference(
                found.pixels().as_flattened(),
                expected.pixels().as_flattened(),
            );
            assert!(
                most <= 2 && mean < 0.3,
                "{what}: at most {most}, {mean:.3} on average"
            );
        }
    }
}

#[test]
fn masks_go_with_their_pictures_and_extremes_are_no_trouble() {
    let sides = [1, 2, 7, 300];
    let sizes = || sides.iter().flat_map(|w| sides.map(|h| Size::new(*w, h)));
    for from in sizes() {
        for to in sizes() {
            let (mask, picture) = (
                Mask::filled(from, 93),
                Picture::filled(from, [9, 8, 7, 255]),
            );
            assert_eq!(mask.cover(to), Mask::filled(to, 93), "{from} over {to}");
            assert_eq!(mask.contain(to), Mask::filled(to, 93), "{from} in {to}");
            let plain = Picture::filled(to, [9, 8, 7, 255]);
            assert_eq!(picture.cover(to), plain, "{from} over {to}");
            assert_eq!(picture.contain(to), plain, "{from} in {to}");
        }
    }
}
