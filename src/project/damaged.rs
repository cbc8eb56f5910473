//! The parts of a zip archive, also of one that was cut short or overwritten in places.
//!
//! Does not know what the parts are for.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};

use zip::ZipArchive;
use zip::read::read_zipfile_from_stream;

/// Most bytes that all parts together may unpack to; parts that are stored, as ours are, cannot be more than the file.
const MOST_BYTES: u64 = 3 << 30;

/// What can be read of an archive.
pub(super) struct Archive {
    /// Every part whose checksum holds, by name.
    pub parts: BTreeMap<String, Vec<u8>>,
    /// The names of the other parts.
    pub spoilt: Vec<String>,
    /// Whether its end is gone.
    pub cut: bool,
}

/// Reads an archive as far as it is whole.
pub(super) fn archive(bytes: &[u8]) -> Archive {
    match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => by_directory(archive),
        // The directory stands at the end: without it the parts are walked from the start.
        Err(error) => {
            tracing::warn!("an archive without a directory: {error}");
            Archive {
                parts: by_walking(bytes),
                spoilt: Vec::new(),
                cut: true,
            }
        }
    }
}

fn by_directory(mut archive: ZipArchive<Cursor<&[u8]>>) -> Archive {
    let mut spoilt = Vec::new();
    let mut parts = BTreeMap::new();
    let mut room = MOST_BYTES;
    for index in 0..archive.len() {
        let Some(Ok(name)) = archive
            .name_for_index(index)
            .map(|name| name.map(Into::into))
        else {
            spoilt.push(format!("number {}", index + 1));
            continue;
        };
        let name: String = name;
        let read = archive
            .by_index(index)
            .map_err(std::io::Error::from)
            .and_then(|part| read_part(part, &mut room));
        match read {
            Ok(contents) => {
                parts.insert(name, contents);
            }
            Err(error) => {
                tracing::warn!("{name}: {error}");
                spoilt.push(name);
            }
        }
    }
    Archive {
        parts,
        spoilt,
        cut: false,
    }
}

fn by_walking(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut parts = BTreeMap::new();
    let mut rest = bytes;
    let mut room = MOST_BYTES;
    loop {
        match read_zipfile_from_stream(&mut rest) {
            Ok(Some(mut part)) => {
                let name = part.name().map(String::from);
                if let (Ok(name), Ok(contents)) = (name, read_part(&mut part, &mut room)) {
                    parts.insert(name, contents);
                }
            }
            Ok(None) => return parts,
            Err(error) => {
                tracing::warn!("the rest of the archive: {error}");
                return parts;
            }
        }
    }
}

/// All of a part, whose checksum is tested by that.
fn read_part(part: impl Read, room: &mut u64) -> io::Result<Vec<u8>> {
    let mut contents = Vec::new();
    part.take(*room + 1).read_to_end(&mut contents)?;
    *room = room
        .checked_sub(contents.len() as u64)
        .ok_or_else(|| io::Error::other("it unpacks to more than a project can hold"))?;
    Ok(contents)
}
