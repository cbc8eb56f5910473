//! EXIF data as directories: out of the bytes of a TIFF structure, and into another.
//!
//! EXIF data are a TIFF structure without a picture (CIPA DC-008, Exif 2.32, section 4.5): its first directory describes the picture and points to the Exif and the GPS directory, the former to the interoperability directory.
//! In a TIFF file the first directory is the picture's own, so only the entries that describe it are taken from there, not those that say how its samples are stored.
//! The thumbnail (second directory) is left behind: it shows what the picture was.
//! A maker note is copied byte for byte; one that points outside itself loses what it points to.
//!
//! Does not know pixels.

mod clean;

use std::io::{Cursor, Seek, Write};
use std::ops::Range;

use tiff::encoder::{DirectoryEncoder, TiffEncoder, TiffKindStandard};
use tiff::tags::{Tag, Type};
use tiff::{TiffError, TiffResult};

pub(super) use clean::clean;

use super::Density;

const EXIF: u16 = 34_665;
const GPS: u16 = 34_853;
const INTEROPERABILITY: u16 = 40_965;

const ORIENTATION: u16 = 274;
pub(super) const XMP: u16 = 700;
pub(super) const IPTC: u16 = 33_723;
/// Photoshop's image resources.
pub(super) const PHOTOSHOP: u16 = 34_377;

/// X and Y resolution and their unit.
const DENSITY: [u16; 3] = [282, 283, 296];

/// Entries of the first directory that describe the picture: its document and page, what is in it, what made it, who owns it; white point and primaries; and the titles and ratings that Windows adds.
const DESCRIPTION: [u16; 19] = [
    269, 270, 271, 272, 285, 305, 306, 315, 316, 318, 319, 18_246, 18_249, 33_432, 40_091, 40_092,
    40_093, 40_094, 40_095,
];

/// Most bytes that the values take up together, so that entries that share their bytes cannot fill the memory.
const MAX_BYTES: usize = 64 << 20;

/// One value of a directory.
struct Field {
    tag: u16,
    kind: Type,
    /// In this machine's byte order.
    data: Vec<u8>,
}

/// A directory and those that it points to, by tag.
#[derive(Default)]
pub(super) struct Directory {
    fields: Vec<Field>,
    branches: Vec<(u16, Directory)>,
}

/// What was read of a structure.
pub(super) struct Exif {
    pub(super) directory: Directory,
    /// Whether an entry could not be read and is missing.
    pub(super) damaged: bool,
}

impl Exif {
    /// Reads EXIF data, or those of a TIFF file (BigTIFF included), from the first byte of the structure.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut directory = None;
        let mut damaged = false;
        if let Some(mut reader) = Reader::new(bytes) {
            directory = reader.first().and_then(|at| reader.directory(at, None));
            damaged = reader.damaged;
        }
        Self {
            damaged: damaged || directory.is_none(),
            directory: directory.unwrap_or_default(),
        }
    }
}

impl Directory {
    fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.branches.is_empty()
    }

    /// Whether it says more than how densely the picture is printed and how it is turned, which every TIFF may say.
    pub(super) fn describes(&self) -> bool {
        let mut fields = self.fields.iter();
        !self.branches.is_empty() || fields.any(|field| DESCRIPTION.contains(&field.tag))
    }

    /// Says how densely the picture lies, in place of what was said.
    pub(super) fn set_density(&mut self, density: Option<&Density>) {
        self.fields.retain(|field| !DENSITY.contains(&field.tag));
        let Some((fractions, unit)) = density.map(Density::fractions) else {
            return;
        };
        let mut add = |tag, kind, data| self.fields.push(Field { tag, kind, data });
        for (tag, (above, below)) in DENSITY.into_iter().zip(fractions) {
            let data = [above.to_ne_bytes(), below.to_ne_bytes()].concat();
            add(tag, Type::RATIONAL, data);
        }
        add(DENSITY[2], Type::SHORT, unit.to_ne_bytes().to_vec());
    }

    /// EXIF data: a TIFF structure of its own.
    pub(super) fn to_bytes(&self) -> TiffResult<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = TiffEncoder::new(Cursor::new(&mut bytes))?;
        let pointers = self.write_branches(&mut encoder)?;
        let mut first = encoder.image_directory()?;
        self.fill(&mut first, &pointers)?;
        first.finish()?;
        Ok(bytes)
    }

    /// Writes what this directory points to; returned are the entries that do.
    pub(super) fn write_branches<W: Write + Seek>(
        &self,
        encoder: &mut TiffEncoder<W>,
    ) -> TiffResult<Vec<(u16, u32)>> {
        let mut pointers = Vec::new();
        for (tag, branch) in &self.branches {
            let below = branch.write_branches(encoder)?;
            let mut directory = encoder.extra_directory()?;
            branch.fill(&mut directory, &below)?;
            pointers.push((*tag, directory.finish_with_offsets()?.offset));
        }
        Ok(pointers)
    }

    /// Adds the fields, and the pointers to what [`Directory::write_branches`] wrote.
    pub(super) fn fill<W: Write + Seek>(
        &self,
        directory: &mut DirectoryEncoder<'_, W, TiffKindStandard>,
        pointers: &[(u16, u32)],
    ) -> TiffResult<()> {
        for field in &self.fields {
            write_bytes(directory, field.tag, field.kind, &field.data)?;
        }
        for &(tag, offset) in pointers {
            directory.write_tag(Tag::from_u16_exhaustive(tag), offset)?;
        }
        Ok(())
    }
}

