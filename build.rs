//! Provides what the sources do not hold: a copy of ONNX Runtime where none is found, the detectors of hands and faces, the built-in model's file table.
//!
//! Never fails a build: what cannot be provided becomes one warning, and the program says how to get it when it is wanted.
//! With `PENTIMENTO_NO_FETCH=1` nothing is provided that is not here, fetched or cached.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "src/engine/flavours.rs"]
#[allow(dead_code, reason = "the program reads more of it")]
mod flavours;

use flavours::{FLAVOURS, Flavour, Package};

/// The library does not depend on the wheel's Python version, so one wheel per platform is pinned.
const PYTHON_TAG: [&str; 6] = [
    "--python-version",
    "3.12",
    "--implementation",
    "cp",
    "--abi",
    "cp312",
];

/// Takes the shared libraries and the licences out of a wheel: arguments are the wheel and the folder to fill.
///
/// The main library loses the version in its name. Python bindings and the TensorRT provider stay behind, and of OpenVINO's libraries what ONNX Runtime does not open: its C interface, drivers for other machines, and copies under other names than those that are looked for.
const UNPACK: &str = r"
import re, sys, zipfile
from pathlib import Path
wheel, folder = zipfile.ZipFile(sys.argv[1]), Path(sys.argv[2])
library = re.compile(r'onnxruntime/capi/((lib)?onnxruntime(_providers_(shared|cuda|openvino))?|DirectML)((\.\d+)*\.dylib|\.so(\.\d+)*|\.dll)$')
openvino = re.compile(r'onnxruntime/capi/lib(openvino(_onnx_frontend)?\.so\.\d+|openvino_intel_[cg]pu_plugin\.so|tbb\.so\.\d+|tbbmalloc\.so)$')
for member in wheel.namelist():
    name = member.rsplit('/', 1)[1]
    if library.match(member):
        name = re.sub(r'(\.\d+)+(?=\.dylib$)|(?<=\.so)(\.\d+)+$', '', name)
    elif not openvino.match(member) and member not in ('onnxruntime/LICENSE', 'onnxruntime/ThirdPartyNotices.txt'):
        continue
    (folder / name).write_bytes(wheel.read(member))
";

/// The package that holds the detectors; what is taken of it does not depend on the platform, so one wheel is pinned.
const DETECTORS: Package = Package {
    os: "",
    arch: "",
    name: "mediapipe",
    version: "0.10.21",
    platform: "manylinux_2_28_x86_64",
    sha256: "956eb1ebc275c629e61b085b2cab89c3a5b9e93bad1bb107348d98dafb5a4bb5",
};

/// Takes the detectors and their licence out of the wheel: arguments are the wheel and the folder to fill.
const UNPACK_DETECTORS: &str = r"
import sys, zipfile
from pathlib import Path
wheel, folder = zipfile.ZipFile(sys.argv[1]), Path(sys.argv[2])
names = 'palm_detection_full.tflite', 'hand_landmark_full.tflite', 'face_detection_short_range.tflite', 'LICENSE'
for member in wheel.namelist():
    name = member.rsplit('/', 1)[-1]
    if name in names:
        (folder / name).write_bytes(wheel.read(member))
";

/// The last of the detectors' files in order, which is there when all are.
const LAST_DETECTOR: &str = "palm_detection_full.tflite";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/engine/flavours.rs");
    for variable in [
        "PENTIMENTO_NO_FETCH",
        "PENTIMENTO_RUNTIMES",
        "ORT_DYLIB_PATH",
    ] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    println!("cargo::rerun-if-changed=models/pocket");
    println!("cargo::rerun-if-changed=models/scene");
    if let Err(error) = write_built_in_model() {
        println!("cargo::warning=the built-in model's file table cannot be written: {error}");
    }
    if let Err(error) = write_detectors() {
        println!("cargo::warning=the detectors' file table cannot be written: {error}");
    }
    match runtimes() {
        Ok(Some(cache)) => println!(
            "cargo::rustc-env=PENTIMENTO_BUILD_RUNTIMES={}",
            cache.display()
        ),
        Ok(None) => {}
        Err(error) => println!("cargo::warning=no copy of ONNX Runtime could be provided: {error}"),
    }
}

