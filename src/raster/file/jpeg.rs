//! The marker segments of a JPEG (ITU-T T.81, annex B): what decoders do not tell, and what they do not read.
//!
//! Does not know how samples are coded.

use super::density::Density;
use super::{photoshop, xmp};

/// What stands in front of EXIF data in an APP1 segment.
pub(super) const EXIF: &[u8] = b"Exif\0\0";
/// What stands in front of an XMP packet in an APP1 segment.
pub(super) const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// What stands in front of a part of a packet that is larger than a segment.
const EXTENDED_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";

const APP0: u8 = 0xE0;
pub(super) const APP1: u8 = 0xE1;
pub(super) const APP13: u8 = 0xED;
const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;

/// Most bytes of a segment behind its length.
pub(super) const MOST_BYTES: usize = 65_533;

/// Most bytes of an extended XMP packet.
const MOST_XMP: usize = 64 << 20;

/// Bytes in place of missing ones: where any makes no difference to the pixels, none is missing.
const GUESSES: [u8; 4] = [0x00, 0x55, 0xAA, 0xFE];

/// More than a block of samples takes up.
const GUESSED: usize = 256;

/// A JPEG as it lies in a file.
#[derive(Default)]
pub(super) struct Jpeg<'a> {
    /// Width and height, 0 where no frame begins.
    pub size: (u32, u32),
    /// How many there are for each pixel.
    pub components: u8,
    /// Marker and content of the segments in front of the first scan.
    segments: Vec<(u8, &'a [u8])>,
    /// Everything from the start to the end mark, without what belongs to no segment.
    whole: Vec<&'a [u8]>,
    /// The coefficients of each component that came in full precision.
    exact: Vec<(u8, u64)>,
    /// Whether there is an end mark.
    pub ended: bool,
    /// Whether something between segments was passed over.
    pub stray: bool,
    /// What follows the end mark.
    pub rest: &'a [u8],
}

impl<'a> Jpeg<'a> {
    /// Walks the segments from the start of the image to its end.
    pub fn of(bytes: &'a [u8]) -> Self {
        let mut jpeg = Self::default();
        let mut at = 2;
        while let Some(marker_at) = marker(bytes, at) {
            let skipped = &bytes[at..marker_at];
            jpeg.stray |= skipped.iter().any(|byte| *byte != 0xFF);
            let kind = bytes[marker_at + 1];
            let body = marker_at + 2;
            at = body;
            match kind {
                EOI => {
                    jpeg.ended = true;
                    jpeg.rest = &bytes[at..];
                    break;
                }
                // They stand alone, and not here.
                SOI | 0xD0..=0xD7 => continue,
                _ => {}
            }
            let length = bytes.get(body..).and_then(|rest| rest.first_chunk::<2>());
            let length = length.map_or(0, |length| usize::from(u16::from_be_bytes(*length)));
            let Some(content) = (length >= 2)
                .then(|| bytes.get(body + 2..body + length))
                .flatten()
            else {
                break;
            };
            at = body + length;
            if kind == SOS {
                at = scan_end(bytes, at);
            } else if jpeg.exact.is_empty() {
                jpeg.segments.push((kind, content));
            }
            jpeg.read(kind, content);
            jpeg.whole.push(&bytes[marker_at..at]);
        }
        jpeg
    }

