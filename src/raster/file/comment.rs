//! The comment in EXIF data: reading it, and putting one in without touching the rest.
//!
//! Does not know what the comment says.
//! EXIF data are a TIFF structure; new directories are appended and the header pointed at them, so that every offset in the old data, maker notes included, stays true.

use super::metadata::XMP_KEYWORD;
use super::{Format, Metadata};

/// Tag of the Exif directory's offset (EXIF 2.32, 4.6.3).
const EXIF_IFD: u16 = 0x8769;
/// Tag of UserComment (EXIF 2.32, 4.6.5): 8 bytes that name the character code, and the text.
const USER_COMMENT: u16 = 0x9286;
/// Type LONG.
const LONG: u16 = 4;
/// Type UNDEFINED.
const UNDEFINED: u16 = 7;

const UNICODE: &[u8; 8] = b"UNICODE\0";
const ASCII: &[u8; 8] = b"ASCII\0\0\0";
const JIS: &[u8; 8] = b"JIS\0\0\0\0\0";
const UNDEFINED_CODE: &[u8; 8] = &[0; 8];

/// Tags of the first directory in which programs put what they know of a picture (EXIF 2.32, 4.6.4).
const DESCRIPTIONS: &[(u16, &str)] = &[
    (0x010D, "DocumentName"),
    (0x010E, "ImageDescription"),
    (0x010F, "Make"),
    (0x0110, "Model"),
];

/// Most entries of a directory that are read; damaged counts ask for more.
const MOST_ENTRIES: u16 = 4096;

impl Metadata {
    /// Puts a text where a format has a place for it: in PNG under a keyword (1 to 79 Latin-1 characters), in place of older text of that name, elsewhere as the comment in the EXIF data.
    pub fn set_comment(&mut self, format: Format, keyword: &str, text: &str) {
        self.text.retain(|(own, _)| own != keyword);
        match format {
            Format::Png => self.text.push((keyword.to_owned(), text.to_owned())),
            Format::Jpeg | Format::WebP | Format::Tiff => {
                self.exif = Some(with_comment(self.exif.as_deref(), text));
            }
        }
    }

    /// Every text that the file says of its picture, by name: PNG's chunks, the XMP packet by its chunk's, and the EXIF data's description, make and model.
    pub fn texts(&self) -> Vec<(String, String)> {
        let described = self.exif.as_deref().map(described).unwrap_or_default();
        let xmp = self.xmp.as_deref().map(|packet| {
            let packet = String::from_utf8_lossy(packet).into_owned();
            (XMP_KEYWORD.to_owned(), packet)
        });
        let texts = self.text.iter().cloned().chain(described);
        texts.chain(xmp).collect()
    }

    /// The comment in the EXIF data.
    pub fn comment(&self) -> Option<String> {
        self.exif.as_deref().and_then(comment)
    }
}

/// The user comment; `None` where there is none, or it is empty or undecodable.
pub fn comment(exif: &[u8]) -> Option<String> {
    let tiff = Tiff::of(exif)?;
    let (main, _) = tiff.directory(tiff.first()?)?;
    let inner = entry(&main, EXIF_IFD).and_then(|at| tiff.directory(tiff.long(&at.value)));
    let inner = inner.map(|(directory, _)| directory).unwrap_or_default();
    // Pillow puts it into the first directory, without a code.
    let comment = entry(&inner, USER_COMMENT).or_else(|| entry(&main, USER_COMMENT))?;
    coded(tiff.bytes(comment)?, tiff.big_endian)
}

/// The entries of the first directory that hold a text, by name.
fn described(exif: &[u8]) -> Vec<(String, String)> {
    let directory = || {
        let tiff = Tiff::of(exif)?;
        let (main, _) = tiff.directory(tiff.first()?)?;
        Some((tiff, main))
    };
    let Some((tiff, main)) = directory() else {
        return Vec::new();
    };
    let text = |(tag, name): &(u16, &str)| {
        let text = plain(tiff.bytes(entry(&main, *tag)?)?, tiff.big_endian)?;
        Some(((*name).to_owned(), text))
    };
    DESCRIPTIONS.iter().filter_map(text).collect()
}

