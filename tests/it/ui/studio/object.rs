//! Clicking to mask: the picture is looked at when the tool is taken, clicks are answered, and what is found joins the mask in one step.

use std::path::PathBuf;

use eframe::egui::{Event as Input, Key, Modifiers, PointerButton, Pos2, pos2};
use egui_kittest::kittest::Queryable as _;
use pentimento::document::EditName;
use pentimento::engine::{
    Candidate, Device, EngineError, Event, JobId, ModelSource, Outcome, Prompt, Work,
};
use pentimento::raster::logits::Logits;
use pentimento::raster::{Join, Size};
use pentimento::ui::Tool;

use super::{SIZE, Window, ready, same};

const LEFT: PointerButton = PointerButton::Primary;
const RIGHT: PointerButton = PointerButton::Secondary;
const NONE: Modifiers = Modifiers::NONE;

/// A window with the tool in hand, whose network has looked at the picture.
fn tool() -> Window {
    let mut window = ready();
    take_tool(&mut window);
    window
}

/// Takes the tool in hand, whose network then looks at the picture.
pub(super) fn take_tool(window: &mut Window) {
    window.harness.state_mut().settings_mut().sam = Some(PathBuf::from("/models/mobile-sam"));
    window.key(NONE, Key::Q);
    let (id, prompt) = asked(window);
    assert_eq!(prompt, None);
    found(window, id, &[]);
}

/// What the engine was just asked.
fn asked(window: &mut Window) -> (JobId, Option<Prompt>) {
    let (id, job, _) = window.whole_job();
    assert_eq!(job.kit.model, ModelSource::at("/models/mobile-sam".into()));
    match job.work {
        Work::FindObject(wanted) => {
            assert!(same(&wanted.picture, &window.app().document().seen()));
            (id, wanted.prompt)
        }
        other => panic!("{other:?}"),
    }
}

/// A candidate that is inside up to a column.
fn candidate(columns: u32, score: f32) -> Candidate {
    let values = (0..SIZE.area()).map(|at| match (at as u32 % SIZE.width) < columns {
        true => 8.0,
        false => -8.0,
    });
    Candidate {
        logits: Logits::new(SIZE, values.collect()),
        score,
        low: Some(Logits::new(Size::new(1, 1), vec![score])),
    }
}

/// Answers with candidates of so many columns, and what they are worth.
fn found(window: &mut Window, job: JobId, candidates: &[(u32, f32)]) {
    let candidates = candidates
        .iter()
        .map(|&(columns, score)| candidate(columns, score));
    window.say(Event::Finished {
        job,
        outcome: Ok(Outcome::Pointed {
            candidates: candidates.collect(),
            model: "mobile-sam".to_owned(),
            device: Device::Cpu,
        }),
    });
}

/// Where a point of the picture is on the screen.
fn at(window: &Window, x: f32, y: f32) -> Pos2 {
    let canvas = window.harness.get_by_label("Canvas").rect();
    let view = window.app().board().view.unwrap();
    view.screen_from_picture(pos2(x, y), canvas, 1.0)
}

fn button(pos: Pos2, button: PointerButton, pressed: bool) -> Input {
    Input::PointerButton {
        pos,
        button,
        pressed,
        modifiers: NONE,
    }
}

fn drag(window: &mut Window, which: PointerButton, points: &[(f32, f32)]) {
    let places: Vec<_> = points.iter().map(|&(x, y)| at(window, x, y)).collect();
    window.harness.event(button(places[0], which, true));
    window.steps();
    for &place in &places[1..] {
        window.harness.event(Input::PointerMoved(place));
        window.steps();
    }
    window
        .harness
        .event(button(places[places.len() - 1], which, false));
    window.steps();
}

fn click(window: &mut Window, which: PointerButton, x: f32, y: f32) {
    drag(window, which, &[(x, y)]);
}

/// Draws frames until the mask has that undo name.
fn until(window: &mut Window, name: EditName) {
    for _ in 0..500 {
        if window.app().document().undo_name() == Some(name) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
        window.steps();
    }
    panic!("{name:?} is not done");
}

/// How many columns of the mask's middle row are masked, from the first.
fn columns(window: &Window) -> usize {
    let mask = window.app().document().mask();
    let row = mask.row(SIZE.height / 2);
    row.iter().take_while(|value| **value >= 128).count()
}

#[test]
fn a_click_is_answered_and_taken_in_one_step() {
    let mut window = tool();
    click(&mut window, LEFT, 30.5, 20.5);
    let (job, prompt) = asked(&mut window);
    let prompt = prompt.unwrap();
    assert_eq!(prompt.points.len(), 1);
    let [x, y] = prompt.points[0].at;
    // From the middle of the first pixel.
    assert!((x - 30.0).abs() < 0.6 && (y - 20.0).abs() < 0.6, "{x} {y}");
    assert!(prompt.points[0].inside && prompt.bounds.is_none());
    found(&mut window, job, &[(24, 0.5), (40, 0.9), (60, 0.7)]);
    // Nothing is done before it is taken.
    assert_eq!(window.app().document().undo_name(), Some(EditName::Import));
    window.key(NONE, Key::Enter);
    until(&mut window, EditName::Object);
    // The best, added.
    assert!(
        (39..=41).contains(&columns(&window)),
        "{}",
        columns(&window)
    );
    assert_eq!(window.app().board().pointing.prompt(), None);
    window.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.app().document().undo_name(), Some(EditName::Import));
}

