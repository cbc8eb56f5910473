//! Where a fetched file lies: in the cache that Hugging Face's programs share, or in a folder.
//!
//! The cache's layout is huggingface_hub's (`file_download.py`): `blobs/ETAG`, `snapshots/COMMIT/PATH` as a link to it, `refs/REVISION` with the commit in it. Does not know servers.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::source::is_inside;

/// What a server says of a file before its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Heads {
    /// Its name by content, without quotes: its SHA-256 where it is large.
    pub etag: Option<String>,
    /// The commit that it is of.
    pub commit: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
}

/// Where a file is to lie.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// In a repository's folder of the cache.
    Hub {
        /// `…/models--owner--name`.
        repo: PathBuf,
        /// Its path in a snapshot.
        file: String,
        /// By which it was asked for.
        revision: String,
        /// Whether links can be made.
        links: bool,
    },
    /// Under its own name.
    File(PathBuf),
}

impl Target {
    /// Where its bytes gather; `key` names what is fetched.
    pub fn part(&self, key: &str) -> PathBuf {
        match self {
            Self::Hub { repo, .. } => repo.join("blobs").join(format!("{key}.part")),
            Self::File(path) => beside(path, ".part"),
        }
    }

    /// The file of a cache that was filled before, without asking a server.
    pub fn kept(&self) -> Option<PathBuf> {
        let Self::Hub {
            repo,
            file,
            revision,
            ..
        } = self
        else {
            return None;
        };
        let commit = fs::read_to_string(repo.join("refs").join(revision));
        let commit = commit.unwrap_or_else(|_| revision.clone());
        let path = repo.join("snapshots").join(commit.trim()).join(file);
        (is_inside(commit.trim()) && path.is_file()).then_some(path)
    }

    /// Checks what a server says, and gives the file where it is there already.
    ///
    /// # Errors
    /// One line, where the file cannot be placed.
    pub fn there(&self, heads: &Heads) -> Result<Option<PathBuf>, String> {
        let long = |path: &Path| fs::metadata(path).ok().map(|found| found.len());
        match self {
            Self::File(path) => match long(path) {
                None => Ok(None),
                found if found == heads.size => Ok(Some(path.clone())),
                Some(_) => Err(format!(
                    "another file of this name is there; move it away and try again: {}",
                    path.display()
                )),
            },
            Self::Hub { .. } => {
                let (blob, snapshot) = self.hub_paths(heads)?;
                let is_whole = |path: &Path| heads.size.is_some() && long(path) == heads.size;
                if is_whole(&snapshot) {
                    self.refer(heads)?;
                    return Ok(Some(snapshot));
                }
                if is_whole(&blob) {
                    return self.link(&blob, &snapshot, heads).map(Some);
                }
                Ok(None)
            }
        }
    }

    /// Puts the bytes that gathered where they belong.
    ///
    /// # Errors
    /// One line.
    pub fn place(&self, part: &Path, heads: &Heads, sha256: &str) -> Result<PathBuf, String> {
        let failed = |error: io::Error| format!("it cannot be put in its place: {error}");
        match self {
            Self::File(path) => {
                fs::rename(part, path).map_err(failed)?;
                // As `sha256sum` writes it.
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let line = format!("{sha256}  {name}\n");
                fs::write(hash_beside(path), line).map_err(failed)?;
                Ok(path.clone())
            }
            Self::Hub { .. } => {
                let (blob, snapshot) = self.hub_paths(heads)?;
                fs::rename(part, &blob).map_err(failed)?;
                self.link(&blob, &snapshot, heads)
            }
        }
    }

    /// The file by content, and by its name in its commit.
    fn hub_paths(&self, heads: &Heads) -> Result<(PathBuf, PathBuf), String> {
        let Self::Hub { repo, file, .. } = self else {
            return Err("it has no place in the cache".to_owned());
        };
        let is_name =
            |name: &&str| name.len() >= 8 && name.bytes().all(|b| b.is_ascii_alphanumeric());
        let named = |name: &Option<String>| name.as_deref().filter(is_name).map(str::to_owned);
        let (Some(etag), Some(commit)) = (named(&heads.etag), named(&heads.commit)) else {
            return Err(
                "the server does not answer as Hugging Face does; look at HF_ENDPOINT".to_owned(),
            );
        };
        let snapshot = repo.join("snapshots").join(commit).join(file);
        Ok((repo.join("blobs").join(etag), snapshot))
    }

    /// Gives a blob its name, as a link where there are links, else by moving it there.
    fn link(&self, blob: &Path, snapshot: &Path, heads: &Heads) -> Result<PathBuf, String> {
        let Self::Hub { file, links, .. } = self else {
            return Ok(snapshot.to_owned());
        };
        let failed = |error: io::Error| format!("it cannot be put in its place: {error}");
        if let Some(folder) = snapshot.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        if fs::symlink_metadata(snapshot).is_ok() {
            // A link that leads nowhere, or what is left of a file.
            fs::remove_file(snapshot).map_err(failed)?;
        }
        let up = "../".repeat(2 + file.matches('/').count());
        let name = blob.file_name().unwrap_or_default();
        let to = Path::new(&up).join("blobs").join(name);
        if !links || symlink(&to, snapshot).is_err() {
            fs::rename(blob, snapshot).map_err(failed)?;
        }
        self.refer(heads)?;
        Ok(snapshot.to_owned())
    }

    /// Keeps which commit a branch is at.
    fn refer(&self, heads: &Heads) -> Result<(), String> {
        let (Self::Hub { repo, revision, .. }, Some(commit)) = (self, &heads.commit) else {
            return Ok(());
        };
        if revision == commit {
            return Ok(());
        }
        let path = repo.join("refs").join(revision);
        let folder = path.parent().unwrap_or(repo);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, commit));
        written.map_err(|error| format!("{} cannot be written: {error}", path.display()))
    }
}

/// The same path with more at its end.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The file that keeps the hash of another.
pub(super) fn hash_beside(path: &Path) -> PathBuf {
    beside(path, ".sha256")
}

#[cfg(unix)]
fn symlink(to: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, link)
}

#[cfg(windows)]
fn symlink(to: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(to, link)
}
