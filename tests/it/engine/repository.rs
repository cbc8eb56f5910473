//! Models as repositories of inference servers: what the written graphs give in plain ONNX Runtime, and what servers are told of them.

mod config;
mod network;
mod place;

use std::fs;
use std::path::{Path, PathBuf};

use ndarray::{Array4, ArrayD, Axis, IxDyn};
use pentimento::diffusion::networks::{Evaluation, Hint, Networks as _};
use pentimento::engine::graph::Element;
use pentimento::engine::repository::{self, Processor, Serving, Written};
use pentimento::engine::{
    Cancel, Device, EngineError, Kit, KitControl, KitLora, ModelSource, OnnxNetworks, UnetInput,
};

use super::layouts::{extras, ramp};
use super::runtime;
use network::Network;

/// Ids that begin, end and fill a text of the first and of the second encoder.
const REAL: [[i64; 3]; 2] = [[49406, 49407, 49407], [49406, 49407, 0]];
const TOY: [[i64; 3]; 2] = [[523, 524, 524], [523, 524, 0]];

/// A model of the reference pictures, and how it is written.
#[derive(Clone)]
struct Row {
    model: &'static str,
    lora: Option<&'static str>,
    control: Option<&'static str>,
    element: Element,
    links: bool,
    ids: [[i64; 3]; 2],
    /// Networks of which requests share a batch.
    shared: &'static str,
    /// Greatest difference from what the engine gives.
    within: f32,
}

const PLAIN: Row = Row {
    model: "",
    lora: None,
    control: None,
    element: Element::F32,
    links: false,
    ids: REAL,
    shared: "unet",
    within: 1e-6,
};

fn rows() -> Vec<Row> {
    let written = |model| Row { model, ..PLAIN };
    // What runs one by one here is one batch there.
    let folder = |model| Row {
        model,
        ids: TOY,
        within: 1e-5,
        ..PLAIN
    };
    vec![
        written("ldm-sd1.safetensors"),
        Row {
            links: true,
            ..written("ldm-sd1.safetensors")
        },
        Row {
            lora: Some("kohya-sd1"),
            ..written("ldm-sd1.safetensors")
        },
        Row {
            lora: Some("locon-sd1"),
            links: true,
            ..written("ldm-sd1.safetensors")
        },
        Row {
            control: Some("sd1.safetensors"),
            shared: "controlnet-sd1 unet",
            ..written("ldm-sd1.safetensors")
        },
        written("ldm-sd1-9ch.safetensors"),
        written("ldm-sd1-fp8-e4m3.safetensors"),
        Row {
            ids: [[49406, 49407, 0]; 2],
            ..written("ldm-sd2-v.safetensors")
        },
        written("ldm-sdxl.safetensors"),
        Row {
            lora: Some("kohya-sdxl"),
            element: Element::F16,
            // The VAE's pictures go through 16 bits.
            within: 1e-2,
            ..written("ldm-sdxl.safetensors")
        },
        Row {
            links: true,
            ..folder("folder-sdxl-sharded")
        },
        Row {
            shared: "text_encoder unet",
            ..folder("onnx-sd1")
        },
        Row {
            shared: "text_encoder unet",
            links: true,
            ..folder("onnx-sd1")
        },
        Row {
            lora: Some("folder-sd1"),
            shared: "text_encoder unet",
            ..folder("onnx-sd1")
        },
        Row {
            shared: "text_encoder text_encoder_2",
            within: 4e-3,
            ..folder("onnx-sdxl")
        },
    ]
}

fn golden(name: &str) -> PathBuf {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    golden.join(name)
}

fn kit(row: &Row) -> Kit {
    let lora = row.lora.map(|name| KitLora {
        file: golden("loras").join(format!("{name}.safetensors")),
        unet: 0.8.into(),
        text: 0.6.into(),
    });
    let control = row.control.map(|name| golden("controls").join(name));
    Kit {
        loras: lora.into_iter().collect(),
        controls: control.into_iter().map(KitControl::of).collect(),
        ..Kit::of(ModelSource::at(golden("models").join(row.model)))
    }
}

fn serving(row: &Row) -> Serving {
    Serving {
        prefix: None,
        element: row.element,
        links: row.links,
        batch: 6,
        instances: 2,
        processor: Processor::Auto,
    }
}

