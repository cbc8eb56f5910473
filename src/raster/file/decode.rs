//! From the bytes of a picture file to upright 8-bit pixels.
//!
//! Does not know paths.

mod tiff;

use std::io::{self, Cursor};
use std::path::Path;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageFormat, Limits};

use super::density::Density;
use super::foreign::{self, Foreign};
use super::jpeg::Jpeg;
use super::{FileError, Format, MAX_BYTES, MAX_SIDE, Metadata, Note, PictureFile, PngHints};
use crate::raster::{Picture, Size};

/// Why bytes could not be decoded; a [`FileError`] but for the path.
pub(super) enum Failure {
    NotAPicture,
    OtherFormat(&'static Foreign),
    Truncated,
    TooLarge(Size),
    TooHeavy,
    Undecodable(String),
}

impl Failure {
    pub(super) fn at(self, path: &Path) -> FileError {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        let by_name = ending.to_str().and_then(foreign::of_ending);
        let path = path.to_owned();
        match self {
            Self::NotAPicture | Self::Truncated | Self::Undecodable(_)
                if let Some(foreign) = by_name =>
            {
                Self::OtherFormat(foreign).at(&path)
            }
            Self::NotAPicture => FileError::NotAPicture(path),
            Self::OtherFormat(&Foreign { kind, advice, .. }) => {
                FileError::OtherFormat { path, kind, advice }
            }
            Self::Truncated => FileError::Truncated(path),
            Self::TooLarge(size) => FileError::TooLarge { path, size },
            Self::TooHeavy => FileError::TooHeavy(path),
            Self::Undecodable(reason) => FileError::Undecodable { path, reason },
        }
    }

    fn undecodable(error: impl ToString) -> Self {
        Self::Undecodable(
            error
                .to_string()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        )
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::undecodable(error),
        }
    }
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::IoError(error) => error.into(),
            ImageError::Limits(_) => Self::TooHeavy,
            error => Self::undecodable(error),
        }
    }
}

impl From<png::DecodingError> for Failure {
    fn from(error: png::DecodingError) -> Self {
        match error {
            png::DecodingError::IoError(error) => error.into(),
            png::DecodingError::LimitsExceeded => Self::TooHeavy,
            error => Self::undecodable(error),
        }
    }
}

/// A decoded file whose pixels lie as they were stored.
struct Stored {
    pixels: DynamicImage,
    metadata: Metadata,
    /// What a TIFF says beside its EXIF data.
    orientation: Orientation,
    notes: Vec<Note>,
}

pub(super) fn decode(bytes: &[u8]) -> Result<PictureFile, Failure> {
    let (format, stored) = match image::guess_format(bytes) {
        Ok(ImageFormat::Png) => (Format::Png, png(bytes)?),
        Ok(ImageFormat::Jpeg) => (Format::Jpeg, jpeg(bytes)?),
        Ok(ImageFormat::WebP) => (Format::WebP, webp(bytes)?),
        _ if let Some(foreign) = foreign::of_content(bytes) => {
            return Err(Failure::OtherFormat(foreign));
        }
        _ if tiff::STARTS.iter().any(|start| bytes.starts_with(start)) => {
            (Format::Tiff, tiff::tiff(bytes)?)
        }
        _ => return Err(Failure::NotAPicture),
    };
    let Stored {
        mut pixels,
        mut metadata,
        orientation,
        mut notes,
    } = stored;
    if pixels.color().bytes_per_pixel() > pixels.color().channel_count() {
        notes.push(Note::Rounded);
    }
    let of_exif = metadata.settle(&mut notes);
    let orientation = of_exif.unwrap_or(orientation);
    if let Orientation::Rotate90
    | Orientation::Rotate270
    | Orientation::Rotate90FlipH
    | Orientation::Rotate270FlipH = orientation
    {
        metadata.density = metadata.density.map(Density::turned);
    }
    pixels.apply_orientation(orientation);
    let pixels = pixels.into_rgba8();
    let size = Size::new(pixels.width(), pixels.height());
    Ok(PictureFile {
        picture: Picture::new(size, pixels.as_raw().as_chunks().0.to_vec()),
        metadata,
        format,
        notes,
    })
}

