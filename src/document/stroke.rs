//! Strokes: a brush led along points, and how much of each pixel it covers.
//!
//! A stroke is the union of capsules: for every pair of neighbouring points the disc that slides from one to the other.
//! Coverages combine by maximum, so neither the order of the points nor their spacing shows, and going over a place twice is going over it once.
//! `shaders/stroke.wgsl` draws the stroke in the making by the same formula ([`coverage`]).
//!
//! Does not know pointers, tools or undo.

use serde::{Deserialize, Serialize};

use crate::raster::bands::in_bands;
use crate::raster::{Mask, Rect, Size};

/// Coordinates and radii end here, picture pixels either way: far outside any picture, and small enough that squares stay exact enough in `f32`.
const FARTHEST: f32 = 1_048_576.0;

/// The smallest radius, picture pixels.
const THINNEST: f32 = 0.01;

/// What is led along the points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Brush {
    /// Radius, picture pixels, `> 0`.
    pub radius: f32,
    /// Share of the radius that is covered in full, in `[0, 1]`; the rest fades out. Even at 1 the edge fades over one pixel.
    pub hardness: f32,
    /// Coverage at the centre, in `[0, 1]`.
    pub opacity: f32,
    /// Whether the pen's pressure scales the radius.
    pub size_by_pressure: bool,
    /// Whether the pen's pressure scales the opacity.
    pub opacity_by_pressure: bool,
}

impl Default for Brush {
    fn default() -> Self {
        Self {
            radius: 20.0,
            hardness: 0.8,
            opacity: 1.0,
            size_by_pressure: true,
            opacity_by_pressure: false,
        }
    }
}

impl Brush {
    /// The brush with every number in its range; what is not a number becomes the lower end.
    fn clamped(self) -> Self {
        let clamped = |value: f32, low: f32, high: f32| {
            if value.is_nan() {
                low
            } else {
                value.clamp(low, high)
            }
        };
        Self {
            radius: clamped(self.radius, THINNEST, FARTHEST),
            hardness: clamped(self.hardness, 0.0, 1.0),
            opacity: clamped(self.opacity, 0.0, 1.0),
            ..self
        }
    }
}

/// One position of the pointer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StrokePoint {
    /// Picture pixels from the left edge; may lie outside the picture.
    pub x: f32,
    /// Picture pixels from the top edge; may lie outside the picture.
    pub y: f32,
    /// Pressure of the pen in `[0, 1]`; 1 for a mouse.
    pub pressure: f32,
}

impl StrokePoint {
    /// The point with every number in its range; none where one is not finite.
    fn checked(self) -> Option<Self> {
        let finite = [self.x, self.y, self.pressure]
            .iter()
            .all(|n| n.is_finite());
        finite.then(|| Self {
            x: self.x.clamp(-FARTHEST, FARTHEST),
            y: self.y.clamp(-FARTHEST, FARTHEST),
            pressure: self.pressure.clamp(0.0, 1.0),
        })
    }
}

/// What covering does to the mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StrokeMode {
    /// Raises it to the coverage: `max(mask, c)`.
    Paint,
    /// Lowers it to what the coverage leaves: `min(mask, 1 - c)`.
    Erase,
}

impl StrokeMode {
    /// The mask's new value under a coverage of `cover / 255`.
    #[inline]
    pub(super) fn lay(self, value: u8, cover: u8) -> u8 {
        match self {
            Self::Paint => value.max(cover),
            Self::Erase => value.min(255 - cover),
        }
    }
}

/// A brush led along points.
#[derive(Clone, Debug, PartialEq)]
pub struct Stroke {
    mode: StrokeMode,
    brush: Brush,
    points: Vec<StrokePoint>,
}

impl Stroke {
    /// A stroke without points; numbers of the brush that are out of range are brought to its ends.
    pub fn new(mode: StrokeMode, brush: Brush) -> Self {
        Self {
            mode,
            brush: brush.clamped(),
            points: Vec::new(),
        }
    }

    /// Leads the brush on, in a straight line.
    ///
    /// A point that is not finite is ignored, and so is one that repeats the last.
    pub fn push(&mut self, point: StrokePoint) {
        if let Some(point) = point.checked()
            && self.points.last() != Some(&point)
        {
            self.points.push(point);
        }
    }

    /// Whether it paints or erases.
    pub fn mode(&self) -> StrokeMode {
        self.mode
    }

    /// What is led along the points.
    pub fn brush(&self) -> Brush {
        self.brush
    }

    /// The points, in order.
    pub fn points(&self) -> &[StrokePoint] {
        &self.points
    }

