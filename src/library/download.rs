//! A download on a thread of its own, which its owner looks at, pauses and stops.
//!
//! Does not know how a file comes; it knows which files a source means.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value as Json;

use super::access::Access;
use super::ask::{self, Order, Trouble};
use super::place::Target;
use super::source::{Source, is_inside, is_pickle, web_name};
use super::transfer;
use crate::engine::{TAG_LISTS, captioner_files};

/// What a path keeps of itself in an address.
const PATH: AsciiSet = NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.');

/// How far a download is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What it does.
    pub state: State,
    /// The file that it is at, as its source calls it.
    pub file: String,
    /// Which file that is of how many, from 1.
    pub place: (usize, usize),
    /// Bytes of it that are here.
    pub done: u64,
    /// Bytes of it, if the server says so.
    pub size: Option<u64>,
}

/// What a download does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Asks the server.
    Asking,
    /// Reads what is here already.
    Checking,
    /// Fetches.
    Fetching,
    /// Waits before the next try, and why.
    Waiting(String),
    /// Rests until its owner goes on.
    Paused,
    /// Ended with the file, or the folder of several.
    Finished(PathBuf),
    /// Ended as its owner wanted; what came is kept for the next time.
    Stopped,
    /// Ended without it; one line that says why.
    Failed(String),
}

impl State {
    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Finished(_) | Self::Stopped | Self::Failed(_))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Run,
    Pause,
    Stop,
}

/// What owner and thread share.
pub(super) struct Control {
    progress: Mutex<Progress>,
    wish: Mutex<Wish>,
    changed: Condvar,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each value is whole at any time.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Control {
    pub fn new(file: String) -> Self {
        Self {
            progress: Mutex::new(Progress {
                state: State::Asking,
                file,
                place: (1, 1),
                done: 0,
                size: None,
            }),
            wish: Mutex::new(Wish::Run),
            changed: Condvar::new(),
        }
    }

    /// Says what is done now.
    pub fn report(&self, state: State, done: u64, size: Option<u64>) {
        let mut progress = held(&self.progress);
        progress.state = state;
        progress.done = done;
        progress.size = size;
    }

    /// Says how many bytes are here.
    pub fn advance(&self, done: u64) {
        held(&self.progress).done = done;
    }

    fn set(&self, state: State) {
        held(&self.progress).state = state;
    }

    /// Whether to go on.
    ///
    /// # Errors
    /// [`Trouble::Paused`], [`Trouble::Stopped`].
    pub fn check(&self) -> Result<(), Trouble> {
        match *held(&self.wish) {
            Wish::Run => Ok(()),
            Wish::Pause => Err(Trouble::Paused),
            Wish::Stop => Err(Trouble::Stopped),
        }
    }

    /// Waits until the owner goes on.
    ///
    /// # Errors
    /// [`Trouble::Stopped`].
    pub fn rest(&self) -> Result<(), Trouble> {
        self.set(State::Paused);
        let wish = held(&self.wish);
        let paused = |wish: &mut Wish| *wish == Wish::Pause;
        let wish = self.changed.wait_while(wish, paused);
        match *wish.unwrap_or_else(PoisonError::into_inner) {
            Wish::Stop => Err(Trouble::Stopped),
            _ => Ok(()),
        }
    }

    /// Waits, until the owner wants otherwise.
    ///
    /// # Errors
    /// As [`Control::check`]'s.
    pub fn wait(&self, why: String, time: Duration) -> Result<(), Trouble> {
        self.set(State::Waiting(why));
        let wish = held(&self.wish);
        let running = |wish: &mut Wish| *wish == Wish::Run;
        drop(self.changed.wait_timeout_while(wish, time, running));
        self.check()
    }
}

/// A download in the making. Dropping it stops it; what came is kept for the next time.
pub struct Download {
    /// What was asked for.
    pub source: Source,
    control: Arc<Control>,
}

impl Download {
    /// Starts a thread that fetches a source; with a SHA-256 in hexadecimal digits, nothing else than that file.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        source: Source,
        sha256: Option<String>,
        access: Access,
    ) -> Result<Self, std::io::Error> {
        let control = Arc::new(Control::new(source.to_string()));
        let (own, wanted) = (Arc::clone(&control), source.clone());
        std::thread::Builder::new()
            .name("download".to_owned())
            .spawn(move || {
                let state = match run(&wanted, sha256, &access, &own) {
                    Ok(path) => State::Finished(path),
                    Err(Trouble::Stopped | Trouble::Paused) => State::Stopped,
                    Err(Trouble::Fatal(why) | Trouble::Again(why, _)) => State::Failed(why),
                };
                own.set(state);
            })?;
        Ok(Self { source, control })
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        held(&self.control.progress).clone()
    }

