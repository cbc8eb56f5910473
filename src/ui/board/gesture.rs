//! What the pointer is in the middle of, and what begins, moves and ends it.
//!
//! Does not know events, or how any of it is drawn.

use std::collections::BTreeSet;

use eframe::egui::{Context, Modifiers, PointerButton, Pos2, Rect, pos2};

use super::Board;
use super::colors;
use super::editor::{Editor, Effect};
use super::frame::Drag;
use super::object;
use super::tool::{self, Tool};
use crate::document::{Brush, Document, Shape, StrokeMode, StrokePoint};

/// How near the pointer takes hold of something, points.
pub(super) const REACH: f32 = 7.0;

/// How far the pointer is led for the whole range of hardness, points.
const HARDNESS_TRAVEL: f32 = 200.0;

/// How far the pointer moves between two points of a lasso, points.
const LASSO_STEP: f32 = 1.0;

/// What the pointer is in the middle of while a button is held.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Gesture {
    /// Nothing.
    #[default]
    Ready,
    /// A stroke, which the document holds.
    Stroke,
    /// A colour is taken from the picture; whether for the second one.
    Pick { back: bool },
    /// A rectangle or an ellipse from one corner to the pointer, picture pixels.
    Span {
        from: Pos2,
        to: Pos2,
        mode: StrokeMode,
    },
    /// An outline drawn by hand, picture pixels.
    Lasso { points: Vec<Pos2>, mode: StrokeMode },
    /// The view is dragged; where the pointer was last, points.
    Pan(Pos2),
    /// The view is rotated; where the pointer was at first, points, and the view's degrees then.
    Rotate { from: Pos2, degrees: f32 },
    /// Size and hardness are dragged; where the pointer was at first, points, and the brush then.
    Resize(Pos2, Brush),
    /// The line between before and after is dragged.
    Wipe,
    /// The frame that crops and extends is dragged.
    Frame(Drag),
    /// Two fingers or more move the view.
    Fingers,
}

/// An outline of straight lines in the making; no button is held between its corners.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Polygon {
    /// Picture pixels, at least one.
    pub(super) corners: Vec<Pos2>,
    pub(super) mode: StrokeMode,
}

/// The pointer, and what it is in the middle of.
#[derive(Debug)]
pub(super) struct Hand {
    pub(super) gesture: Gesture,
    pub(super) polygon: Option<Polygon>,
    /// Where the pointer is, points; nowhere when it left the window.
    pub(super) pointer: Option<Pos2>,
    /// The pen's pressure in `[0, 1]`; 1 for a mouse.
    pub(super) pressure: f32,
    /// Where painting ended, picture pixels: a straight line starts there.
    pub(super) last: Option<Pos2>,
    /// The button that is held for the gesture.
    pub(super) button: Option<PointerButton>,
    /// Whether the key that drags the view is held.
    pub(super) space: bool,
    /// The fingers on the screen.
    pub(super) fingers: BTreeSet<u64>,
    /// The pen on the screen, and whether one was ever used.
    pub(super) pen: Option<u64>,
    pub(super) had_pen: bool,
    /// Where the brush is that the pointer pulls by a string, points.
    pub(super) pulled: Option<Pos2>,
    /// The pane that the gesture began in.
    pub(super) pane: usize,
    /// When and where a button was pressed last, seconds and points.
    pressed: (f64, Pos2),
}

impl Default for Hand {
    fn default() -> Self {
        Self {
            gesture: Gesture::Ready,
            polygon: None,
            pointer: None,
            pressure: 1.0,
            last: None,
            button: None,
            space: false,
            fingers: BTreeSet::new(),
            pen: None,
            had_pen: false,
            pulled: None,
            pane: 0,
            pressed: (f64::NEG_INFINITY, Pos2::ZERO),
        }
    }
}

/// A button pressed on the canvas.
#[derive(Clone, Copy)]
pub(super) struct Press {
    /// Points.
    pub(super) at: Pos2,
    pub(super) button: PointerButton,
    pub(super) modifiers: Modifiers,
    /// Seconds.
    pub(super) time: f64,
}

impl Board {
    /// Whether nothing is half drawn.
    pub(super) fn is_ready(&self) -> bool {
        let drawing = self.hand.gesture != Gesture::Ready || self.hand.polygon.is_some();
        !drawing && self.pointing.prompt().is_none()
    }

