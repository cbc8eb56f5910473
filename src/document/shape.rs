//! Outlines drawn in one go: rectangle, ellipse, polygon, lasso; and how much of each pixel they cover.
//!
//! Does not know how they are drawn, or what covering does.

use crate::raster::{Rect, Size};

/// Lines on which each row of pixels is cut by the outline; along them the coverage is exact to 1/256 pixel.
const LINES: u32 = 16;

/// Parts of a pixel along a line.
const PARTS: i32 = 256;

/// Coordinates end here, picture pixels either way: far outside any picture, and in parts of a pixel still 32-bit numbers.
const FARTHEST: f32 = 1_048_576.0;

/// A closed outline in picture pixels; any part may lie outside the picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// The rectangle between two opposite corners, in any order.
    Rectangle([f32; 2], [f32; 2]),
    /// The ellipse in the rectangle between two opposite corners, in any order.
    Ellipse([f32; 2], [f32; 2]),
    /// The polygon through these points and back to the first; where it crosses itself, inside is what an odd number of crossings separates from outside. A lasso is a polygon of many points.
    Polygon(Vec<[f32; 2]>),
}

impl Shape {
    /// The pixels of a picture of `size` outside which the shape covers nothing.
    ///
    /// Empty for a shape without area: fewer than three points, no width or height, or a corner that is not finite.
    pub fn bounds(&self, size: Size) -> Rect {
        self.outline()
            .map_or(Rect::EMPTY, |outline| outline.bounds(size))
    }

    /// Calls `row(y, left, coverage)` for each row of the [bounds](Self::bounds), with the coverage of its pixels from column `left` on: 255 is all of a pixel.
    ///
    /// Each row is cut on 16 lines; along them the coverage is exact to 1/256 pixel. Points of a polygon that are not finite are left out.
    pub(super) fn rasterise(&self, size: Size, mut row: impl FnMut(u32, usize, &[u8])) {
        let Some(outline) = self.outline() else {
            return;
        };
        let bounds = outline.bounds(size);
        if bounds.is_empty() {
            return;
        }
        let width = bounds.size().width as usize;
        let mut edges = Edges::new(outline.edges());
        let mut crossings = Vec::new();
        let mut steps = vec![0i32; width + 2];
        let mut covers = vec![0u8; width];
        for y in bounds.top..bounds.bottom {
            steps.fill(0);
            for line in 0..LINES {
                let at = y as f32 + (line as f32 + 0.5) / LINES as f32;
                crossings.clear();
                match &outline {
                    Outline::Rectangle { low, high } => {
                        if low[1] <= at && at < high[1] {
                            crossings.extend([low[0], high[0]]);
                        }
                    }
                    Outline::Ellipse { centre, radii } => {
                        let height = (at - centre[1]) / radii[1];
                        if height.abs() < 1.0 {
                            let half = radii[0] * (1.0 - height * height).sqrt();
                            crossings.extend([centre[0] - half, centre[0] + half]);
                        }
                    }
                    Outline::Polygon(_) => edges.cross(at, &mut crossings),
                }
                for span in crossings.chunks_exact(2) {
                    step(&mut steps, bounds.left, width, span[0], 1);
                    step(&mut steps, bounds.left, width, span[1], -1);
                }
            }
            let full = PARTS * LINES as i32;
            let mut sum = 0;
            for (cover, step) in covers.iter_mut().zip(&steps) {
                sum += step;
                *cover = ((sum.clamp(0, full) * 255 + full / 2) / full) as u8;
            }
            row(y, bounds.left as usize, &covers);
        }
    }

    /// The shape with its numbers in range; none where it has no area.
    fn outline(&self) -> Option<Outline> {
        match self {
            Self::Rectangle(a, b) => {
                let (low, high) = corners(*a, *b)?;
                Some(Outline::Rectangle { low, high })
            }
            Self::Ellipse(a, b) => {
                let (low, high) = corners(*a, *b)?;
                let half = |axis: usize| (high[axis] - low[axis]) / 2.0;
                Some(Outline::Ellipse {
                    centre: [low[0] + half(0), low[1] + half(1)],
                    radii: [half(0), half(1)],
                })
            }
            Self::Polygon(points) => {
                let points: Vec<_> = points.iter().filter_map(|&point| in_range(point)).collect();
                (points.len() >= 3).then_some(Outline::Polygon(points))
            }
        }
    }
}

