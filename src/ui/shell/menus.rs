//! The menu bar: every action that has a menu, and beside them recent files and samples.
//!
//! Does not know what the actions do.

use eframe::egui;

use super::files::{self, Next};
use super::name_of;
use crate::sample::SAMPLES;
use crate::ui::board;
use crate::ui::shell::App;
use crate::ui::shell::action::{self, Action, Menu};
use crate::ui::texts::{self as all_texts, shell as texts};

/// The actions that a line stands above.
const GROUPS: &[&str] = &[
    "file.import_mask",
    "file.reference",
    "file.quit",
    "edit.copy",
    "edit.settings",
    "picture.scale",
    "picture.rotate_left",
    "picture.flip_horizontal",
    "results.keep",
    "recipe.new_seed",
    "sweep.open",
    "models.open",
    "help.log",
];

/// Draws the menus.
pub(super) fn menu_bar(app: &mut App, ui: &mut egui::Ui) {
    egui::MenuBar::new().ui(ui, |ui| {
        for menu in Menu::ALL {
            ui.menu_button(all_texts::menu(*menu), |ui| {
                ui.set_min_width(200.0);
                for action in action::all().filter(|action| action.menu == Some(*menu)) {
                    if GROUPS.contains(&action.id) {
                        ui.separator();
                    }
                    item(app, ui, action);
                    if action.id == "file.open" {
                        recent(app, ui);
                        samples(app, ui);
                    }
                }
            });
        }
    });
}

/// Draws an action as a row of a menu, and runs it when it is chosen.
pub(super) fn item(app: &mut App, ui: &mut egui::Ui, action: &'static Action) {
    let enabled = action.enabled(app);
    let mut button = egui::Button::new(app.see(|seen| board::title(seen, action)));
    if let Some(shortcut) = app.shell.settings.shortcut(action) {
        button = button.shortcut_text(action::key_text(ui.ctx(), &shortcut));
    }
    let response = ui
        .add_enabled(enabled.is_ok(), button)
        .on_hover_text(action.tooltip);
    let response = match &enabled {
        Ok(()) => response,
        Err(reason) => response.on_disabled_hover_text(reason),
    };
    if response.clicked() {
        action::run(app, ui.ctx(), action);
    }
}

fn recent(app: &mut App, ui: &mut egui::Ui) {
    ui.menu_button(texts::RECENT, |ui| {
        let paths = app.shell.settings.recent.clone();
        if paths.is_empty() {
            ui.add_enabled(false, egui::Button::new(texts::NO_RECENT));
            return;
        }
        for path in paths {
            let response = ui
                .button(name_of(&path))
                .on_hover_text(path.display().to_string());
            if response.clicked() {
                files::leave(app, ui.ctx(), Next::Open(path, None));
            }
        }
        ui.separator();
        if ui.button(texts::FORGET_RECENT).clicked() {
            app.shell.settings.recent.clear();
        }
    });
}

fn samples(app: &mut App, ui: &mut egui::Ui) {
    let menu = ui.menu_button(texts::SAMPLES, |ui| {
        for (index, sample) in SAMPLES.iter().enumerate() {
            if ui.button(sample.title()).clicked() {
                files::leave(app, ui.ctx(), Next::Sample(index));
            }
        }
    });
    menu.response.on_hover_text(texts::SAMPLES_TOOLTIP);
}
