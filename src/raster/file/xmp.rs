//! XMP packets (ISO 16684-1): without what shows or measures the picture as it was, and put together where JPEG had to split them.

use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{LocalName, Namespace, NamespaceResolver, ResolveResult};
use quick_xml::{NsReader, Writer};

const RDF: Namespace<'static> = Namespace(b"http://www.w3.org/1999/02/22-rdf-syntax-ns#");

/// Namespace and name of the properties that do not stay; without a name all of the namespace.
const STALE: &[(&str, &[&str])] = &[
    ("http://ns.adobe.com/xap/1.0/", &["Thumbnails"]),
    ("http://ns.adobe.com/xap/1.0/g/img/", &[]),
    ("http://ns.adobe.com/xmp/note/", &["HasExtendedXMP"]),
    (
        "http://ns.adobe.com/tiff/1.0/",
        &[
            "ImageWidth",
            "ImageLength",
            "Orientation",
            "BitsPerSample",
            "SamplesPerPixel",
            "Compression",
            "PhotometricInterpretation",
            "PlanarConfiguration",
        ],
    ),
    (
        "http://ns.adobe.com/exif/1.0/",
        &["PixelXDimension", "PixelYDimension", "MakerNote"],
    ),
    ("http://ns.adobe.com/hdr-gain-map/1.0/", &[]),
    ("http://ns.google.com/photos/1.0/image/", &[]),
    ("http://ns.google.com/photos/1.0/depthmap/", &[]),
    ("http://ns.google.com/photos/1.0/audio/", &[]),
    ("http://ns.google.com/photos/1.0/container/", &[]),
    (
        "http://ns.google.com/photos/1.0/camera/",
        &[
            "MicroVideo",
            "MicroVideoOffset",
            "MicroVideoVersion",
            "MotionPhoto",
            "MotionPhotoVersion",
        ],
    ),
];

/// How JPEG and PNG begin in base64.
const BASE64: [&[u8]; 2] = [b"/9j/", b"iVBORw0KGgo"];

/// Whether a text is a picture in base64.
fn shows(text: &[u8]) -> bool {
    BASE64
        .iter()
        .any(|start| text.trim_ascii_start().starts_with(start))
}

fn stale((namespace, name): (ResolveResult<'_>, LocalName<'_>)) -> bool {
    let ResolveResult::Bound(Namespace(namespace)) = namespace else {
        return false;
    };
    STALE.iter().any(|(stale, names)| {
        let mut names = names.iter().map(|name| name.as_bytes());
        stale.as_bytes() == namespace && (names.len() == 0 || names.any(|own| own == name.as_ref()))
    })
}

/// A packet without stale properties, comments and pictures in base64; none where it is no XML in UTF-8.
pub(super) fn clean(packet: &[u8]) -> Option<Vec<u8>> {
    let mut reader = NsReader::from_str(text(packet)?);
    let mut writer = Writer::new(Vec::new());
    let (mut elements, mut hidden) = (0, false);
    loop {
        let event = reader.read_event().ok()?;
        if let Event::Start(start) | Event::Empty(start) = &event {
            elements += 1;
            if stale(reader.resolver().resolve_element(start.name())) {
                if let Event::Start(start) = &event {
                    reader.read_to_end(start.name()).ok()?;
                }
                continue;
            }
        }
        let event = match event {
            Event::Eof => return (elements > 0).then(|| writer.into_inner()),
            Event::Start(start) => Event::Start(without_stale(start, reader.resolver())?),
            Event::Empty(start) => Event::Empty(without_stale(start, reader.resolver())?),
            event => event,
        };
        let inside = match &event {
            Event::Text(text) => Some(text.as_ref()),
            Event::CData(text) => Some(text.as_ref()),
            Event::GeneralRef(name) => Some(name.as_ref()),
            _ => None,
        };
        // Line breaks cut a text into several events.
        hidden = inside.is_some_and(|text| hidden || shows(text));
        if !hidden && !matches!(event, Event::Comment(_) | Event::DocType(_)) {
            writer.write_event(event).ok()?;
        }
    }
}

/// A packet with the properties of its extension, as yet not cleaned.
pub(super) fn join(packet: &[u8], extension: &[u8]) -> Option<Vec<u8>> {
    let (packet, extension) = (text(packet)?, text(extension)?);
    let (front, back) = packet.split_at_checked(properties(packet)?.end)?;
    let more = extension.get(properties(extension)?)?;
    Some([front, more, back].concat().into_bytes())
}

fn text(packet: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(packet).ok()?;
    Some(text.trim_start_matches('\u{feff}').trim_end_matches('\0'))
}

/// Where the content of `rdf:RDF` lies.
fn properties(packet: &str) -> Option<Range<usize>> {
    let mut reader = NsReader::from_str(packet);
    let mut start = None;
    loop {
        let at = usize::try_from(reader.buffer_position()).ok()?;
        let event = reader.read_event().ok()?;
        let name = match &event {
            Event::Start(start) => start.name(),
            Event::End(end) => end.name(),
            Event::Eof => return None,
            _ => continue,
        };
        let (namespace, name) = reader.resolver().resolve_element(name);
        if namespace != ResolveResult::Bound(RDF) || name.as_ref() != b"RDF" {
            continue;
        }
        match start {
            None => start = Some(usize::try_from(reader.buffer_position()).ok()?),
            Some(start) => return Some(start..at),
        }
    }
}

/// A tag without stale attributes.
fn without_stale<'a>(
    start: BytesStart<'a>,
    resolver: &NamespaceResolver,
) -> Option<BytesStart<'a>> {
    let attributes = start.attributes().collect::<Result<Vec<_>, _>>().ok()?;
    let mut kept = attributes.clone();
    kept.retain(|attribute| {
        !stale(resolver.resolve_attribute(attribute.key)) && !shows(&attribute.value)
    });
    if kept.len() == attributes.len() {
        return Some(start);
    }
    let name = std::str::from_utf8(start.name().as_ref()).ok()?.to_owned();
    let mut tag = BytesStart::new(name);
    for attribute in kept {
        // It may have stood in single quotes.
        let value = std::str::from_utf8(&attribute.value)
            .ok()?
            .replace('"', "&quot;");
        tag.push_attribute((attribute.key.as_ref(), value.as_bytes()));
    }
    Some(tag)
}
