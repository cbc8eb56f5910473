//! The CPU twin of `shaders/display.wgsl`: the same picture of a scene, function by function, for comparison.
//!
//! Does not know a device.

use std::array::from_fn;
use std::f32::consts::FRAC_1_SQRT_2;

use eframe::egui::Rect as ScreenRect;

use super::{Held, gpu_data};
use crate::canvas::Scene;
use crate::document::StrokeMode;
use crate::raster::{Mask, Patch, Picture, Rect};

/// As in the shader.
const LOOK_HIDDEN: u32 = 0;
const LOOK_HATCH: u32 = 2;
const LOOK_OUTLINE: u32 = 3;
const LOOK_BLACK_AND_WHITE: u32 = 4;
const COMPARE_LAYER: u32 = 0;
const COMPARE_WIPE: u32 = 2;
const COMPARE_DIFFERENCE: u32 = 3;
const NEAREST_ABOVE: f32 = 4.0;
const MAX_TAPS: f32 = 8.0;
const AMPLIFY: f32 = 4.0;
const CHECKER: f32 = 8.0;
const HATCH: f32 = 8.0;
const SHADOW: f32 = 8.0;
const OUTLINE: f32 = 1.5;

/// A quarter of a turn in four steps, from which the ring of sixteen directions is made.
const QUADRANT: [[f32; 2]; 4] = [
    [1.0, 0.0],
    [0.923_88, 0.382_68],
    [FRAC_1_SQRT_2, FRAC_1_SQRT_2],
    [0.382_68, 0.923_88],
];

/// A stroke in the making over the sketch.
#[derive(Clone, Copy)]
pub struct WetSketch<'a> {
    /// What of each pixel of the picture it covers.
    pub coverage: &'a Mask,
    /// Whether it paints or erases.
    pub mode: StrokeMode,
    /// Its colour.
    pub color: [u8; 3],
    /// The picture without its sketch.
    pub bare: &'a Picture,
}

/// A scene with all that it shows.
pub struct Twin<'a> {
    scene: gpu_data::Scene,
    picture: &'a Picture,
    layer: Option<&'a Patch>,
    mask: &'a Mask,
    wet: Option<WetSketch<'a>>,
}

impl<'a> Twin<'a> {
    /// `picture` is what is seen of picture and sketch, `mask` the mask as it is to be shown: with the wet stroke, blurred. `viewport` is in points.
    ///
    /// # Panics
    /// When picture and mask differ in size.
    pub fn new(
        scene: &Scene,
        viewport: ScreenRect,
        pixels_per_point: f32,
        picture: &'a Picture,
        layer: Option<&'a Patch>,
        mask: &'a Mask,
    ) -> Self {
        assert_eq!(picture.size(), mask.size(), "a picture and its mask");
        let data = super::scene_data(
            scene,
            viewport,
            pixels_per_point,
            picture.size(),
            Held {
                layer: layer.map_or(Rect::EMPTY, Patch::rect),
                mask: Rect::of(mask.size()),
                wet: Rect::EMPTY,
                bare: Rect::EMPTY,
                stroke: None,
            },
        );
        Self {
            scene: data,
            picture,
            layer,
            mask,
            wet: None,
        }
    }

    /// With a stroke in the making over the sketch.
    #[must_use]
    pub fn with_stroke(mut self, wet: WetSketch<'a>) -> Self {
        self.wet = Some(wet);
        self
    }

    /// The colour of the physical screen pixel at column `x`, row `y`: gamma-encoded sRGB in `[0, 1]`, premultiplied by the alpha with which it lies over what is there.
    pub fn pixel(&self, x: u32, y: u32) -> [f32; 4] {
        self.shade([x as f32 + 0.5, y as f32 + 0.5])
    }

    fn cut(&self, [x, y]: [i32; 2]) -> (u32, u32) {
        let size = self.picture.size();
        let cut = |at: i32, side: u32| at.clamp(0, side as i32 - 1) as u32;
        (cut(x, size.width), cut(y, size.height))
    }

