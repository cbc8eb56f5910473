"""What is in a picture, drawn at random, and how it is drawn.

A scene is a dictionary of plain values, so a picture can be drawn again at any size, and the same
scene can be drawn with a right hand or with a wrong one.
"""

import math

import numpy as np

from shapes import Canvas, capsule, circle, polygon, union

FINGERS = ("thumb", "index", "middle", "ring", "little")
# gesture -> fingers stretched out (thumb, index, middle, ring, little)
GESTURES = {
    "open": (1, 1, 1, 1, 1),
    "four": (0, 1, 1, 1, 1),
    "three": (0, 1, 1, 1, 0),
    "peace": (0, 1, 1, 0, 0),
    "point": (0, 1, 0, 0, 0),
    "fist": (0, 0, 0, 0, 0),
    "thumb": (1, 0, 0, 0, 0),
    "rock": (0, 1, 0, 0, 1),
    "call": (1, 0, 0, 0, 1),
}
SKINS = {
    "pale": (255, 229, 212),
    "light": (248, 200, 158),
    "tan": (221, 160, 105),
    "brown": (160, 103, 64),
    "dark": (98, 62, 45),
}
SLEEVES = {
    "red": (214, 58, 58),
    "orange": (240, 138, 46),
    "yellow": (246, 206, 70),
    "green": (76, 162, 88),
    "blue": (62, 112, 206),
    "purple": (136, 84, 178),
    "white": (240, 240, 244),
    "black": (62, 62, 72),
}
BACKGROUNDS = {
    "sky blue": (168, 212, 240),
    "mint": (186, 230, 206),
    "cream": (250, 240, 214),
    "pink": (248, 204, 214),
    "lavender": (212, 202, 240),
    "grey": (196, 200, 206),
    "teal": (70, 148, 154),
    "navy": (52, 66, 112),
}
PATTERNS = ("plain", "two-tone", "striped", "dotted", "gradient")
HAIRS = ((58, 40, 34), (120, 72, 40), (226, 180, 90), (176, 72, 48), (90, 90, 100))
INK = (38, 26, 34)
LINE = 0.062  # outline width
WRONGS = ("six", "missing", "melted", "fused")

# Knuckles, lengths and radii of index, middle, ring and little finger; the palm is x -0.46..0.46, y 0..0.95.
KNUCKLE = ((-0.36, 0.86), (-0.12, 0.93), (0.12, 0.91), (0.35, 0.80))
LENGTH = (0.80, 0.92, 0.84, 0.64)
RADIUS = (0.138, 0.142, 0.138, 0.126)
SPREAD = {  # degrees clockwise of upright
    "open": (-18, -3, 12, 28),
    "four": (-19, -5, 10, 26),
    "three": (-16, 1, 18, 24),
    "peace": (-15, 11, 0, 0),
    "point": (-3, 0, 0, 0),
    "rock": (-9, 0, 0, 17),
    "call": (0, 0, 0, 36),
}


def pick(rng, options):
    return options[int(rng.integers(len(options)))]


def random_scene(rng, gesture=None):
    """A scene whose hand is roughly in the middle of the unit window (see `window`)."""
    wide = lambda: float(rng.uniform(-1, 1))
    return {
        "gesture": gesture or pick(rng, list(GESTURES)),
        "skin": pick(rng, list(SKINS)),
        "sleeve": pick(rng, list(SLEEVES)),
        "background": pick(rng, list(BACKGROUNDS)),
        "pattern": pick(rng, PATTERNS),
        "phase": float(rng.uniform(0, 1)),
        "slant": float(rng.uniform(0, math.pi)),
        "mirror": bool(rng.random() < 0.5),
        "angle": math.radians(20 * wide()),
        "span": float(rng.uniform(2.85, 3.35)),  # scene units that the hand's window is wide
        "shift": (0.17 * wide(), 0.17 * wide()),
        "spread": 1 + 0.15 * wide(),
        "lengths": [1 + 0.06 * wide() for _ in range(4)],
        "thick": 1 + 0.06 * wide(),
        "cuff": bool(rng.random() < 0.5),  # white cuff, or one in the colour of the sleeve
        "figure": bool(rng.random() < 0.4),
        "hair": pick(rng, HAIRS),
        "wrong": None,
        "gap": (0.0, 0.0),  # how far the hand is off its wrist, for hands that are not joined
        "which": int(rng.integers(1 << 20)),  # decides which finger goes wrong, and how
    }


