//! Segment Anything: tiny exports in each layout (`tests/golden/sam.py`) against ONNX Runtime fed by Python, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pentimento::engine::sam::best;
use pentimento::engine::weights::Weights;
use pentimento::engine::{
    Cancel, Candidate, Device, Engine, Event, FindObject, Job, JobId, Kit, ModelSource, Outcome,
    Previews, Prompt, PromptPoint, Work,
};
use pentimento::raster::{Picture, Size, file};
use serde_json::Value;

use super::{fixture, runtime};

fn golden(name: &str) -> PathBuf {
    fixture("../golden/sam").join(name)
}

fn picture(name: &str) -> Arc<Picture> {
    Arc::new(file::read(&golden(name)).unwrap().picture)
}

/// An engine that answers one prompt after the other.
struct Asked(Engine);

impl Asked {
    fn new() -> Self {
        runtime();
        Self(Engine::spawn(|| ()).unwrap())
    }

    fn outcome(
        &mut self,
        model: &Path,
        picture: &Arc<Picture>,
        prompt: Option<Prompt>,
        cancel: Cancel,
    ) -> Result<Outcome, String> {
        let job = Job {
            work: Work::FindObject(FindObject {
                picture: Arc::clone(picture),
                prompt,
            }),
            kit: Kit::of(ModelSource::at(model.to_owned())),
            device: Device::Cpu,
            previews: Previews::Off,
        };
        self.0.submit(JobId(1), job, cancel).unwrap();
        loop {
            let event = self.0.wait(Duration::from_secs(60)).unwrap().unwrap();
            if let Event::Finished { outcome, .. } = event {
                return outcome.map_err(|error| error.to_string());
            }
        }
    }

    fn candidates(
        &mut self,
        model: &Path,
        picture: &Arc<Picture>,
        prompt: Prompt,
    ) -> Result<Vec<Candidate>, String> {
        match self.outcome(model, picture, Some(prompt), Cancel::new())? {
            Outcome::Pointed { candidates, .. } => Ok(candidates),
            other => panic!("{other:?}"),
        }
    }
}

fn point(x: f32, y: f32, inside: bool) -> PromptPoint {
    PromptPoint { at: [x, y], inside }
}

fn at(x: f32, y: f32) -> Prompt {
    Prompt {
        points: vec![point(x, y, true)],
        ..Prompt::default()
    }
}

/// A prompt of the table.
fn prompt(case: &Value) -> Prompt {
    let number = |value: &Value| value.as_f64().unwrap() as f32;
    let points = |name: &str, inside: bool| {
        let all = case[name].as_array().unwrap().iter();
        let all = all.map(move |at| point(number(&at[0]), number(&at[1]), inside));
        all.collect::<Vec<_>>()
    };
    let bounds = case["box"].as_array();
    Prompt {
        points: [points("inside", true), points("outside", false)].concat(),
        bounds: bounds.map(|all| [0, 1, 2, 3].map(|side| number(&all[side]))),
        earlier: None,
    }
}

/// One in so many values was kept, along each side.
const STEP: usize = 31;

