//! Finds and starts the ONNX Runtime library, and says where it looked.
//!
//! Does not know models or sessions.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use ort::environment::Environment;
use ort::logging::LogLevel;

use super::device::{Device, SYSTEM_ROOT};
use super::error::EngineError;
use super::flavours::{FLAVOURS, Flavour, Package};
use crate::folders;

/// File name of the library on this platform.
const LIBRARY: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

/// Name and value of the environment variable without which official copies of ONNX Runtime report to their vendor.
///
/// From 1.31 on they write a device id and a database below the home folder and open connections as soon as they start; the switch of their interface comes too late. Whoever starts the process, or its `main` before anything else runs, sets the variable.
pub const NO_TELEMETRY: (&str, &str) = ("ORT_DISABLE_TELEMETRY", "1");

/// The runtime of this process: `ort` allows one environment per process, ever.
static CURRENT: Mutex<Weak<Started>> = Mutex::new(Weak::new());

/// ONNX Runtime, loaded and started; clones share it.
///
/// Sessions keep it alive; drop them and the last clone before `main` returns, else some devices abort at exit.
#[derive(Clone, Debug)]
pub struct Runtime(Arc<Started>);

#[derive(Debug)]
struct Started {
    environment: Environment,
    report: RuntimeReport,
}

impl Runtime {
    /// Loads the first usable library, of the flavour that is best for a device where there is one, and starts it; while a runtime of this process is alive, hands out that one.
    ///
    /// # Errors
    /// [`EngineError::RuntimeMissing`] when no place holds a usable library.
    /// [`EngineError::RuntimeFailed`] when it does not start, or was started and dropped before in this process.
    /// [`EngineError::Telemetry`] when [`NO_TELEMETRY`] is not set; no library is loaded then.
    pub fn start(device: Device) -> Result<Self, EngineError> {
        Self::start_reporting(device).map_err(|(error, _)| error)
    }

    /// As [`start`](Self::start), and where it looked also when it fails.
    pub(super) fn start_reporting(device: Device) -> Result<Self, (EngineError, RuntimeReport)> {
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(started) = current.upgrade() {
            return Ok(Self(started));
        }
        let (name, off) = NO_TELEMETRY;
        if std::env::var_os(name).is_none_or(|value| value != off) {
            let nothing_tried = RuntimeReport { places: Vec::new() };
            return Err((EngineError::Telemetry, nothing_tried));
        }
        let report = load_first(places(), &device.flavours(Path::new(SYSTEM_ROOT)));
        if report.used().is_none() {
            return Err((
                EngineError::RuntimeMissing(Box::new(report.clone())),
                report,
            ));
        }
        let environment = match ort::init()
            .with_name("pentimento")
            .with_telemetry(false)
            .build()
        {
            Ok(environment) => environment,
            Err(error) => return Err((EngineError::RuntimeFailed(error.to_string()), report)),
        };
        environment.set_log_level(LogLevel::Warning);
        let started = Arc::new(Started {
            environment,
            report,
        });
        *current = Arc::downgrade(&started);
        Ok(Self(started))
    }

    /// Where the library was looked for and found.
    #[must_use]
    pub fn report(&self) -> &RuntimeReport {
        &self.0.report
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.0.environment
    }
}

/// Starts ONNX Runtime when it is first needed, for the device that needs it, and keeps it from then on; clones share it.
///
/// Whoever may need it again after a thread died holds one, as it cannot be started twice in a process.
#[derive(Clone, Debug, Default)]
pub struct RuntimeKeeper(Arc<OnceLock<Runtime>>);

impl RuntimeKeeper {
    /// The runtime that is kept, started now if it has not been.
    ///
    /// # Errors
    /// As [`Runtime::start`]; the next call tries again.
    pub fn start(&self, device: Device) -> Result<&Runtime, EngineError> {
        self.start_reporting(device).map_err(|(error, _)| error)
    }

    /// As [`start`](Self::start), and where it looked also when it fails.
    pub(super) fn start_reporting(
        &self,
        device: Device,
    ) -> Result<&Runtime, (EngineError, RuntimeReport)> {
        if let Some(runtime) = self.0.get() {
            return Ok(runtime);
        }
        let runtime = Runtime::start_reporting(device)?;
        // Another thread may have come first; both then hold the one runtime of the process.
        Ok(self.0.get_or_init(|| runtime))
    }
}

/// The places where the library was looked for, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeReport {
    /// One entry for each place.
    pub places: Vec<Place>,
}

/// One place where the library may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What the place is.
    pub name: &'static str,
    /// The file, or the folder where none was found; `None` when the place does not exist on this machine.
    pub path: Option<PathBuf>,
    /// The flavour of the library there.
    pub flavour: Option<&'static str>,
    /// What came of it.
    pub finding: Finding,
}

