//! Around the canvas: files, clipboard, settings, menus, dialogs, notices.
//!
//! Does not know the pointer's tools or the engine.

mod notices;
mod settings;

use std::path::PathBuf;

use eframe::egui;

use super::action::{self, Action, Menu};
use super::app::App;
use super::texts;
pub use notices::Notices;
pub use settings::Settings;

/// Rows of files, the clipboard and the program.
pub(super) const ACTIONS: &[Action] = &[];

/// Where the program keeps what is its own; nothing is kept where there is no place.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The file of the settings.
    pub settings: Option<PathBuf>,
    /// The log file of this run.
    pub log: Option<PathBuf>,
}

/// Files, settings, dialogs, notices.
#[derive(Default)]
pub struct Shell {
    /// What the artist chose once and wants again.
    pub settings: Settings,
    /// What the artist is told.
    pub notices: Notices,
}

impl Shell {
    /// With the settings that are kept there.
    pub fn new(places: Places) -> Self {
        let mut shell = Self::default();
        if let Some((settings, trouble)) = places.settings.as_deref().map(Settings::load) {
            shell.settings = settings;
            if let Some(line) = trouble {
                shell.notices.fail(line);
            }
        }
        shell
    }
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
