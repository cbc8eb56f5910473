//! The pointer's events on the canvas: all of a frame, in their order, so that a fast stroke stays round.
//!
//! Does not know what the events bring about.
//! A pen's flipped end is not reported by the windowing library; the eraser has a key and a button instead.

use eframe::egui::{
    Context, Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, Vec2,
};

use super::editor::Editor;
use super::gesture::{Gesture, Press, move_to, press, release};
use super::{tool, touch};

/// A wheel's notch zooms by this factor.
const ZOOM_PER_LINE: f32 = 1.2;

/// A wheel's notch with Ctrl makes the brush larger by this factor.
const RADIUS_PER_LINE: f32 = 1.1;

/// How far a trackpad scrolls for a wheel's notch, points.
const POINTS_PER_LINE: f32 = 40.0;

/// Wheel lines of a page.
const LINES_PER_PAGE: f32 = 10.0;

/// Hears the pointer's events of this frame; `is_canvas` says whether a point of the screen is canvas with nothing over it.
pub(super) fn hear(editor: &mut Editor<'_>, ctx: &Context, is_canvas: impl Fn(Pos2) -> bool) {
    let (events, time, modifiers, space) = ctx.input(|input| {
        let events: Vec<_> = input.events.iter().filter(|e| heard(e)).cloned().collect();
        let space = input.key_down(Key::Space);
        (events, input.time, input.modifiers, space)
    });
    let space = space && !ctx.egui_wants_keyboard_input();
    editor.board.hand.space = space;
    // The document may have been replaced, or have ended the stroke.
    if editor.board.hand.gesture == Gesture::Stroke && editor.document.wet().is_none() {
        editor.board.drop_gesture(editor.document);
    }
    for event in events {
        match event {
            // A pen has events of its own; these may be the palm's.
            Event::PointerMoved(_) | Event::PointerButton { .. }
                if editor.board.hand.pen.is_some() => {}
            Event::PointerMoved(at) => move_to(editor, ctx, at, modifiers),
            Event::PointerGone => editor.board.hand.pointer = None,
            Event::PointerButton {
                pos: at,
                button,
                pressed,
                modifiers,
            } => {
                move_to(editor, ctx, at, modifiers);
                let panning = matches!(
                    editor.board.hand.gesture,
                    Gesture::Pan(_) | Gesture::Rotate { .. }
                );
                if pressed && is_canvas(at) {
                    let button = match button {
                        PointerButton::Primary if space || editor.board.finger_moves_view() => {
                            PointerButton::Middle
                        }
                        button => button,
                    };
                    let pressed = Press {
                        at,
                        button,
                        modifiers,
                        time,
                    };
                    press(editor, ctx, pressed);
                } else if !pressed {
                    if editor.board.hand.button == Some(button) || panning {
                        release(editor);
                    }
                    // After the stroke, which a lifted pen would else end with a blot.
                    editor.board.hand.pressure = 1.0;
                }
            }
            Event::MouseWheel {
                unit,
                delta,
                source,
                modifiers,
                ..
            } => {
                if let Some(at) = editor.board.hand.pointer.filter(|&at| is_canvas(at)) {
                    wheel(editor, ctx, at, (unit, delta, source), modifiers);
                }
            }
            Event::Zoom(factor) => {
                if let Some(at) = editor.board.hand.pointer.filter(|&at| is_canvas(at)) {
                    zoom(editor, ctx, at, factor);
                }
            }
            Event::Touch { pos, .. } => touch::hear(editor, ctx, &event, is_canvas(pos)),
            // Its release would go to another window.
            Event::WindowFocused(false) => {
                if editor.board.hand.button.is_some() {
                    release(editor);
                }
                editor.board.hand.let_go();
            }
            _ => {}
        }
    }
    if editor.board.hand.gesture == Gesture::Fingers
        && let Some(fingers) = ctx.multi_touch()
    {
        zoom(editor, ctx, fingers.center_pos, fingers.zoom_delta);
        pan(editor, ctx, fingers.translation_delta);
    }
}

fn heard(event: &Event) -> bool {
    matches!(
        event,
        Event::PointerMoved(_)
            | Event::PointerGone
            | Event::PointerButton { .. }
            | Event::MouseWheel { .. }
            | Event::Zoom(_)
            | Event::Touch { .. }
            | Event::WindowFocused(_)
    )
}

/// Zooms at the pointer; with Ctrl sets the brush's size. What is known to be a trackpad moves the view, as it pinches to zoom.
fn wheel(
    editor: &mut Editor<'_>,
    ctx: &Context,
    at: Pos2,
    (unit, delta, source): (MouseWheelUnit, Vec2, MouseWheelSource),
    modifiers: Modifiers,
) {
    let line = match unit {
        MouseWheelUnit::Line => 1.0,
        MouseWheelUnit::Point => 1.0 / POINTS_PER_LINE,
        MouseWheelUnit::Page => LINES_PER_PAGE,
    };
    // Some systems turn the wheel sideways while Shift is held.
    let lines = (delta.y + delta.x) * line;
    let trackpad = matches!(
        source,
        MouseWheelSource::Trackpad | MouseWheelSource::Momentum
    );
    if modifiers.command {
        let brush = editor.board.brush;
        let radius = brush.radius * RADIUS_PER_LINE.powf(lines);
        editor.board.brush = tool::with_radius(brush, radius);
    } else if trackpad {
        pan(editor, ctx, delta);
    } else {
        zoom(editor, ctx, at, ZOOM_PER_LINE.powf(lines));
    }
}

fn zoom(editor: &mut Editor<'_>, ctx: &Context, at: Pos2, factor: f32) {
    let size = editor.document.size();
    let pane = editor.board.pane(editor.board.pane_at(at));
    editor.board.look(ctx, |view, scale| {
        view.with_zoom_at(view.zoom() * factor, at, pane, scale)
            .clamped(size, pane, scale)
    });
}

fn pan(editor: &mut Editor<'_>, ctx: &Context, delta: Vec2) {
    let size = editor.document.size();
    let pane = editor.board.pane(0);
    editor.board.look(ctx, |view, scale| {
        view.panned(delta, scale).clamped(size, pane, scale)
    });
}
