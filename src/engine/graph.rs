//! The head of an ONNX file: inputs, outputs, operators, the shapes and places of its weights, and nothing heavier.
//!
//! Field numbers are those of `onnx/onnx.proto` (onnx 1.23). Does not know what the graph is for, nor runs it.

mod content;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{Read, Seek};
use std::ops::Range;
use std::path::Path;

pub(super) use content::{Initializer, Node, Stored};

pub use super::wire::WireError;
use super::wire::{Value, Wire};

/// Whether a path is called as ONNX files are.
#[must_use]
pub fn is_onnx(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("onnx"))
}

/// What a graph says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// Inputs that have to be fed: those without a default among the weights.
    pub inputs: Vec<Port>,
    /// Outputs.
    pub outputs: Vec<Port>,
    /// How many nodes of each operator there are; `domain::Operator` outside ONNX's own domain.
    pub operators: BTreeMap<String, usize>,
    /// Places of weights outside the file.
    pub external: Vec<External>,
    /// What the file says of itself (`metadata_props`).
    pub notes: BTreeMap<String, String>,
    pub(super) nodes: Vec<Node>,
    pub(super) initializers: BTreeMap<String, Initializer>,
    /// Where the graph stands in its file, its key and length included, and its content alone; bytes.
    pub(super) place: [Range<u64>; 2],
}

/// An input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Type of its elements.
    pub element: Element,
    /// Its sides; `None` when not even their number is declared.
    pub dims: Option<Vec<Dim>>,
}

/// One side of a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dim {
    /// Always this long.
    Fixed(i64),
    /// Chosen at run time; the name is empty when there is none.
    Free(String),
}

/// Element types of tensors. [`F16`](Element::F16), F32, F64, I32 and I64 can be fed and read; the others only hold weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// 16-bit floating point.
    F16,
    /// 32-bit floating point.
    F32,
    /// 64-bit floating point.
    F64,
    /// 16-bit floating point with the range of 32 bits.
    Bf16,
    /// 8-bit floating point, four bits of exponent.
    F8E4m3,
    /// 8-bit floating point, five bits of exponent.
    F8E5m2,
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// Any other, by its number in `TensorProto.DataType`.
    Other(u64),
}

/// Weights that lie in another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    /// Path as the graph gives it, meant to be relative to the graph's folder.
    pub location: String,
    /// First byte behind the weights; 0 where the graph does not say.
    pub end: u64,
    /// Bytes of the weights; 0 where the graph does not say.
    pub length: u64,
}

impl Port {
    /// Number of sides.
    #[must_use]
    pub fn rank(&self) -> Option<usize> {
        self.dims.as_ref().map(Vec::len)
    }

    /// Length of one side, where it is fixed (and no nonsense: at most [`LONGEST_SIDE`]).
    #[must_use]
    pub fn fixed(&self, axis: usize) -> Option<usize> {
        match self.dims.as_ref()?.get(axis)? {
            Dim::Fixed(length) => side(*length),
            Dim::Free(_) => None,
        }
    }

    /// Whether what one takes or gives the other does too, as far as both say.
    pub(super) fn fits(&self, other: &Self) -> bool {
        let same = |axis| match (self.fixed(axis), other.fixed(axis)) {
            (Some(own), Some(theirs)) => own == theirs,
            _ => true,
        };
        self.element == other.element
            && match (self.rank(), other.rank()) {
                (Some(own), Some(theirs)) => own == theirs && (0..own).all(same),
                _ => true,
            }
    }
}

/// No tensor of a diffusion model has a longer side; what claims one is broken.
pub const LONGEST_SIDE: usize = 1_000_000;

pub(super) fn side(length: i64) -> Option<usize> {
    usize::try_from(length)
        .ok()
        .filter(|length| (1..=LONGEST_SIDE).contains(length))
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.name, self.element)?;
        let Some(dims) = &self.dims else {
            return f.write_str(" of unknown rank");
        };
        f.write_str(" [")?;
        for (index, dim) in dims.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            match dim {
                Dim::Fixed(length) => write!(f, "{comma}{length}")?,
                Dim::Free(name) if name.is_empty() => write!(f, "{comma}?")?,
                Dim::Free(name) => write!(f, "{comma}{name}")?,
            }
        }
        f.write_str("]")
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::F16 => f.write_str("float16"),
            Self::F32 => f.write_str("float32"),
            Self::F64 => f.write_str("float64"),
            Self::I32 => f.write_str("int32"),
            Self::I64 => f.write_str("int64"),
            Self::Other(2) => f.write_str("uint8"),
            Self::Other(9) => f.write_str("bool"),
            Self::Bf16 => f.write_str("bfloat16"),
            Self::F8E4m3 => f.write_str("float8e4m3"),
            Self::F8E5m2 => f.write_str("float8e5m2"),
            Self::Other(number) => write!(f, "element type {number}"),
        }
    }
}

