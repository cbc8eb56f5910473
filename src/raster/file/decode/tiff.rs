//! TIFF: samples of every kind that common programs write, as 8-bit RGBA.
//!
//! `tiff` reads the samples; what they mean is worked out here, so that palettes, CIELAB and grey with alpha are read too.

use std::io::Cursor;

use ::tiff::decoder::{Decoder, DecodingResult, Limits};
use ::tiff::tags::{CompressionMethod, ExtraSamples, Tag};
use ::tiff::{TiffError, TiffUnsupportedError};
use image::RgbaImage;
use image::metadata::Orientation;

use super::{Failure, Stored, check_size};
use crate::raster::file::exif::{self, Exif};
use crate::raster::file::{MAX_BYTES, Metadata, Note, photoshop};
use crate::raster::lab;

/// How TIFF and BigTIFF begin.
pub(super) const STARTS: [&[u8]; 4] = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];

const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;

/// Compressions that are not read, by number.
const COMPRESSIONS: &[(u16, &str)] = &[
    (2, "CCITT RLE"),
    (3, "CCITT Group 3"),
    (6, "old JPEG"),
    (32_809, "ThunderScan"),
    (34_712, "JPEG 2000"),
    (34_887, "LERC"),
    (34_892, "lossy DNG"),
    (34_925, "LZMA"),
    (50_000, "Zstandard"),
    (50_001, "WebP"),
    (50_002, "JPEG XL"),
];

impl From<TiffError> for Failure {
    fn from(error: TiffError) -> Self {
        match error {
            TiffError::IoError(error) => error.into(),
            TiffError::LimitsExceeded => Self::TooHeavy,
            TiffError::UnsupportedError(TiffUnsupportedError::UnsupportedCompressionMethod(
                method,
            )) => Self::Undecodable(format!("{} compression", name_of(method))),
            error => Self::undecodable(error),
        }
    }
}

fn name_of(method: CompressionMethod) -> String {
    let number = method.to_u16();
    let known = COMPRESSIONS.iter().find(|(own, _)| *own == number);
    known.map_or_else(
        || format!("unknown ({number})"),
        |(_, name)| (*name).to_owned(),
    )
}

/// What samples mean (TIFF 6.0, `PhotometricInterpretation`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Grey {
        inverted: bool,
    },
    Rgb,
    Palette,
    Cmyk,
    YCbCr,
    /// Whether a and b are signed, and not raised by half of their range.
    Lab {
        signed: bool,
    },
}

impl Meaning {
    fn of(photometric: u64) -> Result<Self, Failure> {
        Ok(match photometric {
            0 => Self::Grey { inverted: true },
            1 => Self::Grey { inverted: false },
            2 => Self::Rgb,
            3 => Self::Palette,
            5 => Self::Cmyk,
            6 => Self::YCbCr,
            8 => Self::Lab { signed: true },
            9 => Self::Lab { signed: false },
            other => {
                let reason = format!("its samples are of the unknown kind {other}");
                return Err(Failure::Undecodable(reason));
            }
        })
    }

    /// Samples of a colour.
    fn channels(self) -> usize {
        match self {
            Self::Grey { .. } | Self::Palette => 1,
            Self::Rgb | Self::YCbCr | Self::Lab { .. } => 3,
            Self::Cmyk => 4,
        }
    }

    /// A kind of as many samples that the decoder reads as they are.
    fn read_as(self) -> Option<u16> {
        match self {
            Self::Grey { inverted: true } | Self::Palette => Some(1),
            Self::Lab { .. } => Some(2),
            _ => None,
        }
    }
}

