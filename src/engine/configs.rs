//! The numbers in a model's JSON files, and what they are where a file or a key is missing.
//!
//! A missing key takes the default of diffusers' class, a missing file the values of latent diffusion: the two differ.
//! Does not know graphs.

use serde_json::Value as Json;

use super::error::EngineError;
use super::network::Heads;
use super::network::text::Activation;
use super::source::ModelSource;
use crate::diffusion::networks::{LatentRgb, PredictionKind};
use crate::diffusion::schedule::{Betas, NoiseConfig};

/// The VAE's part of the model's numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct VaeConfig {
    /// `latent_channels`.
    pub latent_channels: Option<usize>,
    /// Picture pixels per latent pixel, from the number of blocks.
    pub factor: Option<u32>,
    /// What latents are multiplied by after encoding.
    pub scaling: Option<f32>,
    /// What is taken from latents before that.
    pub shift: f32,
    /// Its own linear preview.
    pub preview: Option<LatentRgb>,
    /// `norm_num_groups`.
    pub groups: usize,
}

impl Default for VaeConfig {
    fn default() -> Self {
        Self {
            latent_channels: None,
            factor: None,
            scaling: None,
            shift: 0.0,
            preview: None,
            groups: GROUPS,
        }
    }
}

/// The UNet's part of the model's numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct UnetConfig {
    /// `in_channels`.
    pub in_channels: Option<usize>,
    /// `out_channels`.
    pub out_channels: Option<usize>,
    /// `sample_size`: side of the latents that it was trained on.
    pub sample_size: Option<u32>,
    /// 2 to the number of its downsamplings.
    pub multiple: Option<u32>,
    /// `time_cond_proj_dim`.
    pub guidance_width: Option<usize>,
    /// `norm_num_groups`.
    pub groups: usize,
    /// `addition_time_embed_dim`: width of the embedding of each of SDXL's sizes.
    pub size_width: usize,
}

/// What diffusers' classes have where nothing is said.
impl Default for UnetConfig {
    fn default() -> Self {
        Self {
            in_channels: None,
            out_channels: None,
            sample_size: None,
            multiple: None,
            guidance_width: None,
            groups: GROUPS,
            size_width: 256,
        }
    }
}

/// Groups of the group normalisation of UNet and VAE, where no config says.
pub(super) const GROUPS: usize = 32;

/// Channels of a text encoder's head: those of CLIP's and OpenCLIP's models that diffusion models have.
pub(super) const TEXT_HEAD: usize = 64;

/// Reads the VAE's numbers from whichever of its configs there is.
pub(super) fn vae(source: &ModelSource) -> Result<VaeConfig, EngineError> {
    let mut config = VaeConfig::default();
    for name in [
        "vae_decoder/config.json",
        "vae_encoder/config.json",
        "vae/config.json",
    ] {
        let Some(json) = source.json(name)? else {
            continue;
        };
        config.latent_channels =
            config
                .latent_channels
                .or(count(source, name, &json, "latent_channels")?);
        config.factor = config.factor.or(levels(&json));
        if let Some(groups) = count(source, name, &json, "norm_num_groups")? {
            config.groups = groups;
        }
        if config.scaling.is_none() {
            config.scaling =
                number(source, name, &json, "scaling_factor")?.map(|value| value as f32);
            config.shift =
                number(source, name, &json, "shift_factor")?.map_or(0.0, |value| value as f32);
        }
        if config.preview.is_none() {
            config.preview = preview(source, name, &json)?;
        }
        if config
            .scaling
            .is_some_and(|value| !value.is_finite() || value == 0.0)
            || !config.shift.is_finite()
        {
            return Err(source.error(
                name,
                "its scaling_factor or shift_factor is no usable number",
            ));
        }
    }
    Ok(config)
}

/// Reads the numbers of a UNet, or of a ControlNet, in a file.
pub(super) fn unet(source: &ModelSource, name: &str) -> Result<UnetConfig, EngineError> {
    let Some(mut json) = source.json(name)? else {
        return Ok(UnetConfig::default());
    };
    // Rarely a pair of sides.
    if let Some(side) = json
        .get("sample_size")
        .and_then(|pair| pair.get(0))
        .cloned()
    {
        json["sample_size"] = side;
    }
    let number = |key: &str| count(source, name, &json, key);
    Ok(UnetConfig {
        in_channels: number("in_channels")?,
        out_channels: number("out_channels")?,
        sample_size: number("sample_size")?.and_then(|side| u32::try_from(side).ok()),
        multiple: levels(&json),
        guidance_width: number("time_cond_proj_dim")?,
        groups: number("norm_num_groups")?.unwrap_or(GROUPS),
        size_width: number("addition_time_embed_dim")?.unwrap_or(256),
    })
}

