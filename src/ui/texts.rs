//! What the window says: tables in the form of Project Fluent, one folder a language, and the names by which the rooms say it.
//!
//! The window's own texts are messages of `assets/locales/en` and of every other language's folder. What Rust's tables hold because other places show it too (rows of actions, the recipe's fields and choices, names of edits) has its English there, as the one source, and a message by the row's name in the other languages. Lines about files, networks and servers are English everywhere: the command line has the same, and they are searched for by their words.
//!
//! Does not know when it is said.

mod language;
mod rows;

#[macro_use]
mod table;

pub(super) mod analysis;
pub(super) mod board;
pub(super) mod fix;
pub(super) mod keys;
pub(super) mod library;
pub(super) mod object;
pub(super) mod prepare;
pub(super) mod recipes;
pub(super) mod server;
pub(super) mod shell;
pub(super) mod studio;
pub(super) mod sweep;
pub(super) mod words;
pub(super) mod work;

pub use language::{Language, set_system};
pub(super) use language::{now, speak};
pub(super) use rows::{
    choice_label, choice_tooltip, edit, field, field_unused, starter_purpose, sweep_about,
    sweep_label,
};
pub use table::Used;
pub(super) use table::{Caption, Text};

/// What stands in the title when nothing is open.
pub const TITLE: &str = "Pentimento";

texts! {
    "menus";
    texts: FILE, EDIT, PICTURE, MASK, REPAINT, VIEW, HELP;
    captions: ;
}

/// A label in the middle of a sentence, where nouns are small.
pub(super) fn in_sentence(label: &str) -> String {
    match now() {
        Language::English => label.to_lowercase(),
        Language::German => label.to_owned(),
    }
}

/// Every message that the window says by itself, not by a row of a table of Rust's.
pub fn used() -> impl Iterator<Item = &'static Used> {
    let tables = [
        MESSAGES,
        analysis::MESSAGES,
        board::MESSAGES,
        fix::MESSAGES,
        keys::MESSAGES,
        library::MESSAGES,
        object::MESSAGES,
        prepare::MESSAGES,
        recipes::MESSAGES,
        server::MESSAGES,
        shell::MESSAGES,
        studio::MESSAGES,
        sweep::MESSAGES,
        words::MESSAGES,
        work::MESSAGES,
    ];
    tables.into_iter().flatten()
}
