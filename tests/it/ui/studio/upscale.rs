//! Upscaling: the dialog, the engine's part of it, and what it leaves of the document.

use std::path::PathBuf;
use std::time::Duration;

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::document::{Document, EditName};
use pentimento::engine::{
    Cancel, Command, Device, EngineError, Event, JobId, ModelSource, Outcome, Upscale, Work,
};
use pentimento::raster::{Patch, Picture, Rect, Size};
use pentimento::ui::Weight;

use super::{Window, made, ready, same};

/// Opens the dialog and has a picture made twice as large by an upscaler.
fn begin(window: &mut Window) -> (JobId, Upscale, Cancel) {
    begin_with(window, &[])
}

/// The same, with boxes ticked.
fn begin_with(window: &mut Window, boxes: &[&str]) -> (JobId, Upscale, Cancel) {
    window.harness.state_mut().settings_mut().upscaler =
        Some(PathBuf::from("/models/x4.safetensors"));
    window.press("Picture");
    window.press("Upscale…");
    assert!(window.shows("x4"));
    for label in boxes {
        window.press_box(label);
    }
    window.press("Scale");
    let (id, job, cancel) = window.whole_job();
    assert_eq!(
        job.kit.model,
        ModelSource::at("/models/x4.safetensors".into())
    );
    let Work::Upscale(upscale) = job.work else {
        panic!("{:?}", job.work)
    };
    (id, upscale, cancel)
}

fn upscaled(size: Size) -> Outcome {
    Outcome::Upscaled {
        picture: Picture::filled(size, [7, 7, 7, 255]),
        model: "x4".to_owned(),
        device: Device::Cpu,
    }
}

#[test]
fn an_upscaled_picture_takes_the_place_of_the_picture_in_one_step() {
    let mut window = ready();
    let before = window.app().document().size();
    let (job, upscale, _) = begin(&mut window);
    let twice = Size::new(2 * before.width, 2 * before.height);
    assert_eq!(upscale.size, Some(twice));
    assert_eq!(upscale.picture.size(), before);
    window.say(Event::Step {
        job,
        index: 3,
        of: 16,
        preview: None,
    });
    window.until_shown("Upscaling… 3 of 16");
    // Nothing else is done to the picture meanwhile.
    window.key(Modifiers::SHIFT, Key::H);
    assert_eq!(window.app().document().undo_name(), Some(EditName::Import));
    window.say(Event::Finished {
        job,
        outcome: Ok(upscaled(twice)),
    });
    check(&mut window, before, twice);
}

fn check(window: &mut Window, before: Size, twice: Size) {
    let document = window.app().document();
    assert_eq!(document.size(), twice);
    assert_eq!(document.mask().size(), twice);
    assert_eq!(document.mask().value(10, 10), 255);
    assert_eq!(document.picture().pixel(0, 0), [7, 7, 7, 255]);
    assert_eq!(document.undo_name(), Some(EditName::Scale));
    assert!(window.told("Scaled to"));
    window.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.app().document().size(), before);
}

#[test]
fn a_failure_and_a_stop_leave_the_document_whole() {
    let mut window = ready();
    let before = window.app().document().size();
    let (job, ..) = begin(&mut window);
    window.fail(job, EngineError::TooLarge(Size::new(20_000, 20_000)));
    assert!(window.told("20000x20000 on the way"));
    assert_eq!(window.app().document().size(), before);

    let (job, _, cancel) = begin(&mut window);
    window.until_shown("Upscaling…");
    window.harness.get_by_label("Cancel").click();
    window.steps();
    assert!(cancel.is_cancelled());
    // The engine is not asked for more before it has answered.
    window.press_repaint();
    assert!(window.commands.try_recv().is_err());
    window.say(Event::Finished {
        job,
        outcome: Ok(upscaled(before)),
    });
    assert_eq!(window.app().document().undo_name(), Some(EditName::Import));
    assert!(matches!(window.commands.try_recv(), Ok(Command::Run(..))));
}

#[test]
fn it_comes_before_the_repaints_that_wait_and_not_into_another_picture() {
    let mut window = ready();
    window.press_repaint();
    let (running, ..) = window.job();
    window.press_repaint();
    window.harness.state_mut().settings_mut().upscaler = Some(PathBuf::from("/models/x4.onnx"));
    window.press("Picture");
    window.press("Upscale…");
    window.press("Scale");
    assert!(window.commands.try_recv().is_err());
    std::thread::sleep(Duration::from_millis(200));
    window.finish(running, 9);
    let (job, whole, _) = window.whole_job();
    assert!(matches!(whole.work, Work::Upscale(_)));
    let document = window.harness.state_mut().document_mut();
    document.flip(pentimento::raster::Axis::Horizontal);
    let size = document.size();
    window.say(Event::Finished {
        job,
        outcome: Ok(upscaled(Size::new(2 * size.width, 2 * size.height))),
    });
    assert!(window.told("was changed meanwhile"));
    assert_eq!(window.app().document().size(), size);
    let (_, whole, _) = window.whole_job();
    assert!(matches!(whole.work, Work::Repaint(_)));
}

