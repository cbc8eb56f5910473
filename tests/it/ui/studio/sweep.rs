//! A parameter sweep: filled in, explained, run through the queue, looked at and saved.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::engine::{Event, Outcome};
use pentimento::raster::Picture;
use pentimento::raster::file;
use pentimento::raster::sheet::contact_sheet;
use pentimento::ui::{Places, Shell};

use super::{SIZE, Window, bare_with, patch, ready};

/// Opens the dialog, and fills an axis in.
fn fill(window: &mut Window, axis: &str, parameter: &str, values: &str) {
    if !window.shows("Repaint once for every value") {
        window.run_action("Parameter sweep\u{2026}");
    }
    let list = window.harness.get_by_role_and_label(Role::ComboBox, axis);
    list.click();
    window.steps();
    let rows = window.harness.get_all_by_label(parameter);
    rows.last().unwrap().click();
    window.steps();
    let field = format!("Values {}", axis.to_lowercase());
    window.harness.get_by_label(&field).focus();
    window.steps();
    window.key(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::A);
    window
        .harness
        .event(eframe::egui::Event::Text(values.to_owned()));
    window.steps();
}

#[test]
fn the_dialog_counts_and_explains() {
    let mut window = ready();
    for (axis, parameter, values, line, starts) in [
        (
            "Across",
            "Guidance",
            "3, 5, 7",
            "3 pictures: 3 across, 1 down",
            true,
        ),
        (
            "Down",
            "Steps",
            "10, ten",
            "`ten` is not a value of steps",
            false,
        ),
        (
            "Down",
            "Steps",
            "10,,20",
            "Write the values with single commas",
            false,
        ),
        (
            "Down",
            "Steps",
            "10, 20",
            "6 pictures: 3 across, 2 down",
            true,
        ),
        ("Down", "Steps", "10, 0", "steps", false),
        (
            "Down",
            "Words of the prompt",
            "fist, paw",
            "`fist` is in neither prompt",
            false,
        ),
        (
            "Down",
            "Words of the prompt",
            "hand, \"paw, furry\"",
            "6 pictures",
            true,
        ),
        (
            "Down",
            "Sampler",
            "euler, pencil",
            "unknown sampler `pencil`",
            false,
        ),
        ("Down", "nothing", "", "3 pictures", true),
        (
            "Across",
            "nothing",
            "",
            "Choose a parameter and write its values.",
            false,
        ),
    ] {
        fill(&mut window, axis, parameter, values);
        assert!(window.shows(line), "{parameter} {values}: {line}");
        assert_eq!(window.is_enabled("Start"), starts, "{parameter} {values}");
    }
}

#[test]
fn cells_are_ordinary_jobs_and_the_sheet_fills() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("sheet.png");
    let chosen = target.clone();
    let shell = Shell::new(Places::default(), Arc::new(move |_| Some(chosen.clone())));
    let mut window = bare_with(shell);
    window.load();
    window.mask();
    fill(&mut window, "Across", "Guidance", "3, 5");
    fill(&mut window, "Down", "Strength", "0.4, 0.8");
    window.press("Start");
    assert!(!window.shows("Repaint once for every value"));
    assert!(window.shows("3 jobs wait"));
    assert!(window.shows("0 of 4 done"));
    let mut cells = Vec::new();
    for gray in [10, 20, 30, 40] {
        let (id, job, _) = window.job();
        assert_eq!(job.recipe.seed, 5);
        cells.push((job.recipe.guidance_scale, job.recipe.strength));
        window.finish(id, gray);
    }
    assert_eq!(cells, [(3.0, 0.4), (5.0, 0.4), (3.0, 0.8), (5.0, 0.8)]);
    assert_eq!(window.results(), 4);
    assert!(window.shows("4 pictures"));

    // A place takes its recipe, and looks at its result.
    window
        .harness
        .get_by_role_and_label(Role::Button, "cfg 5, strength 0.4")
        .click();
    window.steps();
    assert_eq!(window.recipe().guidance_scale, 5.0);
    assert_eq!(window.recipe().strength, 0.4);
    assert!(window.app().studio().seed_locked);
    assert_eq!(window.layer(), Some(20));

    window.press("Save sheet\u{2026}");
    let end = Instant::now() + Duration::from_secs(20);
    while !window.told("The contact sheet is saved") {
        let notices = &window.app().shell().notices;
        assert!(Instant::now() < end, "{notices:?}");
        window.steps();
        std::thread::sleep(Duration::from_millis(10));
    }
    let saved = file::read(&target).unwrap();
    let cell = |gray| {
        let mut picture = Picture::filled(SIZE, [128, 128, 128, 255]);
        picture.paste(&patch(gray));
        Some(picture)
    };
    let labels = |words: [&str; 2]| words.map(str::to_owned).to_vec();
    let expected = contact_sheet(
        &[vec![cell(10), cell(20)], vec![cell(30), cell(40)]],
        &labels(["cfg 3", "cfg 5"]),
        &labels(["strength 0.4", "strength 0.8"]),
    );
    assert!(saved.picture == expected);
    let text = &saved.metadata.text[0];
    assert_eq!(text.0, "parameters");
    assert!(
        text.1.contains("X Type: cfg, X Values: \"3, 5\"") && text.1.contains("Seed: 5"),
        "{}",
        text.1
    );
}

#[test]
fn the_rest_of_a_sweep_can_be_stopped_and_other_jobs_stay() {
    let mut window = ready();
    fill(&mut window, "Across", "Seed", "1, 2, 3");
    window.press("Start");
    window.press_repaint();
    assert!(window.shows("3 jobs wait"));
    let (id, job, cancel) = window.job();
    assert_eq!(job.recipe.seed, 1);
    window.press("Stop the rest");
    assert!(cancel.is_cancelled());
    assert!(window.shows("1 job waits"));
    window.say(Event::Finished {
        job: id,
        outcome: Ok(Outcome::Cancelled),
    });
    assert!(window.shows("0 of 3 done, 3 left out"));
    let (id, _, _) = window.job();
    window.finish(id, 30);
    assert_eq!(window.results(), 1);
    let place = window.harness.get_by_role_and_label(Role::Button, "seed 1");
    assert!(place.accesskit_node().is_disabled());
}

#[test]
fn escape_closes_the_dialog_before_it_stops_anything() {
    let mut window = ready();
    window.press_repaint();
    let (id, ..) = window.job();
    window.run_action("Parameter sweep\u{2026}");
    assert!(window.shows("Repaint once for every value"));
    let escape = eframe::egui::Key::Escape;
    window.key(eframe::egui::Modifiers::NONE, escape);
    assert!(!window.shows("Repaint once for every value"));
    window.finish(id, 30);
    assert_eq!(window.results(), 1, "the job went on");
}
