//! Standard output.
//!
//! Does not know what is printed.

use std::io::{self, Write};

use super::Failure;

/// Prints `text` as it is; a reader that has gone away (`| head -1`) has read enough.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Usage(format!(
            "cannot write to standard output ({error})"
        ))),
        _ => Ok(()),
    }
}
