//! Which models lie in some folders.
//!
//! A file's kind and family come from its head, and are kept from one look to the next. Does not know which folders.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::tools::{Place, Tool};
use crate::engine::graph::is_onnx;
use crate::engine::{
    FileKind, captioner_files, check_tagger, family_of_width, identify, sam, tag_list,
};
use crate::recipe::text_file;

/// A model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its file, or the folder of a model in the layout of diffusers.
    pub path: PathBuf,
    /// What it is called: the file's stem, or `owner/name` of Hugging Face.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// The family that it is of or goes with, where that can be told.
    pub family: Option<String>,
    /// Why it is no model that can be opened.
    pub refused: Option<String>,
    /// Bytes.
    pub size: u64,
    /// Whether it is a model that sees the mask, as far as its file or its UNet's config tells.
    pub inpainting: bool,
    /// Numbers in its tensors, of a model in one file.
    pub parameters: Option<u64>,
    /// A picture of what it makes.
    pub picture: Option<PathBuf>,
    /// Whose folder it lies in.
    pub tool: Tool,
}

/// How deep folders lie in each other, and how many files are looked at.
const DEEPEST: usize = 6;
const MOST: usize = 50_000;

/// Endings of pictures beside a file, the likelier first.
const PICTURES: [&str; 8] = [
    "preview.png",
    "preview.jpg",
    "preview.jpeg",
    "preview.webp",
    "png",
    "jpg",
    "jpeg",
    "webp",
];

/// What is kept of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    size: u64,
    /// When it was written, nanoseconds.
    time: u64,
    kind: String,
    family: Option<String>,
    refused: Option<String>,
    parameters: u64,
    inpainting: bool,
}

impl Entry {
    /// A path that was added as a model's, where none is found.
    #[must_use]
    pub fn lost(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            kind: FileKind::Checkpoint,
            family: None,
            refused: Some(
                "there is no model here any more; take it off the list, or put it back".to_owned(),
            ),
            size: 0,
            inpainting: false,
            parameters: None,
            picture: None,
            tool: Tool::Own,
        }
    }
}

/// The models in some folders, sorted by kind and name; `memory` is a file that keeps what was read.
#[must_use]
pub fn scan(places: &[Place], memory: Option<&Path>) -> Vec<Entry> {
    let before = memory.and_then(|path| fs::read(path).ok());
    let before = before.and_then(|text| serde_json::from_slice(&text).ok());
    let before: BTreeMap<PathBuf, Known> = before.unwrap_or_default();
    let mut look = Look {
        known: before.clone(),
        seen: BTreeSet::new(),
        entries: Vec::new(),
    };
    for place in places {
        match place.tool {
            Tool::HuggingFace => look.hub(place),
            _ if place.folder.is_file() => {
                let picture = picture_beside(&place.folder);
                let entry = look.file(&place.folder, place, picture);
                look.entries.extend(entry);
            }
            _ => look.folder(&place.folder, place, None, DEEPEST),
        }
    }
    let Look {
        mut entries,
        mut known,
        ..
    } = look;
    known.retain(|path, _| path.exists());
    if let Some(memory) = memory.filter(|_| known != before) {
        let text = serde_json::to_vec(&known).unwrap_or_default();
        if let Err(error) = text_file::write_beside(memory, &text) {
            tracing::warn!("{}: {error}", memory.display());
        }
    }
    entries.sort_by_cached_key(|entry| (entry.kind, entry.name.to_lowercase()));
    entries
}

struct Look {
    known: BTreeMap<PathBuf, Known>,
    /// Files and folders that were looked at, without links.
    seen: BTreeSet<PathBuf>,
    entries: Vec<Entry>,
}

