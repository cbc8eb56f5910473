//! Whether what was fetched is still what it was.
//!
//! Does not know how it was fetched.

use std::fs;
use std::path::{Path, PathBuf};

use super::access::Access;
use super::ask::Trouble;
use super::download::Control;
use super::place::hash_beside;
use super::transfer::{hash_of, hex};

/// A file whose SHA-256 is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub path: PathBuf,
    /// SHA-256 that it should have, hexadecimal digits.
    pub sha256: String,
}

/// What a file is found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it was fetched.
    Same,
    /// Something else.
    Changed,
    /// Not readable.
    Unreadable(String),
}

/// Files whose hash is known: those of the models' folder that were fetched, and the large ones of Hugging Face's cache, which are called by theirs.
#[must_use]
pub fn recorded(access: &Access) -> Vec<Finding> {
    let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let inside = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let mut found = Vec::new();
    for path in inside(&access.models) {
        let text = fs::read_to_string(hash_beside(&path)).unwrap_or_default();
        let hash = text.split_whitespace().next().unwrap_or_default();
        if is_hash(hash) {
            let sha256 = hash.to_lowercase();
            found.push(Finding { path, sha256 });
        }
    }
    for repo in inside(&access.hub_cache) {
        for path in inside(&repo.join("blobs")) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let sha256 = name.to_lowercase();
            if is_hash(&sha256) {
                found.push(Finding { path, sha256 });
            }
        }
    }
    found
}

/// Reads a file and compares.
#[must_use]
pub fn verify(file: &Finding) -> Verdict {
    let control = Control::new(String::new());
    match hash_of(&file.path, &control) {
        Ok((hash, _)) => match hex(hash) == file.sha256 {
            true => Verdict::Same,
            false => Verdict::Changed,
        },
        Err(Trouble::Fatal(why) | Trouble::Again(why, _)) => Verdict::Unreadable(why),
        // Nobody else has the control.
        Err(Trouble::Paused | Trouble::Stopped) => Verdict::Unreadable("stopped".to_owned()),
    }
}
