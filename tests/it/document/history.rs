use std::sync::Arc;

use pentimento::document::StrokeMode::{Erase, Paint};
use pentimento::document::{Dirty, Document, EditName};
use pentimento::raster::{Axis, Mask, Patch, Picture, Rect, Size};

use super::{POISON, State, at, brush, document, draw};

#[test]
fn five_hundred_strokes_on_a_4k_picture() {
    let mut document = document(3840, 2160);
    let mut revisions = vec![document.revision()];
    for i in 0..500u32 {
        let (x, y) = ((i * 677 % 3840) as f32, (i * 397 % 2160) as f32);
        let points = [at(x - 60.0, y - 60.0), at(x + 60.0, y + 60.0)];
        draw(&mut document, Paint, brush(40.0, 0.3, 1.0), &points);
        revisions.push(document.revision());
    }
    let bytes = document.history_bytes();
    assert!(bytes < 32 << 20, "{bytes} bytes for 500 strokes");
    let painted = document.mask().clone();
    for revision in revisions.iter().rev().skip(1) {
        assert_eq!(document.undo(), Some(EditName::Stroke));
        assert_eq!(document.revision(), *revision);
    }
    assert_eq!(document.undo(), None);
    assert!(document.mask().is_empty() && document.mask_bounds().is_none());
    while document.redo().is_some() {}
    assert!(*document.mask() == painted);
}

#[test]
fn the_newest_edit_is_never_dropped() {
    let mut document = document(64, 64);
    document.set_history_budget(0);
    for i in 0..4 {
        draw(
            &mut document,
            Paint,
            brush(5.0, 0.0, 1.0),
            &[at(10.0 * i as f32, 20.0)],
        );
    }
    let painted = document.mask().clone();
    assert_eq!(document.undo(), Some(EditName::Stroke));
    assert_eq!(document.undo(), None);
    assert_eq!(document.redo(), Some(EditName::Stroke));
    assert_eq!(*document.mask(), painted);
    // Less memory later: the oldest go at once.
    let mut document = super::document(64, 64);
    for i in 0..6 {
        draw(
            &mut document,
            Paint,
            brush(5.0, 0.0, 1.0),
            &[at(10.0 * i as f32, 20.0)],
        );
    }
    let all = document.history_bytes();
    document.set_history_budget(all / 2);
    assert!(document.history_bytes() <= all / 2);
    let mut steps = 0;
    while document.undo().is_some() {
        steps += 1;
    }
    assert!(
        (2..=4).contains(&steps),
        "{steps} steps in half the memory of six"
    );
}

#[test]
fn a_job_keeps_the_state_that_it_was_given() {
    let mut document = document(30, 20);
    draw(
        &mut document,
        Paint,
        brush(4.0, 1.0, 1.0),
        &[at(10.0, 10.0)],
    );
    let (picture, mask) = (document.picture().clone(), document.mask().clone());
    let (old_picture, old_mask) = (picture.as_ref().clone(), mask.as_ref().clone());
    draw(
        &mut document,
        Paint,
        brush(4.0, 1.0, 1.0),
        &[at(20.0, 10.0)],
    );
    let patch = Patch::new(
        Rect::new(0, 0, 2, 2),
        Picture::filled(Size::new(2, 2), [9; 4]),
    );
    document.apply(EditName::Result, &patch);
    assert!(*picture == old_picture && *mask == old_mask);
    assert!(**document.picture() != old_picture && **document.mask() != old_mask);
    // Without a job the memory stays where it is.
    drop((picture, mask));
    let before = (
        Arc::as_ptr(document.picture()),
        Arc::as_ptr(document.mask()),
    );
    draw(
        &mut document,
        Erase,
        brush(4.0, 1.0, 1.0),
        &[at(10.0, 10.0)],
    );
    document.apply(
        EditName::Result,
        &Patch::new(
            Rect::new(1, 1, 2, 2),
            Picture::filled(Size::new(1, 1), [3; 4]),
        ),
    );
    assert_eq!(
        before,
        (
            Arc::as_ptr(document.picture()),
            Arc::as_ptr(document.mask())
        )
    );
}

