"""The hint of cleanness: how clean a drawn hand looks, so that the best of several tries can be put first.

A small network reads a picture of 128 px that a hand fills for the most part and gives one score. It learns from
fresh drawings: clean ones on one side; on the other wrong hands, two gestures through each other, and smears as the
denoiser leaves them, which are made in the autoencoder's latents. It never sees what the judge (`classifier.py`) sees
or says: the two share nothing but the drawings' code.
"""

import argparse
import math
import os
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from dataset import CHUNK, GROUPS, Chunks, Painter, rng_of
from scene import GESTURES, WRONGS, can_go_wrong, pack, pick, random_scene

SIDE = 128  # pixels
USE = 6  # its own use of seeds; those of the judge are others
BATCH = 64
LESSONS = 16  # batches after each chunk
RATE = 1.5e-3
SEEN = 0.10  # mean change of a cell, of 2, from which a smear can be seen
FAINT = 0.04  # below it there is none


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.SiLU(),
                                  nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return F.silu(x + self.body(x))


class Clean(nn.Module):
    """Picture [b, 3, 128, 128] in [0, 1] -> scores [b], above 0 for clean hands."""

    def __init__(self):
        super().__init__()
        layers, inner = [], 3
        for width in (16, 32, 56, 80):
            layers += [nn.Conv2d(inner, width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), nn.SiLU()]
            if inner > 3:
                layers.append(Residual(width))
            inner = width
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(2 * inner, 1)

    def forward(self, picture):
        h = self.body(picture * 2 - 1)
        return self.head(torch.cat([h.mean((2, 3)), h.amax((2, 3))], 1))[:, 0]


def chunk(use, index):
    """Packed scenes, scenes of other gestures, mixtures as in `classifier.chunk`, and whether each is wrong already."""
    rng = rng_of(use, index)
    scenes, others, mixtures, wrong = [], [], [], []
    for first, last, figure, second in GROUPS:
        for _ in range(round(last * CHUNK) - round(first * CHUNK)):
            scene = random_scene(rng, second=second)
            scene |= {"figure": figure, "span": float(rng.uniform(2.3, 4.3)), "shift": tuple(rng.uniform(-0.35, 0.35, 2))}
            kind, mixture = rng.random(), (1.0, -1.0)
            bad = kind < 0.30
            if kind < 0.20:
                ways = [way for way in WRONGS if can_go_wrong(scene, way)]
                if ways:
                    scene["wrong"] = pick(rng, ways)
                bad = bool(ways)
            elif kind < 0.23:
                a, r = rng.uniform(0, 2 * math.pi), rng.uniform(0.3, 0.5)
                scene["gap"] = (r * math.cos(a), 0.2 + abs(r * math.sin(a)))
            elif kind < 0.30:
                mixture = (rng.uniform(0.3, 0.7), rng.uniform(0, math.pi) if rng.random() < 0.4 else -1.0)
            scenes.append(pack(scene))
            others.append(pack(scene | {"gesture": pick(rng, [g for g in GESTURES if g != scene["gesture"]]), "wrong": None}))
            mixtures.append(mixture)
            wrong.append(bad)
    return np.stack(scenes), np.stack(others), np.array(mixtures, np.float32), np.array(wrong)


def blobs(places, random, cells):
    """Soft spots [b, 1, cells, cells] around places that `places` [b, cells * cells] weighs."""
    at = torch.multinomial(places + 1e-6, 3, generator=random)
    grid = torch.arange(cells).float()
    y, x = at // cells, at % cells
    radius = 0.6 + 1.9 * torch.rand(at.shape, generator=random) ** 1.5
    there = torch.rand(at.shape, generator=random) < torch.tensor([1.0, 0.5, 0.3])
    far = (grid[None, None, :, None] - y[..., None, None]) ** 2 + (grid[None, None, None, :] - x[..., None, None]) ** 2
    return ((-far / radius[..., None, None] ** 2).exp() * there[..., None, None]).amax(1, keepdim=True)


