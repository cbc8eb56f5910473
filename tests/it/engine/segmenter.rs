//! CLIPSeg: the tiny ones of `tests/golden/segmenters` against transformers, from weights and from an export.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pentimento::engine::weights::Weights;
use pentimento::engine::{
    Cancel, Device, Engine, Event, FindMask, Job, JobId, Kit, ModelSource, Outcome, Previews, Work,
};
use pentimento::raster::file;
use pentimento::raster::heat::Heat;

use super::{fixture, runtime};

fn golden(name: &str) -> PathBuf {
    fixture("../golden/segmenters").join(name)
}

fn find(model: &str, words: &[&str]) -> Result<Vec<Heat>, String> {
    runtime();
    let mut engine = Engine::spawn(|| ()).unwrap();
    let picture = file::read(&golden("picture.png")).unwrap().picture;
    let job = Job {
        work: Work::FindMask(FindMask {
            picture: Arc::new(picture),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        }),
        kit: Kit::of(ModelSource::at(golden(model))),
        device: Device::Cpu,
        previews: Previews::Off,
    };
    engine.submit(JobId(1), job, Cancel::new()).unwrap();
    loop {
        if let Event::Finished { outcome, .. } =
            engine.wait(Duration::from_secs(60)).unwrap().unwrap()
        {
            return match outcome.map_err(|error| error.to_string())? {
                Outcome::Found { heats, .. } => Ok(heats),
                other => panic!("{other:?}"),
            };
        }
    }
}

/// One in so many values was kept, along each side.
const STEP: usize = 11;

#[test]
fn what_is_found_is_what_transformers_finds() {
    const WORDS: [&str; 2] = ["a hand", "the left hand"];
    for (model, folder) in [
        ("refined", "refined"),
        ("refined/model.safetensors", "refined"),
        ("refined/onnx/model.onnx", "refined"),
        ("refined/onnx", "refined"),
        ("plain", "plain"),
    ] {
        let heats = find(model, &WORDS).unwrap_or_else(|error| panic!("{model}: {error}"));
        let expected = Weights::open(&golden(folder).join("expected.safetensors")).unwrap();
        for (heat, words) in heats.iter().zip(WORDS) {
            let side = heat.size().width as usize;
            let expected = expected.get(words).unwrap().floats().unwrap();
            let rows = (0..side).step_by(STEP);
            let found = rows.flat_map(|y| {
                let row = &heat.values()[y * side..][..side];
                row.iter().step_by(STEP).copied()
            });
            let found: Vec<f32> = found.collect();
            assert_eq!(found.len(), expected.len(), "{model}");
            let pairs = found.iter().zip(&expected);
            let apart = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-4, "{model}, {words}: {apart} apart");
        }
    }
}

/// File `|` what the one line says.
const REFUSED: &str = "
../models/ldm-sd1.safetensors | this is a model that paints; use CLIPSeg
../upscalers/compact-x2.safetensors | this is an upscaler
../upscalers/onnx-x3-free.onnx | the inputs `pixel_values` and `input_ids`
../upscalers | no model.safetensors or model.onnx here
picture.png | it is no .safetensors file
nowhere.safetensors | cannot be read
";

#[test]
fn what_finds_no_words_gets_one_line() {
    for row in REFUSED.trim().lines() {
        let (name, says) = row.split_once(" | ").unwrap();
        let error = find(name, &["hand"]).unwrap_err();
        assert!(error.contains(says), "{name}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let long = "word ".repeat(100);
    let error = find("plain", &[&long]).unwrap_err();
    assert!(error.contains("77"), "{error}");
}