    /// Rests, with the next bytes.
    pub fn pause(&self) {
        self.wish(Wish::Pause);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.wish(Wish::Run);
    }

    /// Ends, with the next bytes.
    pub fn stop(&self) {
        self.wish(Wish::Stop);
    }

    fn wish(&self, wish: Wish) {
        *held(&self.control.wish) = wish;
        self.control.changed.notify_all();
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Fetches what a source means.
fn run(
    source: &Source,
    sha256: Option<String>,
    access: &Access,
    control: &Control,
) -> Result<PathBuf, Trouble> {
    match source {
        Source::Web(address) => {
            let name = web_name(address).map_err(|error| Trouble::Fatal(error.to_string()))?;
            let order = Order {
                address: address.clone(),
                token: None,
                token_name: "the address",
                target: Target::File(access.models.join(name)),
                sha256,
            };
            one(&order, access, control)
        }
        Source::Civitai { version } => civitai(*version, sha256, access, control),
        Source::Hub {
            repo,
            file: Some(file),
            revision,
        } => {
            let mut order = hub_file(access, repo, file, revision, revision);
            order.sha256 = sha256;
            one(&order, access, control)
        }
        Source::Hub {
            repo,
            file: None,
            revision,
        } => hub_model(repo, revision, access, control),
    }
}

fn one(order: &Order, access: &Access, control: &Control) -> Result<PathBuf, Trouble> {
    if access.offline {
        let line = "HF_HUB_OFFLINE is set, so nothing is fetched; unset it first";
        let kept = order.target.kept();
        return kept.ok_or_else(|| Trouble::Fatal(line.to_owned()));
    }
    transfer::fetch(order, access, control)
}

/// A file of a repository, at a commit or branch; `revision` is what it was asked for by.
fn hub_file(access: &Access, repo: &str, file: &str, at: &str, revision: &str) -> Order {
    let at = utf8_percent_encode(at, NON_ALPHANUMERIC);
    let path = utf8_percent_encode(file, &PATH);
    let folder = format!("models--{}", repo.replace('/', "--"));
    Order {
        address: format!("{}/{repo}/resolve/{at}/{path}", access.hub),
        token: access.hub_token.clone(),
        token_name: "HF_TOKEN",
        target: Target::Hub {
            repo: access.hub_cache.join(folder),
            file: file.to_owned(),
            revision: revision.to_owned(),
            links: access.limits.links,
        },
        sha256: None,
    }
}

/// Everything that a model in the layout of diffusers needs, or the one checkpoint of a repository.
fn hub_model(
    repo: &str,
    revision: &str,
    access: &Access,
    control: &Control,
) -> Result<PathBuf, Trouble> {
    let fatal = |line: String| Trouble::Fatal(line);
    if access.offline {
        let known = hub_file(access, repo, "model_index.json", revision, revision);
        let index = one(&known, access, control)?;
        return Ok(index.parent().unwrap_or(&index).to_owned());
    }
    let at = utf8_percent_encode(revision, NON_ALPHANUMERIC);
    let mut order = hub_file(access, repo, "", revision, revision);
    order.address = format!("{}/api/models/{repo}/revision/{at}", access.hub);
    let answer = ask::list(&order, access, control)?;
    let commit = answer["sha"].as_str().unwrap_or(revision);
    let files = answer["siblings"].as_array().map_or(&[][..], Vec::as_slice);
    let names = files.iter().filter_map(|file| file["rfilename"].as_str());
    let names: Vec<&str> = names.filter(|name| is_inside(name)).collect();
    let wanted = wanted(&names).map_err(fatal)?;
    let mut placed = PathBuf::new();
    for (i, file) in wanted.iter().enumerate() {
        {
            let mut progress = held(&control.progress);
            progress.place = (i + 1, wanted.len());
            progress.file = (*file).to_owned();
        }
        let order = hub_file(access, repo, file, commit, revision);
        placed = one(&order, access, control)?;
    }
    let depth = wanted.last().map_or(0, |file| file.matches('/').count());
    match wanted.len() {
        1 => Ok(placed),
        _ => {
            let root = placed.ancestors().nth(depth + 1);
            Ok(root.unwrap_or(&placed).to_owned())
        }
    }
}

/// Which files of a repository a model needs: its one checkpoint, a tagger's graph and list, a captioner's graphs and configs, or a folder in the layout of diffusers, of which the smaller weights are taken where there are some in fp16.
///
/// # Errors
/// One line, where it takes a choice.
fn wanted<'a>(names: &[&'a str]) -> Result<Vec<&'a str>, String> {
    let ends = |name: &str, endings: &[&str]| endings.iter().any(|end| name.ends_with(end));
    if !names.contains(&"model_index.json") {
        let list = names.iter().find(|name| TAG_LISTS.contains(name));
        if let Some(list) = list.filter(|_| names.contains(&"model.onnx")) {
            return Ok(vec![list, "model.onnx"]);
        }
        if let Some(files) = captioner_files(|name| names.contains(&name)) {
            let is_one = |name: &&str| files.iter().any(|file| file == name);
            return Ok(names.iter().copied().filter(is_one).collect());
        }
        let weights = names.iter().filter(|name| name.ends_with(".safetensors"));
        let weights: Vec<&str> = weights.copied().collect();
        return match &weights[..] {
            [_] => Ok(weights),
            [] if names.iter().any(|name| is_pickle(name)) => Err(
                "the repository has only pickles, which can run any code when they are opened; look for one with .safetensors files"
                    .to_owned(),
            ),
            [] => Err("the repository has no model in .safetensors files".to_owned()),
            [first, ..] => Err(format!(
                "the repository has {} models; say which, as in owner/name/{first}: {}",
                weights.len(),
                weights[..weights.len().min(8)].join(", ")
            )),
        };
    }
    const SKIPPED: [&str; 2] = ["safety_checker/", "feature_extractor/"];
    let inside = |name: &&&str| {
        (name.contains('/') || **name == "model_index.json")
            && !SKIPPED.iter().any(|folder| name.starts_with(folder))
    };
    let files: Vec<&str> = names.iter().filter(inside).copied().collect();
    let folder = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
    let is_weights = |name: &str| ends(name, &[".safetensors", ".safetensors.index.json"]);
    let is_half = |name: &str| name.contains(".fp16.") || name.contains(".fp16-");
    let is_other = |name: &str| name.contains("non_ema") || name.contains(".index.fp16.");
    let mut wanted: Vec<&str> = Vec::new();
    for file in &files {
        let own = folder(file);
        let beside = || files.iter().filter(|other| folder(other) == own);
        let any_half = beside().any(|other| is_weights(other) && is_half(other));
        let any_weights = beside().any(|other| is_weights(other));
        let take = if is_weights(file) || is_other(file) {
            (is_half(file) == any_half || is_other(file) && any_half && file.contains("fp16"))
                && !file.contains("non_ema")
        } else {
            ends(file, &[".json", ".txt"])
                || (!any_weights && ends(file, &[".onnx", ".onnx_data", ".onnx.data"]))
        };
        if take {
            wanted.push(file);
        }
    }
    Ok(wanted)
}

