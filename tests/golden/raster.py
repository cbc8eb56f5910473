"""Reference blurs (OpenCV) and resizes (Pillow, PyTorch's nearest rule) for tests/it/raster.

    pip install opencv-python-headless==5.0.0.93 numpy pillow==13.0.0
    python tests/golden/raster.py

A case is a picture and, beside it, `<picture>__<what>.png`; the tests read what to do from that name.
"""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

HERE = Path(__file__).parent
BLUR = HERE / "blur"
RESIZE = HERE / "resize"


def shapes(width, height):
    picture = Image.new("L", (width * 4, height * 4))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((width * 0.8, height * 0.6, width * 3, height * 3.2), fill=255)
    draw.rectangle((width * 3.2, height * 2.8, width * 4, height * 4), fill=150)
    return np.asarray(picture.resize((width, height), Image.BOX))


def blur(name, mask, sigmas):
    Image.fromarray(mask).save(BLUR / f"{name}.png")
    for x, y in sigmas:
        out = mask
        if x:
            out = cv2.GaussianBlur(out, (2 * int(2.5 * x + 0.5) + 1, 1), x)
        if y:
            out = cv2.GaussianBlur(out, (1, 2 * int(2.5 * y + 0.5) + 1), y)
        Image.fromarray(out).save(BLUR / f"{name}__x{x}_y{y}.png")


def blurs():
    BLUR.mkdir(exist_ok=True)
    noise = np.random.default_rng(0).integers(0, 256, (24, 31), dtype=np.uint8)
    blur("shapes", shapes(96, 64), [(1, 1), (2, 2), (4, 4), (6, 6), (16, 16), (64, 64), (4, 0), (0, 4), (2, 8)])
    blur("noise", noise, [(0.3, 0.3), (0.5, 0.5), (1.5, 1.5), (4, 4), (8, 8)])
    blur("line", noise[:1], [(3, 3)])
    blur("column", noise[:, :1].copy(), [(3, 3)])
    blur("dot", np.full((1, 1), 200, np.uint8), [(4, 4)])
    corner = np.zeros((40, 50), np.uint8)
    corner[0, 0] = corner[39, 20] = 255
    blur("corner", corner, [(1, 1), (2, 2)])


def save(picture, filter_name, size, resized):
    resized.save(RESIZE / f"{picture}__{filter_name}_{size[0]}x{size[1]}.png")


def resizes():
    RESIZE.mkdir(exist_ok=True)
    mask = Image.fromarray(shapes(64, 48))
    mask.save(RESIZE / "mask.png")
    for size in [(8, 6), (16, 16), (21, 13), (100, 70)]:
        save("mask", "area", size, mask.resize(size, Image.BOX))
        save("mask", "bilinear", size, mask.resize(size, Image.BILINEAR))
        rows = np.arange(size[1]) * 48 // size[1]
        columns = np.arange(size[0]) * 64 // size[0]
        save("mask", "nearest", size, Image.fromarray(np.asarray(mask)[rows][:, columns]))
    y, x = np.mgrid[0:40, 0:48]
    # Away from 0 and 255, where the order of the axes would show: each pass cuts off what rings over.
    colours = np.stack([60 + x * 3, 60 + y * 3, 60 + (x * y) % 128], -1).astype(np.uint8)
    colours[10:30, 12:36] = (190, 60, 70)
    opaque = Image.fromarray(colours)
    opaque.save(RESIZE / "opaque.png")
    for size in [(24, 20), (96, 80), (31, 77), (48, 20)]:
        save("opaque", "lanczos", size, opaque.resize(size, Image.LANCZOS))


blurs()
resizes()