/// The text of a comment behind the code that names its characters, which writers get wrong.
fn coded(bytes: &[u8], big_endian: bool) -> Option<String> {
    let (code, text) = match bytes.split_first_chunk::<8>() {
        Some((code, text)) if [UNICODE, ASCII, JIS, UNDEFINED_CODE].contains(&code) => (code, text),
        // No code at all.
        _ => (UNDEFINED_CODE, bytes),
    };
    match code {
        // UTF-8 has no zeros, and text in UTF-16 hardly ever makes words or letters of several bytes in it.
        UNICODE => match utf_8(text).filter(|text| !text.is_ascii() || text.contains(' ')) {
            Some(text) => Some(text),
            None => trimmed(&utf_16(text, big_endian)),
        },
        // Shift JIS and its kin are no text that can be told from others.
        JIS if utf_8(text).is_none() && !text.contains(&0) => None,
        _ => plain(text, big_endian),
    }
}

/// UTF-8; else UTF-16, where there are zeros; else Latin-1.
fn plain(bytes: &[u8], big_endian: bool) -> Option<String> {
    if let Some(text) = utf_8(bytes) {
        return Some(text);
    }
    let end = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at + 1);
    match bytes[..end].contains(&0) {
        true => trimmed(&utf_16(bytes, big_endian)),
        false => trimmed(
            &bytes[..end]
                .iter()
                .map(|byte| char::from(*byte))
                .collect::<String>(),
        ),
    }
}

/// UTF-8 without control characters but those that end lines.
fn utf_8(bytes: &[u8]) -> Option<String> {
    let text = trimmed(str::from_utf8(bytes).ok()?)?;
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    (!text.contains(control)).then_some(text)
}

fn trimmed(text: &str) -> Option<String> {
    let text = text
        .trim_start_matches('\u{feff}')
        .trim_end_matches([' ', '\0']);
    (!text.is_empty()).then(|| text.to_owned())
}

