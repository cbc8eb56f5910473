//! What lies over the picture on the canvas: the brush's outline, outlines in the making, the comparison's line and names.
//!
//! Everything is drawn as a light line on a dark one, so that it is seen on any picture.
//!
//! Does not know events; draws what [`gesture`](super::gesture) holds.

use std::f32::consts::TAU;

use eframe::egui::{
    Align2, Color32, CursorIcon, FontId, Painter, Pos2, Rect, Shape, Stroke, Ui, Vec2, pos2, vec2,
};

use super::Board;
use super::colors;
use super::compare::Shot;
use super::frame_tool;
use super::gesture::Gesture;
use super::tool::Tool;
use crate::canvas::View;
use crate::document::{Document, StrokeMode};
use crate::engine::Frame;
use crate::ui::texts;

/// The light line and the dark one under it.
const LIGHT: Stroke = Stroke {
    width: 1.0,
    color: Color32::WHITE,
};
const DARK: Stroke = Stroke {
    width: 3.0,
    color: Color32::from_black_alpha(150),
};

/// The line where an outline takes away from the mask, and its dashes.
const DASH: f32 = 4.0;

/// A brush smaller than this on the screen gets a cross, points.
const SMALLEST_RING: f32 = 2.5;

/// Radius of the circle that shows how the view is rotated, points.
const COMPASS: f32 = 36.0;

/// Straight pieces of an ellipse.
const ELLIPSE: usize = 96;

/// One place on the screen that shows the picture.
struct Pane<'a> {
    painter: Painter,
    view: View,
    viewport: Rect,
    board: &'a Board,
    scale: f32,
}

/// Draws over the paintings of this frame; `over` says whether the pointer is on the canvas.
/// `seen` is what the model would see.
pub(super) fn draw(
    board: &Board,
    document: &Document,
    ui: &Ui,
    shots: &[Shot],
    over: bool,
    seen: Option<Frame>,
) {
    let Some(view) = board.view else { return };
    for shot in shots {
        let pane = Pane {
            painter: ui.painter().with_clip_rect(shot.clip),
            view,
            viewport: shot.pane,
            board,
            scale: ui.ctx().pixels_per_point(),
        };
        if let Some(seen) = seen {
            pane.context(seen);
        }
        pane.outline();
        pane.pointing();
        pane.straight_line(ui, document);
        pane.brush(document, over);
        pane.picked(shot.clip);
        if board.tool == Tool::Frame {
            frame_tool::draw(board, &pane.painter, view, shot.pane, pane.scale);
        }
        if let Some(label) = shot.label {
            name(&pane.painter, shot.clip, &label);
        }
    }
    if let (Gesture::Rotate { .. }, Some(text)) = (&board.hand.gesture, board.turn_now()) {
        let pane = board.pane(board.hand.pane);
        let painter = ui.painter().with_clip_rect(pane);
        compass(&painter, pane.center(), view, &text);
    }
    if let Some(line) = board.wipe_line() {
        wipe_line(
            &ui.painter().with_clip_rect(board.viewport),
            board.viewport,
            line,
        );
    }
    if let Some(cursor) = cursor(board, over, ui.ctx().pixels_per_point()) {
        ui.ctx().set_cursor_icon(cursor);
    }
}