    /// The capsules that it is the union of: one for each pair of neighbouring points, or one disc for a single point.
    pub fn segments(&self) -> impl Iterator<Item = Segment> {
        self.segments_from(0)
    }

    /// The [segments](Self::segments) from number `first` on.
    ///
    /// A further point adds one at the end and leaves the others; only a single point's disc gives way to the capsule that starts there.
    pub fn segments_from(&self, first: usize) -> impl Iterator<Item = Segment> {
        (first..self.segment_count()).map(|i| {
            let a = self.points[i];
            let b = self.points.get(i + 1).copied().unwrap_or(a);
            self.segment(a, b)
        })
    }

    /// How many [segments](Self::segments) there are.
    pub fn segment_count(&self) -> usize {
        match self.points.len() {
            0 | 1 => self.points.len(),
            points => points - 1,
        }
    }

    /// The pixels of a picture of `size` outside which the stroke covers nothing.
    pub fn bounds(&self, size: Size) -> Rect {
        self.segments()
            .map(|segment| segment.bounds(size))
            .fold(Rect::EMPTY, Rect::union)
    }

    /// Lays the stroke over a mask, coverages rounded to 8 bits.
    ///
    /// Only the bounding boxes of the segments are visited, by all processors where they are large.
    pub fn rasterise(&self, mask: &mut Mask) {
        let size = mask.size();
        let segments: Vec<_> = self
            .segments()
            .map(|segment| (segment, segment.bounds(size)))
            .filter(|(_, bounds)| !bounds.is_empty())
            .collect();
        let bounds = segments
            .iter()
            .fold(Rect::EMPTY, |all, &(_, bounds)| all.union(bounds));
        if bounds.is_empty() {
            return;
        }
        let width = size.width as usize;
        let effort = segments.iter().map(|(_, rect)| rect.size().area()).sum();
        let rows = bounds.top..bounds.bottom;
        in_bands(mask.values_mut(), width, rows, effort, |top, band| {
            let (top, bottom) = (top as u32, (top + band.len() / width) as u32);
            for (segment, bounds) in &segments {
                for y in bounds.top.max(top)..bounds.bottom.min(bottom) {
                    let row = &mut band[(y - top) as usize * width..][..width];
                    segment.lay_row(row, *bounds, y, self.mode);
                }
            }
        });
    }

    /// How much of each pixel of a picture of `size` the stroke covers, whatever it is to do there.
    pub(super) fn covers(&self, size: Size) -> Mask {
        let mut covers = Mask::filled(size, 0);
        let painting = Self {
            mode: StrokeMode::Paint,
            ..self.clone()
        };
        painting.rasterise(&mut covers);
        covers
    }

    fn segment(&self, a: StrokePoint, b: StrokePoint) -> Segment {
        let brush = self.brush;
        let scale = |by_pressure: bool, pressure: f32| if by_pressure { pressure } else { 1.0 };
        let radius =
            |point: StrokePoint| brush.radius * scale(brush.size_by_pressure, point.pressure);
        let opacity =
            |point: StrokePoint| brush.opacity * scale(brush.opacity_by_pressure, point.pressure);
        Segment {
            a: [a.x, a.y],
            b: [b.x, b.y],
            radius: [radius(a), radius(b)],
            opacity: [opacity(a), opacity(b)],
            hardness: brush.hardness,
        }
    }
}

/// A capsule: the disc that slides along a straight line, its radius and opacity changing evenly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Start, picture pixels.
    pub a: [f32; 2],
    /// End, picture pixels.
    pub b: [f32; 2],
    /// Radius at the start and at the end, picture pixels, `>= 0`.
    pub radius: [f32; 2],
    /// Coverage on the line at the start and at the end, in `[0, 1]`.
    pub opacity: [f32; 2],
    /// Share of the radius that is covered in full, in `[0, 1]`.
    pub hardness: f32,
}

impl Segment {
    /// The pixels of a picture of `size` outside which the segment covers nothing.
    pub fn bounds(&self, size: Size) -> Rect {
        let radius = self.radius[0].max(self.radius[1]);
        let side = |axis: usize, end: u32| {
            let (a, b) = (self.a[axis], self.b[axis]);
            // One pixel more than `radius + 0.5` reaches; casts end at 0 and at the largest number.
            let start = (a.min(b) - radius - 1.0).floor() as u32;
            let stop = (a.max(b) + radius + 1.0).ceil() as u32;
            (start, stop.min(end))
        };
        let (left, right) = side(0, size.width);
        let (top, bottom) = side(1, size.height);
        Rect::new(left, top, right, bottom).intersection(Rect::of(size))
    }

