//! Earlier prompts: gone through by key and by list, and kept from run to run.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::ui::{Places, Shell};

use super::{Window, bare_with, ready};

fn shell(prompts: &Path) -> Shell {
    let places = Places {
        prompts: Some(prompts.to_owned()),
        ..Places::default()
    };
    Shell::new(places, Arc::new(|_| None))
}

/// Repaints once with a prompt and a negative prompt.
fn with(window: &mut Window, prompt: &str, negative: &str) {
    window.recipe_mut().prompt = prompt.to_owned();
    window.recipe_mut().negative_prompt = negative.to_owned();
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, 30);
}

fn words(window: &Window) -> [&str; 2] {
    let recipe = window.recipe();
    [&recipe.prompt, &recipe.negative_prompt]
}

#[test]
fn alt_and_arrows_go_through_what_was_repainted_with() {
    let mut window = ready();
    for (prompt, negative) in [("one", "a"), ("two", ""), ("one", "a"), ("three", "c")] {
        with(&mut window, prompt, negative);
    }
    window.recipe_mut().prompt = "being typed".to_owned();
    window.recipe_mut().negative_prompt = "d".to_owned();
    // Not in a prompt: the key says where it belongs.
    window.key(Modifiers::ALT, Key::ArrowUp);
    assert_eq!(words(&window), ["being typed", "d"]);
    assert!(window.told("Click into a prompt first"));
    window.harness.get_by_label("Prompt").focus();
    window.steps();
    for (key, expected) in [
        (Key::ArrowUp, ["three", "c"]),
        (Key::ArrowUp, ["one", "a"]),
        (Key::ArrowUp, ["two", ""]),
        (Key::ArrowUp, ["two", ""]),
        (Key::ArrowDown, ["one", "a"]),
        (Key::ArrowDown, ["three", "c"]),
        (Key::ArrowDown, ["being typed", "d"]),
        (Key::ArrowDown, ["being typed", "d"]),
        (Key::ArrowUp, ["three", "c"]),
    ] {
        window.key(Modifiers::ALT, key);
        assert_eq!(words(&window), expected, "{key:?}");
    }
    assert!(window.told("This is the oldest prompt that is kept."));
    assert!(window.told("There is no later prompt."));
    // The cursor is at the end, and what is typed there is the next draft.
    window
        .harness
        .event(eframe::egui::Event::Text("!".to_owned()));
    window.steps();
    assert_eq!(words(&window), ["three!", "c"]);
    window.key(Modifiers::ALT, Key::ArrowUp);
    assert_eq!(words(&window), ["three", "c"]);
    window.key(Modifiers::ALT, Key::ArrowDown);
    assert_eq!(words(&window), ["three!", "c"]);
}

#[test]
fn the_list_is_for_the_pointer_and_loses_nothing() {
    let mut window = ready();
    let clock = window.harness.get_by_label("Earlier prompts");
    assert!(clock.accesskit_node().is_disabled());
    with(&mut window, "one", "");
    with(&mut window, "two", "");
    window.recipe_mut().prompt = "being typed".to_owned();
    window.steps();
    window.press("Earlier prompts");
    window.press("one");
    assert_eq!(words(&window), ["one", ""]);
    window.press("Earlier prompts");
    window.press("being typed");
    assert_eq!(words(&window), ["being typed", ""]);
}

/// Steps until something is so; files are read by another thread.
fn until(window: &mut Window, what: &str, so: impl Fn(&Window) -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !so(window) {
        assert!(Instant::now() < end, "{what}");
        window.steps();
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn prompts_are_kept_from_run_to_run_and_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("state/prompts.json");
    let mut window = bare_with(shell(&file));
    window.load();
    window.mask();
    with(&mut window, "first run", "no");
    window.steps();
    // The window's end waits until everything is written.
    drop(window);
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains("first run"), "{kept}");

    let many: Vec<_> = (0..250)
        .map(|i| serde_json::json!({ "prompt": format!("old {i}") }))
        .collect();
    std::fs::write(&file, serde_json::to_string(&many).unwrap()).unwrap();
    let mut window = bare_with(shell(&file));
    window.load();
    window.mask();
    with(&mut window, "second run", "");
    until(&mut window, "the file is read", |window| {
        let clock = window.harness.get_by_label("Earlier prompts");
        !clock.accesskit_node().is_disabled()
    });
    window.steps();
    drop(window);
    let kept = std::fs::read_to_string(&file).unwrap();
    let kept: Vec<serde_json::Value> = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept.len(), 200);
    assert_eq!(kept[0]["prompt"], "second run");
    assert_eq!(kept[199]["prompt"], "old 198");

    std::fs::write(&file, "{ damaged").unwrap();
    let mut window = bare_with(shell(&file));
    until(&mut window, "told", |window| {
        window.told("the earlier prompts were damaged")
    });
    assert!(dir.path().join("state/prompts.damaged.json").exists());
}