    /// Forgets what the pointer is in the middle of: the stroke or outline never was.
    pub(super) fn drop_gesture(&mut self, document: &mut Document) {
        self.drop_held(document);
        self.hand.polygon = None;
    }

    /// The same of what is held down; the corners of a polygon stay.
    pub(super) fn drop_held(&mut self, document: &mut Document) {
        match std::mem::take(&mut self.hand.gesture) {
            Gesture::Stroke => document.drop_stroke(),
            Gesture::Resize(_, brush) => self.brush = brush,
            Gesture::Rotate { degrees, .. } => {
                self.view = self.view.map(|view| view.with_degrees(degrees));
            }
            Gesture::Frame(drag) => self.frame.edges = drag.start,
            _ => {}
        }
        self.hand.button = None;
    }

    /// Takes back a polygon's last corner, and the polygon with its only one; else the last point of what is pointed at.
    pub(super) fn drop_corner(&mut self) {
        match &mut self.hand.polygon {
            None => self.pointing.take_back(),
            Some(polygon) => {
                polygon.corners.pop();
                if polygon.corners.is_empty() {
                    self.hand.polygon = None;
                }
            }
        }
    }

    /// How many corners the polygon in the making has.
    pub(super) fn corners(&self) -> usize {
        let polygon = self.hand.polygon.as_ref();
        polygon.map_or(0, |polygon| polygon.corners.len())
    }

    /// The pane under a point of the screen; the first where there is none.
    pub(super) fn pane_at(&self, at: Pos2) -> usize {
        let panes = self.panes();
        panes.iter().position(|pane| pane.contains(at)).unwrap_or(0)
    }

    /// The place of a pane on the screen, points.
    pub(super) fn pane(&self, index: usize) -> Rect {
        let panes = self.panes();
        panes.get(index).copied().unwrap_or(self.viewport)
    }

    /// The picture's point under a point of the screen, picture pixels; none before there is a view.
    pub(super) fn picture_from_screen(&self, at: Pos2, pane: usize, scale: f32) -> Option<Pos2> {
        let view = self.view?;
        Some(view.picture_from_screen(at, self.pane(pane), scale))
    }

    /// What a button does to mask or sketch.
    fn mode(&self, button: PointerButton) -> StrokeMode {
        let eraser = self.eraser && self.tool != Tool::Object;
        if button == PointerButton::Secondary || eraser {
            StrokeMode::Erase
        } else {
            StrokeMode::Paint
        }
    }

    fn stroke_point(&self, at: Pos2) -> StrokePoint {
        StrokePoint {
            x: at.x,
            y: at.y,
            pressure: self.hand.pressure,
        }
    }
}

/// Begins what a button pressed on the canvas begins.
pub(super) fn press(editor: &mut Editor<'_>, ctx: &Context, press: Press) {
    let Press { at, button, .. } = press;
    let (before, place) = editor.board.hand.pressed;
    editor.board.hand.pressed = (press.time, at);
    if editor.board.hand.gesture != Gesture::Ready {
        return;
    }
    let delay = ctx.options(|options| options.input_options.max_double_click_delay);
    let again = press.time - before < delay && place.distance(at) < REACH;
    let pane = editor.board.pane_at(at);
    let scale = ctx.pixels_per_point();
    let Some(point) = editor.board.picture_from_screen(at, pane, scale) else {
        return;
    };
    editor.board.hand.pane = pane;
    editor.board.hand.pulled = Some(at);
    let degrees = editor.board.view.map_or(0.0, |view| view.degrees());
    editor.board.hand.gesture = match button {
        // As in Krita.
        PointerButton::Middle if press.modifiers.shift => Gesture::Rotate { from: at, degrees },
        PointerButton::Middle => Gesture::Pan(at),
        // The second where a window manager keeps the first for itself.
        PointerButton::Secondary if press.modifiers.alt || press.modifiers.command => {
            Gesture::Resize(at, editor.board.brush)
        }
        PointerButton::Primary if editor.board.wipe_line_near(at) => Gesture::Wipe,
        PointerButton::Primary | PointerButton::Secondary => {
            // Nobody paints what cannot be seen.
            if !editor.board.tool.is_color() {
                editor.board.mask_hidden = false;
            }
            draw(editor, ctx, point, press, again)
        }
        _ => Gesture::Ready,
    };
    // Keys belong to the canvas from now on, no longer to the field that was typed in.
    ctx.memory_mut(|memory| {
        if let Some(field) = memory.focused() {
            memory.surrender_focus(field);
        }
    });
    let held = editor.board.hand.gesture != Gesture::Ready;
    editor.board.hand.button = held.then_some(button);
}

