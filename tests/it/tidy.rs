//! The rules of the house: who may import whom, names, sizes, and words that do not belong in the tree.

mod rooms;
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use source::{bare, paths};

/// Module → modules that it may use, and crates that are used only there (or in the others that list them).
const MODULES: &[(&str, &[&str], &[&str])] = &[
    (
        "raster",
        &[],
        &[
            "ab_glyph",
            "crc32fast",
            "epaint_default_fonts",
            "fast_image_resize",
            "image",
            "image_webp",
            "png",
            "quick_xml",
            "serde",
            "tempfile",
            "tiff",
        ],
    ),
    ("recipe", &["folders"], &["serde", "serde_json"]),
    ("folders", &[], &["directories"]),
    ("sample", &["raster", "recipe"], &["serde_json"]),
    ("detection", &["raster"], &["ndarray"]),
    ("diffusion", &["raster", "recipe"], &["ndarray", "rand_mt"]),
    (
        "engine",
        &["detection", "diffusion", "folders", "raster", "recipe"],
        &[
            "crossbeam_channel",
            "half",
            "http_body_util",
            "hyper",
            "hyper_util",
            "instant_clip_tokenizer",
            "keyring",
            "keyring_core",
            "ndarray",
            "ort",
            "percent_encoding",
            "prost",
            "safetensors",
            "saphyr",
            "serde_json",
            "sha2",
            "sysinfo",
            "tempfile",
            "tokenizers",
            "tokio",
            "tokio_rustls",
            "tonic",
            "tonic_prost",
            "webpki_roots",
        ],
    ),
    (
        "library",
        &["engine", "folders", "recipe"],
        &[
            "percent_encoding",
            "saphyr",
            "serde",
            "serde_json",
            "sha2",
            "sysinfo",
            "ureq",
        ],
    ),
    (
        "cli",
        &[
            "detection",
            "engine",
            "library",
            "raster",
            "recipe",
            "sample",
        ],
        &["clap", "ctrlc", "indicatif", "serde_json"],
    ),
    ("document", &["raster", "recipe"], &["serde"]),
    (
        "project",
        &["document", "raster", "recipe"],
        &[
            "crc32fast",
            "crossbeam_channel",
            "flate2",
            "quick_xml",
            "serde",
            "serde_json",
            "zip",
        ],
    ),
    (
        "canvas",
        &["document", "raster"],
        &["bytemuck", "eframe", "wgpu"],
    ),
    (
        "ui",
        &[
            "canvas",
            "detection",
            "document",
            "engine",
            "folders",
            "library",
            "project",
            "raster",
            "recipe",
            "sample",
        ],
        &[
            "arboard",
            "eframe",
            "fluent_bundle",
            "rfd",
            "serde",
            "serde_json",
            "sys_locale",
            "unic_langid",
        ],
    ),
    (
        "main",
        &["cli", "engine", "ui"],
        &["anyhow", "tracing_subscriber"],
    ),
    (
        "lib",
        &[
            "canvas",
            "cli",
            "detection",
            "diffusion",
            "document",
            "engine",
            "folders",
            "library",
            "project",
            "raster",
            "recipe",
            "sample",
            "ui",
        ],
        &[],
    ),
];

/// Crates that any module may use.
const ANYWHERE: &[&str] = &["thiserror", "tracing"];

/// Module names that say nothing.
const EMPTY_NAMES: &[&str] = &["common", "helpers", "manager", "prelude", "types", "utils"];

const MAX_LINES: usize = 500;

/// Code that is not finished, or a test that is not run.
const UNFINISHED: &[&str] = &["#[ignore", "todo!", "unimplemented!", "dbg!"];

/// Hosts that only package managers' own settings name; written in halves, as this file is searched too.
const REGISTRIES: &[&str] = &[
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("python", "hosted"),
    concat!("npm", "js.com"),
];

/// Files that a package manager writes.
const GENERATED: &[&str] = &["Cargo.lock"];

/// Pictures of the window are kept with every change, bytes.
const MAX_SNAPSHOT: u64 = 64 << 10;

