//! Preparing a picture for its repaint: moving its edges, scaling, turning and mirroring it; its mask and the layers over it go along.
//!
//! Does not know who asks for it, or what is repainted after.

use super::file::MAX_SIDE;
use super::{Axis, Mask, MaskFilter, Picture, Rect, Size};

/// How far the mask of added room reaches into the picture, pixels: it fades from the seam inwards, so that old and new grow into each other. The mask's blur reaches further, 7 pixels at the usual 4; beyond that every pixel stays.
pub const FEATHER: u32 = 16;

/// How far each edge of a picture moves outwards, pixels; negative where it moves inwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Margins {
    /// Columns added at the left.
    pub left: i32,
    /// Rows added at the top.
    pub top: i32,
    /// Columns added at the right.
    pub right: i32,
    /// Rows added at the bottom.
    pub bottom: i32,
}

impl Margins {
    /// No edge moves.
    pub const NONE: Self = Self::new(0, 0, 0, 0);

    /// The four edges, in the order in which they are usually named.
    pub const fn new(left: i32, top: i32, right: i32, bottom: i32) -> Self {
        Self {
            left,
            top,
            right,
            bottom,
        }
    }

    /// Those that cut a picture of size `from` to `rect`.
    ///
    /// # Panics
    /// When a side is longer than any picture's.
    pub fn cut(from: Size, rect: Rect) -> Self {
        Self::new(
            -signed(rect.left),
            -signed(rect.top),
            signed(rect.right) - signed(from.width),
            signed(rect.bottom) - signed(from.height),
        )
    }

    /// Whether room is added along any edge.
    pub fn add(self) -> bool {
        [self.left, self.top, self.right, self.bottom]
            .iter()
            .any(|margin| *margin > 0)
    }

    /// The size that a picture of size `from` has after; none where no pixel of it would be left, or a side would be longer than [`MAX_SIDE`].
    pub fn applied(self, from: Size) -> Option<Size> {
        let side = |length: u32, before: i32, after: i32| {
            let (length, before, after) = (i64::from(length), i64::from(before), i64::from(after));
            let kept = length + before.min(0) + after.min(0);
            let side = length + before + after;
            (kept > 0 && side <= i64::from(MAX_SIDE)).then_some(side as u32)
        };
        Some(Size::new(
            side(from.width, self.left, self.right)?,
            side(from.height, self.top, self.bottom)?,
        ))
    }

    /// The part of a picture of size `from` that is kept.
    fn kept(self, from: Size) -> Rect {
        let cut = |margin: i32| margin.min(0).unsigned_abs();
        Rect::new(
            cut(self.left),
            cut(self.top),
            from.width - cut(self.right),
            from.height - cut(self.bottom),
        )
    }

    /// Where that part lies after.
    fn place(self, from: Size) -> Rect {
        let added = |margin: i32| margin.max(0).unsigned_abs();
        let (left, top) = (added(self.left), added(self.top));
        let kept = self.kept(from).size();
        Rect::new(left, top, left + kept.width, top + kept.height)
    }
}

/// A side of a picture as a signed number.
fn signed(side: u32) -> i32 {
    assert!(side <= MAX_SIDE, "a side of {side}");
    side as i32
}

/// What is done to a picture, its mask and its layers, so that they stay together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preparation {
    /// The edges move: inwards cuts, outwards adds room that is filled from the edges and masked.
    Frame {
        /// How far.
        margins: Margins,
        /// Whether the mask means what is kept, so that room which is to be repainted has to be left out of it.
        mask_keeps: bool,
    },
    /// All is brought to another size: the picture by Lanczos, the mask linearly.
    Scale(Size),
    /// All is turned clockwise by that many quarter turns.
    Rotate(u32),
    /// All is mirrored.
    Flip(Axis),
}

impl Preparation {
    /// The size that a picture of size `from` has after; none where it cannot be done.
    pub fn applied(self, from: Size) -> Option<Size> {
        let sides = 1..=MAX_SIDE;
        match self {
            _ if from.is_empty() => None,
            Self::Frame { margins, .. } => margins.applied(from),
            Self::Scale(to) => {
                (sides.contains(&to.width) && sides.contains(&to.height)).then_some(to)
            }
            Self::Rotate(turns) if turns % 2 == 1 => Some(Size::new(from.height, from.width)),
            Self::Rotate(_) | Self::Flip(_) => Some(from),
        }
    }

