//! Input of one slow frame acts as it would have acted bit by bit.

mod passes;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{
    DroppedFile, Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2,
    Rect, TouchPhase, ViewportCommand, ViewportEvent, ViewportId, pos2, vec2,
};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::engine::{Command, Work};
use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Picture, Size};
use pentimento::ui::Tool;

use super::{Window, bare};

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;

/// One thing that an artist does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Deed {
    Press(Modifiers, Key),
    Type(&'static str),
    /// With the left button along the canvas, shares of its sides.
    Stroke([(f32, f32); 3]),
    Pan,
    Click(&'static str),
    /// Leads a slider to a share of its length.
    Slide(&'static str, f32),
    Wheel(Modifiers),
}

const STROKE: Deed = Deed::Stroke([(0.3, 0.3), (0.4, 0.5), (0.35, 0.6)]);
const OTHER_STROKE: Deed = Deed::Stroke([(0.7, 0.3), (0.6, 0.4), (0.35, 0.5)]);
const REPAINT: Deed = Deed::Press(CTRL, Key::Enter);
const UNDO: Deed = Deed::Press(CTRL, Key::Z);
const PROMPT: Deed = Deed::Click("Prompt");
const PASTE: Deed = Deed::Press(CTRL, Key::V);

/// Every kind of deed, to be paired with every other and with itself.
const KINDS: &[Deed] = &[
    STROKE,
    Deed::Pan,
    Deed::Press(NONE, Key::E),
    Deed::Press(NONE, Key::CloseBracket),
    Deed::Press(NONE, Key::R),
    Deed::Press(NONE, Key::Escape),
    Deed::Press(CTRL, Key::I),
    UNDO,
    REPAINT,
    Deed::Click("Prompt"),
    Deed::Type("hand"),
    Deed::Click("Grow mask"),
    Deed::Slide("Strength", 0.2),
    Deed::Wheel(NONE),
    Deed::Wheel(CTRL),
];

/// More than two at once.
const ROWS: &[&[Deed]] = &[
    &[
        Deed::Press(NONE, Key::CloseBracket),
        STROKE,
        Deed::Press(NONE, Key::OpenBracket),
        OTHER_STROKE,
    ],
    &[STROKE, UNDO, OTHER_STROKE, REPAINT],
    &[
        STROKE,
        Deed::Press(NONE, Key::E),
        OTHER_STROKE,
        Deed::Press(NONE, Key::E),
        REPAINT,
    ],
    &[
        STROKE,
        Deed::Click("Prompt"),
        Deed::Press(CTRL, Key::A),
        Deed::Type("hand "),
        Deed::Type("of wax"),
        REPAINT,
    ],
    &[
        STROKE,
        Deed::Press(CTRL, Key::K),
        Deed::Type("invert mask"),
        Deed::Press(NONE, Key::Enter),
        REPAINT,
    ],
    &[
        Deed::Click("Prompt"),
        Deed::Type("e"),
        STROKE,
        Deed::Type("e"),
        OTHER_STROKE,
    ],
    &[
        STROKE,
        Deed::Slide("Strength", 0.8),
        REPAINT,
        Deed::Slide("Strength", 0.1),
    ],
    &[
        Deed::Press(NONE, Key::R),
        STROKE,
        Deed::Press(NONE, Key::B),
        Deed::Wheel(NONE),
        OTHER_STROKE,
    ],
];

/// Where a label's field is.
fn place(window: &Window, label: &str) -> Rect {
    let nodes = window.harness.query_all_by_label(label);
    let mut fields = nodes.filter(|node| node.accesskit_node().role() != eframe::egui::Role::Label);
    fields
        .next_back()
        .unwrap_or_else(|| panic!("no {label}"))
        .rect()
}

fn key(key: Key, modifiers: Modifiers, pressed: bool) -> Event {
    Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers,
    }
}

fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: NONE,
    }
}

/// A way of the pointer with the button held.
fn drag(points: &[Pos2]) -> Vec<Event> {
    let mut events = vec![Event::PointerMoved(points[0]), button(points[0], true)];
    for pair in points.windows(2) {
        let moves = (1..=3).map(|step| pair[0].lerp(pair[1], step as f32 / 3.0));
        events.extend(moves.map(Event::PointerMoved));
    }
    events.push(button(points[points.len() - 1], false));
    events
}

