//! Finding hands, faces and people: what a network sees of a picture, what its numbers mean, and the masks that are made of what was found.
//!
//! Does not know networks themselves, files or devices.

pub mod anchors;
pub mod drawn;
pub mod hand;
pub mod hint;
pub mod targets;
pub mod view;
pub mod yolo;

use crate::raster::{Mask, Rect, Size};

/// A box in picture pixels, its sides anywhere between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Left side.
    pub left: f32,
    /// Upper side.
    pub top: f32,
    /// Right side.
    pub right: f32,
    /// Lower side.
    pub bottom: f32,
}

/// What a detector found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Where.
    pub bounds: Bounds,
    /// How sure the detector is, in `[0, 1]`.
    pub score: f32,
    /// How much it is taken for what it is by a network that looks closer, in `[0, 1]`; the score where none does. A hint and no more: six fingers are a hand to it.
    pub presence: f32,
    /// How clean the middle of the picture looks that it was found in, in `[0, 1]`: not smeared, melted or doubled; `None` where nobody can tell.
    pub clean: Option<f32>,
    /// What it is, in the detector's word: `hand`.
    pub label: String,
    /// Its outline.
    pub shape: Region,
}

/// A part of a picture by a mask of its own size.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Where the mask lies; all of it inside the picture.
    pub rect: Rect,
    /// 255 = belongs to it.
    pub mask: Mask,
}

/// Below this a network that looks closer does not take a find for what it is.
pub const LEAST_PRESENCE: f32 = 0.1;

/// Such a find counts unasked only from this score on.
const SURE: f32 = 0.6;

impl Found {
    /// Whether it is to be repainted unless somebody says otherwise: a faint find may be a pattern on a wall.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.presence >= LEAST_PRESENCE || self.score >= SURE
    }
}

impl Bounds {
    /// The box around a centre.
    #[must_use]
    pub fn around([x, y]: [f32; 2], [width, height]: [f32; 2]) -> Self {
        Self {
            left: x - width / 2.0,
            top: y - height / 2.0,
            right: x + width / 2.0,
            bottom: y + height / 2.0,
        }
    }

    /// Its middle.
    #[must_use]
    pub fn centre(self) -> [f32; 2] {
        [
            (self.left + self.right) / 2.0,
            (self.top + self.bottom) / 2.0,
        ]
    }

    /// Square pixels; none where a side is negative.
    #[must_use]
    pub fn area(self) -> f32 {
        (self.right - self.left).max(0.0) * (self.bottom - self.top).max(0.0)
    }

    /// What both have.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }

    /// The share of both that both have (intersection over union), in `[0, 1]`.
    #[must_use]
    pub fn overlap(self, other: Self) -> f32 {
        let common = self.intersection(other).area();
        let all = self.area() + other.area() - common;
        if all > 0.0 { common / all } else { 0.0 }
    }

    /// The pixels that a filled rectangle covers that is drawn between its corners, both included (Pillow's `ImageDraw.rectangle`, which ADetailer draws its masks with), inside a picture.
    #[must_use]
    pub fn pixels(self, size: Size) -> Rect {
        let cut = |value: f32, most: u32| value.max(0.0).min(most as f32) as u32;
        Rect::new(
            cut(self.left, size.width),
            cut(self.top, size.height),
            cut(self.right.floor() + 1.0, size.width),
            cut(self.bottom.floor() + 1.0, size.height),
        )
    }
}

impl Region {
    /// All of a rectangle.
    #[must_use]
    pub fn filled(rect: Rect) -> Self {
        Self {
            rect,
            mask: Mask::filled(rect.size(), 255),
        }
    }