impl Look {
    /// The newest state of each repository in a cache.
    fn hub(&mut self, place: &Place) {
        for repo in inside(&place.folder) {
            let name = repo.file_name().unwrap_or_default().to_string_lossy();
            let Some(name) = name.strip_prefix("models--") else {
                continue;
            };
            let name = name.replace("--", "/");
            let commit = fs::read_to_string(repo.join("refs/main"));
            let snapshots = repo.join("snapshots");
            let main = commit.map(|commit| snapshots.join(commit.trim()));
            let main = main.ok().filter(|folder| folder.is_dir());
            let newest = || {
                let time =
                    |path: &PathBuf| fs::metadata(path).and_then(|found| found.modified()).ok();
                inside(&snapshots).into_iter().max_by_key(time)
            };
            if let Some(snapshot) = main.or_else(newest) {
                self.folder(&snapshot, place, Some(&name), 3);
            }
        }
    }

    /// The models in a folder and its folders; `repo` is what the folder itself is called.
    fn folder(&mut self, folder: &Path, place: &Place, repo: Option<&str>, depth: usize) {
        let real = folder.canonicalize().ok();
        if depth == 0 || !real.is_some_and(|real| self.seen.insert(real)) {
            return;
        }
        let files = inside(folder);
        let names = || files.iter().filter_map(|file| file.file_name()?.to_str());
        // Other tools have a folder of this name with models in it.
        let unet = ["unet/config.json", "unet/model.onnx"].map(|name| folder.join(name));
        if names().any(|name| name == "model_index.json") || unet.iter().any(|file| file.is_file())
        {
            let (family, inpainting) = of_config(&unet[0]);
            self.entries.push(Entry {
                family: family.map(str::to_owned),
                size: weight(folder, 3),
                inpainting,
                ..whole(folder, repo.map(str::to_owned), FileKind::Checkpoint, place)
            });
            return;
        }
        if captioner_files(|name| folder.join(name).is_file()).is_some() {
            let name = repo.map(str::to_owned);
            self.entries
                .push(whole(folder, name, FileKind::Captioner, place));
            return;
        }
        // Reading heads takes longer than names.
        if names().any(|name| name.contains("decoder") && name.ends_with(".onnx")) {
            let inner = folder.file_name().is_some_and(|name| name == "onnx");
            let outer = folder.parent().filter(|_| inner).unwrap_or(folder);
            for path in sam::pairs(folder) {
                let is_folder = path == folder;
                let own = outer.file_name().unwrap_or_default().to_string_lossy();
                let name = is_folder.then(|| repo.unwrap_or(&own).to_owned());
                self.entries.push(whole(&path, name, FileKind::Sam, place));
            }
        }
        for file in &files {
            if self.entries.len() >= MOST {
                return;
            }
            if file.is_dir() {
                let repo = repo.filter(|_| file.ends_with("onnx"));
                self.folder(file, place, repo, depth - 1);
                continue;
            }
            let ending = file.extension().and_then(|ending| ending.to_str());
            let is_model = match ending.map(str::to_lowercase).as_deref() {
                Some("safetensors") => true,
                Some("onnx") => {
                    matches!(place.kind, FileKind::Upscaler | FileKind::Detector)
                        || tag_list(file).is_some()
                }
                _ => false,
            };
            if is_model {
                let picture = picture_beside(file);
                let entry = self.file(file, place, picture);
                self.entries.extend(entry.map(|mut entry| {
                    // As transformers calls all weights.
                    let own = folder.file_name().unwrap_or_default().to_string_lossy();
                    let own = (entry.kind == FileKind::Tagger).then_some(&*own);
                    if let Some(name) = repo.or(own).filter(|_| entry.name == "model") {
                        name.clone_into(&mut entry.name);
                    }
                    entry
                }));
            }
        }
    }

