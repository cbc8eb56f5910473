use pentimento::raster::{Mask, Patch, Picture, Rect, Size};
use proptest::prelude::*;

use super::{difference, golden_cases, read_picture};

fn numbered(size: Size) -> Picture {
    Picture::from_fn(size, |x, y| {
        [
            x as u8,
            y as u8,
            (x * 7 + y * 13) as u8,
            255 - (x % 3) as u8 * 100,
        ]
    })
}

#[test]
fn pixels_lie_row_by_row() {
    let picture = numbered(Size::new(5, 3));
    let by_rows: Vec<_> = picture.rows().flatten().copied().collect();
    assert_eq!(by_rows, picture.pixels());
    for (i, &pixel) in picture.pixels().iter().enumerate() {
        let (x, y) = (i as u32 % 5, i as u32 / 5);
        assert_eq!(pixel[..2], [x as u8, y as u8]);
        assert_eq!(picture.pixel(x, y), pixel);
    }
    for channel in 0..4 {
        let values: Vec<_> = picture
            .pixels()
            .iter()
            .map(|pixel| pixel[channel])
            .collect();
        assert_eq!(picture.channel(channel).collect::<Vec<_>>(), values);
    }
    assert_eq!(
        Picture::filled(Size::new(0, 4), [1; 4])
            .rows()
            .flatten()
            .count(),
        0
    );
}

#[test]
fn every_crop_of_a_small_picture() {
    let picture = numbered(Size::new(4, 3));
    for (left, top) in (0..=4).flat_map(|x| (0..=3).map(move |y| (x, y))) {
        for (right, bottom) in (left..=4).flat_map(|x| (top..=3).map(move |y| (x, y))) {
            let crop = picture.crop(Rect::new(left, top, right, bottom));
            let expected = Picture::from_fn(Size::new(right - left, bottom - top), |x, y| {
                picture.pixel(left + x, top + y)
            });
            assert_eq!(crop.pixels(), expected.pixels());
        }
    }
}

#[test]
fn edges_are_repeated_on_every_side() {
    let picture = numbered(Size::new(3, 2));
    for (size, left, top) in [
        (Size::new(3, 2), 0, 0),
        (Size::new(8, 2), 0, 0),
        (Size::new(3, 8), 0, 6),
        (Size::new(8, 8), 2, 3),
    ] {
        let inner = Rect::new(left, top, left + 3, top + 2);
        let expected = Picture::from_fn(size, |x, y| {
            picture.pixel(x.clamp(left, left + 2) - left, y.clamp(top, top + 1) - top)
        });
        let extended = picture.extend_edges(size, inner);
        assert_eq!(extended.pixels(), expected.pixels());
    }
}

/// Exact rounding for every base, new value and coverage.
#[test]
fn composite_is_the_rounded_blend() {
    let size = Size::new(256, 256);
    let base = Picture::from_fn(size, |x, _| [x as u8, 0, 0, 255]);
    let new = Picture::from_fn(size, |_, y| [y as u8, 0, 0, 255]);
    for alpha in 0..=255 {
        let blend = base.composite(&new, &Mask::filled(size, alpha), &Mask::filled(size, 0));
        let a = f64::from(alpha) / 255.0;
        for (i, pixel) in blend.pixels().iter().enumerate() {
            let (base, new) = ((i % 256) as f64, (i / 256) as f64);
            let expected = (base * (1.0 - a) + new * a).round();
            assert_eq!(
                pixel,
                &[expected as u8, 0, 0, 255],
                "{base} to {new} at {alpha}"
            );
        }
    }
}

/// Any picture of any transparency, with a rectangle inside it.
fn cases() -> impl Strategy<Value = (Picture, Picture, Mask, Rect)> {
    (1..9u32, 1..9u32).prop_flat_map(|(width, height)| {
        let size = Size::new(width, height);
        let rect = (0..width, 0..height)
            .prop_flat_map(move |(l, t)| (Just(l), Just(t), l..=width, t..=height))
            .prop_map(|(l, t, r, b)| Rect::new(l, t, r, b));
        let coverage = prop_oneof![Just(0u8), Just(255u8), any::<u8>()];
        (
            prop::collection::vec(any::<[u8; 4]>(), size.area()),
            prop::collection::vec(any::<[u8; 4]>(), size.area()),
            prop::collection::vec(coverage, size.area()),
            rect,
        )
            .prop_map(move |(base, new, mask, rect)| {
                let new = Picture::new(size, new).crop(rect);
                (Picture::new(size, base), new, Mask::new(size, mask), rect)
            })
    })
}