    /// A convex outline and all that lies within `margin` of it, picture pixels; of fewer than three points the margin around them.
    #[must_use]
    pub fn of_hull(points: &[[f32; 2]], margin: f32, size: Size) -> Self {
        let hull = hull(points);
        let Some(first) = hull.first() else {
            return Self::filled(Rect::EMPTY);
        };
        let mut bounds = Bounds::around(*first, [0.0; 2]);
        for [x, y] in &hull {
            bounds.left = bounds.left.min(*x);
            bounds.right = bounds.right.max(*x);
            bounds.top = bounds.top.min(*y);
            bounds.bottom = bounds.bottom.max(*y);
        }
        let around = Bounds {
            left: bounds.left - margin,
            top: bounds.top - margin,
            right: bounds.right + margin,
            bottom: bounds.bottom + margin,
        };
        let rect = around.pixels(size);
        let edges: Vec<_> = hull.iter().zip(hull.iter().cycle().skip(1)).collect();
        let mask = Mask::from_fn(rect.size(), |x, y| {
            let at = [(rect.left + x) as f32 + 0.5, (rect.top + y) as f32 + 0.5];
            // Outside of a hull that turns one way is to the other side of some edge.
            let inside = edges.iter().all(|(from, to)| turn(**from, **to, at) >= 0.0);
            let near = || {
                edges
                    .iter()
                    .any(|(from, to)| distance(**from, **to, at) <= margin)
            };
            if (hull.len() > 2 && inside) || near() {
                255
            } else {
                0
            }
        });
        Self { rect, mask }
    }

    /// What belongs to either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let rect = self.rect.union(other.rect);
        let of = |one: &Self, x: u32, y: u32| match one.rect.contains_point(x, y) {
            true => one.mask.value(x - one.rect.left, y - one.rect.top),
            false => 0,
        };
        let mask = Mask::from_fn(rect.size(), |x, y| {
            let (x, y) = (rect.left + x, rect.top + y);
            of(self, x, y).max(of(other, x, y))
        });
        Self { rect, mask }
    }

    /// A mask of a picture's size that is this region.
    #[must_use]
    pub fn in_picture(&self, size: Size) -> Mask {
        let mut all = Mask::filled(size, 0);
        let (left, width) = (self.rect.left as usize, self.rect.size().width as usize);
        for (row, y) in (self.rect.top..self.rect.bottom).enumerate() {
            all.row_mut(y)[left..left + width].copy_from_slice(self.mask.row(row as u32));
        }
        all
    }
}

/// Twice the area of a triangle, positive where it turns from x to y.
fn turn([ax, ay]: [f32; 2], [bx, by]: [f32; 2], [cx, cy]: [f32; 2]) -> f32 {
    (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
}

/// From a point to a line's nearest point.
fn distance([ax, ay]: [f32; 2], [bx, by]: [f32; 2], [x, y]: [f32; 2]) -> f32 {
    let (along_x, along_y) = (bx - ax, by - ay);
    let length = along_x * along_x + along_y * along_y;
    let share = match length > 0.0 {
        true => (((x - ax) * along_x + (y - ay) * along_y) / length).clamp(0.0, 1.0),
        false => 0.0,
    };
    (ax + share * along_x - x).hypot(ay + share * along_y - y)
}

/// The convex hull (Andrew 1979, monotone chain), turning from x to y.
fn hull(points: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let mut sorted: Vec<[f32; 2]> = points.to_vec();
    sorted.retain(|point| point.iter().all(|value| value.is_finite()));
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    sorted.dedup();
    let half = |points: &mut dyn Iterator<Item = &[f32; 2]>| {
        let mut chain: Vec<[f32; 2]> = Vec::new();
        for &point in points {
            while let &[.., a, b] = &chain[..]
                && turn(a, b, point) <= 0.0
            {
                chain.pop();
            }
            chain.push(point);
        }
        chain.pop();
        chain
    };
    if sorted.len() < 3 {
        return sorted;
    }
    let mut hull = half(&mut sorted.iter());
    hull.extend(half(&mut sorted.iter().rev()));
    hull
}

/// The indices of those that stay, best first: each takes those away that overlap it by more than `most` (greedy non-maximum suppression); of equal scores the earlier is better.
#[must_use]
pub fn suppressed(boxes: &[(Bounds, f32)], most: f32) -> Vec<usize> {
    let mut order: Vec<usize> = (0..boxes.len()).collect();
    order.sort_by(|a, b| boxes[*b].1.total_cmp(&boxes[*a].1).then(a.cmp(b)));
    let mut kept: Vec<usize> = Vec::new();
    for one in order {
        if kept
            .iter()
            .all(|other| boxes[*other].0.overlap(boxes[one].0) <= most)
        {
            kept.push(one);
        }
    }
    kept
}
