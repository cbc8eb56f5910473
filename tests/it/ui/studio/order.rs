//! Input of one slow frame acts as it would have acted bit by bit.

use std::collections::VecDeque;

use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, Rect, TouchPhase,
    ViewportCommand, ViewportEvent, ViewportId, pos2, vec2,
};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::engine::{Command, Work};
use pentimento::ui::{Tool, input};

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
}

impl Outcome {
    fn of(window: &Window) -> Self {
        let (document, board) = (window.app().document(), window.app().board());
        let jobs = window
            .commands
            .try_iter()
            .filter_map(|command| match command {
                Command::Run(_, job, _) => {
                    let Work::Repaint(job) = job.work;
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
    window.load();
    window
}

/// What comes of deeds whose events arrive `at_once`, or each in a frame of its own.
fn outcome(deeds: &[Deed], at_once: bool) -> Outcome {
    let mut window = window();
    let events: Vec<_> = deeds
        .iter()
        .flat_map(|deed| events(&window, *deed))
        .collect();
    let frames: Vec<_> = match at_once {
        true => vec![events],
        false => events.into_iter().map(|event| vec![event]).collect(),
    };
    for frame in frames {
        window.harness.input_mut().events.extend(frame);
        window.harness.step();
    }
    window.harness.run_steps(8);
    Outcome::of(&window)
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

/// What the window is asked for in the frame that just was.
fn asked(window: &Window) -> &[ViewportCommand] {
    &window.harness.output().viewport_output[&ViewportId::ROOT].commands
}

#[test]
fn what_is_pasted_comes_before_what_was_typed_after_it() {
    let clipboard = Event::Paste("wax ".to_owned());
    for (pasted, expected) in [(vec![clipboard], "wax xy"), (vec![], "xy")] {
        let mut window = window();
        let deeds = [
            Deed::Click("Prompt"),
            Deed::Press(CTRL, Key::A),
            Deed::Press(CTRL, Key::V),
            Deed::Type("xy"),
        ];
        let frame: Vec<_> = deeds
            .iter()
            .flat_map(|deed| events(&window, *deed))
            .collect();
        window.harness.input_mut().events.extend(frame);
        window.harness.step();
        assert!(asked(&window).contains(&ViewportCommand::RequestPaste));
        window.harness.input_mut().events.extend(pasted);
        window.harness.run_steps(4);
        let prompt = &window.recipe().prompt;
        let typed = prompt.strip_suffix(expected);
        assert!(typed.is_some_and(|rest| !rest.contains("wax")), "{prompt}");
    }
}

#[test]
fn the_window_closes_after_what_came_before() {
    let mut window = window();
    let stroke = events(&window, STROKE);
    let input = window.harness.input_mut();
    input.events.extend(stroke);
    let viewport = input.viewports.get_mut(&ViewportId::ROOT).unwrap();
    viewport.events.push(ViewportEvent::Close);
    window.harness.step();
    let commands = asked(&window);
    assert!(
        commands.contains(&ViewportCommand::CancelClose),
        "{commands:?}"
    );
    assert!(commands.contains(&ViewportCommand::Close), "{commands:?}");
    assert!(window.app().document().mask_bounds().is_some());
}

#[test]
fn more_than_a_frame_can_hear_is_heard_in_the_next() {
    let deeds = [Deed::Press(NONE, Key::CloseBracket); 60];
    assert_eq!(outcome(&deeds, true), outcome(&deeds, false));
}

/// Letters for events: `m` a move, `p` and `r` the button pressed and released, `w` the wheel, `k` and `u` a key pressed and let go, `t` text, `s` modifiers, `g` the pointer gone, `f` the window left, `v` pasted.
fn letter(event: &Event) -> char {
    match event {
        Event::PointerMoved(_) => 'm',
        Event::PointerButton { pressed: true, .. } => 'p',
        Event::PointerButton { .. } => 'r',
        Event::MouseWheel { .. } => 'w',
        Event::Key { pressed: true, .. } => 'k',
        Event::Key { .. } => 'u',
        Event::Text(_) => 't',
        Event::ModifiersChanged(_) => 's',
        Event::PointerGone => 'g',
        Event::WindowFocused(_) => 'f',
        Event::Paste(_) => 'v',
        _ => '?',
    }
}

fn event(letter: char) -> Event {
    let at = Pos2::ZERO;
    match letter {
        'm' => Event::PointerMoved(at),
        'p' | 'r' => button(at, letter == 'p'),
        'w' => Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, 1.0),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Unknown,
            modifiers: NONE,
        },
        'k' | 'u' => key(Key::E, NONE, letter == 'k'),
        't' => Event::Text("e".to_owned()),
        's' => Event::ModifiersChanged(CTRL),
        'g' => Event::PointerGone,
        'f' => Event::WindowFocused(false),
        'v' => Event::Paste("e".to_owned()),
        _ => panic!("{letter}"),
    }
}

/// Events of a frame → passes.
const PASSES: &[(&str, &str)] = &[
    ("", ""),
    ("mmmm", "mmmm"),
    ("mpmmmmr", "m p mmmm r"),
    ("mpmmmmrskus", "m p mmmm r sk us"),
    ("skusmpmr", "sk usm p m r"),
    ("ktuktu", "kt ukt u"),
    ("kukuku", "k uk uk u"),
    ("kk", "k k"),
    ("tt", "t t"),
    ("mwwmw", "mww mw"),
    ("wp", "w p"),
    ("wk", "w k"),
    ("mk", "m k"),
    ("ms", "m s"),
    ("mu", "m u"),
    ("kmuk", "k m uk"),
    ("prprpr", "p r p r p r"),
    ("mpfm", "m p f m"),
    ("mgm", "m gm"),
    ("vk", "v k"),
    ("rt", "r t"),
];

#[test]
fn events_are_shared_out_to_passes_as_in_the_table() {
    for (frame, passes) in PASSES {
        let mut waiting: VecDeque<_> = frame.chars().map(event).collect();
        let mut found = Vec::new();
        while !waiting.is_empty() {
            let pass = input::next_pass(&mut waiting);
            assert!(!pass.is_empty(), "{frame}");
            found.push(pass.iter().map(letter).collect::<String>());
        }
        assert_eq!(found.join(" "), *passes, "{frame}");
    }
}
