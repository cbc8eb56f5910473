//! The two halves of the autoencoder (`AutoencoderKL`: Rombach et al. 2022, Esser et al. 2021).

use super::builder::{Builder, Value};
use super::{resnet, roll, unroll, upsample};
use crate::engine::error::EngineError;
use crate::engine::graph::Element;
use crate::engine::names::count;

/// What the weights do not say.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct Config {
    /// Groups of the group normalisation.
    pub groups: usize,
}

const EPSILON: f32 = 1e-6;

/// `sample [n, 3, h, w]` to `latent_parameters [n, 2 channels, h / factor, w / factor]`: mean and log variance.
pub(super) fn encode(g: &mut Builder<'_>, config: &Config) -> Result<(), EngineError> {
    let sample = g.input(
        "sample",
        Element::F32,
        &["batch", "3", "height", "width"],
        3,
    );
    let mut x = g.conv_same("encoder.conv_in", &sample)?;
    for at in blocks(g, "encoder.down_blocks") {
        x = residuals(g, &at, &x, config)?;
        let down = format!("{at}.downsamplers.0.conv");
        if g.has(&format!("{down}.weight")) {
            // Zeros on the right and below only.
            x = g.conv(&down, &x, 2, [0, 0, 1, 1])?;
        }
    }
    x = middle(g, "encoder", &x, config)?;
    x = last(g, "encoder", &x, config)?;
    if g.has("quant_conv.weight") {
        x = g.conv_same("quant_conv", &x)?;
    }
    let dims = [
        "batch",
        &x.width.to_string(),
        "latent_height",
        "latent_width",
    ];
    g.output("latent_parameters", &x, &dims);
    Ok(())
}

/// `latent_sample [n, channels, h, w]` to `sample [n, 3, h factor, w factor]`.
pub(super) fn decode(g: &mut Builder<'_>, config: &Config) -> Result<(), EngineError> {
    let first = if g.has("post_quant_conv.weight") {
        "post_quant_conv"
    } else {
        "decoder.conv_in"
    };
    let channels = g.shape(&format!("{first}.weight"))?.get(1).copied();
    let channels = channels.unwrap_or_default();
    let dims = [
        "batch",
        &channels.to_string(),
        "latent_height",
        "latent_width",
    ];
    let mut x = g.input("latent_sample", Element::F32, &dims, channels);
    if g.has("post_quant_conv.weight") {
        x = g.conv_same("post_quant_conv", &x)?;
    }
    x = g.conv_same("decoder.conv_in", &x)?;
    x = middle(g, "decoder", &x, config)?;
    for at in blocks(g, "decoder.up_blocks") {
        x = residuals(g, &at, &x, config)?;
        if g.has(&format!("{at}.upsamplers.0.conv.weight")) {
            x = upsample(g, &at, &x)?;
        }
    }
    x = last(g, "decoder", &x, config)?;
    g.output("sample", &x, &["batch", "3", "height", "width"]);
    Ok(())
}

fn blocks(g: &Builder<'_>, at: &str) -> Vec<String> {
    let blocks = count(|block| g.has(&format!("{at}.{block}.resnets.0.conv1.weight")));
    (0..blocks).map(|block| format!("{at}.{block}")).collect()
}

fn residuals(
    g: &mut Builder<'_>,
    at: &str,
    x: &Value,
    config: &Config,
) -> Result<Value, EngineError> {
    let mut x = x.clone();
    for layer in 0..count(|layer| g.has(&format!("{at}.resnets.{layer}.conv1.weight"))) {
        x = resnet(
            g,
            &format!("{at}.resnets.{layer}"),
            &x,
            None,
            config.groups,
            EPSILON,
        )?;
    }
    Ok(x)
}

fn middle(
    g: &mut Builder<'_>,
    half: &str,
    x: &Value,
    config: &Config,
) -> Result<Value, EngineError> {
    let at = format!("{half}.mid_block");
    let x = resnet(
        g,
        &format!("{at}.resnets.0"),
        x,
        None,
        config.groups,
        EPSILON,
    )?;
    let x = attention(g, &format!("{at}.attentions.0"), &x, config)?;
    resnet(
        g,
        &format!("{at}.resnets.1"),
        &x,
        None,
        config.groups,
        EPSILON,
    )
}

/// Attention of every pixel to every pixel, in one head.
fn attention(
    g: &mut Builder<'_>,
    at: &str,
    x: &Value,
    config: &Config,
) -> Result<Value, EngineError> {
    let normal = g.group_norm(&format!("{at}.group_norm"), x, config.groups, EPSILON)?;
    let (rows, shape) = roll(g, &normal);
    let mut sequence = |leaf: &str| -> Result<Value, EngineError> {
        let rows = g.linear(&format!("{at}.{leaf}"), &rows)?;
        // `[n, h, w, channels]` to `[n, h w, channels]`.
        let picture = g.node("Reshape", &[&rows, &shape], &[]);
        Ok(g.reshape(&picture, &[0, -1, rows.width as i64], rows.width))
    };
    let (q, k, v) = (sequence("to_q")?, sequence("to_k")?, sequence("to_v")?);
    let attended = g.attention([&q, &k, &v], 1)?;
    let rows = g.reshape(&attended, &[-1, attended.width as i64], attended.width);
    let rows = g.linear(&format!("{at}.to_out.0"), &rows)?;
    let back = unroll(g, &rows, &shape);
    Ok(g.add(&back, x))
}

fn last(g: &mut Builder<'_>, half: &str, x: &Value, config: &Config) -> Result<Value, EngineError> {
    let x = g.group_norm(&format!("{half}.conv_norm_out"), x, config.groups, EPSILON)?;
    let x = g.silu(&x);
    g.conv_same(&format!("{half}.conv_out"), &x)
}