impl Element {
    /// Truth values.
    pub const BOOL: Self = Self::Other(9);

    fn from_number(number: u64) -> Self {
        match number {
            1 => Self::F32,
            6 => Self::I32,
            7 => Self::I64,
            10 => Self::F16,
            11 => Self::F64,
            16 => Self::Bf16,
            17 => Self::F8E4m3,
            19 => Self::F8E5m2,
            other => Self::Other(other),
        }
    }

    /// Its number in `TensorProto.DataType`.
    pub(super) fn number(self) -> u64 {
        match self {
            Self::F32 => 1,
            Self::I32 => 6,
            Self::I64 => 7,
            Self::F16 => 10,
            Self::F64 => 11,
            Self::Bf16 => 16,
            Self::F8E4m3 => 17,
            Self::F8E5m2 => 19,
            Self::Other(number) => number,
        }
    }

    /// Bytes of one; of an unknown one 1.
    pub(super) fn size(self) -> u64 {
        match self {
            Self::F64 | Self::I64 | Self::Other(13) => 8,
            Self::F32 | Self::I32 | Self::Other(12) => 4,
            Self::F16 | Self::Bf16 | Self::Other(4 | 5) => 2,
            Self::F8E4m3 | Self::F8E5m2 | Self::Other(_) => 1,
        }
    }

    /// Whether it is a floating-point type that can be fed.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::F32 | Self::F64)
    }

    /// Whether it is one of the integer types.
    #[must_use]
    pub fn is_integer(self) -> bool {
        matches!(self, Self::I32 | Self::I64)
    }
}

/// More nodes are a broken file's: a UNet of SDXL has about ten thousand.
const MOST_NODES: usize = 1 << 20;

impl Graph {
    /// Reads the head of an ONNX file.
    ///
    /// # Errors
    /// [`WireError`] when the bytes are cut short or no ONNX graph.
    pub fn read(reader: impl Read + Seek) -> Result<Self, WireError> {
        let mut wire = Wire::new(reader)?;
        let end = wire.length();
        let (mut found, mut operators_known) = (None, false);
        let mut notes = BTreeMap::new();
        let mut from = 0;
        while let Some((field, value)) = wire.next(end)? {
            match (field, value) {
                (7, Value::Payload { end }) => {
                    let inside = wire.position()..end;
                    let mut graph = Self::read_graph(&mut wire, end)?;
                    graph.place = [from..end, inside];
                    found = Some(graph);
                }
                (8, Value::Payload { .. }) => {
                    operators_known = true;
                    wire.skip(value)?;
                }
                (14, Value::Payload { end }) => {
                    let (key, text) = entry(&mut wire, end)?;
                    notes.insert(key, text);
                }
                _ => wire.skip(value)?,
            }
            from = wire.position();
        }
        let mut graph = found.ok_or(WireError::Malformed("it holds no graph"))?;
        if graph.inputs.is_empty() && graph.outputs.is_empty() {
            return Err(WireError::Malformed("its graph has no inputs and outputs"));
        }
        if !operators_known {
            // Which follows the graph, so it is what a file that was cut just behind the graph lacks.
            return Err(WireError::Truncated);
        }
        // Up to IR version 3 the weights are listed among the inputs.
        graph
            .inputs
            .retain(|port| !graph.initializers.contains_key(&port.name));
        graph.notes = notes;
        Ok(graph)
    }

