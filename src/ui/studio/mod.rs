//! What is asked of the model and what came of it: recipe, queue, engine, results, models.
//!
//! Does not know the pointer or files.

use eframe::egui;

use super::action::Action;
use super::app::App;
use crate::canvas::Layer;
use crate::engine::Engine;
use crate::recipe::Recipe;

/// Rows of repainting and its results.
pub(super) const ACTIONS: &[Action] = &[];

/// The engine and what it is asked for.
pub struct Studio {
    /// What the next repaint will be.
    pub recipe: Recipe,
    engine: Engine,
}

impl Studio {
    /// A studio with an engine that has no model yet.
    pub fn new(engine: Engine, recipe: Recipe) -> Self {
        Self { recipe, engine }
    }

    /// What lies over the picture now: the candidate that is looked at, else the running job's preview.
    pub(super) fn layer(&self) -> Option<Layer> {
        None
    }
}

/// Hears the engine.
pub(super) fn logic(app: &mut App, _ctx: &egui::Context) {
    while let Ok(Some(_event)) = app.studio.engine.poll() {}
}

/// Draws the recipe.
pub(super) fn recipe_panel(app: &mut App, ui: &mut egui::Ui) {
    ui.text_edit_multiline(&mut app.studio.recipe.prompt);
}

/// Draws the candidates.
pub(super) fn results_strip(_app: &mut App, _ui: &mut egui::Ui) {}
