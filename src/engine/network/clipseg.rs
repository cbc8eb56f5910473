//! CLIPSeg: where in a picture is what a text says (Lueddecke and Ecker 2022), in the names of transformers.
//!
//! Its text encoder is CLIP's own ([`text`](super::text)).

use super::builder::{Builder, Value};
use super::proto::Attribute;
use crate::engine::error::EngineError;
use crate::engine::graph::Element;
use crate::engine::names::count;

/// What the weights do not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Config {
    /// Heads of the picture's encoder, and of the decoder.
    pub heads: usize,
    pub decoder_heads: usize,
    /// Layers of the encoder, from 0, that the decoder hears, the last first.
    pub heard: Vec<usize>,
    /// The decoder's layer at which the text comes in.
    pub conditional: usize,
    /// Side of the pictures, pixels.
    pub side: usize,
}

const PATCHES: &str = "vision_model.embeddings.patch_embedding";
const POSITIONS: &str = "vision_model.embeddings.position_embedding.weight";
const UP: &str = "decoder.transposed_convolution";

/// `pixel_values [1, 3, side, side]` and `text_embeds [n, width]` to `logits [n, 1, h, w]`.
pub(super) fn forward(g: &mut Builder<'_>, config: &Config) -> Result<(), EngineError> {
    let side = config.side.to_string();
    let picture = g.input("pixel_values", Element::F32, &["1", "3", &side, &side], 3);
    let film = "decoder.film_mul.weight";
    let width = g.shape(film)?.last().copied().unwrap_or_default();
    let text = g.input(
        "text_embeds",
        Element::F32,
        &["texts", &width.to_string()],
        width,
    );

    let patch = g.shape(&format!("{PATCHES}.weight"))?.last().copied();
    let patch = patch
        .filter(|patch| (1..=config.side).contains(patch))
        .unwrap_or(config.side);
    let grid = config.side / patch;
    let mut x = embedded(g, &picture, patch, grid)?;
    x = g.layer_norm("vision_model.pre_layrnorm", &x)?;
    let places = grid * grid + 1;
    let mut states = Vec::new();
    for layer in 0..=config.heard.iter().copied().max().unwrap_or_default() {
        let at = format!("vision_model.encoder.layers.{layer}");
        let normal = g.layer_norm(&format!("{at}.layer_norm1"), &x)?;
        let heard = attend(g, &format!("{at}.self_attn"), &normal, places, config.heads)?;
        x = g.add(&x, &heard);
        let normal = g.layer_norm(&format!("{at}.layer_norm2"), &x)?;
        let wide = g.linear(&format!("{at}.mlp.fc1"), &normal)?;
        let wide = g.quick_gelu(&wide);
        let fed = g.linear(&format!("{at}.mlp.fc2"), &wide)?;
        x = g.add(&x, &fed);
        states.push(x.clone());
    }

    let mut x: Option<Value> = None;
    for (layer, heard) in config.heard.iter().enumerate() {
        let reduced = g.linear(&format!("decoder.reduces.{layer}"), &states[*heard])?;
        let width = reduced.width;
        let mut y = g.reshape(&reduced, &[-1, places as i64, width as i64], width);
        if let Some(x) = &x {
            y = g.add(x, &y);
        }
        if layer == config.conditional {
            let factor = g.linear("decoder.film_mul", &text)?;
            let factor = g.reshape(&factor, &[-1, 1, width as i64], width);
            let term = g.linear("decoder.film_add", &text)?;
            let term = g.reshape(&term, &[-1, 1, width as i64], width);
            y = g.multiply(&factor, &y);
            y = g.add(&y, &term);
        }
        x = Some(decoded(
            g,
            &format!("decoder.layers.{layer}"),
            &y,
            places,
            config,
        )?);
    }
    let x = x.ok_or_else(|| g.problem("its decoder hears no layer"))?;
    let logits = raised(g, &x, grid)?;
    g.output("logits", &logits, &["texts", "1", "height", "width"]);
    Ok(())
}

