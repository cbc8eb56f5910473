//! The dialog for a new canvas.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use pentimento::document::EditName;
use pentimento::raster::{Mask, Size};
use pentimento::recipe::MaskMode;

use super::{SIZE, click, plain, press, said, type_text, until};

#[test]
fn a_canvas_of_a_chosen_size_all_masked_at_full_strength() {
    let mut harness = plain();
    harness.state_mut().studio_mut().recipe.mask_mode = MaskMode::NotMasked;
    press(&mut harness, Modifiers::COMMAND, Key::N);
    harness.get_by_label("New canvas");
    click(&mut harness, "512 x 768");
    click(&mut harness, "Create");
    let app = harness.state();
    let document = app.document();
    assert_eq!(document.size(), Size::new(512, 768));
    assert!(
        document
            .picture()
            .pixels()
            .iter()
            .all(|pixel| *pixel == [255; 4])
    );
    assert_eq!(document.coverage(), 1.0);
    assert_eq!(document.undo_name(), None);
    let recipe = &app.studio().recipe;
    assert_eq!((recipe.strength, recipe.mask_mode), (1.0, MaskMode::Masked));
    assert!(said(app, "A new canvas of 512x768 pixels"));
    // There is nothing in it that could be lost.
    assert!(!app.is_unsaved());
}

#[test]
fn sides_are_typed_in_eights() {
    let mut harness = plain();
    press(&mut harness, Modifiers::COMMAND, Key::N);
    for (field, text) in [("Width", "203"), ("Height", "5")] {
        harness.query_all_by_label(field).last().unwrap().click();
        harness.run_steps(3);
        press(&mut harness, Modifiers::COMMAND, Key::A);
        type_text(&mut harness, text);
        press(&mut harness, Modifiers::NONE, Key::Enter);
    }
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(harness.state().document().size(), Size::new(200, 8));
}

#[test]
fn a_large_canvas_is_made_beside_the_window() {
    let mut harness = plain();
    press(&mut harness, Modifiers::COMMAND, Key::N);
    for field in ["Width", "Height"] {
        harness.query_all_by_label(field).last().unwrap().click();
        harness.run_steps(3);
        press(&mut harness, Modifiers::COMMAND, Key::A);
        type_text(&mut harness, "1600");
        press(&mut harness, Modifiers::NONE, Key::Enter);
    }
    harness.key_press(Key::Enter);
    harness.step();
    assert!(harness.query_by_label("Create").is_none());
    assert_eq!(harness.state().document().size(), SIZE);
    until(&mut harness, "made", |app| {
        app.document().size() == Size::new(1600, 1600)
    });
    let app = harness.state();
    assert!(said(app, "A new canvas of 1600x1600 pixels") && !app.is_unsaved());
    assert_eq!(app.document().coverage(), 1.0);
}

#[test]
fn unsaved_work_is_asked_about_first() {
    let mut harness = plain();
    harness.state_mut().document_mut().rotate(2);
    harness.run_steps(2);
    press(&mut harness, Modifiers::COMMAND, Key::N);
    harness.get_by_label("Unsaved work");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Create").is_none());
    press(&mut harness, Modifiers::COMMAND, Key::N);
    click(&mut harness, "Discard");
    harness.get_by_label("Create");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Create").is_none());
    let document = harness.state().document();
    assert_eq!(
        (document.size(), document.undo_name()),
        (SIZE, Some(EditName::Rotate))
    );
}

#[test]
fn work_on_a_canvas_is_asked_about() {
    let mut harness = plain();
    press(&mut harness, Modifiers::COMMAND, Key::N);
    click(&mut harness, "Create");
    assert!(!harness.state().is_unsaved());
    let document = harness.state_mut().document_mut();
    document.edit_mask(EditName::Shrink, |mask| {
        Mask::filled(mask.size(), 255).subtract(&Mask::from_fn(mask.size(), |x, _| {
            if x < 9 { 255 } else { 0 }
        }))
    });
    harness.run_steps(2);
    assert!(harness.state().is_unsaved());
}
