//! CLIP's text encoders (Radford et al. 2021; OpenCLIP: Cherti et al. 2022).

use super::Heads;
use super::builder::{Builder, Value};
use super::proto::Attribute;
use crate::engine::error::EngineError;
use crate::engine::graph::Element;
use crate::engine::names::count;
use crate::engine::ports::{EMBEDDINGS, POOLED};

/// The vectors of the vocabulary.
pub(in crate::engine) const TABLE: &str = "text_model.embeddings.token_embedding.weight";

/// What the weights do not say.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct Config {
    pub heads: Heads,
    pub activation: Activation,
    /// The id that ends a text; pooling reads the states at its first place.
    pub end: u32,
    /// What stands at the place of a layer's states.
    pub states: States,
    /// Whether the pooled text is projected and given.
    pub pooled: bool,
}

/// The layers that the UNet may hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum States {
    /// Every layer's, normalised as the last one's are: Stable Diffusion 1 and 2.
    Normalised,
    /// Every layer's as they are: SDXL.
    Plain,
}

/// The function between the two layers of a block's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Activation {
    /// `x * sigmoid(1.702 x)`: OpenAI's models.
    QuickGelu,
    Gelu,
}

/// `input_ids [n, window]` to `hidden_states.0` (the embeddings) up to that of the last layer, and to `text_embeds [n, width]`.
pub(super) fn forward(g: &mut Builder<'_>, config: &Config) -> Result<(), EngineError> {
    let &[vocabulary, width] = g.shape(TABLE)? else {
        return Err(g.problem(format!("its tensor `{TABLE}` is no table")));
    };
    let positions = "text_model.embeddings.position_embedding.weight";
    let window = g.shape(positions)?.first().copied().unwrap_or_default();
    let heads = config.heads.at(0, width);
    g.check_heads(width, heads)?;
    let ids = g.input(
        "input_ids",
        Element::I64,
        &["batch", &window.to_string()],
        1,
    );

    let table = g.weight(TABLE, &[vocabulary, width])?;
    let positions = g.weight(positions, &[window, width])?;
    let words = words(g, &ids, &table, vocabulary, width);
    let mut x = g.add(&words, &positions);
    x = g.reshape(&x, &[-1, width as i64], width);

    // A word hears those before it.
    let hidden = |row: usize| {
        (0..window).map(move |column| if column > row { f32::NEG_INFINITY } else { 0.0 })
    };
    let mask: Vec<f32> = (0..window).flat_map(hidden).collect();
    let mask = g.floats(&[window, window], &mask);
    let shape = Shape {
        window,
        heads,
        mask,
    };
    let layers = count(|layer| {
        g.has(&format!(
            "text_model.encoder.layers.{layer}.layer_norm1.weight"
        ))
    });
    let mut states = vec![x.clone()];
    for layer in 0..layers {
        let at = format!("text_model.encoder.layers.{layer}");
        let normal = g.layer_norm(&format!("{at}.layer_norm1"), &x)?;
        let attended = attend(g, &format!("{at}.self_attn"), &normal, &shape)?;
        x = g.add(&x, &attended);
        let normal = g.layer_norm(&format!("{at}.layer_norm2"), &x)?;
        let wide = g.linear(&format!("{at}.mlp.fc1"), &normal)?;
        let wide = match config.activation {
            Activation::Gelu => g.node("Gelu", &[&wide], &[]),
            Activation::QuickGelu => g.quick_gelu(&wide),
        };
        let fed = g.linear(&format!("{at}.mlp.fc2"), &wide)?;
        x = g.add(&x, &fed);
        states.push(x.clone());
    }
    let norm = "text_model.final_layer_norm";
    let last = g.layer_norm(norm, &x)?;
    let width = width as i64;
    for (layer, states) in states.iter().enumerate() {
        let states = match config.states {
            States::Normalised if layer == layers => last.clone(),
            States::Normalised => g.layer_norm(norm, states)?,
            States::Plain => states.clone(),
        };
        let states = g.reshape(&states, &[-1, window as i64, width], states.width);
        let dims = ["batch", &window.to_string(), &width.to_string()];
        g.output(&format!("hidden_states.{layer}"), &states, &dims);
    }
    if config.states == States::Normalised {
        let last = g.reshape(&last, &[-1, window as i64, width], last.width);
        g.output(
            "last_hidden_state",
            &last,
            &["batch", &window.to_string(), &width.to_string()],
        );
    }
    if config.pooled {
        pool(g, &ids, &last, window, config.end)?;
    }
    Ok(())
}

