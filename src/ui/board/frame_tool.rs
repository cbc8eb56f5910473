//! The tool that crops and extends: what the pointer takes hold of, how the frame is drawn, its settings and its rows.
//!
//! Does not know how picture and mask follow the frame; that is asked of others.

use eframe::egui::{
    self, Color32, ComboBox, CursorIcon, DragValue, Key, Modifiers, Painter, Pos2, Rect, Response,
    Ui, Vec2, pos2, vec2,
};

use super::editor::{Editor, Effect, Row, Seen, always};
use super::frame::{CropFrame, Drag, End, Grip, Proportion};
use super::gesture::{Gesture, REACH};
use super::overlay::{double_line, lowest, plate};
use super::tool::{Tool, choose};
use super::{Board, find, key, row};
use crate::canvas::View;
use crate::raster::Size;
use crate::raster::file::MAX_SIDE;
use crate::raster::prepare::Preparation;
use crate::recipe::MaskMode;
use crate::ui::room;
use crate::ui::row::Menu;
use crate::ui::texts::prepare as say;
use crate::ui::theme;

/// Side of the squares on the frame, points.
const KNOT: f32 = 7.0;

/// What is cut away, seen through this.
const CUT: Color32 = Color32::from_black_alpha(150);

/// Width of the list of proportions, points.
const PROPORTIONS: f32 = 84.0;

/// Room around frame and picture to drag an edge into, points.
const ROOM_AROUND: f32 = 40.0;

/// How strongly room that is added is drawn in the mask's colour.
const ROOM: f32 = 0.45;

/// Sizes that models were trained for: Stable Diffusion 1 and 2, and SDXL's buckets.
pub(in crate::ui) const MODEL_SIZES: &[Size] = &[
    Size::new(512, 512),
    Size::new(512, 768),
    Size::new(768, 512),
    Size::new(768, 768),
    Size::new(1024, 1024),
    Size::new(1152, 896),
    Size::new(896, 1152),
    Size::new(1216, 832),
    Size::new(832, 1216),
    Size::new(1344, 768),
    Size::new(768, 1344),
    Size::new(1536, 640),
    Size::new(640, 1536),
];

/// The row that takes the frame in hand.
pub(super) const TOOL: &[Row] = &[row(
    "tool.frame",
    [
        "Crop and extend",
        "Pull the picture's edges inwards to crop it, or outwards to let the model paint on beyond them.",
    ],
    Some(Menu::Picture),
    key(Modifiers::NONE, Key::F),
    always,
    |editor, _| take(editor),
)];

/// Rows of the frame in hand; before all others that Escape and Enter also stand for.
pub(super) const ACTIONS: &[Row] = &[
    row(
        "frame.apply",
        [
            "Apply frame",
            "Crop the picture to the frame, and give it room where the frame reaches beyond it; one undo takes it back.",
        ],
        None,
        key(Modifiers::NONE, Key::Enter),
        touched,
        apply,
    ),
    row(
        "frame.drop",
        ["Drop frame", "Put the frame around the picture as it is."],
        None,
        key(Modifiers::NONE, Key::Escape),
        touched,
        |editor, _| editor.board.frame.reset(),
    ),
];

/// Takes the frame in hand, around the picture as it is.
fn take(editor: &mut Editor<'_>) {
    if editor.board.tool != Tool::Frame {
        editor.board.frame.before = editor.board.tool;
        settle(editor);
        editor.board.frame.reset();
        choose(editor, Tool::Frame);
    }
}

/// Takes note of the picture, before the frame is used or drawn.
pub(super) fn settle(editor: &mut Editor<'_>) {
    let most = editor.canvas.as_ref().map_or(MAX_SIDE, |it| it.max_side());
    let most = most.min(MAX_SIDE);
    editor.board.frame.settle(editor.document.size(), most);
}

fn touched(seen: &Seen<'_>) -> Result<(), String> {
    seen.idle()?;
    match seen.board.tool == Tool::Frame && seen.board.frame.is_touched() {
        true => Ok(()),
        false => Err(say::FRAME_UNTOUCHED.into()),
    }
}

/// Has picture and mask follow the frame, and takes the tool of before in hand.
fn apply(editor: &mut Editor<'_>, _: &egui::Context) {
    let preparation = Preparation::Frame {
        margins: editor.board.frame.margins(),
        mask_keeps: editor.around.recipe.mask_mode == MaskMode::NotMasked,
    };
    let before = editor.board.frame.before;
    choose(editor, before);
    editor.board.frame.reset();
    editor.effects.push(Effect::Prepare(preparation));
}

