//! Writes the ONNX graph of a network, so that a forward pass over it reads as in its paper.
//!
//! Weights stay where they are: initialisers point to their bytes (ONNX's external data). Field numbers are those of `onnx/onnx.proto` (onnx 1.23).
//! Does not know any network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Form;
use super::proto::{Attribute, MICROSOFT, Message, external, node, port, tensor};
use crate::engine::error::EngineError;
use crate::engine::graph::Element;
use crate::engine::weights::{Place, Tensor, Weights};

/// The operators' version: the first with [`Gelu`](https://onnx.ai/onnx/operators/onnx__Gelu.html), and casts from 8-bit floats.
const OPSET: i64 = 20;

/// A tensor of the graph in the making.
#[derive(Clone, Debug)]
pub(super) struct Value {
    name: String,
    /// Channels: the side that the weights of the next layer meet.
    pub width: usize,
}

impl Value {
    /// What nodes call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same with so many channels.
    pub fn of_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// An input that is left out.
    pub fn none() -> Self {
        Self {
            name: String::new(),
            width: 0,
        }
    }
}

/// A graph, and where its weights are.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Built {
    /// The ONNX model.
    pub bytes: Vec<u8>,
    /// The folder that it names files in.
    pub folder: Option<PathBuf>,
    /// Bytes that it names as if they were files in that folder.
    pub memory: Vec<(String, Arc<[u8]>)>,
    /// Bytes that its weights take in the type it computes in.
    pub weight: u64,
    /// Bytes that they take as they are stored.
    pub stored: u64,
}

/// A graph in the making.
pub(super) struct Builder<'a> {
    weights: &'a Weights,
    /// The weights' file, for messages.
    file: &'a Path,
    /// Type that it computes in.
    element: Element,
    /// Whether matrices stay as they are stored, and are cast in every run.
    stored: bool,
    /// Where it is written for a server, the type of its pictures and states.
    for_server: Option<Element>,
    nodes: Message,
    initializers: Message,
    inputs: Message,
    outputs: Message,
    /// Values made so far.
    count: usize,
    /// Weights and constants that are in it, by what they are.
    known: BTreeMap<String, String>,
    used: BTreeSet<&'a str>,
    folder: Option<PathBuf>,
    memory: Vec<(String, Arc<[u8]>)>,
    /// Whether all weights are given in memory: ONNX Runtime takes either files or memory for the whole graph.
    in_memory: bool,
    weight: u64,
    stored_weight: u64,
}

impl<'a> Builder<'a> {
    pub fn new(weights: &'a Weights, file: &'a Path, form: Form) -> Self {
        Self {
            weights,
            file,
            element: form.element,
            stored: form.stored,
            for_server: form.for_server,
            nodes: Message::default(),
            initializers: Message::default(),
            inputs: Message::default(),
            outputs: Message::default(),
            count: 0,
            known: BTreeMap::new(),
            used: BTreeSet::new(),
            folder: None,
            memory: Vec::new(),
            in_memory: form.for_server.is_none()
                && weights
                    .iter()
                    .any(|(_, tensor)| matches!(tensor.place, Place::Memory { .. })),
            weight: 0,
            stored_weight: 0,
        }
    }

    /// An error about the weights.
    pub fn problem(&self, problem: impl Into<String>) -> EngineError {
        EngineError::Model {
            path: self.file.to_owned(),
            problem: problem.into(),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.weights.has(name)
    }

    /// The first tensor of the weights whose name ends so.
    pub fn first(&self, end: &str) -> Option<&'a str> {
        let mut names = self.weights.iter().map(|(name, _)| name);
        names.find(|name| name.ends_with(end))
    }

