//! Painting, erasing and selecting.

use eframe::egui::{Event, Key, Modifiers, pos2};
use pentimento::document::EditName;

use super::{Desk, LEFT, NONE, RIGHT};

/// Picture pixels.
type Points = &'static [(f32, f32)];

/// A tool's key, the name of its edit, and a drag that covers (50, 50) with it.
const TOOLS: &[(Key, EditName, Points)] = &[
    (Key::B, EditName::Stroke, &[(40.0, 50.0), (60.0, 50.0)]),
    (Key::R, EditName::Rectangle, &[(30.0, 30.0), (70.0, 70.0)]),
    (Key::O, EditName::Ellipse, &[(30.0, 30.0), (70.0, 70.0)]),
    (
        Key::L,
        EditName::Lasso,
        &[(30.0, 30.0), (70.0, 30.0), (70.0, 70.0), (30.0, 70.0)],
    ),
    (Key::P, EditName::Polygon, &[]),
    (Key::W, EditName::Wand, &[(50.0, 50.0)]),
];

fn use_tool(desk: &mut Desk, key: Key, button: eframe::egui::PointerButton, drag: &[(f32, f32)]) {
    desk.key(NONE, key);
    if key == Key::P {
        for (x, y) in [(30.0, 30.0), (70.0, 30.0), (70.0, 70.0)] {
            desk.click(button, x, y);
        }
        desk.click(button, 30.0, 70.0);
        desk.key(NONE, Key::Enter);
    } else {
        desk.drag(button, drag);
    }
}

#[test]
fn left_adds_and_right_takes_away_with_every_tool() {
    for &(key, name, drag) in TOOLS {
        let mut desk = Desk::new();
        use_tool(&mut desk, key, LEFT, drag);
        assert_eq!(desk.mask(50, 50), 255, "{name:?} adds");
        assert_eq!(desk.mask(150, 20), 0, "{name:?} adds only there");
        assert_eq!(desk.app().document().undo_name(), Some(name));

        let mut desk = Desk::new();
        desk.key(Modifiers::COMMAND, Key::I);
        assert_eq!(desk.mask(50, 50), 255, "inverted");
        use_tool(&mut desk, key, RIGHT, drag);
        assert_eq!(desk.mask(50, 50), 0, "{name:?} takes away");
        assert_eq!(desk.mask(150, 20), 255, "{name:?} takes away only there");
    }
}

#[test]
fn every_position_of_a_frame_is_used() {
    let mut desk = Desk::new();
    let [start, corner, end] =
        [(20.0, 20.0), (100.0, 80.0), (180.0, 20.0)].map(|(x, y)| desk.at(x, y));
    let press = |pressed, pos| Event::PointerButton {
        pos,
        button: LEFT,
        pressed,
        modifiers: NONE,
    };
    desk.send([
        press(true, start),
        Event::PointerMoved(corner),
        Event::PointerMoved(end),
        press(false, end),
    ]);
    for (x, y) in [(20, 20), (60, 50), (100, 80), (140, 50), (179, 20)] {
        assert_eq!(desk.mask(x, y), 255, "at {x}, {y}");
    }
    assert_eq!(desk.mask(100, 20), 0, "between start and end");
}

#[test]
fn a_line_is_drawn_with_shift_from_where_painting_ended() {
    for (button, covered) in [(LEFT, 255), (RIGHT, 0)] {
        let mut desk = Desk::new();
        if button == RIGHT {
            desk.key(Modifiers::COMMAND, Key::I);
        }
        desk.click(button, 20.0, 50.0);
        desk.hold(Modifiers::SHIFT);
        desk.click(button, 180.0, 50.0);
        assert_eq!(desk.mask(100, 50), covered);
        assert_eq!(desk.mask(100, 90), 255 - covered);
    }
}

#[test]
fn strokes_begin_and_end_outside_the_picture() {
    let mut desk = Desk::new();
    desk.drag(LEFT, &[(-5.0, 50.0), (100.0, 50.0), (100.0, 130.0)]);
    for (x, y) in [(0, 50), (50, 50), (100, 99)] {
        assert_eq!(desk.mask(x, y), 255, "at {x}, {y}");
    }
}

#[test]
fn the_eraser_turns_the_left_button_round() {
    let mut desk = Desk::new();
    desk.key(Modifiers::COMMAND, Key::I);
    desk.key(NONE, Key::E);
    desk.click(LEFT, 100.0, 50.0);
    assert_eq!(desk.mask(100, 50), 0);
    desk.key(NONE, Key::E);
    desk.click(LEFT, 100.0, 50.0);
    assert_eq!(desk.mask(100, 50), 255);
}

