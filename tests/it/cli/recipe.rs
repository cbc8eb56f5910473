//! Recipes that travel with pictures, presets, wildcards, series.

mod foreign;

use std::path::Path;
use std::process::Output;

use pentimento::raster::Picture;
use pentimento::raster::file;
use pentimento::recipe::parsed::read_metadata;
use pentimento::recipe::{Parsed, Recipe, Sampler, SeedSource, Variation};

use super::{folder, listing, model, run};

/// Runs a repaint of two steps with the tiny model.
fn repaint(dir: &Path, more: &[&str]) -> Output {
    let model = model();
    let mut args = vec![
        "repaint",
        "--model",
        model.to_str().unwrap(),
        "--device",
        "cpu",
    ];
    args.extend(more);
    let output = run(dir, &args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{more:?}: {stderr}");
    output
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn recipe_of(path: &Path) -> Parsed {
    let metadata = file::read(path).unwrap().metadata;
    read_metadata(
        &metadata.text,
        metadata.comment().as_deref(),
        &Recipe::default(),
    )
    .unwrap()
}

fn pixels(path: &Path) -> Picture {
    file::read(path).unwrap().picture
}

/// A recipe that is not the usual one anywhere that matters.
const ASKED: &[&str] = &[
    "--image",
    "picture.png",
    "--mask",
    "mask.png",
    "--prompt",
    "a (hand:1.1), [x:y:1]",
    "--negative",
    "six: 手",
    "--steps",
    "4",
    "--strength",
    "0.5",
    "--cfg",
    "3.5",
    "--sampler",
    "euler-a",
    "--seed",
    "7",
    "--seed-source",
    "philox",
    "--variation-seed",
    "9",
    "--variation-strength",
    "0.2",
    "--mask-blur",
    "2.5",
];

#[test]
fn a_picture_carries_its_recipe_and_is_made_again_from_it() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    let expected = Recipe {
        prompt: "a (hand:1.1), [x:y:1]".to_owned(),
        negative_prompt: "six: 手".to_owned(),
        strength: 0.5,
        steps: 4,
        guidance_scale: 3.5,
        sampler: Sampler::EulerA,
        spacing: Sampler::EulerA.usual_spacing(),
        seed: 7,
        seed_source: SeedSource::Philox,
        variation: Some(Variation {
            seed: 9,
            strength: 0.2,
        }),
        mask_blur: 2.5,
        ..Recipe::default()
    };
    for name in ["a.png", "a.jpg", "a.webp"] {
        let args = [ASKED, &["--out", name]].concat();
        repaint(dir.path(), &args);
        let parsed = recipe_of(&at(name));
        assert_eq!(parsed.recipe, expected, "{name}");
        assert!(parsed.size.is_some(), "{name}");
    }
    for source in ["a.png", "a.jpg", "a.webp"] {
        repaint(
            dir.path(),
            &[
                "--image",
                "picture.png",
                "--mask",
                "mask.png",
                "--recipe",
                source,
                "--out",
                "again.png",
            ],
        );
        assert_eq!(pixels(&at("again.png")), pixels(&at("a.png")), "{source}");
    }
    // What is typed counts more, and what is not known is shown.
    let output = repaint(
        dir.path(),
        &[
            "--image",
            "picture.png",
            "--mask",
            "mask.png",
            "--recipe",
            "a.png",
            "--seed",
            "8",
            "--sampler",
            "heun",
            "--out",
            "other.png",
        ],
    );
    let changed = Recipe {
        seed: 8,
        sampler: Sampler::Heun,
        spacing: Sampler::Heun.usual_spacing(),
        ..expected
    };
    assert_eq!(recipe_of(&at("other.png")).recipe, changed);
    let said = stderr(&output);
    assert!(
        said.contains("not used here: ") && said.contains("Model: "),
        "{said}"
    );
}

#[test]
fn recipes_are_read_from_text_and_json() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    std::fs::write(
        at("a1111.txt"),
        "a hand\nSteps: 2, Sampler: LMS Karras, CFG scale: 2, Seed: 4, Size: 48x64, ENSD: 31337",
    )
    .unwrap();
    let output = repaint(dir.path(), &["--recipe", "a1111.txt", "--out", "new.png"]);
    assert!(
        stderr(&output).contains("not used here: ENSD: 31337"),
        "{}",
        stderr(&output)
    );
    let size = pixels(&at("new.png")).size();
    assert_eq!(
        (size.width, size.height),
        (48, 64),
        "a new picture has the recipe's size"
    );
    let recipe = recipe_of(&at("new.png")).recipe;
    assert_eq!(
        (recipe.sampler, recipe.steps, recipe.seed, recipe.strength),
        (Sampler::Lms, 2, 4, 1.0)
    );
    assert_eq!(recipe.seed_source, SeedSource::Philox);

    std::fs::write(at("mine.json"), r#"{"steps": 2, "seed": 3, "prompt": "x"}"#).unwrap();
    repaint(
        dir.path(),
        &[
            "--recipe",
            "mine.json",
            "--size",
            "40x40",
            "--out",
            "json.png",
        ],
    );
    assert_eq!(recipe_of(&at("json.png")).recipe.seed, 3);
}

#[test]
fn presets_are_kept_and_used() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    let asked = [
        "--size",
        "40x40",
        "--prompt",
        "{a|b} hand",
        "--steps",
        "2",
        "--seed",
        "6",
        "--cfg",
        "2",
    ];
    repaint(
        dir.path(),
        &[
            &asked[..],
            &["--save-preset", "My hands", "--out", "first.png"],
        ]
        .concat(),
    );
    assert_eq!(listing(&at("config/presets")), ["My hands.json"]);
    repaint(dir.path(), &["--preset", "My hands", "--out", "second.png"]);
    assert_eq!(pixels(&at("first.png")), pixels(&at("second.png")));
    assert_eq!(recipe_of(&at("first.png")), recipe_of(&at("second.png")));

    std::fs::write(at("config/presets/bad.json"), "{").unwrap();
    let output = run(
        dir.path(),
        &["repaint", "--preset", "bad", "--out", "third.png"],
    );
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("the preset is damaged") && said.trim_end().lines().count() == 1,
        "{said}"
    );
}

