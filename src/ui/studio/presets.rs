//! Presets: a list to choose from, and the questions about saving and deleting.
//!
//! Does not read or write them; [`preset_files`](super::preset_files) does.

use eframe::egui;

use super::super::modal::{self, Answer};
use super::super::settings::Places;
use super::super::texts::recipes as texts;
use super::Host;
use super::preset_files::{self, PresetTask};
use super::rows;
use crate::recipe::preset::Presets;
use crate::recipe::{Parsed, Recipe};

/// Width of the list at most, points.
const LIST: f32 = 340.0;

/// What is known of the presets.
#[derive(Default)]
pub struct PresetList {
    /// Their names, as of the last look.
    pub names: Vec<String>,
    /// The one that was used or saved last, and its recipe.
    pub current: Option<(String, Recipe)>,
    asked: Option<Ask>,
    /// Whether the list was open in the last frame.
    open: bool,
}

/// What has to be answered first.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ask {
    /// The name of a new preset, as far as it is typed.
    Name(String),
    /// Whether a preset is to be written over.
    Over(String),
    /// Whether a preset is to be deleted.
    Delete(String),
}

/// What was chosen from the list.
enum Chosen {
    Apply(String),
    Ask(Ask),
}

impl PresetList {
    /// Whether a question has the keys.
    pub fn asks(&self) -> bool {
        self.asked.is_some()
    }
}

/// The folder of the presets.
fn folder(places: &Places) -> Option<Presets> {
    places.presets.clone().map(Presets::in_folder)
}

/// Draws the row with the list.
pub fn row(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let shelf = &host.studio.presets;
    let shown = match &shelf.current {
        None => texts::PRESET_NONE.into(),
        Some((name, recipe)) if same(recipe, &host.studio.recipe) => name.clone(),
        Some((name, _)) => texts::preset_changed(name),
    };
    let can_save = folder(host.places).is_some();
    let (mut order, mut open) = (None, false);
    rows::plain(ui, &texts::PRESET, |ui, name, width| {
        let list = egui::ComboBox::from_id_salt("presets")
            .width(width)
            .height(400.0)
            .truncate()
            .selected_text(shown)
            .show_ui(ui, |ui| {
                ui.set_max_width(LIST);
                open = true;
                list(ui, shelf, can_save, &mut order);
            });
        list.response
            .labelled_by(name)
            .on_hover_text(texts::PRESET.tooltip());
    });
    let opened = open && !host.studio.presets.open;
    host.studio.presets.open = open;
    if opened {
        look(host, ui.ctx());
    }
    match order {
        Some(Chosen::Apply(name)) => apply(host, ui.ctx(), name),
        Some(Chosen::Ask(ask)) => host.studio.presets.asked = Some(ask),
        None => {}
    }
}

/// Looks which presets there are: another window or the command line may have saved some.
pub fn look(host: &mut Host<'_>, ctx: &egui::Context) {
    if let Some(folder) = folder(host.places) {
        preset_files::send(host, ctx, PresetTask::List(folder));
    }
}

/// Reads a preset, to be used.
pub fn apply(host: &mut Host<'_>, ctx: &egui::Context, name: String) {
    let Some(folder) = folder(host.places) else {
        return;
    };
    let base = Box::new(host.studio.recipe.clone());
    preset_files::send(host, ctx, PresetTask::Apply(folder, name, base));
}

/// Whether two recipes are the same but for their seeds.
fn same(a: &Recipe, b: &Recipe) -> bool {
    let seedless = |recipe: &Recipe| Recipe {
        seed: 0,
        variation: recipe.variation.map(|variation| crate::recipe::Variation {
            seed: 0,
            ..variation
        }),
        ..recipe.clone()
    };
    seedless(a) == seedless(b)
}

