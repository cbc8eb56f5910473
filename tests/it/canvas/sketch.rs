//! Colour over the picture: a stroke in the making against its twin, and against what it leaves.

use eframe::egui::{Rect as ScreenRect, vec2};
use pentimento::canvas::twin::{Twin, WetSketch};
use pentimento::canvas::{Canvas, Compare, MaskLook, MaskStyle, Scene, View};
use pentimento::document::{Brush, Document, EditName, StrokeMode, StrokePoint};
use pentimento::raster::{Mask, Patch, Picture, Rect, Size};

use super::screen::Screen;
use super::{PLAIN, test_picture};

const PICTURE: Size = Size::new(300, 220);
const SCREEN: [u32; 2] = [320, 240];
const GREEN: [u8; 3] = [40, 230, 70];

const SOFT: Brush = Brush {
    radius: 24.0,
    hardness: 0.4,
    opacity: 0.7,
    size_by_pressure: false,
    opacity_by_pressure: false,
};

fn undo(document: &mut Document) {
    document.undo();
}

fn point(x: f32, y: f32) -> StrokePoint {
    StrokePoint {
        x,
        y,
        pressure: 1.0,
    }
}

fn stroke(document: &mut Document, mode: StrokeMode, color: [u8; 3], points: &[(f32, f32)]) {
    document.begin_sketch(color, mode, SOFT, point(points[0].0, points[0].1));
    for &(x, y) in &points[1..] {
        document.extend_stroke(point(x, y));
    }
}

/// A picture with some colour drawn over it, translucent and not.
fn sketched() -> Document {
    let mut document = Document::new(test_picture(PICTURE));
    let strokes = [([200, 20, 20], 60.0), ([20, 30, 220], 90.0)];
    for (color, y) in strokes {
        stroke(
            &mut document,
            StrokeMode::Paint,
            color,
            &[(40.0, y), (190.0, y + 50.0)],
        );
        document.end_stroke();
    }
    document
}

fn scene(zoom: f32, turns: i32, compare: Compare, screen: ScreenRect) -> Scene {
    let view = View::fit(PICTURE, screen, 1.0).rotated(turns as f32 * 90.0);
    let middle = screen.center() + vec2(-40.0, -20.0);
    Scene {
        view: view.with_zoom_at(zoom, middle, screen, 1.0),
        mask: MaskStyle {
            look: MaskLook::Hidden,
            color: [255; 3],
            opacity: 1.0,
        },
        compare,
    }
}

/// The largest difference of two pictures of the screen, and where it is.
fn worst(seen: &Picture, expected: impl Fn(u32, u32) -> [f32; 4]) -> (f32, [u32; 2]) {
    let mut worst = (0.0, [0, 0]);
    for (y, row) in (0..).zip(seen.rows()) {
        for (x, pixel) in (0..).zip(row) {
            for (&value, expected) in pixel.iter().zip(expected(x, y)) {
                let error = (f32::from(value) - expected).abs();
                if error > worst.0 {
                    worst = (error, [x, y]);
                }
            }
        }
    }
    worst
}

#[test]
fn a_wet_stroke_is_what_the_twin_sees() {
    let Some(screen) = Screen::new(SCREEN, 1.0, PLAIN) else {
        return;
    };
    let mut canvas = Canvas::new(&screen.state);
    let points = [(30.0, 110.0), (120.0, 70.0), (260.0, 140.0)];
    for mode in [StrokeMode::Paint, StrokeMode::Erase] {
        for (zoom, turns, compare) in [
            (0.45, 0, Compare::Layer),
            (1.0, 0, Compare::Layer),
            (1.3, 1, Compare::Picture),
            (6.0, 3, Compare::Wipe(100.0)),
        ] {
            let mut document = sketched();
            canvas.sync(&mut document, [2.0; 2], None);
            // Point by point, as it comes.
            document.begin_sketch(GREEN, mode, SOFT, point(points[0].0, points[0].1));
            for (x, y) in points {
                document.extend_stroke(point(x, y));
                canvas.sync(&mut document, [2.0; 2], None);
            }
            let scene = scene(zoom, turns, compare, screen.rect());
            let seen = screen.draw(|painter| canvas.paint(painter, screen.rect(), &scene));
            let mut coverage = Mask::filled(PICTURE, 0);
            let mut painting = pentimento::document::Stroke::new(StrokeMode::Paint, SOFT);
            for (x, y) in points {
                painting.push(point(x, y));
            }
            painting.rasterise(&mut coverage);
            let (picture, none) = (document.seen(), Mask::filled(PICTURE, 0));
            let twin = Twin::new(&scene, screen.rect(), 1.0, &picture, None, &none).with_stroke(
                WetSketch {
                    coverage: &coverage,
                    mode,
                    color: GREEN,
                    bare: document.picture(),
                },
            );
            // A coverage may be off by 1 of 255 on the device, and what it is mixed of by as much.
            let worst = worst(&seen, |x, y| twin.pixel(x, y).map(|value| value * 255.0));
            assert!(worst.0 <= 2.0, "{mode:?} at {zoom}: off by {worst:?}");
        }
    }
}

