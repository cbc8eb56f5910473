//! How much is sent to the device: what changed, whatever the picture's size.

use std::sync::Arc;

use pentimento::canvas::{Canvas, Layer};
use pentimento::document::{Brush, Document, EditName, StrokeMode, StrokePoint};
use pentimento::raster::{Mask, Patch, Picture, Rect, Size};

use super::PLAIN;
use super::screen::Screen;

const BRUSH: Brush = Brush {
    radius: 20.0,
    hardness: 0.5,
    opacity: 1.0,
    size_by_pressure: false,
    opacity_by_pressure: false,
};

fn point(x: f32, y: f32) -> StrokePoint {
    StrokePoint {
        x,
        y,
        pressure: 1.0,
    }
}

fn uploaded(canvas: &mut Canvas, document: &mut Document, layer: Option<&Layer>) -> u64 {
    let before = canvas.uploaded_bytes();
    while canvas.sync(document, [4.0; 2], layer) {}
    canvas.uploaded_bytes() - before
}

/// The bytes of each event, and of the picture before them.
fn events(screen: &Screen, size: Size) -> (u64, Vec<(&'static str, u64)>) {
    let mut canvas = Canvas::new(&screen.state);
    let mut document = Document::new(Picture::filled(size, [1, 2, 3, 255]));
    // The blur's kernel is sent with the first.
    let opened = uploaded(&mut canvas, &mut document, None);
    let mut events = Vec::new();
    let mut note = |what, canvas: &mut Canvas, document: &mut Document, layer: Option<&Layer>| {
        events.push((what, uploaded(canvas, document, layer)));
    };
    note("nothing", &mut canvas, &mut document, None);
    document.begin_stroke(StrokeMode::Paint, BRUSH, point(100.0, 100.0));
    note("pen down", &mut canvas, &mut document, None);
    document.extend_stroke(point(110.0, 120.0));
    note("first move", &mut canvas, &mut document, None);
    for x in 0..10 {
        document.extend_stroke(point(120.0 + x as f32, 120.0));
        note("move", &mut canvas, &mut document, None);
    }
    document.end_stroke();
    note("pen up", &mut canvas, &mut document, None);
    document.undo();
    note("undo", &mut canvas, &mut document, None);
    let patch = Patch::new(
        Rect::new(10, 20, 74, 52),
        Picture::filled(Size::new(64, 32), [9; 4]),
    );
    document.apply(EditName::Result, &patch);
    note("result", &mut canvas, &mut document, None);
    let layer = Layer {
        id: 7,
        patch: Arc::new(patch),
    };
    note("layer", &mut canvas, &mut document, Some(&layer));
    note("same layer", &mut canvas, &mut document, Some(&layer));
    (opened, events)
}

#[test]
fn only_what_changed_is_sent() {
    let Some(screen) = Screen::new([64, 64], 1.0, PLAIN) else {
        return;
    };
    let small = Size::new(256, 256);
    let (opened, sent) = events(&screen, small);
    assert!(
        (opened - small.area() as u64 * 4) < 100,
        "picture and kernel, no mask: {opened}"
    );
    // The stroke spans x 80..150, y 80..141 or so; one byte a pixel.
    let segment = 36;
    for &(what, bytes) in &sent {
        let expected = match what {
            "nothing" | "same layer" => 0..=0,
            "pen down" | "first move" | "move" => segment..=segment,
            "pen up" | "undo" => 3000..=5000,
            _ => 64 * 32 * 4..=64 * 32 * 4,
        };
        assert!(expected.contains(&bytes), "{what}: {bytes} bytes");
    }
    let (_, of_large) = events(&screen, Size::new(2048, 1024));
    assert_eq!(sent, of_large, "the picture's size does not matter");
}

#[test]
fn a_full_mask_is_sent_once() {
    let Some(screen) = Screen::new([64, 64], 1.0, PLAIN) else {
        return;
    };
    let size = Size::new(500, 300);
    let mut canvas = Canvas::new(&screen.state);
    let mut document = Document::new(Picture::filled(size, [0; 4]));
    uploaded(&mut canvas, &mut document, None);
    document.edit_mask(EditName::Invert, Mask::invert);
    assert_eq!(
        uploaded(&mut canvas, &mut document, None),
        size.area() as u64
    );
    assert_eq!(uploaded(&mut canvas, &mut document, None), 0);
}
