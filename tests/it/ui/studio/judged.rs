//! The mask over a result or a comparison: away while it is judged, there from the moment that it is worked on.

use eframe::egui::{Event, Key, Modifiers, PointerButton, vec2};
use egui_kittest::kittest::Queryable as _;
use pentimento::canvas::MaskLook;

use super::{Window, ready};

/// A name, and what is done to the mask.
type Work = (&'static str, fn(&mut Window));

const WORK: &[Work] = &[
    ("a stroke", |window| draw(window, PointerButton::Primary)),
    ("an erasing stroke", |window| {
        draw(window, PointerButton::Secondary);
    }),
    ("a rectangle", |window| tool(window, Key::R)),
    ("a lasso", |window| tool(window, Key::L)),
    ("the wand", |window| tool(window, Key::W)),
    ("growing", |window| window.key(Modifiers::NONE, Key::G)),
    ("shrinking", |window| window.key(Modifiers::SHIFT, Key::G)),
    ("inverting", |window| window.key(Modifiers::COMMAND, Key::I)),
    ("clearing", |window| window.key(Modifiers::COMMAND, Key::D)),
    ("undoing", |window| window.key(Modifiers::COMMAND, Key::Z)),
    ("doing again", |window| {
        window.key(Modifiers::COMMAND, Key::Z);
        window.key(Modifiers::COMMAND, Key::Y);
    }),
];

/// What is judged: a result alone, or held against the picture in a way.
const JUDGED: &[(&str, Option<(Modifiers, Key)>)] = &[
    ("a result", None),
    ("a wipe", Some((Modifiers::NONE, Key::C))),
    ("both sides", Some((Modifiers::SHIFT, Key::C))),
    ("the difference", Some((Modifiers::NONE, Key::D))),
];

pub(super) fn draw(window: &mut Window, button: PointerButton) {
    let canvas = window.harness.get_by_label("Canvas").rect();
    let at = |x, y| canvas.lerp_inside(vec2(x, y));
    let press = |pos, pressed| Event::PointerButton {
        pos,
        button,
        pressed,
        modifiers: Modifiers::NONE,
    };
    // Inside the mask's edge, off the line of the wipe.
    for event in [
        Event::PointerMoved(at(0.3, 0.45)),
        press(at(0.3, 0.45), true),
        Event::PointerMoved(at(0.35, 0.5)),
        Event::PointerMoved(at(0.38, 0.55)),
        press(at(0.38, 0.55), false),
    ] {
        window.harness.event(event);
        window.steps();
    }
}

fn tool(window: &mut Window, key: Key) {
    window.key(Modifiers::NONE, key);
    draw(window, PointerButton::Primary);
}

fn shows_mask(window: &Window) -> bool {
    window.app().board().mask_now().look != MaskLook::Hidden
}

/// A result of a masked picture is looked at.
fn judging(compare: Option<(Modifiers, Key)>) -> Window {
    let mut window = ready();
    assert!(shows_mask(&window));
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, 30);
    if let Some((modifiers, key)) = compare {
        window.key(modifiers, key);
    }
    window
}

#[test]
fn the_mask_shows_from_when_it_is_worked_on() {
    for (judged, compare) in JUDGED {
        for (work, does) in WORK {
            let mut window = judging(*compare);
            assert!(!shows_mask(&window), "{judged}");
            let before = window.app().document().mask().clone();
            does(&mut window);
            let changed = work.contains("again") || before != *window.app().document().mask();
            assert!(changed, "{judged}, {work}");
            assert!(window.app().studio().judged().is_some(), "{judged}, {work}");
            assert!(shows_mask(&window), "{judged}, {work}");
            window.harness.run_steps(8);
            assert!(shows_mask(&window), "{judged}, {work}: later");
        }
    }
}

#[test]
fn the_mask_goes_when_something_else_is_judged() {
    let mut window = judging(None);
    draw(&mut window, PointerButton::Primary);
    assert!(shows_mask(&window));
    window.key(Modifiers::NONE, Key::C);
    assert!(!shows_mask(&window), "a comparison");
    draw(&mut window, PointerButton::Primary);
    window.press_repaint();
    let (id, ..) = window.job();
    window.finish(id, 60);
    assert!(!shows_mask(&window), "another result");
    window.key(Modifiers::NONE, Key::C);
    window.key(Modifiers::NONE, Key::Enter);
    assert!(shows_mask(&window), "kept, and nothing judged");
}

#[test]
fn a_hidden_mask_stays_hidden_until_it_is_painted() {
    let mut window = judging(None);
    window.key(Modifiers::COMMAND, Key::H);
    window.key(Modifiers::NONE, Key::G);
    assert!(!shows_mask(&window));
    draw(&mut window, PointerButton::Primary);
    assert!(shows_mask(&window));
}
