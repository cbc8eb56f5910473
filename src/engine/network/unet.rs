//! The UNet that predicts noise (Rombach et al. 2022, "High-resolution image synthesis with latent diffusion models"; SDXL: Podell et al. 2023).

use super::builder::{Builder, Value};
use super::proto::Attribute;
use super::{Heads, resnet, roll, unroll, upsample};
use crate::diffusion::networks::Extra;
use crate::engine::error::EngineError;
use crate::engine::graph::Element;
use crate::engine::names::count;
use crate::engine::ports::{MIDDLE_RESIDUAL, POOLED, RESIDUALS};

/// What the weights do not say.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct Config {
    pub heads: Heads,
    /// Groups of the group normalisation.
    pub groups: usize,
    /// Width of the embedding of each of SDXL's six sizes (`addition_time_embed_dim`).
    pub size_width: usize,
    /// Whether it hears ControlNets.
    pub controlled: bool,
}

/// Numbers in SDXL's `time_ids`.
pub(in crate::engine) const SIZES: usize = 6;

/// Epsilon of the group normalisation in residual blocks, and in front of attention.
const EPSILON: f32 = 1e-5;
const ATTENTION_EPSILON: f32 = 1e-6;

/// What every block hears.
pub(super) struct Heard<'a> {
    /// Timestep and what else there is one of for a picture, `[n, width]`.
    pub time: Value,
    /// The text, `[n tokens, width]`.
    context: Value,
    /// `n` as a list of one.
    batch: Value,
    config: &'a Config,
}

/// `sample [n, in, h, w]`, `timestep []` (for a server `[n, 1]`), `encoder_hidden_states [n, tokens, width]` and the family's rows to `out_sample [n, out, h, w]`; h and w are multiples of 2 to the number of halvings.
///
/// One that hears ControlNets also takes what they add to each skip connection and to the middle.
pub(super) fn forward(g: &mut Builder<'_>, config: &Config) -> Result<(), EngineError> {
    let (sample, heard) = inputs(g, config)?;
    let x = g.conv_same("conv_in", &sample)?;
    let (mut skips, mut x) = down_and_middle(g, x, &heard)?;
    if config.controlled {
        let names = residuals(g, skips.len())?;
        for (value, name) in skips.iter_mut().chain([&mut x]).zip(names) {
            let width = value.width.to_string();
            let (high, wide) = (format!("{name}_height"), format!("{name}_width"));
            let dims = ["batch", &width, &high, &wide];
            let residual = g.input(name, Element::F32, &dims, value.width);
            *value = g.add(value, &residual).of_width(value.width);
        }
    }
    let levels = levels(g);
    for block in 0..levels {
        let at = format!("up_blocks.{block}");
        let layers = count(|layer| g.has(&format!("{at}.resnets.{layer}.conv1.weight")));
        for layer in 0..layers {
            let Some(skip) = skips.pop() else {
                return Err(
                    g.problem("its UNet has more blocks on the way up than on the way down")
                );
            };
            x = g.concat(&[&x, &skip], 1);
            x = layer_of(g, &at, layer, levels - 1 - block, &x, &heard)?;
        }
        if g.has(&format!("{at}.upsamplers.0.conv.weight")) {
            x = upsample(g, &at, &x)?;
        }
    }
    x = g.group_norm("conv_norm_out", &x, config.groups, EPSILON)?;
    x = g.silu(&x);
    x = g.conv_same("conv_out", &x)?;
    let dims = ["batch", &x.width.to_string(), "height", "width"];
    g.output("out_sample", &x, &dims);
    Ok(())
}

/// The inputs: noisy latents, and what every block hears.
pub(super) fn inputs<'a>(
    g: &mut Builder<'_>,
    config: &'a Config,
) -> Result<(Value, Heard<'a>), EngineError> {
    let channels = side(g, "conv_in.weight", 1)?;
    let dims = ["batch", &channels.to_string(), "height", "width"];
    let sample = g.input("sample", Element::F32, &dims, channels);
    let batch = batch_of(g, &sample);
    let time = time_embedding(g, config)?;
    let width = context_width(g)?;
    let dims = ["batch", "tokens", &width.to_string()];
    let context = g.input("encoder_hidden_states", Element::F32, &dims, width);
    let context = g.reshape(&context, &[-1, width as i64], width);
    let heard = Heard {
        time,
        context,
        batch,
        config,
    };
    Ok((sample, heard))
}

