//! Each row of `layouts.json` is a model directory: it loads, says what it is, and computes what numpy computes.

use ndarray::{Array1, Array2, Array3, Array4, Axis, concatenate};
use pentimento::diffusion::networks::{
    Condition, Evaluation, Extra, LatentRgb, ModelSpec, Networks, PredictionKind, UnetInput,
};
use pentimento::diffusion::schedule::Betas;
use pentimento::engine::cancel::Cancel;
use pentimento::engine::catalog::ModelSource;
use pentimento::engine::device::Device;
use pentimento::engine::kit::Kit;
use pentimento::engine::onnx::OnnxNetworks;
use serde_json::Value as Json;

use super::{fixture, json, load, runtime};

#[test]
fn every_layout_says_what_it_is() {
    for row in rows() {
        let (mut networks, report) =
            load(&directory(&row)).unwrap_or_else(|error| panic!("{}: {error}", name(&row)));
        let (spec, want) = (networks.spec().clone(), &row["spec"]);
        let number = |key: &str, default: u64| want[key].as_u64().unwrap_or(default);
        let row_name = name(&row);

        assert_eq!(spec.name, row_name);
        assert_eq!(
            spec.latent_channels as u64,
            number("latent_channels", 4),
            "{row_name}"
        );
        assert_eq!(u64::from(spec.factor), number("factor", 8), "{row_name}");
        assert_eq!(
            u64::from(spec.native_side),
            number("native_side", 64),
            "{row_name}"
        );
        assert_eq!(
            u64::from(spec.latent_multiple),
            number("latent_multiple", 4),
            "{row_name}"
        );
        let window = number("window", 77);
        assert_eq!(spec.text_window as u64, window, "{row_name}");
        // The toy text encoder's first state is a hundredth of the id.
        let empty = networks.encode(&[vec![]], 1).unwrap().states;
        let fed = |token: u64| (empty[[0, token as usize, 0]] * 100.0).round() as u64;
        assert_eq!(empty.dim(), (1, spec.text_window, 6), "{row_name}");
        assert_eq!(fed(0) + 1, fed(1), "{row_name}");
        assert_eq!(fed(window - 1), number("pad", fed(1)), "{row_name}");
        let xl = want["xl"] == true;
        if xl {
            // The second encoder's states lie behind the first's two; OpenCLIP pads with 0.
            let second = |token: u64| (empty[[0, token as usize, 2]] * 100.0).round() as u64;
            assert_eq!([second(0), second(1)], [fed(0), fed(1)], "{row_name}");
            assert_eq!(second(window - 1), 0, "{row_name}");
        }
        assert_eq!(spec.zeros_for_empty_negative, xl, "{row_name}");
        assert_eq!(
            spec.noise.train_steps as u64,
            number("train_steps", 1000),
            "{row_name}"
        );
        assert_eq!(
            spec.noise.zero_terminal_snr,
            want["zero_terminal_snr"].as_bool().unwrap_or(false),
            "{row_name}"
        );
        assert_eq!(spec.noise.betas, betas(&want["betas"]), "{row_name}");
        assert_eq!(spec.extras, wanted_extras(want), "{row_name}");
        let input = if want["unet_input"] == "inpainting" {
            UnetInput::Inpainting
        } else {
            UnetInput::Latents
        };
        assert_eq!(spec.unet_input, input, "{row_name}");
        let prediction = match want["prediction"].as_str() {
            Some("v") => PredictionKind::V,
            Some("sample") => PredictionKind::Sample,
            _ => PredictionKind::Epsilon,
        };
        assert_eq!(spec.prediction, prediction, "{row_name}");
        assert_eq!(
            preview(spec.preview.as_ref()),
            want["preview"].as_str().unwrap_or("none"),
            "{row_name}"
        );

        assert_eq!(report.device, Device::Cpu);
        let notes = row["notes"].as_array().unwrap();
        assert_eq!(
            report.notes.len(),
            notes.len(),
            "{row_name}: {:?}",
            report.notes
        );
        for (found, wanted) in report.notes.iter().zip(notes) {
            assert!(
                found.contains(wanted.as_str().unwrap()),
                "{row_name}: {found}"
            );
        }
    }
}

