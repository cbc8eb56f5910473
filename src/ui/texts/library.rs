//! What the library of models says.
//!
//! Does not know when it is said.

use crate::engine::FileKind;
use crate::engine::lora::about::About;
use crate::library::{Entry, Progress, Starter, State, Tool};
use crate::recipe::Suggestion;

use super::studio::{Caption, bytes, caption};

pub const TITLE: &str = "Models on this machine";
pub const BUILT_IN: &str = "Built-in";
pub const BUILT_IN_FACTS: &str = "cartoon hands \u{b7} 256 px";
pub const BUILT_IN_TOOLTIP: &str = "A small model of hands that comes with the program.";
pub const ADD_FOLDER: &str = "Add a folder\u{2026}";
pub const ADD_FOLDER_TOOLTIP: &str = "Add a model in the layout of diffusers, or a folder of models; .safetensors files and folders can also be dropped on the window.";
pub const ALREADY_PICKING: &str = "A path is being chosen in another window.";
pub const REMOVE: &str = "Remove";
pub const REMOVE_MODEL_TOOLTIP: &str = "Take the model off this list; its files stay.";
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
        FileKind::Segmenter => "segmenter",
        FileKind::Tagger => "tagger",
        FileKind::Captioner => "captioner",
        FileKind::Sam => "click to mask",
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

pub fn add_words(name: &str) -> String {
    format!("Add {name} to the prompt")
}

pub const ADD_WORDS_TOOLTIP: &str =
    "Put it at the end of the prompt; a LoRA at the weight that it prefers.";

/// Why a model cannot be opened.
pub fn refused(why: &str) -> String {
    format!("cannot be opened: {why}")
}

/// A model's weights take more memory than there is, bytes.
pub fn too_large(needed: u64, free: u64) -> String {
    format!(
        "takes about {} of memory, and {} are free",
        bytes(needed),
        bytes(free)
    )
}

pub const LORAS: &str = "LoRAs";
pub const MORE_LORAS: &str = "Add\u{2026}";
pub const MORE_LORAS_TOOLTIP: &str = "List the LoRAs on this machine.";
pub const LORA_LOST: &str = "Not in any folder of LoRAs, so it is not applied.";
pub const NO_STRENGTH: &str = "Its strength in the prompt is no number, so it is not applied.";
pub const STRENGTH: Caption = caption(
    "Weight",
    "How much of the LoRA is applied; below 0 does the opposite. It is the number in its tag in the prompt.",
);
pub const STRENGTH_ON_TEXT: Caption = caption(
    "On the text",
    "How much of the LoRA is applied to the text encoder.",
);
pub const TEXT_APART: &str = "text";
pub const TEXT_APART_TOOLTIP: &str =
    "Set the weight on the text encoder by itself; off, both are the same.";
pub const SWITCH_TOOLTIP: &str = "Off takes its tag out of the prompt, and keeps it here.";
pub const REMOVE_LORA_TOOLTIP: &str = "Take its tag out of the prompt.";

/// The name of the button that takes a LoRA out.
pub fn remove_lora(name: &str) -> String {
    format!("Remove LoRA {name}")
}

/// A trigger word.
pub fn chip(words: &str) -> String {
    format!("A word that the LoRA was trained with: puts it into the prompt.\n{words}")
}

pub const TAKE: &str = "Use";
pub const TAKE_TOOLTIP: &str = "Take these steps, guidance, sampler and schedule.";
pub const PUT_BACK: &str = "Undo";
pub const PUT_BACK_TOOLTIP: &str = "Back to the steps, guidance, sampler and schedule before.";

/// How a model wants to be run.
pub fn made_for(suggestion: &Suggestion) -> String {
    format!("Made for {suggestion}")
}

pub const TO_MODEL: &str = "Back";
pub const TO_MODEL_TOOLTIP: &str = "Show the model that paints.";
pub const NO_WORDS: &str = "It names no words that call it.";
pub const WORDS: &str = "Words that call it:";

/// What a LoRA says of itself, in lines.
pub fn about(about: &About) -> Vec<String> {
    let own = [
        about.title.clone(),
        about.base.as_ref().map(|base| format!("Made for {base}")),
        about
            .strength
            .map(|strength| format!("Preferred weight {strength}")),
        about.notes.clone(),
    ];
    own.into_iter().flatten().collect()
}

pub const USE_ITS_MODEL: &str = "Use it";
pub const USE_ITS_MODEL_TOOLTIP: &str = "Paint with this model from now on.";
pub const LEAVE_MODEL: &str = "No";
pub const LEAVE_MODEL_TOOLTIP: &str = "Stay with the model that is chosen.";

/// A recipe's model is here.
pub fn made_with(name: &str) -> String {
    format!("This was made with {name}.")
}
