//! What a graph holds: its nodes, and where the content of its initialisers lies.
//!
//! Does not know what weights are for.

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::ops::Range;

use super::super::wire::{Value, Wire, WireError};
use super::{Element, External, entry};

/// What PyTorch's newer exporter calls the paths of the modules around a node.
const SCOPES: &str = "pkg.torch.onnx.name_scopes";

/// A node, as far as it tells what weights are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Node {
    /// Path of the module that it is of, with dots, where its exporter wrote it.
    pub scope: String,
    /// `Operator`; `domain::Operator` outside ONNX's own domain.
    pub operator: String,
    pub inputs: Vec<String>,
    pub output: String,
    /// Whether it turns its second matrix (`transB`).
    pub turns: bool,
    /// Where it stands in the file, bytes.
    pub place: Range<u64>,
}

/// Weights, or another constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Initializer {
    pub element: Element,
    /// Lengths of its sides; not checked.
    pub dims: Vec<i64>,
    /// Its content, where that stands in one piece.
    pub bytes: Option<Stored>,
    /// Where it stands in the file, bytes.
    pub place: Range<u64>,
}

/// Content of an initialiser: bytes of a file, little endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Stored {
    /// The file, as the graph gives it; none is the graph's own.
    pub location: Option<String>,
    pub start: u64,
    /// `None` where the graph does not say.
    pub length: Option<u64>,
}

impl Initializer {
    /// The file that it lies in, where that is another than the graph's.
    pub fn external(&self) -> Result<Option<External>, WireError> {
        let Some(Stored {
            location: Some(location),
            start,
            length,
        }) = &self.bytes
        else {
            return Ok(None);
        };
        let length = length.or(self.float_bytes());
        let length = length.unwrap_or(0);
        let end = start.checked_add(length);
        Ok(Some(External {
            location: location.clone(),
            end: end.ok_or(IMPOSSIBLE_PLACE)?,
            length,
        }))
    }

    /// Lengths of its sides, where it holds numbers of a network.
    pub fn shape(&self) -> Option<Vec<usize>> {
        let floats = matches!(self.element, Element::F32 | Element::F16 | Element::Bf16);
        let sides = self.dims.iter().map(|side| super::side(*side));
        sides.collect::<Option<Vec<_>>>().filter(|_| floats)
    }

    /// Bytes that those take.
    pub fn float_bytes(&self) -> Option<u64> {
        let mut sides = self.shape()?.into_iter();
        sides.try_fold(self.element.size(), |bytes, side| {
            bytes.checked_mul(side as u64)
        })
    }
}

const IMPOSSIBLE_PLACE: WireError = WireError::Malformed("impossible place of external weights");

/// Reads a NodeProto.
pub(super) fn node<R: Read + Seek>(wire: &mut Wire<R>, end: u64) -> Result<Node, WireError> {
    let (mut node, mut name, mut domain) = (Node::default(), String::new(), String::new());
    let mut scopes = None;
    while let Some((field, value)) = wire.next(end)? {
        match (field, value) {
            (1, _) => node.inputs.push(wire.text(value)?),
            (2, _) if node.output.is_empty() => node.output = wire.text(value)?,
            (3, _) => name = wire.text(value)?,
            (4, _) => node.operator = wire.text(value)?,
            (5, Value::Payload { end }) => node.turns |= turns(wire, end)?,
            (7, _) => domain = wire.text(value)?,
            (9, Value::Payload { end }) => {
                let (key, text) = entry(wire, end)?;
                scopes = scopes.or((key == SCOPES).then_some(text));
            }
            _ => wire.skip(value)?,
        }
    }
    if !matches!(domain.as_str(), "" | "ai.onnx") {
        node.operator = format!("{domain}::{}", node.operator);
    }
    node.scope = match scopes {
        // A list in Python's spelling, the operation last.
        Some(scopes) => scopes.rsplit('\'').nth(3).unwrap_or_default().to_owned(),
        // `/down_blocks.0/attentions.0/proj_in/Conv`
        None => name
            .rsplit_once('/')
            .map_or("", |(path, _)| path)
            .replace('/', "."),
    };
    Ok(node)
}

/// Whether an attribute is a `transB` that is set.
fn turns<R: Read + Seek>(wire: &mut Wire<R>, end: u64) -> Result<bool, WireError> {
    let (mut name, mut number) = (String::new(), 0);
    while let Some((field, value)) = wire.next(end)? {
        match (field, value) {
            (1, _) => name = wire.text(value)?,
            (3, Value::Varint(value)) => number = value,
            _ => wire.skip(value)?,
        }
    }
    Ok(name == "transB" && number != 0)
}

/// Reads a TensorProto: its name, and the rest.
pub(super) fn initializer<R: Read + Seek>(
    wire: &mut Wire<R>,
    end: u64,
) -> Result<(String, Initializer), WireError> {
    let (mut name, mut place) = (String::new(), BTreeMap::new());
    let mut weight = Initializer {
        element: Element::Other(0),
        dims: Vec::new(),
        bytes: None,
        place: 0..0,
    };
    while let Some((field, value)) = wire.next(end)? {
        match (field, value) {
            (1, _) => wire.integers(value, &mut weight.dims)?,
            (2, Value::Varint(number)) => weight.element = Element::from_number(number),
            (8, _) => name = wire.text(value)?,
            // Floats one after the other, or bytes.
            (4 | 9, Value::Payload { end }) => {
                let start = wire.position();
                weight.bytes = Some(Stored {
                    location: None,
                    start,
                    length: Some(end.saturating_sub(start)),
                });
                wire.skip(value)?;
            }
            (13, Value::Payload { end }) => {
                let (key, text) = entry(wire, end)?;
                place.insert(key, text);
            }
            _ => wire.skip(value)?,
        }
    }
    if let Some(location) = place.remove("location") {
        let number = |key| match place.get(key) {
            Some(text) => text.parse().map(Some).map_err(|_| IMPOSSIBLE_PLACE),
            None => Ok(None),
        };
        weight.bytes = Some(Stored {
            location: Some(location),
            start: number("offset")?.unwrap_or(0),
            length: number("length")?,
        });
    }
    Ok((name, weight))
}
