//! What the source of a recipe said beside it: shown and handed on, never used.
//!
//! Does not know where a recipe came from.

use eframe::egui;

use super::super::texts::recipes as texts;
use crate::recipe::excerpt::{QUOTE, excerpt};
use crate::recipe::parsed::Others;

/// Draws them, folded; gives whether they are no longer wanted.
pub fn show(ui: &mut egui::Ui, others: Option<&Others>) -> bool {
    let Some(Others { name, pairs, .. }) = others else {
        return false;
    };
    let title = texts::others(pairs.len());
    let mut forget = false;
    egui::CollapsingHeader::new(egui::RichText::new(title).strong())
        .id_salt("not used here")
        .show_unindented(ui, |ui| {
            ui.label(egui::RichText::new(texts::others_from(name)).weak());
            for (key, value) in pairs {
                let mut line = egui::text::LayoutJob::default();
                let font = egui::TextStyle::Small.resolve(ui.style());
                let format = |color| egui::TextFormat::simple(font.clone(), color);
                line.append(&format!("{key}: "), 0.0, format(ui.visuals().text_color()));
                line.append(
                    &excerpt(value, 4 * QUOTE),
                    0.0,
                    format(ui.visuals().weak_text_color()),
                );
                ui.add(egui::Label::new(line).wrap());
            }
            forget = ui
                .small_button(texts::OTHERS_FORGET)
                .on_hover_text(texts::OTHERS_FORGET_TOOLTIP)
                .clicked();
        })
        .header_response
        .on_hover_text(texts::OTHERS_TOOLTIP);
    forget
}
