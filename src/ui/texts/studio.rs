//! What recipe, queue, results and models say.
//!
//! Does not know when it is said.

use std::time::Duration;

use super::{Text, choice_label, in_sentence};
use crate::document::RepaintResult;
use crate::engine::runtime::{Finding, Place, RuntimeReport};
use crate::engine::{
    BUILT_IN_NAME, Device, Loading, ModelInfo, ModelSpec, PredictionKind, Shelved, TokenCount,
    UnetInput,
};
use crate::raster::Size;
use crate::recipe::field::Section;
use crate::recipe::{MaskMode, Recipe, Spacing};

texts! {
    "studio";
    texts:
        MEMORY_AT_MOST, USUAL_STRENGTH, STRENGTH_ZERO, REFERENCE_UNSEEN, LESS_BLUR,
        BLURRED_AWAY, ONLY_MASKED, LESS_PADDING, ANOTHER_MODEL, ADD_CONTROL,
        ADD_CONTROL_TOOLTIP, NO_CONTROLNETS, REMOVE_CONTROL_TOOLTIP, SHOWN_TO_CONTROL,
        CONTROL_PICTURE, CONTROL_PICTURE_TOOLTIP, NO_CONTROL_PICTURE, PICK_CONTROL_PICTURE,
        PROMPT_HINT, NEGATIVE_HINT, NEGATIVE_UNHEARD, NO_NAME, CHANGE_MODEL, RESTART_TOOLTIP,
        TOKENS_TOOLTIP, TOO_LONG_TOOLTIP, USUAL_SPACING_TOOLTIP, EMPTY_MASK, EMPTY_MASK_SKETCH,
        FAINT_MASK, EMPTY_MASK_KEPT, FULL_MASK, NO_MODEL, MODEL_FAILED, NO_DIALOG, NOTHING_RUNS,
        NO_RESULTS, NONE_SELECTED, NOT_IN_A_PROMPT, NO_WORD, OTHER_PICTURE, STOPPING,
        MODELS_TITLE, LOOKING, LOOK_DIED, LOAD_AGAIN, LOAD_AGAIN_TOOLTIP, PICK_TITLE,
        LOAD_STOPPED, STOP, STOP_LOADING_TOOLTIP, ITS_OWN, A_FILE, WORKS, TRYING_DEVICES,
        REMOVE, REMOVE_TOOLTIP, EARLIER, EARLIER_TOOLTIP, LATER, LATER_TOOLTIP, QUEUE_TOOLTIP,
        STRIP_EMPTY, OTHERS_RESULTS, COMPARE, STRENGTH_KEEP, STRENGTH_USUAL, STRENGTH_REINVENT,
        FEW_CELLS, FEW_CELLS_LARGER, SECTION_SAMPLING, SECTION_MASK,
        SECTION_AREA, SECTION_CONTROL, SECTION_ADVANCED, NO_CONTROLS, AS_USUAL, FACT_NOISE,
        FACT_VELOCITY, FACT_PICTURE, ZERO_SNR, FOR_HANDS, FOR_ALL, FOR_INPAINTING, FREE,
        PREDICTS_AS_FILE, PREDICTS_NOISE, PREDICTS_VELOCITY, PREDICTS_VELOCITY_ZERO,
        PREDICTS_PICTURE, NO_RUNTIME, MODEL_LOADING, READING, QUEUE, READY, QUEUE_EMPTY,
        NO_PROMPT, KEPT, STARRED, HELD_AGAINST;
    captions: SEED_LOCK, COUNT, DEVICE, MEMORY, PREDICTS, VAE, TEXT_ENCODER;
    enlarged(times: f32) { times: format!("{times:.1}") };
    unknown(words: &[String]) { words: words.join(", ") };
    sampled(sampler: &str, steps: usize, guidance: f64);
    blur_inside(pixels: f32);
    blur_outside(pixels: f32);
    area_seen(area: &str, padding: u32);
    area_at(area: &str, padding: u32, width: u32, height: u32);
    no_control_picture_here(model: &str, picture: &str);
    usual_spacing(usual: Spacing) { schedule: choice_label(usual.choice()) };
    latents_model(side: u32, predicts: &str, snr: &str);
    inpainting_model(side: u32, predicts: &str, snr: &str);
    runs_on(device: Device, seconds: &str) { device: choice_label(device.choice()), seconds: seconds };
    restart_with(device: Device) { device: choice_label(device.choice()) };
    free_now(free: u64) { free: bytes(free) };
    in_memory(held: &Shelved) { size: bytes(held.weight), device: choice_label(held.device.choice()) };
    seconds_left(seconds: u64);
    minutes_left(minutes: u64);
    tokens_fit(used: usize, room: usize);
    tokens_too_long(used: usize, room: usize);
    steps_that_run(run: usize, of: usize);
    loading_part(part: &str, percent: f32);
    step(index: usize, of: usize);
    step_paced(index: usize, of: usize, step: &str, left: &str);
    and_waiting(progress: &str, count: usize);
    queue_of(count: usize);
    last_took(seconds: &str, step: &str);
    jobs_wait(count: usize);
    job(place: usize, seed: u64, prompt: &str);
    a_job(place: usize);
    does_to(what: &str, name: &str);
    jobs(place: usize, seed: u64, more: usize, prompt: &str);
    result(number: u64, recipe: &Recipe) { number: number, seed: recipe.seed };
    result_facts_of(steps: usize, sampler: &str, schedule: &str, strength: &str, seconds: &str);
    made_with(model: &str, device: &str);
    similar_to(own: u64, other: u64);
    other_size(made: Size, now: Size);
    dropped(count: usize);
}

