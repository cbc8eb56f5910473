//! From what was found to what is repainted, in the order and with the meanings of ADetailer's settings (Bing-su/adetailer, read for its behaviour).
//!
//! Other than there, a mask that is moved does not come in again on the other side, and masks stay with what they were made from.

use super::{Found, Region};
use crate::raster::{Mask, Rect, Size};

/// Which of what was found is taken, in which order, and what becomes of its masks.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// At most so many; 0 takes all.
    pub most: usize,
    /// Which these are.
    pub by: Rank,
    /// Smallest and largest share of the picture that a box takes, in `[0, 1]`.
    pub shares: [f32; 2],
    /// The order in which they are repainted.
    pub order: Order,
    /// How far masks are moved to the right and upwards, pixels.
    pub offset: [i32; 2],
    /// Side of the square that masks grow by; a negative one shrinks them. Pixels.
    pub grow: i32,
    /// What becomes of several.
    pub merge: Merge,
}

impl Default for Choice {
    /// ADetailer's defaults.
    fn default() -> Self {
        Self {
            most: 0,
            by: Rank::Area,
            shares: [0.0, 1.0],
            order: Order::Found,
            offset: [0, 0],
            grow: 4,
            merge: Merge::Apart,
        }
    }
}

/// What makes one better than another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// A larger box.
    Area,
    /// A surer detector.
    Confidence,
}

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they were found: the surest first.
    Found,
    /// From left to right.
    LeftToRight,
    /// From the middle of the picture to its edges.
    CentreToEdge,
    /// The largest first.
    Area,
}

/// What becomes of several masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// Each is repainted by itself.
    Apart,
    /// All at once.
    Merge,
    /// All else.
    MergeInvert,
}

/// How much a model sees around a mask unless something else is said: so many times the mask's longer side, for a model that paints pictures of so many pixels a side best.
///
/// Three (Impact Pack's detailer) leave a hand 170 pixels of 512; a model of 256 is shown less around, so that it paints the mask at 180 (`docs/performance.md`).
#[must_use]
pub fn surroundings(native_side: u32) -> f32 {
    match native_side {
        ..512 => (native_side as f32 / 180.0).max(1.4),
        _ => 3.0,
    }
}

/// The masks to repaint, in order, each with the numbers of those in `found` that it is made from.
#[must_use]
pub fn targets(found: &[Found], size: Size, choice: &Choice) -> Vec<(Region, Vec<usize>)> {
    let area = |one: usize| found[one].bounds.area();
    let whole = size.area() as f32;
    let [least, most] = choice.shares;
    let mut taken: Vec<usize> = (0..found.len())
        .filter(|one| (least..=most).contains(&(area(*one) / whole)))
        .collect();
    if choice.most > 0 && taken.len() > choice.most {
        let rank = |one: &usize| match choice.by {
            Rank::Area => area(*one),
            Rank::Confidence => found[*one].score,
        };
        taken.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        taken.truncate(choice.most);
        if choice.order == Order::Found {
            taken.sort_unstable();
        }
    }
    let place = |one: usize| {
        let bounds = found[one].bounds;
        match choice.order {
            Order::Found => 0.0,
            Order::LeftToRight => bounds.left,
            Order::CentreToEdge => {
                let [x, y] = bounds.centre();
                (x - size.width as f32 / 2.0).hypot(y - size.height as f32 / 2.0)
            }
            Order::Area => -bounds.area(),
        }
    };
    taken.sort_by(|a, b| place(*a).total_cmp(&place(*b)));
    let [right, up] = choice.offset;
    let regions: Vec<(Region, Vec<usize>)> = taken
        .into_iter()
        .map(|one| {
            let moved = found[one].shape.moved([right, -up], size);
            (moved.grown(choice.grow, size), vec![one])
        })
        .filter(|(region, _)| !region.mask.is_empty())
        .collect();
    if choice.merge == Merge::Apart || regions.is_empty() {
        return regions;
    }
    let all = regions
        .iter()
        .flat_map(|(_, from)| from.iter().copied())
        .collect();
    let mut mask = Mask::filled(size, 0);
    for (region, _) in &regions {
        mask = mask.union(&region.in_picture(size));
    }
    if choice.merge == Merge::MergeInvert {
        mask = mask.invert();
    }
    match mask.bounds() {
        Some(rect) => vec![(
            Region {
                rect,
                mask: mask.crop(rect),
            },
            all,
        )],
        None => Vec::new(),
    }
}

impl Region {
    /// Moved by whole pixels; what leaves the picture is cut off.
    fn moved(&self, [x, y]: [i32; 2], size: Size) -> Self {
        let end = |at: u32, by: i32, most: u32| {
            (i64::from(at) + i64::from(by)).clamp(0, i64::from(most)) as u32
        };
        let Rect {
            left,
            top,
            right,
            bottom,
        } = self.rect;
        let rect = Rect::new(
            end(left, x, size.width),
            end(top, y, size.height),
            end(right, x, size.width),
            end(bottom, y, size.height),
        );
        if rect.is_empty() {
            return Self::filled(Rect::EMPTY);
        }
        let skipped = |at: u32, by: i32, start: u32| {
            (i64::from(start) - i64::from(by) - i64::from(at)) as u32
        };
        let from = [skipped(left, x, rect.left), skipped(top, y, rect.top)];
        let seen = Rect::new(
            from[0],
            from[1],
            from[0] + rect.size().width,
            from[1] + rect.size().height,
        );
        Self {
            rect,
            mask: self.mask.crop(seen),
        }
    }

    /// Grown by a square of `side` pixels, or shrunk by one where it is negative (OpenCV's `dilate` and `erode`, their anchor at half of the side); beyond the picture's edge lies nothing that would shrink it.
    fn grown(&self, side: i32, size: Size) -> Self {
        if side.unsigned_abs() < 2 || self.rect.is_empty() {
            return self.clone();
        }
        let far = side.unsigned_abs();
        let rect = Rect::new(
            self.rect.left.saturating_sub(far),
            self.rect.top.saturating_sub(far),
            (self.rect.right + far).min(size.width),
            (self.rect.bottom + far).min(size.height),
        );
        let inner = Self {
            rect: Rect::new(
                self.rect.left - rect.left,
                self.rect.top - rect.top,
                self.rect.right - rect.left,
                self.rect.bottom - rect.top,
            ),
            mask: self.mask.clone(),
        };
        let mask = inner.in_picture(rect.size());
        let mask = match side > 0 {
            true => mask.grown(far),
            false => mask.invert().grown(far).invert(),
        };
        Self { rect, mask }
    }
}
