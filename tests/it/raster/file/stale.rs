//! What shows or measures the picture as it was stays behind, whatever the format and the place.

use std::path::Path;

use pentimento::raster::file::{self, Format};
use pentimento::raster::{Picture, Size};
use serde::Deserialize;

use super::{exif, expected, tests_folder};

#[derive(Deserialize)]
struct Stale {
    /// Parts of the preview in the file, as it is, in base64 and in hexadecimal digits.
    needles: Vec<String>,
    /// What a file of the same format has to hold.
    kept: Vec<String>,
}

pub fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes().as_chunks::<2>().0.iter();
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn holds(content: &[u8], part: &str) -> bool {
    let part = bytes(part);
    content.windows(part.len()).any(|bytes| bytes == part)
}

#[test]
fn no_preview_of_the_old_picture_goes_out() {
    for (name, stale) in expected::<Stale>("fixtures/stale") {
        let content = std::fs::read(tests_folder("fixtures/stale").join(&name)).unwrap();
        let compressed = name.starts_with("raw-") && !name.contains("plain");
        let there = stale.needles.iter().any(|needle| holds(&content, needle));
        assert!(there || compressed, "{name} holds no preview");
        let read = file::decode(&content, Path::new(&name)).unwrap();
        for format in Format::ALL {
            let (written, _) = file::encode(format, &read.picture, &read.metadata).unwrap();
            for needle in &stale.needles {
                assert!(
                    !holds(&written, needle),
                    "{name} as {format} holds the preview"
                );
            }
            if format == read.format {
                for part in &stale.kept {
                    let text = String::from_utf8(bytes(part)).unwrap();
                    assert!(holds(&written, part), "{name} has lost {text:?}");
                }
            }
        }
    }
}

#[test]
fn recorded_sizes_are_those_of_the_picture() {
    let folder = tests_folder("fixtures/stale");
    let cropped = Picture::filled(Size::new(24, 10), [9, 9, 9, 255]);
    for format in Format::ALL {
        let through = |name: &str| {
            let metadata = file::read(&folder.join(name)).unwrap().metadata;
            let (written, _) = file::encode(format, &cropped, &metadata).unwrap();
            let back = file::decode(&written, Path::new(name)).unwrap();
            back.metadata
        };
        let entries = exif::entries(&through("exif-little.jpg").exif.unwrap());
        for entry in [
            "34665 40962 4 18000000",
            "34665 40963 4 0a000000",
            "40965 4097 4 18000000",
            "40965 4098 4 0a000000",
        ] {
            assert!(
                entries.iter().any(|own| own == entry),
                "{entry} as {format}"
            );
        }
        let xmp = String::from_utf8(through("xmp-thumbnails.jpg").xmp.unwrap()).unwrap();
        for property in ["ImageWidth", "PixelXDimension", "Orientation", "g:image"] {
            assert!(!xmp.contains(property), "{property} as {format}");
        }
    }
}

/// Bytes of each file are changed in turn: it is read or refused, and what is read can be written.
#[test]
fn no_byte_of_the_metadata_brings_the_reader_down() {
    let picture = Picture::filled(Size::new(1, 1), [9, 9, 9, 255]);
    for name in expected::<Stale>("fixtures/stale").keys() {
        let whole = std::fs::read(tests_folder("fixtures/stale").join(name)).unwrap();
        for at in (0..whole.len()).step_by(3) {
            for value in [255, whole[at].wrapping_add(1)] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                if let Ok(file) = file::decode(&bytes, Path::new(name)) {
                    let format = Format::ALL[at % 4];
                    file::encode(format, &picture, &file.metadata).unwrap();
                }
            }
        }
    }
}
