"""The reference pipeline: PyTorch modules, diffusers' scheduler loop, and the rules of masks around it.

Written from the formulas alone; nothing of it comes from the program that it checks.
"""

import inspect

import cv2
import numpy as np
import torch
from PIL import Image

import controls
import prompts
import steppers
from tiny_models import BETAS, Model


def repaint(model: Model, recipe: dict, picture: np.ndarray | None, mask: np.ndarray | None, size: tuple[int, int], nudge: float = 0.0, looks: list | None = None) -> tuple[np.ndarray, dict]:
    """The picture that the recipe makes, u8 `[height, width, 3]`, and the values on the way to it.

    `picture` u8 `[height, width, 3]` and `mask` u8 `[height, width]` may be missing; `size` is (width, height) for text to image.
    `looks` are the pictures that ControlNets are shown in the place of this one.
    `nudge` adds noise of that deviation to the initial noise, to see how much the picture hangs on it.
    """
    width, height = size if picture is None else (picture.shape[1], picture.shape[0])
    cover = None if mask is None else blur(mask, recipe["mask_blur"])
    multiple = model.variant.factor * 2 ** (len(model.unet.config.block_out_channels) - 1)
    right, bottom = -width % multiple, -height % multiple
    wide = None if picture is None else np.pad(picture, ((0, bottom), (0, right), (0, 0)), mode="edge")
    wide_cover = None if cover is None else np.pad(cover, ((0, bottom), (0, right)), mode="edge")
    shape = (1, 4, (height + bottom) // model.variant.factor, (width + right) // model.variant.factor)

    noise, generator = first_noise(recipe, shape)
    noise = noise + nudge * torch.randn(shape, generator=torch.Generator().manual_seed(1))
    known = None if wide is None else model.encode_picture(to_tensor(wide))
    scheduler = steppers.make(recipe["sampler"], recipe["spacing"], recipe["steps"], BETAS, model.variant.prediction, model.variant.zero_snr)
    strength = recipe["strength"] if picture is not None else 1.0
    first = steppers.first_index(scheduler, recipe["steps"], strength)
    timesteps = scheduler.timesteps[first:]
    if strength == 1.0:
        x = noise * scheduler.init_noise_sigma
    else:
        x = scheduler.add_noise(known, noise, timesteps[:1])

    looks = [None if look is None else np.pad(look, ((0, bottom), (0, right), (0, 0)), mode="edge") for look in looks or []]
    controls.prepare(model, recipe, wide, wide_cover, looks, len(timesteps))

    heard = [prompts.contexts(model, recipe["prompt"], recipe["negative_prompt"], step, len(timesteps)) for step in range(1, len(timesteps) + 1)]
    first_text = heard[0][0][0][0]
    concat = conditioning(model, wide, wide_cover, shape) if model.variant.inpainting else None
    latent_mask = hard_latent_mask(wide_cover, shape) if cover is not None and not model.variant.inpainting else None
    trace = {"noise": noise, "text_embedding": first_text[0] if model.variant.xl else first_text, "timesteps": timesteps.float()}
    if hasattr(scheduler, "sigmas"):
        trace["sigmas"] = scheduler.sigmas[first:].float()
    if known is not None:
        trace["known_latents"] = known
    if latent_mask is not None:
        trace["latent_mask"] = latent_mask

    takes_generator = "generator" in inspect.signature(scheduler.step).parameters
    for step, (timestep, (text, negative)) in enumerate(zip(timesteps, heard)):
        model.step = step
        output = evaluate(model, scheduler, x, timestep, text, negative, recipe["guidance_scale"], concat, latent_mask, known, noise)
        options = {"generator": generator} if takes_generator else {}
        x = scheduler.step(output, timestep, x, **options).prev_sample
    trace["final_latents"] = x

    decoded = from_tensor(model.decode(x))[:height, :width]
    if cover is None:
        return decoded, trace
    alpha = (cover / 255.0)[..., None]
    return np.round(picture * (1 - alpha) + decoded * alpha).astype(np.uint8), trace


def evaluate(model, scheduler, x, timestep, text, negative, guidance, concat, latent_mask, known, noise) -> torch.Tensor:
    """The model output that the scheduler's step is given.

    With `latent_mask`, ComfyUI's KSamplerX0Inpaint (comfy/samplers.py) around the guided model, put into the scheduler's terms: the kept area goes in as `known + noise * sigma` and comes out as `known`.
    """
    if latent_mask is None:
        return guided(model, scheduler.scale_model_input(x, timestep), timestep, text, negative, guidance, concat)
    sigma, preserving = steppers.current_sigma(scheduler, timestep)
    scheduler.scale_model_input(x, timestep)
    root = (sigma**2 + 1) ** 0.5
    noisy = x * root if preserving else x
    seen = noisy * latent_mask + (known + noise * sigma) * (1 - latent_mask)
    output = guided(model, seen / root, timestep, text, negative, guidance, concat)
    if model.variant.prediction == "epsilon":
        clean = seen - sigma * output
    else:
        clean = seen / root**2 - output * (sigma / root)
    clean = clean * latent_mask + known * (1 - latent_mask)
    if model.variant.prediction == "epsilon":
        return (noisy - clean) / sigma
    return (noisy / root**2 - clean) * (root / sigma)


def guided(model, sample, timestep, text, negative, guidance, concat) -> torch.Tensor:
    """Classifier-free guidance, and the sum over the parts of a composed prompt; at scale 1 the prediction of a single part alone."""
    if concat is not None:
        sample = torch.cat([sample, concat], 1)
    wanted = [(controls.predict(model, sample, timestep, context, True), weight) for context, weight in text]
    if guidance == 1.0 and len(wanted) == 1:
        return wanted[0][0]
    unwanted = controls.predict(model, sample, timestep, negative, False)
    return unwanted + guidance * sum(weight * (one - unwanted) for one, weight in wanted)


def first_noise(recipe: dict, shape: tuple[int, ...]) -> tuple[torch.Tensor, torch.Generator]:
    """The initial noise; ancestral draws continue the generator, so `philox` is for samplers that draw no more."""
    generator = torch.Generator().manual_seed(recipe["seed"])
    if recipe["seed_source"] == "torch-cpu":
        return torch.randn(shape, generator=generator), generator
    assert recipe["sampler"] not in ("euler-a", "dpmpp-2m-sde", "dpmpp-3m-sde", "lcm")
    return torch.from_numpy(philox_normal(recipe["seed"], int(np.prod(shape))).reshape(shape)), generator


def philox_normal(seed: int, count: int) -> np.ndarray:
    """First `torch.randn` on CUDA: Philox4x32-10, counter (0, 0, element, 0), key = seed; Box-Muller's sine of the first two words."""
    words = [np.zeros(count, np.uint64), np.zeros(count, np.uint64), np.arange(count, dtype=np.uint64), np.zeros(count, np.uint64)]
    low, high, mask = seed & 0xFFFFFFFF, seed >> 32, np.uint64(0xFFFFFFFF)
    for _ in range(10):
        first, second = words[0] * np.uint64(0xD2511F53), words[2] * np.uint64(0xCD9E8D57)
        shift = np.uint64(32)
        words = [(second >> shift) ^ words[1] ^ np.uint64(low), second & mask, (first >> shift) ^ words[3] ^ np.uint64(high), first & mask]
        low, high = (low + 0x9E3779B9) & 0xFFFFFFFF, (high + 0xBB67AE85) & 0xFFFFFFFF
    scale = np.float32(2.3283064e-10)
    u = words[0].astype(np.float32) * scale + scale / 2
    v = words[1].astype(np.float32) * (scale * np.float32(6.2831855)) + scale * np.float32(6.2831855) / 2
    return (np.sqrt(-2 * np.log(u)) * np.sin(v)).astype(np.float32)


def blur(mask: np.ndarray, deviation: float) -> np.ndarray:
    """A1111's mask blur: one OpenCV Gaussian along x, then one along y, u8 in between."""
    if deviation <= 0:
        return mask
    size = 2 * int(2.5 * deviation + 0.5) + 1
    return cv2.GaussianBlur(cv2.GaussianBlur(mask, (size, 1), deviation), (1, size), deviation)


def hard_latent_mask(cover: np.ndarray, shape: tuple[int, ...]) -> torch.Tensor:
    """A1111's latent mask `[1, 1, h, w]`: PIL's bicubic resize of the u8 mask, rounded."""
    small = np.asarray(Image.fromarray(cover).convert("RGB").resize((shape[3], shape[2])))[..., 0]
    assert np.abs(small - 127.5).min() > 2, "a latent pixel on the threshold would make the case depend on rounding"
    return torch.from_numpy((small >= 128).astype(np.float32))[None, None]


def conditioning(model: Model, picture: np.ndarray | None, cover: np.ndarray | None, shape: tuple[int, ...]) -> torch.Tensor:
    """Mask and masked-picture latents `[1, 5, h, w]` of 9-channel models, as diffusers' inpainting pipeline makes them.

    Without a mask everything is repainted, so the masked picture is mid-grey.
    """
    height, width = shape[2] * model.variant.factor, shape[3] * model.variant.factor
    if cover is None:
        cover = np.full((height, width), 255, np.uint8)
    if picture is None:
        picture = np.zeros((height, width, 3), np.uint8)
    hard = torch.from_numpy((cover >= 128).astype(np.float32))[None, None]
    kept = model.encode_picture(to_tensor(picture) * (hard < 0.5))
    small = torch.nn.functional.interpolate(hard, size=shape[2:])
    return torch.cat([small, kept], 1)


def to_tensor(picture: np.ndarray) -> torch.Tensor:
    """u8 `[height, width, 3]` to `[1, 3, height, width]` in `[-1, 1]`."""
    return torch.from_numpy(picture.astype(np.float32) / 255 * 2 - 1).permute(2, 0, 1)[None]


def from_tensor(picture: torch.Tensor) -> np.ndarray:
    return torch.round(((picture[0].permute(1, 2, 0) + 1) / 2).clamp(0, 1) * 255).byte().numpy()
