//! Token ids against an encoder written in plain Python (`tests/fixtures/generate_models.py`), and against transformers (`tests/fixtures/generate_added_tokens.py`).

use std::fs;

use pentimento::diffusion::networks::Networks;
use pentimento::engine::catalog::ModelSource;
use pentimento::engine::tokenizer::ClipTokenizer;

use super::{fixture, json, load};

#[test]
fn ids_are_those_of_the_reference() {
    let tokenizer =
        ClipTokenizer::open(&ModelSource::Directory(fixture("tokenizer")), "tokenizer").unwrap();
    let rows = json("tokenizer/goldens.json");
    for row in rows.as_array().unwrap() {
        let text = row["text"].as_str().unwrap();
        let want: Vec<u32> = serde_json::from_value(row["ids"].clone()).unwrap();
        assert_eq!(tokenizer.encode(text).unwrap(), want, "{text:?}");
    }
    assert!(rows.as_array().unwrap().len() > 10);
    assert_eq!(
        (tokenizer.start + 1, tokenizer.pad),
        (tokenizer.end, tokenizer.end)
    );
}

/// Rows are transformers' (`tests/golden/generate_tokens.py`).
#[test]
fn ids_of_clips_own_vocabulary_are_those_of_the_reference() {
    let tokenizer = ClipTokenizer::of_clip();
    let rows = json("../golden/clip_tokens.json");
    let mut seen = 0;
    for row in rows.as_array().unwrap() {
        let text = row["text"].as_str().unwrap();
        let want: Vec<u32> = serde_json::from_value(row["ids"].clone()).unwrap();
        assert_eq!(tokenizer.encode(text).unwrap(), want, "{text:?}");
        seen += 1;
    }
    assert!(seen > 60);
    assert_eq!(
        [tokenizer.start, tokenizer.end, tokenizer.pad],
        [49406, 49407, 49407]
    );
}

/// Merging takes the square of a word's length, so that a word of a megabyte would take hours: it is several, of 512 bytes or what is left to a whole letter.
#[test]
fn a_word_without_end_is_encoded_in_pieces() {
    let tokenizer = ClipTokenizer::of_clip();
    let encode = |text: &str| tokenizer.encode(text).unwrap();
    for (letter, whole) in [("a", 512), ("\u{e9}", 256), ("\u{e01}", 170), ("!", 512)] {
        let word = letter.repeat(whole);
        let want = [&word[..], &word, letter].map(encode).concat();
        let found = encode(&(word.repeat(2) + letter));
        assert_eq!(found, want, "{letter}");
    }
}

/// How editors write a text: UTF-8 without and with a byte order mark, UTF-16 in both orders.
const ENCODINGS: [fn(&str) -> Vec<u8>; 4] = [
    |text| text.into(),
    |text| format!("\u{feff}{text}").into(),
    |text| utf16(text, u16::to_le_bytes),
    |text| utf16(text, u16::to_be_bytes),
];

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let marked = format!("\u{feff}{text}");
    marked.encode_utf16().flat_map(bytes).collect()
}

/// Each row of `added.json` is a tokenizer's folder; a byte order mark before each of its texts changes nothing.
#[test]
fn added_tokens_are_those_of_the_reference() {
    let rows = json("tokenizer/added.json");
    assert!(rows.as_array().unwrap().len() > 10);
    for row in rows.as_array().unwrap() {
        let base = fixture("tokenizer").join(row["base"].as_str().unwrap());
        for (encoding, encode) in ENCODINGS.iter().enumerate() {
            let scratch = tempfile::tempdir().unwrap();
            let folder = scratch.path().join("tokenizer");
            fs::create_dir(&folder).unwrap();
            for file in fs::read_dir(&base).unwrap() {
                let file = file.unwrap();
                let text = fs::read_to_string(file.path()).unwrap();
                fs::write(folder.join(file.file_name()), encode(&text)).unwrap();
            }
            for (file, content) in row["files"].as_object().unwrap() {
                fs::write(folder.join(file), encode(&content.to_string())).unwrap();
            }
            let source = ModelSource::Directory(scratch.path().to_owned());
            let tokenizer = ClipTokenizer::open(&source, "tokenizer").unwrap();
            let name = format!("{}, encoding {encoding}", row["name"]);
            for text in row["texts"].as_array().unwrap() {
                let want: Vec<u32> = serde_json::from_value(text[1].clone()).unwrap();
                let found = tokenizer.encode(text[0].as_str().unwrap()).unwrap();
                assert_eq!(found, want, "{name}: {}", text[0]);
            }
            for (key, id) in [
                ("start", tokenizer.start),
                ("end", tokenizer.end),
                ("pad", tokenizer.pad),
            ] {
                assert_eq!(row[key], id, "{name}: {key}");
            }
        }
    }
}

/// The limits and fillers that a `tokenizer.json` may hold are for other programs.
#[test]
fn nothing_is_cut_or_filled() {
    for model in ["unpaint", "optimum-1.24"] {
        let (networks, _) = load(&fixture("models").join(model)).unwrap();
        assert!(networks.tokenize("").unwrap().is_empty(), "{model}");
        assert_eq!(
            networks.tokenize("hand hand hand hand").unwrap().len(),
            4 * networks.tokenize("hand").unwrap().len(),
            "{model}"
        );
    }
}