/// Where a limit starts, gigabytes.
pub const MEMORY_USUAL: f32 = 8.0;

/// What stands under the slider of the strength: at its ends, and under what is usual.
pub const STRENGTH_ENDS: [Text; 3] = [STRENGTH_KEEP, STRENGTH_USUAL, STRENGTH_REINVENT];

/// The mask is a few cells of what the model draws; whether a larger one would help.
pub fn few_cells(larger: bool) -> Text {
    if larger { FEW_CELLS_LARGER } else { FEW_CELLS }
}

/// The title of a section.
pub fn section(section: Section) -> Text {
    match section {
        Section::Pinned => Text::NONE,
        Section::Sampling => SECTION_SAMPLING,
        Section::Mask => SECTION_MASK,
        Section::Area => SECTION_AREA,
        Section::Control => SECTION_CONTROL,
        Section::Advanced => SECTION_ADVANCED,
    }
}

/// The sampling in one line.
pub fn sampling(recipe: &Recipe) -> String {
    let sampler = choice_label(recipe.sampler.choice());
    sampled(&sampler, recipe.steps, recipe.guidance_scale)
}

/// The mask's edge in one line.
pub fn mask(recipe: &Recipe) -> String {
    match recipe.mask_mode {
        MaskMode::Masked => blur_inside(recipe.mask_blur),
        MaskMode::NotMasked => blur_outside(recipe.mask_blur),
    }
}

/// What the model is shown, in one line.
pub fn area(recipe: &Recipe) -> String {
    let area = choice_label(recipe.area.choice());
    match recipe.size {
        Some([width, height]) => area_at(&area, recipe.padding, width, height),
        None => area_seen(&area, recipe.padding),
    }
}

/// The ControlNets in one line.
pub fn controls(recipe: &Recipe) -> String {
    let names: Vec<_> = recipe
        .controls
        .iter()
        .map(|one| one.model.as_str())
        .collect();
    match names.is_empty() {
        true => NO_CONTROLS.into(),
        false => names.join(", "),
    }
}

/// Which fields are not as usual, in one line.
pub fn changed<'a>(labels: impl Iterator<Item = &'a str>) -> String {
    let labels: Vec<_> = labels.map(in_sentence).collect();
    match labels.is_empty() {
        true => AS_USUAL.into(),
        false => labels.join(", "),
    }
}

/// What a model is, in a few words.
pub fn model_facts(spec: &ModelSpec) -> String {
    let predicts = match spec.prediction {
        PredictionKind::Epsilon => FACT_NOISE,
        PredictionKind::V => FACT_VELOCITY,
        PredictionKind::Sample => FACT_PICTURE,
    };
    let snr = match spec.noise.zero_terminal_snr {
        true => format!(", {ZERO_SNR}"),
        false => String::new(),
    };
    match spec.unet_input {
        UnetInput::Latents => latents_model(spec.native_side, &predicts, &snr),
        UnetInput::Inpainting => inpainting_model(spec.native_side, &predicts, &snr),
    }
}

/// What a model is for, how large it paints, and what it runs on once that is known.
pub fn model_is_for(spec: &ModelSpec, built_in: bool, device: Option<Device>) -> String {
    let kind = match (built_in, spec.unet_input) {
        (true, _) => FOR_HANDS,
        (false, UnetInput::Latents) => FOR_ALL,
        (false, UnetInput::Inpainting) => FOR_INPAINTING,
    };
    let device = device.map(|device| format!(" \u{b7} {}", choice_label(device.choice())));
    let device = device.unwrap_or_default();
    format!("{kind} \u{b7} {} px{device}", spec.native_side)
}

/// How a loaded model runs.
pub fn model_runs(info: &ModelInfo) -> String {
    runs_on(info.device, &format!("{:.1}", info.load.as_secs_f64()))
}

