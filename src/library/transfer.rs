//! One file from a server: resumed where it was cut, hashed as it comes.
//!
//! Does not know which server it is, nor threads.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use ureq::{Agent, Body};

use super::access::{Access, Limits};
use super::ask::{Have, Order, Trouble, agent, ask, refused};
use super::download::{Control, State};
use super::place::{Heads, beside};

/// Bytes that are read at once.
const CHUNK: usize = 256 << 10;

/// The longest that a server can make the next try wait.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// Room that is left on a disk, bytes.
const MARGIN: u64 = 64 << 20;

use Trouble::{Again, Fatal};

/// What lies beside the bytes of a file that is not whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Note {
    address: String,
    /// The name by content that its first server gives.
    content: Option<String>,
    /// What `If-Range` takes.
    validator: Option<String>,
    size: Option<u64>,
}

/// The bytes so far.
struct Gathered {
    path: PathBuf,
    note: Note,
    length: u64,
    hash: Sha256,
}

impl Gathered {
    /// What is left of an earlier try at the same address.
    fn open(path: PathBuf, address: &str, control: &Control) -> Result<Self, Trouble> {
        let note = fs::read(beside(&path, ".json")).ok();
        let note: Option<Note> = note.and_then(|text| serde_json::from_slice(&text).ok());
        let note = note.filter(|note| note.address == address);
        let mut gathered = Self {
            path,
            note: note.clone().unwrap_or_default(),
            length: 0,
            hash: Sha256::new(),
        };
        let left = fs::metadata(&gathered.path).map_or(0, |found| found.len());
        match note {
            Some(note) if note.size.is_none_or(|size| left <= size) => {
                if left > 0 {
                    control.report(State::Checking, 0, note.size);
                    let (hash, length) = hash_of(&gathered.path, control)?;
                    (gathered.hash, gathered.length) = (hash, length);
                }
            }
            _ => gathered.clear().map_err(|error| unwritable(&error))?,
        }
        Ok(gathered)
    }

    /// What the server has to know to send the rest; nothing where it cannot be told whether the file is still the same.
    fn have(&self) -> Option<Have<'_>> {
        let known = self.note.validator.is_some() || self.note.content.is_some();
        (known && self.length > 0).then_some(Have {
            length: self.length,
            validator: self.note.validator.as_deref(),
        })
    }

    /// Begins anew.
    fn clear(&mut self) -> io::Result<()> {
        self.length = 0;
        self.hash = Sha256::new();
        self.note = Note::default();
        for path in [self.path.clone(), beside(&self.path, ".json")] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Keeps what the next try has to know.
    fn keep(&mut self, note: Note) -> io::Result<()> {
        if self.note != note {
            let text = serde_json::to_vec(&note).map_err(io::Error::other)?;
            fs::write(beside(&self.path, ".json"), text)?;
            self.note = note;
        }
        Ok(())
    }
}

/// SHA-256 of a file, and its bytes.
pub(super) fn hash_of(path: &Path, control: &Control) -> Result<(Sha256, u64), Trouble> {
    let unreadable = |error: io::Error| Fatal(format!("{}: {error}", path.display()));
    let mut file = File::open(path).map_err(unreadable)?;
    let (mut hash, mut length) = (Sha256::new(), 0);
    let mut buffer = vec![0; CHUNK];
    loop {
        control.check()?;
        match file.read(&mut buffer).map_err(unreadable)? {
            0 => return Ok((hash, length)),
            read => {
                hash.update(&buffer[..read]);
                length += read as u64;
                control.advance(length);
            }
        }
    }
}

