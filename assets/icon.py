"""Draws icon.png: a hand, one finger of which is masked to be painted anew. Run in this folder; needs nothing but Python."""

import math
import struct
import zlib

SIDE = 256

GROUND = (46, 46, 48)
EDGE = (74, 74, 78)
SKIN = (240, 226, 205)
MASK = (230, 78, 66)

# Capsules from the palm outwards, in the unit square: two ends, the radius at each.
FINGERS = [
    ((0.40, 0.58), (0.225, 0.44), 0.070, 0.056),
    ((0.42, 0.50), (0.345, 0.235), 0.062, 0.053),
    ((0.515, 0.48), (0.505, 0.185), 0.062, 0.054),
    ((0.605, 0.50), (0.655, 0.235), 0.060, 0.051),
    ((0.66, 0.58), (0.785, 0.36), 0.056, 0.046),
]
MASKED = 3
PALM = ((0.53, 0.63), 0.185)
WRIST = ((0.535, 0.66), (0.54, 0.92), 0.135, 0.125)


def capsule(point, start, end, near, far):
    """Signed distance to a capsule that narrows from `near` to `far`."""
    ax, ay = point[0] - start[0], point[1] - start[1]
    bx, by = end[0] - start[0], end[1] - start[1]
    along = min(1.0, max(0.0, (ax * bx + ay * by) / (bx * bx + by * by)))
    return math.hypot(ax - along * bx, ay - along * by) - (near + (far - near) * along)


def rounded_square(point, inset, radius):
    """Signed distance to the square inside the unit square, its corners rounded."""
    half = 0.5 - inset - radius
    x, y = abs(point[0] - 0.5) - half, abs(point[1] - 0.5) - half
    return math.hypot(max(x, 0.0), max(y, 0.0)) + min(max(x, y), 0.0) - radius


def cover(distance):
    """Share of a pixel that lies inside, from the distance of its centre."""
    return min(1.0, max(0.0, 0.5 - distance * SIDE))


def over(base, colour, alpha):
    return tuple(b + (c - b) * alpha for b, c in zip(base, colour))


def pixel(column, row):
    point = ((column + 0.5) / SIDE, (row + 0.5) / SIDE)
    tile = cover(rounded_square(point, 0.02, 0.19))
    colour = over(EDGE, GROUND, cover(rounded_square(point, 0.032, 0.178)))
    inner = cover(rounded_square(point, 0.032, 0.178))
    hand = min(math.hypot(point[0] - PALM[0][0], point[1] - PALM[0][1]) - PALM[1], capsule(point, *WRIST))
    for index, finger in enumerate(FINGERS):
        if index != MASKED:
            hand = min(hand, capsule(point, *finger))
    finger = capsule(point, *FINGERS[MASKED])
    colour = over(colour, MASK, cover(finger) * inner)
    # A gap between the hand and the finger, so that they stay apart in small sizes.
    colour = over(colour, GROUND, cover(hand - 0.018) * cover(finger) * inner)
    colour = over(colour, SKIN, cover(hand) * inner)
    return bytes([*(round(value) for value in colour), round(255 * tile)])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


rows = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(SIDE)) for y in range(SIDE))
header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 6, 0, 0, 0)
with open("icon.png", "wb") as file:
    file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))