    fn read(&mut self, kind: u8, content: &[u8]) {
        let side = |high, low| u32::from(u16::from_be_bytes([high, low]));
        match (kind, content) {
            (0xC0..=0xC2, &[_, h1, h0, w1, w0, components, ..]) => {
                self.size = (side(w1, w0), side(h1, h0));
                self.components = components;
            }
            (SOS, &[count, ref rest @ ..]) => {
                let (ids, rest) = rest.split_at(rest.len().min(2 * usize::from(count)));
                let &[first, last, precision, ..] = rest else {
                    return;
                };
                let coefficients = (first..=last.min(63)).fold(0, |sum, bit| sum | 1_u64 << bit);
                for id in ids.iter().step_by(2) {
                    let found = self.exact.iter_mut().find(|(own, _)| own == id);
                    let new = if precision & 15 == 0 { coefficients } else { 0 };
                    match found {
                        Some((_, exact)) => *exact |= new,
                        None => self.exact.push((*id, new)),
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether every component has all of its coefficients, if the last scan is whole.
    pub fn has_every_scan(&self) -> bool {
        self.exact.len() == usize::from(self.components)
            && self.exact.iter().all(|(_, exact)| *exact == u64::MAX)
    }

    /// The image without stray bytes.
    pub fn mended(&self) -> Vec<u8> {
        self.with_end(&[])
    }

    /// The image with one and the other in place of what follows its last byte.
    pub fn guesses(&self) -> impl Iterator<Item = Vec<u8>> {
        GUESSES
            .iter()
            .map(|guess| self.with_end(&[*guess; GUESSED]))
    }

    fn with_end(&self, end: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xFF, SOI];
        bytes.extend(self.whole.concat());
        // What was never written is no sample; a 0 behind a 255 is part of it.
        while !self.ended && bytes.ends_with(&[0]) && !bytes.ends_with(&[0xFF, 0]) {
            bytes.pop();
        }
        // Half of a mark.
        if bytes.last() == Some(&0xFF) {
            bytes.pop();
        }
        bytes.extend(end);
        bytes.extend([0xFF, EOI]);
        bytes
    }

    fn with_prefix<'b>(&'b self, kind: u8, prefix: &'b [u8]) -> impl Iterator<Item = &'a [u8]> {
        let own = self.segments.iter().filter(move |(own, _)| *own == kind);
        own.filter_map(move |(_, content)| content.strip_prefix(prefix))
    }

    pub fn exif(&self) -> Option<&'a [u8]> {
        self.with_prefix(APP1, EXIF).next()
    }

    /// The XMP packet, put together from its parts; the first alone where the others are not whole.
    pub fn xmp(&self) -> Option<Vec<u8>> {
        let packet = self.with_prefix(APP1, XMP).next()?;
        let mut parts = self
            .with_prefix(APP1, EXTENDED_XMP)
            .filter_map(|part| {
                let (name, part) = part.split_first_chunk::<32>()?;
                let (length, part) = part.split_first_chunk::<4>()?;
                let (offset, part) = part.split_first_chunk::<4>()?;
                let own = packet.windows(32).any(|text| text == name);
                let number = |bytes| u32::from_be_bytes(bytes) as usize;
                own.then_some((number(*offset), number(*length), part))
            })
            .collect::<Vec<_>>();
        parts.sort_by_key(|(offset, ..)| *offset);
        let mut extension = Vec::new();
        let mut whole = None;
        for (offset, length, part) in parts {
            if offset == extension.len() && length <= MOST_XMP {
                extension.extend(part);
                whole = Some(length);
            }
        }
        let joined = (whole == Some(extension.len())).then(|| xmp::join(packet, &extension));
        Some(joined.flatten().unwrap_or_else(|| packet.to_vec()))
    }

    /// Photoshop's resources, put together from their segments.
    pub fn photoshop(&self) -> Option<Vec<u8>> {
        let parts: Vec<_> = self.with_prefix(APP13, photoshop::SIGNATURE).collect();
        (!parts.is_empty()).then(|| parts.concat())
    }

    pub fn density(&self) -> Option<Density> {
        let jfif = self.with_prefix(APP0, b"JFIF\0").next()?;
        Density::of_jfif(jfif.get(2..7)?.first_chunk()?)
    }

    /// Whether there is a comment.
    pub fn is_commented(&self) -> bool {
        self.with_prefix(0xFE, b"").next().is_some()
    }

    /// Whether there are content credentials (C2PA, in JUMBF boxes).
    pub fn is_signed(&self) -> bool {
        self.with_prefix(0xEB, b"JP").next().is_some()
    }

    /// Whether a list of further pictures of the file is among the segments (CIPA DC-007).
    pub fn lists_others(&self) -> bool {
        self.with_prefix(0xE2, b"MPF\0").next().is_some()
    }
}

/// Where the next marker is.
fn marker(bytes: &[u8], from: usize) -> Option<usize> {
    let pairs = bytes.get(from..)?.windows(2);
    let place = pairs
        .into_iter()
        .position(|pair| matches!(pair, [0xFF, 0xC0..=0xFE]))?;
    Some(from + place)
}

/// Where the entropy-coded data end that start there: they stuff a 0 behind each 255, and hold restart marks.
fn scan_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(next) = marker(bytes, at) {
        if !matches!(bytes[next + 1], 0xD0..=0xD7) {
            return next;
        }
        at = next + 2;
    }
    bytes.len()
}

/// A segment.
pub(super) fn segment(kind: u8, prefix: &[u8], content: &[u8]) -> Vec<u8> {
    let length = (2 + prefix.len() + content.len()) as u16;
    [&[0xFF, kind], &length.to_be_bytes()[..], prefix, content].concat()
}

/// A JPEG with segments behind its first one, which is JFIF's.
pub(super) fn insert(jpeg: &mut Vec<u8>, segments: &[u8]) {
    let length = jpeg.get(4..6).map_or(0, |length| {
        usize::from(length[0]) << 8 | usize::from(length[1])
    });
    jpeg.splice(4 + length..4 + length, segments.iter().copied());
}
