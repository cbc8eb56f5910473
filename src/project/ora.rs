//! Project files: OpenRaster archives, which Krita, GIMP and MyPaint open as layers, with our own data beside.
//!
//! Layers, top first: the pending results and the mask (hidden), the sketch, the picture before the accepted results (hidden), the picture.
//! Our data lie in `pentimento/project.json`; where it is missing the file is somebody else's, and its merged picture is opened, or what its [layers](super::layers) make together.
//!
//! Does not know windows.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::layers::{Merged, NotMerged, merged};
use super::{ProjectError, Work, damaged};
use crate::document::RepaintResult;
use crate::raster::file::{self, Format, Metadata, PictureFile};
use crate::raster::{Mask, Patch, Picture, Rect, Size};
use crate::recipe::Recipe;
use crate::recipe::parsed::Others;

/// The number of this layout; readers refuse later ones.
const VERSION: u32 = 1;

/// What an OpenRaster archive starts with (openraster.org, "File Layout").
const MIMETYPE: &str = "image/openraster";

const PROJECT: &str = "pentimento/project.json";
const PICTURE: &str = "data/picture.png";
const MASK: &str = "data/mask.png";
const SKETCH: &str = "data/sketch.png";
const BEFORE: &str = "data/before.png";
/// Followed by the result's number, from 1.
const RESULT: &str = "data/result-";
/// As [`RESULT`].
const CONTROL: &str = "data/control-";
const MERGED: &str = "mergedimage.png";
const STACK: &str = "stack.xml";

/// Longest side of the thumbnail that file browsers show, pixels (openraster.org).
const THUMBNAIL: u32 = 256;

/// The colour of the mask's layer, which its opacity makes the tint that the window shows.
const MASK_COLOUR: [u8; 3] = [230, 60, 60];

/// Our data.
#[derive(Serialize, Deserialize)]
struct Contents {
    version: u32,
    source: Option<PathBuf>,
    recipe: Recipe,
    /// The file of each picture that ControlNets are shown, by its name.
    #[serde(default)]
    control_pictures: BTreeMap<String, String>,
    /// What the source of that said beside it.
    others: Option<Others>,
    /// How the picture was made, as text.
    made: Option<String>,
    /// Whether there is a sketch.
    sketch: bool,
    /// Left and top of the picture before the results.
    before: Option<[u32; 2]>,
    candidates: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    file: String,
    /// Left and top in the picture.
    at: [u32; 2],
    #[serde(flatten)]
    result: RepaintResult,
}

/// A project that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// What is in it.
    pub work: Work,
    /// What of it could not be read, each as it stands in a list: "the mask".
    pub lost: Vec<String>,
    /// Whether another program wrote it, and its layers were read as one picture.
    pub foreign: bool,
    /// Names of blend modes of another program's layers that are not known, and were taken as normal.
    pub unknown_modes: Vec<String>,
}

