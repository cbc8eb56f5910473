//! What the source of a recipe said beside it: shown and handed on, never used.
//!
//! Does not know where a recipe came from.

use eframe::egui;

use super::super::texts::recipes as texts;
use crate::recipe::Parsed;

/// Keys and values that the recipe in the panel has no place for.
#[derive(Debug)]
pub struct Others {
    /// What they stood in.
    pub name: String,
    /// What was read there.
    pub source: Parsed,
}

/// Draws them, folded; gives whether they are no longer wanted.
pub fn show(ui: &mut egui::Ui, others: Option<&Others>) -> bool {
    let Some(Others { name, source }) = others else {
        return false;
    };
    let title = texts::others(source.others.len());
    let mut forget = false;
    egui::CollapsingHeader::new(egui::RichText::new(title).strong())
        .id_salt("not used here")
        .show_unindented(ui, |ui| {
            ui.label(egui::RichText::new(texts::others_from(name)).weak());
            for (key, value) in &source.others {
                let mut line = egui::text::LayoutJob::default();
                let font = egui::TextStyle::Small.resolve(ui.style());
                let format = |color| egui::TextFormat::simple(font.clone(), color);
                line.append(&format!("{key}: "), 0.0, format(ui.visuals().text_color()));
                line.append(value, 0.0, format(ui.visuals().weak_text_color()));
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
