//! ControlNet (Zhang et al. 2023): a copy of the UNet's way down that sees a picture, and says what to add to the UNet's skip connections.
//!
//! ControlNet Union (xinsir's, diffusers `ControlNetUnionModel`) is one for several kinds of pictures, and is told which it sees.

use super::builder::{Builder, Value};
use super::proto::Attribute;
use super::unet::{Config, down_and_middle, inputs, residuals, side, sinusoids, two_layers};
use crate::engine::error::EngineError;
use crate::engine::graph::Element;
use crate::engine::names::count;
use crate::engine::ports::{HINT, TYPES};

/// What a ControlNet Union adds for each kind of picture, `[kinds, width]`.
pub(in crate::engine) const TASKS: &str = "task_embedding";

/// As a UNet's, `controlnet_cond [n, 3, H, W]` and, of a Union, `control_type [n, kinds]`, 1 for the kind that it is, to what is added to each skip connection, and to the middle.
pub(super) fn forward(g: &mut Builder<'_>, config: &Config) -> Result<(), EngineError> {
    let (sample, mut heard) = inputs(g, config)?;
    let x = g.conv_same("conv_in", &sample)?;
    let mut hint = embedded(g)?;
    if g.has(TASKS) {
        let kinds = side(g, TASKS, 0)?;
        let dims = ["batch", &kinds.to_string()];
        let kind = g.input(TYPES, Element::F32, &dims, kinds);
        hint = fused(g, &hint, &kind)?;
        let time = kind_embedding(g, &kind)?;
        heard.time = g.add(&time, &heard.time);
    }
    let x = g.add(&x, &hint);
    let (skips, x) = down_and_middle(g, x, &heard)?;
    let names = residuals(g, skips.len())?;
    let last = skips.len();
    for (index, (value, name)) in skips.iter().chain([&x]).zip(names).enumerate() {
        let at = match index == last {
            true => "controlnet_mid_block".to_owned(),
            false => format!("controlnet_down_blocks.{index}"),
        };
        let added = g.conv_same(&at, value)?;
        let width = added.width.to_string();
        let (high, wide) = (format!("{name}_height"), format!("{name}_width"));
        g.output(name, &added, &["batch", &width, &high, &wide]);
    }
    Ok(())
}

/// The picture at the size of the latents: convolutions, every other of which halves it.
fn embedded(g: &mut Builder<'_>) -> Result<Value, EngineError> {
    const AT: &str = "controlnet_cond_embedding";
    let channels = side(g, &format!("{AT}.conv_in.weight"), 1)?;
    let dims = ["batch", &channels.to_string(), "hint_height", "hint_width"];
    let hint = g.input(HINT, Element::F32, &dims, channels);
    let x = g.conv_same(&format!("{AT}.conv_in"), &hint)?;
    let mut x = g.silu(&x);
    let blocks = count(|block| g.has(&format!("{AT}.blocks.{block}.weight")));
    for block in 0..blocks {
        let stride = if block % 2 == 0 { 1 } else { 2 };
        x = g.conv(&format!("{AT}.blocks.{block}"), &x, stride, [1; 4])?;
        x = g.silu(&x);
    }
    g.conv_same(&format!("{AT}.conv_out"), &x)
}

/// The picture with what its kind adds to each channel.
///
/// The attention is over the pictures of a batch, since its model lays it out so; of one picture it is its value alone, which it stays here for each of several.
fn fused(g: &mut Builder<'_>, hint: &Value, kind: &Value) -> Result<Value, EngineError> {
    let sides = g.integers(&[2, 3]);
    let flat = [("keepdims", Attribute::Integer(0))];
    let mean = g.node("ReduceMean", &[hint, &sides], &flat);
    let (kinds, width) = (side(g, TASKS, 0)?, side(g, TASKS, 1)?);
    let tasks = g.weight(TASKS, &[kinds, width])?;
    let task = g.node("MatMul", &[kind, &tasks], &[]).of_width(width);
    let mut x = g.add(&task, &mean);
    // The name is the model's own.
    const LAYERS: &str = "transformer_layes";
    let layers = count(|layer| g.has(&format!("{LAYERS}.{layer}.ln_1.weight")));
    for layer in 0..layers {
        let at = format!("{LAYERS}.{layer}");
        let normal = g.layer_norm(&format!("{at}.ln_1"), &x)?;
        let value = g.linear(&format!("{at}.attn.v_proj"), &normal)?;
        let value = g.linear(&format!("{at}.attn.out_proj"), &value)?;
        x = g.add(&x, &value);
        let normal = g.layer_norm(&format!("{at}.ln_2"), &x)?;
        let hidden = g.linear(&format!("{at}.mlp.c_fc"), &normal)?;
        let hidden = g.quick_gelu(&hidden);
        let fed = g.linear(&format!("{at}.mlp.c_proj"), &hidden)?;
        x = g.add(&x, &fed);
    }
    let added = g.linear("spatial_ch_projs", &x)?;
    let added = g.reshape(&added, &[0, 0, 1, 1], added.width);
    Ok(g.add(hint, &added))
}

/// What the kind adds to the timestep.
fn kind_embedding(g: &mut Builder<'_>, kind: &Value) -> Result<Value, EngineError> {
    const AT: &str = "control_add_embedding";
    let told = side(g, &format!("{AT}.linear_1.weight"), 1)?;
    let flags = g.reshape(kind, &[-1, 1], 1);
    let waves = sinusoids(g, &flags, told / kind.width.max(1));
    let waves = g.reshape(&waves, &[-1, told as i64], told);
    two_layers(g, AT, &waves)
}
