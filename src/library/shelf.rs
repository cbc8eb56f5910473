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
use crate::engine::{FileKind, Kit, PredictionKind};
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

    /// The folder that keeps what was read of models, and their hashes.
    #[must_use]
    pub fn cache(&self) -> Option<&Path> {
        self.memory.as_deref()?.parent()
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
    /// What the artist said of models.
    pub said: Vec<Said>,
}

/// What the artist said once of a model: what its file does not say, and what goes with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// The model.
    pub model: PathBuf,
    /// Bytes of its file: another size is another model.
    size: u64,
    /// What it predicts, by the name of its [`PredictionKind`].
    prediction: Option<String>,
    /// Whether its noise schedule ends in pure noise.
    pub zero_snr: bool,
    /// A VAE in the place of its own.
    pub vae: Option<PathBuf>,
    /// Text encoders in the place of its own.
    pub text_encoder: Option<PathBuf>,
}

impl Said {
    /// Nothing, of a model.
    #[must_use]
    pub fn of(model: &Path) -> Self {
        Self {
            model: model.to_owned(),
            size: size_of(model),
            ..Self::default()
        }
    }

    /// What the model predicts.
    #[must_use]
    pub fn prediction(&self) -> Option<PredictionKind> {
        let mut kinds = PredictionKind::ALL.iter();
        kinds
            .find(|kind| self.prediction.as_deref() == Some(kind.name()))
            .copied()
    }

    /// Says what the model predicts; nothing, where its file is to say it.
    pub fn set_prediction(&mut self, prediction: Option<PredictionKind>) {
        self.prediction = prediction.map(|kind| kind.name().to_owned());
    }

    /// Puts it into a kit where that says nothing itself; a line for each that was put.
    pub fn put_into(&self, kit: &mut Kit) -> Vec<String> {
        let mut notes = Vec::new();
        let name = self.model.file_name().unwrap_or_default().to_string_lossy();
        let mut note =
            |what: String| notes.push(format!("{name}: {what}, as was said of this model before"));
        if let (None, Some(kind)) = (kit.prediction, self.prediction()) {
            kit.prediction = Some(kind);
            kit.zero_snr |= self.zero_snr;
            let snr = if self.zero_snr {
                " with zero terminal SNR"
            } else {
                ""
            };
            note(format!("prediction {}{snr}", kind.name()));
        }
        for (own, said, what) in [
            (&mut kit.vae, &self.vae, "VAE"),
            (&mut kit.text_encoder, &self.text_encoder, "text encoder"),
        ] {
            if let (None, Some(path)) = (&own, said) {
                *own = Some(path.clone());
                note(format!("{what} {}", path.display()));
            }
        }
        notes
    }
}

/// Bytes of a file; 0 of a folder, or where there is none.
fn size_of(model: &Path) -> u64 {
    let found = fs::metadata(model).ok().filter(fs::Metadata::is_file);
    found.map_or(0, |found| found.len())
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

    /// What the artist said of a model, while its file is what it was then.
    #[must_use]
    pub fn said(&self, model: &Path) -> Option<&Said> {
        let said = self.said.iter().find(|said| said.model == model)?;
        (said.size == size_of(model)).then_some(said)
    }

    /// Keeps what the artist says of a model.
    pub fn say(&mut self, said: Said) {
        self.said.retain(|own| own.model != said.model);
        if said != Said::of(&said.model) {
            self.said.push(said);
        }
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

    /// The models in them, and those that were added one by one.
    #[must_use]
    pub fn entries(&self, home: Option<&Home>, added: &[PathBuf]) -> Vec<Entry> {
        let own = added.iter().map(|path| Place {
            tool: Tool::Own,
            kind: FileKind::Other,
            folder: path.clone(),
        });
        let places = home.map(|home| self.places(&home.access));
        let places: Vec<_> = own.chain(places.unwrap_or_default()).collect();
        let mut entries = scan(&places, home.and_then(|home| home.memory.as_deref()));
        for path in added {
            if !entries.iter().any(|entry| entry.path.starts_with(path)) {
                entries.push(Entry::lost(path));
            }
        }
        entries
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
    let entries = Shelf::load(&home.shelf).entries(Some(&home), &[]);
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
