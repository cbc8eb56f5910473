mod carried;
mod exif;
mod stale;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use pentimento::raster::file::{
    self, Density, FileError, Format, MAX_SIDE, Metadata, Note, PngHints, Unit,
};
use pentimento::raster::{Picture, Size};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{difference, tests_folder};

fn expected<T: DeserializeOwned>(folder: &str) -> BTreeMap<String, T> {
    let text = std::fs::read_to_string(tests_folder(folder).join("expected.json")).unwrap();
    let cases: BTreeMap<String, T> = serde_json::from_str(&text).unwrap();
    assert!(!cases.is_empty());
    cases
}

#[derive(Deserialize)]
struct Upright {
    size: [u32; 2],
    corners: [[u8; 3]; 4],
    /// Whether its EXIF data name the maker; without any other there are none.
    maker: bool,
}

#[test]
fn pictures_come_in_upright() {
    for (name, upright) in expected::<Upright>("fixtures/orientation") {
        let file = file::read(&tests_folder("fixtures/orientation").join(&name)).unwrap();
        let [w, h] = upright.size;
        assert_eq!(file.picture.size(), Size::new(w, h), "{name}");
        for ((x, y), corner) in [(1, 1), (w - 2, 1), (1, h - 2), (w - 2, h - 2)]
            .into_iter()
            .zip(upright.corners)
        {
            let (most, _) = difference(&file.picture.pixel(x, y)[..3], &corner);
            assert!(
                most <= 4,
                "{name} at {x} {y}: {:?} for {corner:?}",
                file.picture.pixel(x, y)
            );
        }
        // A second reader must not turn it again.
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.png");
        file::write(&copy, &file.picture, &file.metadata).unwrap();
        assert_eq!(file::read(&copy).unwrap().picture, file.picture, "{name}");
        let exif = file.metadata.exif.unwrap_or_default();
        let maker = exif.windows(5).any(|bytes| bytes == b"Maker");
        assert_eq!(
            (maker, !exif.is_empty()),
            (upright.maker, upright.maker),
            "{name}"
        );
    }
}

#[derive(Deserialize)]
struct Kind {
    format: String,
    notes: Vec<String>,
    alpha: bool,
    tolerance: u8,
    text: Vec<(String, String)>,
    /// Of a TIFF: as [`exif::entries`] lists them.
    exif: Vec<String>,
    pixels: Vec<String>,
}

#[test]
fn every_kind_of_picture_is_read() {
    for (name, kind) in expected::<Kind>("fixtures/kinds") {
        let file = file::read(&tests_folder("fixtures/kinds").join(&name))
            .unwrap_or_else(|error| panic!("{error}"));
        let pixels: Vec<u8> = kind
            .pixels
            .iter()
            .flat_map(|row| row.split(' '))
            .flat_map(|pixel| u32::from_str_radix(pixel, 16).unwrap().to_be_bytes())
            .collect();
        assert_eq!(
            file.picture.size().height as usize,
            kind.pixels.len(),
            "{name}"
        );
        let (most, _) = difference(file.picture.pixels().as_flattened(), &pixels);
        assert!(most <= kind.tolerance, "{name}: {most} off");
        let notes: Vec<_> = file.notes.iter().map(Note::to_string).collect();
        assert_eq!(notes, kind.notes, "{name}");
        assert_eq!(file.format.to_string(), kind.format, "{name}");
        assert_eq!(file.metadata.alpha, kind.alpha, "{name}");
        assert_eq!(file.metadata.text, kind.text, "{name}");
        let exif = file.metadata.exif.as_deref();
        assert_eq!(
            exif.map(exif::entries).unwrap_or_default(),
            kind.exif,
            "{name}"
        );
    }
}

