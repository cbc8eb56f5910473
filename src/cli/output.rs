//! Standard output and standard error, either of which may be closed, full, or a pipe that nobody reads: that ends no work.
//!
//! Does not know what is printed.

use std::fmt::Display;
use std::io::{self, Write};

use super::Failure;

/// Prints `text` as it is, where that is all there is to do; a reader that has gone away (`| head -1`) has read enough.
///
/// # Errors
/// When standard output takes no more.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Usage(format!(
            "cannot write to standard output ({error})"
        ))),
        _ => Ok(()),
    }
}

/// Prints the line that `--json` promises. Where that cannot be written standard error says so, and the work goes on: its files tell what is done, and so does the exit code.
pub fn report(line: &serde_json::Value) {
    if let Err(failure) = print(&format!("{line}\n")) {
        complain(&failure);
    }
}

/// Says a line on standard error, if anybody listens.
pub fn say(line: &str) {
    // One write, so that lines of several threads or programs stay whole.
    io::stderr().write_all(format!("{line}\n").as_bytes()).ok();
}

/// Says on standard error what went wrong.
pub fn complain(what: &dyn Display) {
    say(&format!("pentimento: {what}"));
}
