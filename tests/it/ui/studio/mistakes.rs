//! Prompts with mistakes and wildcards: underlined, explained, and what becomes of them at a press of Repaint.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::Shape;
use eframe::egui::text::LayoutSection;
use egui_kittest::kittest::Queryable as _;
use pentimento::engine::{Command, EngineError, Work};
use pentimento::recipe::Recipe;
use pentimento::ui::{Places, Shell};

use super::{Window, bare_with, ready};

/// A window that is ready to repaint, with its wildcards in a folder.
fn ready_in(folder: &Path) -> Window {
    let places = Places {
        wildcards: Some(folder.to_owned()),
        ..Places::default()
    };
    let mut window = bare_with(Shell::new(places, Arc::new(|_| None)));
    window.load();
    window.mask();
    window
}

/// A window whose wildcards are in a folder with a list of colours.
fn with_wildcards() -> (tempfile::TempDir, Window) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("color.txt"), "red\n# not this\nblue\n").unwrap();
    let mut window = ready_in(dir.path());
    // They are read beside the window.
    let prompt = std::mem::replace(&mut window.recipe_mut().prompt, "__color__".to_owned());
    until(&mut window, |window| window.is_enabled("Repaint"));
    window.recipe_mut().prompt = prompt;
    window.steps();
    (dir, window)
}

/// Goes on until that is so.
fn until(window: &mut Window, mut so: impl FnMut(&mut Window) -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !so(window) {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(10));
        window.steps();
    }
}

#[test]
fn files_of_wildcards_are_read_beside_the_window_and_again_when_they_change() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("animals/cat.txt");
    let mut window = ready_in(dir.path());
    window.recipe_mut().prompt = "__animals/cat__".to_owned();
    until(&mut window, |window| window.shows("no such wildcard"));
    fs::create_dir(dir.path().join("animals")).unwrap();
    fs::write(&file, "tabby\n").unwrap();
    window.recipe_mut().prompt.push_str(" asleep");
    until(&mut window, |window| window.is_enabled("Repaint"));
    for words in ["tabby asleep", "siamese asleep"] {
        // Renamed, as editors do it: it is never read half written.
        let fresh = dir.path().join("fresh");
        fs::write(&fresh, words.replace(" asleep", "\n")).unwrap();
        fs::rename(&fresh, &file).unwrap();
        until(&mut window, |window| {
            window.press_repaint();
            // While a list is read anew, nothing may be asked for.
            let Ok(Command::Run(id, job, _)) = window.commands.try_recv() else {
                return false;
            };
            let Work::Repaint(repaint) = job.work else {
                panic!("no repaint")
            };
            window.fail(id, EngineError::NoModel);
            repaint.recipe.prompt == words
        });
    }
    fs::remove_file(&file).unwrap();
    until(&mut window, |window| window.shows("no such wildcard"));
    assert!(!window.is_enabled("Repaint"));
}

/// A prompt, a negative prompt, what is said below them, and whether Repaint can be pressed.
const MISTAKES: &[(&str, &str, Option<&str>, bool)] = &[
    ("open hand", "", None, true),
    ("(open hand", "", Some("(  \u{2013}  "), true),
    ("open hand", "(blurry", Some("(  \u{2013}  "), true),
    (
        "{red|blue hand",
        "",
        Some("{  \u{2013}  this brace is never closed"),
        false,
    ),
    (
        "hand}",
        "",
        Some("}  \u{2013}  this brace closes nothing"),
        false,
    ),
    (
        "hand",
        "a } b",
        Some("}  \u{2013}  this brace closes nothing"),
        false,
    ),
    (
        "__animal__ hand",
        "",
        Some("__animal__  \u{2013}  no such wildcard, create "),
        false,
    ),
    (
        "{red|__animal__} hand",
        "",
        Some("__animal__  \u{2013}  no such wildcard"),
        false,
    ),
    ("__color__ hand", "", None, true),
    ("{red|{blue|green}} hand", "", None, true),
    ("hand", "a AND b", Some("AND  \u{2013}  "), false),
];

#[test]
fn mistakes_are_explained_and_only_what_has_no_meaning_is_refused() {
    let (_dir, mut window) = with_wildcards();
    for (prompt, negative, line, runs) in MISTAKES {
        window.recipe_mut().prompt = (*prompt).to_owned();
        window.recipe_mut().negative_prompt = (*negative).to_owned();
        window.steps();
        let name = format!("{prompt} / {negative}");
        match line {
            Some(line) => assert!(window.shows(line), "{name}: {line}"),
            None => assert!(!window.shows("  \u{2013}  "), "{name}"),
        }
        assert_eq!(window.is_enabled("Repaint"), *runs, "{name}");
    }
}