/// The way down and the middle: what the skip connections carry, from the finest on, and what the middle gives.
pub(super) fn down_and_middle(
    g: &mut Builder<'_>,
    mut x: Value,
    heard: &Heard<'_>,
) -> Result<(Vec<Value>, Value), EngineError> {
    let mut skips = vec![x.clone()];
    let levels = levels(g);
    for level in 0..levels {
        let at = format!("down_blocks.{level}");
        let layers = count(|layer| g.has(&format!("{at}.resnets.{layer}.conv1.weight")));
        for layer in 0..layers {
            x = layer_of(g, &at, layer, level, &x, heard)?;
            skips.push(x.clone());
        }
        let down = format!("{at}.downsamplers.0.conv");
        if g.has(&format!("{down}.weight")) {
            x = g.conv(&down, &x, 2, [1; 4])?;
            skips.push(x.clone());
        }
    }
    x = residual(g, "mid_block.resnets.0", &x, heard)?;
    let coarsest = levels.saturating_sub(1);
    x = attention(g, "mid_block.attentions.0", coarsest, &x, heard)?;
    x = residual(g, "mid_block.resnets.1", &x, heard)?;
    Ok((skips, x))
}

/// Levels on the way down.
fn levels(g: &Builder<'_>) -> usize {
    count(|level| g.has(&format!("down_blocks.{level}.resnets.0.conv1.weight")))
}

/// The names of what ControlNets add to so many skip connections, and last to the middle.
pub(super) fn residuals(
    g: &Builder<'_>,
    skips: usize,
) -> Result<impl Iterator<Item = &'static str> + use<>, EngineError> {
    if skips > RESIDUALS.len() {
        return Err(g.problem("it has more skip connections than any known ControlNet"));
    }
    Ok(RESIDUALS.into_iter().take(skips).chain([MIDDLE_RESIDUAL]))
}

/// A residual block, and attention behind it where there is any.
fn layer_of(
    g: &mut Builder<'_>,
    at: &str,
    layer: usize,
    level: usize,
    x: &Value,
    heard: &Heard<'_>,
) -> Result<Value, EngineError> {
    let x = residual(g, &format!("{at}.resnets.{layer}"), x, heard)?;
    let attended = format!("{at}.attentions.{layer}");
    if g.has(&format!("{attended}.norm.weight")) {
        attention(g, &attended, level, &x, heard)
    } else {
        Ok(x)
    }
}

fn residual(
    g: &mut Builder<'_>,
    at: &str,
    x: &Value,
    heard: &Heard<'_>,
) -> Result<Value, EngineError> {
    resnet(g, at, x, Some(&heard.time), heard.config.groups, EPSILON)
}

/// Transformer blocks over the pixels (`Transformer2DModel`); their projections are linear layers or convolutions of 1 x 1, which have the same bytes.
fn attention(
    g: &mut Builder<'_>,
    at: &str,
    level: usize,
    x: &Value,
    heard: &Heard<'_>,
) -> Result<Value, EngineError> {
    let normal = g.group_norm(
        &format!("{at}.norm"),
        x,
        heard.config.groups,
        ATTENTION_EPSILON,
    )?;
    let (rows, shape) = roll(g, &normal);
    let mut rows = g.linear(&format!("{at}.proj_in"), &rows)?;
    let heads = heard.config.heads.at(level, rows.width);
    let blocks = count(|block| g.has(&format!("{at}.transformer_blocks.{block}.norm1.weight")));
    for block in 0..blocks {
        let at = format!("{at}.transformer_blocks.{block}");
        let normal = g.layer_norm(&format!("{at}.norm1"), &rows)?;
        let own = attend(g, &format!("{at}.attn1"), &normal, &normal, heads, heard)?;
        rows = g.add(&rows, &own);
        let normal = g.layer_norm(&format!("{at}.norm2"), &rows)?;
        let text = attend(
            g,
            &format!("{at}.attn2"),
            &normal,
            &heard.context,
            heads,
            heard,
        )?;
        rows = g.add(&rows, &text);
        let normal = g.layer_norm(&format!("{at}.norm3"), &rows)?;
        // GEGLU (Shazeer 2020).
        let both = g.linear(&format!("{at}.ff.net.0.proj"), &normal)?;
        let [hidden, gate] = g.halves(&both);
        let gate = g.node("Gelu", &[&gate], &[]);
        let gated = g.multiply(&hidden, &gate);
        let fed = g.linear(&format!("{at}.ff.net.2"), &gated)?;
        rows = g.add(&rows, &fed);
    }
    let rows = g.linear(&format!("{at}.proj_out"), &rows)?;
    // The shape has the channels of `x`.
    let back = unroll(g, &rows, &shape);
    Ok(g.add(&back, x))
}