    fn color_texel(&self, at: [i32; 2], with_layer: bool) -> [f32; 4] {
        let (x, y) = self.cut(at);
        let layer = self
            .layer
            .filter(|layer| with_layer && layer.rect().contains_point(x, y));
        match layer {
            Some(layer) => {
                let Rect { left, top, .. } = layer.rect();
                premultiplied(layer.pixels().pixel(x - left, y - top))
            }
            None => self.picture_texel(x, y),
        }
    }

    fn picture_texel(&self, x: u32, y: u32) -> [f32; 4] {
        let dry = premultiplied(self.picture.pixel(x, y));
        let Some(wet) = self.wet else {
            return dry;
        };
        let inked = match wet.mode {
            StrokeMode::Paint => {
                let [red, green, blue] = wet.color;
                premultiplied([red, green, blue, 255])
            }
            StrokeMode::Erase => premultiplied(wet.bare.pixel(x, y)),
        };
        let coverage = f32::from(wet.coverage.value(x, y)) / 255.0;
        from_fn(|channel| mix(dry[channel], inked[channel], coverage))
    }

    fn mask_texel(&self, at: [i32; 2]) -> f32 {
        let (x, y) = self.cut(at);
        f32::from(self.mask.value(x, y)) / 255.0
    }

    /// The mean of a texel function over the part of the picture that one screen pixel shows.
    fn mean<const N: usize>(&self, p: [f32; 2], texel: impl Fn([i32; 2]) -> [f32; N]) -> [f32; N] {
        if self.scene.zoom > NEAREST_ABOVE {
            return texel(p.map(|at| at.floor() as i32));
        }
        let width = (1.0 / self.scene.zoom).max(1.0);
        let low = p.map(|at| at - 0.5 * width);
        let high = low.map(|at| at + width);
        let step = (width / MAX_TAPS).ceil() as i32;
        let taps = |axis: usize| {
            let share =
                move |i: i32| ((i + step) as f32).min(high[axis]) - (i as f32).max(low[axis]);
            let first = (low[axis] / step as f32).floor() as i32 * step;
            (first..)
                .step_by(step as usize)
                .take_while(move |&i| (i as f32) < high[axis])
                .map(move |i| (i + step / 2, share(i).max(0.0)))
        };
        let mut sum = [0.0; N];
        for (y, tall) in taps(1) {
            let mut row = [0.0; N];
            for (x, wide) in taps(0) {
                let texel = texel([x, y]);
                row = from_fn(|channel| row[channel] + texel[channel] * wide);
            }
            sum = from_fn(|channel| sum[channel] + row[channel] * tall);
        }
        let area = (high[0] - low[0]) * (high[1] - low[1]);
        sum.map(|sum| sum / area)
    }

    fn color_at(&self, p: [f32; 2], with_layer: bool) -> [f32; 4] {
        self.mean(p, |at| self.color_texel(at, with_layer))
    }

    fn mask_at(&self, p: [f32; 2]) -> f32 {
        let [value] = self.mean(p, |at| [self.mask_texel(at)]);
        value
    }

    fn mask_near(&self, p: [f32; 2]) -> f32 {
        let low = p.map(|at| at - 0.5);
        let [x, y] = low.map(|at| at.floor() as i32);
        let [s, t] = low.map(|at| at - at.floor());
        let top = mix(self.mask_texel([x, y]), self.mask_texel([x + 1, y]), s);
        let bottom = mix(
            self.mask_texel([x, y + 1]),
            self.mask_texel([x + 1, y + 1]),
            s,
        );
        mix(top, bottom, t)
    }

    fn picture_from_screen(&self, position: [f32; 2]) -> [f32; 2] {
        let [a, b, c, d] = self.scene.to_picture;
        let [x, y] = from_fn(|axis| position[axis] - self.scene.corner[axis]);
        let [start_x, start_y] = self.scene.start;
        [start_x + x * a + y * c, start_y + x * b + y * d]
    }

