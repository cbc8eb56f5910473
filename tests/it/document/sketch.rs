//! The sketch: colour over the picture, and what results, shapes of the picture and undo make of it.

use std::sync::Arc;

use pentimento::document::StrokeMode::{self, Erase, Paint};
use pentimento::document::{Brush, Dirty, Document, EditName, Ink};
use pentimento::raster::{Axis, Mask, Patch, Picture, Rect, Size, over};

use super::{State, at, brush, document, draw, rasterised, stroke};

const RED: [u8; 3] = [220, 30, 20];

/// A whole colour stroke, from press to release.
fn color(
    document: &mut Document,
    mode: StrokeMode,
    rgb: [u8; 3],
    brush: Brush,
    points: &[(f32, f32)],
) {
    document.begin_sketch(rgb, mode, brush, at(points[0].0, points[0].1));
    for &(x, y) in &points[1..] {
        document.extend_stroke(at(x, y));
    }
    document.end_stroke();
}

/// A document with a red dot of half the opacity, soft at its edge.
fn sketched() -> Document {
    let mut document = document(40, 30);
    color(
        &mut document,
        Paint,
        RED,
        brush(6.0, 0.5, 0.5),
        &[(12.0, 14.0), (20.0, 14.0)],
    );
    document
}

#[test]
fn a_stroke_covers_once_and_strokes_cover_each_other() {
    let mut document = document(40, 30);
    assert!(document.sketch().is_none() && document.sketch_bounds().is_none());
    assert!(
        Arc::ptr_eq(&document.seen(), document.picture()),
        "a copy of nothing"
    );
    document.take_dirty();
    // There and back: the coverage of one stroke does not add up.
    let soft = brush(6.0, 0.5, 0.5);
    let points = [(12.0, 14.0), (20.0, 14.0), (12.0, 14.0)];
    document.begin_sketch(RED, Paint, soft, at(12.0, 14.0));
    assert_eq!(document.wet_ink(), Some(Ink::Color(RED)));
    assert_eq!(document.take_dirty(), Dirty::NONE);
    document.drop_stroke();
    assert_eq!((document.wet_ink(), document.undo_name()), (None, None));

    color(&mut document, Paint, RED, soft, &points);
    let covers = rasterised(
        document.size(),
        &stroke(Paint, soft, &points.map(|(x, y)| at(x, y))),
    );
    let sketch = document.sketch().unwrap().clone();
    for (pixel, &cover) in sketch.pixels().iter().zip(covers.values()) {
        let expected = if cover == 0 {
            [0; 4]
        } else {
            [220, 30, 20, cover]
        };
        assert_eq!(*pixel, expected);
    }
    assert_eq!(sketch.pixel(14, 14)[3], 128);
    assert_eq!(document.sketch_bounds(), covers.bounds());
    let dirty = document.take_dirty();
    assert_eq!(
        (dirty.sketch, dirty.picture, dirty.mask),
        (covers.bounds().unwrap(), Rect::EMPTY, Rect::EMPTY)
    );
    assert_eq!(document.take_unrecorded().sketch, Rect::of(document.size()));
    assert_eq!(document.undo_name(), Some(EditName::Sketch));

    // The next stroke lies over it.
    color(&mut document, Paint, [0, 0, 250], soft, &points);
    let twice = document.sketch().unwrap();
    assert_eq!(
        twice.pixel(14, 14),
        over([0, 0, 250, 128], [220, 30, 20, 128])
    );
    assert_eq!(twice.pixel(14, 14)[3], 192);
    assert_eq!(document.seen_at(14, 14), document.seen().pixel(14, 14));
    assert_eq!(document.seen_at(0, 0), document.picture().pixel(0, 0));
    // One copy for all who ask, until something changes.
    let seen = document.seen();
    assert!(Arc::ptr_eq(&seen, &document.seen()));
    document.undo();
    assert!(!Arc::ptr_eq(&seen, &document.seen()));
    assert_eq!(*document.sketch().unwrap(), sketch);
}

#[test]
fn erasing_all_of_it_leaves_no_sketch() {
    let mut document = sketched();
    let whole = State::of(&document);
    color(
        &mut document,
        Erase,
        RED,
        brush(6.0, 1.0, 0.5),
        &[(14.0, 14.0)],
    );
    assert_eq!(document.undo_name(), Some(EditName::EraseSketch));
    let half = document.sketch().unwrap().pixel(14, 14);
    assert_eq!(half, [220, 30, 20, 64], "128 less half of it, rounded");
    color(
        &mut document,
        Erase,
        RED,
        brush(60.0, 1.0, 1.0),
        &[(14.0, 14.0)],
    );
    assert!(document.sketch().is_none() && document.sketch_bounds().is_none());
    assert!(Arc::ptr_eq(&document.seen(), document.picture()));
    document.undo();
    assert_eq!(document.sketch().unwrap().pixel(14, 14), half);
    document.undo();
    assert!(whole.is(&document));
    document.undo();
    assert!(document.sketch().is_none());
    document.redo();
    assert!(whole.is(&document));

    // What changes nothing is no step: erasing where nothing is, and covering with nothing.
    let mut document = super::document(40, 30);
    color(
        &mut document,
        Erase,
        RED,
        brush(6.0, 1.0, 1.0),
        &[(14.0, 14.0)],
    );
    color(
        &mut document,
        Paint,
        RED,
        brush(6.0, 1.0, 0.0),
        &[(14.0, 14.0)],
    );
    color(
        &mut document,
        Paint,
        RED,
        brush(6.0, 1.0, 1.0),
        &[(-90.0, 14.0)],
    );
    document.clear_sketch();
    document.merge_sketch();
    document.mask_sketch();
    assert_eq!((document.undo_name(), document.revision()), (None, 0));
    assert!(document.sketch().is_none());
}