/// The folder of the libraries in the user's cache; each that is wanted is fetched when it is not there. `None` when none is wanted.
///
/// `PENTIMENTO_RUNTIMES` names the flavours that are wanted, with commas; without it the platform's usual one is.
fn runtimes() -> Result<Option<PathBuf>, Box<dyn Error>> {
    let own_library = env::var_os("ORT_DYLIB_PATH").is_some_and(|path| Path::new(&path).is_file());
    if fetches_nothing() || own_library {
        return Ok(None);
    }
    let os = env::var("CARGO_CFG_TARGET_OS")?;
    let arch = env::var("CARGO_CFG_TARGET_ARCH")?;
    let library = match os.as_str() {
        "windows" => "onnxruntime.dll",
        "macos" => "libonnxruntime.dylib",
        _ => "libonnxruntime.so",
    };
    let cache = cache()?;
    let asked = env::var("PENTIMENTO_RUNTIMES").unwrap_or_default();
    let asked: Vec<&str> = asked
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    let names: Vec<&str> = FLAVOURS.iter().map(|flavour| flavour.name).collect();
    if let Some(unknown) = asked.iter().find(|name| !names.contains(name)) {
        let names = names.join(", ");
        return Err(format!("PENTIMENTO_RUNTIMES names `{unknown}`; there is {names}").into());
    }
    let here: Vec<(&Flavour, &Package)> = FLAVOURS
        .iter()
        .filter_map(|flavour| Some((flavour, flavour.package(&os, &arch)?)))
        .filter(|(flavour, _)| asked.is_empty() || asked.contains(&flavour.name))
        .collect();
    let wanted = if asked.is_empty() {
        &here[..here.len().min(1)]
    } else {
        &here[..]
    };
    if wanted.is_empty() {
        let asked = asked.join(", ");
        return Err(format!("no official library is known for {os} on {arch} {asked}").into());
    }
    for (flavour, package) in wanted {
        let folder = flavour.folder(package, &cache);
        // Said before the fetch: a path that does not exist makes cargo run this script again, so a failed fetch is retried.
        println!("cargo::rerun-if-changed={}", folder.join(library).display());
        if !folder.join(library).is_file() {
            fetch(package, UNPACK, &folder, library)?;
        }
    }
    Ok(Some(cache))
}

fn fetches_nothing() -> bool {
    env::var_os("PENTIMENTO_NO_FETCH").is_some_and(|value| !value.is_empty() && value != "0")
}

/// The user's cache, where what was fetched is kept for the next build.
fn cache() -> Result<PathBuf, Box<dyn Error>> {
    let folders = directories::ProjectDirs::from("", "", "pentimento")
        .ok_or("there is no home directory to keep it in")?;
    Ok(folders.cache_dir().to_owned())
}

/// Downloads the wheel with pip, which checks the hash, and unpacks it beside `folder` before it takes that name.
///
/// `unpack` is a script as [`UNPACK`] is; after success `folder` holds the file `name`, whole and on disk.
fn fetch(wheel: &Package, unpack: &str, folder: &Path, name: &str) -> Result<(), Box<dyn Error>> {
    let python = ["python3", "python"]
        .into_iter()
        .find(|python| {
            Command::new(python)
                .args(["-m", "pip", "--version"])
                .output()
                .is_ok_and(|output| output.status.success())
        })
        .ok_or("Python with pip is needed to fetch it")?;
    let parent = folder.parent().ok_or("the cache has no parent folder")?;
    fs::create_dir_all(parent)?;
    // A new folder for each build, removed on every way out of this function.
    let scratch = tempfile::Builder::new()
        .prefix("unpacking-")
        .tempdir_in(parent)?;
    // One level down, since the scratch folder itself is for this user's eyes only.
    let unpacked = scratch.path().join("unpacked");
    fs::create_dir(&unpacked)?;
    let pins = scratch.path().join("requirements.txt");
    fs::write(
        &pins,
        format!(
            "{}=={} --hash=sha256:{}\n",
            wheel.name, wheel.version, wheel.sha256
        ),
    )?;
    run(Command::new(python)
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-input",
            "--disable-pip-version-check",
            "--no-deps",
        ])
        .args([
            "--only-binary=:all:",
            "--require-hashes",
            "--timeout",
            "20",
            "--retries",
            "2",
        ])
        .args(PYTHON_TAG)
        .args(["--platform", wheel.platform])
        .arg("--requirement")
        .arg(&pins)
        .arg("--dest")
        .arg(scratch.path()))?;
    let file = fs::read_dir(scratch.path())?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or("pip left no wheel")?;
    run(Command::new(python)
        .args(["-c", unpack])
        .arg(file)
        .arg(&unpacked))?;
    if !unpacked.join(name).is_file() {
        return Err(format!("the wheel of {} holds no {name}", wheel.name).into());
    }
    for entry in fs::read_dir(&unpacked)? {
        // Windows flushes only what is open for writing.
        OpenOptions::new()
            .write(true)
            .open(entry?.path())?
            .sync_all()?;
    }
    // Another build may have been faster; its folder is as good where it holds the library.
    let place = || {
        fs::rename(&unpacked, folder).or_else(|error| {
            if folder.join(name).is_file() {
                Ok(())
            } else {
                Err(error)
            }
        })
    };
    if place().is_err() {
        if folder.is_dir() {
            fs::remove_dir_all(folder)?;
        }
        place()?;
    }
    Ok(())
}

