//! EXIF data without what shows the picture as it was, each remaining value where it lay.
//!
//! A maker note may count its offsets from the start of the data, so nothing moves: entries are struck out of their directories, and every byte that no remaining entry reaches becomes 0.

use std::ops::Range;

use super::{EXIF, INTEROPERABILITY, Reader};
use crate::raster::Size;

/// What is left of EXIF data.
pub(in crate::raster::file) struct Clean {
    pub bytes: Vec<u8>,
    /// Whether an entry could not be read and is gone.
    pub damaged: bool,
    /// Whether an entry is gone since it may have held a picture.
    pub previews: bool,
}

/// Entries of the first directory that say how samples are stored, where further pictures are, or what has a place of its own: TIFF 6.0's, JPEG's, XMP, IPTC, Photoshop's resources and layers, the ICC profile, and Windows' padding.
const STORAGE: &[u16] = &[
    254, 255, 256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 322, 323, 324, 325, 330, 513, 514,
    700, 33_723, 34_377, 34_675, 37_724, 59_932,
];

/// Text that Windows keeps as bytes, and the user comment.
const TEXT: &[u16] = &[37_510, 40_091, 40_092, 40_093, 40_094, 40_095];

/// Where in the picture its subject is: area and location, in pixels.
const SUBJECT: &[u16] = &[37_396, 41_492];

/// Width and height in the Exif and in the interoperability directory.
const WIDTH: [u16; 2] = [40_962, 4097];
const HEIGHT: [u16; 2] = [40_963, 4098];

/// Most bytes of a value that is no text: what is longer, as most maker notes are, may hold a preview.
const MOST_BYTES: usize = 2048;

/// A directory of classic TIFF.
struct Table {
    at: usize,
    entries: Vec<[u8; 12]>,
}

struct Cleaner<'a> {
    reader: Reader<'a>,
    size: Option<Size>,
    tables: Vec<Table>,
    values: Vec<Range<usize>>,
    previews: bool,
}

/// Strikes out thumbnails, previews and the like; with a size also says that one in place of an older. None for what is no EXIF data.
pub(in crate::raster::file) fn clean(exif: &[u8], size: Option<Size>) -> Option<Clean> {
    let reader = Reader::new(exif).filter(|reader| !reader.wide)?;
    let first = reader.first()?;
    let mut cleaner = Cleaner {
        reader,
        size,
        tables: Vec::new(),
        values: Vec::new(),
        previews: false,
    };
    cleaner.table(first, None)?;
    let Cleaner {
        reader,
        tables,
        values,
        previews,
        ..
    } = cleaner;
    let mut bytes = exif[..8].to_vec();
    let ends = values.iter().map(|value| value.end);
    let table_end = |table: &Table| table.at + 2 + 12 * table.entries.len() + 4;
    let end = ends.chain(tables.iter().map(table_end)).max();
    bytes.resize(end.unwrap_or(0).max(8), 0);
    for value in values {
        bytes[value.clone()].copy_from_slice(&exif[value]);
    }
    // The offset of a next directory stays 0; some writers leave it out, and have a value there.
    for Table { at, entries } in tables {
        let mut table = reader.bytes_of(entries.len() as u32, 2);
        table.extend(entries.as_flattened());
        bytes[at..at + table.len()].copy_from_slice(&table);
    }
    Some(Clean {
        bytes,
        damaged: reader.damaged,
        previews,
    })
}

impl Cleaner<'_> {
    /// Collects what stays of a directory that an entry `of` another points to, or of the first one.
    fn table(&mut self, at: usize, of: Option<u16>) -> Option<()> {
        let entries = self.reader.entries(at)?;
        let resized = self.size.is_some_and(|size| {
            let other = |tag, side: u32| {
                let entry = entries.clone().find(|entry| self.reader.tag(*entry) == tag);
                entry.is_some_and(|entry| self.reader.number(entry) != Some(u64::from(side)))
            };
            other(WIDTH[0], size.width) || other(HEIGHT[0], size.height)
        });
        let mut kept = Vec::new();
        for entry in entries {
            let tag = self.reader.tag(entry);
            let own = || self.reader.bytes[entry..].first_chunk::<12>().copied();
            if super::pointers(of).contains(&tag) {
                let own = own();
                let branch = self.reader.pointer(entry);
                match branch.and_then(|at| self.table(at, Some(tag))) {
                    Some(()) => kept.extend(own),
                    None => self.reader.damaged = true,
                }
            } else if of.is_none() && STORAGE.contains(&tag) || resized && SUBJECT.contains(&tag) {
                // Gone.
            } else if let Some(side) = self.side(of, tag) {
                kept.push(self.reader.entry(tag, 4, side, 4));
            } else {
                let own = own();
                match self.reader.value(entry) {
                    Some((kind, value)) if self.may_show(tag, kind, &value) => self.previews = true,
                    Some((_, value)) => {
                        kept.extend(own);
                        if value.len() > 4 {
                            self.values.push(value);
                        }
                    }
                    None => self.reader.damaged = true,
                }
            }
        }
        self.tables.push(Table { at, entries: kept });
        Some(())
    }

    /// The side that an entry is to say.
    fn side(&self, of: Option<u16>, tag: u16) -> Option<u32> {
        let size = self
            .size
            .filter(|_| matches!(of, Some(EXIF | INTEROPERABILITY)))?;
        match tag {
            _ if WIDTH.contains(&tag) => Some(size.width),
            _ if HEIGHT.contains(&tag) => Some(size.height),
            _ => None,
        }
    }

    /// Whether a value may hold a picture: by its beginning in JPEG or PNG, or, but for text, by its length.
    fn may_show(&self, tag: u16, kind: u16, value: &Range<usize>) -> bool {
        let text = matches!(kind, 2 | 129) || TEXT.contains(&tag);
        value.len() > MOST_BYTES && !text || holds_picture(&self.reader.bytes[value.clone()])
    }
}

/// Whether a JPEG or PNG begins somewhere in the bytes; some cameras spoil a preview's first byte.
fn holds_picture(bytes: &[u8]) -> bool {
    let jpeg = |marker: &[u8]| matches!(marker, [0xD8, 0xFF, 0xC0..=0xFE]);
    bytes.windows(3).any(jpeg) || bytes.windows(4).any(|start| start == b"\x89PNG")
}
