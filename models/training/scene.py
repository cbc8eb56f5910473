"""What is in a picture, drawn at random, and what its parts measure.

A scene is a dictionary of plain values, so it can be drawn again at any size, and with a right hand
or a wrong one. `pack` turns it into the numbers that `drawing.py` draws from.
"""

import math

import numpy as np

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
PATTERNS = ("plain", "two-tone", "striped", "dotted", "gradient", "checked", "wavy", "grid", "ringed")
HAIRS = {"black": (58, 40, 34), "brown": (120, 72, 40), "blond": (226, 180, 90), "red": (176, 72, 48), "grey": (90, 90, 100)}
WRONGS = ("six", "missing", "melted", "fused")
OBJECTS = 3  # most things on the wall behind

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
ABSENT = -1000.0  # the radius of what is not there


def pick(rng, options):
    return options[int(rng.integers(len(options)))]


def random_hand(rng, gesture=None):
    """The part of a scene that is a hand with its sleeve."""
    wide = lambda: float(rng.uniform(-1, 1))
    tint = lambda most: [most * wide() for _ in range(3)]
    return {
        "gesture": gesture or pick(rng, list(GESTURES)),
        "skin": pick(rng, list(SKINS)),
        "sleeve": pick(rng, list(SLEEVES)),
        "skin_tint": tint(5),
        "sleeve_tint": tint(10),
        "mirror": bool(rng.random() < 0.5),
        "angle": math.radians(22 * wide()),
        "at": (0.0, 0.0),  # scene coordinates of the wrist
        "spread": 1 + 0.15 * wide(),
        "lengths": [1 + 0.06 * wide() for _ in range(4)],
        "thick": 1 + 0.06 * wide(),
        "cuff": bool(rng.random() < 0.5),  # white cuff, or one in the colour of the sleeve
        "wrong": None,
        "gap": (0.0, 0.0),  # how far the hand is off its wrist, for hands that are not joined
        "which": int(rng.integers(1 << 20)),  # decides which finger goes wrong, and how
    }


def random_scene(rng, gesture=None, second=None):
    """A scene whose window shows the whole hand, from a fifth to most of its width; with or without a second hand, by chance where `second` is None."""
    wide = lambda: float(rng.uniform(-1, 1))
    kind = rng.random()
    if kind < 0.45:
        span = rng.uniform(2.6, 3.4)
    elif kind < 0.80:
        span = math.exp(rng.uniform(math.log(3.4), math.log(8.0)))
    else:
        span = rng.uniform(2.25, 2.6)
    room = max(0.10, span / 2 - 1.2)
    scene = random_hand(rng, gesture) | {
        "background": pick(rng, list(BACKGROUNDS)),
        "background_tint": [12 * wide() for _ in range(3)],
        "pattern": pick(rng, PATTERNS),
        "second_colour": pick(rng, list(BACKGROUNDS)) if rng.random() < 0.25 else None,
        "contrast": float(rng.uniform(0.80, 0.93)),
        "scale": math.exp(0.35 * wide()),  # size of the pattern
        "phase": float(rng.uniform(0, 1)),
        "slant": float(rng.uniform(0, math.pi)),
        "span": float(span),  # scene units that the window is wide
        "shift": (room * wide(), room * wide()),
        "figure": bool(rng.random() < 0.4),
        "hair": pick(rng, list(HAIRS)),
        "light": float(rng.uniform(0, 2 * math.pi)) if rng.random() < 0.5 else math.radians(145),  # where the shade lies
        "shade": float(rng.uniform(0.05, 0.11)),  # width of the shade
        "shadow": float(rng.uniform(0.08, 0.25)) if rng.random() < 0.25 else 0.0,  # darkness of the shadow on the wall
        "objects": [],
        "second": None,  # another hand beside or behind
    }
    if rng.random() < 0.35:
        for _ in range(1 + int(rng.integers(OBJECTS))):
            r = rng.uniform(0.25, 1.0)
            scene["objects"].append({
                "at": (wide() * span * 0.55, wide() * span * 0.55), "size": (r, r if rng.random() < 0.5 else rng.uniform(0.25, 1.2)),
                "round": bool(rng.random() < 0.5), "outlined": bool(rng.random() < 0.5),
                "colour": [float(c) for c in np.clip(np.array(pick(rng, list({**BACKGROUNDS, **SLEEVES}.values()))) + rng.uniform(-10, 10, 3), 0, 255)],
            })
    if rng.random() < 0.2 if second is None else second:
        a = rng.uniform(0, 2 * math.pi)
        far = rng.uniform(1.3, 2.3)
        scene["second"] = random_hand(rng) | {"at": (far * math.cos(a), 0.8 * far * math.sin(a)), "angle": math.radians(50 * wide())}
        if rng.random() < 0.7:  # the same person's
            scene["second"] |= {key: scene[key] for key in ("skin", "sleeve", "skin_tint", "sleeve_tint", "cuff")} | {"mirror": not scene["mirror"]}
    return scene


