//! The program: chooses between the window and the command line, and says where what is logged goes.

// They panic where the output is closed or full.
#![deny(clippy::print_stdout, clippy::print_stderr)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;

use anyhow::Context as _;
use pentimento::cli::{self, Request};
use pentimento::engine::runtime::NO_TELEMETRY;
use pentimento::ui;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

/// What the log file keeps when nothing else is asked for.
const USUAL_LOG: &str = "warn,pentimento=info";

fn main() -> ExitCode {
    let (name, off) = NO_TELEMETRY;
    #[allow(
        unsafe_code,
        reason = "the library reads the environment, and starting the program anew with another is not possible everywhere"
    )]
    // SAFETY: nothing runs before this line, so no other thread reads the environment meanwhile.
    unsafe {
        std::env::set_var(name, off);
    }
    match cli::parse() {
        Err(code) => code,
        Ok(Request::Command(command)) => {
            log_to(None);
            cli::run(command)
        }
        Ok(Request::Window(pictures)) => match ui::missing_display() {
            Some(reason) => cli::refuse_window(&reason, &pictures),
            None => match window(pictures) {
                Ok(None) => ExitCode::SUCCESS,
                Ok(Some(pictures)) => match start_again(&pictures) {
                    Ok(()) => ExitCode::SUCCESS,
                    Err(error) => {
                        cli::complain(&format_args!(
                            "the program cannot be started again ({error}); start it yourself, what is not saved is offered then"
                        ));
                        ExitCode::FAILURE
                    }
                },
                Err(error) => {
                    tracing::error!("{error:#}");
                    cli::complain(&format_args!("{error:#}"));
                    ExitCode::FAILURE
                }
            },
        },
    }
}

/// Starts the program anew: a process can load ONNX Runtime only once.
fn start_again(pictures: &[PathBuf]) -> std::io::Result<()> {
    let program = std::env::current_exe()?;
    Command::new(program).args(pictures).spawn().map(|_| ())
}

/// Opens the window and waits for its end; with pictures where the program is to be started again on these.
fn window(pictures: Vec<PathBuf>) -> anyhow::Result<Option<Vec<PathBuf>>> {
    let log = ui::log_path();
    let file = match log.as_deref().map(start_log).transpose() {
        Ok(file) => file,
        Err(error) => {
            // A window without a log file is better than none.
            cli::complain(&format_args!("{error:#}"));
            None
        }
    };
    let log = log.filter(|_| file.is_some());
    log_to(file);
    log_panics();
    Ok(ui::open(pictures, log)?)
}

/// A new log file; the one of the last run stays beside it, with `.old` at its end.
fn start_log(path: &Path) -> anyhow::Result<File> {
    let say = || format!("no log file can be written: {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(say)?;
    }
    if path.exists() {
        fs::rename(path, path.with_extension("log.old")).with_context(say)?;
    }
    File::create(path).with_context(say)
}

/// Logs to standard error what `PENTIMENTO_LOG` asks for, and to the file that or the usual.
fn log_to(file: Option<File>) {
    let asked = || EnvFilter::try_from_env("PENTIMENTO_LOG");
    let terminal = fmt::layer()
        .with_writer(std::io::stderr)
        // They are said with `eprintln!`, which panics where standard error is closed or full.
        .log_internal_errors(false)
        .with_filter(asked().unwrap_or_else(|_| EnvFilter::new("off")));
    let file = file.map(|file| {
        fmt::layer()
            .with_ansi(false)
            .with_writer(Mutex::new(file))
            .log_internal_errors(false)
            .with_filter(asked().unwrap_or_else(|_| EnvFilter::new(USUAL_LOG)))
    });
    tracing_subscriber::registry()
        .with(terminal)
        .with(file)
        .init();
}

/// Has the log keep what ends a thread, beside the usual words on standard error.
fn log_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!("{panic}");
        usual(panic);
    }));
}
