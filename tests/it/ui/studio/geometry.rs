//! Results and previews where the picture was cropped, turned or mirrored since.

use eframe::egui::{Key, Modifiers};
use pentimento::raster::Rect;
use pentimento::raster::prepare::Margins;

use super::{PLACE, ready};

#[test]
fn a_result_made_before_a_flip_is_neither_shown_nor_kept_until_it_is_undone() {
    let mut window = ready();
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, 30);
    assert_eq!(window.layer(), Some(30));
    // The same size, but nothing lies where it lay.
    window.key(Modifiers::SHIFT, Key::H);
    assert_eq!(window.layer(), None);
    assert!(!window.is_enabled("Keep"));
    window.key(Modifiers::NONE, Key::Enter);
    assert_eq!(window.picture(), 128);
    assert_eq!(window.results(), 1, "it waits");
    window.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.layer(), Some(30));
    assert!(window.is_enabled("Keep"));
    window.key(Modifiers::NONE, Key::Enter);
    assert_eq!(window.picture(), 30);
}

#[test]
fn a_job_that_runs_meanwhile_shows_nothing_in_the_wrong_place() {
    for change in 0..3 {
        let mut window = ready();
        window.press_repaint();
        let (id, ..) = window.job();
        window.step(id, 1, 10);
        assert_eq!(window.layer(), Some(10));
        let document = window.harness.state_mut().document_mut();
        match change {
            0 => document.rotate(2),
            1 => document.crop(Rect::new(0, 0, 40, 40)),
            _ => document.extend(Margins::new(8, 0, 0, 0), false),
        }
        window.steps();
        assert_eq!(window.layer(), None, "{change}");
        window.step(id, 2, 20);
        assert_eq!(window.layer(), None, "{change}");
        window.finish(id, 30);
        assert_eq!((window.layer(), window.results()), (None, 1), "{change}");
        assert!(!window.is_enabled("Keep"), "{change}");
        window.key(Modifiers::COMMAND, Key::Z);
        assert_eq!(window.layer(), Some(30), "{change}");
        window.key(Modifiers::NONE, Key::Enter);
        let pixel = window
            .app()
            .document()
            .picture()
            .pixel(PLACE.left, PLACE.top);
        assert_eq!(pixel[0], 30, "{change}");
    }
}
