//! The lists behind `__name__`: files that are read when they are asked for, or all beforehand.
//!
//! Does not know templates.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::folders;
use crate::recipe::text_file;

/// How deep folders of lists may lie in one another.
const DEEPEST_FOLDER: usize = 8;

/// The lists behind `__name__`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wildcards {
    folder: Option<PathBuf>,
    files: Files,
    lists: BTreeMap<String, Vec<String>>,
}

/// What is known of the folder's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Files {
    /// Each is read when its list is asked for.
    #[default]
    AsAsked,
    /// They are still to be read.
    Unread,
    /// As they were read.
    Read(BTreeMap<PathBuf, File>),
}

/// A file of choices, and what tells that it has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    modified: Option<SystemTime>,
    length: u64,
    choices: Result<Vec<String>, String>,
}

impl Wildcards {
    /// The user's files: `wildcards/NAME.txt` in the configuration folder, a choice on each line, `#` in front of remarks.
    pub fn of_user() -> Self {
        Self::in_folder(folders::wildcards())
    }

    /// The files of a folder; `None` has none.
    pub fn in_folder(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            ..Self::default()
        }
    }

    /// The files of a folder that are still to be [read](Self::read): until then no list is there.
    pub fn unread(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            files: Files::Unread,
            ..Self::default()
        }
    }

    /// The same with all files of the folder read, those again that have changed since they were: no list that is asked for reads a file any more.
    #[must_use]
    pub fn read(&self) -> Self {
        let mut files = BTreeMap::new();
        if let Some(folder) = &self.folder {
            let known = match &self.files {
                Files::Read(known) => Some(known),
                Files::AsAsked | Files::Unread => None,
            };
            read_folder(folder, known, 0, &mut files);
        }
        Self {
            folder: self.folder.clone(),
            files: Files::Read(files),
            lists: self.lists.clone(),
        }
    }

    /// Adds a list without a file.
    pub fn with_list(mut self, name: &str, choices: &[&str]) -> Self {
        let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
        self.lists.insert(name.to_owned(), choices);
        self
    }

    /// The choices of a list, or what to do when there are none.
    pub(super) fn choices(&self, name: &str) -> Result<Vec<String>, String> {
        if let Some(choices) = self.lists.get(name) {
            return Ok(choices.clone());
        }
        let Some(folder) = &self.folder else {
            return Err(format!(
                "no folder for wildcards; set {}",
                folders::VARIABLE
            ));
        };
        let path = folder.join(format!("{name}.txt"));
        match &self.files {
            Files::AsAsked => read_choices(&path),
            Files::Unread => Err("the wildcards are being read, wait a moment".to_owned()),
            Files::Read(files) => match files.get(&path) {
                Some(file) => file.choices.clone(),
                None => Err(no_list(&path)),
            },
        }
    }
}

/// Reads the files of a folder and of those in it, but not again those that are `known` and have not changed.
fn read_folder(
    folder: &Path,
    known: Option<&BTreeMap<PathBuf, File>>,
    depth: usize,
    files: &mut BTreeMap<PathBuf, File>,
) {
    // A folder that is not there has no lists, which is told of each that is asked for.
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(facts) = path.metadata() else {
            continue;
        };
        if facts.is_dir() {
            // A link may lead back to a folder around it.
            if depth < DEEPEST_FOLDER {
                read_folder(&path, known, depth + 1, files);
            }
        } else if path.extension().is_some_and(|ending| ending == "txt") {
            let (modified, length) = (facts.modified().ok(), facts.len());
            let same = |file: &&File| (file.modified, file.length) == (modified, length);
            let file = known.and_then(|known| known.get(&path)).filter(same);
            let file = file.cloned().unwrap_or_else(|| File {
                modified,
                length,
                choices: read_choices(&path),
            });
            files.insert(path, file);
        }
    }
}

fn read_choices(path: &Path) -> Result<Vec<String>, String> {
    let text = text_file::read_all(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => no_list(path),
        _ => format!(
            "the wildcard cannot be read ({error}), check {}",
            path.display()
        ),
    })?;
    let lines = text.lines().map(str::trim);
    let choices: Vec<_> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    match choices.is_empty() {
        true => Err(empty_list(path)),
        false => Ok(choices),
    }
}

fn no_list(path: &Path) -> String {
    format!("no such wildcard, create {}", path.display())
}

fn empty_list(path: &Path) -> String {
    format!(
        "the wildcard has no choices, write one a line in {}",
        path.display()
    )
}