fn write(row: &Row, to: &Path) -> Vec<Written> {
    let mut served = Vec::new();
    let mut put = |one: &Written| served.push(one.clone());
    repository::write(
        (&kit(row), &[]),
        to,
        &serving(row),
        &Cancel::new(),
        &mut put,
    )
    .unwrap();
    served
}

fn assert_same(what: &str, row: &Row, served: &ArrayD<f32>, own: &ArrayD<f32>) {
    assert_eq!(served.shape(), own.shape(), "{} {what}", row.model);
    let differences = served.iter().zip(own).map(|(a, b)| (a - b).abs());
    let most = differences.fold(0.0, f32::max);
    let spread = own
        .iter()
        .fold(0.0_f32, |most, value| most.max(value.abs()));
    assert!(
        spread > 0.01 && most <= row.within * spread.max(1.0),
        "{} {:?} {:?} links {}, {what}: {most} of {spread}",
        row.model,
        row.lora,
        row.element,
        row.links
    );
}

fn array(shape: &[usize], step: f32) -> ArrayD<f32> {
    let values = ramp(shape.iter().product());
    ArrayD::from_shape_vec(IxDyn(shape), values).unwrap() * step
}

/// The text as a server's encoders make it: states, and the pooled text.
fn encoded(row: &Row, root: &Path, words: &[i64]) -> (ArrayD<f32>, Option<ArrayD<f32>>) {
    let (mut states, mut pooled) = (Vec::new(), None);
    for (name, [start, end, pad]) in ["text_encoder", "text_encoder_2"].iter().zip(row.ids) {
        let folder = root.join(name);
        if !folder.is_dir() {
            continue;
        }
        let mut network = Network::open(&folder);
        let mut ids = [&[start], words, &[end]].concat();
        ids.resize(77, pad);
        let ids = ids.iter().map(|id| *id as f32).collect();
        let mut inputs = vec![(
            "input_ids",
            ArrayD::from_shape_vec(IxDyn(&[1, 77]), ids).unwrap(),
        )];
        if let Some(width) = network.graph.input("embeddings") {
            let width = width.fixed(1).unwrap();
            inputs.push(("embeddings", ArrayD::zeros(IxDyn(&[1, width]))));
        }
        let mut outputs = network.run(&inputs);
        let layer = |name: &String| name.strip_prefix("hidden_states.")?.parse::<usize>().ok();
        let last = outputs.keys().filter_map(layer).max();
        let two = root.join("text_encoder_2").is_dir() || row.model.contains("sd2");
        let heard = match last {
            Some(last) if two => format!("hidden_states.{}", last - 1),
            _ => "last_hidden_state".to_owned(),
        };
        // Stable Diffusion 2's checkpoints come with the layer that nobody hears.
        states.push(outputs.remove(&heard).unwrap());
        pooled = pooled.or(outputs.remove("text_embeds"));
    }
    let views: Vec<_> = states.iter().map(|states| states.view()).collect();
    (ndarray::concatenate(Axis(2), &views).unwrap(), pooled)
}

