//! The test server's side of both transports, written from the protocol's description and not from the client.

use std::time::Duration;

use hyper::body::{Bytes, Frame};
use hyper::http::request::Parts;
use hyper::http::{HeaderMap, Response};
use prost::Message;
use serde_json::{Value as Json, json};

use super::{Answer, Does, Named, Pieces, Refusal};

/// What a client asks for.
pub enum Call {
    Ready,
    Head {
        model: String,
        version: String,
    },
    Infer {
        model: String,
        version: String,
        inputs: Vec<Named>,
        outputs: Vec<String>,
    },
}

#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    version: String,
}

#[derive(Clone, PartialEq, Message)]
struct Flag {
    #[prost(bool, tag = "1")]
    flag: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    datatype: String,
    #[prost(int64, repeated, tag = "3")]
    shape: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Metadata {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "4")]
    inputs: Vec<Tensor>,
    #[prost(message, repeated, tag = "5")]
    outputs: Vec<Tensor>,
}

#[derive(Clone, PartialEq, Message)]
struct Infer {
    #[prost(string, tag = "1")]
    model: String,
    #[prost(string, tag = "2")]
    version: String,
    #[prost(message, repeated, tag = "5")]
    inputs: Vec<Tensor>,
    #[prost(message, repeated, tag = "6")]
    outputs: Vec<Model>,
    #[prost(bytes = "vec", repeated, tag = "7")]
    raw: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct Inferred {
    #[prost(message, repeated, tag = "5")]
    outputs: Vec<Tensor>,
    #[prost(bytes = "vec", repeated, tag = "6")]
    raw: Vec<Vec<u8>>,
}

impl Call {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Head { .. } => "head",
            Self::Infer { .. } => "infer",
        }
    }

    pub fn model(&self) -> &str {
        match self {
            Self::Ready => "",
            Self::Head { model, .. } | Self::Infer { model, .. } => model,
        }
    }

    pub fn read(head: &Parts, body: &[u8]) -> Self {
        let path = head.uri.path();
        match path.strip_prefix("/inference.GRPCInferenceService/") {
            Some(method) => Self::read_grpc(method, &body[5..]),
            None => Self::read_http(path, &head.headers, body),
        }
    }

    fn read_grpc(method: &str, message: &[u8]) -> Self {
        match method {
            "ServerReady" => Self::Ready,
            "ModelMetadata" => {
                let Model { name, version } = Model::decode(message).unwrap();
                let model = name;
                Self::Head { model, version }
            }
            "ModelInfer" => {
                let asked = Infer::decode(message).unwrap();
                assert_eq!(asked.inputs.len(), asked.raw.len());
                let named = |(tensor, bytes): (Tensor, Vec<u8>)| Named {
                    name: tensor.name,
                    datatype: tensor.datatype,
                    shape: tensor.shape,
                    bytes,
                };
                Self::Infer {
                    model: asked.model,
                    version: asked.version,
                    inputs: asked.inputs.into_iter().zip(asked.raw).map(named).collect(),
                    outputs: asked.outputs.into_iter().map(|one| one.name).collect(),
                }
            }
            other => panic!("{other}"),
        }
    }

    fn read_http(path: &str, headers: &HeaderMap, body: &[u8]) -> Self {
        let path = path.trim_start_matches("/prefix");
        // Triton does not decode what need not be encoded.
        let needless = ["%2D", "%2E", "%5F", "%7E"];
        assert!(!needless.iter().any(|one| path.contains(one)), "{path}");
        let decoded = |part| percent_encoding::percent_decode_str(part).decode_utf8();
        let parts: Vec<_> = path.split('/').map(|part| decoded(part).unwrap()).collect();
        let parts: Vec<&str> = parts.iter().map(|part| &**part).collect();
        let (model, version, infer) = match parts[..] {
            ["", "v2", "health", "ready"] => return Self::Ready,
            ["", "v2", "models", model] => (model, "", false),
            ["", "v2", "models", model, "infer"] => (model, "", true),
            ["", "v2", "models", model, "versions", version] => (model, version, false),
            ["", "v2", "models", model, "versions", version, "infer"] => (model, version, true),
            _ => panic!("{path}"),
        };
        let (model, version) = (model.to_owned(), version.to_owned());
        if !infer {
            return Self::Head { model, version };
        }
        let length = headers["inference-header-content-length"].to_str().unwrap();
        let (header, mut data) = body.split_at(length.parse().unwrap());
        let json: Json = serde_json::from_slice(header).unwrap();
        let text = |json: &Json| json.as_str().unwrap().to_owned();
        let input = |json: &Json| {
            let size = json["parameters"]["binary_data_size"].as_u64().unwrap();
            let (bytes, rest) = data.split_at(size as usize);
            data = rest;
            let shape = json["shape"].as_array().unwrap().iter();
            Named {
                name: text(&json["name"]),
                datatype: text(&json["datatype"]),
                shape: shape.map(|side| side.as_i64().unwrap()).collect(),
                bytes: bytes.to_vec(),
            }
        };
        let inputs = json["inputs"]
            .as_array()
            .unwrap()
            .iter()
            .map(input)
            .collect();
        let output = |json: &Json| {
            assert_eq!(json["parameters"]["binary_data"], true);
            text(&json["name"])
        };
        let outputs = json["outputs"]
            .as_array()
            .unwrap()
            .iter()
            .map(output)
            .collect();
        Self::Infer {
            model,
            version,
            inputs,
            outputs,
        }
    }
}