    /// The input of that name.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&Port> {
        self.inputs.iter().find(|port| port.name == name)
    }

    /// Channels that the first convolution takes: the last resort where the input's declared shape hides them.
    ///
    /// It is the convolution fed by the input itself, or by a cast of it, else the one whose weights are called `conv_in.weight`.
    #[must_use]
    pub fn input_channels_by_weight(&self, input: &str) -> Option<usize> {
        let casts = self.nodes.iter().filter(|node| node.operator == "Cast");
        let casts = casts.filter_map(|cast| Some((&cast.output, cast.inputs.first()?)));
        let casts: BTreeMap<_, _> = casts.collect();
        let cast = |to: &&String| casts.get(*to).copied();
        let mut convolutions = self.nodes.iter().filter(|node| node.operator == "Conv");
        let fed = convolutions.find(|node| {
            // A broken file may cast in circles; two casts in a row are already odd.
            let mut sources = std::iter::successors(node.inputs.first(), cast).take(4);
            sources.any(|name| name == input)
        });
        let fed = fed.and_then(|node| self.initializers.get(node.inputs.get(1)?));
        let dims = &fed
            .or_else(|| self.initializers.get("conv_in.weight"))?
            .dims;
        // Weights are [outputs, inputs, height, width].
        side(*dims.get(1)?)
    }

    /// Operators of Microsoft's domain among `names`.
    #[must_use]
    pub fn microsoft_operators(&self, names: &[&str]) -> BTreeSet<String> {
        names
            .iter()
            .filter(|name| {
                self.operators
                    .contains_key(&format!("com.microsoft::{name}"))
            })
            .map(|name| (*name).to_owned())
            .collect()
    }

    fn read_graph<R: Read + Seek>(wire: &mut Wire<R>, end: u64) -> Result<Self, WireError> {
        let mut graph = Self::default();
        let mut from = wire.position();
        while let Some((field, value)) = wire.next(end)? {
            match (field, value) {
                (1, Value::Payload { end }) => {
                    let mut node = content::node(wire, end)?;
                    node.place = from..end;
                    *graph.operators.entry(node.operator.clone()).or_default() += 1;
                    graph.nodes.push(node);
                    if graph.nodes.len() > MOST_NODES {
                        return Err(WireError::Malformed("more nodes than any network has"));
                    }
                }
                (5, Value::Payload { end }) => {
                    let (name, mut weight) = content::initializer(wire, end)?;
                    weight.place = from..end;
                    graph.external.extend(weight.external()?);
                    graph.initializers.insert(name, weight);
                }
                (11, Value::Payload { end }) => graph.inputs.push(port(wire, end)?),
                (12, Value::Payload { end }) => graph.outputs.push(port(wire, end)?),
                _ => wire.skip(value)?,
            }
            from = wire.position();
        }
        Ok(graph)
    }
}

fn port<R: Read + Seek>(wire: &mut Wire<R>, end: u64) -> Result<Port, WireError> {
    let mut port = Port {
        name: String::new(),
        element: Element::Other(0),
        dims: None,
    };
    while let Some((field, value)) = wire.next(end)? {
        match (field, value) {
            (1, _) => port.name = wire.text(value)?,
            // TypeProto.tensor_type
            (2, Value::Payload { end }) => {
                while let Some((field, value)) = wire.next(end)? {
                    match (field, value) {
                        (1, Value::Payload { end }) => tensor_type(wire, end, &mut port)?,
                        _ => wire.skip(value)?,
                    }
                }
            }
            _ => wire.skip(value)?,
        }
    }
    Ok(port)
}

fn tensor_type<R: Read + Seek>(
    wire: &mut Wire<R>,
    end: u64,
    port: &mut Port,
) -> Result<(), WireError> {
    while let Some((field, value)) = wire.next(end)? {
        match (field, value) {
            (1, Value::Varint(number)) => port.element = Element::from_number(number),
            (2, Value::Payload { end }) => {
                let mut dims = vec![];
                while let Some((field, value)) = wire.next(end)? {
                    match (field, value) {
                        (1, Value::Payload { end }) => dims.push(dim(wire, end)?),
                        _ => wire.skip(value)?,
                    }
                }
                port.dims = Some(dims);
            }
            _ => wire.skip(value)?,
        }
    }
    Ok(())
}

fn dim<R: Read + Seek>(wire: &mut Wire<R>, end: u64) -> Result<Dim, WireError> {
    let mut dim = Dim::Free(String::new());
    while let Some((field, value)) = wire.next(end)? {
        match (field, value) {
            // Some exporters write -1 or 0 for a free side.
            (1, Value::Varint(length)) if length as i64 > 0 => dim = Dim::Fixed(length as i64),
            (2, _) => dim = Dim::Free(wire.text(value)?),
            _ => wire.skip(value)?,
        }
    }
    Ok(dim)
}

fn entry<R: Read + Seek>(wire: &mut Wire<R>, end: u64) -> Result<(String, String), WireError> {
    let (mut key, mut text) = (String::new(), String::new());
    while let Some((field, value)) = wire.next(end)? {
        match field {
            1 => key = wire.text(value)?,
            2 => text = wire.text(value)?,
            _ => wire.skip(value)?,
        }
    }
    Ok((key, text))
}
