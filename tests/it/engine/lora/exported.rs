//! LoRAs on ONNX exports: the same as on the weights that were exported, or one line why not.

use std::fs;
use std::path::{Path, PathBuf};

use ndarray::Array4;
use pentimento::diffusion::networks::{Evaluation, Networks as _};
use pentimento::engine::kit::Kit;
use pentimento::engine::{Cancel, Device, EngineError, KitLora, ModelSource, OnnxNetworks};

use super::super::layouts::{extras, ramp};
use super::super::runtime;

fn golden(name: &str) -> PathBuf {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    golden.join(name)
}

/// LoRAs with their strengths on the UNet and on the text encoders.
type Loras<'a> = &'a [(&'a str, f32, f32)];

fn load(model: &Path, loras: Loras<'_>) -> Result<(OnnxNetworks, Vec<String>), EngineError> {
    let loras = loras.iter().map(|(name, unet, text)| KitLora {
        file: golden("loras").join(format!("{name}.safetensors")),
        unet: (*unet).into(),
        text: (*text).into(),
    });
    let kit = Kit {
        loras: loras.collect(),
        ..Kit::of(ModelSource::at(model.to_owned()))
    };
    let loaded = OnnxNetworks::load(runtime(), &kit, Device::Cpu, &Cancel::new(), &mut |_| ());
    loaded.map(|(networks, report)| (networks, report.notes))
}

/// The states of a text and, heard with them, a prediction.
fn computed(model: &str, loras: Loras<'_>) -> [Vec<f32>; 2] {
    let (mut networks, notes) = load(&golden("models").join(model), loras).unwrap();
    assert!(
        !notes.iter().any(|note| note.contains("LoRA")),
        "{model}: {notes:?}"
    );
    let text = networks.encode(&[vec![(40, 1.0), (300, 1.0)]], 1).unwrap();
    let spec = networks.spec();
    let evaluation = Evaluation {
        sample: &Array4::from_shape_vec((1, 4, 8, 8), ramp(256)).unwrap(),
        timestep: 601.0,
        conditions: &[&text],
        extras: &extras(spec),
        residuals: &[],
        inside: &[],
    };
    let prediction = networks.predict(&evaluation).unwrap().remove(0);
    let states = text.states.iter().chain(text.pooled.iter().flatten());
    [states.copied().collect(), prediction.into_iter().collect()]
}

/// Of numbers around 1: what 32 bits give, and what is stored and computed in 16.
const FULL: f32 = 1e-4;
const HALF: f32 = 2e-2;

/// An export, the weights that it was made of, LoRAs, the greatest difference.
const SAME: &[(&str, &str, Loras<'_>, f32)] = &[
    ("onnx-sd1", "folder-sd1", &[], FULL),
    ("onnx-sd1", "folder-sd1", &[("folder-sd1", 1.0, 1.0)], FULL),
    ("onnx-sd1", "folder-sd1", &[("folder-sd1", 0.0, -0.7)], FULL),
    ("onnx-sd1", "folder-sd1", &[("folder-sd1", 0.4, 0.0)], FULL),
    (
        "onnx-sd1",
        "folder-sd1",
        &[("folder-dora-sd1", 0.5, 1.5)],
        FULL,
    ),
    (
        "onnx-sd1",
        "folder-sd1",
        &[("folder-diff-sd1", 0.6, 0.6)],
        FULL,
    ),
    (
        "onnx-sd1",
        "folder-sd1",
        &[("folder-dora-sd1", 1.0, 1.0), ("folder-sd1", 0.8, 0.8)],
        FULL,
    ),
    ("onnx-sdxl", "folder-sdxl", &[], HALF),
    (
        "onnx-sdxl",
        "folder-sdxl",
        &[("folder-sdxl", 1.0, 1.0)],
        HALF,
    ),
    (
        "onnx-sdxl",
        "folder-sdxl",
        &[("folder-sdxl", 0.5, -0.5)],
        HALF,
    ),
];

#[test]
fn an_export_computes_what_its_weights_compute() {
    for (export, folder, loras, most) in SAME {
        let (ours, theirs) = (computed(export, loras), computed(folder, loras));
        let without = computed(export, &[]);
        for (what, ((own, other), plain)) in ["text", "prediction"]
            .into_iter()
            .zip(ours.iter().zip(&theirs).zip(&without))
        {
            let apart = |one: &[f32], other: &[f32]| {
                let pairs = one.iter().zip(other);
                pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
            };
            assert_eq!(own.len(), other.len());
            let found = apart(own, other);
            assert!(found <= *most, "{export}, {loras:?}, {what}: {found}");
            // What is told apart has to differ by more.
            let has = loras.iter().any(|(_, unet, text)| match what {
                "text" => *text != 0.0,
                _ => *unet != 0.0 || *text != 0.0,
            });
            let moved = apart(own, plain);
            assert_eq!(
                moved > 5.0 * most,
                has,
                "{export}, {loras:?}, {what}: {moved}"
            );
        }
    }
}

/// What becomes of the bytes of the UNet's graph, and what the line says.
type Refused<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);
const REFUSED: &[Refused<'_>] = &[
    (
        "names of nodes and weights are gone",
        &[("_block", "_blokk")],
        &[
            "none of its",
            "UNet",
            "without the names of its modules",
            "plain export",
        ],
    ),
    (
        "it is quantised",
        &[
            ("_block", "_blokk"),
            ("InstanceNormalization", "DynamicQuantizeLinear"),
        ],
        &["none of its", "the export is quantised", ".safetensors"],
    ),
    (
        "no name of any module is left",
        &[
            ("_block", "_blokk"),
            ("conv_", "konv_"),
            ("time_emb", "time_amb"),
        ],
        &[
            "LoRAs cannot be applied to it",
            "without the names of its modules",
        ],
    ),
];

#[test]
fn a_graph_that_does_not_show_its_weights_gets_one_line() {
    for (row, patches, says) in REFUSED {
        let scratch = tempfile::tempdir().unwrap();
        copy(&golden("models/onnx-sd1"), scratch.path());
        let graph = scratch.path().join("unet/model.onnx");
        let mut bytes = fs::read(&graph).unwrap();
        for (from, to) in *patches {
            let (from, to) = (from.as_bytes(), to.as_bytes());
            assert_eq!(from.len(), to.len());
            for at in 0..=bytes.len() - from.len() {
                if bytes[at..].starts_with(from) {
                    bytes[at..at + to.len()].copy_from_slice(to);
                }
            }
        }
        fs::write(&graph, bytes).unwrap();
        let loaded = load(scratch.path(), &[("folder-sd1", 1.0, 1.0)]);
        let error = loaded.err().expect(row).to_string();
        assert_eq!(error.lines().count(), 1, "{row}: {error}");
        for part in *says {
            assert!(error.contains(part), "{row}: `{part}` is not in: {error}");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}
