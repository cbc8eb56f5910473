//! The hashes by which sites and other programs know a checkpoint and a LoRA: the first digits of a SHA-256 (A1111's "Model hash", AutoV2; its "Lora hashes", AutoV3).
//!
//! Reads gigabytes, so hashes are kept in the cache folder under the file's path, size and time. Does not know models.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::cancel::Cancel;
use super::weights::Weights;
use crate::recipe::text_file;

/// What a hash is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hashed {
    /// A whole file; ten hexadecimal digits.
    File,
    /// The tensors of a .safetensors file, without its head, which tools write into; twelve hexadecimal digits, or the first of those that its trainer left in the head (A1111 `modules/hashes.py`, kohya-ss `sd-scripts` `sshs_model_hash`).
    Tensors,
}

impl Hashed {
    /// How many digits it has.
    #[must_use]
    pub const fn digits(self) -> usize {
        match self {
            Self::File => 10,
            Self::Tensors => 12,
        }
    }

    /// What it is called where it is kept.
    const fn key(self) -> &'static str {
        match self {
            Self::File => "hash",
            Self::Tensors => "tensors",
        }
    }
}

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
        Self::begin_of(Hashed::File, path, cache)
    }

    /// [`hash_of`] on a thread of its own.
    #[must_use]
    pub fn begin_of(of: Hashed, path: PathBuf, cache: Option<PathBuf>) -> Self {
        let begun = Self(Arc::default());
        let told = begun.clone();
        let hashing = move || {
            let hash = hash_of(of, &path, cache.as_deref(), &Cancel::new());
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
    hash_of(Hashed::File, path, cache, &Cancel::new())
}

/// The same of a file or of its tensors.
///
/// # Errors
/// The system's, when the file cannot be read; when it is no .safetensors file whose tensors are asked for; when it is cancelled.
pub fn hash_of(
    of: Hashed,
    path: &Path,
    cache: Option<&Path>,
    cancel: &Cancel,
) -> io::Result<String> {
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
        && let Some(known) = known[of.key()].as_str()
    {
        return Ok(known.to_owned());
    }
    if of == Hashed::Tensors {
        let mut head = [0; 8];
        let weights = Weights::open(&path).map_err(io::Error::other)?;
        if let Some(said) = said(&weights) {
            return Ok(said);
        }
        file.read_exact(&mut head)?;
        let behind = u64::from_le_bytes(head).saturating_add(8);
        file.seek(SeekFrom::Start(behind))?;
    }

    let mut digest = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        if cancel.is_cancelled() {
            return Err(io::Error::other("it was stopped"));
        }
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => digest.update(&chunk[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let digits: String = digest.finalize()[..of.digits() / 2]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();

    // A file that was changed meanwhile is read again next time.
    let after = path.metadata().ok().as_ref().and_then(version);
    if let (Some(kept), Some(version)) = (kept, version(&before))
        && after.as_ref() == Some(&version)
    {
        keep(&kept, &key, version, of, &digits);
    }
    Ok(digits)
}

/// The file of a hash that is kept, while it is what it was; the hash may be longer than those that are kept.
#[must_use]
pub fn known(hash: &str, cache: &Path) -> Option<PathBuf> {
    let of = Hashed::File;
    let hash = hash.get(..of.digits())?.to_lowercase();
    let all = read(&cache.join(KEPT));
    let mut found = all.iter().filter(|(_, known)| known[of.key()] == *hash);
    let same = |path: &Path, file: &Json| {
        path.metadata().ok().as_ref().and_then(version).as_ref() == Some(file)
    };
    let (path, _) = found.find(|(path, known)| same(Path::new(path), &known["file"]))?;
    Some(PathBuf::from(path))
}

/// The first of some files that has a hash of that many digits; those that were not hashed before are hashed for it, until that is cancelled.
#[must_use]
pub fn among(
    of: Hashed,
    hash: &str,
    files: impl Iterator<Item = PathBuf>,
    cache: Option<&Path>,
    cancel: &Cancel,
) -> Option<PathBuf> {
    let all = cache.map(|folder| read(&folder.join(KEPT)));
    let all = all.unwrap_or_default();
    let kept = |path: &Path| {
        let path = path.canonicalize().ok()?;
        let known = all.get(&*path.to_string_lossy())?;
        let now = path.metadata().ok().as_ref().and_then(version)?;
        known[of.key()].as_str().filter(|_| known["file"] == now)
    };
    let (known, new): (Vec<_>, Vec<_>) = files.partition(|path| kept(path).is_some());
    let known = known.into_iter().find(|path| kept(path) == Some(hash));
    known.or_else(|| {
        let mut new = new.into_iter();
        new.find(|path| hash_of(of, path, cache, cancel).is_ok_and(|own| own == hash))
    })
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

/// What a LoRA's trainer says of its tensors' hash.
fn said(weights: &Weights) -> Option<String> {
    let said = weights.notes.get("sshs_model_hash")?.trim();
    let is_hash = said.len() == 64 && said.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hash.then(|| said[..Hashed::Tensors.digits()].to_lowercase())
}

fn keep(kept: &Path, key: &str, version: Json, of: Hashed, digits: &str) {
    let _guard = KEEPING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut all = read(kept);
    // Both hashes of one file are kept, those of an older one are not.
    let mut entry = match all.remove(key) {
        Some(entry) if entry["file"] == version => entry,
        _ => json!({"file": version}),
    };
    if let Some(entry) = entry.as_object_mut() {
        entry.insert(of.key().to_owned(), digits.into());
    }
    all.insert(key.to_owned(), entry);
    if let Err(error) = text_file::write_beside(kept, Json::Object(all).to_string().as_bytes()) {
        tracing::warn!("{}: the model's hash is not kept: {error}", kept.display());
    }
}
