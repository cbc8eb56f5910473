//! LoRAs on ONNX exports: which initialisers of a graph are the weights of which modules, and the graph with some of them changed.
//!
//! Exporters keep a weight's name, or lose it where they turn a matrix; the path of its module then stands in the name of the node that computes with it. Does not know what a LoRA does, nor sessions.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::iter;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use half::{bf16, f16};

use super::error::EngineError;
use super::graph::{Element, Graph, Initializer, Node};
use super::lora::Role;
use super::network::Built;
use super::network::proto::{Message, external, tensor};
use super::source::GraphBytes;
use super::weights::{Place, Tensor, Weights};

/// First parts of modules' paths, wherever exporters' wrappers begin.
const UNET_ROOTS: &str =
    "conv_in time_embedding add_embedding down_blocks mid_block up_blocks conv_norm_out conv_out";
const TEXT_ROOTS: &str = "text_model embeddings encoder final_layer_norm text_projection";

/// Constants of fewer bytes stand in the graph, whose shapes are worked out from them.
const SMALL: u64 = 1024;

/// Why a graph does not show its weights, by what its operators' names hold.
const REASONS: [(&str, &str); 10] = [
    ("Quant", QUANTISED),
    ("QLinear", QUANTISED),
    ("QAttention", QUANTISED),
    ("MatMulInteger", QUANTISED),
    ("MatMulNBits", QUANTISED),
    ("MatMulBnb4", QUANTISED),
    ("com.microsoft::Attention", OPTIMISED),
    ("com.microsoft::MultiHeadAttention", OPTIMISED),
    ("com.microsoft::SkipLayerNorm", OPTIMISED),
    ("com.microsoft::Fused", OPTIMISED),
];
const QUANTISED: &str = "the export is quantised";
const OPTIMISED: &str = "the export was optimised, which joins weights and loses their names";
const SHARED: &str = "the export shares weights between its modules";
const NAMELESS: &str = "the export was saved without the names of its modules";

/// An ONNX export whose weights can be named.
pub(super) struct Export<'a> {
    graph: &'a Graph,
    file: &'a Path,
    bytes: Bytes,
    /// The initialiser that each constant is: themselves, and what `Identity` calls otherwise.
    constants: BTreeMap<&'a str, &'a str>,
    /// The weights in the names of diffusers and transformers.
    pub weights: Weights,
    /// Constants by those names.
    names: BTreeMap<String, &'a str>,
}

/// Where a graph's bytes are.
enum Bytes {
    /// In files: the graph's, and what else lies elsewhere than it says.
    Files(PathBuf, Vec<(String, PathBuf)>),
    Memory(Arc<[u8]>),
}

/// What a constant is to the node that computes with it.
struct Use<'a> {
    node: &'a Node,
    leaf: &'static str,
    transposed: bool,
}

impl<'a> Export<'a> {
    /// Names the weights of a network's graph; `None` for one that is written for its weights.
    pub fn of(graph: &'a Graph, bytes: &GraphBytes, file: &'a Path, role: Role) -> Option<Self> {
        let bytes = match bytes {
            GraphBytes::File { path, elsewhere } => Bytes::Files(path.clone(), elsewhere.clone()),
            GraphBytes::Memory { bytes, borrowed } if borrowed.is_empty() => {
                Bytes::Memory((*bytes).into())
            }
            GraphBytes::Memory { .. }
            | GraphBytes::Network(_)
            | GraphBytes::Changed(_)
            | GraphBytes::Served(_) => {
                return None;
            }
        };
        let names = graph.initializers.keys().map(String::as_str);
        let mut export = Self {
            graph,
            file,
            bytes,
            constants: names.map(|name| (name, name)).collect(),
            weights: Weights::default(),
            names: BTreeMap::new(),
        };
        for node in graph.nodes.iter().filter(|node| is_alias(node)) {
            // What cannot be placed is not written again, and keeps its alias.
            if let Some(source) = export.constants.get(node.inputs[0].as_str()).copied()
                && export.place(&graph.initializers[source]).is_some()
            {
                export.constants.entry(&node.output).or_insert(source);
            }
        }
        export.name(role);
        Some(export)
    }

