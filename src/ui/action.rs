//! What can be done in the window, as data: one row for each action, and from the rows menus, buttons, keys, palette and help.
//!
//! Does not know what the actions do; each area of the window keeps its own rows.

use eframe::egui::{self, KeyboardShortcut};

use super::app::App;
use super::{board, shell, studio};

/// One thing that can be done.
pub struct Action {
    /// Names it in settings, for ever: `area.verb`.
    pub id: &'static str,
    /// What menus and buttons say.
    pub label: &'static str,
    /// One sentence in an artist's words.
    pub tooltip: &'static str,
    /// The menu that lists it, if one does.
    pub menu: Option<Menu>,
    /// The key that it has until the artist changes it.
    pub shortcut: Option<KeyboardShortcut>,
    /// Whether the key works while a text field is being typed in.
    pub while_typing: bool,
    /// Why it cannot be done now.
    pub enabled: fn(&App) -> Result<(), String>,
    /// Does it; only called when it can be done.
    pub run: fn(&mut App, &egui::Context),
}

/// The menus, in the order in which the menu bar shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// Files and the program.
    File,
    /// Undo and the clipboard.
    Edit,
    /// The picture's edges, size and sides.
    Picture,
    /// The mask.
    Mask,
    /// Repainting and its results.
    Repaint,
    /// How the canvas is seen.
    View,
    /// Help and the log.
    Help,
}

impl Menu {
    /// Every menu.
    pub const ALL: &[Self] = &[
        Self::File,
        Self::Edit,
        Self::Picture,
        Self::Mask,
        Self::Repaint,
        Self::View,
        Self::Help,
    ];
}

/// Every action, in the order in which lists show them.
pub fn all() -> impl Iterator<Item = &'static Action> {
    let areas = [
        board::ACTIONS,
        &[shell::ACTIONS, shell::PICTURE_ACTIONS, studio::ACTIONS],
    ];
    areas.into_iter().flatten().copied().flatten()
}

/// The action of that name.
pub fn find(id: &str) -> Option<&'static Action> {
    all().find(|action| action.id == id)
}

/// An action that can always be done.
pub(super) fn always(_: &App) -> Result<(), String> {
    Ok(())
}

/// A key as keyboards print it: `Shift+[`, where egui says `Shift+OpenBracket`.
pub(super) fn key_text(ctx: &egui::Context, shortcut: &KeyboardShortcut) -> String {
    let text = ctx.format_shortcut(shortcut);
    let key = shortcut.logical_key;
    // The fonts have no arrows.
    let symbol = Some(key.symbol_or_name()).filter(|symbol| symbol.is_ascii());
    match (text.strip_suffix(key.name()), symbol) {
        (Some(modifiers), Some(symbol)) => format!("{modifiers}{symbol}"),
        _ => text,
    }
}

/// Runs an action, or says why it cannot be done.
pub(super) fn run(app: &mut App, ctx: &egui::Context, action: &Action) {
    match (action.enabled)(app) {
        Ok(()) => (action.run)(app, ctx),
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
        let pressed =
            ctx.input_mut(|input| input.consume_key(shortcut.modifiers, shortcut.logical_key));
        if pressed {
            let rows = || keyed.iter().filter(same).map(|(_, action)| *action);
            let able = rows().find(|action| (action.enabled)(app).is_ok());
            run(app, ctx, able.or(rows().next_back()).unwrap_or(action));
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