def plain(scene):
    """The scene in the look of one light, without shadow, things on the wall or a second hand."""
    zero = [0.0] * 3
    return scene | {"light": math.radians(145), "shade": 0.086, "shadow": 0.0, "objects": [], "second": None, "scale": 1.0, "contrast": 0.90,
                    "second_colour": None, "skin_tint": zero, "sleeve_tint": zero, "background_tint": zero}


def changed(rng, scene):
    """The scene as it may have been before a repair: the hand wrong, of another gesture, off its wrist or otherwise spread."""
    kind = rng.random()
    ways = [way for way in WRONGS if can_go_wrong(scene, way)]
    if kind < 0.5 and ways:
        return scene | {"wrong": pick(rng, ways)}
    if kind < 0.85:
        other = random_hand(rng)
        return scene | {key: other[key] for key in ("gesture", "spread", "lengths", "thick")}
    if kind < 0.93:
        a, r = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 0.5)
        return scene | {"gap": (r * math.cos(a), 0.1 + abs(r * math.sin(a)))}
    other = random_hand(rng)
    return scene | {key: other[key] for key in ("spread", "lengths", "thick", "skin", "skin_tint")}


GESTURE_WORDS = {
    "open": ["open hand", "an open palm", "waving hand", "a hand waving", "five fingers", "open hand, five fingers", "high five"],
    "four": ["four fingers", "hand showing four fingers", "holding up four fingers", "hand with four fingers up"],
    "three": ["three fingers", "hand showing three fingers", "holding up three fingers", "hand with three fingers up"],
    "peace": ["peace sign", "victory sign", "hand making a peace sign", "peace sign, two fingers", "two fingers, peace sign", "v sign",
              "hand showing two fingers"],
    "point": ["pointing finger", "hand pointing up", "index finger pointing up", "one finger, pointing", "pointing hand"],
    "fist": ["closed fist", "a fist", "clenched fist", "raised fist", "fist, no fingers"],
    "thumb": ["thumbs up", "thumb up", "hand giving a thumbs up", "like sign, thumbs up"],
    "rock": ["rock sign", "sign of the horns", "hand making horns", "rock on, index and little finger"],
    "call": ["call me sign", "call me hand", "shaka sign", "thumb and little finger, call me"],
}
SKIN_WORDS = {"pale": ["pale skin", "very light skin"], "light": ["light skin", "fair skin"], "tan": ["tan skin", "tanned skin"],
              "brown": ["brown skin", "medium brown skin"], "dark": ["dark skin", "dark brown skin"]}
WRONG_WORDS = {"six": ["six fingers", "extra finger", "extra fingers", "too many fingers"], "missing": ["missing finger", "missing fingers", "too few fingers"],
               "melted": ["melted hand", "deformed hand", "melted fingers"], "fused": ["fused fingers", "joined fingers"], "gap": ["hand off its wrist", "cut off hand"]}
ANY_WRONG = ["wrong hand", "bad hand", "bad hands", "bad anatomy", "deformed", "malformed hand", "mutated hand", "ugly", "blurry, bad hands"]


def caption(rng, scene):
    """One of many ways to ask for the scene's hand; parts may be left out. A wrong hand has words of its own."""
    wrong = scene["wrong"] or ("gap" if scene["gap"] != (0.0, 0.0) else None)
    rest = []
    gesture = pick(rng, GESTURE_WORDS[scene["gesture"]])
    if wrong:
        words = [pick(rng, WRONG_WORDS[wrong])] if rng.random() < 0.7 else []
        words += [pick(rng, ANY_WRONG)] if not words or rng.random() < 0.5 else []
        rng.shuffle(words)
        if rng.random() < 0.5:
            gesture = words.pop()
        rest += words
    if rng.random() < (0.85 if not wrong else 0.4):
        rest.append(pick(rng, SKIN_WORDS[scene["skin"]]))
    if rng.random() < (0.7 if not wrong else 0.3):
        rest.append(pick(rng, ["{} sleeve", "{} sleeve", "in a {} shirt", "{} sweater"]).format(scene["sleeve"]))
    if rng.random() < 0.5:
        name = scene["background"] if scene["pattern"] == "plain" or rng.random() < 0.4 else scene["pattern"] + " " + scene["background"]
        rest.append(name + " background")
    if scene["figure"] and rng.random() < 0.4:
        rest.append(pick(rng, ["a cartoon person", "a figure"]))
    if scene["figure"] and scene["span"] > 3.6 and rng.random() < 0.5:
        rest.append(scene["hair"] + " hair")
    if scene["second"] and rng.random() < 0.3:
        rest.append("two hands")
    rng.shuffle(rest)
    if rng.random() < 0.2:
        return ", ".join(rest[:1] + [gesture] + rest[1:])
    lead = pick(rng, ["", "", "", "cartoon ", "a cartoon of ", "drawing of "])
    return lead + ", ".join([gesture] + rest)