proptest! {
    #[test]
    fn composite_keeps_what_the_mask_keeps((base, new, mask, rect) in cases(), fill: bool) {
        let filled = if fill { Mask::filled(mask.size(), 255) } else { mask.clone() };
        let mut after = base.clone();
        let laid = base.crop(rect).composite(&new, &mask.crop(rect), &filled.crop(rect));
        after.paste(&Patch::new(rect, laid));
        for y in 0..base.size().height {
            for x in 0..base.size().width {
                let (was, is) = (base.pixel(x, y), after.pixel(x, y));
                if !rect.contains_point(x, y) || mask.value(x, y) == 0 {
                    prop_assert_eq!(was, is);
                    continue;
                }
                let new = new.pixel(x - rect.left, y - rect.top);
                let of_new = |mask: &Mask| (f64::from(new[3]) * f64::from(mask.value(x, y)) / 255.0).round();
                let covered = of_new(&mask);
                if covered == 0.0 {
                    prop_assert_eq!(was, is);
                    continue;
                }
                let filled = if covered == 255.0 { covered } else { of_new(&filled) };
                let opaque = filled + f64::from(was[3]) * (1.0 - filled / 255.0);
                prop_assert_eq!(f64::from(is[3]), opaque.round());
                for channel in 0..3 {
                    let (old, fresh) = (f64::from(was[channel]), f64::from(new[channel]));
                    let of_old = f64::from(was[3]) * (1.0 - covered / 255.0);
                    let mixed = (of_old * old + (opaque - of_old) * fresh) / opaque;
                    prop_assert!((f64::from(is[channel]) - mixed).abs() <= 0.5 + 1e-9);
                }
                if covered == 255.0 || (was[3] == 0 && covered > 0.0) {
                    prop_assert_eq!(&new[..3], &is[..3], "over nothing, or over all");
                }
            }
        }
    }

    #[test]
    fn a_crop_pasted_back_changes_nothing((base, _, _, rect) in cases()) {
        let mut after = Picture::filled(base.size(), [9; 4]);
        after.paste(&Patch::new(Rect::of(base.size()), base.clone()));
        after.paste(&Patch::new(rect, base.crop(rect)));
        prop_assert_eq!(after, base);
    }
}

#[test]
fn lanczos_agrees_with_pillow() {
    for (what, source, expected) in golden_cases("golden/resize") {
        if !what.starts_with("lanczos") {
            continue;
        }
        let expected = read_picture(&expected);
        let found = read_picture(&source).resize(expected.size());
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

#[test]
fn resizing_keeps_plain_colours_and_alpha() {
    let sizes = [(1, 1), (2, 3), (7, 5), (64, 64)].map(|(w, h)| Size::new(w, h));
    for pixel in [
        [255, 255, 255, 255],
        [0, 0, 0, 255],
        [10, 200, 97, 255],
        [10, 200, 97, 128],
        [10, 200, 97, 2],
    ] {
        for from in sizes {
            for to in sizes {
                let resized = Picture::filled(from, pixel).resize(to);
                assert_eq!(
                    resized,
                    Picture::filled(to, pixel),
                    "{from} to {to} of {pixel:?}"
                );
            }
        }
    }
}

/// Colours of transparent pixels do not bleed: red shrunk beside invisible green stays red.
#[test]
fn resizing_weighs_by_alpha() {
    let picture = Picture::from_fn(Size::new(64, 64), |x, _| {
        if x < 32 {
            [250, 0, 0, 255]
        } else {
            [0, 250, 0, 0]
        }
    });
    for size in [Size::new(9, 9), Size::new(100, 64)] {
        for pixel in picture
            .resize(size)
            .pixels()
            .iter()
            .filter(|pixel| pixel[3] > 0)
        {
            assert!(pixel[0] >= 249 && pixel[1] == 0, "{pixel:?}");
        }
    }
    let same = picture.resize(picture.size());
    assert_eq!(same, picture);
}

#[test]
fn flattening_puts_the_picture_on_a_ground() {
    let picture = Picture::new(
        Size::new(3, 1),
        vec![[10, 20, 30, 255], [10, 20, 30, 0], [0, 100, 255, 51]],
    );
    let expected = [
        [10, 20, 30, 255],
        [255, 255, 255, 255],
        [204, 224, 255, 255],
    ];
    assert_eq!(picture.flatten([255; 3]).pixels(), expected);
}
