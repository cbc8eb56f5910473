//! Picture, mask and sketch prepared together.

use pentimento::document::StrokeMode::Paint;
use pentimento::document::{Document, EditName};
use pentimento::raster::prepare::{Margins, Preparation};
use pentimento::raster::{Axis, Mask, Rect, Size};

use super::{State, at, brush, document, draw};

/// A document with something painted and something drawn.
fn worked() -> Document {
    let mut document = document(60, 40);
    let points = [at(5.0, 5.0), at(30.0, 30.0)];
    draw(&mut document, Paint, brush(6.0, 0.5, 1.0), &points);
    document.begin_sketch([200, 30, 40], Paint, brush(4.0, 0.5, 1.0), at(20.0, 12.0));
    document.end_stroke();
    document
}

const WHOLE: Preparation = Preparation::Frame {
    margins: Margins::NONE,
    mask_keeps: false,
};

/// A preparation, the name of its step, the size after.
#[rustfmt::skip]
const STEPS: &[(Preparation, EditName, Size)] = &[
    (Preparation::Frame { margins: Margins::new(-3, 0, 0, -4), mask_keeps: false }, EditName::Crop, Size::new(57, 36)),
    (Preparation::Frame { margins: Margins::new(8, 0, 16, 0), mask_keeps: false }, EditName::Extend, Size::new(84, 40)),
    // One step, and an extension, where it does both.
    (Preparation::Frame { margins: Margins::new(-8, 0, 0, 8), mask_keeps: true }, EditName::Extend, Size::new(52, 48)),
    (Preparation::Scale(Size::new(30, 90)), EditName::Scale, Size::new(30, 90)),
    (Preparation::Rotate(1), EditName::Rotate, Size::new(40, 60)),
    (Preparation::Rotate(2), EditName::Rotate, Size::new(60, 40)),
    (Preparation::Flip(Axis::Vertical), EditName::Flip, Size::new(60, 40)),
];

#[test]
fn each_is_one_step_of_all_three_and_has_a_geometry_of_its_own() {
    for &(preparation, name, size) in STEPS {
        let mut document = worked();
        let (before, geometry) = (State::of(&document), document.geometry());
        document.prepare(preparation);
        assert_eq!(document.size(), size, "{preparation:?}");
        assert_eq!(document.mask().size(), size);
        let sketch = document.sketch().unwrap();
        assert_eq!(sketch.size(), size);
        assert_eq!(document.undo_name(), Some(name), "{preparation:?}");
        let after = State::of(&document);
        let turned = document.geometry();
        assert_ne!(turned, geometry, "{preparation:?}");
        // What leaves every pixel where it is leaves the geometry.
        document.edit_mask(EditName::Invert, Mask::invert);
        assert_eq!(document.geometry(), turned);
        document.undo();
        assert_eq!(document.undo(), Some(name));
        assert!(before.is(&document), "{preparation:?}");
        assert_eq!(document.geometry(), geometry);
        document.redo();
        assert!(after.is(&document), "{preparation:?}");
        assert_eq!(document.geometry(), turned);
    }
}

#[test]
fn what_changes_nothing_or_cannot_be_is_no_step() {
    let mut document = worked();
    let before = State::of(&document);
    for preparation in [
        WHOLE,
        Preparation::Scale(Size::new(60, 40)),
        Preparation::Scale(Size::new(0, 9)),
        Preparation::Rotate(8),
        Preparation::Frame {
            margins: Margins::new(-60, 0, 9, 0),
            mask_keeps: false,
        },
    ] {
        document.prepare(preparation);
        assert!(before.is(&document), "{preparation:?}");
    }
    document.crop(Rect::new(70, 70, 80, 80));
    document.extend(Margins::new(0, 0, 20_000, 0), false);
    assert!(before.is(&document));
}

#[test]
fn what_is_prepared_elsewhere_is_what_is_prepared_here() {
    for &(preparation, ..) in STEPS {
        let (mut here, mut there) = (worked(), worked());
        here.prepare(preparation);
        let mut fork = there.fork();
        let thread = std::thread::Builder::new().name("prepare".to_owned());
        let thread = thread.spawn(move || {
            fork.document().prepare(preparation);
            fork
        });
        let mut fork = thread.unwrap().join().unwrap();
        assert!(there.take(&mut fork), "{preparation:?}");
        assert!(State::of(&here).is(&there), "{preparation:?}");
    }
}

#[test]
fn a_fork_of_what_was_edited_since_is_not_taken() {
    // Also where undo and redo have led back to what it was made of.
    let edits: [fn(&mut Document); 4] = [
        |document| document.edit_mask(EditName::Invert, Mask::invert),
        |document| {
            document.edit_mask(EditName::Invert, Mask::invert);
            document.undo();
        },
        |document| document.flip(Axis::Horizontal),
        |document| *document = worked(),
    ];
    for (i, edit) in edits.into_iter().enumerate() {
        let mut document = worked();
        let mut fork = document.fork();
        fork.document().rotate(1);
        edit(&mut document);
        let before = State::of(&document);
        assert!(!document.take(&mut fork), "{i}");
        assert!(before.is(&document), "{i}");
    }
}

#[test]
fn extending_leaves_the_sketch_and_the_picture_where_they_were() {
    let mut document = worked();
    let (picture, sketch) = (
        document.picture().clone(),
        document.sketch().unwrap().clone(),
    );
    document.extend(Margins::new(7, 3, 0, 11), false);
    let place = Rect::new(7, 3, 67, 43);
    assert!(document.picture().crop(place) == *picture);
    assert!(document.sketch().unwrap().crop(place) == *sketch);
    assert_eq!(document.mask().value(0, 20), 255);
    assert_eq!(document.sketch().unwrap().pixel(0, 20), [0; 4]);
}
