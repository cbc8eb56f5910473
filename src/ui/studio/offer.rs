//! The model that a recipe was made with, offered where it lies on this machine.
//!
//! Looks for it on a thread. Does not know where the recipe came from.

use std::path::{Path, PathBuf};

use eframe::egui;

use super::super::app::App;
use super::super::texts::library as texts;
use super::super::thread::Pending;
use super::library;
use crate::engine::{FileKind, model_hash};
use crate::recipe::infotext::{MODEL, MODEL_HASH};
use crate::recipe::parsed::Others;

/// What a recipe says of its model: name and hash.
type Named = (Option<String>, Option<String>);

/// The offer.
#[derive(Default)]
pub struct Offer {
    /// Of what it was looked for.
    of: Option<Named>,
    looking: Option<Pending<Option<PathBuf>>>,
    found: Option<PathBuf>,
}

/// What the source of the recipe says of its model.
fn named(others: &Others) -> Named {
    let said = |key: &str| {
        let mut pairs = others.pairs.iter();
        let (_, value) = pairs.find(|(own, _)| own.eq_ignore_ascii_case(key))?;
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    (said(MODEL), said(MODEL_HASH))
}

/// Looks for the model of another recipe than before.
pub fn logic(app: &mut App, ctx: &egui::Context) {
    let studio = &mut app.studio;
    let named = studio.others.as_ref().map(named);
    let offer = &mut studio.offer;
    if let Some(found) = offer.looking.as_ref().and_then(Pending::poll) {
        offer.looking = None;
        offer.found = found.ok().flatten();
    }
    let library = &studio.models.library;
    if offer.of == named || library.found.is_none() {
        return;
    }
    *offer = Offer {
        of: named.clone(),
        ..Offer::default()
    };
    let Some((name, hash)) = named else { return };
    let models = library.entries().iter();
    let models = models.filter(|one| one.kind == FileKind::Checkpoint && one.refused.is_none());
    let models: Vec<_> = models
        .map(|one| (one.name.to_lowercase(), one.path.clone()))
        .collect();
    let home = app.shell.places().library.clone();
    let work = move || {
        let folder = home
            .as_ref()
            .and_then(|home| home.memory.as_deref()?.parent());
        let kept = hash.and_then(|hash| model_hash::known(&hash, folder?));
        let name = name.unwrap_or_default().to_lowercase().replace('\\', "/");
        let name = name.strip_suffix(".safetensors").unwrap_or(&name);
        let stem = name.rsplit('/').next().unwrap_or(name);
        let called = || models.into_iter().find(|(own, _)| own == stem);
        kept.or_else(|| called().map(|(_, path)| path))
    };
    offer.looking = Pending::start(ctx, "model of a recipe", work).ok();
}

/// Draws the offer, while another model is chosen.
pub fn show(app: &mut App, ui: &mut egui::Ui) {
    let Some(path) = app.studio.offer.found.clone() else {
        return;
    };
    if app.shell.settings.model.as_ref() == Some(&path) {
        return;
    }
    let name = Path::new(&path)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    let (mut taken, mut left) = (false, false);
    egui::Frame::new()
        .fill(ui.visuals().faint_bg_color)
        .stroke(ui.visuals().widgets.noninteractive.bg_stroke)
        .corner_radius(4)
        .inner_margin(egui::Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(texts::made_with(&name))
                .on_hover_text(path.display().to_string());
            ui.horizontal(|ui| {
                let take = egui::Button::new(texts::USE_ITS_MODEL).selected(true);
                taken = ui
                    .add(take)
                    .on_hover_text(texts::USE_ITS_MODEL_TOOLTIP)
                    .clicked();
                let leave = ui.button(texts::LEAVE_MODEL);
                left = leave.on_hover_text(texts::LEAVE_MODEL_TOOLTIP).clicked();
            });
        });
    ui.add_space(4.0);
    if taken || left {
        app.studio.offer.found = None;
    }
    if taken {
        library::choose(app, Some(path));
    }
}
