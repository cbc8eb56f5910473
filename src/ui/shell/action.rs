//! What can be done in the window, as data: one row for each action, and from the rows menus, buttons, keys, palette and help.
//!
//! Does not know what the actions do; each area of the window keeps its own rows.

use std::sync::LazyLock;

use eframe::egui::{self, KeyboardShortcut};

use super::app::App;
use super::{prepare, rows};
use crate::ui::settings::Settings;
use crate::ui::{board, studio};

pub use crate::ui::row::{Menu, Row};
pub(super) use crate::ui::row::{key, key_text};

/// One thing that can be done.
pub type Action = Row<Does>;

/// Why an action cannot be done now, and what does it; only called when it can be done.
#[derive(Clone, Copy)]
pub enum Does {
    /// Of the canvas.
    Board(board::Does),
    /// Of what is asked of the model.
    Studio(studio::Does),
    /// Of the window.
    App {
        /// Why it cannot be done now.
        enabled: fn(&App) -> Result<(), String>,
        /// Does it.
        run: fn(&mut App, &egui::Context),
    },
}

/// A row whose key is not the typist's.
pub(super) const fn row(
    id: &'static str,
    texts: [&'static str; 2],
    menu: Option<Menu>,
    shortcut: Option<KeyboardShortcut>,
    enabled: fn(&App) -> Result<(), String>,
    run: fn(&mut App, &egui::Context),
) -> Action {
    Row::new(id, texts, menu, shortcut, Does::App { enabled, run })
}

impl Action {
    /// Why it cannot be done now.
    ///
    /// # Errors
    /// One line.
    pub fn enabled(&self, app: &App) -> Result<(), String> {
        match self.does {
            Does::Board(does) => app.see(|seen| (does.enabled)(seen)),
            Does::Studio(does) => (does.enabled)(&app.see_studio()),
            Does::App { enabled, .. } => enabled(app),
        }
    }

    /// Does it; only where it can be done.
    pub fn run(&self, app: &mut App, ctx: &egui::Context) {
        match self.does {
            Does::Board(does) => app.work(ctx, |editor| (does.run)(editor, ctx)),
            Does::Studio(does) => app.with_studio(ctx, |host| (does.run)(host, ctx)),
            Does::App { run, .. } => run(app, ctx),
        }
    }
}

/// Every action, in the order in which lists show them.
pub fn all() -> impl Iterator<Item = &'static Action> {
    static ALL: LazyLock<Vec<Action>> = LazyLock::new(|| {
        let board = board::ACTIONS.iter().copied().flatten();
        let board = board.map(|row| row.map(Does::Board));
        let own = [rows::ACTIONS, prepare::ACTIONS].into_iter().flatten();
        let studio = studio::ACTIONS.iter();
        let studio = studio.map(|row| row.map(Does::Studio));
        board.chain(own.copied()).chain(studio).collect()
    });
    ALL.iter()
}

/// The action of that name.
pub fn find(id: &str) -> Option<&'static Action> {
    all().find(|action| action.id == id)
}

/// An action that can always be done.
pub(super) fn always(_: &App) -> Result<(), String> {
    Ok(())
}

/// Runs an action, or says why it cannot be done.
pub(super) fn run(app: &mut App, ctx: &egui::Context, action: &Action) {
    match action.enabled(app) {
        Ok(()) => action.run(app, ctx),
        Err(reason) => app.shell.notices.say(reason),
    }
}

