//! What a server is told of a network: Triton's `config.pbtxt` (`model_config.proto` of triton-inference-server/common).
//!
//! Does not know files.

use std::fmt::Write as _;

use super::{Processor, RESIDUAL, Role, Serving};
use crate::diffusion::networks::{ModelSpec, UnetInput};
use crate::engine::graph::{Dim, Element, Graph, Port};
use crate::engine::ports::{HINT, POOLED};

/// How long a request waits for others to share its batch, microseconds: a hundredth of a step that takes 200 ms.
const QUEUE_DELAY: u32 = 2000;

/// The network that a server is told of.
pub(super) struct Told<'a> {
    pub name: &'a str,
    pub role: Role,
    pub graph: &'a Graph,
    /// Whether its graph was written by this program.
    pub written_here: bool,
}

impl Told<'_> {
    /// The config, and how many pictures the network takes at once where requests share a batch.
    ///
    /// # Errors
    /// One line, when something has a type that servers do not take.
    pub fn text(
        &self,
        spec: &ModelSpec,
        serving: &Serving,
    ) -> Result<(String, Option<usize>), String> {
        let Self {
            name, role, graph, ..
        } = *self;
        let most = match role {
            // A picture fills a device, and its memory grows with every other.
            Role::VaeEncoder | Role::VaeDecoder => Some(1),
            Role::Text | Role::ControlNet | Role::Unet => Some(serving.batch),
            Role::Single(_) => None,
        };
        let batch = most.filter(|_| batched(graph));
        let together = batch.filter(|most| *most > 1);
        let mut text = format!(
            "name: \"{name}\"\nplatform: \"onnxruntime_onnx\"\nmax_batch_size: {}\n",
            batch.unwrap_or(0)
        );
        for (kind, ports) in [("input", &graph.inputs), ("output", &graph.outputs)] {
            let ports = ports.iter().map(|port| described(port, role, batch));
            let ports: Vec<_> = ports.collect::<Result<_, _>>()?;
            let _ = writeln!(text, "{kind} [\n{}\n]", ports.join(",\n"));
        }
        if let Some(most) = together {
            let sizes = std::iter::successors(Some(2), |size| Some(size * 2));
            let sizes: Vec<_> = sizes.take_while(|size| *size <= most).collect();
            let _ = writeln!(
                text,
                "dynamic_batching {{\n  preferred_batch_size: {sizes:?}\n  max_queue_delay_microseconds: {QUEUE_DELAY}\n}}"
            );
        }
        let kind = match serving.processor {
            Processor::Auto => "KIND_AUTO",
            Processor::Gpu => "KIND_GPU",
            Processor::Cpu => "KIND_CPU",
        };
        let count = serving.instances;
        let _ = writeln!(
            text,
            "instance_group [\n  {{ kind: {kind} count: {count} }}\n]"
        );
        if self.written_here && matches!(role, Role::Unet | Role::ControlNet) {
            // Its level 1 is ONNX Runtime's extended one; the next brings weights into another order, which takes memory and makes no step faster.
            text.push_str("optimization { graph { level: 1 } }\n");
        }
        let rows = graph.inputs.iter();
        let rows: Option<String> = rows.map(|port| warm_row(port, role, batch, spec)).collect();
        for size in [Some(1), together.map(|_| 2)].into_iter().flatten() {
            let Some(rows) = &rows else { break };
            let _ = writeln!(
                text,
                "model_warmup [\n  {{\n    name: \"batch of {size}\"\n    batch_size: {size}\n{rows}  }}\n]"
            );
        }
        Ok((text, batch))
    }
}

/// Whether the first side of everything that goes in is the same free one, so that several requests can be one.
fn batched(graph: &Graph) -> bool {
    let first = |port: &Port| match port.dims.as_deref() {
        Some([Dim::Free(name), ..]) if !name.is_empty() => Some(name.clone()),
        _ => None,
    };
    let mut inputs = graph.inputs.iter().map(first);
    let batch = inputs.next().flatten();
    let free = |port: &Port| port.fixed(0).is_none() && port.rank().is_none_or(|rank| rank > 0);
    batch.is_some() && inputs.all(|own| own == batch) && graph.outputs.iter().all(free)
}

