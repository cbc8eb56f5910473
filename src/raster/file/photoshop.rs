//! Photoshop's image resources (Adobe Photoshop File Formats Specification, "Image Resource Blocks"): the place of IPTC data in JPEG and TIFF.
//!
//! What says who made the picture and what is in it stays; thumbnails, sizes, paths and copies of other metadata do not.

/// What stands in front of the resources in a JPEG's APP13 segments.
pub(super) const SIGNATURE: &[u8] = b"Photoshop 3.0\0";

const IPTC: u16 = 0x0404;

/// Resources that stay: caption, IPTC data, copyright flag, URL.
const KEPT: [u16; 4] = [0x03F0, IPTC, 0x040A, 0x040B];

/// The resources that stay; none where none is left.
pub(super) fn clean(resources: &[u8]) -> Option<Vec<u8>> {
    let kept = blocks(resources).filter(|(id, _)| KEPT.contains(id));
    let kept: Vec<u8> = kept
        .flat_map(|(id, data)| match id {
            IPTC => block(id, &datasets(data)),
            _ => block(id, data),
        })
        .collect();
    (!kept.is_empty()).then_some(kept)
}

/// The IPTC data among resources.
pub(super) fn iptc(resources: &[u8]) -> Option<&[u8]> {
    blocks(resources).find_map(|(id, data)| (id == IPTC).then_some(data))
}

/// Resources of nothing but IPTC data.
pub(super) fn of_iptc(data: &[u8]) -> Vec<u8> {
    block(IPTC, data)
}

/// Number and data of each resource, up to the first that makes no sense.
fn blocks(mut rest: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let body = rest.strip_prefix(b"8BIM")?;
        let (id, body) = body.split_first_chunk::<2>()?;
        // A name, its length in front, an even number of bytes in all.
        let name = (usize::from(*body.first()?) + 1).next_multiple_of(2);
        let (length, body) = body.get(name..)?.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let data = body.get(..length)?;
        rest = body.get(length.next_multiple_of(2)..).unwrap_or_default();
        Some((u16::from_be_bytes(*id), data))
    })
}

fn block(id: u16, data: &[u8]) -> Vec<u8> {
    let mut block = b"8BIM".to_vec();
    block.extend(id.to_be_bytes());
    block.extend([0; 2]);
    block.extend((data.len() as u32).to_be_bytes());
    block.extend(data);
    block.resize(block.len().next_multiple_of(2), 0);
    block
}

/// IPTC data (IPTC-NAA Information Interchange Model 4.2) of the envelope and application records, without the preview of the picture (2:200 to 2:202).
fn datasets(mut rest: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    while let Some(&[0x1C, record, number, high, low, ref body @ ..]) = rest.get(..) {
        let length = usize::from(u16::from_be_bytes([high, low]));
        // The length of a long one stands behind, in as many bytes as are said here.
        let (length, width) = match length.checked_sub(0x8000) {
            None => (length, 0),
            Some(width @ 1..=4) if body.len() >= width => {
                let join = |sum, byte: &u8| sum << 8 | usize::from(*byte);
                (body[..width].iter().fold(0, join), width)
            }
            Some(_) => break,
        };
        let whole = 5 + width + length;
        if whole > rest.len() {
            break;
        }
        if matches!((record, number), (1, _) | (2, 0..=199 | 203..)) {
            kept.extend(&rest[..whole]);
        }
        rest = &rest[whole..];
    }
    kept
}
