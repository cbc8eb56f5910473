//! Hashes of files against published digests, and when one is read from the cache.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use pentimento::engine::{Cancel, model_hash};
use tempfile::tempdir;

/// A content, how often, and the first digits of its SHA-256 (FIPS 180-4's examples, and `sha256sum`).
const DIGESTS: &[(&str, usize, &str)] = &[
    ("", 1, "e3b0c44298"),
    ("abc", 1, "ba7816bf8f"),
    (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        1,
        "248d6a61d2",
    ),
    ("a", 1_000_000, "cdc76e5c99"),
    ("0123456789abcdef", 1 << 18, "3cab7815c4"),
];

#[test]
fn hashes_are_the_published_ones() {
    let scratch = tempdir().unwrap();
    let file = scratch.path().join("model.safetensors");
    for (content, times, want) in DIGESTS {
        fs::write(&file, content.repeat(*times)).unwrap();
        let found = model_hash::start(file.clone(), None, Cancel::new()).unwrap();
        let found = found.join().unwrap().unwrap();
        assert_eq!(found.as_deref(), Some(*want), "{content} {times} times");
    }
    assert!(model_hash::hash(scratch.path(), None, &Cancel::new()).is_err());
    assert!(model_hash::hash(&scratch.path().join("none"), None, &Cancel::new()).is_err());
}

/// What happens to a file or to the cache, and whether the hash is then the cache's.
type Change = (&'static str, fn(&Path, &Path), bool);

const CHANGES: &[Change] = &[
    ("nothing", |_, _| (), true),
    ("a later time", |model, _| touch(model, 9), false),
    ("an earlier time", |model, _| touch(model, 5), false),
    (
        "another size at the same time",
        |model, _| {
            fs::write(model, "abcd").unwrap();
            touch(model, 7);
        },
        false,
    ),
    (
        "a broken cache",
        |_, cache| fs::write(cache, "{\"").unwrap(),
        false,
    ),
    (
        "another cache",
        |_, cache| fs::write(cache, "[1]").unwrap(),
        false,
    ),
    (
        "no cache",
        |_, cache| fs::remove_file(cache).unwrap(),
        false,
    ),
];

fn touch(file: &Path, seconds: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds);
    let file = File::options().append(true).open(file).unwrap();
    file.set_modified(time).unwrap();
}

#[test]
fn a_hash_is_kept_while_the_file_is_as_it_was() {
    for (change, make, kept) in CHANGES {
        let scratch = tempdir().unwrap();
        let model = scratch.path().join("model.safetensors");
        let cache = scratch.path().join("cache");
        let hash = || {
            model_hash::hash(&model, Some(&cache), &Cancel::new())
                .unwrap()
                .unwrap()
        };
        fs::write(&model, "abc").unwrap();
        touch(&model, 7);
        assert_eq!(hash(), "ba7816bf8f");
        let list = cache.join("model-hashes.json");
        let other = fs::read_to_string(&list)
            .unwrap()
            .replace("ba7816bf8f", "0123456789");
        fs::write(&list, other).unwrap();

        make(&model, &list);
        let found = hash();
        assert_eq!(found == "0123456789", *kept, "{change}: {found}");
        assert_eq!(hash(), found, "{change}");
        let files = fs::read_dir(&cache).unwrap().count();
        assert_eq!(files, 1, "{change}: something is left beside the list");
    }
}

#[test]
fn a_file_is_found_by_its_hash_while_it_is_as_it_was() {
    let scratch = tempdir().unwrap();
    let model = scratch.path().join("model.safetensors");
    let cache = scratch.path().join("cache");
    fs::write(&model, "abc").unwrap();
    touch(&model, 7);
    model_hash::hash(&model, Some(&cache), &Cancel::new()).unwrap();
    let real = Some(model.canonicalize().unwrap());
    assert_eq!(model_hash::known("ba7816bf8f", &cache), real);
    assert_eq!(model_hash::known("BA7816BF8F01CFEA", &cache), real);
    for other in ["ba7816bf", "0123456789", "", "ba7816bf8\u{e9}x"] {
        assert_eq!(model_hash::known(other, &cache), None, "{other}");
    }
    touch(&model, 8);
    assert_eq!(model_hash::known("ba7816bf8f", &cache), None);
}

#[test]
fn a_cancelled_hash_is_none_and_leaves_nothing() {
    let scratch = tempdir().unwrap();
    let model = scratch.path().join("model.safetensors");
    let cache = scratch.path().join("cache");
    fs::write(&model, "abc").unwrap();
    let cancel = Cancel::new();
    cancel.cancel();
    assert_eq!(
        model_hash::hash(&model, Some(&cache), &cancel).unwrap(),
        None
    );
    assert!(!cache.exists());
}
