//! The frame that crops and extends, and the rows that turn, mirror and crop.

use eframe::egui::{Event, Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::document::EditName;
use pentimento::raster::{Axis, Rect, Size};
use pentimento::recipe::MaskMode;
use pentimento::ui::Tool;

use super::{Desk, LEFT, NONE, RIGHT};

/// Takes hold of a point of the picture and drags it by so many of its pixels.
fn pull(desk: &mut Desk, (x, y): (f32, f32), (across, down): (f32, f32)) {
    let from = desk.at(x, y);
    let zoom = desk.app().board().view.unwrap().zoom();
    let to: Pos2 = from + vec2(across, down) * zoom;
    desk.move_to(from);
    desk.button(from, LEFT, true);
    desk.move_to(from + (to - from) * 0.5);
    desk.move_to(to);
    desk.button(to, LEFT, false);
}

fn size(desk: &Desk) -> Size {
    desk.app().document().size()
}

fn told(desk: &Desk, words: &str) -> bool {
    let lines = desk.app().notices().lines();
    lines.iter().any(|line| line.text.contains(words))
}

#[test]
fn an_edge_pulled_outwards_extends_the_picture() {
    let mut desk = Desk::new();
    let before = desk.app().document().picture().clone();
    desk.key(NONE, Key::F);
    assert_eq!(desk.app().board().tool, Tool::Frame);
    pull(&mut desk, (200.0, 50.0), (41.0, 9.0));
    assert_eq!(size(&desk), Size::new(200, 100), "not yet");
    desk.key(NONE, Key::Enter);
    // To a side of whole eights.
    assert_eq!(size(&desk), Size::new(240, 100));
    let document = desk.app().document();
    assert!(document.picture().crop(Rect::of(before.size())) == *before);
    assert_eq!(document.picture().pixel(239, 50), before.pixel(199, 50));
    assert_eq!((desk.mask(239, 50), desk.mask(200, 0)), (255, 255));
    assert_eq!(
        (desk.mask(199, 50), desk.mask(184, 50), desk.mask(183, 50)),
        (247, 8, 0)
    );
    assert_eq!(document.undo_name(), Some(EditName::Extend));
    // The artist is told what that means, and has the brush in hand again.
    assert_eq!(desk.app().studio().recipe.strength, 1.0);
    assert!(told(&desk, "Strength is 1 now (it was 0.75)"));
    assert!(told(&desk, "Say what should be there and press Repaint"));
    assert_eq!(desk.app().board().tool, Tool::Brush);
    desk.key(Modifiers::COMMAND, Key::Z);
    assert!(*desk.app().document().picture() == before);
    assert!(desk.is_empty());
}

#[test]
fn a_strength_that_was_chosen_stays() {
    for (strength, words) in [
        (0.5, "At strength 0.5 streaks"),
        (0.95, "the new part masked. Say"),
    ] {
        let mut desk = Desk::new();
        desk.harness.state_mut().studio_mut().recipe.strength = strength;
        desk.key(NONE, Key::F);
        pull(&mut desk, (100.0, 0.0), (0.0, -20.0));
        desk.key(NONE, Key::Enter);
        assert_eq!(size(&desk), Size::new(200, 120));
        assert_eq!(desk.app().studio().recipe.strength, strength);
        assert!(told(&desk, words), "{:?}", desk.app().notices().lines());
    }
}

#[test]
fn corners_move_two_edges_and_alt_moves_by_pixels() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::F);
    desk.hold(Modifiers::ALT);
    // Alt stands in the events of the frame's drag.
    pull(&mut desk, (0.0, 0.0), (-13.0, 21.0));
    desk.hold(NONE);
    assert!(desk.harness.query_by_label("Left").is_some());
    desk.key(NONE, Key::Enter);
    assert_eq!(size(&desk), Size::new(213, 79));
    assert_eq!(desk.app().document().undo_name(), Some(EditName::Extend));
    // The white square of (40, 40).
    assert_eq!(desk.app().document().picture().pixel(53, 19), [255; 4]);
    assert_eq!(
        desk.app().document().picture().pixel(52, 19),
        [90, 90, 90, 255]
    );
}

#[test]
fn edges_pulled_inwards_crop_without_a_mask() {
    let mut desk = Desk::new();
    let before = desk.app().document().picture().clone();
    desk.key(NONE, Key::F);
    pull(&mut desk, (0.0, 50.0), (40.0, 0.0));
    pull(&mut desk, (100.0, 100.0), (0.0, -36.0));
    desk.key(NONE, Key::Enter);
    assert_eq!(size(&desk), Size::new(160, 64));
    assert!(*desk.app().document().picture().as_ref() == before.crop(Rect::new(40, 0, 200, 64)));
    assert!(desk.is_empty());
    assert_eq!(desk.app().document().undo_name(), Some(EditName::Crop));
    assert!(told(&desk, "Cropped to 160x64 pixels"));
    assert_eq!(desk.app().studio().recipe.strength, 0.75);
}

