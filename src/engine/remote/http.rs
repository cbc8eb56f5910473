//! The protocol over HTTP, tensors as binary data behind the JSON (Triton's `extension_binary_data`).

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value as Json, json};

use super::address::Address;
use super::connection::{MOST, Trouble, UNREADY, is_unknown};
use super::protocol::{Output, TensorMetadata, datatype, element, graph};
use super::{Fed, Served};
use crate::engine::device::one_line;
use crate::engine::graph::{Element, Graph};

/// Length of the JSON in front of binary data, bytes.
const HEADER_LENGTH: &str = "inference-header-content-length";

/// What a name in a path may not have; Triton takes what need not be encoded only as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Most of an error's text that is shown, characters.
const SHOWN: usize = 300;

/// What carries the calls of a client, and its token with them.
pub(super) struct Channel<'a> {
    pub sender: &'a mut SendRequest<Full<Bytes>>,
    pub address: &'a Address,
    pub token: Option<HeaderValue>,
}

/// Whether the server is ready: only its status tells.
pub(super) async fn ready(channel: Channel<'_>) -> Result<(), Trouble> {
    match call(channel, Method::GET, "/v2/health/ready", Vec::new(), None).await {
        Ok(_) => Ok(()),
        Err(Trouble::Refused(text) | Trouble::Unfit(text)) => {
            Err(Trouble::Busy(format!("{UNREADY}: {text}")))
        }
        Err(trouble) => Err(trouble),
    }
}

/// The head of a model.
pub(super) async fn head(channel: Channel<'_>, served: &Served) -> Result<Graph, Trouble> {
    let (_, body) = call(channel, Method::GET, &path(served), Vec::new(), None).await?;
    let json: Json = serde_json::from_slice(&body).map_err(no_answer)?;
    let tensors = |name: &str| -> Option<Vec<TensorMetadata>> {
        let tensor = |json: &Json| {
            Some(TensorMetadata {
                name: json["name"].as_str()?.to_owned(),
                datatype: json["datatype"].as_str()?.to_owned(),
                shape: shape(json)?,
            })
        };
        json[name].as_array()?.iter().map(tensor).collect()
    };
    let tensors = tensors("inputs").zip(tensors("outputs"));
    let (inputs, outputs) = tensors.ok_or_else(|| no_answer("metadata without tensors"))?;
    Ok(graph(&inputs, &outputs))
}

/// Runs a model.
pub(super) async fn infer(
    channel: Channel<'_>,
    served: &Served,
    inputs: &[Fed],
    names: &[&str],
) -> Result<Vec<Output>, Trouble> {
    let mut data = Vec::new();
    let mut tensors = Vec::new();
    for (name, tensor) in inputs {
        let bytes = tensor.bytes();
        tensors.push(json!({
            "name": name,
            "shape": tensor.shape,
            "datatype": datatype(tensor.element()),
            "parameters": { "binary_data_size": bytes.len() },
        }));
        data.extend(bytes);
    }
    let output = |name: &&str| json!({ "name": name, "parameters": { "binary_data": true } });
    let outputs: Vec<_> = names.iter().map(output).collect();
    let mut body = json!({ "inputs": tensors, "outputs": outputs })
        .to_string()
        .into_bytes();
    let length = body.len();
    body.extend(data);
    let path = format!("{}/infer", path(served));
    let (heads, body) = call(channel, Method::POST, &path, body, Some(length)).await?;
    let length = heads.get(HEADER_LENGTH).map(|length| {
        let length = length.to_str().ok().and_then(|length| length.parse().ok());
        length.filter(|length| *length <= body.len())
    });
    let length = match length {
        Some(length) => length.ok_or_else(|| no_answer("a JSON header of a wrong length"))?,
        None => body.len(),
    };
    let (header, mut data) = body.split_at(length);
    let json: Json = serde_json::from_slice(header).map_err(no_answer)?;
    let mut output = |json: &Json| -> Option<Output> {
        let datatype = json["datatype"].as_str()?.to_owned();
        let bytes = match json["parameters"]["binary_data_size"].as_u64() {
            Some(size) => {
                let (own, rest) = data.split_at_checked(usize::try_from(size).ok()?)?;
                data = rest;
                own.to_vec()
            }
            None => numbers(&json["data"], element(&datatype))?,
        };
        Some(Output {
            name: json["name"].as_str()?.to_owned(),
            shape: shape(json)?,
            datatype,
            bytes,
        })
    };
    let outputs = json["outputs"].as_array();
    let outputs = outputs.and_then(|all| all.iter().map(&mut output).collect());
    outputs.ok_or_else(|| no_answer("outputs that are cut short or incomplete"))
}

