//! Who writes what: facts, one row a program.
//!
//! Does not know how a value is read.

use crate::recipe::{Recipe, SeedSource, Spacing};

/// What a key of another program says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Prompt,
    /// With what should not be there in square brackets.
    BracketedPrompt,
    Negative,
    Strength,
    Steps,
    Guidance,
    /// A name that may end in the spacing's.
    Sampler,
    Spacing,
    Seed,
    /// The device that draws the noise.
    Noise,
    VariationSeed,
    VariationStrength,
    Width,
    Height,
    /// Width and height together, whatever stands around them.
    Size,
}

/// A program.
pub(super) struct Tool {
    /// Groups of keys; an object with every key of one is the program's.
    pub(super) marks: &'static [&'static [&'static str]],
    /// The keys that lead from the outermost object to the one with the parameters.
    pub(super) inside: &'static [&'static str],
    /// Fields and their keys, the one that counts first.
    pub(super) keys: &'static [(Field, &'static [&'static str])],
    /// Generator of its noise, where it is known.
    pub(super) noise: Option<SeedSource>,
    /// Its spacing where neither a key nor the sampler's name says one that is known.
    pub(super) spacing: fn(&Recipe) -> Spacing,
    /// What it means by leaving a field out: the field, the value, and the key beside which alone that holds.
    pub(super) left_out: &'static [(Field, &'static str, Option<&'static str>)],
}

/// What is usual for the sampler.
const USUAL: fn(&Recipe) -> Spacing = |recipe| recipe.sampler.usual_spacing();

/// The model's own.
const UNIFORM: fn(&Recipe) -> Spacing = |_| Spacing::Uniform;

/// Karras below 30 steps, but for DDIM (`ldm/models/diffusion/ksampler.py`).
const UP_TO_30: fn(&Recipe) -> Spacing = |recipe| match recipe.steps < 30 {
    true if recipe.sampler != crate::recipe::Sampler::Ddim => Spacing::Karras,
    _ => Spacing::Uniform,
};

use Field::{
    BracketedPrompt, Guidance, Height, Negative, Noise, Prompt, Sampler, Seed, Size,
    Spacing as Schedule, Steps, Strength, VariationSeed, VariationStrength, Width,
};

/// Every program that is known, the one with the surest marks first.
pub(super) const TOOLS: &[Tool] = &[
    // SwarmUI: `docs/Image Metadata Format.md`, defaults of `src/Text2Image/T2IParamTypes.cs`; its noise is ComfyUI's.
    Tool {
        marks: &[&["sui_image_params"]],
        inside: &["sui_image_params"],
        keys: &[
            (Prompt, &["prompt"]),
            (Negative, &["negativeprompt"]),
            (Strength, &["initimagecreativity"]),
            (Steps, &["steps"]),
            (Guidance, &["cfgscale"]),
            (Sampler, &["sampler"]),
            (Schedule, &["scheduler"]),
            (Seed, &["seed"]),
            (VariationSeed, &["variationseed"]),
            (VariationStrength, &["variationseedstrength"]),
            (Width, &["width"]),
            (Height, &["height"]),
        ],
        noise: Some(SeedSource::TorchCpu),
        spacing: USUAL,
        left_out: &[
            (Negative, "", None),
            (Steps, "20", None),
            (Guidance, "7", None),
            (Sampler, "euler", None),
            (Schedule, "normal", None),
            (Strength, "0.6", Some("initimage")),
        ],
    },
    // InvokeAI from version 3 on: `invokeai/app/invocations/metadata.py`; its noise is drawn on the CPU unless it says otherwise.
    Tool {
        marks: &[&["positive_prompt"], &["generation_mode"]],
        inside: &[],
        keys: &[
            (Prompt, &["positive_prompt"]),
            (Negative, &["negative_prompt"]),
            (Strength, &["strength", "denoising_strength"]),
            (Steps, &["steps"]),
            (Guidance, &["cfg_scale"]),
            (Sampler, &["scheduler"]),
            (Seed, &["seed"]),
            (Noise, &["rand_device"]),
            (Width, &["width"]),
            (Height, &["height"]),
        ],
        noise: Some(SeedSource::TorchCpu),
        spacing: UNIFORM,
        left_out: &[(Negative, "", None)],
    },
    // InvokeAI up to version 2, `sd-metadata`: `backend/args.py` `metadata_dumps`; its noise is drawn on the GPU.
    Tool {
        marks: &[&["app_id", "image"], &["model_weights", "image"]],
        inside: &["image"],
        keys: DREAM,
        noise: Some(SeedSource::Philox),
        spacing: UP_TO_30,
        left_out: &[(Sampler, "k_lms", None)],
    },
    // The same as a command, read by `dream::object`.
    Tool {
        marks: &[&["dream"]],
        inside: &["dream"],
        keys: DREAM,
        noise: Some(SeedSource::Philox),
        spacing: UP_TO_30,
        left_out: &[(Sampler, "k_lms", None)],
    },
    // Fooocus: `modules/meta_parser.py`; the log of older versions has its labels for keys.
    Tool {
        marks: &[
            &["metadata_scheme"],
            &["full_prompt"],
            &["base_model", "performance"],
            &["Prompt", "Performance"],
        ],
        inside: &[],
        keys: &[
            (Prompt, &["prompt", "Prompt"]),
            (Negative, &["negative_prompt", "Negative Prompt"]),
            (Strength, &["overwrite_strength"]),
            (Steps, &["steps", "Steps"]),
            (Guidance, &["guidance_scale", "Guidance Scale"]),
            (Sampler, &["sampler", "Sampler"]),
            (Schedule, &["scheduler", "Scheduler"]),
            (Seed, &["seed", "Seed"]),
            (Size, &["resolution", "Resolution"]),
        ],
        noise: Some(SeedSource::TorchCpu),
        spacing: USUAL,
        left_out: &[(Negative, "", None)],
    },
    // RuinedFooocus: `modules/async_worker.py`.
    Tool {
        marks: &[&["Prompt", "Negative"], &["Prompt", "software"]],
        inside: &[],
        keys: &[
            (Prompt, &["Prompt"]),
            (Negative, &["Negative"]),
            (Strength, &["denoise"]),
            (Steps, &["steps"]),
            (Guidance, &["cfg"]),
            (Sampler, &["sampler_name"]),
            (Schedule, &["scheduler"]),
            (Seed, &["seed", "Seed"]),
            (Width, &["width"]),
            (Height, &["height"]),
        ],
        noise: Some(SeedSource::TorchCpu),
        spacing: USUAL,
        left_out: &[(Negative, "", None)],
    },
    // Easy Diffusion: `ui/easydiffusion/utils/save_utils.py`, as JSON, as lines of text, and as chunks of a PNG.
    Tool {
        marks: &[
            &["num_inference_steps"],
            &["use_stable_diffusion_model"],
            &["Stable Diffusion model"],
            &["Prompt", "Guidance Scale", "Steps"],
        ],
        inside: &[],
        keys: EASY,
        noise: None,
        spacing: USUAL,
        left_out: &[(Negative, "", None)],
    },
    Tool {
        marks: &[&["reqBody"]],
        inside: &["reqBody"],
        keys: EASY,
        noise: None,
        spacing: USUAL,
        left_out: &[(Negative, "", None)],
    },
    // Draw Things: the comment in its XMP.
    Tool {
        marks: &[&["c", "uc"], &["c", "seed"]],
        inside: &[],
        keys: &[
            (Prompt, &["c"]),
            (Negative, &["uc"]),
            (Strength, &["strength"]),
            (Steps, &["steps"]),
            (Guidance, &["scale"]),
            (Sampler, &["sampler"]),
            (Seed, &["seed"]),
            (Size, &["size"]),
        ],
        noise: None,
        spacing: USUAL,
        left_out: &[(Negative, "", None)],
    },
    // NovelAI: the chunk `Comment`.
    Tool {
        marks: &[&["uc", "prompt"], &["uc", "sampler"]],
        inside: &[],
        keys: &[
            (Prompt, &["prompt"]),
            (Negative, &["uc"]),
            (Strength, &["strength"]),
            (Steps, &["steps"]),
            (Guidance, &["scale"]),
            (Sampler, &["sampler"]),
            (Schedule, &["noise_schedule"]),
            (Seed, &["seed"]),
            (Width, &["width"]),
            (Height, &["height"]),
        ],
        noise: Some(SeedSource::TorchCpu),
        spacing: UNIFORM,
        left_out: &[],
    },
];

const DREAM: &[(Field, &[&str])] = &[
    (BracketedPrompt, &["prompt"]),
    (Strength, &["strength"]),
    (Steps, &["steps"]),
    (Guidance, &["cfg_scale"]),
    (Sampler, &["sampler", "sampler_name"]),
    (Seed, &["seed"]),
    (Width, &["width"]),
    (Height, &["height"]),
];

const EASY: &[(Field, &[&str])] = &[
    (Prompt, &["prompt", "Prompt"]),
    (Negative, &["negative_prompt", "Negative Prompt"]),
    (Strength, &["prompt_strength", "Prompt Strength"]),
    (Steps, &["num_inference_steps", "Steps"]),
    (Guidance, &["guidance_scale", "Guidance Scale"]),
    (Sampler, &["sampler_name", "Sampler"]),
    (Schedule, &["scheduler_name", "Scheduler"]),
    (Seed, &["seed", "Seed"]),
    (Width, &["width", "Width"]),
    (Height, &["height", "Height"]),
];

/// Words that any program may use.
pub(super) const ANY: Tool = Tool {
    marks: &[],
    inside: &[],
    keys: &[
        (
            Prompt,
            &["prompt", "Prompt", "positive", "positivePrompt", "caption"],
        ),
        (
            Negative,
            &[
                "negative_prompt",
                "negativePrompt",
                "Negative prompt",
                "negative",
                "negativeprompt",
            ],
        ),
        (Strength, &["denoising_strength", "denoise", "strength"]),
        (Steps, &["steps", "Steps", "num_steps", "sampling_steps"]),
        (
            Guidance,
            &[
                "cfg_scale",
                "cfgScale",
                "cfg",
                "CFG scale",
                "guidance_scale",
                "guidanceScale",
                "guidance",
            ],
        ),
        (
            Sampler,
            &["sampler_name", "sampler", "Sampler", "sampler_index"],
        ),
        (Schedule, &["scheduler", "schedule", "Schedule type"]),
        (Seed, &["seed", "Seed"]),
        (Width, &["width"]),
        (Height, &["height"]),
        (Size, &["Size", "resolution"]),
    ],
    noise: None,
    spacing: USUAL,
    left_out: &[],
};
