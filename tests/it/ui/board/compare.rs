//! Before against after.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use pentimento::document::{Document, EditName};
use pentimento::raster::{Patch, Picture, Rect, Size};
use pentimento::ui::Comparison;

use super::{Desk, LEFT, NONE};

/// A picture with an accepted result.
fn repainted() -> Desk {
    let mut document = Document::new(Picture::filled(Size::new(200, 100), [9, 9, 9, 255]));
    let patch = Picture::filled(Size::new(20, 20), [200, 0, 0, 255]);
    document.apply(
        EditName::Result,
        &Patch::new(Rect::new(50, 50, 70, 70), patch),
    );
    Desk::with(document)
}

#[test]
fn keys_choose_and_end_the_comparison() {
    let mut desk = repainted();
    for (modifiers, key, mode) in [
        (NONE, Key::C, Comparison::Wipe),
        (Modifiers::SHIFT, Key::C, Comparison::SideBySide),
        (NONE, Key::D, Comparison::Difference),
    ] {
        desk.key(modifiers, key);
        assert_eq!(desk.app().board().comparison(), mode);
    }
    desk.key(NONE, Key::D);
    assert_eq!(desk.app().board().comparison(), Comparison::Off);
}

#[test]
fn there_is_nothing_to_compare_before_the_first_result() {
    let mut desk = Desk::new();
    desk.key(NONE, Key::C);
    assert_eq!(desk.app().board().comparison(), Comparison::Off);
}

#[test]
fn the_original_is_shown_while_the_key_is_held() {
    let mut desk = repainted();
    desk.key_event(Key::Backslash, NONE, true);
    assert!(desk.app().board().shows_original());
    desk.key_event(Key::Backslash, NONE, false);
    assert!(!desk.app().board().shows_original());
    // A tap within one frame is no choice either.
    let tap = |pressed| eframe::egui::Event::Key {
        key: Key::Backslash,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: NONE,
    };
    desk.send([tap(true), tap(false)]);
    assert!(!desk.app().board().shows_original());
    // The button keeps it.
    desk.harness.get_by_label("Original").click();
    desk.harness.run();
    assert!(desk.app().board().shows_original());
}

#[test]
fn dragging_the_wipes_line_paints_nothing() {
    let mut desk = repainted();
    desk.key(NONE, Key::C);
    let line = desk.canvas().center();
    desk.button(line, LEFT, true);
    desk.move_to(line + eframe::egui::vec2(80.0, 0.0));
    desk.button(line + eframe::egui::vec2(80.0, 0.0), LEFT, false);
    assert!(desk.is_empty());
    // It went along: where it was, the brush paints again.
    desk.button(line, LEFT, true);
    desk.button(line, LEFT, false);
    assert!(!desk.is_empty());
}

#[test]
fn painting_works_in_both_panes() {
    let mut desk = repainted();
    desk.key(Modifiers::SHIFT, Key::C);
    let canvas = desk.canvas();
    for share in [0.25, 0.75] {
        let at = canvas.lerp_inside(eframe::egui::vec2(share, 0.5));
        desk.button(at, LEFT, true);
        desk.button(at, LEFT, false);
        let name = desk.app().document().undo_name();
        assert_eq!(name, Some(EditName::Stroke), "at {share}");
        assert_eq!(desk.mask(100, 50), 255, "at {share}");
        desk.key(Modifiers::COMMAND, Key::Z);
    }
}
