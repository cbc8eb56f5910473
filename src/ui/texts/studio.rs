//! What recipe, queue, results and models say.
//!
//! Does not know when it is said.

use std::time::Duration;

use crate::document::RepaintResult;
use crate::engine::runtime::{Finding, Place, RuntimeReport};
use crate::engine::{
    Device, Loading, ModelInfo, ModelSpec, PredictionKind, Shelved, TokenCount, UnetInput,
};
use crate::raster::Size;
use crate::recipe::field::Section;
use crate::recipe::{MaskMode, Recipe, Spacing};

pub use crate::recipe::field::{Caption, caption};

pub const SEED_LOCK: Caption = caption(
    "Lock seed",
    "Keep this seed for every repaint; unlocked, each press of Repaint takes a new one.",
);
pub const COUNT: Caption = caption(
    "Count",
    "How many results one press of Repaint makes, each with the next seed; while a variation is on, with the next variation seed.",
);
pub const DEVICE: Caption = caption(
    "Device",
    "What the model runs on; auto takes the fastest that works here.",
);

pub const MEMORY: Caption = caption(
    "Memory for models",
    "Models stay in memory for the next job that wants one; what has not been used for longest leaves first.",
);
pub const MEMORY_AT_MOST: &str = "at most";
/// Where a limit starts, gigabytes.
pub const MEMORY_USUAL: f32 = 8.0;

/// What stands under the slider of the strength: at its ends, and under what is usual.
pub const STRENGTH_ENDS: [&str; 3] = ["keep", "usual", "reinvent"];

pub const USUAL_STRENGTH: &str = "Usual strength";
pub const STRENGTH_ZERO: &str = "At strength 0 nothing changes.";
pub const REFERENCE_UNSEEN: &str = "At strength 1 nothing of the reference picture is seen.";
pub const LESS_BLUR: &str = "Blur 1 px";
pub const BLURRED_AWAY: &str = "The mask is so thin that its blur leaves less than half of it.";
pub const ONLY_MASKED: &str = "Only masked";
pub const LESS_PADDING: &str = "No padding";
pub const ANOTHER_MODEL: &str = "Another model\u{2026}";

/// The mask is a few cells of what the model draws; whether a larger one would help.
pub fn few_cells(larger: bool) -> String {
    let way = if larger { "; paint a larger one" } else { "" };
    format!("The mask is too small for the model to draw in{way}.")
}

/// The rendered part is blown up.
pub fn enlarged(times: f32) -> String {
    format!("{times:.1} times enlarged: it will be soft; a smaller mask helps.")
}

/// Words that the built-in model was not taught.
pub fn unknown(words: &[String]) -> String {
    format!("The built-in model does not know: {}.", words.join(", "))
}

/// The title of a section.
pub fn section(section: Section) -> &'static str {
    match section {
        Section::Pinned => "",
        Section::Sampling => "Sampling",
        Section::Mask => "Mask edge",
        Section::Area => "Area",
        Section::Control => "ControlNet",
        Section::Advanced => "Advanced",
    }
}

/// The sampling in one line.
pub fn sampling(recipe: &Recipe) -> String {
    let (sampler, steps) = (recipe.sampler.choice().label(), recipe.steps);
    format!(
        "{sampler} \u{b7} {steps} \u{b7} guidance {}",
        recipe.guidance_scale
    )
}

/// The mask's edge in one line.
pub fn mask(recipe: &Recipe) -> String {
    let side = match recipe.mask_mode {
        MaskMode::Masked => "",
        MaskMode::NotMasked => "outside the mask \u{b7} ",
    };
    format!("{side}blur {} px", recipe.mask_blur)
}

/// What the model is shown, in one line.
pub fn area(recipe: &Recipe) -> String {
    let area = recipe.area.choice().label();
    let size = recipe
        .size
        .map(|[width, height]| format!(" \u{b7} at {width}\u{d7}{height}"));
    format!(
        "{area} \u{b7} padding {} px{}",
        recipe.padding,
        size.unwrap_or_default()
    )
}

/// The ControlNets in one line.
pub fn controls(recipe: &Recipe) -> String {
    let names: Vec<_> = recipe
        .controls
        .iter()
        .map(|one| one.model.as_str())
        .collect();
    match names.is_empty() {
        true => "none".to_owned(),
        false => names.join(", "),
    }
}

/// Which fields are not as usual, in one line.
pub fn changed<'a>(labels: impl Iterator<Item = &'a str>) -> String {
    let labels: Vec<_> = labels.map(str::to_lowercase).collect();
    match labels.is_empty() {
        true => "as usual".to_owned(),
        false => labels.join(", "),
    }
}

