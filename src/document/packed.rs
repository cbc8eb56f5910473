//! Masks and sketches packed by runs, as undo keeps them: most of a mask is plain 0 or 255, and most of a sketch nothing or one colour.
//!
//! Does not know where the values lie.

use crate::raster::{Mask, Picture, Size};

/// The shortest run that is written as one: a shorter one costs more than its values.
const SHORTEST: usize = 4;

/// Values of `N` bytes as a list of runs and of plain stretches.
///
/// Each item starts with `2 * length + kind` in 7-bit groups, lowest first, the top bit set in all but the last; kind 1 is a run, followed by its one value, kind 0 a stretch, followed by its values.
#[derive(Clone, Debug)]
pub(super) struct Packed<const N: usize> {
    length: usize,
    bytes: Box<[u8]>,
}

impl Packed<1> {
    pub(super) fn of_mask(mask: &Mask) -> Self {
        Self::new(mask.values().as_chunks().0)
    }

    /// The mask again; `size` is what it was.
    pub(super) fn unpack_mask(&self, size: Size) -> Mask {
        Mask::new(size, self.unpack().into_flattened())
    }
}

impl Packed<4> {
    pub(super) fn of_picture(picture: &Picture) -> Self {
        Self::new(picture.pixels())
    }

    /// The picture again; `size` is what it was.
    pub(super) fn unpack_picture(&self, size: Size) -> Picture {
        Picture::new(size, self.unpack())
    }
}

impl<const N: usize> Packed<N> {
    fn new(values: &[[u8; N]]) -> Self {
        let mut bytes = Vec::new();
        let mut stretch = 0..0;
        for run in values.chunk_by(|a, b| a == b) {
            if run.len() < SHORTEST {
                stretch.end += run.len();
                continue;
            }
            let after = stretch.end + run.len();
            write_stretch(&mut bytes, &values[stretch]);
            write_head(&mut bytes, run.len(), 1);
            bytes.extend_from_slice(&run[0]);
            stretch = after..after;
        }
        write_stretch(&mut bytes, &values[stretch]);
        Self {
            length: values.len(),
            bytes: bytes.into_boxed_slice(),
        }
    }

    /// The values again.
    fn unpack(&self) -> Vec<[u8; N]> {
        let mut values = Vec::with_capacity(self.length);
        let mut rest = &*self.bytes;
        while let Some((length, is_run)) = read_head(&mut rest) {
            if is_run {
                let Some((value, after)) = rest.split_first_chunk() else {
                    unreachable!("a run without its value");
                };
                values.resize(values.len() + length, *value);
                rest = after;
            } else {
                let (stretch, after) = rest.split_at(length * N);
                values.extend_from_slice(stretch.as_chunks().0);
                rest = after;
            }
        }
        values
    }

    /// Memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

fn write_stretch<const N: usize>(bytes: &mut Vec<u8>, values: &[[u8; N]]) {
    if !values.is_empty() {
        write_head(bytes, values.len(), 0);
        bytes.extend_from_slice(values.as_flattened());
    }
}

fn write_head(bytes: &mut Vec<u8>, length: usize, kind: usize) {
    let mut rest = 2 * length + kind;
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
}

/// Length, and whether it is a run; none at the end.
fn read_head(rest: &mut &[u8]) -> Option<(usize, bool)> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        number |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Some((number / 2, number % 2 == 1));
        }
    }
}
