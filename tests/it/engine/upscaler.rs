//! Upscalers: those of `tests/golden/upscalers` against PyTorch, graphs of every shape, and tiles against the whole.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pentimento::engine::{
    Cancel, Device, Engine, Event, Job, JobId, Kit, ModelSource, Outcome, Previews, Upscale, Work,
};
use pentimento::raster::file;
use pentimento::raster::{Picture, Size};
use pentimento::sample::SAMPLES;

use super::{fixture, runtime};

fn golden(name: &str) -> PathBuf {
    fixture("../golden/upscalers").join(name)
}

fn picture(name: &str) -> Arc<Picture> {
    Arc::new(file::read(&golden(name)).unwrap().picture)
}

/// What came of it, and how many tiles there were.
fn run_with(name: &str, upscale: Upscale, cancel: Cancel) -> (Result<Outcome, String>, usize) {
    runtime();
    let mut engine = Engine::spawn(|| ()).unwrap();
    let job = Job {
        work: Work::Upscale(upscale),
        kit: Kit::of(match name {
            "built-in" => ModelSource::BuiltIn,
            file => ModelSource::at(golden(file)),
        }),
        device: Device::Cpu,
        previews: Previews::Off,
    };
    engine.submit(JobId(1), job, cancel).unwrap();
    let mut tiles = 0;
    loop {
        match engine.wait(Duration::from_secs(60)).unwrap().unwrap() {
            Event::Step { of, .. } => tiles = of,
            Event::Finished { outcome, .. } => {
                return (outcome.map_err(|error| error.to_string()), tiles);
            }
            _ => {}
        }
    }
}

fn run(name: &str, upscale: Upscale) -> (Result<Picture, String>, usize) {
    let (outcome, tiles) = run_with(name, upscale, Cancel::new());
    let picture = outcome.map(|outcome| match outcome {
        Outcome::Upscaled { picture, .. } => picture,
        other => panic!("{other:?}"),
    });
    (picture, tiles)
}

fn plain(picture: &Arc<Picture>) -> Upscale {
    Upscale {
        picture: Arc::clone(picture),
        size: None,
        tile: None,
    }
}

/// How far pictures of one size are apart, mean squares of all channels.
fn apart(one: &Picture, other: &Picture) -> f64 {
    assert_eq!(one.size(), other.size());
    let pixels = one.pixels().iter().flatten();
    let pairs = pixels.zip(other.pixels().iter().flatten());
    let squares = pairs.map(|(one, other)| f64::from(one.abs_diff(*other)).powi(2));
    squares.sum::<f64>() / (4 * one.size().area()) as f64
}

#[test]
fn the_built_in_upscaler_brings_drawings_back_better_than_lanczos() {
    for sample in SAMPLES {
        let drawn = sample.unpack().unwrap().picture;
        let size = drawn.size();
        let half = Size::new(size.width / 2, size.height / 2);
        let small = Arc::new(drawn.resize(half));
        let made = run("built-in", plain(&small)).0.unwrap();
        let ratio = apart(&small.resize(size), &drawn) / apart(&made, &drawn);
        // 2 dB.
        assert!(ratio > 1.58, "{}: {ratio}", sample.name);
    }
}

/// The greatest difference of two pictures of one size, in any channel.
fn difference(one: &Picture, other: &Picture) -> u8 {
    assert_eq!(one.size(), other.size());
    let pixels = one.pixels().iter().flatten();
    let pairs = pixels.zip(other.pixels().iter().flatten());
    pairs
        .map(|(one, other)| one.abs_diff(*other))
        .max()
        .unwrap()
}

#[test]
fn upscalers_make_what_pytorch_makes() {
    let input = picture("picture.png");
    let mut compared = 0;
    for entry in std::fs::read_dir(golden("")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_none_or(|ending| ending != "safetensors")
        {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let (made, _) = run(name, plain(&input));
        let expected = picture(&name.replace("safetensors", "png"));
        let apart = difference(&made.unwrap(), &expected);
        assert!(apart <= 1, "{name}: {apart} levels apart");
        compared += 1;
    }
    assert!(compared >= 10);
}

/// Graphs that repeat every pixel so many times; the picture is larger or smaller than what a fixed one takes.
const GRAPHS: &str = "
onnx-x3-free.onnx | 3
onnx-x2-fixed.onnx | 2
onnx-x2-half.onnx | 2
onnx-x2-last.onnx | 2
onnx-x2-fixed-last.onnx | 2
";

#[test]
fn any_graph_that_enlarges_is_an_upscaler() {
    for size in [Size::new(33, 22), Size::new(7, 90), Size::new(1, 1)] {
        let input = Arc::new(Picture::from_fn(size, |x, y| {
            [(x * 7) as u8, (y * 5) as u8, (x * y) as u8, 255]
        }));
        for row in GRAPHS.trim().lines() {
            let (name, scale) = row.split_once(" | ").unwrap();
            let scale: u32 = scale.parse().unwrap();
            let (made, _) = run(name, plain(&input));
            let larger = Size::new(size.width * scale, size.height * scale);
            let expected = Picture::from_fn(larger, |x, y| input.pixel(x / scale, y / scale));
            let apart = difference(&made.unwrap(), &expected);
            assert!(apart <= 1, "{row}, {size}: {apart} levels apart");
        }
    }
}

/// Noise on smooth colours.
fn large() -> Arc<Picture> {
    let mut state = 1_u32;
    Arc::new(Picture::from_fn(Size::new(301, 223), |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 27) as u8;
        [
            (x / 2) as u8 + noise,
            (y / 2) as u8 + noise,
            100 + noise,
            255,
        ]
    }))
}

