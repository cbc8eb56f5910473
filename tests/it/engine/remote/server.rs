//! A server of the Open Inference Protocol on this machine, which runs graphs by ONNX Runtime and fails as it was told to.

#[path = "server/encoded.rs"]
mod encoded;

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use half::f16;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::http::{Request, Response};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Tensor};
use pentimento::engine::Device;
use pentimento::engine::graph::{Dim, Element, Graph, Port};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::engine::{fixture, runtime};
use encoded::Call;

/// What goes wrong, and when.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// The kind of call: `ready`, `head` or `infer`.
    pub at: String,
    /// Calls of that kind that go well before.
    pub after: usize,
    /// How many calls it befalls; without a number all.
    pub times: Option<usize>,
    pub does: Does,
    /// Status over HTTP, and code over gRPC.
    pub status: [u16; 2],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    #[default]
    Nothing,
    /// The connection ends without an answer.
    Cut,
    /// It ends in the middle of the answer.
    Half,
    Silent,
    /// The answer comes, but later.
    Slow,
    /// A byte each tenth of a second.
    Drip,
    /// A side more in front of each tensor.
    Rank,
    /// Another length of the last side.
    Shape,
    /// Other types of tensors.
    Element,
    /// Nothing for the names that were asked for.
    Missing,
    /// Fewer bytes than the shape says.
    Short,
    /// A refusal with a status.
    Status,
    /// A page with a status over HTTP, as a proxy answers whatever it is asked in.
    Page,
    /// No answer of the protocol.
    Garbage,
    NotReady,
    /// Another server has it; over gRPC a refusal.
    Redirect,
}

/// How a server is set up.
#[derive(Default)]
pub struct Setup<'a> {
    pub grpc: bool,
    pub fault: Fault,
    pub token: Option<&'a str>,
    /// A certificate of the fixtures.
    pub certificate: Option<&'a str>,
    /// Where it sends those that are redirected to.
    pub other: String,
    /// Whether requests share batches, so that a timestep is `[batch, 1]`.
    pub columns: bool,
}

/// A tensor with its name.
#[derive(Clone, Debug)]
pub struct Named {
    pub name: String,
    pub datatype: String,
    pub shape: Vec<i64>,
    pub bytes: Vec<u8>,
}

pub enum Answer {
    Ready(bool),
    /// Inputs and outputs, without bytes.
    Head(Vec<Named>, Vec<Named>),
    Made(Vec<Named>),
}

/// Status over HTTP, code over gRPC, and what is said.
pub type Refusal = (u16, u16, String);

pub struct Server {
    /// Host and port.
    pub address: String,
    state: Arc<State>,
}

struct State {
    grpc: bool,
    fault: Fault,
    token: Option<String>,
    other: String,
    columns: bool,
    models: BTreeMap<String, Mutex<(Graph, Session)>>,
    asked: Mutex<Vec<String>>,
}

const DATATYPES: [(&str, Element); 6] = [
    ("FP16", Element::F16),
    ("FP32", Element::F32),
    ("FP64", Element::F64),
    ("INT32", Element::I32),
    ("INT64", Element::I64),
    ("BOOL", Element::Other(9)),
];

impl Server {
    /// Serves graphs by their names until the test is over.
    pub fn start(models: &[(&str, &Path)], setup: Setup<'_>) -> Self {
        let load = |(name, path): &(&str, &Path)| {
            let graph = Graph::read(std::fs::File::open(path).unwrap()).unwrap();
            let builder = Device::Cpu.session_builder(runtime());
            let session = builder.unwrap().commit_from_file(path).unwrap();
            ((*name).to_owned(), Mutex::new((graph, session)))
        };
        let state = Arc::new(State {
            grpc: setup.grpc,
            fault: setup.fault,
            token: setup.token.map(|token| format!("Bearer {token}")),
            other: setup.other,
            columns: setup.columns,
            models: models.iter().map(load).collect(),
            asked: Mutex::default(),
        });
        let acceptor = setup.certificate.map(|name| acceptor(name, setup.grpc));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = format!("localhost:{}", listener.local_addr().unwrap().port());
        let shared = Arc::clone(&state);
        let serve = move || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    // As servers do: else a short answer waits for 40 ms behind the one before it.
                    stream.set_nodelay(true).unwrap();
                    let (state, acceptor) = (Arc::clone(&shared), acceptor.clone());
                    tokio::spawn(async move {
                        match acceptor {
                            None => speak(stream, state).await,
                            Some(acceptor) => {
                                if let Ok(stream) = acceptor.accept(stream).await {
                                    speak(stream, state).await;
                                }
                            }
                        }
                    });
                }
            });
        };
        let thread = std::thread::Builder::new().name("server".into());
        thread.spawn(serve).unwrap();
        Self { address, state }
    }

    /// Its URL.
    pub fn url(&self, encrypted: bool) -> String {
        let scheme = if self.state.grpc { "grpc" } else { "http" };
        let s = if encrypted { "s" } else { "" };
        format!("{scheme}{s}://{}", self.address)
    }

    /// The kinds of calls that came, with the model's name behind them.
    pub fn asked(&self) -> Vec<String> {
        self.state.asked.lock().unwrap().clone()
    }
}