fn check_size((width, height): (u32, u32)) -> Result<(), Failure> {
    match width.max(height) > MAX_SIDE {
        true => Err(Failure::TooLarge(Size::new(width, height))),
        false => Ok(()),
    }
}

/// PNG goes without `image`, whose decoder reads no text.
fn png(bytes: &[u8]) -> Result<Stored, Failure> {
    // What libpng passes over with a warning is no reason to refuse the picture, but one to say so.
    match png_as(bytes, true) {
        Err(failure @ (Failure::Truncated | Failure::Undecodable(_))) => {
            let mut stored = png_as(&ended_png(bytes), false).map_err(|_| failure)?;
            stored.notes.push(Note::Mended);
            Ok(stored)
        }
        read => read,
    }
}

/// The chunks of a PNG up to its end, or up to where it is cut, and an end.
fn ended_png(bytes: &[u8]) -> Vec<u8> {
    let mut at = 8;
    while let Some([l3, l2, l1, l0, name @ ..]) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>)
    {
        let length = u32::from_be_bytes([*l3, *l2, *l1, *l0]) as usize;
        let end = at.saturating_add(12).saturating_add(length);
        if name == b"IEND" || end > bytes.len() {
            break;
        }
        at = end;
    }
    let mut ended = bytes[..at.min(bytes.len())].to_vec();
    // Samples may be whole where their chunk is not.
    if let Some([_, _, _, _, b'I', b'D', b'A', b'T', data @ ..]) = bytes.get(at..) {
        let data = [b"IDAT", data].concat();
        ended.extend((data.len() as u32 - 4).to_be_bytes());
        ended.extend(&data);
        ended.extend(crc32fast::hash(&data).to_be_bytes());
    }
    ended.extend(b"\0\0\0\0IEND\xAE\x42\x60\x82");
    ended
}

/// Reads a PNG; unless strictly, checksums beside the pixels and what follows those may be wrong.
fn png_as(bytes: &[u8], strict: bool) -> Result<Stored, Failure> {
    let limits = png::Limits {
        bytes: usize::try_from(MAX_BYTES).unwrap_or(usize::MAX),
    };
    let mut options = png::DecodeOptions::default();
    options.set_skip_ancillary_crc_failures(!strict);
    let mut decoder = png::Decoder::new_with_options(Cursor::new(bytes), options);
    decoder.set_limits(limits);
    check_size(decoder.read_header_info()?.size())?;
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info()?;
    let mut samples = vec![0; reader.output_buffer_size().ok_or(Failure::TooHeavy)?];
    reader.next_frame(&mut samples)?;
    let finished = reader.finish();
    if strict {
        finished?;
    }

    let info = reader.info();
    let mut notes = Vec::new();
    if info.animation_control.is_some() {
        notes.push(Note::FirstFrame);
    }
    let text: Vec<_> = text_of(info).collect();
    if text.contains(&None) {
        notes.push(Note::DamagedText);
    }
    if let Some(end) = bytes
        .windows(8)
        .rposition(|end| end == b"IEND\xAE\x42\x60\x82")
        && bytes[end + 8..].iter().any(|byte| *byte != 0)
    {
        notes.push(Note::Appended);
    }
    let (color, depth) = reader.output_color_type();
    let (width, height) = info.size();
    let pixels = match depth {
        png::BitDepth::Sixteen => {
            let samples = samples
                .as_chunks()
                .0
                .iter()
                .map(|&pair| u16::from_be_bytes(pair))
                .collect();
            match color {
                png::ColorType::Grayscale => {
                    ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma16)
                }
                png::ColorType::GrayscaleAlpha => {
                    ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA16)
                }
                png::ColorType::Rgb => {
                    ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb16)
                }
                _ => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba16),
            }
        }
        _ => match color {
            png::ColorType::Grayscale => {
                ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8)
            }
            png::ColorType::GrayscaleAlpha => {
                ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA8)
            }
            png::ColorType::Rgb => {
                ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8)
            }
            _ => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba8),
        },
    };
    let pixels = pixels.ok_or_else(|| Failure::undecodable("fewer samples than pixels"))?;
    Ok(Stored {
        metadata: Metadata {
            icc: info.icc_profile.as_deref().map(Into::into),
            exif: info.exif_metadata.as_deref().map(Into::into),
            text: text.into_iter().flatten().collect(),
            alpha: pixels.color().has_alpha(),
            density: info.pixel_dims.and_then(Density::of_png),
            hints: PngHints {
                gamma: info.gama_chunk,
                chromaticities: info.chrm_chunk,
                srgb: info.srgb,
            },
            ..Metadata::default()
        },
        pixels,
        orientation: Orientation::NoTransforms,
        notes,
    })
}

