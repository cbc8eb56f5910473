//! One network of a model: its graph, or what its graph is written from, checked but not loaded.
//!
//! Does not know which networks a model has.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::Array2;

use super::cancel::Cancel;
use super::error::EngineError;
use super::exported::Export;
use super::graph::Graph;
use super::kit::Strength;
use super::lora::{self, Lora, Role};
use super::network::{self, Form, Network};
use super::ports::TextPorts;
use super::source::{GraphBytes, ModelSource};
use super::tokenizer::ClipTokenizer;
use crate::diffusion::prompt::TextWindow;

/// A text encoder of a model.
#[derive(Clone)]
pub(super) struct Text {
    /// Its name in messages.
    pub name: &'static str,
    pub part: Part<TextPorts>,
    /// How its window is filled.
    pub window: TextWindow,
    /// Vectors of the embeddings, `[count, width]`; a row of zeros without any.
    pub embeddings: Array2<f32>,
}

impl Text {
    /// Ids that its own vectors have, where embeddings may come behind them.
    pub fn vocabulary(&self) -> Option<u32> {
        let GraphBytes::Network(network) = &self.part.bytes else {
            return None;
        };
        let table = network.weights.get(network::text::TABLE)?;
        u32::try_from(*table.shape.first()?).ok()
    }

    /// An encoder with its tokenizer's special ids; its window is what the graph fixes, else the tokenizer's limit, else what `configured` says, else CLIP's 77.
    pub fn of(
        name: &'static str,
        part: Part<TextPorts>,
        tokenizer: &ClipTokenizer,
        configured: Option<usize>,
    ) -> Result<Self, EngineError> {
        let window = part.ports.window.or(tokenizer.window);
        let window = window.or(configured).unwrap_or(77);
        if window < 3 {
            return Err(EngineError::Mismatch {
                file: part.file,
                expected: "a window of at least 3 ids".into(),
                found: window.to_string(),
            });
        }
        let embeddings = Array2::zeros((1, part.ports.embeddings.unwrap_or(1)));
        Ok(Self {
            name,
            part,
            embeddings,
            window: TextWindow {
                window,
                start: tokenizer.start,
                end: tokenizer.end,
                pad: tokenizer.pad,
            },
        })
    }
}

/// One network of a model.
#[derive(Clone, Debug)]
pub(super) struct Part<P> {
    /// Its file, for messages.
    pub file: PathBuf,
    pub graph: Graph,
    pub bytes: GraphBytes,
    pub ports: P,
    /// What its session is made of, as text: files with their sizes and times, and what changes their weights. Those that are the same make the same session.
    pub made_of: String,
    /// Bytes of its weights in the type that it computes in.
    pub weight: u64,
    /// Bytes of its weights as they are stored.
    pub stored: u64,
    /// What changes its weights when it is loaded, each with its strength.
    pub loras: Vec<(Arc<Lora>, f32)>,
    /// Which network of a model LoRAs take it for.
    role: Role,
}

impl<P> Part<P> {
    /// A network that nothing changes; weights in the type that it computes in, and as they are stored.
    pub fn new(
        file: PathBuf,
        graph: Graph,
        bytes: GraphBytes,
        ports: P,
        made_of: String,
        (weight, stored): (u64, u64),
    ) -> Self {
        Self {
            file,
            graph,
            bytes,
            ports,
            made_of,
            weight,
            stored,
            loras: Vec::new(),
            role: Role::Unet,
        }
    }

    /// The same to whom its inputs are not known.
    pub fn without_ports(self) -> Part<()> {
        Part {
            file: self.file,
            graph: self.graph,
            bytes: self.bytes,
            ports: (),
            made_of: self.made_of,
            weight: self.weight,
            stored: self.stored,
            loras: self.loras,
            role: self.role,
        }
    }

    /// A network that is a graph in a file of a model's folder.
    pub fn open(
        source: &ModelSource,
        name: &str,
        bind: impl FnOnce(&Graph, &Path) -> Result<P, EngineError>,
    ) -> Result<Self, EngineError> {
        let file = source.path(name);
        let (graph, bytes, weight) = source.graph(name)?;
        let ports = bind(&graph, &file)?;
        let made_of = match &bytes {
            GraphBytes::File { path, elsewhere } => {
                let others = elsewhere.iter().map(|(_, file)| file.as_path());
                stamped(iter::once(path.as_path()).chain(others))
            }
            _ => file.display().to_string(),
        };
        let weights = (weight, weight);
        Ok(Self::new(file, graph, bytes, ports, made_of, weights))
    }

