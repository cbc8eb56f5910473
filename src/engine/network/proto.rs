//! Writes the messages of ONNX files; [`wire`](super::super::wire) reads them.
//!
//! Field numbers are those of `onnx/onnx.proto` (onnx 1.23). Does not know what a graph is for.

use super::builder::Value;
use crate::engine::graph::Element;

/// The domain of ONNX Runtime's own operators.
pub(super) const MICROSOFT: &str = "com.microsoft";

/// A message in the making.
#[derive(Default)]
pub(in crate::engine) struct Message(Vec<u8>);

impl Message {
    /// An integer, enumeration or truth value.
    pub fn integer(&mut self, field: u64, value: i64) {
        self.varint(field << 3);
        self.varint(value as u64);
    }

    /// A 32-bit float.
    pub fn float(&mut self, field: u64, value: f32) {
        self.varint(field << 3 | 5);
        self.0.extend(value.to_le_bytes());
    }

    /// Text or bytes.
    pub fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    /// A message in this one.
    pub fn message(&mut self, field: u64, message: &Self) {
        self.bytes(field, &message.0);
    }

    /// All of it.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Puts the fields of another message behind this one's.
    pub fn append(&mut self, other: &Self) {
        self.append_bytes(&other.0);
    }

    /// Puts fields that are written behind its own.
    pub fn append_bytes(&mut self, fields: &[u8]) {
        self.0.extend(fields);
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// An attribute of a node.
pub(super) enum Attribute<'a> {
    Integer(i64),
    Integers(&'a [i64]),
    Float(f32),
    Text(&'a str),
}

/// NodeProto.
pub(super) fn node(
    outputs: &[&str],
    domain: &str,
    operator: &str,
    inputs: &[&Value],
    attributes: &[(&str, Attribute<'_>)],
) -> Message {
    let mut node = Message::default();
    for input in inputs {
        node.bytes(1, input.name().as_bytes());
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
pub(in crate::engine) fn tensor(name: &str, element: Element, shape: &[usize]) -> Message {
    let mut tensor = Message::default();
    for side in shape {
        tensor.integer(1, *side as i64);
    }
    tensor.integer(2, element.number() as i64);
    tensor.bytes(8, name.as_bytes());
    tensor
}

/// TensorProto whose content lies in a file: so many bytes from a place on.
pub(in crate::engine) fn external(
    name: &str,
    element: Element,
    shape: &[usize],
    location: &str,
    start: u64,
    length: u64,
) -> Message {
    let mut initializer = tensor(name, element, shape);
    for (key, value) in [
        ("location", location),
        ("offset", &start.to_string()),
        ("length", &length.to_string()),
    ] {
        let mut entry = Message::default();
        entry.bytes(1, key.as_bytes());
        entry.bytes(2, value.as_bytes());
        initializer.message(13, &entry);
    }
    initializer.integer(14, 1);
    initializer
}

/// ValueInfoProto; a side is a number or the name of a free one.
pub(super) fn port(name: &str, element: Element, dims: &[&str]) -> Message {
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
