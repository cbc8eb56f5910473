//! Captioners: a tiny Florence-2 (`tests/golden/captioners.py`) against transformers' greedy search, and what is none.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pentimento::engine::{
    Cancel, CaptionDetail, Captioned, Device, Engine, Event, Job, JobId, Kit, ModelSource, Outcome,
    Previews, Work,
};
use pentimento::raster::file;
use serde_json::Value;

use super::{bad_models, fixture, runtime};

fn golden(name: &str) -> PathBuf {
    fixture("../golden/captioners").join(name)
}

fn caption(model: &Path, detail: CaptionDetail) -> Result<Captioned, String> {
    runtime();
    let mut engine = Engine::spawn(|| ()).unwrap();
    let picture = file::read(&golden("picture.png")).unwrap().picture;
    let job = Job {
        work: Work::Caption(Arc::new(picture), detail),
        kit: Kit::of(ModelSource::at(model.to_owned())),
        device: Device::Cpu,
        previews: Previews::Off,
    };
    engine.submit(JobId(1), job, Cancel::new()).unwrap();
    loop {
        let event = engine.wait(Duration::from_secs(60)).unwrap().unwrap();
        if let Event::Finished { outcome, .. } = event {
            return match outcome.map_err(|error| error.to_string())? {
                Outcome::Captioned(captioned) => Ok(captioned),
                other => panic!("{other:?}"),
            };
        }
    }
}

/// A copy of the tiny one without some of its files.
fn without(names: &[&str]) -> tempfile::TempDir {
    let scratch = tempfile::tempdir().unwrap();
    bad_models::copy(&golden("tiny"), &scratch.path().join("tiny"));
    for name in names {
        fs::remove_file(scratch.path().join("tiny").join(name)).unwrap();
    }
    scratch
}

#[test]
fn tokens_are_those_of_transformers() {
    let expected = fs::read_to_string(golden("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let plain = without(&["onnx/decoder_model_merged.onnx"]);
    // What its graph and the usual numbers say.
    let bare = without(&["preprocessor_config.json"]);
    let tasks = ["<CAPTION>", "<DETAILED_CAPTION>", "<MORE_DETAILED_CAPTION>"];
    for model in [
        golden("tiny"),
        golden("tiny/onnx"),
        golden("tiny/onnx/encoder_model.onnx"),
        plain.path().join("tiny"),
        bare.path().join("tiny"),
    ] {
        for (detail, task) in CaptionDetail::ALL.iter().zip(tasks) {
            let said = caption(&model, *detail).unwrap();
            let wanted = &expected[task];
            assert_eq!(Value::from(said.ids), wanted["ids"], "{model:?} {task}");
            assert_eq!(said.text, wanted["text"].as_str().unwrap().trim());
            assert_eq!((&*said.model, said.device), ("tiny", Device::Cpu));
        }
    }
}

/// Files that are left out `|` what is said.
const MISSING: &str = "
onnx/vision_encoder.onnx | there is no vision_encoder.onnx here
onnx/decoder_model_merged.onnx onnx/decoder_model.onnx | there is no decoder_model_merged.onnx here
tokenizer.json | there is no tokenizer.json here
";

#[test]
fn what_is_no_captioner_is_said_in_one_line() {
    for row in MISSING.trim().lines() {
        let (files, words) = row.split_once(" | ").unwrap();
        let scratch = without(&files.split(' ').collect::<Vec<_>>());
        let error = caption(&scratch.path().join("tiny"), CaptionDetail::Short).unwrap_err();
        assert!(error.contains(words), "{row}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    // A network in the place of another.
    let scratch = without(&[]);
    let onnx = scratch.path().join("tiny/onnx");
    fs::copy(
        onnx.join("embed_tokens.onnx"),
        onnx.join("encoder_model.onnx"),
    )
    .unwrap();
    let error = caption(&scratch.path().join("tiny"), CaptionDetail::Short).unwrap_err();
    assert!(error.contains("`attention_mask`"), "{error}");
}
