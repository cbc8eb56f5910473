//! The view transform: from picture pixels to the screen and back, by pan, zoom and quarter turns.
//!
//! A value without a device behind it. Does not know what is shown, nor who moved it.

use eframe::egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::raster::Size;

/// Free space around a picture that [`View::fit`] fits, points on each side.
const FIT_MARGIN: f32 = 16.0;

/// How much of the picture [`View::clamped`] keeps in sight along each axis, points; less where the picture or the viewport is smaller.
const IN_SIGHT: f32 = 64.0;

/// Where the artist looks.
///
/// `viewport` is always the part of the screen that the canvas takes, in points; `pixels_per_point` the screen's density.
/// The picture's corner comes to lie on a whole physical pixel, so that a picture at 100 % is sharp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// What lies in the middle of the viewport, picture pixels.
    centre: Pos2,
    /// Physical screen pixels per picture pixel.
    zoom: f32,
    /// Clockwise on the screen, in `0..4`.
    quarter_turns: u8,
}

/// A view on one screen: `screen = origin + zoom * turned(picture)`, physical pixels from the screen's top left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placement {
    /// Where the picture's corner lies.
    pub origin: [f64; 2],
    /// Physical screen pixels per picture pixel.
    pub zoom: f64,
    /// Clockwise, in `0..4`.
    pub quarter_turns: u8,
}

impl View {
    /// The smallest [`zoom`](Self::zoom): 2 %.
    pub const MIN_ZOOM: f32 = 0.02;
    /// The largest [`zoom`](Self::zoom): 6400 %.
    pub const MAX_ZOOM: f32 = 64.0;

    /// The whole picture in the middle of the viewport, upright, with a small margin.
    ///
    /// Small pictures are enlarged by a whole number, so that their pixels stay squares of one size.
    pub fn fit(picture: Size, viewport: Rect, pixels_per_point: f32) -> Self {
        let upright = Self {
            centre: Pos2::ZERO,
            zoom: 1.0,
            quarter_turns: 0,
        };
        upright.fitted(picture, viewport, pixels_per_point)
    }

    /// The same, turned as this view is.
    pub fn fitted(self, picture: Size, viewport: Rect, pixels_per_point: f32) -> Self {
        let size = vec2(picture.width as f32, picture.height as f32);
        let whole = Rect::from_min_size(Pos2::ZERO, size);
        self.fitted_to(whole, viewport, pixels_per_point)
    }

    /// The same of any part of the picture's plane, picture pixels.
    pub fn fitted_to(self, part: Rect, viewport: Rect, pixels_per_point: f32) -> Self {
        let turned = self.turned(part.size()).abs().max(Vec2::splat(1.0));
        let room = (viewport.size() - Vec2::splat(2.0 * FIT_MARGIN)) * pixels_per_point;
        let zoom = (room.x / turned.x).min(room.y / turned.y);
        Self {
            centre: part.center(),
            zoom: clamp_zoom(if zoom > 1.0 { zoom.floor() } else { zoom }),
            ..self
        }
    }

    /// Physical screen pixels per picture pixel, in `[MIN_ZOOM, MAX_ZOOM]`; 1 is 100 %.
    pub fn zoom(&self) -> f32 {
        self.zoom
    }

    /// By how many right angles the picture is turned clockwise, in `0..4`.
    pub fn quarter_turns(&self) -> u8 {
        self.quarter_turns
    }

    /// At another zoom (cut to what is allowed); the picture stays where `point_in_screen` (points) touches it, to the nearest physical pixel.
    pub fn with_zoom_at(
        self,
        zoom: f32,
        point_in_screen: Pos2,
        viewport: Rect,
        pixels_per_point: f32,
    ) -> Self {
        let zoom = clamp_zoom(zoom);
        // Not through the placement: its whole pixels would let the picture wander from wheel step to wheel step.
        let arm = self.unturned((point_in_screen - viewport.center()) * pixels_per_point);
        Self {
            centre: self.centre + arm / self.zoom - arm / zoom,
            zoom,
            ..self
        }
    }

    /// Moved along with a drag by `delta_points` on the screen; to be [`clamped`](Self::clamped) after.
    pub fn panned(self, delta_points: Vec2, pixels_per_point: f32) -> Self {
        Self {
            centre: self.centre - self.unturned(delta_points * pixels_per_point) / self.zoom,
            ..self
        }
    }

