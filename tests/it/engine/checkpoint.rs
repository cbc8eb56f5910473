//! Each row of `checkpoints.json` is a file that is no checkpoint, or a spoilt one: one clear line, no panic, nothing written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pentimento::engine::PredictionKind;
use pentimento::engine::catalog::{self, ModelSource};
use pentimento::engine::kit::{Kit, KitControl};
use serde::Deserialize;
use serde_json::{Map, Value, json as object};

use super::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default = "usual")]
    file: String,
    /// The file's bytes, behind a length where one is given.
    raw: Option<String>,
    length: Option<u64>,
    /// A head, behind its length.
    head: Option<String>,
    /// A head of so many lists in lists.
    deep: Option<usize>,
    /// Bytes behind the head.
    #[serde(default)]
    data: usize,
    /// A link with this target.
    link: Option<String>,
    /// A good checkpoint that is spoilt.
    from: Option<String>,
    /// Beginnings of names that are left out of it.
    #[serde(default)]
    drop: Vec<String>,
    /// Tensors of zeros in fp16.
    #[serde(default)]
    tensors: BTreeMap<String, Vec<usize>>,
    /// Whether it is chosen as a ControlNet beside a good model.
    #[serde(default)]
    control: bool,
    says: Vec<String>,
}

/// A file of the reference models.
fn good(name: &str) -> PathBuf {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/models");
    models.join(name)
}

fn usual() -> String {
    "model.safetensors".into()
}

#[test]
fn what_is_no_checkpoint_gets_one_clear_line() {
    let rows: Vec<Row> = serde_json::from_value(json("checkpoints.json")).unwrap();
    assert!(!rows.is_empty());
    let mut failures = Vec::new();
    for row in rows {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join(&row.file);
        if row.link.is_some() && !cfg!(unix) {
            eprintln!("skipped: `{}` needs symbolic links", row.name);
            continue;
        }
        write(&row, &path);
        let before = fs::read_dir(scratch.path()).unwrap().count();
        let kit = match row.control {
            true => Kit {
                controls: vec![KitControl::of(path)],
                ..Kit::of(ModelSource::at(good("ldm-sd1.safetensors")))
            },
            false => Kit::of(ModelSource::at(path)),
        };
        let error = match catalog::open(&kit) {
            Ok(_) => {
                failures.push(format!("{}: it was opened", row.name));
                continue;
            }
            Err(error) => error.to_string(),
        };
        for part in &row.says {
            if !error.contains(part) {
                failures.push(format!("{}: `{part}` is not in: {error}", row.name));
            }
        }
        if error.lines().count() != 1 {
            failures.push(format!("{}: more than one line: {error}", row.name));
        }
        if fs::read_dir(scratch.path()).unwrap().count() != before {
            failures.push(format!("{}: something was written", row.name));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn what_a_model_predicts_can_be_said() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/models");
    let model = ModelSource::at(models.join("ldm-sdxl.safetensors"));
    for said in [None, Some(PredictionKind::V), Some(PredictionKind::Epsilon)] {
        let kit = Kit {
            prediction: said,
            ..Kit::of(model.clone())
        };
        let spec = catalog::open(&kit).unwrap().spec;
        assert_eq!(spec.prediction, said.unwrap_or(PredictionKind::Epsilon));
    }
}

fn write(row: &Row, path: &Path) {
    let length = |length: u64| length.to_le_bytes().to_vec();
    let headed =
        |head: &[u8], data: usize| [&length(head.len() as u64)[..], head, &vec![0; data]].concat();
    #[cfg(unix)]
    if let Some(target) = &row.link {
        std::os::unix::fs::symlink(target, path).unwrap();
        return;
    }
    let bytes = if let Some(head) = &row.head {
        headed(head.as_bytes(), row.data)
    } else if let Some(depth) = row.deep {
        headed(format!("{{\"a\": {}", "[".repeat(depth)).as_bytes(), 0)
    } else if let Some(raw) = &row.raw {
        let length = row.length.map(length).unwrap_or_default();
        [&length[..], raw.as_bytes()].concat()
    } else if row.from.is_some() || !row.tensors.is_empty() {
        checkpoint(row)
    } else {
        return;
    };
    fs::write(path, bytes).unwrap();
}

/// A file of the tensors of `from` that are not left out, and those of the row.
fn checkpoint(row: &Row) -> Vec<u8> {
    let (mut head, mut data) = (Map::new(), Vec::new());
    if let Some(from) = &row.from {
        let bytes = fs::read(good(from)).unwrap();
        let end = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let tensors: Map<String, Value> = serde_json::from_slice(&bytes[8..end]).unwrap();
        for (name, mut tensor) in tensors {
            let dropped = row.drop.iter().any(|start| name.starts_with(start));
            if dropped || name == "__metadata__" {
                continue;
            }
            let offset =
                |index: usize| end + tensor["data_offsets"][index].as_u64().unwrap() as usize;
            let start = data.len();
            data.extend_from_slice(&bytes[offset(0)..offset(1)]);
            tensor["data_offsets"] = object!([start, data.len()]);
            head.insert(name, tensor);
        }
    }
    for (name, shape) in &row.tensors {
        let start = data.len();
        data.resize(start + 2 * shape.iter().product::<usize>(), 0);
        let tensor = object!({"dtype": "F16", "shape": shape, "data_offsets": [start, data.len()]});
        head.insert(name.clone(), tensor);
    }
    let head = Value::Object(head).to_string();
    [
        &(head.len() as u64).to_le_bytes()[..],
        head.as_bytes(),
        &data,
    ]
    .concat()
}
