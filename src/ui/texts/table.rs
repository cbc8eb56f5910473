//! Names of messages, and the macro that declares a table of them.
//!
//! Does not know the languages' words.

use std::fmt::{self, Display};
use std::ops::Deref;
use std::path::Path;

use eframe::egui::{RichText, WidgetText};
use fluent_bundle::{FluentArgs, FluentValue};

use super::language::{Key, Language, now};

/// A message without arguments, which says itself in the language that is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) struct Text {
    key: Key,
    /// Its English where a row of Rust's has that; empty for messages of the English tables.
    english: &'static str,
}

/// What one control says: its name, and a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) struct Caption {
    label: Text,
    tooltip: Text,
}

/// A message that Rust says.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// The table that it is in.
    pub table: &'static str,
    /// Its name, as Rust writes it.
    pub id: &'static str,
    /// Whether it has a tip.
    pub tip: bool,
    /// The names of its arguments.
    pub arguments: &'static [&'static str],
}

impl Text {
    /// Nothing.
    pub(in crate::ui) const NONE: Self = Self::name("");

    /// A name, which is the same in every language.
    pub(in crate::ui) const fn name(name: &'static str) -> Self {
        Self::row([""; 4], name)
    }

    /// A message of the English tables.
    pub(super) const fn new(table: &'static str, id: &'static str) -> Self {
        Self::row([table, id, "", ""], "")
    }

    /// What a row of Rust's says.
    pub(in crate::ui) const fn row(key: Key, english: &'static str) -> Self {
        Self { key, english }
    }

    /// It in the language that is spoken.
    pub(in crate::ui) fn get(self) -> &'static str {
        let english = || match self.english {
            "" => Language::English.fixed(self.key).unwrap_or(self.key[1]),
            english => english,
        };
        match now() {
            Language::English => english(),
            other => other.fixed(self.key).unwrap_or_else(english),
        }
    }
}

impl Caption {
    /// A message of the English tables that has a tip.
    pub(super) const fn new(table: &'static str, id: &'static str) -> Self {
        Self::row([table, id, ""], ["", ""])
    }

    /// What a row of Rust's says.
    pub(in crate::ui) const fn row(
        [table, id, of]: [&'static str; 3],
        [label, tooltip]: [&'static str; 2],
    ) -> Self {
        Self {
            label: Text::row([table, id, of, ""], label),
            tooltip: Text::row([table, id, of, "tip"], tooltip),
        }
    }

    /// Its name.
    pub(in crate::ui) fn label(&self) -> &'static str {
        self.label.get()
    }

    /// Its sentence.
    pub(in crate::ui) fn tooltip(&self) -> &'static str {
        self.tooltip.get()
    }

    /// Name and sentence.
    pub(in crate::ui) fn both(&self) -> [&'static str; 2] {
        [self.label(), self.tooltip()]
    }

    /// What tells it from others in every language.
    pub(in crate::ui) fn id(&self) -> Key {
        self.label.key
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.get()
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.get())
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.get().to_owned()
    }
}

impl From<Text> for RichText {
    fn from(text: Text) -> Self {
        text.get().into()
    }
}

impl From<Text> for WidgetText {
    fn from(text: Text) -> Self {
        text.get().into()
    }
}

/// What stands in a message's place: whole numbers choose its plural, all else is written as it writes itself.
pub(super) trait Argument {
    /// It as Fluent has it.
    fn value(&self) -> FluentValue<'_>;
}

macro_rules! arguments {
    ($self:ident: $($type:ty => $value:expr;)+) => {
        $(impl Argument for $type {
            fn value(&$self) -> FluentValue<'_> {
                $value.into()
            }
        })+
    };
}

arguments! { self:
    u32 => *self;
    usize => *self;
    str => self;
    String => self.as_str();
    u64 => self.to_string();
    f32 => self.to_string();
    f64 => self.to_string();
    Path => self.display().to_string();
    dyn Display + '_ => self.to_string();
    std::io::Error => self.to_string();
    crate::raster::Size => self.to_string();
    crate::raster::file::Note => self.to_string();
    crate::recipe::parsed::NoRecipe => self.to_string();
}

impl<T: Argument + ?Sized> Argument for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

/// A message with arguments in the language that is spoken.
pub(super) fn say(table: &str, id: &str, arguments: &[(&'static str, &dyn Argument)]) -> String {
    let arguments = arguments.iter().map(|(name, value)| (*name, value.value()));
    let arguments: FluentArgs<'_> = arguments.collect();
    let said = |language: Language| language.message(table, id, false, &arguments);
    let said = said(now()).or_else(|| said(Language::English));
    said.unwrap_or_else(|| id.to_owned())
}

/// Declares what Rust says of a table: texts, captions, and functions for messages with arguments, which are the function's own unless braces say otherwise.
macro_rules! texts {
    (
        $table:literal;
        texts: $($text:ident),* $(,)?;
        captions: $($caption:ident),* $(,)?;
        $($says:ident($($parameter:ident: $type:ty),*) $({ $($argument:ident: $value:expr),+ })?;)*
    ) => {
        $(pub(in crate::ui) const $text: $crate::ui::texts::Text =
            $crate::ui::texts::Text::new($table, stringify!($text));)*

        $(pub(in crate::ui) const $caption: $crate::ui::texts::Caption =
            $crate::ui::texts::Caption::new($table, stringify!($caption));)*

        $(pub(in crate::ui) fn $says($($parameter: $type),*) -> String {
            told!(($table, stringify!($says)) ($($parameter)*) $($($argument: $value),+)?)
        })*

        /// What of the table is said.
        pub(super) const MESSAGES: &[$crate::ui::texts::Used] = &[
            $(used!($table, $text, false, ()),)*
            $(used!($table, $caption, true, ()),)*
            $(used!($table, $says, false, ($($parameter)*) $($($argument)+)?),)*
        ];
    };
}

macro_rules! told {
    (($($id:expr),+) ($($parameter:ident)*)) => {
        $crate::ui::texts::table::say($($id),+, &[$((stringify!($parameter), &$parameter)),*])
    };
    (($($id:expr),+) ($($parameter:ident)*) $($argument:ident: $value:expr),+) => {
        $crate::ui::texts::table::say($($id),+, &[$((stringify!($argument), &$value)),+])
    };
}

macro_rules! used {
    ($table:literal, $id:ident, $tip:literal, ($($parameter:ident)*)) => {
        $crate::ui::texts::Used {
            table: $table,
            id: stringify!($id),
            tip: $tip,
            arguments: &[$(stringify!($parameter)),*],
        }
    };
    ($table:literal, $id:ident, $tip:literal, ($($parameter:ident)*) $($argument:ident)+) => {
        used!($table, $id, $tip, ($($argument)+))
    };
}