/// Whether a file is an archive, as projects are, by its first bytes; false where it cannot be read.
pub fn is_project(path: &Path) -> bool {
    // Before it is opened: a pipe would wait for its other end.
    if !path.is_file() {
        return false;
    }
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *b"PK\x03\x04"
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
    for (index, result) in work.candidates.iter().enumerate() {
        let name = format!("{RESULT}{}.png", index + 1);
        let rect = result.patch.rect();
        candidates.push(Entry {
            file: name.clone(),
            at: [rect.left, rect.top],
            result: result.clone(),
        });
        layers.push(Layer::hidden(&format!("Result {}", index + 1), &name, rect));
        files.push((name, png(result.patch.pixels(), &plain)?));
    }
    let mut control_pictures = BTreeMap::new();
    for (number, (name, picture)) in (1..).zip(&work.control_pictures) {
        let file = format!("{CONTROL}{number}.png");
        control_pictures.insert(name.clone(), file.clone());
        files.push((file, png(picture, &plain)?));
    }
    // The topmost layer is the newest result.
    layers.reverse();
    let whole = Rect::of(work.picture.size());
    layers.push(Layer {
        opacity: "0.5",
        ..Layer::hidden("Mask", MASK, whole)
    });
    files.push((MASK.into(), png(&picture_from_mask(&work.mask), &plain)?));
    if let Some(sketch) = &work.sketch {
        layers.push(Layer {
            visible: true,
            ..Layer::hidden("Sketch", SKETCH, whole)
        });
        files.push((SKETCH.into(), png(sketch, &plain)?));
    }
    if let Some(before) = &work.before {
        layers.push(Layer::hidden("Before the results", BEFORE, before.rect()));
        files.push((BEFORE.into(), png(before.pixels(), &plain)?));
    }
    layers.push(Layer {
        visible: true,
        ..Layer::hidden("Picture", PICTURE, whole)
    });
    let picture = png(&work.picture, &work.metadata)?;
    let seen = work.seen();
    let merged = match work.sketch {
        None => None,
        Some(_) => Some(png(&seen, &work.metadata)?),
    };

    let contents = Contents {
        version: VERSION,
        source: work.source.clone(),
        recipe: work.recipe.clone(),
        control_pictures,
        others: work.others.clone(),
        made: work.made.clone(),
        sketch: work.sketch.is_some(),
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
    add(STACK, stack(whole.size(), &layers).as_bytes())?;
    add(PICTURE, &picture)?;
    for (name, bytes) in &files {
        add(name, bytes)?;
    }
    add(MERGED, merged.as_ref().unwrap_or(&picture))?;
    add(
        "Thumbnails/thumbnail.png",
        &png(&seen.thumbnail(THUMBNAIL), &plain)?,
    )?;
    Ok(archive.finish()?.into_inner())
}

struct Layer {
    name: String,
    file: String,
    rect: Rect,
    opacity: &'static str,
    visible: bool,
}

impl Layer {
    fn hidden(name: &str, file: &str, rect: Rect) -> Self {
        Self {
            name: name.to_owned(),
            file: file.to_owned(),
            rect,
            opacity: "1.0",
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
                "    <layer name=\"{}\" src=\"{}\" x=\"{}\" y=\"{}\" opacity=\"{}\" visibility=\"{}\" composite-op=\"svg:src-over\"/>\n",
                layer.name,
                layer.file,
                layer.rect.left,
                layer.rect.top,
                layer.opacity,
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

/// Reads a project, or any OpenRaster file, and says what was lost of a damaged one.
///
/// # Errors
/// Every [`ProjectError`] of reading: where the picture itself cannot be had there is nothing to open.
pub fn read(path: &Path) -> Result<Opened, ProjectError> {
    let bytes = file::read_bytes(path)?;
    if !bytes.starts_with(b"PK") {
        return Err(ProjectError::NotAProject(path.to_owned()));
    }
    let damaged::Archive { parts, spoilt, cut } = damaged::archive(&bytes);
    drop(bytes);
    let parts = Parts { path, parts };
    let mut lost: Vec<_> = spoilt.iter().filter_map(|name| meaning(name)).collect();
    if cut {
        lost.push("the end of the file".to_owned());
    }
    if !OUTSIDE.iter().chain(OURS).any(|name| parts.has(name)) {
        return Err(ProjectError::NotAProject(path.to_owned()));
    }
    let foreign = !OURS.iter().any(|name| parts.has(name));
    let contents = match parts.parts.get(PROJECT) {
        None => None,
        Some(bytes) => parts.contents(bytes)?,
    };
    let sketched = match &contents {
        Some(contents) => contents.sketch,
        None => parts.has(SKETCH),
    };
    let mut unknown_modes = Vec::new();
    let mut work = match parts.picture(PICTURE).filter(|_| !foreign) {
        Some((picture, metadata)) => {
            let mut work = Work::new(picture, metadata, None);
            if sketched {
                work.sketch = parts.fitting(SKETCH, &work).map(Arc::new);
                if work.sketch.is_none() {
                    lost.push("the sketch".to_owned());
                }
            }
            work
        }
        None => {
            let (picture, metadata) = match parts.picture(MERGED) {
                Some(merged) => merged,
                None if foreign => {
                    let layers = parts.layers()?;
                    lost.extend(layers.lost);
                    unknown_modes = layers.unknown;
                    let metadata = Metadata {
                        icc: layers.icc,
                        alpha: true,
                        ..Metadata::default()
                    };
                    (layers.picture, metadata)
                }
                None => return Err(ProjectError::NothingLeft(path.to_owned())),
            };
            if sketched {
                lost.push("the picture under the sketch".to_owned());
            }
            Work::new(picture, metadata, None)
        }
    };
    if foreign {
        return Ok(Opened {
            work,
            lost,
            foreign,
            unknown_modes,
        });
    }
    match parts.fitting(MASK, &work) {
        Some(mask) => {
            let values = mask.channel(3).collect();
            work.mask = Arc::new(Mask::new(mask.size(), values));
        }
        None => lost.push("the mask".to_owned()),
    }
    match contents {
        Some(contents) => parts.add(contents, &mut work, &mut lost),
        None => lost.push("the recipe and the results".to_owned()),
    }
    Ok(Opened {
        work,
        lost,
        foreign,
        unknown_modes,
    })
}

/// What is lost with a part; nothing where that is said when the part is missed, or nobody misses it.
fn meaning(name: &str) -> Option<String> {
    match name {
        "mimetype" | "Thumbnails/thumbnail.png" => None,
        PROJECT | PICTURE | MASK | SKETCH | BEFORE => None,
        STACK => Some("the list of layers".to_owned()),
        MERGED => Some("the picture that other programs show".to_owned()),
        name if name.starts_with(RESULT) || name.starts_with(CONTROL) => None,
        name => Some(format!("the part {name}")),
    }
}

/// Parts that any OpenRaster archive has, and parts that only ours have.
const OUTSIDE: &[&str] = &["mimetype", STACK, MERGED];
const OURS: &[&str] = &[PROJECT, PICTURE, MASK];

/// The parts of a file that could be read, by name.
struct Parts<'a> {
    path: &'a Path,
    parts: BTreeMap<String, Vec<u8>>,
}

impl Parts<'_> {
    fn has(&self, name: &str) -> bool {
        self.parts.contains_key(name)
    }

    /// Our data; none where they make no sense.
    fn contents(&self, bytes: &[u8]) -> Result<Option<Contents>, ProjectError> {
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
                .inspect_err(|error| tracing::warn!("{PROJECT}: {error}"))
                .ok()),
        }
    }

    /// Takes over what our data say.
    fn add(&self, contents: Contents, work: &mut Work, lost: &mut Vec<String>) {
        work.source = contents.source;
        work.recipe = contents.recipe;
        for (name, file) in contents.control_pictures {
            match self.picture(&file) {
                Some((picture, _)) => drop(work.control_pictures.insert(name, Arc::new(picture))),
                None => lost.push(format!("the ControlNet's picture {name}")),
            }
        }
        work.others = contents.others;
        work.made = contents.made;
        if let Some(at) = contents.before {
            let whole = Rect::of(work.picture.size());
            let patch = self.patch(BEFORE, at);
            match patch.filter(|patch| whole.contains(patch.rect())) {
                Some(patch) => work.before = Some(patch),
                None => lost.push("the picture before the accepted results".to_owned()),
            }
        }
        for (number, Entry { file, at, result }) in (1..).zip(contents.candidates) {
            match self.patch(&file, at).map(Arc::new) {
                Some(patch) => work.candidates.push(RepaintResult { patch, ..result }),
                None => lost.push(format!("result {number}")),
            }
        }
    }

    fn picture(&self, name: &str) -> Option<(Picture, Metadata)> {
        let decoded = self.decoded(name)?;
        Some((decoded.picture, decoded.metadata))
    }

    fn decoded(&self, name: &str) -> Option<PictureFile> {
        file::decode(self.parts.get(name)?, self.path)
            .inspect_err(|error| tracing::warn!("{name}: {error}"))
            .ok()
    }

    /// The layers that the list of them names, put together.
    fn layers(&self) -> Result<Merged, ProjectError> {
        let path = || self.path.to_owned();
        let stack = self.parts.get(STACK);
        let stack = stack.ok_or_else(|| ProjectError::NothingLeft(path()))?;
        merged(stack, |name| self.decoded(name)).map_err(|error| match error {
            NotMerged::Nothing => ProjectError::NothingVisible(path()),
            NotMerged::TooMuch => ProjectError::TooMuch(path()),
        })
    }

    /// A picture of the size that the work has.
    fn fitting(&self, name: &str, work: &Work) -> Option<Picture> {
        let (picture, _) = self.picture(name)?;
        (picture.size() == work.picture.size()).then_some(picture)
    }

    /// A picture at its place.
    fn patch(&self, name: &str, [left, top]: [u32; 2]) -> Option<Patch> {
        let (picture, _) = self.picture(name)?;
        let right = left.checked_add(picture.size().width)?;
        let bottom = top.checked_add(picture.size().height)?;
        Some(Patch::new(Rect::new(left, top, right, bottom), picture))
    }
}
