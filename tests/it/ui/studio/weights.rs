//! Weights of words: a table.

use pentimento::ui::weights::shift;

/// Prompt with `|` at the ends of the selection or once for the cursor, step, and the prompt with the new selection; `-` where nothing can be weighed.
const SHIFTS: &[(&str, f64, &str)] = &[
    ("a |hand", 0.1, "a (|hand|:1.1)"),
    ("a ha|nd", 0.1, "a (|hand|:1.1)"),
    ("a hand|", 0.1, "a (|hand|:1.1)"),
    ("a hand|, open", 0.1, "a (|hand|:1.1), open"),
    ("a |hand|", -0.1, "a (|hand|:0.9)"),
    ("|a hand|", 0.1, "(|a hand|:1.1)"),
    ("|a hand |", 0.1, "(|a hand|:1.1) "),
    ("a (|hand|:1.1)", 0.1, "a (|hand|:1.2)"),
    ("a |(hand:1.1)|", 0.1, "a (|hand|:1.2)"),
    ("a (ha|nd:1.1)", 0.1, "a (|hand|:1.2)"),
    ("a (hand:1|.1)", 0.1, "a (|hand|:1.2)"),
    ("a (|hand|:1.1)", -0.1, "a |hand|"),
    ("a (|hand|)", 0.1, "a (|hand|:1.2)"),
    ("a (|hand|)", -0.1, "a |hand|"),
    ("a (|hand|:0.9)", 0.1, "a |hand|"),
    ("a (|hand|:1.25)", 0.1, "a (|hand|:1.35)"),
    ("a (|hand|:2.0)", 0.1, "a (|hand|:2.0)"),
    ("a (|hand|:0.05)", -0.1, "a (|hand|:0.0)"),
    ("(|a| hand:1.2)", 0.1, "((|a|:1.1) hand:1.2)"),
    ("|a (hand:1.2)|", 0.1, "(|a (hand:1.2)|:1.1)"),
    ("(a (ha|nd:1.2):1.3)", 0.1, "(a (|hand|:1.3):1.3)"),
    ("[ha|nd]", 0.1, "[(|hand|:1.1)]"),
    ("|16|:9", 0.1, "(|16|:1.1):9"),
    (r"a \(|hand|\)", 0.1, r"a \((|hand|:1.1)\)"),
    ("手, |指", 0.1, "手, (|指|:1.1)"),
    ("good|-natured", 0.1, "(|good-natured|:1.1)"),
    ("(word:hi|gh)", 0.1, "(|word:high|:1.2)"),
    ("|", 0.1, "-"),
    ("a , | b", 0.1, "-"),
    ("a |(hand|:1.2)", 0.1, "-"),
    ("(a |b) c|", 0.1, "-"),
    ("(open |hand", 0.1, "-"),
    ("(|nan|:nan)", 0.1, "((|nan|:1.1):nan)"),
];

/// The prompt without marks, and where they stood, in characters.
fn unmark(marked: &str) -> (String, std::ops::Range<usize>) {
    let places: Vec<_> = marked
        .chars()
        .enumerate()
        .filter(|(_, c)| *c == '|')
        .enumerate()
        .map(|(before, (at, _))| at - before)
        .collect();
    (marked.replace('|', ""), places[0]..*places.last().unwrap())
}

#[test]
fn words_are_weighed_as_in_the_table() {
    for (marked, step, expected) in SHIFTS {
        let (prompt, selection) = unmark(marked);
        let found = shift(&prompt, selection, *step);
        let expected = (*expected != "-").then(|| unmark(expected));
        assert_eq!(found, expected, "{marked}");
    }
}

#[test]
fn every_place_of_a_thorny_prompt_is_borne() {
    let prompt = r"((a:1.2) [b \( (手:x):0.5] :), (";
    for prompt in [prompt, ")(", ":)", "(:1.1)", "()", "\\"] {
        let length = prompt.chars().count();
        for start in 0..=length {
            for end in start..=length + 2 {
                if let Some((shifted, place)) = shift(prompt, start..end, 0.1) {
                    assert!(
                        place.end <= shifted.chars().count(),
                        "{prompt} {start}..{end}"
                    );
                }
            }
        }
    }
}