#[test]
fn a_series_is_numbered_and_counts_seeds_and_wildcards() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    std::fs::create_dir_all(at("config/wildcards")).unwrap();
    let poses: Vec<_> = (0..50).map(|n| format!("pose {n}")).collect();
    std::fs::write(at("config/wildcards/pose.txt"), poses.join("\n")).unwrap();
    let asked = [
        "--size",
        "40x40",
        "--prompt",
        "hand, __pose__",
        "--steps",
        "2",
        "--cfg",
        "1",
        "--seed",
        "20",
    ];
    let output = repaint(
        dir.path(),
        &[&asked[..], &["--count", "3", "--json", "--out", "s.png"]].concat(),
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    let seeds: Vec<_> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["seed"]
                .as_u64()
                .unwrap()
        })
        .collect();
    assert_eq!(seeds, [20, 21, 22]);
    let mut prompts = Vec::new();
    for (name, seed) in [("s-1.png", 20), ("s-2.png", 21), ("s-3.png", 22)] {
        let parsed = recipe_of(&at(name));
        assert_eq!(parsed.recipe.seed, seed, "{name}");
        assert!(
            poses
                .iter()
                .any(|pose| parsed.recipe.prompt == format!("hand, {pose}")),
            "{}",
            parsed.recipe.prompt
        );
        let template = ("Template".to_owned(), "hand, __pose__".to_owned());
        assert!(parsed.others.contains(&template), "{:?}", parsed.others);
        prompts.push(parsed.recipe.prompt);
    }
    prompts.dedup();
    assert!(prompts.len() > 1, "{prompts:?}");
    assert!(!at("s.png").exists());

    // What differs only in its seed is made together; wildcards that came out otherwise are not.
    for (prompt, out) in [("hand, __pose__", "b.png"), ("hand", "h.png")] {
        let more = [
            "--prompt", prompt, "--count", "3", "--batch", "2", "--out", out,
        ];
        repaint(dir.path(), &[&asked[..2], &asked[4..], &more].concat());
    }
    for number in 1..=3 {
        let [single, batched] = ["s", "b"].map(|name| at(&format!("{name}-{number}.png")));
        assert_eq!(pixels(&single), pixels(&batched), "{number}");
        assert_eq!(recipe_of(&single).recipe, recipe_of(&batched).recipe);
    }
    let last = recipe_of(&at("h-3.png"));
    assert_eq!(
        (last.recipe.prompt.as_str(), last.recipe.seed),
        ("hand", 22)
    );
    assert_ne!(pixels(&at("h-1.png")), pixels(&at("h-2.png")));

    // Alone, a seed gives the picture that it gives in a series.
    repaint(
        dir.path(),
        &[&asked[..8], &["--seed", "21", "--out", "alone.png"]].concat(),
    );
    assert_eq!(pixels(&at("alone.png")), pixels(&at("s-2.png")));
}

