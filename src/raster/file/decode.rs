//! From the bytes of a picture file to upright 8-bit pixels.
//!
//! Does not know paths.

use std::io::{self, Cursor};
use std::path::Path;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageBuffer, ImageDecoder, ImageError, ImageFormat, Limits,
    Pixel as _,
};
use tiff::tags::{ExtraSamples, Tag};

use super::exif::Exif;
use super::{FileError, Format, MAX_BYTES, MAX_SIDE, Metadata, Note, PictureFile, PngHints};
use crate::raster::{Picture, Size};

/// Why bytes could not be decoded; a [`FileError`] but for the path.
pub(super) enum Failure {
    NotAPicture,
    OtherFormat(String),
    Truncated,
    TooLarge(Size),
    TooHeavy,
    Undecodable(String),
}

impl Failure {
    pub(super) fn at(self, path: &Path) -> FileError {
        let path = path.to_owned();
        match self {
            Self::NotAPicture => FileError::NotAPicture(path),
            Self::OtherFormat(kind) => FileError::OtherFormat { path, kind },
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

impl From<tiff::TiffError> for Failure {
    fn from(error: tiff::TiffError) -> Self {
        match error {
            tiff::TiffError::IoError(error) => error.into(),
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
    /// Whether colours are multiplied by alpha.
    premultiplied: bool,
    notes: Vec<Note>,
}

pub(super) fn decode(bytes: &[u8]) -> Result<PictureFile, Failure> {
    let (format, stored) = match image::guess_format(bytes) {
        Ok(ImageFormat::Png) => (Format::Png, png(bytes)?),
        Ok(ImageFormat::Jpeg) => (Format::Jpeg, jpeg(bytes)?),
        Ok(ImageFormat::WebP) => (Format::WebP, webp(bytes)?),
        Ok(ImageFormat::Tiff) => (Format::Tiff, tiff(bytes)?),
        Ok(other) => return Err(Failure::OtherFormat(format!("{other:?}").to_uppercase())),
        // BigTIFF, which the guess does not know.
        Err(_) if bytes.starts_with(b"II+\0") || bytes.starts_with(b"MM\0+") => {
            (Format::Tiff, tiff(bytes)?)
        }
        Err(_) => return Err(Failure::NotAPicture),
    };
    let Stored {
        mut pixels,
        mut metadata,
        orientation,
        premultiplied,
        mut notes,
    } = stored;
    if metadata
        .icc
        .take_if(|icc| icc.get(16..20) != Some(b"RGB "))
        .is_some()
    {
        notes.push(Note::ForeignProfile);
    }
    let of_exif = metadata.exif.as_mut().and_then(|exif| {
        if exif.starts_with(b"Exif\0\0") {
            exif.drain(..6);
        }
        Orientation::remove_from_exif_chunk(exif)
    });
    if pixels.color().bytes_per_pixel() > pixels.color().channel_count() {
        notes.push(Note::Rounded);
    }
    if premultiplied {
        pixels = straight(pixels);
    }
    let orientation = of_exif.unwrap_or(orientation);
    if let Orientation::Rotate90
    | Orientation::Rotate270
    | Orientation::Rotate90FlipH
    | Orientation::Rotate270FlipH = orientation
        && let Some((x, y, _)) = &mut metadata.hints.density
    {
        std::mem::swap(x, y);
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

/// Divides colours by alpha.
fn straight(pixels: DynamicImage) -> DynamicImage {
    let mut pixels = pixels.into_rgba16();
    for pixel in pixels.pixels_mut() {
        let [.., alpha] = pixel.0;
        if alpha > 0 {
            pixel.apply_without_alpha(|sample| {
                let whole = (u32::from(sample) * 65_535 + u32::from(alpha) / 2) / u32::from(alpha);
                whole.min(65_535) as u16
            });
        }
    }
    pixels.into()
}

fn check_size((width, height): (u32, u32)) -> Result<(), Failure> {
    match width.max(height) > MAX_SIDE {
        true => Err(Failure::TooLarge(Size::new(width, height))),
        false => Ok(()),
    }
}

/// PNG goes without `image`, whose decoder reads no text.
fn png(bytes: &[u8]) -> Result<Stored, Failure> {
    let limits = png::Limits {
        bytes: usize::try_from(MAX_BYTES).unwrap_or(usize::MAX),
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    check_size(decoder.read_header_info()?.size())?;
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info()?;
    let mut samples = vec![0; reader.output_buffer_size().ok_or(Failure::TooHeavy)?];
    reader.next_frame(&mut samples)?;
    reader.finish()?;

    let info = reader.info();
    let mut notes = Vec::new();
    if info.animation_control.is_some() {
        notes.push(Note::FirstFrame);
    }
    let text: Vec<_> = text_of(info).collect();
    if text.contains(&None) {
        notes.push(Note::DamagedText);
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
            hints: PngHints {
                density: info
                    .pixel_dims
                    .map(|dims| (dims.xppu, dims.yppu, dims.unit)),
                gamma: info.gama_chunk,
                chromaticities: info.chrm_chunk,
                srgb: info.srgb,
            },
        },
        pixels,
        orientation: Orientation::NoTransforms,
        premultiplied: false,
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
    let head = JpegHead::of(bytes);
    check_size(head.size)?;
    // The decoder paints what is missing grey and says nothing.
    if !head.ended {
        return Err(Failure::Truncated);
    }
    let decoder = JpegDecoder::new(Cursor::new(bytes))?;
    check_size(decoder.dimensions())?;
    let notes = if head.components == 4 {
        vec![Note::Cmyk]
    } else {
        Vec::new()
    };
    with_image(decoder, notes)
}

/// What the decoder does not tell about a JPEG.
struct JpegHead {
    size: (u32, u32),
    components: u8,
    ended: bool,
}

impl JpegHead {
    /// Walks the marker segments up to the first scan (ITU-T T.81, annex B); entropy-coded data hold no end marker by chance, as they stuff a 0 behind each 255.
    fn of(bytes: &[u8]) -> Self {
        let mut head = Self {
            size: (0, 0),
            components: 0,
            ended: false,
        };
        let mut at = 2;
        while let Some(&[255, marker, high, low, ref rest @ ..]) = bytes.get(at..) {
            if marker == 255 {
                at += 1;
                continue;
            }
            if let (0xC0..=0xC2, &[_, h1, h0, w1, w0, components, ..]) = (marker, rest) {
                let side = |high, low| u32::from(u16::from_be_bytes([high, low]));
                head.size = (side(w1, w0), side(h1, h0));
                head.components = components;
            }
            at += 2 + usize::from(u16::from_be_bytes([high, low]));
            if marker == 0xDA {
                head.ended = bytes
                    .get(at..)
                    .is_some_and(|scan| scan.windows(2).any(|pair| pair == [255, 0xD9]));
                break;
            }
        }
        head
    }
}

fn webp(bytes: &[u8]) -> Result<Stored, Failure> {
    // RIFF says how much follows its first 8 bytes; the decoder calls what is missing corrupt.
    let promised = bytes
        .get(4..8)
        .and_then(|length| length.try_into().ok())
        .map(u32::from_le_bytes);
    if promised.is_none_or(|length| bytes.len() as u64 - 8 < u64::from(length)) {
        return Err(Failure::Truncated);
    }
    let decoder = WebPDecoder::new(Cursor::new(bytes))?;
    check_size(decoder.dimensions())?;
    let notes = if decoder.has_animation() {
        vec![Note::FirstFrame]
    } else {
        Vec::new()
    };
    with_image(decoder, notes)
}

fn tiff(bytes: &[u8]) -> Result<Stored, Failure> {
    let decoder = TiffDecoder::new(Cursor::new(bytes))?;
    check_size(decoder.dimensions())?;
    let mut notes = Vec::new();
    if let ExtendedColorType::Cmyk8 | ExtendedColorType::Cmyk16 = decoder.original_color_type() {
        notes.push(Note::Cmyk);
    }
    let mut directory = tiff::decoder::Decoder::new(Cursor::new(bytes))?;
    if directory.more_images() {
        notes.push(Note::FirstPage);
    }
    let Exif {
        directory: exif,
        damaged,
    } = Exif::of(bytes);
    if damaged {
        notes.push(Note::DamagedExif);
    }
    let extra = directory.find_tag_unsigned_vec(Tag::ExtraSamples)?;
    let mut stored = with_image(decoder, notes)?;
    stored.premultiplied = stored.metadata.alpha
        && extra
            .is_some_and(|kinds| kinds.first() == Some(&ExtraSamples::AssociatedAlpha.to_u16()));
    if exif.describes() {
        stored.metadata.exif = Some(exif.to_bytes()?);
    }
    Ok(stored)
}

fn with_image(mut decoder: impl ImageDecoder, notes: Vec<Note>) -> Result<Stored, Failure> {
    // Before the limits are set: from then on TIFF gives no profile that is larger than its pixels.
    let metadata = Metadata {
        icc: decoder.icc_profile()?,
        exif: decoder.exif_metadata()?,
        text: Vec::new(),
        alpha: decoder.color_type().has_alpha(),
        hints: PngHints::default(),
    };
    let orientation = match metadata.exif {
        Some(_) => Orientation::NoTransforms,
        None => decoder.orientation()?,
    };
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_BYTES);
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    Ok(Stored {
        metadata,
        orientation,
        premultiplied: false,
        pixels: DynamicImage::from_decoder(decoder)?,
        notes,
    })
}
