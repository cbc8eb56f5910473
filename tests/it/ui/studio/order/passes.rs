//! How the events of one frame are shared out to passes.

use std::collections::VecDeque;

use eframe::egui::{Event, Key, MouseWheelSource, MouseWheelUnit, Pos2, TouchPhase, vec2};
use pentimento::ui::input;

use super::{CTRL, NONE, button, key};

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
