//! Project files: OpenRaster archives, which Krita, GIMP and MyPaint open as layers, with our own data beside.
//!
//! Layers, top first: the pending results and the mask (hidden), the picture before the accepted results (hidden), the picture.
//! Our data lie in `pentimento/project.json`; where it is missing the file is somebody else's, and its merged picture is opened.
//!
//! Does not know documents or windows.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Pending, ProjectError, Work, damaged};
use crate::raster::file::{self, Format, Metadata};
use crate::raster::{Mask, Patch, Picture, Rect, Size};
use crate::recipe::Recipe;

/// The number of this layout; readers refuse later ones.
const VERSION: u32 = 1;

/// What an OpenRaster archive starts with (openraster.org, "File Layout").
const MIMETYPE: &str = "image/openraster";

const PROJECT: &str = "pentimento/project.json";
const PICTURE: &str = "data/picture.png";
const MASK: &str = "data/mask.png";
const BEFORE: &str = "data/before.png";
const MERGED: &str = "mergedimage.png";

/// Longest side of the thumbnail that file browsers show, pixels (openraster.org).
const THUMBNAIL: u32 = 256;

/// The colour of the mask's layer.
const MASK_COLOUR: [u8; 3] = [230, 60, 60];

/// Our data.
#[derive(Serialize, Deserialize)]
struct Contents {
    version: u32,
    source: Option<PathBuf>,
    recipe: Recipe,
    /// Left and top of the picture before the results.
    before: Option<[u32; 2]>,
    candidates: Vec<Candidate>,
}

#[derive(Serialize, Deserialize)]
struct Candidate {
    file: String,
    /// Left and top in the picture.
    at: [u32; 2],
    recipe: Recipe,
    seconds: f32,
}

/// Writes a project: beside, flushed and renamed. Takes as long as encoding its pictures as PNG: call it on a thread.
///
/// # Errors
/// [`ProjectError::File`] and [`ProjectError::Unwritable`].
pub fn write(path: &Path, work: &Work) -> Result<(), ProjectError> {
    let bytes = archive(work).map_err(|cause| ProjectError::Unwritable {
        path: path.to_owned(),
        cause,
    })?;
    Ok(file::replace(path, &bytes)?)
}

fn archive(work: &Work) -> std::io::Result<Vec<u8>> {
    let png = |picture: &Picture, metadata: &Metadata| {
        file::encode(Format::Png, picture, metadata).map(|(bytes, _)| bytes)
    };
    let plain = Metadata::default();
    let mut layers = Vec::new();
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();

    let mut candidates = Vec::new();
    for (index, pending) in work.candidates.iter().enumerate() {
        let name = format!("data/result-{index}.png");
        let rect = pending.patch.rect();
        candidates.push(Candidate {
            file: name.clone(),
            at: [rect.left, rect.top],
            recipe: pending.recipe.clone(),
            seconds: pending.seconds,
        });
        layers.push(Layer::hidden(&format!("Result {}", index + 1), &name, rect));
        files.push((name, png(pending.patch.pixels(), &plain)?));
    }
    // The topmost layer is the newest result.
    layers.reverse();
    let whole = Rect::of(work.picture.size());
    layers.push(Layer::hidden("Mask", MASK, whole));
    files.push((MASK.into(), png(&picture_from_mask(&work.mask), &plain)?));
    if let Some(before) = &work.before {
        layers.push(Layer::hidden("Before", BEFORE, before.rect()));
        files.push((BEFORE.into(), png(before.pixels(), &plain)?));
    }
    layers.push(Layer {
        visible: true,
        ..Layer::hidden("Picture", PICTURE, whole)
    });
    let picture = png(&work.picture, &work.metadata)?;

    let contents = Contents {
        version: VERSION,
        source: work.source.clone(),
        recipe: work.recipe.clone(),
        before: work
            .before
            .as_ref()
            .map(|before| [before.rect().left, before.rect().top]),
        candidates,
    };
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // PNG is compressed already, and what is stored can be found again in a damaged file.
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut add = |name: &str, bytes: &[u8]| {
        archive.start_file(name, stored)?;
        archive.write_all(bytes)
    };
    add("mimetype", MIMETYPE.as_bytes())?;
    add(PROJECT, &serde_json::to_vec_pretty(&contents)?)?;
    add("stack.xml", stack(whole.size(), &layers).as_bytes())?;
    add(PICTURE, &picture)?;
    for (name, bytes) in &files {
        add(name, bytes)?;
    }
    add(MERGED, &picture)?;
    add(
        "Thumbnails/thumbnail.png",
        &png(&thumbnail(&work.picture), &plain)?,
    )?;
    Ok(archive.finish()?.into_inner())
}

struct Layer {
    name: String,
    file: String,
    rect: Rect,
    visible: bool,
}

impl Layer {
    fn hidden(name: &str, file: &str, rect: Rect) -> Self {
        Self {
            name: name.to_owned(),
            file: file.to_owned(),
            rect,
            visible: false,
        }
    }
}