fn tensor(named: &Named) -> Tensor {
    Tensor {
        name: named.name.clone(),
        datatype: named.datatype.clone(),
        shape: named.shape.clone(),
    }
}

/// An answer in a frame, and its status in the trailers.
pub fn over_grpc(answer: Result<Answer, Refusal>, does: Does, garbage: bool) -> Response<Pieces> {
    let (message, code, said) = match answer {
        Ok(Answer::Ready(flag)) => (Flag { flag }.encode_to_vec(), 0, String::new()),
        Ok(Answer::Head(inputs, outputs)) => {
            let metadata = Metadata {
                name: "model".to_owned(),
                inputs: inputs.iter().map(tensor).collect(),
                outputs: outputs.iter().map(tensor).collect(),
            };
            (metadata.encode_to_vec(), 0, String::new())
        }
        Ok(Answer::Made(outputs)) => {
            let inferred = Inferred {
                outputs: outputs.iter().map(tensor).collect(),
                raw: outputs.into_iter().map(|one| one.bytes).collect(),
            };
            (inferred.encode_to_vec(), 0, String::new())
        }
        Err((_, code, said)) => (Vec::new(), code, said),
    };
    let mut body = vec![0];
    let message = if garbage { vec![0xff; 9] } else { message };
    body.extend((message.len() as u32).to_be_bytes());
    body.extend(message);
    let mut pieces = pieces(body, does);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", code.into());
    trailers.insert("grpc-message", said.parse().unwrap());
    if code != 0 {
        pieces.frames.clear();
    }
    if !pieces.broken {
        pieces.frames.push_back(Frame::trailers(trailers));
    }
    let response = Response::builder().header("content-type", "application/grpc");
    response.body(pieces).unwrap()
}

/// A page of a proxy.
pub fn page(status: u16) -> Response<Pieces> {
    let page = "<html>\n<center>nginx</center></html>";
    let response = Response::builder().status(status);
    let response = response.header("content-type", "text/html");
    response.body(pieces(page.into(), Does::Nothing)).unwrap()
}

/// An answer as JSON, with binary data behind it.
pub fn over_http(
    answer: Result<Answer, Refusal>,
    does: Does,
    garbage: bool,
    other: &str,
) -> Response<Pieces> {
    let named = |named: &Named| json!({ "name": named.name, "datatype": named.datatype, "shape": named.shape });
    let mut response = Response::builder();
    let body = match answer {
        Ok(Answer::Ready(true)) => Vec::new(),
        Ok(Answer::Ready(false)) => {
            response = response.status(400);
            Vec::new()
        }
        Ok(Answer::Head(inputs, outputs)) => {
            let all = |tensors: &[Named]| tensors.iter().map(named).collect::<Vec<_>>();
            let json = json!({ "name": "model", "inputs": all(&inputs), "outputs": all(&outputs) });
            json.to_string().into_bytes()
        }
        Ok(Answer::Made(outputs)) => {
            let whole = |tensor: &Named| {
                let mut json = named(tensor);
                json["parameters"] = json!({ "binary_data_size": tensor.bytes.len() });
                json
            };
            let json = json!({ "outputs": outputs.iter().map(whole).collect::<Vec<_>>() });
            let mut body = json.to_string().into_bytes();
            response = response.header("inference-header-content-length", body.len());
            body.extend(outputs.into_iter().flat_map(|one| one.bytes));
            body
        }
        Err((status, _, said)) => {
            response = response.status(status).header("location", other);
            json!({ "error": said }).to_string().into_bytes()
        }
    };
    let body = if garbage { b"<html>".to_vec() } else { body };
    response = response.header("content-length", body.len());
    response.body(pieces(body, does)).unwrap()
}

fn pieces(mut body: Vec<u8>, does: Does) -> Pieces {
    let broken = does == Does::Half;
    if broken {
        body.truncate(body.len() / 2);
    }
    let drip = (does == Does::Drip).then_some(Duration::from_millis(100));
    let length = if drip.is_some() { 1 } else { body.len().max(1) };
    let frames = body
        .chunks(length)
        .map(|part| Frame::data(Bytes::copy_from_slice(part)));
    Pieces {
        frames: frames.collect(),
        broken,
        drip,
        ..Pieces::default()
    }
}
