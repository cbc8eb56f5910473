//! The view transform: from picture pixels to the screen and back, by pan, zoom, rotation and mirroring.
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
/// While the picture's edges are parallel to the screen's, its corner comes to lie on a whole physical pixel, so that a picture at 100 % is sharp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// What lies in the middle of the viewport, picture pixels.
    centre: Pos2,
    /// Physical screen pixels per picture pixel.
    zoom: f32,
    turn: Turn,
}

/// How the picture lies on the screen: mirrored first, then rotated.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Turn {
    /// Clockwise on the screen, degrees in `[0, 360)`.
    degrees: f32,
    /// Whether left and right are exchanged.
    mirrored: bool,
}

/// A view on one screen: `screen = origin + zoom * turned(picture)`, physical pixels from the screen's top left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placement {
    /// Where the picture's corner lies.
    pub origin: [f64; 2],
    /// Physical screen pixels per picture pixel.
    pub zoom: f64,
    turn: Turn,
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
            turn: Turn {
                degrees: 0.0,
                mirrored: false,
            },
        };
        upright.fitted(picture, viewport, pixels_per_point)
    }

    /// The same, rotated and mirrored as this view is.
    pub fn fitted(self, picture: Size, viewport: Rect, pixels_per_point: f32) -> Self {
        let size = vec2(picture.width as f32, picture.height as f32);
        let whole = Rect::from_min_size(Pos2::ZERO, size);
        self.fitted_to(whole, viewport, pixels_per_point)
    }

    /// The same of any part of the picture's plane, picture pixels.
    pub fn fitted_to(self, part: Rect, viewport: Rect, pixels_per_point: f32) -> Self {
        let [across, down] = self.zooms(part, viewport, pixels_per_point);
        let zoom = across.min(down);
        Self {
            centre: part.center(),
            zoom: clamp_zoom(if zoom > 1.0 { zoom.floor() } else { zoom }),
            ..self
        }
    }

    /// The whole width that a part of the picture's plane (picture pixels) has on the screen, its middle in the viewport's.
    pub fn fitted_across(self, part: Rect, viewport: Rect, pixels_per_point: f32) -> Self {
        let [across, _] = self.zooms(part, viewport, pixels_per_point);
        Self {
            centre: part.center(),
            zoom: clamp_zoom(across),
            ..self
        }
    }

    /// The zooms at which the bounds of a part of the picture's plane take the width and the height of the viewport but for a margin.
    fn zooms(&self, part: Rect, viewport: Rect, pixels_per_point: f32) -> [f32; 2] {
        let [[a, b], [c, d]] = self.turn.matrix().map(|row| row.map(|it| it.abs() as f32));
        let (width, height) = (part.width(), part.height());
        let room = (viewport.size() - Vec2::splat(2.0 * FIT_MARGIN)) * pixels_per_point;
        let bounds = [a * width + b * height, c * width + d * height];
        [room.x / bounds[0].max(1.0), room.y / bounds[1].max(1.0)]
    }

    /// Physical screen pixels per picture pixel, in `[MIN_ZOOM, MAX_ZOOM]`; 1 is 100 %.
    pub fn zoom(&self) -> f32 {
        self.zoom
    }

    /// By how much the picture is rotated clockwise on the screen, degrees in `[0, 360)`.
    pub fn degrees(&self) -> f32 {
        self.turn.degrees
    }

    /// Whether the picture is seen mirrored.
    pub fn is_mirrored(&self) -> bool {
        self.turn.mirrored
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

    /// Rotated about the viewport's middle until the picture is rotated clockwise by so many degrees, any finite number.
    pub fn with_degrees(self, degrees: f32) -> Self {
        let degrees = degrees.rem_euclid(360.0);
        // A small negative number is rounded up to all of it.
        let degrees = if degrees < 360.0 { degrees } else { 0.0 };
        Self {
            turn: Turn {
                degrees,
                ..self.turn
            },
            ..self
        }
    }

    /// Rotated clockwise by so many degrees (counterclockwise when negative) about the viewport's middle.
    pub fn rotated(self, degrees: f32) -> Self {
        self.with_degrees(self.turn.degrees + degrees)
    }

    /// Left and right of the screen exchanged about the viewport's middle.
    pub fn mirrored(self) -> Self {
        let turn = Turn {
            mirrored: !self.turn.mirrored,
            ..self.turn
        };
        Self { turn, ..self }.with_degrees(-self.turn.degrees)
    }

    /// Upright and not mirrored, the same point in the viewport's middle.
    pub fn upright(self) -> Self {
        let turn = Turn {
            degrees: 0.0,
            mirrored: false,
        };
        Self { turn, ..self }
    }

    /// Where a point of the picture (picture pixels; whole numbers are pixel corners) lies on the screen, points.
    pub fn screen_from_picture(&self, point: Pos2, viewport: Rect, pixels_per_point: f32) -> Pos2 {
        let at = self.placement(viewport, pixels_per_point);
        let [x, y] = at.turn.apply([point.x.into(), point.y.into()]);
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
        if !self.turn.is_parallel() {
            return self.near(picture, viewport, pixels_per_point);
        }
        let seen = self.unturned(viewport.size()).abs() * pixels_per_point / self.zoom;
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

    /// As [`clamped`](Self::clamped) of a picture that lies askew: its nearest point stays in the largest circle about the viewport's middle.
    fn near(self, picture: Size, viewport: Rect, pixels_per_point: f32) -> Self {
        let side = viewport.width().min(viewport.height()).max(0.0) / 2.0;
        let reach = (side - IN_SIGHT.min(side)) * pixels_per_point / self.zoom;
        let nearest = pos2(
            self.centre.x.max(0.0).min(picture.width as f32),
            self.centre.y.max(0.0).min(picture.height as f32),
        );
        let away = self.centre - nearest;
        match away.length() > reach {
            true => Self {
                centre: nearest + away.normalized() * reach,
                ..self
            },
            false => self,
        }
    }

    /// The view on a screen; the picture's corner on a whole pixel where its edges are parallel to the screen's.
    pub(super) fn placement(&self, viewport: Rect, pixels_per_point: f32) -> Placement {
        let zoom = f64::from(self.zoom);
        let middle = viewport.center();
        let [x, y] = self
            .turn
            .apply([self.centre.x.into(), self.centre.y.into()]);
        let pixels = |middle: f32| f64::from(middle) * f64::from(pixels_per_point);
        let origin = [pixels(middle.x) - zoom * x, pixels(middle.y) - zoom * y];
        Placement {
            origin: match self.turn.is_parallel() {
                true => origin.map(f64::round),
                false => origin,
            },
            zoom,
            turn: self.turn,
        }
    }

    /// A direction in the picture, as it lies on the screen.
    pub fn turned(&self, direction: Vec2) -> Vec2 {
        let [x, y] = self.turn.apply([direction.x.into(), direction.y.into()]);
        vec2(x as f32, y as f32)
    }

    /// A direction on the screen, as it lies in the picture.
    fn unturned(&self, direction: Vec2) -> Vec2 {
        let [x, y] = self.turn.undo([direction.x.into(), direction.y.into()]);
        vec2(x as f32, y as f32)
    }
}

impl Turn {
    /// Whether the picture's edges are parallel to the screen's.
    fn is_parallel(self) -> bool {
        self.degrees % 90.0 == 0.0
    }

    /// Its rows, the y axis pointing down; orthogonal, and exact for right angles.
    fn matrix(self) -> [[f64; 2]; 2] {
        let (sin, cos) = match self.degrees {
            0.0 => (0.0, 1.0),
            90.0 => (1.0, 0.0),
            180.0 => (0.0, -1.0),
            270.0 => (-1.0, 0.0),
            degrees => f64::from(degrees).to_radians().sin_cos(),
        };
        let side = if self.mirrored { -1.0 } else { 1.0 };
        [[side * cos, -sin], [side * sin, cos]]
    }

    fn apply(self, [x, y]: [f64; 2]) -> [f64; 2] {
        self.matrix().map(|[a, b]| a * x + b * y)
    }

    /// The other way, by the transposed matrix.
    fn undo(self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [[a, b], [c, d]] = self.matrix();
        [a * x + c * y, b * x + d * y]
    }
}

impl Placement {
    /// The point of the picture, picture pixels, at a point of the screen, physical pixels.
    pub fn picture_from_pixels(&self, point: [f64; 2]) -> [f64; 2] {
        let along = [0, 1].map(|axis| (point[axis] - self.origin[axis]) / self.zoom);
        self.turn.undo(along)
    }
}

fn clamp_zoom(zoom: f32) -> f32 {
    if zoom.is_nan() {
        return View::MIN_ZOOM;
    }
    zoom.clamp(View::MIN_ZOOM, View::MAX_ZOOM)
}
