//! Edits of a picture that is too large for one frame: made beside the window, which goes on and changes nothing else meanwhile.

use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use eframe::egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, TouchPhase, vec2};
use pentimento::document::{Document, EditName};
use pentimento::raster::{Mask, Picture, Size};
use pentimento::ui::Tool;

use super::{Desk, LEFT, NONE};

const SIZE: Size = Size {
    width: 1100,
    height: 1000,
};

/// A key, and the edit that it asks for.
const EDITS: &[(Modifiers, Key, EditName)] = &[
    (Modifiers::COMMAND, Key::I, EditName::Invert),
    (NONE, Key::G, EditName::Grow),
    (Modifiers::SHIFT, Key::G, EditName::Shrink),
    (NONE, Key::H, EditName::FillHoles),
    (NONE, Key::A, EditName::FromAlpha),
    (Modifiers::COMMAND, Key::D, EditName::Clear),
    (Modifiers::SHIFT, Key::M, EditName::MaskSketch),
    (Modifiers::COMMAND, Key::CloseBracket, EditName::Rotate),
    (Modifiers::SHIFT, Key::H, EditName::Flip),
];

/// A picture with a transparent edge, colour drawn over it, and a ring for its mask.
fn desk() -> Desk {
    let picture = Picture::from_fn(SIZE, |x, y| match (x, y) {
        (40..60, 40..60) => [255; 4],
        (0..10, _) => [90, 90, 90, 0],
        _ => [90, 90, 90, 255],
    });
    let ring = Mask::from_fn(SIZE, |x, y| {
        let (x, y) = (x.abs_diff(500), y.abs_diff(500));
        if (100..200).contains(&x.max(y)) {
            255
        } else {
            0
        }
    });
    let sketch = Picture::from_fn(SIZE, |x, y| match (x, y) {
        (800..900, 800..900) => [200, 0, 0, 255],
        _ => [0; 4],
    });
    Desk::with(Document::with_mask(picture, ring).with_sketch(sketch))
}

fn pressed(modifiers: Modifiers, key: Key) -> Event {
    Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers,
    }
}

/// One frame in which all that happens.
fn frame(desk: &mut Desk, events: impl IntoIterator<Item = Event>) {
    desk.harness.input_mut().events.extend(events);
    desk.harness.step();
}

/// A press of the left button at a point of the picture.
fn press_at(desk: &Desk, x: f32, y: f32) -> [Event; 2] {
    let pos = desk.at(x, y);
    let button = Event::PointerButton {
        pos,
        button: LEFT,
        pressed: true,
        modifiers: NONE,
    };
    [Event::PointerMoved(pos), button]
}

fn undo_name(desk: &Desk) -> Option<EditName> {
    desk.app().document().undo_name()
}

fn until(desk: &mut Desk, so: impl Fn(&Desk) -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !so(desk) {
        assert!(Instant::now() < end, "{:?}", desk.app().notices().lines());
        std::thread::sleep(Duration::from_millis(5));
        desk.harness.step();
    }
    desk.harness.run_steps(4);
}

/// The state of the document: mask, size, and how often it was edited.
fn state(desk: &Desk) -> (Mask, Picture, u64) {
    let document = desk.app().document();
    let (mask, picture) = (document.mask(), document.picture());
    (
        Mask::clone(mask),
        Picture::clone(picture),
        document.revision(),
    )
}

#[test]
fn the_frame_in_which_an_edit_is_asked_for_changes_nothing() {
    for &(modifiers, key, name) in EDITS {
        let mut desk = desk();
        let before = state(&desk);
        frame(&mut desk, [pressed(modifiers, key)]);
        assert!(state(&desk) == before, "{name:?}");
        until(&mut desk, |desk| undo_name(desk) == Some(name));
        assert!(state(&desk) != before, "{name:?}");
        desk.key(Modifiers::COMMAND, Key::Z);
        assert!(state(&desk) == before, "{name:?}: one step");
        assert_eq!(undo_name(&desk), None, "{name:?}");
    }
}

#[test]
fn the_wand_looks_for_its_colour_beside_the_window() {
    let mut desk = desk();
    let before = state(&desk);
    desk.key(NONE, Key::W);
    assert_eq!(desk.app().board().tool, Tool::Wand);
    let press = press_at(&desk, 50.0, 50.0);
    frame(&mut desk, press);
    assert!(state(&desk) == before);
    until(&mut desk, |desk| undo_name(desk) == Some(EditName::Wand));
    assert_eq!((desk.mask(40, 59), desk.mask(39, 50)), (255, 0));
}

#[test]
fn meanwhile_the_picture_can_be_looked_at_and_not_changed() {
    let mut desk = desk();
    let zoom = desk.app().board().view.unwrap().zoom();
    // It is not done before the test lets it.
    let (go, wait) = sync_channel(1);
    let ctx = desk.harness.ctx.clone();
    let held = move |document: &mut Document| {
        wait.recv().unwrap();
        document.edit_mask(EditName::Invert, Mask::invert);
    };
    desk.harness.state_mut().edit(&ctx, EditName::Invert, held);
    let mut events = vec![pressed(NONE, Key::G), pressed(Modifiers::COMMAND, Key::Z)];
    events.extend(press_at(&desk, 300.0, 300.0));
    events.push(Event::MouseWheel {
        unit: MouseWheelUnit::Line,
        delta: vec2(0.0, 1.0),
        source: MouseWheelSource::Unknown,
        phase: TouchPhase::Move,
        modifiers: NONE,
    });
    frame(&mut desk, events);
    assert!(desk.app().board().view.unwrap().zoom() > zoom);
    assert!(desk.app().document().wet().is_none());
    assert_eq!(undo_name(&desk), None);
    let lines = desk.app().notices().lines();
    let refused = |words: &str| {
        lines
            .iter()
            .filter(|line| line.text.contains(words))
            .count()
    };
    assert!(refused("being worked on") > 0, "{lines:?}");
    go.send(()).unwrap();
    until(&mut desk, |desk| undo_name(desk) == Some(EditName::Invert));
    desk.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(undo_name(&desk), None, "nothing else was done");
}

#[test]
fn escape_calls_an_edit_off() {
    let mut desk = desk();
    let before = state(&desk);
    frame(&mut desk, [pressed(Modifiers::COMMAND, Key::I)]);
    frame(&mut desk, [pressed(NONE, Key::Escape)]);
    // The next edit is made of what is there.
    frame(&mut desk, [pressed(NONE, Key::G)]);
    until(&mut desk, |desk| undo_name(desk) == Some(EditName::Grow));
    desk.key(Modifiers::COMMAND, Key::Z);
    assert!(state(&desk) == before);
    assert_eq!(undo_name(&desk), None);
}

#[test]
fn a_picture_without_transparency_is_said_to_have_none() {
    let mut desk = Desk::with(Document::new(Picture::filled(SIZE, [90, 90, 90, 255])));
    desk.key(NONE, Key::A);
    let told = |desk: &Desk| {
        let mut lines = desk.app().notices().lines().iter();
        lines.any(|line| line.text.contains("transparent"))
    };
    until(&mut desk, told);
    assert_eq!(undo_name(&desk), None);
}
