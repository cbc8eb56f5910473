//! The ports between ControlNet and UNet, under the names of diffusers' exports and of OnnxStack's.

use std::path::Path;

use super::{EvaluationPorts, Kind, input, list, mismatch};
use crate::engine::error::EngineError;
use crate::engine::graph::{Element, Graph, Port};

/// The picture that a ControlNet sees.
pub(in crate::engine) const HINT: &str = "controlnet_cond";

/// Which kind of picture it is, for ControlNet Unions.
pub(in crate::engine) const TYPES: &str = "control_type";

/// What its residuals are multiplied by, in exports that do it themselves.
pub(in crate::engine) const SCALE: &str = "conditioning_scale";

/// What is added to the skip connections, from the finest on: an output of ControlNets, and an input of UNets that hear them.
pub(in crate::engine) const RESIDUALS: [&str; 12] = [
    "down_block_0_additional_residual",
    "down_block_1_additional_residual",
    "down_block_2_additional_residual",
    "down_block_3_additional_residual",
    "down_block_4_additional_residual",
    "down_block_5_additional_residual",
    "down_block_6_additional_residual",
    "down_block_7_additional_residual",
    "down_block_8_additional_residual",
    "down_block_9_additional_residual",
    "down_block_10_additional_residual",
    "down_block_11_additional_residual",
];

/// What is added to the middle.
pub(in crate::engine) const MIDDLE_RESIDUAL: &str = "mid_block_additional_residual";

/// What the ControlNets inside a UNet are shown, and what their residuals are multiplied by (diffusers' `convert_stable_diffusion_controlnet_to_onnx.py`).
pub(in crate::engine) const INSIDE: [&str; 2] = ["controlnet_conds", "conditioning_scales"];

/// The ControlNets inside a UNet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct InsidePorts {
    /// How many there are.
    pub count: usize,
    /// Type of the pictures, `[count, batch, 3, H, W]`.
    pub pictures: Element,
    /// Type and shape of the scales.
    pub scales: (Element, Vec<usize>),
}

impl InsidePorts {
    /// Those of a UNet's graph, where it has some.
    pub(super) fn bind(graph: &Graph, file: &Path) -> Result<Option<Self>, EngineError> {
        if INSIDE.iter().all(|name| graph.input(name).is_none()) {
            return Ok(None);
        }
        let pictures = input(graph, file, INSIDE[0], Kind::Float, &[5])?;
        let scales = input(graph, file, INSIDE[1], Kind::Float, &[1, 2])?;
        let counts = [pictures, scales].map(|port| port.fixed(0));
        let count = counts[0].or(counts[1]).filter(|count| {
            *count <= MOST_INSIDE && counts.iter().flatten().all(|own| own == count)
        });
        // How many a graph of a free number really has is nowhere said.
        let Some(count) = count else {
            let expected =
                format!("one fixed number of ControlNets in both, at most {MOST_INSIDE}");
            return Err(mismatch(file, expected, format!("{pictures} and {scales}")));
        };
        let mut shape = vec![1; scales.rank().unwrap_or(1)];
        shape[0] = count;
        Ok(Some(Self {
            count,
            pictures: pictures.element,
            scales: (scales.element, shape),
        }))
    }
}

/// More ControlNets are no export, but a mistake.
const MOST_INSIDE: usize = 16;

/// A ControlNet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct ControlPorts {
    /// What an evaluation feeds.
    pub inputs: EvaluationPorts,
    /// Type of the picture.
    pub hint: Element,
    /// Type of the kind of picture, and how many there are, of a ControlNet Union.
    pub types: Option<(Element, usize)>,
    /// Type and shape of the scale, where it is an input.
    pub scale: Option<(Element, Vec<usize>)>,
    /// What it gives.
    pub residuals: Vec<(&'static str, Port)>,
}

/// The residuals among ports, in their order.
pub(super) fn residuals(ports: &[Port]) -> Vec<(&'static str, Port)> {
    let named = |name: &'static str| {
        let port = ports.iter().find(|port| port.name == name)?;
        Some((name, port.clone()))
    };
    let all = RESIDUALS.into_iter().chain([MIDDLE_RESIDUAL]);
    all.filter_map(named).collect()
}

impl ControlPorts {
    pub(in crate::engine) fn bind(graph: &Graph, file: &Path) -> Result<Self, EngineError> {
        let inputs = EvaluationPorts::bind(graph, file, &[HINT, TYPES, SCALE])?;
        let residuals = residuals(&graph.outputs);
        let whole = residuals
            .last()
            .is_some_and(|(name, _)| *name == MIDDLE_RESIDUAL);
        if residuals.len() < 2 || !whole {
            let expected = format!("the outputs `{}`, … and `{MIDDLE_RESIDUAL}`", RESIDUALS[0]);
            let found = format!("the outputs {}", list(&graph.outputs));
            return Err(mismatch(file, expected, found));
        }
        let types = match graph.input(TYPES) {
            None => None,
            Some(_) => {
                let port = input(graph, file, TYPES, Kind::Number, &[2])?;
                let kinds = port.fixed(1).ok_or_else(|| {
                    let expected = format!("a fixed number of kinds in `{TYPES}`");
                    mismatch(file, expected, port.to_string())
                })?;
                Some((port.element, kinds))
            }
        };
        let scale = match graph.input(SCALE) {
            None => None,
            Some(_) => {
                let port = input(graph, file, SCALE, Kind::Float, &[0, 1])?;
                Some((port.element, vec![1; port.rank().unwrap_or(0)]))
            }
        };
        Ok(Self {
            inputs,
            hint: input(graph, file, HINT, Kind::Float, &[4])?.element,
            types,
            scale,
            residuals,
        })
    }
}