/// How it joins, the columns that are found, and those that are masked then; 20 were.
const JOINS: [(Join, u32, usize); 4] = [
    (Join::Replace, 10, 10),
    (Join::Add, 40, 40),
    (Join::Subtract, 40, 0),
    (Join::Intersect, 10, 10),
];

#[test]
fn it_joins_the_mask_as_was_chosen() {
    for (join, columns_found, masked) in JOINS {
        let mut window = tool();
        window.harness.state_mut().board_mut().pointing.join = join;
        click(&mut window, LEFT, 30.5, 20.5);
        let (job, _) = asked(&mut window);
        found(&mut window, job, &[(columns_found, 0.9)]);
        window.press("Take");
        until(&mut window, EditName::Object);
        assert!(
            columns(&window).abs_diff(masked) <= 1,
            "{join}: {}",
            columns(&window)
        );
    }
}

#[test]
fn tab_shows_another_candidate_and_settings_shape_it() {
    let mut window = tool();
    click(&mut window, LEFT, 30.5, 20.5);
    let (job, _) = asked(&mut window);
    found(&mut window, job, &[(24, 0.5), (40, 0.9), (50, 0.7)]);
    window.key(NONE, Key::Tab);
    window.harness.state_mut().board_mut().pointing.shaping.grow = 6;
    window.steps();
    window.key(NONE, Key::Enter);
    until(&mut window, EditName::Object);
    assert!(
        (55..=57).contains(&columns(&window)),
        "{}",
        columns(&window)
    );
}

#[test]
fn more_clicks_say_it_more_closely_and_are_taken_back() {
    let mut window = tool();
    click(&mut window, LEFT, 30.5, 20.5);
    let (job, _) = asked(&mut window);
    found(&mut window, job, &[(24, 0.5), (40, 0.9)]);
    click(&mut window, RIGHT, 50.5, 10.5);
    let (job, prompt) = asked(&mut window);
    let prompt = prompt.unwrap();
    assert_eq!(
        prompt
            .points
            .iter()
            .map(|point| point.inside)
            .collect::<Vec<_>>(),
        [true, false]
    );
    // It is told its own mask again.
    assert_eq!(prompt.earlier.unwrap().values(), [0.9]);
    found(&mut window, job, &[(30, 0.9)]);
    window.key(NONE, Key::Backspace);
    let (_, prompt) = asked(&mut window);
    let prompt = prompt.unwrap();
    assert_eq!((prompt.points.len(), prompt.earlier), (1, None));
    window.key(NONE, Key::Escape);
    assert_eq!(window.app().board().pointing.prompt(), None);
}

#[test]
fn a_drag_is_a_box() {
    let mut window = tool();
    drag(
        &mut window,
        LEFT,
        &[(10.0, 8.0), (20.0, 20.0), (40.0, 30.0)],
    );
    let (_, prompt) = asked(&mut window);
    let [left, top, right, bottom] = prompt.unwrap().bounds.unwrap();
    for (side, near) in [(left, 9.5), (top, 7.5), (right, 39.5), (bottom, 29.5)] {
        assert!((side - near).abs() < 0.6, "{left},{top},{right},{bottom}");
    }
}

#[test]
fn a_double_click_takes_it_when_it_is_answered() {
    let mut window = tool();
    let pos = at(&window, 30.5, 20.5);
    // In one frame, as a second one would be too late.
    let twice = [true, false, true, false].map(|pressed| button(pos, LEFT, pressed));
    window.harness.input_mut().events.extend(twice);
    window.steps();
    let (job, _) = asked(&mut window);
    assert_eq!(window.app().document().undo_name(), Some(EditName::Import));
    found(&mut window, job, &[(40, 0.9)]);
    until(&mut window, EditName::Object);
}

#[test]
fn what_cannot_be_done_is_said() {
    let mut window = tool();
    click(&mut window, RIGHT, 30.5, 20.5);
    assert!(window.told("Click what is to be masked first"));
    click(&mut window, LEFT, 10.5, 10.5);
    let (job, _) = asked(&mut window);
    found(&mut window, job, &[(0, 0.9)]);
    window.key(NONE, Key::Enter);
    for _ in 0..500 {
        if window.told("sees nothing there") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
        window.steps();
    }
    assert!(window.told("sees nothing there"));
    click(&mut window, LEFT, 50.5, 5.5);
    let (job, _) = asked(&mut window);
    window.fail(
        job,
        EngineError::Prompt("EfficientSAM hears 6 points at most".to_owned()),
    );
    assert!(window.told("EfficientSAM hears 6 points at most"));
    // It is not asked the same again.
    window.steps();
    assert!(window.commands.try_recv().is_err());
}