    /// Turned clockwise by right angles (counterclockwise when negative) about the viewport's middle.
    pub fn rotated(self, quarter_turns: i32) -> Self {
        let turns = i32::from(self.quarter_turns) + quarter_turns.rem_euclid(4);
        Self {
            quarter_turns: turns.rem_euclid(4) as u8,
            ..self
        }
    }

    /// Where a point of the picture (picture pixels; whole numbers are pixel corners) lies on the screen, points.
    pub fn screen_from_picture(&self, point: Pos2, viewport: Rect, pixels_per_point: f32) -> Pos2 {
        let at = self.placement(viewport, pixels_per_point);
        let [x, y] = turn([point.x.into(), point.y.into()], at.quarter_turns);
        let points = |origin: f64, along: f64| {
            ((origin + at.zoom * along) / f64::from(pixels_per_point)) as f32
        };
        pos2(points(at.origin[0], x), points(at.origin[1], y))
    }

    /// What point of the picture (picture pixels, also outside the picture) lies at a point of the screen, points.
    pub fn picture_from_screen(&self, point: Pos2, viewport: Rect, pixels_per_point: f32) -> Pos2 {
        let at = self.placement(viewport, pixels_per_point);
        let scale = f64::from(pixels_per_point);
        let [x, y] =
            at.picture_from_pixels([f64::from(point.x) * scale, f64::from(point.y) * scale]);
        pos2(x as f32, y as f32)
    }

    /// Moved no farther than needed for a part of the picture to be in sight.
    pub fn clamped(self, picture: Size, viewport: Rect, pixels_per_point: f32) -> Self {
        let seen = self.turned(viewport.size()).abs() * pixels_per_point / self.zoom;
        let kept = IN_SIGHT * pixels_per_point / self.zoom;
        let clamp = |centre: f32, seen: f32, side: u32| {
            let side = side as f32;
            let seen = seen.max(0.0);
            let kept = kept.min(side).min(seen);
            let (low, high) = (kept - seen / 2.0, side + seen / 2.0 - kept);
            centre.max(low).min(high)
        };
        Self {
            centre: pos2(
                clamp(self.centre.x, seen.x, picture.width),
                clamp(self.centre.y, seen.y, picture.height),
            ),
            ..self
        }
    }

    /// The view on a screen, the picture's corner on a whole pixel.
    pub(super) fn placement(&self, viewport: Rect, pixels_per_point: f32) -> Placement {
        let zoom = f64::from(self.zoom);
        let middle = viewport.center();
        let [x, y] = turn(
            [self.centre.x.into(), self.centre.y.into()],
            self.quarter_turns,
        );
        let pixels = |middle: f32| f64::from(middle) * f64::from(pixels_per_point);
        Placement {
            origin: [
                (pixels(middle.x) - zoom * x).round(),
                (pixels(middle.y) - zoom * y).round(),
            ],
            zoom,
            quarter_turns: self.quarter_turns,
        }
    }

    /// A direction in the picture, as it lies on the screen.
    fn turned(&self, direction: Vec2) -> Vec2 {
        let [x, y] = turn([direction.x.into(), direction.y.into()], self.quarter_turns);
        vec2(x as f32, y as f32)
    }

    /// A direction on the screen, as it lies in the picture.
    fn unturned(&self, direction: Vec2) -> Vec2 {
        let back = (4 - self.quarter_turns) % 4;
        let [x, y] = turn([direction.x.into(), direction.y.into()], back);
        vec2(x as f32, y as f32)
    }
}

impl Placement {
    /// The point of the picture, picture pixels, at a point of the screen, physical pixels.
    pub fn picture_from_pixels(&self, point: [f64; 2]) -> [f64; 2] {
        let along = [0, 1].map(|axis| (point[axis] - self.origin[axis]) / self.zoom);
        turn(along, (4 - self.quarter_turns) % 4)
    }
}

/// A vector turned clockwise by right angles, the y axis pointing down.
fn turn([x, y]: [f64; 2], quarter_turns: u8) -> [f64; 2] {
    match quarter_turns {
        0 => [x, y],
        1 => [-y, x],
        2 => [-x, -y],
        _ => [y, -x],
    }
}

fn clamp_zoom(zoom: f32) -> f32 {
    if zoom.is_nan() {
        return View::MIN_ZOOM;
    }
    zoom.clamp(View::MIN_ZOOM, View::MAX_ZOOM)
}
