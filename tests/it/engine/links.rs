//! Each row of `linked_models.json` stores files of a model elsewhere and leaves links, or their texts, behind: it computes what the plain model computes, or is refused with one line.

use std::fs;
use std::path::Path;

use ndarray::{Array3, Array4};
use pentimento::diffusion::networks::{Condition, Evaluation, Networks as _};
use pentimento::engine::error::EngineError;
use serde::Deserialize;

use super::bad_models::{copy, link};
use super::{fixture, json, load};

/// Its UNet's weights lie beside the graph, in `weights.pb`.
const MODEL: &str = "models/legacy-diffusers";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    /// Folder that takes the files, beside that of the models.
    store: String,
    /// What stays in their places.
    r#as: Kind,
    /// Files and folders that are moved; every file where there are none.
    #[serde(default)]
    files: Vec<String>,
    /// Whether each gets a folder of its own in the store.
    #[serde(default)]
    own_folders: bool,
    /// What the refusal says.
    #[serde(default)]
    says: Vec<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Relative,
    Absolute,
    Text,
}

#[test]
fn links_are_followed_as_onnx_runtime_follows_them() {
    let rows: Vec<Row> = serde_json::from_value(json("linked_models.json")).unwrap();
    assert!(!rows.is_empty());
    let plain = prediction(&fixture(MODEL)).unwrap();
    for row in rows {
        if row.r#as != Kind::Text && !cfg!(unix) {
            eprintln!("skipped: `{}` needs symbolic links", row.name);
            continue;
        }
        let scratch = tempfile::tempdir().unwrap();
        let model = scratch.path().join("snapshots/abc");
        fs::create_dir(scratch.path().join("snapshots")).unwrap();
        copy(&fixture(MODEL), &model);
        move_away(&row, scratch.path(), &model);
        match prediction(&model) {
            Ok(found) => {
                assert!(row.says.is_empty(), "{}: it was loaded", row.name);
                assert_eq!(found, plain, "{}", row.name);
            }
            Err(error) => {
                let error = error.to_string();
                assert!(!row.says.is_empty(), "{}: {error}", row.name);
                assert_eq!(error.lines().count(), 1, "{error}");
                for part in &row.says {
                    assert!(error.contains(part), "{}: no `{part}` in {error}", row.name);
                }
            }
        }
    }
}

fn move_away(row: &Row, scratch: &Path, model: &Path) {
    let files = match row.files.is_empty() {
        true => files_below(model, Path::new("")),
        false => row.files.clone(),
    };
    for (index, name) in files.iter().enumerate() {
        let place = match name.as_str() {
            "" => model.to_owned(),
            name => model.join(name),
        };
        let mut store = scratch.join(&row.store);
        if row.own_folders {
            store.push(index.to_string());
        }
        fs::create_dir_all(&store).unwrap();
        let stored = store.join(format!("{index:064x}"));
        fs::rename(&place, &stored).unwrap();
        let below = stored.strip_prefix(scratch).unwrap();
        let depth = place.strip_prefix(scratch).unwrap().components().count() - 1;
        let relative = "../".repeat(depth) + &below.to_str().unwrap().replace('\\', "/");
        match row.r#as {
            Kind::Relative => link(&relative, &place),
            Kind::Absolute => link(stored.to_str().unwrap(), &place),
            Kind::Text => fs::write(&place, relative).unwrap(),
        }
    }
}

/// Every file below a folder of the model, by its name in the model.
fn files_below(model: &Path, folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(model.join(folder)).unwrap() {
        let name = folder.join(entry.unwrap().file_name());
        match model.join(&name).is_dir() {
            true => files.extend(files_below(model, &name)),
            false => files.push(name.to_str().unwrap().replace('\\', "/")),
        }
    }
    files
}

/// Ids of a text, and what the UNet makes of a ramp.
fn prediction(model: &Path) -> Result<(Vec<u32>, Array4<f32>), EngineError> {
    let (mut networks, _) = load(model)?;
    let ids = networks.tokenize("a hand").unwrap();
    let ramp = |index: usize| index as f32 / 100.0;
    let sample = Array4::from_shape_fn((1, 9, 4, 4), |(_, c, y, x)| ramp(c * 16 + y * 4 + x));
    let states = Array3::from_shape_fn((1, 5, 6), |(_, token, width)| ramp(token * 6 + width));
    let condition = Condition {
        states,
        pooled: None,
    };
    let evaluation = Evaluation {
        sample: &sample,
        timestep: 500.0,
        conditions: &[&condition],
        extras: &[],
        residuals: &[],
        inside: &[],
    };
    Ok((
        ids.concat(),
        networks.predict(&evaluation).unwrap().remove(0),
    ))
}
