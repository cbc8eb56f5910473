//! The protocol over gRPC, tensors as raw contents.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper::http::header::AUTHORIZATION;
use hyper::http::uri::PathAndQuery;
use hyper::http::{HeaderValue, Request, Response, StatusCode, Uri};
use tonic::body::Body;
use tonic::client::{Grpc, GrpcService};
use tonic::{Code, Status};
use tonic_prost::ProstCodec;

use super::address::Address;
use super::connection::{MOST, Trouble, UNREADY, is_unknown};
use super::protocol::{
    InferOutput, ModelInferRequest, ModelInferResponse, ModelMetadataResponse, ModelRequest,
    Output, ReadyRequest, ReadyResponse, RequestedOutput, TensorMetadata, datatype,
};
use super::{Fed, Served, http};
use crate::engine::graph::Graph;

/// What carries the calls of a client, and its token with them.
pub(super) struct Channel<'a> {
    pub sender: &'a mut SendRequest<Body>,
    pub address: &'a Address,
    pub token: Option<HeaderValue>,
}

/// Why a call has no answer of the protocol.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broke {
    #[error("{0}")]
    Connection(#[source] hyper::Error),
    /// A proxy answers in the server's place.
    #[error("{0}")]
    Status(StatusCode),
}

impl GrpcService<Body> for Channel<'_> {
    type ResponseBody = Incoming;
    type Error = Broke;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Incoming>, Broke>>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Broke>> {
        self.sender.poll_ready(context).map_err(Broke::Connection)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if let Some(token) = &self.token {
            request.headers_mut().insert(AUTHORIZATION, token.clone());
        }
        let sent = self.sender.send_request(request);
        Box::pin(async {
            let answer = sent.await.map_err(Broke::Connection)?;
            match answer.status() {
                StatusCode::OK => Ok(answer),
                status => Err(Broke::Status(status)),
            }
        })
    }
}

/// Whether the server is ready.
pub(super) async fn ready(channel: Channel<'_>) -> Result<(), Trouble> {
    let answer: ReadyResponse = call(channel, "ServerReady", ReadyRequest {}).await?;
    match answer.ready {
        true => Ok(()),
        false => Err(Trouble::Busy(UNREADY.to_owned())),
    }
}

/// The head of a model.
pub(super) async fn head(channel: Channel<'_>, served: &Served) -> Result<Graph, Trouble> {
    let request = ModelRequest {
        name: served.name.clone(),
        version: served.version.clone().unwrap_or_default(),
    };
    let answer: ModelMetadataResponse = call(channel, "ModelMetadata", request).await?;
    Ok(super::protocol::graph(&answer.inputs, &answer.outputs))
}

/// Runs a model.
pub(super) async fn infer(
    channel: Channel<'_>,
    served: &Served,
    inputs: &[Fed],
    names: &[&str],
) -> Result<Vec<Output>, Trouble> {
    let tensor = |(name, tensor): &Fed| TensorMetadata {
        name: name.to_string(),
        datatype: datatype(tensor.element()).to_owned(),
        shape: tensor.shape.iter().map(|side| *side as i64).collect(),
    };
    let output = |name: &&str| RequestedOutput {
        name: (*name).to_owned(),
    };
    let request = ModelInferRequest {
        model_name: served.name.clone(),
        model_version: served.version.clone().unwrap_or_default(),
        inputs: inputs.iter().map(tensor).collect(),
        outputs: names.iter().map(output).collect(),
        raw_input_contents: inputs.iter().map(|(_, tensor)| tensor.bytes()).collect(),
    };
    let answer: ModelInferResponse = call(channel, "ModelInfer", request).await?;
    let is_raw = !answer.raw_output_contents.is_empty();
    let mut raw = answer.raw_output_contents.into_iter();
    let output = |output: InferOutput| Output {
        name: output.name,
        datatype: output.datatype,
        shape: output.shape,
        bytes: match output.contents {
            Some(contents) if !is_raw => contents.bytes(),
            _ => raw.next().unwrap_or_default(),
        },
    };
    Ok(answer.outputs.into_iter().map(output).collect())
}

async fn call<M, N>(channel: Channel<'_>, method: &str, message: M) -> Result<N, Trouble>
where
    M: prost::Message + Send + Sync + 'static,
    N: prost::Message + Default + Send + Sync + 'static,
{
    // Only the scheme and the authority of it are sent.
    let origin = Uri::builder()
        .scheme(match channel.address.is_encrypted() {
            true => "https",
            false => "http",
        })
        .authority(channel.address.authority())
        .path_and_query("/")
        .build();
    let origin = origin.map_err(|error| Trouble::Unreached(error.to_string()))?;
    let path = format!("/inference.GRPCInferenceService/{method}");
    let path = PathAndQuery::try_from(path);
    let path = path.map_err(|error| Trouble::Refused(error.to_string()))?;
    let mut client = Grpc::with_origin(channel, origin)
        .max_decoding_message_size(MOST)
        .max_encoding_message_size(MOST);
    client.ready().await.map_err(Trouble::unreached)?;
    let answer = client
        .unary(tonic::Request::new(message), path, ProstCodec::default())
        .await;
    answer.map(tonic::Response::into_inner).map_err(trouble)
}

fn trouble(status: Status) -> Trouble {
    let text = status.message().to_owned();
    let source = std::error::Error::source(&status);
    if let Some(Broke::Status(status)) = source.and_then(|source| source.downcast_ref()) {
        return http::refusal(*status, status.to_string());
    }
    let broke = source.is_some();
    match status.code() {
        Code::ResourceExhausted => Trouble::TooMuch(text),
        Code::Unavailable if broke || text.is_empty() => Trouble::Unreached(text),
        Code::Unavailable => Trouble::Busy(text),
        Code::NotFound => Trouble::Missing(text),
        Code::InvalidArgument if is_unknown(&text) => Trouble::Missing(text),
        Code::Unauthenticated | Code::PermissionDenied => Trouble::Denied(text),
        // Without a word of the server's the connection broke.
        _ if broke => Trouble::unreached(status),
        code => {
            let text = match text.is_empty() {
                true => code.description().to_owned(),
                false => text,
            };
            match code {
                Code::InvalidArgument | Code::OutOfRange => Trouble::Unfit(text),
                _ => Trouble::Refused(text),
            }
        }
    }
}