    /// Whether it would leave a picture of size `from` as it is.
    pub fn is_idle(self, from: Size) -> bool {
        match self {
            Self::Frame { margins, .. } => margins == Margins::NONE,
            Self::Scale(to) => to == from,
            Self::Rotate(turns) => turns.is_multiple_of(4),
            Self::Flip(_) => false,
        }
    }

    /// The picture after. Room that is added repeats the outermost pixels, alpha and all (edge replication, as Fooocus pads before outpainting).
    ///
    /// # Panics
    /// When it [cannot be done](Self::applied).
    pub fn picture(self, picture: &Picture) -> Picture {
        match self {
            Self::Frame { margins, .. } => {
                let (size, kept, place) = measured(margins, picture.size());
                picture.crop(kept).extend_edges(size, place)
            }
            Self::Scale(size) => picture.resize(size),
            Self::Rotate(turns) => picture.rotated(turns),
            Self::Flip(axis) => picture.flipped(axis),
        }
    }

    /// A layer over the picture after: room that is added is empty.
    ///
    /// # Panics
    /// When it [cannot be done](Self::applied).
    pub fn layer(self, layer: &Picture) -> Picture {
        match self {
            Self::Frame { margins, .. } => {
                let (size, kept, place) = measured(margins, layer.size());
                let inner = layer.crop(kept);
                if size == place.size() {
                    return inner;
                }
                let mut room = Picture::filled(size, [0; 4]);
                room.paste(&super::Patch::new(place, inner));
                room
            }
            _ => self.picture(layer),
        }
    }

    /// The mask after. Room that is added is masked whole, and the mask fades over [`FEATHER`] pixels of the picture beside it; what was masked stays masked.
    ///
    /// # Panics
    /// When it [cannot be done](Self::applied).
    pub fn mask(self, mask: &Mask) -> Mask {
        match self {
            Self::Frame {
                margins,
                mask_keeps: true,
            } if margins.add() => with_room(&mask.invert(), margins, FEATHER).invert(),
            Self::Frame { margins, .. } => with_room(mask, margins, FEATHER),
            Self::Scale(size) => mask.resize(size, MaskFilter::Bilinear),
            Self::Rotate(turns) => mask.rotated(turns),
            Self::Flip(axis) => mask.flipped(axis),
        }
    }
}

/// The size after, the part that is kept, and where it lies.
fn measured(margins: Margins, from: Size) -> (Size, Rect, Rect) {
    let size = margins.applied(from);
    assert!(size.is_some(), "{margins:?} of {from}");
    let size = size.unwrap_or(from);
    (size, margins.kept(from), margins.place(from))
}

/// The mask with its edges moved: 255 in what is added, falling in a line to 0 over `feather` pixels of what is kept, and nowhere less than it was.
fn with_room(mask: &Mask, margins: Margins, feather: u32) -> Mask {
    let (size, kept, place) = measured(margins, mask.size());
    let inner = mask.crop(kept);
    if !margins.add() {
        return inner;
    }
    // Of a pixel whose middle is that far from the seam.
    let faded = |pixels: u32| {
        let left = f64::from(feather) - f64::from(pixels) - 0.5;
        (255.0 * left / f64::from(feather)).round().max(0.0) as u8
    };
    let fades: Vec<u8> = (0..feather).map(faded).collect();
    let fade = |added: i32, pixels: u32| match fades.get(pixels as usize) {
        Some(fade) if added > 0 => *fade,
        _ => 0,
    };
    Mask::from_fn(size, |x, y| {
        if !place.contains_point(x, y) {
            return 255;
        }
        inner
            .value(x - place.left, y - place.top)
            .max(fade(margins.left, x - place.left))
            .max(fade(margins.top, y - place.top))
            .max(fade(margins.right, place.right - 1 - x))
            .max(fade(margins.bottom, place.bottom - 1 - y))
    })
}
