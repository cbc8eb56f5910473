//! The canvas and what is done on it by hand: looking, painting, selecting, comparing.
//!
//! Does not know the engine: a candidate or a preview comes in as a [`Layer`](crate::canvas::Layer).

mod bars;
mod colors;
mod compare;
mod context;
mod editor;
mod frame;
mod frame_tool;
mod gesture;
mod icon;
mod mask_rows;
mod object;
mod overlay;
mod pointer;
mod remembered;
mod sketch_rows;
mod status;
mod tool;
mod tool_bar;
mod touch;
mod view_rows;

use eframe::egui::{self, Context, Frame, KeyboardShortcut, Margin, Rect, Response, Sense};

use super::row::{Menu, key};
use super::texts;
use crate::canvas::{MaskLook, MaskStyle, Scene, View};
use crate::document::Brush;

pub use colors::Colors;
pub use compare::Comparison;
pub(super) use context::frame_of;
pub(super) use editor::{Around, Does, Editor, Effect, Row, Seen};
pub(super) use frame_tool::MODEL_SIZES;
pub(super) use mask_rows::{ALL as MASK_ALL, title};
pub(super) use object::Pointed;
pub use object::{Pointing, Shaping};
pub(super) use overlay::wipe_line;
pub use remembered::Remembered;
pub(super) use sketch_rows::MASK_SKETCH;
pub(super) use status::status_bar;
pub use tool::Tool;
pub(super) use tool_bar::{ToolBar, tool_bar, tool_frame};
pub use touch::Fingers;

use compare::Comparing;
use gesture::{Gesture, Hand};

/// Rows of the canvas, the mask and the view.
pub(super) const ACTIONS: &[&[Row]] = &[
    mask_rows::EDITS,
    frame_tool::ACTIONS,
    object::ACTIONS,
    tool::TOOLS,
    frame_tool::TOOL,
    tool::BRUSH,
    tool::OPACITIES,
    mask_rows::MASK,
    sketch_rows::ACTIONS,
    view_rows::ACTIONS,
    compare::ACTIONS,
];

/// How the document is looked at and painted on.
pub struct Board {
    /// The view; fitted to the window in the next frame when absent, which also drops what was half drawn.
    pub view: Option<View>,
    /// What the pointer does.
    pub tool: Tool,
    /// The brush in hand, of both mouse buttons.
    pub brush: Brush,
    /// The other one of mask and colour.
    other_brush: Brush,
    /// Whether the brush in hand is the colour's.
    color_in_hand: bool,
    /// The length of the string by which the pointer pulls the brush, points; 0 for none.
    pub string: f32,
    /// What a finger on the canvas does.
    pub fingers: Fingers,
    /// What the colour brush paints with.
    pub colors: Colors,
    /// Whether the left button erases too.
    pub eraser: bool,
    /// How far, in each channel, the wand's colours may be from the one that was clicked.
    pub tolerance: u8,
    /// Whether the wand takes only what is connected with the point that was clicked.
    pub contiguous: bool,
    /// What is pointed at to be masked, and how.
    pub pointing: Pointing,
    /// By how much the mask is grown and shrunk, picture pixels.
    pub grow_by: u32,
    /// How the mask is shown.
    pub mask_style: MaskStyle,
    /// Whether it is not shown at all.
    pub mask_hidden: bool,
    /// The frame of the tool that crops and extends.
    frame: frame::CropFrame,
    /// How before is held against after.
    comparing: Comparing,
    /// Whether the artist moved the view, so that it is not fitted again.
    view_kept: bool,
    /// Where the canvas is on the screen, points.
    viewport: Rect,
    hand: Hand,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            view: None,
            tool: Tool::Brush,
            brush: Brush::default(),
            other_brush: Brush::default(),
            color_in_hand: false,
            string: 0.0,
            fingers: Fingers::default(),
            colors: Colors::default(),
            eraser: false,
            tolerance: 24,
            contiguous: true,
            pointing: Pointing::default(),
            grow_by: 4,
            mask_style: MaskStyle {
                look: MaskLook::Tint,
                color: [230, 60, 60],
                opacity: 0.5,
            },
            mask_hidden: false,
            frame: frame::CropFrame::default(),
            comparing: Comparing::default(),
            view_kept: false,
            viewport: Rect::ZERO,
            hand: Hand::default(),
        }
    }
}

impl Board {
    /// How before is held against after.
    pub fn comparison(&self) -> Comparison {
        self.comparing.mode
    }

    /// The view of this frame: the artist's, or fitted anew.
    fn settle_view(&mut self, app_size: crate::raster::Size, scale: f32) {
        let pane = self.pane(0);
        self.view = Some(match self.view {
            Some(view) if self.view_kept => view.clamped(app_size, pane, scale),
            Some(view) if self.tool == Tool::Frame => self.view_of_frame(view, pane, scale),
            Some(view) => view.fitted(app_size, pane, scale),
            None => View::fit(app_size, pane, scale),
        });
    }