/// Lifting the pen changes nothing of what is seen, but for rounding.
#[test]
fn a_wet_stroke_is_what_it_leaves() {
    let Some(screen) = Screen::new(SCREEN, 1.0, PLAIN) else {
        return;
    };
    let scene = scene(1.0, 0, Compare::Layer, screen.rect());
    for mode in [StrokeMode::Paint, StrokeMode::Erase] {
        let mut document = sketched();
        let mut canvas = Canvas::new(&screen.state);
        let mut look = |document: &mut Document| {
            canvas.sync(document, [2.0; 2], None);
            screen.draw(|painter| canvas.paint(painter, screen.rect(), &scene))
        };
        let before = look(&mut document);
        stroke(&mut document, mode, GREEN, &[(30.0, 110.0), (200.0, 90.0)]);
        let wet = look(&mut document);
        document.end_stroke();
        let dry = look(&mut document);
        let off = worst(&wet, |x, y| dry.pixel(x, y).map(f32::from));
        assert!(off.0 <= 3.0, "{mode:?}: off by {off:?}");
        let changed = worst(&before, |x, y| dry.pixel(x, y).map(f32::from));
        assert!(changed.0 > 60.0, "{mode:?} shows nothing: {changed:?}");
        // Dropped, it was never there.
        stroke(&mut document, mode, GREEN, &[(30.0, 30.0), (200.0, 60.0)]);
        look(&mut document);
        document.drop_stroke();
        assert!(look(&mut document) == dry, "{mode:?}");
        document.undo();
        assert!(look(&mut document) == before, "{mode:?}");
    }
}

/// What is written where something changed is what would be written from nothing.
#[test]
fn what_is_seen_follows_every_change_of_the_sketch() {
    type Change = fn(&mut Document);
    let changes: &[(&str, Change)] = &[
        ("nothing", |_| {}),
        ("a stroke", |d| {
            stroke(
                d,
                StrokeMode::Paint,
                GREEN,
                &[(250.0, 20.0), (280.0, 200.0)],
            );
            d.end_stroke();
        }),
        ("a stroke over the mask", |d| {
            d.begin_stroke(StrokeMode::Paint, SOFT, point(100.0, 100.0));
        }),
        ("one over the sketch, at the same point", |d| {
            d.drop_stroke();
            d.begin_sketch(GREEN, StrokeMode::Paint, SOFT, point(100.0, 100.0));
        }),
        ("another, of another colour", |d| {
            d.drop_stroke();
            d.begin_sketch([255; 3], StrokeMode::Paint, SOFT, point(100.0, 100.0));
        }),
        ("its end", |d| d.end_stroke()),
        ("an eraser", |d| {
            stroke(d, StrokeMode::Erase, GREEN, &[(60.0, 70.0)])
        }),
        ("a result under it", |d| {
            let rect = Rect::new(20, 30, 120, 110);
            let pixels = Picture::filled(rect.size(), [90, 90, 10, 255]);
            d.apply(EditName::Result, &Patch::new(rect, pixels));
        }),
        ("its end", |d| d.end_stroke()),
        ("merged", |d| d.merge_sketch()),
        ("undone", undo),
        ("cleared", |d| d.clear_sketch()),
        ("undone", undo),
        ("undone", undo),
        ("undone", undo),
        ("turned", |d| d.rotate(2)),
        ("cut", |d| d.crop(Rect::new(0, 0, 290, 200))),
    ];
    let Some(screen) = Screen::new(SCREEN, 1.0, PLAIN) else {
        return;
    };
    let mut document = sketched();
    let mut canvas = Canvas::new(&screen.state);
    for (number, (what, change)) in changes.iter().enumerate() {
        change(&mut document);
        let mut scene = scene(1.0, 0, Compare::Layer, screen.rect());
        scene.mask.look = MaskLook::Tint;
        let look =
            |canvas: &Canvas| screen.draw(|painter| canvas.paint(painter, screen.rect(), &scene));
        canvas.sync(&mut document, [3.0; 2], None);
        let mut fresh = Canvas::new(&screen.state);
        fresh.sync(&mut document, [3.0; 2], None);
        assert!(look(&canvas) == look(&fresh), "{number}: {what}");
    }
}

/// A large picture is written once, a stroke as far as it goes.
#[test]
fn only_what_a_stroke_changed_is_sent() {
    let Some(screen) = Screen::new([64, 64], 1.0, PLAIN) else {
        return;
    };
    let mut sent = Vec::new();
    for size in [Size::new(400, 300), Size::new(1500, 1000)] {
        let mut canvas = Canvas::new(&screen.state);
        let mut document = Document::new(Picture::filled(size, [90, 90, 90, 255]));
        canvas.sync(&mut document, [0.0; 2], None);
        let mut bytes = Vec::new();
        let mut note = |document: &mut Document| {
            let before = canvas.uploaded_bytes();
            canvas.sync(document, [0.0; 2], None);
            bytes.push(canvas.uploaded_bytes() - before);
        };
        for mode in [StrokeMode::Paint, StrokeMode::Erase] {
            stroke(
                &mut document,
                mode,
                GREEN,
                &[(100.0, 100.0), (140.0, 100.0)],
            );
            note(&mut document);
            document.extend_stroke(point(141.0, 101.0));
            note(&mut document);
            document.end_stroke();
            note(&mut document);
        }
        sent.push(bytes);
    }
    assert_eq!(sent[0], sent[1], "the picture's size does not matter");
    let segment = 36;
    let whole = 4 * 47 * 87..4 * 54 * 96;
    let [begun, moved, ended, erased, erased_on, gone] = sent[0][..] else {
        panic!("{sent:?}");
    };
    assert_eq!((begun, moved), (segment, segment));
    assert!(whole.contains(&ended), "{sent:?}");
    // Erasing leaves the faintest pixels of the edge as they were.
    assert!((ended * 3 / 4..ended).contains(&gone), "{sent:?}");
    // Erasing needs the picture under it, but no more than what the new piece of the stroke covers.
    assert!(whole.contains(&(erased - segment)), "{sent:?}");
    assert!((erased_on - segment) < 4 * 54 * 54, "{sent:?}");
}
