//! One thing that can be done in the window, as every list shows it.
//!
//! Does not know who does it: each room's rows carry that as a type of their own.

use std::collections::BTreeMap;

use eframe::egui::{self, Key, KeyboardShortcut, ModifierNames, Modifiers};

use super::texts::{self, Caption, Text};

/// Keys that the artist changed, by action; `None` takes the key away.
pub type Shortcuts = BTreeMap<String, Option<KeyboardShortcut>>;

/// One thing that can be done, and how.
#[derive(Clone, Copy, Debug)]
pub struct Row<Does> {
    /// Names it in settings, for ever: `area.verb`.
    pub id: &'static str,
    /// What menus and buttons say, and one sentence in an artist's words, in English.
    texts: [&'static str; 2],
    /// The menu that lists it, if one does.
    pub menu: Option<Menu>,
    /// The key that it has until the artist changes it.
    pub shortcut: Option<KeyboardShortcut>,
    /// Whether the key works while a text field is being typed in.
    pub while_typing: bool,
    /// Whether it can be done now, and what does it.
    pub does: Does,
}

impl<Does: Copy> Row<Does> {
    /// A row whose key is not the typist's.
    pub(super) const fn new(
        id: &'static str,
        texts: [&'static str; 2],
        menu: Option<Menu>,
        shortcut: Option<KeyboardShortcut>,
        does: Does,
    ) -> Self {
        Self {
            id,
            texts,
            menu,
            shortcut,
            while_typing: false,
            does,
        }
    }

    /// The same row, whose key works in text fields too.
    pub(super) const fn while_typing(self) -> Self {
        Self {
            while_typing: true,
            ..self
        }
    }

    /// The same row, done by somebody who knows how these are done.
    pub fn map<Other: Copy>(&self, does: impl FnOnce(Does) -> Other) -> Row<Other> {
        let row = Row::new(
            self.id,
            self.texts,
            self.menu,
            self.shortcut,
            does(self.does),
        );
        Row {
            while_typing: self.while_typing,
            ..row
        }
    }
}

impl<Does> Row<Does> {
    /// What menus and buttons say, in the language that is spoken.
    pub fn label(&self) -> &'static str {
        self.caption().label()
    }

    /// One sentence in an artist's words.
    pub fn tooltip(&self) -> &'static str {
        self.caption().tooltip()
    }

    fn caption(&self) -> Caption {
        Caption::row(["actions", self.id, ""], self.texts)
    }

    /// Its key: the artist's, else its own.
    pub fn key(&self, changed: &Shortcuts) -> Option<KeyboardShortcut> {
        match changed.get(self.id) {
            Some(chosen) => *chosen,
            None => self.shortcut,
        }
    }
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

    /// Its name.
    pub(super) fn title(self) -> Text {
        match self {
            Self::File => texts::FILE,
            Self::Edit => texts::EDIT,
            Self::Picture => texts::PICTURE,
            Self::Mask => texts::MASK,
            Self::Repaint => texts::REPAINT,
            Self::View => texts::VIEW,
            Self::Help => texts::HELP,
        }
    }
}

/// A key as the keyboards of the language print it: `Shift+[`, where egui says `Shift+OpenBracket`.
pub(super) fn key_text(ctx: &egui::Context, shortcut: &KeyboardShortcut) -> String {
    let key = shortcut.logical_key;
    // The fonts have no arrows.
    let symbol = Some(key.symbol_or_name()).filter(|symbol| symbol.is_ascii());
    let name = texts::keys::named(key).map_or(symbol.unwrap_or(key.name()), Text::get);
    let names = ModifierNames {
        ctrl: texts::keys::CTRL.get(),
        shift: texts::keys::SHIFT.get(),
        ..ModifierNames::NAMES
    };
    match names.format(&shortcut.modifiers, ctx.os().is_mac()) {
        modifiers if modifiers.is_empty() => name.to_owned(),
        modifiers => format!("{modifiers}{}{name}", names.concat),
    }
}

/// The key of a row.
pub(super) const fn key(modifiers: Modifiers, key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(modifiers, key))
}
