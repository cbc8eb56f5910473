//! The journal's file: frames of changes, each whole or not there at all.
//!
//! A file is [`HEADER`] and then frames; a frame is its payload's length (u64), the payload, and the payload's CRC-32 (u32), numbers little-endian.
//! A payload is a run of [`Change`]s; what a kill cut short fails its checksum, and reading stops before it.
//!
//! Does not know when anything is recorded or where the files lie.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};

use super::{Pending, ProjectError, Work};
use crate::raster::file::{self, Format, Metadata};
use crate::raster::{Mask, Patch, Picture, Rect, Size};
use crate::recipe::Recipe;

/// What the file starts with; another layout gets another number.
const HEADER: &[u8] = b"pentimento journal 1\n";

/// One thing that changed.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// Picture and mask have another size: both are empty until the changes after this.
    Size(Size),
    /// Pixels of a rectangle; of the whole picture they are shared, not copied.
    Picture(Rect, Arc<Picture>),
    /// Coverage of a rectangle.
    Mask(Rect, Arc<Mask>),
    /// What the artist asks for, and where the picture came from.
    Facts(Facts),
    /// What the picture's file said.
    Metadata(Metadata),
    /// A result came.
    Candidate(u64, Pending),
    /// A result went.
    Dropped(u64),
}

/// The small things.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Facts {
    pub recipe: Recipe,
    pub source: Option<PathBuf>,
}

/// Begins a file.
pub(super) fn begin(file: &mut impl Write) -> io::Result<u64> {
    file.write_all(HEADER)?;
    Ok(HEADER.len() as u64)
}

/// Appends a frame, and returns how many bytes it took.
pub(super) fn append(file: &mut impl Write, changes: &[Change]) -> io::Result<u64> {
    let mut payload = Vec::new();
    for change in changes {
        encode(change, &mut payload)?;
    }
    file.write_all(&(payload.len() as u64).to_le_bytes())?;
    file.write_all(&payload)?;
    file.write_all(&crc32fast::hash(&payload).to_le_bytes())?;
    file.flush()?;
    Ok(payload.len() as u64 + 12)
}

fn encode(change: &Change, payload: &mut Vec<u8>) -> io::Result<()> {
    let rect_words = |rect: &Rect| [rect.left, rect.top, rect.right, rect.bottom];
    match change {
        Change::Size(size) => {
            payload.push(b'S');
            words(payload, &[size.width, size.height]);
        }
        Change::Picture(rect, picture) => {
            payload.push(b'P');
            words(payload, &rect_words(rect));
            packed(payload, picture.pixels().as_flattened())?;
        }
        Change::Mask(rect, mask) => {
            payload.push(b'M');
            words(payload, &rect_words(rect));
            packed(payload, mask.values())?;
        }
        Change::Facts(facts) => {
            payload.push(b'F');
            block(payload, &serde_json::to_vec(facts)?);
        }
        Change::Metadata(metadata) => {
            payload.push(b'X');
            // A PNG of one pixel holds all that a PNG of many would.
            let pixel = Picture::filled(Size::new(1, 1), [0; 4]);
            block(payload, &file::encode(Format::Png, &pixel, metadata)?.0);
        }
        Change::Candidate(id, pending) => {
            payload.push(b'C');
            payload.extend_from_slice(&id.to_le_bytes());
            words(payload, &rect_words(&pending.patch.rect()));
            words(payload, &[pending.seconds.to_bits()]);
            block(payload, &serde_json::to_vec(&pending.recipe)?);
            packed(payload, pending.patch.pixels().pixels().as_flattened())?;
        }
        Change::Dropped(id) => {
            payload.push(b'D');
            payload.extend_from_slice(&id.to_le_bytes());
        }
    }
    Ok(())
}

fn words(payload: &mut Vec<u8>, words: &[u32]) {
    payload.extend(words.iter().flat_map(|word| word.to_le_bytes()));
}

fn block(payload: &mut Vec<u8>, bytes: &[u8]) {
    payload.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    payload.extend_from_slice(bytes);
}

/// Deflated at the fastest level: masks and flat pictures shrink to little, and the disk is slower than this.
fn packed(payload: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    block(payload, &encoder.finish()?);
    Ok(())
}

/// What a journal brought back.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovered {
    /// The work as of the last whole frame.
    pub work: Work,
    /// Whether something after that frame was cut short.
    pub torn: bool,
}

