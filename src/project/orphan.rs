//! Work that programs left behind when they were killed: found, held while it is decided on, and cleared away.
//!
//! Does not read the work itself.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::journal::{LOCK, WORK};
use super::record::Record;
use crate::raster::Size;

/// The file beside the work that says what it is, so that nobody has to read all of it for that.
const ABOUT: &str = "about.json";

/// What is said of work beside it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct About {
    title: String,
    size: Size,
    pub unsaved: bool,
}

impl About {
    /// Takes a change in.
    pub fn note(&mut self, record: &Record) {
        match record {
            Record::Size(size) => self.size = *size,
            Record::Facts(facts) => {
                self.title.clone_from(&facts.title);
                self.unsaved = facts.unsaved;
            }
            _ => {}
        }
    }

    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(ABOUT);
        let fresh = path.with_extension("new");
        let mut file = File::create(&fresh)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        // It decides whether the work is kept: written rarely, and for certain.
        file.sync_all()?;
        drop(file);
        fs::rename(&fresh, &path)
    }

    /// Where it cannot be read, work that would be missed: the work itself tells more.
    fn read(folder: &Path) -> Self {
        let unknown = || Self {
            unsaved: true,
            ..Self::default()
        };
        let Ok(bytes) = fs::read(folder.join(ABOUT)) else {
            return unknown();
        };
        serde_json::from_slice(&bytes).unwrap_or_else(|_| unknown())
    }
}

/// Work that a program left behind; nobody else finds it while this lives.
#[derive(Debug)]
pub struct Orphan {
    folder: PathBuf,
    about: About,
    changed: SystemTime,
    _lock: File,
}

impl Orphan {
    /// Its file, for [`recover`](super::recover).
    pub fn work(&self) -> PathBuf {
        self.folder.join(WORK)
    }

    /// What it was called; empty where that is not known.
    pub fn title(&self) -> &str {
        &self.about.title
    }

    /// Width and height of its picture; empty where that is not known.
    pub fn size(&self) -> Size {
        self.about.size
    }

    /// When it was last written.
    pub fn changed(&self) -> SystemTime {
        self.changed
    }

    /// Clears it away: it was taken over, or is not wanted.
    pub fn forget(self) {
        remove(&self.folder);
    }
}

/// Work that programs left behind when they were killed, newest first; that of running programs is not among it.
///
/// What holds nothing that would be missed is cleared away.
pub fn orphans(journals: &Path) -> Vec<Orphan> {
    let Ok(entries) = fs::read_dir(journals) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .filter_map(|folder| orphan(&folder))
        .collect();
    found.sort_by_key(|orphan| std::cmp::Reverse(orphan.changed));
    found
}

fn orphan(folder: &Path) -> Option<Orphan> {
    let lock = OpenOptions::new()
        .read(true)
        .write(true)
        .open(folder.join(LOCK));
    let lock = match lock {
        Ok(lock) => lock,
        Err(error) => {
            if error.kind() == io::ErrorKind::NotFound {
                // Killed before anything else was there; only an empty folder goes.
                let _ = fs::remove_dir(folder);
            }
            return None;
        }
    };
    lock.try_lock().ok()?;
    let about = About::read(folder);
    // Without a file of work, or with nothing in it that is not in a file of the artist's.
    let work = fs::metadata(folder.join(WORK)).and_then(|work| work.modified());
    match work {
        Ok(changed) if about.unsaved => Some(Orphan {
            folder: folder.to_owned(),
            about,
            changed,
            _lock: lock,
        }),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!("cannot be looked at ({error}): {}", folder.display());
            None
        }
        _ => {
            remove(folder);
            None
        }
    }
}

pub(super) fn remove(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder) {
        tracing::warn!("cannot be removed ({error}): {}", folder.display());
    }
}