/// Writes one value; what follows starts at an even offset, as TIFF asks for.
pub(super) fn write_bytes<W: Write + Seek>(
    directory: &mut DirectoryEncoder<'_, W, TiffKindStandard>,
    tag: u16,
    kind: Type,
    data: &[u8],
) -> Result<(), TiffError> {
    let entry = directory.write_entry_bytes(kind, data)?;
    if data.len() > 4 && data.len() % 2 == 1 {
        directory.write_data(&[0_u8][..])?;
    }
    directory.extend_from(
        &[(Tag::from_u16_exhaustive(tag), entry)]
            .into_iter()
            .collect(),
    );
    Ok(())
}

/// Reads entries of a TIFF structure.
struct Reader<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    /// BigTIFF: counts and offsets of 8 bytes.
    wide: bool,
    /// Bytes that values may still take up.
    left: usize,
    damaged: bool,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.get(..2)? {
            b"II" => false,
            b"MM" => true,
            _ => return None,
        };
        let mut reader = Self {
            bytes,
            big_endian,
            wide: false,
            left: MAX_BYTES,
            damaged: false,
        };
        reader.wide = match reader.unsigned(2, 2)? {
            42 => false,
            43 => true,
            _ => return None,
        };
        Some(reader)
    }

    /// Where the first directory starts.
    fn first(&self) -> Option<usize> {
        match self.wide {
            false => self.offset(4, 4),
            true => self.offset(8, 8),
        }
    }

    fn unsigned(&self, at: usize, width: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..at.checked_add(width)?)?.iter();
        let join = |sum, byte: &u8| sum << 8 | u64::from(*byte);
        Some(match self.big_endian {
            true => bytes.fold(0, join),
            false => bytes.rev().fold(0, join),
        })
    }

    fn offset(&self, at: usize, width: usize) -> Option<usize> {
        usize::try_from(self.unsigned(at, width)?).ok()
    }

    /// A number in the byte order of the structure.
    fn bytes_of(&self, number: u32, width: usize) -> Vec<u8> {
        let bytes = &number.to_be_bytes()[4 - width..];
        match self.big_endian {
            true => bytes.to_vec(),
            false => bytes.iter().rev().copied().collect(),
        }
    }

    /// An entry of one value, which or whose offset is a number of some bytes; not of BigTIFF.
    fn entry(&self, tag: u16, kind: u32, number: u32, width: usize) -> [u8; 12] {
        let parts = [(u32::from(tag), 2), (kind, 2), (1, 4), (number, width)];
        let bytes = parts
            .map(|(number, width)| self.bytes_of(number, width))
            .concat();
        let mut entry = [0; 12];
        entry[..bytes.len()].copy_from_slice(&bytes);
        entry
    }

    fn short(&self, bytes: [u8; 2]) -> u16 {
        match self.big_endian {
            true => u16::from_be_bytes(bytes),
            false => u16::from_le_bytes(bytes),
        }
    }

    /// Where the entry of a tag starts in the first directory.
    fn find(&mut self, tag: u16) -> Option<usize> {
        let mut entries = self.entries(self.first()?)?;
        entries.find(|entry| self.tag(*entry) == tag)
    }

    /// Where each entry of the directory there starts; those that the structure is too short for are missing.
    fn entries(&mut self, at: usize) -> Option<std::iter::StepBy<Range<usize>>> {
        let (head, length) = if self.wide { (8, 20) } else { (2, 12) };
        let count = self.offset(at, head)?;
        let start = at + head;
        let present = (self.bytes.len() - start) / length;
        self.damaged |= present < count;
        Some((start..start + count.min(present) * length).step_by(length))
    }

    fn tag(&self, entry: usize) -> u16 {
        self.unsigned(entry, 2).unwrap_or_default() as u16
    }

    /// The one whole number of an entry.
    fn number(&self, entry: usize) -> Option<u64> {
        match self.value(entry)? {
            (3, value) if value.len() == 2 => self.unsigned(value.start, 2),
            (4, value) if value.len() == 4 => self.unsigned(value.start, 4),
            _ => None,
        }
    }

    /// Type of an entry, and where its value lies.
    fn value(&self, entry: usize) -> Option<(u16, Range<usize>)> {
        let (count, room) = if self.wide { (8, 8) } else { (4, 4) };
        let kind = self.unsigned(entry + 2, 2)? as u16;
        let size = match kind {
            // Exif 3's UTF-8 with them.
            1 | 2 | 6 | 7 | 129 => 1,
            3 | 8 => 2,
            4 | 9 | 11 => 4,
            5 | 10 | 12 => 8,
            // Pointers to what is not copied, and what only BigTIFF has.
            _ => return None,
        };
        let size = self.offset(entry + 4, count)?.checked_mul(size)?;
        let inside = entry + 4 + count;
        let at = match size <= room {
            true => inside,
            false => self.offset(inside, room)?,
        };
        let value = at..at.checked_add(size)?;
        self.bytes.get(value.clone())?;
        Some((kind, value))
    }

    /// Reads the directory that an entry `of` another points to, or the first one.
    fn directory(&mut self, at: usize, of: Option<u16>) -> Option<Directory> {
        let mut directory = Directory::default();
        for entry in self.entries(at)? {
            let tag = self.tag(entry);
            if pointers(of).contains(&tag) {
                let branch = self
                    .pointer(entry)
                    .and_then(|at| self.directory(at, Some(tag)));
                match branch {
                    Some(branch) if branch.is_empty() => {}
                    Some(branch) => directory.branches.push((tag, branch)),
                    None => self.damaged = true,
                }
            } else if of.is_some()
                || tag == ORIENTATION
                || DENSITY.contains(&tag)
                || DESCRIPTION.contains(&tag)
            {
                match self.field(entry, tag) {
                    Some(field) => directory.fields.push(field),
                    None => self.damaged = true,
                }
            }
        }
        if of.is_none() {
            let fields = &mut directory.fields;
            // Where a reader of EXIF data looks for it.
            fields.retain(|field| field.tag != ORIENTATION || field.kind == Type::SHORT);
            // Without a unit the resolution is a mere ratio, which EXIF data cannot say.
            let ratio =
                |field: &Field| field.tag == DENSITY[2] && field.data == 1_u16.to_ne_bytes();
            if fields.iter().any(ratio) {
                fields.retain(|field| !DENSITY.contains(&field.tag));
            }
        }
        Some(directory)
    }

    fn pointer(&self, entry: usize) -> Option<usize> {
        let value = entry + if self.wide { 12 } else { 8 };
        match self.unsigned(entry + 2, 2)? {
            4 | 13 => self.offset(value, 4),
            16 | 18 if self.wide => self.offset(value, 8),
            _ => None,
        }
    }

    fn field(&mut self, entry: usize, tag: u16) -> Option<Field> {
        let (kind, value) = self.value(entry)?;
        // TIFF has no type for Exif 3's UTF-8.
        let kind = Type::from_u16(if kind == 129 { 2 } else { kind })?;
        let word = match kind {
            Type::SHORT | Type::SSHORT => 2,
            Type::LONG | Type::SLONG | Type::FLOAT | Type::RATIONAL | Type::SRATIONAL => 4,
            Type::DOUBLE => 8,
            _ => 1,
        };
        self.left = self.left.checked_sub(value.len())?;
        let mut data = self.bytes.get(value)?.to_vec();
        if self.big_endian != cfg!(target_endian = "big") {
            data.chunks_exact_mut(word).for_each(<[u8]>::reverse);
        }
        Some(Field { tag, kind, data })
    }
}

