//! ControlNets as ONNX exports, beside UNets that hear them and those that do not.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ndarray::{Array3, Array4};
use pentimento::diffusion::networks::{
    Condition, ControlSpec, Evaluation, Hint, Inside, Networks as _,
};
use pentimento::engine::catalog::{self, ModelSource};
use pentimento::engine::{Cancel, Device, Kit, KitControl, OnnxNetworks};
use tempfile::TempDir;

use super::{fixture, runtime};

/// A toy model whose UNet hears ControlNets, and its kit with one.
pub fn controlled() -> (TempDir, Kit) {
    let scratch = tempfile::tempdir().unwrap();
    let model = scratch.path().join("model");
    copy(&fixture("models/optimum-1.24"), &model);
    let unet = model.join("unet/model.onnx");
    fs::copy(fixture("controlled/unet.onnx"), unet).unwrap();
    let kit = Kit {
        controls: vec![KitControl::of(fixture("controlled/canny.onnx"))],
        ..Kit::of(ModelSource::at(model))
    };
    (scratch, kit)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => {
                fs::copy(&path, &target).unwrap();
            }
        }
    }
}

fn load(kit: &Kit) -> OnnxNetworks {
    let (networks, _) =
        OnnxNetworks::load(runtime(), kit, Device::Cpu, &Cancel::new(), &mut |_| {}).unwrap();
    networks
}

#[test]
fn what_an_export_adds_reaches_the_unet() {
    let (_scratch, kit) = controlled();
    let mut networks = load(&kit);
    let spec = ControlSpec {
        name: "canny".to_owned(),
        types: None,
        inside: None,
    };
    assert_eq!(networks.spec().controls, [spec]);
    let condition = |value: f32| Condition {
        states: Array3::from_elem((1, 5, 6), value),
        pooled: None,
    };
    let conditions = [&condition(0.5), &condition(-0.5)];
    // Two pictures, which are shown the same.
    let sample = Array4::from_shape_fn((2, 4, 4, 6), |(n, c, y, x)| (n + c + y + x) as f32 * 0.1);
    let evaluation = |residuals| Evaluation {
        sample: &sample,
        timestep: 500.0,
        conditions: &conditions,
        extras: &[],
        residuals,
        inside: &[],
    };
    let picture = Array4::from_shape_fn((1, 3, 32, 48), |(_, c, _, x)| (c * x) as f32 / 94.0);
    let mean = picture.mean().unwrap();
    let hint = Hint {
        picture: &picture,
        kind: None,
    };
    let residuals = networks.control(0, &hint, &evaluation(&[])).unwrap();
    assert_eq!(residuals.len(), 2);
    assert_eq!(residuals[0][0].dim(), (2, 4, 4, 6));
    assert_eq!(residuals[1][1].dim(), (2, 4, 2, 3));
    let without = networks.predict(&evaluation(&[])).unwrap();
    let with = networks.predict(&evaluation(&residuals)).unwrap();
    for (with, without) in with.iter().zip(&without) {
        let added = with - without;
        assert!(
            added.iter().all(|added| (added - 3.0 * mean).abs() < 1e-5),
            "{added} {mean}"
        );
    }
    // The plain export of the same UNet gives what this one gives where none is at work, or none was chosen.
    for model in [
        ModelSource::at(fixture("models/optimum-1.24")),
        kit.model.clone(),
    ] {
        let mut plain = load(&Kit::of(model));
        assert_eq!(plain.predict(&evaluation(&[])).unwrap(), without);
    }
}

#[test]
fn exports_that_do_not_go_together_are_refused_in_a_line() {
    let (_scratch, heard) = controlled();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let kit = |model: &ModelSource, control: &Path| Kit {
        controls: vec![KitControl::of(control.to_owned())],
        ..Kit::of(model.clone())
    };
    let deaf = ModelSource::at(fixture("models/optimum-1.24"));
    let checkpoint = ModelSource::at(golden.join("models/ldm-sd1.safetensors"));
    let canny = fixture("controlled/canny.onnx");
    let (_free, uncounted) = with_unet("unet-free.onnx");
    let rows = [
        (Kit::of(uncounted), "one fixed number of ControlNets"),
        (kit(&deaf, &canny), "takes nothing of a ControlNet"),
        (kit(&checkpoint, &canny), "made for models of another shape"),
        (
            kit(&heard.model, &golden.join("controls/sd1.safetensors")),
            "not for models that hear text 6 wide",
        ),
        (
            kit(&heard.model, &fixture("controlled/unet.onnx")),
            "controlnet_cond",
        ),
        (
            kit(&heard.model, &fixture("controlled")),
            "no ControlNet in this folder",
        ),
    ];
    for (kit, words) in rows {
        let Err(error) = catalog::open(&kit) else {
            panic!("{words}: it was opened");
        };
        let error = error.to_string();
        assert!(
            error.contains(words) && error.lines().count() == 1,
            "{error}"
        );
    }
}

