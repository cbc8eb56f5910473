//! Texts in files that an artist may have written: recipes, presets, lists of words, settings.
//!
//! Does not know what they say.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// Largest text that is read, bytes: node graphs are long, recipes are not.
const MOST: u64 = 16 << 20;

/// The text of a file; `None` where it is longer than any recipe, or not text.
///
/// # Errors
/// The system's.
pub fn read(path: &Path) -> io::Result<Option<String>> {
    if fs::metadata(path)?.len() > MOST {
        return Ok(None);
    }
    Ok(decode(&fs::read(path)?))
}

/// The text of a file that should be one.
///
/// # Errors
/// The system's, or [`io::ErrorKind::InvalidData`] where [`read`] gives `None`.
pub fn read_all(path: &Path) -> io::Result<String> {
    let text = read(path)?;
    text.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "it is not text, save it as UTF-8",
        )
    })
}

/// Writes a file of lines, beside and renamed; makes its folder.
///
/// # Errors
/// The system's.
pub fn write_beside(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(text)?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    let placed = written.and_then(|()| fs::rename(&beside, path));
    if placed.is_err() {
        // What is left of the attempt is of no use.
        let _ = fs::remove_file(&beside);
    }
    placed
}

/// The text in bytes: UTF-8, or UTF-16 behind a byte order mark, as Windows programs write it; the mark is dropped, and lines end in `\n`.
pub fn decode(bytes: &[u8]) -> Option<String> {
    let text = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => str::from_utf8(rest).ok()?.to_owned(),
        [0xFF, 0xFE, rest @ ..] => utf_16(rest, u16::from_le_bytes)?,
        [0xFE, 0xFF, rest @ ..] => utf_16(rest, u16::from_be_bytes)?,
        bytes => str::from_utf8(bytes).ok()?.to_owned(),
    };
    Some(match text.contains('\r') {
        true => text.replace("\r\n", "\n"),
        false => text,
    })
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    let whole = rest.is_empty();
    String::from_utf16(&units).ok().filter(|_| whole)
}
