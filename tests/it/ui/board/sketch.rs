//! Colour over the picture: the brush, the eyedropper, the colours, and what is done with what was painted.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::document::{EditName, Ink};
use pentimento::raster::Mask;
use pentimento::ui::Tool;

use super::{Desk, LEFT, NONE, RIGHT};

/// What the square of the picture and what lies around it are.
const WHITE: [u8; 3] = [255, 255, 255];
const GREY: [u8; 3] = [90, 90, 90];

impl Desk {
    fn front(&self) -> [u8; 3] {
        self.app().board().colors.front
    }

    fn seen(&self, x: u32, y: u32) -> [u8; 3] {
        let [red, green, blue, _] = self.app().document().seen_at(x, y);
        [red, green, blue]
    }

    fn sketched(&self) -> bool {
        self.app().document().sketch().is_some()
    }

    pub(super) fn press(&mut self, label: &str) {
        let buttons = self
            .harness
            .query_all_by_role_and_label(Role::Button, label);
        buttons.last().unwrap().click();
        self.harness.run();
    }

    fn is_enabled(&self, label: &str) -> bool {
        let buttons = self
            .harness
            .query_all_by_role_and_label(Role::Button, label);
        !buttons.last().unwrap().accesskit_node().is_disabled()
    }
}

#[test]
fn the_left_button_paints_colour_and_the_right_one_erases_it() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::S);
    assert_eq!(desk.app().board().tool, Tool::ColorBrush);
    let color = desk.front();
    let start = desk.at(30.0, 50.0);
    desk.button(start, LEFT, true);
    let document = desk.app().document();
    assert_eq!(document.wet_ink(), Some(Ink::Color(color)));
    assert!(document.sketch().is_none());
    let end = desk.at(90.0, 50.0);
    desk.move_to(end);
    desk.button(end, LEFT, false);
    assert_eq!((desk.seen(60, 50), desk.seen(60, 90)), (color, GREY));
    assert!(desk.is_empty(), "the mask stays as it is");
    let picture = desk.app().document().picture().pixel(50, 50);
    assert_eq!(picture, [255; 4], "and so does the picture");
    assert_eq!(desk.app().document().undo_name(), Some(EditName::Sketch));
    desk.harness.get_by_label("Undo colour stroke");

    desk.click(RIGHT, 60.0, 50.0);
    assert_eq!(desk.seen(60, 50), GREY);
    assert_eq!(desk.seen(30, 50), color);
    let erased = Some(EditName::EraseSketch);
    assert_eq!(desk.app().document().undo_name(), erased);
    desk.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(desk.seen(60, 50), color);

    // The eraser's key, for a pen that has but one end.
    desk.key(NONE, Key::E);
    desk.click(LEFT, 60.0, 50.0);
    assert_eq!(desk.seen(60, 50), GREY);
    desk.key(NONE, Key::E);
    for _ in 0..2 {
        desk.key(Modifiers::COMMAND, Key::Z);
    }
    assert!(!desk.sketched());
    desk.key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
    assert_eq!(desk.seen(60, 50), color);
}

#[test]
fn shift_leads_a_straight_line_and_escape_drops_a_stroke() {
    let mut desk = Desk::new();
    desk.press("Colour brush");
    desk.click(LEFT, 30.0, 20.0);
    desk.hold(Modifiers::SHIFT);
    desk.click(LEFT, 130.0, 20.0);
    desk.hold(NONE);
    assert_eq!(desk.seen(80, 20), desk.front());
    let revision = desk.app().document().revision();
    let at = desk.at(100.0, 80.0);
    desk.button(at, LEFT, true);
    desk.key(NONE, Key::Escape);
    assert!(desk.app().document().wet().is_none());
    desk.button(at, LEFT, false);
    assert_eq!(desk.app().document().revision(), revision);
}

#[test]
fn opacity_counts_once_for_a_stroke() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::S);
    desk.key(NONE, Key::Num5);
    desk.drag(LEFT, &[(30.0, 80.0), (120.0, 80.0), (30.0, 80.0)]);
    let alpha = |desk: &Desk| desk.app().document().sketch().unwrap().pixel(75, 80)[3];
    assert_eq!(alpha(&desk), 128);
    desk.drag(LEFT, &[(30.0, 80.0), (120.0, 80.0)]);
    assert_eq!(alpha(&desk), 192);
}

