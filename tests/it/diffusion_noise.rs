//! Noise against torch's own, bit for bit (`tests/golden/generate_noise.py`), and against the Philox vectors of A1111.

use ndarray::{Array4, Axis};
use pentimento::diffusion::noise::{Noise, slerp};
use pentimento::recipe::{Recipe, SeedSource, Variation};
use serde::Deserialize;
use sha2::{Digest, Sha256};

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    seed: u64,
    draws: Vec<Draw>,
}

#[derive(Deserialize)]
struct Draw {
    count: usize,
    sha256: String,
    bits: Option<String>,
}

fn draw(noise: &mut Noise, count: usize) -> Vec<f32> {
    noise.draw((1, 1, 1, count)).into_iter().collect()
}

fn sha256(values: &[f32]) -> String {
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn torch_cpu_noise_is_torchs_bit_for_bit() {
    let golden: Golden = serde_json::from_str(include_str!("../golden/noise.json")).unwrap();
    for case in golden.cases {
        let mut noise = Noise::new(case.seed, SeedSource::TorchCpu);
        for (index, expected) in case.draws.iter().enumerate() {
            let what = format!(
                "seed {}, draw {index} of {} values",
                case.seed, expected.count
            );
            let values = draw(&mut noise, expected.count);
            if let Some(bits) = &expected.bits {
                let own: Vec<String> = values
                    .iter()
                    .map(|value| format!("{:08x}", value.to_bits()))
                    .collect();
                assert_eq!(&own.join(" "), bits, "{what}");
            }
            assert_eq!(sha256(&values), expected.sha256, "{what}");
        }
    }
}

/// Published vectors: whole latents of a 512 px picture.
#[test]
fn torch_cpu_latents_have_the_published_digests() {
    for (seed, digest) in [
        (
            0,
            "24efac55b39e95b2d74d8fb5b3a8e8a8e808bd04129f260c4cdbb225bb952a4d",
        ),
        (
            42,
            "e97f3de04c7c6ba86354db4402b91d4402ede9c72aabed29a96dd7d635a798ba",
        ),
    ] {
        let latents = Noise::new(seed, SeedSource::TorchCpu).draw((1, 4, 64, 64));
        assert_eq!(sha256(latents.as_slice().unwrap()), digest, "seed {seed}");
    }
}

/// The vectors in the docstring of A1111's `modules/rng_philox.py`, and of a second seed.
#[test]
fn philox_noise_is_that_of_cuda() {
    let cases: [(u64, &[f32]); 2] = [
        (
            0,
            &[
                -0.924_662_6,
                -0.425_344_15,
                -2.643_845_7,
                0.145_183_88,
                -0.120_866_47,
                -0.579_725_6,
                -0.622_851_2,
                -0.328_387_1,
                -1.074_542_3,
                -0.363_144_07,
                -1.671_050_7,
                2.265_505,
            ],
        ),
        (42, &[0.194_02, 2.161_37, -0.172_05, 0.849_06]),
    ];
    for (seed, expected) in cases {
        let values = draw(&mut Noise::new(seed, SeedSource::Philox), expected.len());
        for (value, expected) in values.iter().zip(expected) {
            assert!(
                (value - expected).abs() < 6e-6,
                "seed {seed}: {value} is not {expected}"
            );
        }
    }
}

#[test]
fn philox_draws_differ_and_hear_all_64_bits_of_the_seed() {
    let mut noise = Noise::new(1, SeedSource::Philox);
    let (first, second) = (draw(&mut noise, 64), draw(&mut noise, 64));
    assert_ne!(first, second);
    assert_ne!(
        first,
        draw(&mut Noise::new(1 | 1 << 40, SeedSource::Philox), 64)
    );
    assert_eq!(first, draw(&mut Noise::new(1, SeedSource::Philox), 64));
}

#[test]
fn noise_is_standard_normal() {
    for source in SeedSource::ALL {
        let values = draw(&mut Noise::new(9, *source), 1 << 18);
        let moment = |power: i32| {
            values
                .iter()
                .map(|value| f64::from(*value).powi(power))
                .sum::<f64>()
                / values.len() as f64
        };
        for (power, expected) in [(1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0)] {
            assert!(
                (moment(power) - expected).abs() < 0.05,
                "{source}: moment {power} is {}",
                moment(power)
            );
        }
    }
}

/// Two noises of two channels, height 3 and width 2.
const LOW: [f32; 12] = [
    0.5, -1.0, 1.5, 0.25, -0.75, 2.0, 1.0, 1.0, -2.0, 0.5, 0.125, -0.5,
];
const HIGH: [f32; 12] = [
    -0.25, 0.5, 1.0, -1.25, 0.75, 1.0, 0.5, -1.0, 1.0, 2.0, -1.5, 0.25,
];

/// Share, and A1111's formula worked out in double precision, angles along the height.
const SLERPS: &[(f32, [f32; 12])] = &[
    (0.0, LOW),
    (
        0.1,
        [
            0.440_964, -0.885_124, 1.547_468, 0.073_437, -0.613_324, 2.033_081, 1.174_885,
            0.833_195, -1.918_808, 0.819_298, -0.189_829, -0.456_867,
        ],
    ),
    (
        0.5,
        [
            0.151_35, -0.308_348, 1.513_504, -0.616_695, 0.0, 1.850_086, 1.372_468, 0.0,
            -0.914_978, 1.809_278, -1.258_095, -0.180_928,
        ],
    ),
    (1.0, HIGH),
];

#[test]
fn noises_are_mixed_along_the_sphere() {
    let noise = |values: [f32; 12]| Array4::from_shape_vec((1, 2, 3, 2), values.to_vec()).unwrap();
    for (share, expected) in SLERPS {
        let mixed = slerp(*share, &noise(LOW), &noise(HIGH));
        for (value, expected) in mixed.iter().zip(expected) {
            assert!(
                (value - expected).abs() < 2e-6,
                "{share}: {mixed} is not {expected}"
            );
        }
    }
    let same = slerp(0.3, &noise(LOW), &noise(LOW));
    assert!(same.iter().zip(LOW).all(|(a, b)| (a - b).abs() < 1e-6));
}

/// Latents of a few rows have columns that point the same or the opposite way; beside them one that does not.
#[test]
fn noises_without_an_arc_between_them_are_mixed_linearly() {
    let noise = |values: [f32; 6]| Array4::from_shape_vec((1, 1, 2, 3), values.to_vec()).unwrap();
    let (low, high) = (
        [3.0, 3.0, 1.0, 4.0, 4.0, 0.0],
        [6.0, -3.0, 0.0, 8.0, -4.0, 1.0],
    );
    let mixed = slerp(0.25, &noise(low), &noise(high));
    let expected = [3.75, 1.5, 0.923_88, 5.0, 2.0, 0.382_68];
    for (value, expected) in mixed.iter().zip(expected) {
        assert!((value - expected).abs() < 1e-4, "{mixed}");
    }
}

#[test]
fn a_variation_changes_the_first_noise_only() {
    let shape = (1, 4, 8, 8);
    for source in SeedSource::ALL {
        let draws = |variation| {
            let mut noise = Noise::of([&Recipe {
                seed: 5,
                seed_source: *source,
                variation,
                ..Recipe::default()
            }]);
            let first = noise.draw_first(shape);
            (first, noise.draw(shape))
        };
        let with = |seed, strength| draws(Some(Variation { seed, strength }));
        let (own, next) = draws(None);
        assert_eq!(with(9, 0.0), (own.clone(), next.clone()), "{source}");
        let (mixed, next_of_mixed) = with(9, 0.2);
        assert_ne!(mixed, own, "{source}");
        assert_eq!(next_of_mixed, next, "{source}");
        let other = Noise::new(9, *source).draw(shape);
        let (whole, _) = with(9, 1.0);
        assert!(
            whole.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-5),
            "{source}"
        );
    }
}

/// The pictures of a batch get the noise that each would get alone, in every draw.
#[test]
fn a_batch_shares_no_noise() {
    for (source, strength) in SeedSource::ALL.iter().zip([0.0, 0.3]) {
        let recipe = Recipe {
            seed: 5,
            seed_source: *source,
            variation: Some(Variation { seed: 9, strength }),
            ..Recipe::default()
        };
        let recipes = [0, 1, 2].map(|index| recipe.nth(index));
        let mut together = Noise::of(&recipes);
        let found = [
            together.draw_first((3, 4, 8, 8)),
            together.draw((3, 4, 8, 8)),
        ];
        for (index, recipe) in recipes.iter().enumerate() {
            let mut alone = Noise::of([recipe]);
            let expected = [alone.draw_first((1, 4, 8, 8)), alone.draw((1, 4, 8, 8))];
            for (found, expected) in found.iter().zip(expected) {
                let one = found.index_axis(Axis(0), index);
                assert_eq!(one, expected.index_axis(Axis(0), 0), "{source} {index}");
            }
        }
    }
}
