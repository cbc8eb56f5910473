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
    assert_eq!(desk.app().board().view.unwrap().degrees(), 90.0);
    desk.key(NONE, Key::Comma);
    desk.key(Modifiers::COMMAND, Key::Num0);
    assert_eq!(desk.app().board().view, fitted);
}

/// Keys that turn the view, and by how far it is turned with the mouse, degrees.
const VIEWS: &[(&[Key], f32)] = &[
    (&[], 0.0),
    (&[Key::Period], 0.0),
    (&[Key::Comma], 0.0),
    (&[Key::M], 0.0),
    (&[Key::Period, Key::M], 0.0),
    (&[Key::M, Key::Period], 0.0),
    (&[], 37.0),
    (&[], -120.0),
    (&[Key::M], 30.0),
    (&[Key::Comma, Key::M], -66.0),
];

/// Turns the view about its middle: Shift and Space are held, or Shift and the middle button.
fn drag_round(desk: &mut Desk, degrees: f32, space: bool) {
    let middle = desk.canvas().center();
    let at = |degrees: f32| middle + vec2(120.0, 0.0).rotated(degrees.to_radians());
    let button = if space {
        desk.key_event(Key::Space, NONE, true);
        LEFT
    } else {
        PointerButton::Middle
    };
    desk.hold(Modifiers::SHIFT);
    desk.button(at(10.0), button, true);
    for part in 1..=4 {
        desk.move_to(at(10.0 + degrees * part as f32 / 4.0));
    }
    desk.button(at(10.0 + degrees), button, false);
    desk.hold(NONE);
    desk.key_event(Key::Space, NONE, false);
}

trait Rotated {
    fn rotated(self, angle: f32) -> Self;
}

impl Rotated for Vec2 {
    fn rotated(self, angle: f32) -> Self {
        let (sin, cos) = angle.sin_cos();
        vec2(self.x * cos - self.y * sin, self.x * sin + self.y * cos)
    }
}

/// A window whose view lies so.
fn turned(keys: &[Key], degrees: f32) -> Desk {
    let mut desk = Desk::new();
    for &key in keys {
        desk.key(NONE, key);
    }
    if degrees != 0.0 {
        drag_round(&mut desk, degrees, true);
    }
    // All of it is in sight.
    desk.key(Modifiers::COMMAND, Key::Num0);
    desk
}

#[test]
fn a_drag_turns_the_view_and_paints_nothing() {
    for space in [true, false] {
        for (by, expected) in [(37.0, 37.0), (-120.0, 240.0), (88.5, 90.0), (1.0, 0.0)] {
            let mut desk = Desk::new();
            drag_round(&mut desk, by, space);
            let view = desk.app().board().view.unwrap();
            assert!((view.degrees() - expected).abs() < 0.1, "{by}: {view:?}");
            assert!(desk.is_empty(), "{by}");
            let said = format!("Rotated {expected:.0}°");
            assert_eq!(desk.says(&said), expected != 0.0, "{:?}", desk.words());
            desk.key(NONE, Key::Home);
            assert_eq!(desk.app().board().view.unwrap().degrees(), 0.0);
        }
    }
    // Escape brings back what was, while the button is held.
    let mut desk = turned(&[], 37.0);
    let start = desk.canvas().center() + vec2(100.0, 0.0);
    desk.hold(Modifiers::SHIFT);
    desk.button(start, PointerButton::Middle, true);
    desk.move_to(start + vec2(-40.0, 80.0));
    assert!(desk.words().iter().any(|said| said.starts_with("Rotated")));
    desk.hold(NONE);
    desk.key(NONE, Key::Escape);
    let degrees = desk.app().board().view.unwrap().degrees();
    assert!((degrees - 37.0).abs() < 0.1, "{degrees}");
}

#[test]
fn screen_and_picture_agree_however_the_view_lies() {
    for &(keys, degrees) in VIEWS {
        let desk = turned(keys, degrees);
        for (x, y) in [(0.0, 0.0), (200.0, 0.0), (13.5, 77.25), (199.0, 99.0)] {
            let there = desk.under(desk.at(x, y));
            let off = (there - eframe::egui::pos2(x, y)).length();
            assert!(off < 0.01, "{keys:?} {degrees}: {there:?}");
        }
    }
}

#[test]
fn tools_follow_the_view_however_it_lies() {
    for &(keys, degrees) in VIEWS {
        let which = format!("{keys:?} {degrees}");
        let mut desk = turned(keys, degrees);
        desk.drag(LEFT, &[(30.0, 50.0), (150.0, 50.0)]);
        let painted = [(100, 50), (100, 5), (30, 50), (180, 50)];
        let painted = painted.map(|(x, y)| desk.mask(x, y));
        assert_eq!(painted, [255, 0, 255, 0], "{which}");
        // An outline between corners.
        desk.key(Modifiers::COMMAND, Key::D);
        desk.key(NONE, Key::R);
        desk.drag(LEFT, &[(20.0, 10.0), (60.0, 90.0)]);
        let bounds = desk.app().document().mask_bounds().unwrap();
        let near = |a: u32, b: u32| a.abs_diff(b) <= 1;
        let fits = near(bounds.left, 20) && near(bounds.right, 60);
        assert!(fits && near(bounds.top, 10), "{which}: {bounds:?}");
        // The picture's right edge, wherever it lies.
        desk.key(NONE, Key::F);
        let from = desk.at(200.0, 50.0);
        desk.move_to(from);
        desk.button(from, LEFT, true);
        let to = desk.at(240.0, 55.0);
        desk.move_to(to);
        desk.button(to, LEFT, false);
        desk.key(NONE, Key::Enter);
        let size = desk.app().document().size();
        assert_eq!((size.width, size.height), (240, 100), "{which}");
    }
}

#[test]
fn width_and_mask_are_fitted() {
    let mut desk = Desk::new();
    desk.key(Modifiers::COMMAND, Key::Num2);
    let width = desk.at(200.0, 0.0).x - desk.at(0.0, 0.0).x;
    assert!(
        (width - (desk.canvas().width() - 32.0)).abs() < 2.0,
        "{width}"
    );
    let action = pentimento::ui::action::find("view.fit_mask").unwrap();
    assert!(
        action
            .enabled(desk.app())
            .unwrap_err()
            .contains("mask is empty")
    );
    desk.key(NONE, Key::R);
    desk.drag(LEFT, &[(40.0, 40.0), (60.0, 50.0)]);
    desk.key(Modifiers::COMMAND, Key::Num3);
    let (from, to) = (desk.at(40.0, 40.0), desk.at(60.0, 50.0));
    assert!((from.lerp(to, 0.5) - desk.canvas().center()).length() < 2.0);
    assert!(desk.canvas().contains(from) && desk.canvas().contains(to));
    assert!(
        to.x - from.x > desk.canvas().width() * 0.6,
        "{from:?} {to:?}"
    );
}

#[test]
fn full_screen_is_asked_of_the_system() {
    let mut desk = Desk::new();
    desk.harness.input_mut().events.push(Event::Key {
        key: Key::F11,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: NONE,
    });
    desk.harness.step();
    let output = &desk.harness.output().viewport_output;
    let mut commands = output.values().flat_map(|viewport| &viewport.commands);
    let asked = eframe::egui::ViewportCommand::Fullscreen(true);
    assert!(commands.any(|command| *command == asked));
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
