//! What files, dialogs, settings and help say.
//!
//! Does not know when it is said.

use std::path::Path;

use crate::raster::Size;
use crate::raster::file::Note;
use crate::recipe::parsed::NoRecipe;

pub const PICTURES: &str = "Pictures (PNG, JPEG, WebP, TIFF)";
/// A filter of file dialogs: networks.
pub const NETWORKS: &str = "Models";
pub const ALL_FILES: &str = "All files";

pub const RECENT: &str = "Recent";
pub const NO_RECENT: &str = "Nothing was opened yet";
pub const FORGET_RECENT: &str = "Forget these";
pub const SAMPLES: &str = "Samples";
pub const SAMPLES_TOOLTIP: &str =
    "Open one of the wrong hands that come with the program, its mask and prompt filled in.";

pub const FILES: &str = "Saving";
pub const WRITE_RECIPES: &str = "Write the recipe into saved pictures";
pub const WRITE_RECIPES_TOOLTIP: &str = "A saved picture tells the prompt and settings of the last result that you kept, as other tools of the field read them.";

pub const SAVE_BESIDE: &str = "Save opened pictures beside the original";
pub const SAVE_BESIDE_TOOLTIP: &str = "The first Save of a picture that you opened writes a copy beside it, named with \"-edited\", and the original stays as it is.";
pub const RESULTS: &str = "Results";
pub const AUTOSAVE: &str = "Save every result as it comes";
pub const AUTOSAVE_TOOLTIP: &str =
    "Each result is written to a file of its own, laid over the picture that it was made from.";
pub const RESULTS_FOLDER: &str = "Folder for results";
pub const RESULTS_FOLDER_HINT: &str = "beside the picture";
pub const RESULTS_FOLDER_TOOLTIP: &str =
    "Where results are saved; empty, they go beside the picture that is open.";
pub const RESULTS_NAME: &str = "Names of results";
pub const RESULTS_NAME_TOOLTIP: &str = "What files of results are called: {name} is the picture's, {seed} the seed, {number} the result's number; a name that is taken gets a number at its end.";
pub const NO_RESULTS_FOLDER: &str = "This result is not saved, as there is no folder for it: give results a folder in the settings, by its whole path.";

pub const CANCEL: &str = "Cancel";
pub const SAVE: &str = "Save";
pub const SAVE_MASK: &str = "Save mask…";
pub const SAVE_PROJECT: &str = "Save project\u{2026}";
pub const SAVE_ANYWAY: &str = "Save all the same";
pub const SAVE_ELSEWHERE: &str = "Save as…";
pub const DISCARD: &str = "Discard";
pub const OPEN_IT: &str = "Open it";
pub const USE_AS_MASK: &str = "Use it as the mask";
pub const USE_AS_REFERENCE: &str = "Use it as reference";
pub const SCALE_MASK: &str = "Scale it";

pub const UNSAVED_TITLE: &str = "Unsaved work";
pub const LOSSY_TITLE: &str = "Something would be lost";
pub const WHICH_TITLE: &str = "Which picture?";
pub const WHICH: &str = "One picture is open at a time. Open:";
pub const MASK_TITLE: &str = "Picture or mask?";
pub const SIZE_TITLE: &str = "Another size";
pub const PATH_TITLE: &str = "No file dialog";
pub const PATH_NOTE: &str =
    "The system showed no file dialog (xdg-desktop-portal or zenity brings one). Type the path:";
pub const PATH_LABEL: &str = "Path";
pub const PATH_OK: &str = "Use this path";

pub const PALETTE_HINT: &str = "Type what to do, or what to set: \"steps 30\", \"light\", a preset";
pub const PALETTE_LABEL: &str = "Search the actions";
pub const PALETTE_NONE: &str = "Nothing is called that.";
/// Beside what was found: a value of the recipe.
pub const FOUND_RECIPE: &str = "Recipe";
/// Beside what was found: a setting that is so already.
pub const FOUND_NOW: &str = "now";

/// Something that has values, and one of them.
pub fn value(name: &str, value: &str) -> String {
    format!("{name}: {value}")
}

/// What a switch is.
pub fn on_or_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

