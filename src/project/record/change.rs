//! One change as bytes, and back.
//!
//! Does not know frames, nor what the changes before were.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};

use crate::document::Before;
use crate::project::{Desk, Pending};
use crate::raster::file::{self, Format, Metadata};
use crate::raster::{Mask, Patch, Picture, Rect, Size};
use crate::recipe::Recipe;
use crate::recipe::parsed::Others;

/// One thing that changed.
#[derive(Clone, Debug)]
pub(in crate::project) enum Change {
    /// Everything has another size: picture, mask and sketch are empty until the changes after this.
    Size(Size),
    /// Pixels of a rectangle.
    Picture(Rect, Piece<Picture>),
    /// Coverage of a rectangle.
    Mask(Rect, Piece<Mask>),
    /// The sketch over a rectangle; one that begins is transparent elsewhere.
    Sketch(Rect, Piece<Picture>),
    /// The sketch is gone.
    NoSketch,
    /// The picture before the accepted results.
    Before(Option<Patch>),
    /// The same, still to be put together.
    BeforeOf(Before),
    /// What the artist asks for, and what the work is.
    Facts(Box<Facts>),
    /// What the picture's file said.
    Metadata(Metadata),
    /// A result came.
    Candidate(u64, Pending),
    /// A result went.
    Dropped(u64),
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

/// A rectangle's share of something.
#[derive(Clone, Debug)]
pub(in crate::project) enum Piece<T> {
    /// Only that.
    Cut(T),
    /// The whole, out of which it is still to be cut.
    Of(Arc<T>),
}

impl<T> Piece<T> {
    /// A small part is copied, a large one shared: what is shared is copied by the next edit if it is still held then, what is copied always is.
    pub fn new(of: &Arc<T>, whole: Rect, part: Rect, cut: impl FnOnce(Rect) -> T) -> Self {
        match part.size().area() > whole.size().area() / 2 {
            true => Self::Of(Arc::clone(of)),
            false => Self::Cut(cut(part)),
        }
    }
}

impl Change {
    /// Appends it to a payload.
    pub fn encode(&self, payload: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Size(size) => {
                payload.push(b'S');
                words(payload, &[size.width, size.height]);
            }
            Self::Picture(rect, piece) => {
                payload.push(b'P');
                pixels(payload, *rect, piece)?;
            }
            Self::Mask(rect, piece) => {
                payload.push(b'M');
                corners(payload, *rect);
                match piece {
                    Piece::Cut(mask) => packed(payload, mask.values())?,
                    Piece::Of(mask) if mask.size() == rect.size() => {
                        packed(payload, mask.values())?;
                    }
                    Piece::Of(mask) => packed(payload, mask.crop(*rect).values())?,
                }
            }
            Self::Sketch(rect, piece) => {
                payload.push(b'K');
                pixels(payload, *rect, piece)?;
            }
            Self::NoSketch => payload.push(b'N'),
            Self::Before(Some(patch)) => {
                payload.push(b'B');
                corners(payload, patch.rect());
                packed(payload, patch.pixels().pixels().as_flattened())?;
            }
            Self::BeforeOf(before) => Self::Before(Some(before.patch())).encode(payload)?,
            Self::Before(None) => payload.push(b'A'),
            Self::Facts(facts) => {
                payload.push(b'F');
                block(payload, &serde_json::to_vec(facts)?);
            }
            Self::Metadata(metadata) => {
                payload.push(b'X');
                payload.push(u8::from(metadata.alpha));
                // A PNG of one pixel holds all that a PNG of many would.
                let pixel = Picture::filled(Size::new(1, 1), [0; 4]);
                block(payload, &file::encode(Format::Png, &pixel, metadata)?.0);
            }
            Self::Candidate(id, pending) => {
                payload.push(b'C');
                payload.extend_from_slice(&id.to_le_bytes());
                words(payload, &[pending.base.width, pending.base.height]);
                payload.extend_from_slice(&(pending.steps as u64).to_le_bytes());
                words(payload, &[pending.seconds.to_bits()]);
                block(payload, &serde_json::to_vec(&pending.recipe)?);
                block(payload, pending.infotext.as_bytes());
                corners(payload, pending.patch.rect());
                packed(payload, pending.patch.pixels().pixels().as_flattened())?;
            }
            Self::Dropped(id) => {
                payload.push(b'D');
                payload.extend_from_slice(&id.to_le_bytes());
            }
        }
        Ok(())
    }