/// Module `|` its code, `~` where a line ends `|` the first complaint about it.
const EXAMPLES: &str = r##"
raster | use crate::raster::Size; use std::fmt; |
raster | use crate::recipe::Recipe; | raster uses recipe
raster | fn f(r: &crate::recipe::Recipe) {} | raster uses recipe
raster | use crate::{raster, engine::{self, device}}; | raster uses engine
raster | use super::super::engine; | raster uses engine
raster | use super::{Mask, mask}; |
raster | use ndarray::Array4; | raster uses the crate ndarray
raster | let a: ::ndarray::Array4<f32>; | raster uses the crate ndarray
raster | // use crate::engine; and ndarray::Array~let a = "ort::"; |
raster | let quote = '"'; use ort::session; | raster uses the crate ort
raster | let x = self::image::X; y.image; thiserror::Error; |
diffusion | use crate::{raster::Mask, recipe}; use ndarray::s; |
diffusion | use image::RgbImage; | diffusion uses the crate image
diffusion | use crate::engine; | diffusion uses engine
main | use pentimento::diffusion::plan; | main uses diffusion
cli | use pentimento::{engine, raster::file}; |
stray | | stray is not in the table of modules
"##;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file that git tracks or would add, relative to the root.
fn tracked() -> Vec<PathBuf> {
    let listing = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(root())
        .output()
        .expect("git lists the files of the checkout");
    let names = String::from_utf8(listing.stdout).unwrap();
    let files: Vec<_> = names
        .split_terminator('\0')
        .map(PathBuf::from)
        .filter(|path| root().join(path).is_file())
        .collect();
    assert!(
        listing.status.success() && !files.is_empty(),
        "not a git checkout"
    );
    files
}

fn rust_files(folder: &str) -> Vec<(PathBuf, String)> {
    let files: Vec<_> = tracked()
        .into_iter()
        .filter(|path| path.starts_with(folder) && path.extension().is_some_and(|e| e == "rs"))
        .map(|path| (path.clone(), fs::read_to_string(root().join(path)).unwrap()))
        .collect();
    assert!(!files.is_empty());
    files
}

fn dependencies() -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim().replace('-', "_"))
        .collect()
}

/// What a module uses against the table.
fn complaints(module: &str, source: &str, dependencies: &BTreeSet<String>) -> Vec<String> {
    let Some((_, modules, crates)) = MODULES.iter().find(|(name, ..)| *name == module) else {
        return vec![format!("{module} is not in the table of modules")];
    };
    let mut complaints = Vec::new();
    for path in paths(&bare(source)) {
        let path = path
            .trim_start_matches("::")
            .replace("super::super::", "super::");
        let mut parts = path.split("::");
        let (first, second) = (parts.next().unwrap_or_default(), parts.next());
        let Some(second) = second else { continue };
        if ["crate", "pentimento", "super"].contains(&first) {
            let known = MODULES.iter().any(|(name, ..)| *name == second);
            if known && second != module && !modules.contains(&second) {
                complaints.push(format!("{module} uses {second}"));
            }
        } else if dependencies.contains(first)
            && !crates.contains(&first)
            && !ANYWHERE.contains(&first)
        {
            complaints.push(format!("{module} uses the crate {first}"));
        }
    }
    complaints
}

/// `src/raster/file/decode.rs` and `src/raster.rs` belong to `raster`.
fn module_of(path: &Path) -> String {
    let first = path.components().nth(1).unwrap();
    Path::new(&first)
        .file_stem()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned()
}

#[test]
fn examples_are_judged_as_in_the_table() {
    for row in EXAMPLES.trim().lines() {
        let parts: Vec<_> = row.split('|').map(str::trim).collect();
        let [module, source, complaint] = parts[..] else {
            panic!("{row}");
        };
        let found = complaints(module, &source.replace('~', "\n"), &dependencies());
        let first = found.first().map_or("", String::as_str);
        assert_eq!(first, complaint, "{source}");
    }
}

#[test]
fn modules_import_what_they_may() {
    let dependencies = dependencies();
    for (path, source) in rust_files("src") {
        let found = complaints(&module_of(&path), &source, &dependencies);
        assert!(found.is_empty(), "{}: {found:?}", path.display());
    }
}

