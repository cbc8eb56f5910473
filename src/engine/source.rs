//! Where the files of a model come from: a directory, or the executable itself.
//!
//! Does not know what the files mean.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Cursor};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value as Json;

use super::error::EngineError;
use super::graph::{External, Graph};
use super::identity::FileKind;
use super::network::{Built, Network};
use super::remote::Served;
use super::weights::Weights;
use super::{segmenter, tagger, upscaler};

/// Files of the built-in model, by their path in its directory; empty in builds without one.
const BUILT_IN: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/built_in_model.rs"));

/// Files that hold the weights of a network in a folder, as diffusers and transformers name them, the first that is there.
const WEIGHTS: [&str; 9] = [
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.safetensors.index.json",
    "diffusion_pytorch_model.fp16.safetensors",
    "diffusion_pytorch_model.safetensors.index.fp16.json",
    "diffusion_pytorch_model.non_ema.safetensors",
    "model.safetensors",
    "model.safetensors.index.json",
    "model.fp16.safetensors",
    "model.safetensors.index.fp16.json",
];

/// What the model inside the executable is called where a path could be given.
pub const BUILT_IN_NAME: &str = "built-in";

/// Where a model lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ModelSource {
    /// A directory in the diffusers layout.
    Directory(PathBuf),
    /// A checkpoint: one .safetensors file.
    File(PathBuf),
    /// The model inside the executable: what paints, and a network for each work beside that.
    BuiltIn,
}

/// A file, its size and its time.
pub(super) type Stamp = (PathBuf, u64, Option<SystemTime>);

/// How files are, those that are there.
pub(super) fn stamps(paths: impl Iterator<Item = PathBuf>) -> Vec<Stamp> {
    let stamp = |path: PathBuf| {
        let found = std::fs::metadata(&path)
            .ok()
            .filter(|found| found.is_file())?;
        Some((path, found.len(), found.modified().ok()))
    };
    paths.filter_map(stamp).collect()
}

/// A graph's bytes: what a session is made from.
#[derive(Clone, Debug)]
pub(super) enum GraphBytes {
    File {
        path: PathBuf,
        elsewhere: Elsewhere,
    },
    Memory {
        bytes: &'static [u8],
        /// Files in memory that it borrows weights of, by its own names of them.
        borrowed: Borrowed,
    },
    /// Written when it is loaded.
    Network(Arc<Network>),
    /// An export with other weights.
    Changed(Arc<Built>),
    /// It runs on a server.
    Served(Arc<Served>),
}

/// External weights that do not lie where the graph says: its name of them, and the file.
pub(super) type Elsewhere = Vec<(String, PathBuf)>;

