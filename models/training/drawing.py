"""Draws batches of scenes with PyTorch, on any device.

Shapes are signed distances in scene units (y points up, the palm of a hand is one unit long),
negative inside; edges are anti-aliased by coverage. All maps are float32 [b, h, w].
"""

import functools
import math

import torch

from scene import BOTH, KNUCKLE, OBJECTS, PATTERNS

INK = (38.0, 26.0, 34.0)
LINE = 0.062  # outline width
FAR = 1000.0  # added to the distance of what is not there
# What a pixel shows; the second hand's parts lie SECOND further on.
PARTS = ("background", "thing", "palm", "finger", "thumb", "sleeve", "cuff", "torso", "neck", "face", "hair")
SECOND = len(PARTS)


def unpacked(numbers):
    """float32 [b, NUMBERS] -> {name: [b, ..., 1, 1]}."""
    out, at = {}, 0
    for name, shape in BOTH.items():
        n = math.prod(shape)
        out[name] = numbers[:, at : at + n].reshape(-1, *shape, 1, 1)
        at += n
    return out


def circle(x, y, cx, cy, r):
    return torch.sqrt((x - cx) ** 2 + (y - cy) ** 2) - r


def capsule(x, y, ax, ay, bx, by, ra, rb):
    """A bar from a to b whose radius runs from `ra` to `rb` (a close bound when they differ)."""
    px, py, ex, ey = x - ax, y - ay, bx - ax, by - ay
    h = ((px * ex + py * ey) / (ex * ex + ey * ey + 1e-9)).clamp(0.0, 1.0)
    return torch.sqrt((px - ex * h) ** 2 + (py - ey * h) ** 2) - (ra + (rb - ra) * h)


def polygon(x, y, corners, rounding=0.0):
    """A simple polygon whose corners are rounded outwards by `rounding`."""
    dist, inside = None, None
    for i, (ax, ay) in enumerate(corners):
        bx, by = corners[i - 1]
        ex, ey = bx - ax, by - ay
        px, py = x - ax, y - ay
        h = ((px * ex + py * ey) / (ex * ex + ey * ey)).clamp(0.0, 1.0)
        d = (px - ex * h) ** 2 + (py - ey * h) ** 2
        cross = px * ey - py * ex
        crosses = ((y < ay) != (y < by)) & (cross > 0 if ey < 0 else cross < 0)
        dist = d if dist is None else torch.minimum(dist, d)
        inside = crosses if inside is None else inside ^ crosses
    return torch.where(inside, -1.0, 1.0) * torch.sqrt(dist) - rounding


def union(a, b, k):
    """The union of two shapes, blended over a width of about `k`, a number or a map."""
    h = (k - (a - b).abs()).clamp(min=0.0) / k
    return torch.minimum(a, b) - h * h * (k * 0.25)


