"""The masks that people paint, drawn at random for training."""

import math

import numpy as np
import torch

from drawing import Canvas, capsule, hand_distance, polygon, to_hand, unpacked
from scene import ABSENT, stretched, thumb

STROKES = 10
# What `random_mask` writes: name -> shape; lengths in scene units, points in the hand's coordinates.
MASK = {"moved": (2,), "hull": (), "box": (2,), "close": (2,), "strokes": (STROKES, 5), "ragged": (5,), "half": (3,), "all": ()}
NUMBERS = sum(math.prod(shape) for shape in MASK.values())
HULL = ((-0.55, 0.15), (0.32, 0.10), (0.62, 1.2), (0.40, 1.7), (-0.40, 1.7), (-0.80, 1.2))  # holds any gesture; the cuff is outside


def random_mask(rng, scene, other):
    """A mask for what differs between two scenes, float32 [NUMBERS] in the order of MASK, and whether it may leave parts of the hand out."""
    strokes = []
    m = {"moved": rng.uniform(-0.1, 0.1, 2), "hull": ABSENT, "box": (ABSENT, 0.0), "close": (ABSENT, 0.0), "ragged": (0, 1, 0, 0, 0), "half": (0, 0, -1000.0),
         "all": 0.0}
    kind = rng.random()
    if kind < 0.30:
        m["hull"] = rng.uniform(-0.02, 0.22)
        m["close"] = (rng.uniform(0.05, 0.2) if rng.random() < 0.6 else ABSENT, float(rng.random() < 0.7))
    elif kind < 0.42:
        m["box"] = (rng.uniform(0.0, 0.25), float(rng.random() < 0.5))
    elif kind < 0.55:
        m["close"] = (rng.uniform(0.0, 0.40), float(rng.random() < 0.6))
    elif kind < 0.72:
        strokes = over_fingers(rng, scene) if rng.random() < 0.5 else over_fingers(rng, other)
    elif kind < 0.80:  # one or two fingers, a fingertip, a piece of the palm
        for _ in range(1 + int(rng.integers(3))):
            x, y, a, n = rng.uniform(-0.6, 0.6), rng.uniform(0.1, 1.6), rng.uniform(0, 2 * math.pi), rng.uniform(0, 0.6)
            strokes.append((x, y, x + n * math.sin(a), y + n * math.cos(a), rng.uniform(0.15, 0.55)))
    elif kind < 0.90:  # anywhere in the picture
        half = scene["span"] / 2
        for _ in range(1 + int(rng.integers(4))):
            x, y, a, n = rng.uniform(-half, half), 0.62 + rng.uniform(-half, half), rng.uniform(0, 2 * math.pi), rng.uniform(0, 0.3) * scene["span"]
            strokes.append((x, y, x + n * math.sin(a), y + n * math.cos(a), rng.uniform(0.05, 0.16) * scene["span"]))
        if rng.random() < 0.3:
            m["hull"] = rng.uniform(-0.02, 0.22)
    else:
        m["all"] = 1.0
    if rng.random() < 0.35:
        m["ragged"] = (rng.uniform(0.015, 0.06), rng.uniform(3, 14), *rng.uniform(0, 2 * math.pi, 3))
    if rng.random() < 0.08:
        a = rng.uniform(0, 2 * math.pi)
        m["half"] = (math.cos(a), math.sin(a), rng.uniform(-0.3, 0.3) - 0.8 * math.sin(a))
    m["strokes"] = np.tile(np.array((0, 0, 1, 1, ABSENT), np.float32), (STROKES, 1))
    for j, stroke in enumerate(strokes[:STROKES]):
        m["strokes"][j] = stroke
    partial = 0.72 <= kind < 0.90 or m["half"][2] > -1000.0 or 0.42 <= kind < 0.55 and m["close"][0] < 0.1
    return np.concatenate([np.asarray(m[name], np.float32).reshape(-1) for name in MASK]), partial


def over_fingers(rng, hand):
    """A few broad strokes over palm and fingers."""
    r = rng.uniform(0.28, 0.48)
    out = [(0, 0.2, 0, 0.8, r + 0.3)]
    out += [(*k, *(t + rng.uniform(-0.1, 0.1, 2)), r) for k, t, _ in stretched(hand)]
    if thumb(hand):
        out.append((*thumb(hand)[1], *thumb(hand)[2], r))
    for _ in range(3):
        x, y = rng.uniform(-0.6, 0.6), rng.uniform(0.2, 1.5)
        out.append((x, y, x + 0.01, y, r))
    return out


def draw_masks(masks, scenes, others, size):
    """Masks float32 [b, 1, size, size], 1 where the picture is to be repainted: of packed masks and the two packed scenes of each."""
    m, at = {}, 0
    for name, shape in MASK.items():
        n = math.prod(shape)
        m[name] = masks[:, at : at + n].reshape(-1, *shape, 1, 1)
        at += n
    p, q = unpacked(scenes), unpacked(others)
    canvas = Canvas(p, size)
    x, y = canvas.x + m["moved"][:, 0], canvas.y + m["moved"][:, 1]
    hx, hy = to_hand(p, "1", x, y)
    d = polygon(hx, hy, HULL, 0.22) - m["hull"]
    grow, upright = m["box"].unbind(1)
    bx, by = torch.where(upright > 0, x, hx), torch.where(upright > 0, y, hy)
    d = torch.minimum(d, torch.maximum(bx.abs() - 0.95, (by - 0.9).abs() - 1.0) - grow)
    grow, no_wrist = m["close"].unbind(1)
    hands = torch.minimum(hand_distance(p, "1", hx, hy), hand_distance(q, "1", hx, hy))
    d = torch.minimum(d, torch.where(no_wrist > 0, torch.maximum(hands, -hy), hands) - grow)
    for j in range(STROKES):
        ax, ay, ex, ey, r = m["strokes"][:, j].unbind(1)
        d = torch.minimum(d, capsule(hx, hy, ax, ay, ex, ey, r, r))
    amount, rate, a, b, c = m["ragged"].unbind(1)
    d = d + amount * (torch.sin(rate * hx + a) + torch.sin(rate * 1.3 * hy + b) + torch.sin(rate * 2.1 * (hx - hy) + c))
    nx, ny, level = m["half"].unbind(1)
    d = torch.maximum(d, nx * hx + ny * hy + level)
    return ((d < 0) | (m["all"] > 0)).float()[:, None]
