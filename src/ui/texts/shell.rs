//! What files, dialogs, settings and help say.
//!
//! Does not know when it is said.

use std::fmt::Display;
use std::path::Path;

use super::{Caption, Text};
use crate::raster::Size;
use crate::raster::file::Note;
use crate::recipe::parsed::NoRecipe;

texts! {
    "shell";
    texts:
        PICTURES, NETWORKS, ALL_FILES, RECENT, NO_RECENT, FORGET_RECENT, SAMPLES,
        SAMPLES_TOOLTIP, FILES, WRITE_RECIPES, WRITE_RECIPES_TOOLTIP, SAVE_BESIDE,
        SAVE_BESIDE_TOOLTIP, RESULTS, AUTOSAVE, AUTOSAVE_TOOLTIP, RESULTS_FOLDER,
        RESULTS_FOLDER_HINT, RESULTS_FOLDER_TOOLTIP, RESULTS_NAME, RESULTS_NAME_TOOLTIP,
        NO_RESULTS_FOLDER, CANCEL, SAVE, SAVE_MASK, SAVE_PROJECT, SAVE_ANYWAY, SAVE_ELSEWHERE,
        DISCARD, OPEN_IT, USE_AS_MASK, USE_AS_REFERENCE, SCALE_MASK, UNSAVED_TITLE, LOSSY_TITLE,
        WHICH_TITLE, WHICH, MASK_TITLE, SIZE_TITLE, PATH_TITLE, PATH_NOTE, PATH_LABEL, PATH_OK,
        PALETTE_HINT, PALETTE_LABEL, PALETTE_NONE, FOUND_RECIPE, FOUND_NOW, KEYS_TITLE,
        KEYS_SEARCH, KEYS_PRESS, KEYS_NONE, KEYS_HELP, KEYS_CHANGE, KEYS_RESET,
        KEYS_RESET_TOOLTIP, KEYS_RESET_ALL, KEYS_RESET_ALL_TOOLTIP, KEYS_TAKE, KEYS_KEEP,
        GESTURES_TITLE, LOG_TITLE, LOG_COPY, LOG_COPY_TOOLTIP, LOG_EMPTY, LOG_CLOCK, LOG_ERROR,
        LOG_NO_FILE, DISMISS, TOAST_TOOLTIP, SETTINGS_TITLE, THEME, THEME_DARK, THEME_LIGHT,
        THEME_SYSTEM, THEME_TOOLTIP, SCALE, SCALE_TOOLTIP, UNDO_BUDGET, UNDO_BUDGET_TOOLTIP,
        RESULTS_BUDGET, RESULTS_BUDGET_TOOLTIP, MEBIBYTES, PERCENT, SETTINGS_RESET,
        SETTINGS_RESET_TOOLTIP, WELL_LABEL, WELL_EMPTY, WELL_TOOLTIP, WELL_CLEAR,
        WELL_CLEAR_TOOLTIP, DROP_PICTURE, DROP_PICTURES, DROP_FOLDER, DROP_REFERENCE, PASTED,
        COPIED, NOTHING_TO_PASTE, DIALOG_OPEN, EMPTY_MASK, SAVED_ALREADY, MASK_RESTORED,
        REPLACES, LOSES_ALPHA, LOSES_TEXT, RESULT_REFERENCE, ON, OFF, LANGUAGE, LANGUAGE_TIP, TOOLS, TOOL_NAMES, TOOL_NAMES_TOOLTIP,
        AREA_TOOL, AREA_BRUSH, AREA_EDIT, AREA_MASK, AREA_COLOR, AREA_SKETCH, AREA_OBJECT,
        AREA_FRAME, AREA_VIEW, AREA_COMPARE, AREA_REPAINT, AREA_RESULTS, AREA_RECIPE,
        AREA_SWEEP, AREA_MODELS, AREA_PICTURE, AREA_FILE, AREA_HELP, ASK_PICTURE,
        ASK_PICTURE_TARGET, ASK_PROJECT_TARGET, ASK_MASK, ASK_SHEET_TARGET, ASK_RESULT_TARGET,
        ASK_MASK_TARGET, ASK_REFERENCE, ASK_UPSCALER, ASK_SEGMENTER, ASK_TAGGER, ASK_CAPTIONER, ASK_SAM,
        ASK_DETECTOR;
    captions:
        GESTURE_LEFT, GESTURE_RIGHT, GESTURE_LINE, GESTURE_SQUARE, GESTURE_BRUSH, GESTURE_WHEEL,
        GESTURE_PICK, GESTURE_ZOOM, GESTURE_MOVE, GESTURE_TURN, GESTURE_FINGERS, GESTURE_CLOSE,
        GESTURE_CROP, GESTURE_MENU, GESTURE_USUAL;
    unsaved(title: &str);
    unsaved_mask(title: &str);
    unkept_results(count: usize);
    loses(name: &str, losses: &str);
    loses_unread(note: Note);
    opened(name: &str, size: Size);
    saved(path: &Path);
    mask_saved(path: &Path);
    mask_read(name: &str);
    reference_read(name: &str);
    reference_recipe_unread(name: &str, problem: &NoRecipe);
    too_large(name: &str, size: Size, limit: u32);
    picture_or_mask(name: &str);
    mask_of_other_size(name: &str, mask: Size, picture: Size);
    log_times(times: u32);
    key_taken(key: &str, owner: &str);
    clipboard_failed(error: &dyn Display);
    reading(name: &str);
    saving(name: &str);
    saving_mask(name: &str);
}

