//! Which input and output of a graph plays which part, checked by name, type and rank.
//!
//! Exporters differ in all three (types and ranks of ids and timesteps, names of outputs), so nothing is guessed from the family.
//! Does not know configs or sessions.

mod control;

use std::path::Path;

pub(super) use control::{
    ControlPorts, HINT, INSIDE, InsidePorts, MIDDLE_RESIDUAL, RESIDUALS, SCALE, TYPES,
};

use super::error::EngineError;
use super::graph::{Dim, Element, Graph, Port};

/// A text encoder: `input_ids` to hidden states, and to the pooled text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextPorts {
    /// Integer type of the ids.
    pub ids: Element,
    /// Outputs that hold hidden states: those of the layer that is read, then of those before it, as far as they are of use.
    pub layers: Vec<String>,
    /// Width of the embeddings' vectors, where it takes any.
    pub embeddings: Option<usize>,
    /// Output that holds the text as one row, where it is wanted.
    pub pooled: Option<String>,
    /// Length of the window, where the graph fixes it.
    pub window: Option<usize>,
    /// Texts that it takes at once.
    pub batch: usize,
}

/// The layer of a text encoder that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// The last one, normalised.
    Last,
    /// The last but one, as it is.
    Penultimate,
}

/// The UNet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnetPorts {
    /// What an evaluation feeds.
    pub inputs: EvaluationPorts,
    /// What ControlNets add, by name and type; empty where it hears none.
    pub residuals: Vec<(&'static str, Port)>,
    /// ControlNets inside it.
    pub inside: Option<InsidePorts>,
    /// Output that holds the prediction.
    pub prediction: String,
}

/// The inputs of an evaluation, of a UNet or a ControlNet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EvaluationPorts {
    /// Type of the noisy latents.
    pub sample: Element,
    /// Type of the timestep.
    pub timestep: Element,
    /// Shape of the timestep.
    pub timestep_shape: TimestepShape,
    /// Type of the text's hidden states.
    pub context: Element,
    /// Rows of numbers that only some families take.
    pub rows: Vec<RowPort>,
    /// Predictions that it makes at once, where the graph fixes it.
    pub batch: Option<usize>,
}

/// An input of rows of numbers, `[batch, width]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RowPort {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub element: Element,
    /// Its width, where the graph fixes it.
    pub width: Option<usize>,
}

/// The vectors of embeddings, as the input of a text encoder is named.
pub(super) const EMBEDDINGS: &str = "embeddings";

/// What the names of the outputs of hidden states begin with.
const HIDDEN: &str = "hidden_states.";

/// The pooled text, as the text encoder's output and the UNet's input are named.
pub(super) const POOLED: &str = "text_embeds";

/// Names of the inputs of [`UnetPorts::rows`].
const ROWS: [&str; 3] = ["timestep_cond", POOLED, "time_ids"];

/// Shape that a UNet wants its timestep in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimestepShape {
    /// `[]`
    Scalar,
    /// `[1]`, spread over the batch by the graph.
    One,
    /// `[batch]`
    Batch,
    /// `[batch, 1]`, as servers have it whose requests share batches.
    Column,
}

/// One half of the VAE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VaePorts {
    /// Name of its input.
    pub input: &'static str,
    /// Type of its input.
    pub element: Element,
    /// Pictures that it takes at once.
    pub batch: usize,
    /// Name of its output.
    pub output: String,
}

/// What kind of numbers a port carries.
#[derive(Clone, Copy)]
enum Kind {
    Float,
    Integer,
    Number,
}

impl TextPorts {
    /// An encoder of which a layer and, where a family hears it, the pooled text are read.
    pub(super) fn bind(
        graph: &Graph,
        file: &Path,
        layer: Layer,
        pooled: bool,
    ) -> Result<Self, EngineError> {
        let ids = input(graph, file, "input_ids", Kind::Integer, &[2])?;
        no_strays(graph, file, &["input_ids", EMBEDDINGS])?;
        let embeddings = graph.input(EMBEDDINGS).and_then(|port| port.fixed(1));
        let mut layers = vec![match layer {
            Layer::Last => output(graph, file, &["last_hidden_state"], 3)?,
            Layer::Penultimate => penultimate(graph, file)?,
        }];
        if layer == Layer::Last && embeddings.is_some() {
            // Our own graphs have every layer normalised; those of exporters would have to be.
            let count = graph
                .outputs
                .iter()
                .filter(|port| port.name.starts_with(HIDDEN))
                .count();
            layers.extend(
                (1..count.saturating_sub(1))
                    .rev()
                    .map(|layer| format!("{HIDDEN}{layer}")),
            );
        }
        Ok(Self {
            ids: ids.element,
            layers,
            embeddings,
            pooled: match pooled {
                true => Some(projected(graph, file)?),
                false => None,
            },
            window: ids.fixed(1),
            batch: batch_of(ids, file)?.unwrap_or(1),
        })
    }
}

