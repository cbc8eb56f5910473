//! Picture files: the only place that reads or writes them.
//!
//! PNG, JPEG, WebP and TIFF come in as upright 8-bit RGBA and go out with what [`Metadata`] holds: each format has its own place for that, or says in a [`Note`] that it has none.
//! What reading does to the pixels is said too; what else a file may hold (PNG's cICP and other chunks, a TIFF's other tags) goes without a word.
//! Nothing that shows the picture as it was goes out: thumbnails, previews and recorded sizes are taken away in reading, and sizes made true in writing.
//! Pixels are not colour-managed: a profile's bytes travel along, the values stay.
//!
//! Does not know what the text in a PNG says; callers put it there.

pub mod comment;
mod decode;
mod density;
mod encode;
mod exif;
mod foreign;
mod jpeg;
mod metadata;
mod photoshop;
mod xmp;

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

pub use density::{Density, Unit};
pub use metadata::{Metadata, PngHints};

use super::{Picture, Size};

/// Longest side of a picture, pixels: 1 GiB of RGBA for a square one.
pub const MAX_SIDE: u32 = 16_384;

/// Bytes that reading a picture may take up at once, before its conversion to 8 bits.
pub const MAX_BYTES: u64 = 3 << 30;

/// Kind of picture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Lossless, with text.
    Png,
    /// Lossy, opaque; written at quality 95.
    Jpeg,
    /// Written lossless.
    WebP,
    /// Lossless, written uncompressed.
    Tiff,
}

/// Endings of file names, in small letters, and the formats that they ask for; of each format's the usual one first.
pub const ENDINGS: &[(&str, Format)] = &[
    ("png", Format::Png),
    ("apng", Format::Png),
    ("jpg", Format::Jpeg),
    ("jpeg", Format::Jpeg),
    ("jpe", Format::Jpeg),
    ("jif", Format::Jpeg),
    ("jfif", Format::Jpeg),
    ("jfi", Format::Jpeg),
    ("webp", Format::WebP),
    ("tif", Format::Tiff),
    ("tiff", Format::Tiff),
];

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Png, Self::Jpeg, Self::WebP, Self::Tiff];

    /// How names of its files end, the usual ending first.
    pub fn endings(self) -> impl Iterator<Item = &'static str> {
        let own = ENDINGS.iter().filter(move |(_, format)| *format == self);
        own.map(|(ending, _)| *ending)
    }

    /// The format that a file name's extension asks for, in any case.
    ///
    /// # Errors
    /// [`FileError::UnknownExtension`] for any extension but those of [`ENDINGS`].
    pub fn of_path(path: &Path) -> Result<Self, FileError> {
        let extension = path
            .extension()
            .map(OsStr::to_ascii_lowercase)
            .unwrap_or_default();
        let found = ENDINGS.iter().find(|(ending, _)| extension == *ending);
        found
            .map(|(_, format)| *format)
            .ok_or_else(|| FileError::UnknownExtension(path.to_owned()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::WebP => "WebP",
            Self::Tiff => "TIFF",
        })
    }
}

/// A picture as it came out of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureFile {
    /// The pixels, upright.
    pub picture: Picture,
    /// What to write with them so that it is not lost.
    pub metadata: Metadata,
    /// Format by content, whatever the name says.
    pub format: Format,
    /// What was lost on the way in.
    pub notes: Vec<Note>,
}

