//! `diffusion::prompt::schedule`: what changes from step to step, what is composed, and what is a mistake.

use pentimento::diffusion::prompt::check::{mistakes, unreadable};
use pentimento::diffusion::prompt::schedule::{Prompt, Role, Severity};
use proptest::prelude::*;

/// The runs of steps, of 10, in which a prompt's text stays the same: last step and text; A1111's own examples first (the docstring in `modules/prompt_parser.py`).
const SCHEDULES: &[(&str, &[(usize, &str)])] = &[
    ("test", &[(10, "test")]),
    ("a [b:3]", &[(3, "a "), (10, "a b")]),
    ("a [b: 3]", &[(3, "a "), (10, "a b")]),
    ("a [[[b]]:2]", &[(2, "a "), (10, "a [[b]]")]),
    ("[(a:2):3]", &[(3, ""), (10, "(a:2)")]),
    ("a [b : c : 1] d", &[(1, "a b  d"), (10, "a  c  d")]),
    ("a[b:[c:d:2]:1]e", &[(1, "abe"), (2, "ace"), (10, "ade")]),
    ("a [unbalanced", &[(10, "a [unbalanced")]),
    ("a [b:.5] c", &[(5, "a  c"), (10, "a b c")]),
    (
        "[a|(b:1.1)] c",
        &[
            (1, "a c"),
            (2, "(b:1.1) c"),
            (3, "a c"),
            (4, "(b:1.1) c"),
            (5, "a c"),
            (6, "(b:1.1) c"),
            (7, "a c"),
            (8, "(b:1.1) c"),
            (9, "a c"),
            (10, "(b:1.1) c"),
        ],
    ),
    (
        "[fe|||]male",
        &[
            (1, "female"),
            (4, "male"),
            (5, "female"),
            (8, "male"),
            (9, "female"),
            (10, "male"),
        ],
    ),
    // Ours.
    ("", &[(10, "")]),
    ("[a::0.3] b", &[(3, "a b"), (10, " b")]),
    ("[a:b:0]", &[(10, "b")]),
    ("[a:b:-2]", &[(10, "b")]),
    ("[a:b:10]", &[(10, "a")]),
    ("[a:b:99]", &[(10, "a")]),
    ("[a:b:0.29]", &[(2, "a"), (10, "b")]),
    ("[a:b:1.0]", &[(10, "a")]),
    ("[a:b:1]", &[(1, "a"), (10, "b")]),
    ("([a:b:4]:1.3)", &[(4, "(a:1.3)"), (10, "(b:1.3)")]),
    ("[[a|b]:c:2]", &[(1, "a"), (2, "b"), (10, "c")]),
    ("[手:指:0.5]", &[(5, "手"), (10, "指")]),
    (r"\[a:b:3\]", &[(10, r"\[a:b:3\]")]),
    (r"[a\:b:c:5]", &[(5, r"a\:b"), (10, "c")]),
    (
        "[weak] (strong) ((very:1.2))",
        &[(10, "[weak] (strong) ((very:1.2))")],
    ),
    ("16:9 a|b", &[(10, "16:9 a|b")]),
    ("[a BREAK b:c:5]", &[(5, "a BREAK b"), (10, "c")]),
    ("LAND AND_ BAND", &[(10, "LAND AND_ BAND")]),
];

#[test]
fn texts_change_when_they_should() {
    for (text, expected) in SCHEDULES {
        let (prompt, found) = Prompt::read(text, Role::Prompt);
        assert!(
            found
                .iter()
                .all(|mistake| mistake.severity == Severity::Odd),
            "{text}: {found:?}"
        );
        let [part] = prompt.parts() else {
            panic!("{text}: {prompt:?}");
        };
        let mut runs: Vec<(usize, String)> = Vec::new();
        for step in 1..=10 {
            let now = part.text_at(step, 10);
            match runs.last_mut() {
                Some((last, before)) if *before == now => *last = step,
                _ => runs.push((step, now)),
            }
        }
        let expected: Vec<_> = expected
            .iter()
            .map(|(last, text)| (*last, (*text).to_owned()))
            .collect();
        assert_eq!(runs, expected, "{text}");
    }
}

/// Prompts joined by `AND`, and text and weight of each.
const COMPOSITIONS: &[(&str, &[(&str, f32)])] = &[
    ("a hand", &[("a hand", 1.0)]),
    // A colon without an AND is a word.
    ("ratio 16:9", &[("ratio 16:9", 1.0)]),
    ("a AND b", &[("a", 1.0), ("b", 1.0)]),
    ("a :1.2 AND b:0.8", &[("a", 1.2), ("b", 0.8)]),
    (
        "a AND b : -0.5 AND c",
        &[("a", 1.0), ("b", -0.5), ("c", 1.0)],
    ),
    ("(a:1.2) AND b :.5", &[("(a:1.2)", 1.0), ("b", 0.5)]),
    ("a, AND, b", &[("a,", 1.0), (", b", 1.0)]),
    ("a :1e3 AND b", &[("a :1e3", 1.0), ("b", 1.0)]),
    ("a\nAND\nb", &[("a", 1.0), ("b", 1.0)]),
];

