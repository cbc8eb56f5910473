//! The line at the bottom, and names for those who cannot see.

use eframe::egui::Key;
use egui_kittest::kittest::Queryable as _;

use super::{Desk, LEFT, NONE};

#[test]
fn coverage_and_bounds_are_always_said() {
    let mut desk = Desk::new();
    assert!(desk.says("Mask empty"), "{:?}", desk.words());
    assert!(desk.says("Picture 200x100"));
    desk.key(NONE, Key::W);
    desk.click(LEFT, 50.0, 50.0);
    assert!(
        desk.says("Mask 2.00 %   20x20 at 40, 40"),
        "{:?}",
        desk.words()
    );
}

#[test]
fn zoom_and_pointer_are_said() {
    let mut desk = Desk::new();
    desk.key(eframe::egui::Modifiers::COMMAND, Key::Num1);
    assert!(desk.says("Zoom 100 %"));
    let at = desk.at(12.5, 34.5);
    desk.move_to(at);
    assert!(desk.says("12, 34"), "{:?}", desk.words());
}

#[test]
fn every_button_has_a_name() {
    let mut desk = Desk::new();
    for name in [
        "Brush",
        "Colour brush",
        "Eyedropper",
        "Rectangle",
        "Ellipse",
        "Lasso",
        "Polygon",
        "Magic wand",
        "Eraser",
        "Undo",
        "Redo",
        "Invert mask",
        "Grow mask",
        "Shrink mask",
        "Fill holes",
        "Clear mask",
        "Wipe",
        "Side by side",
        "Difference",
        "Original",
        "Fit picture",
        "Actual size",
        "Rotate view left",
        "Rotate view right",
        "Zoom in",
        "Zoom out",
    ] {
        desk.harness.get_by_label(name);
    }
    desk.harness.check_accessibility();
    desk.harness.get_by_label("Mask look").click();
    desk.harness.run();
    for name in [
        "Tint",
        "Hatch",
        "Outline",
        "Black and white",
        "Hidden",
        "Strength",
    ] {
        assert!(
            desk.harness.query_all_by_label(name).next().is_some(),
            "{name}"
        );
    }
}