fn attend(
    g: &mut Builder<'_>,
    at: &str,
    x: &Value,
    context: &Value,
    heads: usize,
    heard: &Heard<'_>,
) -> Result<Value, EngineError> {
    let mut sequence = |leaf: &str, x: &Value| -> Result<Value, EngineError> {
        let rows = g.linear(&format!("{at}.{leaf}"), x)?;
        let rest = g.integers(&[-1, rows.width as i64]);
        let shape = g.concat(&[&heard.batch, &rest], 0);
        let value = g.node("Reshape", &[&rows, &shape], &[]);
        Ok(value.of_width(rows.width))
    };
    let (q, k, v) = (
        sequence("to_q", x)?,
        sequence("to_k", context)?,
        sequence("to_v", context)?,
    );
    let attended = g.attention([&q, &k, &v], heads)?;
    let rows = g.reshape(&attended, &[-1, attended.width as i64], attended.width);
    g.linear(&format!("{at}.to_out.0"), &rows)
}

/// The timestep as sines and cosines (Vaswani et al. 2017, cosines first) through two layers, plus what else the family tells of a picture.
fn time_embedding(g: &mut Builder<'_>, config: &Config) -> Result<Value, EngineError> {
    let width = side(g, "time_embedding.linear_1.weight", 1)?;
    let timestep = g.timestep();
    let mut waves = sinusoids(g, &timestep, width);
    if g.has("time_embedding.cond_proj.weight") {
        let name = Extra::GuidanceScale { width: 0 }.name();
        let width = side(g, "time_embedding.cond_proj.weight", 1)?;
        let scale = g.input(name, Element::F32, &["batch", &width.to_string()], width);
        let scale = g.linear("time_embedding.cond_proj", &scale)?;
        waves = g.add(&scale, &waves);
    }
    let time = two_layers(g, "time_embedding", &waves)?;
    if !g.has("add_embedding.linear_1.weight") {
        return Ok(time);
    }
    let told = side(g, "add_embedding.linear_1.weight", 1)?;
    let all = SIZES * config.size_width;
    let Some(pooled) = told.checked_sub(all).filter(|width| *width > 0) else {
        return Err(g.problem(format!(
            "its `add_embedding` takes {told} numbers, of which {all} would be sizes"
        )));
    };
    let dims = ["batch", &pooled.to_string()];
    let text = g.input(POOLED, Element::F32, &dims, pooled);
    let dims = ["batch", &SIZES.to_string()];
    let sizes = g.input(Extra::Sizes.name(), Element::F32, &dims, SIZES);
    let sizes = g.reshape(&sizes, &[-1, 1], 1);
    let sizes = sinusoids(g, &sizes, config.size_width);
    let sizes = g.reshape(&sizes, &[-1, all as i64], all);
    let told = g.concat(&[&text, &sizes], 1);
    let told = two_layers(g, "add_embedding", &told)?;
    Ok(g.add(&told, &time))
}

pub(super) fn two_layers(g: &mut Builder<'_>, at: &str, x: &Value) -> Result<Value, EngineError> {
    let x = g.linear(&format!("{at}.linear_1"), x)?;
    let x = g.silu(&x);
    g.linear(&format!("{at}.linear_2"), &x)
}

/// Cosines and sines of numbers `[n, 1]` at wave lengths from 2 pi to 10000 times that: `[n, width]`.
pub(super) fn sinusoids(g: &mut Builder<'_>, x: &Value, width: usize) -> Value {
    let half = width / 2;
    let frequencies: Vec<f32> = (0..half)
        .map(|index| (-(10_000_f32.ln()) * index as f32 / half as f32).exp())
        .collect();
    let frequencies = g.floats(&[1, half], &frequencies);
    let angles = g.multiply(x, &frequencies).of_width(half);
    let cosines = g.node("Cos", &[&angles], &[]);
    let sines = g.node("Sin", &[&angles], &[]);
    g.concat(&[&cosines, &sines], 1)
}

/// `n` of `[n, ..]` as a list of one.
fn batch_of(g: &mut Builder<'_>, x: &Value) -> Value {
    let ends = [
        ("start", Attribute::Integer(0)),
        ("end", Attribute::Integer(1)),
    ];
    g.node("Shape", &[x], &ends)
}

/// Width of the text, where the first cross-attention takes it.
fn context_width(g: &Builder<'_>) -> Result<usize, EngineError> {
    let name = g.first(".attn2.to_k.weight");
    let name = name.ok_or_else(|| g.problem("its UNet does not hear a text"))?;
    side(g, name, 1)
}

pub(super) fn side(g: &Builder<'_>, name: &str, index: usize) -> Result<usize, EngineError> {
    let side = g.shape(name)?.get(index).copied();
    side.ok_or_else(|| g.problem(format!("its tensor `{name}` has too few sides")))
}
