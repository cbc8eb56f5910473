//! From pixels to the bytes of a picture file.
//!
//! Does not know paths.

use std::io::{self, Cursor};

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageError};
use image_webp::WebPEncoder;
use tiff::encoder::{TiffEncoder, colortype};
use tiff::tags::{ExtraSamples, Tag, Type};
use tiff::{TiffError, TiffResult};

use super::exif::{self, Exif};
use super::jpeg::{self, segment};
use super::metadata::XMP_KEYWORD;
use super::{Format, Metadata, Note, photoshop};
use crate::raster::Picture;

const JPEG_QUALITY: u8 = 95;

/// gAMA and cHRM of sRGB, in 100 000ths, which a picture has without them.
const SRGB_GAMMA: u32 = 45_455;
const SRGB_CHROMATICITIES: [u32; 8] = [
    31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000,
];

/// Most bytes of a profile in a JPEG: 254 APP2 segments of what is left after a header of 16; decoders refuse the 255th that the format allows.
const JPEG_ICC_BYTES: usize = 254 * 65_519;

/// The bytes of a file and what the format could not keep.
pub(super) fn encode(
    format: Format,
    picture: &Picture,
    metadata: &Metadata,
) -> io::Result<(Vec<u8>, Vec<Note>)> {
    let mut notes = Vec::new();
    let mut kept = metadata.clone();
    if let Some(exif) = kept.exif.take() {
        let clean = exif::clean(&exif, Some(picture.size()));
        if clean.as_ref().is_none_or(|clean| clean.damaged) {
            notes.push(Note::DamagedExif);
        }
        kept.exif = clean.map(|clean| clean.bytes);
    }
    leave_out(format, &mut kept, &mut notes);
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
    let mut bytes = Vec::new();
    match format {
        Format::Png => png(&mut bytes, &samples, &kept)?,
        Format::Jpeg => jpeg(&mut bytes, &samples, &kept)?,
        Format::WebP => webp(&mut bytes, &samples, kept)?,
        Format::Tiff => {
            let exif = kept.exif.as_deref().map(Exif::of);
            if exif.as_ref().is_some_and(|exif| exif.damaged) && !notes.contains(&Note::DamagedExif)
            {
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

/// Takes away what a format has no place for, and says so.
fn leave_out(format: Format, kept: &mut Metadata, notes: &mut Vec<Note>) {
    if format != Format::Png {
        if !kept.text.is_empty() {
            notes.push(Note::TextOutsidePng(format));
        }
        let hints = &kept.hints;
        let gamma = hints.gamma.map(|gamma| gamma.into_scaled());
        let chromaticities = hints.chromaticities.map(|own| {
            let points = [own.white, own.red, own.green, own.blue];
            let points = points.map(|(x, y)| [x.into_scaled(), y.into_scaled()]);
            points.as_flattened() == SRGB_CHROMATICITIES
        });
        if kept.icc.is_none()
            && (gamma.is_some_and(|gamma| gamma != SRGB_GAMMA) || chromaticities == Some(false))
        {
            notes.push(Note::NoPlace("PNG's gamma and primary colours are", format));
        }
    }
    match format {
        Format::Png | Format::Tiff => {}
        Format::WebP => {
            if kept.photoshop.take().is_some() {
                notes.push(Note::NoPlace("IPTC data are", format));
            }
            if kept.density.take_if(|density| density.is_ratio()).is_some() {
                notes.push(Note::NoPlace("pixels that are no squares are", format));
            }
        }
        Format::Jpeg => {
            notes.push(Note::Recoded);
            let parts = [
                (
                    &mut kept.exif,
                    jpeg::MOST_BYTES - jpeg::EXIF.len(),
                    "EXIF data",
                ),
                (
                    &mut kept.xmp,
                    jpeg::MOST_BYTES - jpeg::XMP.len(),
                    "XMP data",
                ),
                (
                    &mut kept.photoshop,
                    jpeg::MOST_BYTES - photoshop::SIGNATURE.len(),
                    "IPTC data",
                ),
                (&mut kept.icc, JPEG_ICC_BYTES, "ICC profile"),
            ];
            for (part, most, name) in parts {
                if part.take_if(|part| part.len() > most).is_some() {
                    notes.push(Note::TooLargeForJpeg(name));
                }
            }
        }
    }
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

fn jpeg(bytes: &mut Vec<u8>, samples: &Samples, metadata: &Metadata) -> io::Result<()> {
    let failed = |error| match error {
        ImageError::IoError(error) => error,
        error => io::Error::other(error),
    };
    let mut encoder = JpegEncoder::new_with_quality(&mut *bytes, JPEG_QUALITY);
    if let Some(density) = &metadata.density {
        encoder.set_pixel_density(density.jfif());
    }
    if let Some(icc) = &metadata.icc {
        encoder
            .set_icc_profile(icc.clone())
            .map_err(io::Error::other)?;
    }
    encoder
        .write_image(
            &samples.bytes,
            samples.width,
            samples.height,
            ExtendedColorType::Rgb8,
        )
        .map_err(failed)?;
    let parts = [
        (jpeg::APP1, jpeg::EXIF, &metadata.exif),
        (jpeg::APP1, jpeg::XMP, &metadata.xmp),
        (jpeg::APP13, photoshop::SIGNATURE, &metadata.photoshop),
    ];
    let segments = parts.iter().filter_map(|(kind, prefix, part)| {
        let part = part.as_ref()?;
        Some(segment(*kind, prefix, part))
    });
    jpeg::insert(bytes, &segments.collect::<Vec<_>>().concat());
    Ok(())
}

/// WebP goes without `image`, whose encoder writes no XMP; its density lies in the EXIF data.
fn webp(bytes: &mut Vec<u8>, samples: &Samples, metadata: Metadata) -> io::Result<()> {
    let mut exif = metadata.exif;
    if let Some(density) = &metadata.density
        && exif.as_deref().and_then(exif::density).as_ref() != Some(density)
    {
        exif = exif::with_density(exif.as_deref(), density).or(exif);
    }
    let mut encoder = WebPEncoder::new(bytes);
    encoder.set_icc_profile(metadata.icc.unwrap_or_default());
    encoder.set_exif_metadata(exif.unwrap_or_default());
    encoder.set_xmp_metadata(metadata.xmp.unwrap_or_default());
    let color = match samples.alpha {
        true => image_webp::ColorType::Rgba8,
        false => image_webp::ColorType::Rgb8,
    };
    encoder
        .encode(&samples.bytes, samples.width, samples.height, color)
        .map_err(|error| match error {
            image_webp::EncodingError::IoError(error) => error,
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
    let mut directory = exif.map(|exif| exif.directory).unwrap_or_default();
    directory.set_density(metadata.density.as_ref());
    let mut encoder = TiffEncoder::new(Cursor::new(bytes))?;
    let pointers = directory.write_branches(&mut encoder)?;
    let mut image = encoder.new_image::<C>(samples.width, samples.height)?;
    let tags = image.encoder();
    directory.fill(tags, &pointers)?;
    let resources = metadata.photoshop.as_deref();
    let parts = [
        (exif::XMP, Type::BYTE, metadata.xmp.as_deref()),
        (
            exif::IPTC,
            Type::UNDEFINED,
            resources.and_then(photoshop::iptc),
        ),
        (exif::PHOTOSHOP, Type::BYTE, resources),
        (
            Tag::IccProfile.to_u16(),
            Type::UNDEFINED,
            metadata.icc.as_deref(),
        ),
    ];
    for (tag, kind, part) in parts {
        if let Some(part) = part {
            exif::write_bytes(tags, tag, kind, part)?;
        }
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
    info.pixel_dims = metadata.density.map(|density| density.png());
    info.source_gamma = hints.gamma;
    info.source_chromaticities = hints.chromaticities;
    // The encoder would leave the profile out.
    info.srgb = hints.srgb.filter(|_| metadata.icc.is_none());
    let mut encoder = png::Encoder::with_info(bytes, info)?;
    if let Some(xmp) = &metadata.xmp {
        let packet = String::from_utf8_lossy(xmp).into_owned();
        encoder.add_itxt_chunk(XMP_KEYWORD.to_owned(), packet)?;
    }
    for (keyword, text) in metadata.text.iter().chain(&metadata.resources_as_text()) {
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