/// The layers as OpenRaster's `stack.xml`, top first; no name needs escaping.
fn stack(size: Size, layers: &[Layer]) -> String {
    let rows: String = layers
        .iter()
        .map(|layer| {
            format!(
                "    <layer name=\"{}\" src=\"{}\" x=\"{}\" y=\"{}\" opacity=\"1.0\" visibility=\"{}\" composite-op=\"svg:src-over\"/>\n",
                layer.name,
                layer.file,
                layer.rect.left,
                layer.rect.top,
                if layer.visible { "visible" } else { "hidden" },
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<image version=\"0.0.3\" w=\"{}\" h=\"{}\">\n  <stack>\n{rows}  </stack>\n</image>\n",
        size.width, size.height
    )
}

/// The mask as a layer: red, as opaque as it repaints.
fn picture_from_mask(mask: &Mask) -> Picture {
    let [red, green, blue] = MASK_COLOUR;
    let pixels = mask
        .values()
        .iter()
        .map(|&value| [red, green, blue, value])
        .collect();
    Picture::new(mask.size(), pixels)
}

fn thumbnail(picture: &Picture) -> Picture {
    let size = picture.size();
    let longest = size.width.max(size.height);
    if longest <= THUMBNAIL {
        return picture.clone();
    }
    let scaled = |side: u32| {
        let side = u64::from(side) * u64::from(THUMBNAIL) / u64::from(longest);
        (side as u32).max(1)
    };
    picture.resize(Size::new(scaled(size.width), scaled(size.height)))
}

/// Reads a project, or any OpenRaster file; says in sentences what was lost of a damaged one.
///
/// # Errors
/// Every [`ProjectError`] of reading: where the picture itself cannot be had there is nothing to open.
pub fn read(path: &Path) -> Result<(Work, Vec<String>), ProjectError> {
    let bytes = file::read_bytes(path)?;
    if !bytes.starts_with(b"PK") {
        return Err(ProjectError::NotAProject(path.to_owned()));
    }
    let (parts, mut lost) = damaged::parts(&bytes);
    let named = Parts { path, parts };
    if parts_are_foreign(&named) {
        return Err(ProjectError::NotAProject(path.to_owned()));
    }
    let contents = match named.parts.get(PROJECT) {
        None => None,
        Some(bytes) => named.contents(bytes, &mut lost)?,
    };

    let picture = named
        .picture(PICTURE)
        .or_else(|| named.picture(MERGED))
        .ok_or_else(|| ProjectError::NothingLeft(path.to_owned()))?;
    let mut work = Work::new(picture.0, picture.1, None);
    let Some(contents) = contents else {
        if named.parts.contains_key(MASK) {
            lost.push("the recipe and the results".to_owned());
        }
        named.mask_into(&mut work, &mut lost, named.parts.contains_key(MASK));
        return Ok((work, lost));
    };
    work.source = contents.source;
    work.recipe = contents.recipe;
    named.mask_into(&mut work, &mut lost, true);
    if let Some(at) = contents.before {
        match named.patch(BEFORE, at, work.picture.size()) {
            Some(patch) => work.before = Some(patch),
            None => lost.push("the picture before the accepted results".to_owned()),
        }
    }
    for (number, candidate) in (1..).zip(contents.candidates) {
        match named.patch(&candidate.file, candidate.at, work.picture.size()) {
            Some(patch) => work.candidates.push(Pending {
                recipe: candidate.recipe,
                patch: Arc::new(patch),
                seconds: candidate.seconds,
            }),
            None => lost.push(format!("result {number}")),
        }
    }
    Ok((work, lost))
}

/// Whether an archive with none of OpenRaster's parts was given.
fn parts_are_foreign(named: &Parts<'_>) -> bool {
    ["mimetype", "stack.xml", PROJECT, PICTURE, MERGED]
        .iter()
        .all(|name| !named.parts.contains_key(*name))
}

/// The parts of a file that could be read, by name.
struct Parts<'a> {
    path: &'a Path,
    parts: BTreeMap<String, Vec<u8>>,
}

impl Parts<'_> {
    fn contents(
        &self,
        bytes: &[u8],
        lost: &mut Vec<String>,
    ) -> Result<Option<Contents>, ProjectError> {
        #[derive(Deserialize)]
        struct Numbered {
            version: u32,
        }
        // The number alone first: a later version may have other fields.
        match serde_json::from_slice::<Numbered>(bytes) {
            Ok(Numbered { version }) if version > VERSION => Err(ProjectError::Newer {
                path: self.path.to_owned(),
                version,
            }),
            _ => Ok(serde_json::from_slice(bytes)
                .inspect_err(|error| {
                    tracing::warn!("{PROJECT}: {error}");
                    lost.push("the recipe and the results".to_owned());
                })
                .ok()),
        }
    }

    fn picture(&self, name: &str) -> Option<(Picture, Metadata)> {
        let decoded = file::decode(self.parts.get(name)?, self.path)
            .inspect_err(|error| tracing::warn!("{name}: {error}"))
            .ok()?;
        Some((decoded.picture, decoded.metadata))
    }

    /// A picture as a patch that lies inside `size`.
    fn patch(&self, name: &str, [left, top]: [u32; 2], size: Size) -> Option<Patch> {
        let (picture, _) = self.picture(name)?;
        let right = left.checked_add(picture.size().width)?;
        let bottom = top.checked_add(picture.size().height)?;
        let rect = Rect::new(left, top, right, bottom);
        Rect::of(size)
            .contains(rect)
            .then(|| Patch::new(rect, picture))
    }

    fn mask_into(&self, work: &mut Work, lost: &mut Vec<String>, expected: bool) {
        let mask = self
            .picture(MASK)
            .filter(|(picture, _)| picture.size() == work.picture.size())
            .map(|(picture, _)| Mask::new(picture.size(), picture.channel(3).collect()));
        match mask {
            Some(mask) => work.mask = Arc::new(mask),
            None if expected => lost.push("the mask".to_owned()),
            None => {}
        }
    }
}