def from_hand(hand, p):
    """A point in the hand's own coordinates (wrist at the origin, fingers up, thumb on the left) -> scene coordinates."""
    px = -p[0] if hand["mirror"] else p[0]
    c, s = math.cos(hand["angle"]), math.sin(hand["angle"])
    return c * px + s * p[1] + hand["at"][0], -s * px + c * p[1] + hand["at"][1]


def window(scene):
    """Centre and width, in scene units, of the square that is shown."""
    cx, cy = from_hand(scene, (-0.03, 0.62))
    return (cx + scene["shift"][0], cy + scene["shift"][1]), scene["span"]


def stretched(hand):
    """The stretched fingers but the thumb, as (knuckle, tip, radius), wrong ones included."""
    up = GESTURES[hand["gesture"]]
    out = []
    for i in range(4):
        if up[i + 1]:
            a = math.radians(SPREAD[hand["gesture"]][i] * hand["spread"])
            n = LENGTH[i] * hand["lengths"][i]
            kx, ky = KNUCKLE[i]
            out.append(((kx, ky), (kx + n * math.sin(a), ky + n * math.cos(a)), RADIUS[i] * hand["thick"]))
    which = hand["which"]
    if hand["wrong"] == "six" and out:
        # One finger more between two others, or beside the last: all are set out again, thinner.
        n = len(out) + 1
        xs = np.linspace(-0.40, 0.40, n) if n > 3 else np.linspace(-0.36, 0.36, n)
        angles = np.linspace(-24, 27, n)
        out = []
        for j in range(n):
            a, k = math.radians(float(angles[j])), (float(xs[j]), 0.90 - 0.35 * float(xs[j]) ** 2)
            length = 0.90 - 0.12 * abs(j - (n - 1) / 2) / max(1, n / 2)
            out.append((k, (k[0] + length * math.sin(a), k[1] + length * math.cos(a)), 0.108 if n > 3 else 0.125))
    if hand["wrong"] == "missing" and out:
        j = which % len(out)
        k, t, r = out[j]
        share = (0.0, 0.14, 0.26)[which // 7 % 3]
        out[j] = (k, (k[0] + (t[0] - k[0]) * share, k[1] + (t[1] - k[1]) * share), r)
    if hand["wrong"] == "fused" and len(out) > 1:
        j = which % (len(out) - 1)
        (k0, t0, r0), (k1, t1, r1) = out[j], out[j + 1]
        tip = ((t0[0] + t1[0]) / 2, (t0[1] + t1[1]) / 2)
        near = lambda t: (tip[0] + (t[0] - tip[0]) * 0.22, tip[1] + (t[1] - tip[1]) * 0.22)
        out[j], out[j + 1] = (k0, near(t0), r0 * 1.15), (k1, near(t1), r1 * 1.15)
    return out


def thumb(hand):
    """The stretched thumb as a chain of three points, or None when it is folded."""
    if not GESTURES[hand["gesture"]][0]:
        return None
    if hand["gesture"] == "thumb":
        return (-0.30, 0.36), (-0.66, 0.76), (-0.74, 1.36)
    if hand["gesture"] == "call":
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


# What `pack` writes: name -> shape, one hand's and a scene's.
HAND = {
    "there": (), "turn": (2,), "side": (), "at": (2,), "gap": (2,), "melt": (2,), "fingers": (5, 5), "thumb": (7,), "folded": (4,), "folded_thumb": (), "crease": (),
    "skin": (3,), "skin_shade": (3,), "sleeve": (3,), "sleeve_shade": (3,), "cuff": (3,), "cuff_shade": (3,), "forearm": (2,), "upper_arm": (5,),
}
SCENE = {
    "centre": (2,), "span": (), "base": (3,), "other": (3,), "pattern": (len(PATTERNS),), "scale": (), "phase": (), "slant": (2,),
    "light": (2,), "shadow": (), "objects": (OBJECTS, 9), "neck": (2,), "hair": (3,), "hairline": (), "figure": (),
}
BOTH = {**SCENE, **{f"1.{k}": v for k, v in HAND.items()}, **{f"2.{k}": v for k, v in HAND.items()}}
NUMBERS = sum(int(np.prod(shape)) for shape in BOTH.values())


def arm_joints(scene):
    """Elbow and shoulder of a figure's raised arm; the body is on the thumb's side."""
    elbow = from_hand(scene, (0.0, -1.75))
    side = 1 if scene["mirror"] else -1
    return elbow, (elbow[0] + side * 0.95, elbow[1] + 0.15)


def tinted(colour, tint):
    return np.clip(np.array(colour, np.float32) + np.array(tint, np.float32), 0, 255)


def hand_numbers(hand, figure):
    skin, sleeve = tinted(SKINS[hand["skin"]], hand["skin_tint"]), tinted(SLEEVES[hand["sleeve"]], hand["sleeve_tint"])
    cuff = np.array((250, 250, 250), np.float32) if hand["cuff"] else np.minimum(sleeve * 0.75 + 55, 255)
    fingers = np.zeros((5, 5), np.float32)
    fingers[:, 3], fingers[:, 4] = 1, ABSENT
    for j, (k, t, r) in enumerate(stretched(hand)):
        fingers[j] = (*k, *t, r)
    chain, up = thumb(hand), GESTURES[hand["gesture"]]
    elbow, shoulder = arm_joints(hand)
    return {
        "there": 1.0, "turn": (math.cos(hand["angle"]), math.sin(hand["angle"])), "side": -1.0 if hand["mirror"] else 1.0, "at": hand["at"], "gap": hand["gap"],
        "melt": (float(hand["wrong"] == "melted"), hand["which"] % 1000), "fingers": fingers,
        "thumb": (*sum(chain, ()), 0.160 * hand["thick"]) if chain else (0, 0, 1, 1, 2, 2, ABSENT),
        "folded": [ABSENT if up[i + 1] else 0.0 for i in range(4)], "folded_thumb": ABSENT if up[0] else 0.0, "crease": float(up[0] and sum(up[1:]) == 4),
        "skin": skin, "skin_shade": skin * (0.84, 0.76, 0.76), "sleeve": sleeve, "sleeve_shade": sleeve * (0.78, 0.76, 0.82),
        "cuff": cuff, "cuff_shade": cuff * 0.82,
        "forearm": (-1.75, 0.40) if figure else (-6.0, 0.75), "upper_arm": (*elbow, *shoulder, 0.0 if figure else ABSENT),
    }


def pack(scene):
    """The scene as float32 [NUMBERS], in the order of BOTH."""
    centre, span = window(scene)
    base = tinted(BACKGROUNDS[scene["background"]], scene["background_tint"])
    if scene["second_colour"]:
        other = np.array(BACKGROUNDS[scene["second_colour"]], np.float32)
    else:
        other = base * scene["contrast"] + (0 if base.mean() > 128 else 26)
    objects = np.zeros((OBJECTS, 9), np.float32)
    objects[:, 2:4] = ABSENT
    for j, thing in enumerate(scene["objects"]):
        at = (thing["at"][0] + centre[0], thing["at"][1] + centre[1])
        objects[j] = (*at, *thing["size"], float(thing["round"]), *thing["colour"], float(thing["outlined"]))
    shoulder = arm_joints(scene)[1]
    away = scene["shade"]
    values = {
        "centre": centre, "span": span, "base": base, "other": other, "pattern": [float(scene["pattern"] == name) for name in PATTERNS],
        "scale": scene["scale"], "phase": scene["phase"], "slant": (math.cos(scene["slant"]), math.sin(scene["slant"])),
        "light": (away * math.cos(scene["light"]), away * math.sin(scene["light"])), "shadow": scene["shadow"], "objects": objects,
        "neck": (shoulder[0] + (0.8 if scene["mirror"] else -0.8), shoulder[1] + 0.10), "hair": HAIRS[scene["hair"]], "hairline": 6 * scene["phase"],
        "figure": float(scene["figure"]),
    }
    values |= {f"1.{k}": v for k, v in hand_numbers(scene, scene["figure"]).items()}
    values |= {f"2.{k}": v for k, v in hand_numbers(scene["second"] or scene, False).items()} | {"2.there": float(scene["second"] is not None)}
    return np.concatenate([np.asarray(values[name], np.float32).reshape(-1) for name in BOTH])