#[test]
fn answers_are_those_of_onnx_runtime() {
    let cases = fs::read_to_string(golden("cases.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&cases).unwrap();
    let mut asked = Asked::new();
    let mut first: Option<Vec<Candidate>> = None;
    for case in &cases {
        let [folder, size, name] =
            ["folder", "picture", "name"].map(|key| case[key].as_str().unwrap());
        let about = format!("{folder}, {size}, {name}");
        let mut prompt = prompt(case);
        if case["again"] == true {
            let first = first.as_deref().unwrap();
            prompt.earlier = first[best(first).unwrap()].low.clone();
        }
        let picture = picture(&format!("{size}.png"));
        let candidates = asked
            .candidates(&golden(folder), &picture, prompt)
            .unwrap_or_else(|error| panic!("{about}: {error}"));
        let expected = Weights::open(&golden(folder).join("expected.safetensors")).unwrap();
        let key = format!("{size}-{name}");
        let scores = expected
            .get(&format!("{key}-scores"))
            .unwrap()
            .floats()
            .unwrap();
        let masks = expected.get(&key).unwrap().floats().unwrap();
        // Whole sixteenths of labels and sizes.
        let own: Vec<f32> = candidates.iter().map(|candidate| candidate.score).collect();
        assert_eq!(own, scores, "{about}");
        let grid = [0, 1].map(|side| case["grid"][side].as_u64().unwrap() as u32);
        for candidate in &candidates {
            assert_eq!(
                candidate.logits.size(),
                Size::new(grid[0], grid[1]),
                "{about}"
            );
        }
        let kept = candidates.iter().flat_map(|candidate| {
            let rows = candidate.logits.values().chunks(grid[0] as usize);
            rows.step_by(STEP).flat_map(|row| row.iter().step_by(STEP))
        });
        let pairs: Vec<_> = kept.zip(&masks).collect();
        assert_eq!(pairs.len(), masks.len(), "{about}");
        let apart = pairs
            .iter()
            .map(|(a, b)| (*a - *b).abs())
            .fold(0.0, f32::max);
        let most = masks
            .iter()
            .fold(0.0_f32, |most, value| most.max(value.abs()));
        assert!(apart < 1e-4 * most, "{about}: {apart} of {most} apart");
        if name == "point" {
            first = Some(candidates);
        }
    }
}

/// Path `|` how many masks it gives `|` whether one can be told it again.
const PATHS: &str = "
mobile | 3 | yes
mobile/sam_mask_decoder_multi.onnx | 3 | yes
mobile/sam_mask_decoder_single.onnx | 1 | yes
mobile/mobile_sam_image_encoder.onnx | 3 | yes
vit | 4 | yes
sam2 | 3 | yes
efficient/efficient_sam_vitt_encoder.onnx | 3 | no
transformers | 3 | no
transformers/onnx | 3 | no
sam3/onnx/prompt_encoder_mask_decoder.onnx | 3 | no
";

#[test]
fn a_folder_or_one_of_its_graphs_names_a_network() {
    let mut asked = Asked::new();
    let picture = picture("small.png");
    for row in PATHS.trim().lines() {
        let [path, count, again] = row.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let made = asked
            .candidates(&golden(path), &picture, at(120.0, 80.0))
            .unwrap();
        assert_eq!(made.len().to_string(), count, "{row}");
        assert!(
            made.iter().all(|one| one.low.is_some() == (again == "yes")),
            "{row}"
        );
    }
}

/// Its encoder sees something else each time it runs.
#[test]
fn a_picture_is_encoded_once() {
    let mut asked = Asked::new();
    let (model, one) = (golden("noisy"), picture("small.png"));
    // Nothing is pointed at yet.
    let looked = asked.outcome(&model, &one, None, Cancel::new()).unwrap();
    assert!(matches!(looked, Outcome::Pointed { candidates, .. } if candidates.is_empty()));
    let mut ask = |picture: &Arc<Picture>| asked.candidates(&model, picture, at(9.0, 9.0)).unwrap();
    let first = ask(&one);
    assert_eq!(ask(&one), first);
    let other = Arc::new((*one).clone());
    assert_ne!(ask(&other), first);
}

#[test]
fn what_is_called_off_is_not_answered() {
    let mut asked = Asked::new();
    let picture = picture("small.png");
    let cancel = Cancel::new();
    cancel.cancel();
    let outcome = asked.outcome(&golden("sam2"), &picture, None, cancel);
    assert!(matches!(outcome, Ok(Outcome::Cancelled)), "{outcome:?}");
    asked
        .candidates(&golden("sam2"), &picture, at(9.0, 9.0))
        .unwrap();
}

/// Files of a folder, `from` or `from>to`, or the name of a golden `|` points as `x,y`, `-x,y` for one that is not meant, `x,y,x,y` for a box `|` what the one line says.
const REFUSED: &str = "
mobile/sam_mask_decoder_multi.onnx | 9,9 | the image encoder of sam_mask_decoder_multi.onnx is missing
mobile/mobile_sam_image_encoder.onnx | 9,9 | no mask decoder here
sam2/sam2_hiera_tiny.encoder.onnx mobile/sam_mask_decoder_multi.onnx | 9,9 | the image encoder of
 | 9,9 | no mask decoder here
small.png>decoder.onnx | 9,9 | decoder.onnx
broken/decoder.onnx mobile/mobile_sam_image_encoder.onnx | 9,9 | the mask decoder produced values that are not finite
huge/decoder.onnx mobile/mobile_sam_image_encoder.onnx | 9,9 | no mask decoder here
huge/encoder.onnx noisy/decoder.onnx | 9,9 | the image encoder of decoder.onnx is missing
mobile | 300,9 | the point 300,9 lies outside the picture, which is 300x200
mobile | 9,-1 | lies outside the picture
mobile | NaN,9 | lies outside the picture
mobile | -9,9 | nothing is pointed at
mobile | | nothing is pointed at
mobile | 40,40,40,90 | the box 40,40,40,90 holds nothing
mobile | 90,40,40,90 | holds nothing of the picture
mobile | 400,40,500,90 | holds nothing of the picture
efficient | 9,9 -20,20 | EfficientSAM hears no points that are not meant
efficient | 1,1 2,2 3,3 4,4 5,5 6,6 7,7 | EfficientSAM hears 6 points at most
efficient | 1,1 2,2 3,3 4,4 5,5 9,9,90,90 | a box is two of them
transformers | 9,9,90,90 | hears no boxes
nowhere | 9,9 | there is no such file or folder
small.png | 9,9 | no mask decoder here
";

#[test]
fn what_cannot_be_answered_gets_one_line() {
    let mut asked = Asked::new();
    let picture = picture("small.png");
    for row in REFUSED.trim_matches('\n').lines() {
        let parts: Vec<_> = row.split('|').map(str::trim).collect();
        let [files, points, says] = parts[..] else {
            panic!("{row}");
        };
        let folder = tempfile::tempdir().unwrap();
        let mut model = golden(files);
        if files.is_empty() || files.contains(".onnx") {
            for file in files.split_whitespace() {
                let (from, to) = file.split_once('>').unwrap_or((file, file));
                let to = folder.path().join(Path::new(to).file_name().unwrap());
                fs::copy(golden(from), to).unwrap();
            }
            model = folder.path().to_owned();
        }
        let mut prompt = Prompt::default();
        for text in points.split_whitespace() {
            let numbers: Vec<f32> = text.split(',').map(|one| one.parse().unwrap()).collect();
            match numbers[..] {
                [x, y] => prompt
                    .points
                    .push(point(x.abs(), y, !text.starts_with('-'))),
                [left, top, right, bottom] => prompt.bounds = Some([left, top, right, bottom]),
                _ => panic!("{row}"),
            }
        }
        let error = asked.candidates(&model, &picture, prompt).unwrap_err();
        assert!(error.contains(says), "{row}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
