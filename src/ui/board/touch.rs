//! Pens and fingers on the canvas.
//!
//! What presses with a force is a pen: it paints from its own events, wherever a palm rests. Windows tells a pen's force; X11 and Wayland give the window a pen as a mouse, which paints without pressure and is no finger either.
//!
//! Does not know the mouse.

use eframe::egui::{Context, Event, PointerButton, Pos2, TouchPhase};
use serde::{Deserialize, Serialize};

use super::Board;
use super::editor::Editor;
use super::gesture::{Gesture, Hand, Press, move_to, press, release};

/// What one finger on the canvas does; two move and zoom the view, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fingers {
    /// It paints until a pen was used, and moves the view from then on.
    #[default]
    Auto,
    /// It paints, as the left button does.
    Paint,
    /// It moves the view.
    Move,
}

impl Board {
    /// Whether the press that the system makes of a touch is to move the view.
    pub(super) fn finger_moves_view(&self) -> bool {
        let moves = match self.fingers {
            Fingers::Auto => self.hand.had_pen,
            Fingers::Paint => false,
            Fingers::Move => true,
        };
        moves && !self.hand.fingers.is_empty()
    }

    /// Where the brush is when the pointer is there; none while the string between them hangs loose.
    ///
    /// The brush stays until the string is taut, and then follows on it: the pulled string of Photoshop's smoothing, as in the library lazy-brush.
    pub(super) fn pull(&mut self, pointer: Pos2) -> Option<Pos2> {
        let brush = self.hand.pulled.unwrap_or(pointer);
        let away = pointer - brush;
        let length = away.length();
        let taut = self.string <= 0.0 || length > self.string;
        let pulled = brush + away * (1.0 - self.string / length.max(f32::MIN_POSITIVE));
        self.hand.pulled = Some(if taut { pulled } else { brush });
        self.hand.pulled.filter(|_| taut)
    }
}

impl Hand {
    /// No pen and no finger is on the screen any more, as far as this window hears.
    pub(super) fn let_go(&mut self) {
        self.pen = None;
        self.fingers.clear();
        self.pressure = 1.0;
        if self.gesture == Gesture::Fingers {
            self.gesture = Gesture::Ready;
        }
    }
}

/// Hears a touch; `is_canvas` says whether it is on the canvas with nothing over it.
///
/// With a second finger what the first began is dropped, and all move the view until the last is lifted. While a pen is down, all others are a palm.
pub(super) fn hear(editor: &mut Editor<'_>, ctx: &Context, event: &Event, is_canvas: bool) {
    let Event::Touch {
        id,
        phase,
        pos: at,
        force,
        ..
    } = *event
    else {
        return;
    };
    let hand = &mut editor.board.hand;
    let is_pen = hand.pen == Some(id.0);
    if let Some(force) = force.filter(|_| is_pen || hand.pen.is_none()) {
        hand.pressure = force;
    }
    match phase {
        TouchPhase::Start if force.is_some() && is_canvas && hand.pen.is_none() => {
            hand.had_pen = true;
            hand.pen = Some(id.0);
            // A palm was there first, and may have begun anything.
            if !hand.fingers.is_empty() {
                editor.board.drop_held(editor.document);
            }
            let (modifiers, time) = ctx.input(|input| (input.modifiers, input.time));
            let button = match editor.board.hand.space {
                true => PointerButton::Middle,
                false => PointerButton::Primary,
            };
            move_to(editor, ctx, at, modifiers);
            let down = Press {
                at,
                button,
                modifiers,
                time,
            };
            press(editor, ctx, down);
        }
        TouchPhase::Start if is_canvas && hand.pen.is_none() => {
            hand.fingers.insert(id.0);
            if hand.fingers.len() >= 2 {
                editor.board.drop_held(editor.document);
                editor.board.hand.gesture = Gesture::Fingers;
            }
        }
        TouchPhase::Move if is_pen => {
            let modifiers = ctx.input(|input| input.modifiers);
            move_to(editor, ctx, at, modifiers);
        }
        TouchPhase::End | TouchPhase::Cancel if is_pen => {
            hand.pen = None;
            release(editor);
            // After the stroke, which a lifted pen would else end with a blot.
            editor.board.hand.pressure = 1.0;
        }
        TouchPhase::End | TouchPhase::Cancel => {
            hand.fingers.remove(&id.0);
            // No button is released for a finger that the system took.
            if phase == TouchPhase::Cancel && hand.gesture != Gesture::Fingers {
                return editor.board.drop_held(editor.document);
            }
            if hand.fingers.is_empty() && hand.gesture == Gesture::Fingers {
                hand.gesture = Gesture::Ready;
            }
        }
        TouchPhase::Start | TouchPhase::Move => {}
    }
}
