//! Files that hold pictures or the like and are not read: what they are called, and what to do with them.

use super::exif;

/// A kind of file.
pub(super) struct Foreign {
    /// What files of it are called.
    pub kind: &'static str,
    /// What to do with one.
    pub advice: &'static str,
    /// How their names end.
    endings: &'static [&'static str],
    /// What they hold, and where.
    signatures: &'static [(usize, &'static [u8])],
    /// The brands of an ISO base media file (ISO/IEC 14496-12, `ftyp`) that tell it.
    brands: &'static [&'static [u8; 4]],
}

const CONVERT: &str = "convert it to PNG first";
const EXPORT: &str = "export it as PNG or TIFF first";
const DEVELOP: &str = "develop it and save it as PNG or TIFF first";
const FRAME: &str = "save a frame of it as PNG first";

const fn row(
    kind: &'static str,
    advice: &'static str,
    endings: &'static [&'static str],
    signatures: &'static [(usize, &'static [u8])],
    brands: &'static [&'static [u8; 4]],
) -> Foreign {
    Foreign {
        kind,
        advice,
        endings,
        signatures,
        brands,
    }
}

/// The first that fits counts.
#[rustfmt::skip]
const FOREIGN: &[Foreign] = &[
    row("GIF pictures", CONVERT, &["gif"], &[(0, b"GIF8")], &[]),
    row("BMP pictures", CONVERT, &["bmp", "dib"], &[(0, b"BM")], &[]),
    row("AVIF pictures", CONVERT, &["avif", "avifs"], &[], &[b"avif", b"avis"]),
    row("HEIC pictures", CONVERT, &["heic", "heif", "heics", "heifs", "hif"], &[], &[
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1",
    ]),
    row("JPEG XL pictures", CONVERT, &["jxl"], &[(0, b"\xFF\x0A"), (0, b"\0\0\0\x0CJXL \r\n\x87\n")], &[]),
    row("JPEG 2000 pictures", CONVERT, &["jp2", "jpx", "jpf", "j2k", "j2c", "jpc", "jph"], &[
        (0, b"\0\0\0\x0CjP  \r\n\x87\n"), (0, b"\xFF\x4F\xFF\x51"),
    ], &[]),
    row("JPEG XR pictures", CONVERT, &["jxr", "wdp", "hdp"], &[(0, b"II\xBC")], &[]),
    row("Photoshop files (PSD, PSB)", EXPORT, &["psd", "psb"], &[(0, b"8BPS")], &[]),
    row("Krita files (KRA)", EXPORT, &["kra", "krz"], &[(30, b"mimetypeapplication/x-kr")], &[]),
    row("GIMP files (XCF)", EXPORT, &["xcf"], &[(0, b"gimp xcf")], &[]),
    row("Clip Studio files (CLIP)", EXPORT, &["clip", "lip"], &[(0, b"CSFCHUNK")], &[]),
    row("Procreate files", EXPORT, &["procreate"], &[], &[]),
    row("SAI files", EXPORT, &["sai", "sai2"], &[], &[]),
    row("OpenRaster projects", "open it in the window, or export it as PNG first", &["ora"], &[(30, b"mimetypeimage/openraster")], &[]),
    row("SVG drawings", EXPORT, &["svg", "svgz"], &[], &[]),
    row("PDF documents", EXPORT, &["pdf", "ai"], &[(0, b"%PDF-")], &[]),
    row("PostScript documents", EXPORT, &["eps", "ps"], &[(0, b"%!PS"), (0, b"\xC5\xD0\xD3\xC6")], &[]),
    row("CR2 raw pictures", DEVELOP, &["cr2"], &[(8, b"CR\x02")], &[]),
    row("CR3 raw pictures", DEVELOP, &["cr3"], &[], &[b"crx "]),
    row("CRW raw pictures", DEVELOP, &["crw"], &[(6, b"HEAPCCDR")], &[]),
    row("RAF raw pictures", DEVELOP, &["raf"], &[(0, b"FUJIFILMCCD-RAW")], &[]),
    row("ORF raw pictures", DEVELOP, &["orf"], &[(0, b"IIRO"), (0, b"IIRS"), (0, b"MMOR")], &[]),
    row("RW2 raw pictures", DEVELOP, &["rw2", "rwl"], &[(0, b"IIU\0")], &[]),
    row("MRW raw pictures", DEVELOP, &["mrw"], &[(0, b"\0MRM")], &[]),
    row("X3F raw pictures", DEVELOP, &["x3f"], &[(0, b"FOVb")], &[]),
    row("NEF raw pictures", DEVELOP, &["nef", "nrw"], &[], &[]),
    row("ARW raw pictures", DEVELOP, &["arw", "srf", "sr2"], &[], &[]),
    row("DNG raw pictures", DEVELOP, &["dng"], &[], &[]),
    row("PEF raw pictures", DEVELOP, &["pef"], &[], &[]),
    row("SRW raw pictures", DEVELOP, &["srw"], &[], &[]),
    row("raw pictures", DEVELOP, &["raw", "3fr", "fff", "iiq", "erf", "kdc", "dcr", "mos", "mef"], &[], &[]),
    row("OpenEXR pictures", CONVERT, &["exr"], &[(0, b"\x76\x2F\x31\x01")], &[]),
    row("Radiance HDR pictures", CONVERT, &["hdr", "pic"], &[(0, b"#?RADIANCE"), (0, b"#?RGBE")], &[]),
    row("QOI pictures", CONVERT, &["qoi"], &[(0, b"qoif")], &[]),
    row("ICO pictures", CONVERT, &["ico", "cur"], &[(0, b"\0\0\x01\0"), (0, b"\0\0\x02\0\x01")], &[]),
    row("ICNS pictures", CONVERT, &["icns"], &[(0, b"icns")], &[]),
    row("DDS pictures", CONVERT, &["dds"], &[(0, b"DDS ")], &[]),
    row("PNM pictures", CONVERT, &["pnm", "pbm", "pgm", "ppm", "pam"], &[
        (0, b"P1\n"), (0, b"P2\n"), (0, b"P3\n"), (0, b"P4\n"), (0, b"P5\n"), (0, b"P6\n"), (0, b"P7\n"),
    ], &[]),
    row("PCX pictures", CONVERT, &["pcx"], &[(0, b"\x0A\x05\x01"), (0, b"\x0A\x02\x01"), (0, b"\x0A\x03\x01")], &[]),
    row("MNG animations", FRAME, &["mng"], &[(0, b"\x8AMNG")], &[]),
    row("TGA pictures", CONVERT, &["tga", "targa", "icb", "vda", "vst"], &[], &[]),
    row("videos", FRAME, &["mp4", "m4v", "mov", "3gp", "mkv", "webm", "avi"], &[
        (4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"wide"), (0, b"\x1A\x45\xDF\xA3"), (8, b"AVI "),
    ], &[]),
];

