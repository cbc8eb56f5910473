//! The model that a recipe was made with, offered where it lies on this machine.
//!
//! Looks for it on a thread. Does not know where the recipe came from.

use std::path::{Path, PathBuf};

use eframe::egui;

use super::super::app::App;
use super::super::texts::library as texts;
use super::super::thread::Pending;
use super::library;
use crate::library::Maker;

/// The offer.
#[derive(Default)]
pub struct Offer {
    /// Of what it was looked for.
    of: Option<Maker>,
    looking: Option<Pending<Option<PathBuf>>>,
    found: Option<PathBuf>,
}

/// Looks for the model of another recipe than before.
pub fn logic(app: &mut App, ctx: &egui::Context) {
    let studio = &mut app.studio;
    let named = studio
        .others
        .as_ref()
        .map(|others| Maker::of(&others.pairs));
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
    let Some(maker) = named else { return };
    let entries = library.entries().to_vec();
    let home = app.shell.places().library.clone();
    let work = move || {
        let cache = home.as_ref().and_then(|home| home.cache());
        maker.find(&entries, cache).map(|made| made.path)
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