class Canvas:
    """Pictures float32 [b, 3, size, size] in [0, 255] with the scene coordinates of their pixels, and what each pixel shows, uint8 [b, size, size], where that is wanted."""

    def __init__(self, p, size, labelled=False):
        t = torch.arange(size, device=p["span"].device, dtype=torch.float32) + 0.5 - size / 2
        self.unit = p["span"] / size  # scene units a pixel
        self.x = (t * self.unit + p["centre"][:, 0]).expand(-1, size, size)
        self.y = (p["centre"][:, 1] - t[:, None] * self.unit).expand(-1, size, size)
        dx, dy = (p["light"][:, 0] / self.unit).round().long(), (p["light"][:, 1] / self.unit).round().long()
        steps = torch.arange(size, device=t.device)
        self.rows = (steps.view(1, -1, 1) + dy).clamp(0, size - 1)
        self.columns = (steps.view(1, 1, -1) - dx).clamp(0, size - 1)
        self.batch = torch.arange(len(dx), device=t.device).view(-1, 1, 1)
        self.rgb = p["base"].expand(-1, 3, size, size)
        self.ink = torch.tensor(INK, device=t.device).view(1, 3, 1, 1)
        self.labels = torch.zeros_like(self.x, dtype=torch.uint8) if labelled else None

    def coverage(self, d):
        """Share of each pixel inside the shape, 0..1."""
        return (0.5 - d / self.unit).clamp(0.0, 1.0)

    def blend(self, alpha, colour):
        self.rgb = self.rgb + alpha[:, None] * (colour - self.rgb)

    def fill(self, d, colour):
        self.blend(self.coverage(d), colour)

    def label(self, d, part):
        """Says what the shape is, an index of PARTS or a map of them."""
        if self.labels is not None:
            self.labels = torch.where(d < 0, torch.as_tensor(part, dtype=torch.uint8), self.labels)

    def part(self, d, colour, shade, part):
        """A cartoon part: ink outline, flat `colour`, and a crescent of `shade` on the side turned away from the light."""
        self.label(d - LINE * 0.5, part)
        self.fill(d - LINE * 0.5, self.ink)
        inner = self.coverage(d + LINE * 0.5)
        self.blend(inner, colour)
        self.blend(inner * (1.0 - self.coverage(d[self.batch, self.rows, self.columns] + LINE * 0.5)), shade)


def to_hand(p, who, x, y):
    """Scene coordinates -> the hand's own: wrist at the origin, fingers up, thumb on the left."""
    at, turn = p[f"{who}.at"], p[f"{who}.turn"]
    x, y, c, s = x - at[:, 0], y - at[:, 1], turn[:, 0], turn[:, 1]
    return (c * x - s * y) * p[f"{who}.side"], s * x + c * y


def hand_shapes(p, who, x, y):
    """Palm with wrist, stretched fingers and thumb of a hand, in hand coordinates, each for itself."""
    melted, w = p[f"{who}.melt"][:, 0], p[f"{who}.melt"][:, 1]
    gap = p[f"{who}.gap"]
    x, y = x - gap[:, 0], y - gap[:, 1]
    amount = ((y - 0.5) * 1.2).clamp(0, 1) * melted
    x = x + amount * (0.10 * torch.sin(5.1 * y + w) + 0.07 * torch.sin(8.3 * x + w * 1.7))
    y = y + amount * (0.16 * torch.sin(4.3 * x + w * 0.6) + 0.06 * torch.sin(9.1 * x - w))
    palm = polygon(x, y, ((-0.20, 0.02), (0.20, 0.02), (0.33, 0.76), (-0.34, 0.82)), 0.13)
    palm = union(palm, capsule(x, y, 0.0, -0.14, 0.0, 0.2, 0.25, 0.30), 0.2)
    fingers = []
    for j in range(5):
        kx, ky, tx, ty, r = p[f"{who}.fingers"][:, j].unbind(1)
        fingers.append(capsule(x, y, kx, ky, tx, ty, r * 1.04, r * 0.96))
    ax, ay, bx, by, cx, cy, r = p[f"{who}.thumb"].unbind(1)
    return palm, fingers, torch.minimum(capsule(x, y, ax, ay, bx, by, r * 1.35, r), capsule(x, y, bx, by, cx, cy, r, r * 0.92))


def joined(p, who, palm, fingers, thumb):
    """The distance to the hand that these shapes make together."""
    melted, d = p[f"{who}.melt"][:, 0], palm
    for finger in fingers:
        d = union(d, finger, 0.07 + 0.19 * melted)
    return union(d, thumb, 0.10) * (1 - 0.35 * melted)  # the warp stretches distances


def hand_distance(p, who, x, y):
    """The hand without its folded fingers: wrist, palm, stretched fingers, in hand coordinates."""
    return joined(p, who, *hand_shapes(p, who, x, y))


