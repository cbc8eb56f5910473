//! The actions that results offer: at the picture, and in the menu of each.
//!
//! Does not know what they do.

use eframe::egui::{self, Align2, vec2};

use super::action;
use super::app::App;
use super::menus;
use crate::ui::studio;
use crate::ui::texts::{Text, studio as texts};
use crate::ui::theme;

/// What is offered at the picture, and what that says where it is not the action's label.
const OFFERED: &[(&str, Option<Text>)] = &[
    (KEEP, None),
    ("results.discard", None),
    (COMPARE, Some(texts::COMPARE)),
    (SIMILAR, None),
];

const KEEP: &str = "results.keep";
const COMPARE: &str = "compare.wipe";
const SIMILAR: &str = "results.similar";

/// What a result's own menu offers.
const MENU: &[&str] = &[
    KEEP,
    "results.discard",
    SIMILAR,
    "results.star",
    "results.against",
    "results.save",
    "edit.copy",
    "results.reference",
    "results.use_recipe",
    "results.use_seed",
    "recipe.copy",
];

/// Gives each result that the strip shows its own menu.
pub(super) fn menus(app: &mut App, results: &[egui::Response]) {
    for result in results {
        result.context_menu(|ui| {
            for action in MENU.iter().filter_map(|id| action::find(id)) {
                menus::item(app, ui, action);
            }
        });
    }
}

/// Draws at the picture what can be done with the result that is selected; the canvas lies at `canvas`.
pub(super) fn at_picture(app: &mut App, ctx: &egui::Context, canvas: egui::Rect) {
    if !studio::offers_at_picture(&app.studio) {
        return;
    }
    egui::Area::new(egui::Id::unique("at the result"))
        .pivot(Align2::CENTER_BOTTOM)
        .fixed_pos(canvas.center_bottom() - vec2(0.0, 8.0))
        .constrain_to(canvas)
        .fade_in(false)
        .show(ctx, |ui| {
            egui::Frame::popup(ui.style())
                .inner_margin(4)
                .show(ui, |ui| {
                    ui.horizontal(|ui| {
                        for (id, label) in OFFERED {
                            offer(app, ui, id, *label);
                        }
                    });
                });
        });
}

fn offer(app: &mut App, ui: &mut egui::Ui, id: &str, label: Option<Text>) {
    let Some(action) = action::find(id) else {
        return;
    };
    let enabled = action.enabled(app);
    let mixed = studio::mixed_seeds(&app.studio).filter(|_| id == SIMILAR);
    let tooltip = match app.shell.settings.shortcut(action) {
        Some(key) => format!(
            "{} ({})",
            action.tooltip(),
            action::key_text(ui.ctx(), &key)
        ),
        None => action.tooltip().to_owned(),
    };
    let tooltip = match mixed {
        Some([own, other]) => format!("{tooltip}\n{}", texts::similar_to(own, other)),
        None => tooltip,
    };
    let mut text = egui::RichText::new(label.map_or(action.label(), Text::get));
    if id == KEEP && enabled.is_ok() {
        text = text.color(theme::untinted()).strong();
    }
    let mut button = egui::Button::new(text).min_size(vec2(78.0, 28.0));
    if id == KEEP && enabled.is_ok() {
        button = button.fill(theme::keep(ui.visuals()));
    }
    if id == COMPARE {
        button = button.selected(app.board.comparison() != Default::default());
    }
    let button = ui
        .add_enabled(enabled.is_ok(), button)
        .on_hover_text(tooltip);
    match enabled {
        Ok(()) if button.clicked() => action::run(app, ui.ctx(), action),
        Ok(()) => {}
        Err(reason) => drop(button.on_disabled_hover_text(reason)),
    }
}
