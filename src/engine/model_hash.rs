//! The hash by which sites and other programs know a checkpoint: the first ten digits of its file's SHA-256 (A1111's "Model hash", AutoV2).
//!
//! Reads gigabytes, so a hash is kept in the cache folder under the file's path, size and time. Does not know models.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::cancel::Cancel;
use crate::recipe::text_file;

/// Hexadecimal digits of a hash.
const DIGITS: usize = 10;

/// Bytes that are read at once.
const CHUNK: usize = 1 << 20;

/// Time between two looks at whether a hash is there.
const LOOK: Duration = Duration::from_millis(20);

/// The file of hashes in the cache folder; one thread at a time changes it.
const KEPT: &str = "model-hashes.json";
static KEEPING: Mutex<()> = Mutex::new(());

/// A hash that a thread makes; clones share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelHash(Arc<OnceLock<Option<String>>>);

impl ModelHash {
    /// [`hash`] on a thread of its own.
    #[must_use]
    pub fn begin(path: PathBuf, cache: Option<PathBuf>) -> Self {
        let begun = Self(Arc::default());
        let told = begun.clone();
        let hashing = move || {
            let hash = hash(&path, cache.as_deref());
            let hash = hash.inspect_err(|error| {
                tracing::warn!("{}: it is not hashed: {error}", path.display())
            });
            let _ = told.0.set(hash.ok());
        };
        if let Err(error) = thread::Builder::new()
            .name("model hash".into())
            .spawn(hashing)
        {
            tracing::warn!("no thread for a model's hash: {error}");
            let _ = begun.0.set(None);
        }
        begun
    }

    /// The hash where it is known by now.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        self.0.get()?.as_deref()
    }

    /// The hash, as soon as it is known; `None` where the file could not be read, or it was cancelled.
    #[must_use]
    pub fn wait(&self, cancel: &Cancel) -> Option<&str> {
        while self.0.get().is_none() && !cancel.is_cancelled() {
            thread::sleep(LOOK);
        }
        self.known()
    }
}

/// Ten hexadecimal digits of a file, from the cache where the file is as it was.
///
/// A cache that cannot be read or written costs time alone.
///
/// # Errors
/// The system's, when the file cannot be read.
pub fn hash(path: &Path, cache: Option<&Path>) -> io::Result<String> {
    let path = path.canonicalize()?;
    let mut file = File::open(&path)?;
    let before = file.metadata()?;
    if !before.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
    }
    let key = path.to_string_lossy();
    let kept = cache.map(|folder| folder.join(KEPT));
    if let (Some(kept), Some(version)) = (&kept, version(&before))
        && let Some(known) = read(kept).get(&*key)
        && known["file"] == version
        && let Some(known) = known["hash"].as_str()
    {
        return Ok(known.to_owned());
    }

    let mut digest = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => digest.update(&chunk[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let digits: String = digest.finalize()[..DIGITS / 2]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();

    // A file that was changed meanwhile is read again next time.
    let after = path.metadata().ok().as_ref().and_then(version);
    if let (Some(kept), Some(version)) = (kept, version(&before))
        && after.as_ref() == Some(&version)
    {
        keep(&kept, &key, json!({"file": version, "hash": digits}));
    }
    Ok(digits)
}

/// The file of a hash that is kept, while it is what it was; the hash may be longer than those that are kept.
#[must_use]
pub fn known(hash: &str, cache: &Path) -> Option<PathBuf> {
    let hash = hash.get(..DIGITS)?.to_lowercase();
    let all = read(&cache.join(KEPT));
    let mut found = all.iter().filter(|(_, known)| known["hash"] == *hash);
    let same = |path: &Path, file: &Json| {
        path.metadata().ok().as_ref().and_then(version).as_ref() == Some(file)
    };
    let (path, _) = found.find(|(path, known)| same(Path::new(path), &known["file"]))?;
    Some(PathBuf::from(path))
}

/// What tells that a file was changed: its size and the time of the change, nanoseconds.
fn version(metadata: &Metadata) -> Option<Json> {
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let modified = u64::try_from(modified.as_nanos()).ok()?;
    Some(json!([metadata.len(), modified]))
}

/// The hashes by path; none where the file is missing or broken.
fn read(kept: &Path) -> Map<String, Json> {
    let text = text_file::read(kept).ok().flatten();
    text.and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

fn keep(kept: &Path, key: &str, entry: Json) {
    let _guard = KEEPING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut all = read(kept);
    all.insert(key.to_owned(), entry);
    if let Err(error) = text_file::write_beside(kept, Json::Object(all).to_string().as_bytes()) {
        tracing::warn!("{}: the model's hash is not kept: {error}", kept.display());
    }
}
