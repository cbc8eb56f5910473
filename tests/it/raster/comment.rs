//! `raster::file::comment`: a comment beside whatever else EXIF data hold.

use pentimento::raster::file::comment::{comment, with_comment};
use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Picture, Size};
use proptest::prelude::*;

use super::tests_folder;

/// The value of a tag in the first directory of little- or big-endian data, written down without the code under test.
fn tag(exif: &[u8], wanted: u16) -> Option<Vec<u8>> {
    let big = exif.starts_with(b"MM");
    let number = |at: usize, length: usize| {
        let bytes = &exif[at..at + length];
        let digits: Vec<u8> = if big {
            bytes.to_vec()
        } else {
            bytes.iter().rev().copied().collect()
        };
        digits
            .iter()
            .fold(0usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let directory = number(4, 4);
    (0..number(directory, 2))
        .map(|index| directory + 2 + 12 * index)
        .find_map(|entry| {
            let size = [1, 1, 2, 4, 8][number(entry + 2, 2).min(5) - 1] * number(entry + 4, 4);
            let at = if size <= 4 {
                entry + 8
            } else {
                number(entry + 8, 4)
            };
            (number(entry, 2) == usize::from(wanted)).then(|| exif[at..at + size].to_vec())
        })
}

const MAKE: u16 = 0x010F;

/// Data with a maker in them, and their comment: in both byte orders, written by A1111 (big-endian text) and by others.
fn with_maker(big: bool, text: Option<&[u8]>) -> Vec<u8> {
    let short = |value: u16| {
        if big {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let long = |value: u32| {
        if big {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&short(tag)[..], &short(kind), &long(count), &long(value)].concat()
    };
    let head = [if big { &b"MM"[..] } else { b"II" }, &short(42), &long(8)].concat();
    let maker = b"Maker 1\0";
    let Some(text) = text else {
        let main = [&short(1)[..], &entry(MAKE, 2, 8, 26), &long(0)].concat();
        return [head, main, maker.to_vec()].concat();
    };
    // Main directory at 8, maker at 38, Exif directory at 46, comment at 64.
    let main = [
        &short(2)[..],
        &entry(MAKE, 2, 8, 38),
        &entry(0x8769, 4, 1, 46),
        &long(0),
    ]
    .concat();
    let exif = [
        &short(1)[..],
        &entry(0x9286, 7, text.len() as u32, 64),
        &long(0),
    ]
    .concat();
    [head, main, maker.to_vec(), exif, text.to_vec()].concat()
}

fn unicode(text: &str, big: bool) -> Vec<u8> {
    let units = text.encode_utf16().flat_map(|unit| {
        if big {
            unit.to_be_bytes()
        } else {
            unit.to_le_bytes()
        }
    });
    b"UNICODE\0".iter().copied().chain(units).collect()
}

/// Comments whose code says something else than their text, or nothing.
const MISNAMED: &[(&[u8], Option<&str>)] = &[
    (b"UNICODE\0open hand, \xe6\x89\x8b", Some("open hand, 手")),
    (b"UNICODE\0\xe6\x89\x8b", Some("手")),
    (b"UNICODE\0\xff\xfeK\x62", Some("手")),
    (b"UNICODE\0\xfe\xff\x62K", Some("手")),
    (b"ASCII\0\0\0o\0p\0e\0n\0", Some("open")),
    (b"ASCII\0\0\0\0o\0p\0e\0n", Some("open")),
    (b"ASCII\0\0\0caf\xe9 au lait", Some("café au lait")),
    (b"ASCII\0\0\0\xef\xbb\xbfopen", Some("open")),
    (b"JIS\0\0\0\0\0\xe6\x89\x8b", Some("手")),
    (b"JIS\0\0\0\0\0x", Some("x")),
    // Shift JIS.
    (b"JIS\0\0\0\0\0\x8e\xe8", None),
    (b"\0\0\0\0\0\0\0\0\0o\0p\0e\0n", Some("open")),
    // No code at all.
    (b"open hand, five fingers", Some("open hand, five fingers")),
    (b"opens", Some("opens")),
    (b"ASCII\0\0\0   ", None),
    (b"UNICODE\0", None),
    (b"", None),
];

#[test]
fn comments_are_read_whoever_wrote_them() {
    for big in [true, false] {
        let read = |text: &[u8]| comment(&with_maker(big, Some(text)));
        for text in ["a hand: 手", "手指 five", "x"] {
            for text_big in [true, false] {
                assert_eq!(
                    read(&unicode(text, text_big)).as_deref(),
                    Some(text),
                    "{text} {big} {text_big}"
                );
            }
        }
        assert_eq!(read(b"ASCII\0\0\0plain  \0").as_deref(), Some("plain"));
        assert_eq!(
            read(b"\0\0\0\0\0\0\0\0caf\xc3\xa9").as_deref(),
            Some("café")
        );
        for (bytes, expected) in MISNAMED {
            assert_eq!(read(bytes).as_deref(), *expected, "{bytes:?}");
        }
        assert_eq!(comment(&with_maker(big, None)), None);
    }
    assert_eq!(comment(b""), None);
    assert_eq!(comment(b"II*\0\xff\xff\xff\xff"), None);
}

#[test]
fn a_comment_leaves_the_rest_and_does_not_grow() {
    for big in [true, false] {
        for old in [
            with_maker(big, None),
            with_maker(big, Some(&unicode("old", big))),
        ] {
            let first = with_comment(Some(&old), "new, longer than before: 手");
            assert_eq!(
                comment(&first).as_deref(),
                Some("new, longer than before: 手")
            );
            assert_eq!(tag(&first, MAKE).unwrap(), b"Maker 1\0");
            let mut again = first.clone();
            for round in 0..10 {
                again = with_comment(Some(&again), &format!("round {round}"));
            }
            assert_eq!(comment(&again).as_deref(), Some("round 9"));
            assert_eq!(tag(&again, MAKE).unwrap(), b"Maker 1\0");
            assert!(
                again.len() < first.len(),
                "{} bytes after {}",
                again.len(),
                first.len()
            );
        }
    }
    let fresh = with_comment(None, "a");
    assert_eq!(comment(&fresh).as_deref(), Some("a"));
    assert_eq!(with_comment(Some(b"not EXIF"), "a"), fresh);
}

#[test]
fn files_carry_the_comment() {
    let dir = tempfile::tempdir().unwrap();
    let picture = Picture::filled(Size::new(9, 7), [10, 20, 30, 255]);
    for name in ["a.png", "a.jpg", "a.webp"] {
        let path = dir.path().join(name);
        let metadata = Metadata {
            exif: Some(with_comment(None, "Steps: 20, 手")),
            ..Metadata::default()
        };
        let mut notes = file::write(&path, &picture, &metadata).unwrap();
        notes.retain(|note| *note != file::Note::Recoded);
        assert_eq!(notes, [], "{name}");
        let exif = file::read(&path).unwrap().metadata.exif.unwrap();
        assert_eq!(comment(&exif).as_deref(), Some("Steps: 20, 手"), "{name}");
    }
    // A camera's data stay readable: the orientation was applied, the maker is there.
    for entry in tests_folder("fixtures/orientation").read_dir().unwrap() {
        let path = entry.unwrap().path();
        let Some(exif) = file::read(&path).ok().and_then(|file| file.metadata.exif) else {
            continue;
        };
        let commented = with_comment(Some(&exif), "x");
        assert_eq!(
            tag(&commented, MAKE),
            tag(&exif, MAKE),
            "{}",
            path.display()
        );
        assert_eq!(
            comment(&commented).as_deref(),
            Some("x"),
            "{}",
            path.display()
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(mut bytes: Vec<u8>, big: bool, text in ".{0,20}", at in 0usize..120, value: u8) {
        let _ = comment(&bytes);
        bytes.splice(..0, if big { *b"MM\0*\0\0\0\x08" } else { *b"II*\0\x08\0\0\0" });
        let _ = comment(&bytes);
        let _ = with_comment(Some(&bytes), &text);
        let mut damaged = with_comment(Some(&with_maker(big, Some(b"ASCII\0\0\0x"))), &text);
        if let Some(byte) = damaged.get_mut(at) {
            *byte = value;
        }
        let _ = comment(&damaged);
        let _ = with_comment(Some(&damaged), &text);
    }
}
