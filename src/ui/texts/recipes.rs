//! What variations, presets, earlier prompts, mistakes and recipes in files say.
//!
//! Does not know when it is said.

use std::fmt::Display;
use std::io;
use std::path::Path;

use super::in_sentence;
use crate::recipe::parsed::NoRecipe;

texts! {
    "recipes";
    texts:
        NO_VARIATION, PRESET_NONE, PRESET_NO_NAMES, PRESET_USE_TOOLTIP, PRESET_SAVE,
        PRESET_SAVE_TOOLTIP, PRESET_OVER_TOOLTIP, PRESET_DELETE_TOOLTIP, PRESET_NO_FOLDER,
        PRESET_NAME_TITLE, PRESET_NAME_BODY, PRESET_NAME_HINT, PRESET_NAME_FIRST,
        PRESET_OVER_TITLE, PRESET_OVER_BUTTON, PRESET_DELETE_TITLE, PRESET_DELETE_BUTTON, SAVE,
        EARLIER, EARLIER_TITLE, EARLIER_TOOLTIP, EARLIER_NONE, OLDEST, NEWEST, CARRIED,
        CARRIED_TAKE, CARRIED_LEAVE, CARRIED_LEAVE_TOOLTIP, NO_CARRIED, COPIED, PASTED,
        OTHERS_TOOLTIP, OTHERS_FORGET, OTHERS_FORGET_TOOLTIP, DESK_FULL, DESK_GONE, RESULT_GONE,
        GRAMMAR_NO_LISTS, RESET_TIP, WIDTH, HEIGHT;
    captions: VARIATION_LOCK, BATCH, PRESET;
    reset(name: &str) { name: in_sentence(name) };
    preset_changed(name: &str);
    preset_save_over(name: &str);
    preset_delete(name: &str);
    preset_over(name: &str);
    preset_deletes(name: &str);
    preset_source(name: &str);
    preset_saved(name: &str);
    preset_deleted(name: &str);
    not_this(negative: &str);
    grammar_list(file: &Path);
    grammar_rules(lists: &str);
    more_mistakes(count: usize);
    text_without_recipe(name: &str);
    taken_over_all(source: &str);
    taken_over_but(source: &str, count: usize);
    others(count: usize);
    others_from(source: &str);
    carried_all(prompt: &str);
    carried_but(prompt: &str, count: usize);
}

/// Earlier prompts, on one line.
pub fn earlier(prompt: &str, negative: &str) -> String {
    let line = match prompt.trim() {
        "" => not(negative),
        prompt => prompt.to_owned(),
    };
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A negative prompt beside a prompt.
pub fn not(negative: &str) -> String {
    not_this(negative.trim())
}

/// The earlier prompts cannot be read.
pub fn prompts_unread(path: &Path, error: &io::Error) -> String {
    format!(
        "the earlier prompts cannot be read ({error}), check {}",
        path.display()
    )
}

/// The file of the earlier prompts made no sense.
pub fn prompts_damaged(cause: &dyn Display, aside: &Path) -> String {
    format!(
        "the earlier prompts were damaged ({cause}) and are begun anew; the damaged file is kept: {}",
        aside.display()
    )
}

/// A prompt could not be kept.
pub fn prompts_unkept(path: &Path, error: &io::Error) -> String {
    format!(
        "the prompt cannot be kept for later ({error}), check {}",
        path.display()
    )
}

/// What prompts may say beside words, and where the lists for it lie.
pub fn grammar(wildcards: Option<&Path>) -> String {
    let lists = match wildcards {
        Some(folder) => grammar_list(&folder.join("animal.txt")),
        None => GRAMMAR_NO_LISTS.into(),
    };
    grammar_rules(&lists)
}

/// A mistake, explained below the prompt.
pub fn mistake(fragment: &str, message: &str) -> String {
    const LONGEST: usize = 24;
    let mut short: String = fragment.chars().take(LONGEST).collect();
    if short.len() < fragment.len() {
        short.push('\u{2026}');
    }
    let mut end = message.to_owned();
    if !end.ends_with('.') {
        end.push('.');
    }
    match short.trim().is_empty() {
        true => end,
        false => format!("{short}  \u{2013}  {end}"),
    }
}

/// A picture's recipe cannot be read.
pub fn carried_unread(name: &str, problem: &NoRecipe) -> String {
    format!("the recipe in {name} was not read: {problem}")
}

/// A text or file gives no recipe.
pub fn unread(source: &str, problem: &NoRecipe) -> String {
    format!("{source}: {problem}")
}

/// A file of text cannot be read.
pub fn text_unread(path: &Path, error: &io::Error) -> String {
    format!("the file cannot be read ({error}): {}", path.display())
}

/// A recipe was taken over.
pub fn taken_over(source: &str, unused: usize) -> String {
    match unused {
        0 => taken_over_all(source),
        unused => taken_over_but(source, unused),
    }
}

/// What a picture's recipe says, for a tooltip.
pub fn carried_tooltip(prompt: &str, unused: usize) -> String {
    let prompt: String = prompt.chars().take(200).collect();
    match unused {
        0 => carried_all(&prompt),
        unused => carried_but(&prompt, unused),
    }
}