/// The output of the last layer but one: `hidden_states.0` is the embeddings, the highest number the last layer's; where a graph gives a single one, it is the one to be read.
fn penultimate(graph: &Graph, file: &Path) -> Result<String, EngineError> {
    let layer = |port: &Port| port.name.strip_prefix(HIDDEN)?.parse().ok();
    let mut layers: Vec<usize> = graph.outputs.iter().filter_map(layer).collect();
    layers.sort_unstable();
    let read = match layers[..] {
        [only] => Some(only),
        [.., before, last] if before + 1 == last => Some(before),
        _ => None,
    };
    let name = read.map(|layer| format!("{HIDDEN}{layer}"));
    let name = name.ok_or_else(|| {
        mismatch(
            file,
            "the outputs `hidden_states.0`, `hidden_states.1`, … of all layers (export the model with its hidden states)".into(),
            format!("the outputs {}", list(&graph.outputs)),
        )
    })?;
    output(graph, file, &[&name], 3)
}

/// The output of the projected pooled text; other outputs of that rank are pooled, but not projected.
fn projected(graph: &Graph, file: &Path) -> Result<String, EngineError> {
    if graph.outputs.iter().any(|port| port.name == POOLED) {
        return output(graph, file, &[POOLED], 2);
    }
    Err(mismatch(
        file,
        format!("an output `{POOLED}` (export the text encoder with its projection)"),
        format!("the outputs {}", list(&graph.outputs)),
    ))
}

impl UnetPorts {
    pub(super) fn bind(graph: &Graph, file: &Path) -> Result<Self, EngineError> {
        let residuals = control::residuals(&graph.inputs);
        let names: Vec<_> = residuals.iter().map(|(name, _)| *name).collect();
        let names = [&names[..], &INSIDE].concat();
        let other = |port: &&Port| {
            let mut parts = ["block", "controlnet"].iter();
            !names.contains(&&port.name[..]) && parts.any(|part| port.name.contains(part))
        };
        if let Some(other) = graph.inputs.iter().find(other) {
            return Err(EngineError::Model {
                path: file.to_owned(),
                problem: format!(
                    "this UNet has a ControlNet in it, or takes one's residuals, under names that are not known (`{}`); use the plain export of the model, or its checkpoint (.safetensors) and a ControlNet beside it",
                    other.name
                ),
            });
        }
        Ok(Self {
            inputs: EvaluationPorts::bind(graph, file, &names)?,
            residuals,
            inside: InsidePorts::bind(graph, file)?,
            prediction: output(graph, file, &["out_sample", "noise_pred"], 4)?,
        })
    }
}

impl EvaluationPorts {
    /// The inputs of a graph that takes `others` beside them.
    fn bind(graph: &Graph, file: &Path, others: &[&str]) -> Result<Self, EngineError> {
        let sample = input(graph, file, "sample", Kind::Float, &[4])?;
        let declared = graph
            .input("timestep")
            .and_then(|port| port.dims.as_deref());
        let ranks: &[usize] = match declared {
            Some([Dim::Free(_), Dim::Fixed(1)]) => &[2],
            _ => &[0, 1],
        };
        let timestep = input(graph, file, "timestep", Kind::Number, ranks)?;
        let context = input(graph, file, "encoder_hidden_states", Kind::Float, &[3])?;
        let mut rows = Vec::new();
        for name in ROWS {
            if graph.input(name).is_some() {
                let port = input(graph, file, name, Kind::Float, &[2])?;
                rows.push(RowPort {
                    name,
                    element: port.element,
                    width: port.fixed(1),
                });
            }
        }
        let always = ["sample", "timestep", "encoder_hidden_states"];
        no_strays(graph, file, &[&always[..], &ROWS, others].concat())?;
        let batch_side = sample.dims.as_ref().and_then(|dims| dims.first());
        let timestep_shape = match timestep.dims.as_deref() {
            Some([]) => TimestepShape::Scalar,
            Some([_, _]) => TimestepShape::Column,
            Some([dim @ Dim::Free(name)]) if !name.is_empty() && Some(dim) == batch_side => {
                TimestepShape::Batch
            }
            Some([Dim::Fixed(length)]) if *length > 1 => TimestepShape::Batch,
            _ => TimestepShape::One,
        };
        let mut batch = None;
        let timesteps = Some(timestep).filter(|_| timestep_shape == TimestepShape::Batch);
        let ports = [Some(sample), Some(context), timesteps].into_iter();
        for port in ports.chain(ROWS.map(|name| graph.input(name))).flatten() {
            let own = batch_of(port, file)?;
            if batch.is_some() && own.is_some() && batch != own {
                return Err(mismatch(
                    file,
                    "inputs of one batch".into(),
                    list(&graph.inputs),
                ));
            }
            batch = batch.or(own);
        }
        Ok(Self {
            sample: sample.element,
            timestep: timestep.element,
            timestep_shape,
            context: context.element,
            rows,
            batch,
        })
    }
}