#[test]
fn escape_drops_what_is_half_drawn() {
    for &(key, name, drag) in TOOLS {
        if name == EditName::Wand {
            continue;
        }
        let mut desk = Desk::new();
        desk.key(NONE, key);
        if drag.is_empty() {
            for (x, y) in [(30.0, 30.0), (70.0, 30.0), (70.0, 70.0)] {
                desk.click(LEFT, x, y);
            }
            desk.key(NONE, Key::Escape);
            desk.key(NONE, Key::Enter);
        } else {
            let points: Vec<_> = drag.iter().map(|&(x, y)| desk.at(x, y)).collect();
            desk.button(points[0], LEFT, true);
            for &at in &points[1..] {
                desk.move_to(at);
            }
            desk.key(NONE, Key::Escape);
            desk.button(points[points.len() - 1], LEFT, false);
        }
        assert!(desk.is_empty(), "{name:?}");
        assert_eq!(desk.app().document().undo_name(), None);
    }
}

#[test]
fn a_polygon_is_closed_by_a_double_click_or_on_its_first_corner() {
    for double in [true, false] {
        let mut desk = Desk::new();
        desk.key(NONE, Key::P);
        for (x, y) in [(30.0, 30.0), (70.0, 30.0), (70.0, 70.0)] {
            desk.click(LEFT, x, y);
        }
        let pos = desk.at(30.0, if double { 70.0 } else { 30.0 });
        // Within one frame, so that no time passes.
        let click = [true, false].map(|pressed| Event::PointerButton {
            pos,
            button: LEFT,
            pressed,
            modifiers: NONE,
        });
        assert!(desk.is_empty());
        desk.send(
            click
                .iter()
                .cloned()
                .chain(click.iter().filter(|_| double).cloned()),
        );
        assert_eq!(desk.mask(60, 40), 255, "double click: {double}");
    }
}

#[test]
fn backspace_takes_a_corner_back() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::P);
    for (x, y) in [(20.0, 20.0), (80.0, 20.0), (80.0, 80.0), (180.0, 50.0)] {
        desk.click(LEFT, x, y);
    }
    desk.key(NONE, Key::Backspace);
    desk.key(NONE, Key::Enter);
    assert_eq!(desk.mask(70, 40), 255);
    assert_eq!(desk.mask(120, 50), 0, "only towards the corner taken back");
}

#[test]
fn shift_makes_equal_sides() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::R);
    desk.hold(Modifiers::SHIFT);
    desk.drag(LEFT, &[(20.0, 20.0), (60.0, 30.0)]);
    let bounds = desk.app().document().mask_bounds().unwrap();
    assert_eq!(bounds.size().width, bounds.size().height);
}

#[test]
fn the_wand_takes_like_colours_and_nothing_outside_the_picture() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::W);
    desk.click(LEFT, -10.0, 50.0);
    assert!(desk.is_empty(), "outside");
    desk.click(LEFT, 50.0, 50.0);
    let document = desk.app().document();
    assert_eq!(document.coverage(), 400.0 / 20_000.0);
}

#[test]
fn another_button_does_not_disturb_a_stroke() {
    let mut desk = Desk::new();
    let [start, end] = [desk.at(20.0, 50.0), desk.at(180.0, 50.0)];
    desk.button(start, LEFT, true);
    desk.button(start, RIGHT, true);
    desk.move_to(end);
    desk.button(end, RIGHT, false);
    desk.button(end, LEFT, false);
    assert_eq!(desk.mask(100, 50), 255);
    assert_eq!(desk.app().document().undo_name(), Some(EditName::Stroke));
}

#[test]
fn a_press_on_a_panel_paints_nothing() {
    let mut desk = Desk::new();
    desk.button(pos2(20.0, 700.0), LEFT, true);
    let end = desk.at(100.0, 50.0);
    desk.move_to(end);
    desk.button(end, LEFT, false);
    assert!(desk.is_empty());
}

#[test]
fn painting_shows_a_hidden_mask() {
    let mut desk = Desk::new();
    desk.key(Modifiers::COMMAND, Key::H);
    assert!(desk.app().board().mask_hidden);
    desk.click(LEFT, 100.0, 50.0);
    assert!(!desk.app().board().mask_hidden);
}
