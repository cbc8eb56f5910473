//! Each row of `bad_models.json` spoils a good model directory in one way: one clear line, no panic, nothing written.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use pentimento::diffusion::networks::Networks as _;
use pentimento::engine::cancel::Cancel;
use pentimento::engine::catalog::ModelSource;
use pentimento::engine::device::Device;
use pentimento::engine::graph::Graph;
use pentimento::engine::kit::Kit;
use pentimento::engine::onnx::OnnxNetworks;
use serde::Deserialize;

use super::{fixture, json, load, runtime};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    /// Folder (or file) below `models` that is spoilt.
    #[serde(default = "good")]
    from: String,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    write: BTreeMap<String, String>,
    #[serde(default)]
    truncate: BTreeMap<String, u64>,
    #[serde(default)]
    sparse: BTreeMap<String, u64>,
    /// Graphs from `graphs` in the place of the model's.
    #[serde(default)]
    replace: BTreeMap<String, String>,
    /// Links, by the text of their targets.
    #[serde(default)]
    links: BTreeMap<String, String>,
    says: Vec<String>,
}

fn good() -> String {
    "optimum-1.24".into()
}

#[test]
fn every_bad_model_gets_one_clear_line() {
    let rows: Vec<Row> = serde_json::from_value(json("bad_models.json")).unwrap();
    assert!(!rows.is_empty());
    let mut failures = Vec::new();
    for row in rows {
        let scratch = tempfile::tempdir().unwrap();
        if !row.links.is_empty() && !cfg!(unix) {
            eprintln!("skipped: `{}` needs symbolic links", row.name);
            continue;
        }
        let model = scratch.path().join("model");
        spoil(&row, &model);
        let before = listing(scratch.path());
        let error = match load(&model) {
            Ok(_) => {
                failures.push(format!("{}: it was loaded", row.name));
                continue;
            }
            Err(error) => error.to_string(),
        };
        let plain = error.replace('\\', "/");
        for part in &row.says {
            if !plain.contains(part) {
                failures.push(format!("{}: `{part}` is not in: {error}", row.name));
            }
        }
        if error.lines().count() != 1 {
            failures.push(format!("{}: more than one line: {error}", row.name));
        }
        if listing(scratch.path()) != before {
            failures.push(format!("{}: something was written", row.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Every graph that is cut short is refused; every graph with one byte changed is read or refused, without a panic.
#[test]
fn garbage_never_panics() {
    for file in [
        "models/optimum-1.24/unet/model.onnx",
        "models/legacy-diffusers/unet/model.onnx",
        "models/slow/unet/model.onnx",
    ] {
        let good = fs::read(fixture(file)).unwrap();
        assert!(Graph::read(Cursor::new(&good)).is_ok());
        for index in 0..good.len() {
            let cut = Graph::read(Cursor::new(&good[..index]));
            // The last bytes are the versions of a further operator set, which a graph may or may not have.
            assert!(
                cut.is_err() || index + 24 > good.len(),
                "{file}: {index} of {} bytes",
                good.len()
            );
            let mut changed = good.clone();
            changed[index] ^= 0xff;
            let _ = Graph::read(Cursor::new(&changed));
        }
    }
}

#[test]
fn the_built_in_model_needs_no_file() {
    let loaded = OnnxNetworks::load(
        runtime(),
        &Kit::of(ModelSource::BuiltIn),
        Device::Cpu,
        &Cancel::new(),
        &mut |_| {},
    );
    assert_eq!(loaded.unwrap().0.spec().native_side, 256);
}

fn spoil(row: &Row, model: &Path) {
    if row.from.is_empty() {
        fs::create_dir(model).unwrap();
    } else {
        copy(&fixture("models").join(&row.from), model);
    }
    for name in &row.remove {
        let path = model.join(name);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap()
        } else {
            fs::remove_file(path).unwrap()
        }
    }
    for (name, graph) in &row.replace {
        fs::copy(
            fixture("graphs").join(format!("{graph}.onnx")),
            model.join(name),
        )
        .unwrap();
    }
    for (name, text) in &row.write {
        fs::create_dir_all(model.join(name).parent().unwrap()).unwrap();
        fs::write(model.join(name), text).unwrap();
    }
    for (name, size) in row.truncate.iter().chain(&row.sparse) {
        fs::File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(model.join(name))
            .unwrap()
            .set_len(*size)
            .unwrap();
    }
    for (name, target) in &row.links {
        link(target, &model.join(name));
    }
}

/// Makes a link that says `target`.
#[cfg_attr(not(unix), allow(unused_variables, reason = "skipped there"))]
pub fn link(target: &str, at: &Path) {
    #[cfg(unix)]
    std::os::unix::fs::symlink(target, at).unwrap();
}

/// Copies a file, or a folder and all in it.
pub fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        copy(&path, &to.join(path.file_name().unwrap()));
    }
}

/// Every file below a folder, with its size.
fn listing(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(listing(&path));
        } else {
            files.push((path.clone(), fs::symlink_metadata(&path).unwrap().len()));
        }
    }
    files.sort();
    files
}
