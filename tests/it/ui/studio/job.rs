//! The main job: mask, repaint, watch, stop, look, keep, undo.

use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use pentimento::document::{Document, EditName};
use pentimento::engine::{EngineError, Event, Outcome, Previews, Work};
use pentimento::raster::{Mask, Picture, Size};
use pentimento::recipe::Area;

use super::{PLACE, SIZE, ready, same};

#[test]
fn a_hand_appears_step_by_step_and_is_kept() {
    let mut window = ready();
    window.press_repaint();
    let (id, whole, _) = window.whole_job();
    assert_eq!(whole.previews, Previews::Latest);
    let Work::Repaint(job) = whole.work else {
        panic!("no repaint")
    };
    assert_eq!(job.recipe, *window.recipe());
    assert!(same(&job.picture, window.app().document().picture()));
    assert_eq!(job.mask.as_ref(), Some(window.app().document().mask()));
    assert!(window.shows("Reading picture and prompt"));
    assert_eq!(window.layer(), None);

    window.step(id, 1, 10);
    let first = window.app().studio().layer().unwrap();
    assert!(window.shows("Step 1 of 15"));
    window.step(id, 9, 20);
    let ninth = window.app().studio().layer().unwrap();
    assert!(window.shows("Step 9 of 15"));
    assert_eq!(window.layer(), Some(20));
    assert_ne!(first.id, ninth.id);
    // It is judged as one, whichever preview shows.
    let judged = window.app().studio().judged();
    assert!(judged.is_some());

    window.finish(id, 30);
    assert_eq!((window.results(), window.layer()), (1, Some(30)));
    let result = window.app().studio().judged();
    assert!(result.is_some() && result != judged);
    assert_eq!(window.picture(), 128);

    window.key(Modifiers::NONE, Key::Enter);
    assert_eq!((window.picture(), window.layer()), (30, None));
    let document = window.harness.state_mut().document_mut();
    assert_eq!(document.undo(), Some(EditName::Result));
    assert_eq!(window.picture(), 128);
    assert_eq!(window.results(), 1);
}

#[test]
fn a_result_of_a_large_picture_is_laid_over_it_beside_the_window() {
    let mut window = ready();
    let large = Picture::filled(Size::new(1100, 1000), [128, 128, 128, 255]);
    let mask = Mask::filled(large.size(), 255);
    *window.harness.state_mut().document_mut() = Document::with_mask(large, mask);
    window.steps();
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, 30);
    window
        .harness
        .key_press_modifiers(Modifiers::NONE, Key::Enter);
    window.harness.step();
    let end = Instant::now() + Duration::from_secs(60);
    while window.picture() == 128 {
        assert!(Instant::now() < end);
        // Until the picture has it, it lies over it: it never vanishes.
        assert_eq!(window.layer(), Some(30));
        std::thread::sleep(Duration::from_millis(5));
        window.harness.step();
    }
    window.steps();
    assert_eq!((window.picture(), window.layer()), (30, None));
    window.key(Modifiers::COMMAND, Key::Z);
    assert_eq!((window.picture(), window.results()), (128, 1));
    assert_eq!(window.app().document().undo_name(), None, "one step");
}

#[test]
fn the_artist_paints_on_while_a_job_repaints_its_snapshot() {
    let mut window = ready();
    window.press_repaint();
    let (id, job, _) = window.job();
    let snapshot = job.mask.clone().unwrap();
    let document = window.harness.state_mut().document_mut();
    document.edit_mask(EditName::Invert, Mask::invert);
    window.steps();
    assert_eq!(job.mask, Some(snapshot));
    assert_ne!(job.mask.as_ref(), Some(window.app().document().mask()));
    window.finish(id, 30);
    assert_eq!(window.layer(), Some(30));
}

#[test]
fn escape_stops_the_job_then_puts_the_results_away() {
    let mut window = ready();
    window.key(Modifiers::COMMAND, Key::Enter);
    let (id, _, cancel) = window.job();
    window.key(Modifiers::NONE, Key::Escape);
    assert!(cancel.is_cancelled());
    assert!(window.shows("Stopping"));
    window.say(Event::Finished {
        job: id,
        outcome: Ok(Outcome::Cancelled),
    });
    assert!(!window.app().studio().is_busy());
    assert_eq!(window.results(), 0);

    window.key(Modifiers::COMMAND, Key::Enter);
    let (id, _, cancel) = window.job();
    window.finish(id, 30);
    assert_eq!(window.layer(), Some(30));
    window.key(Modifiers::NONE, Key::Escape);
    assert_eq!(window.layer(), None);
    assert_eq!(window.results(), 1);
    assert!(!cancel.is_cancelled());
}

#[test]
fn escape_leaves_a_text_field_before_it_stops_anything() {
    let mut window = ready();
    window.press_repaint();
    let (_, _, cancel) = window.job();
    window.harness.get_by_label("Prompt").focus();
    window.steps();
    window.key(Modifiers::NONE, Key::Escape);
    assert!(!cancel.is_cancelled());
    window.key(Modifiers::NONE, Key::Escape);
    assert!(cancel.is_cancelled());
}

