//! `recipe::wildcard`: choices that the seed makes.

use std::collections::BTreeSet;

use pentimento::recipe::Recipe;
use pentimento::recipe::wildcard::{Wildcards, mistakes, resolve};

fn lists() -> Wildcards {
    Wildcards::default()
        .with_list("color", &["red", "{light|dark} blue"])
        .with_list("folder/one", &["x"])
        .with_list("loop", &["a __loop__"])
}

/// A template, and everything that it can become.
const TEMPLATES: &[(&str, &[&str])] = &[
    ("a hand", &["a hand"]),
    ("{a}", &["a"]),
    ("{}", &[""]),
    ("{a|b} c", &["a c", "b c"]),
    ("{a|{b|c}}", &["a", "b", "c"]),
    ("{a|}x", &["ax", "x"]),
    (
        "__color__ hand",
        &["red hand", "light blue hand", "dark blue hand"],
    ),
    (
        "{__color__|green}",
        &["red", "light blue", "dark blue", "green"],
    ),
    ("__folder/one__", &["x"]),
    // Other brackets pass through whole.
    ("{[a|b]|(c:1.2)}", &["[a|b]", "(c:1.2)"]),
    ("[a|b] [c:d:3] x|y", &["[a|b] [c:d:3] x|y"]),
    (
        r"\{a\|b\} \__color__ \(c\) \",
        &[r"{a|b} __color__ \(c\) \"],
    ),
    (
        "snake_case a__b __ ____ __a b__",
        &["snake_case a__b __ ____ __a b__"],
    ),
    ("{手|指}", &["手", "指"]),
];

#[test]
fn templates_become_each_of_their_choices() {
    for (template, expected) in TEMPLATES {
        let found: BTreeSet<_> = (0..200)
            .map(|seed| resolve(template, seed, &lists()).unwrap())
            .collect();
        let expected: BTreeSet<_> = expected.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(found, expected, "{template}");
    }
}

#[test]
fn the_seed_chooses_alike_everywhere() {
    // SplitMix64 from seed 0 gives e220a8397b1dcdaf first, then 6e789e6aa1b965f4: shares of .88 and .43.
    assert_eq!(resolve("{a|b|c|d} {a|b|c|d}", 0, &lists()).unwrap(), "d b");
    let counts = (0..4000)
        .filter(|seed| resolve("{a|b}", *seed, &lists()).unwrap() == "a")
        .count();
    assert!((1900..2100).contains(&counts), "{counts}");
}

/// A template, the part that the complaint shows, and words of it.
const WRONG: &[(&str, &str, &str)] = &[
    ("a {b|c", "{", "never closed"),
    ("a} b", "}", "closes nothing"),
    ("a __nowhere__ b", "__nowhere__", "no folder for wildcards"),
    (
        "手 {__nowhere__|__nowhere__}",
        "__nowhere__",
        "no folder for wildcards",
    ),
    ("a __loop__", "__loop__", "does a list name itself"),
];

#[test]
fn what_cannot_be_resolved_is_shown() {
    for (template, fragment, words) in WRONG {
        let error = resolve(template, 1, &lists()).unwrap_err();
        assert_eq!(error.fragment, *fragment, "{template}: {error}");
        assert_eq!(&template[error.range.clone()], *fragment, "{template}");
        assert!(error.to_string().contains(words), "{template}: {error}");
    }
}

#[test]
fn lists_are_read_from_files() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("pose.txt"),
        "# remarks\n\n  open \r\nfist\n",
    )
    .unwrap();
    std::fs::write(dir.path().join("none.txt"), "# nothing\n").unwrap();
    let wildcards = Wildcards::in_folder(Some(dir.path().to_owned()));
    let found: BTreeSet<_> = (0..50)
        .map(|seed| resolve("__pose__", seed, &wildcards).unwrap())
        .collect();
    assert_eq!(
        found,
        BTreeSet::from(["open".to_owned(), "fist".to_owned()])
    );
    for (name, words) in [
        ("none", "write one a line"),
        ("other", "create "),
        ("../pose", ""),
    ] {
        let template = format!("__{name}__");
        match resolve(&template, 1, &wildcards) {
            Err(error) => assert!(
                error.to_string().contains(words) && !words.is_empty(),
                "{error}"
            ),
            // Not a name, so not a wildcard.
            Ok(text) => assert_eq!((text.as_str(), words), (template.as_str(), "")),
        }
    }
}

#[test]
fn a_recipe_keeps_its_templates_beside() {
    let recipe = Recipe {
        prompt: "{a|b|c} hand".to_owned(),
        negative_prompt: "plain".to_owned(),
        seed: 0,
        ..Recipe::default()
    };
    let (resolved, templates) = recipe.with_wildcards_resolved(&lists()).unwrap();
    assert_eq!(resolved.prompt, "c hand");
    assert_eq!(templates.prompt, Some(recipe.prompt.clone()));
    assert_eq!(templates.negative_prompt, None);
    assert_eq!(
        Recipe {
            prompt: recipe.prompt.clone(),
            ..resolved
        },
        recipe
    );
}

/// A template, and the fragments that are marked in it whatever the seed.
const MARKED: &[(&str, &[&str])] = &[
    ("a hand", &[]),
    ("__color__ {a|{b|c}} __loop__", &[]),
    (r"\{ \} \__nowhere__", &[]),
    ("a {b|c", &["{"]),
    ("手} {a", &["}", "{"]),
    (
        "{red|{手 __nowhere__|b}} __no__ }",
        &["__nowhere__", "__no__", "}"],
    ),
];

#[test]
fn all_mistakes_are_found_in_every_choice() {
    for (template, expected) in MARKED {
        let found = mistakes(template, &lists());
        let fragments: Vec<_> = found.iter().map(|it| it.fragment.as_str()).collect();
        assert_eq!(fragments, *expected, "{template}");
        for mistake in &found {
            let marked = &template[mistake.range.clone()];
            assert_eq!(marked, mistake.fragment, "{template}");
        }
    }
    // Many braces are no reason to run out of stack.
    let deep = "{".repeat(100_000) + &"}".repeat(100_000);
    assert!(!mistakes(&deep[99_000..101_000], &lists()).is_empty());
}
