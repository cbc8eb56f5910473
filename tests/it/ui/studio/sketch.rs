//! Sketch to image: colour over the picture, masked, repainted, kept, undone.

use eframe::egui::{Key, Modifiers};
use pentimento::document::{Brush, EditName, StrokeMode, StrokePoint};

use super::{PLACE, Window, analysis, bare, object, words};

/// A window with a model, and a stroke of colour over its picture.
fn sketched() -> Window {
    let mut window = bare();
    window.load();
    draw(&mut window);
    window
}

/// Draws a stroke of red over the picture.
pub(super) fn draw(window: &mut Window) {
    let brush = Brush {
        radius: 4.0,
        hardness: 1.0,
        opacity: 1.0,
        size_by_pressure: false,
        opacity_by_pressure: false,
    };
    let at = |x: f32, y: f32| StrokePoint {
        x,
        y,
        pressure: 1.0,
    };
    let document = window.harness.state_mut().document_mut();
    document.begin_sketch([200, 20, 20], StrokeMode::Paint, brush, at(12.0, 16.0));
    document.extend_stroke(at(40.0, 16.0));
    document.end_stroke();
    window.steps();
}

#[test]
fn what_was_painted_is_masked_repainted_kept_and_undone() {
    let mut window = sketched();
    // What to do next stands beside the button, with the way out.
    assert!(!window.is_enabled("Repaint"));
    assert!(window.shows("Mask what you painted, or brush a mask first."));
    window.key(Modifiers::COMMAND, Key::Enter);
    assert!(window.commands.try_recv().is_err());
    window.press("Mask what I painted");
    let document = window.app().document();
    assert_eq!(document.undo_name(), Some(EditName::MaskSketch));
    assert_eq!(document.mask_bounds(), document.sketch_bounds());

    let (seen, sketch) = (document.seen(), document.sketch().unwrap().clone());
    let picture = document.picture().clone();
    window.press_repaint();
    let (id, job, _) = window.job();
    assert!(*job.picture == *seen && *job.picture != *picture);
    assert_eq!(job.mask.as_ref(), Some(window.app().document().mask()));
    window.finish(id, 30);
    window.key(Modifiers::NONE, Key::Enter);
    let document = window.app().document();
    assert_eq!(document.seen_at(10, 10), [30, 30, 30, 255]);
    let left = document.sketch().unwrap();
    for (x, y) in (0..64).flat_map(|x| (0..48).map(move |y| (x, y))) {
        if PLACE.contains_point(x, y) {
            assert_eq!(left.pixel(x, y), [0; 4]);
        } else {
            assert_eq!(left.pixel(x, y), sketch.pixel(x, y));
            assert_eq!(document.picture().pixel(x, y), picture.pixel(x, y));
        }
    }
    window.key(Modifiers::COMMAND, Key::Z);
    let document = window.app().document();
    assert!(*document.seen() == *seen && *document.picture() == picture);
    assert_eq!(document.sketch(), Some(&sketch));
}

#[test]
fn all_of_it_can_be_masked_as_well() {
    let mut window = sketched();
    window.press("Mask everything");
    assert_eq!(window.app().document().coverage(), 1.0);
    assert!(window.is_enabled("Repaint"));
}

#[test]
fn what_looks_at_the_picture_sees_the_sketch() {
    type Look = fn(&mut Window);
    let looks: [Look; 3] = [
        |window| drop(words::look(window, "hand")),
        |window| {
            analysis::look(window);
        },
        object::take_tool,
    ];
    for look in looks {
        let mut window = sketched();
        let document = window.app().document();
        assert!(*document.seen() != **document.picture());
        look(&mut window);
    }
}