pub const ADD_CONTROL: &str = "Add a ControlNet\u{2026}";
pub const ADD_CONTROL_TOOLTIP: &str = "Lead the repaint by edges, depth or the picture around the mask: a ControlNet of the library, or drop its file on the window.";
pub const NO_CONTROLNETS: &str = "No ControlNet was found; drop the .safetensors file of one on the window, or add its folder under Models and devices.";
pub const REMOVE_CONTROL_TOOLTIP: &str = "Repaint without this ControlNet.";
pub const SHOWN_TO_CONTROL: &str = "What the ControlNet sees; what is to be inpainted is black.";
pub const CONTROL_PICTURE: &str = "Another picture\u{2026}";
pub const CONTROL_PICTURE_TOOLTIP: &str = "Show it a picture that was prepared elsewhere, such as a pose, in the place of the one that is repainted.";
pub const NO_CONTROL_PICTURE: &str = "Take away";
pub fn no_control_picture(model: &str, picture: &str) -> String {
    format!(
        "The ControlNet {model} is shown {picture}, which is not here: choose it again, or take it away."
    )
}
pub const PICK_CONTROL_PICTURE: &str = "Choose a picture for the ControlNet";
pub const PROMPT_HINT: &str = "open hand, five fingers";
pub const NEGATIVE_HINT: &str = "blurry, extra fingers";
pub const NEGATIVE_UNHEARD: &str = "Not heard: guidance is 1.";

/// The name of the schedule that goes with the sampler.
pub fn usual_spacing(usual: Spacing) -> String {
    format!("{} (usual)", usual.choice().label())
}

/// What a model is, in a few words.
pub fn model_facts(spec: &ModelSpec) -> String {
    let kind = match spec.unet_input {
        UnetInput::Latents => "made",
        UnetInput::Inpainting => "inpainting model, made",
    };
    let prediction = match spec.prediction {
        PredictionKind::Epsilon => "noise",
        PredictionKind::V => "velocity",
        PredictionKind::Sample => "the picture",
    };
    let side = spec.native_side;
    let snr = match spec.noise.zero_terminal_snr {
        true => ", zero terminal SNR",
        false => "",
    };
    format!("{kind} for {side}\u{d7}{side}, predicts {prediction}{snr}")
}

pub const NO_NAME: &str = "Model";
pub const CHANGE_MODEL: &str = "Change\u{2026}";

/// What a model is for, how large it paints, and what it runs on once that is known.
pub fn model_is_for(spec: &ModelSpec, built_in: bool, device: Option<Device>) -> String {
    let kind = match (built_in, spec.unet_input) {
        (true, _) => "cartoon hands",
        (false, UnetInput::Latents) => "pictures of all kinds",
        (false, UnetInput::Inpainting) => "made for inpainting",
    };
    let device = device.map(|device| format!(" \u{b7} {}", device.choice().label()));
    let device = device.unwrap_or_default();
    format!("{kind} \u{b7} {} px{device}", spec.native_side)
}

/// How a loaded model runs.
pub fn model_runs(info: &ModelInfo) -> String {
    format!(
        "runs on: {}; loaded in {:.1} s",
        info.device.choice().label(),
        info.load.as_secs_f64()
    )
}

pub const RESTART_TOOLTIP: &str = "Another ONNX Runtime library has to be loaded, which only a new start can do; what is not saved comes back.";

/// Starts the program again for a device.
pub fn restart_with(device: Device) -> String {
    format!("Restart with {}", device.choice().label())
}

/// Models may take what is free, bytes where the system tells.
pub fn memory_free(free: Option<u64>) -> String {
    match free {
        Some(free) => format!("what is free ({} now)", bytes(free)),
        None => "what is free".to_owned(),
    }
}

/// A model is held in memory.
pub fn in_memory(held: &Shelved) -> String {
    format!(
        "in memory: {} on {}",
        bytes(held.weight),
        held.device.choice().label()
    )
}

/// A size in memory or on disk.
pub fn bytes(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 1000.0 {
        format!("{megabytes:.0} MB")
    } else {
        format!("{:.1} GB", megabytes / 1000.0)
    }
}

/// A stretch of time in the future.
pub fn time_left(left: Duration) -> String {
    let seconds = left.as_secs_f64().ceil() as u64;
    if seconds < 90 {
        format!("{seconds} s left")
    } else {
        format!("{} min left", seconds.div_ceil(60))
    }
}

