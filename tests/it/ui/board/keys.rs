//! Keys that set the brush and change the mask.

use eframe::egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, TouchPhase, vec2};
use egui_kittest::kittest::Queryable as _;
use pentimento::document::EditName;
use pentimento::raster::{Picture, Size};
use pentimento::ui::action;

use super::{Desk, LEFT, NONE, RIGHT};

#[test]
fn brackets_set_size_and_hardness_whatever_the_keyboard_calls_them() {
    let mut desk = Desk::new();
    let brush = |desk: &Desk| desk.app().board().brush;
    let before = brush(&desk);
    desk.key(NONE, Key::CloseBracket);
    assert!(brush(&desk).radius > before.radius);
    desk.key(NONE, Key::OpenBracket);
    assert_eq!(brush(&desk).radius, before.radius);
    for (softer, harder) in [
        (Key::OpenBracket, Key::CloseBracket),
        (Key::OpenCurlyBracket, Key::CloseCurlyBracket),
    ] {
        desk.key(Modifiers::SHIFT, softer);
        assert!((brush(&desk).hardness - 0.7).abs() < 1e-6);
        desk.key(Modifiers::SHIFT, harder);
        assert!((brush(&desk).hardness - 0.8).abs() < 1e-6);
    }
    assert_eq!(brush(&desk).radius, before.radius, "Shift leaves the size");
}

#[test]
fn digits_set_the_opacity() {
    let mut desk = Desk::new();
    for (key, opacity) in [
        (Key::Num1, 0.1),
        (Key::Num5, 0.5),
        (Key::Num9, 0.9),
        (Key::Num0, 1.0),
    ] {
        desk.key(NONE, key);
        assert_eq!(desk.app().board().brush.opacity, opacity);
    }
}

#[test]
fn the_wheel_with_ctrl_sets_the_size_and_leaves_the_view() {
    let mut desk = Desk::new();
    let view = desk.app().board().view;
    let radius = desk.app().board().brush.radius;
    let at = desk.at(100.0, 50.0);
    desk.move_to(at);
    desk.send([Event::MouseWheel {
        unit: MouseWheelUnit::Line,
        delta: vec2(0.0, 2.0),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Unknown,
        modifiers: Modifiers::COMMAND,
    }]);
    let larger = desk.app().board().brush.radius / radius;
    assert!((larger - 1.21).abs() < 1e-3, "{larger}");
    assert_eq!(desk.app().board().view, view);
}

#[test]
fn alt_or_ctrl_and_the_right_button_drag_size_and_hardness() {
    let mut desk = Desk::new();
    let start = desk.at(100.0, 50.0);
    for modifiers in [Modifiers::COMMAND, Modifiers::ALT] {
        desk = Desk::new();
        let zoom = desk.app().board().view.unwrap().zoom();
        desk.hold(modifiers);
        desk.button(start, RIGHT, true);
        desk.move_to(start + vec2(40.0, 60.0));
        let brush = desk.app().board().brush;
        assert!((brush.radius - (20.0 + 40.0 / zoom)).abs() < 1e-3);
        assert!((brush.hardness - 0.5).abs() < 1e-3);
        desk.button(start, RIGHT, false);
        assert!(desk.is_empty());
    }

    // Escape brings back what it was.
    let before = desk.app().board().brush;
    desk.button(start, RIGHT, true);
    desk.move_to(start + vec2(-10.0, -50.0));
    assert_ne!(desk.app().board().brush, before);
    desk.key(NONE, Key::Escape);
    assert_eq!(desk.app().board().brush, before);
}

#[test]
fn mask_and_colour_have_brushes_of_their_own() {
    let mut desk = Desk::new();
    let radius = |desk: &Desk| desk.app().board().brush.radius;
    let first = radius(&desk);
    desk.key(NONE, Key::CloseBracket);
    let mask = radius(&desk);
    desk.key(NONE, Key::S);
    assert_eq!(radius(&desk), first, "the colour's is as it was");
    for _ in 0..3 {
        desk.key(NONE, Key::OpenBracket);
    }
    let color = radius(&desk);
    // Other tools leave both alone.
    for (tool, expected) in [
        (Key::I, color),
        (Key::S, color),
        (Key::B, mask),
        (Key::L, mask),
        (Key::B, mask),
    ] {
        desk.key(NONE, tool);
        assert_eq!(radius(&desk), expected, "{tool:?}");
    }
}