    /// Lays the part in row `y` over the mask's row.
    fn lay_row(&self, row: &mut [u8], bounds: Rect, y: u32, mode: StrokeMode) {
        let y = y as f32 + 0.5;
        let (left, right) = (bounds.left as usize, bounds.right as usize);
        let radius = self.radius[0].max(self.radius[1]);
        let Some(outer) = self.span(radius + 1.5, y, left, right) else {
            return;
        };
        // A pixel inside the distance that is covered in full, at the opacity of the whole segment: nothing to compute.
        let inner = (self.opacity[0] == self.opacity[1])
            .then(|| {
                let radius = self.radius[0].min(self.radius[1]);
                self.span(
                    radius - softness(radius, self.hardness) - 0.5,
                    y,
                    left,
                    right,
                )
            })
            .flatten()
            .unwrap_or((outer.1, outer.1));
        for (start, end) in [(outer.0, inner.0), (inner.1, outer.1)] {
            for (value, x) in row[start..end.max(start)].iter_mut().zip(start..) {
                *value = mode.lay(*value, byte(coverage(self, x as f32 + 0.5, y)));
            }
        }
        let full = byte(self.opacity[0]);
        for value in &mut row[inner.0..inner.1] {
            *value = mode.lay(*value, full);
        }
    }

    /// The columns of `left..right` whose centres lie within `radius` of the line, at height `y`; none where no centre does.
    fn span(&self, radius: f32, y: f32, left: usize, right: usize) -> Option<(usize, usize)> {
        if radius < 0.0 {
            return None;
        }
        let (mut first, mut last) = (f32::INFINITY, f32::NEG_INFINITY);
        let mut meet = |from: f32, to: f32| {
            first = first.min(from);
            last = last.max(to);
        };
        for [cx, cy] in [self.a, self.b] {
            let square = radius * radius - (y - cy) * (y - cy);
            if square >= 0.0 {
                meet(cx - square.sqrt(), cx + square.sqrt());
            }
        }
        let [dx, dy] = [self.b[0] - self.a[0], self.b[1] - self.a[1]];
        let length = dx.hypot(dy);
        if length > 0.0 {
            let (nx, ny) = (-dy / length * radius, dx / length * radius);
            let corner = |[x, y]: [f32; 2], sign: f32| [x + sign * nx, y + sign * ny];
            let corners = [
                corner(self.a, 1.0),
                corner(self.b, 1.0),
                corner(self.b, -1.0),
                corner(self.a, -1.0),
            ];
            for i in 0..4 {
                let ([x0, y0], [x1, y1]) = (corners[i], corners[(i + 1) % 4]);
                if (y0 <= y) != (y1 <= y) {
                    let x = x0 + (x1 - x0) * ((y - y0) / (y1 - y0));
                    meet(x, x);
                }
            }
        }
        // Centres lie at + 0.5.
        let start = ((first - 0.5).ceil().max(0.0) as usize).max(left);
        let end = ((last + 0.5).floor().max(0.0) as usize).min(right);
        (start < end).then_some((start, end))
    }
}

/// How much of the pixel whose centre is (`x`, `y`) a segment covers, in `[0, 1]`.
///
/// With `t = clamp(dot(p - a, b - a) / |b - a|^2, 0, 1)` (0 for a single point), `d = |p - (a + t (b - a))|`, and radius `r` and opacity `o` at `t`:
/// `soft = max(r (1 - hardness), 1)`, `s = clamp((r + 0.5 - d) / soft, 0, 1)`, coverage `o s^2 (3 - 2 s)`.
#[inline]
pub fn coverage(segment: &Segment, x: f32, y: f32) -> f32 {
    let [dx, dy] = [segment.b[0] - segment.a[0], segment.b[1] - segment.a[1]];
    let [px, py] = [x - segment.a[0], y - segment.a[1]];
    let square = dx * dx + dy * dy;
    let t = if square > 0.0 {
        ((px * dx + py * dy) / square).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let [ex, ey] = [px - t * dx, py - t * dy];
    let distance = (ex * ex + ey * ey).sqrt();
    let radius = mix(segment.radius, t);
    let s = ((radius + 0.5 - distance) / softness(radius, segment.hardness)).clamp(0.0, 1.0);
    mix(segment.opacity, t) * (s * s * (3.0 - 2.0 * s))
}

/// The width over which the edge fades, picture pixels.
#[inline]
fn softness(radius: f32, hardness: f32) -> f32 {
    (radius * (1.0 - hardness)).max(1.0)
}

#[inline]
fn mix([a, b]: [f32; 2], t: f32) -> f32 {
    a + (b - a) * t
}

/// A coverage in `[0, 1]` rounded to 8 bits.
#[inline]
fn byte(coverage: f32) -> u8 {
    (coverage * 255.0 + 0.5) as u8
}
