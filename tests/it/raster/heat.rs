//! Masks out of heat maps.

use pentimento::raster::Size;
use pentimento::raster::heat::{Heat, HeatMask};

const SIDE: u32 = 88;

/// Sure inside a square in the middle by `inner`, elsewhere by `outer`.
fn square(inner: f32, outer: f32, from: u32, to: u32) -> Heat {
    let value = |at: u32| {
        let (x, y) = (at % SIDE, at / SIDE);
        let inside = (from..to).contains(&x) && (from..to).contains(&y);
        if inside { inner } else { outer }
    };
    Heat::new(Size::new(SIDE, SIDE), (0..SIDE * SIDE).map(value).collect())
}

const SHARP: HeatMask = HeatMask {
    threshold: 0.4,
    dilate: 0.0,
    blur: 0.0,
};

#[test]
fn what_is_sure_enough_is_masked_at_any_size() {
    let heat = square(0.7, 0.2, 22, 66);
    for size in [
        Size::new(88, 88),
        Size::new(352, 88),
        Size::new(50, 70),
        Size::new(3000, 1500),
        Size::new(1, 1),
    ] {
        for how in [SHARP, HeatMask { blur: 2.0, ..SHARP }] {
            let mask = heat.mask(size, &how).unwrap();
            assert_eq!(mask.size(), size);
            // A square of a quarter of the picture, brought to full.
            assert!(mask.value(size.width / 2, size.height / 2) > 0, "{size}");
            if size.area() > 1 {
                assert_eq!(mask.value(size.width / 2, size.height / 2), 255);
                assert_eq!(mask.value(0, 0), 0, "{size}");
                assert!((mask.coverage() - 0.25).abs() < 0.03, "{size}, {how:?}");
            }
        }
    }
}

#[test]
fn growth_reaches_as_far_as_it_says() {
    let heat = square(0.9, 0.0, 40, 48);
    let grown = HeatMask {
        dilate: 10.0,
        ..SHARP
    };
    let mask = heat.mask(Size::new(4 * SIDE, 4 * SIDE), &grown).unwrap();
    // From the square's edge at 4 * 48 on: 40 pixels of the picture, for 10 of the map.
    let row: Vec<u8> = mask.row(2 * SIDE).to_vec();
    let last = row.iter().rposition(|value| *value >= 128).unwrap();
    assert!((228..=234).contains(&last), "{last}");
}

#[test]
fn nothing_all_and_a_speck() {
    let size = Size::new(200, 100);
    assert!(square(0.4, 0.4, 0, 0).mask(size, &SHARP).is_none());
    assert!(
        square(0.3, 0.1, 22, 66)
            .mask(size, &HeatMask::default())
            .is_none()
    );
    // The node divides by nothing where all is one value.
    let all = square(0.9, 0.9, 0, 0)
        .mask(size, &HeatMask::default())
        .unwrap();
    assert!(all.values().iter().all(|value| *value == 255));
    let speck = square(0.5, 0.0, 44, 45);
    let wide = HeatMask {
        blur: 40.0,
        ..HeatMask::default()
    };
    let mask = speck.mask(size, &wide).unwrap();
    assert_eq!(mask.values().iter().max(), Some(&255));
}

#[test]
fn the_surest_of_several_counts() {
    let (left, right) = (square(0.9, 0.1, 10, 30), square(0.8, 0.2, 50, 80));
    let both = Heat::surest(&[left, right]).unwrap();
    assert_eq!(both.most(), 0.9);
    let at = |x: usize, y: usize| both.values()[y * SIDE as usize + x];
    assert_eq!((at(20, 20), at(60, 60), at(0, 0)), (0.9, 0.8, 0.2));
    assert!(Heat::surest(&[]).is_none());
    let colors = both.picture(Size::new(SIDE, SIDE));
    let light = |x, y| {
        colors.pixel(x, y)[..3]
            .iter()
            .map(|c| u32::from(*c))
            .sum::<u32>()
    };
    assert!(light(20, 20) > light(60, 60) && light(60, 60) > light(0, 0));
}
