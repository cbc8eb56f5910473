//! Fixing hands: found, repainted several times, picked one by one, kept step by step.

mod tries;

use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use pentimento::detection::{Bounds, Found, Region};
use pentimento::document::EditName;
use pentimento::engine::{Command, Event, JobId, Outcome, Repaint, Subject, Work};
use pentimento::raster::{Patch, Picture, Rect};
use pentimento::recipe::Area;

use super::sketch::draw;
use super::{PLACE, SIZE, Window, bare, made, patch};

/// Something found there.
pub(super) fn one(rect: Rect, score: f32) -> Found {
    Found {
        bounds: Bounds {
            left: rect.left as f32,
            top: rect.top as f32,
            right: rect.right as f32,
            bottom: rect.bottom as f32,
        },
        score,
        presence: score,
        clean: None,
        label: "hand".to_owned(),
        shape: Region::filled(rect),
    }
}

/// A window without a mask, asked to fix hands; the detector found two, the one on the right first.
fn found() -> Window {
    let mut window = bare();
    window.load();
    window.key(Modifiers::SHIFT, Key::F);
    let (job, work, _) = window.whole_job();
    let Work::Detect(wanted) = work.work else {
        panic!("{:?}", work.work)
    };
    assert_eq!((wanted.subject, wanted.detector), (Subject::Hands, None));
    let right = Rect::new(40, 8, 52, 20);
    window.say(Event::Finished {
        job,
        outcome: Ok(Outcome::Detected(vec![one(right, 0.9), one(PLACE, 0.8)])),
    });
    window.until_shown("2 · hand");
    window
}

/// Draws frames until outlines lie over the picture that have a colour between the two hands.
fn until_outlined(window: &mut Window, color: [u8; 3]) {
    let patience = Instant::now() + Duration::from_secs(60);
    let seen = |window: &Window| {
        let layer = window.app().studio().layer()?;
        let Rect { left, top, .. } = layer.patch.rect();
        let [red, green, blue, _] = layer.patch.pixels().pixel(30 - left, 16 - top);
        Some([red, green, blue])
    };
    while seen(window) != Some(color) {
        assert!(Instant::now() < patience, "{:?}", seen(window));
        std::thread::sleep(Duration::from_millis(20));
        window.steps();
    }
}

/// Says for each try that is looked at that a hand is in it, as sure as `score` says of the try's grey.
fn answer(window: &mut Window, score: impl Fn(u8) -> f32) -> Option<(JobId, Repaint)> {
    window.steps();
    while let Ok(Command::Run(job, work, _)) = window.commands.try_recv() {
        let seen = match work.work {
            Work::Detect(wanted) => wanted,
            Work::Repaint(repaint) => return Some((job, repaint)),
            other => panic!("{other:?}"),
        };
        let score = score(seen.picture.pixel(0, 0)[0]);
        let hand = one(Rect::new(4, 4, 12, 12), score);
        window.say(Event::Finished {
            job,
            outcome: Ok(Outcome::Detected(vec![hand])),
        });
    }
    None
}

/// The repaint that the engine was handed; what it looks at meanwhile are hands.
fn repaint(window: &mut Window) -> (JobId, Repaint) {
    answer(window, |_| 0.5).unwrap()
}

/// The job that the engine was handed, and what its mask covers.
fn next(window: &mut Window) -> (JobId, Rect, u64) {
    let (id, repaint) = repaint(window);
    assert_eq!(repaint.recipe.area, Area::OnlyMasked);
    let mask = repaint.mask.unwrap();
    (id, mask.bounds().unwrap(), repaint.recipe.seed)
}

#[test]
fn each_hand_gets_its_tries_and_the_pick_is_kept_alone() {
    let mut window = found();
    window.key(Modifiers::NONE, Key::Enter);
    // From left to right, the first hand's tries first; masks are dilated by a square of 4.
    let left = Rect::new(
        PLACE.left - 1,
        PLACE.top - 1,
        PLACE.right + 2,
        PLACE.bottom + 2,
    );
    let right = Rect::new(39, 7, 54, 22);
    for (rect, seed, gray) in [
        (left, 5, 10),
        (left, 6, 20),
        (left, 7, 30),
        (left, 8, 40),
        (right, 6, 50),
    ] {
        let (job, mask, own) = next(&mut window);
        assert_eq!((mask, own), (rect, seed));
        window.finish(job, gray);
    }
    assert!(window.shows("5 of 8 tries"));
    // The second of the first hand; a try that is not there yet cannot be picked.
    window.key(Modifiers::NONE, Key::Num2);
    window.key(Modifiers::NONE, Key::Tab);
    window.key(Modifiers::NONE, Key::Num3);
    assert_eq!(window.picture(), 128);
    window.press("Keep picks");
    assert_eq!(window.picture(), 20);
    assert_eq!(window.app().document().undo_name(), Some(EditName::Result));
    assert!(!window.shows("Keep picks") && window.told("1 try is in the picture"));
    window.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.picture(), 128);
}

