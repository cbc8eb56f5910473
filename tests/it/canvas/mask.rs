//! The mask that is shown against the mask that will be used: wet strokes and blur against their twins.

use pentimento::canvas::{Canvas, View};
use pentimento::document::{Brush, Document, EditName, StrokeMode, StrokePoint};
use pentimento::raster::blur::gaussian;
use pentimento::raster::{Mask, Picture, Size};

use super::screen::Screen;
use super::{PLAIN, black_and_white};

/// Larger than the tiles by which regions grow, and a multiple of nothing.
const SIZE: Size = Size::new(701, 523);

const SOFT: Brush = Brush {
    radius: 40.0,
    hardness: 0.3,
    opacity: 0.8,
    size_by_pressure: true,
    opacity_by_pressure: false,
};

const HARD: Brush = Brush {
    radius: 11.5,
    hardness: 1.0,
    opacity: 1.0,
    size_by_pressure: false,
    opacity_by_pressure: false,
};

fn point(x: f32, y: f32, pressure: f32) -> StrokePoint {
    StrokePoint { x, y, pressure }
}

/// The mask that is shown, read off the screen at 100 %.
fn shown(screen: &Screen, canvas: &Canvas, size: Size) -> Mask {
    let rect = screen.rect();
    let middle = rect.center();
    let view = View::fit(size, rect, 1.0).with_zoom_at(1.0, middle, rect, 1.0);
    let corner = view.screen_from_picture(Default::default(), rect, 1.0);
    let seen = screen.draw(|painter| canvas.paint(painter, rect, &black_and_white(view)));
    Mask::from_fn(size, |x, y| {
        seen.pixel(corner.x as u32 + x, corner.y as u32 + y)[0]
    })
}

/// The mask that will be used.
fn used(document: &Document, sigma: [f32; 2]) -> Mask {
    let mut mask = Mask::clone(document.mask());
    if let Some(wet) = document.wet() {
        wet.rasterise(&mut mask);
    }
    gaussian(&mask, sigma[0], sigma[1])
}

/// The largest difference, and where it is.
fn worst(a: &Mask, b: &Mask) -> (u8, usize) {
    let differences = a
        .values()
        .iter()
        .zip(b.values())
        .map(|(a, b)| a.abs_diff(*b));
    differences
        .zip(0..)
        .max_by_key(|&(difference, _)| difference)
        .unwrap()
}

fn blank(size: Size) -> Document {
    Document::new(Picture::filled(size, [90, 120, 40, 255]))
}

/// Each stroke is drawn point by point, as it comes.
#[test]
fn wet_strokes_cover_what_they_will_cover() {
    let Some(screen) = Screen::new([SIZE.width, SIZE.height], 1.0, PLAIN) else {
        return;
    };
    let strokes: [(&str, Brush, &[[f32; 3]]); 6] = [
        ("one point", SOFT, &[[300.0, 200.0, 1.0]]),
        (
            "pressure",
            SOFT,
            &[[60.0, 60.0, 0.1], [300.0, 80.0, 1.0], [200.0, 400.0, 0.4]],
        ),
        (
            "crossing itself",
            HARD,
            &[
                [50.0, 50.0, 1.0],
                [650.0, 480.0, 1.0],
                [640.0, 30.0, 1.0],
                [50.0, 500.0, 1.0],
            ],
        ),
        (
            "starting outside",
            SOFT,
            &[
                [-200.0, -90.0, 1.0],
                [350.0, 250.0, 0.7],
                [900.0, 600.0, 1.0],
            ],
        ),
        (
            "shorter than a pixel",
            HARD,
            &[[100.3, 100.2, 1.0], [100.6, 100.3, 1.0]],
        ),
        ("outside", HARD, &[[-100.0, 50.0, 1.0], [-50.0, 80.0, 1.0]]),
    ];
    for (name, brush, points) in strokes {
        for mode in [StrokeMode::Paint, StrokeMode::Erase] {
            let mut document = blank(SIZE);
            if mode == StrokeMode::Erase {
                document.edit_mask(EditName::Invert, Mask::invert);
            }
            let mut canvas = Canvas::new(&screen.state);
            let points: Vec<_> = points.iter().map(|&[x, y, p]| point(x, y, p)).collect();
            document.begin_stroke(mode, brush, points[0]);
            for &at in &points {
                document.extend_stroke(at);
                canvas.sync(&mut document, [0.0; 2], None);
            }
            let worst = worst(&shown(&screen, &canvas, SIZE), &used(&document, [0.0; 2]));
            assert!(worst.0 <= 1, "{name}, {mode:?}: off by {worst:?}");
        }
    }
}

