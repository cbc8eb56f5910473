//! Networks that run on a server of the Open Inference Protocol, version 2 (Triton, KServe, OpenVINO Model Server), in the place of sessions here.
//!
//! A server's metadata takes the place of a graph's head, so that all that is checked of a graph is checked of it. Does not know what a network is for.

mod address;
mod connection;
mod grpc;
mod http;
mod protocol;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use ndarray::ArrayD;

pub use address::Address;

use super::cancel::Cancel;
use super::device::one_line;
use super::error::EngineError;
use super::graph::Graph;
use super::part::Part;
use super::ports::VaePorts;
use super::source::{GraphBytes, ModelSource};
use super::tensor::{Tensor, read_bytes};
use connection::Client;
pub(super) use connection::Trouble;

/// The environment variable that holds the token which a server asks for.
pub const TOKEN: &str = "PENTIMENTO_SERVER_TOKEN";

/// How long one call may take unless it is said, seconds: the first may have to wait for the server to load the model.
pub const TIMEOUT: u64 = 300;

/// The networks of a model that may run on a server, as folders of diffusers are called.
pub const ROLES: [&str; 6] = [
    UNET,
    CONTROLNET,
    "text_encoder",
    "text_encoder_2",
    VAE_ENCODER,
    VAE_DECODER,
];
pub(super) const UNET: &str = "unet";
pub(super) const CONTROLNET: &str = "controlnet";
pub(super) const VAE_ENCODER: &str = "vae_encoder";
pub(super) const VAE_DECODER: &str = "vae_decoder";

/// Predictions that go to a server in one call where its model leaves that free: what a prompt and its opposite take.
pub(super) const AT_ONCE: usize = 2;

/// A server, and what runs there in the place of here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Remote {
    /// Where it is.
    pub server: Address,
    /// What runs there.
    pub networks: RemoteNetworks,
    /// Certificates in the place of those that Mozilla trusts: a PEM file.
    pub authorities: Option<PathBuf>,
    /// A file with the token that it asks for; else [`TOKEN`] has it.
    pub token_file: Option<PathBuf>,
    /// How long one call may take.
    pub timeout: Duration,
}

impl Remote {
    /// A server with what usually runs there.
    #[must_use]
    pub fn of(server: Address) -> Self {
        Self {
            server,
            networks: RemoteNetworks::default(),
            authorities: None,
            token_file: None,
            timeout: Duration::from_secs(TIMEOUT),
        }
    }
}

/// Which networks run on a server, as written: `unet,vae_decoder=sd15-vae@2`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoteNetworks(Vec<RemoteNetwork>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RemoteNetwork {
    role: &'static str,
    /// Which ControlNet, by the name that recipes call it; without one all of them.
    one: Option<String>,
    /// What the server calls it; without one it is called by what is usual.
    name: Option<String>,
    /// Version on the server; without one it chooses.
    version: Option<String>,
}

impl Default for RemoteNetworks {
    /// What runs in every step, and takes most of the memory.
    fn default() -> Self {
        let network = |role| RemoteNetwork {
            role,
            one: None,
            name: None,
            version: None,
        };
        Self(vec![network(UNET), network(CONTROLNET)])
    }
}

impl FromStr for RemoteNetworks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let network = |text: &str| -> Result<RemoteNetwork, String> {
            let (text, version) = match text.rsplit_once('@') {
                Some((text, version)) => (text, Some(version.trim())),
                None => (text, None),
            };
            let (role, name) = match text.split_once('=') {
                Some((role, name)) => (role.trim(), Some(name.trim())),
                None => (text.trim(), None),
            };
            let of_control = role.strip_prefix(CONTROLNET);
            let one = of_control.and_then(|rest| rest.strip_prefix('-'));
            let role = one.map_or(role, |_| CONTROLNET);
            let known = ROLES.iter().find(|known| **known == role);
            let empty = [name, version, one].contains(&Some(""));
            match known {
                Some(role) if !empty => Ok(RemoteNetwork {
                    role,
                    one: one.map(str::to_owned),
                    name: name.map(str::to_owned),
                    version: version.map(str::to_owned),
                }),
                _ => Err(format!(
                    "`{text}` is no network of a model; give some of {}, each with its name on the server behind it where that is not usual, as in unet=sd15-unet",
                    ROLES.join(", ")
                )),
            }
        };
        let networks = text.split(',').map(network);
        let networks = networks.collect::<Result<Vec<_>, _>>()?;
        for (at, network) in networks.iter().enumerate() {
            let RemoteNetwork { role, one, .. } = network;
            if *role == CONTROLNET && one.is_none() && network.name.is_some() {
                return Err(format!(
                    "say which ControlNet that is: {CONTROLNET}-NAME=…, as recipes call it"
                ));
            }
            if networks[..at]
                .iter()
                .any(|other| other.role == *role && other.one == *one)
            {
                return Err(format!("`{role}` is given twice; give each network once"));
            }
        }
        Ok(Self(networks))
    }
}

