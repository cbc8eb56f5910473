//! What stands on keyboards.
//!
//! Does not know what keys do.

use eframe::egui::Key;

use super::Text;

texts! {
    "keys";
    texts:
        CTRL, SHIFT, ESCAPE, BACKSPACE, SPACE, INSERT, DELETE, HOME, END, PAGE_UP, PAGE_DOWN, UP,
        DOWN, LEFT, RIGHT;
    captions:;
}

/// What a key is called, where languages differ.
pub fn named(key: Key) -> Option<Text> {
    Some(match key {
        Key::Escape => ESCAPE,
        Key::Backspace => BACKSPACE,
        Key::Space => SPACE,
        Key::Insert => INSERT,
        Key::Delete => DELETE,
        Key::Home => HOME,
        Key::End => END,
        Key::PageUp => PAGE_UP,
        Key::PageDown => PAGE_DOWN,
        Key::ArrowUp => UP,
        Key::ArrowDown => DOWN,
        Key::ArrowLeft => LEFT,
        Key::ArrowRight => RIGHT,
        _ => return None,
    })
}