pub const KEYS_TITLE: &str = "Keys";
pub const KEYS_SEARCH: &str = "Search the keys";
pub const KEYS_PRESS: &str = "Press a key…";
pub const KEYS_NONE: &str = "none";
pub const KEYS_HELP: &str = "Click a key to change it, then press the new one; Esc leaves it as it was, Backspace takes it away.";
pub const KEYS_CHANGE: &str = "Give this another key.";
pub const KEYS_RESET: &str = "Reset";
pub const KEYS_RESET_TOOLTIP: &str = "Give this the key that it came with.";
pub const KEYS_RESET_ALL: &str = "Reset all keys";
pub const KEYS_RESET_ALL_TOOLTIP: &str = "Give every action the key that it came with.";
pub const KEYS_TAKE: &str = "Take it";
pub const KEYS_KEEP: &str = "Leave it";

/// First parts of the names of actions, and what the list of keys calls those.
pub const AREAS: &[(&str, &str)] = &[
    ("tool", "Tools"),
    ("brush", "Brush"),
    ("edit", "Undo and clipboard"),
    ("mask", "Mask"),
    ("color", "Colour"),
    ("sketch", "Sketch"),
    ("object", "Click to mask"),
    ("frame", "Crop and extend"),
    ("view", "View"),
    ("compare", "Before and after"),
    ("repaint", "Repaint"),
    ("results", "Results"),
    ("recipe", "Recipe"),
    ("sweep", "Parameter sweep"),
    ("models", "Models"),
    ("picture", "Picture"),
    ("file", "Files"),
    ("help", "Help"),
];

/// What the list of keys calls what is done without an action.
pub const GESTURES_TITLE: &str = "Mouse, pen and fingers";

/// What is done with the mouse, a pen or keys that belong to no action, and what it does.
pub const GESTURES: &[(&str, &str)] = &[
    ("Left button", "Paint, draw or choose with the tool in hand"),
    ("Right button", "Erase, or take away with the tool in hand"),
    (
        "Shift + click",
        "Paint a straight line from where the last stroke ended",
    ),
    ("Shift while dragging", "Make a square or a circle"),
    (
        "Alt or Ctrl + right drag",
        "Set the brush: sideways its size, up and down its hardness",
    ),
    ("Ctrl + wheel", "Set the brush's size"),
    (
        "Ctrl or Alt + click",
        "Take a colour, with the colour brush in hand",
    ),
    ("Wheel, or pinch", "Zoom at the pointer"),
    ("Space or middle drag", "Move the view"),
    (
        "Shift + Space drag",
        "Rotate the view, Shift and the middle button too",
    ),
    ("Two fingers", "Move and zoom the view"),
    ("Double click, Enter", "Close the polygon"),
    ("Alt while dragging", "Crop without steps of 8 pixels"),
    (
        "Alt + letter, F10",
        "Open a menu; arrows, Enter and Escape within it",
    ),
    (
        "Double click on a name",
        "Bring a value of the recipe back to the usual one",
    ),
];

pub const LOG_TITLE: &str = "Messages";
pub const LOG_COPY: &str = "Copy all";
pub const LOG_COPY_TOOLTIP: &str = "Put all lines on the clipboard, to send them to somebody.";
pub const LOG_EMPTY: &str = "Nothing has been said yet.";
pub const LOG_CLOCK: &str = "Times are UTC, as in the log file.";
pub const LOG_NO_FILE: &str = "No log file is written in this run.";
pub const DISMISS: &str = "Dismiss";
pub const TOAST_TOOLTIP: &str = "Show all messages.";

pub const SETTINGS_TITLE: &str = "Settings";
pub const THEME: &str = "Theme";
pub const THEME_DARK: &str = "Dark";
pub const THEME_LIGHT: &str = "Light";
pub const THEME_SYSTEM: &str = "As the system";
pub const THEME_TOOLTIP: &str = "How light the window is around the picture.";
pub const SCALE: &str = "Size of the interface";
pub const SCALE_TOOLTIP: &str = "How large words and buttons are; the picture keeps its zoom.";
pub const UNDO_BUDGET: &str = "Memory for undo";
pub const UNDO_BUDGET_TOOLTIP: &str =
    "How much memory undo may keep; beyond it the oldest steps are forgotten.";
pub const RESULTS_BUDGET: &str = "Memory for results";
pub const RESULTS_BUDGET_TOOLTIP: &str =
    "How much memory the strip of results may keep; beyond it the oldest are forgotten.";
pub const MEBIBYTES: &str = " MiB";
pub const PERCENT: &str = " %";
pub const SETTINGS_RESET: &str = "Usual settings";
pub const SETTINGS_RESET_TOOLTIP: &str =
    "Bring theme, size and memory back to what they were at first; keys and recent files stay.";

