//! ControlNets, as flags.

use std::path::Path;

use pentimento::raster::{Mask, Picture, file};
use pentimento::recipe::parsed::read_metadata;
use pentimento::recipe::{ControlKind, ControlMode, Recipe};
use tempfile::TempDir;

use super::{folder, repaint_args, run};
use crate::engine::bad_models::copy;

fn golden(name: &str) -> String {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    golden.join(name).to_str().unwrap().to_owned()
}

/// A folder with pictures, and ControlNets and models under the names of the rows.
fn scene() -> TempDir {
    let dir = folder();
    let files = [
        (
            "controls/sd1.safetensors",
            "control_sd1_inpaint.safetensors",
        ),
        ("controls/sd1-tile.safetensors", "tile.safetensors"),
        ("controls/sdxl.safetensors", "xl.safetensors"),
        ("controls/union-sdxl.safetensors", "union.safetensors"),
        ("loras/kohya-sd1.safetensors", "lora.safetensors"),
        ("models/ldm-sd1.safetensors", "sd1.safetensors"),
        ("models/ldm-sd1-9ch.safetensors", "nine.safetensors"),
        ("models/ldm-sdxl.safetensors", "sdxl.safetensors"),
    ];
    for (from, to) in files {
        std::fs::copy(golden(from), dir.path().join(to)).unwrap();
    }
    // A folder whose UNet has two ControlNets in it.
    let model = dir.path().join("merged");
    copy(
        Path::new(&golden("../fixtures/models/optimum-1.24")),
        &model,
    );
    std::fs::copy(golden("merged/unet.onnx"), model.join("unet/model.onnx")).unwrap();
    dir
}

/// Model and flags beside picture, mask and 2 steps → the kind, weight, start, end and mode of each ControlNet.
type Told = (
    &'static str,
    &'static str,
    &'static [(ControlKind, f64, f64, f64, ControlMode)],
);
const TOLD: &[Told] = &[
    (
        "merged",
        "--method controlnet-inpaint --control inside",
        &[(ControlKind::Inpaint, 1.0, 0.0, 1.0, ControlMode::Balanced)],
    ),
    (
        "merged",
        "--control inside-2:canny:0.5 --control inside:grey:2:0.5:1",
        &[
            (ControlKind::Canny, 0.5, 0.0, 1.0, ControlMode::Balanced),
            (ControlKind::Grey, 2.0, 0.5, 1.0, ControlMode::Balanced),
        ],
    ),
    (
        "sd1.safetensors",
        "--method controlnet-inpaint --control control_sd1_inpaint.safetensors",
        &[(ControlKind::Inpaint, 1.0, 0.0, 1.0, ControlMode::Balanced)],
    ),
    (
        "sd1.safetensors",
        "--control tile.safetensors:0.5:0:0.5 --masked-content latent-noise --area only-masked --size 48x48",
        &[(ControlKind::Tile, 0.5, 0.0, 0.5, ControlMode::Balanced)],
    ),
    (
        "nine.safetensors",
        "--method controlnet-inpaint --control control_sd1_inpaint.safetensors:prompt --sampler euler-a",
        &[(ControlKind::Inpaint, 1.0, 0.0, 1.0, ControlMode::Prompt)],
    ),
    (
        "sd1.safetensors",
        "--control control_sd1_inpaint.safetensors --control tile.safetensors:canny:control:0.3 --control-weight 0.8 --control-end 0.9",
        &[
            (ControlKind::Inpaint, 0.8, 0.0, 0.9, ControlMode::Balanced),
            (ControlKind::Canny, 0.3, 0.0, 0.9, ControlMode::Control),
        ],
    ),
    (
        "sdxl.safetensors",
        "--method controlnet-inpaint --control union.safetensors --control-mode control",
        &[(ControlKind::Inpaint, 1.0, 0.0, 1.0, ControlMode::Control)],
    ),
    (
        "sdxl.safetensors",
        "--control union.safetensors:pose --control-image small.png --mask-edge soft",
        &[(ControlKind::Pose, 1.0, 0.0, 1.0, ControlMode::Balanced)],
    ),
];

