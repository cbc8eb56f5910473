//! Tries as they come: previews, hints, batches, words of their own, the large view, ADetailer's settings.

use std::time::{Duration, Instant};

use eframe::egui::{Event as Input, Key, Modifiers, PointerButton};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::engine::{Event, Outcome, Subject, Work};
use pentimento::raster::Rect;

use super::super::{PLACE, Window, bare};
use super::{answer, found, next, one, repaint};

/// A list of hands in the place of those that were found.
fn found_at(rects: &[Rect]) -> Window {
    let mut window = found();
    window.press("Find again");
    let (job, ..) = window.whole_job();
    let hands = rects.iter().map(|rect| one(*rect, 0.9)).collect();
    window.say(Event::Finished {
        job,
        outcome: Ok(Outcome::Detected(hands)),
    });
    window.until_shown("1 · hand");
    window
}

/// Whether the picture of that name is there.
fn is_seen(window: &Window, name: &str) -> bool {
    let mut cells = window.harness.query_all_by_label(name);
    cells
        .next()
        .is_some_and(|cell| !cell.accesskit_node().is_disabled())
}

#[test]
fn what_the_model_has_in_mind_shows_in_the_place_of_the_try() {
    let mut window = found();
    window.key(Modifiers::NONE, Key::Enter);
    let (job, _) = repaint(&mut window);
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(20));
        window.steps();
    }
    assert!(!is_seen(&window, "Try 1, row 1"));
    window.step(job, 3, 90);
    let patience = Instant::now() + Duration::from_secs(60);
    while !is_seen(&window, "Try 1, row 1") {
        assert!(Instant::now() < patience);
        std::thread::sleep(Duration::from_millis(20));
        window.steps();
    }
    assert!(!is_seen(&window, "Try 2, row 1") && !is_seen(&window, "Try 1, row 2"));
    // It is no result yet.
    window.key(Modifiers::NONE, Key::Num1);
    window.key(Modifiers::NONE, Key::Enter);
    assert!(window.told("No try is picked"));
}

#[test]
fn tries_that_look_most_like_a_hand_come_first_unless_the_artist_picked_or_says_no() {
    // What the artist does before the hints come, and the grey of the first try then.
    for (what, wanted) in [("nothing", 30), ("a pick", 10), ("no", 10)] {
        let mut window = found_at(&[PLACE]);
        window.key(Modifiers::NONE, Key::Enter);
        for gray in [10, 20, 30, 40] {
            let (job, _) = repaint(&mut window);
            match what {
                "a pick" if gray == 40 => window.key(Modifiers::NONE, Key::Num2),
                "no" if gray == 40 => window.press_box("Likely ones first"),
                _ => {}
            }
            window.finish(job, gray);
        }
        let score = |gray: u8| if gray == 30 { 0.9 } else { 0.2 };
        let patience = Instant::now() + Duration::from_secs(60);
        while !window.shows("hint 0.81") {
            assert!(answer(&mut window, score).is_none());
            assert!(Instant::now() < patience);
            std::thread::sleep(Duration::from_millis(20));
        }
        let hinted = |window: &Window| {
            window
                .harness
                .query_all_by_label_contains("hint 0.")
                .count()
        };
        while hinted(&window) < 4 {
            assert!(answer(&mut window, score).is_none());
            assert!(Instant::now() < patience);
            std::thread::sleep(Duration::from_millis(20));
        }
        window.key(Modifiers::NONE, Key::Num1);
        window.key(Modifiers::NONE, Key::Enter);
        assert_eq!(window.picture(), wanted, "{what}");
    }
}

#[test]
fn tries_of_one_hand_go_through_the_model_together_where_that_is_wanted() {
    let mut window = found_at(&[PLACE]);
    window.harness.state_mut().studio_mut().batch = 3;
    window.press_box("Likely ones first");
    window.key(Modifiers::NONE, Key::Enter);
    for (seed, grays) in [(5, &[10, 20, 30][..]), (8, &[40])] {
        let (job, order) = repaint(&mut window);
        assert_eq!((order.recipe.seed, order.batch), (seed, grays.len()));
        assert!(window.shows("Try 4, row 1"));
        window.finish_batch(job, grays);
    }
    window.key(Modifiers::NONE, Key::Num3);
    window.key(Modifiers::NONE, Key::Enter);
    assert_eq!(window.picture(), 30);
}

#[test]
fn each_hand_has_its_own_words() {
    // The panel's prompt, what is typed for the first hand, and the prompts of the jobs.
    for (panel, typed, wanted) in [
        ("left [SEP] right", "", &["left", "right"][..]),
        ("left [SEP] right", "a fist", &["a fist", "right"]),
        (
            "left [SEP] right",
            "[PROMPT], fist",
            &["left, fist", "right"],
        ),
        ("hand", "[SKIP]", &["hand"]),
        ("[SKIP] [SEP] right", "", &["right"]),
        ("[SKIP] [SEP] right", "a fist", &["a fist", "right"]),
    ] {
        let mut window = found();
        window.recipe_mut().prompt = panel.to_owned();
        let field = egui_kittest::kittest::By::new()
            .predicate(|node| node.data().placeholder() == Some("as in the panel"));
        let first = window.harness.get_all(field).next().unwrap();
        first.focus();
        window.steps();
        window.harness.event(Input::Text(typed.to_owned()));
        window.steps();
        window.press("Repaint all");
        let mut prompts = Vec::new();
        while let Some((job, order)) = answer(&mut window, |_| 0.5) {
            prompts.push(order.recipe.prompt);
            window.finish(job, 9);
        }
        prompts.dedup();
        assert_eq!(prompts, wanted, "{panel} {typed}");
        assert_eq!(window.told("as their prompts say"), wanted.len() < 2);
    }
}