#[test]
fn a_cancel_in_the_middle_changes_and_complains_of_nothing() {
    let mut window = ready();
    let before = std::sync::Arc::clone(window.app().document().picture());
    let (job, _, cancel) = begin(&mut window);
    window.say(Event::Step {
        job,
        index: 3,
        of: 16,
        preview: None,
    });
    window.until_shown("Upscaling… 3 of 16");
    window.press("Cancel");
    assert!(cancel.is_cancelled());
    window.say(Event::Finished {
        job,
        outcome: Ok(Outcome::Cancelled),
    });
    let document = window.app().document();
    assert!(same(&before, document.picture()));
    assert_eq!(document.undo_name(), Some(EditName::Import));
    let lines = window.app().shell().notices.lines();
    let failed = lines.iter().find(|line| line.weight == Weight::Error);
    assert_eq!(failed, None);
    assert!(!window.shows("Upscaling…"));
}

/// Opens the dialog at the picture's own size.
fn open_scaling(window: &mut Window) {
    window.key(Modifiers::COMMAND.plus(Modifiers::ALT), Key::I);
}

/// A picture whose left half is transparent, of straight colours.
fn half_seen(size: Size) -> Picture {
    Picture::from_fn(size, |x, _| match x < size.width / 2 {
        true => [9, 9, 9, 0],
        false => [200, 100, 50, 255],
    })
}

#[test]
fn transparency_is_scaled_with_the_picture_and_stays_straight() {
    for with in [None, Some("/models/x4.safetensors")] {
        let mut window = ready();
        let small = half_seen(Size::new(64, 48));
        let size = Size::new(128, 96);
        *window.harness.state_mut().document_mut() = Document::new(small.clone());
        window.steps();
        match with {
            Some(_) => {
                let (job, upscale, _) = begin(&mut window);
                assert_eq!(*upscale.picture, small);
                let outcome = Ok(Outcome::Upscaled {
                    picture: half_seen(size),
                    model: "x4".to_owned(),
                    device: Device::Cpu,
                });
                window.say(Event::Finished { job, outcome });
            }
            None => {
                open_scaling(&mut window);
                window.press("200 %");
                window.press("Scale");
            }
        }
        let picture = window.app().document().picture();
        assert_eq!(picture.size(), size, "{with:?}");
        let pixel = |x: u32| picture.pixel(x, 40);
        assert_eq!([pixel(10)[3], pixel(54)[3]], [0, 0], "{with:?}");
        // Colours are not mixed with those of what is not seen.
        for x in [70, 100] {
            assert_eq!(pixel(x), [200, 100, 50, 255], "{with:?}");
        }
    }
}

#[test]
fn it_is_repainted_as_a_whole_where_that_is_wanted() {
    for (strength, at) in [(0.75, 0.3), (0.2, 0.2)] {
        let mut window = ready();
        window.recipe_mut().strength = strength;
        window.recipe_mut().size = Some([64, 64]);
        window.steps();
        let recipe = window.recipe().clone();
        let (job, upscale, _) = begin_with(&mut window, &["and repaint"]);
        assert!(window.commands.try_recv().is_err());
        let size = upscale.size.unwrap();
        window.say(Event::Finished {
            job,
            outcome: Ok(upscaled(size)),
        });
        let (id, repaint, _) = window.job();
        assert_eq!((repaint.picture.size(), repaint.mask), (size, None));
        assert_eq!((repaint.recipe.strength, repaint.recipe.size), (at, None));
        assert_eq!(repaint.recipe.prompt, recipe.prompt);
        assert_eq!(*window.recipe(), recipe, "the panel stays");
        let outcome = Outcome::Repainted {
            patches: vec![Patch::new(
                Rect::of(size),
                Picture::filled(size, [3, 3, 3, 255]),
            )],
            made: made(),
        };
        window.say(Event::Finished {
            job: id,
            outcome: Ok(outcome),
        });
        window.press("Keep");
        assert_eq!(
            window.app().document().picture().pixel(5, 5),
            [3, 3, 3, 255]
        );
    }
    // By Lanczos there is nothing to add detail to.
    let mut window = ready();
    open_scaling(&mut window);
    let tick = window.harness.get_by_label("and repaint");
    assert!(tick.accesskit_node().is_disabled());
}
