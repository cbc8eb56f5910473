//! Project files: OpenRaster outside, everything inside, and what is left of damaged ones.

use std::fs::File;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use pentimento::document::EditName;
use pentimento::project::{Opened, ProjectError, Work, is_project, read, write};
use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Picture, Size};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::work;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("work.ora");
    (folder, path)
}

/// The archive's bytes with some parts changed or, as `None`, left out.
fn rebuilt(bytes: &[u8], change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut fresh = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let name = archive.name_for_index(index).unwrap().unwrap().into_owned();
        let mut part = Vec::new();
        archive
            .by_index(index)
            .unwrap()
            .read_to_end(&mut part)
            .unwrap();
        if let Some(part) = change(&name, part) {
            let deflated =
                SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            fresh.start_file(name, deflated).unwrap();
            fresh.write_all(&part).unwrap();
        }
    }
    fresh.finish().unwrap().into_inner()
}

#[test]
fn a_project_comes_back_as_it_was() {
    let (_folder, path) = folder();
    write(&path, &work()).unwrap();
    assert!(is_project(&path));
    let expected = Opened {
        work: work(),
        lost: Vec::new(),
        foreign: false,
        unknown_modes: Vec::new(),
    };
    assert_eq!(read(&path).unwrap(), expected);
    // Without anything but a picture, too.
    let plain = Work::new((*work().picture).clone(), work().metadata, None);
    write(&path, &plain).unwrap();
    assert_eq!(read(&path).unwrap().work, plain);
}

/// As programs wrote it that did not keep the values that came with a recipe.
#[test]
fn an_older_project_opens() {
    let (_folder, path) = folder();
    let mut expected = work();
    write(&path, &expected).unwrap();
    let bytes = rebuilt(&std::fs::read(&path).unwrap(), |name, part| {
        if name != "pentimento/project.json" {
            return Some(part);
        }
        let mut contents: serde_json::Value = serde_json::from_slice(&part).unwrap();
        for newer in ["others", "control_pictures"] {
            contents.as_object_mut().unwrap().remove(newer).unwrap();
        }
        Some(contents.to_string().into_bytes())
    });
    std::fs::write(&path, bytes).unwrap();
    expected.others = None;
    expected.control_pictures.clear();
    assert_eq!(read(&path).unwrap().work, expected);
}

#[test]
fn an_opened_project_takes_its_results_back_in_one_step() {
    let work = work();
    let before = work.before.as_ref().unwrap();
    let mut document = work.document();
    assert_eq!(*document.picture(), work.picture);
    assert_eq!(*document.mask(), work.mask);
    assert_eq!(document.sketch(), work.sketch.as_ref());
    assert_eq!(document.before().as_ref(), Some(before));
    assert_eq!(document.undo(), Some(EditName::Sketch));
    assert_eq!(document.sketch(), None);
    assert_eq!(document.undo(), Some(EditName::Result));
    assert_eq!(document.picture().crop(before.rect()), *before.pixels());
    assert_eq!(document.undo(), None);
}

