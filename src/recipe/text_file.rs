//! Texts in files that may tell a recipe.
//!
//! Does not know what they say.

use std::io;
use std::path::Path;

/// Largest text that is read, bytes: node graphs are long, recipes are not.
const MOST: u64 = 16 << 20;

/// The text of a file; `None` where it is longer than any recipe, or not UTF-8.
///
/// # Errors
/// The system's.
pub fn read(path: &Path) -> io::Result<Option<String>> {
    if std::fs::metadata(path)?.len() > MOST {
        return Ok(None);
    }
    Ok(String::from_utf8(std::fs::read(path)?).ok())
}