/// The frame on the screen.
#[derive(Clone, Copy)]
struct Shown {
    frame: CropFrame,
    view: View,
    viewport: Rect,
    scale: f32,
}

impl Shown {
    fn screen(&self, point: Pos2) -> Pos2 {
        self.view
            .screen_from_picture(point, self.viewport, self.scale)
    }

    /// A rectangle's corners, in their order around it.
    fn corners(&self, rect: Rect) -> [Pos2; 4] {
        let corners = [
            rect.left_top(),
            rect.right_top(),
            rect.right_bottom(),
            rect.left_bottom(),
        ];
        corners.map(|corner| self.screen(corner))
    }

    /// Fills a rectangle, its edges left sharp: neighbours join without a line.
    fn fill(&self, painter: &Painter, rect: Rect, color: Color32) {
        let mut mesh = egui::Mesh::default();
        for corner in self.corners(rect) {
            mesh.colored_vertex(corner, color);
        }
        mesh.add_triangle(0, 1, 2);
        mesh.add_triangle(2, 3, 0);
        painter.add(mesh);
    }

    /// What a point of the screen takes hold of: corners before edges, edges before the inside.
    fn grip(&self, at: Pos2) -> Option<Grip> {
        let rect = self.frame.edges.rect();
        let point = self.view.picture_from_screen(at, self.viewport, self.scale);
        let reach = REACH * self.scale / self.view.zoom();
        if !rect.expand(reach).contains(point) {
            return None;
        }
        let corners = [
            (rect.left_top(), End::Low, End::Low),
            (rect.right_top(), End::High, End::Low),
            (rect.left_bottom(), End::Low, End::High),
            (rect.right_bottom(), End::High, End::High),
        ];
        let near = |corner: Pos2| self.screen(corner).distance(at) < 1.5 * REACH;
        if let Some((_, across, down)) = corners.iter().find(|corner| near(corner.0)) {
            return Some(Grip::Ends(*across, *down));
        }
        let edges = [
            (rect.left() - point.x, End::Low, End::Neither),
            (rect.right() - point.x, End::High, End::Neither),
            (rect.top() - point.y, End::Neither, End::Low),
            (rect.bottom() - point.y, End::Neither, End::High),
        ];
        let edge = edges.iter().find(|(away, ..)| away.abs() < reach);
        if let Some((_, across, down)) = edge {
            return Some(Grip::Ends(*across, *down));
        }
        Some(match self.frame.is_touched() {
            true => Grip::Inside,
            false => Grip::Fresh,
        })
    }
}

impl Board {
    fn shown(&self, viewport: Rect, scale: f32) -> Option<Shown> {
        Some(Shown {
            frame: self.frame,
            view: self.view?,
            viewport,
            scale,
        })
    }

    /// The view while the frame is in hand: it stays as long as there is room around frame and picture to drag an edge into, and always while one is dragged.
    pub(super) fn view_of_frame(&self, view: View, pane: Rect, scale: f32) -> View {
        let all = self.frame.edges.rect().union(whole(self.frame.picture));
        let shown = Shown {
            frame: self.frame,
            view,
            viewport: pane,
            scale,
        };
        let roomy = pane
            .shrink(ROOM_AROUND)
            .contains_rect(Rect::from_points(&shown.corners(all)));
        match roomy || matches!(self.hand.gesture, Gesture::Frame(_)) {
            true => view,
            false => view.fitted_to(self.frame.sight(), pane, scale),
        }
    }

    /// What a press at a point of the screen, and so of the picture, begins with the frame in hand.
    pub(super) fn press_frame(&self, at: Pos2, point: Pos2, scale: f32) -> Gesture {
        let pane = self.pane(self.pane_at(at));
        let grip = self.shown(pane, scale).and_then(|shown| shown.grip(at));
        match grip {
            None => Gesture::Ready,
            Some(grip) => Gesture::Frame(Drag {
                grip,
                from: point,
                start: self.frame.edges,
            }),
        }
    }