    fn name(&mut self, role: Role) {
        let roots = match role {
            Role::Unet => UNET_ROOTS,
            Role::TextEncoder | Role::TextEncoder2 => TEXT_ROOTS,
        };
        let within = |path: &str| -> Option<String> {
            let parts: Vec<_> = path.split('.').collect();
            let root = parts
                .iter()
                .position(|part| roots.split(' ').any(|root| root == *part))?;
            Some(parts[root..].join("."))
        };
        let mut users = BTreeMap::<&str, Vec<(&Node, usize)>>::new();
        for node in self
            .graph
            .nodes
            .iter()
            .filter(|node| !self.is_dropped(node))
        {
            for (index, input) in node.inputs.iter().enumerate() {
                users.entry(input).or_default().push((node, index));
            }
        }
        // Names of their own come before those that nodes tell.
        let mut named = [Vec::new(), Vec::new()];
        let mut hidden = None;
        for (constant, source) in &self.constants {
            let Some(tensor) = self.tensor(&self.graph.initializers[*source]) else {
                continue;
            };
            let uses = uses(constant, &users);
            let Some(one) = uses.first() else {
                continue;
            };
            // Of what several modules share none can change alone.
            let (scope, transposed) = (&one.node.scope, one.transposed);
            let is_same = |other: &Use| {
                other.node.scope == *scope && other.transposed == transposed && !scope.is_empty()
            };
            let is_shared = uses.len() > 1 && !uses.iter().all(is_same);
            let own = within(constant)
                .filter(|name| name.ends_with(".weight") || name.ends_with(".bias"));
            let (rank, name) = match own {
                Some(own) => (0, Some(own)),
                None => (
                    1,
                    within(&one.node.scope).map(|scope| format!("{scope}.{}", one.leaf)),
                ),
            };
            match name.filter(|_| rank == 0 || !one.leaf.is_empty()) {
                Some(_) if is_shared => hidden = hidden.or(Some(SHARED)),
                Some(name) => {
                    let transposed = one.transposed && tensor.shape.len() == 2;
                    named[rank].push((name, *constant, tensor, transposed));
                }
                None if one.leaf == "weight" && tensor.shape.len() > 1 => hidden = Some(NAMELESS),
                None => {}
            }
        }
        for (name, constant, tensor, transposed) in named.into_iter().flatten() {
            if self.weights.has(&name) {
                continue;
            }
            if transposed {
                self.weights.transposed.insert(name.clone());
            }
            self.weights.put(name.clone(), tensor);
            self.names.insert(name, constant);
        }
        let operators = || self.graph.operators.keys();
        let mut reasons = REASONS.iter();
        let reason = reasons.find(|(mark, _)| operators().any(|name| name.contains(mark)));
        let reason = reason.map(|(_, reason)| *reason);
        self.weights.hidden = reason
            .or(hidden)
            .or(self.weights.is_empty().then_some(NAMELESS));
    }

    /// Whether a node only gives an initialiser another name, and is left out of what is written.
    fn is_dropped(&self, node: &Node) -> bool {
        is_alias(node) && self.constants.contains_key(node.output.as_str())
    }

    fn file_of(&self, location: Option<&str>) -> Option<PathBuf> {
        let Bytes::Files(path, elsewhere) = &self.bytes else {
            return None;
        };
        let Some(location) = location else {
            return Some(path.clone());
        };
        let moved = elsewhere.iter().find(|(own, _)| own == location);
        Some(moved.map_or_else(|| path.with_file_name(location), |(_, file)| file.clone()))
    }

    /// Where an initialiser's content is, and its bytes.
    fn place(&self, one: &Initializer) -> Option<(Place, u64)> {
        let stored = one.bytes.as_ref()?;
        let length = stored.length.or_else(|| one.float_bytes())?;
        let place = match (&self.bytes, &stored.location) {
            (Bytes::Memory(bytes), None) => Place::Memory {
                bytes: Arc::clone(bytes),
                start: usize::try_from(stored.start).ok()?,
            },
            (_, location) => Place::File {
                file: self.file_of(location.as_deref())?.into(),
                start: stored.start,
            },
        };
        Some((place, length))
    }

    /// An initialiser that holds numbers of a network.
    fn tensor(&self, one: &Initializer) -> Option<Tensor> {
        let (place, length) = self.place(one)?;
        (one.float_bytes() == Some(length)).then_some(Tensor {
            element: one.element,
            shape: one.shape()?,
            place,
        })
    }

    fn error(&self, error: &io::Error) -> EngineError {
        EngineError::Model {
            path: self.file.to_owned(),
            problem: format!("it cannot be read: {error}"),
        }
    }

    /// The graph with other weights: those of `changed` that are not as they were, in the type that the graph has them in.
    ///
    /// All weights are given in memory, since ONNX Runtime takes either files or memory for the whole graph.
    ///
    /// # Errors
    /// [`EngineError::Model`] when its files cannot be read any more.
    pub fn with(&self, changed: &Weights) -> Result<Built, EngineError> {
        let mut news = BTreeMap::new();
        for (name, constant) in &self.names {
            if let Some(new) = changed
                .get(name)
                .filter(|new| Some(*new) != self.weights.get(name))
            {
                news.insert(*constant, new);
            }
        }
        self.write(&news).map_err(|error| self.error(&error))
    }

