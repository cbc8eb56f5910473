//! How a model or a LoRA that is made for few steps wants to be run: a line, and the button that takes it.
//!
//! Does not know where the suggestion comes from.

use eframe::egui;

use super::super::texts::library as texts;
use crate::recipe::{Recipe, Suggestion};

/// The suggestion that was taken last, and what the recipe said before.
#[derive(Default)]
pub struct Taken(Option<(Suggestion, Suggestion)>);

/// Draws the line while the recipe says something else, or can be put back.
pub fn line(ui: &mut egui::Ui, recipe: &mut Recipe, taken: &mut Taken, suggestion: Suggestion) {
    let now = Suggestion::of(recipe);
    let before = taken
        .0
        .filter(|(after, _)| *after == now && now == suggestion);
    let (label, tooltip, other) = match before {
        _ if now != suggestion => (texts::TAKE, texts::TAKE_TOOLTIP, suggestion),
        Some((_, before)) => (texts::PUT_BACK, texts::PUT_BACK_TOOLTIP, before),
        None => return,
    };
    ui.horizontal_wrapped(|ui| {
        let line = egui::RichText::new(texts::made_for(&suggestion)).small();
        ui.label(line);
        if ui.small_button(label).on_hover_text(tooltip).clicked() {
            taken.0 = before.is_none().then_some((suggestion, now));
            other.put_into(recipe);
        }
    });
}
