//! A network of a repository in plain ONNX Runtime.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use half::f16;
use half::slice::HalfFloatSliceExt as _;
use ndarray::{ArrayD, IxDyn};
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;
use pentimento::engine::Device;
use pentimento::engine::graph::{Element, Graph};

use super::super::runtime;
use super::config;

/// A network of a repository, as a server would have it.
pub struct Network {
    session: Session,
    pub graph: Graph,
    pub told: config::Node,
}

impl Network {
    pub fn open(folder: &Path) -> Self {
        let path = folder.join("1/model.onnx");
        let told = config::parse(&fs::read_to_string(folder.join("config.pbtxt")).unwrap());
        let level = match told.all("optimization").len() {
            0 => GraphOptimizationLevel::All,
            _ => GraphOptimizationLevel::Level2,
        };
        let builder = Device::Cpu.session_builder(runtime()).unwrap();
        let mut builder = builder.with_optimization_level(level).unwrap();
        Self {
            session: builder.commit_from_file(&path).unwrap(),
            graph: Graph::read(fs::File::open(path).unwrap()).unwrap(),
            told,
        }
    }

    /// Its outputs for inputs of shapes, of numbers that it converts to its types.
    pub fn run(&mut self, inputs: &[(&str, ArrayD<f32>)]) -> BTreeMap<String, ArrayD<f32>> {
        let fed = inputs.iter().map(|(name, values)| {
            let port = self.graph.input(name).unwrap();
            // Servers are told of a timestep that has no side of its own as of a list.
            let shape = match port.rank() {
                Some(rank) if rank < values.ndim() => values.shape()[..rank].to_vec(),
                _ => values.shape().to_vec(),
            };
            let count = shape.iter().product();
            let values: Vec<f32> = values.iter().take(count).copied().collect();
            let value: SessionInputValue<'static> = match port.element {
                Element::F32 => Tensor::from_array((shape, values)).unwrap().into(),
                Element::F16 => {
                    let mut halves = vec![f16::ZERO; values.len()];
                    halves.convert_from_f32_slice(&values);
                    Tensor::from_array((shape, halves)).unwrap().into()
                }
                Element::I32 => {
                    let whole: Vec<_> = values.iter().map(|value| *value as i32).collect();
                    Tensor::from_array((shape, whole)).unwrap().into()
                }
                _ => {
                    let whole: Vec<_> = values.iter().map(|value| *value as i64).collect();
                    Tensor::from_array((shape, whole)).unwrap().into()
                }
            };
            ((*name).to_owned(), value)
        });
        let fed: Vec<_> = fed.collect();
        let outputs = self.session.run(fed).unwrap();
        let outputs = outputs.iter().filter_map(|(name, value)| {
            let of = |shape: &[i64], values: Vec<f32>| {
                let shape: Vec<_> = shape.iter().map(|side| *side as usize).collect();
                ArrayD::from_shape_vec(IxDyn(&shape), values).unwrap()
            };
            let array = match value.try_extract_tensor::<f32>() {
                Ok((shape, values)) => of(shape, values.to_vec()),
                Err(_) => {
                    let (shape, halves) = value.try_extract_tensor::<f16>().ok()?;
                    of(shape, halves.to_f32_vec())
                }
            };
            Some((name.to_owned(), array))
        });
        outputs.collect()
    }
}