/// Something that a file had and that reading or writing it lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// Samples of more than 8 bits.
    #[error("samples of more than 8 bits were rounded to 8")]
    Rounded,
    /// Frames of an animation.
    #[error("only the first frame of the animation was read")]
    FirstFrame,
    /// Pages of a TIFF.
    #[error("only the first page was read")]
    FirstPage,
    /// Damage beside the pixels.
    #[error("data beside its pixels are damaged or missing; all pixels are there")]
    Mended,
    /// Further pictures, or other data behind the picture.
    #[error(
        "what the file holds beside its picture (a preview, another picture, a video) was left out"
    )]
    Appended,
    /// What is not carried along.
    #[error("{0} left out")]
    LeftOut(&'static str),
    /// EXIF entries that may hold a preview.
    #[error(
        "the maker note or another entry of the EXIF data may hold a preview of the picture as it was, and was left out"
    )]
    Preview,
    /// XMP that cannot be read.
    #[error("the XMP data are damaged and were left out")]
    DamagedXmp,
    /// Samples of more than 1.
    #[error("floating-point samples brighter than white (1) were cut off at it")]
    Clipped,
    /// CIELAB samples.
    #[error("CIELAB colours were converted to RGB, and may look different")]
    Lab,
    /// CMYK samples.
    #[error("CMYK colours were converted to RGB without their profile, and may look different")]
    Cmyk,
    /// A profile of another colour space than RGB.
    #[error("the ICC profile is not one for RGB and was left out")]
    ForeignProfile,
    /// Text chunks that cannot be decoded.
    #[error("a text chunk is damaged or larger than 2 MiB and was left out")]
    DamagedText,
    /// EXIF data of which not everything can be read.
    #[error("the EXIF data are damaged and were left out, or part of them was")]
    DamagedExif,
    /// Metadata beyond what JPEG can hold.
    #[error("the {0} is larger than JPEG can hold and was left out")]
    TooLargeForJpeg(&'static str),
    /// Text bound for another format than PNG.
    #[error("text is kept in PNG only, not in {0}, and was left out")]
    TextOutsidePng(Format),
    /// Metadata without a place in a format.
    #[error("{0} not kept in {1}, and were left out")]
    NoPlace(&'static str, Format),
    /// Pixels bound for JPEG.
    #[error(
        "JPEG codes every pixel anew: those outside the mask are not bit for bit as they were; PNG, WebP and TIFF keep them"
    )]
    Recoded,
    /// Transparency bound for JPEG.
    #[error("JPEG has no transparency: the picture was put on white")]
    Flattened,
}

/// Why a picture file could not be read or written: one line that says what to do, the path last.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Nothing at that path.
    #[error("no such file, check the path: {}", .0.display())]
    NotFound(PathBuf),
    /// The system refused to read it.
    #[error("cannot read the file ({cause}): {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        cause: io::Error,
    },
    /// Not one of the formats.
    #[error("not a picture, give a PNG, JPEG, WebP or TIFF file: {}", .0.display())]
    NotAPicture(PathBuf),
    /// A picture of a format that is not read.
    #[error("{kind} are not supported, {advice}: {}", path.display())]
    OtherFormat {
        /// The file.
        path: PathBuf,
        /// What files of the format are called.
        kind: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// The data end too early.
    #[error("the file ends before its picture does, copy or download it again: {}", .0.display())]
    Truncated(PathBuf),
    /// The data make no sense, or use a feature that is not read.
    #[error("cannot decode the picture ({reason}), save it anew as PNG with another program: {}", path.display())]
    Undecodable {
        /// The file.
        path: PathBuf,
        /// The decoder's words.
        reason: String,
    },
    /// More pixels than [`MAX_SIDE`].
    #[error("the picture is {size} pixels and the limit is {MAX_SIDE} a side, scale it down first: {}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its width and height.
        size: Size,
    },
    /// More memory than reading may take.
    #[error("reading the picture takes more than {} GiB of memory, scale it down or save it with 8 bits a sample first: {}", MAX_BYTES >> 30, .0.display())]
    TooHeavy(PathBuf),
    /// A name that does not tell the format.
    #[error("end the file name in .png, .jpg, .webp or .tif to say the format: {}", .0.display())]
    UnknownExtension(PathBuf),
    /// The folder of the output does not exist.
    #[error("the folder to write to does not exist, create it first: {}", .0.display())]
    NoFolder(PathBuf),
    /// The system or the encoder refused to write it.
    #[error("cannot write the file ({cause}): {}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: io::Error,
    },
}

/// Reads a picture: format by content, EXIF orientation applied, converted to 8-bit RGBA.
///
/// # Errors
/// Every [`FileError`] of reading; sides above [`MAX_SIDE`] are refused before anything is decoded.
pub fn read(path: &Path) -> Result<PictureFile, FileError> {
    decode(&read_bytes(path)?, path)
}