impl Pane<'_> {
    fn screen(&self, point: Pos2) -> Pos2 {
        self.view
            .screen_from_picture(point, self.viewport, self.scale)
    }

    /// The pointer, in this pane: where it is in its own, and the same place of the picture in another.
    fn pointer(&self) -> Option<(Pos2, Pos2)> {
        let at = self.board.hand.pointer?;
        let pane = self.board.pane_at(at);
        let point = self.board.picture_from_screen(at, pane, self.scale)?;
        Some((self.screen(point), point))
    }

    /// What the model would see, and at which size: under its lower left corner, or inside where there is no room.
    fn context(&self, seen: Frame) {
        let corner = |x: u32, y: u32| self.screen(pos2(x as f32, y as f32));
        let rect = seen.rect;
        // On whole pixels of the screen, so that both lines are thin.
        let whole = |at: Pos2| {
            let round = |side| self.painter.round_to_pixel_center(side);
            pos2(round(at.x), round(at.y))
        };
        let line = [
            corner(rect.left, rect.top),
            corner(rect.right, rect.top),
            corner(rect.right, rect.bottom),
            corner(rect.left, rect.bottom),
            corner(rect.left, rect.top),
        ]
        .map(whole);
        let dark = Stroke::new(1.0, DARK.color);
        self.painter.add(Shape::line(line.to_vec(), dark));
        let faint = Stroke::new(1.0, LIGHT.color.gamma_multiply(0.8));
        self.painter
            .extend(Shape::dashed_line(&line, faint, 2.0 * DASH, DASH));
        let text = texts::board::context(rect.size(), seen.content.size());
        let below = lowest(&line) + vec2(7.0, 7.0);
        let last = self.painter.clip_rect().bottom() - 24.0;
        plate(&self.painter, pos2(below.x, below.y.min(last)), &text);
    }

    /// The outline in the making.
    fn outline(&self) {
        let hand = &self.board.hand;
        let (points, mode, closed) = match (&hand.gesture, &hand.polygon) {
            (Gesture::Span { from, to, mode }, _) => {
                (span(self.board.tool, *from, *to), *mode, true)
            }
            (Gesture::Lasso { points, mode }, _) => (points.clone(), *mode, true),
            (_, Some(polygon)) => {
                let mut points = polygon.corners.clone();
                points.extend(self.pointer().map(|(_, point)| point));
                (points, polygon.mode, false)
            }
            _ => return,
        };
        let mut line: Vec<_> = points.iter().map(|&point| self.screen(point)).collect();
        if closed {
            line.extend(line.first().copied());
        }
        self.double_line(line, mode == StrokeMode::Erase);
        if let Some(polygon) = &hand.polygon {
            for &corner in &polygon.corners {
                let knot = Rect::from_center_size(self.screen(corner), Vec2::splat(5.0));
                self.painter.rect_filled(knot.expand(1.0), 0.0, DARK.color);
                self.painter.rect_filled(knot, 0.0, LIGHT.color);
            }
        }
    }

    /// What is pointed at: the box, and a plus or a minus at each point.
    fn pointing(&self) {
        let (bounds, points) = self.board.pointing.marks();
        if let Some([from, to]) = bounds {
            let corners = span(Tool::Rectangle, from, to);
            let mut line: Vec<_> = corners.iter().map(|&at| self.screen(at)).collect();
            line.extend(line.first().copied());
            self.double_line(line, false);
        }
        for (at, inside) in points {
            let at = self.screen(at);
            self.painter
                .circle(at, 7.0, Color32::from_black_alpha(190), LIGHT);
            let stroke = Stroke::new(1.5, LIGHT.color);
            let [across, down] = [vec2(3.5, 0.0), vec2(0.0, 3.5)];
            self.painter
                .line_segment([at - across, at + across], stroke);
            if inside {
                self.painter.line_segment([at - down, at + down], stroke);
            }
        }
    }

    /// Where a stroke with Shift would lead.
    fn straight_line(&self, ui: &Ui, document: &Document) {
        let board = self.board;
        let shift = ui.input(|input| input.modifiers.shift);
        if !board.tool.is_brush() || !shift || document.wet().is_some() {
            return;
        }
        if let (Some(last), Some((at, _))) = (board.hand.last, self.pointer()) {
            self.double_line(vec![self.screen(last), at], false);
        }
    }

    /// The brush's size, and a fainter ring where its edge begins to fade.
    fn brush(&self, document: &Document, over: bool) {
        let board = self.board;
        let resized = match &board.hand.gesture {
            Gesture::Resize(at, _) => Some(*at),
            _ => None,
        };
        let painting = board.hand.gesture == Gesture::Stroke;
        let near_line = board
            .hand
            .pointer
            .is_some_and(|at| board.wipe_line_near(at));
        let elsewhere = near_line || board.hand.space;
        let free = board.hand.gesture == Gesture::Ready && over && !elsewhere;
        if !board.tool.is_brush() && resized.is_none() || !(painting || free || resized.is_some()) {
            return;
        }
        let at = match resized {
            Some(at) if self.viewport.contains(at) => at,
            Some(_) => return,
            None => match self.pointer() {
                Some((at, _)) if painting => self.pulled(at),
                Some((at, _)) => at,
                None => return,
            },
        };
        let brush = board.brush;
        let pressure = document.wet().and_then(|stroke| stroke.points().last());
        let pressed = pressure.filter(|_| brush.size_by_pressure);
        let radius = brush.radius * pressed.map_or(1.0, |point| point.pressure);
        let radius = radius * self.view.zoom() / self.scale;
        if radius < SMALLEST_RING {
            self.cross(at);
            return;
        }
        self.painter.circle_stroke(at, radius, DARK);
        self.painter.circle_stroke(at, radius, LIGHT);
        // The fade is at least a pixel wide; a ring as near as that to the first says nothing.
        let inner = radius * brush.hardness;
        if inner >= 1.0 && radius - inner >= 3.0 {
            let faint = LIGHT.color.gamma_multiply(0.6);
            self.painter
                .circle_stroke(at, inner, Stroke::new(2.0, DARK.color.gamma_multiply(0.5)));
            self.painter
                .circle_stroke(at, inner, Stroke::new(1.0, faint));
        }
    }

    /// Where the brush is that the pointer pulls by a string, which is drawn.
    fn pulled(&self, pointer: Pos2) -> Pos2 {
        let board = self.board;
        let place = |at| {
            let pane = board.hand.pane;
            board.picture_from_screen(at, pane, self.scale)
        };
        let brush = board.hand.pulled.filter(|_| board.string > 0.0);
        match brush.and_then(place) {
            Some(point) => {
                let at = self.screen(point);
                self.double_line(vec![at, pointer], false);
                at
            }
            None => pointer,
        }
    }

    /// The colour that is being taken, beside the pointer.
    fn picked(&self, clip: Rect) {
        let Gesture::Pick { back } = self.board.hand.gesture else {
            return;
        };
        let colors = &self.board.colors;
        let color = if back { colors.back } else { colors.front };
        let at = self.board.hand.pointer.filter(|&at| clip.contains(at));
        if let Some(at) = at {
            colors::sample(&self.painter, at, color);
        }
    }

    fn cross(&self, at: Pos2) {
        for stroke in [DARK, LIGHT] {
            for (from, to) in [(3.0, 8.0), (-3.0, -8.0)] {
                for along in [vec2(1.0, 0.0), vec2(0.0, 1.0)] {
                    self.painter
                        .line_segment([at + along * from, at + along * to], stroke);
                }
            }
        }
    }

    /// A light line on a dark one; in dashes where it takes away.
    fn double_line(&self, line: Vec<Pos2>, dashed: bool) {
        if dashed {
            let dashes = Shape::dashed_line(&line, LIGHT, DASH, DASH);
            self.painter.add(Shape::line(line, DARK));
            self.painter.extend(dashes);
        } else {
            double_line(&self.painter, line);
        }
    }
}

