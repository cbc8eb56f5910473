//! Work that earlier versions kept comes back with the same content.

use std::path::{Path, PathBuf};

use pentimento::project::{Work, read, recover};
use pentimento::raster::{Patch, Picture};
use pentimento::recipe::Recipe;
use serde_json::{Value, json};

/// What a work holds: texts and numbers as they are, pixels as their checksum.
fn told(work: &Work) -> Value {
    let pixels = |picture: &Picture| crc32fast::hash(picture.pixels().as_flattened());
    let recipe = |recipe: &Recipe| {
        json!({
            "prompt": recipe.prompt,
            "negative_prompt": recipe.negative_prompt,
            "seed": recipe.seed,
            "steps": recipe.steps,
        })
    };
    let others = work.others.as_ref();
    let patch = |patch: &Patch| json!([patch.rect(), pixels(patch.pixels())]);
    let results = work.candidates.iter().map(|result| {
        json!({
            "recipe": recipe(&result.recipe),
            "base": result.base,
            "steps": result.steps,
            "seconds": result.seconds,
            "infotext": result.infotext,
            "patch": patch(&result.patch),
        })
    });
    json!({
        "size": work.picture.size(),
        "picture": pixels(&work.picture),
        "mask": crc32fast::hash(work.mask.values()),
        "sketch": work.sketch.as_deref().map(pixels),
        "before": work.before.as_ref().map(patch),
        "text": work.metadata.text,
        "alpha": work.metadata.alpha,
        "source": work.source,
        "recipe": recipe(&work.recipe),
        "others": others.map(|others| json!({"name": others.name, "pairs": others.pairs})),
        "made": work.made,
        "results": results.collect::<Vec<_>>(),
    })
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kept");
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Each case is a work that layout 1 of the journal and the project's file of that time hold, and what is in it.
#[test]
fn work_that_earlier_versions_kept_comes_back() {
    let cases = cases();
    assert!(cases.len() > 1);
    for case in cases {
        let expected = std::fs::read(case.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let recovered = recover(&case.join("journal")).unwrap();
        assert!(!recovered.torn, "{}", case.display());
        let found = json!({"title": recovered.title, "work": told(&recovered.work)});
        assert_eq!(found, expected, "{}", case.display());
        let project = read(&case.join("project.ora")).unwrap();
        assert_eq!(project.lost, Vec::<String>::new());
        assert_eq!(project.work, recovered.work, "{}", case.display());
    }
}