/// Runs a command; its last line of complaint becomes the error.
fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let line = complaint
        .lines()
        .rev()
        .find(|line| line.contains("ERROR") || line.contains("Error"))
        .unwrap_or("pip failed");
    Err(line.trim().to_owned().into())
}

/// Writes the table of the detectors' files, empty where they are not here and cannot be fetched: the sources include it.
fn write_detectors() -> Result<(), Box<dyn Error>> {
    let table = detectors().unwrap_or_else(|error| {
        println!("cargo::warning=the detectors of hands and faces are left out: {error}");
        String::from("&[]\n")
    });
    fs::write(Path::new(&env::var("OUT_DIR")?).join("detectors.rs"), table)?;
    Ok(())
}

/// The table of the detectors' files, fetched where they are not in the cache.
fn detectors() -> Result<String, Box<dyn Error>> {
    if fetches_nothing() {
        return Ok(String::from("&[]\n"));
    }
    let folder = cache()?.join(format!("{}-{}", DETECTORS.name, DETECTORS.version));
    println!(
        "cargo::rerun-if-changed={}",
        folder.join(LAST_DETECTOR).display()
    );
    if !folder.join(LAST_DETECTOR).is_file() {
        fetch(&DETECTORS, UNPACK_DETECTORS, &folder, LAST_DETECTOR)?;
    }
    table(&[(folder, "")], &[".tflite", "LICENSE"])
}

/// Writes the table of the built-in model's files, empty where they cannot be listed: the sources include it.
fn write_built_in_model() -> Result<(), Box<dyn Error>> {
    let table = built_in_model().unwrap_or_else(|error| {
        println!("cargo::warning=the built-in model is left out: {error}");
        String::from("&[]\n")
    });
    fs::write(
        Path::new(&env::var("OUT_DIR")?).join("built_in_model.rs"),
        table,
    )?;
    Ok(())
}

/// Folders of the built-in model's files in `models`, and what their paths begin with in the program; of those that do not exist nothing is built in.
const BUILT_IN: [(&str, &str); 5] = [
    ("pocket", ""),
    ("scene/words", "words/"),
    ("scene/tagger", "tagger/"),
    ("scene/clean", "clean/"),
    ("scene/upscaler", "upscaler/"),
];

/// The table of the built-in model's files.
fn built_in_model() -> Result<String, Box<dyn Error>> {
    let models = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("models");
    let folders = BUILT_IN.map(|(folder, start)| (models.join(folder), start));
    table(&folders, &[".onnx", ".json", ".txt", ".csv"])
}

/// The table of the files below some folders whose names end so, each with its bytes, and called by its path with a start of its own.
fn table(folders: &[(PathBuf, &str)], endings: &[&str]) -> Result<String, Box<dyn Error>> {
    let mut table = String::from("&[\n");
    for (root, start) in folders.iter().filter(|(root, _)| root.is_dir()) {
        for file in files_under(root)? {
            let name = file.to_string_lossy();
            if endings.iter().any(|ending| name.ends_with(ending)) {
                let path = file
                    .to_str()
                    .ok_or_else(|| format!("{} is not UTF-8", file.display()))?;
                let name = file.strip_prefix(root)?.to_string_lossy();
                let name = format!("{start}{}", name.replace('\\', "/"));
                writeln!(table, "    ({name:?}, include_bytes!({path:?})),")?;
            }
        }
    }
    table.push_str("]\n");
    Ok(table)
}

/// All files below a folder, sorted.
fn files_under(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_under(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