/// Reads a whole file, whatever is in it; pipes, folders and files of more than 3 GiB are refused.
///
/// # Errors
/// [`FileError::NotFound`], [`FileError::Unreadable`], [`FileError::TooHeavy`].
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, FileError> {
    let unreadable = |cause: io::Error| match cause.kind() {
        io::ErrorKind::NotFound => FileError::NotFound(path.to_owned()),
        _ => FileError::Unreadable {
            path: path.to_owned(),
            cause,
        },
    };
    let mut bytes = Vec::new();
    // Before it is opened: a pipe would wait for its other end.
    let regular = fs::metadata(path).map_err(unreadable)?.is_file();
    if !regular {
        return Err(unreadable(not_a_file()));
    }
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(FileError::TooHeavy(path.to_owned()));
    }
    Ok(bytes)
}

/// Reads a picture from memory; errors name it as `path`.
///
/// # Errors
/// As [`read`].
pub fn decode(bytes: &[u8], path: &Path) -> Result<PictureFile, FileError> {
    decode::decode(bytes).map_err(|failure| failure.at(path))
}

fn not_a_file() -> io::Error {
    io::Error::other("a folder, pipe or device and not a file")
}

/// Says whether [`write()`] can be expected to succeed, so that nobody waits for a picture that cannot be kept.
///
/// # Errors
/// [`FileError::UnknownExtension`], [`FileError::NoFolder`], or [`FileError::Unwritable`] when something else than a file has that name or the folder takes no new file.
pub fn check_output(path: &Path) -> Result<(), FileError> {
    Format::of_path(path)?;
    // Only the attempt tells: permissions, read-only disks and access lists all have a say.
    builder()
        .tempfile_in(folder_of(&target_of(path)?))
        .map(drop)
        .map_err(|cause| unwritable(path, cause))
}

/// Writes a picture in the format of the path's extension, with an alpha channel where `metadata` or the pixels have one.
///
/// The file is written beside, flushed to the disk and renamed, so that a failure leaves nothing behind and an older file as it was.
/// An older file's permissions stay (under Unix); a link stays, and the file it leads to is replaced.
/// Returned is what the format could not keep.
///
/// # Errors
/// [`FileError::UnknownExtension`], [`FileError::NoFolder`], [`FileError::Unwritable`].
///
/// # Panics
/// When the picture is empty.
pub fn write(path: &Path, picture: &Picture, metadata: &Metadata) -> Result<Vec<Note>, FileError> {
    assert!(
        !picture.size().is_empty(),
        "a picture of {}",
        picture.size()
    );
    let format = Format::of_path(path)?;
    let (bytes, notes) =
        encode(format, picture, metadata).map_err(|cause| unwritable(path, cause))?;
    replace(path, &bytes)?;
    Ok(notes)
}

/// The bytes of a picture file, and what the format could not keep.
///
/// # Errors
/// When the encoder fails.
pub fn encode(
    format: Format,
    picture: &Picture,
    metadata: &Metadata,
) -> io::Result<(Vec<u8>, Vec<Note>)> {
    encode::encode(format, picture, metadata)
}

/// Writes a whole file as [`write()`] does: beside, flushed to the disk and renamed.
///
/// # Errors
/// [`FileError::NoFolder`], [`FileError::Unwritable`].
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let target = target_of(path)?;
    write_beside(&target, bytes).map_err(|cause| unwritable(path, cause))
}

fn unwritable(path: &Path, cause: io::Error) -> FileError {
    FileError::Unwritable {
        path: path.to_owned(),
        cause,
    }
}

/// The file to make or replace: the path itself, or where it leads as a link.
fn target_of(path: &Path) -> Result<PathBuf, FileError> {
    let target = match path.is_symlink() {
        true => path
            .canonicalize()
            .map_err(|cause| unwritable(path, cause))?,
        false => path.to_owned(),
    };
    if !folder_of(&target).is_dir() {
        return Err(FileError::NoFolder(path.to_owned()));
    }
    if target.exists() && !target.is_file() {
        return Err(unwritable(path, not_a_file()));
    }
    Ok(target)
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pentimento-");
    builder
}

fn write_beside(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut builder = builder();
    #[cfg(unix)]
    {
        // What `File::create` asks for; the umask takes its share. A temporary file would be the owner's alone.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder_of(path))?;
    file.write_all(bytes)?;
    #[cfg(unix)]
    if let Ok(older) = fs::metadata(path) {
        file.as_file().set_permissions(older.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
