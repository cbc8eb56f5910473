//! Pens and fingers.

use eframe::egui::{Event, Pos2, TouchDeviceId, TouchId, TouchPhase, vec2};

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
