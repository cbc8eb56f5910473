//! Rows that move the view.
//!
//! Does not know how a view is drawn.

use eframe::egui::{self, Key, Modifiers, Pos2, Rect, ViewportCommand, pos2, vec2};

use super::editor::{Editor, Row, always};
use super::gesture::Gesture;
use super::{Board, key, row};
use crate::canvas::View;
use crate::raster;
use crate::ui::row::Menu;
use crate::ui::texts::board as say;

/// Zooms that stepping stops at, physical screen pixels per picture pixel.
const STOPS: &[f32] = &[
    0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.33, 0.5, 0.67, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0,
    8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0,
];

/// As near as this a drag takes a right angle, degrees.
const SNAP: f32 = 3.0;

/// The part of the masked rectangle's sides that is seen around it.
const AROUND_MASK: f32 = 0.15;

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

    /// Rotates the view by a drag about the middle of what is seen, from where it was at first; near an upright or lying one it takes that.
    pub(super) fn rotate(&mut self, [from, to]: [Pos2; 2], first: f32, pane: Rect) {
        let angle = |at: Pos2| (at - pane.center()).angle().to_degrees();
        let degrees = first + angle(to) - angle(from);
        let right = (degrees / 90.0).round() * 90.0;
        let degrees = match (degrees - right).abs() < SNAP {
            true => right,
            false => degrees,
        };
        self.view = self.view.map(|view| view.with_degrees(degrees));
        self.view_kept = true;
    }

    /// How the view is rotated and mirrored, in words; none while it is neither, unless it is being rotated.
    pub(super) fn turn_now(&self) -> Option<String> {
        let view = self.view?;
        let rotating = matches!(self.hand.gesture, Gesture::Rotate { .. });
        let turned = rotating || view.degrees() != 0.0 || view.is_mirrored();
        turned.then(|| say::turn(view.degrees(), view.is_mirrored()))
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
        "view.fit_width",
        [
            "Fit width",
            "Show the picture's whole width, or its height where the view lies on its side.",
        ],
        Some(Menu::View),
        key(Modifiers::COMMAND, Key::Num2),
        always,
        |editor, ctx| {
            let size = editor.document.size();
            let whole =
                Rect::from_min_size(Pos2::ZERO, vec2(size.width as f32, size.height as f32));
            let pane = editor.board.pane(0);
            let board = &mut editor.board;
            board.look(ctx, |view, scale| view.fitted_across(whole, pane, scale));
        },
    )
    .while_typing(),
    row(
        "view.fit_mask",
        [
            "Fit mask",
            "Show what is masked, as large as there is room for it.",
        ],
        Some(Menu::View),
        key(Modifiers::COMMAND, Key::Num3),
        |seen| match seen.document.mask_bounds() {
            Some(_) => Ok(()),
            None => Err(say::NO_MASK.into()),
        },
        fit_mask,
    )
    .while_typing(),
    row(
        "view.rotate_left",
        [
            "Rotate view left",
            "Rotate what you see by a quarter against the clock; the picture itself stays as it is.",
        ],
        Some(Menu::View),
        key(Modifiers::NONE, Key::Comma),
        always,
        |editor, _| editor.board.turn(|view| view.rotated(-90.0)),
    ),
    row(
        "view.rotate_right",
        [
            "Rotate view right",
            "Rotate what you see by a quarter with the clock; the picture itself stays as it is.",
        ],
        Some(Menu::View),
        key(Modifiers::NONE, Key::Period),
        always,
        |editor, _| editor.board.turn(|view| view.rotated(90.0)),
    ),
    row(
        "view.mirror",
        [
            "Mirror view",
            "See left and right exchanged, which shows what is drawn askew; the picture itself stays as it is.",
        ],
        Some(Menu::View),
        key(Modifiers::NONE, Key::M),
        always,
        |editor, _| editor.board.turn(View::mirrored),
    ),
    row(
        "view.upright",
        [
            "View upright",
            "See the picture as it is again, neither turned nor mirrored.",
        ],
        Some(Menu::View),
        key(Modifiers::NONE, Key::Home),
        always,
        |editor, _| editor.board.turn(View::upright),
    ),
    row(
        "view.full_screen",
        ["Full screen", "Use all of the screen, or the window again."],
        Some(Menu::View),
        key(Modifiers::NONE, Key::F11),
        always,
        |_, ctx| {
            let full = ctx.input(|input| input.viewport().fullscreen) == Some(true);
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!full));
        },
    )
    .while_typing(),
];

fn fit_mask(editor: &mut Editor<'_>, ctx: &egui::Context) {
    let Some(raster::Rect {
        left,
        top,
        right,
        bottom,
    }) = editor.document.mask_bounds()
    else {
        return;
    };
    let corner = |x: u32, y: u32| pos2(x as f32, y as f32);
    let masked = Rect::from_min_max(corner(left, top), corner(right, bottom));
    let part = masked.expand2(masked.size() * AROUND_MASK);
    let pane = editor.board.pane(0);
    let board = &mut editor.board;
    board.look(ctx, |view, scale| view.fitted_to(part, pane, scale));
}

impl Board {
    /// Rotates or mirrors the view; it stays fitted where it was.
    fn turn(&mut self, turn: impl FnOnce(View) -> View) {
        self.view = self.view.map(turn);
    }
}