#[test]
fn flags_reach_the_networks_and_what_is_not_masked_stays() {
    let dir = scene();
    let path = |name: &str| dir.path().join(name);
    let before = file::read(&path("picture.png")).unwrap().picture;
    let mask = Mask::from_picture(&file::read(&path("mask.png")).unwrap().picture);
    for (model, flags, told) in TOLD {
        let mut more = vec!["--image", "picture.png", "--mask", "mask.png"];
        more.extend(["--mask-blur", "0", "--steps", "2", "--strength", "1"]);
        more.extend(["--out", "out.png"]);
        more.extend(flags.split(' '));
        let output = run(dir.path(), &repaint_args(model, &more));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{flags}: {stderr}");
        let result = file::read(&path("out.png")).unwrap();
        let mut changed = 0;
        for ((before, after), mask) in before
            .pixels()
            .iter()
            .zip(result.picture.pixels())
            .zip(mask.values())
        {
            assert!(*mask > 0 || before == after, "{flags}");
            changed += u32::from(before != after);
        }
        assert!(changed > 300, "{flags}: {changed} pixels changed");
        let texts = result.metadata.texts();
        let comment = result.metadata.comment();
        let read = read_metadata(&texts, comment.as_deref(), &Recipe::default()).unwrap();
        let found: Vec<_> = read
            .recipe
            .controls
            .iter()
            .map(|one| (one.kind, one.weight, one.start, one.end, one.mode))
            .collect();
        assert_eq!(found, *told, "{flags}");
        // The recipe names them, so that it finds them in the folders again.
        let nets = ["control_sd1_inpaint", "tile", "union", "inside", "inside-2"];
        let mut named = read.recipe.controls.iter();
        assert!(
            named.all(|control| nets.contains(&&control.model[..])),
            "{flags}"
        );
    }
}

/// The built-in model's ControlNet and its general UNet are its inpainting UNet taken apart.
#[test]
fn the_built_in_model_does_every_method() {
    let dir = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/six-fingers");
    for name in ["picture.png", "mask.png"] {
        std::fs::copy(sample.join(name), dir.path().join(name)).unwrap();
    }
    let made = |method: &str| {
        let line = format!(
            "repaint --image picture.png --mask mask.png --prompt hand --steps 4 --seed 0 --device cpu --difference-threshold 0 --out out.png --method {method}"
        );
        let line: Vec<_> = line.split(' ').collect();
        let output = run(dir.path(), &line);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{method}: {stderr}");
        file::read(&dir.path().join("out.png")).unwrap()
    };
    let difference = |one: &Picture, other: &Picture| {
        let all = one.pixels().iter().flatten();
        let all = all.zip(other.pixels().iter().flatten());
        all.map(|(a, b)| a.abs_diff(*b)).max().unwrap()
    };
    let inpainted = made("inpaint-model").picture;
    let controlled = made("controlnet-inpaint");
    assert!(difference(&inpainted, &controlled.picture) <= 1);
    let texts = controlled.metadata.texts();
    let read = read_metadata(&texts, None, &Recipe::default()).unwrap();
    let [control] = &read.recipe.controls[..] else {
        panic!("{:?}", read.recipe.controls)
    };
    let (name, kind) = (&control.model[..], control.kind);
    assert_eq!((name, kind), ("built-in-inpaint", ControlKind::Inpaint));
    // Half of what it gives lies between the two.
    let half = made("controlnet-inpaint --control built-in-inpaint:0.5").picture;
    for method in ["latent-mask", "inpaint-encode"] {
        let general = made(method).picture;
        assert!(difference(&inpainted, &general) > 40, "{method}");
        assert!(difference(&half, &general) > 10, "{method}");
    }
    assert!(difference(&inpainted, &half) > 10);
}