#[test]
fn the_stroke_in_the_making() {
    let mut document = document(40, 30);
    assert!(document.take_dirty().resized);
    document.extend_stroke(at(1.0, 1.0));
    document.end_stroke();
    assert!(document.wet().is_none() && document.undo_name().is_none());

    document.begin_stroke(Paint, brush(5.0, 1.0, 1.0), at(10.0, 10.0));
    document.extend_stroke(at(20.0, 10.0));
    assert_eq!(document.wet().unwrap().segment_count(), 1);
    assert_eq!(
        (document.take_dirty(), document.revision()),
        (Dirty::NONE, 0)
    );
    assert!(document.mask().is_empty());
    document.drop_stroke();
    assert!(document.wet().is_none() && document.mask().is_empty());

    // A new one ends the old one.
    document.begin_stroke(Paint, brush(5.0, 1.0, 1.0), at(10.0, 10.0));
    document.begin_stroke(Erase, brush(2.0, 1.0, 1.0), at(10.0, 10.0));
    assert_eq!(document.undo_name(), Some(EditName::Stroke));
    let dirty = document.take_dirty();
    assert_eq!((dirty.picture, dirty.resized), (Rect::EMPTY, false));
    assert_eq!(dirty.mask, Rect::new(5, 5, 15, 15));

    // Undo forgets it, and takes back what was before it.
    assert_eq!(document.undo(), Some(EditName::Stroke));
    assert!(document.wet().is_none() && document.mask().is_empty());
    assert_eq!(document.take_dirty().mask, Rect::new(5, 5, 15, 15));
    document.begin_stroke(Erase, brush(2.0, 1.0, 1.0), at(10.0, 10.0));
    assert_eq!(document.redo(), Some(EditName::Stroke));
    assert!(document.wet().is_none());
    document.begin_stroke(Paint, brush(9.0, 1.0, 1.0), at(30.0, 10.0));
    document.rotate(1);
    assert!(document.wet().is_none());
}

#[test]
fn edits_that_change_nothing_are_no_steps() {
    let mut document = document(20, 20);
    document.take_dirty();
    let revision = document.revision();
    draw(
        &mut document,
        Erase,
        brush(5.0, 1.0, 1.0),
        &[at(10.0, 10.0)],
    );
    draw(
        &mut document,
        Paint,
        brush(5.0, 1.0, 1.0),
        &[at(-100.0, 10.0)],
    );
    for bad in POISON {
        draw(
            &mut document,
            Paint,
            brush(5.0, 1.0, 1.0),
            &[at(bad, 10.0), at(3.0, bad)],
        );
    }
    document.edit_mask(EditName::Clear, |mask| Mask::filled(mask.size(), 0));
    let same = Patch::new(
        Rect::new(2, 2, 9, 9),
        document.picture().crop(Rect::new(2, 2, 9, 9)),
    );
    document.apply(EditName::Result, &same);
    document.apply(
        EditName::Result,
        &Patch::new(Rect::EMPTY, Picture::filled(Size::new(0, 0), [0; 4])),
    );
    document.crop(Rect::of(document.size()));
    document.crop(Rect::new(50, 50, 60, 60));
    document.scale(document.size());
    document.scale(Size::new(0, 5));
    document.rotate(8);
    assert_eq!(
        (document.undo_name(), document.revision()),
        (None, revision)
    );
    assert_eq!(document.take_dirty(), Dirty::NONE);
}

#[test]
fn revisions_come_back_and_are_never_given_twice() {
    let mut document = document(20, 20);
    let dot = |document: &mut Document, x: f32| {
        draw(document, Paint, brush(2.0, 1.0, 1.0), &[at(x, 5.0)]);
        document.revision()
    };
    let (zero, one) = (document.revision(), dot(&mut document, 3.0));
    let two = dot(&mut document, 9.0);
    document.undo();
    assert_eq!(document.revision(), one);
    document.undo();
    assert_eq!(document.revision(), zero);
    document.redo();
    assert_eq!(document.revision(), one);
    let three = dot(&mut document, 15.0);
    assert!(![zero, one, two].contains(&three));
}

