//! Token ids against an encoder written in plain Python (`tests/fixtures/generate_models.py`).

use pentimento::diffusion::networks::Networks;
use pentimento::engine::catalog::ModelSource;
use pentimento::engine::tokenizer::ClipTokenizer;

use super::{fixture, json, load};

#[test]
fn ids_are_those_of_the_reference() {
    let tokenizer = ClipTokenizer::open(&ModelSource::Directory(fixture("tokenizer"))).unwrap();
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