fn acceptor(certificate: &str, grpc: bool) -> TlsAcceptor {
    let file = |name: &str| fixture("tls").join(name);
    let chain = CertificateDer::pem_file_iter(file(certificate)).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let mut config = config
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.map(Result::unwrap).collect(), key)
        .unwrap();
    let protocol: &[u8] = if grpc { b"h2" } else { b"http/1.1" };
    config.alpn_protocols = vec![protocol.to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, state: Arc<State>) {
    let grpc = state.grpc;
    let service = service_fn(move |request| {
        let state = Arc::clone(&state);
        async move { state.serve(request).await }
    });
    let stream = TokioIo::new(stream);
    // A client may leave whenever it likes.
    let _ = match grpc {
        true => {
            http2::Builder::new(TokioExecutor::new())
                .serve_connection(stream, service)
                .await
        }
        false => {
            http1::Builder::new()
                .serve_connection(stream, service)
                .await
        }
    };
}

impl State {
    async fn serve(&self, request: Request<Incoming>) -> io::Result<Response<Pieces>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let call = Call::read(&head, &body);
        let kind = call.kind();
        let before = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(format!("{kind} {}", call.model()).trim().to_owned());
            let same = asked.iter().filter(|one| one.starts_with(kind));
            same.count() - 1
        };
        let fault = &self.fault;
        let until = fault.times.map_or(usize::MAX, |times| fault.after + times);
        let befalls = fault.at == kind && (fault.after..until).contains(&before);
        let does = if befalls { fault.does } else { Does::Nothing };
        match does {
            Does::Cut => return Err(io::Error::other("cut")),
            Does::Silent => tokio::time::sleep(Duration::from_secs(600)).await,
            Does::Slow => tokio::time::sleep(Duration::from_millis(150)).await,
            _ => {}
        }
        let sent = head.headers.get("authorization");
        let sent = sent.map(|token| token.to_str().unwrap());
        let answer = match does {
            _ if sent != self.token.as_deref() => Err((401, 16, "who are you?".to_owned())),
            Does::Status => {
                let [status, code] = fault.status;
                Err((status, code, "out of luck".to_owned()))
            }
            Does::Redirect => Err((307, 12, String::new())),
            Does::NotReady => Ok(Answer::Ready(false)),
            _ => self.answer(&call),
        };
        let mut answer = answer;
        match &mut answer {
            Ok(Answer::Head(inputs, outputs)) => {
                for tensor in inputs.iter_mut().chain(outputs) {
                    spoil(tensor, does);
                }
            }
            Ok(Answer::Made(outputs)) => {
                for tensor in outputs.iter_mut() {
                    spoil(tensor, does);
                }
            }
            _ => {}
        }
        if does == Does::Page {
            return Ok(encoded::page(self.fault.status[0]));
        }
        let garbage = does == Does::Garbage;
        Ok(match self.grpc {
            true => encoded::over_grpc(answer, does, garbage),
            false => encoded::over_http(answer, does, garbage, &self.other),
        })
    }

    fn answer(&self, call: &Call) -> Result<Answer, Refusal> {
        let model = |name: &str, version: &str| {
            let known = ["", "1"].contains(&version);
            let model = self.models.get(name).filter(|_| known);
            model.ok_or_else(|| (404, 5, format!("unknown model {name}")))
        };
        match call {
            Call::Ready => Ok(Answer::Ready(true)),
            Call::Head {
                model: name,
                version,
            } => {
                let (graph, _) = &*model(name, version)?.lock().unwrap();
                let named = |port: &Port| Named {
                    name: port.name.clone(),
                    datatype: datatype(port.element),
                    shape: (port.dims.iter().flatten())
                        .map(|dim| match dim {
                            Dim::Fixed(side) => *side,
                            Dim::Free(_) => -1,
                        })
                        .collect(),
                    bytes: Vec::new(),
                };
                let all = |ports: &[Port]| ports.iter().map(named).collect();
                let mut inputs: Vec<Named> = all(&graph.inputs);
                let timestep = |input: &&mut Named| self.columns && input.name == "timestep";
                for input in inputs.iter_mut().filter(timestep) {
                    input.shape = vec![-1, 1];
                }
                Ok(Answer::Head(inputs, all(&graph.outputs)))
            }
            Call::Infer {
                model: name,
                version,
                inputs,
                outputs,
            } => {
                let (_, session) = &mut *model(name, version)?.lock().unwrap();
                let batch = |input: &Named| input.shape.first().copied();
                if self.columns {
                    let batches: Vec<_> = inputs.iter().map(batch).collect();
                    assert!(batches.iter().all(|one| *one == batches[0]), "{batches:?}");
                }
                let fed = |input: &Named| {
                    let mut input = input.clone();
                    if self.columns && input.name == "timestep" {
                        assert_eq!(input.shape.pop(), Some(1));
                    }
                    (input.name.clone(), value(&input))
                };
                let inputs: Vec<_> = inputs.iter().map(fed).collect();
                let made = session.run(inputs);
                let made = made.map_err(|error| (500, 13, error.to_string()))?;
                let outputs = outputs
                    .iter()
                    .map(|name| output(name, &made[name.as_str()]));
                Ok(Answer::Made(outputs.collect()))
            }
        }
    }
}