#[test]
fn a_part_is_drawn_then_moved_then_dropped() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::F);
    pull(&mut desk, (40.0, 20.0), (48.0, 40.0));
    // Now the frame is drawn, its inside moves it.
    pull(&mut desk, (60.0, 40.0), (10.0, -3.0));
    desk.key(NONE, Key::Enter);
    assert_eq!(size(&desk), Size::new(48, 40));
    assert_eq!(
        desk.app().document().picture().pixel(0, 30),
        [255; 4],
        "from (50, 17)"
    );

    let mut desk = Desk::new();
    desk.key(NONE, Key::F);
    pull(&mut desk, (40.0, 20.0), (48.0, 40.0));
    desk.key(NONE, Key::Escape);
    desk.key(NONE, Key::Enter);
    assert_eq!(size(&desk), Size::new(200, 100));
    assert_eq!(desk.app().document().undo_name(), None);
    // Escape in the middle of a drag brings the edge back.
    let from = desk.at(200.0, 50.0);
    desk.button(from, LEFT, true);
    desk.move_to(from + vec2(60.0, 0.0));
    desk.key(NONE, Key::Escape);
    desk.button(from, LEFT, false);
    desk.key(NONE, Key::Enter);
    assert_eq!(size(&desk), Size::new(200, 100));
    // The right button does nothing, and another tool forgets the frame.
    desk.drag(RIGHT, &[(200.0, 50.0), (230.0, 50.0)]);
    pull(&mut desk, (200.0, 50.0), (30.0, 0.0));
    desk.key(NONE, Key::B);
    desk.key(NONE, Key::F);
    desk.key(NONE, Key::Enter);
    assert_eq!(size(&desk), Size::new(200, 100));
    assert!(desk.is_empty());
}

#[test]
fn numbers_are_typed() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::F);
    for (name, text) in [("Left", "32"), ("Top", "-20"), ("Bottom", "5")] {
        desk.harness.get_by_label(name).click();
        desk.harness.run();
        desk.key(Modifiers::COMMAND, Key::A);
        desk.send([Event::Text(text.to_owned())]);
        desk.key(NONE, Key::Enter);
    }
    // Enter ended the field, no more.
    assert_eq!(size(&desk), Size::new(200, 100));
    desk.harness.get_by_label("Apply").click();
    desk.harness.run();
    assert_eq!(size(&desk), Size::new(232, 85));
}

#[test]
fn shapes_hold_while_the_frame_is_dragged() {
    let choose = |desk: &mut Desk, shape: &str| {
        desk.harness.get_by_label("Shape").click();
        desk.harness.run();
        desk.harness.get_by_label(shape).click();
        desk.harness.run();
    };
    let mut desk = Desk::new();
    desk.key(NONE, Key::F);
    choose(&mut desk, "1:1");
    pull(&mut desk, (50.0, 0.0), (-20.0, -20.0));
    desk.key(NONE, Key::Enter);
    assert_eq!(size(&desk), Size::new(120, 120));

    let mut desk = Desk::new();
    desk.key(NONE, Key::F);
    choose(&mut desk, "512 x 768 px");
    desk.harness.get_by_label("Drop").click();
    desk.harness.run();
    choose(&mut desk, "512 x 512 px");
    desk.key(NONE, Key::Enter);
    assert_eq!(size(&desk), Size::new(512, 512));
    assert_eq!(desk.app().document().undo_name(), Some(EditName::Extend));
}

#[test]
fn a_turned_view_is_no_trouble() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::Period);
    desk.key(NONE, Key::F);
    // The picture's right edge lies below now.
    let from = desk.at(200.0, 50.0);
    let zoom = desk.app().board().view.unwrap().zoom();
    desk.button(from, LEFT, true);
    desk.move_to(from + vec2(0.0, 40.0 * zoom));
    desk.button(from + vec2(0.0, 40.0 * zoom), LEFT, false);
    desk.key(NONE, Key::Enter);
    assert_eq!(size(&desk), Size::new(240, 100));
}

#[test]
fn what_was_masked_before_is_not_repainted_with_the_new_part() {
    let mut desk = Desk::new();
    desk.key(Modifiers::COMMAND, Key::I);
    assert_eq!(desk.mask(100, 50), 255);
    desk.key(NONE, Key::F);
    pull(&mut desk, (200.0, 50.0), (40.0, 0.0));
    desk.key(NONE, Key::Enter);
    assert_eq!((desk.mask(100, 50), desk.mask(220, 50)), (0, 255));
    desk.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(
        (size(&desk), desk.mask(100, 50)),
        (Size::new(200, 100), 255)
    );
}

