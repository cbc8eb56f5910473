//! The command palette: every action, setting, preset and control of the recipe by its name, found by a few of its letters.
//!
//! Does not know what the actions do.

use eframe::egui::{self, Align, Key, Layout, Modifiers};

use super::preferences::{Chosen, Kind, SETTINGS};
use crate::recipe::field::Field;
use crate::ui::room;
use crate::ui::settings::Settings;
use crate::ui::shell::App;
use crate::ui::shell::action::{self, Action};
use crate::ui::studio;
use crate::ui::texts::{self as all_texts, recipes, shell as texts};

/// The palette while it is open.
#[derive(Default)]
pub(super) struct Palette {
    /// What was typed.
    query: String,
    /// Which of what was found Enter would run.
    at: usize,
}

/// Something that is found by its name, and what choosing it does.
#[derive(Clone)]
pub(crate) struct Entry {
    /// Its name.
    pub label: String,
    tooltip: &'static str,
    does: Does,
}

#[derive(Clone)]
enum Does {
    Run(&'static Action),
    /// Leads to a field's control.
    GoTo(&'static Field),
    /// Sets a field to a value as it is typed.
    Set(&'static Field, String),
    Preset(String),
    Choose(&'static Chosen),
    Switch(fn(&mut Settings) -> &mut bool),
    Number(fn(&mut Settings, f64), f64),
    /// Opens the window of settings.
    Settings,
}

/// How well a name fits what was typed; `None` when its letters are not in it in that order.
///
/// Letters in a row and at the starts of words count more; a shorter name wins between equals.
pub(crate) fn score(query: &str, name: &str) -> Option<i32> {
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let mut score = 0;
    let mut from = 0;
    let mut last = None;
    for letter in query.to_lowercase().chars().filter(|c| !c.is_whitespace()) {
        let starts = |&at: &usize| at == 0 || !name[at - 1].is_alphanumeric();
        let mut places = (from..name.len()).filter(|&at| name[at] == letter);
        let next = places.clone().find(|&at| last == Some(at.wrapping_sub(1)));
        let start = places.clone().find(starts);
        let at = next.or(start).or_else(|| places.next())?;
        score += match () {
            () if next == Some(at) => 8,
            () if start == Some(at) => 6,
            () => 1,
        };
        last = Some(at);
        from = at + 1;
    }
    Some(score * 100 - name.len() as i32)
}

/// What can be chosen, actions first; with a value at the end of what was typed also what that sets.
fn entries(app: &App, query: &str) -> Vec<Entry> {
    let mut entries: Vec<_> = action::all()
        .map(|action| Entry {
            label: action.label().to_owned(),
            tooltip: action.tooltip(),
            does: Does::Run(action),
        })
        .collect();
    // What is not an action is not listed before it is asked for.
    if query.trim().is_empty() {
        return entries;
    }
    let typed = query.trim().rsplit_once(char::is_whitespace);
    let typed = typed.map(|(_, value)| value);
    for field in app.studio.fields_in_sight() {
        let (label, tooltip) = (
            all_texts::field(field).label(),
            all_texts::field(field).tooltip(),
        );
        let mut add = |label: String, does| {
            entries.push(Entry {
                label,
                tooltip,
                does,
            });
        };
        add(label.to_owned(), Does::GoTo(field));
        for (name, value) in studio::values(field, &app.studio.recipe) {
            add(
                texts::value(label, &name),
                Does::Set(field, value.to_owned()),
            );
        }
        if let Some(value) = typed.filter(|value| app.studio.takes(field, value)) {
            add(
                texts::value(label, value),
                Does::Set(field, value.to_owned()),
            );
        }
    }
    let presets = app.studio.preset_names().iter();
    entries.extend(presets.map(|name| Entry {
        label: texts::value(recipes::PRESET.label(), name),
        tooltip: recipes::PRESET_USE_TOOLTIP.get(),
        does: Does::Preset(name.clone()),
    }));
    for setting in SETTINGS {
        let mut add = |label, does| {
            entries.push(Entry {
                label,
                tooltip: setting.tooltip.get(),
                does,
            });
        };
        match setting.kind {
            Kind::Choice(choices) => {
                for choice in choices {
                    let label = texts::value(&setting.label, &choice.label);
                    add(label, Does::Choose(choice));
                }
            }
            Kind::Switch(words, of) => {
                add(words.into(), Does::Switch(of));
            }
            Kind::Words(..) => add(setting.label.into(), Does::Settings),
            Kind::Number { range, set, .. } => {
                add(setting.label.into(), Does::Settings);
                if let Some(typed) = typed
                    && let Ok(number) = typed.trim_end_matches('%').parse::<f64>()
                    && (range[0]..=range[1]).contains(&number)
                {
                    let label = texts::value(&setting.label, typed);
                    add(label, Does::Number(set, number));
                }
            }
        }
    }
    entries
}

/// What fits, best first; all actions in their order when nothing is typed, those first that can be done.
pub(crate) fn find(app: &App, query: &str) -> Vec<Entry> {
    let entries = entries(app, query);
    if query.trim().is_empty() {
        let mut entries = entries;
        entries.sort_by_key(|entry| entry.enabled(app).is_err());
        return entries;
    }
    let words = query.trim().to_lowercase();
    let fits = |entry: Entry| {
        // What a thing is for is found by its very words, behind all that is called so.
        let told = || {
            entry
                .tooltip
                .to_lowercase()
                .contains(&words)
                .then_some(i32::MIN)
        };
        Some((score(query, &entry.label).or_else(told)?, entry))
    };
    let mut found: Vec<_> = entries.into_iter().filter_map(fits).collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, entry)| entry).collect()
}

impl Entry {
    /// Why it cannot be chosen now.
    fn enabled(&self, app: &App) -> Result<(), String> {
        match &self.does {
            Does::Run(action) => action.enabled(app),
            Does::GoTo(field) | Does::Set(field, _) => {
                let unused = all_texts::field_unused(field, &app.studio.recipe);
                unused.map_or(Ok(()), |reason| Err(reason.to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// What stands beside its name.
    fn beside(&self, app: &App, ctx: &egui::Context) -> Option<String> {
        match &self.does {
            Does::Run(action) => {
                let key = app.shell.settings.shortcut(action);
                let key = key.map(|key| action::key_text(ctx, &key));
                key.or_else(|| action.menu.map(|menu| menu.title().into()))
            }
            Does::GoTo(field) => Some((field.get)(&app.studio.recipe).to_string())
                .filter(|value| value.chars().count() < LONGEST),
            Does::Set(..) => Some(texts::FOUND_RECIPE.into()),
            Does::Switch(of) => {
                let on = *of(&mut app.shell.settings.clone());
                Some(texts::on_or_off(on).into())
            }
            Does::Choose(choice) => {
                (choice.is)(&app.shell.settings).then(|| texts::FOUND_NOW.into())
            }
            Does::Number(..) | Does::Settings => Some(texts::SETTINGS_TITLE.into()),
            Does::Preset(_) => None,
        }
    }

    fn choose(self, app: &mut App, ctx: &egui::Context) {
        if let (Err(reason), false) = (self.enabled(app), matches!(self.does, Does::Run(_))) {
            return app.shell.notices.say(reason);
        }
        let settings = &mut app.shell.settings;
        match self.does {
            Does::Run(action) => action::run(app, ctx, action),
            Does::GoTo(field) => app.with_studio(ctx, |host| studio::go_to(host, ctx, field)),
            Does::Set(field, value) => app.studio.set_field(field, &value),
            Does::Preset(name) => {
                app.with_studio(ctx, |host| studio::apply_preset(host, ctx, name))
            }
            Does::Choose(choice) => (choice.set)(settings),
            Does::Switch(of) => *of(settings) ^= true,
            Does::Number(set, number) => set(settings, number),
            Does::Settings => app.shell.settings_open = true,
        }
    }
}

/// A value longer than this is not shown beside a name, characters.
const LONGEST: usize = 24;

/// Draws the palette, if it is open, and does what was chosen.
pub(super) fn show(app: &mut App, ctx: &egui::Context) {
    let Some(mut palette) = app.shell.palette.take() else {
        return;
    };
    let found = find(app, &palette.query);
    let press = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let (down, up, enter) = (
        press(Key::ArrowDown),
        press(Key::ArrowUp),
        press(Key::Enter),
    );
    if !found.is_empty() {
        let step = usize::from(down) + if up { found.len() - 1 } else { 0 };
        palette.at = (palette.at.min(found.len() - 1) + step) % found.len();
    }
    let moved = down || up;
    let modal = egui::Modal::new(egui::Id::unique("palette"));
    let area = modal
        .area
        .clone()
        .anchor(egui::Align2::CENTER_TOP, [0.0, 70.0]);
    let response = modal.area(area).show(ctx, |ui| {
        ui.set_width(460.0);
        let field = egui::TextEdit::singleline(&mut palette.query)
            .hint_text(texts::PALETTE_HINT)
            .desired_width(f32::INFINITY);
        let field = ui.add(field);
        field.widget_info(|| {
            let mut info =
                egui::WidgetInfo::labeled(egui::Role::TextInput, true, texts::PALETTE_LABEL);
            info.current_text_value = Some(palette.query.clone());
            info
        });
        if !field.has_focus() {
            field.request_focus();
        }
        if field.changed() {
            palette.at = 0;
        }
        ui.add_space(4.0);
        let mut chosen = None;
        egui::ScrollArea::vertical()
            .max_height(360.0)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                if found.is_empty() {
                    ui.weak(texts::PALETTE_NONE);
                }
                for (index, entry) in found.iter().enumerate() {
                    let row = row(app, ui, entry, index == palette.at);
                    if row.clicked() {
                        chosen = Some(index);
                    }
                    if moved && index == palette.at {
                        row.scroll_to_me(None);
                    }
                }
            });
        chosen
    });
    let chosen = response.inner.or_else(|| enter.then_some(palette.at));
    match chosen.and_then(|index| found.get(index)) {
        Some(entry) => entry.clone().choose(app, ctx),
        None if response.should_close() => {}
        None => app.shell.palette = Some(palette),
    }
}

/// The most of a row's width that what stands beside its name takes.
const BESIDE: f32 = 0.5;

/// One entry: its name and what stands beside it, or why it cannot be chosen.
fn row(app: &App, ui: &mut egui::Ui, entry: &Entry, at: bool) -> egui::Response {
    let mut button = egui::Button::new(entry.label.as_str())
        .selected(at)
        .frame_when_inactive(at)
        .min_size(egui::vec2(ui.available_width(), 0.0));
    let beside = match entry.enabled(app) {
        Err(reason) => Some(reason),
        Ok(()) => entry.beside(app, ui.ctx()),
    };
    if let Some(beside) = &beside {
        let colour = ui.visuals().weak_text_color();
        let mut line = room::cut(ui, beside, colour, 1);
        line.wrap.max_width *= BESIDE;
        let line = ui.painter().layout_job(line);
        button = button.shortcut_text(egui::WidgetText::Galley(line));
    }
    // Enabled all the same, so that it can be asked for and the reason is said.
    ui.with_layout(Layout::top_down_justified(Align::Min), |ui| ui.add(button))
        .inner
        .on_hover_text(entry.tooltip)
}