#[test]
fn what_was_written_gives_what_the_engine_gives() {
    for row in rows() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().join("repository");
        let served = write(&row, &root);
        let shared = served.iter().filter(|one| one.batch == Some(6));
        let shared: Vec<_> = shared.map(|one| one.name.as_str()).collect();
        assert_eq!(shared.join(" "), row.shared, "{}", row.model);

        let (mut own, _) = OnnxNetworks::load_in(
            Some(row.element),
            runtime(),
            &kit(&row),
            Device::Cpu,
            &Cancel::new(),
            &mut |_| (),
        )
        .unwrap();
        let text = own.encode(&[vec![(40, 1.0), (300, 1.0)]], 1).unwrap();
        let (states, pooled) = encoded(&row, &root, &[40, 300]);
        assert_same("states", &row, &states, &text.states.clone().into_dyn());
        if let (Some(served), Some(own)) = (&pooled, &text.pooled) {
            // Text encoders have their weights cast in every run here, which takes other code for a single row.
            assert_close("pooled", &row, served, &own.clone().into_dyn());
        }
        assert_eq!(pooled.is_some(), text.pooled.is_some());

        let spec = own.spec().clone();
        let latents = spec.latent_channels;
        let channels = match spec.unet_input {
            UnetInput::Latents => latents,
            UnetInput::Inpainting => 2 * latents + 1,
        };
        let sample = array(&[2, channels, 8, 16], 1.0);
        let sample: Array4<f32> = sample.into_dimensionality().unwrap();
        let added = extras(&spec);
        let side = spec.factor as usize;
        let picture = array(&[1, 3, 8 * side, 16 * side], 0.5);
        let picture: Array4<f32> = picture.into_dimensionality().unwrap();
        let mut evaluation = Evaluation {
            sample: &sample,
            timestep: 601.25,
            conditions: &[&text],
            extras: &added,
            residuals: &[],
            inside: &[],
        };
        let twice =
            |one: &ArrayD<f32>| ndarray::concatenate(Axis(0), &[one.view(), one.view()]).unwrap();
        let mut inputs = vec![
            ("sample", sample.clone().into_dyn()),
            ("timestep", ArrayD::from_elem(IxDyn(&[2, 1]), 601.25)),
            (
                "encoder_hidden_states",
                twice(&text.states.clone().into_dyn()),
            ),
        ];
        for (extra, numbers) in &added {
            let row = numbers.clone().insert_axis(Axis(0)).into_dyn();
            inputs.push((extra.name(), twice(&row)));
        }
        if let Some(pooled) = &text.pooled {
            inputs.push(("text_embeds", twice(&pooled.clone().into_dyn())));
        }
        let mut residuals = Vec::new();
        if row.control.is_some() {
            let hint = Hint {
                picture: &picture,
                kind: None,
            };
            residuals = own.control(0, &hint, &evaluation).unwrap();
            let mut shown = inputs.clone();
            shown.push(("controlnet_cond", twice(&picture.clone().into_dyn())));
            let found = Network::open(&root.join("controlnet-sd1")).run(&shown);
            let names = found.keys().map(String::as_str);
            let names: Vec<&'static str> = names.map(|name| &*name.to_owned().leak()).collect();
            for name in names {
                let place = match name.split('_').nth(2).unwrap().parse::<usize>() {
                    Ok(place) => place,
                    Err(_) => residuals[0].len() - 1,
                };
                let own = residuals[0][place].clone().into_dyn();
                assert_same(name, &row, &found[name], &own);
                inputs.push((name, own));
            }
        }
        evaluation.residuals = &residuals;
        let own_prediction = own.predict(&evaluation).unwrap().remove(0);
        let mut unet = Network::open(&root.join("unet"));
        let prediction = unet.run(&inputs);
        let (_, prediction) = prediction.into_iter().next().unwrap();
        assert_same(
            "prediction",
            &row,
            &prediction,
            &own_prediction.clone().into_dyn(),
        );
        if unet.told.number("max_batch_size") > 0 {
            // Another artist's picture at another step changes nothing about the first.
            let other = |(name, values): &(&'static str, ArrayD<f32>)| {
                let mut values = values.clone();
                let mut second = values.index_axis_mut(Axis(0), 1);
                second.mapv_inplace(|value| {
                    if *name == "timestep" {
                        20.0
                    } else {
                        value * 0.5
                    }
                });
                (*name, values)
            };
            let mixed: Vec<_> = inputs.iter().map(other).collect();
            let (_, mixed) = unet.run(&mixed).into_iter().next().unwrap();
            let half = |all: &ArrayD<f32>, place: usize| {
                all.index_axis(Axis(0), place).to_owned().into_dyn()
            };
            assert_same("shared", &row, &half(&mixed, 0), &half(&prediction, 0));
            assert!(half(&mixed, 1) != half(&prediction, 1));
        }

        let encoded = own.encode_picture(&picture).unwrap();
        let given = [("sample", picture.clone().into_dyn())];
        let moments = Network::open(&root.join("vae_encoder")).run(&given);
        let (_, moments) = moments.into_iter().next().unwrap();
        let mean = moments.slice_axis(Axis(1), (..latents).into()).to_owned();
        // The model's own factor, which is no matter of graphs.
        let pairs = mean.iter().zip(&encoded);
        let (most, own_most) = pairs
            .max_by(|(a, _), (b, _)| a.abs().total_cmp(&b.abs()))
            .unwrap();
        let scaling = own_most / most;
        let scaled = mean * scaling;
        assert_close("latents", &row, &scaled, &encoded.clone().into_dyn());

        let decoded = own.decode(&encoded).unwrap();
        let given = (encoded / scaling).into_dyn();
        let painted = Network::open(&root.join("vae_decoder")).run(&[("latent_sample", given)]);
        let (_, painted) = painted.into_iter().next().unwrap();
        assert_close("picture", &row, &painted, &decoded.into_dyn());
    }
}