    /// Adds a LoRA to what its weights are when it is loaded, where it changes this network.
    pub fn change(
        &mut self,
        role: Role,
        lora: &Arc<Lora>,
        strength: Strength,
    ) -> Result<(), EngineError> {
        if strength == Strength::from(0.0) || !lora.roles().any(|own| own == role) {
            return Ok(());
        }
        if self.is_served() {
            return Err(EngineError::Model {
                path: lora.path().to_owned(),
                problem: format!(
                    "this LoRA changes {}, and a server's networks cannot be changed from here; put the model with the LoRA in it there and leave the LoRA out, or run this network here",
                    self.file.display()
                ),
            });
        }
        if let Some(export) = Export::of(&self.graph, &self.bytes, &self.file, role)
            && export.weights.is_empty()
            && let Some(reason) = export.weights.hidden
        {
            return Err(EngineError::Model {
                path: self.file.clone(),
                problem: format!(
                    "LoRAs cannot be applied to it, since {reason}; {}",
                    lora::PLAIN
                ),
            });
        }
        self.role = role;
        let change = format!(
            " {role:?} {} {strength:?}",
            stamped(iter::once(lora.path()))
        );
        self.made_of.push_str(&change);
        self.loras.push((Arc::clone(lora), strength.into()));
        Ok(())
    }

    /// What its session is made from: its bytes with its LoRAs in them, and a line for each that fits in part.
    ///
    /// # Errors
    /// As [`lora::apply`]; [`EngineError::Model`] when an ONNX export does not show the weights that they change.
    pub fn changed(&self, cancel: &Cancel) -> Result<(GraphBytes, Vec<String>), EngineError> {
        let loras = self.loras.iter();
        let loras: Vec<_> = loras.map(|(lora, strength)| (&**lora, *strength)).collect();
        if loras.is_empty() {
            return Ok((self.bytes.clone(), Vec::new()));
        }
        let apply = |weights| lora::apply(weights, self.role, &loras, cancel);
        if let GraphBytes::Network(network) = &self.bytes {
            let (weights, notes) = apply(&network.weights)?;
            let network = Network::new(weights, &network.file, network.forward.clone());
            return Ok((GraphBytes::Network(Arc::new(network)), notes));
        }
        let Some(export) = Export::of(&self.graph, &self.bytes, &self.file, self.role) else {
            return Ok((self.bytes.clone(), Vec::new()));
        };
        let (weights, notes) = apply(&export.weights)?;
        let built = export.with(&weights)?;
        Ok((GraphBytes::Changed(Arc::new(built)), notes))
    }

    /// A network whose graph is written over its weights.
    pub fn of(
        network: Network,
        bind: impl FnOnce(&Graph, &Path) -> Result<P, EngineError>,
    ) -> Result<Self, EngineError> {
        let file = network.file.clone();
        let built = network.build(Form::FULL)?;
        let graph = Graph::read(Cursor::new(&built.bytes)).map_err(|error| EngineError::Model {
            path: file.clone(),
            problem: error.to_string(),
        })?;
        let ports = bind(&graph, &file)?;
        let files: BTreeSet<&Path> = network
            .weights
            .iter()
            .filter_map(|(_, tensor)| tensor.file())
            .collect();
        let made_of = format!("{} {:?}", stamped(files.into_iter()), network.forward);
        let weights = (built.weight, built.stored);
        let bytes = GraphBytes::Network(Arc::new(network));
        Ok(Self::new(file, graph, bytes, ports, made_of, weights))
    }
}

/// Files with their sizes and times.
fn stamped<'a>(files: impl Iterator<Item = &'a Path>) -> String {
    let stamp = |path: &Path| {
        let found = path.metadata().ok();
        let facts = found.map(|found| (found.len(), found.modified().ok()));
        format!("{} {facts:?}", path.display())
    };
    files.map(stamp).collect::<Vec<_>>().join(", ")
}