#[test]
fn a_hand_is_repainted_over_what_was_picked_of_its_neighbour() {
    let neighbour = Rect::new(26, 8, 40, 24);
    let mut window = found_at(&[PLACE, neighbour]);
    window.press_box("Likely ones first");
    window.key(Modifiers::NONE, Key::Enter);
    for gray in [10, 20, 30, 40] {
        let (job, order) = repaint(&mut window);
        assert_eq!(order.picture.pixel(10, 10)[0], 128);
        window.finish(job, gray);
    }
    window.press("Stop");
    let (job, _) = repaint(&mut window);
    window.say(Event::Finished {
        job,
        outcome: Ok(Outcome::Cancelled),
    });
    window.key(Modifiers::NONE, Key::Num2);
    window.press("More tries");
    let (job, order) = repaint(&mut window);
    assert_eq!(order.mask.unwrap().bounds().unwrap().left, 25);
    let seen = [
        order.picture.pixel(10, 10)[0],
        order.picture.pixel(30, 10)[0],
    ];
    assert_eq!(seen, [20, 128]);
    // The document is as it was.
    assert_eq!(window.picture(), 128);
    // What it shows of the neighbour is the neighbour's pick, and is not kept with it.
    window.finish(job, 20);
    window.key(Modifiers::NONE, Key::Num0);
    window.key(Modifiers::NONE, Key::Tab);
    window.key(Modifiers::NONE, Key::Num1);
    window.key(Modifiers::NONE, Key::Enter);
    assert_eq!(window.picture(), 128);
}

#[test]
fn rows_are_dragged_into_the_order_in_which_they_are_repainted() {
    let mut window = found();
    let place = |window: &Window, label: &str| window.harness.get_by_label(label).rect().center();
    let (from, to) = (place(&window, "Move 2"), place(&window, "Move 1"));
    let button = |pos, pressed| Input::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    for event in [
        Input::PointerMoved(from),
        button(from, true),
        Input::PointerMoved(from.lerp(to, 0.5)),
        Input::PointerMoved(to),
        button(to, false),
    ] {
        window.harness.event(event);
        window.steps();
    }
    window.key(Modifiers::NONE, Key::Enter);
    let (_, mask, seed) = next(&mut window);
    assert_eq!((mask.left, seed), (39, 5));
}

#[test]
fn one_hand_is_looked_at_alone_and_escape_leads_back_to_all() {
    let mut window = found();
    window.key(Modifiers::NONE, Key::Enter);
    let (job, _) = repaint(&mut window);
    window.finish(job, 10);
    window.key(Modifiers::NONE, Key::Space);
    assert!(window.shows("Original and pick") && window.shows("Original, row 1"));
    assert!(!window.shows("2 · hand"));
    window.key(Modifiers::NONE, Key::Num1);
    window.until_shown("1 · hand: Try 1");
    window.key(Modifiers::NONE, Key::Tab);
    assert!(window.shows("Original, row 2") && !window.shows("Original, row 1"));
    window.key(Modifiers::NONE, Key::Escape);
    assert!(!window.shows("Original and pick") && window.shows("2 · hand"));
    window.key(Modifiers::NONE, Key::Escape);
    assert!(!window.shows("2 · hand"));
    // The pick of before is still one.
    window.key(Modifiers::SHIFT, Key::F);
    window.press("Keep picks");
    assert_eq!(window.picture(), 10);
    // 4 for each of the two, of which one had come.
    assert!(window.told("7 tries that were still to come were stopped."));
}

#[test]
fn adetailers_settings_come_with_the_recipe_of_a_picture() {
    let mut window = bare();
    window.load();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cat.txt");
    let text = "a cat\nSteps: 9, Sampler: Euler a, Seed: 3, ADetailer model: face_yolov8n.pt, ADetailer prompt: \"[PROMPT], a face\", ADetailer confidence: 0.45, ADetailer dilate erode: 0, ADetailer mask blur: 7, ADetailer denoising strength: 0.35, ADetailer inpaint only masked: True, ADetailer inpaint padding: 24";
    std::fs::write(&path, text).unwrap();
    let file = std::sync::Arc::new(super::super::order::Dropped(path));
    window.harness.input_mut().dropped_files.push(file);
    window.until_told("The recipe of cat.txt");
    window.key(Modifiers::SHIFT, Key::F);
    let (job, work, _) = window.whole_job();
    let Work::Detect(wanted) = work.work else {
        panic!("{:?}", work.work)
    };
    assert_eq!((wanted.subject, wanted.least), (Subject::Faces, 0.45));
    window.say(Event::Finished {
        job,
        outcome: Ok(Outcome::Detected(vec![one(PLACE, 0.9)])),
    });
    window.until_shown("1 · hand");
    for ours in [false, true] {
        if ours {
            window.press("Stop");
            let (job, _) = repaint(&mut window);
            window.say(Event::Finished {
                job,
                outcome: Ok(Outcome::Cancelled),
            });
            window.press_box("As in the picture (face_yolov8n.pt)");
        }
        window.press("Repaint all");
        let (job, order) = repaint(&mut window);
        let recipe = &order.recipe;
        let own = (recipe.prompt.as_str(), recipe.strength, recipe.mask_blur);
        match ours {
            false => assert_eq!((own, recipe.padding), (("a cat, a face", 0.35, 7.0), 24)),
            true => assert_eq!((own, recipe.padding), (("a cat", 0.75, 4.0), 3)),
        }
        assert_eq!(order.mask.unwrap().bounds(), Some(PLACE));
        window.finish(job, 9);
    }
}