    /// What the pointer looks like over the frame.
    pub(super) fn frame_cursor(&self, scale: f32) -> CursorIcon {
        let held = match &self.hand.gesture {
            Gesture::Frame(drag) => Some(drag.grip),
            _ => self.hand.pointer.and_then(|at| {
                let pane = self.pane(self.pane_at(at));
                self.shown(pane, scale)?.grip(at)
            }),
        };
        match held {
            None => CursorIcon::Default,
            Some(Grip::Fresh) => CursorIcon::Crosshair,
            Some(Grip::Inside) => CursorIcon::Move,
            Some(Grip::Ends(across, down)) => {
                let outwards = vec2(outwards(across), outwards(down));
                resize_cursor(self.view.map_or(outwards, |view| view.turned(outwards)))
            }
        }
    }
}

fn outwards(end: End) -> f32 {
    match end {
        End::Low => -1.0,
        End::Neither => 0.0,
        End::High => 1.0,
    }
}

/// The pointer that looks most like a direction of the screen and its opposite.
fn resize_cursor(direction: Vec2) -> CursorIcon {
    let eighths = (direction.angle() / std::f32::consts::FRAC_PI_4).round() as i32;
    match eighths.rem_euclid(4) {
        0 => CursorIcon::ResizeHorizontal,
        1 => CursorIcon::ResizeNwSe,
        2 => CursorIcon::ResizeVertical,
        _ => CursorIcon::ResizeNeSw,
    }
}

/// Draws the frame over one painting of the picture.
pub(super) fn draw(board: &Board, painter: &Painter, view: View, viewport: Rect, scale: f32) {
    let shown = Shown {
        frame: board.frame,
        view,
        viewport,
        scale,
    };
    let frame = &board.frame;
    let (edges, picture) = (frame.edges.rect(), whole(frame.picture));
    for strip in around(picture, edges) {
        shown.fill(painter, strip, CUT);
    }
    let color = theme::chosen(board.mask_style.color).gamma_multiply(ROOM);
    for strip in around(edges, picture) {
        shown.fill(painter, strip, color);
    }
    // On whole pixels of the screen, so that both lines are thin.
    let round = |at: Pos2| {
        pos2(
            painter.round_to_pixel_center(at.x),
            painter.round_to_pixel_center(at.y),
        )
    };
    let corners = shown.corners(edges);
    let line = corners.iter().chain(&corners[..1]).copied().map(round);
    double_line(painter, line.collect());
    let middles = [
        edges.center_top(),
        edges.center_bottom(),
        edges.left_center(),
        edges.right_center(),
    ];
    let middles = middles.map(|middle| shown.screen(middle));
    for at in corners.into_iter().chain(middles) {
        let knot = Rect::from_center_size(round(at), Vec2::splat(KNOT));
        painter.rect_filled(knot.expand(1.0), 1.0, Color32::from_black_alpha(200));
        painter.rect_filled(knot, 0.0, theme::untinted());
    }
    let margins = frame.margins();
    let outer = edges.union(picture);
    let inner = edges.intersect(picture);
    for (margin, side) in [
        (
            margins.left,
            Rect::from_x_y_ranges(outer.left()..=inner.left(), inner.y_range()),
        ),
        (
            margins.right,
            Rect::from_x_y_ranges(inner.right()..=outer.right(), inner.y_range()),
        ),
        (
            margins.top,
            Rect::from_x_y_ranges(inner.x_range(), outer.top()..=inner.top()),
        ),
        (
            margins.bottom,
            Rect::from_x_y_ranges(inner.x_range(), inner.bottom()..=outer.bottom()),
        ),
    ] {
        if margin != 0 {
            let text = say::margin(margin);
            let centre = shown.screen(side.center());
            // About the middle of its strip, in digits of about seven points.
            let half = vec2(3.7 * text.chars().count() as f32, 8.0);
            plate(painter, centre - half, &text);
        }
    }
    let below = lowest(&corners) + vec2(9.0, 9.0);
    let seen = painter.clip_rect().shrink(10.0);
    let at = pos2(
        below
            .x
            .clamp(seen.left(), (seen.right() - 200.0).max(seen.left())),
        below.y.min(seen.bottom() - 16.0),
    );
    let size = frame.edges.size();
    let text = match frame.is_touched() {
        true => say::frame_size(size),
        false => say::frame_hint(size),
    };
    plate(painter, at, &text);
}

fn whole(size: Size) -> Rect {
    Rect::from_min_size(Pos2::ZERO, vec2(size.width as f32, size.height as f32))
}

