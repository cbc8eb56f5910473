//! Where the tiles of a repaint lie, and how they fade into each other.

use pentimento::diffusion::plan::tiles::Tiles;
use pentimento::raster::{Mask, Rect, Size};
use pentimento::recipe::Recipe;

/// Width and height, tile, mask blur, what is masked of the picture, and how many tiles that makes.
const CASES: &[(Size, u32, f32, Option<Rect>, usize)] = &[
    (Size::new(896, 896), 256, 4.0, None, 36),
    (Size::new(256, 256), 256, 4.0, None, 1),
    (Size::new(257, 100), 256, 4.0, None, 2),
    (Size::new(2048, 1024), 1024, 0.0, None, 6),
    (
        Size::new(1000, 800),
        256,
        4.0,
        Some(Rect::new(100, 200, 700, 500)),
        10,
    ),
    (
        Size::new(1000, 800),
        128,
        64.0,
        Some(Rect::new(100, 200, 400, 500)),
        81,
    ),
    (
        Size::new(600, 600),
        256,
        4.0,
        Some(Rect::new(300, 0, 500, 250)),
        1,
    ),
    (Size::new(300, 5), 8, 0.0, None, 60),
];

#[test]
fn tiles_are_no_larger_than_asked_for_and_leave_nothing() {
    for (size, tile, blur, masked, count) in CASES {
        let size = *size;
        let mask = masked
            .map(|masked| Mask::from_fn(size, |x, y| 255 * u8::from(masked.contains_point(x, y))));
        let recipe = Recipe {
            tile: *tile,
            mask_blur: *blur,
            ..Recipe::default()
        };
        let tiles = Tiles::of(size, mask.as_ref(), &recipe);
        let case = format!("{size} in tiles of {tile}, {masked:?}");
        assert_eq!(tiles.parts.len(), *count, "{case}");
        let whole = masked.unwrap_or(Rect::of(size));
        // What is painted of each pixel, one tile laid over the other.
        let mut painted = vec![0.0_f32; size.area()];
        let mut steepest = 0;
        for part in &tiles.parts {
            assert!(whole.contains(*part), "{case}: {part:?}");
            let Size { width, height } = part.size();
            assert!(width.max(height) <= *tile, "{case}: {part:?}");
            let seen = tiles.surroundings(*part);
            let faded = tiles.mask(*part, seen);
            for y in part.top..part.bottom {
                let row = faded.row(y - seen.top);
                for x in part.left..part.right {
                    let share = f32::from(row[(x - seen.left) as usize]) / 255.0;
                    let pixel = &mut painted[(y * size.width + x) as usize];
                    *pixel += (1.0 - *pixel) * share;
                    if x > part.left {
                        let step = row[(x - seen.left) as usize]
                            .abs_diff(row[(x - seen.left - 1) as usize]);
                        steepest = steepest.max(step);
                    }
                }
            }
        }
        let least = (whole.top..whole.bottom)
            .flat_map(|y| (whole.left..whole.right).map(move |x| (x, y)))
            .map(|(x, y)| painted[(y * size.width + x) as usize])
            .fold(1.0, f32::min);
        assert!(least > 0.995, "{case}: {least}");
        if *tile >= 128 && tiles.parts.len() > 1 {
            assert!(steepest > 0, "{case}: no tile fades");
            assert!(steepest <= 16, "{case}: an edge of {steepest}");
        }
    }
}
