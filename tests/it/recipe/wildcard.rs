//! `recipe::wildcard`: choices that the seed makes.

use std::collections::BTreeSet;

use pentimento::recipe::Recipe;
use pentimento::recipe::wildcard::{Wildcards, literal, mistakes, resolve};
use proptest::prelude::*;

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
    // In front of what has a meaning two backslashes are one.
    (r"\\{a|b}", &[r"\a", r"\b"]),
    (r"\\\{a\\\} \\ \\a \_a_", &[r"\{a\} \\ \\a \_a_"]),
    (r"{a\\|b\|c}", &[r"a\\", "b|c"]),
    // As dynamicprompts 0.31 has them.
    ("{2$$a|b|c}", &["a,b", "a,c", "b,a", "b,c", "c,a", "c,b"]),
    ("{1-2$$, $$a|b}", &["a", "b", "a, b", "b, a"]),
    ("{2$$ | $$a|b}", &["a | b", "b | a"]),
    ("{-2$$a|b}", &["a", "b", "a,b", "b,a"]),
    ("{2-$$a|b}", &["a,b", "b,a"]),
    ("{2-1$$a|b}", &["a", "b", "a,b", "b,a"]),
    ("{0$$a|b}x", &["x"]),
    ("{0-1$$a|b}", &["", "a", "b"]),
    ("{5$$a|b}", &["a,b", "b,a"]),
    ("{2$$a}", &["a"]),
    ("{2$$a||b}", &["a", "b", "a,b", "b,a"]),
    ("{2$$ a | b }", &[" a , b ", " b , a "]),
    (
        "{2$$-$$__color__}",
        &[
            "red-light blue",
            "red-dark blue",
            "light blue-red",
            "dark blue-red",
        ],
    ),
    (
        "{2$$+$${a|b}|__folder/one__}",
        &["a+x", "b+x", "x+a", "x+b"],
    ),
    ("{3::a|.5::b|c}", &["a", "b", "c"]),
    ("{0::a|b}", &["b"]),
    ("{2$$0::a|3::b|c}", &["b,c", "c,b"]),
    ("{2$$a|3::{b|c}}", &["a,b", "a,c", "b,a", "c,a"]),
    ("{a:: b|1e2::c|-1::d}", &["a:: b", "1e2::c", "-1::d"]),
    ("costs $5, $$ and 3::2", &["costs $5, $$ and 3::2"]),
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
    ("a {x$$b|c}", "x$$", "no count stands"),
    ("手 {-$$b|c}", "-$$", "no count stands"),
    ("{a {$$b|c}}", "$$", "no count stands"),
    ("a {0::b|0::c}", "{0::b|0::c}", "weighs more than 0"),
    ("{2$$__nowhere__}", "__nowhere__", "no folder for wildcards"),
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
    let resolved = recipe.with_wildcards_resolved(&lists()).unwrap();
    assert_eq!(resolved.recipe.prompt, "c hand");
    let template = ("Template".to_owned(), recipe.prompt.clone());
    assert_eq!(resolved.beside, [template]);
    assert_eq!(
        Recipe {
            prompt: recipe.prompt.clone(),
            ..resolved.recipe
        },
        recipe
    );
}

/// A template, and the fragments that are marked in it whatever the seed.
const MARKED: &[(&str, &[&str])] = &[
    ("a hand", &[]),
    ("__color__ {a|{b|c}} __loop__", &[]),
    (r"\{ \} \__nowhere__", &[]),
    ("{1-2$$ and $$a|3::b}", &[]),
    ("a {two$$b|c} {0::d}", &["two$$", "{0::d}"]),
    ("{9$$__nowhere__|b}", &["__nowhere__"]),
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

#[test]
fn weights_make_choices_likelier() {
    let count = |template: &str, wanted: &str| {
        (0..4000)
            .filter(|seed| resolve(template, *seed, &lists()).unwrap() == wanted)
            .count()
    };
    for (template, wanted, expected) in [
        ("{3::a|b}", "a", 3000),
        ("{0.5::a|0.5::b}", "a", 2000),
        ("{3::a|2::b|c}", "b", 1333),
        ("{2$$3::a|b|0::c}", "a,b", 3000),
        ("{1-3$$a|b|c}", "b", 444),
        ("{2$$a|b|c}", "c,a", 667),
    ] {
        let found = count(template, wanted);
        assert!(found.abs_diff(expected) < 150, "{template}: {found}");
    }
}

/// Words that ran, and the template that becomes them and nothing else.
const LITERAL: &[(&str, &str)] = &[
    ("a (hand:1.2), [a|b]", "a (hand:1.2), [a|b]"),
    (r"\(plain\) \\ \", r"\(plain\) \\ \"),
    ("{open|fist}", r"\{open|fist\}"),
    (r"\{open\}", r"\\\{open\\\}"),
    (r"[a\|b]", r"[a\\|b]"),
    ("__color__ a__b ____", r"\__color__ a__b ____"),
    ("__a__b__", r"\__a\__b__"),
    (r"\__color__", r"\\\__color__"),
];

#[test]
fn words_that_ran_become_a_template_of_just_them() {
    for (words, template) in LITERAL {
        assert_eq!(literal(words), *template, "{words}");
        assert_eq!(
            resolve(template, 3, &lists()).unwrap(),
            *words,
            "{template}"
        );
    }
}

proptest! {
    #[test]
    fn any_words_come_back(words in r"[\\{}|_$:a0 \-手]{0,24}|(?s).{0,40}", seed: u64) {
        let template = literal(&words);
        prop_assert_eq!(resolve(&template, seed, &lists()).unwrap(), words);
        prop_assert!(mistakes(&template, &lists()).is_empty());
    }

    #[test]
    fn any_template_is_read(template in r"[\\{}|_$:a0-9.\- 手]{0,40}", seed: u64) {
        let found = mistakes(&template, &lists());
        for mistake in &found {
            // Slicing panics off a character's edge.
            prop_assert_eq!(&template[mistake.range.clone()], &mistake.fragment);
        }
        let resolved = resolve(&template, seed, &lists());
        prop_assert!(resolved.is_ok() || !found.is_empty(), "{:?}", resolved);
    }
}