def draw_hand(canvas, p, who):
    """Arm, hand and cuff."""
    x, y, away = canvas.x, canvas.y, (1 - p[f"{who}.there"]) * FAR
    hx, hy = to_hand(p, who, x, y)
    skin, shade = p[f"{who}.skin"], p[f"{who}.skin_shade"]
    first = SECOND if who == "2" else 0
    index = lambda name: first + PARTS.index(name)
    end, broad = p[f"{who}.forearm"].unbind(1)
    ex, ey, sx, sy, there = p[f"{who}.upper_arm"].unbind(1)
    arm = torch.minimum(capsule(hx, hy, 0.0, -0.35, 0.0, end, 0.34, broad), capsule(x, y, ex, ey, sx, sy, 0.40 + there, 0.45 + there))
    canvas.part(torch.maximum(arm, hy + 0.30) + away, p[f"{who}.sleeve"], p[f"{who}.sleeve_shade"], index("sleeve"))
    palm, fingers, thumb = hand_shapes(p, who, hx, hy)
    nearest = index("palm")
    if canvas.labels is not None:
        finger = functools.reduce(torch.minimum, fingers)
        nearest = torch.stack([palm, finger, thumb]).argmin(0) + nearest
    canvas.part(joined(p, who, palm, fingers, thumb) + away, skin, shade, nearest)
    cuff = polygon(hx, hy, ((-0.36, -0.40), (0.36, -0.40), (0.35, -0.24), (-0.35, -0.24)), 0.07)
    canvas.part(cuff + away, p[f"{who}.cuff"], p[f"{who}.cuff_shade"], index("cuff"))
    gap = p[f"{who}.gap"]
    hx, hy = hx - gap[:, 0], hy - gap[:, 1]
    for i in (3, 2, 1, 0):
        kx, ky = KNUCKLE[i]
        there = p[f"{who}.folded"][:, i]
        canvas.part(capsule(hx, hy, kx, ky + 0.03, kx * 0.92, ky - 0.30, 0.140 + there, 0.130 + there) + away, skin, shade, index("finger"))
    there = p[f"{who}.folded_thumb"]
    canvas.part(capsule(hx, hy, -0.36, 0.30, 0.06, 0.47, 0.150 + there, 0.130 + there) + away, skin, shade, index("thumb"))
    crease = circle(hx, hy, -0.42, 0.22, 0.36).abs() - 0.022 + 0.2 * (0.30 - hy).clamp(min=0)
    canvas.blend(0.8 * p[f"{who}.crease"] * canvas.coverage(crease + away) * (hx > -0.3), shade * 0.86)


def draw_background(canvas, p):
    c, s = p["slant"].unbind(1)
    phase, size = p["phase"], p["scale"]
    t = (canvas.x * c + canvas.y * s) / size
    n = (-canvas.x * s + canvas.y * c) / size
    stripe = lambda v, width: ((v + phase) % width - width / 2).abs()
    shapes = {
        "two-tone": t * size + (phase - 0.5),
        "striped": (stripe(t, 0.9) - 0.22) * size,
        "dotted": (torch.sqrt(((t + phase) % 0.6 - 0.3) ** 2 + ((n + phase) % 0.6 - 0.3) ** 2) - 0.13) * size,
        "checked": torch.maximum(torch.minimum(stripe(t, 1.0), stripe(n, 1.0)) - 0.25, 0.25 - torch.maximum(stripe(t, 1.0), stripe(n, 1.0))) * size,
        "wavy": (stripe(t + 0.12 * torch.sin(5.0 * n), 0.8) - 0.2) * 0.86 * size,
        "grid": (0.5 * 0.7 - 0.035 - torch.maximum(stripe(t, 0.7), stripe(n, 0.7))) * size,
        "ringed": (stripe(torch.sqrt(t * t + n * n), 0.7) - 0.17) * size,
    }
    alpha = (0.5 + t * size / 3.5).clamp(0, 1) * p["pattern"][:, PATTERNS.index("gradient")]
    colour = p["other"] * (1 - 0.08 * p["pattern"][:, PATTERNS.index("gradient")][:, None])
    for name, d in shapes.items():
        alpha = alpha + canvas.coverage(d) * p["pattern"][:, PATTERNS.index(name)]
    canvas.blend(alpha, colour)
    for j in range(OBJECTS):
        cx, cy, rx, ry, is_round, *_, outlined = p["objects"][:, j].unbind(1)
        x, y = (canvas.x - cx).abs(), (canvas.y - cy).abs()
        ball = torch.sqrt(x * x + y * y) - rx
        d = is_round * ball + (1 - is_round) * torch.maximum(x - rx, y - ry)
        canvas.label(d + LINE * (0.5 - outlined), PARTS.index("thing"))
        canvas.blend(canvas.coverage(d - LINE * 0.5) * outlined, canvas.ink)
        canvas.fill(d + LINE * 0.5, p["objects"][:, j, 5:8])


