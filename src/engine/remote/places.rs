//! Where the networks of a model run: here, or on a server under one of their names.
//!
//! Does not know how a server is spoken to.

use std::cell::{OnceCell, RefCell};
use std::path::Path;
use std::sync::Arc;

use super::connection::{Client, Trouble};
use super::networks::RemoteNetwork;
use super::{CONTROLNET, Remote, Served, VAE_DECODER, VAE_ENCODER};
use crate::engine::cancel::Cancel;
use crate::engine::device::one_line;
use crate::engine::error::EngineError;
use crate::engine::graph::Graph;
use crate::engine::part::Part;
use crate::engine::ports::VaePorts;
use crate::engine::source::{GraphBytes, ModelSource};

/// Where the networks of a model run: here, and on the server of its kit.
pub(in crate::engine) struct Places<'a> {
    remote: Option<&'a Remote>,
    /// Of the server, once one of them runs there.
    client: OnceCell<Arc<Client>>,
    /// What the model is called.
    model: String,
    cancel: &'a Cancel,
    /// What there is to tell of how the server is reached.
    notes: RefCell<Vec<String>>,
}

impl<'a> Places<'a> {
    /// Nothing is asked of the server before a network runs there.
    pub fn of(remote: Option<&'a Remote>, model: String, cancel: &'a Cancel) -> Self {
        Self {
            remote,
            client: OnceCell::new(),
            model,
            cancel,
            notes: RefCell::default(),
        }
    }

    /// The server's client, which found it ready.
    ///
    /// # Errors
    /// [`EngineError::Server`] when it is not reached, refuses the token or is not ready yet.
    fn client(&self, remote: &Remote) -> Result<&Arc<Client>, EngineError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::of(remote).map_err(|problem| server_error(remote, problem))?;
        let ready = client.ready(self.cancel);
        ready.map_err(|trouble| told(remote, trouble))?;
        if client.has_token() && !remote.server.is_encrypted() {
            self.notes.borrow_mut().push(format!(
                "the token goes unencrypted to {}; https:// and grpcs:// encrypt it",
                remote.server
            ));
        }
        Ok(self.client.get_or_init(|| Arc::new(client)))
    }

    /// All networks run here.
    pub fn here() -> Places<'static> {
        static NEVER: std::sync::LazyLock<Cancel> = std::sync::LazyLock::new(Cancel::new);
        Places::of(None, String::new(), &NEVER)
    }

    /// What there is to tell since that was last asked.
    pub fn notes(&self) -> Vec<String> {
        self.notes.take()
    }

    /// Whether a network runs on the server.
    pub fn has(&self, role: &str) -> bool {
        self.remote.is_some_and(|remote| remote.networks.has(role))
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
        let Some(remote) = self.remote else {
            return here();
        };
        let own = |network: &&RemoteNetwork| network.role == role;
        let named = |network: &&RemoteNetwork| own(network) && network.one.as_deref() == one;
        let all = |network: &&RemoteNetwork| own(network) && network.one.is_none();
        let mut networks = remote.networks.0.iter();
        let Some(network) = networks.clone().find(named).or_else(|| networks.find(all)) else {
            return here();
        };
        let (served, head) = self.find(remote, network, one)?;
        if network.name.is_none() {
            let note = format!("the {role} runs on {} as `{}`", remote.server, served.name);
            self.notes.borrow_mut().push(note);
        }
        // What metadata does not tell, as channels that exporters hide, the graph does that lies here, where one does.
        let own = match here() {
            Ok(own) => own.graph,
            Err(EngineError::Model { path, .. }) if !path.exists() => Graph::default(),
            Err(error) => return Err(error),
        };
        let graph = Graph {
            inputs: head.inputs,
            outputs: head.outputs,
            ..own
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
        network: &RemoteNetwork,
        one: Option<&str>,
    ) -> Result<(Served, Graph), EngineError> {
        let client = self.client(remote)?;
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

    /// A network that is a model by itself and lies here: the server's where it runs there, which must have the same inputs and outputs.
    ///
    /// # Errors
    /// [`EngineError::Server`] when the server does not have it; [`EngineError::Mismatch`] when it has another.
    pub fn alone<P: Clone>(&self, role: &str, own: &Part<P>) -> Result<Part<P>, EngineError> {
        let bind = |there: &Graph, file: &Path| {
            let ports = own.graph.inputs.iter().chain(&own.graph.outputs);
            let theirs = || there.inputs.iter().chain(&there.outputs);
            for port in ports {
                if !theirs().any(|other| other.name == port.name && other.fits(port)) {
                    let found: Vec<_> = theirs().map(ToString::to_string).collect();
                    return Err(EngineError::Mismatch {
                        file: file.to_owned(),
                        expected: format!("{port}, as {} has it", own.file.display()),
                        found: found.join(", "),
                    });
                }
            }
            Ok(own.ports.clone())
        };
        self.part(role, bind, || Ok(own.clone()))
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

/// Asks each server what it has of a model: a line for each network that runs there, with its server where there are several.
///
/// # Errors
/// [`EngineError::Server`] when none is reached that has all of them; what one of several lacks is a line.
pub fn look(remote: &Remote, model: &ModelSource) -> Result<Vec<String>, EngineError> {
    if remote.others.is_empty() {
        return look_at(remote, model);
    }
    let (mut lines, mut failures) = (Vec::new(), Vec::new());
    for server in remote.servers() {
        match look_at(&remote.at(server), model) {
            Ok(found) => lines.extend(found.iter().map(|line| format!("{server}: {line}"))),
            Err(error) => {
                lines.push(error.to_string());
                failures.push(error);
            }
        }
    }
    match failures.pop() {
        Some(failure) if failures.len() == remote.others.len() => Err(failure),
        _ => Ok(lines),
    }
}

fn look_at(remote: &Remote, model: &ModelSource) -> Result<Vec<String>, EngineError> {
    let cancel = Cancel::new();
    let places = Places::of(Some(remote), model.name(), &cancel);
    places.client(remote)?;
    let found = |network: &RemoteNetwork| {
        let one = network.one.as_deref();
        if network.role == CONTROLNET && one.or(network.name.as_deref()).is_none() {
            return Ok(
                "controlnet: each is looked for by its name when a recipe asks for it".to_owned(),
            );
        }
        let (served, _) = places.find(remote, network, one)?;
        Ok(format!("{}: runs there as {}", network.role, served.name))
    };
    remote.networks.0.iter().map(found).collect()
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
