// Coverage of the wet stroke's new segments, blended by maximum into an R8 texture.
// CPU twin: `document::stroke::coverage`. Keep `Segment` and `Target` in sync with `gpu_data` in src/canvas/stroke.rs.

struct Target {
    // The picture pixel in the texture's corner.
    origin: vec2f,
    // Pixels of the texture.
    size: vec2f,
}

// A capsule, picture pixels; pairs are values at a and b.
struct Segment {
    @location(0) a: vec2f,
    @location(1) b: vec2f,
    @location(2) radius: vec2f,
    @location(3) opacity: vec2f,
    @location(4) hardness: f32,
}

struct Corner {
    @builtin(position) position: vec4f,
    @location(0) @interpolate(flat) a: vec2f,
    @location(1) @interpolate(flat) b: vec2f,
    @location(2) @interpolate(flat) radius: vec2f,
    @location(3) @interpolate(flat) opacity: vec2f,
    @location(4) @interpolate(flat) hardness: f32,
}

@group(0) @binding(0) var<uniform> region: Target;

// A strip of four corners around the capsule and the half pixel by which its edge is smoothed.
@vertex
fn vertex(@builtin(vertex_index) index: u32, segment: Segment) -> Corner {
    let margin = max(segment.radius.x, segment.radius.y) + 1.0;
    let low = min(segment.a, segment.b) - margin;
    let high = max(segment.a, segment.b) + margin;
    let at = mix(low, high, vec2f(f32(index & 1u), f32(index >> 1u)));
    let unit = (at - region.origin) / region.size;
    var corner: Corner;
    corner.position = vec4f(2.0 * unit.x - 1.0, 1.0 - 2.0 * unit.y, 0.0, 1.0);
    corner.a = segment.a;
    corner.b = segment.b;
    corner.radius = segment.radius;
    corner.opacity = segment.opacity;
    corner.hardness = segment.hardness;
    return corner;
}

@fragment
fn fragment(segment: Corner) -> @location(0) vec4f {
    // Where the pixel's centre lies in the picture.
    let p = segment.position.xy + region.origin;
    let along = segment.b - segment.a;
    let squared = dot(along, along);
    var t = 0.0;
    if squared > 0.0 {
        t = clamp(dot(p - segment.a, along) / squared, 0.0, 1.0);
    }
    let d = distance(p, segment.a + t * along);
    let r = mix(segment.radius.x, segment.radius.y, t);
    let o = mix(segment.opacity.x, segment.opacity.y, t);
    let soft = max(r * (1.0 - segment.hardness), 1.0);
    let x = clamp((r + 0.5 - d) / soft, 0.0, 1.0);
    return vec4f(o * x * x * (3.0 - 2.0 * x), 0.0, 0.0, 1.0);
}
