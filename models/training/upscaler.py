"""An upscaler of drawings by 2, in the compact form of Real-ESRGAN (SRVGGNetCompact; Wang et al. 2021): trains it by the clock and measures it against Lanczos."""

import argparse
import os

import numpy as np
import torch
from PIL import Image
from torch import nn

from dataset import SEEN, UNSEEN, rng_of
from drawing import draw
from pictures import jpeg, wrong_scene
from scene import pack
from train import AVERAGE, LOGS, Clock, log, rate

SCALE = 2
WIDTH, LAYERS = 24, 8
LARGE = 288  # side of the drawings, pixels
PATCH = 40  # side of what is learned from, small pixels
BATCH = 16
RATE = 2e-3
DRAWINGS, TESTS = 220, 24
SMALLER = (Image.BOX, Image.LANCZOS, Image.BICUBIC, Image.HAMMING)


class Upscaler(nn.Module):
    """Picture [b, 3, h, w] in [0, 1] -> [b, 3, 2 h, 2 w]."""

    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, WIDTH, 3, padding=1), nn.PReLU(WIDTH)]
        for _ in range(LAYERS):
            layers += [nn.Conv2d(WIDTH, WIDTH, 3, padding=1), nn.PReLU(WIDTH)]
        self.body = nn.Sequential(*layers, nn.Conv2d(WIDTH, 3 * SCALE * SCALE, 3, padding=1))

    def forward(self, x):
        return nn.functional.pixel_shuffle(self.body(x), SCALE) + nn.functional.interpolate(x, scale_factor=SCALE, mode="nearest")


def drawings(use, first, count):
    """uint8 [count, LARGE, LARGE, 3]; a third of them from larger drawings, so that edges lie everywhere between pixels."""
    out = []
    for i in range(count):
        scene = wrong_scene(rng_of(use, first + i))
        side = LARGE * (4 if i % 3 == 0 else 3) // 3
        picture = draw(torch.from_numpy(pack(scene))[None], side)[0].add(0.5).byte().permute(1, 2, 0).numpy()
        out.append(np.asarray(Image.fromarray(picture).resize((LARGE, LARGE), Image.LANCZOS)))
    return np.stack(out)


def smaller(picture, how, quality=None, scale=SCALE):
    """A picture at half its size or less, perhaps through JPEG."""
    side = picture.shape[0] // scale
    small = np.asarray(Image.fromarray(picture).resize((side, side), how))
    return small if quality is None else jpeg(small, quality)


def batch(rng, pictures):
    """Small and large parts in [0, 1], at any of eight orientations."""
    small, large = [], []
    for _ in range(BATCH):
        x, y = (int(v) for v in rng.integers(0, LARGE - SCALE * PATCH + 1, 2))
        part = np.ascontiguousarray(np.rot90(pictures[int(rng.integers(len(pictures)))][y : y + SCALE * PATCH, x : x + SCALE * PATCH], int(rng.integers(4))))
        part = part[::-1].copy() if rng.random() < 0.5 else part
        small.append(smaller(part, SMALLER[int(rng.integers(len(SMALLER)))], int(rng.integers(75, 97)) if rng.random() < 0.25 else None))
        large.append(part)
    as_tensor = lambda parts: (torch.from_numpy(np.stack(parts)).permute(0, 3, 1, 2).float() / 255).contiguous(memory_format=torch.channels_last)
    return as_tensor(small), as_tensor(large)


def psnr(a, b):
    return 10 * np.log10(255**2 / max(1e-9, np.mean((a.astype(np.float32) - b.astype(np.float32)) ** 2)))


@torch.no_grad()
def measured(network, pictures, passes=1):
    """Mean dB of the network, run once or behind itself, and of Lanczos, and how far the network leaves the range of the pixels around (a halo), of 255 at the 99.9th percentile."""
    scale = SCALE**passes
    own, lanczos, halo = [], [], []
    for i, picture in enumerate(pictures):
        small = smaller(picture, SMALLER[i % len(SMALLER)], scale=scale)
        x = torch.from_numpy(small.copy()).permute(2, 0, 1)[None].float() / 255
        made = x
        for _ in range(passes):
            made = network(made).clamp(0, 1).mul(255).round() / 255
        made = made[0] * 255
        around = nn.functional.interpolate(x * 255, scale_factor=scale, mode="nearest")
        most, least = (sign * nn.functional.max_pool2d(sign * around, 3 * scale + 1, 1, 3 * scale // 2)[0] for sign in (1, -1))
        beyond = torch.maximum(made - most, least - made).clamp(min=0)
        halo.append(np.percentile(beyond.numpy(), 99.9))
        own.append(psnr(made.permute(1, 2, 0).numpy(), picture))
        lanczos.append(psnr(np.asarray(Image.fromarray(small).resize((LARGE, LARGE), Image.LANCZOS)), picture))
    return np.mean(own), np.mean(lanczos), np.mean(halo)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="run", help="folder of the checkpoint")
    parser.add_argument("--seconds", type=float, default=600, help="how long to train; 0 measures the checkpoint, at 2 and at 4 times")
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    LOGS.append(f"{args.out}/upscaler.txt")
    torch.set_num_threads(1)
    torch.manual_seed(5)
    tests = drawings(UNSEEN, 2_000_000, TESTS)
    if not args.seconds:
        network = Upscaler()
        network.load_state_dict(torch.load(f"{args.out}/upscaler.pt"))
        for passes in (1, 2):
            log("x{}: {:.2f} dB, Lanczos {:.2f} dB, halo {:.1f}".format(SCALE**passes, *measured(network, tests, passes)))
        return
    pictures = drawings(SEEN, 2_000_000, DRAWINGS)
    network = Upscaler().to(memory_format=torch.channels_last)
    average = Upscaler().requires_grad_(False)
    average.load_state_dict(network.state_dict())
    parameters = list(network.parameters())
    optimiser = torch.optim.Adam(parameters, lr=RATE, betas=(0.9, 0.98))
    rng, clock, step = rng_of(SEEN, 3_000_000), Clock(args.seconds), 0
    log(f"{sum(p.numel() for p in parameters)} weights")
    while clock.share < 1:
        small, large = batch(rng, pictures)
        with torch.autocast("cpu", torch.bfloat16):
            made = network(small)
        loss = (made.float() - large).abs().mean()
        for group in optimiser.param_groups:
            group["lr"] = rate(clock.tick(step), step, RATE)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        torch._foreach_lerp_(list(average.parameters()), [p.detach() for p in parameters], 1 - min(AVERAGE, (1 + step) / (10 + step)))
        step += 1
        if step % 500 == 0 or clock.share >= 1:
            own, lanczos, halo = measured(average, tests)
            log(f"upscaler {step} loss {loss.item():.4f}, {own:.2f} dB, Lanczos {lanczos:.2f} dB, halo {halo:.1f}, {clock.share:.0%}")
            torch.save(average.state_dict(), f"{args.out}/upscaler.pt")


if __name__ == "__main__":
    main()
