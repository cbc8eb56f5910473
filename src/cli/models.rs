//! `pentimento models`: which models are here, fetching others, and whether they are as they were fetched.
//!
//! Does not know how any of that is found out.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args as ClapArgs, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::{Failure, output};
use crate::engine::{Cancel, Device, FileKind, ModelSource};
use crate::library::{
    Access, Download, Entry, Home, Progress, Said, Shelf, Source, State, Verdict, named, places,
    recorded, verify,
};

#[derive(Debug, ClapArgs)]
pub struct ModelsArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the models in the known folders.
    List {
        /// Only these.
        #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(FileKind::ALL.iter().map(|kind| kind.name())))]
        kind: Option<String>,

        /// Print one line of JSON for each.
        #[arg(long)]
        json: bool,
    },
    /// Fetch a model: an https address, owner/name[/file][@revision] of Hugging Face, or civitai:VERSION. Goes on where an earlier try was cut.
    ///
    /// Of a repository in the layout of diffusers all that is needed is fetched, the smaller weights where there are some in fp16. HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE, CIVITAI_API_TOKEN and the usual variables of proxies are heard.
    Get {
        /// What to fetch.
        source: String,

        /// SHA-256 that it must have.
        #[arg(long, value_name = "HEX")]
        sha256: Option<String>,

        /// Print one line of JSON, and no progress bar.
        #[arg(long)]
        json: bool,
    },
    /// Read everything that was fetched and compare it with its SHA-256.
    Verify {
        /// Print one line of JSON for each file.
        #[arg(long)]
        json: bool,
    },
    /// List the folders that are looked into, and those of other tools that were found.
    Folders {
        /// Use a folder from now on: that of another tool, or one with models in it.
        #[arg(long, value_name = "PATH")]
        add: Option<PathBuf>,

        /// Print one line of JSON for each.
        #[arg(long)]
        json: bool,
    },
}

impl ModelsArgs {
    /// Whether lines of JSON are wanted.
    pub fn json(&self) -> bool {
        match &self.command {
            Command::List { json, .. }
            | Command::Get { json, .. }
            | Command::Verify { json }
            | Command::Folders { json, .. } => *json,
        }
    }
}

/// Runs the command.
pub fn run(args: &ModelsArgs) -> Result<(), Failure> {
    let homeless = || Failure::Usage("there is no home folder to keep models in; set HOME".into());
    let home = Home::from_environment().ok_or_else(homeless)?;
    let mut shelf = Shelf::load(&home.shelf);
    match &args.command {
        Command::List { kind, json } => list(&shelf, &home, kind.as_deref(), *json),
        Command::Get {
            source,
            sha256,
            json,
        } => get(source, sha256.clone(), home.access, *json),
        Command::Verify { json } => check(&home.access, *json),
        Command::Folders { add, json } => {
            if let Some(folder) = add {
                let real = std::path::absolute(folder)
                    .ok()
                    .filter(|path| path.is_dir());
                let real = real.ok_or_else(|| {
                    Failure::Usage(format!("there is no such folder: {}", folder.display()))
                })?;
                shelf.add(real);
                shelf.save(&home.shelf).map_err(|error| {
                    let path = home.shelf.display();
                    Failure::Usage(format!("{path} cannot be written: {error}"))
                })?;
            }
            list_folders(&shelf, &home, *json)
        }
    }
}

/// What the artist said of a model.
pub fn said(model: &Path) -> Option<Said> {
    let home = Home::from_environment()?;
    Shelf::load(&home.shelf).said(model).cloned()
}

/// The folders of a kind that the library knows.
pub fn folders(kind: FileKind) -> Vec<PathBuf> {
    let places = Home::from_environment()
        .map(|home| Shelf::load(&home.shelf).places(&home.access))
        .unwrap_or_default();
    let of_kind = places.into_iter().filter(|place| place.kind == kind);
    of_kind.map(|place| place.folder).collect()
}

/// The model of a kind that is meant by `built-in`, by a path or, where nothing is there, by a name.
pub fn known(model: &Path, kind: FileKind) -> Result<ModelSource, Failure> {
    let source = ModelSource::at(model.to_owned());
    let name = model.to_str().filter(|name| !name.contains(['/', '\\']));
    let elsewhere = source != ModelSource::BuiltIn && !model.exists();
    let Some(name) = name.filter(|_| elsewhere) else {
        return Ok(source);
    };
    let found = named(name, kind).map_err(Failure::Usage)?;
    Ok(found.map_or(source, ModelSource::at))
}

/// The models of the library, and the folder that keeps their hashes.
pub fn entries() -> (Vec<Entry>, Option<PathBuf>) {
    let Some(home) = Home::from_environment() else {
        return (Vec::new(), None);
    };
    let entries = Shelf::load(&home.shelf).entries(Some(&home), &[]);
    (entries, home.cache().map(Path::to_owned))
}

/// The model of a kind for a work beside painting: what was asked for, else the built-in one, else the library's first.
///
/// # Errors
/// As [`known`].
pub fn chosen(asked: Option<&Path>, kind: FileKind) -> Result<Option<ModelSource>, Failure> {
    match asked {
        Some(asked) => known(asked, kind).map(Some),
        None => Ok(ModelSource::built_in(kind).or_else(|| first(kind))),
    }
}

/// The first model of a kind in the library that can be opened.
fn first(kind: FileKind) -> Option<ModelSource> {
    let mut usable = entries()
        .0
        .into_iter()
        .filter(|entry| entry.refused.is_none());
    usable
        .find(|entry| entry.kind == kind)
        .map(|entry| ModelSource::at(entry.path))
}