/// Heads of a UNet's or ControlNet's attention, level by level: `num_attention_heads`, else `attention_head_dim`, which diffusers reads as their number.
pub(super) fn unet_heads(source: &ModelSource, name: &str) -> Result<Heads, EngineError> {
    let json = source.json(name)?.unwrap_or_default();
    let key = ["num_attention_heads", "attention_head_dim"]
        .into_iter()
        .find(|key| json.get(key).is_some_and(|value| !value.is_null()));
    let Some(key) = key else {
        return Ok(Heads::Count(vec![8].into()));
    };
    let one = |value: &Json| value.as_u64().and_then(|count| usize::try_from(count).ok());
    let counts = |value: &Json| match value {
        Json::Array(list) => list.iter().map(one).collect(),
        one_ => Some(vec![one(one_)?]),
    };
    let heads = typed(
        source,
        name,
        &json,
        key,
        "a number or a list of them",
        counts,
    )?;
    Ok(Heads::Count(heads.unwrap_or_default().into()))
}

/// Heads of a text encoder's attention.
pub(super) fn text_heads(
    source: &ModelSource,
    name: &str,
    json: &Json,
) -> Result<Heads, EngineError> {
    let heads = count(source, name, json, "num_attention_heads")?;
    Ok(heads.map_or(Heads::Of(TEXT_HEAD), |heads| {
        Heads::Count(vec![heads].into())
    }))
}

/// The function between the layers of a text encoder's networks (`hidden_act`, by default CLIP's).
pub(super) fn activation(
    source: &ModelSource,
    name: &str,
    json: &Json,
) -> Result<Activation, EngineError> {
    match typed(source, name, json, "hidden_act", "a text", Json::as_str)? {
        None | Some("quick_gelu") => Ok(Activation::QuickGelu),
        Some("gelu") => Ok(Activation::Gelu),
        Some(other) => Err(source.error(name, format!("the hidden_act `{other}` is not known"))),
    }
}

/// Whether an SDXL model hears an empty negative prompt as zeros (`force_zeros_for_empty_prompt`, true by default).
pub(super) fn zeros_for_empty_prompt(source: &ModelSource) -> Result<bool, EngineError> {
    const NAME: &str = "model_index.json";
    let Some(json) = source.json(NAME)? else {
        return Ok(true);
    };
    let key = "force_zeros_for_empty_prompt";
    let zeros = typed(source, NAME, &json, key, "true or false", Json::as_bool)?;
    Ok(zeros.unwrap_or(true))
}

/// Noise schedule and kind of prediction; diffusers' schedulers are the source of the defaults.
pub(super) fn scheduler(
    source: &ModelSource,
) -> Result<(NoiseConfig, PredictionKind), EngineError> {
    const NAME: &str = "scheduler/scheduler_config.json";
    let Some(json) = source.json(NAME)? else {
        let betas = Betas::ScaledLinear {
            start: 0.00085,
            end: 0.012,
        };
        return Ok((
            NoiseConfig {
                train_steps: 1000,
                betas,
                zero_terminal_snr: false,
            },
            PredictionKind::Epsilon,
        ));
    };
    let word = |key: &str| typed(source, NAME, &json, key, "a text", Json::as_str);
    let class = word("_class_name")?.unwrap_or_default();
    let others = [
        (
            "FlowMatch",
            "flow-matching models (Stable Diffusion 3, Flux) cannot be run yet",
        ),
        (
            "EDM",
            "models of the EDM schedule (CosXL, Playground 2.5) cannot be run yet",
        ),
    ];
    if let Some((_, problem)) = others.iter().find(|(start, _)| class.starts_with(start)) {
        return Err(source.error(NAME, *problem));
    }
    let (start, end, shape) = match class {
        "LCMScheduler" | "TCDScheduler" => (0.00085, 0.012, "scaled_linear"),
        "HeunDiscreteScheduler" | "KDPM2DiscreteScheduler" | "KDPM2AncestralDiscreteScheduler" => {
            (0.00085, 0.012, "linear")
        }
        _ => (0.0001, 0.02, "linear"),
    };
    let start = number(source, NAME, &json, "beta_start")?.unwrap_or(start);
    let end = number(source, NAME, &json, "beta_end")?.unwrap_or(end);
    let train_steps = count(source, NAME, &json, "num_train_timesteps")?.unwrap_or(1000);
    let all_numbers = |list: &Json| list.as_array()?.iter().map(Json::as_f64).collect();
    let listed: Option<Vec<f64>> = typed(
        source,
        NAME,
        &json,
        "trained_betas",
        "a list of numbers",
        all_numbers,
    )?;
    let betas = match (listed, word("beta_schedule")?.unwrap_or(shape)) {
        (Some(list), _) => Betas::Listed(list),
        (None, "linear") => Betas::Linear { start, end },
        (None, "scaled_linear") => Betas::ScaledLinear { start, end },
        (None, "squaredcos_cap_v2") => Betas::SquaredCosine,
        (None, other) => {
            return Err(source.error(NAME, format!("the beta_schedule `{other}` is not known")));
        }
    };
    let usable = match &betas {
        Betas::Linear { start, end } | Betas::ScaledLinear { start, end } => {
            0.0 < *start && start <= end && *end < 1.0
        }
        Betas::SquaredCosine => true,
        Betas::Listed(list) => {
            list.len() == train_steps && list.iter().all(|beta| (0.0..1.0).contains(beta))
        }
    };
    if !usable {
        return Err(source.error(NAME, "its betas are no usable noise schedule"));
    }
    let prediction = match word("prediction_type")?.unwrap_or("epsilon") {
        "epsilon" => PredictionKind::Epsilon,
        "v_prediction" => PredictionKind::V,
        "sample" => PredictionKind::Sample,
        other => {
            return Err(source.error(NAME, format!("the prediction_type `{other}` is not known")));
        }
    };
    let zero_terminal_snr = typed(
        source,
        NAME,
        &json,
        "rescale_betas_zero_snr",
        "true or false",
        Json::as_bool,
    )?
    .unwrap_or(false);
    Ok((
        NoiseConfig {
            train_steps,
            betas,
            zero_terminal_snr,
        },
        prediction,
    ))
}

