"""The masks that people paint over hands, drawn at random for training."""

import numpy as np

from scene import from_hand, hand_distance, mask_distance, stretched, thumb, to_hand, window
from shapes import Canvas, capsule


def random_mask(rng, scene, size):
    """A mask of the scene's window, bool [size, size], true where the picture is to be repainted."""
    canvas = Canvas(size, *window(scene))
    dx, dy = rng.uniform(-0.12, 0.12, 2)
    x, y = canvas.x + np.float32(dx), canvas.y + np.float32(dy)
    kind = rng.random()
    if kind < 0.40:
        d = mask_distance(scene, x, y) - rng.uniform(-0.02, 0.22)
    elif kind < 0.55:
        hx, hy = to_hand(scene, x, y) if rng.random() < 0.5 else (x - from_hand(scene, (0, 0.8))[0], y + 0.8 - from_hand(scene, (0, 0.8))[1])
        grow = rng.uniform(0.0, 0.25)
        d = np.maximum(np.abs(hx) - 0.95, np.abs(hy - 0.9) - 1.0) - grow
    elif kind < 0.68:
        d = hand_distance(scene, *to_hand(scene, x, y)) - rng.uniform(0.15, 0.40)
    elif kind < 0.90:
        d = brush(rng, scene, x, y)
    else:
        cx, cy = from_hand(scene, (rng.uniform(-0.6, 0.6), rng.uniform(0.0, 1.7)))
        d = np.hypot(x - cx, y - cy) - rng.uniform(0.3, 0.7)
    return np.asarray(d < 0)


def brush(rng, scene, x, y):
    """A few broad strokes over palm and fingers."""
    hx, hy = to_hand(scene, x, y)
    r = rng.uniform(0.28, 0.48)
    d = capsule(hx, hy, (0, 0.2), (0, 0.8), r + 0.3, r + 0.3)
    for k, t, _ in stretched(scene):
        d = np.minimum(d, capsule(hx, hy, k, t + rng.uniform(-0.1, 0.1, 2), r, r))
    for px, py in (thumb(scene) or ())[1:]:
        d = np.minimum(d, np.hypot(hx - px, hy - py) - r)
    for _ in range(3):
        d = np.minimum(d, np.hypot(hx - rng.uniform(-0.6, 0.6), hy - rng.uniform(0.2, 1.5)) - r)
    return d