fn list(shelf: &Shelf, home: &Home, kind: Option<&str>, json: bool) -> Result<(), Failure> {
    let mut text = String::new();
    for entry in shelf.entries(Some(home), &[]) {
        if kind.is_some_and(|kind| kind != entry.kind.name()) {
            continue;
        }
        let line = match json {
            true => json!({
                "name": entry.name,
                "kind": entry.kind.name(),
                "family": entry.family,
                "usable": entry.refused.is_none(),
                "refused": entry.refused,
                "memory": entry.parameters.and_then(|count| Device::Cpu.weight_of(count)),
                "bytes": entry.size,
                "tool": entry.tool.name(),
                "path": entry.path,
            })
            .to_string(),
            false => format!(
                "{:10}  {:18}  {:>9}  {}  ({}){}",
                entry.kind.name(),
                entry.family.as_deref().unwrap_or("-"),
                megabytes(entry.size),
                entry.name,
                entry.path.display(),
                unusable(&entry)
            ),
        };
        text += &line;
        text.push('\n');
    }
    if text.is_empty() && !json {
        output::say(
            "no models found; `pentimento models folders --add PATH` adds a folder, `pentimento models get SOURCE` fetches one",
        );
    }
    output::print(&text)
}

/// Why a model cannot be opened.
fn unusable(entry: &Entry) -> String {
    let refused = entry.refused.as_ref();
    let opened = matches!(entry.kind, FileKind::Checkpoint | FileKind::Tagger);
    match refused.filter(|_| opened) {
        Some(why) => format!(": cannot be opened, {why}"),
        None => String::new(),
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}

fn get(source: &str, sha256: Option<String>, access: Access, json: bool) -> Result<(), Failure> {
    let source: Source = source
        .parse()
        .map_err(|error| Failure::Usage(format!("{error}")))?;
    let is_hash = |hash: &String| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    if sha256.as_ref().is_some_and(|hash| !is_hash(hash)) {
        let line = "--sha256 takes the 64 hexadecimal digits of a SHA-256";
        return Err(Failure::Usage(line.to_owned()));
    }
    let stop = Cancel::new();
    let on_interrupt = stop.clone();
    ctrlc::set_handler(move || on_interrupt.cancel())
        .map_err(|error| Failure::Usage(format!("Ctrl-C cannot be watched: {error}")))?;
    let download = Download::start(source, sha256, access)
        .map_err(|error| Failure::Usage(format!("the system gives no thread: {error}")))?;
    let target = match json {
        true => ProgressDrawTarget::hidden(),
        false => ProgressDrawTarget::stderr(),
    };
    let bar = ProgressBar::with_draw_target(None, target);
    let style = "{msg} {wide_bar} {bytes} of {total_bytes}, {eta}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    loop {
        let progress = download.progress();
        show(&bar, &progress);
        match progress.state {
            State::Finished(path) => {
                bar.finish_and_clear();
                let line = match json {
                    true => json!({ "path": path }).to_string(),
                    false => path.display().to_string(),
                };
                return output::print(&format!("{line}\n"));
            }
            State::Failed(why) => {
                bar.finish_and_clear();
                return Err(Failure::Download(why));
            }
            State::Stopped => {
                bar.finish_and_clear();
                return Err(Failure::Interrupted);
            }
            _ => {}
        }
        if stop.is_cancelled() {
            download.stop();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn show(bar: &ProgressBar, progress: &Progress) {
    let (at, of) = progress.place;
    let place = match of {
        1 => String::new(),
        _ => format!(" ({at} of {of})"),
    };
    let doing = match &progress.state {
        State::Waiting(why) => format!(": waits, {why}"),
        State::Checking => ": reads what is here".to_owned(),
        _ => String::new(),
    };
    bar.set_message(format!("{}{place}{doing}", progress.file));
    bar.set_length(progress.size.unwrap_or_default());
    bar.set_position(progress.done);
}

fn check(access: &Access, json: bool) -> Result<(), Failure> {
    let files = recorded(access);
    let mut wrong = 0;
    for file in &files {
        let verdict = verify(file);
        let word = match &verdict {
            Verdict::Same => "as fetched".to_owned(),
            Verdict::Changed => "changed; remove it and fetch it again".to_owned(),
            Verdict::Unreadable(why) => why.clone(),
        };
        let same = verdict == Verdict::Same;
        wrong += usize::from(!same);
        let line = match json {
            true => json!({ "path": file.path, "same": same, "sha256": file.sha256 }).to_string(),
            false => format!("{}: {word}", file.path.display()),
        };
        output::print(&format!("{line}\n"))?;
    }
    if files.is_empty() && !json {
        output::say("nothing that was fetched is here");
    }
    match wrong {
        0 => Ok(()),
        wrong => Err(Failure::Some(format!(
            "{wrong} of {} files are not as they were fetched",
            files.len()
        ))),
    }
}

fn list_folders(shelf: &Shelf, home: &Home, json: bool) -> Result<(), Failure> {
    let mut text = String::new();
    let used = shelf.places(&home.access);
    let used = used.into_iter().map(|place| (place, true));
    let offers = shelf.offers(home);
    let others = offers.iter().flat_map(|(_, root)| places(root));
    for (place, used) in used.chain(others.map(|place| (place, false))) {
        let line = match json {
            true => json!({
                "tool": place.tool.name(),
                "kind": place.kind.name(),
                "folder": place.folder,
                "used": used,
            })
            .to_string(),
            false => format!(
                "{}: {}{}",
                place.tool.name(),
                place.folder.display(),
                if used { "" } else { "  (not used)" }
            ),
        };
        text += &line;
        text.push('\n');
    }
    for (tool, root) in offers.iter().filter(|_| !json) {
        text += &format!(
            "{} found: `pentimento models folders --add {}` uses its models\n",
            tool.name(),
            root.display()
        );
    }
    output::print(&text)
}
