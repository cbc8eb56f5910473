//! The canvas and what is done on it by hand: looking, painting, selecting, comparing.
//!
//! Does not know the engine: a candidate or a preview comes in as a [`Layer`](crate::canvas::Layer).

mod bars;
mod colors;
mod compare;
mod context;
mod frame;
mod frame_tool;
mod gesture;
mod icon;
mod mask_rows;
mod overlay;
mod pointer;
mod remembered;
mod sketch_rows;
mod status;
mod tool;
mod view_rows;

use eframe::egui::{self, Context, Frame, Key, KeyboardShortcut, Margin, Modifiers, Rect, Sense};

use super::action::Action;
use super::app::App;
use super::texts;
use crate::canvas::{MaskLook, MaskStyle, Scene, View};
use crate::document::Brush;

pub(super) use bars::{TOOL_BAR, tool_bar, tool_frame};
pub use colors::Colors;
pub use compare::Comparison;
pub use frame::Proportion;
pub(super) use frame_tool::MODEL_SIZES;
pub(super) use mask_rows::title;
pub use remembered::Remembered;
pub(super) use sketch_rows::MASK_SKETCH;
pub(super) use status::status_bar;
pub use tool::Tool;

use compare::Comparing;
use gesture::{Gesture, Hand};

/// Rows of the canvas, the mask and the view.
pub(super) const ACTIONS: &[&[Action]] = &[
    mask_rows::EDITS,
    frame_tool::ACTIONS,
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
    /// The brush of both mouse buttons, for the mask and for colour.
    pub brush: Brush,
    /// What the colour brush paints with.
    pub colors: Colors,
    /// Whether the left button erases too.
    pub eraser: bool,
    /// How far, in each channel, the wand's colours may be from the one that was clicked.
    pub tolerance: u8,
    /// Whether the wand takes only what is connected with the point that was clicked.
    pub contiguous: bool,
    /// By how much the mask is grown and shrunk, picture pixels.
    pub grow_by: u32,
    /// How the mask is shown.
    pub mask_style: MaskStyle,
    /// Whether it is not shown at all.
    pub mask_hidden: bool,
    /// The frame of the tool that crops and extends.
    frame: frame::Frame,
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
            brush: Brush {
                radius: 20.0,
                hardness: 0.8,
                opacity: 1.0,
                size_by_pressure: true,
                opacity_by_pressure: false,
            },
            colors: Colors::default(),
            eraser: false,
            tolerance: 24,
            contiguous: true,
            grow_by: 4,
            mask_style: MaskStyle {
                look: MaskLook::Tint,
                color: [230, 60, 60],
                opacity: 0.5,
            },
            mask_hidden: false,
            frame: frame::Frame::default(),
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

/// Draws the canvas and hears the pointer.
pub(super) fn canvas_panel(app: &mut App, ui: &mut egui::Ui) {
    let ctx = ui.ctx().clone();
    let bar = Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(6, 2));
    egui::Panel::top("tool options")
        .frame(bar)
        .show(ui, |ui| bars::options(app, ui));
    app.board.viewport = ui.available_rect_before_wrap();
    let viewport = app.board.viewport;
    // Not focusable: the arrow keys and Tab pass it by.
    let response = ui.allocate_rect(viewport, Sense::CLICK | Sense::DRAG);
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Canvas, true, texts::board::CANVAS));
    if app.board.view.is_none() {
        app.board.drop_gesture(&mut app.document);
        app.board.hand.last = None;
        app.board.view_kept = false;
    }
    frame_tool::settle(app);
    let scale = ctx.pixels_per_point();
    app.board.settle_view(app.document.size(), scale);
    compare::hear_key(app, &ctx);
    let layer = ui.layer_id();
    let free = |at: egui::Pos2| {
        viewport.contains(at)
            && ctx.layer_id_at(at).is_none_or(|top| top == layer)
            && ctx.dragged_id().is_none_or(|id| id == response.id)
            && !egui::Popup::is_any_open(&ctx)
    };
    pointer::hear(app, &ctx, free);
    app.board.settle_view(app.document.size(), scale);

    let over = app.studio.layer();
    let result = over.as_ref().filter(|_| app.studio.shows_result());
    app.board
        .judge(result.map(|layer| layer.id), app.document.mask());
    let sides = app.board.sides(&app.document, over);
    let shots = app.board.shots(&sides);
    if let (Some(view), Some(canvas)) = (app.board.view, &mut app.canvas) {
        let size = app.document.size();
        let most = canvas.max_side();
        if size.width.max(size.height) > most {
            ui.put(
                viewport,
                egui::Label::new(texts::board::too_large(size, most)),
            );
            return;
        }
        let (across, down) = app.studio.recipe.mask_blurs();
        if canvas.sync(&mut app.document, [across, down], sides.layer.as_ref()) {
            ctx.request_repaint();
        }
        let mask = app.board.mask_now();
        for shot in &shots {
            let scene = Scene {
                view,
                mask,
                compare: shot.compare,
            };
            canvas.paint(&ui.painter().with_clip_rect(shot.clip), shot.pane, &scene);
        }
    }
    let hovered = app.board.hand.pointer.is_some_and(free);
    let shows_context = !app.board.is_comparing() && app.board.tool != Tool::Frame;
    let seen = shows_context.then(|| context::frame(app));
    overlay::draw(
        &app.board,
        &app.document,
        ui,
        &shots,
        hovered,
        seen.flatten(),
    );
}

/// A row whose key is the painter's own, not the typist's.
const fn row(
    id: &'static str,
    [label, tooltip]: [&'static str; 2],
    menu: Option<super::action::Menu>,
    shortcut: Option<KeyboardShortcut>,
    enabled: fn(&App) -> Result<(), String>,
    run: fn(&mut App, &Context),
) -> Action {
    Action {
        id,
        label,
        tooltip,
        menu,
        shortcut,
        while_typing: false,
        enabled,
        run,
    }
}

/// A row's key.
const fn key(modifiers: Modifiers, key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(modifiers, key))
}
