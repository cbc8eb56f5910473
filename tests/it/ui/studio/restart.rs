//! An engine that dies: the document stays, the job is told as failed, and the next one runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use pentimento::document::EditName;
use pentimento::engine::Engine;
use pentimento::raster::{Mask, Size};
use pentimento::ui::{App, Shell};

use super::{SIZE, harness, ready};

/// Draws frames until the window is as wanted.
fn until(harness: &mut Harness<'_, App>, what: &str, wanted: impl Fn(&Harness<'_, App>) -> bool) {
    let patience = Instant::now() + Duration::from_secs(120);
    while !wanted(harness) {
        assert!(Instant::now() < patience, "{what}");
        std::thread::sleep(Duration::from_millis(20));
        harness.step();
    }
    harness.run_steps(2);
}

/// Draws frames until the model is there.
fn until_loaded(harness: &mut Harness<'_, App>) {
    until(harness, "the model loads", |harness| {
        let line = harness.query_all_by_label_contains("Built-in \u{2013} ");
        line.count() > 0
    });
}

/// A real engine with the built-in model, and a way to kill its thread.
fn mortal() -> (Harness<'static, App>, Arc<AtomicBool>) {
    let deadly = Arc::new(AtomicBool::new(false));
    let wake = {
        let deadly = Arc::clone(&deadly);
        move || assert!(!deadly.swap(false, Ordering::SeqCst), "killed by the test")
    };
    let engine = Engine::spawn(wake).unwrap();
    (harness(engine, Shell::default()), deadly)
}

#[test]
fn a_dead_engine_is_replaced_and_the_next_repaint_succeeds() {
    let (mut harness, deadly) = mortal();
    let document = harness.state_mut().document_mut();
    document.edit_mask(EditName::Import, |mask| {
        Mask::from_fn(mask.size(), |x, _| if x < 32 { 255 } else { 0 })
    });
    harness.state_mut().studio_mut().recipe.steps = 4;
    until_loaded(&mut harness);
    let revision = harness.state().document().revision();

    deadly.store(true, Ordering::SeqCst);
    press_repaint(&mut harness);
    until(&mut harness, "the death is told", |harness| {
        format!("{:?}", harness.state().shell().notices).contains("the engine stopped unexpectedly")
    });
    assert_eq!(harness.state().document().revision(), revision);
    assert!(!harness.state().studio().has_results());

    until_loaded(&mut harness);
    press_repaint(&mut harness);
    until(&mut harness, "a result", |harness| {
        harness.state().studio().has_results()
    });
    assert_eq!(
        harness.state().document().size(),
        Size::new(SIZE.width, SIZE.height)
    );
}

fn press_repaint(harness: &mut Harness<'_, App>) {
    harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::Enter);
    harness.run_steps(2);
}

#[test]
fn an_engine_that_cannot_be_replaced_is_told_once_and_the_artist_goes_on() {
    let mut window = ready();
    window.press_repaint();
    let (id, ..) = window.job();
    window.step(id, 1, 10);
    window.events = None;
    window.steps();
    assert!(window.told("the engine stopped unexpectedly"));
    assert!(window.told("save your picture and start the program again"));
    assert_eq!(window.layer(), None);
    assert!(!window.app().studio().is_busy());
    assert!(!window.is_enabled("Repaint"));
    window.mask();
    let told = format!("{:?}", window.app().shell().notices);
    window.steps();
    assert_eq!(format!("{:?}", window.app().shell().notices), told);
}

#[test]
fn a_late_word_of_a_job_that_is_gone_changes_nothing() {
    let mut window = ready();
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, 30);
    window.step(id, 3, 40);
    window.finish(id, 50);
    assert_eq!(window.results(), 1);
    assert_eq!(window.layer(), Some(30));
    window.say(super::loading("UNet"));
    assert!(window.is_enabled("Repaint"));
}