#[test]
fn tiles_leave_no_seam() {
    let input = large();
    // An ESRGAN sees further than tiles overlap, and hardly heeds what is that far.
    for (name, most, mean) in [
        ("compact-x1", 0, 0.0),
        ("compact-x4", 0, 0.0),
        ("esrgan-x2-unshuffle", 12, 0.1),
    ] {
        let name = format!("{name}.safetensors");
        let (whole, one) = run(&name, plain(&input));
        let upscale = Upscale {
            tile: Some(64),
            ..plain(&input)
        };
        let (tiled, many) = run(&name, upscale);
        assert!(one <= 2 && many >= 20, "{one} and {many} tiles");
        let (whole, tiled) = (whole.unwrap(), tiled.unwrap());
        let apart = difference(&whole, &tiled);
        // The feathered join of two tiles rounds.
        assert!(apart <= most + 1, "{name}: {apart} levels apart");
        let pairs = whole
            .pixels()
            .iter()
            .flatten()
            .zip(tiled.pixels().iter().flatten());
        let sum: f64 = pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
        let apart = sum / (3 * whole.size().area()) as f64;
        assert!(
            apart <= mean + 0.001,
            "{name}: {apart} levels apart in the mean"
        );
    }
}

#[test]
fn alpha_is_enlarged_and_hidden_colours_do_not_show() {
    let size = Size::new(40, 24);
    let hole = |x: u32| x < 20;
    let of = |hidden: [u8; 3]| {
        let [red, green, blue] = hidden;
        Arc::new(Picture::from_fn(size, |x, _| match hole(x) {
            true => [red, green, blue, 0],
            false => [200, 120, 60, 255],
        }))
    };
    let make = |hidden| run("compact-x2.safetensors", plain(&of(hidden))).0.unwrap();
    let (black, white) = (make([0; 3]), make([255; 3]));
    assert_eq!(black.pixel(5, 20)[3], 0);
    assert_eq!(black.pixel(75, 20)[3], 255);
    assert_eq!(difference(&black, &white), 0);
    let alphas = of([0; 3]).resize(Size::new(80, 48));
    assert!(black.channel(3).eq(alphas.channel(3)));
}

#[test]
fn a_size_is_reached_by_passes_and_lanczos() {
    let input = picture("picture.png");
    for (name, wanted, passes) in [
        ("onnx-x2-half.onnx", Size::new(40, 30), 1),
        ("onnx-x2-half.onnx", Size::new(66, 44), 1),
        ("onnx-x2-half.onnx", Size::new(100, 66), 2),
        ("onnx-x2-half.onnx", Size::new(400, 300), 3),
        ("compact-x1.safetensors", Size::new(66, 44), 1),
    ] {
        let upscale = Upscale {
            size: Some(wanted),
            ..plain(&input)
        };
        let (made, tiles) = run(name, upscale);
        assert_eq!(made.unwrap().size(), wanted);
        assert_eq!(tiles, passes, "{name} to {wanted}");
    }
}

/// File `|` what the one line says.
const REFUSED: &str = "
bad-shrinks.onnx | no picture enlarged by a whole factor
bad-grey.onnx | found `lr` float32 [1, 1, ?, ?]
bad-flat.onnx | found `hr` float32 [1, 768]
bad-bytes.onnx | found `lr` uint8
bad-batch.onnx | found `lr` float32 [2, 3, 16, 16]
bad-two-inputs.onnx | found inputs `lr` float32 [1, 3, ?, ?] and `noise`
picture.png | it is no .safetensors file
../models/ldm-sd1.safetensors | this is a model that paints and no upscaler
../models/vae-ldm.safetensors | this is a VAE
nowhere.safetensors | cannot be read
nowhere.onnx | missing
";

#[test]
fn what_is_no_upscaler_gets_one_line() {
    let input = picture("picture.png");
    for row in REFUSED.trim().lines() {
        let (name, says) = row.split_once(" | ").unwrap();
        let error = run(name, plain(&input)).0.unwrap_err();
        assert!(error.contains(says), "{name}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let wide = Arc::new(Picture::filled(Size::new(3000, 2), [0; 4]));
    let error = run("esrgan-x8-old.safetensors", plain(&wide))
        .0
        .unwrap_err();
    assert!(error.contains("24000x16 on the way"), "{error}");
}

#[test]
fn a_stop_ends_it() {
    let cancel = Cancel::new();
    cancel.cancel();
    let upscale = plain(&picture("picture.png"));
    let (outcome, _) = run_with("esrgan-x4-new.safetensors", upscale, cancel);
    assert!(matches!(outcome, Ok(Outcome::Cancelled)), "{outcome:?}");
}
