//! What the artist chose of the library, and the folders that follow from it.
//!
//! Does not know windows or command lines, which share it.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::access::Access;
use super::entries::{Entry, scan};
use super::tools::{self, Place, Tool};
use crate::engine::FileKind;
use crate::folders;
use crate::recipe::text_file;

/// Recent models that are kept.
const RECENT: usize = 12;

/// Where the library lives on a machine.
#[derive(Clone)]
pub struct Home {
    /// How servers are spoken to, and where what they send goes.
    pub access: Access,
    /// The file of the artist's choices.
    pub shelf: PathBuf,
    /// The file that keeps what was read of models.
    pub memory: Option<PathBuf>,
    /// Where other tools' folders may lie; the usual places when absent.
    pub bases: Option<Vec<PathBuf>>,
}

impl fmt::Debug for Home {
    /// Without tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Home");
        shown.field("shelf", &self.shelf).finish_non_exhaustive()
    }
}

impl Home {
    /// That of this user; `None` where the user has no home.
    #[must_use]
    pub fn from_environment() -> Option<Self> {
        Some(Self {
            access: Access::from_environment()?,
            shelf: folders::configuration()?.join("library.json"),
            memory: folders::cache().map(|folder| folder.join("models.json")),
            bases: None,
        })
    }
}

/// The artist's choices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shelf {
    /// Folders that are used: tools', or plain ones.
    pub folders: Vec<PathBuf>,
    /// Folders of tools that are not to be offered again.
    pub declined: Vec<PathBuf>,
    /// Models that are shown first.
    pub favourites: Vec<PathBuf>,
    /// Models that were used, newest first.
    pub recent: Vec<PathBuf>,
    /// Whether the models to begin with are not to be offered again.
    pub started: bool,
}

impl Shelf {
    /// As it was kept; nothing chosen where it was not, or makes no sense.
    #[must_use]
    pub fn load(path: &Path) -> Self {
        let text = fs::read(path).ok();
        let shelf = text.and_then(|text| serde_json::from_slice(&text).ok());
        shelf.unwrap_or_default()
    }

    /// Keeps it.
    ///
    /// # Errors
    /// The system's.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        text_file::write_beside(path, &text)
    }

    /// Uses a folder from now on.
    pub fn add(&mut self, folder: PathBuf) {
        if !self.folders.contains(&folder) {
            self.folders.push(folder);
        }
    }

    /// Puts a model at the head of the recent ones.
    pub fn remember(&mut self, model: &Path) {
        self.recent.retain(|own| own != model);
        self.recent.insert(0, model.to_owned());
        self.recent.truncate(RECENT);
    }

    /// Every folder that is looked into: the program's own, Hugging Face's cache, and those that were added.
    #[must_use]
    pub fn places(&self, access: &Access) -> Vec<Place> {
        let place = |tool, folder: &Path| Place {
            tool,
            kind: FileKind::Other,
            folder: folder.to_owned(),
        };
        let mut places = vec![place(Tool::Own, &access.models)];
        for folder in &self.folders {
            match tools::places(folder) {
                found if found.is_empty() => places.push(place(Tool::Own, folder)),
                found => places.extend(found),
            }
        }
        places.push(place(Tool::HuggingFace, &access.hub_cache));
        places
    }

    /// The models in them.
    #[must_use]
    pub fn entries(&self, home: &Home) -> Vec<Entry> {
        scan(&self.places(&home.access), home.memory.as_deref())
    }

    /// Folders of tools that are neither used nor declined.
    #[must_use]
    pub fn offers(&self, home: &Home) -> Vec<(Tool, PathBuf)> {
        // Asking for the disks can take long.
        let bases = home.bases.clone().unwrap_or_else(tools::usual_bases);
        let known = |root: &PathBuf| self.folders.contains(root) || self.declined.contains(root);
        let roots = tools::find(&bases).into_iter().filter(|root| !known(root));
        let tool = |root: PathBuf| Some((tools::places(&root).first()?.tool, root));
        roots.filter_map(tool).collect()
    }
}

/// The model of a name in the known folders, whatever its ending and the case of its letters.
///
/// # Errors
/// One line, where several have it.
pub fn named(name: &str, kind: FileKind) -> Result<Option<PathBuf>, String> {
    let Some(home) = Home::from_environment() else {
        return Ok(None);
    };
    let entries = Shelf::load(&home.shelf).entries(&home);
    let endings = [".safetensors", ".onnx"];
    let stem = endings.iter().find_map(|ending| name.strip_suffix(ending));
    let wanted = stem.unwrap_or(name).to_lowercase();
    let fits = |entry: &&Entry| entry.kind == kind && entry.name.to_lowercase() == wanted;
    let found: Vec<&Entry> = entries.iter().filter(fits).collect();
    match &found[..] {
        [] => Ok(None),
        [one] => Ok(Some(one.path.clone())),
        [first, second, ..] => Err(format!(
            "several models are called `{name}`; give the path of one: {}, {}",
            first.path.display(),
            second.path.display()
        )),
    }
}
