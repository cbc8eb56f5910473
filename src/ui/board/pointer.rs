//! The pointer's events on the canvas: all of a frame, in their order, so that a fast stroke stays round.
//!
//! Does not know what the events bring about.
//! A pen's flipped end is not reported by the windowing library; the eraser has a key and a button instead.

use eframe::egui::{
    Context, Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2,
    TouchPhase, Vec2,
};

use super::gesture::{Gesture, Press, move_to, press, release};
use super::tool;
use crate::ui::app::App;

/// A wheel's notch zooms by this factor.
const ZOOM_PER_LINE: f32 = 1.2;

/// A wheel's notch with Ctrl makes the brush larger by this factor.
const RADIUS_PER_LINE: f32 = 1.1;

/// How far a trackpad scrolls for a wheel's notch, points.
const POINTS_PER_LINE: f32 = 40.0;

/// Wheel lines of a page.
const LINES_PER_PAGE: f32 = 10.0;

/// Hears the pointer's events of this frame; `is_canvas` says whether a point of the screen is canvas with nothing over it.
pub(super) fn hear(app: &mut App, ctx: &Context, is_canvas: impl Fn(Pos2) -> bool) {
    let (events, time, modifiers, space) = ctx.input(|input| {
        let events: Vec<_> = input.events.iter().filter(|e| heard(e)).cloned().collect();
        let space = input.key_down(Key::Space);
        (events, input.time, input.modifiers, space)
    });
    let space = space && !ctx.egui_wants_keyboard_input();
    app.board.hand.space = space;
    // The document may have been replaced, or have ended the stroke.
    if app.board.hand.gesture == Gesture::Stroke && app.document.wet().is_none() {
        app.board.drop_gesture(&mut app.document);
    }
    for event in events {
        match event {
            Event::PointerMoved(at) => move_to(app, ctx, at, modifiers),
            Event::PointerGone => app.board.hand.pointer = None,
            Event::PointerButton {
                pos: at,
                button,
                pressed,
                modifiers,
            } => {
                move_to(app, ctx, at, modifiers);
                let panning = matches!(app.board.hand.gesture, Gesture::Pan(_));
                if pressed && is_canvas(at) {
                    let button = match button {
                        PointerButton::Primary if space => PointerButton::Middle,
                        button => button,
                    };
                    let pressed = Press {
                        at,
                        button,
                        modifiers,
                        time,
                    };
                    press(app, ctx, pressed);
                } else if !pressed {
                    if app.board.hand.button == Some(button) || panning {
                        release(app);
                    }
                    // After the stroke, which a lifted pen would else end with a blot.
                    app.board.hand.pressure = 1.0;
                }
            }
            Event::MouseWheel {
                unit,
                delta,
                source,
                modifiers,
                ..
            } => {
                if let Some(at) = app.board.hand.pointer.filter(|&at| is_canvas(at)) {
                    wheel(app, ctx, at, (unit, delta, source), modifiers);
                }
            }
            Event::Zoom(factor) => {
                if let Some(at) = app.board.hand.pointer.filter(|&at| is_canvas(at)) {
                    zoom(app, ctx, at, factor);
                }
            }
            Event::Touch {
                id,
                phase,
                pos,
                force,
                ..
            } => touch(app, id.0, phase, force, is_canvas(pos)),
            // Its release would go to another window.
            Event::WindowFocused(false) if app.board.hand.button.is_some() => release(app),
            _ => {}
        }
    }
    if app.board.hand.gesture == Gesture::Fingers
        && let Some(fingers) = ctx.multi_touch()
    {
        zoom(app, ctx, fingers.center_pos, fingers.zoom_delta);
        pan(app, ctx, fingers.translation_delta);
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
    app: &mut App,
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
        let brush = app.board.brush;
        let radius = brush.radius * RADIUS_PER_LINE.powf(lines);
        app.board.brush = tool::with_radius(brush, radius);
    } else if trackpad {
        pan(app, ctx, delta);
    } else {
        zoom(app, ctx, at, ZOOM_PER_LINE.powf(lines));
    }
}

fn zoom(app: &mut App, ctx: &Context, at: Pos2, factor: f32) {
    let size = app.document.size();
    let pane = app.board.pane(app.board.pane_at(at));
    app.board.look(ctx, |view, scale| {
        view.with_zoom_at(view.zoom() * factor, at, pane, scale)
            .clamped(size, pane, scale)
    });
}

fn pan(app: &mut App, ctx: &Context, delta: Vec2) {
    let size = app.document.size();
    let pane = app.board.pane(0);
    app.board.look(ctx, |view, scale| {
        view.panned(delta, scale).clamped(size, pane, scale)
    });
}

/// Takes a pen's pressure, and counts fingers: with a second one on the canvas what the first began is dropped, and all move the view until the last is lifted.
fn touch(app: &mut App, id: u64, phase: TouchPhase, force: Option<f32>, is_canvas: bool) {
    let hand = &mut app.board.hand;
    if matches!(phase, TouchPhase::Start | TouchPhase::Move) {
        hand.pressure = force.unwrap_or(1.0);
    }
    match phase {
        TouchPhase::Start if is_canvas => {
            hand.fingers.insert(id);
            if hand.fingers.len() >= 2 {
                app.board.drop_gesture(&mut app.document);
                app.board.hand.gesture = Gesture::Fingers;
            }
        }
        TouchPhase::Start | TouchPhase::Move => {}
        TouchPhase::End | TouchPhase::Cancel => {
            hand.fingers.remove(&id);
            if hand.fingers.is_empty() && hand.gesture == Gesture::Fingers {
                hand.gesture = Gesture::Ready;
            }
        }
    }
}
