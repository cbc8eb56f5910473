//! CLIPSeg: the tiny ones of `tests/golden/segmenters` against transformers, from weights and from an export.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pentimento::detection::Bounds;
use pentimento::engine::weights::Weights;
use pentimento::engine::{
    Cancel, Device, Engine, Event, FindMask, Job, JobId, Kit, ModelSource, Outcome, Previews, Work,
};
use pentimento::raster::file;
use pentimento::raster::flood::regions;
use pentimento::raster::heat::{Heat, HeatMask};
use pentimento::raster::{Mask, Picture, Rect, Size};
use pentimento::sample::SAMPLES;

use super::{fixture, runtime};

fn golden(name: &str) -> PathBuf {
    fixture("../golden/segmenters").join(name)
}

fn find(model: &str, words: &[&str]) -> Result<Vec<Heat>, String> {
    let picture = file::read(&golden("picture.png")).unwrap().picture;
    find_in(picture, ModelSource::at(golden(model)), words)
}

fn find_in(picture: Picture, model: ModelSource, words: &[&str]) -> Result<Vec<Heat>, String> {
    runtime();
    let mut engine = Engine::spawn(|| ()).unwrap();
    let job = Job {
        work: Work::FindMask(FindMask {
            picture: Arc::new(picture),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        }),
        kit: Kit::of(model),
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

/// Sample `|` words `|` the box that they have in its picture as it was drawn, or `nothing`.
const DRAWN: &str = "
six-fingers | hand | 46 64 213 239
six-fingers | the right hand | 46 64 213 239
six-fingers | left hand | nothing
six-fingers | hair | 260 163 417 295
six-fingers | a person | 46 64 420 448
missing-finger | hands | 73 54 212 239
missing-finger | Fingers | 73 54 212 199
missing-finger | sleeve | 124 222 315 394
missing-finger | the hand and the sleeve | 73 54 315 394
fused-fingers | hand | 93 59 188 237
fused-fingers | face | 248 214 392 328
fused-fingers | background | 0 0 448 448
melted-hand | hand | 79 21 214 196
melted-hand | right fingers | 84 21 214 176
melted-hand | hair | nothing
";

#[test]
fn the_built_in_network_finds_what_is_drawn() {
    let built_in = ModelSource::at("built-in".into());
    assert_eq!(built_in, ModelSource::BuiltIn);
    let whole = HeatMask {
        threshold: 0.5,
        dilate: 0.0,
        blur: 0.0,
    };
    for row in DRAWN.trim().lines() {
        let parts: Vec<_> = row.split(" | ").collect();
        let mut samples = SAMPLES.iter();
        let sample = samples.find(|sample| sample.name == parts[0]).unwrap();
        let picture = sample.unpack().unwrap().picture;
        let size = picture.size();
        let heats = find_in(picture, built_in.clone(), &parts[1..2]).unwrap();
        let found = heats[0].mask(size, &whole);
        let found = found.as_ref().and_then(largest).unwrap_or(Rect::EMPTY);
        if parts[2] == "nothing" {
            assert!(found.size().area() < size.area() / 500, "{row}: {found:?}");
            continue;
        }
        let sides: Vec<u32> = parts[2]
            .split(' ')
            .map(|side| side.parse().unwrap())
            .collect();
        let drawn = Rect::new(sides[0], sides[1], sides[2], sides[3]);
        let overlap = place(drawn).overlap(place(found));
        assert!(overlap > 0.75, "{row}: {found:?}, {overlap}");
    }
}

fn place(rect: Rect) -> Bounds {
    Bounds {
        left: rect.left as f32,
        top: rect.top as f32,
        right: rect.right as f32,
        bottom: rect.bottom as f32,
    }
}

/// The box of the largest region of a mask.
fn largest(mask: &Mask) -> Option<Rect> {
    let area = |region: &Mask| region.values().iter().filter(|value| **value > 0).count();
    regions(mask).into_iter().max_by_key(area)?.bounds()
}

/// Words `|` what the one line says beside what it knows.
const STRANGE: &str = "
watch | does not know `watch`
left hand, a Cat | does not know `cat`
red sleeve | does not know `red`
the left | does not know `the left`
the person's left hand | does not know `person's`
hand of a figure | does not know `of`
handle | does not know `handle`
\u{624b} | does not know `\u{624b}`
. | does not know `.`
";

#[test]
fn words_that_the_built_in_network_does_not_know_are_said() {
    let picture = Picture::filled(Size::new(40, 30), [200, 180, 160, 255]);
    for row in STRANGE.trim().lines() {
        let (words, says) = row.split_once(" | ").unwrap();
        let words: Vec<_> = words.split(", ").collect();
        let error = find_in(picture.clone(), ModelSource::BuiltIn, &words).unwrap_err();
        for part in [
            says,
            "but hand, finger, thumb",
            "`pentimento models get CIDAS/",
        ] {
            assert!(error.contains(part), "{row}: {error}");
        }
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