#[test]
fn the_eyedropper_takes_what_is_seen() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::I);
    assert_eq!(desk.app().board().tool, Tool::Eyedropper);
    desk.click(LEFT, 50.0, 50.0);
    assert_eq!(desk.front(), WHITE);
    // Dragged, it is the colour where it is let go.
    desk.drag(LEFT, &[(50.0, 50.0), (150.0, 50.0)]);
    assert_eq!(desk.front(), GREY);
    desk.click(RIGHT, 50.0, 50.0);
    let colors = &desk.app().board().colors;
    assert_eq!((colors.front, colors.back), (GREY, WHITE));
    desk.key(NONE, Key::X);
    assert_eq!(desk.front(), WHITE);
    // Beside the picture there is nothing to take.
    let outside = desk.at(-8.0, 50.0);
    desk.button(outside, LEFT, true);
    desk.button(outside, LEFT, false);
    assert_eq!(desk.front(), WHITE);
    let document = desk.app().document();
    assert_eq!((document.undo_name(), document.revision()), (None, 0));

    // With the brush in hand, Ctrl and Alt take colours, and do not paint.
    desk.key(NONE, Key::S);
    desk.drag(LEFT, &[(120.0, 20.0), (160.0, 20.0)]);
    for modifiers in [Modifiers::COMMAND, Modifiers::ALT] {
        desk.hold(modifiers);
        desk.click(LEFT, 150.0, 80.0);
        assert_eq!(desk.front(), GREY);
        desk.click(LEFT, 140.0, 20.0);
        assert_eq!(desk.front(), WHITE, "what was painted is seen too");
    }
    desk.hold(NONE);
    desk.key(Modifiers::COMMAND, Key::Z);
    assert!(!desk.sketched(), "one stroke, and nothing else");
}

#[test]
fn colours_are_swapped_and_painted_with_again() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::S);
    let first = desk.front();
    desk.harness.get_by_label("Paint colour");
    desk.press("Second colour #ffffff");
    assert_eq!(desk.front(), WHITE);
    desk.click(LEFT, 20.0, 20.0);
    desk.key(NONE, Key::X);
    assert_eq!(desk.front(), first);
    desk.click(LEFT, 120.0, 20.0);
    assert_eq!(desk.app().board().colors.recent(), [first, WHITE]);
    desk.press("Recent colour #ffffff");
    assert_eq!(desk.front(), WHITE);
    desk.harness.check_accessibility();
}

#[test]
fn what_was_painted_is_masked_in_one_step() {
    let mut desk = Desk::new();
    // What is told must not lie over what is painted.
    desk.harness.set_size([1100.0, 1040.0].into());
    desk.harness.run_steps(8);
    desk.key(NONE, Key::S);
    assert!(!desk.is_enabled("Mask what I painted"));
    desk.key(Modifiers::SHIFT, Key::M);
    let reason = "Nothing is painted in colour yet";
    let lines = desk.app().notices().lines();
    assert!(lines.iter().any(|line| line.text.contains(reason)));

    desk.key(NONE, Key::B);
    desk.click(LEFT, 160.0, 80.0);
    desk.key(NONE, Key::S);
    desk.drag(LEFT, &[(40.0, 30.0), (90.0, 30.0)]);
    let before = desk.app().document().mask().clone();
    let sketch = desk.app().document().sketch().unwrap().clone();
    desk.press("Mask what I painted");
    let drawn = Mask::new(sketch.size(), sketch.channel(3).collect());
    assert_eq!(**desk.app().document().mask(), before.union(&drawn));
    assert_eq!((desk.mask(60, 30), desk.mask(160, 80)), (255, 255));
    assert!(desk.sketched());
    desk.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(*desk.app().document().mask(), before);
    desk.key(Modifiers::SHIFT, Key::M);
    assert_eq!(desk.mask(60, 30), 255);
}

#[test]
fn the_sketch_is_cleared_or_merged() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::S);
    for label in ["Clear the sketch", "Merge the sketch into the picture"] {
        assert!(!desk.is_enabled(label), "{label}");
    }
    desk.drag(LEFT, &[(40.0, 30.0), (90.0, 30.0)]);
    let color = desk.front();
    desk.press("Clear the sketch");
    assert!(!desk.sketched());
    assert_eq!(desk.seen(60, 30), GREY);
    desk.key(Modifiers::COMMAND, Key::Z);
    let seen = desk.app().document().seen();
    desk.press("Merge the sketch into the picture");
    assert!(!desk.sketched() && **desk.app().document().picture() == *seen);
    assert_eq!(desk.seen(60, 30), color);
    desk.key(Modifiers::COMMAND, Key::Z);
    assert!(desk.sketched());
    assert_eq!(
        desk.app().document().picture().pixel(60, 30),
        [90, 90, 90, 255]
    );
}

#[test]
fn the_wand_sees_what_was_painted() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::S);
    desk.click(LEFT, 150.0, 50.0);
    desk.key(NONE, Key::W);
    desk.click(LEFT, 150.0, 50.0);
    assert_eq!((desk.mask(150, 50), desk.mask(100, 50)), (255, 0));
}

#[test]
fn painting_in_colour_leaves_a_hidden_mask_hidden() {
    let mut desk = Desk::new();
    desk.key(Modifiers::COMMAND, Key::H);
    desk.key(NONE, Key::S);
    desk.click(LEFT, 50.0, 50.0);
    assert!(desk.app().board().mask_hidden);
    desk.press("Mask what I painted");
    assert!(!desk.app().board().mask_hidden);
}
