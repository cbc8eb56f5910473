//! Networks that enlarge pictures: ESRGAN (Wang et al. 2018, Real-ESRGAN: Wang et al. 2021) and the compact one of Real-ESRGAN.

use super::builder::{Builder, Value};
use super::nearest;
use super::proto::Attribute;
use crate::engine::error::EngineError;
use crate::engine::graph::Element;
use crate::engine::names::count;

/// Which network it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Config {
    /// Residual blocks of dense blocks, the picture's squares of so many pixels a side laid into channels before them.
    Esrgan { unshuffle: usize },
    /// A chain of convolutions, its result added to the enlarged picture.
    Compact { scale: usize },
}

/// Slope of a leaky rectifier, and the share of a residual that is added.
const SLOPE: f32 = 0.2;
const SHARE: f32 = 0.2;

/// `image [n, 3, h, w]` to `enlarged [n, 3, h scale, w scale]`, RGB from 0 to 1.
pub(super) fn forward(g: &mut Builder<'_>, config: &Config) -> Result<(), EngineError> {
    let image = g.input("image", Element::F32, &["batch", "3", "height", "width"], 3);
    let enlarged = match *config {
        Config::Esrgan { unshuffle } => esrgan(g, &image, unshuffle)?,
        Config::Compact { scale } => compact(g, &image, scale)?,
    };
    if enlarged.width != 3 {
        let channels = enlarged.width;
        return Err(g.problem(format!("it gives {channels} channels and not 3")));
    }
    let dims = ["batch", "3", "enlarged_height", "enlarged_width"];
    g.output("enlarged", &enlarged, &dims);
    Ok(())
}

fn esrgan(g: &mut Builder<'_>, image: &Value, unshuffle: usize) -> Result<Value, EngineError> {
    let image = unshuffled(g, image, unshuffle);
    let mut x = g.conv_same("conv_first", &image)?;
    let mut deep = x.clone();
    for block in 0..count(|block| g.has(&format!("body.{block}.rdb1.conv1.weight"))) {
        let mut y = deep.clone();
        for dense in 1..=3 {
            let made = dense_block(g, &format!("body.{block}.rdb{dense}"), &y)?;
            y = residual(g, &y, &made);
        }
        deep = residual(g, &deep, &y);
    }
    let deep = g.conv_same("conv_body", &deep)?;
    x = g.add(&x, &deep);
    for up in (1..)
        .take_while(|up| g.has(&format!("conv_up{up}.weight")))
        .collect::<Vec<_>>()
    {
        x = nearest(g, &x, 2);
        x = rectified(g, &format!("conv_up{up}"), &x)?;
    }
    x = rectified(g, "conv_hr", &x)?;
    g.conv_same("conv_last", &x)
}

/// Five convolutions, each of which sees what all before it made.
fn dense_block(g: &mut Builder<'_>, at: &str, x: &Value) -> Result<Value, EngineError> {
    let mut seen = x.clone();
    for conv in 1..=4 {
        let made = rectified(g, &format!("{at}.conv{conv}"), &seen)?;
        seen = g.concat(&[&seen, &made], 1);
    }
    g.conv_same(&format!("{at}.conv5"), &seen)
}

fn residual(g: &mut Builder<'_>, x: &Value, made: &Value) -> Value {
    let share = g.floats(&[1], &[SHARE]);
    let made = g.multiply(made, &share);
    g.add(x, &made)
}

fn rectified(g: &mut Builder<'_>, at: &str, x: &Value) -> Result<Value, EngineError> {
    let x = g.conv_same(at, x)?;
    Ok(g.node("LeakyRelu", &[&x], &[("alpha", Attribute::Float(SLOPE))]))
}

fn compact(g: &mut Builder<'_>, image: &Value, scale: usize) -> Result<Value, EngineError> {
    let layers = count(|layer| g.has(&format!("body.{}.weight", 2 * layer)));
    let mut x = image.clone();
    for layer in 0..layers {
        x = g.conv_same(&format!("body.{}", 2 * layer), &x)?;
        if layer + 1 < layers {
            let slopes = g.weight(&format!("body.{}.weight", 2 * layer + 1), &[x.width, 1, 1])?;
            x = g.node("PRelu", &[&x, &slopes], &[]);
        }
    }
    if scale == 1 {
        return Ok(g.add(&x, image));
    }
    let attributes = [
        ("blocksize", Attribute::Integer(scale as i64)),
        ("mode", Attribute::Text("CRD")),
    ];
    let width = x.width / (scale * scale);
    let fine = g.node("DepthToSpace", &[&x], &attributes).of_width(width);
    let enlarged = nearest(g, image, scale);
    Ok(g.add(&fine, &enlarged))
}

/// Squares of pixels as channels, those of a colour together as PyTorch's `pixel_unshuffle` has them; ONNX has those of a place together.
fn unshuffled(g: &mut Builder<'_>, x: &Value, side: usize) -> Value {
    if side == 1 {
        return x.clone();
    }
    let (colors, places) = (x.width, side * side);
    let attributes = [("blocksize", Attribute::Integer(side as i64))];
    let squares = g.node("SpaceToDepth", &[x], &attributes);
    let order = (0..colors).flat_map(|color| (0..places).map(move |place| place * colors + color));
    let order: Vec<i64> = order.map(|channel| channel as i64).collect();
    let order = g.integers(&order);
    let axis = [("axis", Attribute::Integer(1))];
    let ordered = g.node("Gather", &[&squares, &order], &axis);
    ordered.of_width(colors * places)
}
