//! The canvas and what is done on it by hand: looking, painting, selecting, comparing.
//!
//! Does not know the engine: a candidate or a preview comes in as a [`Layer`](crate::canvas::Layer).

use eframe::egui;

use super::action::{Action, Menu, always};
use super::app::App;
use crate::canvas::{Compare, MaskLook, MaskStyle, Scene, View};
use crate::document::Brush;

/// Rows of the canvas, the mask and the view.
pub(super) const ACTIONS: &[Action] = &[Action {
    id: "view.fit",
    label: "Fit picture",
    tooltip: "Show the whole picture.",
    menu: Some(Menu::View),
    shortcut: Some(egui::KeyboardShortcut::new(
        egui::Modifiers::COMMAND,
        egui::Key::Num0,
    )),
    while_typing: true,
    enabled: always,
    run: |app, _| app.board.view = None,
}];

/// How the document is looked at and painted on.
pub struct Board {
    /// The view; fitted to the window in the next frame when absent.
    pub view: Option<View>,
    /// The brush of both mouse buttons.
    pub brush: Brush,
    /// How the mask is shown.
    pub mask_style: MaskStyle,
    /// How a candidate is held against the picture.
    pub compare: Compare,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            view: None,
            brush: Brush {
                radius: 20.0,
                hardness: 0.8,
                opacity: 1.0,
                size_by_pressure: true,
                opacity_by_pressure: false,
            },
            mask_style: MaskStyle {
                look: MaskLook::Tint,
                color: [230, 60, 60],
                opacity: 0.5,
            },
            compare: Compare::Layer,
        }
    }
}

/// Draws the canvas and hears the pointer.
pub(super) fn canvas_panel(app: &mut App, ui: &mut egui::Ui) {
    let viewport = ui.available_rect_before_wrap();
    let pixels_per_point = ui.ctx().pixels_per_point();
    let view = *app
        .board
        .view
        .get_or_insert_with(|| View::fit(app.document.size(), viewport, pixels_per_point));
    let _response = ui.allocate_rect(viewport, egui::Sense::click_and_drag());
    let Some(canvas) = &mut app.canvas else {
        return;
    };
    let blur = app.studio.recipe.mask_blur;
    let layer = app.studio.layer();
    canvas.sync(&mut app.document, [blur, blur], layer.as_ref());
    let scene = Scene {
        view,
        mask: app.board.mask_style,
        compare: app.board.compare,
    };
    canvas.paint(ui.painter(), viewport, &scene);
}

/// Draws the tools.
pub(super) fn tool_bar(_app: &mut App, _ui: &mut egui::Ui) {}

/// Draws the line at the bottom.
pub(super) fn status_bar(app: &mut App, ui: &mut egui::Ui) {
    ui.label(app.document.size().to_string());
}
