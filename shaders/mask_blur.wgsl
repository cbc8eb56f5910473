// One axis of the Gaussian that softens the mask; the first axis reads the mask together with the wet stroke.
// CPU twin: `raster::blur`, equal to the last bit: values are whole numbers up to 255, weights whole numbers that add up to 65536, and f32 holds all their sums.
// Keep `Axis` in sync with `gpu_data` in src/canvas/mask_blur.rs.

struct Axis {
    // Pixels of the picture that source and wet stroke lie in.
    picture: vec2i,
    // The picture pixel in the corner of the texture that is drawn to.
    origin: vec2i,
    // What part of the picture the source holds: left, top, right, bottom. Around it the mask is 0.
    source: vec4i,
    // The same of the wet stroke.
    wet: vec4i,
    // (1, 0) or (0, 1).
    direction: vec2i,
    // The kernel has 2 * reach + 1 weights.
    reach: i32,
    // 0: no wet stroke, 1: it paints, 2: it erases.
    mode: i32,
}

@group(0) @binding(0) var<uniform> axis: Axis;
// The kernel's centre and right half, R32Float, one row.
@group(0) @binding(1) var kernel: texture_2d<f32>;
@group(0) @binding(2) var source: texture_2d<f32>;
@group(0) @binding(3) var wet: texture_2d<f32>;

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
    // One triangle around the viewport.
    return vec4f(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

fn inside(p: vec2i, rect: vec4i) -> bool {
    return all(p >= rect.xy) && all(p < rect.zw);
}

// The index in 0..length that reflect-101 puts at `i`.
fn mirror(i: i32, length: i32) -> i32 {
    let period = max(2 * (length - 1), 1);
    let folded = ((i % period) + period) % period;
    return min(folded, period - folded);
}

// The value at a pixel of the picture or beyond its edge, in 0..=255.
fn value(i: vec2i) -> f32 {
    let p = vec2i(mirror(i.x, axis.picture.x), mirror(i.y, axis.picture.y));
    var dry = 0.0;
    if inside(p, axis.source) {
        dry = round(textureLoad(source, p - axis.source.xy, 0).r * 255.0);
    }
    if axis.mode == 0 || !inside(p, axis.wet) {
        return dry;
    }
    let coverage = round(textureLoad(wet, p - axis.wet.xy, 0).r * 255.0);
    if axis.mode == 1 {
        return max(dry, coverage);
    }
    return min(dry, 255.0 - coverage);
}

@fragment
fn fragment(@builtin(position) position: vec4f) -> @location(0) vec4f {
    let p = vec2i(position.xy) + axis.origin;
    var sum = textureLoad(kernel, vec2i(0, 0), 0).r * value(p);
    for (var i = 1; i <= axis.reach; i++) {
        let step = i * axis.direction;
        sum += textureLoad(kernel, vec2i(i, 0), 0).r * (value(p - step) + value(p + step));
    }
    return vec4f(floor((sum + 32768.0) / 65536.0) / 255.0, 0.0, 0.0, 1.0);
}
