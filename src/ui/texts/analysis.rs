//! What the analysis of a picture says, in English.
//!
//! Does not know when it is said.

use crate::engine::SuggestedSize;
use crate::raster::Size;
use crate::recipe::Area;

/// The title of the dialog.
pub const TITLE: &str = "Analyse picture";
/// What the picture's file says.
pub const OWN: &str = "What the picture says itself";
/// It says nothing.
pub const NOTHING: &str = "Nothing of how it was made.";
/// Its camera is known.
pub const PHOTOGRAPHED: &str = "It was taken with a camera.";
/// Takes its recipe.
pub const USE_RECIPE: [&str; 2] = [
    "Use its recipe",
    "Put the recipe that the picture carries into the panel.",
];
/// Takes its model.
pub const USE_ITS_MODEL: [&str; 2] = [
    "Use its model",
    "Paint with the model that the picture was made with.",
];
/// Its model is not here.
pub const NOT_HERE: &str = "It is not in your library.";
/// What is seen in it.
pub const PROMPT: &str = "Prompt";
/// What looks.
pub const WITH: &str = "Tagger";
/// What that is.
pub const WITH_TIP: &str = "The network that says in tags what is in the picture: WD14 or JoyTag.";
/// The tagger inside the program.
pub const BUILT_IN: &str = "Built-in (drawn scenes)";
/// There is no tagger.
pub const NEEDED: &str = "A prompt needs a tagger: model.onnx with selected_tags.csv. Fetch one with `pentimento models get SmilingWolf/wd-vit-tagger-v3`, or choose its file. All else works without.";
/// Has it look.
pub const LOOK: [&str; 2] = ["Look", "Let the tagger look at the picture."];
/// What it does.
pub const LOOKING: &str = "Looking\u{2026}";
/// How sure it has to be of things.
pub const THRESHOLD: [&str; 2] = [
    "Threshold",
    "How sure the tagger has to be of what goes into the prompt.",
];
/// How sure it has to be of names.
pub const CHARACTER: [&str; 2] = [
    "Threshold for names",
    "How sure it has to be of who is seen, which it mistakes more easily.",
];
/// Weights by score.
pub const WEIGHTED: [&str; 2] = [
    "Weighted by score",
    "Write surer tags as (tag:1.15) and less sure ones as (tag:0.85).",
];
/// The words, to be changed.
pub const TEXT: &str = "Suggested prompt";
/// What the empty field shows.
pub const TEXT_HINT: &str = "Click tags to put them here";
/// The picture is not of the tagger's world.
pub const FOREIGN: &str =
    "This tagger does not know the world of this picture; its tags mean little. Choose another.";
/// It is sure of nothing.
pub const UNSURE: &str = "The tagger is not sure of anything; click tags, or lower the threshold.";
/// Adds the words.
pub const APPEND: [&str; 2] = ["Append", "Add these words to the prompt in the panel."];
/// Puts the words in the prompt's place.
pub const REPLACE: [&str; 2] = [
    "Replace",
    "Put these words in the place of the prompt in the panel.",
];
/// Models that suit it.
pub const MODEL: &str = "Model";
/// They are looked for.
pub const RANKING: &str = "Looking through your library\u{2026}";
/// Takes it.
pub const USE: &str = "Use";
/// What that does to a model.
pub const USE_MODEL_TIP: &str = "Paint with this model.";
/// It is in use.
pub const IN_USE: &str = "in use";
/// Nothing speaks for it or against it.
pub const NO_REASON: &str = "Nothing speaks for it or against it.";
/// The size that suits it.
pub const SIZE: &str = "Size";
/// No model was read yet.
pub const NO_SPEC: &str = "The model is being read.";
/// What that does to the recipe.
pub const USE_SIZE_TIP: &str = "Set area, size and padding in the panel so.";
/// Takes the last choice back.
pub const PUT_BACK: [&str; 2] = [
    "Put back",
    "Put recipe and model back to what they were before the last click here.",
];

/// The recipe that it carries.
pub fn carries(prompt: &str, fields: usize) -> String {
    let prompt: String = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    let values = if fields == 1 { "value" } else { "values" };
    match prompt.is_empty() {
        true => format!("A recipe of {fields} {values}."),
        false => format!("A recipe of {fields} {values}: {prompt}"),
    }
}

/// The model that made it.
pub fn made_by(name: Option<&str>, hash: Option<&str>) -> String {
    match (name, hash) {
        (Some(name), Some(hash)) => format!("Made with {name} (hash {hash})."),
        (Some(made), None) => format!("Made with {made}."),
        (None, Some(hash)) => format!("Made with a model of hash {hash}."),
        (None, None) => String::new(),
    }
}

/// How large it is.
pub fn size(size: Size) -> String {
    format!("{size} pixels.")
}

/// A tag and how sure the tagger is of it.
pub fn tag(words: &str, score: f32) -> String {
    format!("{words}  {:.0} %", score * 100.0)
}

/// What speaks for a model: its sentences as one.
pub fn reasons(reasons: &[String]) -> String {
    match reasons {
        [] => NO_REASON.to_owned(),
        reasons => sentence(&reasons.join("; ")),
    }
}

/// The name of the button that takes a model.
pub fn use_model(name: &str) -> String {
    format!("{USE} {name}")
}

/// What is suggested for the size, in short.
pub fn suggested(suggested: &SuggestedSize) -> String {
    let size = match suggested.size {
        Some([width, height]) => format!("{width} x {height}"),
        None => "the picture's own size".to_owned(),
    };
    match suggested.area {
        Area::OnlyMasked => format!(
            "Only the masked part, {size}, padding {}",
            suggested.padding
        ),
        Area::Auto | Area::Whole => format!("The whole picture, {size}"),
    }
}

/// With a capital and a full stop.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    let first: String = first.into_iter().flatten().collect();
    format!("{first}{}.", letters.as_str())
}

/// What describes the picture, and what that is.
pub const CAPTION_WITH: [&str; 2] = [
    "Captioner",
    "The network that describes the picture in sentences: Florence-2 as ONNX. `pentimento models get onnx-community/Florence-2-base-ft` fetches one.",
];
/// Nothing does.
pub const NO_CAPTION: &str = "None";
/// It does so.
pub const DESCRIBING: &str = "Describing\u{2026}";
/// Its sentences, to be changed.
pub const CAPTION: &str = "Description";