/// First parts of the names of actions, and what the list of keys calls those.
pub const AREAS: &[(&str, Text)] = &[
    ("tool", AREA_TOOL),
    ("brush", AREA_BRUSH),
    ("edit", AREA_EDIT),
    ("mask", AREA_MASK),
    ("color", AREA_COLOR),
    ("sketch", AREA_SKETCH),
    ("object", AREA_OBJECT),
    ("frame", AREA_FRAME),
    ("view", AREA_VIEW),
    ("compare", AREA_COMPARE),
    ("repaint", AREA_REPAINT),
    ("results", AREA_RESULTS),
    ("recipe", AREA_RECIPE),
    ("sweep", AREA_SWEEP),
    ("models", AREA_MODELS),
    ("picture", AREA_PICTURE),
    ("file", AREA_FILE),
    ("help", AREA_HELP),
];

/// What is done with the mouse, a pen or keys that belong to no action, and what it does.
pub const GESTURES: &[Caption] = &[
    GESTURE_LEFT,
    GESTURE_RIGHT,
    GESTURE_LINE,
    GESTURE_SQUARE,
    GESTURE_BRUSH,
    GESTURE_WHEEL,
    GESTURE_PICK,
    GESTURE_ZOOM,
    GESTURE_MOVE,
    GESTURE_TURN,
    GESTURE_FINGERS,
    GESTURE_CLOSE,
    GESTURE_CROP,
    GESTURE_MENU,
    GESTURE_USUAL,
];

/// Something that has values, and one of them.
pub fn value(name: &str, value: &str) -> String {
    format!("{name}: {value}")
}

/// What a switch is.
pub fn on_or_off(on: bool) -> Text {
    if on { ON } else { OFF }
}

/// Results are in no picture.
pub fn unkept(results: usize) -> String {
    match results {
        0 => String::new(),
        results => unkept_results(results),
    }
}

/// What saving to a file would lose.
pub fn lossy(name: &str, losses: &[String]) -> String {
    loses(name, &losses.join("\n"))
}

/// A note about a file.
pub fn noted(name: &str, note: Note) -> String {
    format!("{name}: {note}.")
}

/// The settings could not be written.
pub fn settings_not_kept(path: &Path, error: &std::io::Error) -> String {
    format!(
        "the settings cannot be kept ({error}), make the folder writable: {}",
        path.display()
    )
}
