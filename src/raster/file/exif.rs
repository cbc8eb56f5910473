//! EXIF data as directories: out of the bytes of a TIFF structure, and into another.
//!
//! EXIF data are a TIFF structure without a picture (CIPA DC-008, Exif 2.32, section 4.5): its first directory describes the picture and points to the Exif and the GPS directory, the former to the interoperability directory.
//! In a TIFF file the first directory is the picture's own, so only the entries that describe it are taken from there, not those that say how its samples are stored.
//! The thumbnail (second directory) is left behind: it shows what the picture was.
//! A maker note is copied byte for byte; one that points outside itself loses what it points to.
//!
//! Does not know pixels.

use std::io::{Cursor, Seek, Write};

use tiff::encoder::{DirectoryEncoder, TiffEncoder, TiffKindStandard};
use tiff::tags::{Tag, Type};
use tiff::{TiffError, TiffResult};

const EXIF: u16 = 34_665;
const GPS: u16 = 34_853;
const INTEROPERABILITY: u16 = 40_965;

const ORIENTATION: u16 = 274;

/// X and Y resolution and their unit.
const DENSITY: [u16; 3] = [282, 283, 296];

/// Entries of the first directory that describe the picture: what is in it, what made it, who owns it; white point and primaries; and the titles and ratings that Windows adds.
const DESCRIPTION: [u16; 16] = [
    270, 271, 272, 305, 306, 315, 318, 319, 18_246, 18_249, 33_432, 40_091, 40_092, 40_093, 40_094,
    40_095,
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

    /// Reads the directory that an entry `of` another points to, or the first one.
    fn directory(&mut self, at: usize, of: Option<u16>) -> Option<Directory> {
        let (head, length) = if self.wide { (8, 20) } else { (2, 12) };
        let count = self.offset(at, head)?;
        let pointers: &[u16] = match of {
            None => &[EXIF, GPS],
            Some(EXIF) => &[INTEROPERABILITY],
            Some(_) => &[],
        };
        let mut directory = Directory::default();
        let entries = self.bytes[at + head..].chunks_exact(length);
        if entries.len() < count {
            self.damaged = true;
        }
        for entry in (at + head..).step_by(length).take(count.min(entries.len())) {
            let tag = self.unsigned(entry, 2)? as u16;
            if pointers.contains(&tag) {
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
        let (count, room) = if self.wide { (8, 8) } else { (4, 4) };
        let kind = Type::from_u16(self.unsigned(entry + 2, 2)? as u16)?;
        let (size, word) = match kind {
            Type::BYTE | Type::ASCII | Type::SBYTE | Type::UNDEFINED => (1, 1),
            Type::SHORT | Type::SSHORT => (2, 2),
            Type::LONG | Type::SLONG | Type::FLOAT => (4, 4),
            Type::RATIONAL | Type::SRATIONAL => (8, 4),
            Type::DOUBLE => (8, 8),
            // Pointers to what is not copied, and what only BigTIFF has.
            _ => return None,
        };
        let size = self.offset(entry + 4, count)?.checked_mul(size)?;
        let value = entry + 4 + count;
        let at = match size <= room {
            true => value,
            false => self.offset(value, room)?,
        };
        self.left = self.left.checked_sub(size)?;
        let mut data = self.bytes.get(at..at.checked_add(size)?)?.to_vec();
        if self.big_endian != cfg!(target_endian = "big") {
            data.chunks_exact_mut(word).for_each(<[u8]>::reverse);
        }
        Some(Field { tag, kind, data })
    }
}