#[test]
fn other_painters_find_an_open_raster_file() {
    let (_folder, path) = folder();
    write(&path, &work()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    // The type stands first and uncompressed, at a fixed place.
    assert_eq!(&bytes[30..38], b"mimetype");
    assert_eq!(&bytes[38..54], b"image/openraster");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut stack = String::new();
    archive
        .by_name("stack.xml")
        .unwrap()
        .read_to_string(&mut stack)
        .unwrap();
    assert!(
        stack.contains("<image version=\"0.0.3\" w=\"53\" h=\"37\">"),
        "{stack}"
    );
    let sources: Vec<_> = stack
        .split("src=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect();
    let expected = [
        "data/result-2.png",
        "data/result-1.png",
        "data/mask.png",
        "data/sketch.png",
        "data/before.png",
        "data/picture.png",
    ];
    assert_eq!(sources, expected);
    let hidden = stack.matches("visibility=\"hidden\"").count();
    assert_eq!(hidden, 4, "all but picture and sketch: {stack}");
    for name in sources
        .iter()
        .map(String::as_str)
        .chain(["mergedimage.png", "Thumbnails/thumbnail.png"])
    {
        assert!(archive.by_name(name).is_ok(), "{name}");
    }
    let mut picture = |name: &str| {
        let mut bytes = Vec::new();
        archive
            .by_name(name)
            .unwrap()
            .read_to_end(&mut bytes)
            .unwrap();
        file::decode(&bytes, Path::new(name)).unwrap().picture
    };
    assert_eq!(picture("mergedimage.png"), *work().seen());
}

#[test]
fn a_thumbnail_is_small() {
    let (_folder, path) = folder();
    let large = Picture::filled(Size::new(1030, 500), [9, 80, 200, 255]);
    write(&path, &Work::new(large, Metadata::default(), None)).unwrap();
    let mut archive = ZipArchive::new(File::open(&path).unwrap()).unwrap();
    let mut bytes = Vec::new();
    let mut part = archive.by_name("Thumbnails/thumbnail.png").unwrap();
    part.read_to_end(&mut bytes).unwrap();
    let thumbnail = file::decode(&bytes, Path::new("thumbnail"))
        .unwrap()
        .picture;
    assert_eq!(thumbnail.size(), Size::new(256, 124));
}

#[test]
fn another_painters_file_opens_as_its_merged_picture() {
    let (_folder, path) = folder();
    write(&path, &work()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let foreign = rebuilt(&bytes, |name, part| {
        ["mimetype", "stack.xml", "mergedimage.png"]
            .contains(&name)
            .then_some(part)
    });
    std::fs::write(&path, foreign).unwrap();
    let picture = (*work().seen()).clone();
    assert_ne!(picture, *work().picture, "with the sketch");
    let expected = Opened {
        work: Work::new(picture, work().metadata, None),
        lost: Vec::new(),
        foreign: true,
        unknown_modes: Vec::new(),
    };
    assert_eq!(read(&path).unwrap(), expected);
}

/// Part that is spoilt, what is said to be lost.
const DAMAGES: &[(&str, &[&str])] = &[
    ("data/mask.png", &["the mask"]),
    (
        "data/before.png",
        &["the picture before the accepted results"],
    ),
    ("data/result-2.png", &["result 2"]),
    ("data/sketch.png", &["the sketch"]),
    ("data/picture.png", &["the picture under the sketch"]),
    (
        "data/control-1.png",
        &["the ControlNet's picture pose & \u{624b}.png"],
    ),
    ("mergedimage.png", &[]),
    ("stack.xml", &[]),
    ("pentimento/project.json", &["the recipe and the results"]),
];

#[test]
fn a_damaged_part_is_named_and_the_rest_opens() {
    let (_folder, path) = folder();
    write(&path, &work()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for &(spoilt, expected) in DAMAGES {
        let damaged = rebuilt(&bytes, |name, part| {
            Some(if name == spoilt {
                b"spoilt".to_vec()
            } else {
                part
            })
        });
        std::fs::write(&path, damaged).unwrap();
        let Opened {
            work: back,
            lost,
            foreign,
            ..
        } = read(&path).unwrap();
        assert_eq!(lost, expected, "{spoilt}");
        assert!(!foreign, "{spoilt}");
        let picture = match spoilt == "data/picture.png" {
            true => work().seen(),
            false => work().picture,
        };
        assert_eq!(back.picture, picture, "{spoilt}");
        if spoilt != "data/mask.png" {
            assert_eq!(back.mask, work().mask, "{spoilt}");
        }
        let missing =
            usize::from(spoilt == "data/result-2.png") + 2 * usize::from(spoilt.ends_with("json"));
        assert_eq!(back.candidates.len(), 2 - missing, "{spoilt}");
    }
}

#[test]
fn a_file_cut_anywhere_gives_what_is_there_or_one_line() {
    let (_folder, path) = folder();
    write(&path, &work()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let (mut opened, mut refused) = (0, 0);
    for length in (0..bytes.len()).step_by(31) {
        std::fs::write(&path, &bytes[..length]).unwrap();
        match read(&path) {
            Ok(back) => {
                assert_eq!(back.work.picture, work().picture);
                assert!(!back.lost.is_empty(), "cut at {length}");
                opened += 1;
            }
            Err(error) => {
                assert!(!error.to_string().contains('\n'), "{error}");
                refused += 1;
            }
        }
    }
    assert!(
        opened > 5 && refused > 5,
        "{opened} opened, {refused} refused"
    );
}

#[test]
fn a_flipped_byte_never_goes_unnoticed() {
    let (_folder, path) = folder();
    write(&path, &work()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for at in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x20;
        std::fs::write(&path, damaged).unwrap();
        // Names, dates and flags of the archive may differ without loss; the work may not.
        match read(&path) {
            Ok(back) => assert!(!back.lost.is_empty() || back.work == work(), "byte {at}"),
            Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
        }
    }
}

#[test]
fn what_is_no_project_is_refused_with_one_line() {
    let (_folder, path) = folder();
    write(&path, &work()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let newer = rebuilt(&bytes, |name, part| {
        Some(if name.ends_with("json") {
            b"{\"version\": 2, \"layers\": []}".to_vec()
        } else {
            part
        })
    });
    let foreign = rebuilt(&bytes, |name, part| {
        name.starts_with("Thumb").then_some(part)
    });
    let rows: [(Vec<u8>, &str); 4] = [
        (Vec::new(), "not an OpenRaster project"),
        (b"not a zip".to_vec(), "not an OpenRaster project"),
        (newer, "saved by a newer Pentimento (format 2)"),
        (foreign, "not an OpenRaster project"),
    ];
    for (bytes, expected) in rows {
        std::fs::write(&path, bytes).unwrap();
        let error = read(&path).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(expected) && !error.contains('\n'), "{error}");
    }
    let missing = read(&path.with_file_name("none.ora")).unwrap_err();
    assert!(matches!(missing, ProjectError::File(_)), "{missing}");
}
