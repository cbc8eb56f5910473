//! Writes the ONNX graph of a network, so that a forward pass over it reads as in its paper.
//!
//! Weights stay where they are: initialisers point to their bytes (ONNX's external data). Field numbers are those of `onnx/onnx.proto` (onnx 1.23).
//! Does not know any network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::proto::Message;
use crate::engine::error::EngineError;
use crate::engine::graph::Element;
use crate::engine::weights::{Place, Tensor, Weights};

/// The operators' version: the first with [`Gelu`](https://onnx.ai/onnx/operators/onnx__Gelu.html), and casts from 8-bit floats.
const OPSET: i64 = 20;
const MICROSOFT: &str = "com.microsoft";

/// A tensor of the graph in the making.
#[derive(Clone, Debug)]
pub(super) struct Value {
    name: String,
    /// Channels: the side that the weights of the next layer meet.
    pub width: usize,
}

impl Value {
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

/// An attribute of a node.
pub(super) enum Attribute<'a> {
    Integer(i64),
    Integers(&'a [i64]),
    Float(f32),
    Text(&'a str),
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
}

/// A graph in the making.
pub(super) struct Builder<'a> {
    weights: &'a Weights,
    /// The weights' file, for messages.
    file: &'a Path,
    /// Type that it computes in.
    element: Element,
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
    weight: u64,
}

impl<'a> Builder<'a> {
    pub fn new(weights: &'a Weights, file: &'a Path, element: Element) -> Self {
        Self {
            weights,
            file,
            element,
            nodes: Message::default(),
            initializers: Message::default(),
            inputs: Message::default(),
            outputs: Message::default(),
            count: 0,
            known: BTreeMap::new(),
            used: BTreeSet::new(),
            folder: None,
            memory: Vec::new(),
            weight: 0,
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
        self.inputs.message(11, &port(name, element, dims));
        let value = Value {
            name: name.to_owned(),
            width,
        };
        match element.is_float() {
            true => self.cast(&value, Element::F32, self.element),
            false => value,
        }
    }

    /// Makes a value an output, as 32-bit floats.
    pub fn output(&mut self, name: &str, value: &Value, dims: &[&str]) {
        let value = self.cast(value, self.element, Element::F32);
        self.node_to(name, "", "Identity", &[&value], &[]);
        self.outputs.message(12, &port(name, Element::F32, dims));
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
        })
    }