/// Reads a journal's file as far as it is whole.
///
/// # Errors
/// [`ProjectError::File`] when it cannot be read, [`ProjectError::NothingLeft`] when no frame of it is whole.
pub fn recover(path: &Path) -> Result<Recovered, ProjectError> {
    let bytes = file::read_bytes(path)?;
    let nothing = || ProjectError::NothingLeft(path.to_owned());
    let mut rest = bytes.strip_prefix(HEADER).ok_or_else(nothing)?;
    let mut state = State::default();
    let mut torn = false;
    while !rest.is_empty() {
        let applied = frame(&mut rest).and_then(|payload| state.apply(payload));
        if applied.is_none() {
            torn = true;
            break;
        }
    }
    let work = state.work().ok_or_else(nothing)?;
    Ok(Recovered { work, torn })
}

/// The next frame's payload, if all of it is there and unharmed.
fn frame<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u64::from_le_bytes(take(rest, 8)?.try_into().ok()?);
    let payload = take(rest, usize::try_from(length).ok()?)?;
    let sum = u32::from_le_bytes(take(rest, 4)?.try_into().ok()?);
    (crc32fast::hash(payload) == sum).then_some(payload)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

/// What the frames so far add up to.
#[derive(Clone, Default)]
struct State {
    picture: Option<Picture>,
    mask: Option<Mask>,
    facts: Option<Facts>,
    metadata: Metadata,
    candidates: BTreeMap<u64, Pending>,
}

impl State {
    /// Applies a payload; nothing of it when any part makes no sense.
    fn apply(&mut self, mut payload: &[u8]) -> Option<()> {
        while !payload.is_empty() {
            let kind = take(&mut payload, 1)?[0];
            self.change(kind, &mut payload)?;
        }
        Some(())
    }

    fn change(&mut self, kind: u8, rest: &mut &[u8]) -> Option<()> {
        match kind {
            b'S' => {
                let size = Size::new(word(rest)?, word(rest)?);
                if size.is_empty() || size.width.max(size.height) > file::MAX_SIDE {
                    return None;
                }
                self.picture = Some(Picture::filled(size, [0; 4]));
                self.mask = Some(Mask::filled(size, 0));
            }
            b'P' => {
                let rect = rect(rest)?;
                let pixels = pixels(rest, rect)?;
                let picture = self.picture.as_mut()?;
                if !Rect::of(picture.size()).contains(rect) {
                    return None;
                }
                picture.paste(&Patch::new(rect, pixels));
            }
            b'M' => {
                let rect = rect(rest)?;
                let values = unpacked(rest, rect.size().area())?;
                let mask = self.mask.as_mut()?;
                if !Rect::of(mask.size()).contains(rect) {
                    return None;
                }
                mask.swap(rect, &mut Mask::new(rect.size(), values));
            }
            b'F' => self.facts = Some(serde_json::from_slice(read_block(rest)?).ok()?),
            b'X' => {
                let bytes = read_block(rest)?;
                self.metadata = file::decode(bytes, Path::new("journal")).ok()?.metadata;
            }
            b'C' => {
                let id = long(rest)?;
                let rect = rect(rest)?;
                let seconds = f32::from_bits(word(rest)?);
                let recipe = serde_json::from_slice(read_block(rest)?).ok()?;
                let patch = Arc::new(Patch::new(rect, pixels(rest, rect)?));
                self.candidates.insert(
                    id,
                    Pending {
                        recipe,
                        patch,
                        seconds,
                    },
                );
            }
            b'D' => {
                self.candidates.remove(&long(rest)?);
            }
            _ => return None,
        }
        Some(())
    }

    fn work(self) -> Option<Work> {
        let facts = self.facts?;
        Some(Work {
            picture: Arc::new(self.picture?),
            mask: Arc::new(self.mask?),
            before: None,
            metadata: self.metadata,
            source: facts.source,
            recipe: facts.recipe,
            candidates: self.candidates.into_values().collect(),
        })
    }
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

fn pixels(rest: &mut &[u8], rect: Rect) -> Option<Picture> {
    let bytes = unpacked(rest, rect.size().area() * 4)?;
    let (pixels, _) = bytes.as_chunks::<4>();
    Some(Picture::new(rect.size(), pixels.to_vec()))
}
