//! One change as bytes, and back: a [`Record`] as JSON, and its pixels beside it.
//!
//! Does not know frames, nor what the changes before were.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};

use crate::document::{Before, RepaintResult};
use crate::project::Desk;
use crate::raster::file::{self, Format, Metadata};
use crate::raster::{Mask, Patch, Picture, Rect, Size};
use crate::recipe::Recipe;
use crate::recipe::parsed::Others;

/// One thing that changed, without its pixels.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::project) enum Record {
    /// Everything has another size: picture, mask and sketch are empty until the changes after this.
    Size(Size),
    /// Pixels of a rectangle.
    Picture(Rect),
    /// Coverage of a rectangle.
    Mask(Rect),
    /// The sketch over a rectangle; one that begins is transparent elsewhere.
    Sketch(Rect),
    /// The sketch is gone.
    NoSketch,
    /// The picture before the accepted results.
    Before(Option<Rect>),
    /// What the artist asks for, and what the work is.
    Facts(Box<Facts>),
    /// A picture that ControlNets are shown, by its name.
    ControlPicture(String, Rect),
    /// That is shown to none any more.
    NoControlPicture(String),
    /// What the picture's file said: a PNG, and what that cannot hold.
    Metadata { alpha: bool },
    /// A result came; its pixels lie there.
    Result(u64, Rect, Box<RepaintResult>),
    /// A result went.
    Dropped(u64),
}

/// The pixels of a change, still to be cut out of what they are shared with.
#[derive(Debug)]
pub(in crate::project) enum Pixels {
    None,
    Picture(Arc<Picture>, Rect),
    Mask(Arc<Mask>, Rect),
    Before(Before),
    Patch(Arc<Patch>),
    Metadata(Metadata),
}

/// The small things.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::project) struct Facts {
    pub title: String,
    pub source: Option<PathBuf>,
    pub unsaved: bool,
    pub recipe: Recipe,
    pub others: Option<Others>,
    pub made: Option<String>,
}

impl Facts {
    pub fn of(desk: &Desk<'_>) -> Self {
        Self {
            title: desk.title.to_owned(),
            source: desk.source.map(Path::to_owned),
            unsaved: desk.unsaved,
            recipe: desk.recipe.clone(),
            others: desk.others.cloned(),
            made: desk.made.map(str::to_owned),
        }
    }

    /// Whether they are still these.
    pub fn are(&self, desk: &Desk<'_>) -> bool {
        self.unsaved == desk.unsaved
            && self.title == desk.title
            && self.source.as_deref() == desk.source
            && self.made.as_deref() == desk.made
            && self.others.as_ref() == desk.others
            && self.recipe == *desk.recipe
    }
}

impl Record {
    /// The rectangle that its pixels fill, and the bytes of one; none without pixels.
    pub fn pixels(&self) -> Option<(Rect, usize)> {
        match *self {
            Self::Picture(rect) | Self::Sketch(rect) => Some((rect, 4)),
            Self::ControlPicture(_, rect) | Self::Result(_, rect, _) => Some((rect, 4)),
            Self::Before(rect) => Some((rect?, 4)),
            Self::Mask(rect) => Some((rect, 1)),
            _ => None,
        }
    }
}

/// Appends a change to a payload: two blocks, each its length (u64, little-endian) and its bytes. Pixels are deflated at the fastest level: masks and flat pictures shrink to little.
pub(super) fn encode(record: &Record, pixels: &Pixels, payload: &mut Vec<u8>) -> io::Result<()> {
    write_block(payload, |json| Ok(serde_json::to_writer(json, record)?))?;
    write_block(payload, |block| {
        let picture = |block, picture: &Picture| deflate(block, picture.pixels().as_flattened());
        match pixels {
            Pixels::None => Ok(()),
            Pixels::Picture(of, part) if part.size() == of.size() => picture(block, of),
            Pixels::Picture(of, part) => picture(block, &of.crop(*part)),
            Pixels::Mask(of, part) if part.size() == of.size() => deflate(block, of.values()),
            Pixels::Mask(of, part) => deflate(block, of.crop(*part).values()),
            Pixels::Before(before) => picture(block, before.patch().pixels()),
            Pixels::Patch(patch) => picture(block, patch.pixels()),
            Pixels::Metadata(metadata) => {
                // A PNG of one pixel holds all that a PNG of many would.
                let pixel = Picture::filled(Size::new(1, 1), [0; 4]);
                block.write_all(&file::encode(Format::Png, &pixel, metadata)?.0)
            }
        }
    })
}

/// The first change of a payload, which is shortened by it; none where it makes no sense.
pub(super) fn decode<'a>(rest: &mut &'a [u8]) -> Option<(Record, &'a [u8])> {
    let record = serde_json::from_slice(read_block(rest)?).ok()?;
    Some((record, read_block(rest)?))
}

/// What a block holds for a record: exactly its pixels, or else what was written.
pub(super) fn unpacked(record: &Record, block: &[u8]) -> Option<Vec<u8>> {
    let Some((rect, channels)) = record.pixels() else {
        return Some(block.to_vec());
    };
    let whole = Rect::new(0, 0, file::MAX_SIDE, file::MAX_SIDE);
    if rect.is_empty() || !whole.contains(rect) {
        return None;
    }
    let length = rect.size().area() * channels;
    let mut bytes = Vec::new();
    let mut inflated = DeflateDecoder::new(block).take(length as u64 + 1);
    inflated.read_to_end(&mut bytes).ok()?;
    (bytes.len() == length).then_some(bytes)
}

fn write_block(
    payload: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
) -> io::Result<()> {
    // Its length stands before it, and is known after it.
    let at = payload.len();
    payload.extend_from_slice(&[0; 8]);
    write(payload)?;
    let length = (payload.len() - at - 8) as u64;
    payload[at..at + 8].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

pub(super) fn read_block<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (block, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(block)
}

fn deflate(block: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
    let mut encoder = DeflateEncoder::new(block, Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish().map(|_| ())
}
