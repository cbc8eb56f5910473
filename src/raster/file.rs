//! Picture files: the only place that reads or writes them.
//!
//! PNG, JPEG, WebP and TIFF come in as upright 8-bit RGBA and go out with their ICC profile and EXIF data; PNG to PNG also keeps text and what [`PngHints`] lists.
//! Which of those a file or format cannot keep, and what reading does to the pixels, is said in [`Note`]s; hints bound for another format, and everything else that a file may hold (XMP, PNG's cICP and other chunks, a TIFF's other tags; the thumbnail of EXIF data bound for TIFF), goes without a word.
//! Pixels are not colour-managed: a profile's bytes travel along, the values stay.
//!
//! Does not know what the text in a PNG says; callers put it there.

pub mod comment;
mod decode;
mod encode;
mod exif;

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::{Picture, Size};

/// Longest side of a picture, pixels: 1 GiB of RGBA for a square one.
pub const MAX_SIDE: u32 = 16_384;

/// Bytes that reading a picture may take up at once, before its conversion to 8 bits.
const MAX_BYTES: u64 = 3 << 30;

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

impl Format {
    /// The format that a file name's extension asks for, in any case.
    ///
    /// # Errors
    /// [`FileError::UnknownExtension`] for any extension but `png`, `jpg`, `jpeg`, `webp`, `tif` and `tiff`.
    pub fn of_path(path: &Path) -> Result<Self, FileError> {
        let extension = path
            .extension()
            .map(OsStr::to_ascii_lowercase)
            .unwrap_or_default();
        match extension.to_str() {
            Some("png") => Ok(Self::Png),
            Some("jpg" | "jpeg") => Ok(Self::Jpeg),
            Some("webp") => Ok(Self::WebP),
            Some("tif" | "tiff") => Ok(Self::Tiff),
            _ => Err(FileError::UnknownExtension(path.to_owned())),
        }
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

/// What a file says about its picture, beside the pixels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// ICC profile of an RGB colour space.
    pub icc: Option<Vec<u8>>,
    /// EXIF data: a TIFF structure, without JPEG's `Exif\0\0` in front; its orientation is 1 after reading, as the pixels are upright.
    pub exif: Option<Vec<u8>>,
    /// PNG text: keyword (1 to 79 Latin-1 characters) and value; tEXt where ASCII suffices, else iTXt; tEXt that is UTF-8 is read as such.
    pub text: Vec<(String, String)>,
    /// Whether the file has an alpha channel, even where all of it is opaque.
    pub alpha: bool,
    /// What a PNG says of its pixels in chunks that no other format has; empty for those.
    pub hints: PngHints,
}

/// Density and colour of a PNG's pixels: carried along from PNG to PNG, never applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PngHints {
    /// pHYs: pixels per unit along X and along Y, and the unit.
    pub density: Option<(u32, u32, png::Unit)>,
    /// gAMA.
    pub gamma: Option<png::ScaledFloat>,
    /// cHRM.
    pub chromaticities: Option<png::SourceChromaticities>,
    /// sRGB; overruled by an ICC profile, and then not written.
    pub srgb: Option<png::SrgbRenderingIntent>,
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
    /// CMYK samples.
    #[error("CMYK colours were converted to RGB without their profile, and may look different")]
    Cmyk,
    /// A profile of another colour space than RGB.
    #[error("the ICC profile is not one for RGB and was left out")]
    ForeignProfile,
    /// Text chunks that cannot be decoded.
    #[error("a text chunk is damaged or larger than 2 MiB and was left out")]
    DamagedText,
    /// EXIF data of a TIFF, or bound for one, of which not everything can be read.
    #[error("the EXIF data are damaged and were left out, or part of them was")]
    DamagedExif,
    /// EXIF data or a profile beyond what JPEG can hold.
    #[error("the {0} is larger than JPEG can hold and was left out")]
    TooLargeForJpeg(&'static str),
    /// Text bound for another format than PNG.
    #[error("text is kept in PNG only, not in {0}, and was left out")]
    TextOutsidePng(Format),
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
    #[error("{kind} pictures are not supported, convert it to PNG first: {}", path.display())]
    OtherFormat {
        /// The file.
        path: PathBuf,
        /// Name of the format.
        kind: String,
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
