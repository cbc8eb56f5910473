//! The line at the bottom: the mask's coverage and place, always; the picture, the view, the pointer.
//!
//! Does not know how any of it came about.

use eframe::egui::{self, Label, Ui};

use super::editor::Seen;
use crate::ui::texts::board as say;

/// Draws the line at the bottom, which ends with `line`.
pub(in crate::ui) fn status_bar(seen: &Seen<'_>, ui: &mut Ui, line: String) {
    let size = seen.document.size();
    ui.horizontal(|ui| {
        ui.label(say::mask(
            seen.document.coverage(),
            seen.document.mask_bounds(),
        ))
        .on_hover_text(say::MASK_STATUS_TIP);
        ui.separator();
        ui.label(say::picture(size));
        ui.separator();
        if let Some(view) = seen.board.view {
            ui.label(say::zoom(view.zoom()));
        }
        if let Some(turn) = seen.board.turn_now() {
            ui.separator();
            ui.label(turn).on_hover_text(say::TURN_TIP);
        }
        let scale = ui.ctx().pixels_per_point();
        let point = seen.board.hand.pointer.and_then(|at| {
            let pane = seen.board.pane_at(at);
            let over = seen.board.pane(pane).contains(at);
            seen.board
                .picture_from_screen(at, pane, scale)
                .filter(|_| over)
        });
        if let Some(point) = point {
            let (x, y) = (point.x.floor() as i64, point.y.floor() as i64);
            let inside = |at: i64, side: u32| (0..i64::from(side)).contains(&at);
            let text = say::pointer(x, y);
            ui.separator();
            ui.add_enabled(
                inside(x, size.width) && inside(y, size.height),
                Label::new(text),
            );
        }
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        ui.with_layout(layout, |ui| {
            ui.add(Label::new(line).truncate());
        });
    });
}
