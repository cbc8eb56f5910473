//! What the library of models says.
//!
//! Does not know when it is said.

use super::studio::bytes;
use super::{Text, starter_purpose};
use crate::engine::FileKind;
use crate::engine::lora::about::About;
use crate::library::{Entry, Progress, Starter, State, Tool};
use crate::recipe::Suggestion;

texts! {
    "library";
    texts:
        TITLE, BUILT_IN, BUILT_IN_FACTS, BUILT_IN_TOOLTIP, ADD_FOLDER, ADD_FOLDER_TOOLTIP,
        ALREADY_PICKING, REMOVE, REMOVE_MODEL_TOOLTIP, SEARCH_HINT, SEARCH_TOOLTIP, EVERY_KIND,
        KIND_TOOLTIP, LOOKING, NOTHING, NOTHING_FITS, LOOK_AGAIN, LOOK_AGAIN_TOOLTIP, USE,
        USE_TOOLTIP, NOT_NOW, NOT_NOW_TOOLTIP, FAVOURITE, FAVOURITE_TOOLTIP, USE_CONTROL,
        USE_CONTROL_TOOLTIP, ADD_WORDS, STARTERS, DOWNLOAD, NO_STARTERS, PAUSE, RESUME, STOP,
        STOP_TOOLTIP, DISMISS, USE_MODEL, NO_HOME, ADD_WORDS_TOOLTIP, LORAS, MORE_LORAS,
        MORE_LORAS_TOOLTIP, LORA_LOST, NO_STRENGTH, TEXT_APART, TEXT_APART_TOOLTIP,
        SWITCH_TOOLTIP, REMOVE_LORA_TOOLTIP, TAKE, TAKE_TOOLTIP, PUT_BACK, PUT_BACK_TOOLTIP,
        TO_MODEL, TO_MODEL_TOOLTIP, NO_WORDS, WORDS, USE_ITS_MODEL, USE_ITS_MODEL_TOOLTIP,
        LEAVE_MODEL, LEAVE_MODEL_TOOLTIP, KIND_MODEL, KIND_LORA, KIND_VAE, KIND_EMBEDDING,
        KIND_CONTROL, KIND_UPSCALER, KIND_DETECTOR, KIND_SEGMENTER, KIND_TAGGER, KIND_CAPTIONER, KIND_SAM,
        KIND_OTHER, FINISHED, STOPPED;
    captions: STRENGTH, STRENGTH_ON_TEXT;
    offer(tool: Tool) { tool: tool.name() };
    favourite_one(name: &str);
    starter(starter: &Starter) { purpose: starter_purpose(starter), family: starter.family, size: bytes(starter.about), licence: starter.licence };
    of_size(done: &str, size: &str);
    of_files(number: usize, count: usize);
    asking(place: &str);
    checking(amount: &str, place: &str);
    waiting(why: &str);
    paused(amount: &str, place: &str);
    add_words_of(name: &str);
    refused(why: &str);
    too_large(needed: u64, free: u64) { needed: bytes(needed), free: bytes(free) };
    remove_lora(name: &str);
    chip(words: &str);
    made_for(suggestion: &Suggestion) { suggestion: suggestion.to_string() };
    made_for_base(base: &str);
    preferred(strength: &str);
    made_with(name: &str);
}

/// What artists call a kind.
pub fn kind(kind: FileKind) -> Text {
    match kind {
        FileKind::Checkpoint => KIND_MODEL,
        FileKind::Lora => KIND_LORA,
        FileKind::Vae => KIND_VAE,
        FileKind::Embedding => KIND_EMBEDDING,
        FileKind::ControlNet => KIND_CONTROL,
        FileKind::Upscaler => KIND_UPSCALER,
        FileKind::Detector => KIND_DETECTOR,
        FileKind::Segmenter => KIND_SEGMENTER,
        FileKind::Tagger => KIND_TAGGER,
        FileKind::Captioner => KIND_CAPTIONER,
        FileKind::Sam => KIND_SAM,
        FileKind::Other => KIND_OTHER,
    }
}

/// What a model is, in a line.
pub fn facts(entry: &Entry) -> String {
    let family = entry.family.as_ref();
    let family = family.map_or_else(String::new, |family| format!(", {family}"));
    format!("{}{family}, {}", kind(entry.kind), bytes(entry.size))
}

/// How far a download is.
pub fn progress(progress: &Progress) -> String {
    let amount = match progress.size {
        Some(size) => of_size(&bytes(progress.done), &bytes(size)),
        None => bytes(progress.done),
    };
    let (at, of) = progress.place;
    let place = match of {
        0 | 1 => String::new(),
        of => format!(", {}", of_files(at, of)),
    };
    match &progress.state {
        State::Asking => asking(&place),
        State::Checking => checking(&amount, &place),
        State::Fetching => format!("{amount}{place}"),
        State::Waiting(why) => waiting(why),
        State::Paused => paused(&amount, &place),
        State::Finished(_) => FINISHED.into(),
        State::Stopped => STOPPED.into(),
        State::Failed(why) => why.clone(),
    }
}

/// What a LoRA says of itself, in lines.
pub fn about(about: &About) -> Vec<String> {
    let own = [
        about.title.clone(),
        about.base.as_ref().map(|base| made_for_base(base)),
        about
            .strength
            .map(|strength| preferred(&strength.to_string())),
        about.notes.clone(),
    ];
    own.into_iter().flatten().collect()
}
