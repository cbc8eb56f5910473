// What the artist sees: the picture with its sketch through the view transform, a candidate over it, the mask, and what lies around the picture.
// Colours are gamma-encoded sRGB, premultiplied by alpha wherever they are summed.
// CPU twin: src/canvas/display/twin.rs. Keep `Scene` in sync with `gpu_data` in src/canvas/display.rs.

struct Scene {
    // Picture pixels per screen pixel: how far one pixel to the right goes (xy), and one down (zw).
    to_picture: vec4f,
    // The point of the picture at `corner`.
    start: vec2f,
    // The corner of the physical pixel at the viewport's top left.
    corner: vec2f,
    // Pixels of the picture.
    size: vec2f,
    // Physical screen pixels per picture pixel.
    zoom: f32,
    pixels_per_point: f32,
    // What part of the picture the layer and the mask texture hold: left, top, right, bottom.
    layer: vec4i,
    mask: vec4i,
    // The same of the coverage of a stroke in the making over the sketch, and of the picture without its sketch where that stroke erases.
    wet: vec4i,
    bare: vec4i,
    // The stroke's colour; alpha 1 where it paints, 0 where it erases.
    ink: vec4f,
    // The overlay's colour, and its opacity.
    color: vec4f,
    look: u32,
    compare: u32,
    // Where the layer begins, physical pixels from the screen's left.
    wipe: f32,
    // 1 where the target encodes what it is given as sRGB.
    linear_target: u32,
}

const LOOK_HIDDEN = 0u;
const LOOK_TINT = 1u;
const LOOK_HATCH = 2u;
const LOOK_OUTLINE = 3u;
const LOOK_BLACK_AND_WHITE = 4u;

const COMPARE_LAYER = 0u;
const COMPARE_PICTURE = 1u;
const COMPARE_WIPE = 2u;
const COMPARE_DIFFERENCE = 3u;

// Above this zoom, pixels are squares.
const NEAREST_ABOVE = 4.0;
// Pixels along a side of a screen pixel that are all read; beyond, they are skipped evenly.
const MAX_TAPS = 8.0;
// What a difference is multiplied by.
const AMPLIFY = 4.0;
// Points: squares of the checkerboard, period of the hatch, reach of the shadow, radius of the outline.
const CHECKER = 8.0;
const HATCH = 8.0;
const SHADOW = 8.0;
const OUTLINE = 1.5;

const RING = array<vec2f, 16>(
    vec2f(1.0, 0.0), vec2f(0.92388, 0.38268), vec2f(0.70710678, 0.70710678), vec2f(0.38268, 0.92388),
    vec2f(0.0, 1.0), vec2f(-0.38268, 0.92388), vec2f(-0.70710678, 0.70710678), vec2f(-0.92388, 0.38268),
    vec2f(-1.0, 0.0), vec2f(-0.92388, -0.38268), vec2f(-0.70710678, -0.70710678), vec2f(-0.38268, -0.92388),
    vec2f(0.0, -1.0), vec2f(0.38268, -0.92388), vec2f(0.70710678, -0.70710678), vec2f(0.92388, -0.38268),
);

