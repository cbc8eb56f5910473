//! Beside the list of models: the model that is chosen, with what the artist says of it; or the LoRA that is looked at.
//!
//! Does not know how a model is loaded.

use std::path::{Path, PathBuf};

use eframe::egui;

use super::super::room;
use super::super::texts::Caption;
use super::super::texts::library as library_texts;
use super::super::texts::studio as texts;
use super::Host;
use super::models::{self, Finding, Pick};
use super::queue::ModelState;
use super::{foot, loras, suggestion};
use crate::engine::{FileKind, PredictionKind};
use crate::library::{Entry, Said};

/// Width of the details, points.
const WIDTH: f32 = 330.0;

/// What a model may be said to predict, and whether its schedule ends in pure noise.
const PREDICTIONS: [(Option<PredictionKind>, bool); 4] = [
    (None, false),
    (Some(PredictionKind::Epsilon), false),
    (Some(PredictionKind::V), false),
    (Some(PredictionKind::V), true),
];

/// Draws them.
pub fn show(host: &mut Host<'_>, ui: &mut egui::Ui) {
    ui.set_width(WIDTH);
    match host.studio.models.library.selected.clone() {
        Some(path) => lora(host, ui, &path),
        None => model(host, ui),
    }
}

/// The model that is chosen.
fn model(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let path = host.settings.model.clone();
    let name = path.as_ref().and_then(|path| path.file_stem());
    let name = name.map_or(library_texts::BUILT_IN.get().into(), |name| {
        name.to_string_lossy()
    });
    let heading = ui.strong(name);
    if let Some(path) = &path {
        heading.on_hover_text(path.display().to_string());
    }
    let Some(kit) = host.studio.queue.chosen().cloned() else {
        return;
    };
    match host.studio.models.look(ui.ctx(), &kit) {
        Finding::Looking(_) => {
            ui.weak(texts::LOOKING);
        }
        Finding::Found(facts) => {
            ui.label(&facts.what);
            for note in &facts.notes {
                ui.weak(note);
            }
        }
        Finding::Bad(problem) => {
            ui.colored_label(ui.visuals().error_fg_color, problem);
        }
    }
    state(host, ui);
    let studio = &mut *host.studio;
    if let Some(suggestion) = studio.spec().and_then(|spec| spec.suggestion) {
        suggestion::line(ui, &mut studio.recipe, &mut studio.taken, suggestion);
    }
    if let Some(path) = path.filter(|_| host.studio.models.library.found.is_some()) {
        ui.add_space(4.0);
        choices(host, ui, &path);
    }
}

/// How far the engine is with it.
fn state(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let mut again = false;
    let queue = &host.studio.queue;
    let chosen = queue.chosen().map(|kit| &kit.model);
    let held = queue.shelf().models.iter();
    for held in held.filter(|held| Some(&held.kit.model) == chosen) {
        ui.weak(texts::in_memory(held));
    }
    match queue.model() {
        ModelState::None => {}
        ModelState::Loading { part } => {
            let line = texts::loading(part.as_ref());
            let fraction = part.as_ref().map_or(0.0, |part| part.fraction());
            if foot::bar(ui, fraction, line, true, texts::STOP_LOADING_TOOLTIP.get()) {
                host.studio.queue.stop_load();
            }
        }
        ModelState::Ready(info) => {
            let good = egui::RichText::new(texts::model_runs(info)).strong();
            ui.label(good);
            for note in &info.notes {
                ui.weak(note);
            }
        }
        ModelState::Failed(problem) => {
            ui.colored_label(ui.visuals().error_fg_color, problem);
            again = ui
                .button(texts::LOAD_AGAIN)
                .on_hover_text(texts::LOAD_AGAIN_TOOLTIP)
                .clicked();
        }
    }
    if again {
        models::load(host);
    }
}