/// Writers disagree on the byte order: A1111's is big-endian whatever the file's. The one that gives more ASCII is right; the file's own where both are alike.
fn utf_16(bytes: &[u8], big_endian: bool) -> String {
    let decode = |big: bool| {
        let read = if big {
            u16::from_be_bytes
        } else {
            u16::from_le_bytes
        };
        let units: Vec<u16> = bytes.as_chunks().0.iter().map(|pair| read(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xFE, 0xFF, ..] => return decode(true),
        [0xFF, 0xFE, ..] => return decode(false),
        _ => {}
    }
    let ascii = |text: &str| text.chars().filter(char::is_ascii).count();
    let (own, other) = (decode(big_endian), decode(!big_endian));
    match ascii(&other) > ascii(&own) {
        true => other,
        false => own,
    }
}

/// EXIF data with a user comment (UTF-16, big-endian, as A1111 reads it) beside whatever `exif` held; data that are no TIFF structure are replaced.
pub fn with_comment(exif: Option<&[u8]>, text: &str) -> Vec<u8> {
    const EMPTY: &[u8] = b"MM\0*\0\0\0\x08\0\0\0\0\0\0";
    let readable = |exif: &&[u8]| {
        Tiff::of(exif).is_some_and(|tiff| tiff.first().and_then(|at| tiff.directory(at)).is_some())
    };
    let old = exif.filter(readable).unwrap_or(EMPTY);
    let mut comment = UNICODE.to_vec();
    comment.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    // A structure that was just found readable has all of this.
    append(old, &comment).unwrap_or_else(|| old.to_vec())
}

fn append(old: &[u8], comment: &[u8]) -> Option<Vec<u8>> {
    let tiff = Tiff::of(old)?;
    let (mut main, next) = tiff.directory(tiff.first()?)?;
    let inner = entry(&main, EXIF_IFD).map(|entry| tiff.long(&entry.value));
    let (mut exif, exif_next) = inner
        .and_then(|at| tiff.directory(at))
        .unwrap_or((Vec::new(), 0));

    let mut new = old[..tiff.kept_length()].to_vec();
    if new.len() % 2 == 1 {
        new.push(0);
    }
    let at = |new: &[u8]| u32::try_from(new.len()).ok();
    let comment_at = at(&new)?;
    new.extend(comment);
    if new.len() % 2 == 1 {
        new.push(0);
    }
    let count = u32::try_from(comment.len()).ok()?;
    put(
        &mut exif,
        Entry {
            tag: USER_COMMENT,
            kind: UNDEFINED,
            count,
            value: tiff.long_bytes(comment_at),
        },
    );
    let exif_at = at(&new)?;
    tiff.write(&mut new, &exif, exif_next);
    put(
        &mut main,
        Entry {
            tag: EXIF_IFD,
            kind: LONG,
            count: 1,
            value: tiff.long_bytes(exif_at),
        },
    );
    let main_at = at(&new)?;
    tiff.write(&mut new, &main, next);
    new.get_mut(4..8)?
        .copy_from_slice(&tiff.long_bytes(main_at));
    Some(new)
}

/// Directories are sorted by tag.
fn put(directory: &mut Vec<Entry>, new: Entry) {
    directory.retain(|entry| entry.tag != new.tag);
    let at = directory.partition_point(|entry| entry.tag < new.tag);
    directory.insert(at, new);
}

fn entry(directory: &[Entry], tag: u16) -> Option<&Entry> {
    directory.iter().find(|entry| entry.tag == tag)
}

/// A field of a directory; the value as it stands, in the file's byte order.
#[derive(Clone, Copy)]
struct Entry {
    tag: u16,
    kind: u16,
    count: u32,
    value: [u8; 4],
}

/// A TIFF structure.
struct Tiff<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl<'a> Tiff<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.get(..4)? {
            b"MM\0*" => true,
            b"II*\0" => false,
            _ => return None,
        };
        Some(Self { bytes, big_endian })
    }

    fn short(&self, bytes: [u8; 2]) -> u16 {
        if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        }
    }

    fn long(&self, bytes: &[u8; 4]) -> u32 {
        if self.big_endian {
            u32::from_be_bytes(*bytes)
        } else {
            u32::from_le_bytes(*bytes)
        }
    }

    fn short_bytes(&self, value: u16) -> [u8; 2] {
        if self.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }

    fn long_bytes(&self, value: u32) -> [u8; 4] {
        if self.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }

    /// Where the first directory lies.
    fn first(&self) -> Option<u32> {
        Some(self.long(self.bytes.get(4..8)?.first_chunk()?))
    }

    /// The entries of the directory at an offset, and the offset of the next one.
    fn directory(&self, at: u32) -> Option<(Vec<Entry>, u32)> {
        let bytes = self.bytes.get(usize::try_from(at).ok()?..)?;
        let (count, bytes) = bytes.split_first_chunk::<2>()?;
        let count = self.short(*count);
        if count > MOST_ENTRIES {
            return None;
        }
        let (entries, rest) = bytes.split_at_checked(usize::from(count) * 12)?;
        let entries = entries.as_chunks::<12>().0.iter().map(
            |&[t0, t1, k0, k1, c0, c1, c2, c3, value @ ..]| Entry {
                tag: self.short([t0, t1]),
                kind: self.short([k0, k1]),
                count: self.long(&[c0, c1, c2, c3]),
                value,
            },
        );
        // Some writers leave the last offset out.
        let next = rest.first_chunk().map_or(0, |next| self.long(next));
        Some((entries.collect(), next))
    }

    /// The bytes of an entry of single bytes.
    fn bytes(&self, entry: &'a Entry) -> Option<&'a [u8]> {
        let count = usize::try_from(entry.count).ok()?;
        if count <= 4 {
            return entry.value.get(..count);
        }
        let at = usize::try_from(self.long(&entry.value)).ok()?;
        self.bytes.get(at..at.checked_add(count)?)
    }

    fn write(&self, to: &mut Vec<u8>, directory: &[Entry], next: u32) {
        to.extend(self.short_bytes(directory.len() as u16));
        for entry in directory {
            to.extend(self.short_bytes(entry.tag));
            to.extend(self.short_bytes(entry.kind));
            to.extend(self.long_bytes(entry.count));
            to.extend(entry.value);
        }
        to.extend(self.long_bytes(next));
    }

    /// How much of the bytes a new comment has to keep: all, but for a tail that is nothing else than an earlier comment and its two directories, so that data do not grow with every writing.
    fn kept_length(&self) -> usize {
        let tail = || {
            let main_at = self.first()?;
            let (main, _) = self.directory(main_at)?;
            let exif_at = self.long(&entry(&main, EXIF_IFD)?.value);
            let (exif, _) = self.directory(exif_at)?;
            let comment = entry(&exif, USER_COMMENT)?;
            let comment_at = self.long(&comment.value);
            let directory_end =
                |at: u32, entries: &[Entry]| u64::from(at) + 2 + 12 * entries.len() as u64 + 4;
            let even = |length: u32| u64::from(length) + u64::from(length % 2);
            let in_order = u64::from(comment_at) + even(comment.count) == u64::from(exif_at)
                && directory_end(exif_at, &exif) == u64::from(main_at)
                && directory_end(main_at, &main) == self.bytes.len() as u64;
            in_order.then_some(usize::try_from(comment_at).ok()?)
        };
        tail().unwrap_or(self.bytes.len())
    }
}
