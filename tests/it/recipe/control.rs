//! ControlNets as A1111's extension writes them, and what their files' names say.

use pentimento::recipe::parsed::read_text;
use pentimento::recipe::{Control, ControlKind, ControlMode, Recipe};

/// A unit → its model, kind, weight, start, end and mode; none where the picture that it was shown is not here.
type Row = (
    &'static str,
    Option<(&'static str, ControlKind, f64, f64, f64, ControlMode)>,
);
const UNITS: &[Row] = &[
    (
        "Module: canny, Model: control_v11p_sd15_canny [d14c016b], Weight: 1.0, Resize Mode: Crop and Resize, Processor Res: 512, Threshold A: 100.0, Threshold B: 200.0, Guidance Start: 0.0, Guidance End: 1.0, Pixel Perfect: True, Control Mode: Balanced",
        Some((
            "control_v11p_sd15_canny",
            ControlKind::Canny,
            1.0,
            0.0,
            1.0,
            ControlMode::Balanced,
        )),
    ),
    (
        "Module: inpaint_only+lama, Model: control_v11p_sd15_inpaint [ebff9138], Weight: 0.75, Low Vram: False, Guidance Start: 0.1, Guidance End: 0.8, Control Mode: ControlNet is more important",
        Some((
            "control_v11p_sd15_inpaint",
            ControlKind::Inpaint,
            0.75,
            0.1,
            0.8,
            ControlMode::Control,
        )),
    ),
    (
        "preprocessor: tile_resample, model: control_v11f1e_sd15_tile [a371b31b], weight: 0.5, resize mode: Crop and Resize, control mode: My prompt is more important",
        Some((
            "control_v11f1e_sd15_tile",
            ControlKind::Tile,
            0.5,
            0.0,
            1.0,
            ControlMode::Prompt,
        )),
    ),
    (
        "Module: recolor_luminance, Model: ioclab_sd15_recolor",
        Some((
            "ioclab_sd15_recolor",
            ControlKind::Grey,
            1.0,
            0.0,
            1.0,
            ControlMode::Balanced,
        )),
    ),
    (
        "Module: none, Model: control_v11p_sd15_openpose [cab727d4], Weight: 1",
        None,
    ),
    (
        "Module: openpose_full, Model: control_v11p_sd15_openpose [cab727d4]",
        None,
    ),
    (
        "Module: depth_midas, Model: control_v11f1p_sd15_depth, Union Control Type: Depth",
        None,
    ),
    ("Module: canny, Weight: 1", None),
    ("Module: canny, Model: a, Weight: heavy", None),
    ("Module: canny, Model: a, Control Mode: Upside down", None),
];

#[test]
fn units_of_a1111_are_read_where_their_picture_is_the_one_at_hand() {
    for (unit, wanted) in UNITS {
        let text = format!(
            "a hand\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 512x512, ControlNet 0: \"{unit}\", Version: v1.10.1"
        );
        let parsed = read_text(&text, &Recipe::default()).unwrap();
        let wanted = wanted.map(|(model, kind, weight, start, end, mode)| Control {
            model: model.to_owned(),
            kind,
            weight,
            start,
            end,
            mode,
            ..Control::default()
        });
        let kept = parsed.others.iter().find(|(key, _)| key == "ControlNet 0");
        assert_eq!(
            kept.map(|(_, value)| &value[..]),
            wanted.is_none().then_some(*unit)
        );
        assert_eq!(parsed.recipe.controls, Vec::from_iter(wanted), "{unit}");
    }
}

/// Name → what a ControlNet of that name is shown.
const NAMES: &[(&str, ControlKind)] = &[
    ("control_v11p_sd15_inpaint_fp16", ControlKind::Inpaint),
    ("control_v11p_sd15_canny", ControlKind::Canny),
    ("diffusers_xl_canny_mid", ControlKind::Canny),
    ("control_v11f1e_sd15_tile", ControlKind::Tile),
    ("controlnet-union-sdxl-1.0-promax", ControlKind::Inpaint),
    ("noobaiInpainting_v10", ControlKind::Inpaint),
    ("control_v11p_sd15_openpose", ControlKind::Pose),
    ("control_v11f1p_sd15_depth", ControlKind::Depth),
    ("control_v11p_sd15_normalbae", ControlKind::Normal),
    ("control_v11p_sd15_seg", ControlKind::Segments),
    ("control_v11p_sd15s2_lineart_anime", ControlKind::Lines),
    ("ioclab_sd15_recolor", ControlKind::Grey),
    ("my own net", ControlKind::AsIs),
];

#[test]
fn a_name_tells_what_a_controlnet_is_shown() {
    for (name, kind) in NAMES {
        assert_eq!(Control::named(name).kind, *kind, "{name}");
    }
}