#[test]
fn the_blur_is_the_one_that_will_be_used() {
    for size in [SIZE, Size::new(67, 23), Size::new(300, 1), Size::new(1, 1)] {
        let Some(screen) = Screen::new([size.width, size.height], 1.0, PLAIN) else {
            return;
        };
        let mask = Mask::from_fn(size, |x, y| {
            let block = (x / 60 + y / 45) % 3 == 0;
            if block { 255 - (x % 7) as u8 * 20 } else { 0 }
        });
        for sigma in [[0.0, 0.0], [4.0, 4.0], [0.4, 1.5], [12.0, 0.0], [0.0, 30.0]] {
            let mut document = blank(size);
            document.edit_mask(EditName::Import, |_| mask.clone());
            let mut canvas = Canvas::new(&screen.state);
            canvas.sync(&mut document, sigma, None);
            // Without a wet stroke, to the last bit.
            let seen = shown(&screen, &canvas, size);
            assert_eq!(
                worst(&seen, &used(&document, sigma)),
                (0, seen.values().len() - 1),
                "{size} {sigma:?}"
            );
        }
    }
}

/// What is drawn anew where something changed is what would be drawn from nothing.
#[test]
fn the_shown_mask_follows_every_change() {
    let Some(screen) = Screen::new([SIZE.width, SIZE.height], 1.0, PLAIN) else {
        return;
    };
    type Change = fn(&mut Document, &mut [f32; 2]);
    let changes: &[(&str, Change)] = &[
        ("nothing", |_, _| {}),
        ("a stroke begins", |document, _| {
            document.begin_stroke(StrokeMode::Paint, SOFT, point(100.0, 100.0, 1.0))
        }),
        ("goes on", |document, _| {
            document.extend_stroke(point(400.0, 130.0, 0.2))
        }),
        ("and on", |document, _| {
            document.extend_stroke(point(690.0, 500.0, 1.0))
        }),
        ("ends", |document, _| document.end_stroke()),
        ("an eraser", |document, _| {
            document.begin_stroke(StrokeMode::Erase, HARD, point(80.0, 90.0, 1.0))
        }),
        ("goes on", |document, _| {
            document.extend_stroke(point(600.0, 300.0, 1.0))
        }),
        ("another blur", |_, sigma| *sigma = [9.0, 2.0]),
        ("goes on", |document, _| {
            document.extend_stroke(point(300.0, 20.0, 1.0))
        }),
        ("is dropped", |document, _| document.drop_stroke()),
        ("no blur", |_, sigma| *sigma = [0.0, 0.0]),
        ("undo", |document, _| assert!(document.undo().is_some())),
        ("redo", |document, _| assert!(document.redo().is_some())),
        (
            "a stroke after another between two frames",
            |document, _| {
                document.begin_stroke(StrokeMode::Paint, HARD, point(30.0, 500.0, 1.0));
                document.extend_stroke(point(60.0, 400.0, 1.0));
                document.begin_stroke(StrokeMode::Erase, HARD, point(390.0, 130.0, 1.0));
                document.extend_stroke(point(60.0, 410.0, 1.0));
                document.extend_stroke(point(60.0, 470.0, 1.0));
            },
        ),
        ("inverted", |document, _| {
            document.end_stroke();
            document.edit_mask(EditName::Invert, Mask::invert);
        }),
        ("blurred", |_, sigma| *sigma = [3.0, 3.0]),
        ("cleared", |document, _| {
            document.edit_mask(EditName::Clear, |mask| Mask::filled(mask.size(), 0))
        }),
        ("undo", |document, _| assert!(document.undo().is_some())),
        ("another picture of the same size", |document, _| {
            *document = blank(SIZE);
            document.begin_stroke(StrokeMode::Paint, SOFT, point(500.0, 100.0, 1.0));
        }),
        ("another size", |document, _| {
            let size = Size::new(300, 200);
            *document = blank(size);
            document.begin_stroke(StrokeMode::Paint, SOFT, point(150.0, 100.0, 1.0));
        }),
    ];
    let mut document = blank(SIZE);
    let mut sigma = [4.0, 4.0];
    let mut canvas = Canvas::new(&screen.state);
    for (number, (name, change)) in changes.iter().enumerate() {
        change(&mut document, &mut sigma);
        canvas.sync(&mut document, sigma, None);
        let expected = used(&document, sigma);
        let worst = worst(&shown(&screen, &canvas, document.size()), &expected);
        assert!(worst.0 <= 1, "{number}, {name}: off by {worst:?}");
    }
}
