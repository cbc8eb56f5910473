//! LoRAs against their trainers: names, numbers, what is refused, what they are said to be.

mod about;
mod exported;
mod find;
mod names;
mod refused;

use std::path::{Path, PathBuf};

use pentimento::engine::lora::{Lora, Role, apply};
use pentimento::engine::weights::{Tensor, Weights};
use pentimento::engine::{Cancel, EngineError};
use proptest::prelude::*;
use safetensors::tensor::{Dtype, TensorView};

use super::{fixture, json};

/// Largest difference from a reference, in standard deviations of the reference.
const TOLERANCE: f32 = 1e-5;

const ROLES: [(&str, Role); 3] = [
    ("unet", Role::Unet),
    ("text_encoder", Role::TextEncoder),
    ("text_encoder_2", Role::TextEncoder2),
];

fn file(name: &str) -> PathBuf {
    fixture("loras").join(format!("{name}.safetensors"))
}

fn weights(name: &str) -> Weights {
    Weights::open(&file(name)).unwrap()
}

fn lora(name: &str) -> Lora {
    Lora::open(&file(name)).unwrap()
}

fn applied(weights: &Weights, role: Role, loras: &[(&Lora, f32)]) -> (Weights, Vec<String>) {
    apply(weights, role, loras, &Cancel::new()).unwrap_or_else(|error| panic!("{error}"))
}

/// A file of tensors: name, type, shape, and the bytes of the first number for all of them.
type Row<'a> = (&'a str, Dtype, &'a [usize], &'a [u8]);

fn write(path: &Path, rows: &[Row<'_>]) {
    let bytes: Vec<Vec<u8>> = rows
        .iter()
        .map(|(_, _, shape, number)| number.repeat(shape.iter().product()))
        .collect();
    let views = rows
        .iter()
        .zip(&bytes)
        .map(|((name, kind, shape, _), bytes)| {
            (
                *name,
                TensorView::new(*kind, shape.to_vec(), bytes).unwrap(),
            )
        });
    safetensors::serialize_to_file(views, None, path).unwrap();
}

/// Largest difference, in standard deviations of the second.
fn difference(own: &[f32], reference: &[f32]) -> f32 {
    assert_eq!(own.len(), reference.len());
    let count = reference.len() as f32;
    let mean = reference.iter().sum::<f32>() / count;
    let variance = reference
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f32>()
        / count;
    let pairs = own.iter().zip(reference);
    let largest = pairs
        .map(|(own, value)| (own - value).abs())
        .fold(0.0, f32::max);
    largest / variance.sqrt()
}

#[test]
fn weights_come_out_as_with_their_trainers() {
    let expected = weights("expected");
    let cases = json("loras/cases.json");
    for case in cases.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (part, role) = ROLES
            .into_iter()
            .find(|(part, _)| case["role"] == *part)
            .unwrap();
        let base = weights(&format!("weights-{part}"));
        let loras: Vec<(Lora, f32)> = case["loras"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| {
                (
                    lora(pair[0].as_str().unwrap()),
                    pair[1].as_f64().unwrap() as f32,
                )
            })
            .collect();
        let loras: Vec<(&Lora, f32)> = loras
            .iter()
            .map(|(lora, strength)| (lora, *strength))
            .collect();
        let (own, notes) = applied(&base, role, &loras);
        assert_eq!(notes, [""; 0], "{name}");
        let prefix = format!("{name}/");
        let changed = expected.part(&prefix);
        assert!(!changed.is_empty(), "{name}");
        for (tensor, before) in base.iter() {
            let after = own.get(tensor).unwrap();
            let Some(reference) = changed.get(tensor) else {
                assert_eq!(after, before, "{name}: {tensor}");
                continue;
            };
            assert_eq!(after.shape, before.shape, "{name}: {tensor}");
            let difference = difference(&after.floats().unwrap(), &reference.floats().unwrap());
            assert!(difference <= TOLERANCE, "{name}: {tensor}: {difference}");
        }
    }
}

#[test]
fn strength_0_and_other_networks_touch_nothing() {
    let base = weights("weights-unet");
    let (unet, text) = (lora("lora"), lora("peft-text"));
    assert_eq!(text.roles().collect::<Vec<_>>(), [Role::TextEncoder2]);
    let (own, notes) = applied(&base, Role::Unet, &[(&unet, 0.0), (&text, 1.0)]);
    assert_eq!(notes, [""; 0]);
    assert!(own.iter().eq(base.iter()));
}

#[test]
fn a_stop_ends_it() {
    let cancel = Cancel::new();
    cancel.cancel();
    let stopped = apply(
        &weights("weights-unet"),
        Role::Unet,
        &[(&lora("lora"), 1.0)],
        &cancel,
    );
    assert!(matches!(stopped, Err(EngineError::LoadStopped)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Of LoRAs that decompose nothing, in any order, the changes add up.
    #[test]
    fn order_does_not_matter(
        chosen in proptest::sample::subsequence(
            vec!["lora", "loha", "lokr", "whole"], 2..4),
        strengths in proptest::array::uniform4(-1.0_f32..1.5),
    ) {
        let base = weights("weights-unet");
        let loras: Vec<Lora> = chosen.iter().map(|name| lora(name)).collect();
        let mut pairs: Vec<(&Lora, f32)> = loras.iter().zip(strengths).collect();
        let (all, _) = applied(&base, Role::Unet, &pairs);
        pairs.reverse();
        let (reversed, _) = applied(&base, Role::Unet, &pairs);
        let numbers = |tensor: &Tensor| tensor.floats().unwrap();
        for (name, before) in base.iter() {
            let own = numbers(all.get(name).unwrap());
            prop_assert!(difference(&numbers(reversed.get(name).unwrap()), &own) <= TOLERANCE);
            let before = numbers(before);
            let mut sum = before.clone();
            for pair in &pairs {
                let (alone, _) = applied(&base, Role::Unet, &[*pair]);
                for ((sum, alone), before) in sum.iter_mut().zip(numbers(alone.get(name).unwrap())).zip(&before) {
                    *sum += alone - before;
                }
            }
            prop_assert!(difference(&sum, &own) <= TOLERANCE, "{name}");
        }
    }
}