/// Keyword and value of each text chunk; `None` for one that cannot be decompressed.
fn text_of<'a>(info: &'a png::Info<'_>) -> impl Iterator<Item = Option<(String, String)>> + 'a {
    let plain = info
        .uncompressed_latin1_text
        .iter()
        .map(|chunk| Some((chunk.keyword.clone(), as_meant(chunk.text.clone()))));
    let compressed = info.compressed_latin1_text.iter().map(|chunk| {
        let mut chunk = chunk.clone();
        chunk.decompress_text().ok()?;
        Some((chunk.keyword.clone(), as_meant(chunk.get_text().ok()?)))
    });
    let unicode = info.utf8_text.iter().map(|chunk| {
        let mut chunk = chunk.clone();
        chunk.decompress_text().ok()?;
        Some((chunk.keyword.clone(), chunk.get_text().ok()?))
    });
    plain.chain(compressed).chain(unicode)
}

/// Text that was read as Latin-1, as PNG has it, and is UTF-8, as many programs write it; by chance Latin-1 hardly ever is.
fn as_meant(text: String) -> String {
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
    let meant = bytes.filter(|_| !text.is_ascii());
    meant
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or(text)
}

fn jpeg(bytes: &[u8]) -> Result<Stored, Failure> {
    let jpeg = Jpeg::of(bytes);
    check_size(jpeg.size)?;
    let mended = match (jpeg.ended, jpeg.stray) {
        (true, false) => None,
        (true, true) => Some(jpeg.mended()),
        (false, _) => Some(unended(&jpeg)?),
    };
    let mut notes = Vec::new();
    if jpeg.components == 4 {
        notes.push(Note::Cmyk);
    }
    if mended.is_some() {
        notes.push(Note::Mended);
    }
    if jpeg.lists_others() || jpeg.rest.iter().any(|byte| *byte != 0) {
        notes.push(Note::Appended);
    }
    if jpeg.is_commented() {
        notes.push(Note::LeftOut("the comment was"));
    }
    if jpeg.is_signed() {
        notes.push(Note::LeftOut(
            "the content credentials, which another picture cannot have, were",
        ));
    }
    let decoder = JpegDecoder::new(Cursor::new(mended.as_deref().unwrap_or(bytes)))?;
    check_size(decoder.dimensions())?;
    let mut stored = with_image(decoder, notes)?;
    stored.metadata = Metadata {
        exif: jpeg.exif().map(<[u8]>::to_vec),
        xmp: jpeg.xmp(),
        photoshop: jpeg.photoshop(),
        density: jpeg.density(),
        ..stored.metadata
    };
    Ok(stored)
}

/// A JPEG without an end mark, with one; the decoder paints what is missing grey and says nothing, so it is asked whether bytes behind the last would make a difference.
fn unended(jpeg: &Jpeg<'_>) -> Result<Vec<u8>, Failure> {
    if !jpeg.has_every_scan() {
        return Err(Failure::Truncated);
    }
    let whole = jpeg.mended();
    let pixels = |bytes: &[u8]| {
        let decoder = JpegDecoder::new(Cursor::new(bytes)).ok()?;
        check_size(decoder.dimensions()).ok()?;
        DynamicImage::from_decoder(decoder).ok()
    };
    let first = pixels(&whole);
    let mut guesses = jpeg.guesses();
    match first.is_some() && guesses.all(|guess| pixels(&guess) == first) {
        true => Ok(whole),
        false => Err(Failure::Truncated),
    }
}

