//! `diffusion::prompt::tags`: what other programs act on is never words.

use pentimento::diffusion::networks::UnetInput;
use pentimento::diffusion::prompt::check::mistakes;
use pentimento::diffusion::prompt::schedule::{Prompt, Role, Severity};
use pentimento::diffusion::prompt::tags::split;
use pentimento::engine::TokenCounter;
use proptest::prelude::*;

/// A prompt, what is left of it for the model, and its tags as kind, name and arguments.
const TAGS: &[(&str, &str, &[&str])] = &[
    ("a hand", "a hand", &[]),
    ("a <lora:x:0.8>, b", "a , b", &["lora x 0.8"]),
    ("<LoRA:x:1>", "", &["lora x 1"]),
    ("< lora : x y : 1 >a", "a", &["lora x y 1"]),
    (
        "<lora:dir/x.v2:0.5:te=0.7>",
        "",
        &["lora dir/x.v2 0.5 te=0.7"],
    ),
    (
        "<lyco:x><hypernet:y:0.5>",
        "",
        &["lyco x", "hypernet y 0.5"],
    ),
    ("<embed:x> <embedding:y>", " ", &["embed x", "embedding y"]),
    // A1111 takes any word for a tag's.
    ("a <mynet:x> b", "a  b", &["mynet x"]),
    ("<lora:a_{手}_b:1>", "", &["lora a_{手}_b 1"]),
    // SwarmUI's.
    ("<random:red, blue> ball", " ball", &["random red, blue"]),
    ("<wildcard[1-3]:animals>", "", &["wildcard animals"]),
    ("<fromto[0.5]:cat, dog>", "", &["fromto cat, dog"]),
    ("<alternate:cat || dog>", "", &["alternate cat || dog"]),
    ("a <break> b <trigger>", "a  b ", &["break ", "trigger "]),
    (
        "a <segment:face,0.6,0.5> b",
        "a  b",
        &["segment face,0.6,0.5"],
    ),
    ("<region:0,0,0.5,1> cat", " cat", &["region 0,0,0.5,1"]),
    (
        "<object:0,0,0.5,1,0.1> cat",
        " cat",
        &["object 0,0,0.5,1,0.1"],
    ),
    (
        "<param[CFG Scale]:1> <var[color]>",
        " ",
        &["param 1", "var "],
    ),
    (
        "<setvar[c]:<random:red, blue>> hat",
        " hat",
        &["setvar <random red, blue>"],
    ),
    ("<lora:<random:a,b>:1>, c", ", c", &["lora <random a,b> 1"]),
    // ComfyUI's embeddings are words.
    ("a embedding:bad_v2.pt, b", "a embedding:bad_v2.pt, b", &[]),
    ("(embedding:sub/x:1.2)", "(embedding:sub/x:1.2)", &[]),
    // No tags.
    ("a < b : c > d", "a < b : c > d", &[]),
    ("I <3 you: yes > no", "I <3 you: yes > no", &[]),
    ("<3", "<3", &[]),
    ("<b> <lora> <random>", "<b> <lora> <random>", &[]),
    ("<lora:> <lora: >", "<lora:> <lora: >", &[]),
    ("<lora:x", "<lora:x", &[]),
    ("<a b:c> <:x> <[1]:x>", "<a b:c> <:x> <[1]:x>", &[]),
    ("the embedding: a study", "the embedding: a study", &[]),
    ("myembedding:x embeddings", "myembedding:x embeddings", &[]),
    // The first end counts where tags in a tag are not closed.
    ("<lora:a<b:c> d", " d", &["lora a<b c"]),
    ("<lora:a <3 b> c", " c", &["lora a <3 b"]),
];

#[test]
fn tags_are_taken_out() {
    for (prompt, expected, kinds) in TAGS {
        let (plain, tags) = split(prompt);
        assert_eq!(plain.text, *expected, "{prompt}");
        let found: Vec<_> = tags
            .iter()
            .map(|tag| {
                let words = [&[tag.kind.clone(), tag.name.clone()][..], &tag.arguments];
                words.concat().join(" ")
            })
            .collect();
        assert_eq!(found, *kinds, "{prompt}");
        let words = |text: &str| Some(vec![vec![7]; text.split_whitespace().count()]);
        let counter = TokenCounter::new(
            crate::fake::spec(UnetInput::Latents).text_window,
            None,
            words,
        );
        assert_eq!(counter.count(prompt), counter.count(expected), "{prompt}");
    }
}

