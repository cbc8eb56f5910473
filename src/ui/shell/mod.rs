//! Around the canvas: files, clipboard, settings, menus, dialogs, notices.
//!
//! Does not know the pointer's tools or the engine.

mod notices;
mod settings;

use eframe::egui;

use super::action::{self, Action, Menu};
use super::app::App;
use super::texts;
pub use notices::Notices;
pub use settings::Settings;

/// Rows of files, the clipboard and the program.
pub(super) const ACTIONS: &[Action] = &[];

/// Files, settings, dialogs, notices.
#[derive(Default)]
pub struct Shell {
    /// What the artist chose once and wants again.
    pub settings: Settings,
    /// What the artist is told.
    pub notices: Notices,
}

/// Hears dialogs, drops and the window.
pub(super) fn logic(_app: &mut App, _ctx: &egui::Context) {}

/// Draws the menus: every action that has one.
pub(super) fn menu_bar(app: &mut App, ui: &mut egui::Ui) {
    egui::MenuBar::new().ui(ui, |ui| {
        for menu in Menu::ALL {
            ui.menu_button(texts::menu(*menu), |ui| {
                for action in action::all().filter(|action| action.menu == Some(*menu)) {
                    let enabled = (action.enabled)(app);
                    let mut button = egui::Button::new(action.label);
                    if let Some(shortcut) = app.shell.settings.shortcut(action) {
                        button = button.shortcut_text(ui.ctx().format_shortcut(&shortcut));
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
            });
        }
    });
}

/// Draws dialogs and notices over everything.
pub(super) fn windows(_app: &mut App, _ctx: &egui::Context) {}