/// Files of the built-in model whose weights another graph has too, and their bytes.
pub(super) type Borrowed = Vec<(String, &'static [u8])>;

impl ModelSource {
    /// What an artist means by a path: a folder, or a checkpoint; the built-in one by its name alone, whatever lies there (`./built-in` is a file).
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        if path.as_os_str() == BUILT_IN_NAME {
            return Self::BuiltIn;
        }
        let ending = path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("safetensors"));
        if path.is_file() || (ending && !path.is_dir()) {
            Self::File(path)
        } else {
            Self::Directory(path)
        }
    }

    /// The built-in model of a kind, in builds that hold one.
    #[must_use]
    pub fn built_in(kind: FileKind) -> Option<Self> {
        let folder = match kind {
            FileKind::Checkpoint => "unet",
            FileKind::Upscaler => upscaler::BUILT_IN,
            FileKind::Segmenter => segmenter::BUILT_IN,
            FileKind::Tagger => tagger::BUILT_IN,
            _ => return None,
        };
        Self::BuiltIn.has(folder).then_some(Self::BuiltIn)
    }

    /// Checks that there is something to read from.
    pub(super) fn check(&self) -> Result<(), EngineError> {
        let problem = match self {
            Self::Directory(path) if !path.exists() => {
                "there is no such file or folder; give a checkpoint (.safetensors), or the folder of a model in the layout of diffusers"
            }
            Self::Directory(path) if !path.is_dir() => {
                "this is neither a file nor a folder; give a checkpoint (.safetensors), or the folder of a model in the layout of diffusers"
            }
            Self::File(path) if !path.exists() => "there is no such file",
            Self::BuiltIn if BUILT_IN.is_empty() => {
                "this build holds no built-in model; give the directory of a model with --model"
            }
            _ => return Ok(()),
        };
        Err(self.error("", problem))
    }

    /// Path of a file, for messages.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Directory(root) if name.is_empty() => root.clone(),
            Self::Directory(root) => root.join(name),
            Self::BuiltIn if name.is_empty() => PathBuf::from("built-in model"),
            Self::BuiltIn => Path::new("built-in model").join(name),
        }
    }

    /// An error about a file.
    pub(super) fn error(&self, name: &str, problem: impl Into<String>) -> EngineError {
        EngineError::Model {
            path: self.path(name),
            problem: problem.into(),
        }
    }

    /// Name shown to the artist.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Directory(root) => {
                let root = root.canonicalize().unwrap_or_else(|_| root.clone());
                root.file_name().map_or_else(
                    || root.display().to_string(),
                    |name| name.to_string_lossy().into_owned(),
                )
            }
            Self::File(path) => path
                .file_stem()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            Self::BuiltIn => BUILT_IN_NAME.into(),
        }
    }

    /// The name that its makers gave it, as far as its path tells: of a model in Hugging Face's cache that of its repository, whose folders are called by hashes.
    pub(super) fn published_name(&self) -> String {
        let (Self::Directory(path) | Self::File(path)) = self else {
            return self.name();
        };
        let parts = path.iter().map(|part| part.to_string_lossy());
        let mut repos = parts.filter_map(|part| Some(part.strip_prefix("models--")?.to_owned()));
        repos
            .next()
            .map_or_else(|| self.name(), |repo| format!("{repo} {}", self.name()))
    }

    /// Size and time of each file in the directory and its folders, in order: others mean another model.
    pub(super) fn files(&self) -> Vec<Stamp> {
        let inside = |folder: &Path| -> Vec<PathBuf> {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect()
        };
        let paths = match self {
            Self::BuiltIn => Vec::new(),
            Self::File(path) => vec![path.clone()],
            Self::Directory(root) => {
                let mut paths = inside(root);
                paths.extend(paths.clone().iter().flat_map(|path| inside(path)));
                paths
            }
        };
        let mut files = stamps(paths.into_iter());
        files.sort();
        files
    }

    /// Whether a file, or anything in a folder, is there; a link is, wherever it leads.
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Directory(root) => std::fs::symlink_metadata(root.join(name)).is_ok(),
            Self::File(_) => false,
            Self::BuiltIn => BUILT_IN
                .iter()
                .any(|(path, _)| Path::new(path).starts_with(name)),
        }
    }

    /// Content of a file; `None` when it is not there.
    pub(super) fn read(&self, name: &str) -> Result<Option<Cow<'static, [u8]>>, EngineError> {
        match self {
            Self::Directory(root) => match self.find(root, name)? {
                Some(path) => match std::fs::read(path) {
                    Ok(bytes) => Ok(Some(Cow::Owned(bytes))),
                    Err(error) => Err(self.error(name, format!("it cannot be read: {error}"))),
                },
                None => Ok(None),
            },
            Self::File(_) => Ok(None),
            Self::BuiltIn => Ok(built_in(name).map(Cow::Borrowed)),
        }
    }

    /// Content of a text file as UTF-8 without a byte order mark; `None` when it is not there.
    pub(super) fn text(&self, name: &str) -> Result<Option<Cow<'static, [u8]>>, EngineError> {
        Ok(self.read(name)?.map(|bytes| match &*bytes {
            [0xef, 0xbb, 0xbf, text @ ..] => Cow::Owned(text.to_vec()),
            [0xff, 0xfe, pairs @ ..] => from_utf16(pairs, u16::from_le_bytes),
            [0xfe, 0xff, pairs @ ..] => from_utf16(pairs, u16::from_be_bytes),
            _ => bytes,
        }))
    }

    /// A JSON object; `None` when the file is not there.
    pub(super) fn json(&self, name: &str) -> Result<Option<Json>, EngineError> {
        let Some(bytes) = self.text(name)? else {
            return Ok(None);
        };
        match serde_json::from_slice(&bytes) {
            Ok(json @ Json::Object(_)) => Ok(Some(json)),
            Ok(_) => Err(self.error(name, "it is not a JSON object")),
            Err(error) => Err(self.error(name, format!("it is not JSON: {error}"))),
        }
    }

    /// Head, bytes and weight (in bytes, external files included) of the graph in a file.
    pub(super) fn graph(&self, name: &str) -> Result<(Graph, GraphBytes, u64), EngineError> {
        let broken = |error: super::wire::WireError| self.error(name, error.to_string());
        let missing = || self.error(name, "this file of the model is missing");
        match self {
            Self::Directory(root) => {
                let path = self.find(root, name)?.ok_or_else(missing)?;
                let unreadable =
                    |error: io::Error| self.error(name, format!("it cannot be read: {error}"));
                let file = File::open(&path).map_err(unreadable)?;
                let mut size = file.metadata().map_err(unreadable)?.len();
                let graph = Graph::read(file).map_err(broken)?;
                let (weights, elsewhere) = self.external(root, name, &path, &graph.external)?;
                size += weights;
                Ok((graph, GraphBytes::File { path, elsewhere }, size))
            }
            Self::File(_) => Err(missing()),
            Self::BuiltIn => {
                let bytes = built_in(name).ok_or_else(missing)?;
                let graph = Graph::read(Cursor::new(bytes)).map_err(broken)?;
                let (mut weight, mut borrowed) = (bytes.len() as u64, Borrowed::new());
                for External {
                    location,
                    end,
                    length,
                } in &graph.external
                {
                    let lender = built_in(location).filter(|lender| lender.len() as u64 >= *end);
                    let lender = lender.ok_or_else(|| {
                        self.error(
                            name,
                            format!("the weights that it shares with `{location}` are missing"),
                        )
                    })?;
                    weight += length;
                    if borrowed.iter().all(|(own, _)| own != location) {
                        borrowed.push((location.clone(), lender));
                    }
                }
                Ok((graph, GraphBytes::Memory { bytes, borrowed }, weight))
            }
        }
    }

    /// Whether a folder has the weights of a network.
    pub(super) fn has_weights(&self, folder: &str) -> bool {
        let mut names = WEIGHTS.iter();
        names.any(|name| self.has(&format!("{folder}/{name}")))
    }

    /// The weights of the network in a folder, of one file or several; `None` where there are none.
    pub(super) fn weights(&self, folder: &str) -> Result<Option<Weights>, EngineError> {
        let Self::Directory(root) = self else {
            return Ok(None);
        };
        let open = |name: &str| -> Result<Weights, EngineError> {
            let file = self.find(root, name)?;
            let missing = || self.error(name, "this file of the model is missing");
            Weights::open(&file.ok_or_else(missing)?)
        };
        for name in WEIGHTS.map(|name| format!("{folder}/{name}")) {
            if !self.has(&name) {
                continue;
            }
            if !name.ends_with(".json") {
                return open(&name).map(Some);
            }
            let json = self.json(&name)?.unwrap_or_default();
            let map = json.get("weight_map").and_then(Json::as_object);
            let files: Option<BTreeSet<&str>> =
                map.and_then(|map| map.values().map(Json::as_str).collect());
            let files = files.ok_or_else(|| {
                self.error(&name, "it does not say which files there are (weight_map)")
            })?;
            let mut weights = Weights::default();
            for file in files {
                if Path::new(file).components().count() != 1 {
                    return Err(
                        self.error(&name, format!("it points outside its folder (`{file}`)"))
                    );
                }
                weights.extend(open(&format!("{folder}/{file}"))?);
            }
            return Ok(Some(weights));
        }
        Ok(None)
    }

    /// Where a file really is; `None` when it is not there. A link that leads nowhere is an error: what it stood for was meant to be there.
    fn find(&self, root: &Path, name: &str) -> Result<Option<PathBuf>, EngineError> {
        let path = root.join(name);
        match std::fs::metadata(&path) {
            Ok(found) if found.is_file() => match blob_of(&path, found.len()) {
                Some(blob) if blob.is_file() => Ok(Some(blob)),
                Some(blob) => Err(self.error(name, lost(&blob))),
                None => Ok(Some(path)),
            },
            // A pipe would wait for its other end.
            Ok(_) => Err(self.error(name, "it is a folder, pipe or device and not a file")),
            Err(error) => {
                let mut parts = path.ancestors().take_while(|part| *part != root);
                let broken = parts
                    .find_map(|part| Some((part, std::fs::read_link(part).ok()?)))
                    .filter(|(part, _)| !part.exists());
                let missing = error.kind() == io::ErrorKind::NotFound;
                match broken {
                    Some((link, target)) => Err(EngineError::Model {
                        path: link.to_owned(),
                        problem: if missing {
                            lost(&target)
                        } else {
                            format!(
                                "it is a link to `{}`, which leads nowhere: {error}",
                                target.display()
                            )
                        },
                    }),
                    None if missing || error.kind() == io::ErrorKind::NotADirectory => Ok(None),
                    None => Err(self.error(name, format!("it cannot be read: {error}"))),
                }
            }
        }
    }

    /// Checks the files that hold a graph's external weights: their sizes together, and those that ONNX Runtime would not find from the graph at `path`, by the graph's own names of them.
    ///
    /// ONNX Runtime has the same rule (links resolved, inside the graph's folder or that of the file which the graph is a link to; 1.24.2 and later); its message names neither file nor remedy.
    fn external(
        &self,
        root: &Path,
        graph: &str,
        path: &Path,
        external: &[External],
    ) -> Result<(u64, Elsewhere), EngineError> {
        let folder = Path::new(graph).parent().unwrap_or(Path::new(""));
        let real = |path: &Path| {
            path.canonicalize()
                .map_err(|error| self.error(graph, format!("its folder cannot be read: {error}")))
        };
        let inside = [real(&root.join(folder))?, real(path)?.with_file_name("")];
        let mut ends = std::collections::BTreeMap::<&str, u64>::new();
        for place in external {
            let end = ends.entry(&place.location).or_default();
            *end = place.end.max(*end);
        }
        let (mut total, mut elsewhere) = (0, Elsewhere::new());
        for (location, end) in ends {
            let relative = Path::new(location);
            let plain = relative
                .components()
                .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
            if !plain {
                return Err(self.error(graph, format!("its weights point outside the model's directory (`{location}`); such a model is not opened")));
            }
            let name = folder.join(relative);
            let weights = self.find(root, &name.to_string_lossy())?.ok_or_else(|| {
                self.error(
                    graph,
                    format!("its weights file `{location}` is missing; copy it beside the graph"),
                )
            })?;
            let unreadable =
                |error| self.error(graph, format!("`{location}` cannot be read: {error}"));
            let real = weights.canonicalize().map_err(unreadable)?;
            if !inside.iter().any(|folder| real.starts_with(folder)) {
                return Err(self.error(
                    graph,
                    format!("its weights file `{location}` is a link that leads outside the folders of the graph and of the file that the graph is a link to; copy the file itself beside the graph"),
                ));
            }
            let size = std::fs::metadata(&real).map_err(unreadable)?.len();
            if size < end {
                return Err(self.error(graph, format!("its weights file `{location}` ends too early: {size} bytes of at least {end} (a broken download?)")));
            }
            total += size;
            if path.with_file_name(relative) != weights {
                elsewhere.push((location.to_owned(), weights));
            }
        }
        Ok((total, elsewhere))
    }
}