#[test]
fn clearing_merging_and_masking_are_one_step_each() {
    type Step = fn(&mut Document);
    let steps: [(EditName, Step); 3] = [
        (EditName::ClearSketch, Document::clear_sketch),
        (EditName::MergeSketch, Document::merge_sketch),
        (EditName::MaskSketch, Document::mask_sketch),
    ];
    for (name, step) in steps {
        let mut document = sketched();
        draw(
            &mut document,
            Paint,
            brush(5.0, 1.0, 1.0),
            &[at(12.0, 14.0)],
        );
        let start = State::of(&document);
        let (seen, mask) = (document.seen(), document.mask().clone());
        let sketch = document.sketch().unwrap().clone();
        let bounds = document.sketch_bounds().unwrap();
        document.take_dirty();
        step(&mut document);
        assert_eq!(document.undo_name(), Some(name));
        let dirty = document.take_dirty();
        match name {
            EditName::ClearSketch => {
                assert!(document.sketch().is_none() && start.picture == **document.picture());
                assert_eq!((dirty.sketch, dirty.picture), (bounds, Rect::EMPTY));
            }
            EditName::MergeSketch => {
                assert!(document.sketch().is_none() && seen == *document.picture());
                assert_eq!((dirty.sketch, dirty.picture), (bounds, bounds));
            }
            _ => {
                let drawn = Mask::new(document.size(), sketch.channel(3).collect());
                assert_eq!(**document.mask(), mask.union(&drawn));
                assert_ne!(*document.mask(), mask);
                assert_eq!(document.sketch(), Some(&sketch));
            }
        }
        let after = State::of(&document);
        assert_eq!(document.undo(), Some(name));
        assert!(start.is(&document), "{name:?}");
        document.redo();
        assert!(after.is(&document), "{name:?}");
    }
}

#[test]
fn a_result_is_what_is_seen_and_leaves_all_else_as_it_was() {
    let mut document = sketched();
    let start = State::of(&document);
    let (seen, sketch) = (document.seen(), document.sketch().unwrap().clone());
    // Like a repaint's patch: what is seen, but for the pixels that the mask repainted.
    let rect = Rect::new(4, 5, 30, 25);
    let repainted = |x: u32, y: u32| (9..16).contains(&x) && (10..20).contains(&y);
    let pixels = Picture::from_fn(rect.size(), |x, y| {
        let (x, y) = (x + rect.left, y + rect.top);
        if repainted(x, y) {
            [1, 2, 3, 255]
        } else {
            seen.pixel(x, y)
        }
    });
    let patch = Patch::new(rect, pixels);
    document.take_dirty();
    document.apply(EditName::Result, &patch);
    assert_eq!(
        (document.take_dirty().picture, document.undo_name()),
        (rect, Some(EditName::Result))
    );
    assert!(document.seen_in(rect) == *patch.pixels());
    let left = document.sketch().unwrap();
    let size = document.size();
    let pixels = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
    for (x, y) in pixels {
        let (picture, drawn) = (document.picture().pixel(x, y), left.pixel(x, y));
        if repainted(x, y) {
            assert_eq!((picture, drawn), ([1, 2, 3, 255], [0; 4]));
        } else {
            assert_eq!(
                (picture, drawn),
                (start.picture.pixel(x, y), sketch.pixel(x, y))
            );
        }
    }
    // Before and after: what was seen before it, the sketch included.
    let before = document.before().unwrap();
    assert!(document.has_before() && before.rect() == rect);
    assert!(*before.pixels() == seen.crop(rect));
    // Also where it was drawn on, and cleared, since.
    color(
        &mut document,
        Paint,
        [0, 255, 0],
        brush(9.0, 1.0, 1.0),
        &[(10.0, 12.0)],
    );
    document.clear_sketch();
    assert!(*document.before().unwrap().pixels() == seen.crop(rect));
    document.undo();
    document.undo();

    let after = State::of(&document);
    assert_eq!(document.undo(), Some(EditName::Result));
    assert!(start.is(&document) && document.before().is_none());
    document.redo();
    assert!(after.is(&document));

    // A result that is what is seen is no step.
    let revision = document.revision();
    let same = Patch::new(rect, document.seen_in(rect));
    document.apply(EditName::Result, &same);
    assert_eq!(document.revision(), revision);
    // One over all that was drawn leaves no sketch.
    let all = Rect::of(document.size());
    let grey = Picture::filled(document.size(), [9, 9, 9, 255]);
    document.apply(EditName::Result, &Patch::new(all, grey.clone()));
    assert!(document.sketch().is_none() && **document.picture() == grey);
    document.undo();
    assert!(after.is(&document));
}

