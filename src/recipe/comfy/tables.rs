//! What ComfyUI's nodes and those of its extensions call things: facts, one a row.
//!
//! Does not know how links are followed.

/// A value that a sampler takes, alone or from a node behind it.
pub(super) struct Scalar {
    /// What it is.
    pub(super) name: &'static str,
    /// What nodes call it.
    pub(super) keys: &'static [&'static str],
    /// The inputs behind which it may lie.
    pub(super) through: &'static [&'static str],
    /// Whether it is a word and not a number.
    pub(super) is_word: bool,
}

const fn scalar(
    name: &'static str,
    keys: &'static [&'static str],
    through: &'static [&'static str],
) -> Scalar {
    Scalar {
        name,
        keys,
        through,
        is_word: false,
    }
}

const fn word(
    name: &'static str,
    keys: &'static [&'static str],
    through: &'static [&'static str],
) -> Scalar {
    Scalar {
        is_word: true,
        ..scalar(name, keys, through)
    }
}

/// The values of a sampler.
pub(super) const SCALARS: &[Scalar] = &[
    scalar(
        "seed",
        &["seed", "noise_seed"],
        &["noise", "pipe", "context"],
    ),
    scalar("steps", &["steps", "steps_total"], SIGMAS),
    scalar("cfg", &["cfg"], &["guider", "pipe", "context"]),
    word(
        "sampler_name",
        &["sampler_name"],
        &["sampler", "pipe", "context"],
    ),
    word("scheduler", &["scheduler"], SIGMAS),
    scalar("denoise", &["denoise"], SIGMAS),
    scalar("start_at_step", &["start_at_step"], &[]),
    scalar("end_at_step", &["end_at_step"], &[]),
    scalar("width", &["width", "empty_latent_width"], LATENTS),
    scalar("height", &["height", "empty_latent_height"], LATENTS),
];

const SIGMAS: &[&str] = &["sigmas", "pipe", "context"];

/// Inputs that lead from a sampler towards the empty latents.
const LATENTS: &[&str] = &["latent_image", "samples", "latent", "pipe", "context"];

/// What nodes call the one value that they hold.
pub(super) const PRIMITIVES: &[&str] = &[
    "value", "int", "float", "number", "Number", "seed", "string", "text",
];

/// Classes of nodes that are a sampler by themselves, and ComfyUI's name of it.
pub(super) const SAMPLER_CLASSES: &[(&str, &str)] = &[
    ("SamplerEuler", "euler"),
    ("SamplerEulerAncestral", "euler_ancestral"),
    ("SamplerDPMPP_2M_SDE", "dpmpp_2m_sde"),
    ("SamplerDPMPP_2S_Ancestral", "dpmpp_2s_ancestral"),
    ("SamplerDPMPP_3M_SDE", "dpmpp_3m_sde"),
    ("SamplerDPMPP_SDE", "dpmpp_sde"),
    ("SamplerLMS", "lms"),
    ("SamplerLCM", "lcm"),
];

/// Classes of nodes that are a spacing by themselves, and ComfyUI's name of it.
pub(super) const SPACING_CLASSES: &[(&str, &str)] = &[
    ("KarrasScheduler", "karras"),
    ("ExponentialScheduler", "exponential"),
    ("BetaSamplingScheduler", "beta"),
];

/// Pairs of inputs for what should be there and what should not.
pub(super) const PAIRS: &[[&str; 2]] = &[
    ["positive", "negative"],
    ["text_positive", "text_negative"],
    ["positive_prompt", "negative_prompt"],
    ["positive_text", "negative_text"],
    ["prompt_positive", "prompt_negative"],
    ["prompt", "negative_prompt"],
];

/// Inputs with a text that another node made, kept when the graph was run.
pub(super) const STORED: &[&str] = &[
    "populated_text",
    "text_0",
    "text2",
    "preview_text",
    "output_text",
];

/// Inputs with a text, the one that counts first.
pub(super) const TEXTS: &[&str] = &[
    "text",
    "text_g",
    "text_l",
    "clip_l",
    "t5xxl",
    "prompt",
    "string",
    "Text",
    "String",
    "STRING",
    "value",
    "wildcard_text",
    "positive",
    "negative",
    "positive_prompt",
    "text_positive",
    "preset_text",
    "multiline_text",
    "string_field",
    "source",
    "anything",
    "any",
    "conditioning",
    "cond1",
];

/// Inputs that never lead to a text.
pub(super) const NO_TEXTS: &[&str] = &[
    "clip",
    "control_net",
    "controlnet",
    "image",
    "images",
    "latent",
    "latent_image",
    "mask",
    "model",
    "noise",
    "noise_mask",
    "optional_vae",
    "pixels",
    "sampler",
    "samples",
    "sigmas",
    "vae",
];

/// A node that puts several texts together.
pub(super) struct Joint {
    /// A part of its class's name, in small letters; empty where `first` is enough to know it.
    pub(super) class: &'static str,
    /// The beginnings of its inputs' names: what follows is a letter or a number, or nothing.
    pub(super) inputs: &'static [&'static str],
    /// What stands between where no input says so.
    pub(super) between: &'static str,
    /// Whether texts without words, and spaces around them, are left out.
    pub(super) tidy: bool,
}

const fn joint(
    class: &'static str,
    inputs: &'static [&'static str],
    between: &'static str,
    tidy: bool,
) -> Joint {
    Joint {
        class,
        inputs,
        between,
        tidy,
    }
}

/// Every kind of them.
pub(super) const JOINTS: &[Joint] = &[
    // Combining is A1111's AND, joining its BREAK.
    joint("conditioningcombine", &["conditioning_"], " AND ", false),
    joint(
        "conditioningconcat",
        &["conditioning_to", "conditioning_from"],
        " BREAK ",
        false,
    ),
    // WAS Node Suite.
    joint("text concatenate", &["text_", "text"], "", true),
    // Custom Scripts: what it appends.
    joint("stringfunction", &["text_"], ", ", true),
    // WAS Node Suite's concatenation has the same name; the others join what there is.
    joint("concat", PARTS, "", false),
    joint("join", PARTS, "", false),
    joint("combine", PARTS, "", false),
    joint("append", PARTS, "", false),
];

const PARTS: &[&str] = &[
    "prefix", "prepend", "string_", "string", "text_", "text", "str_", "str", "prompt_", "prompt",
    "input_", "input", "append", "suffix",
];

/// Inputs that say what stands between.
pub(super) const BETWEEN: &[&str] = &["delimiter", "separator", "delim", "sep", "join_with"];

/// A node that lets one of several inputs through.
pub(super) struct Switch {
    /// The input that says which.
    pub(super) selects: &'static str,
    /// The inputs to choose from: by number where there is one name, else the one for false and the one for true.
    pub(super) from: &'static [&'static str],
    /// The number of the first.
    pub(super) first: u64,
}

const fn switch(selects: &'static str, from: &'static [&'static str], first: u64) -> Switch {
    Switch {
        selects,
        from,
        first,
    }
}

/// Every kind of them.
pub(super) const SWITCHES: &[Switch] = &[
    switch("select", &["input"], 1),
    switch("Input", &["text"], 1),
    switch("input", &["text"], 1),
    switch("index", &["value"], 0),
    switch("switch", &["on_false", "on_true"], 0),
    switch("boolean", &["on_false", "on_true"], 0),
    switch("boolean", &["text_b", "text_a"], 0),
    switch("cond", &["ff_value", "tt_value"], 0),
];
