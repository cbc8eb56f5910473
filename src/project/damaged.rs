//! The parts of a zip archive, also of one that was cut short or overwritten in places.
//!
//! Does not know what the parts are for.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use zip::ZipArchive;
use zip::read::read_zipfile_from_stream;

/// Most bytes that one part may unpack to: a 16 384 x 16 384 picture as PNG stays below.
const MOST_BYTES: u64 = 3 << 30;

/// Every part whose checksum holds, by name, and sentences about the rest.
pub(super) fn parts(bytes: &[u8]) -> (BTreeMap<String, Vec<u8>>, Vec<String>) {
    let mut lost = Vec::new();
    let parts = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => by_directory(archive, &mut lost),
        // The directory stands at the end: without it the parts are walked from the start.
        Err(error) => {
            tracing::warn!("an archive without a directory: {error}");
            lost.push("the end of the file".to_owned());
            by_walking(bytes)
        }
    };
    (parts, lost)
}

fn by_directory(
    mut archive: ZipArchive<Cursor<&[u8]>>,
    lost: &mut Vec<String>,
) -> BTreeMap<String, Vec<u8>> {
    let mut parts = BTreeMap::new();
    for index in 0..archive.len() {
        let Some(Ok(name)) = archive
            .name_for_index(index)
            .map(|name| name.map(Into::into))
        else {
            lost.push(format!("part {} of the file", index + 1));
            continue;
        };
        let name: String = name;
        let mut contents = Vec::new();
        let read = archive
            .by_index(index)
            .map_err(std::io::Error::from)
            .and_then(|part| part.take(MOST_BYTES).read_to_end(&mut contents));
        match read {
            Ok(_) => {
                parts.insert(name, contents);
            }
            Err(error) => {
                tracing::warn!("{name}: {error}");
                lost.push(format!("the part {name}"));
            }
        }
    }
    parts
}

fn by_walking(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut parts = BTreeMap::new();
    let mut rest = bytes;
    loop {
        match read_zipfile_from_stream(&mut rest) {
            Ok(Some(mut part)) => {
                let name = part.name().map(String::from);
                let mut contents = Vec::new();
                let read = part.by_ref().take(MOST_BYTES).read_to_end(&mut contents);
                if let (Ok(name), Ok(_)) = (name, read) {
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
