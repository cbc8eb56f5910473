//! Masks of logits: what they say, and how near the picture's own edge the refined ones come.

use pentimento::raster::logits::Logits;
use pentimento::raster::{Mask, Picture, Size};

/// How far a point is inside a shape around the middle of a square, over its side.
fn inside(shape: &str, x: f32, y: f32) -> f32 {
    let (x, y) = (x - 0.51, y - 0.49);
    let reach = match shape {
        "disc" => 0.3,
        _ => 0.24 + 0.1 * (5.0 * y.atan2(x)).cos(),
    };
    reach - x.hypot(y)
}

/// The share of each pixel that lies in a shape, by 4 x 4 points.
fn drawn(shape: &str, side: u32) -> Vec<f32> {
    let share = |at: u32| {
        let (x, y) = ((at % side) as f32, (at / side) as f32);
        let points = (0..16).filter(|point| {
            let (dx, dy) = ((point % 4) as f32, (point / 4) as f32);
            let place = |at: f32, by: f32| (at + (by + 0.5) / 4.0) / side as f32;
            inside(shape, place(x, dx), place(y, dy)) > 0.0
        });
        points.count() as f32 / 16.0
    };
    (0..side * side).map(share).collect()
}

/// Numbers from -1 to 1 that look like none in particular.
fn noise(seed: u32) -> f32 {
    let mixed = seed.wrapping_mul(0x9e37_79b9);
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x85eb_ca6b);
    let mixed = mixed ^ (mixed >> 13);
    (mixed & 0xffff) as f32 / 32768.0 - 1.0
}

/// What a network says of a shape: 256 values on a side, unsure where its edge is.
fn guessed(shape: &str) -> Logits {
    let value = |at: u32| {
        let (x, y) = (at % 256, at / 256);
        // It strays by up to one and a half of its values, over some of them.
        let (wave, along) = (
            (x as f32 / 9.0).sin() + (y as f32 / 7.0).cos(),
            0.75 / 256.0,
        );
        let place = |at: u32| (at as f32 + 0.5) / 256.0;
        let depth = inside(shape, place(x), place(y)) + wave * along;
        (depth * 256.0 * 4.0).clamp(-12.0, 12.0)
    };
    Logits::new(Size::new(256, 256), (0..256 * 256).map(value).collect())
}

/// The mean distance of a mask's edge from the drawn one, pixels.
fn apart(mask: &Mask, drawn: &[f32]) -> f32 {
    let side = mask.size().width as usize;
    let off: f32 = mask
        .values()
        .iter()
        .zip(drawn)
        .map(|(own, drawn)| (f32::from(*own) / 255.0 - drawn).abs())
        .sum();
    let edge: f32 = drawn
        .chunks(side)
        .zip(drawn.chunks(side).skip(1))
        .flat_map(|(row, next)| row.iter().zip(next).map(|(a, b)| (a - b).abs()))
        .sum();
    off / edge
}

/// Shape, side of the picture, its two colours, how noisy they are, and the share of the plain mask's error that may be left.
type Drawn = (&'static str, u32, [[f32; 3]; 2], f32, f32);

const DRAWN: [Drawn; 8] = [
    ("disc", 384, CLEAR, 8.0, 0.65),
    ("star", 384, CLEAR, 8.0, 0.55),
    ("disc", 700, CLEAR, 60.0, 0.75),
    ("star", 700, CLEAR, 60.0, 0.55),
    ("star", 700, NEAR, 8.0, 0.5),
    // Without an edge in the picture as good as nothing is lost.
    ("disc", 700, [[128.0; 3]; 2], 8.0, 1.1),
    // Lines of cells that are more than a pixel.
    ("star", 1400, CLEAR, 60.0, 0.55),
    ("disc", 1400, NEAR, 8.0, 0.65),
];

const CLEAR: [[f32; 3]; 2] = [[200.0, 60.0, 60.0], [60.0, 80.0, 160.0]];
const NEAR: [[f32; 3]; 2] = [[150.0, 130.0, 120.0], [120.0, 120.0, 140.0]];

#[test]
fn a_refined_edge_is_the_pictures_own() {
    for (shape, side, [fore, back], loud, most) in DRAWN {
        let share = drawn(shape, side);
        let size = Size::new(side, side);
        let picture = Picture::from_fn(size, |x, y| {
            let at = y * side + x;
            let channel = |channel: usize| {
                let share = share[at as usize];
                let color = fore[channel] * share + back[channel] * (1.0 - share);
                let loud = loud * noise(3 * at + channel as u32);
                (color + loud).clamp(0.0, 255.0).round() as u8
            };
            [channel(0), channel(1), channel(2), 255]
        });
        let logits = guessed(shape);
        let plain = apart(&logits.mask(size), &share);
        let refined = apart(&logits.refined(&picture), &share);
        assert!(
            refined < plain * most,
            "{shape} of {side}, {loud}: {refined} px, plain {plain} px"
        );
    }
}

/// Along a straight edge the refined mask is soft over one pixel, and sure beside it.
#[test]
fn a_refined_edge_is_one_pixel_soft() {
    let size = Size::new(300, 40);
    let picture = Picture::from_fn(size, |x, _| match x {
        0..130 => [200, 190, 180, 255],
        130 => [120, 115, 110, 255],
        _ => [40, 40, 40, 255],
    });
    // Its edge is a pixel off.
    let ramp = |at: u32| (131.0 / 300.0 * 75.0 - (at % 75) as f32 - 0.5) * 3.0;
    let logits = Logits::new(Size::new(75, 10), (0..750).map(ramp).collect());
    let mask = logits.refined(&picture);
    for y in 0..40 {
        let row = mask.row(y);
        assert!(row[..130].iter().all(|value| *value == 255), "{row:?}");
        assert!((60..=215).contains(&row[130]), "{row:?}");
        assert!(row[131..].iter().all(|value| *value == 0), "{row:?}");
    }
}

/// Size of the logits, their value, size of the picture, and the value of both masks.
const PLAIN: [([u32; 2], f32, [u32; 2], u8); 5] = [
    ([1, 1], 3.0, [1, 1], 255),
    ([1, 1], 0.0, [7, 5], 0),
    ([256, 256], -1e30, [3, 200], 0),
    ([256, 256], 1e30, [200, 3], 255),
    ([64, 32], 1e-9, [129, 65], 255),
];

#[test]
fn what_is_all_inside_or_all_outside_stays_so() {
    for ([wide, high], value, [width, height], mask) in PLAIN {
        let logits = Size::new(wide, high);
        let logits = Logits::new(logits, vec![value; logits.area()]);
        let size = Size::new(width, height);
        let picture = Picture::from_fn(size, |x, y| [(x * 40) as u8, (y * 90) as u8, 7, 255]);
        let all = Mask::filled(size, mask);
        assert_eq!(logits.mask(size), all);
        assert_eq!(logits.refined(&picture), all);
    }
}