/// Tags of the directories that one points to: that of a tag, or the first one.
fn pointers(of: Option<u16>) -> &'static [u16] {
    match of {
        None => &[EXIF, GPS],
        Some(EXIF) => &[INTEROPERABILITY],
        Some(_) => &[],
    }
}

/// The bytes of a value of the first directory of EXIF data or of a TIFF file, as they lie.
pub(super) fn value(bytes: &[u8], tag: u16) -> Option<&[u8]> {
    let mut reader = Reader::new(bytes)?;
    let entry = reader.find(tag)?;
    bytes.get(reader.value(entry)?.1)
}

/// Whether the first directory has an entry.
pub(super) fn has(bytes: &[u8], tag: u16) -> bool {
    Reader::new(bytes).is_some_and(|mut reader| reader.find(tag).is_some())
}

/// A whole number of the first directory.
pub(super) fn number(bytes: &[u8], tag: u16) -> Option<u64> {
    let mut reader = Reader::new(bytes)?;
    let entry = reader.find(tag)?;
    reader.number(entry)
}

/// Puts a number in place of that of an entry of the first directory, a SHORT.
pub(super) fn set_short(bytes: &mut [u8], tag: u16, number: u16) {
    let place = Reader::new(bytes).and_then(|mut reader| {
        let entry = reader.find(tag)?;
        let (3, value) = reader.value(entry)? else {
            return None;
        };
        Some((value.start, reader.bytes_of(u32::from(number), 2)))
    });
    if let Some((at, number)) = place {
        bytes[at..at + 2].copy_from_slice(&number);
    }
}