/// The main file of a version on Civitai.
fn civitai(
    version: u64,
    sha256: Option<String>,
    access: &Access,
    control: &Control,
) -> Result<PathBuf, Trouble> {
    let fatal = |line: &str| Trouble::Fatal(line.to_owned());
    let mut order = Order {
        address: format!("{}/api/v1/model-versions/{version}", access.civitai),
        token: access.civitai_token.clone(),
        token_name: "CIVITAI_API_TOKEN",
        target: Target::File(access.models.clone()),
        sha256: None,
    };
    if access.offline {
        return one(&order, access, control);
    }
    let answer = ask::list(&order, access, control)?;
    let files = answer["files"].as_array().map_or(&[][..], Vec::as_slice);
    let safe = |file: &&Json| {
        let name = file["name"].as_str().unwrap_or_default();
        name.ends_with(".safetensors")
    };
    let primary = files
        .iter()
        .find(|file| file["primary"] == true && safe(file));
    let file = primary.or_else(|| files.iter().find(safe));
    let file = file.ok_or_else(|| fatal("this version has no .safetensors file"))?;
    let name = file["name"].as_str().unwrap_or_default();
    if !is_inside(name) || name.contains('/') {
        return Err(fatal(
            "the server names the file with a path, which is refused",
        ));
    }
    let said = file["hashes"]["SHA256"].as_str().map(str::to_owned);
    // Its own address, so that the token goes nowhere else.
    let usual = format!("{}/api/download/models/{version}", access.civitai);
    let address = file["downloadUrl"].as_str();
    let own = address.filter(|address| address.starts_with(&format!("{}/", access.civitai)));
    order.address = own.map_or(usual, str::to_owned);
    order.target = Target::File(access.models.join(name));
    order.sha256 = sha256.or(said);
    held(&control.progress).file = name.to_owned();
    one(&order, access, control)
}
