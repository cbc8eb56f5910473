//! `recipe::sweep`: a recipe through lists of values.

use pentimento::recipe::field::Field;
use pentimento::recipe::field::rows::{GUIDANCE, PROMPT, SEED, STEPS};
use pentimento::recipe::sweep::{MOST, SweepAxis, SweepError, grid};
use pentimento::recipe::{Control, Recipe, Sampler, Spacing, Variation};

/// An axis as it is typed, and its values.
const AXES: &[(&str, &Field, &[&str])] = &[
    ("cfg=3,5.5,7", &GUIDANCE, &["3", "5.5", "7"]),
    ("steps = 1 , 2 ", &STEPS, &["1", "2"]),
    (
        r#"prompt=red,"a, ""b""" ,"""#,
        &PROMPT,
        &["red", "a, \"b\"", ""],
    ),
    ("prompt=a=b", &PROMPT, &["a=b"]),
];

#[test]
fn axes_are_parsed() {
    for (text, parameter, values) in AXES {
        let axis: SweepAxis = text.parse().unwrap();
        assert_eq!(
            (axis.parameter, axis.values),
            (*parameter, values.iter().map(|v| (*v).to_owned()).collect()),
            "{text}"
        );
    }
    for (text, words) in [
        ("cfg", "write a parameter"),
        ("cfg=", "write a parameter"),
        ("cfg=1,,2", "write a parameter"),
        ("prompt=\"a", "write a parameter"),
        ("prompt=\"a\"b", "write a parameter"),
        ("color=red", "choose one of prompt, steps"),
    ] {
        let error = text.parse::<SweepAxis>().unwrap_err();
        assert!(error.to_string().contains(words), "{text}: {error}");
    }
}

type Change = fn(&mut Recipe);

/// An axis, and what its last value makes of a recipe.
const APPLIED: &[(&str, Change)] = &[
    ("steps=1,9", |r| r.steps = 9),
    ("cfg=2", |r| r.guidance_scale = 2.0),
    ("strength=0.25", |r| r.strength = 0.25),
    // The schedule was the usual one of the sampler before.
    ("sampler=lms,euler", |r| {
        (r.sampler, r.spacing) = (Sampler::Euler, Spacing::Uniform)
    }),
    ("schedule=beta", |r| r.spacing = Spacing::Beta),
    ("seed=3,4", |r| r.seed = 4),
    ("variation-strength=0.5", |r| {
        r.variation = Some(Variation {
            seed: 11,
            strength: 0.5,
        })
    }),
    ("variation-seed=5", |r| {
        r.variation = Some(Variation {
            seed: 5,
            strength: 0.1,
        })
    }),
    ("mask-blur=9", |r| r.mask_blur = 9.0),
    ("padding=7", |r| r.padding = 7),
    ("control-weight=0.25", |r| r.controls[0].weight = 0.25),
    ("prompt=red,blue", |r| {
        r.prompt = "a blue hand, blue".to_owned();
        r.negative_prompt = "not blue".to_owned();
    }),
];

fn recipe() -> Recipe {
    Recipe {
        prompt: "a red hand, red".to_owned(),
        negative_prompt: "not red".to_owned(),
        seed: 10,
        controls: vec![Control::default()],
        ..Recipe::default()
    }
}

#[test]
fn values_are_put_in_their_place() {
    for (text, change) in APPLIED {
        let axis: SweepAxis = text.parse().unwrap();
        let mut expected = recipe();
        change(&mut expected);
        let across = grid(&recipe(), Some(&axis), None).unwrap();
        let down = grid(&recipe(), None, Some(&axis)).unwrap();
        assert_eq!(across[0].last(), Some(&expected), "{text}");
        assert_eq!(down.last().unwrap(), &[expected], "{text}");
    }
    // A schedule that was chosen stays.
    let chosen = Recipe {
        spacing: Spacing::Beta,
        ..recipe()
    };
    let axis: SweepAxis = "sampler=euler".parse().unwrap();
    assert_eq!(
        grid(&chosen, Some(&axis), None).unwrap()[0][0].spacing,
        Spacing::Beta
    );
}

#[test]
fn rows_go_down_and_columns_across() {
    let (x, y): (SweepAxis, SweepAxis) =
        ("cfg=1,2,3".parse().unwrap(), "steps=4,5".parse().unwrap());
    let grid: Vec<Vec<_>> = grid(&recipe(), Some(&x), Some(&y))
        .unwrap()
        .iter()
        .map(|row| {
            row.iter()
                .map(|r| (r.guidance_scale as u32, r.steps))
                .collect()
        })
        .collect();
    assert_eq!(grid, [[(1, 4), (2, 4), (3, 4)], [(1, 5), (2, 5), (3, 5)]]);
    assert_eq!(x.labels(), ["cfg 1", "cfg 2", "cfg 3"]);
}

#[test]
fn bad_values_are_refused_before_anything_runs() {
    for (text, words) in [
        ("steps=4,x", "`x` is not a value of steps"),
        ("sampler=eular", "choose one of euler"),
        ("prompt=green,blue", "`green` is in neither prompt"),
        ("control-weight=0.5,1", "has no ControlNet"),
    ] {
        let axis: SweepAxis = text.parse().unwrap();
        let recipe = Recipe {
            controls: Vec::new(),
            ..recipe()
        };
        let error = grid(&recipe, Some(&axis), None).unwrap_err();
        assert!(error.to_string().contains(words), "{text}: {error}");
    }
    let many = SweepAxis {
        parameter: &SEED,
        values: vec!["1".to_owned(); 40],
    };
    let error = grid(&recipe(), Some(&many), Some(&many)).unwrap_err();
    assert_eq!(error, SweepError::TooMany(1600), "more than {MOST}");
}
