//! Random edits, undone and redone, against a list of whole states.

use pentimento::document::StrokeMode::{self, Erase, Paint};
use pentimento::document::{Document, EditName, Shape};
use pentimento::raster::morphology::{grow, shrink};
use pentimento::raster::prepare::Margins;
use pentimento::raster::{Axis, Mask, Patch, Picture, Rect, Size, over};
use proptest::prelude::*;

use super::{State, at, brush, document, draw};

/// What the canvas would hold: all that it knows comes through dirty rectangles.
struct Shown {
    picture: Picture,
    mask: Mask,
    sketch: Picture,
}

impl Shown {
    fn update(&mut self, document: &mut Document) {
        let dirty = document.take_dirty();
        if dirty.resized {
            self.picture = Picture::filled(document.size(), [0; 4]);
            self.mask = Mask::filled(document.size(), 0);
            self.sketch = Picture::filled(document.size(), [0; 4]);
        }
        let pixels = document.picture().crop(dirty.picture);
        self.picture.paste(&Patch::new(dirty.picture, pixels));
        let mut values = document.mask().crop(dirty.mask);
        self.mask.swap(dirty.mask, &mut values);
        let drawn = sketch_of(document).crop(dirty.sketch);
        self.sketch.paste(&Patch::new(dirty.sketch, drawn));
    }
}

/// The sketch, or one of nothing.
fn sketch_of(document: &Document) -> Picture {
    match document.sketch() {
        Some(sketch) => sketch.as_ref().clone(),
        None => Picture::filled(document.size(), [0; 4]),
    }
}

/// The picture with the sketch over it, one pixel after the other.
fn seen_of(document: &Document) -> Picture {
    let (base, top) = (document.picture(), sketch_of(document));
    Picture::from_fn(base.size(), |x, y| over(top.pixel(x, y), base.pixel(x, y)))
}

#[derive(Clone, Debug)]
enum Op {
    Stroke(StrokeMode, f32, Vec<(f32, f32)>),
    Sketch(StrokeMode, [u8; 3], f32, Vec<(f32, f32)>),
    ClearSketch,
    MergeSketch,
    MaskSketch,
    Ellipse(StrokeMode, [f32; 2], [f32; 2]),
    Invert,
    Clear,
    Grow(u32),
    Shrink(u32),
    Result(f32, f32, u8),
    Crop(f32, f32),
    Rotate(u32),
    Extend([i32; 4], bool),
    Flip(Axis),
    Scale(u32, u32),
    Undo,
    Redo,
}

fn any_op() -> impl Strategy<Value = Op> {
    let mode = || prop_oneof![Just(Paint), Just(Erase)];
    let point = || (-10f32..60.0, -10f32..50.0);
    prop_oneof![
        4 => (mode(), 0.3..15f32, prop::collection::vec(point(), 1..4)).prop_map(|(mode, radius, points)| Op::Stroke(mode, radius, points)),
        5 => (mode(), any::<[u8; 3]>(), 0.3..15f32, prop::collection::vec(point(), 1..4)).prop_map(|(mode, color, radius, points)| Op::Sketch(mode, color, radius, points)),
        1 => Just(Op::ClearSketch),
        1 => Just(Op::MergeSketch),
        1 => Just(Op::MaskSketch),
        1 => (mode(), point(), point()).prop_map(|(mode, a, b)| Op::Ellipse(mode, a.into(), b.into())),
        1 => Just(Op::Invert),
        1 => Just(Op::Clear),
        1 => (0..5u32).prop_map(Op::Grow),
        1 => (0..5u32).prop_map(Op::Shrink),
        2 => (0f32..1.0, 0f32..1.0, any::<u8>()).prop_map(|(x, y, value)| Op::Result(x, y, value)),
        1 => (0f32..1.0, 0f32..1.0).prop_map(|(x, y)| Op::Crop(x, y)),
        1 => (0..5u32).prop_map(Op::Rotate),
        1 => (prop::array::uniform4(-6..9i32), any::<bool>()).prop_map(|(margins, mask_keeps)| Op::Extend(margins, mask_keeps)),
        1 => prop_oneof![Just(Axis::Horizontal), Just(Axis::Vertical)].prop_map(Op::Flip),
        1 => (1..60u32, 1..60u32).prop_map(|(width, height)| Op::Scale(width, height)),
        5 => Just(Op::Undo),
        3 => Just(Op::Redo),
    ]
}

/// A rectangle from a share of the picture's width and height, never empty.
fn part(size: Size, x: f32, y: f32) -> Rect {
    let side = |length: u32, share: f32| (length as f32 * share) as u32;
    let (left, top) = (side(size.width, x * 0.7), side(size.height, y * 0.7));
    let width = side(size.width - left, y).max(1);
    Rect::new(
        left,
        top,
        left + width,
        top + side(size.height - top, x).max(1),
    )
}

