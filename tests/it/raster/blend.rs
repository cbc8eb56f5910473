//! Blend modes and Porter-Duff operators against W3C's formulas, worked out by hand.

use pentimento::raster::blend::Operator;
use pentimento::raster::{Picture, Size, over};
use proptest::prelude::*;

/// `source` laid over `backdrop`.
fn laid(name: &str, source: [u8; 4], backdrop: [u8; 4], opacity: f32) -> [u8; 4] {
    let one = Size::new(1, 1);
    let mut picture = Picture::filled(one, backdrop);
    let operator = Operator::named(name).unwrap();
    picture.blend(&Picture::filled(one, source), [0, 0], operator, opacity);
    picture.pixel(0, 0)
}

const SOURCE: [u8; 4] = [51, 102, 204, 255];
const BACKDROP: [u8; 4] = [102, 204, 51, 255];

/// Name → [`SOURCE`] over [`BACKDROP`]: 0.2, 0.4, 0.8 over 0.4, 0.8, 0.2.
const OPAQUE: &[(&str, [u8; 4])] = &[
    ("svg:src-over", SOURCE),
    // 0.08, 0.32, 0.16
    ("svg:multiply", [20, 82, 41, 255]),
    // 0.52, 0.88, 0.84
    ("svg:screen", [133, 224, 214, 255]),
    // 2 * 0.08, 1 - 2 * 0.2 * 0.6, 2 * 0.16
    ("svg:overlay", [41, 194, 82, 255]),
    ("svg:darken", [51, 102, 51, 255]),
    ("svg:lighten", [102, 204, 204, 255]),
    // 0.4 / 0.8, 0.8 / 0.6, 0.2 / 0.2
    ("svg:color-dodge", [128, 255, 255, 255]),
    // 1 - min(1, 0.6 / 0.2), 1 - 0.2 / 0.4, 1 - min(1, 0.8 / 0.8)
    ("svg:color-burn", [0, 128, 0, 255]),
    // 2 * 0.08, 2 * 0.32, 1 - 2 * 0.8 * 0.2
    ("svg:hard-light", [41, 163, 173, 255]),
    // 0.4 - 0.6 * 0.24, 0.8 - 0.2 * 0.16, 0.2 + 0.6 * 0.248
    ("svg:soft-light", [65, 196, 89, 255]),
    ("svg:difference", [51, 102, 153, 255]),
    // Light of the backdrop 0.614, of the source 0.384; both spans 0.6.
    // Source + 0.23, the third 1.03 clipped: 0.614 + (x - 0.614) * 0.386 / 0.416
    ("svg:hue", [113, 160, 255, 255]),
    ("svg:saturation", BACKDROP),
    ("svg:color", [113, 160, 255, 255]),
    // Backdrop - 0.23, the third -0.03 clipped: 0.384 + (x - 0.384) * 0.384 / 0.414
    ("svg:luminosity", [48, 142, 0, 255]),
    ("svg:plus", [153, 255, 255, 255]),
    ("svg:dst-in", BACKDROP),
    ("svg:dst-out", [0; 4]),
    ("svg:src-atop", SOURCE),
    ("svg:dst-atop", BACKDROP),
];

/// Name, alphas of source and backdrop → alpha, by which shares of both.
const ALPHAS: &[(&str, [u8; 2], u8)] = &[
    ("svg:src-over", [128, 128], 192),
    ("svg:multiply", [128, 128], 192),
    ("svg:plus", [128, 128], 255),
    ("svg:plus", [100, 50], 150),
    ("svg:dst-in", [128, 200], 100),
    ("svg:dst-out", [128, 200], 100),
    ("svg:src-atop", [128, 200], 200),
    ("svg:dst-atop", [128, 200], 128),
];

#[test]
fn modes_mix_opaque_colours_as_in_the_table() {
    for (name, expected) in OPAQUE {
        let found = laid(name, SOURCE, BACKDROP, 1.0);
        let apart = found
            .iter()
            .zip(expected)
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(apart <= Some(1), "{name}: {found:?}, not {expected:?}");
    }
    assert!(Operator::named("krita:colorize").is_none());
}

#[test]
fn alphas_are_those_of_the_table() {
    for (name, [source, backdrop], expected) in ALPHAS {
        let with = |[red, green, blue, _]: [u8; 4], alpha| [red, green, blue, alpha];
        let found = laid(name, with(SOURCE, *source), with(BACKDROP, *backdrop), 1.0);
        assert!(found[3].abs_diff(*expected) <= 1, "{name}: {found:?}");
    }
}

#[test]
fn a_picture_is_placed_and_cut() {
    let mut canvas = Picture::filled(Size::new(3, 2), BACKDROP);
    let layer = Picture::filled(Size::new(2, 5), SOURCE);
    canvas.blend(&layer, [2, -4], Operator::OVER, 1.0);
    assert_eq!(canvas.row(0), [BACKDROP, BACKDROP, SOURCE]);
    assert_eq!(canvas.row(1), [BACKDROP; 3]);
    // Where a mask does not reach it takes away.
    canvas.blend(&layer, [0, 0], Operator::named("svg:dst-in").unwrap(), 1.0);
    assert_eq!(canvas.row(1), [BACKDROP, BACKDROP, [0; 4]]);
}

proptest! {
    #[test]
    fn the_usual_operator_is_the_usual_blend(source: [u8; 4], backdrop: [u8; 4]) {
        let (found, expected) = (laid("svg:src-over", source, backdrop, 1.0), over(source, backdrop));
        prop_assert_eq!(found[3], expected[3]);
        let weak = found[3] == 0;
        for (found, expected) in found.iter().zip(expected) {
            prop_assert!(weak || found.abs_diff(expected) <= 1, "{found} {expected}");
        }
    }

    /// No mode shows anything of a transparent source, or changes the colour of a source on nothing.
    #[test]
    fn transparent_pixels_do_not_show(source: [u8; 4], backdrop: [u8; 4], mode in prop::sample::select(&OPAQUE[..15])) {
        let clear = [source[0], source[1], source[2], 0];
        let found = laid(mode.0, clear, backdrop, 1.0);
        prop_assert!(found == backdrop || backdrop[3] == 0);
        let nothing = [backdrop[0], backdrop[1], backdrop[2], 0];
        let found = laid(mode.0, source, nothing, 1.0);
        prop_assert!(found == source || source[3] == 0);
    }
}
