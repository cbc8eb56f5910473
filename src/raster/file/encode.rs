//! From pixels to the bytes of a picture file.
//!
//! Does not know paths.

use std::io::{self, Cursor};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageError};
use tiff::encoder::{TiffEncoder, colortype};
use tiff::tags::{ExtraSamples, Tag, Type};
use tiff::{TiffError, TiffResult};

use super::exif::{self, Exif};
use super::{Format, Metadata, Note};
use crate::raster::Picture;

const JPEG_QUALITY: u8 = 95;

/// Most bytes of EXIF data in a JPEG's APP1 segment: 65 535 less the length field and `Exif\0\0`.
const JPEG_EXIF_BYTES: usize = 65_527;

/// Most bytes of a profile in a JPEG: 254 APP2 segments of what is left after a header of 16; decoders refuse the 255th that the format allows.
const JPEG_ICC_BYTES: usize = 254 * 65_519;

/// The bytes of a file and what the format could not keep.
pub(super) fn encode(
    format: Format,
    picture: &Picture,
    metadata: &Metadata,
) -> io::Result<(Vec<u8>, Vec<Note>)> {
    let mut notes = Vec::new();
    if format != Format::Png && !metadata.text.is_empty() {
        notes.push(Note::TextOutsidePng(format));
    }
    let mut kept = metadata.clone();
    let opaque = picture.is_opaque();
    let samples = match format {
        Format::Jpeg if opaque => Samples::rgb(picture),
        Format::Jpeg => {
            notes.push(Note::Flattened);
            Samples::rgb(&picture.flatten([255; 3]))
        }
        _ if opaque && !metadata.alpha => Samples::rgb(picture),
        _ => Samples::rgba(picture),
    };
    if format == Format::Jpeg {
        if kept
            .exif
            .take_if(|exif| exif.len() > JPEG_EXIF_BYTES)
            .is_some()
        {
            notes.push(Note::TooLargeForJpeg("EXIF data"));
        }
        if kept.icc.take_if(|icc| icc.len() > JPEG_ICC_BYTES).is_some() {
            notes.push(Note::TooLargeForJpeg("ICC profile"));
        }
    }

    let mut bytes = Vec::new();
    match format {
        Format::Png => png(&mut bytes, &samples, &kept)?,
        Format::Jpeg => finish(
            JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY),
            &samples,
            &kept,
        )?,
        Format::WebP => finish(WebPEncoder::new_lossless(&mut bytes), &samples, &kept)?,
        Format::Tiff => {
            let exif = kept.exif.as_deref().map(Exif::of);
            if exif.as_ref().is_some_and(|exif| exif.damaged) {
                notes.push(Note::DamagedExif);
            }
            let written = match samples.alpha {
                true => tiff::<colortype::RGBA8>(&mut bytes, &samples, &kept, exif),
                false => tiff::<colortype::RGB8>(&mut bytes, &samples, &kept, exif),
            };
            written.map_err(|error| match error {
                TiffError::IoError(error) => error,
                error => io::Error::other(error),
            })?;
        }
    }
    Ok((bytes, notes))
}

/// Interleaved samples as encoders take them.
struct Samples {
    bytes: Vec<u8>,
    width: u32,
    height: u32,
    alpha: bool,
}

impl Samples {
    fn rgb(picture: &Picture) -> Self {
        let rgb: Vec<[u8; 3]> = picture
            .pixels()
            .iter()
            .map(|&[r, g, b, _]| [r, g, b])
            .collect();
        Self::of(picture, rgb.into_flattened(), false)
    }

    fn rgba(picture: &Picture) -> Self {
        Self::of(picture, picture.pixels().as_flattened().to_vec(), true)
    }

    fn of(picture: &Picture, bytes: Vec<u8>, alpha: bool) -> Self {
        let size = picture.size();
        Self {
            bytes,
            width: size.width,
            height: size.height,
            alpha,
        }
    }
}

fn finish(
    mut encoder: impl ImageEncoder,
    samples: &Samples,
    metadata: &Metadata,
) -> io::Result<()> {
    if let Some(icc) = &metadata.icc {
        encoder
            .set_icc_profile(icc.clone())
            .map_err(io::Error::other)?;
    }
    if let Some(exif) = &metadata.exif {
        encoder
            .set_exif_metadata(exif.clone())
            .map_err(io::Error::other)?;
    }
    let color = match samples.alpha {
        true => ExtendedColorType::Rgba8,
        false => ExtendedColorType::Rgb8,
    };
    encoder
        .write_image(&samples.bytes, samples.width, samples.height, color)
        .map_err(|error| match error {
            ImageError::IoError(error) => error,
            error => io::Error::other(error),
        })
}

/// TIFF goes without `image`, whose encoder writes no EXIF data and does not say what alpha is.
fn tiff<C: colortype::ColorType<Inner = u8>>(
    bytes: &mut Vec<u8>,
    samples: &Samples,
    metadata: &Metadata,
    exif: Option<Exif>,
) -> TiffResult<()> {
    let directory = exif.map(|exif| exif.directory).unwrap_or_default();
    let mut encoder = TiffEncoder::new(Cursor::new(bytes))?;
    let pointers = directory.write_branches(&mut encoder)?;
    let mut image = encoder.new_image::<C>(samples.width, samples.height)?;
    let tags = image.encoder();
    directory.fill(tags, &pointers)?;
    if let Some(icc) = &metadata.icc {
        exif::write_bytes(tags, Tag::IccProfile.to_u16(), Type::UNDEFINED, icc)?;
    }
    if samples.alpha {
        // Without it readers take the colours for multiplied by alpha.
        let straight = ExtraSamples::UnassociatedAlpha.to_u16();
        tags.write_tag(Tag::ExtraSamples, straight)?;
    }
    image.write_data(&samples.bytes)
}

/// PNG goes without `image`, whose encoder writes no text.
fn png(bytes: &mut Vec<u8>, samples: &Samples, metadata: &Metadata) -> io::Result<()> {
    let mut info = png::Info::with_size(samples.width, samples.height);
    info.color_type = match samples.alpha {
        true => png::ColorType::Rgba,
        false => png::ColorType::Rgb,
    };
    info.icc_profile = metadata.icc.as_deref().map(Into::into);
    info.exif_metadata = metadata.exif.as_deref().map(Into::into);
    let hints = &metadata.hints;
    info.pixel_dims = hints
        .density
        .map(|(xppu, yppu, unit)| png::PixelDimensions { xppu, yppu, unit });
    info.source_gamma = hints.gamma;
    info.source_chromaticities = hints.chromaticities;
    // The encoder would leave the profile out.
    info.srgb = hints.srgb.filter(|_| metadata.icc.is_none());
    let mut encoder = png::Encoder::with_info(bytes, info)?;
    for (keyword, text) in &metadata.text {
        // Beyond ASCII readers disagree on what tEXt holds.
        match text.is_ascii() {
            true => encoder.add_text_chunk(keyword.clone(), text.clone())?,
            false => encoder.add_itxt_chunk(keyword.clone(), text.clone())?,
        }
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&samples.bytes)?;
    writer.finish()?;
    Ok(())
}
