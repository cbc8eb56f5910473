//! What the artist chose once and wants again: theme, shortcuts, recent files.
//!
//! Does not know where any of it is used.

use std::collections::BTreeMap;
use std::path::PathBuf;

use eframe::egui::KeyboardShortcut;
use serde::{Deserialize, Serialize};

use crate::engine::Device;
use crate::ui::action::Action;

/// The artist's choices.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Keys that were changed, by action; `None` takes the key away.
    pub shortcuts: BTreeMap<String, Option<KeyboardShortcut>>,
    /// Folders of models that were added, in the order of adding.
    pub models: Vec<PathBuf>,
    /// The model to load; the built-in one when absent.
    pub model: Option<PathBuf>,
    /// What it is to run on.
    pub device: Device,
}

impl Settings {
    /// The key of an action: the artist's, else its own.
    pub fn shortcut(&self, action: &Action) -> Option<KeyboardShortcut> {
        match self.shortcuts.get(action.id) {
            Some(chosen) => *chosen,
            None => action.shortcut,
        }
    }
}