/// Begins what the tool in hand draws.
fn draw(editor: &mut Editor<'_>, ctx: &Context, point: Pos2, press: Press, again: bool) -> Gesture {
    if editor.board.tool != Tool::Eyedropper
        && let Err(reason) = editor.seen().idle()
    {
        editor.say(reason);
        return Gesture::Ready;
    }
    let board = &mut *editor.board;
    let mode = board.mode(press.button);
    match board.tool {
        Tool::Eyedropper => {
            let back = press.button == PointerButton::Secondary;
            colors::pick(editor, point, back);
            Gesture::Pick { back }
        }
        // As painters are used to: Krita's key, and Photoshop's.
        Tool::ColorBrush
            if press.button == PointerButton::Primary
                && (press.modifiers.command || press.modifiers.alt) =>
        {
            colors::pick(editor, point, false);
            Gesture::Pick { back: false }
        }
        Tool::ColorBrush => {
            // Under a result, or in the picture as it was, nobody would see it.
            editor.effects.push(Effect::PutResultsAway);
            let board = &mut *editor.board;
            board.comparing.original = false;
            if mode == StrokeMode::Paint {
                board.colors.use_front();
            }
            let straight = board.hand.last.filter(|_| press.modifiers.shift);
            let start = board.stroke_point(straight.unwrap_or(point));
            let color = board.colors.front;
            editor
                .document
                .begin_sketch(color, mode, board.brush, start);
            editor.document.extend_stroke(board.stroke_point(point));
            Gesture::Stroke
        }
        Tool::Brush => {
            let straight = board.hand.last.filter(|_| press.modifiers.shift);
            let start = board.stroke_point(straight.unwrap_or(point));
            editor.document.begin_stroke(mode, board.brush, start);
            editor.document.extend_stroke(board.stroke_point(point));
            Gesture::Stroke
        }
        Tool::Object
            if again
                && press.button == PointerButton::Primary
                && board.pointing.prompt().is_some() =>
        {
            editor.effects.push(Effect::TakeObject);
            Gesture::Ready
        }
        Tool::Rectangle | Tool::Ellipse | Tool::Object => Gesture::Span {
            from: point,
            to: point,
            mode,
        },
        Tool::Lasso => Gesture::Lasso {
            points: vec![point],
            mode,
        },
        Tool::Polygon => {
            corner(editor, ctx, point, mode, press.at, again);
            Gesture::Ready
        }
        Tool::Frame if press.button != PointerButton::Primary => Gesture::Ready,
        Tool::Frame => board.press_frame(press.at, point, ctx.pixels_per_point()),
        Tool::Wand => {
            super::mask_rows::wand(editor, point, mode);
            Gesture::Ready
        }
    }
}

/// Adds a corner to the polygon, or closes it: by a double click, or on its first corner.
fn corner(
    editor: &mut Editor<'_>,
    ctx: &Context,
    point: Pos2,
    mode: StrokeMode,
    at: Pos2,
    again: bool,
) {
    let pane = editor.board.pane(editor.board.hand.pane);
    let (view, scale) = (editor.board.view, ctx.pixels_per_point());
    let Some(polygon) = &mut editor.board.hand.polygon else {
        editor.board.hand.polygon = Some(Polygon {
            corners: vec![point],
            mode,
        });
        return;
    };
    let first = view.map(|view| view.screen_from_picture(polygon.corners[0], pane, scale));
    let home = first.is_some_and(|first| first.distance(at) < REACH);
    if polygon.corners.len() >= 3 && (again || home) {
        close_polygon(editor);
    } else if !again {
        polygon.corners.push(point);
    }
}

/// Lays the polygon in the making over the mask; one of fewer than three corners is forgotten.
pub(super) fn close_polygon(editor: &mut Editor<'_>) {
    if let Some(Polygon { corners, mode }) = editor.board.hand.polygon.take() {
        combine(
            editor,
            Tool::Polygon,
            &Shape::Polygon(pairs(&corners)),
            mode,
        );
    }
}