impl fmt::Display for RemoteNetworks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{}", network.role)?;
            let parts = [
                ('-', &network.one),
                ('=', &network.name),
                ('@', &network.version),
            ];
            for (mark, text) in parts {
                if let Some(text) = text {
                    write!(f, "{mark}{text}")?;
                }
            }
        }
        Ok(())
    }
}

impl RemoteNetworks {
    /// Whether a network runs on the server.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.0.iter().any(|one| one.role == role)
    }

    /// Whether a ControlNet of that name is among them.
    pub(super) fn has_control(&self, name: &str) -> bool {
        let controls = self.0.iter().filter(|one| one.role == CONTROLNET);
        let mut names = controls.map(|control| control.one.as_deref());
        names.any(|one| one.is_none_or(|one| one == name))
    }
}

/// Where the networks of a model run: here, and on the server of its kit.
pub(super) struct Places<'a> {
    remote: Option<(&'a Remote, Arc<Client>)>,
    /// What the model is called.
    model: String,
    cancel: &'a Cancel,
}

impl<'a> Places<'a> {
    /// Asks the server, where there is one, whether it is ready.
    ///
    /// # Errors
    /// [`EngineError::Server`] when it is not reached, refuses the token or is not ready yet.
    pub fn of(
        remote: Option<&'a Remote>,
        model: String,
        cancel: &'a Cancel,
    ) -> Result<Self, EngineError> {
        let connect = |remote: &'a Remote| {
            let client = Client::of(remote).map_err(|problem| server_error(remote, problem))?;
            let ready = client.ready(cancel);
            ready.map_err(|trouble| told(remote, trouble))?;
            Ok::<_, EngineError>((remote, Arc::new(client)))
        };
        Ok(Self {
            remote: remote.map(connect).transpose()?,
            model,
            cancel,
        })
    }

    /// All networks run here.
    pub fn here() -> Places<'static> {
        static NEVER: std::sync::LazyLock<Cancel> = std::sync::LazyLock::new(Cancel::new);
        Places {
            remote: None,
            model: String::new(),
            cancel: &NEVER,
        }
    }

    /// What there is to tell of how the server is reached.
    pub fn notes(&self) -> Option<String> {
        let (remote, client) = self.remote.as_ref()?;
        let open = client.has_token() && !remote.server.is_encrypted();
        open.then(|| {
            format!(
                "the token goes unencrypted to {}; https:// and grpcs:// encrypt it",
                remote.server
            )
        })
    }

    /// Whether a network runs on the server.
    pub fn has(&self, role: &str) -> bool {
        self.remote
            .as_ref()
            .is_some_and(|(remote, _)| remote.networks.has(role))
    }

    /// A network: of the server where it runs there, else what `here` gives.
    ///
    /// # Errors
    /// [`EngineError::Server`] when the server does not have it; what `bind` and `here` say.
    pub fn part<P>(
        &self,
        role: &str,
        bind: impl FnOnce(&Graph, &Path) -> Result<P, EngineError>,
        here: impl FnOnce() -> Result<Part<P>, EngineError>,
    ) -> Result<Part<P>, EngineError> {
        self.named_part(role, None, bind, here)
    }

    /// The same of one of several, which has a name.
    pub fn named_part<P>(
        &self,
        role: &str,
        one: Option<&str>,
        bind: impl FnOnce(&Graph, &Path) -> Result<P, EngineError>,
        here: impl FnOnce() -> Result<Part<P>, EngineError>,
    ) -> Result<Part<P>, EngineError> {
        let Some((remote, client)) = &self.remote else {
            return here();
        };
        let own = |network: &&RemoteNetwork| network.role == role;
        let named = |network: &&RemoteNetwork| own(network) && network.one.as_deref() == one;
        let all = |network: &&RemoteNetwork| own(network) && network.one.is_none();
        let mut networks = remote.networks.0.iter();
        let Some(network) = networks.clone().find(named).or_else(|| networks.find(all)) else {
            return here();
        };
        let (served, head) = self.find(remote, client, network, one)?;
        // What metadata does not tell, as channels that exporters hide, the graph does that lies here, where one does.
        let graph = Graph {
            inputs: head.inputs,
            outputs: head.outputs,
            ..here().map(|own| own.graph).unwrap_or_default()
        };
        // Another token or timeout is another client.
        let made_of = format!("{served} {remote:?}");
        let (file, bytes) = (served.file(), GraphBytes::Served(Arc::new(served)));
        let ports = bind(&graph, &file)?;
        Ok(Part::new(file, graph, bytes, ports, made_of, (0, 0)))
    }

    /// A network under the first of its names that the server knows.
    fn find(
        &self,
        remote: &Remote,
        client: &Arc<Client>,
        network: &RemoteNetwork,
        one: Option<&str>,
    ) -> Result<(Served, Graph), EngineError> {
        let role = network.role;
        let role = one.map_or_else(|| role.to_owned(), |one| format!("{role}-{one}"));
        let usual = || vec![format!("{}-{role}", self.model), role.clone()];
        let names = network.name.clone().map_or_else(usual, |name| vec![name]);
        let mut refusal = None;
        for name in &names {
            let served = Served {
                client: Arc::clone(client),
                name: name.clone(),
                version: network.version.clone(),
            };
            match client.head(&served, self.cancel) {
                Ok(graph) => return Ok((served, graph)),
                Err(Trouble::Missing(text)) => refusal = refusal.or(Some(text)),
                Err(trouble) => return Err(told(remote, trouble)),
            }
        }
        let problem = format!(
            "there is no model `{}` ({}); put it there, or say with --remote what runs there and what it is called, as in {role}=NAME",
            names.join("` nor `"),
            refusal.unwrap_or_default()
        );
        Err(server_error(remote, problem))
    }

    /// The halves of a VAE; `here` gives those that run here and are no graphs of their own.
    ///
    /// # Errors
    /// As [`part`](Self::part).
    pub fn vae(
        &self,
        here: Option<(Part<VaePorts>, Part<VaePorts>)>,
        graph: impl Fn(
            &str,
            fn(&Graph, &Path) -> Result<VaePorts, EngineError>,
        ) -> Result<Part<VaePorts>, EngineError>,
    ) -> Result<(Part<VaePorts>, Part<VaePorts>), EngineError> {
        let (encoder, decoder) = here.unzip();
        let half = |role, bind: fn(&Graph, &Path) -> Result<VaePorts, EngineError>, own| {
            let own: Option<Part<VaePorts>> = own;
            self.part(role, bind, || own.map_or_else(|| graph(role, bind), Ok))
        };
        Ok((
            half(VAE_ENCODER, VaePorts::bind_encoder, encoder)?,
            half(VAE_DECODER, VaePorts::bind_decoder, decoder)?,
        ))
    }
}

