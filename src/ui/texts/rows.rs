//! What rows of Rust's tables say: English stands in the row, other languages have a message by the row's name.
//!
//! Does not know the rows.

use super::language::{Language, now};
use super::{Caption, Text};
use crate::document::EditName;
use crate::library::Starter;
use crate::recipe::Recipe;
use crate::recipe::choice::Choice;
use crate::recipe::field::Field;

/// What a field of the recipe says; its option is its name.
pub(in crate::ui) const fn field(field: &Field) -> Caption {
    let own = &field.caption;
    Caption::row(["fields", field.option.name, ""], [own.label, own.tooltip])
}

/// Why a field does not count now; `None` while it does.
pub(in crate::ui) fn field_unused(field: &Field, recipe: &Recipe) -> Option<&'static str> {
    let english = (field.unused)(recipe)?;
    Some(Text::row(["fields", field.option.name, "unused", ""], english).get())
}

/// What a sweep calls a field.
pub(in crate::ui) fn sweep_label(field: &Field) -> &'static str {
    match &field.sweep {
        Some(sweep) if !sweep.label.is_empty() => {
            Text::row(["fields", field.option.name, "sweep", ""], sweep.label).get()
        }
        _ => self::field(field).label(),
    }
}

/// What a sweep takes through values.
pub(in crate::ui) fn sweep_about(field: &Field) -> &'static str {
    let english = field.sweep.as_ref().map_or("", |sweep| sweep.about);
    Text::row(["fields", field.option.name, "about", ""], english).get()
}

/// What a choice is called. Names of the field, as samplers have, are the same in every language.
pub(in crate::ui) fn choice_label(choice: &Choice) -> String {
    let other = match now() {
        Language::English => None,
        other => other.fixed(["choices", choice.what, choice.name, ""]),
    };
    other.map_or_else(|| choice.label(), str::to_owned)
}

/// What is said of a choice.
pub(in crate::ui) fn choice_tooltip(choice: &Choice) -> &'static str {
    Text::row(
        ["choices", choice.what, choice.name, "tip"],
        choice.tooltip(),
    )
    .get()
}

/// A word or two for an edit, as in "Undo brush stroke".
pub(in crate::ui) fn edit(name: EditName) -> &'static str {
    Text::row(["edits", name.label(), "", ""], name.label()).get()
}

/// What a model to begin with is for; its name without spaces is the row's.
pub(in crate::ui) fn starter_purpose(starter: &Starter) -> &'static str {
    Text::row(["starters", starter.name, "", ""], starter.purpose).get()
}
