//! Rows that move the view.
//!
//! Does not know how a view is drawn.

use eframe::egui::{self, Key, Modifiers};

use super::editor::{Row, always};
use super::{Board, key, row};
use crate::canvas::View;
use crate::ui::row::Menu;

/// Zooms that stepping stops at, physical screen pixels per picture pixel.
const STOPS: &[f32] = &[
    0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.33, 0.5, 0.67, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0,
    8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0,
];

/// The stop after a zoom, or before it; the last one beyond the ends.
fn stop(zoom: f32, closer: bool) -> f32 {
    // A zoom that is a stop but for rounding counts as that stop.
    let (above, below) = (zoom * 1.001, zoom / 1.001);
    let stop = if closer {
        STOPS.iter().find(|&&stop| stop > above)
    } else {
        STOPS.iter().rfind(|&&stop| stop < below)
    };
    stop.copied().unwrap_or(zoom)
}

impl Board {
    /// Zooms about the middle of what is seen.
    fn zoom(&mut self, ctx: &egui::Context, zoom: impl Fn(f32) -> f32) {
        let middle = self.viewport.center();
        let pane = self.viewport;
        self.look(ctx, |view, scale| {
            view.with_zoom_at(zoom(view.zoom()), middle, pane, scale)
        });
    }

    /// Changes the view on behalf of the artist, who keeps it from now on.
    pub(super) fn look(&mut self, ctx: &egui::Context, change: impl FnOnce(View, f32) -> View) {
        if let Some(view) = self.view {
            self.view = Some(change(view, ctx.pixels_per_point()));
            self.view_kept = true;
        }
    }
}

/// Rows that move the view.
pub(super) const ACTIONS: &[Row] = &[
    row(
        "view.fit",
        ["Fit picture", "Show the whole picture."],
        Some(Menu::View),
        key(Modifiers::COMMAND, Key::Num0),
        always,
        |editor, _| editor.board.view_kept = false,
    )
    .while_typing(),
    row(
        "view.actual",
        [
            "Actual size",
            "Show each pixel of the picture as one pixel of the screen.",
        ],
        Some(Menu::View),
        key(Modifiers::COMMAND, Key::Num1),
        always,
        |editor, ctx| editor.board.zoom(ctx, |_| 1.0),
    )
    .while_typing(),
    row(
        "view.zoom_in",
        ["Zoom in", "Look closer."],
        Some(Menu::View),
        key(Modifiers::COMMAND, Key::Plus),
        always,
        |editor, ctx| editor.board.zoom(ctx, |zoom| stop(zoom, true)),
    )
    .while_typing(),
    row(
        "view.zoom_out",
        ["Zoom out", "Step back."],
        Some(Menu::View),
        key(Modifiers::COMMAND, Key::Minus),
        always,
        |editor, ctx| editor.board.zoom(ctx, |zoom| stop(zoom, false)),
    )
    .while_typing(),
    row(
        "view.rotate_left",
        [
            "Turn view left",
            "Turn what you see by a quarter against the clock; the picture itself stays as it is.",
        ],
        Some(Menu::View),
        key(Modifiers::NONE, Key::Comma),
        always,
        |editor, _| editor.board.turn(-1),
    ),
    row(
        "view.rotate_right",
        [
            "Turn view right",
            "Turn what you see by a quarter with the clock; the picture itself stays as it is.",
        ],
        Some(Menu::View),
        key(Modifiers::NONE, Key::Period),
        always,
        |editor, _| editor.board.turn(1),
    ),
];

impl Board {
    /// Turns the view; it stays fitted where it was.
    fn turn(&mut self, quarter_turns: i32) {
        self.view = self.view.map(|view| view.rotated(quarter_turns));
    }
}
