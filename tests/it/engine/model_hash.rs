//! Hashes of files against published digests, and when one is read from the cache.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use pentimento::engine::Cancel;
use pentimento::engine::lora::find::by_hash;
use pentimento::engine::model_hash::{self, Hashed, ModelHash, hash, hash_of};
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
        let found = ModelHash::begin(file.clone(), None);
        let found = found.wait(&Cancel::new());
        assert_eq!(found, Some(*want), "{content} {times} times");
    }
    assert!(hash(scratch.path(), None).is_err());
    let none = ModelHash::begin(scratch.path().join("none"), None);
    assert_eq!(none.wait(&Cancel::new()), None);
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
        let hash = || hash(&model, Some(&cache)).unwrap();
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

#[cfg(unix)]
#[test]
fn a_file_is_found_by_its_hash_while_it_is_as_it_was() {
    let scratch = tempdir().unwrap();
    let model = scratch.path().join("model.safetensors");
    let cache = scratch.path().join("cache");
    fs::write(&model, "abc").unwrap();
    touch(&model, 7);
    hash(&model, Some(&cache)).unwrap();
    let real = Some(model.canonicalize().unwrap());
    assert_eq!(model_hash::known("ba7816bf8f", &cache), real);
    assert_eq!(model_hash::known("BA7816BF8F01CFEA", &cache), real);
    for other in ["ba7816bf", "0123456789", "", "ba7816bf8\u{e9}x"] {
        assert_eq!(model_hash::known(other, &cache), None, "{other}");
    }
    touch(&model, 8);
    assert_eq!(model_hash::known("ba7816bf8f", &cache), None);
}

#[cfg(unix)]
#[test]
fn a_hash_in_the_making_is_not_waited_for() {
    let scratch = tempdir().unwrap();
    let large = scratch.path().join("model.safetensors");
    // 64 GB without a block on the disk: more than is read while the test looks.
    File::create(&large).unwrap().set_len(64 << 30).unwrap();
    let hash = ModelHash::begin(large, None);
    assert_eq!(hash.known(), None);
    let cancel = Cancel::new();
    cancel.cancel();
    assert_eq!(hash.wait(&cancel), None);
}

/// The SHA-256 of what is behind the head of `loras/kohya-sd1.safetensors` (`tail -c +N | sha256sum`).
const TENSORS: &str = "c909ed978ce3";

/// A LoRA with something more in its head.
fn lora(path: &Path, key: &str, value: &str) {
    let from = super::fixture("../golden/loras/kohya-sd1.safetensors");
    let bytes = fs::read(from).unwrap();
    let end = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut head: serde_json::Value = serde_json::from_slice(&bytes[8..end]).unwrap();
    head["__metadata__"][key] = value.into();
    let head = head.to_string();
    let length = (head.len() as u64).to_le_bytes();
    fs::write(path, [&length[..], head.as_bytes(), &bytes[end..]].concat()).unwrap();
}

/// What the head says; the hash.
const SAID: &[(&str, &str, &str)] = &[
    ("ss_output_name", "another head", TENSORS),
    ("sshs_model_hash", "not one", TENSORS),
    (
        "sshs_model_hash",
        "ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789",
        "abcdef012345",
    ),
];

#[test]
fn a_lora_is_known_by_its_tensors_or_by_what_its_trainer_says() {
    let scratch = tempdir().unwrap();
    let file = scratch.path().join("a.safetensors");
    let cache = scratch.path().join("cache");
    for (index, (key, value, wanted)) in SAID.iter().enumerate() {
        lora(&file, key, value);
        touch(&file, index as u64);
        let found = ModelHash::begin_of(Hashed::Tensors, file.clone(), Some(cache.clone()));
        assert_eq!(found.wait(&Cancel::new()), Some(*wanted), "{key}: {value}");
    }
    fs::write(&file, "no tensors").unwrap();
    assert!(hash_of(Hashed::Tensors, &file, Some(&cache), &Cancel::new()).is_err());
}

#[test]
fn both_hashes_of_a_file_are_kept() {
    let scratch = tempdir().unwrap();
    let file = scratch.path().join("a.safetensors");
    let cache = scratch.path().join("cache");
    lora(&file, "ss_output_name", "x");
    let both = || {
        [Hashed::File, Hashed::Tensors]
            .map(|of| hash_of(of, &file, Some(&cache), &Cancel::new()).unwrap())
    };
    let first = both();
    let list = cache.join("model-hashes.json");
    let kept = fs::read_to_string(&list).unwrap();
    assert!(
        first.iter().all(|hash| kept.contains(hash.as_str())),
        "{kept}"
    );
    fs::write(&list, kept.replace(TENSORS, "0123456789ab")).unwrap();
    assert_eq!(both(), [first[0].as_str(), "0123456789ab"]);
}

#[test]
fn a_lora_is_found_by_its_hash_whatever_it_is_called() {
    let scratch = tempdir().unwrap();
    let cache = scratch.path().join("cache");
    let folder = scratch.path().join("loras");
    fs::create_dir_all(folder.join("deep")).unwrap();
    fs::write(folder.join("broken.safetensors"), "nothing").unwrap();
    lora(
        &folder.join("deep/other.safetensors"),
        "ss_output_name",
        "x",
    );
    let going = Cancel::new();
    let find = |hash: &str| by_hash("worn", hash, &[&folder], Some(&cache), &going);
    // A search that was stopped reads no file, and finds what was read before all the same.
    let stopped = Cancel::new();
    stopped.cancel();
    let stopped = || by_hash("worn", TENSORS, &[&folder], Some(&cache), &stopped);
    assert_eq!(stopped(), None);
    for hash in [TENSORS, "C909ED978CE3", "c909ed978ce32c03fc1c9f6e"] {
        let found = find(hash).unwrap();
        assert_eq!(found.path, folder.join("deep/other.safetensors"), "{hash}");
        let note = found.note.unwrap();
        assert!(note.contains("`worn`") && note.contains("hash"), "{note}");
    }
    assert_eq!(stopped(), find(TENSORS));
    for hash in ["", "c909ed978ce", "000000000000", "c909ed978c\u{e9}x"] {
        assert_eq!(find(hash), None, "{hash}");
    }
}
