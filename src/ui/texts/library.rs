//! What the library of models says.
//!
//! Does not know when it is said.

use crate::engine::FileKind;
use crate::library::{Entry, Progress, Starter, State, Tool};

use super::studio::bytes;

pub const TITLE: &str = "Models on this machine";
pub const SEARCH_HINT: &str = "search";
pub const SEARCH_TOOLTIP: &str = "Show only models with these words in their name, family or path.";
pub const EVERY_KIND: &str = "everything";
pub const KIND_TOOLTIP: &str = "Show only models of one kind.";
pub const LOOKING: &str = "Folders are being looked through\u{2026}";
pub const NOTHING: &str =
    "No models in the known folders; drop one on the window, or add its folder.";
pub const NOTHING_FITS: &str = "No model fits the search.";
pub const LOOK_AGAIN: &str = "Look again";
pub const LOOK_AGAIN_TOOLTIP: &str = "Look through the folders for models that are new.";
pub const USE: &str = "Use its models";
pub const USE_TOOLTIP: &str = "List these models; they are used where they lie, nothing is copied.";
pub const NOT_NOW: &str = "No";
pub const NOT_NOW_TOOLTIP: &str = "Do not offer this folder again.";
pub const FAVOURITE: &str = "Favourite";
pub const FAVOURITE_TOOLTIP: &str = "Favourites are listed first.";
pub const USE_CONTROL: &str = "Use";
pub const USE_CONTROL_TOOLTIP: &str =
    "Lead the next repaint by this ControlNet; its row is in the panel under ControlNet.";
pub const ADD_WORDS: &str = "Add to prompt";
pub const STARTERS: &str = "Only the small built-in model is here. These are free to download and better; nothing is downloaded until you click.";
pub const DOWNLOAD: &str = "Download";
pub const NO_STARTERS: &str = "Do not offer these";
pub const PAUSE: &str = "Pause";
pub const RESUME: &str = "Go on";
pub const STOP: &str = "Stop";
pub const STOP_TOOLTIP: &str = "What came is kept; the next download of it goes on there.";
pub const DISMISS: &str = "OK";
pub const USE_MODEL: &str = "Paint with it";
pub const NO_HOME: &str = "The choices of the library cannot be kept";

/// What artists call a kind.
pub fn kind(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Checkpoint => "model",
        FileKind::Lora => "LoRA",
        FileKind::Vae => "VAE",
        FileKind::Embedding => "embedding",
        FileKind::ControlNet => "ControlNet",
        FileKind::Upscaler => "upscaler",
        FileKind::Detector => "detector",
        FileKind::Other => "other",
    }
}

/// The folder of another tool was found.
pub fn offer(tool: Tool) -> String {
    format!("A folder of {} was found.", tool.name())
}

/// What a model is, in a line.
pub fn facts(entry: &Entry) -> String {
    let family = entry.family.as_ref();
    let family = family.map_or_else(String::new, |family| format!(", {family}"));
    format!("{}{family}, {}", kind(entry.kind), bytes(entry.size))
}

/// The name of the button that makes a model a favourite.
pub fn favourite(name: &str) -> String {
    format!("Favourite {name}")
}

/// What a model to begin with is, in a line.
pub fn starter(starter: &Starter) -> String {
    format!(
        "{}; {}, about {}, licence {}",
        starter.purpose,
        starter.family,
        bytes(starter.about),
        starter.licence
    )
}

/// How far a download is.
pub fn progress(progress: &Progress) -> String {
    let amount = match progress.size {
        Some(size) => format!("{} of {}", bytes(progress.done), bytes(size)),
        None => bytes(progress.done),
    };
    let (at, of) = progress.place;
    let place = if of > 1 {
        format!(", file {at} of {of}")
    } else {
        String::new()
    };
    match &progress.state {
        State::Asking => format!("asks the server{place}"),
        State::Checking => format!("reads what is here: {amount}{place}"),
        State::Fetching => format!("{amount}{place}"),
        State::Waiting(why) => format!("waits: {why}"),
        State::Paused => format!("paused at {amount}{place}"),
        State::Finished(_) => "is here".to_owned(),
        State::Stopped => "stopped; what came is kept".to_owned(),
        State::Failed(why) => why.clone(),
    }
}

/// What a prompt says to have a model in it: a LoRA's tag, an embedding's name.
pub fn words(entry: &Entry) -> Option<String> {
    match entry.kind {
        FileKind::Lora => Some(format!("<lora:{}:1>", entry.name)),
        FileKind::Embedding => Some(entry.name.clone()),
        _ => None,
    }
}

pub fn add_words(name: &str) -> String {
    format!("Add {name} to the prompt")
}

pub fn add_words_tooltip(words: &str) -> String {
    format!("Put {words} at the end of the prompt.")
}
