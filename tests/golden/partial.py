"""Writes the `part-*` cases: masked content, methods, areas, sizes, soft repainting, against ComfyUI's and A1111's rules in numpy.

    pip install numpy==2.4.6 pillow==13.0.0 opencv-python-headless==5.0.0.93 scikit-image==0.26.0 onnxruntime==1.31.1
    python tests/golden/partial.py

The networks are the graphs in `models/`, run by ONNX Runtime; the sampler is Euler over evenly spaced timesteps, the prompt is empty, guidance is off, and the noise is Philox.
Written from the formulas alone; nothing of it comes from the program that it checks.
"""

import json
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before the import: it reports to its vendor otherwise
import onnxruntime
from PIL import Image

from pictures import case_mask, case_picture
from raster import contain, cover, fill, matched

HERE = Path(__file__).parent
DEFAULTS = {
    "prompt": "", "negative_prompt": "", "strength": 0.75, "steps": 8, "guidance_scale": 1.0,
    "sampler": "euler", "spacing": "uniform", "seed": 0, "seed_source": "philox",
    "mask_mode": "masked", "mask_blur": 0.0, "mask_blur_y": None, "mask_edge": "hard", "masked_content": "original",
    "method": "auto", "grow_mask": 6, "area": "whole", "padding": 8, "size": None, "resize": "stretch", "color_match": False,
}  # fmt: skip
CASES = [
    ("not-masked", "sd-4ch", "disc", dict(mask_mode="not-masked", mask_blur=2.0)),
    ("blur-of-two-axes", "sd-4ch", "disc", dict(mask_blur=1.0, mask_blur_y=6.0)),
    ("content-fill", "sd-4ch", "disc", dict(masked_content="fill", mask_blur=3.0, strength=0.5)),
    ("content-noise", "sd-4ch", "disc", dict(masked_content="latent-noise", strength=0.5)),
    ("content-nothing", "sd-4ch", "box", dict(masked_content="latent-nothing", strength=0.5)),
    ("content-nothing-9ch", "sd-9ch", "box", dict(masked_content="latent-nothing", strength=0.5)),
    ("only-masked", "sd-4ch", "small", dict(area="only-masked", size=[64, 64])),
    ("only-masked-wide", "sd-4ch", "small", dict(area="only-masked", size=[96, 64], padding=20, mask_blur=2.0)),
    ("resize-crop", "sd-4ch", None, dict(size=[80, 48], resize="crop")),
    ("resize-fill-mask", "sd-4ch", "disc", dict(size=[80, 48], resize="fill")),
    ("resize-latent", "sd-4ch", None, dict(size=[96, 48], resize="latent")),
    ("encode", "sd-4ch", "disc", dict(method="inpaint-encode", mask_edge="auto", strength=1.0)),
    ("encode-9ch", "sd-9ch", "box", dict(method="inpaint-encode", mask_edge="auto", grow_mask=9, strength=0.3)),
    ("latent-mask-9ch", "sd-9ch", "disc", dict(method="latent-mask")),
    ("nine-held", "sd-9ch", "corner", dict(mask_blur=2.0)),
    ("soft", "sd-4ch", "disc", dict(mask_blur=5.0, mask_edge="soft")),
    ("soft-9ch", "sd-9ch", "disc", dict(mask_blur=5.0, mask_edge="auto", strength=1.0)),
    ("soft-9ch-encode", "sd-9ch", "disc", dict(method="inpaint-encode", mask_edge="soft")),
    ("color-match", "sd-4ch", "disc", dict(color_match=True, mask_blur=2.0)),
]


class Model:
    """The four graphs; latents are multiplied by the scaling factor."""

    def __init__(self, name):
        folder = HERE / "models" / name
        self.sessions = {part: onnxruntime.InferenceSession(folder / part / "model.onnx") for part in ("text_encoder", "vae_encoder", "unet", "vae_decoder")}
        self.scaling = json.loads((folder / "vae_encoder/config.json").read_text())["scaling_factor"]
        text = json.loads((folder / "text_encoder/config.json").read_text())
        ids = np.full((1, 77), text["pad_token_id"], np.int64)
        ids[0, 0] = text["bos_token_id"]
        self.context = self.run("text_encoder", ids)
        self.inpainting = name == "sd-9ch"

    def run(self, part, *inputs):
        session = self.sessions[part]
        names = {}
        for port, value in zip(session.get_inputs(), inputs, strict=True):
            kind = {"tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(float)": np.float32}[port.type]
            names[port.name] = np.asarray(value, kind).reshape(value.shape if len(port.shape) else ())
        return session.run(None, names)[0]

    def encode(self, pixels):
        return self.run("vae_encoder", pixels)[:, :4] * np.float32(self.scaling)

    def decode(self, latents):
        return self.run("vae_decoder", latents / np.float32(self.scaling))