#[test]
fn every_dependency_has_a_place() {
    let placed: BTreeSet<_> = MODULES
        .iter()
        .flat_map(|(.., crates)| *crates)
        .chain(ANYWHERE)
        .collect();
    for dependency in dependencies() {
        assert!(
            placed.contains(&dependency.as_str()),
            "{dependency} is in no row of the table"
        );
    }
}

#[test]
fn files_say_their_purpose_and_are_short() {
    for (path, source) in rust_files("src") {
        assert!(
            source.starts_with("//! "),
            "{} does not start with `//!`",
            path.display()
        );
    }
    for (path, source) in rust_files("src").into_iter().chain(rust_files("tests")) {
        let lines = source.lines().count();
        assert!(
            lines <= MAX_LINES,
            "{} has {lines} lines, the limit is {MAX_LINES}",
            path.display()
        );
    }
}

#[test]
fn snapshots_are_small() {
    let mut pictures = 0;
    for path in tracked() {
        if path.starts_with("tests/snapshots") {
            pictures += 1;
            let bytes = fs::metadata(root().join(&path)).unwrap().len();
            assert!(
                bytes <= MAX_SNAPSHOT,
                "{} has {bytes} bytes, the limit is {MAX_SNAPSHOT}: pack it with `zopflipng`",
                path.display()
            );
        }
    }
    assert!(pictures > 0);
}

#[test]
fn names_say_something() {
    for (path, source) in rust_files("src").into_iter().chain(rust_files("tests")) {
        let mut parts: Vec<_> = path
            .iter()
            .map(|part| part.to_str().unwrap().trim_end_matches(".rs").to_owned())
            .collect();
        let code = bare(&source);
        let words: Vec<_> = code.split_whitespace().collect();
        parts.extend(
            words
                .windows(2)
                .filter(|pair| pair[0] == "mod")
                .map(|pair| pair[1].trim_end_matches(';').to_owned()),
        );
        for part in parts {
            assert!(
                !EMPTY_NAMES.contains(&part.as_str()),
                "{}: a module named `{part}`",
                path.display()
            );
        }
    }
}

#[test]
fn nothing_is_left_unfinished() {
    for (path, source) in rust_files("src").into_iter().chain(rust_files("tests")) {
        for word in UNFINISHED {
            assert!(!bare(&source).contains(word), "{}: {word}", path.display());
        }
    }
}

#[test]
fn no_file_names_a_registry() {
    for path in tracked() {
        if GENERATED.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let Ok(text) = fs::read_to_string(root().join(&path)) else {
            continue;
        };
        for host in REGISTRIES {
            assert!(!text.contains(host), "{} names {host}", path.display());
        }
    }
}

/// It reports to its vendor from the import on, unless the environment says otherwise.
#[test]
fn scripts_import_onnx_runtime_in_silence() {
    const SWITCH: &str = "os.environ[\"ORT_DISABLE_TELEMETRY\"] = \"1\"";
    let mut imports = 0;
    for path in tracked() {
        if path.extension().is_none_or(|extension| extension != "py") {
            continue;
        }
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let at = |start: &str| text.lines().position(|line| line.starts_with(start));
        let import = at("import onnxruntime").or_else(|| at("from onnxruntime"));
        if let Some(import) = import {
            imports += 1;
            let switch = at(SWITCH);
            assert!(
                switch.is_some_and(|switch| switch < import),
                "{}: `{SWITCH}` has to come before the import",
                path.display()
            );
        }
    }
    assert!(imports > 0);
}

#[test]
fn paths_in_the_readme_exist() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let in_code = readme.split('`').skip(1).step_by(2);
    let in_links = readme
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let paths: Vec<_> = in_code
        .chain(in_links)
        .filter(|text| text.contains('/') && !text.contains(char::is_whitespace))
        .filter(|text| !text.contains("://") && !text.starts_with("target/"))
        .collect();
    assert!(!paths.is_empty());
    for path in paths {
        assert!(root().join(path).exists(), "README.md: no {path}");
    }
}