    /// The result of an operator; of several the first.
    pub fn node(
        &mut self,
        operator: &str,
        inputs: &[&Value],
        attributes: &[(&str, Attribute<'_>)],
    ) -> Value {
        let name = self.fresh();
        self.node_to(&name, "", operator, inputs, attributes);
        Value {
            name,
            width: inputs[0].width,
        }
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

    /// Rows of `x` `[.., in]` times a layer's weights, plus its bias where it has one: `[rows, out]`.
    pub fn linear(&mut self, at: &str, x: &Value) -> Result<Value, EngineError> {
        let name = format!("{at}.weight");
        let &[out, width, ref ones @ ..] = self.shape(&name)? else {
            return Err(self.wrong_shape(&name, "[out, in]"));
        };
        if width != x.width || ones.iter().any(|side| *side != 1) {
            return Err(self.wrong_shape(&name, &format!("[out, {}]", x.width)));
        }
        let mut inputs = vec![x.clone(), self.weight(&name, &[out, width])?];
        let bias = format!("{at}.bias");
        if self.has(&bias) {
            inputs.push(self.weight(&bias, &[out])?);
        }
        let inputs: Vec<_> = inputs.iter().collect();
        let product = self.node("Gemm", &inputs, &[("transB", Attribute::Integer(1))]);
        Ok(product.of_width(out))
    }

    /// A convolution of `[n, in, h, w]`, with zeros at its top, left, bottom and right.
    pub fn conv(
        &mut self,
        at: &str,
        x: &Value,
        stride: i64,
        pads: [i64; 4],
    ) -> Result<Value, EngineError> {
        let name = format!("{at}.weight");
        let &[out, width, high, wide] = self.shape(&name)? else {
            return Err(self.wrong_shape(&name, "[out, in, height, width]"));
        };
        if width != x.width {
            let wanted = format!("[out, {}, height, width]", x.width);
            return Err(self.wrong_shape(&name, &wanted));
        }
        let mut inputs = vec![x.clone(), self.weight(&name, &[out, width, high, wide])?];
        let bias = format!("{at}.bias");
        if self.has(&bias) {
            inputs.push(self.weight(&bias, &[out])?);
        }
        let inputs: Vec<_> = inputs.iter().collect();
        let attributes = [
            (
                "kernel_shape",
                Attribute::Integers(&[high as i64, wide as i64]),
            ),
            ("strides", Attribute::Integers(&[stride, stride])),
            ("pads", Attribute::Integers(&pads)),
        ];
        let convolved = self.node("Conv", &inputs, &attributes);
        Ok(convolved.of_width(out))
    }

    /// A convolution that keeps height and width: 3 x 3 with a border of zeros, or 1 x 1.
    pub fn conv_same(&mut self, at: &str, x: &Value) -> Result<Value, EngineError> {
        let side = self.shape(&format!("{at}.weight"))?.last().copied();
        self.conv(at, x, 1, [side.unwrap_or(1) as i64 / 2; 4])
    }

    /// Group normalisation of `[n, channels, h, w]` (Wu and He 2018), as instance normalisation of the groups: the processor has no faster form.
    pub fn group_norm(
        &mut self,
        at: &str,
        x: &Value,
        groups: usize,
        epsilon: f32,
    ) -> Result<Value, EngineError> {
        if groups == 0 || x.width % groups != 0 {
            return Err(self.problem(format!(
                "`{at}` has {} channels, which are no {groups} groups",
                x.width
            )));
        }
        let whole = self.node("Shape", &[x], &[]);
        let grouped = self.reshape(x, &[0, groups as i64, -1], groups);
        let ones = self.floats(&[groups], &vec![1.0; groups]);
        let zeros = self.floats(&[groups], &vec![0.0; groups]);
        let epsilon = [("epsilon", Attribute::Float(epsilon))];
        let normal = self.node(
            "InstanceNormalization",
            &[&grouped, &ones, &zeros],
            &epsilon,
        );
        let normal = self.node("Reshape", &[&normal, &whole], &[]);
        let scale = self.weight(&format!("{at}.weight"), &[x.width, 1, 1])?;
        let shift = self.weight(&format!("{at}.bias"), &[x.width, 1, 1])?;
        let scaled = self.node("Mul", &[&normal, &scale], &[]);
        let shifted = self.node("Add", &[&scaled, &shift], &[]);
        Ok(shifted.of_width(x.width))
    }

    /// Layer normalisation of the last side (Ba et al. 2016).
    pub fn layer_norm(&mut self, at: &str, x: &Value) -> Result<Value, EngineError> {
        let scale = self.weight(&format!("{at}.weight"), &[x.width])?;
        let shift = self.weight(&format!("{at}.bias"), &[x.width])?;
        let attributes = [
            ("axis", Attribute::Integer(-1)),
            ("epsilon", Attribute::Float(1e-5)),
        ];
        Ok(self.node("LayerNormalization", &[x, &scale, &shift], &attributes))
    }

    pub fn add(&mut self, x: &Value, y: &Value) -> Value {
        self.node("Add", &[x, y], &[])
    }

    pub fn multiply(&mut self, x: &Value, y: &Value) -> Value {
        self.node("Mul", &[x, y], &[])
    }

    /// `x * sigmoid(x)` (Hendrycks and Gimpel 2016).
    pub fn silu(&mut self, x: &Value) -> Value {
        let gate = self.node("Sigmoid", &[x], &[]);
        self.multiply(x, &gate)
    }

    /// Channels of pictures one behind the other.
    pub fn concat(&mut self, values: &[&Value], axis: i64) -> Value {
        let joined = self.node("Concat", values, &[("axis", Attribute::Integer(axis))]);
        joined.of_width(values.iter().map(|value| value.width).sum())
    }

    /// Another shape, `0` where a side stays and `-1` where it follows from the rest.
    pub fn reshape(&mut self, x: &Value, shape: &[i64], width: usize) -> Value {
        let shape = self.integers(shape);
        self.node("Reshape", &[x, &shape], &[]).of_width(width)
    }

    pub fn transpose(&mut self, x: &Value, sides: &[i64]) -> Value {
        self.node("Transpose", &[x], &[("perm", Attribute::Integers(sides))])
    }

    /// Attention of queries `[n, s, width]` to keys and values `[n, t, width]` in several heads (Vaswani et al. 2017); no provider keeps the `s x t` scores.
    pub fn attention(
        &mut self,
        [q, k, v]: [&Value; 3],
        heads: usize,
    ) -> Result<Value, EngineError> {
        self.check_heads(q.width, heads)?;
        let name = self.fresh();
        let heads = [("num_heads", Attribute::Integer(heads as i64))];
        self.node_to(&name, MICROSOFT, "MultiHeadAttention", &[q, k, v], &heads);
        Ok(Value {
            name,
            width: v.width,
        })
    }

    /// Refuses heads that a width cannot be cut into.
    pub fn check_heads(&self, width: usize, heads: usize) -> Result<(), EngineError> {
        if heads == 0 || width % heads != 0 {
            return Err(self.problem(format!(
                "it has a width of {width}, which is no {heads} heads"
            )));
        }
        Ok(())
    }

    /// A tensor of the weights, seen in a shape, in the type of the computation.
    pub fn weight(&mut self, name: &str, shape: &[usize]) -> Result<Value, EngineError> {
        let key = format!("{name} {shape:?}");
        let width = shape.last().copied().unwrap_or(1);
        if let Some(known) = self.known.get(&key) {
            return Ok(Value {
                name: known.clone(),
                width,
            });
        }
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
        self.weight += tensor.count() as u64 * self.element.size();
        let stored = Value {
            name: key.clone(),
            width,
        };
        self.external(&key, &tensor)?;
        let value = self.cast(&stored, tensor.element, self.element);
        self.known.insert(key, value.name.clone());
        Ok(value)
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
    fn external(&mut self, name: &str, tensor_: &Tensor) -> Result<(), EngineError> {
        let (location, start) = match &tensor_.place {
            Place::Memory { bytes, start } => {
                let location = format!("memory-{}", self.memory.len());
                self.memory.push((location.clone(), Arc::clone(bytes)));
                (location, *start as u64)
            }
            Place::File { file, start } => {
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
            }
        };
        let mut initializer = tensor(name, tensor_.element, &tensor_.shape);
        let length = tensor_.bytes();
        for (key, value) in [
            ("location", location),
            ("offset", start.to_string()),
            ("length", length.to_string()),
        ] {
            let mut entry = Message::default();
            entry.bytes(1, key.as_bytes());
            entry.bytes(2, value.as_bytes());
            initializer.message(13, &entry);
        }
        initializer.integer(14, 1);
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
    pub fn to_floats(&mut self, x: &Value) -> Value {
        self.cast(x, Element::Other(9), Element::F32)
    }

    fn wrong_shape(&self, name: &str, wanted: &str) -> EngineError {
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

/// NodeProto.
fn node(
    outputs: &[&str],
    domain: &str,
    operator: &str,
    inputs: &[&Value],
    attributes: &[(&str, Attribute<'_>)],
) -> Message {
    let mut node = Message::default();
    for input in inputs {
        node.bytes(1, input.name.as_bytes());
    }
    for output in outputs {
        node.bytes(2, output.as_bytes());
    }
    node.bytes(3, outputs[0].as_bytes());
    node.bytes(4, operator.as_bytes());
    for (name, value) in attributes {
        let mut attribute = Message::default();
        attribute.bytes(1, name.as_bytes());
        let kind = match value {
            Attribute::Float(value) => {
                attribute.float(2, *value);
                1
            }
            Attribute::Integer(value) => {
                attribute.integer(3, *value);
                2
            }
            Attribute::Text(value) => {
                attribute.bytes(4, value.as_bytes());
                3
            }
            Attribute::Integers(values) => {
                for value in *values {
                    attribute.integer(8, *value);
                }
                7
            }
        };
        attribute.integer(20, kind);
        node.message(5, &attribute);
    }
    node.bytes(7, domain.as_bytes());
    node
}

/// TensorProto without its content.
fn tensor(name: &str, element: Element, shape: &[usize]) -> Message {
    let mut tensor = Message::default();
    for side in shape {
        tensor.integer(1, *side as i64);
    }
    tensor.integer(2, element.number() as i64);
    tensor.bytes(8, name.as_bytes());
    tensor
}

/// ValueInfoProto; a side is a number or the name of a free one.
fn port(name: &str, element: Element, dims: &[&str]) -> Message {
    let mut shape = Message::default();
    for dim in dims {
        let mut side = Message::default();
        match dim.parse() {
            Ok(length) => side.integer(1, length),
            Err(_) => side.bytes(2, dim.as_bytes()),
        }
        shape.message(1, &side);
    }
    let mut tensor = Message::default();
    tensor.integer(1, element.number() as i64);
    tensor.message(2, &shape);
    let mut kind = Message::default();
    kind.message(1, &tensor);
    let mut port = Message::default();
    port.bytes(1, name.as_bytes());
    port.message(2, &kind);
    port
}
