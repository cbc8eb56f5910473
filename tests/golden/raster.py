"""Reference blurs (OpenCV), resizes and fills (Pillow, PyTorch's nearest rule) and colours (scikit-image) for tests/it/raster.

    pip install opencv-python-headless==5.0.0.93 numpy pillow==13.0.0 scikit-image==0.26.0
    python tests/golden/raster.py

A case is a picture and, beside it, `<picture>__<what>.png`; the tests read what to do from that name.
"""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps
from skimage.color import lab2rgb, rgb2lab

HERE = Path(__file__).parent
BLUR = HERE / "blur"
RESIZE = HERE / "resize"
FILL = HERE / "fill"
COLOUR = HERE / "colour"
EDGES = HERE / "edges"


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
    for size in [(24, 20), (31, 77), (48, 20), (90, 33), (96, 41), (7, 40), (1, 1)]:
        save("opaque", "cover", size, cover(opaque, *size))
        save("opaque", "contain", size, contain(opaque, *size))


def cover(picture, width, height):
    """A1111's "crop and resize"."""
    wide = width * picture.height > picture.width * height
    scaled = (width, picture.height * width // picture.width) if wide else (picture.width * height // picture.height, height)
    whole = Image.new("RGB", (width, height))
    whole.paste(picture.resize(scaled, Image.LANCZOS), (width // 2 - scaled[0] // 2, height // 2 - scaled[1] // 2))
    return whole


def contain(picture, width, height):
    """A1111's "resize and fill", the bars filled to the last row and at least a pixel of picture left."""
    wide = width * picture.height > picture.width * height
    scaled = (picture.width * height // picture.height, height) if wide else (width, picture.height * width // picture.width)
    scaled = (max(scaled[0], 1), max(scaled[1], 1))
    left, top = width // 2 - scaled[0] // 2, height // 2 - scaled[1] // 2
    bars = ((top, height - scaled[1] - top), (left, width - scaled[0] - left), (0, 0))
    return Image.fromarray(np.pad(np.asarray(picture.resize(scaled, Image.LANCZOS)), bars, mode="edge"))


def fill(picture, mask):
    """A1111's masked content "fill": ever finer blurs of what is kept, one over the other."""
    kept = Image.new("RGBa", picture.size)
    kept.paste(picture.convert("RGBA").convert("RGBa"), mask=ImageOps.invert(mask))
    canvas = Image.new("RGBA", picture.size)
    for radius, times in [(256, 1), (64, 1), (16, 2), (4, 4), (2, 2), (0, 1)]:
        layer = kept.filter(ImageFilter.GaussianBlur(radius)).convert("RGBA")
        for _ in range(times):
            canvas.alpha_composite(layer)
    return canvas.convert("RGB")


def fills():
    FILL.mkdir(exist_ok=True)
    rng = np.random.default_rng(5)
    for name, width, height in [("small", 33, 21), ("soft", 96, 64), ("line", 40, 1)]:
        y, x = np.mgrid[0:height, 0:width]
        colours = np.stack([40 + x * 190 // width, 220 - y * 180 // height, (x * 3 + y * 5) % 256], -1)
        colours = Image.fromarray(np.clip(colours + rng.integers(-9, 9, colours.shape), 0, 255).astype(np.uint8))
        mask = shapes(width, height)
        if name == "soft":
            mask = cv2.GaussianBlur(mask, (21, 21), 4)
        mask = Image.fromarray(mask)
        colours.save(FILL / f"{name}.png")
        mask.save(FILL / f"{name}-mask.png")
        fill(colours, mask).save(FILL / f"{name}__filled.png")


def matched(picture, reference, kept):
    """Mean and deviation of each CIELAB channel brought to the reference's, both over what is kept; no more than twice or half the deviation."""
    found, wanted = rgb2lab(picture), rgb2lab(reference)
    for c in range(3):
        a, b = found[..., c][kept], wanted[..., c][kept]
        stretch = 1 if min(a.std(), b.std()) < 0.5 else np.clip(b.std() / a.std(), 0.5, 2)
        found[..., c] = (found[..., c] - a.mean()) * stretch + b.mean()
    return np.round(np.clip(lab2rgb(found), 0, 1) * 255).astype(np.uint8)


def colours():
    COLOUR.mkdir(exist_ok=True)
    y, x = np.mgrid[0:40, 0:48]
    reference = np.stack([60 + x * 3, 60 + y * 3, 60 + (x * y) % 128], -1).astype(np.uint8)
    mask = shapes(48, 40)
    Image.fromarray(reference).save(COLOUR / "reference.png")
    Image.fromarray(mask).save(COLOUR / "mask.png")
    flat = np.full_like(reference, (120, 90, 60))
    for name, picture in [
        ("tinted", np.clip(reference * [0.8, 0.95, 1.05] + [20, 0, -15], 0, 255).astype(np.uint8)),
        ("faint", (100 + reference // 6).astype(np.uint8)),
        ("flat", flat),
    ]:
        Image.fromarray(picture).save(COLOUR / f"{name}.png")
        Image.fromarray(matched(picture, reference, mask == 0)).save(COLOUR / f"{name}__matched.png")


def edges():
    """What ControlNets are shown: OpenCV's edges, and CIELAB's lightness."""
    EDGES.mkdir(exist_ok=True)
    rng = np.random.default_rng(9)
    noise = rng.integers(0, 256, (33, 47, 3), dtype=np.uint8)
    soft = cv2.GaussianBlur(rng.integers(0, 256, (70, 90, 3), dtype=np.uint8), (0, 0), 2.5)
    soft = np.clip((soft.astype(float) - 128) * 6 + 128, 0, 255).astype(np.uint8)
    forms = np.full((61, 80, 3), (90, 140, 60), np.uint8)
    cv2.circle(forms, (30, 30), 18, (200, 60, 40), -1, cv2.LINE_AA)
    cv2.line(forms, (0, 60), (79, 5), (20, 40, 220), 3, cv2.LINE_AA)
    cv2.rectangle(forms, (55, 30), (79, 60), (250, 250, 245), -1)
    for name, picture in [("noise", noise), ("soft", soft), ("forms", forms), ("line", noise[:1]), ("column", noise[:, :1].copy()), ("dot", noise[:1, :1].copy())]:
        Image.fromarray(picture).save(EDGES / f"{name}.png")
        Image.fromarray(cv2.Canny(picture, 100, 200)).save(EDGES / f"{name}__canny.png")
        Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[..., 0]).save(EDGES / f"{name}__grey.png")


if __name__ == "__main__":
    blurs()
    resizes()
    fills()
    colours()
    edges()
