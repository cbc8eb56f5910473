//! Laying a picture over another by a blend mode or a Porter-Duff operator.
//!
//! After W3C *Compositing and Blending Level 1*, on the sRGB values as they are. Does not know files or layers.

use super::Picture;

/// A colour, each channel in `[0, 1]`.
type Color = [f32; 3];

/// How one picture is laid over another.
#[derive(Clone, Copy, Debug)]
pub struct Operator {
    /// Shares of source and backdrop in the result, of their alphas (section 9.1, `Fa` and `Fb`).
    shares: fn(f32, f32) -> (f32, f32),
    /// The colour of backdrop and source mixed, where both are opaque (section 10).
    mix: fn(Color, Color) -> Color,
}

/// The operators by the names that OpenRaster has for them (openraster.org, "Layer Stack Specification").
const OPERATORS: &[(&str, Operator)] = &[
    ("svg:src-over", blend(|_, source| source)),
    ("svg:multiply", blend(|b, s| each(b, s, |b, s| b * s))),
    ("svg:screen", blend(|b, s| each(b, s, screen))),
    (
        "svg:overlay",
        blend(|b, s| each(b, s, |b, s| hard_light(s, b))),
    ),
    ("svg:darken", blend(|b, s| each(b, s, f32::min))),
    ("svg:lighten", blend(|b, s| each(b, s, f32::max))),
    ("svg:color-dodge", blend(|b, s| each(b, s, dodge))),
    ("svg:color-burn", blend(|b, s| each(b, s, burn))),
    ("svg:hard-light", blend(|b, s| each(b, s, hard_light))),
    ("svg:soft-light", blend(|b, s| each(b, s, soft_light))),
    (
        "svg:difference",
        blend(|b, s| each(b, s, |b, s| (b - s).abs())),
    ),
    (
        "svg:hue",
        blend(|b, s| with_light(with_span(s, span(b)), light(b))),
    ),
    (
        "svg:saturation",
        blend(|b, s| with_light(with_span(b, span(s)), light(b))),
    ),
    ("svg:color", blend(|b, s| with_light(s, light(b)))),
    ("svg:luminosity", blend(|b, s| with_light(b, light(s)))),
    ("svg:plus", plain(|_, _| (1.0, 1.0))),
    ("svg:dst-in", plain(|source, _| (0.0, source))),
    ("svg:dst-out", plain(|source, _| (0.0, 1.0 - source))),
    (
        "svg:src-atop",
        plain(|source, backdrop| (backdrop, 1.0 - source)),
    ),
    (
        "svg:dst-atop",
        plain(|source, backdrop| (1.0 - backdrop, source)),
    ),
];

impl Operator {
    /// The usual one: source over backdrop.
    pub const OVER: Self = blend(|_, source| source);

    /// The operator of an OpenRaster name, as in `svg:multiply`.
    pub fn named(name: &str) -> Option<Self> {
        let found = OPERATORS.iter().find(|(known, _)| *known == name);
        found.map(|(_, operator)| *operator)
    }

    /// A pixel of straight alpha laid over another with an opacity in `[0, 1]`.
    fn lay(self, source: [u8; 4], backdrop: [u8; 4], opacity: f32) -> [u8; 4] {
        let unit = |value: u8| f32::from(value) / 255.0;
        let color = |[red, green, blue, _]: [u8; 4]| [red, green, blue].map(unit);
        let (alpha_s, alpha_b) = (unit(source[3]) * opacity, unit(backdrop[3]));
        let (of_s, of_b) = (self.shares)(alpha_s, alpha_b);
        let alpha = (alpha_s * of_s + alpha_b * of_b).min(1.0);
        if alpha <= 0.0 {
            return [0; 4];
        }
        let (source, backdrop) = (color(source), color(backdrop));
        let mixed = (self.mix)(backdrop, source);
        let byte = |value: f32| (value * 255.0).round().clamp(0.0, 255.0) as u8;
        let channel = |index: usize| {
            let source = (1.0 - alpha_b) * source[index] + alpha_b * mixed[index];
            let sum = alpha_s * of_s * source + alpha_b * of_b * backdrop[index];
            byte(sum.min(1.0) / alpha)
        };
        [channel(0), channel(1), channel(2), byte(alpha)]
    }
}