/// A shape with valid numbers.
enum Outline {
    Rectangle { low: [f32; 2], high: [f32; 2] },
    Ellipse { centre: [f32; 2], radii: [f32; 2] },
    Polygon(Vec<[f32; 2]>),
}

impl Outline {
    fn bounds(&self, size: Size) -> Rect {
        let (low, high) = match self {
            Self::Rectangle { low, high } => (*low, *high),
            Self::Ellipse { centre, radii } => (
                [centre[0] - radii[0], centre[1] - radii[1]],
                [centre[0] + radii[0], centre[1] + radii[1]],
            ),
            Self::Polygon(points) => {
                points
                    .iter()
                    .fold(([FARTHEST; 2], [-FARTHEST; 2]), |(low, high), point| {
                        (
                            [low[0].min(point[0]), low[1].min(point[1])],
                            [high[0].max(point[0]), high[1].max(point[1])],
                        )
                    })
            }
        };
        // Casts end at 0.
        Rect::new(
            low[0].floor() as u32,
            low[1].floor() as u32,
            high[0].ceil() as u32,
            high[1].ceil() as u32,
        )
        .intersection(Rect::of(size))
    }

    fn edges(&self) -> Vec<[[f32; 2]; 2]> {
        let Self::Polygon(points) = self else {
            return Vec::new();
        };
        let next = points.iter().cycle().skip(1);
        let edges = points.iter().zip(next);
        edges
            .filter(|(a, b)| a[1] != b[1])
            .map(|(&a, &b)| if a[1] < b[1] { [a, b] } else { [b, a] })
            .collect()
    }
}

/// Edges of a polygon, walked from the top.
struct Edges {
    /// Upper end first; the highest edge last.
    waiting: Vec<[[f32; 2]; 2]>,
    /// Those that the lines meet now.
    met: Vec<[[f32; 2]; 2]>,
}

impl Edges {
    fn new(mut edges: Vec<[[f32; 2]; 2]>) -> Self {
        edges.sort_by(|a, b| b[0][1].total_cmp(&a[0][1]));
        Self {
            waiting: edges,
            met: Vec::new(),
        }
    }

    /// Where the edges cross the line at height `y`, from the left; calls must go downwards.
    fn cross(&mut self, y: f32, crossings: &mut Vec<f32>) {
        while let Some(edge) = self.waiting.pop_if(|edge| edge[0][1] <= y) {
            self.met.push(edge);
        }
        self.met.retain(|edge| y < edge[1][1]);
        crossings.extend(self.met.iter().map(|&[[x0, y0], [x1, y1]]| {
            let t = (f64::from(y) - f64::from(y0)) / (f64::from(y1) - f64::from(y0));
            (f64::from(x0) + (f64::from(x1) - f64::from(x0)) * t) as f32
        }));
        crossings.sort_by(f32::total_cmp);
    }
}

/// Adds `sign` to everything right of `x`, as differences between neighbouring pixels from column `left` on.
fn step(steps: &mut [i32], left: u32, width: usize, x: f32, sign: i32) {
    let x = (x - left as f32).clamp(0.0, width as f32);
    let parts = (x * PARTS as f32).round() as i32;
    let (pixel, part) = ((parts / PARTS) as usize, parts % PARTS);
    steps[pixel] += sign * (PARTS - part);
    steps[pixel + 1] += sign * part;
}

fn in_range(point: [f32; 2]) -> Option<[f32; 2]> {
    let finite = point.iter().all(|n| n.is_finite());
    finite.then(|| point.map(|n| n.clamp(-FARTHEST, FARTHEST)))
}

/// The corners with the smaller and with the larger coordinates; none where they enclose no area.
fn corners(a: [f32; 2], b: [f32; 2]) -> Option<([f32; 2], [f32; 2])> {
    let (a, b) = (in_range(a)?, in_range(b)?);
    let low = [a[0].min(b[0]), a[1].min(b[1])];
    let high = [a[0].max(b[0]), a[1].max(b[1])];
    (low[0] < high[0] && low[1] < high[1]).then_some((low, high))
}
