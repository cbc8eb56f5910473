//! The recipe that is written with a picture: of the last result that was kept, and no other.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers, ViewportCommand, ViewportId};
use egui_kittest::kittest::Queryable as _;
use pentimento::document::EditName;
use pentimento::raster::file::{self, Metadata};
use pentimento::recipe::Recipe;
use pentimento::recipe::parsed::{Parsed, read_metadata};
use pentimento::ui::{Places, Shell};

use super::{Window, bare_with};

/// A window whose dialogs answer with what `target` holds.
fn window(target: &Arc<Mutex<PathBuf>>) -> Window {
    let target = Arc::clone(target);
    let picker = Arc::new(move |_: &_| Some(target.lock().unwrap().clone()));
    let mut window = bare_with(Shell::new(Places::default(), picker));
    window.load();
    window.mask();
    window
}

/// Saves under another name, and reads what came of it.
fn save(window: &mut Window, target: &Mutex<PathBuf>, path: &Path) -> Metadata {
    *target.lock().unwrap() = path.to_owned();
    let line = format!("Saved {}", path.display());
    window.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    let end = Instant::now() + Duration::from_secs(20);
    while !window.told(&line) {
        let notices = &window.app().shell().notices;
        assert!(Instant::now() < end, "{notices:?}");
        window.steps();
        std::thread::sleep(Duration::from_millis(10));
    }
    file::read(path).unwrap().metadata
}

fn carried(metadata: &Metadata) -> Option<Parsed> {
    let comment = metadata.comment();
    read_metadata(&metadata.text, comment.as_deref(), &Recipe::default()).ok()
}

/// Repaints, and keeps the result.
fn keep(window: &mut Window, prompt: &str) -> Recipe {
    window.recipe_mut().prompt = prompt.to_owned();
    window.press_repaint();
    let (id, job, _) = window.job();
    window.finish(id, prompt.len() as u8 * 10);
    window.press("Keep");
    job.recipe
}

#[test]
fn every_format_tells_the_recipe_of_the_last_kept_result() {
    let dir = tempfile::tempdir().unwrap();
    let target = Arc::default();
    let mut window = window(&target);
    let path = |name: &str| dir.path().join(name);
    assert_eq!(
        carried(&save(&mut window, &target, &path("none.png"))),
        None
    );
    keep(&mut window, "one");
    let last = keep(&mut window, "{two|2} hands");
    // A result that is only there is not in the picture.
    window.recipe_mut().prompt = "three".to_owned();
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, 90);
    for name in ["a.png", "a.jpg", "a.webp", "a.tiff"] {
        let metadata = save(&mut window, &target, &path(name));
        let read = carried(&metadata).unwrap();
        assert_eq!(read.recipe, last, "{name}");
        let others = format!("{:?}", read.others);
        assert!(others.contains("{two|2} hands"), "{name}: {others}");
        assert!(read.size.is_some(), "{name}");
    }
}

#[test]
fn what_was_undone_is_not_told_and_what_was_redone_is() {
    let dir = tempfile::tempdir().unwrap();
    let target = Arc::default();
    let mut window = window(&target);
    let mut number = 0;
    let mut told = |window: &mut Window| {
        number += 1;
        let path = dir.path().join(format!("{number}.png"));
        let read = carried(&save(window, &target, &path));
        read.map(|read| read.recipe.prompt)
    };
    let undo = (Modifiers::COMMAND, Key::Z);
    let redo = (Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    keep(&mut window, "one");
    keep(&mut window, "second");
    for ((modifiers, key), expected) in [
        (undo, Some("one")),
        (undo, None),
        (redo, Some("one")),
        (redo, Some("second")),
        (undo, Some("one")),
    ] {
        window.key(modifiers, key);
        assert_eq!(told(&mut window).as_deref(), expected, "{key:?}");
    }
    // Where another way was taken, the first is gone for good.
    keep(&mut window, "three");
    assert_eq!(told(&mut window).as_deref(), Some("three"));
    let document = window.harness.state_mut().document_mut();
    document.edit_mask(EditName::Import, |mask| mask.invert());
    assert_eq!(told(&mut window).as_deref(), Some("three"));
    window.key(undo.0, undo.1);
    window.key(undo.0, undo.1);
    assert_eq!(told(&mut window).as_deref(), Some("one"));
}

#[test]
fn the_pictures_own_recipe_stays_until_a_result_is_kept_and_the_artist_can_say_no() {
    let dir = tempfile::tempdir().unwrap();
    let target = Arc::default();
    let own = "its own prompt\nSteps: 33, Sampler: Euler a, CFG scale: 5.5, Seed: 99, Size: 64x48";
    let first = dir.path().join("first.png");
    let metadata = Metadata {
        text: vec![("parameters".to_owned(), own.to_owned())],
        ..Metadata::default()
    };
    let picture = pentimento::raster::Picture::filled(super::SIZE, [90, 80, 70, 255]);
    file::write(&first, &picture, &metadata).unwrap();
    let mut window = window(&target);
    *target.lock().unwrap() = first;
    window.key(Modifiers::COMMAND, Key::O);
    let end = Instant::now() + Duration::from_secs(20);
    while !window.shows("This picture carries its recipe.") {
        if window.shows("Unsaved work") {
            window.press("Discard");
        }
        assert!(Instant::now() < end);
        window.steps();
        std::thread::sleep(Duration::from_millis(10));
    }
    window.mask();
    for name in ["b.png", "b.jpg"] {
        let metadata = save(&mut window, &target, &dir.path().join(name));
        let read = carried(&metadata).unwrap().recipe;
        assert_eq!(
            (read.prompt.as_str(), read.seed),
            ("its own prompt", 99),
            "{name}"
        );
    }
    keep(&mut window, "new");
    for (name, wanted, prompt) in [
        ("c.png", true, "new"),
        ("d.png", false, "its own prompt"),
        ("d.jpg", false, "its own prompt"),
        ("e.jpg", true, "new"),
    ] {
        window.harness.state_mut().settings_mut().write_recipes = wanted;
        let metadata = save(&mut window, &target, &dir.path().join(name));
        assert_eq!(carried(&metadata).unwrap().recipe.prompt, prompt, "{name}");
    }
}

#[test]
fn a_project_keeps_the_recipe_for_the_pictures_that_come_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("work.ora");
    let target = Arc::new(Mutex::new(path.clone()));
    let mut window = window(&target);
    let recipe = keep(&mut window, "one");
    window.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    let end = Instant::now() + Duration::from_secs(20);
    while !path.exists() {
        let notices = &window.app().shell().notices;
        assert!(Instant::now() < end, "{notices:?}");
        window.steps();
        std::thread::sleep(Duration::from_millis(10));
    }
    let work = pentimento::project::read(&path).unwrap().work;
    let made = work.made.unwrap();
    let read = pentimento::recipe::parsed::read_text(&made, &Recipe::default());
    assert_eq!(read.unwrap().recipe, recipe);
}

