//! The keys of the window that fixes hands.
//!
//! Does not know when they are its own.

use eframe::egui::{self, Key, Modifiers};

use super::super::Host;
use super::super::Studio;
use super::large::Large;

/// Hears the keys that pick, move on and enlarge.
pub(super) fn hear(host: &mut Host<'_>, ctx: &egui::Context) {
    const DIGITS: [Key; 10] = [
        Key::Num0,
        Key::Num1,
        Key::Num2,
        Key::Num3,
        Key::Num4,
        Key::Num5,
        Key::Num6,
        Key::Num7,
        Key::Num8,
        Key::Num9,
    ];
    let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    for (digit, key) in DIGITS.into_iter().enumerate() {
        if pressed(key) {
            let selected = host.studio.fix.selected;
            pick(host.studio, selected, digit.checked_sub(1));
        }
    }
    // Who holds it moves the picture.
    let first = |event: &egui::Event| {
        matches!(
            event,
            egui::Event::Key {
                key: Key::Space,
                pressed: true,
                repeat: false,
                ..
            }
        )
    };
    let first = ctx.input(|input| input.events.iter().any(first));
    if pressed(Key::Space) && first {
        let fix = &mut host.studio.fix;
        fix.large = match fix.large.take() {
            None => Some(Large::default()),
            Some(_) => None,
        };
    }
    if pressed(Key::Tab) {
        host.studio.fix.go_on();
        // It would move the focus too.
        ctx.memory_mut(|memory| memory.move_focus(egui::FocusDirection::None));
    }
}

/// Picks a try of a spot that is there, or the original.
pub(super) fn pick(studio: &mut Studio, spot: usize, number: Option<usize>) {
    if let Some(spot) = studio.fix.spots.get_mut(spot) {
        let there = |number: usize| {
            spot.tries
                .get(number)
                .is_some_and(|one| one.patch.is_some())
        };
        if number.is_none_or(there) {
            spot.picked = number;
        }
    }
}
