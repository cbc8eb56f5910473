//! The model that paints, in a few lines: its name, what it is for, the LoRAs that change it, and the way to another.
//!
//! Does not know how a model is loaded.

use eframe::egui;

use super::super::texts::studio as texts;
use super::Host;
use super::queue::ModelState;
use super::{actions, downloads, loras, models, suggestion};

/// Draws the card.
pub fn show(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let queue = &host.studio.queue;
    let built_in = host.studio.is_built_in();
    let spec = host.studio.spec();
    let name = spec
        .map_or(texts::NO_NAME.get(), texts::model_name)
        .to_owned();
    let about = match (queue.model(), spec) {
        (ModelState::None, _) => texts::NO_MODEL.into(),
        (ModelState::Failed(_), _) => texts::MODEL_FAILED.into(),
        (ModelState::Loading { .. }, None) => texts::loading(None),
        (ModelState::Ready(info), _) => {
            texts::model_is_for(&info.spec, built_in, Some(info.device))
        }
        (_, Some(spec)) => texts::model_is_for(spec, built_in, None),
    };
    let failed = matches!(queue.model(), ModelState::None | ModelState::Failed(_));
    let mut change = false;
    ui.add_space(2.0);
    egui::Frame::new()
        .fill(ui.visuals().faint_bg_color)
        .corner_radius(4)
        .inner_margin(egui::Margin::symmetric(8, 5))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let button = ui.button(texts::CHANGE_MODEL);
                    let open = actions::find("models.open");
                    change = button
                        .on_hover_text(open.map_or("", |open| open.tooltip()))
                        .clicked();
                    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                        let name = egui::Label::new(egui::RichText::new(name).strong());
                        ui.add(name.truncate());
                    });
                });
            });
            let about = egui::RichText::new(about).small();
            let about = match failed {
                true => about.color(ui.visuals().warn_fg_color),
                false => about.weak(),
            };
            ui.add(egui::Label::new(about).truncate());
            // Who has only the built-in model may not know yet where models are chosen.
            change |= built_in && !host.studio.models.open && downloads::offers(host, ui);
            loras::in_card(host, ui);
            let studio = &mut *host.studio;
            if let Some(suggestion) = studio.spec().and_then(|spec| spec.suggestion) {
                suggestion::line(ui, &mut studio.recipe, &mut studio.taken, suggestion);
            }
        });
    if change {
        models::open(host.studio);
    }
}
