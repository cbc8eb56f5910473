//! Choosing the model of a work beside repainting: among those of the library, or by its file.
//!
//! Does not know what it does.

use std::path::{Path, PathBuf};

use eframe::egui::{self, Ui};

use super::dialog::Wanted;
use super::files;
use crate::ui::app::App;
use crate::ui::texts::prepare as texts;

/// Takes the file that was chosen.
pub(super) fn chosen(app: &mut App, wanted: Wanted, path: PathBuf) {
    let settings = &mut app.shell.settings;
    match wanted {
        Wanted::Detector => settings.detector = Some(path),
        Wanted::Segmenter => settings.segmenter = Some(path),
        Wanted::Tagger => settings.tagger = Some(path),
        Wanted::Sam => settings.sam = Some(path),
        _ => {
            settings.upscaler = Some(path);
            if let Some(scaling) = &mut app.shell.scaling {
                scaling.upscale = true;
            }
        }
    }
}

/// Asks for the file of a detector.
pub(in crate::ui) fn ask_for_detector(app: &mut App, ctx: &egui::Context) {
    if !app.shell.dialog.is_open() {
        files::ask(&mut app.shell, ctx, Wanted::Detector);
    }
}

/// Draws the choice, with a row for none where that is called something; whether a file is wanted that is not among them.
pub(in crate::ui) fn choose(
    ui: &mut Ui,
    [label, tip]: [&str; 2],
    without: Option<&str>,
    chosen: &mut Option<PathBuf>,
    all: &[(String, PathBuf)],
) -> bool {
    let mut other = false;
    ui.horizontal(|ui| {
        let label = ui.label(label).on_hover_text(tip);
        let nothing = without.unwrap_or(texts::NO_FILE).to_owned();
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

/// The name of a file without its ending.
pub(in crate::ui) fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    stem.to_string_lossy().into_owned()
}
