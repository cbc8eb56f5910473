//! Whole models that are made for few steps, by their names.

use std::fs;

use pentimento::engine::Cancel;
use pentimento::engine::catalog::{self, ModelSource};
use pentimento::engine::kit::Kit;
use pentimento::recipe::{Sampler, Spacing, Suggestion};

use super::fixture;

/// A file's name, and steps, guidance, sampler and spacing.
type Row = (&'static str, Option<(usize, f64, Sampler, Spacing)>);

const NAMES: &[Row] = &[
    (
        "sd_xl_turbo_1.0_fp16",
        Some((4, 1.0, Sampler::EulerA, Spacing::SgmUniform)),
    ),
    (
        "sd_turbo",
        Some((4, 1.0, Sampler::Euler, Spacing::SgmUniform)),
    ),
    (
        "sdxl_lightning_8step",
        Some((8, 1.0, Sampler::Euler, Spacing::SgmUniform)),
    ),
    (
        "juggernautXL_v9Rdphoto2Lightning",
        Some((4, 1.0, Sampler::Euler, Spacing::SgmUniform)),
    ),
    (
        "dreamshaperXL_v21TurboDPMSDE",
        Some((8, 2.0, Sampler::DpmPpSde, Spacing::Karras)),
    ),
    (
        "DreamShaperXL_Lightning",
        Some((6, 2.0, Sampler::DpmPpSde, Spacing::Karras)),
    ),
    (
        "DreamShaper8_LCM",
        Some((8, 1.5, Sampler::Lcm, Spacing::Uniform)),
    ),
    (
        "Hyper-SDXL-1step-Unet-Comfyui.fp16",
        Some((1, 1.0, Sampler::Ddim, Spacing::SgmUniform)),
    ),
    (
        "realvisxlV50_v50HyperXL",
        Some((8, 1.0, Sampler::Ddim, Spacing::SgmUniform)),
    ),
    ("911 turbo", None),
    ("lightning storm", None),
    ("hyperrealism", None),
    ("dreamshaperXL10", None),
    ("sd15 pruned", None),
    ("calcmodel", None),
];

#[test]
fn names_tell_how_a_model_wants_to_be_run() {
    let folder = tempfile::tempdir().unwrap();
    for (name, expected) in NAMES {
        let path = folder.path().join(format!("{name}.safetensors"));
        fs::copy(fixture("../golden/models/ldm-sd1.safetensors"), &path).unwrap();
        let expected = expected.map(|(steps, guidance, sampler, spacing)| Suggestion {
            steps,
            guidance,
            sampler,
            spacing,
        });
        let model = catalog::open(&Kit::of(ModelSource::at(path.clone()))).unwrap();
        assert_eq!(model.spec.suggestion, expected, "{name}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_repository_in_the_cache_is_known_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder
        .path()
        .join("models--stabilityai--sdxl-turbo/snapshots/0a1b2c");
    fs::create_dir_all(&snapshot).unwrap();
    let path = snapshot.join("model.safetensors");
    fs::copy(fixture("../golden/models/ldm-sd1.safetensors"), &path).unwrap();
    let kit = Kit::of(ModelSource::at(path));
    let suggestion = kit.suggestion("", &Cancel::new()).unwrap();
    assert_eq!((suggestion.steps, suggestion.sampler), (4, Sampler::EulerA));
}

#[test]
fn a_consistency_model_that_hears_its_guidance_is_told_by_its_unet() {
    let source = ModelSource::at(fixture("models/lcm"));
    let suggestion = catalog::open(&Kit::of(source)).unwrap().spec.suggestion;
    let suggestion = suggestion.unwrap();
    assert_eq!(
        (suggestion.guidance, suggestion.sampler),
        (8.0, Sampler::Lcm)
    );
}