/// Between changes of the modifiers.
fn with(modifiers: Modifiers, events: impl IntoIterator<Item = Event>) -> Vec<Event> {
    let changed = |modifiers| (!NONE.eq(&modifiers)).then_some(Event::ModifiersChanged(modifiers));
    let end = changed(modifiers).map(|_| Event::ModifiersChanged(NONE));
    changed(modifiers)
        .into_iter()
        .chain(events)
        .chain(end)
        .collect()
}

/// What the system says when it is done.
fn events(window: &Window, deed: Deed) -> Vec<Event> {
    let canvas = place(window, "Canvas");
    let on_canvas = |(x, y): (f32, f32)| canvas.lerp_inside(vec2(x, y));
    match deed {
        Deed::Press(modifiers, pressed) => with(
            modifiers,
            [
                key(pressed, modifiers, true),
                key(pressed, modifiers, false),
            ],
        ),
        Deed::Type(text) => text
            .chars()
            .flat_map(|letter| {
                let name = letter.to_ascii_uppercase().to_string();
                let name = if letter == ' ' { "Space" } else { &name };
                let named = Key::from_name(name).unwrap();
                let text = Event::Text(letter.to_string());
                [key(named, NONE, true), text, key(named, NONE, false)]
            })
            .collect(),
        Deed::Stroke(points) => drag(&points.map(on_canvas)),
        Deed::Pan => {
            let mut events = vec![key(Key::Space, NONE, true)];
            events.extend(drag(&[on_canvas((0.5, 0.5)), on_canvas((0.6, 0.55))]));
            events.push(key(Key::Space, NONE, false));
            events
        }
        Deed::Click(label) => drag(&[place(window, label).center()]),
        Deed::Slide(label, share) => {
            let nodes = window.harness.query_all_by_label(label);
            let role = eframe::egui::Role::Slider;
            let mut sliders = nodes.filter(|node| node.accesskit_node().role() == role);
            let rect = sliders.next().unwrap().rect();
            let to = pos2(rect.left() + rect.width() * share, rect.center().y);
            drag(&[rect.center(), to])
        }
        Deed::Wheel(modifiers) => {
            let notch = Event::MouseWheel {
                unit: MouseWheelUnit::Line,
                delta: vec2(0.0, 1.0),
                phase: TouchPhase::Move,
                source: MouseWheelSource::Unknown,
                modifiers,
            };
            let mut events = vec![Event::PointerMoved(on_canvas((0.45, 0.4)))];
            events.extend(with(modifiers, [notch.clone(), notch]));
            events
        }
    }
}

/// All that deeds can change.
#[derive(Debug, PartialEq)]
struct Outcome {
    mask: Vec<u8>,
    undo: Option<String>,
    prompt: String,
    strength: f64,
    tool: Tool,
    eraser: bool,
    radius: f32,
    view: String,
    /// Prompt, strength and mask of what was asked for.
    jobs: Vec<(String, f64, Vec<u8>)>,
    told: Vec<String>,
    /// Whether the window is closed, and whether it asks before.
    closed: bool,
    asks: bool,
}

impl Outcome {
    fn of(window: &Window, closed: bool) -> Self {
        let (document, board) = (window.app().document(), window.app().board());
        let jobs = window
            .commands
            .try_iter()
            .filter_map(|command| match command {
                Command::Run(_, job, _) => {
                    let Work::Repaint(job) = job.work else {
                        panic!("no repaint")
                    };
                    let mask = job.mask.map_or(Vec::new(), |mask| mask.values().to_vec());
                    Some((job.recipe.prompt, job.recipe.strength, mask))
                }
                _ => None,
            });
        let lines = window.app().notices().lines().iter();
        Self {
            mask: document.mask().values().to_vec(),
            undo: document.undo_name().map(|name| format!("{name:?}")),
            prompt: window.recipe().prompt.clone(),
            strength: window.recipe().strength,
            tool: board.tool,
            eraser: board.eraser,
            radius: board.brush.radius,
            view: format!("{:?}", board.view),
            jobs: jobs.collect(),
            told: lines
                .map(|line| format!("{} x {}", line.times, line.text))
                .collect(),
            closed,
            asks: window.shows("are not saved."),
        }
    }

