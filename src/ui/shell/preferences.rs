//! The window of settings.
//!
//! Does not keep them; [`settings`](super::settings) does.

use eframe::egui::{self, Align2, ThemePreference};

use super::Shell;
use crate::ui::settings::Settings;
use crate::ui::texts::shell as texts;

/// Draws the settings, while they are open; changes show at once.
pub(super) fn show(shell: &mut Shell, ctx: &egui::Context) {
    let mut open = shell.settings_open;
    let settings = &mut shell.settings;
    egui::Window::new(texts::SETTINGS_TITLE)
        .id(egui::Id::unique("settings"))
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .pivot(Align2::CENTER_CENTER)
        .default_pos(ctx.content_rect().center())
        .show(ctx, |ui| {
            egui::Grid::new("settings grid")
                .num_columns(2)
                .spacing([18.0, 8.0])
                .show(ui, |ui| rows(ui, settings));
            ui.add_space(8.0);
            let usual = ui
                .button(texts::SETTINGS_RESET)
                .on_hover_text(texts::SETTINGS_RESET_TOOLTIP);
            if usual.clicked() {
                let first = Settings::default();
                settings.theme = first.theme;
                settings.scale = first.scale;
                settings.undo_budget = first.undo_budget;
                settings.results_budget = first.results_budget;
                settings.write_recipes = first.write_recipes;
            }
        });
    shell.settings_open = open;
}

fn rows(ui: &mut egui::Ui, settings: &mut Settings) {
    ui.label(texts::THEME);
    ui.horizontal(|ui| {
        for (theme, name) in [
            (ThemePreference::Dark, texts::THEME_DARK),
            (ThemePreference::Light, texts::THEME_LIGHT),
            (ThemePreference::System, texts::THEME_SYSTEM),
        ] {
            ui.selectable_value(&mut settings.theme, theme, name)
                .on_hover_text(texts::THEME_TOOLTIP);
        }
    });
    ui.end_row();

    let label = ui.label(texts::SCALE);
    let mut percent = (settings.scale * 100.0).round();
    let scales = *Settings::SCALES.start() * 100.0..=*Settings::SCALES.end() * 100.0;
    let scale = egui::DragValue::new(&mut percent)
        .range(scales)
        .speed(5.0)
        .fixed_decimals(0)
        .suffix(texts::PERCENT)
        // While it is typed, the window does not grow with every digit.
        .update_while_editing(false);
    let scale = ui.add(scale).labelled_by(label.id);
    if scale.on_hover_text(texts::SCALE_TOOLTIP).changed() {
        settings.scale = percent / 100.0;
    }
    ui.end_row();

    for (name, tooltip, budget) in [
        (
            texts::UNDO_BUDGET,
            texts::UNDO_BUDGET_TOOLTIP,
            &mut settings.undo_budget,
        ),
        (
            texts::RESULTS_BUDGET,
            texts::RESULTS_BUDGET_TOOLTIP,
            &mut settings.results_budget,
        ),
    ] {
        let label = ui.label(name);
        let value = egui::DragValue::new(budget)
            .range(Settings::BUDGETS)
            .speed(16.0)
            .suffix(texts::MEBIBYTES)
            .update_while_editing(false);
        ui.add(value).labelled_by(label.id).on_hover_text(tooltip);
        ui.end_row();
    }

    ui.label(texts::FILES);
    ui.checkbox(&mut settings.write_recipes, texts::WRITE_RECIPES)
        .on_hover_text(texts::WRITE_RECIPES_TOOLTIP);
    ui.end_row();
}