#[test]
fn bad_files_say_what_to_do() {
    let folder = tests_folder("fixtures/bad");
    let mut cases = expected::<String>("fixtures/bad");
    cases.insert(
        "missing.png".into(),
        "no such file, check the path: ".into(),
    );
    cases.insert(
        "missing/missing.png".into(),
        "no such file, check the path: ".into(),
    );
    cases.insert(String::new(), "cannot read the file (".into());
    for (name, message) in cases {
        let path = folder.join(name);
        let error = file::read(&path).unwrap_err().to_string();
        assert!(error.starts_with(&message), "{error}");
        assert!(error.ends_with(&format!(": {}", path.display())), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[derive(Deserialize)]
struct Foreign {
    name: String,
    /// In hexadecimal digits.
    content: String,
    message: String,
}

#[test]
fn formats_that_are_not_read_are_named() {
    let text = std::fs::read_to_string(tests_folder("fixtures/foreign.json")).unwrap();
    let rows: Vec<Foreign> = serde_json::from_str(&text).unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        let error = file::decode(&stale::bytes(&row.content), Path::new(&row.name)).unwrap_err();
        assert_eq!(error.to_string(), row.message);
    }
}

#[test]
fn every_ending_asks_for_its_format() {
    let folder = tempfile::tempdir().unwrap();
    for &(ending, format) in file::ENDINGS {
        for name in [
            format!("a.{ending}"),
            format!("b.{}", ending.to_uppercase()),
        ] {
            let path = folder.path().join(&name);
            file::write(&path, &sample(false), &Metadata::default()).unwrap();
            assert_eq!(file::read(&path).unwrap().format, format, "{name}");
        }
    }
}

/// A TIFF structure with a maker and, in it, the given orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0\x02\0".to_vec();
    bytes.extend(b"\x0f\x01\x02\0\x04\0\0\0Pen\0");
    bytes.extend([0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    bytes.extend([0; 4]);
    bytes
}

/// The bytes that tell an RGB profile; nothing reads the rest.
pub fn icc(length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..length).map(|i| (i * 37) as u8).collect();
    bytes[..4].copy_from_slice(&(length as u32).to_be_bytes());
    bytes[16..20].copy_from_slice(b"RGB ");
    bytes
}

fn sample(alpha: bool) -> Picture {
    Picture::from_fn(Size::new(19, 11), |x, y| {
        let transparency = if alpha { (x * 14) as u8 } else { 0 };
        [
            (x * 13) as u8,
            (y * 23) as u8,
            (x * y) as u8,
            255 - transparency,
        ]
    })
}

#[test]
fn what_goes_out_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let text = vec![
        (
            "parameters".to_owned(),
            "(hand:1.2)\nSteps: 20, é".to_owned(),
        ),
        ("Title".to_owned(), "手 ✋".to_owned()),
    ];
    for name in ["a.png", "a.webp", "a.tif", "a.TIFF", "a.jpg", "a.JPeG"] {
        for (transparent, channel) in [(false, false), (false, true), (true, true), (true, false)] {
            let picture = sample(transparent);
            let metadata = Metadata {
                icc: Some(icc(3000)),
                exif: Some(exif(1)),
                text: text.clone(),
                alpha: channel,
                ..Metadata::default()
            };
            let path = folder.path().join(name);
            let format = Format::of_path(&path).unwrap();
            let mut notes = file::write(&path, &picture, &metadata).unwrap();
            let back = file::read(&path).unwrap();
            assert_eq!((back.format, &back.notes[..]), (format, &[][..]), "{name}");
            assert_eq!(back.metadata.icc, metadata.icc, "{name}");

            let mut lost = Vec::new();
            match format {
                Format::Png => assert_eq!(back.metadata.text, text),
                _ => lost.push(Note::TextOutsidePng(format)),
            }
            assert_eq!(back.metadata.exif, metadata.exif, "{name}");
            if format == Format::Tiff && back.metadata.alpha {
                let bytes = std::fs::read(&path).unwrap();
                let mut decoder = tiff::decoder::Decoder::new(Cursor::new(&bytes)).unwrap();
                let kind = decoder.get_tag_u16_vec(tiff::tags::Tag::ExtraSamples);
                assert_eq!(kind.unwrap(), [2], "alpha is not multiplied in");
            }
            if format == Format::Jpeg {
                lost.push(Note::Recoded);
                assert!(!back.metadata.alpha);
                let ground = picture.flatten([255; 3]);
                let (_, mean) = difference(
                    back.picture.pixels().as_flattened(),
                    ground.pixels().as_flattened(),
                );
                assert!(mean < 4.0, "{name}: {mean} off");
                if transparent {
                    lost.push(Note::Flattened);
                }
            } else {
                assert_eq!(back.picture, picture, "{name}");
                assert_eq!(back.metadata.alpha, transparent || channel, "{name}");
            }
            let order = |note: &Note| note.to_string();
            notes.sort_by_key(order);
            lost.sort_by_key(order);
            assert_eq!(notes, lost, "{name}");
        }
    }
}

#[test]
fn density_and_colour_of_a_png_stay() {
    let scaled = png::ScaledFloat::from_scaled;
    let density = Density::new((2835, 1), (5669, 1), Unit::Metre);
    let srgb = Some(png::SrgbRenderingIntent::Perceptual);
    let colored = PngHints {
        gamma: Some(scaled(50_000)),
        chromaticities: Some(png::SourceChromaticities {
            white: (scaled(31_270), scaled(32_900)),
            red: (scaled(64_000), scaled(33_000)),
            green: (scaled(21_000), scaled(71_000)),
            blue: (scaled(15_000), scaled(6_000)),
        }),
        srgb: None,
    };
    let plain = PngHints {
        srgb,
        ..PngHints::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    let through = |metadata: &Metadata| {
        file::write(&path, &sample(false), metadata).unwrap();
        file::read(&path).unwrap().metadata
    };
    for (hints, density) in [
        (PngHints::default(), None),
        (colored, density),
        (plain, None),
    ] {
        let metadata = Metadata {
            hints,
            density,
            ..Metadata::default()
        };
        assert_eq!(through(&metadata), metadata);
    }
    let profiled = through(&Metadata {
        icc: Some(icc(3000)),
        hints: plain,
        ..Metadata::default()
    });
    assert!(profiled.icc.is_some(), "sRGB does not displace a profile");
    let on_its_side = through(&Metadata {
        exif: Some(exif(6)),
        density,
        ..Metadata::default()
    });
    let turned = Density::new((5669, 1), (2835, 1), Unit::Metre);
    assert_eq!(on_its_side.density, turned);
    for (hints, said) in [(colored, true), (plain, false)] {
        let metadata = Metadata {
            hints,
            ..Metadata::default()
        };
        let notes = file::write(&path.with_extension("webp"), &sample(false), &metadata).unwrap();
        assert_eq!(!notes.is_empty(), said, "{notes:?}");
    }
}

/// EXIF data of so many bytes, nearly all of them a description.
fn long_exif(length: usize) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0\x01\0\x0e\x01\x02\0".to_vec();
    bytes.extend((length as u32 - 26).to_le_bytes());
    bytes.extend(26_u32.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.resize(length, b'a');
    bytes
}

#[test]
fn what_jpeg_cannot_hold_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    for (exif_bytes, icc_bytes, lost) in [
        (65_527, 254 * 65_519, None),
        (65_528, 3000, Some("EXIF data")),
        (100, 254 * 65_519 + 1, Some("ICC profile")),
    ] {
        let metadata = Metadata {
            icc: Some(icc(icc_bytes)),
            exif: Some(long_exif(exif_bytes)),
            ..Metadata::default()
        };
        let mut notes = vec![Note::Recoded];
        notes.extend(lost.map(Note::TooLargeForJpeg));
        assert_eq!(
            file::write(&path, &sample(false), &metadata).unwrap(),
            notes
        );
        let back = file::read(&path).unwrap().metadata;
        let kept = [back.exif == metadata.exif, back.icc == metadata.icc];
        assert_eq!(kept, [exif_bytes <= 65_527, icc_bytes <= 254 * 65_519]);
    }
}

/// Paths that cannot be written → start of the message.
const UNWRITABLE: &[(&str, &str)] = &[
    (
        "a",
        "end the file name in .png, .jpg, .webp or .tif to say the format: ",
    ),
    (
        "a.gif",
        "end the file name in .png, .jpg, .webp or .tif to say the format: ",
    ),
    (
        ".png",
        "end the file name in .png, .jpg, .webp or .tif to say the format: ",
    ),
    (
        "missing/a.png",
        "the folder to write to does not exist, create it first: ",
    ),
    ("taken.png", "cannot write the file ("),
];

#[test]
fn failed_writes_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken.png");
    std::fs::create_dir(&taken).unwrap();
    let bad_keyword = Metadata {
        text: vec![(String::new(), "no keyword".into())],
        ..Metadata::default()
    };
    let failures = UNWRITABLE
        .iter()
        .map(|case| (*case, Metadata::default(), true));
    let refused = (("b.png", "cannot write the file ("), bad_keyword, false);
    for ((name, message), metadata, foreseen) in failures.chain([refused]) {
        let path = folder.path().join(name);
        let error = file::write(&path, &sample(false), &metadata)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(message) && error.ends_with(&format!(": {}", path.display())),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
        assert_eq!(file::check_output(&path).is_err(), foreseen, "{name}");
        let left: Vec<_> = folder
            .path()
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(left, [taken.as_path()]);
    }
}