/// The file in a Hugging Face cache's folder `blobs` that a small file names and stands for: what unpacking a link leaves where there are no links.
fn blob_of(path: &Path, size: u64) -> Option<PathBuf> {
    const LONGEST: u64 = 256;
    if size > LONGEST {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    let (folders, hash) = text.trim_end().rsplit_once("/blobs/")?;
    let is_blob = folders.split('/').all(|part| part == "..")
        && matches!(hash.len(), 40 | 64)
        && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_blob.then(|| path.with_file_name(folders).join("blobs").join(hash))
}

/// What is wrong with a link to a file that is not there.
fn lost(target: &Path) -> String {
    format!(
        "it is a link to `{}`, which is missing (an interrupted download?); download the model again",
        target.display()
    )
}

/// UTF-16 as UTF-8; what is no text becomes replacement characters.
fn from_utf16(pairs: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'static, [u8]> {
    let units: Vec<u16> = pairs.as_chunks().0.iter().map(|pair| unit(*pair)).collect();
    Cow::Owned(String::from_utf16_lossy(&units).into_bytes())
}

fn built_in(name: &str) -> Option<&'static [u8]> {
    BUILT_IN
        .iter()
        .find(|(path, _)| *path == name)
        .map(|(_, bytes)| *bytes)
}