/// A hash in hexadecimal digits.
pub(super) fn hex(hash: Sha256) -> String {
    let digits = hash.finalize();
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Fetches a file, as often as it takes, and puts it where it belongs.
///
/// # Errors
/// [`Trouble::Fatal`] and [`Trouble::Stopped`]; with what gathered kept for the next time.
pub(super) fn fetch(order: &Order, access: &Access, control: &Control) -> Result<PathBuf, Trouble> {
    let key = hex(Sha256::new_with_prefix(&order.address));
    let part = order.target.part(&key[..32]);
    let folder = part.parent().unwrap_or(&part);
    fs::create_dir_all(folder).map_err(|error| unwritable(&error))?;
    let _lock = lock(&access.locks, &part, control)?;
    let agent = agent(access);
    let opened = persist(control, &access.limits, |_| {
        Gathered::open(part.clone(), &order.address, control)
    });
    let mut gathered = opened?;
    persist(control, &access.limits, |moved| {
        let before = gathered.length;
        let done = attempt(order, access, &agent, &mut gathered, control);
        *moved = gathered.length > before;
        done
    })
}

/// Tries until it works, it cannot work, or too many tries in a row moved nothing; waits out pauses.
pub(super) fn persist<T>(
    control: &Control,
    limits: &Limits,
    mut attempt: impl FnMut(&mut bool) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let mut tries = 0;
    loop {
        let mut moved = false;
        match attempt(&mut moved) {
            Err(Trouble::Paused) => control.rest()?,
            Err(Again(why, after)) => {
                tries = if moved { 1 } else { tries + 1 };
                if tries >= limits.tries {
                    return Err(Fatal(format!("{why}; try again later")));
                }
                let growing = limits.wait * 2_u32.saturating_pow(tries - 1);
                let wait = after.unwrap_or(growing).min(LONGEST_WAIT);
                control.wait(why, wait)?;
            }
            other => return other,
        }
    }
}

fn attempt(
    order: &Order,
    access: &Access,
    agent: &Agent,
    gathered: &mut Gathered,
    control: &Control,
) -> Result<PathBuf, Trouble> {
    control.report(State::Asking, gathered.length, gathered.note.size);
    let mut reply = ask(order, access, agent, gathered.have(), control)?;
    if reply.status == 416 {
        // Such an answer need not say it again.
        let content = &gathered.note.content;
        reply.heads.etag = reply.heads.etag.or_else(|| content.clone());
    }
    let heads = &reply.heads;
    let clear = |gathered: &mut Gathered| gathered.clear().map_err(|error| unwritable(&error));
    let start_over = |gathered: &mut Gathered, why: &str| {
        clear(gathered)?;
        Err(Again(why.to_owned(), Some(Duration::ZERO)))
    };
    let note = Note {
        address: order.address.clone(),
        content: heads.etag.clone(),
        validator: reply.validator.clone(),
        size: heads.size,
    };
    let changed = gathered.length > 0
        && (note.content != gathered.note.content
            || note
                .size
                .is_some_and(|size| Some(size) != gathered.note.size));
    match reply.status {
        206 | 416 if changed => return start_over(gathered, "the file on the server changed"),
        206 if gathered.length == 0 || reply.start != Some(gathered.length) => {
            return start_over(
                gathered,
                "the server sent another part than it was asked for",
            );
        }
        206 if note.validator != gathered.note.validator => {
            return start_over(gathered, "the file on the server changed");
        }
        206 => {}
        416 if gathered.length == 0 || heads.size != Some(gathered.length) => {
            return start_over(gathered, "the server has no such part of the file");
        }
        416 => {}
        200 => {
            clear(gathered)?;
        }
        status => return Err(refused(status, order)),
    }
    if let Some(path) = order.target.there(heads).map_err(Fatal)? {
        clear(gathered)?;
        return Ok(path);
    }
    if let (Some(said), Some(size)) = (reply.said, heads.size)
        && said != size
    {
        clear(gathered)?;
        return Err(Fatal(format!(
            "the server sends {said} bytes of a file of {size}; try again later"
        )));
    }
    if let Some(size) = heads.size {
        let needed = (size - gathered.length.min(size)).saturating_add(MARGIN);
        let free = (access.limits.free)(&gathered.path);
        if let Some(free) = free.filter(|free| *free < needed) {
            return Err(Fatal(format!(
                "there is not enough room: {needed} bytes are needed where {free} are free; make room on the disk of {}",
                gathered.path.display()
            )));
        }
    }
    let (heads, whole) = (heads.clone(), reply.status == 416);
    gathered.keep(note).map_err(|error| unwritable(&error))?;
    if !whole {
        receive(reply.body, &heads, access, gathered, control)?;
    }
    finish(order, &heads, gathered)
}

/// Writes what comes.
fn receive(
    body: Body,
    heads: &Heads,
    access: &Access,
    gathered: &mut Gathered,
    control: &Control,
) -> Result<(), Trouble> {
    control.report(State::Fetching, gathered.length, heads.size);
    let mut open = OpenOptions::new();
    let file = open.create(true).write(true).truncate(false);
    let mut file = file
        .open(&gathered.path)
        .map_err(|error| unwritable(&error))?;
    let end = file.seek(io::SeekFrom::Start(gathered.length));
    end.map_err(|error| unwritable(&error))?;
    let mut body = body.into_reader();
    let mut buffer = vec![0; CHUNK];
    loop {
        control.check()?;
        let read = match body.read(&mut buffer) {
            Ok(read) => read,
            Err(error) => return Err(Again(format!("the connection was cut ({error})"), None)),
        };
        if read == 0 {
            break;
        }
        let length = gathered.length + read as u64;
        let full = || Err(io::ErrorKind::StorageFull.into());
        let written = match length > access.limits.longest {
            true => full(),
            false => file.write_all(&buffer[..read]),
        };
        written.map_err(|error| unwritable(&error))?;
        gathered.hash.update(&buffer[..read]);
        gathered.length = length;
        control.advance(length);
    }
    file.sync_all().map_err(|error| unwritable(&error))?;
    match heads.size {
        Some(size) if gathered.length < size => Err(Again(
            format!(
                "the connection was cut after {} of {size} bytes",
                gathered.length
            ),
            None,
        )),
        _ => Ok(()),
    }
}

/// Checks a whole file and puts it where it belongs.
fn finish(order: &Order, heads: &Heads, gathered: &mut Gathered) -> Result<PathBuf, Trouble> {
    let found = hex(gathered.hash.clone());
    let is_hash = |etag: &&String| etag.len() == 64 && etag.bytes().all(|b| b.is_ascii_hexdigit());
    let said = heads.etag.as_ref().filter(is_hash);
    let wrong = [said, order.sha256.as_ref()];
    let mut wrong = wrong.into_iter().flatten();
    let wrong = wrong.find(|said| !said.eq_ignore_ascii_case(&found));
    let size = heads.size.unwrap_or(gathered.length);
    if let Some(said) = wrong.cloned() {
        gathered.clear().map_err(|error| unwritable(&error))?;
        return Err(Fatal(format!(
            "what came is not the file that was asked for: its SHA-256 is {found}, not {said}; it was thrown away, try again"
        )));
    }
    if size != gathered.length {
        let length = gathered.length;
        gathered.clear().map_err(|error| unwritable(&error))?;
        return Err(Fatal(format!(
            "{length} bytes came of a file of {size}; they were thrown away, try again"
        )));
    }
    let placed = order.target.place(&gathered.path, heads, &found);
    let placed = placed.map_err(Fatal)?;
    gathered.clear().map_err(|error| unwritable(&error))?;
    Ok(placed)
}

fn unwritable(error: &io::Error) -> Trouble {
    Fatal(match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full; make room and try again, what came is kept".to_owned()
        }
        _ => format!("the file cannot be written: {error}"),
    })
}

/// Keeps other programs from writing the same file; waits for one that does.
fn lock(folder: &Path, part: &Path, control: &Control) -> Result<File, Trouble> {
    const LOOK: Duration = Duration::from_millis(200);
    let name = hex(Sha256::new_with_prefix(part.as_os_str().as_encoded_bytes()));
    let open = || {
        fs::create_dir_all(folder)?;
        File::create(folder.join(format!("{name}.lock")))
    };
    let file = open().map_err(|error| unwritable(&error))?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) => {
                let why = "another program fetches the same file";
                match control.wait(why.to_owned(), LOOK) {
                    Err(Trouble::Paused) => control.rest()?,
                    other => other?,
                }
            }
            // Some network folders have no locks.
            Err(fs::TryLockError::Error(error)) => {
                tracing::warn!("no lock for a download: {error}");
                return Ok(file);
            }
        }
    }
}
