//! What client and server say to each other, in both transports: the names of types, heads of models, and the messages of `open_inference_grpc.proto` with their field numbers (KServe's Open Inference Protocol, version 2).

use prost::Message;

use crate::engine::graph::{Dim, Element, Graph, Port};

/// Names of element types, and the number that ONNX has for those that cannot be fed.
const ELEMENTS: [(&str, Element); 14] = [
    ("FP16", Element::F16),
    ("FP32", Element::F32),
    ("FP64", Element::F64),
    ("BF16", Element::Bf16),
    ("INT32", Element::I32),
    ("INT64", Element::I64),
    ("UINT8", Element::Other(2)),
    ("INT8", Element::Other(3)),
    ("UINT16", Element::Other(4)),
    ("INT16", Element::Other(5)),
    ("BYTES", Element::Other(8)),
    ("BOOL", Element::BOOL),
    ("UINT32", Element::Other(12)),
    ("UINT64", Element::Other(13)),
];

/// The type of a name; one that the protocol does not have is none that ONNX has.
pub(super) fn element(datatype: &str) -> Element {
    let mut known = ELEMENTS.iter();
    let known = known.find(|(name, _)| *name == datatype);
    known.map_or(Element::Other(0), |(_, element)| *element)
}

/// The name of a type.
pub(super) fn datatype(element: Element) -> &'static str {
    let mut known = ELEMENTS.iter();
    known
        .find(|(_, own)| *own == element)
        .map_or("", |(name, _)| name)
}

/// The head of a graph, of the metadata of a model: a side that is free in front is the batch.
pub(super) fn graph(inputs: &[TensorMetadata], outputs: &[TensorMetadata]) -> Graph {
    let port = |tensor: &TensorMetadata| Port {
        name: tensor.name.clone(),
        element: element(&tensor.datatype),
        dims: Some(
            (tensor.shape.iter().enumerate())
                .map(|(axis, side)| match side {
                    ..0 if axis == 0 => Dim::Free("batch".to_owned()),
                    ..0 => Dim::Free(String::new()),
                    side => Dim::Fixed(*side),
                })
                .collect(),
        ),
    };
    Graph {
        inputs: inputs.iter().map(port).collect(),
        outputs: outputs.iter().map(port).collect(),
        ..Graph::default()
    }
}

/// An output of a run.
#[derive(Debug)]
pub(super) struct Output {
    pub name: String,
    pub datatype: String,
    pub shape: Vec<i64>,
    pub bytes: Vec<u8>,
}

/// `ServerReadyRequest`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ReadyRequest {}

/// `ServerReadyResponse` and `ModelReadyResponse`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ReadyResponse {
    #[prost(bool, tag = "1")]
    pub ready: bool,
}

/// `ModelReadyRequest` and `ModelMetadataRequest`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ModelRequest {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub version: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ModelMetadataResponse {
    #[prost(message, repeated, tag = "4")]
    pub inputs: Vec<TensorMetadata>,
    #[prost(message, repeated, tag = "5")]
    pub outputs: Vec<TensorMetadata>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorMetadata {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub datatype: String,
    #[prost(int64, repeated, tag = "3")]
    pub shape: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ModelInferRequest {
    #[prost(string, tag = "1")]
    pub model_name: String,
    #[prost(string, tag = "2")]
    pub model_version: String,
    #[prost(message, repeated, tag = "5")]
    pub inputs: Vec<TensorMetadata>,
    #[prost(message, repeated, tag = "6")]
    pub outputs: Vec<RequestedOutput>,
    #[prost(bytes = "vec", repeated, tag = "7")]
    pub raw_input_contents: Vec<Vec<u8>>,
}

/// `InferRequestedOutputTensor`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct RequestedOutput {
    #[prost(string, tag = "1")]
    pub name: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ModelInferResponse {
    #[prost(message, repeated, tag = "5")]
    pub outputs: Vec<InferOutput>,
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub raw_output_contents: Vec<Vec<u8>>,
}

/// `InferOutputTensor`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct InferOutput {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub datatype: String,
    #[prost(int64, repeated, tag = "3")]
    pub shape: Vec<i64>,
    #[prost(message, optional, tag = "5")]
    pub contents: Option<Contents>,
}

/// `InferTensorContents`, of what a network gives; 16-bit numbers come only raw.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Contents {
    #[prost(float, repeated, tag = "6")]
    pub fp32: Vec<f32>,
    #[prost(double, repeated, tag = "7")]
    pub fp64: Vec<f64>,
}

impl Contents {
    /// Its numbers one after the other, little-endian.
    pub fn bytes(&self) -> Vec<u8> {
        let singles = self.fp32.iter().flat_map(|number| number.to_le_bytes());
        let doubles = self.fp64.iter().flat_map(|number| number.to_le_bytes());
        singles.chain(doubles).collect()
    }
}
