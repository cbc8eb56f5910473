//! The list of keys by the areas that they belong to: what each does, and how to change it; and what mouse and pen do.
//!
//! Does not know what the actions do.

use eframe::egui::{self, Align2, Key, KeyboardShortcut, Modifiers};

use super::Shell;
use super::palette::score;
use crate::ui::settings::Settings;
use crate::ui::shell::action::{self, Action};
use crate::ui::texts::{Caption, shell as texts};

/// The list while it is open.
#[derive(Default)]
pub(super) struct Keys {
    query: String,
    changing: Option<Changing>,
}

/// An action that is about to get another key.
enum Changing {
    /// The next key pressed is the one.
    Waiting(&'static Action),
    /// It belongs to another action.
    Taken(&'static Action, KeyboardShortcut),
}

impl Keys {
    /// Whether the next key is not to do what it does.
    pub fn is_waiting(&self) -> bool {
        matches!(self.changing, Some(Changing::Waiting(_)))
    }
}

/// Takes the key that was pressed, if one is waited for.
fn hear(keys: &mut Keys, settings: &mut Settings, ctx: &egui::Context) {
    let Some(Changing::Waiting(action)) = keys.changing else {
        return;
    };
    let pressed = ctx.input_mut(|input| {
        let at = input
            .events
            .iter()
            .position(|event| matches!(event, egui::Event::Key { pressed: true, .. }))?;
        // What was typed with it is not meant for the search.
        let event = input.events.remove(at);
        input
            .events
            .retain(|event| !matches!(event, egui::Event::Text(_)));
        match event {
            egui::Event::Key { key, modifiers, .. } => Some((key, modifiers)),
            _ => None,
        }
    });
    match pressed {
        None => {}
        Some((Key::Escape, Modifiers::NONE)) => keys.changing = None,
        Some((Key::Backspace, Modifiers::NONE)) => {
            settings.set_shortcut(action, None);
            keys.changing = None;
        }
        Some((key, modifiers)) => {
            let shortcut = KeyboardShortcut::new(plain(modifiers), key);
            match settings.owner(shortcut, action.id) {
                Some(_) => keys.changing = Some(Changing::Taken(action, shortcut)),
                None => {
                    settings.set_shortcut(action, Some(shortcut));
                    keys.changing = None;
                }
            }
        }
    }
}

/// Modifiers as the table of actions writes them: `command` stands for Ctrl, or for Cmd on a Mac.
fn plain(modifiers: Modifiers) -> Modifiers {
    Modifiers {
        alt: modifiers.alt,
        shift: modifiers.shift,
        ctrl: modifiers.ctrl && !modifiers.command,
        mac_cmd: false,
        command: modifiers.command,
    }
}

/// Draws the list, if it is open.
pub(super) fn show(shell: &mut Shell, ctx: &egui::Context) {
    let Some(mut keys) = shell.keys.take() else {
        return;
    };
    let settings = &mut shell.settings;
    hear(&mut keys, settings, ctx);
    let mut open = true;
    egui::Window::new(texts::KEYS_TITLE)
        .id(egui::Id::unique("keys"))
        .open(&mut open)
        .collapsible(false)
        .default_size([470.0, 480.0])
        .pivot(Align2::CENTER_CENTER)
        .default_pos(ctx.content_rect().center())
        .show(ctx, |ui| {
            ui.horizontal(|ui| {
                let field = egui::TextEdit::singleline(&mut keys.query)
                    .hint_text(texts::KEYS_SEARCH)
                    .desired_width(200.0);
                ui.add(field);
                let reset = egui::Button::new(texts::KEYS_RESET_ALL);
                let changed = !settings.shortcuts.is_empty();
                let reset = ui
                    .add_enabled(changed, reset)
                    .on_hover_text(texts::KEYS_RESET_ALL_TOOLTIP);
                if reset.clicked() {
                    settings.shortcuts.clear();
                    keys.changing = None;
                }
            });
            ui.weak(texts::KEYS_HELP);
            ui.separator();
            egui::ScrollArea::vertical()
                .auto_shrink([false, false])
                .show(ui, |ui| list(ui, &mut keys, settings));
        });
    if open {
        shell.keys = Some(keys);
    }
}

/// Whether what was typed is found in a name, or stands in the key beside it.
fn fits(query: &str, name: &str, key: &str) -> bool {
    let stands = key.to_lowercase().contains(&query.trim().to_lowercase());
    score(query, name).is_some() || (stands && !key.is_empty())
}

/// The area that an action belongs to, by the first part of its name.
fn area(action: &Action) -> &'static str {
    action.id.split('.').next().unwrap_or_default()
}

/// Draws the heading of a group.
fn heading(ui: &mut egui::Ui, title: &str) {
    ui.add_space(6.0);
    ui.strong(title);
}

fn list(ui: &mut egui::Ui, keys: &mut Keys, settings: &mut Settings) {
    for (prefix, title) in texts::AREAS {
        let shown = |settings: &Settings, action: &Action| {
            let key = settings.shortcut(action);
            let key = key.map(|key| action::key_text(ui.ctx(), &key));
            fits(&keys.query, action.label(), &key.unwrap_or_default())
        };
        let actions = action::all().filter(|action| area(action) == *prefix);
        let actions: Vec<_> = actions.filter(|action| shown(settings, action)).collect();
        if !actions.is_empty() {
            heading(ui, title);
            rows(ui, keys, settings, actions);
        }
    }
    let gestures = texts::GESTURES.iter().map(Caption::both);
    let gestures: Vec<_> = gestures
        .filter(|[gesture, does]| fits(&keys.query, does, gesture))
        .collect();
    if !gestures.is_empty() {
        heading(ui, texts::GESTURES_TITLE.get());
        egui::Grid::new("gestures").num_columns(2).show(ui, |ui| {
            for [gesture, does] in gestures {
                ui.label(gesture);
                ui.label(does);
                ui.end_row();
            }
        });
    }
}

fn rows(
    ui: &mut egui::Ui,
    keys: &mut Keys,
    settings: &mut Settings,
    actions: Vec<&'static Action>,
) {
    let key_width = 150.0;
    for action in actions {
        let key = settings.shortcut(action);
        let name = key.map(|key| action::key_text(ui.ctx(), &key));
        let waiting =
            matches!(keys.changing, Some(Changing::Waiting(changing)) if changing.id == action.id);
        ui.horizontal(|ui| {
            let text = match waiting {
                true => texts::KEYS_PRESS.get(),
                false => name.as_deref().unwrap_or(texts::KEYS_NONE.get()),
            };
            let button = egui::Button::new(text)
                .selected(waiting)
                .min_size([key_width, 0.0].into());
            let button = ui.add(button).on_hover_text(texts::KEYS_CHANGE);
            button.widget_info(|| {
                let label = format!("{}: {text}", action.label());
                egui::WidgetInfo::labeled(egui::Role::Button, true, label)
            });
            if button.clicked() {
                // A key that is waited for is not typed into the field that has the focus.
                ui.memory_mut(|memory| memory.stop_text_input());
                keys.changing = Some(Changing::Waiting(action));
            }
            ui.label(action.label()).on_hover_text(action.tooltip());
            if settings.shortcuts.contains_key(action.id) {
                let reset = ui
                    .small_button(texts::KEYS_RESET)
                    .on_hover_text(texts::KEYS_RESET_TOOLTIP);
                if reset.clicked()
                    && settings.reset_shortcut(action).is_err()
                    && let Some(own) = action.shortcut
                {
                    keys.changing = Some(Changing::Taken(action, own));
                }
            }
        });
        if let Some(Changing::Taken(changing, shortcut)) = keys.changing
            && changing.id == action.id
        {
            conflict(ui, keys, settings, changing, shortcut);
        }
    }
}

/// Says whose key it is, and asks whether it is to be taken.
fn conflict(
    ui: &mut egui::Ui,
    keys: &mut Keys,
    settings: &mut Settings,
    action: &'static Action,
    shortcut: KeyboardShortcut,
) {
    let owner = settings
        .owner(shortcut, action.id)
        .map_or("", |owner| owner.label());
    ui.horizontal(|ui| {
        let line = texts::key_taken(&action::key_text(ui.ctx(), &shortcut), owner);
        ui.colored_label(ui.visuals().warn_fg_color, line);
        if ui.button(texts::KEYS_TAKE).clicked() {
            settings.set_shortcut(action, Some(shortcut));
            keys.changing = None;
        }
        if ui.button(texts::KEYS_KEEP).clicked() {
            keys.changing = None;
        }
    });
}