/// The vectors of the ids: the table's, and behind it those of the input [`EMBEDDINGS`] `[rows, width]` (textual inversion: Gal et al. 2022).
fn words(
    g: &mut Builder<'_>,
    ids: &Value,
    table: &Value,
    vocabulary: usize,
    width: usize,
) -> Value {
    let dims = ["rows", &width.to_string()];
    let embeddings = g.input(EMBEDDINGS, Element::F32, &dims, width);
    let behind = g.integers(&[vocabulary as i64]);
    let last = g.integers(&[vocabulary as i64 - 1]);
    let zero = g.integers(&[0]);
    let own = g.node("Min", &[ids, &last], &[]);
    let own = g.node("Gather", &[table, &own], &[]);
    let row = g.node("Sub", &[ids, &behind], &[]);
    let row = g.node("Max", &[&row, &zero], &[]);
    let other = g.node("Gather", &[&embeddings, &row], &[]);
    let is_other = g.node("GreaterOrEqual", &[ids, &behind], &[]);
    let axis = g.integers(&[2]);
    let is_other = g.node("Unsqueeze", &[&is_other, &axis], &[]);
    g.node("Where", &[&is_other, &other, &own], &[])
        .of_width(width)
}

/// The states at the end of the text, projected.
fn pool(
    g: &mut Builder<'_>,
    ids: &Value,
    last: &Value,
    window: usize,
    end: u32,
) -> Result<(), EngineError> {
    let end = g.integers(&[i64::from(end)]);
    let ends = g.node("Equal", &[ids, &end], &[]);
    let ends = g.as_numbers(&ends);
    let attributes = [
        ("axis", Attribute::Integer(1)),
        ("keepdims", Attribute::Integer(1)),
    ];
    let place = g.node("ArgMax", &[&ends], &attributes);
    let states = g.reshape(last, &[-1, window as i64, last.width as i64], last.width);
    // Rows of `[n, window, width]` at `[n, 1]` of each.
    let at = [("batch_dims", Attribute::Integer(1))];
    let place = g.reshape(&place, &[-1, 1, 1], 1);
    let row = g.node("GatherND", &[&states, &place], &at);
    let row = g.reshape(&row, &[-1, last.width as i64], last.width);
    // OpenCLIP keeps its projection the other way round.
    let pooled = if g.has("text_projection.weight") {
        g.linear("text_projection", &row)?
    } else {
        let name = "text_projection";
        let &[width, out] = g.shape(name)? else {
            return Err(g.problem("its tensor `text_projection` is no table"));
        };
        let projection = g.weight(name, &[width, out])?;
        g.node("MatMul", &[&row, &projection], &[]).of_width(out)
    };
    g.output(POOLED, &pooled, &["batch", &pooled.width.to_string()]);
    Ok(())
}

/// What attention of words needs beside them.
struct Shape {
    window: usize,
    heads: usize,
    mask: Value,
}

/// Attention of words to those before them, of rows `[n window, width]`; short enough to be written out, which every provider understands.
fn attend(g: &mut Builder<'_>, at: &str, x: &Value, shape: &Shape) -> Result<Value, EngineError> {
    let (window, heads) = (shape.window as i64, shape.heads as i64);
    let channels = x.width as i64 / heads;
    let mut head = |leaf: &str, sides: &[i64]| -> Result<Value, EngineError> {
        let rows = g.linear(&format!("{at}.{leaf}"), x)?;
        let split = g.reshape(&rows, &[-1, window, heads, channels], rows.width);
        Ok(g.transpose(&split, sides))
    };
    let q = head("q_proj", &[0, 2, 1, 3])?;
    let k = head("k_proj", &[0, 2, 3, 1])?;
    let v = head("v_proj", &[0, 2, 1, 3])?;
    let scale = g.floats(&[1], &[(channels as f32).sqrt().recip()]);
    let q = g.multiply(&q, &scale);
    let scores = g.node("MatMul", &[&q, &k], &[]);
    let scores = g.add(&scores, &shape.mask);
    let shares = g.node("Softmax", &[&scores], &[("axis", Attribute::Integer(-1))]);
    let heard = g.node("MatMul", &[&shares, &v], &[]);
    let heard = g.transpose(&heard, &[0, 2, 1, 3]);
    let rows = g.reshape(&heard, &[-1, x.width as i64], x.width);
    g.linear(&format!("{at}.out_proj"), &rows)
}