#[test]
fn enter_after_a_refused_box_says_what_the_network_can_hear() {
    let refusal = "EfficientSAM hears no boxes; click what is meant";
    let mut window = tool();
    drag(&mut window, LEFT, &[(10.0, 8.0), (40.0, 30.0)]);
    let (job, _) = asked(&mut window);
    window.fail(job, EngineError::Prompt(refusal.to_owned()));
    let told = |window: &Window| {
        let notices = &window.app().shell().notices;
        let lines = notices.lines().iter();
        lines.filter(|line| line.text.contains(refusal)).count()
    };
    assert_eq!(told(&window), 1);
    window.key(NONE, Key::Enter);
    assert_eq!(told(&window), 2);
    assert!(!window.told("drag a box"));
    // Who then clicks says it without the box.
    click(&mut window, LEFT, 30.5, 20.5);
    let (job, prompt) = asked(&mut window);
    let prompt = prompt.unwrap();
    assert_eq!((prompt.points.len(), prompt.bounds), (1, None));
    found(&mut window, job, &[(40, 0.9)]);
    window.key(NONE, Key::Enter);
    until(&mut window, EditName::Object);
}

#[test]
fn looking_at_the_picture_is_shown_and_called_off() {
    let mut window = ready();
    window.harness.state_mut().settings_mut().sam = Some(PathBuf::from("/models/mobile-sam"));
    window.key(NONE, Key::Q);
    let (_, job, cancel) = window.whole_job();
    assert!(matches!(job.work, Work::FindObject(wanted) if wanted.prompt.is_none()));
    assert!(window.shows("Looking at the picture"));
    // The mask can be worked on meanwhile.
    window.key(Modifiers::COMMAND, Key::I);
    assert_eq!(window.app().document().undo_name(), Some(EditName::Invert));
    assert!(!cancel.is_cancelled());
    window.key(NONE, Key::Escape);
    assert!(cancel.is_cancelled());
    assert!(!window.shows("Looking at the picture"));
}

#[test]
fn another_tool_drops_what_is_pointed_at() {
    let mut window = tool();
    click(&mut window, LEFT, 30.5, 20.5);
    let (job, _) = asked(&mut window);
    found(&mut window, job, &[(40, 0.9)]);
    window.key(NONE, Key::B);
    assert_eq!(window.app().board().tool, Tool::Brush);
    assert_eq!(window.app().board().pointing.prompt(), None);
    window.key(NONE, Key::Enter);
    assert_eq!(window.app().document().undo_name(), Some(EditName::Import));
}

#[test]
fn without_a_network_one_line_says_which_and_how() {
    let mut window = ready();
    window.key(NONE, Key::Q);
    assert!(window.shows("pentimento models get Acly/MobileSAM/mobile_sam_image_encoder.onnx"));
}

#[test]
fn undoing_takes_back_the_last_point_before_a_stroke() {
    let mut window = tool();
    for (which, x, y) in [(LEFT, 30.5, 20.5), (RIGHT, 50.5, 10.5)] {
        click(&mut window, which, x, y);
        let (job, _) = asked(&mut window);
        found(&mut window, job, &[(24, 0.5)]);
    }
    for (points, name) in [
        (Some(1), Some(EditName::Import)),
        (None, Some(EditName::Import)),
        (None, None),
    ] {
        window.key(Modifiers::COMMAND, Key::Z);
        let prompt = window.app().board().pointing.prompt();
        assert_eq!(prompt.map(|prompt| prompt.points.len()), points);
        assert_eq!(window.app().document().undo_name(), name);
    }
}

#[test]
fn what_was_asked_for_and_not_found_is_said_and_no_later_answer_is_taken_for_it() {
    let mut window = tool();
    click(&mut window, LEFT, 30.5, 20.5);
    let (job, _) = asked(&mut window);
    window.key(NONE, Key::Enter);
    found(&mut window, job, &[]);
    assert!(window.told("sees nothing there"));
    click(&mut window, LEFT, 50.5, 10.5);
    let (job, _) = asked(&mut window);
    found(&mut window, job, &[(40, 0.9)]);
    for _ in 0..20 {
        std::thread::sleep(std::time::Duration::from_millis(10));
        window.steps();
    }
    assert_eq!(window.app().document().undo_name(), Some(EditName::Import));
}

#[test]
fn a_look_at_a_picture_that_is_changed_makes_room_for_clicks() {
    let mut window = ready();
    window.harness.state_mut().settings_mut().sam = Some(PathBuf::from("/models/mobile-sam"));
    window.key(NONE, Key::Q);
    let (_, _, cancel) = window.whole_job();
    let document = window.harness.state_mut().document_mut();
    document.apply(EditName::Result, &super::patch(10));
    window.steps();
    assert!(cancel.is_cancelled());
    click(&mut window, LEFT, 30.5, 20.5);
    window.steps();
    assert!(window.app().board().pointing.prompt().is_some());
}