#[test]
fn an_older_file_is_replaced_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    for alpha in [true, false] {
        file::write(&path, &sample(alpha), &Metadata::default()).unwrap();
        assert_eq!(file::read(&path).unwrap().picture, sample(alpha));
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let reference = folder.path().join("reference");
        std::fs::File::create(&reference).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&reference), "as readable as any new file");
    }
}

#[cfg(unix)]
#[test]
fn an_older_file_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    for mode in [0o600, 0o664, 0o666] {
        std::fs::write(&path, "older").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        file::write(&path, &sample(false), &Metadata::default()).unwrap();
        let kept = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(kept, mode, "{kept:o} for {mode:o}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_its_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let real = elsewhere.join("real.png");
    std::fs::write(&real, "older").unwrap();
    let link = folder.path().join("link.png");
    std::os::unix::fs::symlink("elsewhere/real.png", &link).unwrap();
    file::check_output(&link).unwrap();
    file::write(&link, &sample(false), &Metadata::default()).unwrap();
    assert!(link.is_symlink());
    assert_eq!(file::read(&real).unwrap().picture, sample(false));
}

/// Nobody, root included, can make a file there.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_file_is_told_beforehand() {
    let error = file::check_output(Path::new("/proc/a.png")).unwrap_err();
    assert!(matches!(error, FileError::Unwritable { .. }), "{error}");
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.png");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let words = "(a folder, pipe or device and not a file): ";
    for error in [
        file::read(&pipe).unwrap_err(),
        file::check_output(&pipe).unwrap_err(),
    ] {
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn the_largest_side_is_read_and_one_more_is_not() {
    let folder = tempfile::tempdir().unwrap();
    for (side, fits) in [(MAX_SIDE, true), (MAX_SIDE + 1, false)] {
        for name in ["a.png", "a.tif", "a.jpg"] {
            let path = folder.path().join(name);
            let picture = Picture::filled(Size::new(side, 1), [50, 60, 70, 255]);
            file::write(&path, &picture, &Metadata::default()).unwrap();
            match file::read(&path) {
                Ok(file) => assert!(fits && file.picture.size() == picture.size(), "{name}"),
                Err(FileError::TooLarge { size, .. }) => {
                    assert!(!fits && size == picture.size(), "{name}")
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}