/// How densely the picture lies, by the first directory of EXIF data or of a TIFF file.
pub(super) fn density(bytes: &[u8]) -> Option<Density> {
    let mut reader = Reader::new(bytes)?;
    let mut fraction = |tag| {
        let entry = reader.find(tag)?;
        let (5, value) = reader.value(entry)? else {
            return None;
        };
        let part = |at| Some(reader.unsigned(at, 4)? as u32);
        Some((part(value.start)?, part(value.start + 4)?))
    };
    let (x, y) = (fraction(DENSITY[0])?, fraction(DENSITY[1])?);
    let unit = number(bytes, DENSITY[2]).unwrap_or(2);
    Density::of_fractions(x, y, unit as u16)
}

/// EXIF data that say how densely the picture lies, in place of what they said; nothing that is there moves.
pub(super) fn with_density(exif: Option<&[u8]>, density: &Density) -> Option<Vec<u8>> {
    const EMPTY: &[u8] = b"MM\0*\0\0\0\x08\0\0\0\0\0\0";
    let old = exif.unwrap_or(EMPTY);
    let mut reader = Reader::new(old).filter(|reader| !reader.wide)?;
    let first = reader.first()?;
    let mut table: Vec<[u8; 12]> = reader
        .entries(first)?
        .filter(|entry| !DENSITY.contains(&reader.tag(*entry)))
        .filter_map(|entry| old[entry..].first_chunk().copied())
        .collect();
    let mut new = old.to_vec();
    new.resize(new.len().next_multiple_of(2), 0);
    let (fractions, unit) = density.fractions();
    for (tag, (above, below)) in DENSITY.into_iter().zip(fractions) {
        let at = u32::try_from(new.len()).ok()?;
        table.push(reader.entry(tag, 5, at, 4));
        new.extend([above, below].map(|part| reader.bytes_of(part, 4)).concat());
    }
    table.push(reader.entry(DENSITY[2], 3, u32::from(unit), 2));
    table.sort_by_key(|entry| reader.short([entry[0], entry[1]]));
    let at = u32::try_from(new.len()).ok()?;
    new.extend(reader.bytes_of(table.len() as u32, 2));
    new.extend(table.as_flattened());
    new.extend([0; 4]);
    new[4..8].copy_from_slice(&reader.bytes_of(at, 4));
    Some(new)
}