#[test]
fn two_picks_are_two_steps_and_neither_undoes_the_other() {
    let mut window = found();
    window.key(Modifiers::NONE, Key::Enter);
    for gray in [10, 20, 30, 40] {
        let (job, ..) = next(&mut window);
        window.finish(job, gray);
    }
    // What the other hand's tries show of the first is the picture as it was.
    let rect = Rect::new(PLACE.left, PLACE.top, 52, PLACE.bottom);
    for gray in [50, 60, 70, 80] {
        let (job, ..) = next(&mut window);
        let pixels = Picture::from_fn(rect.size(), |x, _| {
            let gray = if x < 30 { 128 } else { gray };
            [gray, gray, gray, 255]
        });
        window.say(Event::Finished {
            job,
            outcome: Ok(Outcome::Repainted {
                patches: vec![Patch::new(rect, pixels)],
                made: made(),
            }),
        });
    }
    window.key(Modifiers::NONE, Key::Num1);
    window.key(Modifiers::NONE, Key::Tab);
    window.key(Modifiers::NONE, Key::Num4);
    window.key(Modifiers::NONE, Key::Enter);
    let seen = |window: &Window| {
        let other = window.app().document().picture().pixel(45, 10)[0];
        (window.picture(), other)
    };
    assert_eq!(seen(&window), (10, 80));
    window.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(seen(&window), (10, 128));
    window.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(seen(&window), (128, 128));
}

#[test]
fn what_is_masked_joins_the_list_and_what_is_not_ticked_is_left_out() {
    let mut window = found();
    window.mask();
    window.press("Add what is masked");
    assert!(window.shows("3 · hand") && window.shows("by hand"));
    for name in ["1 · hand", "2 · hand"] {
        window.harness.get_by_label(name).click();
        window.steps();
    }
    window.press("Repaint all");
    let (job, mask, _) = next(&mut window);
    assert_eq!(mask, Rect::new(0, 0, 20, SIZE.height));
    window.finish(job, 9);
    window.press("Stop");
    // The one that was handed over is told to stop, and nothing follows.
    let (job, ..) = next(&mut window);
    window.say(Event::Finished {
        job,
        outcome: Ok(Outcome::Cancelled),
    });
    assert!(window.commands.try_recv().is_err());
    // What will not come any more is neither shown nor counted.
    assert!(window.shows("Try 1, row 3") && !window.shows("Try 2, row 3"));
    assert!(!window.shows("of 4 tries"));
}

#[test]
fn outlines_lie_over_what_is_seen_and_go_with_the_picture() {
    let mut window = found();
    until_outlined(&mut window, [128; 3]);
    draw(&mut window);
    until_outlined(&mut window, [200, 20, 20]);
    window.key(Modifiers::COMMAND, Key::Z);
    until_outlined(&mut window, [128; 3]);
    let document = window.harness.state_mut().document_mut();
    document.apply(EditName::Result, &patch(3));
    window.steps();
    assert_eq!(window.layer(), None);
    assert!(window.shows("1 · hand"));
    window.harness.state_mut().studio_mut().picture_opened();
    window.steps();
    assert!(!window.shows("1 · hand"));
}

#[test]
fn enter_waits_for_a_pick_and_keeps_a_result_that_is_selected_by_hand() {
    let mut window = found();
    window.key(Modifiers::NONE, Key::Enter);
    for gray in [10, 20, 30, 40, 50, 60, 70, 80] {
        let (job, ..) = next(&mut window);
        window.finish(job, gray);
    }
    // The last result selected itself as it came.
    window.key(Modifiers::NONE, Key::Enter);
    assert!(window.told("No try is picked"));
    assert!(answer(&mut window, |_| 0.5).is_none());
    assert_eq!(window.picture(), 128);
    window.key(Modifiers::NONE, Key::ArrowLeft);
    window.key(Modifiers::NONE, Key::Enter);
    assert_eq!(window.picture(), 70);
}

#[test]
fn a_faint_find_is_shown_and_not_repainted_unasked() {
    let mut window = found();
    window.press("Find again");
    let (job, ..) = window.whole_job();
    let faint = Found {
        presence: 0.0,
        ..one(PLACE, 0.5)
    };
    window.say(Event::Finished {
        job,
        outcome: Ok(Outcome::Detected(vec![faint])),
    });
    window.until_shown("1 · hand");
    window.key(Modifiers::NONE, Key::Enter);
    assert!(window.told("Nothing is ticked"));
    assert!(window.commands.try_recv().is_err());
}

#[test]
fn a_picture_that_changed_is_looked_through_again() {
    let mut window = found();
    let document = window.harness.state_mut().document_mut();
    document.apply(EditName::Result, &patch(3));
    window.steps();
    window.key(Modifiers::NONE, Key::Enter);
    assert!(window.told("find again"));
    assert!(window.commands.try_recv().is_err());
    window.press("Find again");
    let (job, work, _) = window.whole_job();
    assert!(matches!(work.work, Work::Detect(_)));
    window.say(Event::Finished {
        job,
        outcome: Ok(Outcome::Detected(Vec::new())),
    });
    assert!(window.shows("Nothing was found"));
}
