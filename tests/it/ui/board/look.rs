//! Moving the view.

use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, TouchPhase, Vec2, vec2,
};

use super::{Desk, LEFT, NONE};

fn wheel(lines: f32) -> Event {
    Event::MouseWheel {
        unit: MouseWheelUnit::Line,
        delta: vec2(0.0, lines),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Unknown,
        modifiers: NONE,
    }
}

fn zoom(desk: &Desk) -> f32 {
    desk.app().board().view.unwrap().zoom()
}

#[test]
fn the_wheel_zooms_at_the_pointer() {
    let mut desk = Desk::new();
    let at = desk.at(40.0, 70.0);
    desk.move_to(at);
    for lines in [1.0, 3.0, -2.0, 5.0] {
        let (before, point) = (zoom(&desk), desk.under(at));
        desk.send([wheel(lines)]);
        assert!((zoom(&desk) / before - 1.2f32.powf(lines)).abs() < 1e-3);
        // The picture's corner lies on a whole pixel of the screen.
        let moved = (desk.under(at) - point) * zoom(&desk);
        assert!(moved.length() <= 1.5, "{moved:?} screen pixels");
    }
}

#[test]
fn zooming_ends_at_2_and_6400_percent() {
    let mut desk = Desk::new();
    let at = desk.at(100.0, 50.0);
    desk.move_to(at);
    desk.send([wheel(100.0)]);
    assert_eq!(zoom(&desk), 64.0);
    desk.send([wheel(-200.0)]);
    assert_eq!(zoom(&desk), 0.02);
}

#[test]
fn the_middle_button_and_space_drag_the_view() {
    for space in [false, true] {
        let mut desk = Desk::new();
        let (start, by) = (desk.at(100.0, 50.0), vec2(30.0, -20.0));
        let button = if space {
            desk.key_event(Key::Space, NONE, true);
            LEFT
        } else {
            PointerButton::Middle
        };
        desk.button(start, button, true);
        desk.move_to(start + by);
        desk.button(start + by, button, false);
        assert!(
            (desk.at(100.0, 50.0) - start - by).length() <= 1.0,
            "space {space}"
        );
        assert!(desk.is_empty(), "space {space}");
    }
}

#[test]
fn keys_fit_zoom_and_turn() {
    let mut desk = Desk::new();
    let fitted = desk.app().board().view;
    desk.key(Modifiers::COMMAND, Key::Num1);
    assert_eq!(zoom(&desk), 1.0);
    // Ctrl and the key with plus and equals, with Shift or without.
    for (modifiers, key, expected) in [
        (Modifiers::COMMAND, Key::Plus, 1.5),
        (Modifiers::COMMAND, Key::Equals, 2.0),
        (Modifiers::COMMAND | Modifiers::SHIFT, Key::Plus, 3.0),
        (Modifiers::COMMAND, Key::Minus, 2.0),
    ] {
        desk.key(modifiers, key);
        assert_eq!(zoom(&desk), expected);
    }
    assert_eq!(desk.harness.ctx.zoom_factor(), 1.0, "the interface stays");
    desk.key(NONE, Key::Period);
    assert_eq!(desk.app().board().view.unwrap().quarter_turns(), 1);
    desk.key(NONE, Key::Comma);
    desk.key(Modifiers::COMMAND, Key::Num0);
    assert_eq!(desk.app().board().view, fitted);
}

#[test]
fn painting_follows_a_turned_view() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::Period);
    desk.drag(LEFT, &[(20.0, 50.0), (180.0, 50.0)]);
    assert_eq!((desk.mask(100, 50), desk.mask(100, 5)), (255, 0));
}

#[test]
fn the_view_is_fitted_anew_until_the_artist_moves_it() {
    let resized = |desk: &mut Desk| {
        desk.harness.set_size(Vec2::new(900.0, 600.0));
        desk.harness.run();
        zoom(desk)
    };
    let mut desk = Desk::new();
    let before = zoom(&desk);
    assert!(resized(&mut desk) < before);

    let mut desk = Desk::new();
    let at = desk.at(100.0, 50.0);
    desk.move_to(at);
    desk.send([wheel(1.0)]);
    let before = zoom(&desk);
    assert_eq!(resized(&mut desk), before);
}
