//! OpenRaster files of other painters that bring no merged picture.

use std::io::{Cursor, Write as _};
use std::path::Path;

use pentimento::project::read;
use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Picture, Size};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The layers that the rows name, 2 by 1 pixels: red, half-transparent blue, grey, and no picture at all.
fn part(name: &str) -> Vec<u8> {
    let pixel = match name {
        "red" => [255, 0, 0, 255],
        "blue" => [0, 0, 255, 128],
        "grey" => [128, 128, 128, 255],
        _ => return b"not a picture".to_vec(),
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layer.png");
    file::write(
        &path,
        &Picture::filled(Size::new(2, 1), pixel),
        &Metadata::default(),
    )
    .unwrap();
    std::fs::read(path).unwrap()
}

/// An archive with such a stack.
pub fn written(path: &Path, stack: &str) {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| {
        archive
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    };
    add("mimetype", b"image/openraster");
    add("stack.xml", stack.as_bytes());
    for name in ["red", "blue", "grey", "broken"] {
        add(&format!("data/{name}.png"), &part(name));
    }
    std::fs::write(path, archive.finish().unwrap().into_inner()).unwrap();
}

/// What stands in the root stack of a picture of 3 by 1 → its pixels, what was lost, modes that are not known.
struct Row {
    stack: &'static str,
    pixels: [[u8; 4]; 3],
    lost: &'static [&'static str],
    unknown: &'static [&'static str],
}

const NONE: [u8; 4] = [0; 4];
const RED: [u8; 4] = [255, 0, 0, 255];
const BLUE: [u8; 4] = [0, 0, 255, 128];
const GREY: [u8; 4] = [128, 128, 128, 255];
/// Half blue over red.
const VIOLET: [u8; 4] = [127, 0, 128, 255];

const fn row(stack: &'static str, pixels: [[u8; 4]; 3]) -> Row {
    Row {
        stack,
        pixels,
        lost: &[],
        unknown: &[],
    }
}

const ROWS: &[Row] = &[
    row(r#"<layer src="data/red.png"/>"#, [RED, RED, NONE]),
    // The first is the topmost.
    row(
        r#"<layer src="data/blue.png" x="1"/><layer src="data/red.png" x="0" y="0"/>"#,
        [RED, VIOLET, BLUE],
    ),
    row(
        r#"<layer src="data/red.png"/><layer src="data/blue.png" x="1"/>"#,
        [RED, RED, BLUE],
    ),
    row(
        r#"<layer src="data/red.png" x="-1" y="0"/>"#,
        [RED, NONE, NONE],
    ),
    row(
        r#"<layer src="data/red.png" y="1"/><layer src="data/blue.png"/>"#,
        [BLUE, BLUE, NONE],
    ),
    row(
        r#"<layer src="data/red.png" opacity="0.502"/>"#,
        [[255, 0, 0, 128], [255, 0, 0, 128], NONE],
    ),
    row(
        r#"<layer src="data/red.png" visibility="hidden"/><layer src="data/blue.png" visibility="visible"/>"#,
        [BLUE, BLUE, NONE],
    ),
    row(
        r#"<layer src="data/grey.png" composite-op="svg:multiply"/><layer src="data/red.png"/>"#,
        [[128, 0, 0, 255], [128, 0, 0, 255], NONE],
    ),
    // Groups: moved, hidden, faded as a whole, in each other.
    row(
        r#"<stack x="1"><layer src="data/red.png" x="1"/></stack><layer src="data/blue.png"/>"#,
        [BLUE, BLUE, RED],
    ),
    row(
        r#"<stack visibility="hidden"><layer src="data/red.png"/></stack><layer src="data/blue.png"/>"#,
        [BLUE, BLUE, NONE],
    ),
    row(
        r#"<stack opacity="0.502"><layer src="data/red.png"/><layer src="data/grey.png"/></stack>"#,
        [[255, 0, 0, 128], [255, 0, 0, 128], NONE],
    ),
    row(
        r#"<stack><stack><layer src="data/blue.png"/></stack></stack><layer src="data/red.png"/>"#,
        [VIOLET, VIOLET, NONE],
    ),
    // In a group by itself there is nothing to multiply with; one that is not isolated shows what is below.
    row(
        r#"<stack><layer src="data/grey.png" composite-op="svg:multiply"/></stack><layer src="data/red.png"/>"#,
        [GREY, GREY, NONE],
    ),
    row(
        r#"<stack isolation="auto"><layer src="data/grey.png" composite-op="svg:multiply"/></stack><layer src="data/red.png"/>"#,
        [[128, 0, 0, 255], [128, 0, 0, 255], NONE],
    ),
    row(
        r#"<stack isolation="auto" opacity="0.5"><layer src="data/grey.png" composite-op="svg:multiply"/></stack><layer src="data/red.png"/>"#,
        [[191, 64, 64, 255], [191, 64, 64, 255], NONE],
    ),
    row(
        r#"<stack composite-op="svg:multiply"><layer src="data/grey.png"/></stack><layer src="data/red.png"/>"#,
        [[128, 0, 0, 255], [128, 0, 0, 255], NONE],
    ),
    // As Krita and GIMP write them, and what only MyPaint does.
    row(
        r#"<layer name="Ebene &quot;1&quot;" src="data/red.png" x="0" y="0" opacity="1" visibility="visible" composite-op="svg:src-over" edit-locked="false" selected="true"></layer><filter type="x"/>"#,
        [RED, RED, NONE],
    ),
    row(
        r#"<layer name="background" src="data/none.png" background-tile="data/red.png"/>"#,
        [RED, RED, RED],
    ),
    Row {
        lost: &["the layer \"a & b\"", "the layer \"c\""],
        ..row(
            r#"<layer name="c" src="data/broken.png"/><layer name="a &amp; b" src="data/none.png"/><layer src="data/red.png"/>"#,
            [RED, RED, NONE],
        )
    },
    Row {
        unknown: &["krita:grain_merge", "mypaint:pigment"],
        ..row(
            r#"<layer src="data/blue.png" composite-op="mypaint:pigment"/><layer src="data/red.png" composite-op="krita:grain_merge"/><layer src="data/red.png" composite-op="krita:grain_merge"/>"#,
            [VIOLET, VIOLET, NONE],
        )
    },
];

#[test]
fn layers_are_put_together_as_in_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layers.ora");
    for Row {
        stack,
        pixels,
        lost,
        unknown,
    } in ROWS
    {
        written(
            &path,
            &format!(
                "<?xml version='1.0' encoding='UTF-8'?>\n<image w=\"3\" h=\"1\" version=\"0.0.5\" xres=\"72\"><stack>{stack}</stack></image>"
            ),
        );
        let opened = read(&path).unwrap();
        assert!(opened.foreign, "{stack}");
        assert_eq!(opened.lost, *lost, "{stack}");
        assert_eq!(opened.unknown_modes, *unknown, "{stack}");
        assert_eq!(opened.work.picture.size(), Size::new(3, 1), "{stack}");
        for (found, expected) in opened.work.picture.pixels().iter().zip(pixels) {
            let apart = found
                .iter()
                .zip(expected)
                .map(|(a, b)| a.abs_diff(*b))
                .max();
            assert!(
                apart <= Some(1),
                "{stack}: {:?}, not {pixels:?}",
                opened.work.picture.pixels()
            );
        }
    }
}