/// Runs the action whose key was pressed.
///
/// Where a key has several actions, the first that can be done has it; where none can, the last says why: those before it are only there in the middle of a gesture.
pub(super) fn run_pressed(app: &mut App, ctx: &egui::Context) {
    if app.shell.takes_keys() || app.studio.takes_keys() {
        return;
    }
    // An open menu or list has the keys, Escape first.
    let typing = ctx.egui_wants_keyboard_input() || egui::Popup::is_any_open(ctx);
    ctx.input_mut(|input| input.events.iter_mut().for_each(name_key));
    // Those with more modifiers first: `Ctrl+Z` would also take `Ctrl+Shift+Z`.
    let mut keyed: Vec<_> = all()
        .filter_map(|action| Some((app.shell.settings.shortcut(action)?, action)))
        .filter(|(_, action)| action.while_typing || !typing)
        .collect();
    keyed.sort_by_key(|(shortcut, _)| {
        let modifiers = shortcut.modifiers;
        std::cmp::Reverse(
            u8::from(modifiers.shift) + u8::from(modifiers.alt) + u8::from(modifiers.command),
        )
    });
    for (i, (shortcut, action)) in keyed.iter().enumerate() {
        let same = |(other, _): &&(KeyboardShortcut, &Action)| other == shortcut;
        if keyed[..i].iter().any(|row| same(&row)) {
            continue;
        }
        let rows = || keyed.iter().filter(same).map(|(_, action)| *action);
        let able = |app: &App| rows().find(|action| action.enabled(app).is_ok());
        let key = shortcut.logical_key;
        // Alt and a letter open a menu; with other keys it may only be how they are typed.
        let letter = key.name().len() == 1 && key >= egui::Key::A && key <= egui::Key::Z;
        if letter && !shortcut.modifiers.alt && ctx.input(|input| input.modifiers.alt) {
            continue;
        }
        // It leads from button to button where nothing else wants it.
        if key == egui::Key::Tab
            && (!ctx.input(|input| input.key_pressed(key)) || able(app).is_none())
        {
            continue;
        }
        let pressed = ctx.input_mut(|input| input.consume_key(shortcut.modifiers, key));
        if pressed {
            let able = able(app);
            // Who presses Escape with nothing open wants nothing told.
            if able.is_some() || key != egui::Key::Escape {
                run(app, ctx, able.or(rows().next_back()).unwrap_or(action));
            }
        }
    }
}

/// Calls a key by what is printed on it without Shift, as shortcuts do: a keyboard that says `{` for `Shift+[` says `[`.
fn name_key(event: &mut egui::Event) {
    use egui::Key;
    if let egui::Event::Key { key, modifiers, .. } = event {
        *key = match *key {
            Key::OpenCurlyBracket if modifiers.shift => Key::OpenBracket,
            Key::CloseCurlyBracket if modifiers.shift => Key::CloseBracket,
            // On many keyboards the plus sign needs Shift, which nobody wants to hold for zooming.
            Key::Equals if modifiers.command => Key::Plus,
            other => other,
        };
    }
}

/// What no two actions share.
impl Settings {
    /// The action that a key belongs to, other than `except`.
    pub fn owner(&self, shortcut: KeyboardShortcut, except: &str) -> Option<&'static Action> {
        all()
            .filter(|action| action.id != except)
            .find(|action| self.shortcut(action) == Some(shortcut))
    }

    /// Gives an action a key, and takes it from the one that had it; `None` takes its key away.
    pub fn set_shortcut(&mut self, action: &Action, shortcut: Option<KeyboardShortcut>) {
        if let Some(owner) = shortcut.and_then(|shortcut| self.owner(shortcut, action.id)) {
            self.keep(owner, None);
        }
        self.keep(action, shortcut);
    }

    /// Gives an action its own key back, if no other has taken it.
    ///
    /// # Errors
    /// The action that has it.
    pub fn reset_shortcut(&mut self, action: &Action) -> Result<(), &'static Action> {
        if let Some(owner) = action
            .shortcut
            .and_then(|shortcut| self.owner(shortcut, action.id))
        {
            return Err(owner);
        }
        self.shortcuts.remove(action.id);
        Ok(())
    }

    fn keep(&mut self, action: &Action, shortcut: Option<KeyboardShortcut>) {
        if action.shortcut == shortcut {
            self.shortcuts.remove(action.id);
        } else {
            self.shortcuts.insert(action.id.to_owned(), shortcut);
        }
    }
}