/// What the artist says of a model: what its file does not, and what goes with it.
fn choices(host: &mut Host<'_>, ui: &mut egui::Ui, path: &Path) {
    let before = models::said(host.studio, host.settings)
        .cloned()
        .unwrap_or_else(|| Said::of(path));
    let mut said = before.clone();
    let mut pick = None;
    let entries = host.studio.models.library.entries();
    egui::Grid::new("said").num_columns(2).show(ui, |ui| {
        let predicts = (said.prediction(), said.zero_snr);
        let mut wanted = predicts;
        let name = ui.label(texts::PREDICTS.label());
        let list = egui::ComboBox::from_id_salt("prediction")
            .width(210.0)
            .selected_text(texts::predicts(predicts))
            .show_ui(ui, |ui| {
                for one in PREDICTIONS {
                    ui.selectable_value(&mut wanted, one, texts::predicts(one));
                }
            });
        list.response
            .labelled_by(name.id)
            .on_hover_text(texts::PREDICTS.tooltip());
        if wanted != predicts {
            said.set_prediction(wanted.0);
            said.zero_snr = wanted.1;
        }
        ui.end_row();
        let vae = |entry: &&Entry| entry.kind == FileKind::Vae;
        let text = |entry: &&Entry| {
            let what = entry.refused.as_deref().unwrap_or_default();
            entry.kind == FileKind::Other && what.contains("text encoder")
        };
        if part(ui, &texts::VAE, entries.iter().filter(vae), &mut said.vae) {
            pick = Some((|said: &mut Said| &mut said.vae) as fn(&mut Said) -> &mut _);
        }
        let texts = entries.iter().filter(text);
        if part(ui, &texts::TEXT_ENCODER, texts, &mut said.text_encoder) {
            pick = Some(|said: &mut Said| &mut said.text_encoder);
        }
    });
    if let Some(part) = pick {
        models::ask(host, ui.ctx(), Pick::Part(said, part));
    } else if said != before {
        models::say(host, said);
    }
}

/// What stands in the place of a part of the model; whether a file is to be asked for.
fn part<'a>(
    ui: &mut egui::Ui,
    caption: &Caption,
    found: impl Iterator<Item = &'a Entry>,
    chosen: &mut Option<PathBuf>,
) -> bool {
    let mut pick = false;
    let name = ui.label(caption.label());
    let shown = chosen.as_deref();
    let shown = shown.map_or(texts::ITS_OWN.into(), room::stem);
    let list = egui::ComboBox::from_id_salt(caption.id())
        .width(210.0)
        .truncate()
        .selected_text(shown)
        .show_ui(ui, |ui| {
            ui.selectable_value(chosen, None, texts::ITS_OWN);
            for entry in found {
                let path = Some(entry.path.clone());
                ui.selectable_value(chosen, path, &entry.name)
                    .on_hover_text(entry.path.display().to_string());
            }
            pick = ui.selectable_label(false, texts::A_FILE).clicked();
        });
    list.response
        .labelled_by(name.id)
        .on_hover_text(caption.tooltip());
    ui.end_row();
    pick
}

/// The LoRA that is looked at.
fn lora(host: &mut Host<'_>, ui: &mut egui::Ui, path: &Path) {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut back = false;
    ui.horizontal(|ui| {
        ui.strong(&*name).on_hover_text(path.display().to_string());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let button = ui.small_button(library_texts::TO_MODEL);
            back = button
                .on_hover_text(library_texts::TO_MODEL_TOOLTIP)
                .clicked();
        });
    });
    let studio = &mut *host.studio;
    let mut words = None;
    if let Some(about) = studio.loras.about(ui.ctx(), path) {
        for line in library_texts::about(about) {
            ui.add(egui::Label::new(line).wrap());
        }
        if about.words.is_empty() {
            ui.weak(library_texts::NO_WORDS);
        } else {
            ui.weak(library_texts::WORDS);
            words = loras::chips(ui, about, &studio.recipe.prompt);
        }
        if let Some(suggestion) = about.suggestion {
            suggestion::line(ui, &mut studio.recipe, &mut studio.taken, suggestion);
        }
    }
    if let Some(words) = words {
        loras::append(&mut studio.recipe.prompt, &words, ", ");
    }
    if back {
        studio.models.library.selected = None;
    }
}
