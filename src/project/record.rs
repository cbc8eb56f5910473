//! The journal's file: frames of changes, each whole or not there at all.
//!
//! A file is [`HEADER`] and then frames; a frame is its payload's length (u64), the payload, and the payload's CRC-32 (u32), numbers little-endian.
//! A payload is a run of [`Record`]s with their pixels; what a kill cut short fails its checksum, and reading stops before it.
//!
//! Does not know when anything is recorded or where the files lie.

mod change;
mod layout_1;
mod state;

use std::fs::File;
use std::io::{self, BufReader, Read as _, Write};
use std::path::Path;

use super::{ProjectError, Work};
use crate::raster::file::FileError;
pub(super) use change::{Facts, Pixels, Record};
use state::State;

/// What the file starts with; another layout gets another number.
const HEADER: &[u8] = b"pentimento journal 2\n";

/// Length and checksum of a frame, bytes.
const AROUND: u64 = 12;

/// A change as it is handed to the journal's thread.
pub(super) type Change = (Record, Pixels);

/// Begins a file.
pub(super) fn begin(file: &mut impl Write) -> io::Result<u64> {
    file.write_all(HEADER)?;
    Ok(HEADER.len() as u64)
}

/// Appends a frame, and returns how many bytes it took.
pub(super) fn append(file: &mut impl Write, changes: &[Change]) -> io::Result<u64> {
    let mut payload = Vec::new();
    for (record, pixels) in changes {
        change::encode(record, pixels, &mut payload)?;
    }
    file.write_all(&(payload.len() as u64).to_le_bytes())?;
    file.write_all(&payload)?;
    file.write_all(&crc32fast::hash(&payload).to_le_bytes())?;
    file.flush()?;
    Ok(payload.len() as u64 + AROUND)
}

/// How the first change of a payload is read.
type Decode = for<'a> fn(&mut &'a [u8]) -> Option<(Record, &'a [u8])>;

/// What a journal brought back.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovered {
    /// What the work was called.
    pub title: String,
    /// The work as of the last whole frame.
    pub work: Work,
    /// Whether something after that frame was cut short.
    pub torn: bool,
}

/// Reads a journal's file as far as it is whole.
///
/// # Errors
/// [`ProjectError::File`] when it cannot be read, [`ProjectError::Newer`], [`ProjectError::NothingKept`] when no frame of it is whole.
pub fn recover(path: &Path) -> Result<Recovered, ProjectError> {
    let unreadable = |cause: io::Error| {
        ProjectError::File(match cause.kind() {
            io::ErrorKind::NotFound => FileError::NotFound(path.to_owned()),
            _ => FileError::Unreadable {
                path: path.to_owned(),
                cause,
            },
        })
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut left = file.metadata().map_err(unreadable)?.len();
    let mut file = BufReader::new(file);
    let decode = read_header(&mut file, path)?;
    left = left.saturating_sub(HEADER.len() as u64);
    let mut state = State::default();
    let mut torn = false;
    while left > 0 {
        // A disk that fails in the middle is as good as the file's end there.
        let frame = next_frame(&mut file, &mut left).ok().flatten();
        let applied = frame.and_then(|payload| state.apply(changes(&payload, decode)?));
        if applied.is_none() {
            torn = true;
            break;
        }
    }
    let (title, work) = state
        .work()
        .ok_or_else(|| ProjectError::NothingKept(path.to_owned()))?;
    Ok(Recovered { title, work, torn })
}

/// The changes of a payload, each with its bytes unpacked; none where any makes no sense.
fn changes(mut payload: &[u8], decode: Decode) -> Option<Vec<(Record, Vec<u8>)>> {
    let mut changes = Vec::new();
    while !payload.is_empty() {
        let (record, block) = decode(&mut payload)?;
        let bytes = change::unpacked(&record, block)?;
        changes.push((record, bytes));
    }
    Some(changes)
}

fn read_header(file: &mut impl io::Read, path: &Path) -> Result<Decode, ProjectError> {
    let mut header = [0; HEADER.len()];
    let nothing = || ProjectError::NothingKept(path.to_owned());
    file.read_exact(&mut header).map_err(|_| nothing())?;
    let version = str::from_utf8(&header).ok().and_then(|line| {
        let number = line.strip_prefix("pentimento journal ")?;
        number.trim_end().parse().ok()
    });
    match version {
        Some(1) => Ok(layout_1::decode),
        Some(2) => Ok(change::decode),
        Some(version) => Err(ProjectError::Newer {
            path: path.to_owned(),
            version,
        }),
        None => Err(nothing()),
    }
}

/// The next frame's payload, if all of it is there and unharmed; `left` is how much of the file follows.
fn next_frame(file: &mut impl io::Read, left: &mut u64) -> io::Result<Option<Vec<u8>>> {
    let mut word = [0; 8];
    file.read_exact(&mut word)?;
    let length = u64::from_le_bytes(word);
    // Told by what is there, so that a spoilt length takes no memory.
    let Some(after) = length
        .checked_add(AROUND)
        .and_then(|whole| left.checked_sub(whole))
    else {
        return Ok(None);
    };
    let mut payload = Vec::new();
    file.take(length).read_to_end(&mut payload)?;
    let mut sum = [0; 4];
    file.read_exact(&mut sum)?;
    *left = after;
    let whole = payload.len() as u64 == length;
    Ok((whole && crc32fast::hash(&payload) == u32::from_le_bytes(sum)).then_some(payload))
}