#[test]
fn results_are_walked_hovered_and_discarded() {
    let mut window = ready();
    for gray in [10, 20, 30] {
        window.press_repaint();
        let (id, ..) = window.job();
        window.finish(id, gray);
    }
    assert_eq!((window.results(), window.layer()), (3, Some(30)));
    window.key(Modifiers::NONE, Key::ArrowLeft);
    assert_eq!(window.layer(), Some(20));
    window.key(Modifiers::NONE, Key::ArrowLeft);
    window.key(Modifiers::NONE, Key::ArrowLeft);
    assert_eq!(window.layer(), Some(10));
    window.harness.get_by_label_contains("Result 3").hover();
    window.steps();
    assert_eq!(window.layer(), Some(30));
    window.harness.run_steps(60);
    window.harness.get_by_label_contains("by fake on cpu");
    window.harness.remove_cursor();
    window.steps();
    assert_eq!(window.layer(), Some(10));
    window.key(Modifiers::NONE, Key::ArrowRight);
    window.key(Modifiers::NONE, Key::Delete);
    assert_eq!((window.results(), window.layer()), (2, Some(30)));
    window.key(Modifiers::NONE, Key::Delete);
    window.key(Modifiers::NONE, Key::Delete);
    assert_eq!((window.results(), window.layer()), (0, None));
    window.key(Modifiers::NONE, Key::Delete);
    assert!(window.told("There are no results yet"));
}

#[test]
fn a_selected_result_is_looked_at_until_the_next_press() {
    let mut window = ready();
    window.harness.state_mut().studio_mut().variations = 2;
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, 10);
    let (id, ..) = window.job();
    // Nobody chose the first result, so the second job's steps show.
    window.step(id, 1, 15);
    assert_eq!(window.layer(), Some(15));
    window.harness.get_by_label_contains("Result 1").click();
    window.harness.remove_cursor();
    window.steps();
    window.step(id, 2, 16);
    window.finish(id, 20);
    assert_eq!(window.layer(), Some(10));
    window.press_repaint();
    let (id, ..) = window.job();
    window.step(id, 1, 25);
    assert_eq!(window.layer(), Some(25));
}

#[test]
fn a_result_that_no_longer_fits_is_refused_with_the_reason() {
    let mut window = ready();
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, 30);
    let size = Size::new(16, 16);
    let picture = Picture::filled(size, [0, 0, 0, 255]);
    let document = window.harness.state_mut().document_mut();
    document.replace(EditName::Crop, picture, Mask::filled(size, 255), None);
    window.steps();
    assert_eq!(window.layer(), None);
    assert!(!window.is_enabled("Keep"));
    window.key(Modifiers::NONE, Key::Enter);
    assert!(window.told("It was made for a picture of 64x48, and yours is 16x16"));
    window.harness.state_mut().document_mut().undo();
    window.steps();
    assert_eq!(window.app().document().size(), SIZE);
    assert_eq!(window.layer(), Some(30));

    window.harness.state_mut().studio_mut().picture_opened();
    window.steps();
    assert_eq!(window.layer(), None);
    window.key(Modifiers::NONE, Key::Enter);
    assert!(window.told("It was made for another picture"));
}

#[test]
fn a_result_of_another_size_takes_the_pictures_place() {
    let mut window = ready();
    window.recipe_mut().area = Area::Whole;
    window.recipe_mut().size = Some([PLACE.size().width, PLACE.size().height]);
    window.press_repaint();
    let (id, ..) = window.job();
    window.step(id, 1, 10);
    assert_eq!(window.layer(), None);
    window.finish(id, 30);
    // It cannot be shown in place.
    assert_eq!((window.results(), window.layer()), (1, None));
    window.key(Modifiers::NONE, Key::Enter);
    let document = window.harness.state_mut().document_mut();
    assert_eq!(document.size(), PLACE.size());
    assert_eq!(document.mask().size(), PLACE.size());
    assert_eq!(document.undo(), Some(EditName::Result));
    assert_eq!(document.size(), SIZE);
}

#[test]
fn the_oldest_result_gives_way_to_the_budget_and_that_is_told() {
    let mut window = ready();
    let mut settings = window.app().shell().settings.clone();
    for gray in [10, 20, 30] {
        window.press_repaint();
        let (id, ..) = window.job();
        window.finish(id, gray);
    }
    settings.results_budget = 0;
    window.harness.state_mut().shell_mut().settings = settings;
    window.steps();
    assert!(window.told("The 2 oldest results were dropped"));
    assert_eq!((window.results(), window.layer()), (1, Some(30)));
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, 40);
    assert!(window.told("The oldest result was dropped"));
    assert_eq!((window.results(), window.layer()), (1, Some(40)));
}

#[test]
fn a_recipe_comes_back_with_its_seed() {
    let mut window = ready();
    window.recipe_mut().prompt = "fist".to_owned();
    window.press_repaint();
    let (id, job, _) = window.job();
    window.finish(id, 30);
    window.recipe_mut().prompt = "changed".to_owned();
    window.recipe_mut().steps = 3;
    window.recipe_mut().seed = 99;
    window.steps();
    window.run_action("Use recipe");
    assert_eq!(*window.recipe(), job.recipe);
    window.press_repaint();
    assert_eq!(window.job().1.recipe, job.recipe);
}

#[test]
fn a_job_that_fails_is_told_and_the_next_one_runs() {
    let mut window = ready();
    window.press_repaint();
    let (id, ..) = window.job();
    window.fail(id, EngineError::NoModel);
    assert!(window.told("no model is loaded; choose one first"));
    assert!(!window.app().studio().is_busy());
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, 30);
    assert_eq!(window.layer(), Some(30));
}