def caption(rng, scene):
    """One of many ways to ask for the scene's hand; parts other than the gesture may be left out."""
    gesture = pick(rng, {
        "open": ["open hand", "an open palm", "waving hand", "a hand waving", "five fingers", "open hand, five fingers", "high five"],
        "four": ["four fingers", "hand showing four fingers", "holding up four fingers", "hand with four fingers up"],
        "three": ["three fingers", "hand showing three fingers", "holding up three fingers", "hand with three fingers up"],
        "peace": ["peace sign", "victory sign", "hand making a peace sign", "two fingers, peace sign", "v sign", "hand showing two fingers"],
        "point": ["pointing finger", "hand pointing up", "index finger pointing up", "one finger, pointing", "pointing hand"],
        "fist": ["closed fist", "a fist", "clenched fist", "raised fist", "fist, no fingers"],
        "thumb": ["thumbs up", "thumb up", "hand giving a thumbs up", "like sign, thumbs up"],
        "rock": ["rock sign", "sign of the horns", "hand making horns", "rock on, index and little finger"],
        "call": ["call me sign", "call me hand", "shaka sign", "thumb and little finger, call me"],
    }[scene["gesture"]])
    skin = {"pale": ["pale skin", "very light skin"], "light": ["light skin", "fair skin"], "tan": ["tan skin", "tanned skin"],
            "brown": ["brown skin", "medium brown skin"], "dark": ["dark skin", "dark brown skin"]}[scene["skin"]]
    rest = []
    if rng.random() < 0.85:
        rest.append(pick(rng, skin))
    if rng.random() < 0.7:
        rest.append(pick(rng, ["{} sleeve", "{} sleeve", "in a {} shirt", "{} sweater"]).format(scene["sleeve"]))
    if rng.random() < 0.5:
        name = scene["background"] if scene["pattern"] == "plain" or rng.random() < 0.4 else scene["pattern"] + " " + scene["background"]
        rest.append(name + " background")
    if scene["figure"] and rng.random() < 0.4:
        rest.append(pick(rng, ["a cartoon person", "a figure"]))
    rng.shuffle(rest)
    if rng.random() < 0.2:
        return ", ".join(rest[:1] + [gesture] + rest[1:])
    lead = pick(rng, ["", "", "", "cartoon ", "a cartoon of ", "drawing of "])
    return lead + ", ".join([gesture] + rest)


def to_hand(scene, x, y):
    """Scene coordinates -> the hand's own: wrist at the origin, fingers up, thumb on the left."""
    c, s = math.cos(scene["angle"]), math.sin(scene["angle"])
    hx, hy = c * x - s * y, s * x + c * y
    return (-hx if scene["mirror"] else hx), hy


def from_hand(scene, p):
    """The inverse of `to_hand`, of one point."""
    px = -p[0] if scene["mirror"] else p[0]
    c, s = math.cos(scene["angle"]), math.sin(scene["angle"])
    return c * px + s * p[1], -s * px + c * p[1]


def window(scene):
    """Centre and width, in scene units, of the square in which the hand is roughly centred."""
    cx, cy = from_hand(scene, (-0.03, 0.62))
    return (cx + scene["shift"][0], cy + scene["shift"][1]), scene["span"]