#[test]
fn the_sketch_goes_with_the_picture() {
    type Step = fn(&mut Document);
    type Case = (Step, fn(&Picture) -> Picture);
    let steps: [Case; 5] = [
        (
            |d| d.crop(Rect::new(3, 4, 30, 20)),
            |p| p.crop(Rect::new(3, 4, 30, 20)),
        ),
        (
            |d| d.scale(Size::new(80, 45)),
            |p| p.resize(Size::new(80, 45)),
        ),
        (|d| d.rotate(1), |p| p.rotated(1)),
        (
            |d| d.flip(Axis::Horizontal),
            |p| p.flipped(Axis::Horizontal),
        ),
        (
            |d| {
                let (picture, mask) = (d.picture().rotated(2), d.mask().rotated(2));
                let sketch = d.sketch().map(|sketch| sketch.rotated(2));
                d.replace(EditName::Rotate, picture, mask, sketch);
            },
            |p| p.rotated(2),
        ),
    ];
    for (i, (step, expected)) in steps.into_iter().enumerate() {
        let mut document = sketched();
        let start = State::of(&document);
        let mut expected = expected(document.sketch().unwrap());
        for pixel in expected.pixels_mut() {
            if pixel[3] == 0 {
                *pixel = [0; 4];
            }
        }
        step(&mut document);
        let sketch = document.sketch().unwrap();
        assert_eq!(sketch.size(), document.size(), "{i}");
        assert!(**sketch == expected, "{i}");
        document.undo();
        assert!(start.is(&document), "{i}");
        document.redo();
        assert!(**document.sketch().unwrap() == expected, "{i}");
    }
    // Cut away, it is gone.
    let mut document = sketched();
    document.crop(Rect::new(35, 0, 40, 30));
    assert!(document.sketch().is_none());
    document.undo();
    assert!(document.sketch().is_some());
}

/// The colour of what is transparent around it does not come in at the sketch's edge.
#[test]
fn scaling_mixes_no_colour_of_nothing_into_the_edge() {
    for size in [Size::new(97, 61), Size::new(13, 11)] {
        let mut document = document(40, 30);
        color(
            &mut document,
            Paint,
            [250, 250, 250],
            brush(7.0, 1.0, 1.0),
            &[(20.0, 15.0)],
        );
        document.scale(size);
        let sketch = document.sketch().unwrap();
        let mut faint = 0;
        for pixel in sketch.pixels().iter().filter(|pixel| pixel[3] != 0) {
            // Towards black, which is what lies around it, no more than rounding: the fainter the pixel, the coarser its colour.
            let short = |value: u8| u32::from(250u8.saturating_sub(value)) * u32::from(pixel[3]);
            assert!(
                pixel[..3].iter().all(|&value| short(value) <= 255),
                "{pixel:?} at {size}"
            );
            faint += usize::from(pixel[3] < 200);
        }
        assert!(faint > 8, "{faint} faint pixels at {size}");
    }
}

#[test]
fn a_saved_sketch_is_opened_with_nothing_to_undo() {
    let size = Size::new(9, 7);
    let picture = Picture::filled(size, [100, 100, 100, 255]);
    // Files have any colour where nothing is seen.
    let saved = Picture::from_fn(size, |x, _| [200, 0, 0, if x == 4 { 128 } else { 0 }]);
    let mut document = Document::new(picture.clone()).with_sketch(saved);
    assert_eq!(document.sketch_bounds(), Some(Rect::new(4, 0, 5, 7)));
    assert_eq!(document.sketch().unwrap().pixel(0, 0), [0; 4]);
    assert_eq!(
        document.seen_at(4, 3),
        over([200, 0, 0, 128], [100, 100, 100, 255])
    );
    assert_eq!((document.undo(), document.revision()), (None, 0));
    let dirty = document.take_dirty();
    assert!(dirty.resized && dirty.sketch == Rect::of(size));
    let empty = Document::new(picture).with_sketch(Picture::filled(size, [7, 7, 7, 0]));
    assert!(empty.sketch().is_none());
}

/// Undo keeps what a stroke covered as runs, not the rectangle around it.
#[test]
fn a_long_thin_stroke_takes_little_memory() {
    let mut document = document(2000, 2000);
    color(
        &mut document,
        Paint,
        RED,
        brush(4.0, 0.8, 1.0),
        &[(10.0, 10.0), (1990.0, 1990.0)],
    );
    let bytes = document.history_bytes();
    assert!(bytes < 300_000, "{bytes} bytes");
}