    /// Where they differ, without the masks' values.
    fn differences(&self, other: &Self) -> Vec<String> {
        let masks = self.mask != other.mask;
        let (here, there) = (format!("{self:#?}"), format!("{other:#?}"));
        let lines = here.lines().zip(there.lines()).filter(|(a, b)| a != b);
        let mut lines: Vec<_> = lines
            .map(|(a, b)| format!("{} | {}", a.trim(), b.trim()))
            .take(8)
            .collect();
        lines.push(format!("masks differ: {masks}"));
        lines
    }
}

fn window() -> Window {
    let mut window = bare();
    window.harness.state_mut().settings_mut().unfolded.clear();
    window.load();
    window
}

/// A file that is dropped on the window.
#[derive(Debug)]
pub struct Dropped(pub PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// What the system does not put among the events.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Last {
    Drop,
    Close,
}

/// What the window is asked for in the frame that just was.
fn asked(window: &Window) -> &[ViewportCommand] {
    &window.harness.output().viewport_output[&ViewportId::ROOT].commands
}

/// A frame, in which the system answers what it was asked for in the frame before; gives whether the window is closed then.
fn frame(window: &mut Window, events: Vec<Event>, close: bool) -> bool {
    let pasted = asked(window).contains(&ViewportCommand::RequestPaste);
    let close = close || asked(window).contains(&ViewportCommand::Close);
    let input = window.harness.input_mut();
    input
        .events
        .extend(pasted.then(|| Event::Paste("wax ".to_owned())));
    input.events.extend(events);
    let viewport = input.viewports.get_mut(&ViewportId::ROOT).unwrap();
    viewport
        .events
        .extend(close.then_some(ViewportEvent::Close));
    window.harness.step();
    close && !asked(window).contains(&ViewportCommand::CancelClose)
}

/// What comes of deeds whose events arrive `at_once`, or each in a frame of its own.
fn outcome(deeds: &[Deed], at_once: bool) -> Outcome {
    outcome_with(deeds, None, at_once)
}

/// As [`outcome`], with what comes last.
fn outcome_with(deeds: &[Deed], last: Option<Last>, at_once: bool) -> Outcome {
    let mut window = window();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dropped.png");
    // Of another size than the mask: nothing is asked.
    let picture = || Picture::from_fn(Size::new(40, 30), |x, y| [x as u8 * 6, y as u8 * 8, 9, 255]);
    let mut frames: Vec<_> = deeds
        .iter()
        .flat_map(|deed| events(&window, *deed))
        .map(|event| vec![event])
        .collect();
    if last.is_some() {
        frames.push(Vec::new());
    }
    if at_once {
        frames = vec![frames.concat()];
    }
    let end = frames.pop().unwrap_or_default();
    for events in frames {
        frame(&mut window, events, false);
    }
    if last == Some(Last::Drop) {
        file::write(&path, &picture(), &Metadata::default()).unwrap();
        let input = window.harness.input_mut();
        input.dropped_files.push(Arc::new(Dropped(path)));
    }
    let mut closed = frame(&mut window, end, last == Some(Last::Close));
    let start = Instant::now();
    let mut steps = 0;
    let seen =
        |window: &Window| window.told("Opened dropped.png") || window.shows("are not saved.");
    while steps < 8 || (last == Some(Last::Drop) && !seen(&window)) {
        assert!(start.elapsed() < Duration::from_secs(60), "{deeds:?}");
        closed |= frame(&mut window, Vec::new(), false);
        steps += 1;
    }
    Outcome::of(&window, closed)
}

