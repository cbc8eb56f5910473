//! Recipes of other programs, run from the command line.

use pentimento::raster::file;

use super::{folder, model, repaint, run, stderr};

/// A file with a recipe of another program, what is said of it, and what of the prompt is run.
const FOREIGN: &[(&str, &[&str], &str)] = &[
    (
        "[style:ink], open hand\nSteps: 2, Sampler: Euler a, Seed: 5, Size: 40x40",
        &["`[style:ink]` has another meaning here or none and was taken as text"],
        r"\[style:ink\], open hand",
    ),
    (
        "{open} __hand__ {\nSteps: 2, Sampler: Euler a, Seed: 5, Size: 40x40",
        &[],
        "{open} __hand__ {",
    ),
    (
        r#"{"1": {"class_type": "KSampler", "inputs": {"seed": 5, "steps": 2, "denoise": 1, "positive": ["2", 0], "latent_image": ["3", 0]}}, "2": {"class_type": "X", "inputs": {}}, "3": {"class_type": "E", "inputs": {"width": 40, "height": 40}}}"#,
        &["the prompt was not found in the graph of nodes; type it"],
        "",
    ),
];

#[test]
fn recipes_of_other_programs_are_run_with_a_word_about_it() {
    let dir = folder();
    for (index, (text, said, prompt)) in FOREIGN.iter().enumerate() {
        let out = dir.path().join(format!("{index}.png"));
        std::fs::write(dir.path().join("recipe.txt"), text).unwrap();
        let name = out.to_str().unwrap();
        let output = repaint(dir.path(), &["--recipe", "recipe.txt", "--out", name]);
        for words in *said {
            assert!(
                stderr(&output).contains(words),
                "{text}: {}",
                stderr(&output)
            );
        }
        let metadata = file::read(&out).unwrap().metadata;
        let (_, infotext) = &metadata.text[0];
        assert!(infotext.starts_with(prompt), "{text}: {infotext}");
    }
}

#[test]
fn no_note_is_longer_than_a_line() {
    let dir = folder();
    let letters = "A".repeat(1_000_000);
    let texts = [
        format!(
            r#"{{"1": {{"class_type": "KSampler", "inputs": {{"seed": 5, "steps": 2, "denoise": 1, "latent_image": ["3", 0], "positive": "x"}}}}, "3": {{"class_type": "E", "inputs": {{"width": 40, "height": 40, "{letters}": 1, "data": "{letters}"}}}}}}"#
        ),
        format!("a hand\nSteps: 2, Seed: 5, Size: 40x40, Note: {letters}, {letters}: 1"),
        format!("a hand{}\nSteps: 2, Seed: 5, Size: 40x40", ")".repeat(500)),
        format!("a [{letters}:{letters}\nSteps: 2, Seed: 5, Size: 40x40"),
    ];
    let wrong = format!(r#"{{"sampler": "{letters}"}}"#);
    for (index, text) in texts.iter().chain([&wrong]).enumerate() {
        std::fs::write(dir.path().join("recipe.txt"), text).unwrap();
        let model = model();
        let args = [
            "repaint",
            "--model",
            model.to_str().unwrap(),
            "--device",
            "cpu",
        ];
        // A prompt of a million letters is for reading only.
        let prompt = ["--recipe", "recipe.txt", "--out", "o.png", "--prompt", "a"];
        let own = if index == 2 {
            &prompt[..4]
        } else {
            &prompt[..]
        };
        let output = run(dir.path(), &[&args[..], own].concat());
        assert_eq!(output.status.success(), index < texts.len(), "{index}");
        let said = stderr(&output);
        assert!(
            said.lines().all(|line| line.chars().count() <= 650),
            "{index}"
        );
        assert!(said.lines().count() < 20, "{index}");
    }
}

#[test]
fn what_a_foreign_recipe_says_beside_is_in_the_result_too() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    let line = r#"ADetailer model: face.pt, Hashes: {"model": "1f", "lora:x": "2e"}, Lora hashes: "x: 2e, y: 3d", ENSD: 31337"#;
    let text = format!(
        "a {{hand}}\nSteps: 2, Sampler: Euler, CFG scale: 2, Seed: 4, Size: 48x64, Model hash: 6ce, {line}, Version: v1.10.1"
    );
    std::fs::write(at("a1111.txt"), text).unwrap();
    repaint(dir.path(), &["--recipe", "a1111.txt", "--out", "new.png"]);
    let metadata = file::read(&at("new.png")).unwrap().metadata;
    let (_, text) = &metadata.text[0];
    assert!(text.starts_with("a {hand}\nSteps: 2, "), "{text}");
    assert!(
        text.contains(&format!(", {line}, Version: pentimento ")),
        "{text}"
    );
    assert!(
        !text.contains("v1.10.1") && !text.contains("Model hash"),
        "{text}"
    );
}
