//! Taggers: the tiny ones of `tests/golden/taggers` against ONNX Runtime, and what is none.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pentimento::engine::weights::Weights;
use pentimento::engine::{
    Cancel, Device, Engine, Event, Job, JobId, Kit, ModelSource, Outcome, Previews, Tagged, Work,
};
use pentimento::raster::file;
use pentimento::recipe::tags::{Thresholds, chosen};

use super::{fixture, runtime};

fn golden(name: &str) -> PathBuf {
    fixture("../golden/taggers").join(name)
}

fn tag(model: &str, picture: &str) -> Result<Tagged, String> {
    runtime();
    let mut engine = Engine::spawn(|| ()).unwrap();
    let picture = file::read(&golden(picture)).unwrap().picture;
    let job = Job {
        work: Work::Tag(Arc::new(picture)),
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
                Outcome::Tagged(tagged) => Ok(tagged),
                other => panic!("{other:?}"),
            };
        }
    }
}

/// What is opened `|` the key of its expected scores `|` its name.
const TAGGERS: &str = "
wd | wd | wd
wd/model.onnx | wd | wd
wd-planes | wd-planes | wd-planes
wd-half/wd-half.ONNX | wd-half | wd-half
joy | joy | joy
";

const PICTURES: [&str; 6] = ["wide", "tall", "small", "exact", "odd", "large"];

#[test]
fn scores_are_those_of_onnx_runtime() {
    let expected = Weights::open(&golden("expected.safetensors")).unwrap();
    for row in TAGGERS.trim().lines() {
        let parts: Vec<_> = row.split(" | ").collect();
        let [model, key, name] = parts[..] else {
            panic!("{row}");
        };
        for picture in PICTURES {
            let tagged = tag(model, &format!("{picture}.png")).unwrap();
            assert_eq!(tagged.model, name, "{row}");
            let half = if key == "wd-half" { 2e-3 } else { 1e-5 };
            let scores = expected.get(&format!("{key} {picture}")).unwrap();
            let scores = scores.floats().unwrap();
            // Small scores are told of ratings alone, which come first.
            let ratings = if key == "joy" { 0 } else { 4 };
            let told = scores.iter().enumerate();
            let told = told.filter(|(at, score)| **score >= 0.05 || *at < ratings);
            let told: Vec<f32> = told.map(|(_, score)| *score).collect();
            assert_eq!(tagged.tags.len(), told.len(), "{row}, {picture}");
            for (tag, score) in tagged.tags.iter().zip(told) {
                let apart = (tag.score - score).abs();
                assert!(apart < half, "{row}, {picture}, {tag:?}: {score}");
            }
        }
    }
}

#[test]
fn each_layout_has_its_thresholds() {
    let wd = tag("wd", "exact.png").unwrap();
    assert_eq!(wd.thresholds, Thresholds::WD14);
    let joy = tag("joy", "small.png").unwrap();
    assert_eq!(joy.thresholds, Thresholds::JOYTAG);
    let names = |tagged: &Tagged| -> Vec<String> {
        let chosen = chosen(&tagged.tags, tagged.thresholds);
        chosen.iter().map(|tag| tag.words()).collect()
    };
    assert_eq!(
        names(&wd),
        [
            "{curly}",
            "traditional media",
            "long hair",
            "\"quoted\", comma"
        ]
    );
    assert_eq!(names(&joy), ["photorealistic", "1girl", "tree", "cloud"]);
    let world = tag("world", "wide.png").unwrap();
    assert!(world.tags[0].is_out_of_domain());
}

/// What is opened `|` what the one line says.
const REFUSED: &str = "
bad/no-list | no list of tags beside the graph; use a tagger of the layout WD14
bad/no-list/model.onnx | no list of tags beside the graph
bad/fewer-names | expected an output of 19 numbers, as many as selected_tags.csv names
bad/no-columns | its first line has no column `name`
bad/cut-line | its line 21 has no name and category
bad/empty-list | its first line has no column `name`
bad/logits | which is no probability
bad/oblong | expected a square picture of three channels
bad/one-channel | expected a square picture of three channels
bad/nan | the tagger produced values that are not finite
bad/text-network | expected a square picture of three channels
bad/no-graph | this file of the model is missing
bad/broken | model.onnx
../upscalers/onnx-x3-free.onnx | no list of tags beside the graph
wide.png | no list of tags beside the graph
nowhere | there is no such file or folder
nowhere.onnx | there is no such file or folder
";

#[test]
fn what_is_no_tagger_gets_one_line() {
    for row in REFUSED.trim().lines() {
        let (name, says) = row.split_once(" | ").unwrap();
        let error = tag(name, "exact.png").unwrap_err();
        assert!(error.contains(says), "{name}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