pub const TOKENS_TOOLTIP: &str = "Tokens of the prompt, and how many fit into the windows that the model reads it in; words near a window's start weigh most.";

pub const TOO_LONG_TOOLTIP: &str =
    "The graphs of this model are fixed to shorter prompts: shorten it, or take out BREAKs.";

/// The length of a prompt.
pub fn tokens(count: TokenCount) -> String {
    let too_long = if count.fits { "" } else { ", too long" };
    format!("{} / {}{too_long}", count.used, count.room)
}

pub const USUAL_SPACING_TOOLTIP: &str =
    "The schedule that goes with the sampler; it changes with it.";
pub const EMPTY_MASK: &str = "Paint over what should change first.";
pub const EMPTY_MASK_SKETCH: &str = "Mask what you painted, or brush a mask first.";
pub const FAINT_MASK: &str = "The mask is too faint; paint it at least half opaque.";
pub const EMPTY_MASK_KEPT: &str = "Paint over what should stay first.";
pub const FULL_MASK: &str =
    "Everything is masked to stay; erase the mask where the picture should change.";
pub const NO_MODEL: &str = "No model; choose one under Models and devices.";
pub const MODEL_FAILED: &str = "The model cannot be used; see Models and devices.";
pub const NO_DIALOG: &str = "No dialog is open.";
pub const NOTHING_RUNS: &str = "Nothing is being repainted.";
pub const NO_RESULTS: &str = "There are no results yet; press Repaint for one.";
pub const NONE_SELECTED: &str = "Click a result first.";
pub const NOT_IN_A_PROMPT: &str = "Click into a prompt first, on the words to weigh.";
pub const NO_WORD: &str = "There is no word to weigh here; select words, and close every bracket.";
pub const OTHER_PICTURE: &str = "It was made for another picture.";
pub const STOPPING: &str = "Stopping\u{2026}";
pub const MODELS_TITLE: &str = "Models and devices";
pub const LOOKING: &str = "Being looked at\u{2026}";
pub const LOOK_DIED: &str = "This model could not be looked at; remove it and add it again.";
pub const LOAD_AGAIN: &str = "Load again";
pub const LOAD_AGAIN_TOOLTIP: &str = "Try once more, on the device chosen below.";
pub const PICK_TITLE: &str = "Folder of a model, or of models";
pub const LOAD_STOPPED: &str = "Loading was stopped; load it again, or choose another model.";
pub const STOP: &str = "Stop";
pub const STOP_LOADING_TOOLTIP: &str = "Stop loading the model.";
pub const ITS_OWN: &str = "its own";
pub const A_FILE: &str = "A file\u{2026}";
pub const PREDICTS: Caption = caption(
    "Predicts",
    "What the model was trained to predict, where its file does not say it: velocity where pictures come out as noise or washed out. It is kept for this file.",
);
pub const VAE: Caption = caption(
    "VAE",
    "Another VAE in the place of the model's own. It is kept for this file.",
);
pub const TEXT_ENCODER: Caption = caption(
    "Text encoder",
    "Another text encoder, or one for a file that has none. It is kept for this file.",
);

/// What a model is said to predict, and whether its schedule ends in pure noise.
pub fn predicts((kind, zero_snr): (Option<PredictionKind>, bool)) -> &'static str {
    match (kind, zero_snr) {
        (None, _) => "as its file says",
        (Some(PredictionKind::Epsilon), _) => "noise (epsilon)",
        (Some(PredictionKind::V), false) => "velocity (v)",
        (Some(PredictionKind::V), true) => "velocity, zero terminal SNR",
        (Some(PredictionKind::Sample), _) => "the picture",
    }
}
pub const WORKS: &str = "works";
pub const TRYING_DEVICES: &str = "Devices are tried when the engine is free.";
pub const REMOVE: &str = "Remove";
pub const REMOVE_TOOLTIP: &str = "Send this job away.";
pub const EARLIER: &str = "Earlier";
pub const EARLIER_TOOLTIP: &str = "Let this job run before the one above.";
pub const LATER: &str = "Later";
pub const LATER_TOOLTIP: &str = "Let the job below run before this one.";

/// How many steps a strength leaves.
pub fn steps_that_run(run: usize, of: usize) -> String {
    format!("{run} of {of} steps will run")
}

/// Where the library that runs models lies.
pub fn runtime(report: &RuntimeReport) -> String {
    match report.used() {
        Some(Place {
            name,
            finding: Finding::Used(version),
            ..
        }) => format!("ONNX Runtime {version}, {name}"),
        _ => "No ONNX Runtime library.".to_owned(),
    }
}

