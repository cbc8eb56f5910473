//! A hand behind a palm: the turned square that the landmark network sees, and the mask that its points make.
//!
//! Facts from MediaPipe (`palm_detection_detection_to_roi.pbtxt`, `hand_landmark_cpu.pbtxt`; Zhang et al. 2020).

use ndarray::Array4;

use super::Region;
use super::anchors::Anchored;
use super::view::View;
use crate::raster::{Picture, Rect, Size};

/// Side of the landmark network's input, pixels.
pub const SIDE: u32 = 224;

/// Points of a hand: wrist, then four for each finger from thumb to little finger.
pub const POINTS: usize = 21;

/// How much larger than the palm the square is, and how far it is moved towards the fingers, in palms.
const SCALE: f32 = 2.6;
const SHIFT: f32 = 0.5;

/// A hand reaches so far beyond its points, as a share of the square's side: fingers are thicker than their bones.
const THICK: f32 = 0.1;

/// The mask reaches so far: a finger that is missing needs room to be painted in.
const MARGIN: f32 = 0.16;

/// A square that stands as the hand does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Square {
    /// Its middle, picture pixels.
    pub centre: [f32; 2],
    /// Length of its sides, picture pixels.
    pub side: f32,
    /// How far it is turned from fingers up, radians, from x to y.
    pub angle: f32,
}

impl Square {
    /// Around a palm that was found in a view.
    #[must_use]
    pub fn of_palm(palm: &Anchored, view: &View) -> Self {
        let scale = view.rect.size().width as f32 / view.inner.size().width as f32;
        let [centre, wrist, knuckle] =
            [palm.bounds.centre(), palm.points[0], palm.points[2]].map(|point| view.place(point));
        let palm = scale
            * f32::max(
                palm.bounds.right - palm.bounds.left,
                palm.bounds.bottom - palm.bounds.top,
            );
        let angle = (knuckle[0] - wrist[0]).atan2(wrist[1] - knuckle[1]);
        Self {
            centre: [
                centre[0] + angle.sin() * SHIFT * palm,
                centre[1] - angle.cos() * SHIFT * palm,
            ],
            side: SCALE * palm,
            angle,
        }
    }

    /// Where a place of the network's input is in the picture, picture pixels.
    #[must_use]
    pub fn place(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let part = |value: f32| (value / SIDE as f32 - 0.5) * self.side;
        let (sin, cos) = self.angle.sin_cos();
        let (x, y) = (part(x), part(y));
        [
            self.centre[0] + cos * x - sin * y,
            self.centre[1] + sin * x + cos * y,
        ]
    }

    /// The network's input `[1, 3, 224, 224]`, RGB in `[0, 1]`; black outside of the picture.
    #[must_use]
    pub fn tensor(&self, picture: &Picture) -> Array4<f32> {
        let size = picture.size();
        let far = self.side * std::f32::consts::SQRT_2 / 2.0 + 2.0;
        let cut = |value: f32, most: u32| value.max(0.0).min(most as f32) as u32;
        let [x, y] = self.centre;
        let rect = Rect::new(
            cut(x - far, size.width),
            cut(y - far, size.height),
            cut(x + far, size.width),
            cut(y + far, size.height),
        );
        let side = SIDE as usize;
        let mut tensor = Array4::zeros((1, 3, side, side));
        if rect.is_empty() {
            return tensor;
        }
        // Averaged first where several pixels fall on one.
        let part = rect.size();
        let shrink = (self.side / SIDE as f32).max(1.0);
        let shrunk = |side: u32| ((side as f32 / shrink).round() as u32).max(1);
        let small = Size::new(shrunk(part.width), shrunk(part.height));
        let seen = picture.crop(rect).resize(small);
        let scales = [
            small.width as f32 / part.width as f32,
            small.height as f32 / part.height as f32,
        ];
        for row in 0..side {
            for column in 0..side {
                let [x, y] = self.place([column as f32 + 0.5, row as f32 + 0.5]);
                let x = (x - rect.left as f32) * scales[0] - 0.5;
                let y = (y - rect.top as f32) * scales[1] - 0.5;
                let color = bilinear(&seen, x, y);
                for (channel, value) in color.into_iter().enumerate() {
                    tensor[[0, channel, row, column]] = value / 255.0;
                }
            }
        }
        tensor
    }

    /// The hand's points in the picture, from the network's `numbers` (x, y and depth of each, pixels of its input).
    #[must_use]
    pub fn points(&self, numbers: &[f32]) -> Vec<[f32; 2]> {
        let points = numbers.as_chunks::<3>().0.iter().take(POINTS);
        points.map(|[x, y, _]| self.place([*x, *y])).collect()
    }

    /// Where a hand with these points is.
    #[must_use]
    pub fn outline(&self, points: &[[f32; 2]], size: Size) -> Region {
        Region::of_hull(points, THICK * self.side, size)
    }

    /// The mask of a hand with these points.
    #[must_use]
    pub fn region(&self, points: &[[f32; 2]], size: Size) -> Region {
        Region::of_hull(points, MARGIN * self.side, size)
    }

    /// The mask of a hand whose points are not known: the middle of the square.
    #[must_use]
    pub fn middle(&self, size: Size) -> Region {
        let (least, most) = (0.15 * SIDE as f32, 0.85 * SIDE as f32);
        let corners = [[least, least], [most, least], [most, most], [least, most]];
        Region::of_hull(&corners.map(|corner| self.place(corner)), 0.0, size)
    }
}

/// Between four pixels; black outside.
fn bilinear(picture: &Picture, x: f32, y: f32) -> [f32; 3] {
    let size = picture.size();
    let (left, top) = (x.floor(), y.floor());
    let (right_share, bottom_share) = (x - left, y - top);
    let mut sum = [0.0; 3];
    for (row, share_y) in [(top, 1.0 - bottom_share), (top + 1.0, bottom_share)] {
        for (column, share_x) in [(left, 1.0 - right_share), (left + 1.0, right_share)] {
            let inside = column >= 0.0
                && row >= 0.0
                && column < size.width as f32
                && row < size.height as f32;
            if inside {
                let pixel = picture.pixel(column as u32, row as u32);
                for (sum, value) in sum.iter_mut().zip(pixel) {
                    *sum += share_x * share_y * f32::from(value);
                }
            }
        }
    }
    sum
}
