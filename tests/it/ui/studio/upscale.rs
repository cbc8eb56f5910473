//! Upscaling: the dialog, the engine's part of it, and what it leaves of the document.

use std::path::PathBuf;
use std::time::Duration;

use egui_kittest::kittest::Queryable as _;
use pentimento::document::EditName;
use pentimento::engine::{
    Cancel, Command, Device, EngineError, Event, JobId, ModelSource, Outcome, Upscale, Work,
};
use pentimento::raster::{Picture, Size};

use super::{Window, ready};

/// Opens the dialog and has a picture made twice as large by an upscaler.
fn begin(window: &mut Window) -> (JobId, Upscale, Cancel) {
    window.harness.state_mut().settings_mut().upscaler =
        Some(PathBuf::from("/models/x4.safetensors"));
    window.press("Picture");
    window.press("Upscale…");
    assert!(window.shows("x4"));
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
    window.key(eframe::egui::Modifiers::SHIFT, eframe::egui::Key::H);
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
    window.key(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::Z);
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