/// Lists of layers of which nothing can be shown.
const NOTHING: &[&str] = &[
    r#"<image w="3" h="1"><stack/></image>"#,
    r#"<image w="3" h="1"><stack></stack></image>"#,
    r#"<image w="3" h="1"><stack><layer src="data/red.png" visibility="hidden"/></stack></image>"#,
    r#"<image w="3" h="1"><stack><layer src="data/none.png"/></stack></image>"#,
    r#"<image w="3" h="1"><stack><stack/></stack></image>"#,
    r#"<image w="0" h="1"><stack><layer src="data/red.png"/></stack></image>"#,
    r#"<image w="99999" h="99999"><stack><layer src="data/red.png"/></stack></image>"#,
    r#"<image><stack><layer src="data/red.png"/></stack></image>"#,
    r#"<image w="3" h="1"><stack><layer src="data/red.png"/>"#,
    r#"<image w="3" h="1"/>"#,
    "not xml <<<",
    "",
];

#[test]
fn a_file_without_anything_to_see_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layers.ora");
    for stack in NOTHING {
        written(&path, stack);
        let error = read(&path).unwrap_err().to_string();
        assert!(
            error.contains("no visible layer that can be read") && !error.contains('\n'),
            "{stack}: {error}"
        );
    }
}

/// Side of the picture, groups in one another around a layer, how often that comes, and whether it can be put together.
const COSTS: &[(u32, usize, usize, bool)] = &[
    (1, 31, 100, true),
    (1, 33, 1, false),
    (1, 10_000, 1, false),
    (8000, 60, 1, false),
    (8000, 12, 1, false),
    (16_000, 3, 1, false),
    (8000, 1, 10_000, false),
    (8000, 0, 10_000, false),
];

/// Would take gigabytes, or hours, if it were drawn.
#[test]
fn what_takes_too_much_is_refused_before_it_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layers.ora");
    for &(side, depth, times, fits) in COSTS {
        let layer =
            "<stack>".repeat(depth) + r#"<layer src="data/red.png"/>"# + &"</stack>".repeat(depth);
        let layers = layer.repeat(times);
        written(
            &path,
            &format!(r#"<image w="{side}" h="{side}"><stack>{layers}</stack></image>"#),
        );
        let line = read(&path).map_err(|error| error.to_string());
        let line = line.map(|_| ()).err().unwrap_or_default();
        let refused = line.contains("too many or lie too deep") && !line.contains('\n');
        assert_eq!(refused, !fits, "{side} {depth} {times}: {line}");
    }
}
