//! Changes as earlier versions wrote them: a letter, numbers and blocks, without JSON around. Only read.

use super::change::{Record, read_block};
use crate::document::RepaintResult;
use crate::raster::{Rect, Size};

/// The first change of a payload, which is shortened by it; none where it makes no sense.
pub(super) fn decode<'a>(rest: &mut &'a [u8]) -> Option<(Record, &'a [u8])> {
    let [kind] = take(rest)?;
    let record = match kind {
        b'S' => Record::Size(size(rest)?),
        b'P' => Record::Picture(rect(rest)?),
        b'M' => Record::Mask(rect(rest)?),
        b'K' => Record::Sketch(rect(rest)?),
        b'N' => Record::NoSketch,
        b'B' => Record::Before(Some(rect(rest)?)),
        b'A' => Record::Before(None),
        b'F' => Record::Facts(serde_json::from_slice(read_block(rest)?).ok()?),
        b'X' => Record::Metadata {
            alpha: take(rest)? != [0],
        },
        b'C' => {
            let id = u64::from_le_bytes(take(rest)?);
            let result = RepaintResult {
                base: size(rest)?,
                steps: u64::from_le_bytes(take(rest)?).try_into().ok()?,
                seconds: f32::from_le_bytes(take(rest)?),
                recipe: serde_json::from_slice(read_block(rest)?).ok()?,
                infotext: String::from_utf8(read_block(rest)?.to_vec()).ok()?,
                ..RepaintResult::default()
            };
            Record::Result(id, rect(rest)?, Box::new(result))
        }
        b'D' => Record::Dropped(u64::from_le_bytes(take(rest)?)),
        _ => return None,
    };
    let block = match kind {
        b'P' | b'M' | b'K' | b'B' | b'X' | b'C' => read_block(rest)?,
        _ => &[],
    };
    Some((record, block))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

fn numbers<const N: usize>(rest: &mut &[u8]) -> Option<[u32; N]> {
    let mut numbers = [0; N];
    for number in &mut numbers {
        *number = u32::from_le_bytes(take(rest)?);
    }
    Some(numbers)
}

fn size(rest: &mut &[u8]) -> Option<Size> {
    numbers(rest).map(<[u32; 2]>::into)
}

fn rect(rest: &mut &[u8]) -> Option<Rect> {
    numbers(rest).map(<[u32; 4]>::into)
}