@group(0) @binding(0) var<uniform> scene: Scene;
@group(0) @binding(1) var picture: texture_2d<f32>;
@group(0) @binding(2) var layer: texture_2d<f32>;
@group(0) @binding(3) var mask: texture_2d<f32>;
@group(0) @binding(4) var wet: texture_2d<f32>;
@group(0) @binding(5) var bare: texture_2d<f32>;

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
    // One triangle around the viewport.
    return vec4f(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

fn inside(p: vec2i, rect: vec4i) -> bool {
    return all(p >= rect.xy) && all(p < rect.zw);
}

fn cut(p: vec2i) -> vec2i {
    return clamp(p, vec2i(0), vec2i(scene.size) - 1);
}

fn premultiplied(color: vec4f) -> vec4f {
    return vec4f(color.rgb * color.a, color.a);
}

// What is left of a pixel that the stroke covers in full: its colour, or the picture under the sketch.
fn inked(p: vec2i, dry: vec4f) -> vec4f {
    if scene.ink.a == 1.0 {
        return scene.ink;
    }
    if inside(p, scene.bare) {
        return premultiplied(textureLoad(bare, p - scene.bare.xy, 0));
    }
    return dry;
}

// Laid over sketch and picture one after the other, a stroke that covers a share of a pixel gives this very mix.
fn picture_texel(i: vec2i) -> vec4f {
    let p = cut(i);
    let dry = premultiplied(textureLoad(picture, p, 0));
    if !inside(p, scene.wet) {
        return dry;
    }
    let coverage = textureLoad(wet, p - scene.wet.xy, 0).r;
    return mix(dry, inked(p, dry), coverage);
}

fn layered_texel(i: vec2i) -> vec4f {
    let p = cut(i);
    if inside(p, scene.layer) {
        return premultiplied(textureLoad(layer, p - scene.layer.xy, 0));
    }
    return picture_texel(p);
}

fn mask_texel(i: vec2i) -> f32 {
    let p = cut(i);
    if !inside(p, scene.mask) {
        return 0.0;
    }
    return textureLoad(mask, p - scene.mask.xy, 0).r;
}

// The part of the picture that is averaged for one screen pixel: from `low` to `high`, one texel read in every `step` by `step`.
// One texel wide it is bilinear interpolation, and exact where texels and screen pixels meet.
struct Footprint {
    low: vec2f,
    high: vec2f,
    // Where the reading starts: a multiple of `step`, so that the same texels are read wherever the footprint begins.
    first: vec2i,
    step: i32,
}

fn footprint(p: vec2f) -> Footprint {
    let width = max(1.0 / scene.zoom, 1.0);
    let low = p - 0.5 * width;
    let step = i32(ceil(width / MAX_TAPS));
    let first = vec2i(floor(low / f32(step))) * step;
    return Footprint(low, low + width, first, step);
}

// The share of `low..high` that the texels from `i` to `i + step` cover, pixels.
fn share(i: i32, step: i32, low: f32, high: f32) -> f32 {
    return max(min(f32(i + step), high) - max(f32(i), low), 0.0);
}

fn touches(f: Footprint, rect: vec4i) -> bool {
    return all(f.high >= vec2f(rect.xy)) && all(f.low <= vec2f(rect.zw));
}

fn color_at(p: vec2f, with_layer: bool) -> vec4f {
    if scene.zoom > NEAREST_ABOVE {
        let i = vec2i(floor(p));
        if with_layer {
            return layered_texel(i);
        }
        return picture_texel(i);
    }
    let f = footprint(p);
    var sum = vec4f(0.0);
    // Two loops: most screen pixels need but one of the textures.
    if with_layer && touches(f, scene.layer) {
        for (var y = f.first.y; f32(y) < f.high.y; y += f.step) {
            var row = vec4f(0.0);
            for (var x = f.first.x; f32(x) < f.high.x; x += f.step) {
                let texel = layered_texel(vec2i(x, y) + f.step / 2);
                row += texel * share(x, f.step, f.low.x, f.high.x);
            }
            sum += row * share(y, f.step, f.low.y, f.high.y);
        }
    } else {
        for (var y = f.first.y; f32(y) < f.high.y; y += f.step) {
            var row = vec4f(0.0);
            for (var x = f.first.x; f32(x) < f.high.x; x += f.step) {
                let texel = picture_texel(vec2i(x, y) + f.step / 2);
                row += texel * share(x, f.step, f.low.x, f.high.x);
            }
            sum += row * share(y, f.step, f.low.y, f.high.y);
        }
    }
    let width = f.high - f.low;
    return sum / (width.x * width.y);
}

fn mask_at(p: vec2f) -> f32 {
    if scene.zoom > NEAREST_ABOVE {
        return mask_texel(vec2i(floor(p)));
    }
    let f = footprint(p);
    if !touches(f, scene.mask) {
        return 0.0;
    }
    var sum = 0.0;
    for (var y = f.first.y; f32(y) < f.high.y; y += f.step) {
        var row = 0.0;
        for (var x = f.first.x; f32(x) < f.high.x; x += f.step) {
            row += mask_texel(vec2i(x, y) + f.step / 2) * share(x, f.step, f.low.x, f.high.x);
        }
        sum += row * share(y, f.step, f.low.y, f.high.y);
    }
    let width = f.high - f.low;
    return sum / (width.x * width.y);
}

// Interpolated between four texels at any zoom: cheap enough for the many points of the outline, and a smooth line at any size.
fn mask_near(p: vec2f) -> f32 {
    let low = p - 0.5;
    let i = vec2i(floor(low));
    let t = low - floor(low);
    let top = mix(mask_texel(i), mask_texel(i + vec2i(1, 0)), t.x);
    let bottom = mix(mask_texel(i + vec2i(0, 1)), mask_texel(i + vec2i(1, 1)), t.x);
    return mix(top, bottom, t.y);
}

fn picture_from_screen(position: vec2f) -> vec2f {
    let d = position - scene.corner;
    return scene.start + d.x * scene.to_picture.xy + d.y * scene.to_picture.zw;
}

// The line along half coverage, of one width on the screen: the color within a dark rim.
// It is where a small ring is half inside; how far inside a point of the ring is counts by the ring's own range, so that a soft edge gives the same line as a hard one.
fn outline(position: vec2f) -> vec4f {
    let radius = OUTLINE * scene.pixels_per_point;
    var values: array<f32, 16>;
    var low = 1.0;
    var high = 0.0;
    for (var i = 0; i < 16; i++) {
        let m = mask_near(picture_from_screen(position + radius * RING[i]));
        values[i] = m;
        low = min(low, m);
        high = max(high, m);
    }
    let range = max(high - low, 1.0 / 255.0);
    var inner = 0.0;
    for (var i = 0; i < 16; i++) {
        inner += clamp((values[i] - 0.5) * 2.0 / range + 0.5, 0.0, 1.0) / 16.0;
    }
    let near = 4.0 * inner * (1.0 - inner);
    let alpha = smoothstep(0.0, 0.5, near) * scene.color.a;
    return vec4f(scene.color.rgb * smoothstep(0.55, 0.85, near) * alpha, alpha);
}

fn stripe(position: vec2f) -> f32 {
    let period = HATCH * scene.pixels_per_point;
    let phase = fract((position.x + position.y) / period);
    return clamp(0.2 * period + 0.5 - abs(phase - 0.5) * period, 0.0, 1.0);
}

fn checker(position: vec2f) -> f32 {
    let square = vec2i(floor(position / (CHECKER * scene.pixels_per_point)));
    return select(0.6, 0.8, ((square.x + square.y) & 1) == 0);
}

// Around the picture: a line that is seen on any ground, and a shadow.
fn surroundings(p: vec2f) -> vec4f {
    let d = length(max(max(p - scene.size, -p), vec2f(0.0))) * scene.zoom;
    let fade = max(1.0 - d / (SHADOW * scene.pixels_per_point), 0.0);
    let shadow = 0.4 * fade * fade;
    if d < 1.0 {
        return vec4f(vec3f(0.35), 0.7);
    }
    return vec4f(vec3f(0.0), shadow);
}

// One screen pixel, premultiplied.
fn shade(position: vec2f) -> vec4f {
    let p = picture_from_screen(position);
    if any(p < vec2f(0.0)) || any(p >= scene.size) {
        return surroundings(p);
    }
    let with_layer = scene.compare == COMPARE_LAYER
        || (scene.compare == COMPARE_WIPE && position.x >= scene.wipe);
    var color = color_at(p, with_layer);
    if scene.compare == COMPARE_DIFFERENCE {
        let change = abs(color_at(p, true) - color);
        color = vec4f(min(AMPLIFY * max(change.rgb, vec3f(change.a)), vec3f(1.0)), 1.0);
    }
    var seen = color.rgb + (1.0 - color.a) * checker(position);
    var over = vec4f(0.0);
    if scene.look == LOOK_OUTLINE {
        // Farther from the mask than the ring reaches there is no line.
        let reach = OUTLINE * scene.pixels_per_point / scene.zoom + 1.0;
        if all(p + reach >= vec2f(scene.mask.xy)) && all(p - reach <= vec2f(scene.mask.zw)) {
            over = outline(position);
        }
    } else if scene.look != LOOK_HIDDEN {
        let m = mask_at(p);
        if scene.look == LOOK_BLACK_AND_WHITE {
            over = vec4f(vec3f(m), 1.0);
        } else {
            var alpha = m * scene.color.a;
            if scene.look == LOOK_HATCH {
                alpha *= 0.2 + 0.8 * stripe(position);
            }
            over = vec4f(scene.color.rgb * alpha, alpha);
        }
    }
    seen = over.rgb + (1.0 - over.a) * seen;
    return vec4f(seen, 1.0);
}

fn linear_from_gamma(gamma: vec3f) -> vec3f {
    let low = gamma / 12.92;
    let high = pow((gamma + 0.055) / 1.055, vec3f(2.4));
    return select(high, low, gamma <= vec3f(0.04045));
}

@fragment
fn fragment(@builtin(position) position: vec4f) -> @location(0) vec4f {
    let color = shade(position.xy);
    if scene.linear_target == 1u {
        return vec4f(linear_from_gamma(color.rgb), color.a);
    }
    return color;
}