/// Flags → words of the line.
const REFUSED: &[(&str, &str)] = &[
    (
        "--model merged --control inside:tile:prompt",
        "the ControlNet `inside` is inside the model's UNet",
    ),
    (
        "--model merged --control inside:tile --control inside:canny",
        "use it once, with the control mode balanced",
    ),
    (
        "--model merged --control inside-3:tile",
        "no ControlNet is called `inside-3`",
    ),
    (
        "--model merged --control tile.safetensors",
        "use the one called `inside`",
    ),
    (
        "--model sd1.safetensors --control built-in-inpaint",
        "it is made for models of another shape; choose a ControlNet made for this model",
    ),
    (
        "--model sd1.safetensors --control inside:tile",
        "no ControlNet is called `inside`",
    ),
    (
        "--model sd1.safetensors --method controlnet-inpaint",
        "needs a ControlNet that was trained for inpainting; choose one (--control FILE:inpaint, or under ControlNet in the window)",
    ),
    (
        "--model sd1.safetensors --method controlnet-inpaint --control tile.safetensors",
        "needs a ControlNet that was trained for inpainting",
    ),
    (
        "--model sd1.safetensors --control xl.safetensors",
        "not for models that hear text 8 wide; choose a ControlNet made for this model",
    ),
    (
        "--model sd1.safetensors --control lora.safetensors",
        "this is a LoRA",
    ),
    (
        "--model sd1.safetensors --control missing.safetensors",
        "there is no such ControlNet: missing.safetensors",
    ),
    (
        "--model sd1.safetensors --control missing",
        "no ControlNet is called `missing`",
    ),
    (
        "--model sd1.safetensors --control :canny",
        "give a ControlNet as FILE",
    ),
    (
        "--model sd1.safetensors --control tile.safetensors:0.5:0.6:0.4",
        "never heard",
    ),
    (
        "--model sd1.safetensors --control tile.safetensors --control-weight 40",
        "weight of 40 is outside 0 to 10",
    ),
    (
        "--model sd1.safetensors --control-weight 0.5",
        "--control-weight is about ControlNets; give one with --control FILE",
    ),
    (
        "--model sd1.safetensors --control tile.safetensors --control-image mask.png --control-image mask.png",
        "more --control-image than ControlNets",
    ),
    (
        "--model sdxl.safetensors --control union.safetensors:as-is",
        "choose the control kind that says what its picture shows",
    ),
    (
        "--model sd1.safetensors --control tile.safetensors:wavy",
        "no ControlNet is called `tile.safetensors:wavy`",
    ),
];

#[test]
fn a_picture_of_its_own_is_named_and_asked_for_again() {
    let dir = scene();
    for (folder, name) in [
        ("checkpoints", "sd1.safetensors"),
        ("controlnet", "tile.safetensors"),
    ] {
        std::fs::create_dir(dir.path().join(folder)).unwrap();
        let (from, to) = (dir.path().join(name), dir.path().join(folder).join(name));
        std::fs::rename(from, to).unwrap();
    }
    let again = |more: &[&str]| {
        let mut all = vec!["--mask", "mask.png", "--steps", "2", "--out", "out.png"];
        all.extend(more);
        run(
            dir.path(),
            &repaint_args("checkpoints/sd1.safetensors", &all),
        )
    };
    let first = ["--image", "picture.png", "--control", "tile"];
    let shown = ["--control-image", "small.png"];
    assert!(again(&[&first[..], &shown].concat()).status.success());
    let recipe = ["--image", "picture.png", "--recipe", "out.png"];
    let output = again(&recipe);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let words = "shows the ControlNet tile the picture small.png; give it with --control-image";
    assert!(stderr.contains(words), "{stderr}");
    assert_eq!(output.status.code(), Some(2));
    assert!(again(&[&recipe[..], &shown].concat()).status.success());
    assert!(
        again(&[&recipe[..], &["--control", "none"]].concat())
            .status
            .success()
    );
}

#[test]
fn what_cannot_be_done_is_one_line() {
    let dir = scene();
    for (flags, words) in REFUSED {
        let mut args = vec!["repaint", "--device", "cpu", "--prompt", "a hand"];
        args.extend([
            "--image",
            "picture.png",
            "--mask",
            "mask.png",
            "--steps",
            "2",
        ]);
        args.extend(["--out", "out.png"]);
        args.extend(flags.split(' '));
        let output = run(dir.path(), &args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{flags}: {stderr}");
        assert!(stderr.contains(words), "{flags}: {stderr}");
        assert_eq!(stderr.trim().lines().count(), 1, "{flags}: {stderr}");
    }
    let args = ["--control", "tile.safetensors", "--out", "out.png"];
    let output = run(dir.path(), &repaint_args("sd1.safetensors", &args));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("give it one with --control-image"),
        "{stderr}"
    );
}