pub const WELL_LABEL: &str = "Reference picture";
pub const WELL_EMPTY: &str = "Drop a picture to repaint from it";
pub const WELL_TOOLTIP: &str = "Choose or drop a picture that the masked part is repainted from.";
pub const WELL_CLEAR: &str = "Remove";
pub const WELL_CLEAR_TOOLTIP: &str = "Repaint from the picture itself again.";

pub const DROP_PICTURE: &str = "Drop it on the canvas to open it";
pub const DROP_PICTURES: &str = "Drop them to choose which one to open";
pub const DROP_FOLDER: &str = "Drop it to add it to the models";
pub const DROP_REFERENCE: &str = "Drop it here to repaint from it";

pub const PASTED: &str = "Pasted picture";
pub const COPIED: &str = "The picture is on the clipboard.";
pub const NOTHING_TO_PASTE: &str =
    "There is no picture on the clipboard; copy one in another program first.";

pub const DIALOG_OPEN: &str = "Another file dialog is open.";
pub const EMPTY_MASK: &str = "The mask is empty; paint one first.";
pub const SAVED_ALREADY: &str =
    "The picture is as it is in its file; File, Save mask keeps the mask.";
pub const MASK_RESTORED: &str = "The mask that you had painted on it is back.";

/// What is not saved.
pub fn unsaved(title: &str) -> String {
    format!("The changes to {title} are not saved. ")
}

/// The mask is not saved.
pub fn unsaved_mask(title: &str) -> String {
    format!("The mask of {title} is not saved. ")
}

/// Results are in no picture.
pub fn unkept(results: usize) -> String {
    match results {
        0 => String::new(),
        1 => "One result was not kept; a project keeps it.".to_owned(),
        results => format!("{results} results were not kept; a project keeps them."),
    }
}

/// What saving to a file would lose.
pub fn lossy(name: &str, losses: &[String]) -> String {
    format!("Saving as {name} loses something:\n{}", losses.join("\n"))
}

pub const REPLACES: &str = "The file that you opened is replaced; the picture as it was is gone.";
pub const LOSES_ALPHA: &str = "JPEG has no transparency: the picture is put on white.";
pub const LOSES_TEXT: &str =
    "The text in the file, such as the recipe of a picture, is kept by PNG only.";

/// What the file held that was not read, and is gone when it is written over.
pub fn loses_unread(note: Note) -> String {
    format!("It replaces the file that was opened, of which {note}.")
}

pub fn opened(name: &str, size: Size) -> String {
    format!("Opened {name}, {size} pixels.")
}

pub fn saved(path: &Path) -> String {
    format!("Saved {}.", path.display())
}

pub fn mask_saved(path: &Path) -> String {
    format!("Saved the mask as {}.", path.display())
}

pub fn mask_read(name: &str) -> String {
    format!("{name} is the mask now; undo brings the old one back.")
}

pub fn reference_read(name: &str) -> String {
    format!("{name} is the reference picture now.")
}

/// A reference picture carries a recipe that makes no sense.
pub fn reference_recipe_unread(name: &str, problem: &NoRecipe) -> String {
    format!("{name} is the reference picture now, but its recipe was not taken over: {problem}.")
}

/// A note about a file.
pub fn noted(name: &str, note: Note) -> String {
    format!("{name}: {note}.")
}

pub fn too_large(name: &str, size: Size, limit: u32) -> String {
    format!(
        "{name} is {size} pixels and this graphics device holds {limit} a side; scale it down first."
    )
}

pub fn picture_or_mask(name: &str) -> String {
    format!("{name} could be a picture or the mask of the open one.")
}

pub fn mask_of_other_size(name: &str, mask: Size, picture: Size) -> String {
    format!("{name} is {mask} pixels and the picture {picture}.")
}

pub fn key_taken(key: &str, owner: &str) -> String {
    format!("{key} is the key of \"{owner}\".")
}

pub fn settings_not_kept(path: &Path, error: &std::io::Error) -> String {
    format!(
        "the settings cannot be kept ({error}), make the folder writable: {}",
        path.display()
    )
}

pub fn clipboard_failed(error: &dyn std::fmt::Display) -> String {
    format!("The clipboard cannot be reached ({error}); save the picture to a file instead.")
}

pub const RESULT_REFERENCE: &str = "a result";

/// How the tool bar looks.
pub const TOOLS: &str = "Tool bar";
/// Shows names beside the buttons of the tool bar.
pub const TOOL_NAMES: &str = "Names beside the buttons";
/// What that is for.
pub const TOOL_NAMES_TOOLTIP: &str =
    "What each button of the tool bar is called stands beside it, not only in its tooltip.";