    fn file(&mut self, path: &Path, place: &Place, picture: Option<PathBuf>) -> Option<Entry> {
        let found = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        // Links in the cache lead to names that say nothing.
        if !self.seen.insert(path.canonicalize().ok()?) {
            return None;
        }
        let list = is_onnx(path).then(|| tag_list(path)).flatten();
        let list = list.and_then(|list| fs::metadata(list).ok()?.modified().ok());
        let time = found.modified().ok().max(list)?;
        let time = time.duration_since(UNIX_EPOCH).ok()?.as_nanos() as u64;
        let known = self.known.get(path);
        let known = known.filter(|known| known.size == found.len() && known.time == time);
        let known = match known {
            Some(known) => known.clone(),
            None => {
                let known = recognised(path, place, found.len(), time);
                self.known.insert(path.to_owned(), known.clone());
                known
            }
        };
        let kind = FileKind::ALL.iter().find(|kind| kind.name() == known.kind);
        let stem = path.file_stem().unwrap_or_default();
        Some(Entry {
            path: path.to_owned(),
            name: stem.to_string_lossy().into_owned(),
            kind: kind.copied().unwrap_or(FileKind::Other),
            family: known.family,
            refused: known.refused,
            size: found.len(),
            inpainting: known.inpainting,
            parameters: (known.parameters > 0).then_some(known.parameters),
            picture,
            tool: place.tool,
        })
    }
}

/// A network of more than one file, at the path that names it.
fn whole(path: &Path, name: Option<String>, kind: FileKind, place: &Place) -> Entry {
    let own = if path.is_dir() {
        path.file_name()
    } else {
        path.file_stem()
    };
    let own = own.unwrap_or_default().to_string_lossy();
    Entry {
        name: name.unwrap_or_else(|| own.into_owned()),
        kind,
        family: None,
        refused: None,
        size: weight(path, 2).max(fs::metadata(path).map_or(0, |found| found.len())),
        inpainting: false,
        parameters: None,
        picture: None,
        tool: place.tool,
        path: path.to_owned(),
    }
}

/// What a file is by its head, else by its folder.
fn recognised(path: &Path, place: &Place, size: u64, time: u64) -> Known {
    let identity = (!is_onnx(path)).then(|| identify(path));
    let mut known = Known {
        size,
        time,
        kind: place.kind.name().to_owned(),
        family: None,
        refused: None,
        parameters: 0,
        inpainting: false,
    };
    match identity {
        Some(Ok(identity)) => {
            if identity.kind != FileKind::Other {
                identity.kind.name().clone_into(&mut known.kind);
            }
            known.family = identity.family.map(str::to_owned);
            known.refused = identity.refused.map(str::to_owned);
            known.parameters = identity.parameters;
            known.inpainting = identity.inpainting;
        }
        Some(Err(error)) => known.refused = Some(error.to_string()),
        None if tag_list(path).is_some() => {
            let checked = check_tagger(path);
            // Beside other networks the list may be a licence or a readme.
            let other = matches!(place.kind, FileKind::Upscaler | FileKind::Detector);
            if checked.is_ok() || !other {
                FileKind::Tagger.name().clone_into(&mut known.kind);
                known.refused = checked.err().map(|error| error.to_string());
            }
        }
        None => {}
    }
    known
}

/// Family and whether it sees the mask, of a model in the layout of diffusers, by its UNet's config.
fn of_config(file: &Path) -> (Option<&'static str>, bool) {
    let text = fs::read(file).unwrap_or_default();
    let config: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let width = &config["cross_attention_dim"];
    let width = width.as_u64().or_else(|| width[0].as_u64());
    let family = width.and_then(|width| family_of_width(usize::try_from(width).ok()?));
    (family, config["in_channels"] == 9)
}

/// What is in a folder, in order.
fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.take(MOST).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Bytes of the files in a folder.
fn weight(folder: &Path, depth: usize) -> u64 {
    let paths = inside(folder).into_iter();
    let sizes = paths.map(|path| match fs::metadata(&path) {
        Ok(found) if found.is_file() => found.len(),
        Ok(_) if depth > 0 => weight(&path, depth - 1),
        _ => 0,
    });
    sizes.sum()
}

/// The picture beside a file.
fn picture_beside(file: &Path) -> Option<PathBuf> {
    let mut pictures = PICTURES.iter().map(|ending| file.with_extension(ending));
    pictures.find(|picture| picture.is_file())
}
