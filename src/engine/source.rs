//! Where the files of a model come from: a directory, or the executable itself.
//!
//! Does not know what the files mean.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Cursor};
use std::path::{Component, Path, PathBuf};

use serde_json::Value as Json;

use super::error::EngineError;
use super::graph::{External, Graph};

/// Files of the built-in model, by their path in its directory; empty in builds without one.
const BUILT_IN: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/built_in_model.rs"));

/// Where a model lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// A directory in the diffusers layout.
    Directory(PathBuf),
    /// The model inside the executable.
    BuiltIn,
}

/// A graph's bytes: what a session is made from.
#[derive(Clone, Debug)]
pub(super) enum GraphBytes {
    File(PathBuf),
    Memory(&'static [u8]),
}

impl ModelSource {
    /// Checks that there is something to read from.
    pub(super) fn check(&self) -> Result<(), EngineError> {
        let problem = match self {
            Self::Directory(path) if !path.exists() => {
                "there is no such directory; give the directory of a model in the diffusers ONNX layout"
            }
            Self::Directory(path) if !path.is_dir() => {
                "this is not a directory; give the directory of a model in the diffusers ONNX layout"
            }
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
            Self::BuiltIn => "built-in".into(),
        }
    }

    /// Whether a file, or anything in a folder, is there.
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Directory(root) => root.join(name).exists(),
            Self::BuiltIn => BUILT_IN
                .iter()
                .any(|(path, _)| Path::new(path).starts_with(name)),
        }
    }

    /// Content of a file; `None` when it is not there.
    pub(super) fn read(&self, name: &str) -> Result<Option<Cow<'static, [u8]>>, EngineError> {
        match self {
            // A pipe would wait for its other end.
            Self::Directory(root)
                if std::fs::metadata(root.join(name)).is_ok_and(|found| !found.is_file()) =>
            {
                Err(self.error(name, "it is a folder, pipe or device and not a file"))
            }
            Self::Directory(root) => match std::fs::read(root.join(name)) {
                Ok(bytes) => Ok(Some(Cow::Owned(bytes))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(self.error(name, format!("it cannot be read: {error}"))),
            },
            Self::BuiltIn => Ok(built_in(name).map(Cow::Borrowed)),
        }
    }

    /// A JSON object; `None` when the file is not there.
    pub(super) fn json(&self, name: &str) -> Result<Option<Json>, EngineError> {
        let Some(bytes) = self.read(name)? else {
            return Ok(None);
        };
        match serde_json::from_slice(&bytes) {
            Ok(json @ Json::Object(_)) => Ok(Some(json)),
            Ok(_) => Err(self.error(name, "it is not a JSON object")),
            Err(error) => Err(self.error(name, format!("it is not JSON: {error}"))),
        }
    }

    /// Head, bytes and weight (in bytes, external files included) of the graph in `part/model.onnx`.
    pub(super) fn graph(&self, part: &str) -> Result<(Graph, GraphBytes, u64), EngineError> {
        let name = format!("{part}/model.onnx");
        let broken = |error: super::wire::WireError| self.error(&name, error.to_string());
        match self {
            Self::Directory(root) => {
                let path = root.join(&name);
                if !path.is_file() {
                    return Err(self.error(&name, "this file of the model is missing"));
                }
                let file = File::open(&path)
                    .map_err(|error| self.error(&name, format!("it cannot be read: {error}")))?;
                let mut size = file
                    .metadata()
                    .map_err(|error| self.error(&name, format!("it cannot be read: {error}")))?
                    .len();
                let graph = Graph::read(file).map_err(broken)?;
                size += self.external_size(&name, &graph.external)?;
                Ok((graph, GraphBytes::File(path), size))
            }
            Self::BuiltIn => {
                let bytes = built_in(&name)
                    .ok_or_else(|| self.error(&name, "this file of the model is missing"))?;
                let graph = Graph::read(Cursor::new(bytes)).map_err(broken)?;
                if graph.external.is_empty() {
                    Ok((graph, GraphBytes::Memory(bytes), bytes.len() as u64))
                } else {
                    Err(self.error(
                        &name,
                        "its weights lie in another file, which a built-in model cannot have",
                    ))
                }
            }
        }
    }

    /// Checks the files that hold a graph's external weights, and adds up their sizes.
    ///
    /// ONNX Runtime has the same rule (inside the graph's folder, links resolved); its message names neither file nor remedy.
    fn external_size(&self, graph: &str, external: &[External]) -> Result<u64, EngineError> {
        let path = self.path(graph);
        let folder = path.parent().unwrap_or(Path::new("."));
        let inside = folder
            .canonicalize()
            .map_err(|error| self.error(graph, format!("its folder cannot be read: {error}")))?;
        let mut ends = std::collections::BTreeMap::<&str, u64>::new();
        for place in external {
            let end = ends.entry(&place.location).or_default();
            *end = place.end.max(*end);
        }
        let mut total = 0;
        for (location, end) in ends {
            let relative = Path::new(location);
            let plain = relative
                .components()
                .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
            if !plain {
                return Err(self.error(graph, format!("its weights point outside the model's directory (`{location}`); such a model is not opened")));
            }
            let weights = folder.join(relative);
            let real = weights.canonicalize().map_err(|_| {
                self.error(
                    graph,
                    format!("its weights file `{location}` is missing; copy it beside the graph"),
                )
            })?;
            if !real.starts_with(&inside) {
                return Err(self.error(
                    graph,
                    format!("its weights file `{location}` is a link that leads outside the model's directory; copy the file itself there"),
                ));
            }
            let size = std::fs::metadata(&real)
                .map_err(|error| {
                    self.error(graph, format!("`{location}` cannot be read: {error}"))
                })?
                .len();
            if size < end {
                return Err(self.error(graph, format!("its weights file `{location}` ends too early: {size} bytes of at least {end} (a broken download?)")));
            }
            total += size;
        }
        Ok(total)
    }
}

fn built_in(name: &str) -> Option<&'static [u8]> {
    BUILT_IN
        .iter()
        .find(|(path, _)| *path == name)
        .map(|(_, bytes)| *bytes)
}