    fn write(&self, news: &BTreeMap<&str, &Tensor>) -> io::Result<Built> {
        let mut memory = Vec::<(String, Arc<[u8]>)>::new();
        let mut read = BTreeMap::<&str, Arc<[u8]>>::new();
        let mut initializers = Message::default();
        let mut gone: Vec<Range<u64>> = Vec::new();
        let nodes = self.graph.nodes.iter();
        gone.extend(
            nodes
                .filter(|node| self.is_dropped(node))
                .map(|node| node.place.clone()),
        );
        for (constant, source) in &self.constants {
            let one = &self.graph.initializers[*source];
            let Some((place, length)) = self.place(one) else {
                continue;
            };
            let is_own = constant == source;
            let outside = one
                .bytes
                .as_ref()
                .is_some_and(|bytes| bytes.location.is_some());
            let content = if let Some(new) = news.get(constant) {
                stored(&new.floats()?, one.element)
            } else if is_own && !outside && length < SMALL {
                continue;
            } else if let Some(content) = read.get(source) {
                Arc::clone(content)
            } else {
                let bytes = Tensor {
                    element: Element::Other(2),
                    shape: vec![usize::try_from(length).map_err(io::Error::other)?],
                    place,
                };
                let content = bytes.read()?;
                read.insert(source, Arc::clone(&content));
                content
            };
            if is_own {
                gone.push(one.place.clone());
            }
            let dims: Vec<_> = one.dims.iter().map(|side| *side as usize).collect();
            if length < SMALL {
                let mut initializer = tensor(constant, one.element, &dims);
                initializer.bytes(9, &content);
                initializers.message(5, &initializer);
                continue;
            }
            let location = memory.len().to_string();
            let initializer = external(constant, one.element, &dims, &location, 0, length);
            initializers.message(5, &initializer);
            memory.push((location, content));
        }
        let bytes = match &self.bytes {
            Bytes::Memory(bytes) => {
                rewritten(self.graph, &mut Cursor::new(bytes), gone, &initializers)
            }
            Bytes::Files(path, _) => {
                rewritten(self.graph, &mut File::open(path)?, gone, &initializers)
            }
        };
        Ok(Built {
            bytes: bytes?,
            folder: None,
            memory,
            weight: 0,
            stored: 0,
        })
    }
}

/// A file's bytes without some places of its graph, and with other initialisers.
pub(super) fn rewritten(
    graph: &Graph,
    file: &mut (impl Read + Seek),
    mut gone: Vec<Range<u64>>,
    initializers: &Message,
) -> io::Result<Vec<u8>> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut copied = |range: Range<u64>, to: &mut Vec<u8>| -> io::Result<()> {
        file.seek(SeekFrom::Start(range.start))?;
        let wanted = range.end.saturating_sub(range.start);
        match file.take(wanted).read_to_end(to)? as u64 == wanted {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    };
    let [field, inside] = &graph.place;
    gone.sort_by_key(|range| range.start);
    let (mut kept, mut at) = (Vec::new(), inside.start);
    for range in gone.into_iter().chain(iter::once(inside.end..inside.end)) {
        copied(at..range.start, &mut kept)?;
        at = range.end;
    }
    let mut message = Message::default();
    message.append_bytes(&kept);
    message.append(initializers);
    let mut bytes = Vec::new();
    copied(0..field.start, &mut bytes)?;
    let mut model = Message::default();
    model.message(7, &message);
    bytes.extend(model.into_bytes());
    copied(field.end..length, &mut bytes)?;
    Ok(bytes)
}

/// Whether a node gives its input another name.
fn is_alias(node: &Node) -> bool {
    node.operator == "Identity" && node.inputs.len() == 1
}

/// Most nodes that are looked at for one constant; a broken file may go in circles.
const MOST_USES: usize = 256;

/// The nodes that compute with a constant, behind casts and transpositions.
fn uses<'a>(name: &'a str, users: &BTreeMap<&'a str, Vec<(&'a Node, usize)>>) -> Vec<Use<'a>> {
    let (mut found, mut names, mut seen) = (Vec::new(), vec![(name, false)], 0);
    while let Some((name, turned)) = names.pop() {
        for (node, index) in users.get(name).into_iter().flatten() {
            seen += 1;
            if seen > MOST_USES {
                return found;
            }
            let operator = node.operator.as_str();
            if matches!((operator, index), ("Cast" | "Transpose", 0)) {
                names.push((&node.output, turned != (operator == "Transpose")));
                continue;
            }
            let leaf = match (operator, index) {
                ("MatMul" | "Gemm" | "Conv", 1) | ("Gather", 0) | ("Mul", _) => "weight",
                ("LayerNormalization" | "GroupNormalization", 1) => "weight",
                ("LayerNormalization" | "GroupNormalization" | "Gemm" | "Conv", 2) => "bias",
                ("Add", _) => "bias",
                _ => "",
            };
            let inputs_first = matches!((operator, index), ("MatMul" | "Gemm", 1)) && !node.turns;
            found.push(Use {
                node,
                leaf,
                transposed: turned != inputs_first,
            });
        }
    }
    found
}

/// Numbers in a graph's type.
fn stored(values: &[f32], element: Element) -> Arc<[u8]> {
    let values = values.iter();
    match element {
        Element::F16 => values
            .flat_map(|v| f16::from_f32(*v).to_le_bytes())
            .collect(),
        Element::Bf16 => values
            .flat_map(|v| bf16::from_f32(*v).to_le_bytes())
            .collect(),
        _ => values.flat_map(|v| v.to_le_bytes()).collect(),
    }
}
