//! `diffusion::prompt::readable`: prompts of other programs.

use pentimento::engine::{
    PromptRole, PromptSeverity, check_recipe, make_readable, prompt_mistakes,
};
use pentimento::recipe::Recipe;

/// A prompt, what becomes of it, and what is named in the note; nothing where nothing is changed.
const PROMPTS: &[(&str, &str, &[&str])] = &[
    ("a hand", "a hand", &[]),
    // Odd, but with a meaning.
    (
        "[ink], (hand:1.2), [a:b:0.5] [c|d] (open",
        "[ink], (hand:1.2), [a:b:0.5] [c|d] (open",
        &[],
    ),
    ("a AND b", "a AND b", &[]),
    (
        "[style:ink], open hand",
        r"\[style:ink\], open hand",
        &["`[style:ink]`"],
    ),
    ("[a:b:c:d:e]", r"\[a:b:c:d:e\]", &["`[a:b:c:d:e]`"]),
    ("[a:b|c]", r"\[a:b|c\]", &["`[a:b|c]`"]),
    ("x [a:b", r"x \[a:b", &["`[a:b`"]),
    (
        "[[x:ink]:(hand:1.2):0.5]",
        r"\[\[x:ink\]:(hand:1.2):0.5\]",
        &["`[x:ink]`"],
    ),
    ("(a AND b)", "(a and b)", &["`AND`"]),
    (
        "[a:b] [c:d] [e:f] [g:h]",
        r"\[a:b\] \[c:d\] \[e:f\] \[g:h\]",
        &["`[a:b]`", "and 1 more"],
    ),
    ("(hand:5000)", r"\(hand:5000\)", &["(hand:5000)"]),
    // Too heavy without what cannot be read: every bracket is text.
    (
        "[a:b] (hand:5000)",
        r"\[a:b\] \(hand:5000\)",
        &["in the prompt, `[a:b]` and 1 more has"],
    ),
    (
        "[a:b] [c:d] [e:f] [g:h] (hand:5000) [x] (y)",
        r"\[a:b\] \[c:d\] \[e:f\] \[g:h\] \(hand:5000\) \[x\] \(y\)",
        &["`[a:b]`, `[c:d]`, `[e:f]` and 4 more has"],
    ),
    (
        r"\[a\] [a:b] x AND (hand:5000)",
        r"\[a\] \[a:b\] x and \(hand:5000\)",
        &["`[a:b]` and 2 more has"],
    ),
    (r"\[style:ink\]", r"\[style:ink\]", &[]),
];

#[test]
fn what_cannot_be_read_is_taken_as_text() {
    for (prompt, expected, named) in PROMPTS {
        let mut recipe = Recipe {
            prompt: (*prompt).to_owned(),
            ..Recipe::default()
        };
        let notes = make_readable(&mut recipe);
        assert_eq!(recipe.prompt, *expected);
        assert_eq!(notes.is_empty(), named.is_empty(), "{prompt}: {notes:?}");
        for words in *named {
            assert!(notes[0].contains(words), "{prompt}: {notes:?}");
        }
        check_recipe(&recipe).unwrap();
    }
    let mut recipe = Recipe {
        negative_prompt: "six AND more".to_owned(),
        ..Recipe::default()
    };
    assert_eq!(make_readable(&mut recipe).len(), 1);
    assert_eq!(recipe.negative_prompt, "six and more");
}

#[test]
fn prompts_that_do_harm_are_readable_soon() {
    for piece in ["[a:", "[a:b]", "([", "(a AND ", "[[x]:y:z:", "[a|b:", "\\["] {
        let prompt = piece.repeat(20_000);
        let mut recipe = Recipe {
            prompt,
            steps: 2,
            ..Recipe::default()
        };
        let notes = make_readable(&mut recipe);
        assert!(notes.iter().all(|note| note.len() < 600), "{piece}");
        let wrong = prompt_mistakes(&recipe.prompt, PromptRole::Prompt)
            .into_iter()
            .any(|mistake| mistake.severity == PromptSeverity::Wrong);
        assert!(!wrong, "{piece}");
    }
}
