//! Choosing the model of a work beside repainting: among those of the library, or by its file.
//!
//! Does not know what it does.

use std::path::PathBuf;

use eframe::egui::{self, Ui};

use super::room::stem;
use super::texts::prepare as texts;

/// Draws the choice, with a row for none where that is called something; whether a file is wanted that is not among them.
pub(super) fn choose(
    ui: &mut Ui,
    [label, tip]: [&str; 2],
    without: Option<&str>,
    chosen: &mut Option<PathBuf>,
    all: &[(String, PathBuf)],
) -> bool {
    let mut other = false;
    ui.horizontal(|ui| {
        let label = ui.label(label).on_hover_text(tip);
        let nothing = without.unwrap_or(texts::NO_FILE.get()).to_owned();
        let named = |path: &PathBuf| {
            let entry = all.iter().find(|(_, own)| own == path);
            entry.map_or_else(|| stem(path), |(name, _)| name.clone())
        };
        let shown = chosen.as_ref().map_or(nothing, named);
        let combo = egui::ComboBox::from_id_salt(tip)
            .width(250.0)
            .selected_text(shown);
        let combo = combo.show_ui(ui, |ui| {
            if let Some(without) = without
                && ui.selectable_label(chosen.is_none(), without).clicked()
            {
                *chosen = None;
            }
            for (name, path) in all {
                let is_it = chosen.as_ref() == Some(path);
                if ui.selectable_label(is_it, name).clicked() {
                    *chosen = Some(path.clone());
                }
            }
            other = ui.selectable_label(false, texts::OTHER_FILE).clicked();
        });
        combo.response.labelled_by(label.id).on_hover_text(tip);
    });
    other
}
