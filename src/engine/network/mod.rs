//! The networks of the Stable Diffusion families, and those of other works, as functions that write their graphs over the weights of a checkpoint.
//!
//! Names are those of diffusers and transformers ([`names`](super::names)); depth and widths come from the weights. Does not know files of configs, devices or sessions.

mod builder;
pub(super) mod clipseg;
pub(super) mod controlnet;
mod layers;
mod lite;
pub(super) mod proto;
pub(super) mod text;
pub(super) mod unet;
pub(super) mod upscaler;
pub(super) mod vae;

pub(super) use builder::Built;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::EngineError;
use super::graph::Element;
use super::tflite::Lite;
use super::weights::Weights;
use builder::{Builder, Value};
use proto::Attribute;

/// A network whose graph is written when it is loaded, for the device that it is loaded on.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub weights: Arc<Weights>,
    /// The weights' file, for messages.
    pub file: PathBuf,
    pub forward: Forward,
}

/// How the weights of a network come to its computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// Type that it computes in.
    pub element: Element,
    /// Whether its matrices stay as they are stored, and are cast in every run.
    pub stored: bool,
    /// Where it is written for a server, the type in which pictures and states come and go; each picture of a batch then has a timestep of its own, so that requests at several steps can share it. Inputs and outputs are 32-bit floats otherwise.
    pub for_server: Option<Element>,
}

impl Form {
    /// In full precision, weights and all.
    pub const FULL: Self = Self {
        element: Element::F32,
        stored: false,
        for_server: None,
    };
}

/// Which network it is, and what its weights do not say.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Forward {
    Unet(unet::Config),
    /// What the weights do not say is as of the UNet that hears it.
    ControlNet(unet::Config),
    Text(text::Config),
    VaeEncoder(vae::Config),
    VaeDecoder(vae::Config),
    Upscaler(upscaler::Config),
    ClipSeg(clipseg::Config),
    Lite(Arc<Lite>),
}

impl Network {
    pub fn new(weights: Weights, file: &Path, forward: Forward) -> Self {
        Self {
            weights: Arc::new(weights),
            file: file.to_owned(),
            forward,
        }
    }

    /// Its graph.
    ///
    /// # Errors
    /// [`EngineError::Model`] when tensors are missing, of wrong shapes, or more than the network has.
    pub fn build(&self, form: Form) -> Result<Built, EngineError> {
        // SDXL's own VAE overflows 16 bits, and every VAE is a small share of the work.
        let element = match self.forward {
            Forward::VaeEncoder(_) | Forward::VaeDecoder(_) | Forward::Lite(_) => Element::F32,
            Forward::Unet(_)
            | Forward::ControlNet(_)
            | Forward::Text(_)
            | Forward::Upscaler(_)
            | Forward::ClipSeg(_) => form.element,
        };
        let mut builder = Builder::new(&self.weights, &self.file, Form { element, ..form });
        let g = &mut builder;
        match &self.forward {
            Forward::Unet(config) => unet::forward(g, config)?,
            Forward::ControlNet(config) => controlnet::forward(g, config)?,
            Forward::Text(config) => text::forward(g, config)?,
            Forward::VaeEncoder(config) => vae::encode(g, config)?,
            Forward::VaeDecoder(config) => vae::decode(g, config)?,
            Forward::Upscaler(config) => upscaler::forward(g, config)?,
            Forward::ClipSeg(config) => clipseg::forward(g, config)?,
            Forward::Lite(graph) => lite::forward(g, graph)?,
        }
        builder.finish()
    }
}

/// How many heads attention has: not in the weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heads {
    /// So many, level by level from the finest; the last for all coarser ones.
    Count(Cow<'static, [usize]>),
    /// As many as have so many channels each.
    Of(usize),
}

impl Heads {
    /// The heads of a width at a level.
    fn at(&self, level: usize, width: usize) -> usize {
        match self {
            Self::Count(counts) => counts.get(level).or(counts.last()).copied().unwrap_or(1),
            Self::Of(channels) => (width / channels).max(1),
        }
    }
}

/// A residual block (He et al. 2016) of the UNet, which hears the time, or of the VAE.
fn resnet(
    g: &mut Builder<'_>,
    at: &str,
    x: &Value,
    time: Option<&Value>,
    groups: usize,
    epsilon: f32,
) -> Result<Value, EngineError> {
    let h = g.group_norm(&format!("{at}.norm1"), x, groups, epsilon)?;
    let h = g.silu(&h);
    let mut h = g.conv_same(&format!("{at}.conv1"), &h)?;
    if let Some(time) = time {
        let time = g.silu(time);
        let time = g.linear(&format!("{at}.time_emb_proj"), &time)?;
        let time = g.reshape(&time, &[0, 0, 1, 1], time.width);
        h = g.add(&h, &time);
    }
    let h = g.group_norm(&format!("{at}.norm2"), &h, groups, epsilon)?;
    let h = g.silu(&h);
    let h = g.conv_same(&format!("{at}.conv2"), &h)?;
    let shortcut = format!("{at}.conv_shortcut");
    if g.has(&format!("{shortcut}.weight")) {
        let x = g.conv_same(&shortcut, x)?;
        return Ok(g.add(&x, &h));
    }
    if x.width != h.width {
        return Err(g.problem(format!("its tensor `{shortcut}.weight` is missing")));
    }
    Ok(g.add(x, &h))
}

/// Twice the height and width, each pixel four times, and a convolution.
fn upsample(g: &mut Builder<'_>, at: &str, x: &Value) -> Result<Value, EngineError> {
    let x = nearest(g, x, 2);
    g.conv_same(&format!("{at}.upsamplers.0.conv"), &x)
}

/// So many times the height and width, each pixel repeated.
fn nearest(g: &mut Builder<'_>, x: &Value, factor: usize) -> Value {
    let scales = g.scales(&[1.0, 1.0, factor as f32, factor as f32]);
    let attributes = [
        ("mode", Attribute::Text("nearest")),
        ("nearest_mode", Attribute::Text("floor")),
        (
            "coordinate_transformation_mode",
            Attribute::Text("asymmetric"),
        ),
    ];
    g.node("Resize", &[x, &Value::none(), &scales], &attributes)
}

/// Pixels of `[n, channels, h, w]` as rows `[n h w, channels]`; [`unroll`] brings them back with the shape that comes second.
fn roll(g: &mut Builder<'_>, x: &Value) -> (Value, Value) {
    let last = g.transpose(x, &[0, 2, 3, 1]);
    let shape = g.node("Shape", &[&last], &[]);
    (g.reshape(&last, &[-1, x.width as i64], x.width), shape)
}

fn unroll(g: &mut Builder<'_>, rows: &Value, shape: &Value) -> Value {
    let last = g.node("Reshape", &[rows, shape], &[]);
    g.transpose(&last, &[0, 3, 1, 2])
}