    /// How the mask is shown now: a result or comparison is judged without it, until it is worked on.
    ///
    /// An outline hides nothing of a result.
    pub fn mask_now(&self) -> MaskStyle {
        let drawing = matches!(
            self.hand.gesture,
            Gesture::Stroke | Gesture::Span { .. } | Gesture::Lasso { .. }
        );
        let outlined = self.mask_style.look == MaskLook::Outline && !self.is_comparing();
        let working = drawing && !self.tool.is_color();
        let seen = !self.mask_hidden && (working || outlined || !self.is_judging());
        MaskStyle {
            look: if seen {
                self.mask_style.look
            } else {
                MaskLook::Hidden
            },
            ..self.mask_style
        }
    }
}

/// Draws the tools' settings, and hears the pointer on the canvas below them. What it draws there follows by [`paint`], once [effects](Effect) are seen to.
pub(super) fn hear(editor: &mut Editor<'_>, ui: &mut egui::Ui) -> Response {
    let ctx = ui.ctx().clone();
    let bar = Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(6, 2));
    egui::Panel::top("tool options")
        .frame(bar)
        .show(ui, |ui| bars::options(editor, ui));
    editor.board.viewport = ui.available_rect_before_wrap();
    let viewport = editor.board.viewport;
    // Not focusable: the arrow keys and Tab pass it by.
    let response = ui.allocate_rect(viewport, Sense::CLICK | Sense::DRAG);
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Canvas, true, texts::board::CANVAS));
    if editor.board.view.is_none() {
        object::forget(editor, &ctx);
        editor.board.hand.last = None;
        editor.board.view_kept = false;
    }
    frame_tool::settle(editor);
    let scale = ctx.pixels_per_point();
    editor.board.settle_view(editor.document.size(), scale);
    compare::hear_key(editor, &ctx);
    let free = |at: egui::Pos2| is_free(at, viewport, &response);
    let before = editor.board.view;
    pointer::hear(editor, &ctx, free);
    if editor.board.view != before {
        // The line at the bottom was drawn already.
        ctx.request_repaint();
    }
    response
}

/// Draws the canvas.
pub(super) fn paint(editor: &mut Editor<'_>, ui: &mut egui::Ui, response: &Response) {
    let ctx = ui.ctx().clone();
    let scale = ctx.pixels_per_point();
    let viewport = editor.board.viewport;
    editor.board.settle_view(editor.document.size(), scale);
    let over = editor.around.over.clone();
    let judged = editor.around.judged;
    editor.board.judge(judged, editor.document.mask());
    let against = editor.around.against.clone();
    let sides = editor.board.sides(editor.document, over, against);
    let shots = editor.board.shots(&sides);
    if let (Some(view), Some(canvas)) = (editor.board.view, &mut editor.canvas) {
        let size = editor.document.size();
        let most = canvas.max_side();
        if size.width.max(size.height) > most {
            ui.put(
                viewport,
                egui::Label::new(texts::board::too_large(size, most)),
            );
            return;
        }
        let (across, down) = editor.around.recipe.mask_blurs();
        if canvas.sync(editor.document, [across, down], sides.layer.as_ref()) {
            ctx.request_repaint();
        }
        canvas.sync_other(sides.other.as_ref());
        let mask = editor.board.mask_now();
        for shot in &shots {
            let scene = Scene {
                view,
                mask,
                compare: shot.compare,
            };
            canvas.paint(&ui.painter().with_clip_rect(shot.clip), shot.pane, &scene);
        }
    }
    let free = |at: egui::Pos2| is_free(at, viewport, response);
    let hovered = editor.board.hand.pointer.is_some_and(free);
    // What the model saw of a result is no matter any more, and the buttons at the picture would lie over it.
    let result = editor.board.is_judging() && editor.around.over.is_some();
    let shows_context = !editor.board.is_comparing() && !result && editor.board.tool != Tool::Frame;
    let seen = shows_context.then(|| context::frame(&editor.seen()));
    overlay::draw(
        editor.board,
        editor.document,
        ui,
        &shots,
        hovered,
        seen.flatten(),
    );
}

/// Whether a point of the screen is canvas with nothing over it.
fn is_free(at: egui::Pos2, viewport: Rect, canvas: &Response) -> bool {
    let ctx = &canvas.ctx;
    viewport.contains(at)
        && ctx.layer_id_at(at).is_none_or(|top| top == canvas.layer_id)
        && ctx.dragged_id().is_none_or(|id| id == canvas.id)
        && !egui::Popup::is_any_open(ctx)
}

/// The row of that name.
pub(super) fn find(id: &str) -> Option<&'static Row> {
    ACTIONS.iter().copied().flatten().find(|row| row.id == id)
}

/// A row whose key is the painter's own, not the typist's.
const fn row(
    id: &'static str,
    texts: [&'static str; 2],
    menu: Option<Menu>,
    shortcut: Option<KeyboardShortcut>,
    enabled: fn(&Seen<'_>) -> Result<(), String>,
    run: fn(&mut Editor<'_>, &Context),
) -> Row {
    Row::new(id, texts, menu, shortcut, Does { enabled, run })
}