/// Models may take what is free, bytes where the system tells.
pub fn memory_free(free: Option<u64>) -> String {
    match free {
        Some(free) => free_now(free),
        None => FREE.into(),
    }
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
    match seconds {
        0..90 => seconds_left(seconds),
        _ => minutes_left(seconds.div_ceil(60)),
    }
}

/// The length of a prompt.
pub fn tokens(count: TokenCount) -> String {
    match count.fits {
        true => tokens_fit(count.used, count.room),
        false => tokens_too_long(count.used, count.room),
    }
}

/// What a model is said to predict, and whether its schedule ends in pure noise.
pub fn predicts((kind, zero_snr): (Option<PredictionKind>, bool)) -> Text {
    match (kind, zero_snr) {
        (None, _) => PREDICTS_AS_FILE,
        (Some(PredictionKind::Epsilon), _) => PREDICTS_NOISE,
        (Some(PredictionKind::V), false) => PREDICTS_VELOCITY,
        (Some(PredictionKind::V), true) => PREDICTS_VELOCITY_ZERO,
        (Some(PredictionKind::Sample), _) => PREDICTS_PICTURE,
    }
}

/// Where the library that runs models lies.
pub fn runtime(report: &RuntimeReport) -> String {
    match report.used() {
        Some(Place {
            name,
            finding: Finding::Used(version),
            ..
        }) => format!("ONNX Runtime {version}, {name}"),
        _ => NO_RUNTIME.into(),
    }
}

/// What a model is called: by its file, but for the built-in one.
pub fn model_name(spec: &ModelSpec) -> &str {
    match spec.name == BUILT_IN_NAME {
        true => super::library::BUILT_IN.get(),
        false => &spec.name,
    }
}

/// The model that is ready.
pub fn model_line(info: &ModelInfo) -> String {
    let device = choice_label(info.device.choice());
    format!("{} \u{2013} {device}", model_name(&info.spec))
}

/// A model is being loaded.
pub fn loading(loading: Option<&Loading>) -> String {
    match loading {
        None => MODEL_LOADING.into(),
        Some(loading) => loading_part(&loading.part, (100.0 * loading.fraction()).round()),
    }
}

/// How far a job is: steps done and in all, how long one takes, and what is left.
pub fn progress(
    steps: Option<(usize, usize)>,
    pace: Option<[Duration; 2]>,
    stopping: bool,
) -> String {
    if stopping {
        return STOPPING.into();
    }
    let Some((index, of)) = steps else {
        return READING.into();
    };
    match pace {
        Some([one, left]) => {
            let one = format!("{:.1}", one.as_secs_f64());
            step_paced(index, of, &one, &time_left(left))
        }
        None => step(index, of),
    }
}

/// The button of the queue.
pub fn queue(count: usize) -> String {
    match count {
        0 => QUEUE.into(),
        count => queue_of(count),
    }
}

/// Nothing runs: how fast the last one was.
pub fn idle(last: Option<&RepaintResult>) -> String {
    match last {
        Some(last) if last.steps > 0 => {
            let step = last.seconds / last.steps as f32;
            last_took(&format!("{:.1}", last.seconds), &format!("{step:.2}"))
        }
        _ => READY.into(),
    }
}

/// The heading of the jobs that wait.
pub fn waiting(count: usize) -> String {
    match count {
        0 => QUEUE_EMPTY.into(),
        count => jobs_wait(count),
    }
}

/// A job that waits.
pub fn waiting_job(place: usize, recipe: &Recipe, batch: usize) -> String {
    let prompt = match recipe.prompt.trim() {
        "" => NO_PROMPT.get(),
        prompt => prompt,
    };
    match batch {
        1 => job(place, recipe.seed, prompt),
        batch => jobs(place, recipe.seed, batch - 1, prompt),
    }
}

/// What is marked of a result, behind its name.
pub fn marks(kept: bool, starred: bool, against: bool) -> String {
    let marks = [(kept, KEPT), (starred, STARRED), (against, HELD_AGAINST)];
    let marks = marks
        .into_iter()
        .filter_map(|(so, mark)| so.then_some(mark));
    marks.map(|mark| format!(", {mark}")).collect()
}

/// How a result was made.
pub fn result_facts(result: &RepaintResult) -> String {
    let recipe = &result.recipe;
    result_facts_of(
        result.steps,
        &choice_label(recipe.sampler.choice()),
        &choice_label(recipe.spacing.choice()),
        &format!("{:.2}", recipe.strength),
        &format!("{:.1}", result.seconds),
    )
}

/// The system is out of threads.
pub fn no_thread(error: &std::io::Error) -> String {
    format!("The system gives no thread ({error}); close other programs and try again.")
}