impl VaePorts {
    /// `sample` to `latent_sample` (drawn or mean) or `latent_parameters` (mean and log variance).
    pub(super) fn bind_encoder(graph: &Graph, file: &Path) -> Result<Self, EngineError> {
        Self::bind(
            graph,
            file,
            "sample",
            &["latent_parameters", "latent_sample"],
        )
    }

    /// `latent_sample` to `sample`.
    pub(super) fn bind_decoder(graph: &Graph, file: &Path) -> Result<Self, EngineError> {
        Self::bind(graph, file, "latent_sample", &["sample"])
    }

    fn bind(
        graph: &Graph,
        file: &Path,
        name: &'static str,
        outputs: &[&str],
    ) -> Result<Self, EngineError> {
        let port = input(graph, file, name, Kind::Float, &[4])?;
        no_strays(graph, file, &[name])?;
        Ok(Self {
            input: name,
            element: port.element,
            batch: batch_of(port, file)?.unwrap_or(1),
            output: output(graph, file, outputs, 4)?,
        })
    }
}

/// The batch that an input fixes; a large one is no batch, but a mistake.
fn batch_of(port: &Port, file: &Path) -> Result<Option<usize>, EngineError> {
    const LARGEST: usize = 64;
    let batch = port.fixed(0);
    match batch {
        Some(count) if count > LARGEST => Err(mismatch(
            file,
            format!("a batch of up to {LARGEST}"),
            port.to_string(),
        )),
        _ => Ok(batch),
    }
}

/// The input of that name, when it is of the right kind and rank.
fn input<'a>(
    graph: &'a Graph,
    file: &Path,
    name: &str,
    kind: Kind,
    ranks: &[usize],
) -> Result<&'a Port, EngineError> {
    let words = match kind {
        Kind::Float => "float",
        Kind::Integer => "integer",
        Kind::Number => "float or integer",
    };
    let ranks_text = ranks
        .iter()
        .map(usize::to_string)
        .collect::<Vec<_>>()
        .join(" or ");
    let expected = || format!("an input `{name}` ({words}, rank {ranks_text})");
    let port = graph
        .inputs
        .iter()
        .find(|port| port.name == name)
        .ok_or_else(|| {
            mismatch(
                file,
                expected(),
                format!("the inputs {}", list(&graph.inputs)),
            )
        })?;
    let right_kind = match kind {
        Kind::Float => port.element.is_float(),
        Kind::Integer => port.element.is_integer(),
        Kind::Number => port.element.is_float() || port.element.is_integer(),
    };
    if right_kind && port.rank().is_some_and(|rank| ranks.contains(&rank)) {
        Ok(port)
    } else {
        Err(mismatch(file, expected(), port.to_string()))
    }
}

/// The output of the first of those names, else the only output of that rank.
fn output(graph: &Graph, file: &Path, names: &[&str], rank: usize) -> Result<String, EngineError> {
    let fits =
        |port: &&Port| port.element.is_float() && port.rank().is_none_or(|found| found == rank);
    let named = names
        .iter()
        .find_map(|name| graph.outputs.iter().find(|port| port.name == *name));
    let expected = || format!("an output `{}` (float, rank {rank})", names.join("` or `"));
    if let Some(port) = named {
        return if fits(&port) {
            Ok(port.name.clone())
        } else {
            Err(mismatch(file, expected(), port.to_string()))
        };
    }
    let mut fitting = graph.outputs.iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(port), None) => Ok(port.name.clone()),
        _ => Err(mismatch(
            file,
            expected(),
            format!("the outputs {}", list(&graph.outputs)),
        )),
    }
}

/// Every input has to be one that this program knows how to feed.
fn no_strays(graph: &Graph, file: &Path, known: &[&str]) -> Result<(), EngineError> {
    match graph
        .inputs
        .iter()
        .find(|port| !known.contains(&port.name.as_str()))
    {
        None => Ok(()),
        Some(stray) => Err(mismatch(
            file,
            format!("no inputs but `{}`", known.join("`, `")),
            format!("also {stray}, which nothing is known to feed"),
        )),
    }
}

fn list(ports: &[Port]) -> String {
    if ports.is_empty() {
        "none".into()
    } else {
        ports
            .iter()
            .map(Port::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

fn mismatch(file: &Path, expected: String, found: String) -> EngineError {
    EngineError::Mismatch {
        file: file.to_owned(),
        expected,
        found,
    }
}