pub(super) fn tiff(bytes: &[u8]) -> Result<Stored, Failure> {
    let photometric = exif::number(bytes, PHOTOMETRIC).unwrap_or(1);
    let mut decoder = Decoder::new(Cursor::new(bytes))?;
    let (width, height) = decoder.dimensions()?;
    check_size((width, height))?;
    let meaning = Meaning::of(photometric)?;
    let mut notes = Vec::new();
    match meaning {
        Meaning::Cmyk => notes.push(Note::Cmyk),
        Meaning::Lab { .. } => notes.push(Note::Lab),
        _ => {}
    }
    if decoder.more_images() {
        notes.push(Note::FirstPage);
    }
    let Exif {
        directory: exif,
        damaged,
    } = Exif::of(bytes);
    if damaged {
        notes.push(Note::DamagedExif);
    }
    let orientation = exif::number(bytes, 274)
        .and_then(|number| Orientation::from_exif(u8::try_from(number).ok()?));
    let icc = exif::value(bytes, Tag::IccProfile.to_u16()).map(<[u8]>::to_vec);
    let iptc = exif::value(bytes, exif::IPTC).map(photoshop::of_iptc);
    let resources = exif::value(bytes, exif::PHOTOSHOP).map(<[u8]>::to_vec);
    let resources = resources.filter(|own| iptc.is_none() || photoshop::iptc(own).is_some());
    let extra = decoder
        .find_tag_unsigned_vec::<u16>(Tag::ExtraSamples)?
        .and_then(|kinds| kinds.first().copied());
    let colors = match meaning {
        Meaning::Palette => Some(palette(&decoder.get_tag_u16_vec(Tag::ColorMap)?)),
        _ => None,
    };

    let samples = Samples::read(
        readable(bytes, meaning, &mut decoder)?
            .as_deref()
            .unwrap_or(bytes),
    )?;
    if samples.bits > 8 {
        notes.push(Note::Rounded);
    }
    if samples.exceed() {
        notes.push(Note::Clipped);
    }
    let channels = meaning.channels();
    if samples.channels == 2 && exif::number(bytes, COMPRESSION) == Some(7) {
        // What the decoder makes of them is wrong.
        return Err(Failure::undecodable("JPEG compression of two channels"));
    }
    if samples.channels < channels {
        return Err(Failure::undecodable("fewer samples than its colours take"));
    }
    let associated = Some(ExtraSamples::AssociatedAlpha.to_u16());
    let declared = extra == associated || extra == Some(ExtraSamples::UnassociatedAlpha.to_u16());
    // Old writers do not say that the fourth sample is alpha.
    let alpha =
        samples.channels > channels && (declared || extra.is_none() && meaning == Meaning::Rgb);
    let color = |x: u32, y: u32| {
        let at = |channel| samples.at(x, y, channel);
        let rgb = match meaning {
            Meaning::Grey { inverted } => [if inverted { 1.0 - at(0) } else { at(0) }; 3],
            Meaning::Rgb => [at(0), at(1), at(2)],
            Meaning::Palette => {
                let index = samples.index(x, y);
                let colors = colors.as_deref().unwrap_or_default();
                colors.get(index).copied().unwrap_or_default()
            }
            Meaning::Cmyk => [0, 1, 2].map(|ink| (1.0 - at(ink)) * (1.0 - at(3))),
            Meaning::YCbCr => rgb_of_ycbcr([at(0), at(1), at(2)]),
            Meaning::Lab { signed } => {
                let range = 2_f64.powi(samples.bits as i32);
                let axis = |channel| {
                    let number = f64::from(at(channel)) * (range - 1.0);
                    let raised = if signed {
                        (number + range / 2.0) % range
                    } else {
                        number
                    };
                    raised / range * 256.0 - 128.0
                };
                let rgb = lab::rgb_of_d50([f64::from(at(0)) * 100.0, axis(1), axis(2)]);
                rgb.map(|value| f32::from(value) / 255.0)
            }
        };
        let opacity = if alpha { at(channels) } else { 1.0 };
        let straight = match alpha && extra == associated && opacity > 0.0 {
            true => rgb.map(|value| value / opacity),
            false => rgb,
        };
        let [red, green, blue] = straight;
        image::Rgba([red, green, blue, opacity].map(|value| (value * 255.0).round() as u8))
    };
    let pixels = RgbaImage::from_fn(width, height, color).into();
    Ok(Stored {
        metadata: Metadata {
            icc,
            exif: exif.describes().then(|| exif.to_bytes()).transpose()?,
            xmp: exif::value(bytes, exif::XMP).map(<[u8]>::to_vec),
            photoshop: resources.or(iptc),
            density: exif::density(bytes),
            alpha,
            ..Metadata::default()
        },
        pixels,
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
        notes,
    })
}

/// The file as the decoder reads it, where that is not how it is.
fn readable(
    bytes: &[u8],
    meaning: Meaning,
    decoder: &mut Decoder<Cursor<&[u8]>>,
) -> Result<Option<Vec<u8>>, Failure> {
    let reversed = exif::number(bytes, FILL_ORDER) == Some(2)
        && matches!(exif::number(bytes, COMPRESSION), None | Some(1 | 4));
    let named = meaning.read_as();
    if named.is_none() && !reversed {
        return Ok(None);
    }
    let mut readable = bytes.to_vec();
    if let Some(named) = named {
        exif::set_short(&mut readable, PHOTOMETRIC, named);
    }
    if reversed {
        let (starts, lengths) = (
            decoder.get_tag_u64_vec(Tag::StripOffsets)?,
            decoder.get_tag_u64_vec(Tag::StripByteCounts)?,
        );
        for (start, length) in starts.into_iter().zip(lengths) {
            let strip = usize::try_from(start)
                .ok()
                .zip(usize::try_from(start.saturating_add(length)).ok())
                .and_then(|(start, end)| readable.get_mut(start..end));
            for byte in strip.ok_or(Failure::Truncated)? {
                *byte = byte.reverse_bits();
            }
        }
    }
    Ok(Some(readable))
}