/// The lowest of the corners on the screen, the left one of two.
pub(super) fn lowest(corners: &[Pos2]) -> Pos2 {
    let lower = |a: &&Pos2, b: &&Pos2| a.y.total_cmp(&b.y).then(b.x.total_cmp(&a.x));
    corners.iter().max_by(lower).copied().unwrap_or_default()
}

/// Where up is in the picture, about the middle of what is seen.
fn compass(painter: &Painter, middle: Pos2, view: View, text: &str) {
    for stroke in [DARK, LIGHT] {
        painter.circle_stroke(middle, COMPASS, stroke);
    }
    let up = view.turned(vec2(0.0, -1.0));
    let across = up.rot90() * COMPASS / 5.0;
    let needle = [up * COMPASS, across, -across]
        .map(|to| middle + to)
        .to_vec();
    painter.add(Shape::convex_polygon(needle, LIGHT.color, DARK));
    plate(painter, middle + vec2(COMPASS + 14.0, -8.0), text);
}

/// A light line on a dark one.
pub(super) fn double_line(painter: &Painter, line: Vec<Pos2>) {
    painter.add(Shape::line(line.clone(), DARK));
    painter.add(Shape::line(line, LIGHT));
}

/// The outline of a rectangle or an ellipse between two corners, picture pixels.
fn span(tool: Tool, from: Pos2, to: Pos2) -> Vec<Pos2> {
    let rect = Rect::from_two_pos(from, to);
    if tool == Tool::Ellipse {
        let at = |step: usize| {
            let (sin, cos) = (step as f32 / ELLIPSE as f32 * TAU).sin_cos();
            rect.center() + vec2(cos, sin) * rect.size() / 2.0
        };
        (0..ELLIPSE).map(at).collect()
    } else {
        vec![
            rect.left_top(),
            rect.right_top(),
            rect.right_bottom(),
            rect.left_bottom(),
        ]
    }
}

