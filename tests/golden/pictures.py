"""The pictures and masks that the cases repaint, and random ones of the same kind to fit the tiny models on.

Everything is drawn from fixed seeds; nothing here knows diffusion.
"""

import numpy as np


def random_picture(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A gradient with a few soft discs, f32 `[height, width, 3]` in `[-1, 1]`."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = x / width, y / height
    corners = rng.uniform(-0.8, 0.8, (3, 3)).astype(np.float32)
    picture = corners[0] + u[..., None] * (corners[1] - corners[0]) + v[..., None] * (corners[2] - corners[0])
    for _ in range(rng.integers(2, 6)):
        cx, cy = rng.uniform(0, width), rng.uniform(0, height)
        radius = rng.uniform(0.1, 0.45) * min(height, width)
        softness = rng.uniform(0.5, 6.0)
        colour = rng.uniform(-1, 1, 3).astype(np.float32)
        cover = 0.5 - 0.5 * np.tanh((np.hypot(x - cx, y - cy) - radius) / softness)
        picture = picture * (1 - cover[..., None]) + colour * cover[..., None]
    return np.clip(picture, -1, 1).astype(np.float32)


def to_bytes(picture: np.ndarray) -> np.ndarray:
    """`[-1, 1]` to u8, rounding half to even as numpy does."""
    return np.round(np.clip((picture + 1) / 2, 0, 1) * 255).astype(np.uint8)


def case_picture(height: int, width: int) -> np.ndarray:
    """The picture of that size that cases start from, u8 `[height, width, 3]`."""
    rng = np.random.default_rng([7, height, width])
    return to_bytes(random_picture(rng, height, width))


def case_mask(kind: str, height: int, width: int) -> np.ndarray:
    """A mask, u8 `[height, width]`, 255 = repaint.

    `disc` is anti-aliased and off centre, `box` is hard-edged and not aligned to any latent grid, `corner` touches two borders.
    """
    y, x = np.mgrid[0:height, 0:width].astype(np.float64) + 0.5
    if kind == "disc":
        distance = np.hypot(x - 0.55 * width, y - 0.45 * height) - 0.31 * min(height, width)
        cover = np.clip(0.5 - distance, 0, 1)
    elif kind == "box":
        cover = ((x > 11) & (x < width - 14) & (y > 19) & (y < height - 10)).astype(np.float64)
    elif kind == "corner":
        cover = ((x > width * 0.45) & (y > height * 0.4)).astype(np.float64)
    else:
        raise ValueError(kind)
    return np.round(cover * 255).astype(np.uint8)


def case_look(kind: str, height: int, width: int) -> np.ndarray:
    """A picture that a ControlNet is shown, u8 `[height, width, 3]`: `picture` is one with plain forms in it, `pose` a drawing on black."""
    look = np.zeros((height, width, 3), np.uint8) if kind == "pose" else np.full((height, width, 3), (200, 190, 150), np.uint8)
    look[height // 4 : height // 2, width // 5 : width // 2] = (40, 90, 220)
    look[height // 2 : -height // 6, width // 3 : -width // 4] = (230, 60, 40)
    return look
