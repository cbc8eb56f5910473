//! `recipe::text_file` and `recipe::excerpt`: texts as other programs save them, and as they are shown.

use pentimento::recipe::excerpt::{excerpt, line};
use pentimento::recipe::preset::Presets;
use pentimento::recipe::wildcard::{Wildcards, resolve};
use pentimento::recipe::{Recipe, text_file};

/// Bytes of a file, and its text.
const FILES: &[(&[u8], Option<&str>)] = &[
    (b"a hand", Some("a hand")),
    (b"", Some("")),
    (b"\xef\xbb\xbfa hand", Some("a hand")),
    (b"\xef\xbb\xbf", Some("")),
    (b"a\r\nb\r\n", Some("a\nb\n")),
    (b"\xff\xfea\0\r\0\n\0K\x62", Some("a\n手")),
    (b"\xfe\xff\0a\x62K", Some("a手")),
    (b"\xff\xfe", Some("")),
    (b"\xe6\x89\x8b", Some("手")),
    // Half a letter, half a pair, another encoding.
    (b"\xff\xfea", None),
    (b"\xff\xfe\0\xd8", None),
    (b"caf\xe9", None),
];

#[test]
fn texts_are_read_as_windows_programs_write_them() {
    for (bytes, expected) in FILES {
        assert_eq!(text_file::decode(bytes).as_deref(), *expected, "{bytes:?}");
    }
}

#[test]
fn presets_and_lists_are_read_with_a_byte_order_mark() {
    let dir = tempfile::tempdir().unwrap();
    let utf_16 = |text: &str| -> Vec<u8> {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [0xFF, 0xFE].into_iter().chain(units).collect()
    };
    let at = |name: &str| dir.path().join(name);
    std::fs::write(at("a.json"), b"\xef\xbb\xbf{\"steps\": 7}\r\n").unwrap();
    std::fs::write(at("b.json"), utf_16("{\"prompt\": \"手\"}")).unwrap();
    std::fs::write(at("c.txt"), utf_16("# remark\r\n手\r\n")).unwrap();
    std::fs::write(at("d.txt"), b"\xef\xbb\xbf# remark\r\nhand\r\n").unwrap();
    let presets = Presets::in_folder(dir.path().to_owned());
    let load = |name| presets.load(name, &Recipe::default()).unwrap().recipe;
    assert_eq!(load("a").steps, 7);
    assert_eq!(load("b").prompt, "手");
    let lists = Wildcards::in_folder(Some(dir.path().to_owned()));
    assert_eq!(resolve("__c__ __d__", 1, &lists).unwrap(), "手 hand");
}

/// A text, how long it may be, and what is shown.
const SHOWN: &[(&str, usize, &str)] = &[
    ("", 10, ""),
    ("0123456789", 10, "0123456789"),
    ("0123456789a", 10, "01234 \u{2026} 9a"),
    ("手手手手手手手手手手手", 10, "手手手手手 \u{2026} 手手"),
];

#[test]
fn long_texts_are_cut_in_their_middle() {
    for (text, most, expected) in SHOWN {
        assert_eq!(excerpt(text, *most), *expected);
    }
    let long = line(&format!(
        "problem: {}\n\tand more: path.png",
        "手".repeat(1_000_000)
    ));
    assert!(
        long.starts_with("problem: 手") && long.ends_with("and more: path.png"),
        "{long}"
    );
    assert!(
        long.chars().count() <= 600 && !long.contains('\n'),
        "{long}"
    );
    assert_eq!(line("a\r\nb\u{7}c"), "a b c");
}