#[test]
fn every_deed_of_the_table_changes_something() {
    for deed in KINDS {
        // The field that is clicked is seen by what is typed next; without words and mask some keys have nothing to do.
        let lead: &[Deed] = match deed {
            Deed::Type(_) | Deed::Press(_, Key::Escape) => &[Deed::Click("Prompt")],
            Deed::Click("Grow mask") | Deed::Press(CTRL, Key::Z) => &[STROKE],
            _ => &[],
        };
        let after: &[Deed] = match deed {
            Deed::Click("Prompt") | Deed::Press(_, Key::Escape) => &[Deed::Type("z")],
            _ => &[],
        };
        let without = outcome(&[lead, after].concat(), false);
        let done = outcome(&[lead, &[*deed], after].concat(), false);
        assert_ne!(without, done, "{deed:?}");
    }
}

#[test]
fn two_deeds_of_one_frame_act_in_their_order() {
    for first in KINDS {
        for second in KINDS {
            let deeds = [*first, *second];
            let (bit_by_bit, at_once) = (outcome(&deeds, false), outcome(&deeds, true));
            let differences = bit_by_bit.differences(&at_once);
            assert!(bit_by_bit == at_once, "{deeds:?}: {differences:#?}");
        }
    }
}

#[test]
fn many_deeds_of_one_frame_act_in_their_order() {
    for deeds in ROWS {
        let (bit_by_bit, at_once) = (outcome(deeds, false), outcome(deeds, true));
        let differences = bit_by_bit.differences(&at_once);
        assert!(bit_by_bit == at_once, "{deeds:?}: {differences:#?}");
    }
}

#[test]
fn a_repaint_asked_for_in_the_frame_of_its_stroke_and_words_has_both() {
    let deeds = [STROKE, Deed::Click("Prompt"), Deed::Type("x"), REPAINT];
    let jobs = outcome(&deeds, true).jobs;
    let [(prompt, _, mask)] = jobs.as_slice() else {
        panic!("{} jobs", jobs.len());
    };
    assert!(prompt.contains('x'), "{prompt}");
    assert!(mask.contains(&255));
}

#[test]
fn what_is_pasted_comes_before_what_was_typed_after_it() {
    let deeds = [PROMPT, Deed::Press(CTRL, Key::A), PASTE, Deed::Type("xy")];
    for at_once in [false, true] {
        assert_eq!(outcome(&deeds, at_once).prompt, "wax xy");
    }
    // A second click at once is a double click, which selects.
    for kind in KINDS.iter().filter(|kind| **kind != PROMPT) {
        for deeds in [[PROMPT, PASTE, *kind], [*kind, PROMPT, PASTE]] {
            let (bit_by_bit, at_once) = (outcome(&deeds, false), outcome(&deeds, true));
            let differences = bit_by_bit.differences(&at_once);
            assert!(bit_by_bit == at_once, "{deeds:?}: {differences:#?}");
        }
    }
}

#[test]
fn a_clipboard_without_text_holds_nothing_up() {
    let mut window = window();
    let deeds = [PROMPT, Deed::Press(CTRL, Key::A), PASTE, Deed::Type("xy")];
    let events = deeds.iter().flat_map(|deed| events(&window, *deed));
    let events: Vec<_> = events.collect();
    window.harness.input_mut().events.extend(events);
    window.harness.step();
    assert!(asked(&window).contains(&ViewportCommand::RequestPaste));
    window.harness.run_steps(4);
    assert_eq!(window.recipe().prompt, "xy");
}

#[test]
fn a_drop_and_a_close_come_after_all_of_their_frame() {
    for last in [Last::Drop, Last::Close] {
        for kind in KINDS {
            let outcome = |at_once| outcome_with(&[*kind], Some(last), at_once);
            let (bit_by_bit, at_once) = (outcome(false), outcome(true));
            let differences = bit_by_bit.differences(&at_once);
            assert!(bit_by_bit == at_once, "{kind:?} {last:?}: {differences:#?}");
        }
    }
    let closed = outcome_with(&[Deed::Pan], Some(Last::Close), true);
    assert!(closed.closed && !closed.asks);
    let asked = outcome_with(&[STROKE], Some(Last::Close), true);
    assert!(!asked.closed && asked.asks);
}

#[test]
fn more_than_a_frame_can_hear_is_heard_in_the_next() {
    let deeds = [Deed::Press(NONE, Key::CloseBracket); 60];
    assert_eq!(outcome(&deeds, true), outcome(&deeds, false));
}
