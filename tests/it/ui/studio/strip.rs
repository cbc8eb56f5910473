//! The strip of results, and what is offered at the picture.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use pentimento::raster::file;
use pentimento::recipe::Variation;
use pentimento::ui::{Comparison, Places, Shell};

use super::{PLACE, Window, bare_with, ready};

/// Repaints once, with a result of that grey.
fn repaint(window: &mut Window, gray: u8) {
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, gray);
}

#[test]
fn after_a_deletion_one_that_can_be_kept_is_selected() {
    let mut window = ready();
    repaint(&mut window, 10);
    window.harness.state_mut().studio_mut().picture_opened();
    window.steps();
    for gray in [20, 30, 40] {
        repaint(&mut window, gray);
    }
    // Of the last the one before; of the only one left none, and not that of another picture.
    for (left, shown) in [(3, Some(30)), (2, Some(20)), (1, None)] {
        window.key(Modifiers::NONE, Key::Delete);
        assert_eq!((window.results(), window.layer()), (left, shown));
        let offered = window.harness.query_by_label("Compare").is_some();
        assert_eq!(offered, shown.is_some());
    }
    assert!(window.shows("Other pictures"));
}

#[test]
fn a_result_in_the_picture_is_marked_until_that_is_undone() {
    let mut window = ready();
    repaint(&mut window, 10);
    repaint(&mut window, 20);
    window.press("Keep");
    assert!(window.shows("Result 2, seed") && window.shows(", kept"));
    window.key(Modifiers::COMMAND, Key::Z);
    assert!(!window.shows(", kept"));
    window.key(Modifiers::NONE, Key::ArrowLeft);
    window.run_action("Star");
    assert!(window.shows(", with a star"));
    window.run_action("Star");
    assert!(!window.shows(", with a star"));
}

#[test]
fn what_is_offered_at_the_picture_is_there_while_a_result_is_selected() {
    let mut window = ready();
    let offered = |window: &Window| window.harness.query_by_label("Compare").is_some();
    assert!(!offered(&window));
    repaint(&mut window, 10);
    assert!(offered(&window));
    window.press("Discard");
    assert!(!offered(&window));
    assert_eq!(window.results(), 0);
}

#[test]
fn similar_repaints_near_the_result_and_leaves_the_panel_as_it_is() {
    let mut window = ready();
    repaint(&mut window, 10);
    window.recipe_mut().prompt = "another thing".to_owned();
    window.recipe_mut().seed = 99;
    window.harness.state_mut().studio_mut().variations = 2;
    window.steps();
    let panel = window.recipe().clone();
    window.press("Similar");
    assert_eq!(*window.recipe(), panel);
    let mut seeds = Vec::new();
    for _ in 0..2 {
        let (id, job, _) = window.job();
        window.finish(id, 20);
        let variation = job.recipe.variation.unwrap();
        assert_eq!((job.recipe.seed, variation.strength), (5, 0.2));
        assert_eq!(job.recipe.prompt, "open hand");
        seeds.push(variation.seed);
    }
    assert_eq!(seeds[0].wrapping_add(1), seeds[1]);
}

/// The share of the second seed in a result, and between which its similar ones lie.
const MIXED: &[(f64, [f64; 2])] = &[
    (0.2, [0.001, 0.4]),
    (0.5, [0.3, 0.7]),
    (0.03, [0.079, 0.231]),
    (1.0, [0.799, 0.951]),
];

#[test]
fn similar_to_a_mixture_is_near_that_mixture() {
    for &(strength, [least, most]) in MIXED {
        let mut window = ready();
        window.recipe_mut().variation = Some(Variation { seed: 40, strength });
        repaint(&mut window, 10);
        window.harness.state_mut().studio_mut().variations = 6;
        window.steps();
        window.press("Similar");
        let mut shares = Vec::new();
        for _ in 0..6 {
            let (id, job, _) = window.job();
            window.finish(id, 20);
            let mixed = job.recipe.variation.unwrap();
            assert_eq!((job.recipe.seed, mixed.seed), (5, 40));
            assert!((least..=most).contains(&mixed.strength), "{mixed:?}");
            assert!((mixed.strength - strength).abs() > 0.049, "{mixed:?}");
            shares.push(mixed.strength);
        }
        assert!(shares.is_sorted_by(|a, b| a < b), "{shares:?}");
    }
}

#[test]
fn similar_says_what_it_can_do_for_a_mixture() {
    for (variation, says) in [
        (None, false),
        (
            Some(Variation {
                seed: 40,
                strength: 0.2,
            }),
            true,
        ),
    ] {
        let mut window = ready();
        window.recipe_mut().variation = variation;
        repaint(&mut window, 10);
        let at = window
            .harness
            .query_all_by_role_and_label(Role::Button, "Similar");
        at.last().unwrap().hover();
        for _ in 0..8 {
            window.steps();
        }
        assert!(window.shows("with a little other noise"));
        assert_eq!(window.shows("mixes seeds 5 and 40"), says);
    }
}

