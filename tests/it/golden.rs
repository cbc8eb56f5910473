//! Whole repaints through ONNX Runtime against diffusers' pictures: a folder in `tests/golden/cases` is a case.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pentimento::diffusion::networks::Networks as _;
use pentimento::diffusion::plan::{Plan, ResultCanvas};
use pentimento::diffusion::repaint::repaint;
use pentimento::engine::graph::Element;
use pentimento::engine::{
    Cancel, Device, Kit, KitControl, KitLora, ModelSource, OnnxNetworks, Strength,
};
use pentimento::raster::{Mask, Picture, Size, file};
use pentimento::recipe::Recipe;
use serde::Deserialize;

use crate::engine::runtime;

/// Allowed difference from the reference picture, of 255.
const MEAN_TOLERANCE: f64 = 0.5;
const MOST_TOLERANCE: u8 = 8;

#[derive(Deserialize)]
struct Case {
    #[serde(flatten)]
    kit: Parts,
    image: Option<PathBuf>,
    mask: Option<PathBuf>,
    size: Option<(u32, u32)>,
    /// What ControlNets are shown in the place of the picture.
    #[serde(default)]
    control_pictures: Vec<Option<PathBuf>>,
    recipe: Recipe,
}

/// A case with its name and folder.
type Named = (String, PathBuf, Case);

/// The files in `models` that paint a case.
#[derive(Clone, Deserialize, PartialEq)]
struct Parts {
    model: String,
    vae: Option<String>,
    text_encoder: Option<String>,
    /// Files in `loras`, each with its strength on the UNet and on the text encoders, as text to be told apart exactly.
    #[serde(default)]
    loras: Vec<(String, serde_json::Number, serde_json::Number)>,
    /// Files in `embeddings`.
    #[serde(default)]
    embeddings: Vec<String>,
    /// Files and folders in `controls`.
    #[serde(default)]
    controls: Vec<String>,
}

impl Parts {
    fn kit(self) -> Kit {
        let file = |name| golden().join("models").join(name);
        let strength = |number: serde_json::Number| Strength::from(number.as_f64().unwrap() as f32);
        let loras = self.loras.into_iter().map(|(name, unet, text)| KitLora {
            file: golden().join("loras").join(name),
            unet: strength(unet),
            text: strength(text),
        });
        let control = |name| KitControl::of(golden().join("controls").join(name));
        let embedding = |name| golden().join("embeddings").join(name);
        Kit {
            vae: self.vae.map(file),
            text_encoder: self.text_encoder.map(file),
            loras: loras.collect(),
            controls: self.controls.into_iter().map(control).collect(),
            embeddings: self.embeddings.into_iter().map(embedding).collect(),
            ..Kit::of(ModelSource::at(file(self.model)))
        }
    }
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

#[test]
fn pictures_equal_the_references() {
    compare(&["cases", "checkpoint-cases"], None);
}

/// What graphics cards are given, on the processor.
#[test]
fn pictures_of_half_precision_are_near_the_references() {
    compare(&["checkpoint-cases"], Some(Element::F16));
}

/// Runs the cases of folders, with graphs that compute in a type.
fn compare(folders: &[&str], element: Option<Element>) {
    let mut cases: Vec<(Parts, Vec<Named>)> = Vec::new();
    let folders = folders
        .iter()
        .map(|name| std::fs::read_dir(golden().join(name)));
    for entry in folders.flat_map(|folder| folder.unwrap()) {
        let dir = entry.unwrap().path();
        let name = dir.file_name().unwrap().to_string_lossy().into_owned();
        let mut case: Case =
            serde_json::from_str(&std::fs::read_to_string(dir.join("case.json")).unwrap())
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        // The references keep every pixel that their model made.
        case.recipe.difference_threshold = 0.0;
        match cases.iter_mut().find(|(kit, _)| *kit == case.kit) {
            Some((_, cases)) => cases.push((name, dir, case)),
            None => cases.push((case.kit.clone(), vec![(name, dir, case)])),
        }
    }
    assert!(!cases.is_empty());

    let mut failures = Vec::new();
    for (parts, cases) in cases {
        let (mut networks, _) = OnnxNetworks::load_in(
            element,
            runtime(),
            &parts.kit(),
            Device::Cpu,
            &Cancel::new(),
            &mut |_| (),
        )
        .unwrap();
        for (name, dir, case) in cases {
            let found = run(&mut networks, &dir, &case);
            let expected = file::read(&dir.join("expected.png")).unwrap().picture;
            let (mean, most) = difference(&found, &expected);
            println!("{name}: mean {mean:.3}, most {most}");
            if mean > MEAN_TOLERANCE || most > MOST_TOLERANCE {
                failures.push(format!("{name}: mean {mean:.3}, most {most} of 255"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

fn run(networks: &mut OnnxNetworks, dir: &Path, case: &Case) -> Picture {
    let read = |path: &PathBuf| file::read(&dir.join(path)).unwrap().picture;
    let picture = match (&case.image, case.size) {
        (Some(image), _) => read(image),
        (None, Some((width, height))) => {
            Picture::filled(Size { width, height }, [128, 128, 128, 255])
        }
        (None, None) => panic!("a case has an image or a size"),
    };
    let mask = case
        .mask
        .as_ref()
        .map(read)
        .map(|picture| Mask::from_picture(&picture));
    let (picture, mask) = (Arc::new(picture), mask.as_ref());
    let shown = case.control_pictures.iter();
    let shown: Vec<_> = shown
        .map(|path| path.as_ref().map(|path| Arc::new(read(path))))
        .collect();
    let spec = networks.spec();
    let plan = Plan::with_control_pictures(&picture, mask, &case.recipe, spec, &shown).unwrap();
    let patch = repaint(&plan, networks, &mut |_| ControlFlow::Continue(())).unwrap();
    let mut result = (*ResultCanvas::new(&picture, mask, &case.recipe).picture).clone();
    result.paste(&patch);
    result
}

/// Mean and largest difference of red, green and blue.
fn difference(found: &Picture, expected: &Picture) -> (f64, u8) {
    assert_eq!(found.size(), expected.size());
    let rgb = |picture: &Picture| {
        picture
            .pixels()
            .iter()
            .flat_map(|[r, g, b, _]| [*r, *g, *b])
            .collect::<Vec<_>>()
    };
    let differences: Vec<_> = rgb(found)
        .iter()
        .zip(rgb(expected))
        .map(|(a, b)| a.abs_diff(b))
        .collect();
    let sum: f64 = differences.iter().map(|d| f64::from(*d)).sum();
    (
        sum / differences.len() as f64,
        differences.into_iter().max().unwrap_or(0),
    )
}
