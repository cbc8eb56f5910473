//! The engine without a window: `pentimento repaint`, `sweep`, `sample`, `devices`.
//!
//! Does not know the mathematics; it turns words into a [`Job`](crate::engine::Job), and events into a progress bar and files.

mod args;
mod devices;
mod folder;
mod output;
mod paint;
mod progress;
mod repaint;
mod sample;
mod sweep;
mod wanted;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::engine::EngineError;
use crate::raster::file::FileError;
use crate::recipe::preset::PresetError;
use crate::recipe::sweep::SweepError;
use crate::recipe::wildcard::WildcardError;

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
    /// Some of many pictures; each has been complained about.
    #[error("{0}")]
    Some(String),
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
            Failure::Some(_) => 1,
            Failure::Engine(EngineError::LoadStopped) => INTERRUPTED,
            Failure::Engine(EngineError::WorkerGone | EngineError::Run(_)) => 1,
            Failure::Engine(_) => BAD_INPUT,
            Failure::Interrupted => INTERRUPTED,
        }
    }
}

/// Runs the command line; errors are one line on standard error.
pub fn run() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::DisplayHelp
                    | ErrorKind::DisplayVersion
                    | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            ) =>
        {
            error.exit()
        }
        Err(error) => {
            eprintln!("pentimento: {}", one_line(&error.to_string()));
            return ExitCode::from(BAD_INPUT);
        }
    };
    let result = match args.command {
        args::Command::Repaint(args) => repaint::run(&args),
        args::Command::Sweep(args) => sweep::run(&args),
        args::Command::Sample(args) => sample::run(&args),
        args::Command::Devices => devices::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("pentimento: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
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
