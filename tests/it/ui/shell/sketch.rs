//! A sketch in picture files, which have no layers.

use std::sync::Arc;

use eframe::egui::{Key, Modifiers};
use pentimento::document::{Brush, StrokeMode, StrokePoint};
use pentimento::raster::file;
use pentimento::ui::Places;

use super::{folder, press, until, window};

#[test]
fn what_is_seen_is_saved_and_the_sketch_stays() {
    let dir = folder();
    let target = dir.path().join("new.png");
    let chosen = target.clone();
    let mut harness = window(Places::default(), Arc::new(move |_| Some(chosen.clone())));
    assert!(!harness.state().is_unsaved());
    let brush = Brush {
        radius: 6.0,
        hardness: 0.5,
        opacity: 0.7,
        size_by_pressure: false,
        opacity_by_pressure: false,
    };
    let at = StrokePoint {
        x: 20.0,
        y: 20.0,
        pressure: 1.0,
    };
    let document = harness.state_mut().document_mut();
    document.begin_sketch([200, 20, 20], StrokeMode::Paint, brush, at);
    document.end_stroke();
    assert!(harness.state().is_unsaved());
    let seen = harness.state().document().seen();
    press(&mut harness, Modifiers::COMMAND, Key::S);
    until(&mut harness, "saved", |app| !app.is_unsaved());
    assert!(file::read(&target).unwrap().picture == *seen);
    assert!(harness.state().document().sketch().is_some());

    // Another mask is no change of the picture, another sketch is; taken back it is as saved.
    let document = harness.state_mut().document_mut();
    document.mask_sketch();
    document.undo();
    document.clear_sketch();
    assert!(harness.state().is_unsaved());
    harness.state_mut().document_mut().undo();
    assert!(!harness.state().is_unsaved());
}
