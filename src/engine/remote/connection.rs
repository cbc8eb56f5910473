//! A client of one server for a thread that blocks: it connects, waits no longer than it may, and begins again where a connection broke.

use std::error::Error;
use std::future::Future;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::{http1, http2};
use hyper::http::HeaderValue;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::address::Address;
use super::protocol::Output;
use super::{Fed, Remote, Served, TOKEN, grpc, http, keychain};
use crate::engine::cancel::Cancel;
use crate::engine::graph::Graph;

/// Largest message that is taken, bytes.
pub(super) const MOST: usize = 1 << 30;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a server may take to say what it has.
const LOOK_UP: Duration = Duration::from_secs(10);

/// How often a call is made again that found no server: a run changes nothing there, so that it may be repeated.
const RETRIES: u32 = 2;

/// Time before the first of them; each waits twice as long as the one before.
const PAUSE: Duration = Duration::from_millis(200);

/// How often a waiting call looks whether it was stopped.
const LOOK: Duration = Duration::from_millis(20);

/// Bytes that a server may send before it has to hear that they arrived: a picture of 1024 pixels.
const WINDOW: u32 = 16 << 20;

/// What a server is that answers, but runs nothing.
pub(super) const UNREADY: &str = "it is not ready yet";

/// Whether a refusal is Triton's of a model that it does not have.
pub(super) fn is_unknown(text: &str) -> bool {
    text.contains("unknown model") || text.contains("is not found")
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub(in crate::engine) enum Trouble {
    #[error("the server is not reached ({0}); look whether it runs, and at its address and port")]
    Unreached(String),
    #[error("the server answers, but does not run this now ({0}); look at its log, or wait")]
    Busy(String),
    #[error(
        "the server asks for a token ({0}); put it into {TOKEN}, into a file for --server-token-file, or with `pentimento server-token` into the keychain"
    )]
    NoToken(String),
    #[error(
        "the server refuses the token ({0}); put the one that it knows into {TOKEN}, into a file for --server-token-file, or with `pentimento server-token` into the keychain"
    )]
    Denied(String),
    #[error(
        "the server's message limit is too small for this ({0}); raise it there, choose a smaller size, or run this network here"
    )]
    TooMuch(String),
    #[error("the server did not answer within {} s; give it more with --server-timeout, or look at its load", .0.as_secs_f32())]
    TimedOut(Duration),
    #[error("the server is reached, but did not say within {} s what it has; look at its load, or try again", .0.as_secs_f32())]
    Slow(Duration),
    #[error(
        "no encrypted connection can be made ({0}); its certificate has to be valid, for its host, and of an authority that is trusted (--server-ca FILE)"
    )]
    Untrusted(String),
    #[error("the server does not have it: {0}")]
    Missing(String),
    #[error("the server says: {0}")]
    Refused(String),
    /// What was asked for, as any server of the network would.
    #[error("the server says: {0}")]
    Unfit(String),
    #[error("the server gave {0}")]
    Gave(String),
    #[error("stopped")]
    Cancelled,
}

impl Trouble {
    /// A connection that broke, with what lies at the bottom of it.
    pub(super) fn unreached(error: impl Error) -> Self {
        let mut last: &dyn Error = &error;
        while let Some(source) = last.source() {
            last = source;
        }
        Self::Unreached(last.to_string())
    }

    /// Whether it lies in what was asked for, so that no other server takes that.
    pub fn is_of_request(&self) -> bool {
        matches!(self, Self::Unfit(_) | Self::TooMuch(_))
    }
}

/// A client of one server.
pub(in crate::engine) struct Client {
    pub address: Address,
    tls: Option<TlsConnector>,
    /// That of the file or the environment.
    token: Option<HeaderValue>,
    /// That of the keychain, which is asked when the server wants one and none is given.
    kept: Mutex<Option<HeaderValue>>,
    timeout: Duration,
    /// Kept from one call to the next; one that broke is not.
    connection: Mutex<Option<Connection>>,
}

/// A connection, and what moves it on while its thread waits for an answer.
struct Connection {
    runtime: Option<Runtime>,
    sender: Sender,
}

enum Sender {
    Http(http1::SendRequest<Full<Bytes>>),
    Grpc(http2::SendRequest<tonic::body::Body>),
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // The name of a host may still be looked up.
            runtime.shutdown_background();
        }
    }
}