    /// The first change of a payload, which is shortened by it; none where it makes no sense.
    pub fn decode(rest: &mut &[u8]) -> Option<Self> {
        Some(match take(rest, 1)?[0] {
            b'S' => {
                let size = Size::new(word(rest)?, word(rest)?);
                if size.is_empty() || size.width.max(size.height) > file::MAX_SIDE {
                    return None;
                }
                Self::Size(size)
            }
            b'P' => {
                let (rect, pixels) = read_pixels(rest)?;
                Self::Picture(rect, Piece::Cut(pixels))
            }
            b'M' => {
                let rect = rect(rest)?;
                let values = unpacked(rest, rect.size().area())?;
                Self::Mask(rect, Piece::Cut(Mask::new(rect.size(), values)))
            }
            b'K' => {
                let (rect, pixels) = read_pixels(rest)?;
                Self::Sketch(rect, Piece::Cut(pixels))
            }
            b'N' => Self::NoSketch,
            b'B' => {
                let (rect, pixels) = read_pixels(rest)?;
                Self::Before(Some(Patch::new(rect, pixels)))
            }
            b'A' => Self::Before(None),
            b'F' => Self::Facts(serde_json::from_slice(read_block(rest)?).ok()?),
            b'X' => {
                let alpha = take(rest, 1)?[0] != 0;
                let png = file::decode(read_block(rest)?, Path::new("journal")).ok()?;
                Self::Metadata(Metadata {
                    alpha,
                    ..png.metadata
                })
            }
            b'C' => {
                let id = long(rest)?;
                let base = Size::new(word(rest)?, word(rest)?);
                let steps = usize::try_from(long(rest)?).ok()?;
                let seconds = f32::from_bits(word(rest)?);
                let recipe = serde_json::from_slice(read_block(rest)?).ok()?;
                let infotext = String::from_utf8(read_block(rest)?.to_vec()).ok()?;
                let (rect, pixels) = read_pixels(rest)?;
                let patch = Arc::new(Patch::new(rect, pixels));
                let pending = Pending {
                    recipe,
                    patch,
                    base,
                    steps,
                    seconds,
                    infotext,
                };
                Self::Candidate(id, pending)
            }
            b'D' => Self::Dropped(long(rest)?),
            _ => return None,
        })
    }
}

fn words(payload: &mut Vec<u8>, words: &[u32]) {
    payload.extend(words.iter().flat_map(|word| word.to_le_bytes()));
}

fn corners(payload: &mut Vec<u8>, rect: Rect) {
    words(payload, &[rect.left, rect.top, rect.right, rect.bottom]);
}

fn block(payload: &mut Vec<u8>, bytes: &[u8]) {
    payload.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    payload.extend_from_slice(bytes);
}

fn pixels(payload: &mut Vec<u8>, rect: Rect, piece: &Piece<Picture>) -> io::Result<()> {
    corners(payload, rect);
    match piece {
        Piece::Cut(picture) => packed(payload, picture.pixels().as_flattened()),
        Piece::Of(picture) if picture.size() == rect.size() => {
            packed(payload, picture.pixels().as_flattened())
        }
        Piece::Of(picture) => packed(payload, picture.crop(rect).pixels().as_flattened()),
    }
}

/// A block deflated at the fastest level: masks and flat pictures shrink to little.
fn packed(payload: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
    // Its length stands before it, and is known after it.
    let at = payload.len();
    payload.extend_from_slice(&[0; 8]);
    let mut encoder = DeflateEncoder::new(&mut *payload, Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()?;
    let length = (payload.len() - at - 8) as u64;
    payload[at..at + 8].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn word(rest: &mut &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(take(rest, 4)?.try_into().ok()?))
}

fn long(rest: &mut &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(take(rest, 8)?.try_into().ok()?))
}

/// A rectangle that a picture can have.
fn rect(rest: &mut &[u8]) -> Option<Rect> {
    let rect = Rect::new(word(rest)?, word(rest)?, word(rest)?, word(rest)?);
    let whole = Rect::new(0, 0, file::MAX_SIDE, file::MAX_SIDE);
    (!rect.is_empty() && whole.contains(rect)).then_some(rect)
}

fn read_block<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = long(rest)?;
    take(rest, usize::try_from(length).ok()?)
}

/// Exactly `length` bytes out of a deflated block.
fn unpacked(rest: &mut &[u8], length: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    DeflateDecoder::new(read_block(rest)?)
        .take(length as u64 + 1)
        .read_to_end(&mut bytes)
        .ok()?;
    (bytes.len() == length).then_some(bytes)
}

/// A rectangle and its pixels.
fn read_pixels(rest: &mut &[u8]) -> Option<(Rect, Picture)> {
    let rect = rect(rest)?;
    let bytes = unpacked(rest, rect.size().area() * 4)?;
    let (pixels, _) = bytes.as_chunks::<4>();
    Some((rect, Picture::new(rect.size(), pixels.to_vec())))
}