/// As [`assert_same`] where a factor was divided out again.
fn assert_close(what: &str, row: &Row, served: &ArrayD<f32>, own: &ArrayD<f32>) {
    let loose = Row {
        within: row.within.max(1e-5),
        ..row.clone()
    };
    assert_same(what, &loose, served, own);
}

#[cfg(unix)]
#[test]
fn weights_are_links_where_that_was_asked_for() {
    use std::os::unix::fs::MetadataExt as _;
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    fs::copy(golden("models/ldm-sd1.safetensors"), at("a.safetensors")).unwrap();
    let model = Kit::of(ModelSource::at(at("a.safetensors")));
    for (links, lora, files) in [
        (false, None, "model.onnx weights.bin"),
        (true, None, "a.safetensors model.onnx"),
        (
            true,
            Some("kohya-sd1"),
            "a.safetensors model.onnx weights.bin",
        ),
    ] {
        let row = Row {
            links,
            lora,
            ..PLAIN
        };
        let kit = Kit {
            model: model.model.clone(),
            ..kit(&row)
        };
        let to = tempfile::tempdir_in(scratch.path()).unwrap();
        let put = &mut |_: &Written| ();
        repository::write((&kit, &[]), to.path(), &serving(&row), &Cancel::new(), put).unwrap();
        let folder = to.path().join("unet/1");
        let mut names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names.join(" "), files);
        let readable = fs::metadata(to.path()).unwrap().mode() & 0o077;
        assert!(readable > 0, "a server is another user");
        if links {
            let same = fs::metadata(folder.join("a.safetensors")).unwrap().ino();
            assert_eq!(same, fs::metadata(at("a.safetensors")).unwrap().ino());
        }
    }
}

#[test]
fn what_cannot_be_written_is_one_line_and_leaves_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    fs::create_dir(at("full")).unwrap();
    fs::write(at("full/notes.txt"), "mine").unwrap();
    fs::write(at("file"), "mine").unwrap();
    let good = Row {
        model: "ldm-sd1.safetensors",
        ..PLAIN
    };
    let rows: &[(&str, &Row, Option<&str>, &str)] = &[
        ("full", &good, None, "no empty folder"),
        ("file", &good, None, "no empty folder"),
        ("file/new", &good, None, "cannot be written"),
        ("new", &good, Some("a/b"), "`a/b` cannot be the name"),
        ("new", &good, Some(""), "cannot be the name"),
        (
            "new",
            &Row {
                model: "none.safetensors",
                ..PLAIN
            },
            None,
            "there is no such file",
        ),
        (
            "new",
            &Row {
                lora: Some("kohya-sdxl"),
                ..good.clone()
            },
            None,
            "LoRA",
        ),
    ];
    let listing = || fs::read_dir(scratch.path()).unwrap().count();
    let before = listing();
    for (to, row, prefix, words) in rows {
        let serving = Serving {
            prefix: prefix.map(str::to_owned),
            ..serving(row)
        };
        let put = &mut |_: &Written| ();
        let written = repository::write((&kit(row), &[]), &at(to), &serving, &Cancel::new(), put);
        let error = written.unwrap_err().to_string();
        assert!(
            error.contains(words) && error.lines().count() == 1,
            "{error}"
        );
        assert_eq!(listing(), before, "{words}");
    }
    let stopped = Cancel::new();
    stopped.cancel();
    let put = &mut |_: &Written| ();
    let written = repository::write(
        (&kit(&good), &[]),
        &at("new"),
        &serving(&good),
        &stopped,
        put,
    );
    assert!(matches!(written, Err(EngineError::LoadStopped)));
    assert_eq!(listing(), before);
}