impl Client {
    /// A client that has not connected yet.
    ///
    /// # Errors
    /// One line, when the token or the authorities cannot be read.
    pub fn of(remote: &Remote) -> Result<Self, String> {
        let token = match &remote.token_file {
            Some(path) => Some(
                std::fs::read_to_string(path)
                    .map_err(|error| format!("{}: {error}", path.display()))?,
            ),
            None => std::env::var(TOKEN).ok(),
        };
        let encrypted = remote.server.is_encrypted();
        Ok(Self {
            address: remote.server.clone(),
            tls: encrypted.then(|| tls(remote)).transpose()?,
            token: bearer(token.as_deref().unwrap_or_default())?,
            kept: Mutex::default(),
            timeout: remote.timeout,
            connection: Mutex::new(None),
        })
    }

    /// Whether it has a token to send.
    pub fn has_token(&self) -> bool {
        self.token().is_some()
    }

    fn token(&self) -> Option<HeaderValue> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.token.clone().or_else(|| kept().clone())
    }

    /// Whether the keychain has another token than the one that was sent.
    fn asks_keychain(&self, cancel: &Cancel) -> bool {
        let (sender, answer) = sync_channel(1);
        let server = self.address.clone();
        // Its owner may be asked to unlock it, and a stop does not wait for that.
        let thread = std::thread::Builder::new().name("keychain".to_owned());
        let started = thread.spawn(move || sender.send(keychain::token(&server)));
        let found = loop {
            match answer.recv_timeout(LOOK) {
                Err(RecvTimeoutError::Timeout) if started.is_ok() && !cancel.is_cancelled() => {}
                found => break found,
            }
        };
        let found = match found {
            Ok(Ok(token)) => bearer(token.as_deref().unwrap_or_default()),
            Ok(Err(line)) => Err(line),
            Err(_) => return false,
        };
        let found = found.unwrap_or_else(|line| {
            tracing::info!("{}: {line}", self.address);
            None
        });
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = found.is_some() && *kept != found;
        *kept = found;
        is_new
    }

    /// Whether the server is ready to run what it has.
    pub fn ready(&self, cancel: &Cancel) -> Result<(), Trouble> {
        self.look_up(cancel, async |sender: &mut Sender| match sender {
            Sender::Http(sender) => http::ready(self.http(sender)).await,
            Sender::Grpc(sender) => grpc::ready(self.grpc(sender)).await,
        })
    }

    /// The head of a model.
    pub fn head(&self, served: &Served, cancel: &Cancel) -> Result<Graph, Trouble> {
        self.look_up(cancel, async |sender: &mut Sender| match sender {
            Sender::Http(sender) => http::head(self.http(sender), served).await,
            Sender::Grpc(sender) => grpc::head(self.grpc(sender), served).await,
        })
    }

    /// Runs a model.
    pub fn infer(
        &self,
        served: &Served,
        inputs: &[Fed],
        names: &[&str],
        cancel: &Cancel,
    ) -> Result<Vec<Output>, Trouble> {
        self.call(
            self.timeout,
            cancel,
            async |sender: &mut Sender| match sender {
                Sender::Http(sender) => http::infer(self.http(sender), served, inputs, names).await,
                Sender::Grpc(sender) => grpc::infer(self.grpc(sender), served, inputs, names).await,
            },
        )
    }

    fn http<'a>(&'a self, sender: &'a mut http1::SendRequest<Full<Bytes>>) -> http::Channel<'a> {
        http::Channel {
            sender,
            address: &self.address,
            token: self.token(),
        }
    }

    fn grpc<'a>(
        &'a self,
        sender: &'a mut http2::SendRequest<tonic::body::Body>,
    ) -> grpc::Channel<'a> {
        grpc::Channel {
            sender,
            address: &self.address,
            token: self.token(),
        }
    }

    /// A call that a server answers without running anything.
    fn look_up<T>(
        &self,
        cancel: &Cancel,
        call: impl AsyncFn(&mut Sender) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let longest = LOOK_UP.min(self.timeout);
        self.call(longest, cancel, call)
            .map_err(|trouble| match trouble {
                Trouble::TimedOut(LOOK_UP) => Trouble::Slow(LOOK_UP),
                trouble => trouble,
            })
    }

    /// Does a call over the connection that is kept, or over a new one.
    fn call<T>(
        &self,
        longest: Duration,
        cancel: &Cancel,
        call: impl AsyncFn(&mut Sender) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let mut held = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut pause = PAUSE;
        for left in (0..=RETRIES).rev() {
            let connection = match held.take() {
                Some(connection) => Ok(connection),
                None => self.connect(cancel),
            };
            let done = connection.and_then(|mut connection| {
                let Connection { runtime, sender } = &mut connection;
                let value = match runtime {
                    Some(runtime) => wait(runtime, longest, cancel, call(sender)),
                    None => Err(Trouble::Cancelled),
                }?;
                *held = Some(connection);
                Ok(value)
            });
            match done {
                Err(Trouble::Unreached(why) | Trouble::Busy(why))
                    if left > 0 && !cancel.is_cancelled() =>
                {
                    tracing::info!("{}: {why}; it is tried again", self.address);
                    std::thread::sleep(pause);
                    pause *= 2;
                }
                Err(Trouble::Denied(text)) if self.token.is_none() => {
                    let sent = self.has_token();
                    if left == 0 || !self.asks_keychain(cancel) {
                        let none = !sent && !self.has_token();
                        return Err(if none {
                            Trouble::NoToken
                        } else {
                            Trouble::Denied
                        }(text));
                    }
                }
                done => return done,
            }
        }
        Err(Trouble::Cancelled)
    }

    fn connect(&self, cancel: &Cancel) -> Result<Connection, Trouble> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Trouble::Refused(error.to_string()))?;
        let sender = wait(&runtime, CONNECT, cancel, self.open());
        let sender = sender.map_err(|trouble| match trouble {
            Trouble::TimedOut(_) => Trouble::Unreached("no answer".to_owned()),
            trouble => trouble,
        });
        let runtime = Some(runtime);
        match sender {
            Ok(sender) => Ok(Connection { runtime, sender }),
            Err(trouble) => {
                if let Some(runtime) = runtime {
                    runtime.shutdown_background();
                }
                Err(trouble)
            }
        }
    }

    async fn open(&self) -> Result<Sender, Trouble> {
        let Address { host, port, .. } = &self.address;
        let stream = TcpStream::connect((host.as_str(), *port)).await;
        let stream = stream.map_err(Trouble::unreached)?;
        stream.set_nodelay(true).map_err(Trouble::unreached)?;
        match &self.tls {
            None => self.speak(stream).await,
            Some(tls) => {
                let name = ServerName::try_from(host.clone());
                let name = name.map_err(|error| Trouble::Refused(error.to_string()))?;
                // A wrong certificate stays wrong.
                let stream = tls.connect(name, stream).await;
                let stream = stream.map_err(|error| Trouble::Untrusted(error.to_string()))?;
                self.speak(stream).await
            }
        }
    }

    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<Sender, Trouble> {
        let stream = TokioIo::new(stream);
        if self.address.scheme.is_grpc() {
            let (sender, connection) = http2::Builder::new(TokioExecutor::new())
                .initial_stream_window_size(WINDOW)
                .initial_connection_window_size(WINDOW)
                .handshake(stream)
                .await
                .map_err(Trouble::unreached)?;
            tokio::spawn(connection);
            return Ok(Sender::Grpc(sender));
        }
        let opened = http1::handshake(stream).await;
        let (sender, connection) = opened.map_err(Trouble::unreached)?;
        tokio::spawn(connection);
        Ok(Sender::Http(sender))
    }
}