#[test]
fn the_masks_colour_is_another_with_one_press() {
    let mut desk = Desk::new();
    let color = |desk: &Desk| desk.app().board().mask_style.color;
    let first = color(&desk);
    let mut seen = vec![first];
    loop {
        desk.press("Next mask colour");
        if color(&desk) == first {
            break;
        }
        assert!(!seen.contains(&color(&desk)), "{seen:?}");
        seen.push(color(&desk));
    }
    assert!(seen.len() >= 4, "{seen:?}");
    desk.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::H);
    assert_eq!(color(&desk), seen[1]);
}

#[test]
fn undo_and_redo_say_what_they_would_do() {
    let mut desk = Desk::new();
    desk.click(LEFT, 100.0, 50.0);
    desk.harness.get_by_label("Undo brush stroke");
    desk.key(Modifiers::COMMAND, Key::Z);
    assert!(desk.is_empty());
    desk.harness.get_by_label("Redo brush stroke");
    desk.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert!(!desk.is_empty());
    desk.key(Modifiers::COMMAND, Key::Z);
    desk.key(Modifiers::COMMAND, Key::Y);
    assert!(!desk.is_empty());
}

#[test]
fn rows_say_why_they_cannot_be_done() {
    let desk = Desk::new();
    for (id, reason) in [
        ("edit.undo", "nothing to undo"),
        ("edit.redo", "nothing to redo"),
        ("mask.clear", "mask is empty"),
        ("mask.grow", "mask is empty"),
        ("compare.wipe", "nothing to compare"),
        ("edit.close_polygon", "three corners"),
    ] {
        let refusal = action::find(id).unwrap().enabled(desk.app()).unwrap_err();
        assert!(refusal.contains(reason), "{id}: {refusal}");
    }
}

#[test]
fn the_mask_changes_as_a_whole() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::R);
    desk.drag(LEFT, &[(50.0, 30.0), (90.0, 70.0)]);
    desk.drag(RIGHT, &[(60.0, 40.0), (80.0, 60.0)]);
    let width = |desk: &Desk| desk.app().document().mask_bounds().unwrap().size().width;
    let (before, ring) = (width(&desk), desk.mask(70, 50));
    assert_eq!(ring, 0);
    desk.key(NONE, Key::H);
    assert_eq!(desk.mask(70, 50), 255, "filled");
    desk.key(NONE, Key::G);
    assert_eq!(width(&desk), before + 8, "grown by 4 on each side");
    desk.key(Modifiers::SHIFT, Key::G);
    assert_eq!(width(&desk), before, "shrunk");
    desk.key(Modifiers::COMMAND, Key::I);
    assert_eq!((desk.mask(70, 50), desk.mask(5, 5)), (0, 255), "inverted");
    desk.key(Modifiers::COMMAND, Key::D);
    assert!(desk.is_empty(), "cleared");
    assert_eq!(desk.app().document().undo_name(), Some(EditName::Clear));
}

#[test]
fn transparency_becomes_the_mask() {
    let mut desk = Desk::with(pentimento::document::Document::new(Picture::from_fn(
        Size::new(64, 64),
        |x, _| [10, 20, 30, if x < 20 { 0 } else { 255 }],
    )));
    desk.key(NONE, Key::A);
    assert_eq!((desk.mask(10, 10), desk.mask(40, 10)), (255, 0));
}

#[test]
fn letters_typed_into_a_field_are_no_keys() {
    let mut desk = Desk::new();
    let fields = desk
        .harness
        .query_all_by_role(eframe::egui::accesskit::Role::MultilineTextInput);
    let place = fields.map(|field| field.rect().center()).next().unwrap();
    desk.button(place, LEFT, true);
    desk.button(place, LEFT, false);
    desk.key(NONE, Key::W);
    assert_eq!(desk.app().board().tool, pentimento::ui::Tool::Brush);
    // A press on the canvas takes the keys back.
    desk.click(LEFT, 100.0, 50.0);
    desk.key(NONE, Key::W);
    assert_eq!(desk.app().board().tool, pentimento::ui::Tool::Wand);
}