/// A word on the picture, in the upper left corner.
fn name(painter: &Painter, place: Rect, text: &str) {
    let at = place.min + vec2(10.0, 10.0);
    plate(painter, at, text);
}

/// A word on a dark plate, so that it is read on any picture; beside `at` where it would else be cut off.
pub(super) fn plate(painter: &Painter, at: Pos2, text: &str) {
    let (room, margin) = (painter.clip_rect(), vec2(7.0, 3.0));
    let most = room.width() - 2.0 * margin.x;
    let font = FontId::proportional(13.0);
    let galley = painter.layout(text.to_owned(), font, LIGHT.color, most);
    let last = room.max - margin - galley.size();
    let at = at.min(last).max(room.min + margin);
    let place = Align2::LEFT_TOP.anchor_size(at, galley.size());
    painter.rect_filled(place.expand2(margin), 4.0, Color32::from_black_alpha(170));
    painter.galley(place.min, galley, LIGHT.color);
}

/// Draws the line between before and after, points from the screen's left.
pub fn wipe_line(painter: &Painter, viewport: Rect, line: f32) {
    let middle = pos2(line, viewport.center().y);
    for stroke in [DARK, LIGHT] {
        painter.vline(line, viewport.y_range(), stroke);
    }
    painter.circle(middle, 11.0, Color32::from_black_alpha(170), LIGHT);
    for side in [-1.0, 1.0] {
        let tip = middle + vec2(side * 7.0, 0.0);
        let wing = |down: f32| middle + vec2(side * 3.5, down);
        painter.line(
            vec![wing(-3.5), tip, wing(3.5)],
            Stroke::new(1.5, LIGHT.color),
        );
    }
}

/// What the system's pointer looks like on the canvas; none away from it.
fn cursor(board: &Board, over: bool, scale: f32) -> Option<CursorIcon> {
    match board.hand.gesture {
        Gesture::Pan(_) | Gesture::Rotate { .. } => return Some(CursorIcon::Grabbing),
        Gesture::Pick { .. } => return Some(CursorIcon::Crosshair),
        Gesture::Wipe => return Some(CursorIcon::ResizeHorizontal),
        Gesture::Resize(..) | Gesture::Stroke => return Some(CursorIcon::None),
        Gesture::Frame(_) => return Some(board.frame_cursor(scale)),
        _ if !over => return None,
        _ => {}
    }
    let near_line = board
        .hand
        .pointer
        .is_some_and(|at| board.wipe_line_near(at));
    Some(match board.tool {
        _ if near_line => CursorIcon::ResizeHorizontal,
        _ if board.hand.space => CursorIcon::Grab,
        Tool::Brush | Tool::ColorBrush => CursorIcon::None,
        Tool::Frame => board.frame_cursor(scale),
        _ => CursorIcon::Crosshair,
    })
}