/// An input or output; the batch is not among its sides where requests share it.
fn described(port: &Port, role: Role, batch: Option<usize>) -> Result<String, String> {
    let rank = match role {
        Role::Text if port.name == POOLED => 2,
        Role::Text => 3,
        _ => 4,
    };
    let unknown = vec![Dim::Free(String::new()); rank];
    let dims = port.dims.as_ref().unwrap_or(&unknown);
    let sides = dims.iter().skip(usize::from(batch.is_some()));
    let mut sides: Vec<i64> = sides
        .map(|dim| match dim {
            Dim::Fixed(length) => *length,
            Dim::Free(_) => -1,
        })
        .collect();
    // What has no sides of its own is told as a list of one.
    let reshape = match sides.is_empty() {
        true => " reshape { shape: [ ] }",
        false => "",
    };
    if sides.is_empty() {
        sides.push(1);
    }
    let kind = data_type(port.element)
        .ok_or_else(|| format!("{port} has a type that servers do not take"))?;
    Ok(format!(
        "  {{ name: \"{}\" data_type: {kind} dims: {sides:?}{reshape} }}",
        port.name
    ))
}

/// An input of a request that is made before others, so that the first of those is not slower; `None` where a side is not known.
fn warm_row(port: &Port, role: Role, batch: Option<usize>, spec: &ModelSpec) -> Option<String> {
    let dims = port.dims.as_deref()?;
    let rank = dims.len();
    let skipped = usize::from(batch.is_some());
    let side = |(axis, dim): (usize, &Dim)| match dim {
        Dim::Fixed(length) => usize::try_from(*length).ok(),
        Dim::Free(_) => usual(port, role, (rank, axis), spec),
    };
    let sides: Option<Vec<usize>> = dims.iter().enumerate().skip(skipped).map(side).collect();
    let mut sides = sides?;
    if sides.is_empty() {
        sides.push(1);
    }
    Some(format!(
        "    inputs {{ key: \"{}\" value {{ data_type: {} dims: {sides:?} zero_data: true }} }}\n",
        port.name,
        data_type(port.element)?
    ))
}

/// Length of a free side at the size that the model was trained on.
fn usual(port: &Port, role: Role, at: (usize, usize), spec: &ModelSpec) -> Option<usize> {
    let pixels = spec.native_side as usize;
    let of_picture = port.name == HINT || role == Role::VaeEncoder;
    let latents = spec.latent_channels;
    match at {
        (_, 0) => Some(1),
        (4, 1) if of_picture => Some(3),
        (4, 1) if port.name == "sample" && spec.unet_input == UnetInput::Inpainting => {
            Some(2 * latents + 1)
        }
        (4, 1) if ["sample", "latent_sample"].contains(&port.name.as_str()) => Some(latents),
        (4, 1) => None,
        // What ControlNets add is spread over the pixels.
        (4, _) if port.name.ends_with(RESIDUAL) => Some(1),
        (4, _) if of_picture => Some(pixels),
        (4, _) => Some(pixels / spec.factor as usize),
        (3, 1) => Some(spec.text_window),
        (2, 1) if port.name == "input_ids" => Some(spec.text_window),
        _ => None,
    }
}

fn data_type(element: Element) -> Option<&'static str> {
    Some(match element {
        Element::F16 => "TYPE_FP16",
        Element::F64 => "TYPE_FP64",
        Element::Bf16 => "TYPE_BF16",
        Element::I32 => "TYPE_INT32",
        Element::I64 => "TYPE_INT64",
        Element::F32 => "TYPE_FP32",
        Element::Other(2) => "TYPE_UINT8",
        Element::Other(3) => "TYPE_INT8",
        Element::Other(4) => "TYPE_UINT16",
        Element::Other(5) => "TYPE_INT16",
        Element::Other(8) => "TYPE_STRING",
        Element::BOOL => "TYPE_BOOL",
        Element::Other(12) => "TYPE_UINT32",
        Element::Other(13) => "TYPE_UINT64",
        _ => return None,
    })
}
