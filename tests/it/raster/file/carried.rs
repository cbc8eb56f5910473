//! What a file says beside its pixels goes from each format to each other, or is told to be lost.

use std::path::Path;

use pentimento::raster::file::{self, Density, Format, Metadata, Note, Unit};

use super::sample;

const XMP: &str = concat!(
    r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">"#,
    r#"<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5" xmp:Label="手"/></rdf:RDF></x:xmpmeta>"#
);

/// A resource of IPTC data with a caption.
const CAPTION: &[u8] = b"8BIM\x04\x04\0\0\0\0\0\x0b\x1c\x02\x78\0\x06a hand\0";

/// Along X, along Y, for each what.
type Row = ((u32, u32), (u32, u32), Unit);

/// Densities along X and Y that every format can say.
const DENSITIES: &[Row] = &[
    ((300, 1), (300, 1), Unit::Inch),
    ((72, 1), (144, 1), Unit::Inch),
    ((118, 1), (118, 1), Unit::Centimetre),
];

fn through(format: Format, metadata: &Metadata) -> (Metadata, Vec<Note>) {
    let (bytes, notes) = file::encode(format, &sample(false), metadata).unwrap();
    let back = file::decode(&bytes, Path::new("a")).unwrap();
    assert_eq!((back.format, &back.notes[..]), (format, &[][..]));
    (back.metadata, notes)
}

#[test]
fn metadata_go_from_each_format_to_each() {
    for (x, y, unit) in DENSITIES.iter().copied() {
        let metadata = Metadata {
            xmp: Some(XMP.into()),
            photoshop: Some(CAPTION.to_vec()),
            density: Density::new(x, y, unit),
            ..Metadata::default()
        };
        assert!(metadata.density.is_some());
        for (from, to) in Format::ALL
            .into_iter()
            .flat_map(|from| Format::ALL.map(|to| (from, to)))
        {
            let (first, _) = through(from, &metadata);
            let (second, notes) = through(to, &first);
            let name = format!("{from} to {to}, {unit:?}");
            assert_eq!(second.xmp, metadata.xmp, "{name}");
            let lost = notes.contains(&Note::NoPlace("IPTC data are", to));
            let kept = second.photoshop == metadata.photoshop;
            let webp = [from, to].map(|format| format == Format::WebP);
            assert_eq!(
                (kept, lost),
                (!webp[0] && !webp[1], webp == [false, true]),
                "{name}"
            );
            // PNG counts on metres; a number that was whole is so again.
            let (last, _) = through(Format::Jpeg, &second);
            let inches = (unit == Unit::Inch).then_some(metadata.density);
            assert!(last.density.is_some(), "{name}");
            if let Some(density) = inches {
                assert_eq!(last.density, density, "{name}");
            }
        }
    }
}

/// Of pixels that are no squares only the shape is said; WebP cannot.
#[test]
fn the_shape_of_pixels_stays_or_is_told() {
    let metadata = Metadata {
        density: Density::new((2, 1), (1, 1), Unit::Ratio),
        ..Metadata::default()
    };
    for format in Format::ALL {
        let (back, notes) = through(format, &metadata);
        let lost = Note::NoPlace("pixels that are no squares are", format);
        let webp = format == Format::WebP;
        assert_eq!(notes.contains(&lost), webp, "{format}");
        assert_eq!(back.density, metadata.density.filter(|_| !webp), "{format}");
    }
}

/// EXIF data that say another density do not overrule the picture's in WebP, which has no other place.
#[test]
fn webp_says_the_density_of_the_picture() {
    let exif = |density| Metadata {
        density,
        ..Metadata::default()
    };
    let other = through(
        Format::WebP,
        &exif(Density::new((72, 1), (72, 1), Unit::Inch)),
    )
    .0;
    let own = Density::new((300, 1), (300, 1), Unit::Inch);
    let both = Metadata {
        density: own,
        ..other
    };
    assert_eq!(through(Format::WebP, &both).0.density, own);
}
