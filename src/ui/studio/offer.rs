//! The model that a recipe was made with, offered where it lies on this machine.
//!
//! Looks for it on a thread. Does not know where the recipe came from.

use std::path::{Path, PathBuf};

use eframe::egui;

use super::super::texts::Text;
use super::super::texts::library as texts;
use super::super::thread::Pending;
use super::Host;
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
pub fn logic(host: &mut Host<'_>, ctx: &egui::Context) {
    let studio = &mut *host.studio;
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
    let home = host.places.library.clone();
    let work = move || {
        let cache = home.as_ref().and_then(|home| home.cache());
        maker.find(&entries, cache).map(|made| made.path)
    };
    offer.looking = Pending::start(ctx, "model of a recipe", work).ok();
}

/// Draws the offer, while another model is chosen.
pub fn show(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let Some(path) = host.studio.offer.found.clone() else {
        return;
    };
    if host.settings.model.as_ref() == Some(&path) {
        return;
    }
    let name = Path::new(&path)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    let says = |ui: &mut egui::Ui| {
        ui.label(texts::made_with(&name))
            .on_hover_text(path.display().to_string())
    };
    let take = [texts::USE_ITS_MODEL, texts::USE_ITS_MODEL_TOOLTIP].map(Text::get);
    let leave = [texts::LEAVE_MODEL, texts::LEAVE_MODEL_TOOLTIP].map(Text::get);
    let taken = frame(ui, says, take, leave);
    if taken.is_some() {
        host.studio.offer.found = None;
    }
    if taken == Some(true) {
        library::choose(host, Some(path));
    }
}

/// Draws something that is offered, with a button that takes it and one that leaves it; which of them was pressed, if one was.
pub(super) fn frame(
    ui: &mut egui::Ui,
    says: impl FnOnce(&mut egui::Ui) -> egui::Response,
    take: [&str; 2],
    leave: [&str; 2],
) -> Option<bool> {
    let shown = egui::Frame::new()
        .fill(ui.visuals().faint_bg_color)
        .stroke(ui.visuals().widgets.noninteractive.bg_stroke)
        .corner_radius(4)
        .inner_margin(egui::Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            says(ui);
            ui.horizontal(|ui| {
                let button = egui::Button::new(take[0]).selected(true);
                let taken = ui.add(button).on_hover_text(take[1]).clicked();
                let left = ui.button(leave[0]).on_hover_text(leave[1]).clicked();
                (taken || left).then_some(taken)
            })
            .inner
        });
    ui.add_space(4.0);
    shown.inner
}