/// Asks a server what it has of a model: a line for each network that runs there.
///
/// # Errors
/// [`EngineError::Server`] when it is not reached, or lacks one of them.
pub fn look(remote: &Remote, model: &ModelSource) -> Result<Vec<String>, EngineError> {
    let cancel = Cancel::new();
    let places = Places::of(Some(remote), model.name(), &cancel)?;
    let Some((_, client)) = &places.remote else {
        return Ok(Vec::new());
    };
    let found = |network: &RemoteNetwork| {
        let one = network.one.as_deref();
        if network.role == CONTROLNET && one.or(network.name.as_deref()).is_none() {
            return Ok(
                "controlnet: each is looked for by its name when a recipe asks for it".to_owned(),
            );
        }
        let (served, _) = places.find(remote, client, network, one)?;
        Ok(format!("{}: runs there as {}", network.role, served.name))
    };
    remote.networks.0.iter().map(found).collect()
}

/// An input with its name.
type Fed = (Cow<'static, str>, Tensor);

/// A model of a server.
pub(super) struct Served {
    client: Arc<Client>,
    pub name: String,
    pub version: Option<String>,
}

impl Served {
    /// Runs it and takes some of its outputs.
    pub fn run(
        &self,
        inputs: &[Fed],
        names: &[&str],
        cancel: &Cancel,
    ) -> Result<Vec<ArrayD<f32>>, String> {
        let outputs = self.client.infer(self, inputs, names, cancel);
        let outputs = outputs.map_err(|trouble| trouble.to_string())?;
        let mut outputs: BTreeMap<_, _> = outputs
            .into_iter()
            .map(|output| (output.name.clone(), output))
            .collect();
        let read = |name: &&str| {
            let output = outputs.remove(*name);
            let output = output.ok_or_else(|| format!("the server gave no output `{name}`"))?;
            let element = protocol::element(&output.datatype);
            read_bytes(element, &output.shape, &output.bytes)
                .map_err(|problem| format!("the server gave `{name}` as {problem}"))
        };
        names.iter().map(read).collect()
    }

    /// What it is called in messages.
    pub fn file(&self) -> PathBuf {
        PathBuf::from(self.to_string())
    }
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.client.address, self.name)?;
        self.version
            .as_ref()
            .map_or(Ok(()), |version| write!(f, "@{version}"))
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Served({self})")
    }
}

impl<P> Part<P> {
    /// Whether it runs on a server.
    pub fn is_served(&self) -> bool {
        matches!(self.bytes, GraphBytes::Served(_))
    }
}

fn told(remote: &Remote, trouble: Trouble) -> EngineError {
    match trouble {
        Trouble::Cancelled => EngineError::LoadStopped,
        trouble => server_error(remote, trouble.to_string()),
    }
}

fn server_error(remote: &Remote, problem: String) -> EngineError {
    EngineError::Server {
        address: remote.server.clone(),
        problem: one_line(&problem),
    }
}