fn perform(document: &mut Document, op: &Op) {
    let size = document.size();
    match op {
        Op::Stroke(mode, radius, points) => {
            let points: Vec<_> = points.iter().map(|&(x, y)| at(x, y)).collect();
            draw(document, *mode, brush(*radius, 0.6, 0.9), &points);
        }
        Op::Sketch(mode, color, radius, points) => {
            let brush = brush(*radius, 0.6, 0.9);
            document.begin_sketch(*color, *mode, brush, at(points[0].0, points[0].1));
            for &(x, y) in &points[1..] {
                document.extend_stroke(at(x, y));
            }
            document.end_stroke();
        }
        Op::ClearSketch => document.clear_sketch(),
        Op::MergeSketch => {
            let seen = seen_of(document);
            document.merge_sketch();
            assert!(document.sketch().is_none() && **document.picture() == seen);
        }
        Op::MaskSketch => document.mask_sketch(),
        Op::Ellipse(mode, a, b) => {
            document.combine(EditName::Ellipse, &Shape::Ellipse(*a, *b), *mode);
        }
        Op::Invert => document.edit_mask(EditName::Invert, Mask::invert),
        Op::Clear => document.edit_mask(EditName::Clear, |mask| Mask::filled(mask.size(), 0)),
        Op::Grow(px) => document.edit_mask(EditName::Grow, |mask| grow(mask, *px)),
        Op::Shrink(px) => document.edit_mask(EditName::Shrink, |mask| shrink(mask, *px)),
        Op::Result(x, y, value) => {
            let rect = part(size, *x, *y);
            let pixels = Picture::from_fn(rect.size(), |x, y| [*value, x as u8, y as u8, 255]);
            let mut expected = seen_of(document);
            let patch = Patch::new(rect, pixels);
            expected.paste(&patch);
            document.apply(EditName::Result, &patch);
            assert!(*document.seen() == expected);
        }
        Op::Crop(x, y) => document.crop(part(size, *x, *y)),
        Op::Rotate(turns) => document.rotate(*turns),
        Op::Extend([left, top, right, bottom], mask_keeps) => {
            document.extend(Margins::new(*left, *top, *right, *bottom), *mask_keeps);
        }
        Op::Flip(axis) => document.flip(*axis),
        Op::Scale(width, height) => document.scale(Size::new(*width, *height)),
        Op::Undo => {
            let name = document.undo_name();
            assert_eq!(document.undo(), name);
        }
        Op::Redo => {
            let name = document.redo_name();
            assert_eq!(document.redo(), name);
        }
    }
}

proptest! {
    /// Against a list of whole states: undo and redo walk along it, whatever was done.
    #[test]
    fn undo_and_redo_walk_along_the_states(ops in prop::collection::vec(any_op(), 1..30)) {
        let mut document = document(50, 40);
        let mut shown = Shown { picture: Picture::filled(Size::new(0, 0), [0; 4]), mask: Mask::filled(Size::new(0, 0), 0), sketch: Picture::filled(Size::new(0, 0), [0; 4]) };
        let mut states = vec![State::of(&document)];
        let mut now = 0usize;
        for op in &ops {
            perform(&mut document, op);
            match op {
                Op::Undo => now = now.saturating_sub(1),
                Op::Redo => now = (now + 1).min(states.len() - 1),
                _ if states[now].revision != document.revision() => {
                    states.truncate(now + 1);
                    states.push(State::of(&document));
                    now += 1;
                }
                _ => {}
            }
            prop_assert!(states[now].is(&document), "{op:?}");
            prop_assert_eq!(document.undo_name().is_some(), now > 0);
            prop_assert_eq!(document.redo_name().is_some(), now + 1 < states.len());
            // What is kept beside agrees with what it is kept of.
            prop_assert_eq!(document.mask_bounds(), document.mask().bounds());
            prop_assert!((document.coverage() - document.mask().coverage()).abs() < 1e-12);
            prop_assert_eq!(document.size(), document.mask().size());
            let drawn = Mask::new(document.size(), sketch_of(&document).channel(3).collect());
            prop_assert_eq!(document.sketch_bounds(), drawn.bounds());
            prop_assert_eq!(document.sketch().is_none(), drawn.is_empty());
            prop_assert!(sketch_of(&document).pixels().iter().all(|pixel| pixel[3] != 0 || *pixel == [0; 4]));
            let seen = seen_of(&document);
            prop_assert!(*document.seen() == seen, "{op:?}");
            let inner = part(document.size(), 0.6, 0.8);
            prop_assert!(document.seen_in(inner) == seen.crop(inner));
            if matches!(op, Op::Redo) || now % 3 != 1 {
                shown.update(&mut document);
                prop_assert!(shown.picture == **document.picture() && shown.mask == **document.mask(), "{op:?}");
                prop_assert!(shown.sketch == sketch_of(&document), "{op:?}");
            }
        }
        while document.undo().is_some() {}
        prop_assert!(states[0].is(&document));
        while document.redo().is_some() {}
        prop_assert!(states[states.len() - 1].is(&document));
    }

    /// However little memory there is, what can be undone leads to states that were.
    #[test]
    fn short_memory_forgets_the_oldest(ops in prop::collection::vec(any_op(), 1..30), budget in 0..20_000usize) {
        let mut document = document(50, 40);
        document.set_history_budget(budget);
        let mut states = vec![State::of(&document)];
        for op in &ops {
            let undone = document.undo_name().is_some();
            perform(&mut document, op);
            let last = &states[states.len() - 1];
            match op {
                Op::Undo if undone => { states.pop(); }
                Op::Undo | Op::Redo if last.revision == document.revision() => {}
                _ if last.revision != document.revision() => {
                    states.push(State::of(&document));
                    prop_assert!(document.undo_name().is_some() || matches!(op, Op::Redo));
                }
                _ => {}
            }
            prop_assert!(states[states.len() - 1].is(&document), "{op:?}");
        }
        // One step is always kept, if there was any; more only within the budget.
        let mut steps = 0;
        while document.undo().is_some() {
            states.pop();
            steps += 1;
            prop_assert!(states[states.len() - 1].is(&document));
        }
        prop_assert!(steps <= 1 || budget > 100);
    }
}