/// Prompts and negative prompts whose pictures are made again from their own recipe.
const AGAIN: &[(&str, &str)] = &[
    (r"\{open hand|fist\} c", r"\__pose__"),
    ("{open hand|fist} c", "__pose__ {x|y}"),
    ("{2$$ and $$3::a|b|c}", r"\\{a|b}"),
    (r"C:\\\{x\\\} [a\\\|b]", r"\\\__pose__ \(y\)"),
    ("a\nSteps: 1, Seed: 2, Size: 3x3", "Negative prompt: x\ny"),
    ("  edge \n", "\"quoted, 'q'\" \\"),
    ("(a <lora:x:1> b:1.2), embedding:y", "<segment:face>"),
    ("手 {é|ü}\r\n\tx", "Template: {a|b}, Version: v1"),
];

#[test]
fn a_picture_of_any_prompt_is_made_again_from_its_recipe() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    std::fs::create_dir_all(at("config/wildcards")).unwrap();
    std::fs::write(at("config/wildcards/pose.txt"), "open\n{fist|palm}\n").unwrap();
    for (index, (prompt, negative)) in AGAIN.iter().enumerate() {
        let subject = ["--image", "picture.png", "--mask", "mask.png", "--out"];
        let words = ["--prompt", prompt, "--negative", negative];
        let seed = (index + 3).to_string();
        let numbers = ["--steps", "2", "--cfg", "2", "--seed", &seed];
        for (first, again) in [("a.jpg", "b.png"), ("a.png", "b.png")] {
            repaint(
                dir.path(),
                &[&subject[..], &[first], &words, &numbers].concat(),
            );
            repaint(
                dir.path(),
                &[&subject[..], &[again, "--recipe", first]].concat(),
            );
            let both = [first, again].map(|name| recipe_of(&at(name)));
            assert_eq!(both[0], both[1], "{prompt}");
        }
        assert_eq!(pixels(&at("a.png")), pixels(&at("b.png")), "{prompt}");
    }
}

#[test]
fn names_in_tags_change_no_pixel_and_are_told() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    let tagged =
        |name: &str| format!("(hand <lora:{name}:0.8>:1.2), <hypernet:{name}>, embedding:{name}");
    let make = |prompt: &str, negative: &str, out: &str| {
        let usual = [
            "--size", "40x40", "--steps", "2", "--cfg", "2", "--seed", "4",
        ];
        let own = ["--prompt", prompt, "--negative", negative, "--out", out];
        repaint(dir.path(), &[&usual[..], &own].concat())
    };
    for (name, out) in [("x", "x.png"), ("much longer", "y.png")] {
        let (prompt, negative) = (tagged(name), format!("bad <embed:{name}>"));
        let said = stderr(&make(&prompt, &negative, out));
        let line =
            format!("not applied, and kept in the recipe: `<hypernet:{name}>`, `<embed:{name}>`");
        assert!(said.lines().any(|own| own == line), "{said}");
        let missing = format!("no LoRA is called `{name}`");
        assert!(said.lines().any(|own| own.starts_with(&missing)), "{said}");
        assert_eq!(recipe_of(&at(out)).recipe.prompt, prompt);
    }
    make("(hand :1.2), ,  longer", "bad ", "z.png");
    assert_eq!(pixels(&at("y.png")), pixels(&at("z.png")));
}

#[test]
fn a_new_picture_may_say_that_its_strength_is_one() {
    let dir = folder();
    let args = ["--size", "40x40", "--steps", "2", "--seed", "1", "--out"];
    for (out, more) in [("a.png", &[][..]), ("b.png", &["--strength", "1"])] {
        repaint(dir.path(), &[&args[..], &[out], more].concat());
    }
    let at = |name: &str| dir.path().join(name);
    assert_eq!(pixels(&at("a.png")), pixels(&at("b.png")));
    let output = run(
        dir.path(),
        &["repaint", "--strength", "0.9", "--out", "c.png"],
    );
    assert!(
        stderr(&output).contains("or leave it at 1"),
        "{}",
        stderr(&output)
    );
    assert_eq!(output.status.code(), Some(2));
}