/// Numbers as JSON, in rows or not, little-endian.
fn numbers(json: &Json, element: Element) -> Option<Vec<u8>> {
    match json {
        Json::Array(rows) => {
            let rows = rows.iter().map(|row| numbers(row, element));
            Some(rows.collect::<Option<Vec<_>>>()?.concat())
        }
        number => {
            let number = number.as_f64()?;
            match element {
                Element::F32 => Some((number as f32).to_le_bytes().to_vec()),
                Element::F64 => Some(number.to_le_bytes().to_vec()),
                _ => None,
            }
        }
    }
}

fn shape(json: &Json) -> Option<Vec<i64>> {
    json["shape"].as_array()?.iter().map(Json::as_i64).collect()
}

fn path(served: &Served) -> String {
    let part = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    let version = served.version.as_ref();
    let version = version.map_or_else(String::new, |one| format!("/versions/{}", part(one)));
    format!("/v2/models/{}{version}", part(&served.name))
}

async fn call(
    channel: Channel<'_>,
    method: Method,
    path: &str,
    body: Vec<u8>,
    header_length: Option<usize>,
) -> Result<(HeaderMap, Bytes), Trouble> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", channel.address.path))
        .header(HOST, channel.address.authority());
    if let Some(token) = &channel.token {
        request = request.header(AUTHORIZATION, token);
    }
    if let Some(length) = header_length {
        request = request
            .header(HEADER_LENGTH, length)
            .header(CONTENT_TYPE, "application/octet-stream");
    }
    let request = request.body(Full::new(Bytes::from(body)));
    let request = request.map_err(|error| Trouble::Refused(error.to_string()))?;
    channel.sender.ready().await.map_err(Trouble::unreached)?;
    let answer = channel.sender.send_request(request).await;
    let (head, body) = answer.map_err(Trouble::unreached)?.into_parts();
    let body = collect(body).await?;
    if head.status.is_success() {
        return Ok((head.headers, body));
    }
    let said = serde_json::from_slice::<Json>(&body).ok();
    let said = said.and_then(|json| Some(json["error"].as_str()?.to_owned()));
    // A proxy's page says no more than its status does.
    let plain = || Some(&body).filter(|body| !body.trim_ascii_start().starts_with(b"<"));
    let said = said.or_else(|| Some(String::from_utf8_lossy(plain()?).into_owned()));
    let said = said.unwrap_or_default();
    let said: String = one_line(&said).chars().take(SHOWN).collect();
    let text = match said.is_empty() {
        true => head.status.to_string(),
        false => format!("{}: {said}", head.status.as_u16()),
    };
    Err(refusal(head.status, text))
}

/// What a status means that is no success, also where a proxy gives it in the place of an answer over gRPC.
pub(super) fn refusal(status: StatusCode, text: String) -> Trouble {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Trouble::Denied(text),
        StatusCode::PAYLOAD_TOO_LARGE => Trouble::TooMuch(text),
        StatusCode::SERVICE_UNAVAILABLE => Trouble::Busy(text),
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => Trouble::Unreached(text),
        StatusCode::NOT_FOUND => Trouble::Missing(text),
        StatusCode::BAD_REQUEST if is_unknown(&text) => Trouble::Missing(text),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Trouble::Unfit(text),
        _ => Trouble::Refused(text),
    }
}

async fn collect(body: Incoming) -> Result<Bytes, Trouble> {
    let body = Limited::new(body, MOST).collect().await;
    body.map(http_body_util::Collected::to_bytes)
        .map_err(|error| Trouble::Unreached(error.to_string()))
}

fn no_answer(problem: impl ToString) -> Trouble {
    Trouble::Refused(format!(
        "its answer is none of the Open Inference Protocol ({})",
        problem.to_string()
    ))
}
