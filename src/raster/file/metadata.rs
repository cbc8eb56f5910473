//! What a file says about its picture beside the pixels, in a form that every format can write.

use image::metadata::Orientation;

use super::density::Density;
use super::{Note, exif, photoshop, xmp};

/// Keyword of a PNG's XMP packet.
pub(super) const XMP_KEYWORD: &str = "XML:com.adobe.xmp";

/// In front of the name of metadata that ImageMagick keeps in a PNG as hexadecimal text, and that others read there.
const RAW_PROFILE: &str = "Raw profile type ";

/// What a file says about its picture, beside the pixels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// ICC profile of an RGB colour space.
    pub icc: Option<Vec<u8>>,
    /// EXIF data: a TIFF structure, without JPEG's `Exif\0\0` in front; after reading its orientation is 1, as the pixels are upright, and it holds no thumbnail.
    pub exif: Option<Vec<u8>>,
    /// XMP packet: UTF-8, without thumbnails and recorded sizes after reading.
    pub xmp: Option<Vec<u8>>,
    /// Photoshop's image resources that say what is in the picture, IPTC data among them.
    pub photoshop: Option<Vec<u8>>,
    /// How densely the pixels lie in print.
    pub density: Option<Density>,
    /// PNG text: keyword (1 to 79 Latin-1 characters) and value; tEXt where ASCII suffices, else iTXt; tEXt that is UTF-8 is read as such.
    pub text: Vec<(String, String)>,
    /// Whether the file has an alpha channel, even where all of it is opaque.
    pub alpha: bool,
    /// What a PNG says of its pixels in chunks that no other format has; empty for those.
    pub hints: PngHints,
}

/// Colour of a PNG's pixels: carried along from PNG to PNG, never applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PngHints {
    /// gAMA.
    pub gamma: Option<png::ScaledFloat>,
    /// cHRM.
    pub chromaticities: Option<png::SourceChromaticities>,
    /// sRGB; overruled by an ICC profile, and then not written.
    pub srgb: Option<png::SrgbRenderingIntent>,
}

impl Metadata {
    /// Brings what was read into the form of the fields, without what shows the picture as it was; returned is how the EXIF data say that it is turned.
    pub(super) fn settle(&mut self, notes: &mut Vec<Note>) -> Option<Orientation> {
        self.take_profiles_out_of_text();
        if self
            .icc
            .take_if(|icc| icc.get(16..20) != Some(b"RGB "))
            .is_some()
        {
            notes.push(Note::ForeignProfile);
        }
        let mut orientation = None;
        if let Some(mut exif) = self.exif.take() {
            if exif.starts_with(b"Exif\0\0") {
                exif.drain(..6);
            }
            orientation = Orientation::remove_from_exif_chunk(&mut exif);
            self.density = self.density.or_else(|| exif::density(&exif));
            let inside = exif::value(&exif, exif::XMP).map(<[u8]>::to_vec);
            self.xmp = self.xmp.take().or(inside);
            let clean = exif::clean(&exif, None);
            let damaged = clean.as_ref().is_none_or(|clean| clean.damaged);
            if damaged && !notes.contains(&Note::DamagedExif) {
                notes.push(Note::DamagedExif);
            }
            if clean.as_ref().is_some_and(|clean| clean.previews) {
                notes.push(Note::Preview);
            }
            self.exif = clean.map(|clean| clean.bytes);
        }
        if let Some(packet) = self.xmp.take() {
            self.xmp = xmp::clean(&packet);
            if self.xmp.is_none() {
                notes.push(Note::DamagedXmp);
            }
        }
        self.photoshop = self.photoshop.take().and_then(|own| photoshop::clean(&own));
        orientation
    }

    /// Takes what has a field of its own out of a PNG's text.
    fn take_profiles_out_of_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        for (keyword, value) in text {
            if keyword == XMP_KEYWORD {
                self.xmp.get_or_insert(value.into_bytes());
                continue;
            }
            let Some(kind) = keyword.strip_prefix(RAW_PROFILE) else {
                self.text.push((keyword, value));
                continue;
            };
            let Some(profile) = raw_profile(&value) else {
                continue;
            };
            let field = match (kind.to_ascii_lowercase().as_str(), &profile[..]) {
                ("exif", _) => &mut self.exif,
                ("xmp", _) => &mut self.xmp,
                ("app1", start) if start.starts_with(b"Exif") => &mut self.exif,
                ("iptc" | "8bim", _) => &mut self.photoshop,
                _ => continue,
            };
            field.get_or_insert(profile);
        }
    }

    /// Keyword and value of the PNG text that keeps the image resources.
    pub(super) fn resources_as_text(&self) -> Option<(String, String)> {
        let resources = self.photoshop.as_ref()?;
        let lines = resources.chunks(36).map(|line| {
            let line: String = line.iter().map(|byte| format!("{byte:02x}")).collect();
            line + "\n"
        });
        let lines: String = lines.collect();
        let value = format!("\niptc\n{:8}\n{lines}", resources.len());
        Some((format!("{RAW_PROFILE}iptc"), value))
    }
}

/// The bytes of ImageMagick's text: a name, their number, and themselves in hexadecimal digits.
fn raw_profile(text: &str) -> Option<Vec<u8>> {
    let mut lines = text.trim_start().lines().skip(1);
    let length: usize = lines.next()?.trim().parse().ok()?;
    let digits: Vec<u32> = lines
        .flat_map(|line| line.chars())
        .filter_map(|digit| digit.to_digit(16))
        .collect();
    let pairs = digits.as_chunks::<2>().0.iter();
    let bytes: Vec<u8> = pairs.map(|[high, low]| (high << 4 | low) as u8).collect();
    (bytes.len() == length).then_some(bytes)
}
