//! What variations, presets, earlier prompts, mistakes and recipes in files say.
//!
//! Does not know when it is said.

use std::io;
use std::path::Path;

use super::studio::{Caption, caption};
use crate::recipe::parsed::NoRecipe;

pub const VARIATION_LOCK: Caption = caption(
    "Lock variation seed",
    "Keep this variation for every repaint; unlocked, each press of Repaint takes a new one.",
);
pub const BATCH: Caption = caption(
    "At once",
    "How many of them go through the model together: faster on graphics cards, at the price of memory; on the processor it gains little.",
);
pub const NO_VARIATION: &str = "Raise the variation above 0 first.";

pub const PRESET: Caption = caption(
    "Preset",
    "Recipes kept under a name: choose one to use it, or save yours.",
);
pub const PRESET_NONE: &str = "None";
pub const PRESET_NO_NAMES: &str = "None has been saved yet.";
pub const PRESET_USE_TOOLTIP: &str =
    "Put this preset into the panel; the prompts there now are among the earlier ones.";
pub const PRESET_SAVE: &str = "Save as a preset\u{2026}";
pub const PRESET_SAVE_TOOLTIP: &str = "Keep what is in the panel under a name.";
pub const PRESET_OVER_TOOLTIP: &str = "Put what is in the panel in the place of this preset.";
pub const PRESET_DELETE_TOOLTIP: &str = "Remove this preset for good; the panel stays as it is.";
pub const PRESET_NO_FOLDER: &str =
    "There is no folder for presets; set PENTIMENTO_CONFIG_DIR to one.";
pub const PRESET_NAME_TITLE: &str = "Save as a preset";
pub const PRESET_NAME_BODY: &str = "Name of the preset";
pub const PRESET_NAME_HINT: &str = "hands, soft";
pub const PRESET_NAME_FIRST: &str = "Type a name first.";
pub const PRESET_OVER_TITLE: &str = "Save over it?";
pub const PRESET_OVER_BUTTON: &str = "Save over it";
pub const PRESET_DELETE_TITLE: &str = "Delete it?";
pub const PRESET_DELETE_BUTTON: &str = "Delete it";
pub const SAVE: &str = "Save";

/// The preset that was used last, and is no longer what is in the panel.
pub fn preset_changed(name: &str) -> String {
    format!("{name} (changed)")
}

/// A row of the list.
pub fn preset_save_over(name: &str) -> String {
    format!("Save over {name}\u{2026}")
}

/// A row of the list.
pub fn preset_delete(name: &str) -> String {
    format!("Delete {name}\u{2026}")
}

/// A question.
pub fn preset_over(name: &str) -> String {
    format!("There is a preset {name} already; what is in the panel takes its place.")
}

/// A question.
pub fn preset_deletes(name: &str) -> String {
    format!("The preset {name} is removed for good.")
}

/// Where a recipe came from.
pub fn preset_source(name: &str) -> String {
    format!("the preset {name}")
}

/// A preset was kept.
pub fn preset_saved(name: &str) -> String {
    format!("The preset {name} is saved.")
}

/// A preset was removed.
pub fn preset_deleted(name: &str) -> String {
    format!("The preset {name} is deleted.")
}

pub const EARLIER: &str = "Earlier prompts";
pub const EARLIER_TITLE: &str = "Earlier prompts, newest first";
pub const EARLIER_TOOLTIP: &str = "Take up a prompt that you repainted with before; in the prompt, Alt with the arrows up and down does the same.";
pub const EARLIER_NONE: &str = "Nothing has been repainted with a prompt yet.";
pub const OLDEST: &str = "This is the oldest prompt that is kept.";
pub const NEWEST: &str = "There is no later prompt.";

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
    format!("Not: {}", negative.trim())
}

/// The earlier prompts cannot be read.
pub fn prompts_unread(path: &Path, error: &io::Error) -> String {
    format!(
        "the earlier prompts cannot be read ({error}), check {}",
        path.display()
    )
}

/// The file of the earlier prompts made no sense.
pub fn prompts_damaged(cause: &dyn std::fmt::Display, aside: &Path) -> String {
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
        Some(folder) => format!(
            "__animal__ takes a line of {}",
            folder.join("animal.txt").display()
        ),
        None => "__animal__ would take a line of a file, but there is no folder for such files; set PENTIMENTO_CONFIG_DIR to one".to_owned(),
    };
    format!(
        "{{red|blue}} takes one of the two, chosen by the seed; {lists}. (word:1.2) weighs more, [red:blue:0.5] changes half way."
    )
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

/// Mistakes that are not explained.
pub fn more_mistakes(count: usize) -> String {
    format!("and {count} more")
}

pub const CARRIED: &str = "This picture carries its recipe.";
pub const CARRIED_TAKE: &str = "Take it over";
pub const CARRIED_LEAVE: &str = "Leave it";
pub const CARRIED_LEAVE_TOOLTIP: &str =
    "Keep what is in the panel; the recipe stays in the picture's file.";
pub const NO_CARRIED: &str = "The picture carries no recipe, or it is in the panel already.";
pub const COPIED: &str = "The recipe is on the clipboard.";
pub const PASTED: &str = "the clipboard";
pub const OTHERS_TOOLTIP: &str = "What the recipe's source says and this program has no use for; nothing of it changes the picture.";
pub const OTHERS_FORGET: &str = "Forget these";
pub const OTHERS_FORGET_TOOLTIP: &str = "Take these lines out of the panel.";

/// A picture's recipe cannot be read.
pub fn carried_unread(name: &str, problem: &NoRecipe) -> String {
    format!("the recipe in {name} was not read: {problem}")
}

/// A text or file gives no recipe.
pub fn unread(source: &str, problem: &NoRecipe) -> String {
    format!("{source}: {problem}")
}

/// A dropped text is of no use.
pub fn text_without_recipe(name: &str) -> String {
    format!(
        "{name} is not a picture and tells no recipe; drop a picture, a preset, or the parameters of a picture as text"
    )
}

/// A file of text cannot be read.
pub fn text_unread(path: &Path, error: &io::Error) -> String {
    format!("the file cannot be read ({error}): {}", path.display())
}

/// A recipe was taken over.
pub fn taken_over(source: &str, unused: usize) -> String {
    match unused {
        0 => format!("The recipe of {source} is in the panel."),
        1 => format!(
            "The recipe of {source} is in the panel; 1 value that is not used here is listed at the panel's end."
        ),
        unused => format!(
            "The recipe of {source} is in the panel; {unused} values that are not used here are listed at the panel's end."
        ),
    }
}

/// The heading of what a recipe's source says beside it.
pub fn others(count: usize) -> String {
    format!("Not used here ({count})")
}

/// Where that stood.
pub fn others_from(source: &str) -> String {
    format!("From {source}:")
}

/// What a picture's recipe says, for a tooltip.
pub fn carried_tooltip(prompt: &str, unused: usize) -> String {
    let prompt: String = prompt.chars().take(200).collect();
    match unused {
        0 => format!("Put it into the panel: {prompt}"),
        unused => format!(
            "Put it into the panel, where {unused} of its values have no use and are only listed: {prompt}"
        ),
    }
}

pub const DESK_FULL: &str = "Too much is waiting to be read and written, try again in a moment.";
pub const DESK_GONE: &str = "A thread of the program has ended, try again; the log says why.";

/// The system is out of threads.
pub fn no_thread(error: &io::Error) -> String {
    super::studio::no_thread(error)
}

pub const RESULT_GONE: &str = "The result is gone; select one and save again.";