fn datatype(element: Element) -> String {
    let row = DATATYPES.iter().find(|(_, own)| *own == element);
    row.unwrap().0.to_owned()
}

fn spoil(tensor: &mut Named, does: Does) {
    match does {
        Does::Rank => tensor.shape.insert(0, 1),
        Does::Shape => {
            tensor.shape.pop();
            tensor.shape.push(1);
            tensor
                .bytes
                .truncate(tensor.shape.iter().product::<i64>() as usize * 4);
        }
        Does::Element => {
            tensor.datatype = match tensor.datatype.as_str() {
                "FP32" => "INT64".to_owned(),
                _ => "BOOL".to_owned(),
            }
        }
        Does::Missing => tensor.name.push_str("_other"),
        Does::Short => {
            tensor.bytes.pop();
        }
        _ => {}
    }
}

fn value(tensor: &Named) -> SessionInputValue<'static> {
    fn all<T, const N: usize>(bytes: &[u8], number: fn([u8; N]) -> T) -> Vec<T> {
        bytes.as_chunks().0.iter().map(|one| number(*one)).collect()
    }
    let (shape, bytes) = (tensor.shape.clone(), &tensor.bytes[..]);
    match tensor.datatype.as_str() {
        "FP16" => Tensor::from_array((shape, all(bytes, f16::from_le_bytes)))
            .unwrap()
            .into(),
        "FP32" => Tensor::from_array((shape, all(bytes, f32::from_le_bytes)))
            .unwrap()
            .into(),
        "FP64" => Tensor::from_array((shape, all(bytes, f64::from_le_bytes)))
            .unwrap()
            .into(),
        "INT32" => Tensor::from_array((shape, all(bytes, i32::from_le_bytes)))
            .unwrap()
            .into(),
        "INT64" => Tensor::from_array((shape, all(bytes, i64::from_le_bytes)))
            .unwrap()
            .into(),
        other => panic!("{other}"),
    }
}

fn output(name: &str, value: &DynValue) -> Named {
    let (datatype, shape, bytes) = match value.try_extract_tensor::<f32>() {
        Ok((shape, values)) => {
            let bytes = values.iter().flat_map(|value| value.to_le_bytes());
            ("FP32", shape.to_vec(), bytes.collect())
        }
        Err(_) => {
            let (shape, values) = value.try_extract_tensor::<f16>().unwrap();
            let bytes = values.iter().flat_map(|value| value.to_le_bytes());
            ("FP16", shape.to_vec(), bytes.collect())
        }
    };
    Named {
        name: name.to_owned(),
        datatype: datatype.to_owned(),
        shape,
        bytes,
    }
}

/// A body in pieces.
#[derive(Default)]
pub struct Pieces {
    pub frames: VecDeque<Frame<Bytes>>,
    /// Whether the connection ends behind them.
    pub broken: bool,
    /// Time before each.
    pub drip: Option<Duration>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(drip) = self.drip {
            let sleep = self
                .sleep
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(drip)));
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.sleep = None;
        }
        Poll::Ready(match self.frames.pop_front() {
            Some(frame) => Some(Ok(frame)),
            None if self.broken => Some(Err(io::Error::other("cut"))),
            None => None,
        })
    }
}