/// Most brands that are looked at.
const MOST_BRANDS: usize = 64;

/// The kind of a file by what it holds.
pub(super) fn of_content(bytes: &[u8]) -> Option<&'static Foreign> {
    let holds = |(at, signature): &(usize, &[u8])| {
        let there = bytes.get(*at..).unwrap_or_default();
        there.starts_with(signature)
    };
    let brands = bytes.get(4..).and_then(|rest| rest.strip_prefix(b"ftyp"));
    let length = bytes
        .first_chunk()
        .map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let brands = brands.unwrap_or_default();
    let brands = &brands[..brands.len().min(length.saturating_sub(8))]
        .as_chunks::<4>()
        .0;
    let branded = |foreign: &Foreign| {
        let mut brands = brands.iter().take(MOST_BRANDS);
        brands.any(|brand| foreign.brands.contains(&brand))
    };
    let mut rows = FOREIGN.iter();
    rows.find(|row| row.signatures.iter().any(holds) || branded(row))
        .or_else(|| of_ending(special(bytes)?))
}

/// The kind of a file by how its name ends, in small letters.
pub(super) fn of_ending(ending: &str) -> Option<&'static Foreign> {
    FOREIGN.iter().find(|row| row.endings.contains(&ending))
}

/// The ending of what takes more than a signature to tell.
fn special(bytes: &[u8]) -> Option<&'static str> {
    if bytes.ends_with(b"TRUEVISION-XFILE.\0") {
        return Some("tga");
    }
    let head = &bytes[..bytes.len().min(4096)];
    let text = head.trim_ascii_start();
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let drawn = head.windows(4).any(|tag| tag == b"<svg");
    if text.starts_with(b"<") && drawn {
        return Some("svg");
    }
    raw(bytes)
}

/// The ending of a camera's raw picture in a TIFF structure, whose first directory is that of a preview.
fn raw(bytes: &[u8]) -> Option<&'static str> {
    const SUBFILE: u16 = 254;
    const PHOTOMETRIC: u16 = 262;
    const MAKER: u16 = 271;
    const SUB_DIRECTORIES: u16 = 330;
    const DNG_VERSION: u16 = 50_706;
    let has = |tag| exif::has(bytes, tag);
    if has(DNG_VERSION) {
        return Some("dng");
    }
    // Colour filter array, linear raw.
    let sensor = matches!(exif::number(bytes, PHOTOMETRIC), Some(32_803 | 34_892));
    let preview = exif::number(bytes, SUBFILE).is_some_and(|kind| kind & 1 == 1);
    if !(sensor || preview && has(SUB_DIRECTORIES)) {
        return None;
    }
    let maker = exif::value(bytes, MAKER)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let by = |name: &[u8]| maker.starts_with(name);
    Some(match () {
        () if by(b"nikon") => "nef",
        () if by(b"sony") => "arw",
        () if by(b"pentax") || by(b"ricoh") => "pef",
        () if by(b"samsung") => "srw",
        () => "raw",
    })
}