fn webp(bytes: &[u8]) -> Result<Stored, Failure> {
    // RIFF says how much follows its first 8 bytes; the decoder calls what is missing corrupt.
    let promised = bytes.get(4..8).and_then(|length| length.try_into().ok());
    let promised = promised.map_or(u64::MAX, |length| 8 + u64::from(u32::from_le_bytes(length)));
    let (end, flags) = riff_end(bytes, promised).ok_or(Failure::Truncated)?;
    let mut notes = Vec::new();
    let mut mended = Vec::new();
    if ![end, end.next_multiple_of(2)].contains(&(promised as usize)) {
        mended.extend(&bytes[..end]);
        mended.resize(end.next_multiple_of(2), 0);
        let length = (mended.len() - 8) as u32;
        mended[4..8].copy_from_slice(&length.to_le_bytes());
        // It would miss what is announced.
        if mended[12..].starts_with(b"VP8X") {
            mended[20] &= !METADATA | flags;
        }
        notes.push(Note::Mended);
    } else if bytes[end..].iter().any(|byte| *byte != 0) {
        notes.push(Note::Appended);
    }
    let bytes = if mended.is_empty() { bytes } else { &mended };
    let mut decoder = WebPDecoder::new(Cursor::new(bytes))?;
    check_size(decoder.dimensions())?;
    if decoder.has_animation() {
        notes.push(Note::FirstFrame);
    }
    let xmp = decoder.xmp_metadata()?;
    let mut stored = with_image(decoder, notes)?;
    stored.metadata.xmp = xmp;
    Ok(stored)
}

/// The chunks of metadata, and the bits in `VP8X` that announce them.
const ANNOUNCED: [(&[u8; 4], u8); 3] = [(b"ICCP", 0x20), (b"EXIF", 0x08), (b"XMP ", 0x04)];
const METADATA: u8 = 0x2C;

/// Where the last whole chunk of a WebP ends, which is `promised` to be that long, and the bits of the metadata up to there; none where its picture is not whole.
fn riff_end(bytes: &[u8], promised: u64) -> Option<(usize, u8)> {
    const PICTURE: [&[u8; 4]; 3] = [b"VP8 ", b"VP8L", b"ANMF"];
    const OTHERS: [&[u8; 4]; 3] = [b"VP8X", b"ALPH", b"ANIM"];
    let (mut at, mut pictured, mut flags) = (12, false, 0);
    while let Some([name @ .., l0, l1, l2, l3]) = bytes.get(at..)?.first_chunk::<8>() {
        let length = u32::from_le_bytes([*l0, *l1, *l2, *l3]) as usize;
        let end = at.checked_add(8)?.checked_add(length)?;
        let announced = ANNOUNCED.iter().find(|(own, _)| *own == name);
        let known = PICTURE.contains(&name) || OTHERS.contains(&name) || announced.is_some();
        if end > bytes.len() || !known && end as u64 > promised {
            break;
        }
        pictured |= PICTURE.contains(&name);
        flags |= announced.map_or(0, |(_, flag)| *flag);
        at = end.next_multiple_of(2).min(bytes.len());
    }
    pictured.then_some((at, flags))
}

fn with_image(mut decoder: impl ImageDecoder, notes: Vec<Note>) -> Result<Stored, Failure> {
    let metadata = Metadata {
        icc: decoder.icc_profile()?,
        exif: decoder.exif_metadata()?,
        alpha: decoder.color_type().has_alpha(),
        ..Metadata::default()
    };
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_BYTES);
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    Ok(Stored {
        metadata,
        orientation: Orientation::NoTransforms,
        pixels: DynamicImage::from_decoder(decoder)?,
        notes,
    })
}