#[test]
fn every_layout_computes_what_numpy_computes() {
    let goldens = json("layout_goldens.json");
    for row in rows() {
        let (row_name, want) = (name(&row), &goldens[name(&row)]);
        let (mut networks, _) = load(&directory(&row)).unwrap();
        let spec = networks.spec().clone();
        let (channels, factor) = (spec.latent_channels, spec.factor as usize);
        let tolerance = if row["model"]["io"] == "f16" {
            4e-3
        } else {
            4e-6
        };
        let check = |what: &str, values: Vec<f32>, want: &Json| {
            let count = values.len();
            let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / count as f64;
            for (found, want) in [f64::from(values[0]), f64::from(values[count - 1]), mean]
                .into_iter()
                .zip(want.as_array().unwrap())
            {
                let want = want.as_f64().unwrap();
                assert!(
                    (found - want).abs() <= tolerance * want.abs().max(1.0),
                    "{row_name}, {what}: {found} instead of {want}"
                );
            }
        };

        let ids = [3, 1, 4, 1, 5].map(|id| (id, 1.0));
        let chunks: Vec<_> = ids
            .chunks(spec.text_window - 2)
            .map(<[_]>::to_vec)
            .collect();
        let condition = networks.encode(&chunks, 1).unwrap();
        // The toy's second encoder pools by the mean of its states, those of the first chunk.
        let second = ndarray::s![0, ..spec.text_window, 2..];
        let mean = condition.states.slice(second).mean_axis(Axis(0)).unwrap();
        let pooled = condition
            .pooled
            .map(|row| (row - mean).mapv(f32::abs).sum());
        assert_eq!(pooled.is_some(), xl(&spec), "{row_name}");
        assert!(pooled.unwrap_or(0.0) < tolerance as f32, "{row_name}");
        let hidden: Vec<f32> = (chunks.iter().enumerate())
            .flat_map(|(index, chunk)| {
                let first = index * spec.text_window + 1;
                let tokens = ndarray::s![0, first..first + chunk.len(), ..];
                condition.states.slice(tokens).to_owned()
            })
            .collect();
        assert_eq!(hidden.len(), 5 * 6, "{row_name}");
        check("hidden states", hidden, &want["hidden"]);

        let picture = Array4::from_shape_vec(
            (1, 3, 2 * factor, 3 * factor),
            ramp(6 * 3 * factor * factor),
        )
        .unwrap();
        let latents = networks.encode_picture(&picture).unwrap();
        assert_eq!(latents.dim(), (1, channels, 2, 3), "{row_name}");
        check("latents", latents.into_iter().collect(), &want["latents"]);

        let inputs = if spec.unet_input == UnetInput::Inpainting {
            2 * channels + 1
        } else {
            channels
        };
        let (once, double) = conditions(&spec);
        let extras = extras(&spec);
        let evaluation = Evaluation {
            sample: &Array4::from_shape_vec((1, inputs, 4, 6), ramp(inputs * 24)).unwrap(),
            timestep: 601.6,
            conditions: &[&once, &double],
            extras: &extras,
            residuals: &[],
            inside: &[],
        };
        let predictions = networks.predict(&evaluation).unwrap();
        assert_eq!(predictions.len(), 2);
        for (prediction, want) in predictions
            .into_iter()
            .zip(want["predictions"].as_array().unwrap())
        {
            assert_eq!(prediction.dim(), (1, channels, 4, 6), "{row_name}");
            check("prediction", prediction.into_iter().collect(), want);
        }

        let latents = Array4::from_shape_vec((1, channels, 2, 3), ramp(channels * 6)).unwrap();
        let decoded = networks.decode(&latents).unwrap();
        assert_eq!(decoded.dim(), (1, 3, 2 * factor, 3 * factor), "{row_name}");
        check("picture", decoded.into_iter().collect(), &want["decoded"]);
    }
}

/// Whether or not a layout's pictures go through its UNet together, each gets what it gets alone.
#[test]
fn every_layout_predicts_for_several_pictures() {
    for row in rows() {
        let row_name = name(&row);
        let (mut networks, _) = load(&directory(&row)).unwrap();
        let spec = networks.spec().clone();
        let inputs = match spec.unet_input {
            UnetInput::Inpainting => 2 * spec.latent_channels + 1,
            UnetInput::Latents => spec.latent_channels,
        };
        let (once, double) = conditions(&spec);
        let extras = extras(&spec);
        let one = Array4::from_shape_vec((1, inputs, 4, 6), ramp(inputs * 24)).unwrap();
        let pictures = [one.clone(), &one * 0.5, &one * -0.25];
        let mut predict = |sample: &Array4<f32>| {
            let evaluation = Evaluation {
                sample,
                timestep: 601.6,
                conditions: &[&once, &double],
                extras: &extras,
                residuals: &[],
                inside: &[],
            };
            networks.predict(&evaluation).unwrap()
        };
        let views = pictures.each_ref().map(|picture| picture.view());
        let together = predict(&concatenate(Axis(0), &views).unwrap());
        assert_eq!(together.len(), 2, "{row_name}");
        for (index, picture) in pictures.iter().enumerate() {
            for (together, alone) in together.iter().zip(predict(picture)) {
                let together = together.index_axis(Axis(0), index);
                let alone = alone.index_axis(Axis(0), 0);
                assert!(
                    together
                        .iter()
                        .zip(alone)
                        .all(|(a, b)| (a - b).abs() <= 4e-6 * b.abs().max(1.0)),
                    "{row_name}, picture {index}"
                );
            }
        }
    }
}

