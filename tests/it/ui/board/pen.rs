//! Pens and fingers.

use eframe::egui::{Event, Key, Modifiers, Pos2, TouchDeviceId, TouchId, TouchPhase, vec2};
use pentimento::ui::Fingers;

use super::{Desk, LEFT, NONE};

fn touch(finger: u64, phase: TouchPhase, pos: Pos2, force: Option<f32>) -> Event {
    Event::Touch {
        device_id: TouchDeviceId(1),
        id: TouchId(finger),
        phase,
        pos,
        force,
    }
}

fn pointer(pressed: bool, pos: Pos2) -> Event {
    Event::PointerButton {
        pos,
        button: LEFT,
        pressed,
        modifiers: NONE,
    }
}

/// A stroke of a pen pressed with `force`, its events as the windowing library sends them.
fn stroke(desk: &mut Desk, force: f32) {
    let (start, end) = (desk.at(50.0, 50.0), desk.at(150.0, 50.0));
    desk.send([
        touch(1, TouchPhase::Start, start, Some(force)),
        Event::PointerMoved(start),
        pointer(true, start),
    ]);
    desk.send([
        touch(1, TouchPhase::Move, end, Some(force)),
        Event::PointerMoved(end),
    ]);
    desk.send([
        touch(1, TouchPhase::End, end + vec2(1.0, 0.0), Some(0.0)),
        pointer(false, end + vec2(1.0, 0.0)),
        Event::PointerGone,
    ]);
}

#[test]
fn pressure_sets_the_size() {
    for (force, height) in [(1.0, 40), (0.5, 20)] {
        let mut desk = Desk::new();
        stroke(&mut desk, force);
        let bounds = desk.app().document().mask_bounds().unwrap();
        assert!(
            bounds.size().height.abs_diff(height) <= 2,
            "{bounds:?} at {force}"
        );
        // The next stroke of a mouse is not the pen's.
        desk.click(LEFT, 100.0, 50.0);
        let bounds = desk.app().document().mask_bounds().unwrap();
        assert!(bounds.size().height.abs_diff(40) <= 2, "{bounds:?}");
    }
}

/// What fingers do, whether a pen was used before → whether one finger paints.
const FINGERS: &[(Fingers, bool, bool)] = &[
    (Fingers::Auto, false, true),
    (Fingers::Auto, true, false),
    (Fingers::Paint, false, true),
    (Fingers::Paint, true, true),
    (Fingers::Move, false, false),
    (Fingers::Move, true, false),
];

/// A finger led from one point of the screen to another, its events as the windowing library sends them.
fn finger(desk: &mut Desk, from: Pos2, to: Pos2) {
    desk.send([
        touch(5, TouchPhase::Start, from, None),
        Event::PointerMoved(from),
        pointer(true, from),
    ]);
    desk.send([
        touch(5, TouchPhase::Move, to, None),
        Event::PointerMoved(to),
    ]);
    desk.send([
        touch(5, TouchPhase::End, to, None),
        pointer(false, to),
        Event::PointerGone,
    ]);
}

#[test]
fn a_finger_paints_or_moves_the_view_as_was_chosen() {
    for &(fingers, pen, paints) in FINGERS {
        let which = format!("{fingers:?} {pen}");
        let mut desk = Desk::new();
        desk.harness.state_mut().board_mut().fingers = fingers;
        if pen {
            stroke(&mut desk, 0.7);
            assert!(!desk.is_empty(), "{which}: the pen paints");
            desk.key(Modifiers::COMMAND, Key::D);
        }
        let (from, by) = (desk.at(100.0, 50.0), vec2(60.0, 30.0));
        finger(&mut desk, from, from + by);
        assert_eq!(desk.is_empty(), !paints, "{which}");
        let moved = desk.at(100.0, 50.0) - from;
        let expected = if paints { vec2(0.0, 0.0) } else { by };
        assert!((moved - expected).length() <= 1.0, "{which}: {moved:?}");
    }
}