def philox(seed, count):
    """First `torch.randn` on CUDA: Philox4x32-10, counter (0, 0, element, 0), key = seed; Box-Muller's sine of the first two words."""
    words = [np.zeros(count, np.uint64), np.zeros(count, np.uint64), np.arange(count, dtype=np.uint64), np.zeros(count, np.uint64)]
    low, high, mask, shift = seed & 0xFFFFFFFF, seed >> 32, np.uint64(0xFFFFFFFF), np.uint64(32)
    for _ in range(10):
        first, second = words[0] * np.uint64(0xD2511F53), words[2] * np.uint64(0xCD9E8D57)
        words = [(second >> shift) ^ words[1] ^ np.uint64(low), second & mask, (first >> shift) ^ words[3] ^ np.uint64(high), first & mask]
        low, high = (low + 0x9E3779B9) & 0xFFFFFFFF, (high + 0xBB67AE85) & 0xFFFFFFFF
    scale = np.float32(2.3283064e-10)
    u = words[0].astype(np.float32) * scale + scale / 2
    v = words[1].astype(np.float32) * (scale * np.float32(6.2831855)) + scale * np.float32(6.2831855) / 2
    return (np.sqrt(-2 * np.log(u)) * np.sin(v)).astype(np.float32)


def repaint(model, recipe, picture, mask):
    """The picture that the recipe makes, u8 `[height, width, 3]`."""
    source, source_mask = picture, mask
    if mask is not None and recipe["mask_mode"] == "not-masked":
        mask = 255 - mask
    if recipe["size"] and (mask is None or recipe["area"] == "whole"):
        size, mode = recipe["size"], recipe["resize"]
        bring = {"stretch": lambda image: image.resize(size, Image.LANCZOS), "crop": lambda image: cover(image, *size), "fill": lambda image: contain(image, *size)}
        bring["latent"] = bring["stretch"]
        picture = np.asarray(bring[mode](Image.fromarray(picture)))
        if mask is not None:
            assert mode == "fill"
            mask = contain_mask(Image.fromarray(mask), *size)
    alpha = None if mask is None else blur(mask, recipe["mask_blur"], recipe["mask_blur"] if recipe["mask_blur_y"] is None else recipe["mask_blur_y"])
    left, top, right, bottom = 0, 0, picture.shape[1], picture.shape[0]
    working = (right, bottom)
    if mask is not None and recipe["area"] == "only-masked":
        working = tuple(recipe["size"])
        left, top, right, bottom = crop_region(alpha, recipe["padding"], working)
    assert working[0] % 16 == working[1] % 16 == 0
    part = Image.fromarray(picture[top:bottom, left:right])
    content = inner(part.size, working)
    seen = np.asarray(contain(part, *working))
    cells = (working[0] // 8, working[1] // 8)
    cover_seen = None
    if alpha is not None:
        cover_seen = np.asarray(contain_mask(Image.fromarray(alpha[top:bottom, left:right]), *working))

    method = recipe["method"]
    if method == "auto":
        method = "inpaint-model" if model.inpainting else "latent-mask"
    strength = 1.0 if method == "inpaint-encode" else recipe["strength"]
    hard = None if cover_seen is None else (cover_seen >= 128).astype(np.float32)
    grown = None if hard is None else grow(hard, recipe["grow_mask"])
    grey = None if hard is None else tensor(seen) * (1 - hard)
    original = tensor(seen)
    if method == "inpaint-encode":
        pixels = grey
    elif recipe["masked_content"] == "original":
        pixels = original
    else:
        pixels = tensor(np.asarray(fill(Image.fromarray(seen), Image.fromarray(cover_seen))))
    if recipe["resize"] == "latent":
        known = interpolate(model.encode(tensor(source)), cells)
    else:
        known = model.encode(pixels)

    noise = philox(recipe["seed"], known.size).reshape(known.shape)
    latent_mask = soft = concat = None
    if hard is not None:
        rounded = (np.asarray(Image.fromarray(cover_seen).resize(cells, Image.BICUBIC)) >= 128).astype(np.float32)[None, None]
        soft = recipe["mask_edge"] == "soft" or (recipe["mask_edge"] == "auto" and method == "inpaint-model")
        if method == "inpaint-encode":
            latent_mask = interpolate(grown[None, None], cells)
        elif soft:
            blocks = cover_seen.reshape(cells[1], 8, cells[0], 8)
            latent_mask = (blocks.max((1, 3)) / np.float32(255))[None, None]  # any painted pixel counts, as in stable-diffusion.cpp
        else:
            latent_mask = rounded
        if model.inpainting and method == "inpaint-model":
            concat = np.concatenate([hard[::8, ::8][None, None], model.encode(grey)], 1)
        elif model.inpainting:
            channel = np.round(latent_mask if method == "inpaint-encode" else interpolate((cover_seen / 255)[None, None], cells))
            concat = np.concatenate([channel, known], 1)
    start = known
    if recipe["masked_content"].startswith("latent-"):
        inside = noise if recipe["masked_content"] == "latent-noise" else 0
        start = known * (1 - latent_mask) + inside * latent_mask

    latents = sample(model, recipe["steps"], strength, start, known, noise, latent_mask, soft, concat)
    decoded = picture_of(model.decode(latents))
    fresh = Image.fromarray(decoded[content[1] : content[3], content[0] : content[2]]).resize(part.size, Image.LANCZOS)
    fresh = np.asarray(fresh)
    share = np.ones(picture.shape[:2]) if alpha is None else alpha / 255
    if recipe["color_match"]:
        outside = alpha[top:bottom, left:right] == 0
        width = max(round(16 * part.size[0] / (content[2] - content[0])), 1)
        disc = np.hypot(*np.mgrid[-width : width + 1, -width : width + 1]) <= width
        near = cv2.dilate((~outside).astype(np.uint8), disc.astype(np.uint8)) > 0
        fresh = matched(fresh, np.asarray(part), outside & near)
    result = picture.astype(np.float64)
    share = share[top:bottom, left:right, None]
    result[top:bottom, left:right] = result[top:bottom, left:right] * (1 - share) + fresh * share
    return np.round(result).astype(np.uint8)


def sample(model, steps, strength, start, known, noise, mask, soft, concat):
    """Euler over diffusers' evenly spaced timesteps; the mask as ComfyUI's KSamplerX0Inpaint, and its DifferentialDiffusion where `soft`."""
    betas = np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
    bars = np.cumprod(1 - betas)
    table = np.sqrt((1 - bars) / bars)
    timesteps = np.linspace(0, 999, steps)[::-1]
    sigmas = np.append(np.interp(timesteps, np.arange(1000), table), 0.0)
    first = steps - min(int(steps * strength), steps)
    x = (noise * sigmas[0] if strength == 1 else start + noise * sigmas[first]).astype(np.float32)
    for i in range(first, steps):
        sigma, share = sigmas[i], mask
        if soft:
            threshold = timesteps[i] / timesteps[first]  # the run ends at the lowest sigma, whose timestep is 0
            share = ((mask >= threshold) & (mask > 0)).astype(np.float32)
        seen = x if share is None else x * share + (known + noise * sigma) * (1 - share)
        scaled = seen / np.sqrt(sigma**2 + 1)
        inputs = scaled if concat is None else np.concatenate([scaled, concat], 1)
        clean = seen - sigma * model.run("unet", inputs, np.asarray(timesteps[i]), model.context)
        if share is not None:
            clean = clean * share + known * (1 - share)
        x = (x + (x - clean) / sigma * (sigmas[i + 1] - sigma)).astype(np.float32)
    return x


def crop_region(alpha, padding, target):
    """A1111's get_crop_region and expand_crop_region (`modules/masking.py`)."""
    rows, columns = np.nonzero(alpha.any(1))[0], np.nonzero(alpha.any(0))[0]
    height, width = alpha.shape
    x1, y1 = max(columns[0] - padding, 0), max(rows[0] - padding, 0)
    x2, y2 = min(columns[-1] + 1 + padding, width), min(rows[-1] + 1 + padding, height)
    if (x2 - x1) / (y2 - y1) > target[0] / target[1]:
        y1, y2 = widen(y1, y2, int((x2 - x1) * target[1] / target[0]), height)
    else:
        x1, x2 = widen(x1, x2, int((y2 - y1) * target[0] / target[1]), width)
    return x1, y1, x2, y2


def widen(start, end, length, limit):
    extra = length - (end - start)
    start -= extra // 2
    end += extra - extra // 2
    if end >= limit:
        start, end = start - (end - limit), limit
    if start < 0:
        start, end = 0, end - start
    return start, min(end, limit)


def inner(size, target):
    """Where a picture lies when it is scaled to fit in and centred."""
    wide = target[0] * size[1] > size[0] * target[1]
    scaled = (size[0] * target[1] // size[1], target[1]) if wide else (target[0], size[1] * target[0] // size[0])
    left, top = target[0] // 2 - scaled[0] // 2, target[1] // 2 - scaled[1] // 2
    return left, top, left + scaled[0], top + scaled[1]


def contain_mask(mask, width, height):
    left, top, right, bottom = inner(mask.size, (width, height))
    scaled = np.asarray(mask.resize((right - left, bottom - top), Image.BICUBIC))
    return np.pad(scaled, ((top, height - bottom), (left, width - right)), mode="edge")


def blur(mask, x, y):
    """A1111's mask blur: one OpenCV Gaussian along x, then one along y, u8 in between."""
    if x:
        mask = cv2.GaussianBlur(mask, (2 * int(2.5 * x + 0.5) + 1, 1), x)
    if y:
        mask = cv2.GaussianBlur(mask, (1, 2 * int(2.5 * y + 0.5) + 1), y)
    return mask


def grow(hard, window):
    """ComfyUI's grow_mask_by: a convolution with ones, padded by ceil((window - 1) / 2), cut to the size, clamped."""
    if window == 0:
        return hard
    pad = -(-(window - 1) // 2)
    wide = np.pad(hard, pad + window)
    sums = sum(wide[window + dy : window + dy + hard.shape[0], window + dx : window + dx + hard.shape[1]] for dy in range(window) for dx in range(window))
    return np.clip(sums, 0, 1)


def interpolate(values, cells):
    """PyTorch's interpolate(mode="bilinear"): linear between centres, edges repeated, not widened."""
    width, height = cells
    for axis, count in ((3, width), (2, height)):
        length = values.shape[axis]
        at = np.clip((np.arange(count) + 0.5) * length / count - 0.5, 0, length - 1)
        before = np.floor(at).astype(int)
        after = np.minimum(before + 1, length - 1)
        share = (at - before).reshape([-1 if i == axis else 1 for i in range(4)])
        values = np.take(values, before, axis) * (1 - share) + np.take(values, after, axis) * share
    return values.astype(np.float32)


def tensor(picture):
    return (picture.astype(np.float32) / 255 * 2 - 1).transpose(2, 0, 1)[None]


def picture_of(pixels):
    return np.round(np.clip((pixels[0].transpose(1, 2, 0) + 1) / 2, 0, 1) * 255).astype(np.uint8)


def main():
    models = {name: Model(name) for name in ("sd-4ch", "sd-9ch")}
    for folder in (HERE / "cases").glob("part-*"):
        shutil.rmtree(folder)
    for name, model, kind, changes in CASES:
        recipe = DEFAULTS | {"seed": sum(map(ord, name))} | changes
        picture = case_picture(64, 64)
        mask = None
        if kind == "small":
            picture = case_picture(100, 120)
            mask = np.zeros((100, 120), np.uint8)
            mask[30:52, 61:90] = 255
        elif kind:
            mask = case_mask(kind, 64, 64)
        folder = HERE / "cases" / f"part-{name}"
        folder.mkdir()
        described = {"model": model, "recipe": recipe, "image": "image.png"}
        Image.fromarray(picture).save(folder / "image.png", optimize=True)
        if mask is not None:
            described["mask"] = "mask.png"
            Image.fromarray(mask).save(folder / "mask.png", optimize=True)
        result = repaint(models[model], recipe, picture, mask)
        Image.fromarray(result).save(folder / "expected.png", optimize=True)
        (folder / "case.json").write_text(json.dumps(described, indent=2) + "\n")
        print(f"{name:20} deviation {result.std():5.1f}")


if __name__ == "__main__":
    main()