    fn outline(&self, position: [f32; 2]) -> [f32; 4] {
        let radius = OUTLINE * self.scene.pixels_per_point;
        let ring = (0..16).map(|i| {
            let [x, y] = QUADRANT[i % 4];
            match i / 4 {
                0 => [x, y],
                1 => [-y, x],
                2 => [-x, -y],
                _ => [y, -x],
            }
        });
        let values = ring.map(|[x, y]| {
            let p = [position[0] + radius * x, position[1] + radius * y];
            self.mask_near(self.picture_from_screen(p))
        });
        let values: Vec<f32> = values.collect();
        let low = values.iter().copied().fold(1.0, f32::min);
        let high = values.iter().copied().fold(0.0, f32::max);
        let range = (high - low).max(1.0 / 255.0);
        let inner: f32 = values
            .iter()
            .map(|value| ((value - 0.5) * 2.0 / range + 0.5).clamp(0.0, 1.0) / 16.0)
            .sum();
        let near = 4.0 * inner * (1.0 - inner);
        let alpha = smoothstep(0.0, 0.5, near) * self.scene.color[3];
        self.overlay(smoothstep(0.55, 0.85, near) * alpha, alpha)
    }

    /// The overlay's colour, weighted, under an alpha.
    fn overlay(&self, weight: f32, alpha: f32) -> [f32; 4] {
        let [red, green, blue, _] = self.scene.color;
        [red * weight, green * weight, blue * weight, alpha]
    }

    fn stripe(&self, [x, y]: [f32; 2]) -> f32 {
        let period = HATCH * self.scene.pixels_per_point;
        let phase = ((x + y) / period).rem_euclid(1.0);
        (0.2 * period + 0.5 - (phase - 0.5).abs() * period).clamp(0.0, 1.0)
    }

    fn checker(&self, position: [f32; 2]) -> f32 {
        let square = CHECKER * self.scene.pixels_per_point;
        let [x, y] = position.map(|at| (at / square).floor() as i32);
        if (x + y) & 1 == 0 { 0.8 } else { 0.6 }
    }

    fn surroundings(&self, p: [f32; 2]) -> [f32; 4] {
        let [x, y]: [f32; 2] =
            from_fn(|axis| (p[axis] - self.scene.size[axis]).max(-p[axis]).max(0.0));
        let d = (x * x + y * y).sqrt() * self.scene.zoom;
        if d < 1.0 {
            return [0.35, 0.35, 0.35, 0.7];
        }
        let fade = (1.0 - d / (SHADOW * self.scene.pixels_per_point)).max(0.0);
        [0.0, 0.0, 0.0, 0.4 * fade * fade]
    }

    fn shade(&self, position: [f32; 2]) -> [f32; 4] {
        let scene = &self.scene;
        let p = self.picture_from_screen(position);
        if (0..2).any(|axis| p[axis] < 0.0 || p[axis] >= scene.size[axis]) {
            return self.surroundings(p);
        }
        let with_layer = scene.compare == COMPARE_LAYER
            || (scene.compare == COMPARE_WIPE && position[0] >= scene.wipe);
        let mut color = self.color_at(p, with_layer);
        if scene.compare == COMPARE_DIFFERENCE {
            let other = self.color_at(p, true);
            let change: [f32; 4] = from_fn(|channel| (other[channel] - color[channel]).abs());
            let seen: [f32; 3] =
                from_fn(|channel| (AMPLIFY * change[channel].max(change[3])).min(1.0));
            color = [seen[0], seen[1], seen[2], 1.0];
        }
        let ground = (1.0 - color[3]) * self.checker(position);
        let over = match scene.look {
            LOOK_HIDDEN => [0.0; 4],
            LOOK_OUTLINE => self.outline(position),
            LOOK_BLACK_AND_WHITE => {
                let m = self.mask_at(p);
                [m, m, m, 1.0]
            }
            look => {
                let mut alpha = self.mask_at(p) * scene.color[3];
                if look == LOOK_HATCH {
                    alpha *= 0.2 + 0.8 * self.stripe(position);
                }
                self.overlay(alpha, alpha)
            }
        };
        let [red, green, blue]: [f32; 3] =
            from_fn(|channel| over[channel] + (1.0 - over[3]) * (color[channel] + ground));
        [red, green, blue, 1.0]
    }
}

fn premultiplied(pixel: [u8; 4]) -> [f32; 4] {
    let [red, green, blue, alpha] = pixel.map(|value| f32::from(value) / 255.0);
    [red * alpha, green * alpha, blue * alpha, alpha]
}

fn mix(a: f32, b: f32, t: f32) -> f32 {
    a * (1.0 - t) + b * t
}

fn smoothstep(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