/// The model that is ready.
pub fn model_line(info: &ModelInfo) -> String {
    let device = info.device.choice().label();
    format!("{} \u{2013} {device}", info.spec.name)
}

/// A model is being loaded.
pub fn loading(loading: Option<&Loading>) -> String {
    match loading {
        None => "The model is loading\u{2026}".to_owned(),
        Some(loading) => {
            let share = (100.0 * loading.fraction()).round();
            format!("The model is loading: {}, {share} %", loading.part)
        }
    }
}

/// How far a job is: steps done and in all, how long one takes, and what is left.
pub fn progress(
    steps: Option<(usize, usize)>,
    pace: Option<[Duration; 2]>,
    stopping: bool,
) -> String {
    if stopping {
        return STOPPING.to_owned();
    }
    let Some((index, of)) = steps else {
        return "Reading picture and prompt\u{2026}".to_owned();
    };
    match pace {
        Some([step, left]) => {
            let (step, left) = (step.as_secs_f64(), time_left(left));
            format!("Step {index} of {of}, {step:.1} s each, {left}")
        }
        None => format!("Step {index} of {of}"),
    }
}

/// A job runs and others wait.
pub fn and_waiting(progress: &str, waiting: usize) -> String {
    format!("{progress}, {waiting} waiting")
}

pub const QUEUE_TOOLTIP: &str = "The jobs that wait: look, reorder, remove.";

/// The button of the queue.
pub fn queue(count: usize) -> String {
    match count {
        0 => "Queue".to_owned(),
        count => format!("Queue {count}"),
    }
}

/// Nothing runs: how fast the last one was.
pub fn idle(last: Option<&RepaintResult>) -> String {
    match last {
        Some(last) if last.steps > 0 => {
            let step = last.seconds / last.steps as f32;
            format!(
                "The last one took {:.1} s, {step:.2} s a step",
                last.seconds
            )
        }
        _ => "Ready".to_owned(),
    }
}

/// The heading of the jobs that wait.
pub fn waiting(count: usize) -> String {
    match count {
        0 => "The queue is empty".to_owned(),
        1 => "1 job waits".to_owned(),
        count => format!("{count} jobs wait"),
    }
}

/// A job that waits.
pub fn waiting_job(place: usize, recipe: &Recipe, batch: usize) -> String {
    let prompt = if recipe.prompt.trim().is_empty() {
        "no prompt"
    } else {
        recipe.prompt.trim()
    };
    let more = match batch {
        1 => String::new(),
        batch => format!(" and {} more", batch - 1),
    };
    format!("{place}. seed {}{more}: {prompt}", recipe.seed)
}

/// The name of a result.
pub fn result(number: u64, recipe: &Recipe) -> String {
    format!("Result {number}, seed {}", recipe.seed)
}

pub const STRIP_EMPTY: &str =
    "Results appear here; Keep puts the one that you look at into the picture.";
pub const OTHERS_RESULTS: &str = "Other pictures";
pub const COMPARE: &str = "Compare";

/// What is marked of a result, behind its name.
pub fn marks(kept: bool, starred: bool) -> String {
    let kept = if kept { ", kept" } else { "" };
    let starred = if starred { ", with a star" } else { "" };
    format!("{kept}{starred}")
}

/// How a result was made.
pub fn result_facts(result: &RepaintResult) -> String {
    let RepaintResult {
        recipe,
        steps,
        seconds,
        ..
    } = result;
    format!(
        "{steps} steps of {} {}, strength {:.2}, {seconds:.1} s",
        recipe.sampler.choice().label(),
        recipe.spacing.choice().label(),
        recipe.strength
    )
}

/// What a result was made with.
pub fn made_with(model: &str, device: &str) -> String {
    format!("by {model} on {device}")
}

/// A result does not fit any more.
pub fn other_size(made: Size, now: Size) -> String {
    format!(
        "It was made for a picture of {made}, and yours is {now}; undo the change of size to keep it."
    )
}

/// Results had to go.
pub fn dropped(count: usize) -> String {
    match count {
        1 => "The oldest result was dropped to make room; keep or save what you want to keep."
            .to_owned(),
        count => format!(
            "The {count} oldest results were dropped to make room; keep or save what you want to keep."
        ),
    }
}

/// The system is out of threads.
pub fn no_thread(error: &std::io::Error) -> String {
    format!("The system gives no thread ({error}); close other programs and try again.")
}

/// Behind a result's name while others are held against it.
pub const HELD_AGAINST: &str = ", compared with";