#[test]
fn a_result_is_saved_by_itself_and_repainted_from() {
    let dir = tempfile::tempdir().unwrap();
    let target: PathBuf = dir.path().join("one.png");
    let chosen = target.clone();
    let shell = Shell::new(Places::default(), Arc::new(move |_| Some(chosen.clone())));
    let mut window = bare_with(shell);
    window.load();
    window.mask();
    repaint(&mut window, 10);
    window.run_action("Save result as\u{2026}");
    let end = Instant::now() + Duration::from_secs(20);
    while !window.told("Saved ") {
        assert!(Instant::now() < end);
        window.steps();
        std::thread::sleep(Duration::from_millis(10));
    }
    let written = file::read(&target).unwrap();
    let pixel = |x, y| written.picture.pixel(x, y)[0];
    assert_eq!((pixel(PLACE.left, PLACE.top), pixel(0, 0)), (10, 128));
    assert!(written.metadata.text[0].1.contains("Seed: 5"));
    // The open picture is what it was, in no file.
    assert_eq!((window.picture(), window.layer()), (128, Some(10)));
    window.run_action("Repaint from result");
    window.harness.get_by_label("Reference picture: a result");
    window.press_repaint();
    let (_, job, _) = window.job();
    assert_eq!(job.picture.pixel(PLACE.left, PLACE.top)[0], 10);
}

#[test]
fn a_picture_of_ones_own_is_not_described_by_a_samples_words() {
    let lora = Some(" <lora:ink:0.5>");
    for (prompt, left) in [
        (None, ""),
        (lora, "<lora:ink:0.5>"),
        (Some("my words"), "my words"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("own.png");
        let picture = pentimento::raster::Picture::filled(super::SIZE, [9, 9, 9, 255]);
        file::write(&path, &picture, &Default::default()).unwrap();
        let shell = Shell::new(Places::default(), Arc::new(move |_| Some(path.clone())));
        let mut window = bare_with(shell);
        window.load();
        let mut sample = window.recipe().clone();
        sample.guidance_scale = 3.0;
        sample.prompt = "open hand".to_owned();
        window.harness.state_mut().studio_mut().use_sample(sample);
        match prompt {
            Some(added) if Some(added) == lora => window.recipe_mut().prompt.push_str(added),
            Some(own) => window.recipe_mut().prompt = own.to_owned(),
            None => {}
        }
        window.key(Modifiers::COMMAND, Key::O);
        let end = Instant::now() + Duration::from_secs(20);
        while !window.told("Opened own.png") {
            assert!(Instant::now() < end);
            window.steps();
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(window.recipe().prompt, left);
        // The built-in model's numbers stay.
        assert_eq!(window.recipe().guidance_scale, 3.0);
    }
}

#[test]
fn what_is_looked_at_after_a_deletion_stays_when_a_result_arrives() {
    let mut window = ready();
    for gray in [10, 20] {
        repaint(&mut window, gray);
    }
    window.press_repaint();
    let (id, ..) = window.job();
    window.key(Modifiers::NONE, Key::ArrowLeft);
    window.key(Modifiers::NONE, Key::Delete);
    assert_eq!(window.layer(), Some(10));
    window.finish(id, 30);
    assert_eq!((window.results(), window.layer()), (2, Some(10)));
}

/// What lies over the picture in the other half, as one grey.
fn held(window: &Window) -> Option<u8> {
    let layer = window.app().studio().held_against()?;
    Some(layer.patch.pixels().pixel(0, 0)[0])
}

#[test]
fn a_result_is_held_against_each_other_one_side_by_side() {
    let mut window = ready();
    for gray in [10, 20, 30] {
        repaint(&mut window, gray);
    }
    window.key(Modifiers::NONE, Key::ArrowLeft);
    window.run_action("Compare with it");
    // It is not held against itself.
    assert_eq!((window.layer(), held(&window)), (Some(20), None));
    assert_eq!(window.app().board().comparison(), Comparison::Off);
    for (key, shown) in [
        (Key::ArrowRight, 30),
        (Key::ArrowLeft, 20),
        (Key::ArrowLeft, 10),
    ] {
        window.key(Modifiers::NONE, key);
        let other = (shown != 20).then_some(20);
        assert_eq!((window.layer(), held(&window)), (Some(shown), other));
    }
    assert_eq!(window.app().board().comparison(), Comparison::SideBySide);
    // Of another picture, or thrown away, it is held against none.
    window.key(Modifiers::NONE, Key::ArrowRight);
    window.key(Modifiers::NONE, Key::Delete);
    assert_eq!(held(&window), None);
}