impl Picture {
    /// Lays a picture over this one, its left and top at `at`, pixels; what lies outside is cut off, and where it does not reach it is transparent.
    ///
    /// `opacity` is in `[0, 1]`.
    pub fn blend(&mut self, source: &Self, at: [i64; 2], operator: Operator, opacity: f32) {
        let size = self.size();
        let from = source.size();
        let inside = |at: i64, side: u32| (0..i64::from(side)).contains(&at);
        for y in 0..size.height {
            let source_y = i64::from(y) - at[1];
            let row = inside(source_y, from.height).then(|| source.row(source_y as u32));
            for (pixel, x) in self.row_mut(y).iter_mut().zip(0..) {
                let source_x = x - at[0];
                let top = match row {
                    Some(row) if inside(source_x, from.width) => row[source_x as usize],
                    _ => [0; 4],
                };
                *pixel = operator.lay(top, *pixel, opacity);
            }
        }
    }
}

/// A blend mode: source over backdrop, mixed where they overlap.
const fn blend(mix: fn(Color, Color) -> Color) -> Operator {
    Operator {
        shares: |source, _| (1.0, 1.0 - source),
        mix,
    }
}

/// A Porter-Duff operator: nothing is mixed.
const fn plain(shares: fn(f32, f32) -> (f32, f32)) -> Operator {
    Operator {
        shares,
        mix: |_, source| source,
    }
}

fn each(backdrop: Color, source: Color, mix: fn(f32, f32) -> f32) -> Color {
    std::array::from_fn(|channel| mix(backdrop[channel], source[channel]))
}

fn screen(b: f32, s: f32) -> f32 {
    b + s - b * s
}

fn hard_light(b: f32, s: f32) -> f32 {
    if s <= 0.5 {
        b * 2.0 * s
    } else {
        screen(b, 2.0 * s - 1.0)
    }
}

fn dodge(b: f32, s: f32) -> f32 {
    match b {
        0.0 => 0.0,
        _ if s >= 1.0 => 1.0,
        _ => (b / (1.0 - s)).min(1.0),
    }
}

fn burn(b: f32, s: f32) -> f32 {
    match s {
        _ if b >= 1.0 => 1.0,
        0.0 => 0.0,
        _ => 1.0 - ((1.0 - b) / s).min(1.0),
    }
}

fn soft_light(b: f32, s: f32) -> f32 {
    if s <= 0.5 {
        return b - (1.0 - 2.0 * s) * b * (1.0 - b);
    }
    let lifted = if b <= 0.25 {
        ((16.0 * b - 12.0) * b + 4.0) * b
    } else {
        b.sqrt()
    };
    b + (2.0 * s - 1.0) * (lifted - b)
}

/// `Lum` of section 10.2.
fn light([red, green, blue]: Color) -> f32 {
    0.3 * red + 0.59 * green + 0.11 * blue
}

/// `Sat` of section 10.2.
fn span(color: Color) -> f32 {
    greatest(color) - least(color)
}

fn greatest([red, green, blue]: Color) -> f32 {
    red.max(green).max(blue)
}

fn least([red, green, blue]: Color) -> f32 {
    red.min(green).min(blue)
}

/// `SetSat` of section 10.2.
fn with_span(color: Color, wanted: f32) -> Color {
    let (least, own) = (least(color), span(color));
    color.map(|value| match own {
        0.0 => 0.0,
        own => (value - least) * wanted / own,
    })
}

/// `SetLum` and `ClipColor` of section 10.2.
fn with_light(color: Color, wanted: f32) -> Color {
    let shift = wanted - light(color);
    let mut color = color.map(|value| value + shift);
    let (least, greatest) = (least(color), greatest(color));
    if least < 0.0 {
        color = color.map(|value| wanted + (value - wanted) * wanted / (wanted - least));
    }
    if greatest > 1.0 {
        color = color.map(|value| wanted + (value - wanted) * (1.0 - wanted) / (greatest - wanted));
    }
    color
}