#[test]
fn loading_names_each_network_before_it_is_loaded() {
    let mut parts = Vec::new();
    let source = ModelSource::Directory(fixture("models/optimum-1.24"));
    OnnxNetworks::load(
        runtime(),
        &Kit::of(source),
        Device::Cpu,
        &Cancel::new(),
        &mut |loading| parts.push(loading.part),
    )
    .unwrap();
    assert_eq!(
        parts,
        ["text encoder", "UNet", "VAE encoder", "VAE decoder"]
    );
}

#[test]
fn a_network_that_overflows_is_named() {
    let (mut networks, _) = load(&fixture("models/not-finite")).unwrap();
    let error = networks
        .decode(&Array4::from_elem((1, 4, 2, 2), 1.0))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("VAE decoder") && error.contains("not finite") && error.contains("--vae"),
        "{error}"
    );
}

#[test]
fn a_network_that_fails_is_named_with_its_file() {
    let (mut networks, _) = load(&fixture("models/own-latents")).unwrap();
    // The graph fixes its window to 5 ids.
    let too_long = vec![(1, 1.0); 9];
    let error = networks.encode(&[too_long], 1).unwrap_err().to_string();
    assert!(
        error.contains("text encoder") && error.contains("own-latents/text_encoder/model.onnx"),
        "{error}"
    );
    assert!(!error.contains('\n'), "{error}");
}

fn rows() -> Vec<Json> {
    let rows = json("layouts.json").as_array().unwrap().clone();
    assert!(!rows.is_empty());
    rows
}

fn name(row: &Json) -> &str {
    row["name"].as_str().unwrap()
}

fn directory(row: &Json) -> std::path::PathBuf {
    fixture("models").join(name(row))
}

/// Values in `[-1, 1)` that differ everywhere, as the generator has them.
pub(super) fn ramp(count: usize) -> Vec<f32> {
    (0..count)
        .map(|index| ((index * 37 % 101) as f64 / 50.5 - 1.0) as f32)
        .collect()
}

fn xl(spec: &ModelSpec) -> bool {
    spec.extras.contains(&Extra::Sizes)
}

/// A condition, and twice the same.
fn conditions(spec: &ModelSpec) -> (Condition, Condition) {
    let condition = |times: f32| Condition {
        states: Array3::from_shape_vec((1, 5, 6), ramp(30)).unwrap() * times,
        pooled: xl(spec).then(|| Array2::from_shape_vec((1, 4), ramp(4)).unwrap() * times),
    };
    (condition(1.0), condition(2.0))
}

/// What a layout's UNet takes beside latents, timestep and text.
fn wanted_extras(want: &Json) -> Vec<Extra> {
    let guidance = want["guidance_embedding_width"].as_u64();
    let guidance = guidance.map(|width| Extra::GuidanceScale {
        width: width as usize,
    });
    let sizes = (want["xl"] == true).then_some(Extra::Sizes);
    guidance.into_iter().chain(sizes).collect()
}

pub(super) fn extras(spec: &ModelSpec) -> Vec<(Extra, Array1<f32>)> {
    let row = |extra: &Extra| match *extra {
        Extra::GuidanceScale { width } => (*extra, Array1::from_vec(ramp(width))),
        Extra::Sizes => (*extra, Array1::from_vec(ramp(6))),
    };
    spec.extras.iter().map(row).collect()
}

fn betas(row: &Json) -> Betas {
    let Some(row) = row.as_array() else {
        return Betas::Linear {
            start: 0.0001,
            end: 0.02,
        };
    };
    let numbers: Vec<f64> = row.iter().filter_map(Json::as_f64).collect();
    match row[0].as_str().unwrap() {
        "linear" => Betas::Linear {
            start: numbers[0],
            end: numbers[1],
        },
        "scaled_linear" => Betas::ScaledLinear {
            start: numbers[0],
            end: numbers[1],
        },
        "squared_cosine" => Betas::SquaredCosine,
        "listed" => Betas::Listed(numbers),
        other => panic!("unknown betas {other}"),
    }
}

/// Which of the known previews it is.
fn preview(map: Option<&LatentRgb>) -> &'static str {
    match map.map(|map| (map.factors[0], map.bias[0])) {
        None => "none",
        Some(([0.3512, 0.2297, 0.3227], _)) => "sd1",
        Some(([0.3651, 0.4232, 0.4341], 0.1084)) => "sdxl",
        Some(([1.0, 0.0, 0.0], 0.1)) => "own",
        Some(other) => panic!("unknown preview {other:?}"),
    }
}