/// Red, green and blue of each index, in `[0, 1]`.
fn palette(map: &[u16]) -> Vec<[f32; 3]> {
    // Some writers count to 255; of the others some make 65280 of that, and some 65535.
    let shift = if map.iter().all(|value| *value < 256) {
        0
    } else {
        8
    };
    let size = map.len() / 3;
    let share = |index: usize| f32::from(map[index] >> shift) / 255.0;
    let color = |index| [share(index), share(size + index), share(2 * size + index)];
    (0..size).map(color).collect()
}

/// ITU-R BT.601 over the full range, as JFIF has it.
fn rgb_of_ycbcr([y, cb, cr]: [f32; 3]) -> [f32; 3] {
    let (cb, cr) = (cb - 128.0 / 255.0, cr - 128.0 / 255.0);
    [
        y + 1.402 * cr,
        y - 0.344_136 * cb - 0.714_136 * cr,
        y + 1.772 * cb,
    ]
}

/// The samples of the first page.
struct Samples {
    data: DecodingResult,
    /// Of one sample.
    bits: usize,
    /// Samples of a pixel.
    channels: usize,
    /// Samples of a pixel that lie side by side: all, or one where each channel is a plane of its own.
    interleaved: usize,
    width: usize,
    height: usize,
}

impl Samples {
    fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let most = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
        let mut limits = Limits::default();
        limits.decoding_buffer_size = most;
        limits.intermediate_buffer_size = most;
        limits.ifd_value_size = most;
        let mut decoder = Decoder::new(Cursor::new(bytes))?.with_limits(limits);
        let (width, height) = decoder.dimensions()?;
        let color = decoder.colortype()?;
        let mut data = DecodingResult::U8(Vec::new());
        let layout = decoder.read_image_to_buffer(&mut data)?;
        if data.as_buffer(0).byte_len() < layout.complete_len {
            return Err(Failure::TooHeavy);
        }
        let channels = usize::from(color.num_samples());
        if let DecodingResult::I8(_)
        | DecodingResult::I16(_)
        | DecodingResult::I32(_)
        | DecodingResult::I64(_) = data
        {
            return Err(Failure::undecodable("its samples are signed"));
        }
        Ok(Self {
            data,
            bits: usize::from(color.bit_depth()),
            channels,
            interleaved: if layout.planes > 1 { 1 } else { channels },
            width: width as usize,
            height: height as usize,
        })
    }

    /// Whether a sample is beyond white.
    fn exceed(&self) -> bool {
        match &self.data {
            DecodingResult::F16(data) => data.iter().any(|value| value.to_f32() > 1.0),
            DecodingResult::F32(data) => data.iter().any(|value| *value > 1.0),
            DecodingResult::F64(data) => data.iter().any(|value| *value > 1.0),
            _ => false,
        }
    }

    /// Where a sample is: its byte and its bit for those of less than a byte, else its place.
    fn place(&self, x: u32, y: u32, channel: usize) -> (usize, usize) {
        let (x, y) = (x as usize, y as usize);
        let (plane, channel) = match self.interleaved {
            1 => (channel, 0),
            _ => (0, channel),
        };
        let in_row = x * self.interleaved + channel;
        let row = match self.bits {
            // Rows begin with a byte.
            1..8 => (self.width * self.interleaved * self.bits).div_ceil(8),
            _ => self.width * self.interleaved,
        };
        let start = (plane * self.height + y) * row;
        match self.bits {
            1..8 => (start + in_row * self.bits / 8, in_row * self.bits % 8),
            _ => (start + in_row, 0),
        }
    }

    /// The first sample of a pixel, as a number.
    fn index(&self, x: u32, y: u32) -> usize {
        let (at, bit) = self.place(x, y, 0);
        match &self.data {
            DecodingResult::U8(data) if self.bits < 8 => {
                usize::from(data[at] << bit >> (8 - self.bits))
            }
            DecodingResult::U8(data) => usize::from(data[at]),
            DecodingResult::U16(data) => usize::from(data[at]),
            _ => 0,
        }
    }

    /// A sample in `[0, 1]`.
    fn at(&self, x: u32, y: u32, channel: usize) -> f32 {
        let (at, bit) = self.place(x, y, channel);
        let share = match &self.data {
            DecodingResult::U8(data) if self.bits < 8 => {
                let most = (1_u16 << self.bits) - 1;
                f32::from(data[at] << bit >> (8 - self.bits)) / f32::from(most)
            }
            DecodingResult::U8(data) => f32::from(data[at]) / 255.0,
            DecodingResult::U16(data) => f32::from(data[at]) / 65_535.0,
            DecodingResult::U32(data) => (f64::from(data[at]) / f64::from(u32::MAX)) as f32,
            DecodingResult::U64(data) => (data[at] as f64 / u64::MAX as f64) as f32,
            DecodingResult::F16(data) => data[at].to_f32(),
            DecodingResult::F32(data) => data[at],
            DecodingResult::F64(data) => data[at] as f32,
            // Refused in reading.
            _ => 0.0,
        };
        // What is not a number is black.
        if share.is_nan() {
            0.0
        } else {
            share.clamp(0.0, 1.0)
        }
    }
}