@torch.no_grad()
def examples(chunks, painter, encoder, decoder, random):
    """Pictures in [0, 1], whether each is clean, and whether that can be told."""
    from classifier import mixed
    scenes, others, mixtures, wrong = chunks.next("cpu")
    y = painter.pictures(others)
    x = mixed(painter.pictures(scenes), y, mixtures)
    encode = lambda part: encoder(part).chunk(2, 1)[0]
    z, other = encode(x), encode(y)
    plain = decoder(z).clamp(-1, 1)
    n, cells = len(x), z.shape[-1]
    # Half of those that are clean so far get smears, where the gestures differ for the most part.
    differs = F.adaptive_avg_pool2d((x - y).abs().mean(1, keepdim=True), cells).flatten(1)
    at = blobs(differs + 0.1 * differs.mean(1, keepdim=True), random, cells)
    share, noise = torch.rand(n, 1, 1, 1, generator=random), torch.rand(n, 1, 1, 1, generator=random) ** 2
    smear = at * (share * (other - z) + 1.2 * noise * torch.randn(z.shape, generator=random))
    smeared = decoder(z + smear).clamp(-1, 1)
    change = F.avg_pool2d((smeared - plain).abs().mean(1, keepdim=True), 8).amax((1, 2, 3))
    chosen = torch.rand(n, generator=random) < 0.55
    seen = chosen & (change > SEEN)
    told = ~chosen | seen | wrong | (change < FAINT)
    # A decoded picture is neither better nor worse than a drawn one, and so are a little noise, a tint and another size.
    decoded = torch.rand(n, generator=random) < 0.7
    x = torch.where(decoded[:, None, None, None], plain, x)
    x = torch.where(chosen[:, None, None, None], smeared, x)
    x = x + torch.randn(x.shape, generator=random) * torch.rand(n, 1, 1, 1, generator=random) * 0.03
    x = x + (torch.rand(n, 3, 1, 1, generator=random) - 0.5) * 0.08
    size = int(torch.randint(72, SIDE + 1, (), generator=random))
    part = slice(0, n, 3)
    x[part] = F.interpolate(F.interpolate(x[part], size=size, mode="bilinear", antialias=True), size=SIDE, mode="bicubic")
    return (x.clamp(-1, 1) + 1) / 2, ~(wrong | seen), told


def lesson(pool, random):
    """A batch of what was made: mirrored, moved, lighter or darker by chance; pictures and whether they are clean."""
    chosen = [pool[i] for i in torch.randint(0, len(pool), (4,), generator=random).tolist()]
    parts = [(x[i], clean[i]) for x, clean in chosen for i in [torch.randint(0, len(x), (BATCH // 4,), generator=random)]]
    x, clean = (torch.cat(list(part)) for part in zip(*parts))
    x = F.pad(x.float() / 255, (8, 8, 8, 8), mode="replicate")
    across, down = torch.randint(0, 17, (2,), generator=random).tolist()
    x = x[:, :, down : down + SIDE, across : across + SIDE]
    if torch.rand((), generator=random) < 0.5:
        x = x.flip(3)
    light = 1 + (torch.rand(len(x), 3, 1, 1, generator=random) - 0.5) * 0.2
    return (x * light).clamp(0, 1), clean


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default="run", help="folder of rest.pt, and of clean.pt and clean.txt, which are written")
    parser.add_argument("--seconds", type=float, default=3000)
    parser.add_argument("--resume", type=int, default=0, help="go on from clean.pt with this number's pictures, 1 for the second leg")
    args = parser.parse_args()
    from autoencoder import Decoder, Encoder

    torch.manual_seed(11)
    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(12 + args.resume)
    chunks = Chunks(chunk, USE + args.resume * 100, 1)
    rest = torch.load(f"{args.work}/rest.pt", map_location="cpu", weights_only=True)
    encoder, decoder = Encoder(), Decoder()
    encoder.load_state_dict(rest["encoder"])
    decoder.load_state_dict(rest["decoder"])
    painter, network = Painter(SIDE, False), Clean()
    if args.resume:
        network.load_state_dict(torch.load(f"{args.work}/clean.pt", map_location="cpu", weights_only=True))
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.02)
    begun, step, right, saved = time.time(), 0, [], 0.0
    pool = []
    while (share := (time.time() - begun) / args.seconds) < 1:
        x, clean, told = examples(chunks, painter, encoder, decoder, random)
        pool.append(((x[told] * 255).round().byte(), clean[told].float()))
        # Making pictures takes longer than learning from them, so each is seen several times, never twice alike.
        for _ in range(LESSONS):
            rate = RATE * min(1, (step + 1) / 50) * (0.5 + 0.5 * math.cos(math.pi * share))
            for group in optimiser.param_groups:
                group["lr"] = rate
            x, clean = lesson(pool, random)
            scores = network(x)
            loss = F.binary_cross_entropy_with_logits(scores, clean * 0.96 + 0.02)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            right.append(float(((scores > 0) == (clean > 0.5)).float().mean()))
            step += 1
        if len(pool) % 5 == 0:
            with open(f"{args.work}/clean.txt", "a") as log:
                log.write(f"{time.time() - begun:.0f} s, step {step}: loss {loss.item():.3f}, {len(pool)} chunks, right {np.mean(right[-5 * LESSONS:]):.3f}\n")
        if time.time() - begun > saved + 120:
            saved = time.time() - begun
            torch.save(network.state_dict(), f"{args.work}/clean.new")
            os.replace(f"{args.work}/clean.new", f"{args.work}/clean.pt")
    network.eval()
    torch.save(network.state_dict(), f"{args.work}/clean.pt")
    right = []
    for _ in range(8):
        x, clean, told = examples(chunks, painter, encoder, decoder, random)
        with torch.no_grad():
            right += (((network(x) > 0) == clean)[told]).tolist()
    with open(f"{args.work}/clean.txt", "a") as log:
        log.write(f"{step} steps; right about {np.mean(right):.1%} of {len(right)} fresh pictures\n")
    chunks.stop()


if __name__ == "__main__":
    main()
