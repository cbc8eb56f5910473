use std::path::Path;

use pentimento::raster::file::{self, Metadata, Note};

use super::{exif, sample, tests_folder};

/// Directory, tag, type and bytes of each value in little-endian EXIF data; a directory has the number of the entry that points to it.
pub fn entries(exif: &[u8]) -> Vec<String> {
    let number = |at: usize, width: usize| {
        let bytes = exif[at..at + width].iter().rev();
        bytes.fold(0, |sum, byte| sum << 8 | usize::from(*byte))
    };
    assert_eq!(exif[..4], *b"II*\0");
    let mut found = Vec::new();
    let mut directories = vec![(0, number(4, 4))];
    while let Some((of, start)) = directories.pop() {
        assert!(start % 2 == 0);
        for at in (0..number(start, 2)).map(|i| start + 2 + i * 12) {
            let (tag, kind, count) = (number(at, 2), number(at + 2, 2), number(at + 4, 4));
            if [34_665, 34_853, 40_965].contains(&tag) {
                directories.push((tag, number(at + 8, 4)));
                continue;
            }
            let size = count * [1, 1, 2, 4, 8, 1, 1, 2, 4, 8][kind - 1];
            let value = if size > 4 { number(at + 8, 4) } else { at + 8 };
            assert!(value % 2 == 0);
            let hex: String = (exif[value..value + size].iter())
                .map(|byte| format!("{byte:02x}"))
                .collect();
            found.push((of, tag, format!("{of} {tag} {kind} {hex}")));
        }
    }
    found.sort();
    found.into_iter().map(|(.., entry)| entry).collect()
}

#[test]
fn exif_data_stay_through_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let kinds = tests_folder("fixtures/kinds");
    for name in ["exif-little.tif", "exif-big.tif", "exif-bigtiff.tif"] {
        let first = file::read(&kinds.join(name)).unwrap();
        let exif = first.metadata.exif.clone().unwrap();
        for through in ["a.tif", "a.jpg", "a.webp", "a.png", "a.tif"] {
            let path = folder.path().join(through);
            let notes = file::write(&path, &first.picture, &first.metadata).unwrap();
            let recoded = notes.iter().filter(|note| **note != Note::Recoded);
            assert_eq!(recoded.count(), 0, "{name} through {through}");
            let back = file::read(&path).unwrap();
            assert_eq!(entries(&back.metadata.exif.unwrap()), entries(&exif));
        }
    }
}

#[test]
fn damaged_exif_data_are_told_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let cut = exif(1)[..20].to_vec();
    for damaged in [
        b"no TIFF".to_vec(),
        Vec::new(),
        b"II*\0\xff\xff\xff\xff".to_vec(),
        cut,
    ] {
        let metadata = Metadata {
            exif: Some(damaged),
            ..Metadata::default()
        };
        let notes = file::write(&path, &sample(false), &metadata).unwrap();
        assert_eq!(notes, [Note::DamagedExif]);
        let back = file::read(&path).unwrap();
        assert_eq!((back.notes, back.metadata.exif), (vec![], None));
    }
}

/// Each byte of a TIFF with EXIF data is changed in turn: it is read or refused, and what is read can be written.
#[test]
fn no_byte_of_a_tiff_brings_the_reader_down() {
    let whole = std::fs::read(tests_folder("fixtures/kinds/exif-big.tif")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    for at in 0..whole.len() {
        for value in [0, 255, whole[at] ^ 1, whole[at].wrapping_add(1)] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            if let Ok(file) = file::decode(&bytes, Path::new("a.tif"))
                && at % 5 == 0
            {
                file::write(&path, &file.picture, &file.metadata).unwrap();
            }
        }
    }
}
