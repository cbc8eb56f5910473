//! Which two graphs of a folder belong together, told from their heads and, where several do, from their names.
//!
//! Does not load them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::layout::{Decoder, Encoder};
use crate::engine::error::EngineError;
use crate::engine::graph::{Graph, is_onnx};

/// Two graphs in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// Where configs lie: the folder, or the one around it.
    pub root: PathBuf,
    pub folder: PathBuf,
    pub encoder: String,
    pub decoder: String,
}

const WANTED: &str = "use the folder of a Segment Anything export as ONNX, with its image encoder and its mask decoder (MobileSAM, EfficientSAM, SAM 2)";

/// Words of names that say which graph it is, and not of which network.
const ROLES: [&str; 12] = [
    "vision",
    "image",
    "encoder",
    "preprocess",
    "prompt",
    "mask",
    "decoder",
    "single",
    "multi",
    "sam",
    "mobile",
    "onnx",
];

/// The graphs of the network at a path: a folder, or one of the two.
///
/// # Errors
/// One line, where there are not both.
pub(super) fn find(path: &Path) -> Result<Pair, EngineError> {
    let problem = |problem: String| EngineError::Model {
        path: path.to_owned(),
        problem,
    };
    let is_file = path.is_file();
    let folder = match is_file {
        true => path.parent().unwrap_or(Path::new("")),
        false => path,
    };
    let inner = folder.join("onnx");
    let mut heads = Heads::of(folder);
    if !is_file && heads.graphs.is_empty() && heads.broken.is_empty() {
        heads = Heads::of(&inner);
    }
    let own = path.file_name().unwrap_or_default().to_string_lossy();
    let asked = |pair: &&Pair| {
        !is_file
            || [&pair.encoder, &pair.decoder]
                .into_iter()
                .any(|name| *name == *own)
    };
    let pairs = heads.pairs();
    if let Some(pair) = pairs.iter().find(asked) {
        return Ok(pair.clone());
    }
    if let Some((name, line)) = heads
        .broken
        .iter()
        .find(|(name, _)| !is_file || *name == own)
    {
        return Err(EngineError::Model {
            path: heads.folder.join(name),
            problem: format!("{line}; {WANTED}"),
        });
    }
    if !path.exists() {
        return Err(problem(format!(
            "there is no such file or folder; {WANTED}"
        )));
    }
    let decoders = heads.decoders();
    let is_asked = |name: &str| !is_file || *name == *own;
    Err(problem(
        match decoders.iter().find(|(name, _)| is_asked(name)) {
            Some((name, decoder)) => {
                let wanted: Vec<_> = decoder
                    .embeddings
                    .iter()
                    .map(|port| format!("`{}`", port.name))
                    .collect();
                format!(
                    "the image encoder of {name} is missing; put it, which gives {}, beside it",
                    wanted.join(", ")
                )
            }
            None if is_file && !decoders.is_empty() => {
                format!("this is neither of the two graphs of such a network; {WANTED}")
            }
            None => format!(
                "there is no mask decoder here, which has points and labels as inputs; {WANTED}"
            ),
        },
    ))
}

/// The networks in a folder, each by the path that names it: the folder where there is one, else its decoders.
#[must_use]
pub fn pairs(folder: &Path) -> Vec<PathBuf> {
    let pairs = Heads::of(folder).pairs();
    let encoders: BTreeSet<_> = pairs.iter().map(|pair| &pair.encoder).collect();
    match encoders.len() {
        0 => Vec::new(),
        1 => vec![folder.to_owned()],
        _ => {
            let mut named = BTreeSet::new();
            let firsts = pairs.iter().filter(|pair| named.insert(&pair.decoder));
            firsts.map(|pair| folder.join(&pair.decoder)).collect()
        }
    }
}

/// The heads of a folder's graphs.
struct Heads {
    folder: PathBuf,
    graphs: Vec<(String, Graph)>,
    /// Those that cannot be read, and why.
    broken: Vec<(String, String)>,
}

impl Heads {
    fn of(folder: &Path) -> Self {
        let mut heads = Self {
            folder: folder.to_owned(),
            graphs: Vec::new(),
            broken: Vec::new(),
        };
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths.iter().filter(|path| is_onnx(path) && path.is_file()) {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let graph = File::open(path).map_err(|error| format!("it cannot be read: {error}"));
            let graph = graph.and_then(|file| {
                Graph::read(BufReader::new(file)).map_err(|error| error.to_string())
            });
            match graph {
                Ok(graph) => heads.graphs.push((name, graph)),
                Err(line) => heads.broken.push((name, line)),
            }
        }
        heads
    }

    fn decoders(&self) -> Vec<(&str, Decoder)> {
        let graphs = self.graphs.iter();
        let decoders =
            graphs.filter_map(|(name, graph)| Some((name.as_str(), Decoder::of(graph)?)));
        decoders.collect()
    }

    /// All that fit, the likeliest first: names that say the same, several masks rather than one, and no more in their names than that.
    fn pairs(&self) -> Vec<Pair> {
        let root = match self.folder.file_name() {
            Some(name) if name == "onnx" => self.folder.parent().unwrap_or(Path::new("")),
            _ => &self.folder,
        };
        let mut pairs = Vec::new();
        for (decoder, ports) in self.decoders() {
            for (encoder, graph) in &self.graphs {
                if Encoder::of(graph, &ports).is_some() {
                    pairs.push(Pair {
                        root: root.to_owned(),
                        folder: self.folder.clone(),
                        encoder: encoder.clone(),
                        decoder: decoder.to_owned(),
                    });
                }
            }
        }
        pairs.sort_by_cached_key(
            |Pair {
                 encoder, decoder, ..
             }| {
                let apart = words(encoder).symmetric_difference(&words(decoder)).count();
                let single = decoder.contains("single");
                (
                    apart,
                    single,
                    encoder.len() + decoder.len(),
                    encoder.clone(),
                    decoder.clone(),
                )
            },
        );
        pairs
    }
}

/// What a name says of the network.
fn words(name: &str) -> BTreeSet<String> {
    let name = name.to_lowercase();
    let words = name.split(|sign: char| !sign.is_ascii_alphanumeric());
    words
        .filter(|word| !word.is_empty() && !ROLES.contains(word))
        .map(str::to_owned)
        .collect()
}
