use pentimento::raster::{Picture, Rect, Size, faded, over};

/// The same blend in floating point, unrounded: alpha and colours.
fn exact(top: [u8; 4], base: [u8; 4]) -> [f64; 4] {
    let unit = |value: u8| f64::from(value) / 255.0;
    let (t, b) = (unit(top[3]), unit(base[3]));
    let alpha = t + b * (1.0 - t);
    let color =
        |i: usize| (f64::from(top[i]) * t + f64::from(base[i]) * b * (1.0 - t)) / alpha.max(1e-9);
    [color(0), color(1), color(2), 255.0 * alpha]
}

#[test]
fn colours_over_each_other() {
    // Top, base, seen.
    let vectors = [
        ([9, 9, 9, 0], [10, 20, 30, 40], [10, 20, 30, 40]),
        ([1, 2, 3, 255], [10, 20, 30, 40], [1, 2, 3, 255]),
        (
            [200, 0, 100, 128],
            [100, 100, 100, 255],
            [150, 50, 100, 255],
        ),
        ([255, 255, 255, 1], [0, 0, 0, 255], [1, 1, 1, 255]),
        ([220, 30, 20, 128], [0, 0, 0, 0], [220, 30, 20, 128]),
        ([0, 0, 250, 128], [220, 30, 20, 128], [73, 10, 174, 192]),
        ([5, 6, 7, 1], [8, 9, 10, 1], [6, 7, 8, 2]),
    ];
    for (top, base, seen) in vectors {
        assert_eq!(over(top, base), seen, "{top:?} over {base:?}");
    }
}

/// No more than rounding away from the exact blend, for all alphas.
#[test]
fn every_pair_of_alphas_is_rounded_once() {
    for t in 0..=255 {
        for b in 0..=255 {
            for (top, base) in [
                ([250, 3, 77, t], [1, 128, 254, b]),
                ([0, 255, 13, t], [255, 0, 14, b]),
            ] {
                let seen = over(top, base);
                if t == 0 {
                    assert_eq!(seen, base);
                    continue;
                }
                for (value, exact) in seen.into_iter().zip(exact(top, base)) {
                    let off = (f64::from(value) - exact).abs();
                    assert!(off <= 0.5 + 1e-6, "{top:?} over {base:?}: {seen:?}");
                }
            }
        }
    }
}

#[test]
fn fading_takes_a_share_of_the_alpha() {
    for (pixel, cover, left) in [
        ([1, 2, 3, 200], 0, [1, 2, 3, 200]),
        ([1, 2, 3, 200], 255, [0; 4]),
        ([1, 2, 3, 200], 128, [1, 2, 3, 100]),
        ([1, 2, 3, 1], 128, [0; 4]),
        ([1, 2, 3, 1], 127, [1, 2, 3, 1]),
        ([9, 9, 9, 0], 5, [0; 4]),
    ] {
        assert_eq!(faded(pixel, cover), left, "{pixel:?} less {cover}");
    }
}

#[test]
fn a_part_of_one_picture_over_another() {
    let size = Size::new(5, 4);
    let base = Picture::from_fn(size, |x, y| [x as u8 * 40, y as u8 * 50, 7, 255 - x as u8]);
    let top = Picture::from_fn(size, |x, y| [9, 8, 200, (x * 60 + y) as u8]);
    let rect = Rect::new(1, 1, 4, 3);
    let mut laid = base.clone();
    laid.lay(&top, rect);
    for (x, y) in (0..5).flat_map(|x| (0..4).map(move |y| (x, y))) {
        let expected = if rect.contains_point(x, y) {
            over(top.pixel(x, y), base.pixel(x, y))
        } else {
            base.pixel(x, y)
        };
        assert_eq!(laid.pixel(x, y), expected);
    }
}