fn list(ui: &mut egui::Ui, shelf: &PresetList, can_save: bool, order: &mut Option<Chosen>) {
    let current = shelf.current.as_ref().map(|(name, _)| name);
    for name in &shelf.names {
        let row = egui::Button::selectable(current == Some(name), name).truncate();
        let chosen = ui.add(row).on_hover_text(texts::PRESET_USE_TOOLTIP);
        if chosen.clicked() {
            *order = Some(Chosen::Apply(name.clone()));
        }
    }
    if shelf.names.is_empty() {
        ui.weak(texts::PRESET_NO_NAMES);
    }
    ui.separator();
    let save = ui
        .add_enabled(
            can_save,
            egui::Button::selectable(false, texts::PRESET_SAVE),
        )
        .on_hover_text(texts::PRESET_SAVE_TOOLTIP)
        .on_disabled_hover_text(texts::PRESET_NO_FOLDER);
    if save.clicked() {
        *order = Some(Chosen::Ask(Ask::Name(String::new())));
    }
    let Some(name) = current else { return };
    let over = ui
        .selectable_label(false, texts::preset_save_over(name))
        .on_hover_text(texts::PRESET_OVER_TOOLTIP);
    if over.clicked() {
        *order = Some(Chosen::Ask(Ask::Over(name.clone())));
    }
    let delete = ui
        .selectable_label(false, texts::preset_delete(name))
        .on_hover_text(texts::PRESET_DELETE_TOOLTIP);
    if delete.clicked() {
        *order = Some(Chosen::Ask(Ask::Delete(name.clone())));
    }
}

/// A preset was read.
pub fn applied(host: &mut Host<'_>, name: String, parsed: Parsed) {
    let recipe = parsed.recipe.clone();
    let (locked, varied) = (host.studio.seed_locked, host.studio.variation_locked);
    preset_files::take_over(
        host.studio,
        host.notices,
        &texts::preset_source(&name),
        parsed,
    );
    // A preset is for other pictures; whether their seeds stay is not its business.
    host.studio.seed_locked = locked;
    host.studio.variation_locked = varied;
    host.studio.presets.current = Some((name, recipe));
}

/// Draws the question, if there is one, and does what was answered.
pub fn question(host: &mut Host<'_>, ctx: &egui::Context) {
    let Some(mut ask) = host.studio.presets.asked.take() else {
        return;
    };
    let (title, body, button) = match &ask {
        Ask::Name(_) => (
            texts::PRESET_NAME_TITLE,
            texts::PRESET_NAME_BODY.into(),
            texts::SAVE,
        ),
        Ask::Over(name) => (
            texts::PRESET_OVER_TITLE,
            texts::preset_over(name),
            texts::PRESET_OVER_BUTTON,
        ),
        Ask::Delete(name) => (
            texts::PRESET_DELETE_TITLE,
            texts::preset_deletes(name),
            texts::PRESET_DELETE_BUTTON,
        ),
    };
    // Also while the name is typed.
    let enter = modal::take_enter(ctx);
    let answered = modal::show_with(ctx, &title, &button, enter, |ui| {
        let body = ui.label(body);
        let Ask::Name(typed) = &mut ask else {
            return Ok(());
        };
        ui.add_space(6.0);
        let field = egui::TextEdit::singleline(typed)
            .hint_text(texts::PRESET_NAME_HINT)
            .desired_width(f32::INFINITY);
        let field = ui.add(field).labelled_by(body.id);
        if !ui.memory(|memory| memory.has_focus(field.id)) {
            field.request_focus();
        }
        match typed.trim() {
            "" => Err(texts::PRESET_NAME_FIRST.into()),
            _ => Ok(()),
        }
    });
    match answered {
        Answer::Done => answer(host, ctx, ask),
        Answer::Open => host.studio.presets.asked = Some(ask),
        Answer::Cancelled => {}
    }
}

fn answer(host: &mut Host<'_>, ctx: &egui::Context, ask: Ask) {
    let Some(folder) = folder(host.places) else {
        return;
    };
    let recipe = Box::new(host.studio.recipe.clone());
    match ask {
        Ask::Name(typed) => {
            let name = typed.trim().to_owned();
            if host.studio.presets.names.contains(&name) {
                host.studio.presets.asked = Some(Ask::Over(name));
            } else {
                preset_files::send(host, ctx, PresetTask::Save(folder, name, recipe));
            }
        }
        Ask::Over(name) => preset_files::send(host, ctx, PresetTask::Save(folder, name, recipe)),
        Ask::Delete(name) => preset_files::send(host, ctx, PresetTask::Delete(folder, name)),
    }
}
