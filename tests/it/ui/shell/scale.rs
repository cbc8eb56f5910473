//! The dialog that scales, and work that takes a while.

use eframe::egui::{Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::document::EditName;
use pentimento::raster::{Mask, Size};
use pentimento::ui::App;

use super::{SIZE, click, plain, press, said, type_text, until};

fn size(harness: &Harness<'static, App>) -> Size {
    harness.state().document().size()
}

fn open(harness: &mut Harness<'static, App>) {
    press(harness, Modifiers::COMMAND | Modifiers::ALT, Key::I);
    harness.get_by_label("Scale picture");
}

/// Types a number into a field of the dialog.
fn enter(harness: &mut Harness<'static, App>, field: &str, text: &str) {
    let fields = harness.query_all_by_label(field);
    fields.last().unwrap().click();
    harness.run_steps(3);
    press(harness, Modifiers::COMMAND, Key::A);
    type_text(harness, text);
    press(harness, Modifiers::NONE, Key::Enter);
}

#[test]
fn factors_sizes_and_proportions() {
    let mut harness = plain();
    open(&mut harness);
    click(&mut harness, "200 %");
    harness.get_by_label_contains("From 64 x 48 to 128 x 96");
    click(&mut harness, "Scale");
    assert_eq!(size(&harness), Size::new(128, 96));
    assert_eq!(
        harness.state().document().undo_name(),
        Some(EditName::Scale)
    );
    assert!(said(harness.state(), "Scaled to 128x96 pixels."));

    open(&mut harness);
    enter(&mut harness, "Width", "100");
    harness.get_by_label_contains("to 100 x 75,");
    // Not what models take: one click makes it so.
    click(&mut harness, "Use 104 x 72");
    click(&mut harness, "Keep proportions");
    enter(&mut harness, "Height", "40");
    harness.get_by_label_contains("to 104 x 40,");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(size(&harness), Size::new(104, 40));

    open(&mut harness);
    enter(&mut harness, "Factor", "50");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Scale picture").is_none());
    assert_eq!(size(&harness), Size::new(104, 40));
}

#[test]
fn keys_do_nothing_else_while_it_is_open() {
    let mut harness = plain();
    open(&mut harness);
    press(&mut harness, Modifiers::SHIFT, Key::H);
    press(&mut harness, Modifiers::COMMAND, Key::CloseBracket);
    assert_eq!(harness.state().document().undo_name(), None);
    click(&mut harness, "Cancel");
    assert_eq!(size(&harness), SIZE);
    press(&mut harness, Modifiers::SHIFT, Key::H);
    assert_eq!(harness.state().document().undo_name(), Some(EditName::Flip));
}

/// Scales by 40: more pixels than the window waits for.
fn scale_much(harness: &mut Harness<'static, App>) {
    open(harness);
    enter(harness, "Factor", "4000");
    press(harness, Modifiers::NONE, Key::Enter);
}

const LARGE: Size = Size {
    width: 2560,
    height: 1920,
};

#[test]
fn long_work_is_done_beside_the_window_which_waits() {
    let mut harness = plain();
    scale_much(&mut harness);
    until(&mut harness, "scaled", |app| app.document().size() == LARGE);
    assert!(said(harness.state(), "Scaled to 2560x1920 pixels."));
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(size(&harness), SIZE);
}

#[test]
fn what_is_not_wanted_any_more_changes_nothing() {
    let mut harness = plain();
    open(&mut harness);
    enter(&mut harness, "Factor", "4000");
    // The dialog goes and the work begins; Escape calls it off.
    harness.event(key(Key::Enter, true));
    harness.event(key(Key::Enter, false));
    harness.step();
    harness.event(key(Key::Escape, true));
    harness.event(key(Key::Escape, false));
    harness.step();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    harness.run_steps(4);
    assert_eq!(size(&harness), SIZE);

    // Changed by other hands meanwhile: what was made of it is dropped, and said to be.
    open(&mut harness);
    enter(&mut harness, "Factor", "4000");
    harness.event(key(Key::Enter, true));
    harness.event(key(Key::Enter, false));
    harness.step();
    let document = harness.state_mut().document_mut();
    document.edit_mask(EditName::Import, |mask| Mask::filled(mask.size(), 200));
    until(&mut harness, "told", |app| said(app, "changed meanwhile"));
    assert_eq!(size(&harness), SIZE);
}

fn key(key: Key, pressed: bool) -> Event {
    Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    }
}

#[test]
fn every_control_of_the_dialog_is_named_and_explained() {
    let mut harness = plain();
    open(&mut harness);
    for label in [
        "Width",
        "Height",
        "Factor",
        "Keep proportions",
        "25 %",
        "50 %",
        "150 %",
        "400 %",
        "Scale",
        "Cancel",
    ] {
        let mut nodes = harness.query_all_by_label(label);
        assert!(
            nodes.any(|node| !node.accesskit_node().is_disabled()),
            "{label}"
        );
    }
}
