//! A dialog over the window with the buttons that all dialogs have: one that does it, and Cancel; Enter and Escape press them.
//!
//! Does not know what it is about.

use eframe::egui::{self, Key, Modifiers, Ui};

use super::texts::prepare as texts;
use super::theme;

/// How a dialog stands after a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It stays open.
    Open,
    /// It is to be done.
    Done,
    /// Nothing is to be done.
    Cancelled,
}

/// Draws a dialog: `rows` draws what is chosen and gives why it cannot be done.
pub(super) fn show(
    ctx: &egui::Context,
    title: &str,
    done: &str,
    rows: impl FnOnce(&mut Ui) -> Result<(), String>,
) -> Answer {
    // Enter ends what is typed into a field first.
    let enter = !ctx.text_edit_focused() && take_enter(ctx);
    show_with(ctx, title, done, enter, rows)
}

/// Whether Enter was pressed, which nobody else hears then.
pub(super) fn take_enter(ctx: &egui::Context) -> bool {
    ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
}

/// As [`show`], where `enter` presses the button.
pub(super) fn show_with(
    ctx: &egui::Context,
    title: &str,
    done: &str,
    enter: bool,
    rows: impl FnOnce(&mut Ui) -> Result<(), String>,
) -> Answer {
    let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(14);
    let modal = egui::Modal::new(egui::Id::unique(("dialog", title)))
        .frame(frame)
        .backdrop_color(theme::scrim());
    let response = modal.show(ctx, |ui| {
        ui.set_width(360.0);
        ui.heading(title);
        ui.add_space(6.0);
        let possible = rows(ui);
        ui.add_space(10.0);
        ui.horizontal(|ui| {
            let button = egui::Button::new(done).selected(possible.is_ok());
            let mut button = ui.add_enabled(possible.is_ok(), button);
            if let Err(reason) = &possible {
                button = button.on_disabled_hover_text(reason);
            }
            let does = button.clicked() || (enter && possible.is_ok());
            let cancel = ui.button(texts::CANCEL);
            let stops = cancel.clicked();
            match (does && !(enter && cancel.has_focus()), stops) {
                (true, _) => Answer::Done,
                (_, true) => Answer::Cancelled,
                _ if enter && cancel.has_focus() => Answer::Cancelled,
                _ => Answer::Open,
            }
        })
        .inner
    });
    match response.inner {
        Answer::Open if response.should_close() => Answer::Cancelled,
        answer => answer,
    }
}

/// A row of a grid: a name, and a number of pixels or percent.
pub(super) fn number<N: egui::emath::Numeric>(
    ui: &mut Ui,
    [name, tip, unit]: [&str; 3],
    value: &mut N,
    range: std::ops::RangeInclusive<N>,
    speed: f64,
) -> bool {
    let label = ui.label(name).on_hover_text(tip);
    let number = egui::DragValue::new(value)
        .range(range)
        .speed(speed)
        .max_decimals(2)
        .suffix(unit)
        // The other numbers follow when it is typed, not with every digit.
        .update_while_editing(false);
    let response = ui.add(number).labelled_by(label.id).on_hover_text(tip);
    ui.end_row();
    response.changed()
}