def draw_body(canvas, p, sleeve, sleeve_shade):
    """Torso and head behind the arm, upright whatever the angle of the hand."""
    nx, ny = p["neck"].unbind(1)
    x, y, away = canvas.x - nx, canvas.y - ny, (1 - p["figure"]) * FAR
    skin, shade, hair = p["1.skin"], p["1.skin_shade"], p["hair"]
    canvas.part(capsule(x, y, 0.0, -0.2, 0.0, 0.4, 0.26, 0.26) + away, shade, shade, PARTS.index("neck"))
    canvas.part(polygon(x, y, ((-0.62, -0.18), (0.62, -0.18), (0.80, -6.0), (-0.80, -6.0)), 0.30) + away, sleeve, sleeve_shade, PARTS.index("torso"))
    y = y - 1.05
    canvas.part(circle(x, y, 0.0, 0.12, 0.92) + away, hair, hair * 0.8, PARTS.index("hair"))
    canvas.part(circle(x, y, 0.0, 0.0, 0.84) + away, skin, shade, PARTS.index("face"))
    hairline = y - 0.42 - 0.12 * torch.sin(3 * x + p["hairline"])
    canvas.part(torch.maximum(circle(x, y, 0.0, 0.0, 0.86), -hairline) + away, hair, hair * 0.8, PARTS.index("hair"))
    for e in (-0.29, 0.29):
        canvas.fill(torch.sqrt(((x - e) * 1.35) ** 2 + (y - 0.02) ** 2) - 0.105 + away, canvas.ink)
    canvas.fill(torch.maximum(circle(x, y, 0.0, -0.12, 0.33).abs() - 0.035, y + 0.24) + away, canvas.ink)


def draw(numbers, size, figure=True, second=True):
    """Pictures float32 [b, 3, size, size] in [0, 255] of packed scenes; figures and second hands may be skipped where no scene has one."""
    return drawn(unpacked(numbers), size, figure, second).rgb.clamp(0, 255)


def draw_labelled(numbers, size, figure=True, second=True):
    """Pictures as `draw` gives them, and what each pixel shows, uint8 [b, size, size] of PARTS."""
    canvas = drawn(unpacked(numbers), size, figure, second, True)
    return canvas.rgb.clamp(0, 255), canvas.labels


def drawn(p, size, figure, second, labelled=False):
    canvas = Canvas(p, size, labelled)
    draw_background(canvas, p)
    shift = 0.28
    hx, hy = to_hand(p, "1", canvas.x - shift * p["light"][:, 0] / 0.086, canvas.y + shift * 0.5)
    shadow = torch.minimum(hand_distance(p, "1", hx, hy), capsule(hx, hy, 0.0, -0.35, 0.0, -6.0, 0.36, 0.75))
    canvas.blend((0.5 - shadow / 0.12).clamp(0, 1) * p["shadow"], canvas.ink)
    if second:
        draw_hand(canvas, p, "2")
    if figure:
        draw_body(canvas, p, p["1.sleeve"], p["1.sleeve_shade"])
    draw_hand(canvas, p, "1")
    return canvas