def stretched(scene):
    """The stretched fingers but the thumb, as (knuckle, tip, radius), wrong ones included."""
    up = GESTURES[scene["gesture"]]
    out = []
    for i in range(4):
        if up[i + 1]:
            a = math.radians(SPREAD[scene["gesture"]][i] * scene["spread"])
            n = LENGTH[i] * scene["lengths"][i]
            kx, ky = KNUCKLE[i]
            out.append(((kx, ky), (kx + n * math.sin(a), ky + n * math.cos(a)), RADIUS[i] * scene["thick"]))
    which = scene["which"]
    if scene["wrong"] == "six" and out:
        # One finger more between two others, or beside the last: all are set out again, thinner.
        n = len(out) + 1
        xs = np.linspace(-0.40, 0.40, n) if n > 3 else np.linspace(-0.36, 0.36, n)
        angles = np.linspace(-24, 27, n)
        out = []
        for j in range(n):
            a, k = math.radians(float(angles[j])), (float(xs[j]), 0.90 - 0.35 * float(xs[j]) ** 2)
            length = 0.90 - 0.12 * abs(j - (n - 1) / 2) / max(1, n / 2)
            out.append((k, (k[0] + length * math.sin(a), k[1] + length * math.cos(a)), 0.108 if n > 3 else 0.125))
    if scene["wrong"] == "missing" and out:
        j = which % len(out)
        k, t, r = out[j]
        share = (0.0, 0.14, 0.26)[which // 7 % 3]
        out[j] = (k, (k[0] + (t[0] - k[0]) * share, k[1] + (t[1] - k[1]) * share), r)
    if scene["wrong"] == "fused" and len(out) > 1:
        j = which % (len(out) - 1)
        (k0, t0, r0), (k1, t1, r1) = out[j], out[j + 1]
        tip = ((t0[0] + t1[0]) / 2, (t0[1] + t1[1]) / 2)
        near = lambda t: (tip[0] + (t[0] - tip[0]) * 0.22, tip[1] + (t[1] - tip[1]) * 0.22)
        out[j], out[j + 1] = (k0, near(t0), r0 * 1.15), (k1, near(t1), r1 * 1.15)
    return out


def thumb(scene):
    """The stretched thumb as a chain of three points, or None when it is folded."""
    if not GESTURES[scene["gesture"]][0]:
        return None
    if scene["gesture"] == "thumb":
        return (-0.30, 0.36), (-0.66, 0.76), (-0.74, 1.36)
    if scene["gesture"] == "call":
        return (-0.26, 0.34), (-0.66, 0.62), (-1.02, 0.86)
    return (-0.26, 0.32), (-0.64, 0.60), (-0.86, 0.98)


def count(scene):
    """How many fingers the drawn hand shows stretched out."""
    n = sum(GESTURES[scene["gesture"]])
    fingers = n - GESTURES[scene["gesture"]][0]
    if scene["wrong"] == "six":
        return n + (1 if fingers else 0)
    if scene["wrong"] == "missing" or scene["wrong"] == "fused":
        return n - 1
    return n


def can_go_wrong(scene, wrong):
    """Whether this way of going wrong shows on the scene's gesture."""
    fingers = sum(GESTURES[scene["gesture"]][1:])
    return fingers >= {"six": 2, "missing": 2, "fused": 2, "melted": 1}[wrong]


def hand_distance(scene, x, y):
    """The hand without its folded fingers: wrist, palm, stretched fingers, in hand coordinates."""
    blend = 0.07
    if scene["wrong"] == "melted":
        w = scene["which"]
        amount = np.clip((y - 0.5) * 1.2, 0, 1)
        x = x + amount * (0.10 * np.sin(5.1 * y + w) + 0.07 * np.sin(8.3 * x + w * 1.7))
        y = y + amount * (0.16 * np.sin(4.3 * x + w * 0.6) + 0.06 * np.sin(9.1 * x - w))
        blend = 0.26
    palm = polygon(x, y, ((-0.20, 0.02), (0.20, 0.02), (0.33, 0.76), (-0.34, 0.82)), 0.13)
    d = union(palm, capsule(x, y, (0, -0.14), (0, 0.2), 0.25, 0.30), 0.2)
    for k, t, r in stretched(scene):
        d = union(d, capsule(x, y, k, t, r * 1.04, r * 0.96), blend)
    chain = thumb(scene)
    if chain:
        a, b, c = chain
        r = 0.160 * scene["thick"]
        bar = np.minimum(capsule(x, y, a, b, r * 1.35, r), capsule(x, y, b, c, r, r * 0.92))
        d = union(d, bar, 0.10)
    return d * 0.65 if scene["wrong"] == "melted" else d  # the warp stretches distances


def mask_distance(scene, x, y):
    """The smooth region that holds any gesture of this hand, in scene coordinates; the cuff is outside."""
    hx, hy = to_hand(scene, x, y)
    return polygon(hx, hy, ((-0.55, 0.15), (0.32, 0.10), (0.62, 1.2), (0.40, 1.7), (-0.40, 1.7), (-0.80, 1.2)), 0.22)


def draw(scene, size, centre=None, span=None):
    """The scene as uint8 RGB [size, size, 3]; the hand's window unless `centre` and `span` say otherwise."""
    if centre is None:
        centre, span = window(scene)
    canvas = Canvas(size, centre, span)
    draw_background(canvas, scene)
    x, y = canvas.x, canvas.y
    light = (-0.07, 0.05)
    skin, sleeve = np.array(SKINS[scene["skin"]], np.float32), np.array(SLEEVES[scene["sleeve"]], np.float32)
    skin_shade, sleeve_shade = skin * (0.84, 0.76, 0.76), sleeve * (0.78, 0.76, 0.82)
    part = lambda on, d, colour, shade: on.part(d, colour, shade, INK, LINE, light)

    if scene["figure"]:
        draw_body(canvas, scene, part, skin, skin_shade, sleeve, sleeve_shade)
        elbow, shoulder = arm_joints(scene)
        lower = capsule(*to_hand(scene, x, y), (0, -0.35), (0, -1.75), 0.34, 0.40)
        arm = np.minimum(lower, capsule(x, y, elbow, shoulder, 0.40, 0.45))
    else:
        arm = capsule(*to_hand(scene, x, y), (0, -0.35), (0, -6.0), 0.34, 0.75)
    part(canvas, np.maximum(arm, to_hand(scene, x, y)[1] + 0.30), sleeve, sleeve_shade)

    near = canvas.near(from_hand(scene, (-0.05, 0.70)), 1.45)
    hx, hy = to_hand(scene, near.x, near.y)
    part(near, hand_distance(scene, hx - np.float32(scene["gap"][0]), hy - np.float32(scene["gap"][1])), skin, skin_shade)
    near = canvas.near(from_hand(scene, (0.0, -0.32)), 0.6)
    cuff = polygon(*to_hand(scene, near.x, near.y), ((-0.36, -0.40), (0.36, -0.40), (0.35, -0.24), (-0.35, -0.24)), 0.07)
    cuff_colour = np.array((250, 250, 250) if scene["cuff"] else np.minimum(sleeve * 0.75 + 55, 255), np.float32)
    part(near, cuff, cuff_colour, cuff_colour * 0.82)

    near = canvas.near(from_hand(scene, (0.0, 0.68)), 0.85)
    hx, hy = to_hand(scene, near.x, near.y)
    hx, hy = hx - np.float32(scene["gap"][0]), hy - np.float32(scene["gap"][1])
    up = GESTURES[scene["gesture"]]
    for i in (3, 2, 1, 0):
        if not up[i + 1]:
            kx, ky = KNUCKLE[i]
            part(near, capsule(hx, hy, (kx, ky + 0.03), (kx * 0.92, ky - 0.30), 0.140, 0.130), skin, skin_shade)
    if not up[0]:
        part(near, capsule(hx, hy, (-0.36, 0.30), (0.06, 0.47), 0.150, 0.130), skin, skin_shade)
    elif sum(up[1:]) == 4:
        crease = np.abs(circle(hx, hy, -0.42, 0.22, 0.36)) - 0.022 + 0.2 * np.maximum(0.30 - hy, 0)
        near.blend(0.8 * near.coverage(crease) * (hx > -0.3), skin_shade * 0.86)
    return np.clip(canvas.rgb + 0.5, 0, 255).astype(np.uint8).transpose(1, 2, 0)


def draw_background(canvas, scene):
    base = np.array(BACKGROUNDS[scene["background"]], np.float32)
    other = base * 0.90 + (0 if base.mean() > 128 else 26)
    canvas.rgb[:] = base[:, None, None]
    s = scene["slant"]
    t = canvas.x * math.cos(s) + canvas.y * math.sin(s)
    if scene["pattern"] == "two-tone":
        canvas.fill(t + (scene["phase"] - 0.5), other)
    elif scene["pattern"] == "striped":
        canvas.fill(np.abs((t + scene["phase"]) % 0.9 - 0.45) - 0.22, other)
    elif scene["pattern"] == "dotted":
        n = -canvas.x * math.sin(s) + canvas.y * math.cos(s)
        canvas.fill(np.hypot((t + scene["phase"]) % 0.6 - 0.3, (n + scene["phase"]) % 0.6 - 0.3) - 0.13, other)
    elif scene["pattern"] == "gradient":
        canvas.blend(np.clip(0.5 + t / 3.5, 0, 1), other * 0.92)


def arm_joints(scene):
    """Elbow and shoulder of a figure's raised arm; the body is on the thumb's side."""
    elbow = from_hand(scene, (0.0, -1.75))
    side = 1 if scene["mirror"] else -1
    return elbow, (elbow[0] + side * 0.95, elbow[1] + 0.15)


def draw_body(canvas, scene, part, skin, skin_shade, sleeve, sleeve_shade):
    """Torso and head behind the arm, upright whatever the angle of the hand."""
    shoulder = arm_joints(scene)[1]
    nx, ny = shoulder[0] + (0.8 if scene["mirror"] else -0.8), shoulder[1] + 0.10  # neck
    hair = np.array(scene["hair"], np.float32)
    x, y = canvas.x, canvas.y
    torso = polygon(x, y, ((nx - 0.62, ny - 0.18), (nx + 0.62, ny - 0.18), (nx + 0.80, ny - 6.0), (nx - 0.80, ny - 6.0)), 0.30)
    hx, hy = nx, ny + 1.05
    near = canvas.near((hx, hy), 1.5)
    x, y = near.x, near.y
    if x.size:
        part(near, capsule(x, y, (nx, ny - 0.2), (nx, ny + 0.4), 0.26, 0.26), skin_shade, skin_shade)
    part(canvas, torso, sleeve, sleeve_shade)
    if x.size:
        part(near, circle(x, y, hx, hy + 0.12, 0.92), hair, hair * 0.8)
        part(near, circle(x, y, hx, hy, 0.84), skin, skin_shade)
        hairline = y - hy - 0.42 - 0.12 * np.sin(3 * (x - hx) + 6 * scene["phase"])
        part(near, np.maximum(circle(x, y, hx, hy, 0.86), -hairline), hair, hair * 0.8)
        for e in (-0.29, 0.29):
            near.fill(np.hypot((x - hx - e) * 1.35, y - hy - 0.02) - 0.105, INK)
        near.fill(np.maximum(np.abs(circle(x, y, hx, hy - 0.12, 0.33)) - 0.035, y - hy + 0.24), INK)