/// The header of a token, without space around it; nothing of an empty one.
pub(super) fn bearer(token: &str) -> Result<Option<HeaderValue>, String> {
    let token = token.trim();
    if token.is_empty() {
        return Ok(None);
    }
    let value = HeaderValue::try_from(format!("Bearer {token}"));
    let mut value = value.map_err(|_| "the token has characters that none can have")?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// What encrypts connections.
fn tls(remote: &Remote) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    match &remote.authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let problem = |error: &dyn std::fmt::Display| {
                format!(
                    "{}: it holds no certificates ({error}); give a PEM file",
                    path.display()
                )
            };
            let certificates =
                CertificateDer::pem_file_iter(path).map_err(|error| problem(&error))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| problem(&error))?;
                roots.add(certificate).map_err(|error| problem(&error))?;
            }
            if roots.is_empty() {
                return Err(problem(&"none in it"));
            }
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    let protocol: &[u8] = match remote.server.scheme.is_grpc() {
        true => b"h2",
        false => b"http/1.1",
    };
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Waits for an answer, so long and until it is stopped.
fn wait<T>(
    runtime: &Runtime,
    longest: Duration,
    cancel: &Cancel,
    work: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    let stopped = async {
        while !cancel.is_cancelled() {
            tokio::time::sleep(LOOK).await;
        }
    };
    runtime.block_on(async {
        tokio::select! {
            done = work => done,
            () = stopped => Err(Trouble::Cancelled),
            () = tokio::time::sleep(longest) => Err(Trouble::TimedOut(longest)),
        }
    })
}
