"""Signed distances of plane shapes, and a canvas that paints them.

Points are float32 arrays `x`, `y` in scene units (y points up, the palm of a hand is one unit long).
A distance is negative inside a shape, positive outside, in the same units.
"""

import numpy as np


def circle(x, y, cx, cy, r):
    return np.hypot(x - cx, y - cy) - r


def capsule(x, y, a, b, ra, rb):
    """A bar from `a` to `b` whose radius runs from `ra` to `rb` (a close bound when they differ)."""
    px, py = x - a[0], y - a[1]
    bx, by = b[0] - a[0], b[1] - a[1]
    h = np.clip((px * bx + py * by) / (bx * bx + by * by + 1e-9), 0.0, 1.0)
    return np.hypot(px - bx * h, py - by * h) - (ra + (rb - ra) * h)


def polygon(x, y, corners, rounding=0.0):
    """A simple polygon whose corners are rounded outwards by `rounding`."""
    n = len(corners)
    dist = np.full_like(x, np.inf)
    inside = np.zeros(x.shape, bool)
    for i in range(n):
        (ax, ay), (bx, by) = corners[i], corners[i - 1]
        ex, ey = bx - ax, by - ay
        px, py = x - ax, y - ay
        h = np.clip((px * ex + py * ey) / (ex * ex + ey * ey), 0.0, 1.0)
        dist = np.minimum(dist, (px - ex * h) ** 2 + (py - ey * h) ** 2)
        crosses = (ay > y) != (by > y)
        inside ^= crosses & (px * ey - py * ex > 0 if ey < 0 else px * ey - py * ex < 0)
    return np.where(inside, -1.0, 1.0) * np.sqrt(dist) - rounding


def union(a, b, k=0.0):
    """The union of two shapes, blended over a width of about `k`."""
    if k <= 0.0:
        return np.minimum(a, b)
    h = np.maximum(k - np.abs(a - b), 0.0) / k
    return np.minimum(a, b) - h * h * (k * 0.25)


class Canvas:
    """A float32 picture [3, size, size] in [0, 255] with the scene coordinates of its pixels."""

    def __init__(self, size, centre, span):
        """`size` pixels square, showing `span` scene units around `centre`."""
        self.unit = np.float32(span / size)  # scene units a pixel
        t = (np.arange(size, dtype=np.float32) + 0.5 - size / 2) * self.unit
        self.x = np.broadcast_to(t + np.float32(centre[0]), (size, size))
        self.y = np.broadcast_to((np.float32(centre[1]) - t)[:, None], (size, size))
        self.rgb = np.zeros((3, size, size), np.float32)

    def near(self, centre, radius):
        """The part of this canvas within `radius` of a point: painting on it costs less."""
        rows = np.flatnonzero(np.abs(self.y[:, 0] - centre[1]) <= radius)
        columns = np.flatnonzero(np.abs(self.x[0] - centre[0]) <= radius)
        view = object.__new__(Canvas)
        box = tuple(slice(i[0], i[-1] + 1) if len(i) else slice(0, 0) for i in (rows, columns))
        view.unit, view.x, view.y, view.rgb = self.unit, self.x[box], self.y[box], self.rgb[:, *box]
        return view

    def coverage(self, d):
        """Share of each pixel inside the shape, 0..1."""
        return np.clip(0.5 - d / self.unit, 0.0, 1.0)

    def blend(self, alpha, colour):
        for channel, value in zip(self.rgb, colour):
            channel += alpha * (np.float32(value) - channel)

    def fill(self, d, colour):
        self.blend(self.coverage(d), colour)

    def part(self, d, colour, shade, ink, line, light):
        """A cartoon part: ink outline of width `line`, flat `colour`, and a crescent of `shade`
        on the side turned away from `light`, a scene vector as long as the crescent is wide."""
        if d.size == 0:
            return
        self.fill(d - line * 0.5, ink)
        inner = self.coverage(d + line * 0.5)
        self.blend(inner, colour)
        dx, dy = round(float(light[0] / self.unit)), round(float(light[1] / self.unit))
        rows = np.clip(np.arange(d.shape[0]) + dy, 0, d.shape[0] - 1)
        columns = np.clip(np.arange(d.shape[1]) - dx, 0, d.shape[1] - 1)
        self.blend(inner * (1.0 - self.coverage(d[rows][:, columns] + line * 0.5)), shade)