#[test]
fn prompts_are_composed() {
    for (text, expected) in COMPOSITIONS {
        let (prompt, found) = Prompt::read(text, Role::Prompt);
        assert!(found.is_empty(), "{text}: {found:?}");
        let parts: Vec<_> = prompt
            .parts()
            .iter()
            .map(|part| (part.text_at(1, 10), part.weight))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(text, weight)| ((*text).to_owned(), *weight))
            .collect();
        assert_eq!(parts, expected, "{text}");
        assert_eq!(prompt.is_composed(), expected.len() > 1, "{text}");
    }
    let (prompt, _) = Prompt::read("[a:b:3] AND c :2", Role::Prompt);
    let texts = |step| -> Vec<_> {
        let parts = prompt.parts().iter();
        parts.map(|part| part.text_at(step, 10)).collect()
    };
    assert_eq!(
        (texts(3), texts(4)),
        (
            vec!["a".to_owned(), "c".to_owned()],
            vec!["b".to_owned(), "c".to_owned()]
        )
    );
}

/// A mistake: severity, underlined text and words of the message.
type Expected = (Severity, &'static str, &'static str);

/// A prompt, and its mistakes.
const MISTAKES: &[(&str, &[Expected])] = &[
    (
        "a [b:c] d",
        &[(Severity::Wrong, "[b:c]", "the step is missing")],
    ),
    (
        "[a:b:c]",
        &[(Severity::Wrong, "[a:b:c]", "the step is missing")],
    ),
    (
        "[a:b:]",
        &[(Severity::Wrong, "[a:b:]", "the step is missing")],
    ),
    (
        "[a:b:0.5x]",
        &[(Severity::Wrong, "[a:b:0.5x]", "the step is missing")],
    ),
    (
        "[a:b:inf]",
        &[(Severity::Wrong, "[a:b:inf]", "the step is missing")],
    ),
    (
        "[a:b:c:3]",
        &[(Severity::Wrong, "[a:b:c:3]", "too many colons")],
    ),
    ("[a|b:3]", &[(Severity::Wrong, "[a|b:3]", "mixed")]),
    ("x [a:b:3", &[(Severity::Wrong, "[a:b:3", "never closed")]),
    ("x [a|b", &[(Severity::Wrong, "[a|b", "never closed")]),
    ("x [a", &[(Severity::Odd, "[", "never closed")]),
    ("x (a", &[(Severity::Odd, "(", "never closed")]),
    ("a) b", &[(Severity::Odd, ")", "closes nothing")]),
    ("a] b", &[(Severity::Odd, "]", "closes nothing")]),
    ("[a)]", &[(Severity::Odd, ")", "closes nothing")]),
    ("[(a]", &[(Severity::Odd, "(", "never closed")]),
    ("(a:high)", &[(Severity::Odd, ":", "no weight")]),
    ("[a:b:1.5]", &[(Severity::Odd, "1.5", "never reached")]),
    (
        "(a AND b)",
        &[(Severity::Wrong, "AND", "out of the brackets")],
    ),
    ("a AND ", &[(Severity::Odd, "AND", "one side is empty")]),
    ("AND a", &[(Severity::Odd, "AND", "one side is empty")]),
    (
        "手 [指:a]",
        &[(Severity::Wrong, "[指:a]", "the step is missing")],
    ),
    (
        "[a:b] ([c:d])",
        &[
            (Severity::Wrong, "[a:b]", "the step is missing"),
            (Severity::Wrong, "[c:d]", "the step is missing"),
        ],
    ),
];

#[test]
fn mistakes_are_found_where_they_are() {
    for (text, expected) in MISTAKES {
        let found = mistakes(text, Role::Prompt);
        assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
        for (mistake, (severity, underlined, words)) in found.iter().zip(*expected) {
            assert_eq!(mistake.severity, *severity, "{text}");
            assert_eq!(&text[mistake.range.clone()], *underlined, "{text}");
            assert!(
                mistake.message.contains(words),
                "{text}: {}",
                mistake.message
            );
        }
    }
    let wrong = unreadable("手 [指:a]", Role::Negative).unwrap();
    assert_eq!(
        (wrong.position, wrong.fragment.as_str()),
        (3, "[指:a]"),
        "{wrong}"
    );
    let negative = mistakes("a AND b", Role::Negative);
    assert_eq!(negative.len(), 1, "{negative:?}");
    assert_eq!(negative[0].severity, Severity::Wrong);
}

#[test]
fn brackets_may_not_lie_too_deep() {
    for bracket in ["(", "["] {
        let found = mistakes(&bracket.repeat(100_000), Role::Prompt);
        assert!(
            found
                .iter()
                .any(|mistake| mistake.message.contains("too deep"))
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in r"[a:|\[\]()\\ 0-9.ANDé]{0,40}") {
        let (prompt, found) = Prompt::read(&text, Role::Prompt);
        for mistake in &found {
            // Slicing panics off a character's edge.
            prop_assert!(text.get(mistake.range.clone()).is_some());
        }
        // What has no schedule comes out as it went in.
        let plain = !text.contains(['[', '|']) && !prompt.is_composed();
        if plain && found.iter().all(|mistake| mistake.severity == Severity::Odd) {
            prop_assert_eq!(prompt.parts()[0].text_at(1, 10), text);
        }
        prompt.texts(7);
    }
}
