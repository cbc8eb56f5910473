//! Pixels: rectangles, pictures, masks, what is done to them, files.

mod blend;
mod blur;
mod comment;
mod control;
mod difference;
pub mod file;
mod fill;
mod fit;
mod flood;
mod heat;
mod lab;
mod logits;
mod mask;
mod mask_of_picture;
mod morphology;
mod over;
mod picture;
mod prepare;
mod rect;
mod sheet;
mod square;
mod transform;

use std::path::{Path, PathBuf};

use pentimento::raster::{Mask, Picture};

/// A path inside `tests/`.
fn tests_folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(path)
}

fn read_picture(path: &Path) -> Picture {
    pentimento::raster::file::read(path).unwrap().picture
}

/// The mask whose values are those of a grey picture.
fn read_mask(path: &Path) -> Mask {
    let picture = read_picture(path);
    Mask::new(picture.size(), picture.channel(0).collect())
}

/// The cases of a golden folder: `<source>__<what>.png` beside `<source>.png`, as (what, source, expected).
fn golden_cases(folder: &str) -> Vec<(String, PathBuf, PathBuf)> {
    let folder = tests_folder(folder);
    let mut cases: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|expected| {
            let stem = expected.file_stem()?.to_str()?.to_owned();
            let (source, what) = stem.split_once("__")?;
            Some((
                what.to_owned(),
                folder.join(format!("{source}.png")),
                expected,
            ))
        })
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "no cases in {}", folder.display());
    cases
}

/// Largest and mean difference.
fn difference(a: &[u8], b: &[u8]) -> (u8, f64) {
    assert_eq!(a.len(), b.len());
    let differences = || a.iter().zip(b).map(|(a, b)| a.abs_diff(*b));
    let sum: f64 = differences().map(f64::from).sum();
    (differences().max().unwrap_or(0), sum / a.len() as f64)
}