/// The patches of a picture behind the class token, each with the embedding of its place: rows `[places, width]`. A grid of another size than the model's own takes places between its places, cubically.
fn embedded(
    g: &mut Builder<'_>,
    picture: &Value,
    patch: usize,
    grid: usize,
) -> Result<Value, EngineError> {
    let x = g.conv(PATCHES, picture, patch as i64, [0; 4])?;
    let width = x.width;
    let wide = width as i64;
    let flat = g.reshape(&x, &[wide, -1], width);
    let patches = g.transpose(&flat, &[1, 0]);
    let class = g.weight("vision_model.embeddings.class_embedding", &[1, width])?;
    let rows = g.concat(&[&class, &patches], 0).of_width(width);

    let all = g.shape(POSITIONS)?.first().copied().unwrap_or_default();
    let own = all.saturating_sub(1).isqrt();
    if own * own + 1 != all {
        return Err(g.wrong_shape(POSITIONS, "[1 + a square, width]"));
    }
    let table = g.weight(POSITIONS, &[all, width])?;
    if own == grid {
        return Ok(g.add(&rows, &table));
    }
    let axis = [("axis", Attribute::Integer(0))];
    let first = g.integers(&[0]);
    let first = g.node("Gather", &[&table, &first], &axis);
    let others: Vec<i64> = (1..all as i64).collect();
    let others = g.integers(&others);
    let others = g.node("Gather", &[&table, &others], &axis);
    let others = g.reshape(&others, &[1, own as i64, own as i64, wide], width);
    let others = g.transpose(&others, &[0, 3, 1, 2]);
    let sizes = g.integers(&[1, wide, grid as i64, grid as i64]);
    // PyTorch's bicubic interpolation.
    let attributes = [
        ("mode", Attribute::Text("cubic")),
        ("cubic_coeff_a", Attribute::Float(-0.75)),
        (
            "coordinate_transformation_mode",
            Attribute::Text("half_pixel"),
        ),
    ];
    let none = Value::none();
    let others = g.node("Resize", &[&others, &none, &none, &sizes], &attributes);
    let others = g.reshape(&others, &[wide, -1], width);
    let others = g.transpose(&others, &[1, 0]);
    let places = g.concat(&[&first, &others], 0).of_width(width);
    Ok(g.add(&rows, &places))
}

/// Attention of every place to every place of rows `[n places, width]`.
fn attend(
    g: &mut Builder<'_>,
    at: &str,
    x: &Value,
    places: usize,
    heads: usize,
) -> Result<Value, EngineError> {
    let mut sequence = |leaf: &str| -> Result<Value, EngineError> {
        let rows = g.linear(&format!("{at}.{leaf}"), x)?;
        Ok(g.reshape(&rows, &[-1, places as i64, rows.width as i64], rows.width))
    };
    let (q, k, v) = (
        sequence("q_proj")?,
        sequence("k_proj")?,
        sequence("v_proj")?,
    );
    let heard = g.attention([&q, &k, &v], heads)?;
    let rows = g.reshape(&heard, &[-1, heard.width as i64], heard.width);
    g.linear(&format!("{at}.out_proj"), &rows)
}

/// A layer of the decoder: as those of the encoder, but normalised after attention and network.
fn decoded(
    g: &mut Builder<'_>,
    at: &str,
    x: &Value,
    places: usize,
    config: &Config,
) -> Result<Value, EngineError> {
    let width = x.width;
    let x = g.reshape(x, &[-1, width as i64], width);
    let heard = attend(
        g,
        &format!("{at}.self_attn"),
        &x,
        places,
        config.decoder_heads,
    )?;
    let x = g.add(&x, &heard);
    let x = g.layer_norm(&format!("{at}.layer_norm1"), &x)?;
    let wide = g.linear(&format!("{at}.mlp.fc1"), &x)?;
    let wide = g.node("Relu", &[&wide], &[]);
    let fed = g.linear(&format!("{at}.mlp.fc2"), &wide)?;
    let x = g.add(&x, &fed);
    let x = g.layer_norm(&format!("{at}.layer_norm2"), &x)?;
    Ok(g.reshape(&x, &[-1, places as i64, width as i64], width))
}

/// Places as a picture of logits: one transposed convolution, or (refined) a convolution and two of them.
fn raised(g: &mut Builder<'_>, x: &Value, grid: usize) -> Result<Value, EngineError> {
    let width = x.width;
    let last = g.transpose(x, &[0, 2, 1]);
    let without_class: Vec<i64> = (1..=(grid * grid) as i64).collect();
    let places = g.integers(&without_class);
    let axis = [("axis", Attribute::Integer(2))];
    let patches = g.node("Gather", &[&last, &places], &axis);
    let shape = [-1, width as i64, grid as i64, grid as i64];
    let mut x = g.reshape(&patches, &shape, width);
    if g.has(&format!("{UP}.weight")) {
        return g.conv_transposed(UP, &x);
    }
    x = g.conv_same(&format!("{UP}.0"), &x)?;
    for layer in 1..=count(|layer| g.has(&format!("{UP}.{}.weight", 2 * (layer + 1)))) {
        x = g.node("Relu", &[&x], &[]);
        x = g.conv_transposed(&format!("{UP}.{}", 2 * layer), &x)?;
    }
    Ok(x)
}