/// The parts of a rectangle that lie outside another, without overlap.
fn around(rect: Rect, hole: Rect) -> impl Iterator<Item = Rect> {
    let hole = hole.intersect(rect);
    let strips = [
        Rect::from_min_max(rect.min, pos2(rect.right(), hole.top())),
        Rect::from_min_max(pos2(rect.left(), hole.bottom()), rect.max),
        Rect::from_min_max(
            pos2(rect.left(), hole.top()),
            pos2(hole.left(), hole.bottom()),
        ),
        Rect::from_min_max(
            pos2(hole.right(), hole.top()),
            pos2(rect.right(), hole.bottom()),
        ),
    ];
    strips.into_iter().filter(|strip| strip.is_positive())
}

/// Draws the settings of the frame.
pub(super) fn options(editor: &mut Editor<'_>, ui: &mut Ui) {
    settle(editor);
    let spacing = ui.spacing_mut();
    spacing.item_spacing.x = 4.0;
    spacing.button_padding.x = 4.0;
    let native = editor.around.spec.map(|spec| spec.native_side);
    let frame = &mut editor.board.frame;
    proportions(ui, frame, native);
    let margins = frame.margins();
    let sides = [
        (say::LEFT, say::LEFT_TIP, margins.left),
        (say::TOP, say::TOP_TIP, margins.top),
        (say::RIGHT, say::RIGHT_TIP, margins.right),
        (say::BOTTOM, say::BOTTOM_TIP, margins.bottom),
    ];
    let reach = MAX_SIDE as i32;
    for (side, (name, tip, mut margin)) in sides.into_iter().enumerate() {
        let longest = format!("{name} {}", say::margin(-reach));
        let width = room::number_width(ui, &[&longest]);
        let number = DragValue::new(&mut margin)
            .prefix(format!("{name} "))
            .range(-reach..=reach)
            .speed(1.0)
            .custom_formatter(|margin, _| say::margin(margin as i32))
            .custom_parser(|text| {
                let text = text.trim().replace('\u{2212}', "-");
                text.trim_end_matches("px").trim().parse().ok()
            })
            // Every digit would move the frame.
            .update_while_editing(false);
        let response = named(room::number(ui, width, number), ui, &name).on_hover_text(tip);
        if response.changed() {
            let snaps = response.dragged() && !ui.input(|input| input.modifiers.alt);
            let margin = if snaps { (margin / 8) * 8 } else { margin };
            frame.set_margin(side, margin);
        }
    }
    for (id, label) in [("frame.apply", say::APPLY), ("frame.drop", say::DROP)] {
        button(editor, ui, id, &label);
    }
}

fn proportions(ui: &mut Ui, frame: &mut CropFrame, native: Option<u32>) {
    let own = native.map(|side| Size::new(side, side));
    let mut chosen = frame.proportion;
    let list = ComboBox::from_id_salt("frame proportion")
        .width(PROPORTIONS)
        .height(400.0)
        .truncate()
        .selected_text(chosen.label(own));
    let combo = room::of_width(ui, PROPORTIONS, |ui| {
        list.show_ui(ui, |ui| {
            let mut choice = |ui: &mut Ui, value: Proportion| {
                ui.selectable_value(&mut chosen, value, value.label(own));
            };
            choice(ui, Proportion::Free);
            choice(ui, Proportion::Picture);
            for ratio in Proportion::RATIOS {
                choice(ui, *ratio);
            }
            ui.separator();
            let sizes = MODEL_SIZES.iter().filter(|size| Some(**size) != own);
            for size in own.iter().chain(sizes) {
                choice(ui, Proportion::Fixed(*size));
            }
        })
    });
    named(combo.response, ui, say::PROPORTION.get()).on_hover_text(say::PROPORTION_TIP.get());
    if chosen != frame.proportion {
        frame.reshape(chosen);
    }
}

/// Gives a control a name for those who cannot see it.
fn named(response: Response, ui: &Ui, name: &str) -> Response {
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_label(name.to_owned()));
    response
}

/// A button with a word that runs an action.
fn button(editor: &mut Editor<'_>, ui: &mut Ui, id: &str, label: &str) {
    let Some(row) = find(id) else {
        return;
    };
    let enabled = (row.does.enabled)(&editor.seen());
    let response = ui
        .add_enabled(enabled.is_ok(), egui::Button::new(label))
        .on_hover_text(row.tooltip());
    let response = match enabled {
        Ok(()) => response,
        Err(reason) => response.on_disabled_hover_text(reason),
    };
    if response.clicked() {
        editor.run(ui.ctx(), row);
    }
}