#[test]
fn what_came_with_a_recipe_goes_on_with_its_results() {
    let target = Arc::default();
    let mut window = window(&target);
    let long = "face, ".repeat(200);
    let text = format!(
        "a cat\nSteps: 9, Sampler: Euler a, Seed: 3, ENSD: 31337, ADetailer prompt: \"{long}\""
    );
    let dir = tempfile::tempdir().unwrap();
    let dropped = |window: &mut Window, name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        let file = Arc::new(super::order::Dropped(path));
        window.harness.input_mut().dropped_files.push(file);
        let end = Instant::now() + Duration::from_secs(20);
        while !window.told(&format!("The recipe of {name}")) {
            assert!(Instant::now() < end, "{name}");
            window.steps();
        }
    };
    dropped(&mut window, "cat.txt", &text);
    assert!(window.shows("Not used here (2)"));
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, 40);
    dropped(
        &mut window,
        "dog.txt",
        "a dog\nSteps: 5, Sampler: Euler, Seed: 4",
    );
    assert!(!window.shows("Not used here"));
    window.harness.get_by_label("Result 1, seed 3").click();
    window.steps();
    window.run_action("Use recipe");
    assert_eq!(
        (window.recipe().prompt.as_str(), window.recipe().seed),
        ("a cat", 3)
    );
    assert!(window.shows("Not used here (2)"));
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, 80);
    window.harness.get_by_label("Result 2, seed 3").click();
    window.steps();
    window.press("Keep");
    let metadata = save(&mut window, &target, &dir.path().join("out.png"));
    let others = carried(&metadata).unwrap().others;
    for pair in [("ENSD", "31337"), ("ADetailer prompt", long.as_str())] {
        let pair = (pair.0.to_owned(), pair.1.to_owned());
        assert!(others.contains(&pair), "{others:?}");
    }
}

#[test]
fn results_that_none_was_chosen_of_are_asked_about_until_a_project_has_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("work.ora");
    let target = Arc::new(Mutex::new(path.clone()));
    let mut window = window(&target);
    save(&mut window, &target, &dir.path().join("out.png"));
    path.clone_into(&mut target.lock().unwrap());
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, 90);
    window.key(Modifiers::COMMAND, Key::Q);
    // The mask is not saved either, and the project has it.
    assert!(window.shows("Save project\u{2026}"));
    // Enter saves: it never throws anything away.
    window.harness.key_press(Key::Enter);
    let end = Instant::now() + Duration::from_secs(20);
    let quits = |window: &Window| {
        let output = &window.harness.output().viewport_output[&ViewportId::ROOT];
        output.commands.contains(&ViewportCommand::Close)
    };
    while !quits(&window) {
        let notices = &window.app().shell().notices;
        assert!(Instant::now() < end, "{notices:?}");
        std::thread::sleep(Duration::from_millis(5));
        window.harness.step();
    }
    assert!(path.exists() && !window.shows("Unsaved work"));
}