/// A toy model whose UNet has two ControlNets in it.
pub fn merged() -> (TempDir, ModelSource) {
    with_unet("unet.onnx")
}

/// The toy model with another UNet.
fn with_unet(name: &str) -> (TempDir, ModelSource) {
    let scratch = tempfile::tempdir().unwrap();
    let model = scratch.path().join("model");
    copy(&fixture("models/optimum-1.24"), &model);
    let unet = model.join("unet/model.onnx");
    fs::copy(fixture("../golden/merged").join(name), unet).unwrap();
    (scratch, ModelSource::at(model))
}

/// What the two are multiplied by, none where they are not shown anything `|` the numbers of `tests/golden/merged.py`.
const MERGED: &str = "
0.75 0.5 | both
1 none | first
1 0 | first
none none | none
0 0 | none
";

#[test]
fn controlnets_inside_a_unet_add_what_diffusers_adds() {
    let (_scratch, model) = merged();
    let mut networks = load(&Kit::of(model));
    let controls = &networks.spec().controls;
    let found: Vec<_> = controls
        .iter()
        .map(|one| (&*one.name, one.inside))
        .collect();
    assert_eq!(found, [("inside", Some(0)), ("inside-2", Some(1))]);
    let text = fs::read_to_string(fixture("../golden/merged/expected.json")).unwrap();
    let expected: BTreeMap<String, Vec<f32>> = serde_json::from_str(&text).unwrap();
    let condition = |value: f32| Condition {
        states: Array3::from_elem((1, 5, 6), value),
        pooled: None,
    };
    let sample = Array4::from_shape_fn((2, 4, 4, 6), |(n, c, y, x)| (n + c + y + x) as f32 * 0.1);
    let one = |picture: usize| {
        sample
            .slice(ndarray::s![picture..=picture, .., .., ..])
            .to_owned()
    };
    let pictures = [
        Array4::from_shape_fn((1, 3, 32, 48), |(_, c, _, x)| (c * x) as f32 / 94.0),
        Array4::from_shape_fn((1, 3, 32, 48), |(_, c, y, _)| {
            y as f32 / 31.0 * (c + 1) as f32 / 3.0
        }),
    ];
    for row in MERGED.trim().lines() {
        let (weights, name) = row.split_once(" | ").unwrap();
        let weights = weights.split(' ').map(|weight| weight.parse().ok());
        let shown: Vec<_> = weights
            .enumerate()
            .filter_map(|(place, weight)| {
                Some(Inside {
                    place,
                    picture: &pictures[place],
                    weight: weight?,
                })
            })
            .collect();
        // Each picture with the condition that it has in the reference.
        let predicted = [(0, 0.5), (1, -0.5)].map(|(picture, value)| {
            let evaluation = Evaluation {
                sample: &one(picture),
                timestep: 500.0,
                conditions: &[&condition(value)],
                extras: &[],
                residuals: &[],
                inside: &shown,
            };
            networks.predict(&evaluation).unwrap().remove(0)
        });
        let predicted: Vec<f32> = predicted.iter().flatten().copied().collect();
        assert_eq!(predicted.len(), expected[name].len());
        for (own, wanted) in predicted.iter().zip(&expected[name]) {
            assert!((own - wanted).abs() < 1e-4, "{row}: {own} {wanted}");
        }
    }
}

#[test]
fn a_controlnet_inside_a_unet_takes_no_other_beside_it() {
    let (_scratch, model) = merged();
    let kit = Kit {
        controls: vec![KitControl::of(fixture("controlled/canny.onnx"))],
        ..Kit::of(model)
    };
    let error = catalog::open(&kit).err().unwrap().to_string();
    assert!(error.contains("use the one called `inside`"), "{error}");
    assert_eq!(error.lines().count(), 1);
}