/// What was found at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// No library.
    Absent,
    /// A library that cannot be used, and why.
    Refused(String),
    /// The library in use, and its version.
    Used(String),
    /// Not looked at, as another was better.
    NotNeeded,
}

impl RuntimeReport {
    /// The place whose library is in use.
    #[must_use]
    pub fn used(&self) -> Option<&Place> {
        self.places
            .iter()
            .find(|place| matches!(place.finding, Finding::Used(_)))
    }

    /// One line for each library that was there and could not be used.
    pub fn refusals(&self) -> impl Iterator<Item = String> {
        self.places
            .iter()
            .filter_map(|place| match (&place.path, &place.finding) {
                (Some(path), Finding::Refused(reason)) => {
                    Some(format!("{} of {}: {reason}", path.display(), place.name))
                }
                _ => None,
            })
    }

    /// Why a device cannot be used whose flavour is not in use, and what to do.
    pub(super) fn lacks(&self, flavour: &str) -> String {
        let here = self
            .places
            .iter()
            .find(|place| place.flavour == Some(flavour) && place.finding == Finding::NotNeeded);
        let used = self.used().and_then(|place| place.flavour);
        match here {
            _ if used == Some(flavour) => {
                "the ONNX Runtime library in use was built without it".to_owned()
            }
            Some(_) => format!(
                "it needs the `{flavour}` flavour of ONNX Runtime, which is here but was not chosen at start; start the program again with this device"
            ),
            None => format!(
                "the ONNX Runtime library in use was built without it; {}",
                how_to_get(flavour)
            ),
        }
    }

    /// Whether the flavour that a device needs is not in use but here: the program has to be started again for it.
    pub(super) fn has_for_next_start(&self, device: Device) -> bool {
        let wanted = device.flavours(Path::new(SYSTEM_ROOT));
        let is_used = |place: &&Place| matches!(place.finding, Finding::Used(_));
        let best = |places: &mut dyn Iterator<Item = &Place>| {
            places
                .filter_map(|place| wanted.iter().position(|name| Some(*name) == place.flavour))
                .min()
        };
        let waiting = |place: &&Place| place.finding == Finding::NotNeeded;
        let here = best(&mut self.places.iter().filter(waiting));
        let used = best(&mut self.places.iter().filter(is_used));
        here.is_some_and(|here| used.is_none_or(|used| here < used))
    }

    /// How to get the library, one line.
    #[must_use]
    pub fn how_to_get_it() -> String {
        let usual = FLAVOURS.iter().find(|flavour| package(flavour).is_some());
        how_to_get(usual.map_or("cpu", |flavour| flavour.name))
    }
}

/// A flavour's package for this platform.
fn package(flavour: &Flavour) -> Option<&'static Package> {
    flavour.package(std::env::consts::OS, std::env::consts::ARCH)
}

/// How to get a flavour, one line.
fn how_to_get(name: &str) -> String {
    let flavour = FLAVOURS.iter().find(|flavour| flavour.name == name);
    let Some((flavour, package)) = flavour.and_then(|flavour| Some((flavour, package(flavour)?)))
    else {
        return format!("there is no `{name}` flavour for this platform");
    };
    let folder = folders::data().map_or_else(String::new, |data| {
        format!("into {} or ", data.join(name).display())
    });
    format!(
        "`PENTIMENTO_RUNTIMES={name} script/run` brings it ({}), or `python3 -m pip download --no-deps {}=={}`: unpack {LIBRARY} and what lies beside it out of the wheel {folder}beside the program, or name its path in ORT_DYLIB_PATH",
        flavour.what, package.name, package.version,
    )
}

impl fmt::Display for RuntimeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ONNX Runtime library, in the order of looking:")?;
        for place in &self.places {
            let path = place
                .path
                .as_ref()
                .map_or_else(|| "not set".into(), |path| path.display().to_string());
            let flavour = place.flavour.unwrap_or("unknown");
            match &place.finding {
                Finding::Absent if place.path.is_none() => writeln!(f, "  {}: {path}", place.name)?,
                Finding::Absent => writeln!(f, "  {}: none in {path}", place.name)?,
                Finding::Refused(reason) => {
                    writeln!(f, "  {}: {path} refused: {reason}", place.name)?
                }
                Finding::Used(version) => writeln!(
                    f,
                    "  {}: {path} ({flavour}) is used, version {version}",
                    place.name
                )?,
                Finding::NotNeeded => {
                    writeln!(f, "  {}: {path} ({flavour}) not needed", place.name)?
                }
            }
        }
        Ok(())
    }
}

/// A place before it is looked at: its name, the folder to show where nothing is there, and the files to try.
struct Candidate {
    name: &'static str,
    folder: Option<PathBuf>,
    files: Vec<PathBuf>,
}

