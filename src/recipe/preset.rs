//! Named presets: recipes as JSON files in a folder of the user's.
//!
//! Does not know what a recipe means; a preset may hold some of its fields only.

use std::io;
use std::path::{Path, PathBuf};

use super::field::rows::KEYS;
use super::parsed::NoRecipe;
use super::{Parsed, Recipe, json, text_file};
use crate::folders;

/// Longest name, characters.
const LONGEST: usize = 100;

/// A folder of presets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presets {
    folder: PathBuf,
}

/// Why a preset cannot be read, written or removed: one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PresetError {
    /// The user has no home to keep them in.
    #[error("there is no folder for presets; set {} to one", folders::VARIABLE)]
    NoHome,
    /// A name that is no good as a file's.
    #[error(
        "`{0}` cannot name a preset; use letters, digits, spaces, `-`, `_` and dots inside, up to {LONGEST}"
    )]
    Name(String),
    /// There is none of that name.
    #[error("there is no preset `{name}`; {}", list_of(.known))]
    Missing {
        /// What was asked for.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// The file makes no sense.
    #[error("the preset is damaged ({reason}); save it anew or remove it: {}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system refused.
    #[error("the preset cannot be used ({cause}): {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        cause: io::Error,
    },
}

fn list_of(names: &[String]) -> String {
    match names {
        [] => "none has been saved yet".to_owned(),
        names => format!("choose one of {}", names.join(", ")),
    }
}

impl Presets {
    /// The user's presets.
    ///
    /// # Errors
    /// [`PresetError::NoHome`].
    pub fn of_user() -> Result<Self, PresetError> {
        folders::presets()
            .map(Self::in_folder)
            .ok_or(PresetError::NoHome)
    }

    /// The presets in a folder, which need not exist yet.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Their names, sorted.
    ///
    /// # Errors
    /// [`PresetError::Io`] when the folder is there and cannot be read.
    pub fn list(&self) -> Result<Vec<String>, PresetError> {
        let io = |cause| io_error(&self.folder, cause);
        let entries = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(io)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let path = entry.map_err(io)?.path();
            let is_preset = path.extension().is_some_and(|end| end == "json");
            let name = path.file_stem().and_then(|stem| stem.to_str());
            names.extend(
                name.filter(|name| is_preset && fits(name))
                    .map(str::to_owned),
            );
        }
        names.sort();
        Ok(names)
    }

    /// Reads a preset; the fields that it lacks are as in `base`.
    ///
    /// # Errors
    /// [`PresetError`].
    pub fn load(&self, name: &str, base: &Recipe) -> Result<Parsed, PresetError> {
        let path = self.path(name)?;
        let text = match text_file::read_all(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(PresetError::Missing {
                    name: name.to_owned(),
                    known: self.list()?,
                });
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(damaged(&path, "it is not text"));
            }
            text => text.map_err(|cause| io_error(&path, cause))?,
        };
        let object = json::object(&text).map_err(|reason| damaged(&path, reason))?;
        json::read(&object, base).map_err(|error| match error {
            NoRecipe::Field { field, reason } => damaged(&path, format!("{field}: {reason}")),
            error => damaged(&path, error.to_string()),
        })
    }

    /// Keeps a recipe under a name, in place of an older one; written beside and renamed.
    ///
    /// What the older one says that no recipe has a field for stays in the file: a newer version of the program may know it.
    ///
    /// # Errors
    /// [`PresetError::Name`], [`PresetError::Io`].
    pub fn save(&self, name: &str, recipe: &Recipe) -> Result<(), PresetError> {
        let path = self.path(name)?;
        let io = |cause| io_error(&path, cause);
        let mut preset = serde_json::to_value(recipe).map_err(|error| io(error.into()))?;
        let older = text_file::read_all(&path).ok();
        let older = older.and_then(|text| json::object(&text).ok());
        if let (Some(preset), Some(older)) = (preset.as_object_mut(), older) {
            let unknown = |(key, _): &(String, _)| !KEYS.contains(&key.as_str());
            preset.extend(older.into_iter().filter(unknown));
        }
        let text = serde_json::to_string_pretty(&preset).map_err(|error| io(error.into()))?;
        text_file::write_beside(&path, text.as_bytes()).map_err(io)
    }

    /// Removes a preset.
    ///
    /// # Errors
    /// [`PresetError`].
    pub fn delete(&self, name: &str) -> Result<(), PresetError> {
        let path = self.path(name)?;
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(PresetError::Missing {
                name: name.to_owned(),
                known: self.list()?,
            }),
            removed => removed.map_err(|cause| io_error(&path, cause)),
        }
    }

    fn path(&self, name: &str) -> Result<PathBuf, PresetError> {
        match fits(name) {
            true => Ok(self.folder.join(format!("{name}.json"))),
            false => Err(PresetError::Name(name.to_owned())),
        }
    }
}

/// Whether a name can be a file's on every system.
fn fits(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.');
    let edge = |c: char| c == ' ' || c == '.';
    !name.is_empty()
        && name.chars().count() <= LONGEST
        && name.chars().all(fits)
        && !name.starts_with(edge)
        && !name.ends_with(edge)
}

fn damaged(path: &Path, reason: impl Into<String>) -> PresetError {
    PresetError::Damaged {
        path: path.to_owned(),
        reason: reason.into(),
    }
}

fn io_error(path: &Path, cause: io::Error) -> PresetError {
    PresetError::Io {
        path: path.to_owned(),
        cause,
    }
}