    /// Sides of a tensor of the weights.
    pub fn shape(&self, name: &str) -> Result<&'a [usize], EngineError> {
        let tensor = self.weights.get(name).map(|tensor| &tensor.shape[..]);
        tensor.ok_or_else(|| self.problem(format!("its tensor `{name}` is missing")))
    }

    /// An input; names in `dims` are free sides.
    pub fn input(&mut self, name: &str, element: Element, dims: &[&str], width: usize) -> Value {
        let element = match element {
            Element::F32 => self.port_element(dims),
            other => other,
        };
        self.inputs.message(11, &port(name, element, dims));
        let value = Value {
            name: name.to_owned(),
            width,
        };
        match element.is_float() {
            true => self.cast(&value, element, self.element),
            false => value,
        }
    }

    /// The timesteps: one for all pictures, or for a server one for each.
    pub fn timestep(&mut self) -> Value {
        let dims = self.for_server.map_or(&[][..], |_| &["batch", "1"]);
        let timestep = self.input("timestep", Element::F32, dims, 1);
        self.reshape(&timestep, &[-1, 1], 1)
    }

    /// Makes a value an output.
    pub fn output(&mut self, name: &str, value: &Value, dims: &[&str]) {
        let element = self.port_element(dims);
        let value = self.cast(value, self.element, element);
        self.node_to(name, "", "Identity", &[&value], &[]);
        self.outputs.message(12, &port(name, element, dims));
    }

    /// Type of the floats of an input or output; timesteps and sizes are no numbers for 16 bits.
    fn port_element(&self, dims: &[&str]) -> Element {
        let pictures = self.for_server.filter(|_| dims.len() > 2);
        pictures.unwrap_or(Element::F32)
    }

    /// The finished graph.
    ///
    /// # Errors
    /// [`EngineError::Model`] when there are weights that no part of the network took: it is another network than it looks.
    pub fn finish(self) -> Result<Built, EngineError> {
        // transformers before 4.31 kept the numbers of the positions.
        let ignored = |name: &str| name.ends_with(".position_ids") || name == "logit_scale";
        let mut names = self.weights.iter().map(|(name, _)| name);
        if let Some(stray) = names.find(|name| !self.used.contains(name) && !ignored(name)) {
            return Err(self.problem(format!(
                "it has a part that is not known (`{stray}`), so it is not a model of a kind that can be run"
            )));
        }
        let mut graph = self.nodes;
        graph.bytes(2, b"network");
        for part in [&self.initializers, &self.inputs, &self.outputs] {
            graph.append(part);
        }
        let mut model = Message::default();
        model.integer(1, 9);
        for (domain, version) in [("", OPSET), (MICROSOFT, 1)] {
            let mut operators = Message::default();
            operators.bytes(1, domain.as_bytes());
            operators.integer(2, version);
            model.message(8, &operators);
        }
        model.bytes(2, env!("CARGO_PKG_NAME").as_bytes());
        model.message(7, &graph);
        Ok(Built {
            bytes: model.into_bytes(),
            folder: self.folder,
            memory: self.memory,
            weight: self.weight,
            stored: self.stored_weight,
        })
    }

    /// The result of an operator; of several the first.
    pub fn node(
        &mut self,
        operator: &str,
        inputs: &[&Value],
        attributes: &[(&str, Attribute<'_>)],
    ) -> Value {
        self.node_in("", operator, inputs, attributes)
    }

    /// The result of one of ONNX Runtime's own operators.
    pub fn own_node(
        &mut self,
        operator: &str,
        inputs: &[&Value],
        attributes: &[(&str, Attribute<'_>)],
    ) -> Value {
        self.node_in(MICROSOFT, operator, inputs, attributes)
    }

    /// Two halves along the last side.
    pub fn halves(&mut self, x: &Value) -> [Value; 2] {
        let names = [self.fresh(), self.fresh()];
        let attributes = [
            ("axis", Attribute::Integer(-1)),
            ("num_outputs", Attribute::Integer(2)),
        ];
        let node = node(
            &names.each_ref().map(String::as_str),
            "",
            "Split",
            &[x],
            &attributes,
        );
        self.nodes.message(1, &node);
        names.map(|name| Value {
            name,
            width: x.width / 2,
        })
    }

    /// A tensor of the weights, seen in a shape, in the type of the computation.
    pub fn weight(&mut self, name: &str, shape: &[usize]) -> Result<Value, EngineError> {
        let (stored, element) = self.weight_as_stored(name, shape)?;
        if element == self.element {
            return Ok(stored);
        }
        let key = format!("{} cast", stored.name);
        if let Some(known) = self.known.get(&key) {
            return Ok(Value {
                name: known.clone(),
                ..stored
            });
        }
        let is_matrix = shape.iter().filter(|side| **side > 1).count() > 1;
        if self.stored && is_matrix {
            // An input with a default is no constant, so that its cast is not folded.
            let dims: Vec<_> = shape.iter().map(usize::to_string).collect();
            let dims: Vec<_> = dims.iter().map(String::as_str).collect();
            self.inputs.message(11, &port(&stored.name, element, &dims));
        }
        let value = self.cast(&stored, element, self.element);
        self.known.insert(key, value.name.clone());
        Ok(value)
    }

    /// Rows of a table of the weights, in the type of the computation.
    pub fn rows(
        &mut self,
        name: &str,
        shape: &[usize],
        rows: &Value,
    ) -> Result<Value, EngineError> {
        // `Gather` does not know floats of 8 bits.
        let element = self.weights.get(name).map(|table| table.element);
        if self.stored && matches!(element, Some(Element::F16 | Element::Bf16)) {
            let (table, element) = self.weight_as_stored(name, shape)?;
            let rows = self.node("Gather", &[&table, rows], &[]);
            return Ok(self.cast(&rows, element, self.element));
        }
        let table = self.weight(name, shape)?;
        Ok(self.node("Gather", &[&table, rows], &[]))
    }

    /// A tensor of the weights as it is stored, seen in a shape.
    fn weight_as_stored(
        &mut self,
        name: &str,
        shape: &[usize],
    ) -> Result<(Value, Element), EngineError> {
        let key = format!("{name} {shape:?}");
        let width = shape.last().copied().unwrap_or(1);
        let Some((own, tensor)) = self.weights.entry(name) else {
            return Err(self.problem(format!("its tensor `{name}` is missing")));
        };
        let Some(tensor) = tensor.shaped(shape) else {
            return Err(self.wrong_shape(name, &format!("{shape:?}")));
        };
        let number = matches!(
            tensor.element,
            Element::Bf16 | Element::F8E4m3 | Element::F8E5m2
        );
        if !number && !tensor.element.is_float() {
            let element = tensor.element;
            return Err(self.problem(format!("its tensor `{name}` is of {element}, which cannot be run; use a copy of the model in fp16, bf16, fp32 or fp8")));
        }
        self.used.insert(own);
        if !self.known.contains_key(&key) {
            self.weight += tensor.count() as u64 * self.element.size();
            self.stored_weight += tensor.bytes();
            self.external(&key, &tensor)?;
            self.known.insert(key.clone(), key.clone());
        }
        Ok((Value { name: key, width }, tensor.element))
    }

    /// A list of integers.
    pub fn integers(&mut self, values: &[i64]) -> Value {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.constant(Element::I64, &[values.len()], &bytes)
    }

    /// Factors for `Resize`, which wants them as 32-bit floats.
    pub fn scales(&mut self, values: &[f32]) -> Value {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.constant(Element::F32, &[values.len()], &bytes)
    }

    /// Numbers in the type of the computation.
    pub fn floats(&mut self, shape: &[usize], values: &[f32]) -> Value {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let value = self.constant(Element::F32, shape, &bytes);
        self.cast(&value, Element::F32, self.element)
    }

    fn constant(&mut self, element: Element, shape: &[usize], bytes: &[u8]) -> Value {
        let key = format!("{element} {shape:?} {bytes:?}");
        let width = shape.last().copied().unwrap_or(1);
        if let Some(name) = self.known.get(&key) {
            return Value {
                name: name.clone(),
                width,
            };
        }
        let name = self.fresh();
        let mut tensor = tensor(&name, element, shape);
        tensor.bytes(9, bytes);
        self.initializers.message(5, &tensor);
        self.known.insert(key, name.clone());
        Value { name, width }
    }

    /// An initialiser whose bytes lie elsewhere.
    fn external(&mut self, name: &str, tensor: &Tensor) -> Result<(), EngineError> {
        let (location, start) = if let Place::File { file, start } = &tensor.place
            && !self.in_memory
        {
            let folder = file.parent().unwrap_or(Path::new(""));
            let location = file.file_name().and_then(|name| name.to_str());
            let location = location
                .ok_or_else(|| self.problem("the file's name is no Unicode text; rename it"))?;
            if *self.folder.get_or_insert_with(|| folder.to_owned()) != folder {
                return Err(self.problem(
                    "the files of its weights lie in several folders; put them into one",
                ));
            }
            (location.to_owned(), *start)
        } else {
            let bytes = tensor
                .read()
                .map_err(|error| self.problem(format!("it cannot be read: {error}")))?;
            let location = self.memory.len().to_string();
            self.memory.push((location.clone(), bytes));
            (location, 0)
        };
        let Tensor { element, shape, .. } = tensor;
        let initializer = external(name, *element, shape, &location, start, tensor.bytes());
        self.initializers.message(5, &initializer);
        Ok(())
    }

    /// A value in another type.
    pub fn cast(&mut self, x: &Value, from: Element, to: Element) -> Value {
        if from == to {
            return x.clone();
        }
        self.node(
            "Cast",
            &[x],
            &[("to", Attribute::Integer(to.number() as i64))],
        )
    }

    /// Truth values as 0 and 1.
    pub fn as_numbers(&mut self, x: &Value) -> Value {
        self.cast(x, Element::BOOL, Element::F32)
    }

    /// An error about a tensor that has not the sides that its layer takes.
    pub fn wrong_shape(&self, name: &str, wanted: &str) -> EngineError {
        let found = self
            .weights
            .get(name)
            .map_or(&[][..], |tensor| &tensor.shape);
        self.problem(format!("its tensor `{name}` is {found:?} and not {wanted}"))
    }

    fn fresh(&mut self) -> String {
        self.count += 1;
        self.count.to_string()
    }

    fn node_in(
        &mut self,
        domain: &str,
        operator: &str,
        inputs: &[&Value],
        attributes: &[(&str, Attribute<'_>)],
    ) -> Value {
        let name = self.fresh();
        self.node_to(&name, domain, operator, inputs, attributes);
        Value {
            name,
            width: inputs[0].width,
        }
    }

    fn node_to(
        &mut self,
        output: &str,
        domain: &str,
        operator: &str,
        inputs: &[&Value],
        attributes: &[(&str, Attribute<'_>)],
    ) {
        let node = node(&[output], domain, operator, inputs, attributes);
        self.nodes.message(1, &node);
    }
}