/// The words that are underlined in the window, in their order.
fn underlined(window: &Window) -> Vec<String> {
    fn walk(shape: &Shape, found: &mut Vec<String>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| walk(shape, found)),
            Shape::Text(text) => {
                let job = &text.galley.job;
                let marked = |section: &&LayoutSection| section.format.underline.width > 0.0;
                found.extend(job.sections.iter().filter(marked).map(|section| {
                    let (start, end) = (section.byte_range.start.0, section.byte_range.end.0);
                    job.text[start..end].to_owned()
                }));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for clipped in &window.harness.output().shapes {
        walk(&clipped.shape, &mut found);
    }
    found
}

#[test]
fn mistakes_are_underlined_in_both_prompts() {
    let (_dir, mut window) = with_wildcards();
    for (prompt, negative, expected) in [
        ("open hand", "blurry", &[][..]),
        ("(open hand", "", &["("]),
        (
            "é {red|__animal__} hand}",
            "a } b",
            &["__animal__", "}", "}"],
        ),
        ("hand __color__", "AND", &["AND"]),
    ] {
        window.recipe_mut().prompt = prompt.to_owned();
        window.recipe_mut().negative_prompt = negative.to_owned();
        window.steps();
        assert_eq!(underlined(&window), expected, "{prompt} / {negative}");
    }
}

#[test]
fn typing_goes_on_while_something_is_wrong() {
    let mut window = ready();
    window.recipe_mut().prompt.clear();
    window.harness.get_by_label("Prompt").focus();
    window.steps();
    let typed = "{a|(b:1.2} [c:d é__x__)";
    for letter in typed.chars() {
        window
            .harness
            .event(eframe::egui::Event::Text(letter.to_string()));
        window.harness.run_steps(1);
    }
    assert_eq!(window.recipe().prompt, typed);
}

#[test]
fn wildcards_are_resolved_for_each_job_by_its_seed() {
    let (dir, mut window) = with_wildcards();
    window.recipe_mut().prompt = "{open|closed} __color__ hand".to_owned();
    window.recipe_mut().negative_prompt = "{x|y}".to_owned();
    window.harness.state_mut().studio_mut().variations = 4;
    let asked = window.recipe().clone();
    window.press_repaint();
    let lists = pentimento::recipe::wildcard::Wildcards::in_folder(Some(dir.path().to_owned()));
    for index in 0..4 {
        let (id, job, _) = window.job();
        let expected = asked
            .nth(index)
            .with_wildcards_resolved(&lists)
            .unwrap()
            .recipe;
        assert_eq!(job.recipe, expected);
        assert!(!job.recipe.prompt.contains(['{', '_']));
        window.finish(id, 30);
    }
    assert_eq!(window.recipe().prompt, "{open|closed} __color__ hand");
    // Each result knows what was asked for, and what was painted where that does not become of it again.
    let wanted = |index: u64, lists| {
        let asked = asked.nth(index).with_wildcards_resolved(lists).unwrap();
        (asked.recipe.prompt, asked.recipe.negative_prompt)
    };
    let bring_back = |window: &mut Window, index: u64| {
        *window.recipe_mut() = Recipe::default();
        let label = format!("Result {}, seed {}", index + 1, 5 + index);
        window.harness.get_by_label(&label).click();
        window.steps();
        window.run_action("Use recipe");
    };
    for index in 0..4 {
        bring_back(&mut window, index);
        assert_eq!(*window.recipe(), asked.nth(index));
        window.press_repaint();
        let (id, job, _) = window.job();
        let words = (job.recipe.prompt, job.recipe.negative_prompt);
        assert_eq!(words, wanted(index, &lists));
        window.fail(id, EngineError::NoModel);
    }
    let painted = wanted(0, &lists);
    std::fs::write(dir.path().join("color.txt"), "grey\n").unwrap();
    until(&mut window, |window| {
        bring_back(window, 0);
        window.recipe().prompt == painted.0
    });
    assert_eq!(window.recipe().negative_prompt, "{x|y}");
    assert!(window.shows("Not used here (1)"));
}

#[test]
fn the_recipe_of_a_result_runs_as_it_ran() {
    let (_dir, mut window) = with_wildcards();
    window.recipe_mut().prompt = r"\{open|fist\} {a|b}".to_owned();
    window.recipe_mut().negative_prompt = r"\__color__ \\\{".to_owned();
    window.press_repaint();
    let (id, first, _) = window.job();
    window.finish(id, 30);
    assert!(first.recipe.prompt.starts_with("{open|fist} "));
    assert_eq!(first.recipe.negative_prompt, r"__color__ \{");
    window.harness.get_by_label("Result 1, seed 5").click();
    window.steps();
    window.run_action("Use recipe");
    window.press_repaint();
    let (_, again, _) = window.job();
    assert_eq!(again.recipe, first.recipe);
}