/// The places, in the order of looking.
fn places() -> Vec<Candidate> {
    let folder = |name, folder: Option<PathBuf>| Candidate {
        name,
        files: folder.as_deref().map(libraries_in).unwrap_or_default(),
        folder,
    };
    let file = |name, file: Option<PathBuf>| Candidate {
        name,
        files: file.iter().cloned().collect(),
        folder: file,
    };
    let named = std::env::var_os("ORT_DYLIB_PATH")
        .filter(|path| !path.is_empty())
        .and_then(|path| std::path::absolute(path).ok());
    let data = folders::data();
    let built = option_env!("PENTIMENTO_BUILD_RUNTIMES").map(PathBuf::from);
    vec![
        match named {
            Some(path) if !libraries_in(&path).is_empty() => folder("ORT_DYLIB_PATH", Some(path)),
            named => file("ORT_DYLIB_PATH", named),
        },
        folder(
            "beside the executable",
            std::env::current_exe()
                .ok()
                .and_then(|path| path.parent().map(Path::to_path_buf)),
        ),
        Candidate {
            files: data.as_deref().map(libraries_below).unwrap_or_default(),
            name: "the user's data directory",
            folder: data,
        },
        Candidate {
            files: built.iter().flat_map(|cache| built_in(cache)).collect(),
            name: "what the build provided",
            folder: built,
        },
        file("the system's loader path", Some(PathBuf::from(LIBRARY))),
    ]
}

/// The libraries in a folder and in the folders in it, where flavours lie side by side.
fn libraries_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut inside: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    inside.sort();
    let below = inside.iter().flat_map(|path| libraries_in(path));
    libraries_in(folder).into_iter().chain(below).collect()
}

/// The libraries that builds keep in their cache.
fn built_in(cache: &Path) -> Vec<PathBuf> {
    let folder = |flavour: &Flavour| Some(flavour.folder(package(flavour)?, cache));
    let folders = FLAVOURS.iter().filter_map(folder);
    let files = folders.map(|folder| folder.join(LIBRARY));
    files.filter(|file| file.is_file()).collect()
}

/// The libraries in a folder: the plain name first, then versioned ones (`libonnxruntime.so.1.31.1`), newest version first.
fn libraries_in(folder: &Path) -> Vec<PathBuf> {
    let (stem, extension) = LIBRARY.split_once('.').unwrap_or((LIBRARY, ""));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| {
            name.strip_prefix(stem)
                .is_some_and(|rest| rest.starts_with('.') && rest.contains(extension))
        })
        .collect();
    let version = |name: &str| -> Vec<u64> {
        name.split(|c: char| !c.is_ascii_digit())
            .filter_map(|number| number.parse().ok())
            .collect()
    };
    names.sort_by_cached_key(|name| {
        (
            name != LIBRARY,
            std::cmp::Reverse((version(name), name.clone())),
        )
    });
    names.into_iter().map(|name| folder.join(name)).collect()
}

/// Loads the first library that will do: what was named outright, then those of the wanted flavours, then any, in the order of the places.
fn load_first(candidates: Vec<Candidate>, wanted: &[&str]) -> RuntimeReport {
    let mut places: Vec<Place> = Vec::new();
    let mut order = Vec::new();
    for (index, candidate) in candidates.into_iter().enumerate() {
        if candidate.files.is_empty() {
            places.push(Place {
                name: candidate.name,
                path: candidate.folder,
                flavour: None,
                finding: Finding::Absent,
            });
        }
        for file in candidate.files {
            let flavour = Flavour::of(&file).name;
            let rank = wanted.iter().position(|name| *name == flavour);
            order.push((index > 0, rank.unwrap_or(wanted.len()), places.len()));
            places.push(Place {
                name: candidate.name,
                path: Some(file),
                flavour: Some(flavour),
                finding: Finding::NotNeeded,
            });
        }
    }
    order.sort();
    for (.., at) in order {
        let place = &mut places[at];
        let Some(file) = &place.path else { continue };
        place.finding = load(file);
        if matches!(place.finding, Finding::Used(_)) {
            break;
        }
    }
    RuntimeReport { places }
}

fn load(file: &Path) -> Finding {
    if file.is_dir() {
        return Finding::Refused(format!(
            "this is a folder without {LIBRARY}, name the library's file"
        ));
    }
    if file.is_absolute() && !file.is_file() {
        return Finding::Refused("there is no such file".into());
    }
    // An old DirectML.dll of the system would be found before the one that came with the library.
    let direct_ml = file.with_file_name("DirectML.dll");
    if cfg!(windows)
        && direct_ml.is_file()
        && let Err(error) = ort::util::preload_dylib(&direct_ml)
    {
        return Finding::Refused(format!("{}: {error}", direct_ml.display()));
    }
    match ort::init_from(file) {
        Ok(_) => Finding::Used(
            ort::util::probe(file).map_or_else(|| "unknown".into(), |minor| format!("1.{minor}")),
        ),
        Err(error) => Finding::Refused(error.to_string()),
    }
}