#[test]
fn where_the_mask_keeps_room_is_left_out_of_it() {
    let mut desk = Desk::new();
    desk.harness.state_mut().studio_mut().recipe.mask_mode = MaskMode::NotMasked;
    desk.key(Modifiers::COMMAND, Key::I);
    desk.key(NONE, Key::F);
    pull(&mut desk, (200.0, 50.0), (40.0, 0.0));
    desk.key(NONE, Key::Enter);
    assert_eq!((desk.mask(100, 50), desk.mask(220, 50)), (255, 0));
}

#[test]
fn the_view_leaves_room_to_pull_an_edge_into_and_else_stays() {
    let mut desk = Desk::new();
    desk.harness.set_size([1100.0, 1040.0].into());
    desk.harness.run_steps(8);
    let fitted = desk.app().board().view;
    desk.key(NONE, Key::F);
    let corner = desk.at(200.0, 100.0);
    let room = desk.canvas().max - corner;
    assert!(room.x > 40.0 && room.y > 40.0, "{room:?}");
    // It stays while there is room, and steps back when an edge was pulled out of sight.
    let framed = desk.app().board().view;
    pull(&mut desk, (100.0, 100.0), (0.0, 8.0));
    assert_eq!(desk.app().board().view, framed);
    pull(&mut desk, (200.0, 50.0), (128.0, 0.0));
    assert_ne!(desk.app().board().view, framed);
    assert!(desk.canvas().max.x - desk.at(328.0, 50.0).x > 40.0);
    desk.key(NONE, Key::B);
    assert_eq!(desk.app().board().view, fitted);
}

/// Turns and mirrors: a key, the name of the step, where the square from (40, 40) to (60, 60) has its middle after.
type Turn = (Modifiers, Key, EditName, (u32, u32));
const TURNS: &[Turn] = &[
    (
        Modifiers::COMMAND,
        Key::CloseBracket,
        EditName::Rotate,
        (49, 50),
    ),
    (
        Modifiers::COMMAND,
        Key::OpenBracket,
        EditName::Rotate,
        (50, 149),
    ),
    (Modifiers::SHIFT, Key::H, EditName::Flip, (149, 50)),
    (Modifiers::SHIFT, Key::V, EditName::Flip, (50, 49)),
];

#[test]
fn keys_turn_and_mirror_picture_and_mask() {
    for &(modifiers, key, name, (x, y)) in TURNS {
        let mut desk = Desk::new();
        desk.click(LEFT, 50.0, 50.0);
        desk.key(modifiers, key);
        assert_eq!(desk.app().document().undo_name(), Some(name), "{key:?}");
        assert_eq!(
            desk.app().document().picture().pixel(x, y),
            [255; 4],
            "{key:?}"
        );
        assert_eq!(desk.mask(x, y), 255, "{key:?}");
        desk.key(Modifiers::COMMAND, Key::Z);
        assert_eq!((size(&desk), desk.mask(50, 50)), (Size::new(200, 100), 255));
    }
}

#[test]
fn the_menu_has_what_has_no_key() {
    let mut desk = Desk::new();
    let before = desk.app().document().picture().clone();
    let choose = |desk: &mut Desk, label: &str| {
        desk.harness.get_by_label("Picture").click();
        desk.harness.run();
        desk.harness.get_by_label_contains(label).click();
        desk.harness.run();
    };
    choose(&mut desk, "Rotate picture by half");
    assert!(**desk.app().document().picture() == before.rotated(2));
    desk.key(Modifiers::COMMAND, Key::Z);
    desk.harness.get_by_label("Picture").click();
    desk.harness.run();
    let item = desk.harness.get_by_label("Crop to the mask");
    assert!(item.accesskit_node().is_disabled(), "there is no mask");
    desk.key(NONE, Key::Escape);
    desk.key(NONE, Key::R);
    desk.drag(LEFT, &[(30.0, 20.0), (90.0, 60.0)]);
    choose(&mut desk, "Crop to the mask");
    assert_eq!(size(&desk), Size::new(60, 40));
    assert_eq!(desk.app().document().undo_name(), Some(EditName::Crop));
    // Mirrored twice it is the same.
    choose(&mut desk, "Mirror left and right");
    let cropped = before.crop(Rect::new(30, 20, 90, 60));
    assert!(**desk.app().document().picture() == cropped.flipped(Axis::Horizontal));
}