/// Leads what is held on to another place, points.
pub(super) fn move_to(editor: &mut Editor<'_>, ctx: &Context, at: Pos2, modifiers: Modifiers) {
    let moved = editor.board.hand.pointer != Some(at);
    editor.board.hand.pointer = Some(at);
    if !moved {
        return;
    }
    let scale = ctx.pixels_per_point();
    let pane = editor.board.pane(editor.board.hand.pane);
    let size = editor.document.size();
    let Some(view) = editor.board.view else {
        return;
    };
    let point = view.picture_from_screen(at, pane, scale);
    let board = &mut *editor.board;
    match &mut board.hand.gesture {
        Gesture::Ready | Gesture::Fingers => {}
        Gesture::Stroke => {
            if let Some(at) = board.pull(at) {
                let point = view.picture_from_screen(at, pane, scale);
                editor.document.extend_stroke(board.stroke_point(point));
            }
        }
        Gesture::Pick { back } => {
            let back = *back;
            colors::pick(editor, point, back);
        }
        Gesture::Span { from, to, .. } => {
            *to = if modifiers.shift {
                squared(*from, point)
            } else {
                point
            };
        }
        Gesture::Lasso { points, .. } => {
            let step = LASSO_STEP * scale / view.zoom();
            if points
                .last()
                .is_none_or(|last| last.distance(point) >= step)
            {
                points.push(point);
            }
        }
        Gesture::Pan(last) => {
            let delta = at - std::mem::replace(last, at);
            board.look(ctx, |view, scale| {
                view.panned(delta, scale).clamped(size, pane, scale)
            });
        }
        &mut Gesture::Rotate { from, degrees } => board.rotate([from, at], degrees, pane),
        Gesture::Resize(first, brush) => {
            let travel = at - *first;
            let radius = brush.radius + travel.x * scale / view.zoom();
            let hardness = (brush.hardness - travel.y / HARDNESS_TRAVEL).clamp(0.0, 1.0);
            board.brush = tool::with_radius(Brush { hardness, ..*brush }, radius);
        }
        Gesture::Wipe => board.move_wipe_line(at),
        Gesture::Frame(drag) => board.frame.lead(*drag, point, !modifiers.alt),
    }
}

/// Ends what was held.
pub(super) fn release(editor: &mut Editor<'_>) {
    let gesture = std::mem::take(&mut editor.board.hand.gesture);
    editor.board.hand.button = None;
    match gesture {
        Gesture::Stroke => {
            let points = editor.document.wet().map(|stroke| stroke.points());
            let last = points.and_then(|points| points.last());
            editor.board.hand.last = last.map(|last| pos2(last.x, last.y));
            editor.document.end_stroke();
        }
        Gesture::Span { from, to, mode } if editor.board.tool == Tool::Object => {
            let hand = &editor.board.hand;
            let far = |at: Pos2| at.distance(hand.pressed.1) >= REACH;
            let dragged = mode == StrokeMode::Paint && hand.pointer.is_some_and(far);
            object::point(editor, from, dragged.then_some(to), mode);
        }
        Gesture::Span { from, to, mode } => {
            let (from, to) = ([from.x, from.y], [to.x, to.y]);
            let shape = match editor.board.tool {
                Tool::Ellipse => Shape::Ellipse(from, to),
                _ => Shape::Rectangle(from, to),
            };
            combine(editor, editor.board.tool, &shape, mode);
        }
        Gesture::Lasso { points, mode } => {
            combine(editor, Tool::Lasso, &Shape::Polygon(pairs(&points)), mode);
        }
        Gesture::Ready
        | Gesture::Pick { .. }
        | Gesture::Pan(_)
        | Gesture::Rotate { .. }
        | Gesture::Resize(..)
        | Gesture::Wipe
        | Gesture::Frame(_)
        | Gesture::Fingers => {}
    }
}

fn combine(editor: &mut Editor<'_>, tool: Tool, shape: &Shape, mode: StrokeMode) {
    editor.document.combine(tool.edit(), shape, mode);
}

fn pairs(points: &[Pos2]) -> Vec<[f32; 2]> {
    points.iter().map(|point| [point.x, point.y]).collect()
}

/// The corner of the square from `from` towards `to`, as large as the longer side.
fn squared(from: Pos2, to: Pos2) -> Pos2 {
    let across = to - from;
    let side = across.x.abs().max(across.y.abs());
    pos2(
        from.x + side.copysign(across.x),
        from.y + side.copysign(across.y),
    )
}