/// A tag, and its strengths on text encoder and UNet.
const STRENGTHS: &[(&str, Option<(f32, f32)>)] = &[
    ("<lora:x>", Some((1.0, 1.0))),
    ("<lora:x:0.8>", Some((0.8, 0.8))),
    ("<lora:x: -0.5 : 2 >", Some((-0.5, 2.0))),
    ("<lora:x:unet=0.3>", Some((1.0, 0.3))),
    ("<lora:x:0.7:te=0.2>", Some((0.2, 0.2))),
    ("<lora:x:te=0.2:unet=0.4:dyn=8>", Some((0.2, 0.4))),
    ("<lora:x:strong>", None),
    ("<lora:x:1:nan>", None),
];

#[test]
fn strengths_are_read() {
    for (prompt, expected) in STRENGTHS {
        let (_, tags) = split(prompt);
        assert_eq!(tags[0].strengths(), *expected, "{prompt}");
    }
}

/// A prompt with `#` where tags stand, and what each part's text is at the first and the last of ten steps.
const PLACES: &[(&str, &[(&str, &str)])] = &[
    ("a # hand#", &[("a  hand", "a  hand")]),
    ("#(a # b:1.2)", &[("(a  b:1.2)", "(a  b:1.2)")]),
    ("(a:1.2#)", &[("(a:1.2)", "(a:1.2)")]),
    ("[#:a#:0.5#]", &[("", "a")]),
    ("[#a|b#]", &[("a", "b")]),
    ("[#]", &[("[]", "[]")]),
    ("a # AND b :0.5#", &[("a", "a"), ("b", "b")]),
    ("a BREAK # b", &[("a BREAK  b", "a BREAK  b")]),
];

#[test]
fn tags_change_nothing_wherever_they_stand() {
    for (place, expected) in PLACES {
        for tag in [
            "<lora:x:1>",
            "<LYCO:other name>",
            "<random:a:b|c]>",
            "<break>",
        ] {
            let text = place.replace('#', tag);
            for role in [Role::Prompt, Role::Negative] {
                let (prompt, found) = Prompt::read(&text, role);
                let texts: Vec<_> = prompt
                    .parts()
                    .iter()
                    .map(|part| (part.text_at(1, 10), part.text_at(10, 10)))
                    .collect();
                let expected: Vec<_> = expected
                    .iter()
                    .map(|(first, last)| ((*first).to_owned(), (*last).to_owned()))
                    .collect();
                assert_eq!(texts, expected, "{text}");
                let named: Vec<_> = found
                    .iter()
                    .filter(|mistake| mistake.severity == Severity::Unapplied)
                    .map(|mistake| &text[mistake.range.clone()])
                    .collect();
                // The engine applies LoRAs, in the prompt.
                let lora = ["<lora:", "<lyco:"]
                    .iter()
                    .any(|head| tag.to_lowercase().starts_with(head));
                let applied = role == Role::Prompt && lora;
                let count = if applied {
                    0
                } else {
                    place.matches('#').count()
                };
                assert_eq!(named, vec![tag; count], "{text}");
            }
        }
    }
}

proptest! {
    #[test]
    fn mistakes_are_placed_around_tags(
        pieces in proptest::collection::vec("[a:|\\[\\]() 0-9.é]{0,6}", 1..5)
    ) {
        let tags = ["<lora:手:1>", "<break>", "<setvar[a]:<random:b>>"];
        let plain = pieces.concat();
        let mut text = pieces[0].clone();
        for (piece, tag) in pieces[1..].iter().zip(tags.iter().cycle()) {
            text = text + tag + piece;
        }
        let fragments = |text: &str| -> Vec<_> {
            let mut found = mistakes(text, Role::Prompt);
            found.retain(|mistake| mistake.severity != Severity::Unapplied);
            let fragment = |range| {
                let (plain, _) = split(&text[range]);
                plain.text
            };
            found.into_iter().map(|it| (fragment(it.range), it.message)).collect()
        };
        prop_assert_eq!(fragments(&text), fragments(&plain));
    }
}
