//! `diffusion::prompt`: attention weights, chunks, emphasis.

mod conditioning;
mod readable;
mod schedule;
mod tags;

use pentimento::diffusion::networks::{Networks as _, UnetInput};
use pentimento::diffusion::prompt::{Span, TextWindow, chunks, spans};

use crate::fake::FakeNetworks;

/// Prompt, and its spans as `text@weight`, `BREAK` alone; the weights' rules are A1111's.
const SPANS: &[(&str, &[&str])] = &[
    ("", &["@1"]),
    ("a hand", &["a hand@1"]),
    ("a (hand)", &["a @1", "hand@1.1"]),
    ("a ((hand))", &["a @1", "hand@1.21"]),
    ("a (hand:1.4), open", &["a @1", "hand@1.4", ", open@1"]),
    ("(a (b:2) c:0.5)", &["a @0.5", "b@1", " c@0.5"]),
    ("[hand]", &["hand@0.90909"]),
    ("[[hand]]", &["hand@0.82645"]),
    ("([hand])", &["hand@1"]),
    ("(open to the end", &["open to the end@1.1"]),
    ("((open twice", &["open twice@1.21"]),
    ("[open", &["open@0.90909"]),
    ("closed) only]", &["closed) only]@1"]),
    (r"a \(literal\) \[pair\] \\", &[r"a (literal) [pair] \@1"]),
    (r"back\slash", &[r"back\slash@1"]),
    ("ratio 16:9", &["ratio 16:9@1"]),
    ("(time 10:30)", &["time 10@30"]),
    ("(word:high)", &["word:high@1.1"]),
    ("(word: 1.3 )", &["word@1.3"]),
    ("(word:-0.5)", &["word@-0.5"]),
    ("(word:nan)", &["word:nan@1.1"]),
    ("(word:inf)", &["word:inf@1.1"]),
    ("a BREAK b", &["a@1", "BREAK", "b@1"]),
    ("a BREAK BREAK b", &["a@1", "BREAK", "BREAK", "b@1"]),
    ("UNBREAKABLE", &["UNBREAKABLE@1"]),
    ("(a BREAK b:1.5)", &["a@1.5", "BREAK", "b@1.5"]),
    ("()", &["@1"]),
    ("手 (指:1.2)", &["手 @1", "指@1.2"]),
    (":)", &[":)@1"]),
    ("(", &["@1"]),
];

#[test]
fn attention_syntax() {
    for (prompt, expected) in SPANS {
        let found: Vec<_> = spans(prompt)
            .into_iter()
            .map(|span| match span {
                Span::Words { text, weight } => format!("{text}@{}", (weight * 1e5).round() / 1e5),
                Span::Break => "BREAK".to_owned(),
            })
            .collect();
        assert_eq!(found, *expected, "{prompt:?}");
    }
}

/// Prompt made of `words` words with commas after the listed word numbers, and the lengths of its chunks in tokens.
const CHUNKS: &[(usize, &[usize], &[usize])] = &[
    (0, &[], &[0]),
    (1, &[], &[1]),
    (75, &[], &[75]),
    (76, &[], &[75, 1]),
    (150, &[], &[75, 75]),
    // The words after a comma 20 tokens back or less move on together.
    (80, &[60], &[61, 20]),
    // A comma farther back is left where it is.
    (80, &[50], &[75, 6]),
    // A comma that does not fit begins the next chunk.
    (75, &[75], &[75, 1]),
    (76, &[74], &[75, 2]),
];

#[test]
fn chunk_layout() {
    let networks = FakeNetworks::new(UnetInput::Latents);
    for (words, commas, expected) in CHUNKS {
        let prompt: Vec<_> = (1..=*words)
            .map(|n| if commas.contains(&n) { "word," } else { "word" })
            .collect();
        let laid_out = chunks(&networks, &prompt.join(" ")).unwrap();
        let lengths: Vec<_> = laid_out.iter().map(Vec::len).collect();
        assert_eq!(lengths, *expected, "{words} words, commas after {commas:?}");
    }
}

#[test]
fn a_break_ends_a_chunk() {
    let networks = FakeNetworks::new(UnetInput::Latents);
    let laid_out = chunks(&networks, "one two BREAK three").unwrap();
    assert_eq!(laid_out.len(), 2);
    assert_eq!(laid_out[1], [(105, 1.0)]);
}

#[test]
fn windows_are_filled_between_start_and_end() {
    let window = TextWindow {
        window: 6,
        start: 900,
        end: 901,
        pad: 0,
    };
    for (chunk, ids, weights) in [
        (&[][..], [900, 901, 0, 0, 0, 0], [1.0; 6]),
        (
            &[(7, 1.5), (8, 0.5)],
            [900, 7, 8, 901, 0, 0],
            [1.0, 1.5, 0.5, 1.0, 1.0, 1.0],
        ),
        (
            &[(7, 1.5), (8, 1.0), (9, 1.0), (5, 2.0)],
            [900, 7, 8, 9, 5, 901],
            [1.0, 1.5, 1.0, 1.0, 2.0, 1.0],
        ),
    ] {
        assert_eq!(window.fill(chunk), (ids.to_vec(), weights.to_vec()));
    }
}

#[test]
fn emphasis_multiplies_and_keeps_the_mean() {
    let mut networks = FakeNetworks::new(UnetInput::Latents);
    let mut of = |prompt| {
        let laid_out = chunks(&networks, prompt).unwrap();
        networks.encode(&laid_out, 1).unwrap().states
    };
    let (plain, strong) = (of("some hand"), of("some (hand:1.5)"));
    let ratio = |token: usize| strong[[0, token, 0]] / plain[[0, token, 0]];
    assert!(
        (ratio(2) / ratio(1) - 1.5).abs() < 1e-5,
        "{} {}",
        ratio(2),
        ratio(1)
    );
    assert!((strong.mean().unwrap() / plain.mean().unwrap() - 1.0).abs() < 1e-5);
}
