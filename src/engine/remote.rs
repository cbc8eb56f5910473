//! Networks that run on a server of the Open Inference Protocol, version 2 (Triton, KServe, OpenVINO Model Server), in the place of sessions here.
//!
//! A server's metadata takes the place of a graph's head, so that all that is checked of a graph is checked of it. Does not know what a network is for.

mod address;
mod connection;
mod grpc;
mod http;
pub mod keychain;
mod networks;
mod places;
mod protocol;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ndarray::ArrayD;

pub use address::Address;
pub use networks::RemoteNetworks;
pub(super) use places::Places;
pub use places::look;

use super::cancel::Cancel;
use super::part::Part;
use super::source::GraphBytes;
use super::tensor::{Tensor, read_bytes};
use connection::{Client, Trouble};

/// The environment variable that holds the token which a server asks for.
pub const TOKEN: &str = "PENTIMENTO_SERVER_TOKEN";

/// How long one call may take unless it is said, seconds: the first may have to wait for the server to load the model.
pub const TIMEOUT: u64 = 300;

/// The networks that are models by themselves and may run on a server: what enlarges, finds, and says what is in a picture.
pub const SINGLES: [&str; 12] = [
    UPSCALER,
    TAGGER,
    SEGMENTER,
    SEGMENTER_TEXT,
    SAM_ENCODER,
    SAM_DECODER,
    DETECTOR,
    PALM_DETECTOR,
    HAND_LANDMARKS,
    DRAWN_HANDS,
    CLEAN_HANDS,
    FACE_DETECTOR,
];
/// Makes pictures larger.
pub const UPSCALER: &str = "upscaler";
/// Says what is in a picture.
pub const TAGGER: &str = "tagger";
/// Finds what words say.
pub const SEGMENTER: &str = "segmenter";
/// Reads those words, where that is another network.
pub const SEGMENTER_TEXT: &str = "segmenter_text";
/// Looks at a picture in which something will be pointed at.
pub const SAM_ENCODER: &str = "sam_encoder";
/// Finds what is pointed at.
pub const SAM_DECODER: &str = "sam_decoder";
pub(super) const DETECTOR: &str = "detector";
pub(super) const PALM_DETECTOR: &str = "palm_detector";
pub(super) const HAND_LANDMARKS: &str = "hand_landmarks";
pub(super) const DRAWN_HANDS: &str = "drawn_hands";
pub(super) const CLEAN_HANDS: &str = "clean_hands";
pub(super) const FACE_DETECTOR: &str = "face_detector";

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

/// Most servers that jobs are spread over.
pub const MOST: usize = 64;

/// A server or several alike, and what runs there in the place of here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Remote {
    /// Where it is.
    pub server: Address,
    /// Further servers with the same networks: jobs are spread over all.
    pub others: Vec<Address>,
    /// What runs there.
    pub networks: RemoteNetworks,
    /// Certificates in the place of those that Mozilla trusts: a PEM file.
    pub authorities: Option<PathBuf>,
    /// A file with the token that it asks for; else [`TOKEN`] has it, else the [`keychain`].
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
            others: Vec::new(),
            networks: RemoteNetworks::default(),
            authorities: None,
            token_file: None,
            timeout: Duration::from_secs(TIMEOUT),
        }
    }

    /// Several servers with what usually runs there.
    ///
    /// # Errors
    /// One line, when there is none, one twice, or more than [`MOST`].
    pub fn of_all(servers: impl IntoIterator<Item = Address>) -> Result<Self, String> {
        let mut all: Vec<Address> = Vec::new();
        for server in servers {
            if all.contains(&server) {
                return Err(format!("{server} is given twice; give each server once"));
            }
            all.push(server);
        }
        if all.is_empty() || all.len() > MOST {
            return Err(format!("give 1 to {MOST} servers"));
        }
        let others = all.split_off(1);
        Ok(Self {
            others,
            ..Self::of(all.remove(0))
        })
    }

    /// All servers, in the order in which they were given.
    pub fn servers(&self) -> impl Iterator<Item = &Address> {
        std::iter::once(&self.server).chain(&self.others)
    }

    /// One of the servers in the place of all.
    #[must_use]
    pub fn at(&self, server: &Address) -> Self {
        Self {
            server: server.clone(),
            others: Vec::new(),
            ..self.clone()
        }
    }
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
    ) -> Result<Vec<ArrayD<f32>>, Trouble> {
        let outputs = self.client.infer(self, inputs, names, cancel)?;
        let mut outputs: BTreeMap<_, _> = outputs
            .into_iter()
            .map(|output| (output.name.clone(), output))
            .collect();
        let read = |name: &&str| {
            let output = outputs.remove(*name);
            let output = output.ok_or_else(|| Trouble::Gave(format!("no output `{name}`")))?;
            let element = protocol::element(&output.datatype);
            read_bytes(element, &output.shape, &output.bytes)
                .map_err(|problem| Trouble::Gave(format!("`{name}` as {problem}")))
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