/// Published previews of the well-known four-channel latents, told apart by their scaling factor.
///
/// Figures from ComfyUI's `comfy/latent_formats.py`.
pub(super) fn published_preview(channels: usize, scaling: f32) -> Option<LatentRgb> {
    if channels != 4 {
        return None;
    }
    if (scaling - 0.18215).abs() < 1e-4 {
        return Some(LatentRgb {
            factors: vec![
                [0.3512, 0.2297, 0.3227],
                [0.3250, 0.4974, 0.2350],
                [-0.2829, 0.1762, 0.2721],
                [-0.2120, -0.2616, -0.7177],
            ],
            bias: [0.0; 3],
        });
    }
    if (scaling - 0.13025).abs() < 1e-4 {
        return Some(LatentRgb {
            factors: vec![
                [0.3651, 0.4232, 0.4341],
                [-0.2533, -0.0042, 0.1068],
                [0.1076, 0.1111, -0.0362],
                [-0.3165, -0.2492, -0.2188],
            ],
            bias: [0.1084, -0.0175, -0.0011],
        });
    }
    None
}

/// `latent_rgb_factors` (one row for each latent channel) and `latent_rgb_bias`.
fn preview(
    source: &ModelSource,
    name: &str,
    json: &Json,
) -> Result<Option<LatentRgb>, EngineError> {
    let Some(rows) = json.get("latent_rgb_factors") else {
        return Ok(None);
    };
    let factors = serde_json::from_value::<Vec<[f32; 3]>>(rows.clone());
    let bias = json.get("latent_rgb_bias").map_or(Ok([0.0; 3]), |bias| {
        serde_json::from_value::<[f32; 3]>(bias.clone())
    });
    match (factors, bias) {
        (Ok(factors), Ok(bias)) => Ok(Some(LatentRgb { factors, bias })),
        _ => Err(source.error(
            name,
            "latent_rgb_factors must be rows of three numbers, latent_rgb_bias three numbers",
        )),
    }
}

/// 2 to the number of halvings between a network's levels.
fn levels(json: &Json) -> Option<u32> {
    let list = ["block_out_channels", "down_block_types"]
        .into_iter()
        .find_map(|key| json.get(key)?.as_array())?;
    let halvings = u32::try_from(list.len()).ok()?.checked_sub(1)?;
    (halvings <= 8).then(|| 1 << halvings)
}

/// A number that counts something: at least 1, and no nonsense that would overflow what is computed from it.
pub(super) fn count(
    source: &ModelSource,
    name: &str,
    json: &Json,
    key: &str,
) -> Result<Option<usize>, EngineError> {
    match json.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => value
            .as_u64()
            .and_then(|value| usize::try_from(value).ok())
            .filter(|value| (1..=100_000).contains(value))
            .map(Some)
            .ok_or_else(|| source.error(name, format!("its {key} is no usable number: {value}"))),
    }
}

/// A key's value as `what`: `None` where the key is missing or null; another type is an error, never a default.
fn typed<'a, T>(
    source: &ModelSource,
    name: &str,
    json: &'a Json,
    key: &str,
    what: &str,
    read: impl FnOnce(&'a Json) -> Option<T>,
) -> Result<Option<T>, EngineError> {
    match json.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => read(value)
            .map(Some)
            .ok_or_else(|| source.error(name, format!("its {key} must be {what}, and is {value}"))),
    }
}

fn number(
    source: &ModelSource,
    name: &str,
    json: &Json,
    key: &str,
) -> Result<Option<f64>, EngineError> {
    typed(source, name, json, key, "a number", Json::as_f64)
}