#[test]
fn a_pen_paints_while_the_palm_rests() {
    let mut desk = Desk::new();
    desk.harness.state_mut().board_mut().fingers = Fingers::Move;
    let palm = desk.at(180.0, 90.0);
    let before = desk.app().board().view;
    desk.send([
        touch(8, TouchPhase::Start, palm, None),
        Event::PointerMoved(palm),
        pointer(true, palm),
    ]);
    // The system makes a mouse of the first touch alone: these are the palm's.
    let (start, end) = (desk.at(50.0, 30.0), desk.at(150.0, 30.0));
    desk.send([touch(9, TouchPhase::Start, start, Some(1.0))]);
    desk.send([
        touch(9, TouchPhase::Move, end, Some(1.0)),
        touch(8, TouchPhase::Move, palm + vec2(2.0, 2.0), None),
        Event::PointerMoved(palm + vec2(2.0, 2.0)),
    ]);
    desk.send([touch(7, TouchPhase::Start, palm + vec2(9.0, 0.0), None)]);
    desk.send([touch(9, TouchPhase::End, end, Some(0.0))]);
    desk.send([
        touch(7, TouchPhase::End, palm, None),
        touch(8, TouchPhase::End, palm, None),
        pointer(false, palm),
    ]);
    let bounds = desk.app().document().mask_bounds().unwrap();
    assert!(
        bounds.left.abs_diff(30) <= 1 && bounds.right.abs_diff(170) <= 1,
        "{bounds:?}"
    );
    assert!(bounds.bottom.abs_diff(50) <= 1, "{bounds:?}");
    assert_eq!(desk.app().board().view, before, "the view stays");
    // The next stroke is a mouse's.
    desk.click(LEFT, 20.0, 80.0);
    assert_eq!(desk.mask(20, 80), 255);
}

#[test]
fn a_string_pulls_the_brush_and_leaves_out_the_tremble() {
    let mut desk = Desk::new();
    desk.harness.state_mut().board_mut().string = 30.0;
    desk.harness.state_mut().board_mut().brush.radius = 2.0;
    let start = desk.at(50.0, 50.0);
    let zoom = desk.app().board().view.unwrap().zoom();
    desk.button(start, LEFT, true);
    // A tremble within the string's reach.
    for (x, y) in [(12.0, 9.0), (-15.0, 4.0), (0.0, -20.0), (25.0, 3.0)] {
        desk.move_to(start + vec2(x, y));
    }
    let points = |desk: &Desk| desk.app().document().wet().unwrap().points().len();
    assert_eq!(points(&desk), 1);
    desk.move_to(start + vec2(230.0, 0.0));
    desk.button(start + vec2(230.0, 0.0), LEFT, false);
    let bounds = desk.app().document().mask_bounds().unwrap();
    // It ends by the string's length before the pointer.
    let end = 50.0 + 200.0 / zoom + 2.0;
    assert!((bounds.right as f32 - end).abs() <= 1.0, "{bounds:?} {end}");
    assert!(bounds.size().height <= 6, "{bounds:?}");
}

#[test]
fn two_fingers_move_the_view_and_paint_nothing() {
    let mut desk = Desk::new();
    let (one, two) = (desk.at(60.0, 50.0), desk.at(140.0, 50.0));
    let zoom = desk.app().board().view.unwrap().zoom();
    desk.send([
        touch(1, TouchPhase::Start, one, None),
        Event::PointerMoved(one),
        pointer(true, one),
    ]);
    desk.send([touch(2, TouchPhase::Start, two, None)]);
    assert!(desk.app().document().wet().is_none());
    let spread = vec2(60.0, 0.0);
    desk.send([
        touch(1, TouchPhase::Move, one - spread, None),
        Event::PointerMoved(one - spread),
        touch(2, TouchPhase::Move, two + spread, None),
    ]);
    desk.send([
        touch(2, TouchPhase::End, two + spread, None),
        touch(1, TouchPhase::Move, one, None),
        Event::PointerMoved(one),
    ]);
    desk.send([
        touch(1, TouchPhase::End, one, None),
        pointer(false, one),
        Event::PointerGone,
    ]);
    assert!(desk.app().board().view.unwrap().zoom() > zoom * 1.1);
    assert!(desk.is_empty());
    desk.click(LEFT, 100.0, 50.0);
    assert!(!desk.is_empty());
}