/// A square of 4 x 4 pixels of one value.
fn square(left: u32, top: u32, value: u8) -> Patch {
    let pixels = Picture::filled(Size::new(4, 4), [value; 4]);
    Patch::new(Rect::new(left, top, left + 4, top + 4), pixels)
}

#[test]
fn the_picture_before_its_results() {
    let mut document = document(30, 20);
    let own = document.picture().clone();
    assert_eq!(document.before(), None);
    document.apply(EditName::Sketch, &square(1, 1, 200));
    let sketched = document.picture().as_ref().clone();
    assert_eq!(document.before(), None);

    let original = |rect: Rect| Some(Patch::new(rect, sketched.crop(rect)));
    document.apply(EditName::Result, &square(0, 0, 10));
    assert_eq!(document.before(), original(Rect::new(0, 0, 4, 4)));
    // Results over results, strokes and sketches between.
    document.apply(EditName::Result, &square(2, 3, 20));
    draw(
        &mut document,
        Paint,
        brush(5.0, 1.0, 1.0),
        &[at(10.0, 10.0)],
    );
    document.apply(EditName::Sketch, &square(3, 4, 30));
    document.apply(EditName::Result, &square(20, 9, 40));
    assert_eq!(document.before(), original(Rect::new(0, 0, 24, 13)));
    for rect in [
        Rect::new(0, 0, 6, 7),
        Rect::new(0, 0, 6, 7),
        Rect::new(0, 0, 6, 7),
        Rect::new(0, 0, 4, 4),
    ] {
        document.undo();
        assert_eq!(document.before(), original(rect));
    }
    document.undo();
    assert_eq!(document.before(), None);
    document.undo();
    assert_eq!(*document.picture(), own);

    // Results before the picture took another shape have no place in it.
    document.apply(EditName::Result, &square(0, 0, 10));
    document.crop(Rect::new(0, 0, 15, 15));
    assert_eq!(document.before(), None);
    let cropped = document.picture().as_ref().clone();
    document.apply(EditName::Result, &square(5, 5, 50));
    let rect = Rect::new(5, 5, 9, 9);
    assert_eq!(
        document.before(),
        Some(Patch::new(rect, cropped.crop(rect)))
    );
}

type Step = fn(&mut Document);

#[test]
fn preparing_a_picture_is_one_step_each() {
    let mut document = document(30, 20);
    draw(&mut document, Paint, brush(4.0, 1.0, 1.0), &[at(5.0, 5.0)]);
    document.take_dirty();
    let start = State::of(&document);
    let steps: [(EditName, Step, Size); 5] = [
        (
            EditName::Crop,
            |d| d.crop(Rect::new(2, 3, 99, 17)),
            Size::new(28, 14),
        ),
        (
            EditName::Scale,
            |d| d.scale(Size::new(9, 40)),
            Size::new(9, 40),
        ),
        (EditName::Rotate, |d| d.rotate(3), Size::new(20, 30)),
        (
            EditName::Flip,
            |d| d.flip(Axis::Vertical),
            Size::new(30, 20),
        ),
        (
            EditName::Extend,
            |d| {
                let (size, inner) = (Size::new(40, 20), Rect::new(10, 0, 40, 20));
                let picture = d.picture().extend_edges(size, inner);
                let mask = Mask::from_fn(size, |x, _| if x < 10 { 255 } else { 0 });
                d.replace(EditName::Extend, picture, mask, None);
            },
            Size::new(40, 20),
        ),
    ];
    for (name, step, size) in steps {
        step(&mut document);
        assert_eq!(
            (document.size(), document.mask().size()),
            (size, size),
            "{name:?}"
        );
        assert_eq!(document.take_dirty(), Dirty::all(size), "{name:?}");
        assert_eq!(document.undo(), Some(name));
        assert!(start.is(&document), "{name:?}");
        assert!(document.take_dirty().resized, "{name:?}");
    }
}
