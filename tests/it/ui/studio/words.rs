//! Masking by words: the dialog, one look of the network, sliders over it, and the mask.

use std::path::PathBuf;

use eframe::egui::{Event as Input, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use pentimento::document::EditName;
use pentimento::engine::{Device, Event, FindMask, JobId, ModelSource, Outcome, Work};
use pentimento::raster::Size;
use pentimento::raster::heat::Heat;

use super::{Window, ready, same};

/// Opens the dialog and has the engine look for words.
pub(super) fn look(window: &mut Window, words: &str) -> (JobId, FindMask) {
    look_with(window, words, Some("/models/clipseg"))
}

/// The same with a network, or the built-in one.
fn look_with(window: &mut Window, words: &str, with: Option<&str>) -> (JobId, FindMask) {
    window.harness.state_mut().settings_mut().segmenter = with.map(PathBuf::from);
    window.press("Mask");
    window.press("Mask by words…");
    window.steps();
    let fields = window.harness.query_all_by_label("What to mask");
    fields.last().unwrap().click();
    window.steps();
    window.harness.event(Input::Text(words.to_owned()));
    window.steps();
    window.press("Find");
    let (id, job, _) = window.whole_job();
    let model = ModelSource::at(with.unwrap_or("built-in").into());
    assert_eq!(job.kit.model, model);
    match job.work {
        Work::FindMask(wanted) => {
            assert!(same(&wanted.picture, &window.app().document().seen()));
            (id, wanted)
        }
        other => panic!("{other:?}"),
    }
}

/// Sure of the right half.
fn right(share: f32) -> Outcome {
    let half = |at: u32| if at % 352 >= 176 { share } else { 0.0 };
    Outcome::Found {
        heats: vec![Heat::new(
            Size::new(352, 352),
            (0..352 * 352).map(half).collect(),
        )],
        model: "clipseg".to_owned(),
        device: Device::Cpu,
    }
}

fn found(window: &mut Window, job: JobId, share: f32) {
    window.say(Event::Finished {
        job,
        outcome: Ok(right(share)),
    });
}

#[test]
fn what_is_found_becomes_the_mask_in_one_step() {
    let mut window = ready();
    let before = window.app().document().mask().clone();
    let (job, wanted) = look(&mut window, "left hand, watch");
    assert_eq!(wanted.words, ["left hand", "watch"]);
    found(&mut window, job, 0.9);
    window.until_shown("% masked");
    // Nothing is done before it is applied.
    assert_eq!(window.app().document().undo_name(), Some(EditName::Import));
    window.press("Apply");
    let document = window.app().document();
    let size = document.size();
    assert_eq!(document.undo_name(), Some(EditName::Words));
    assert_eq!(document.mask().value(size.width - 1, 5), 255);
    assert_eq!(document.mask().value(0, 5), 0);
    assert!(!window.shows("What to mask"));
    window.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(**window.app().document().mask(), *before);
}

/// Types into what has the keyboard.
fn type_words(window: &mut Window, words: &str) {
    window.harness.event(Input::Text(words.to_owned()));
    window.steps();
}

#[test]
fn it_opens_with_the_words_in_hand_and_enter_finds_and_masks() {
    let mut window = ready();
    window.press("Mask");
    window.press("Mask by words…");
    window.steps();
    type_words(&mut window, "hand");
    window.key(Modifiers::NONE, Key::Enter);
    let (job, whole, _) = window.whole_job();
    assert!(matches!(whole.work, Work::FindMask(wanted) if wanted.words == ["hand"]));
    found(&mut window, job, 0.9);
    window.until_shown("% masked");
    // Other words are looked for first.
    type_words(&mut window, "s");
    window.key(Modifiers::NONE, Key::Enter);
    let (job, whole, _) = window.whole_job();
    assert!(matches!(whole.work, Work::FindMask(wanted) if wanted.words == ["hands"]));
    assert_eq!(window.app().document().undo_name(), Some(EditName::Import));
    found(&mut window, job, 0.9);
    window.until_shown("% masked");
    window.key(Modifiers::NONE, Key::Enter);
    assert_eq!(window.app().document().undo_name(), Some(EditName::Words));
    assert!(!window.shows("What to mask"));
}

#[test]
fn enter_masks_nothing_where_nothing_is_found() {
    let mut window = ready();
    let (job, _) = look(&mut window, "hand");
    found(&mut window, job, 0.3);
    window.until_shown("Nothing found");
    let fields = window.harness.query_all_by_label("What to mask");
    fields.last().unwrap().click();
    window.steps();
    window.key(Modifiers::NONE, Key::Enter);
    assert!(window.shows("What to mask"));
    assert_eq!(window.app().document().undo_name(), Some(EditName::Import));
}

/// What is chosen, and the mask at the left edge, at the right one, and between what was masked and what is found.
const JOINS: [(&str, [u8; 2]); 4] = [
    ("Replace", [0, 255]),
    ("Add", [255, 255]),
    ("Subtract", [255, 0]),
    ("Intersect", [0, 0]),
];

#[test]
fn it_joins_the_mask_that_is_there() {
    for (join, [left, right]) in JOINS {
        let mut window = ready();
        let (job, _) = look(&mut window, "hand");
        found(&mut window, job, 0.9);
        window.until_shown("% masked");
        window.press(join);
        window.press("Apply");
        let mask = window.app().document().mask();
        let last = mask.size().width - 1;
        assert_eq!(
            [mask.value(0, 5), mask.value(last, 5)],
            [left, right],
            "{join}"
        );
    }
}

#[test]
fn nothing_found_is_said_and_cannot_be_applied() {
    let mut window = ready();
    let (job, _) = look(&mut window, "hand");
    found(&mut window, job, 0.3);
    window.until_shown("Nothing found: 0.30 sure at most");
    assert!(!window.is_enabled("Apply"));
}

#[test]
fn without_another_the_built_in_network_looks() {
    let mut window = ready();
    let (_, wanted) = look_with(&mut window, "hand", None);
    assert_eq!(wanted.words, ["hand"]);
}
