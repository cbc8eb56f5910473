//! The engine without a window: `pentimento repaint`, `fix`, `sweep`, `mask`, `analyse`, `upscale`, `sample`, `devices`, `export-server`, `server-token`, `models`.
//!
//! Does not know the mathematics; it turns words into a [`Job`](crate::engine::Job), and events into a progress bar and files.

mod analyse;
mod args;
pub mod beside;
mod control;
mod devices;
mod export_server;
mod fix;
mod folder;
mod link;
mod mask;
mod models;
mod output;
mod paint;
mod point;
mod prepare;
mod progress;
mod repaint;
mod sample;
mod server;
mod server_token;
mod sketch;
mod sweep;
mod upscale;
mod wanted;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};
use serde_json::json;

use crate::engine::{EngineError, Halt};
use crate::raster::file::FileError;
use crate::recipe::excerpt;
use crate::recipe::preset::PresetError;
use crate::recipe::sweep::SweepError;
use crate::recipe::wildcard::WildcardError;

pub use output::complain;

/// Exit code of a run that was stopped with Ctrl-C, as shells count it.
const INTERRUPTED: u8 = 130;

/// Exit code of bad input.
const BAD_INPUT: u8 = 2;

/// Why a command did not do its job.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// Asked for in a way that cannot be done.
    #[error("{0}")]
    Usage(String),
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A preset.
    #[error(transparent)]
    Preset(#[from] PresetError),
    /// A wildcard in a prompt.
    #[error(transparent)]
    Wildcard(#[from] WildcardError),
    /// A sweep.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// A download.
    #[error("{0}")]
    Download(String),
    /// Some of many pictures; each has been complained about.
    #[error("{0}")]
    Some(String),
    /// What was looked for is not in the picture.
    #[error("{0}")]
    NotFound(String),
    /// Stopped by the user.
    #[error("stopped; no result was written")]
    Interrupted,
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Failure::Usage(_)
            | Failure::File(_)
            | Failure::Preset(_)
            | Failure::Wildcard(_)
            | Failure::Sweep(_) => BAD_INPUT,
            Failure::Some(_) | Failure::Download(_) | Failure::NotFound(_) => 1,
            Failure::Engine(EngineError::LoadStopped) => INTERRUPTED,
            Failure::Engine(EngineError::Run(
                Halt::PromptTooLong { .. } | Halt::UnknownWord(_),
            )) => BAD_INPUT,
            Failure::Engine(EngineError::WorkerGone | EngineError::Run(_)) => 1,
            Failure::Engine(_) => BAD_INPUT,
            Failure::Interrupted => INTERRUPTED,
        }
    }
}

/// What the program was asked for.
pub enum Request {
    /// The window, with these pictures in it.
    Window(Vec<PathBuf>),
    /// One of the commands.
    Command(Command),
}

/// One of the commands, ready to [`run`].
pub struct Command(args::Command);

/// Reads the command line.
///
/// # Errors
/// The exit code, when help was asked for and is printed, or when the words make no sense and one line on standard error says so.
pub fn parse() -> Result<Request, ExitCode> {
    let words: Vec<_> = std::env::args_os().flat_map(fix::words).collect();
    // What cannot be read does not say whether it asked for JSON; the word alone has to do.
    let refuse = |failure| {
        let json = words.iter().any(|word| word == "--json");
        Err(ended(failure, json, None))
    };
    let parsed = args::Args::try_parse_from(&words);
    let kind = parsed.as_ref().err().map(clap::Error::kind);
    let told = matches!(
        kind,
        Some(ErrorKind::DisplayHelp | ErrorKind::DisplayVersion)
    );
    // First, since what was typed too far back is missing where it belongs.
    if !told && let Some(complaint) = fix::complaint(&words) {
        return refuse(complaint);
    }
    match parsed {
        Ok(args) => match args.command {
            Some(command) => Ok(Request::Command(Command(command))),
            None => match args.pictures.iter().find(|path| !path.exists()) {
                None => Ok(Request::Window(args.pictures)),
                Some(path) => {
                    complain(&format_args!(
                        "neither a command nor a file, try --help: {}",
                        path.display()
                    ));
                    Err(ExitCode::from(BAD_INPUT))
                }
            },
        },
        Err(error) if told => error.exit(),
        Err(error) => refuse(Failure::Usage(one_line(&error.to_string()))),
    }
}

/// Says on standard error why no window opens and, when nothing else was asked for, what can be done without one.
pub fn refuse_window(reason: &str, pictures: &[PathBuf]) -> ExitCode {
    if pictures.is_empty() {
        let help = args::Args::command().render_help().to_string();
        complain(&format_args!(
            "{reason}; these work without a window:\n\n{}",
            help.trim_end()
        ));
    } else {
        complain(&format_args!(
            "{reason}; `pentimento repaint --image` works without a window"
        ));
    }
    ExitCode::from(BAD_INPUT)
}

/// Runs a command; errors are one line on standard error, and with `--json` one on standard output.
pub fn run(command: Command) -> ExitCode {
    let (result, json, image) = match &command.0 {
        args::Command::Repaint(args) => {
            (repaint::run(args), args.json, args.subject.image.as_deref())
        }
        args::Command::Fix(args) => (fix::run(args), args.json, args.subject.image.as_deref()),
        args::Command::Sweep(args) => (sweep::run(args), args.json, args.subject.image.as_deref()),
        args::Command::Analyse(args) => (analyse::run(args), args.json, Some(args.image.as_path())),
        args::Command::Mask(args) => (mask::run(args), args.json, args.each.image.as_deref()),
        args::Command::Upscale(args) => (upscale::run(args), args.json, args.each.image.as_deref()),
        args::Command::Sample(args) => (sample::run(args), args.json, None),
        args::Command::Devices(args) => (devices::run(args), args.json, None),
        args::Command::ExportServer(args) => (export_server::run(args), args.json, None),
        args::Command::ServerToken(args) => (server_token::run(args), false, None),
        args::Command::Models(args) => (models::run(args), args.json(), None),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => ended(failure, json, image),
    }
}

/// Says why a command, of a picture where there is one, did not do its job.
fn ended(failure: Failure, json: bool, image: Option<&Path>) -> ExitCode {
    complain(&excerpt::line(&failure.to_string()));
    // Of many pictures each has had its own line.
    if json && !matches!(failure, Failure::Some(_)) {
        output::report(&error_line(image, &failure));
    }
    ExitCode::from(failure.exit_code())
}

/// The line that `--json` prints for what failed.
fn error_line(image: Option<&Path>, failure: &Failure) -> serde_json::Value {
    let mut line = json!({ "error": excerpt::line(&failure.to_string()) });
    if let Some(image) = image {
        line["image"] = image.to_string_lossy().into();
    }
    line
}

/// What clap says, on one line: the complaint, and its tip where it has one.
fn one_line(message: &str) -> String {
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let wanted =
        |paragraph: &&str| !paragraph.starts_with("Usage:") && !paragraph.starts_with("For more");
    let words = message
        .split("\n\n")
        .map(str::trim)
        .filter(wanted)
        .flat_map(str::split_whitespace);
    words.collect::<Vec<_>>().join(" ")
}
