"""The judge's eye: a small network that reads a hand's attributes from a picture of 128 px.

It learns from fresh drawings, right ones and wrong ones, some of them passed through the
autoencoder, so that it neither trusts nor distrusts a picture for how sharp it is.
"""

import os
import time
from multiprocessing import Pool

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from dataset import JUDGE, SIZE, rng_of
from scene import GESTURES, SKINS, SLEEVES, WRONGS, can_go_wrong, count, draw, pick, random_scene
from train_autoencoder import to_float

HEADS = {"fingers": 7, "gesture": len(GESTURES), "wrong": 2, "skin": len(SKINS), "sleeve": len(SLEEVES)}
PICTURES = 10000
EPOCHS = 8
BATCH = 64
UNKNOWN = -100  # a label that is not learned


class Classifier(nn.Module):
    """Picture [b, 3, 128, 128] in [-1, 1] -> {head: scores [b, classes]}."""

    def __init__(self):
        super().__init__()
        widths, layers = (12, 24, 48, 96, 128), []
        for i, width in enumerate(widths):
            inner = widths[i - 1] if i else 3
            layers += [nn.Conv2d(inner, width, 3, stride=2, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
            if i > 1:
                layers += [nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.2), nn.Linear(128 * 16, 128), nn.ReLU())
        self.heads = nn.ModuleDict({name: nn.Linear(128, n) for name, n in HEADS.items()})

    def forward(self, x):
        h = self.body(x)
        return {name: head(h) for name, head in self.heads.items()}


def labels_of(scene, wrong):
    fingers = count(scene)
    if scene["wrong"] in ("melted", "fused") or wrong and scene["wrong"] is None:
        fingers = UNKNOWN
    return [fingers, list(GESTURES).index(scene["gesture"]) if not wrong else UNKNOWN, int(wrong),
            list(SKINS).index(scene["skin"]), list(SLEEVES).index(scene["sleeve"])]


def example(index, use=JUDGE):
    """A picture uint8 [128, 128, 3] and its labels in the order of HEADS; two in five are wrong."""
    rng = rng_of(use, index)
    scene = random_scene(rng)
    kind = rng.random()
    wrong = kind < 0.42
    if kind < 0.26:
        ways = [way for way in WRONGS if can_go_wrong(scene, way)]
        if ways:
            scene["wrong"] = pick(rng, ways)
        wrong = bool(ways)
    elif kind < 0.30:
        a, r = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 0.5)
        scene["gap"] = (r * np.cos(a), 0.2 + abs(r * np.sin(a)))
    picture = draw(scene, SIZE).astype(np.float32)
    if 0.30 <= kind < 0.42:
        picture = ghost(rng, scene, picture)
    picture += rng.normal(0, rng.uniform(0, 5), picture.shape) + rng.uniform(-6, 6, 3)
    return np.clip(picture, 0, 255).astype(np.uint8), labels_of(scene, wrong)


def ghost(rng, scene, picture):
    """Two gestures through each other, or one above a line and another below it."""
    others = [g for g in GESTURES if g != scene["gesture"]]
    other = draw(scene | {"gesture": pick(rng, others)}, SIZE).astype(np.float32)
    if rng.random() < 0.6:
        share = rng.uniform(0.3, 0.7)
    else:
        t = np.linspace(-1, 1, SIZE, dtype=np.float32)
        a = rng.uniform(0, np.pi)
        share = np.clip(4 * (np.cos(a) * t + np.sin(a) * t[:, None]) + 0.5, 0, 1)[..., None]
    return picture * share + other * (1 - share)


def examples(total, use=JUDGE, start=0):
    with Pool(2) as pool:
        pairs = pool.starmap(example, [(i, use) for i in range(start, start + total)], chunksize=64)
    return np.stack([p for p, _ in pairs]), np.array([labels for _, labels in pairs])


def through(autoencoder, pictures):
    """uint8 pictures after a trip through the autoencoder, (encoder, decoder)."""
    encoder, decoder = autoencoder
    with torch.no_grad():
        y = [decoder(encoder(to_float(p)).chunk(2, 1)[0]) for p in np.array_split(pictures, max(1, len(pictures) // 64))]
    return ((torch.cat(y).clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()


def read(network, pictures):
    """{head: classes [n]} of uint8 pictures."""
    with torch.no_grad():
        scores = [network(to_float(p)) for p in np.array_split(pictures, max(1, len(pictures) // 128))]
    return {name: torch.cat([s[name] for s in scores]).argmax(1).numpy() for name in HEADS}


def accuracy(network, pictures, labels):
    """{head: share right} over the pictures that have the label."""
    said = read(network, pictures)
    return {name: float((said[name] == labels[:, i])[labels[:, i] != UNKNOWN].mean()) for i, name in enumerate(HEADS)}


def train(folder, autoencoder):
    """Writes folder/classifier.pt, unless it is there, and returns the network."""
    network, path = Classifier(), f"{folder}/classifier.pt"
    if os.path.exists(path):
        network.load_state_dict(torch.load(path, weights_only=True))
        return network.eval()
    began = time.time()
    pictures, labels = examples(PICTURES)
    third = slice(0, PICTURES // 3)
    pictures[third] = through(autoencoder, pictures[third])
    print(f"judge: drew {PICTURES}, {time.time() - began:.0f} s", flush=True)
    torch.manual_seed(3)
    network.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=1e-2)
    steps = EPOCHS * (PICTURES // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, steps)
    targets = torch.from_numpy(labels)
    for epoch in range(EPOCHS):
        order, network = np.random.default_rng((3, epoch)).permutation(PICTURES), network.train()
        for i in range(PICTURES // BATCH):
            n = order[i * BATCH : (i + 1) * BATCH]
            scores = network(to_float(pictures[n]).contiguous(memory_format=torch.channels_last))
            loss = sum(F.cross_entropy(scores[name], targets[n, j], ignore_index=UNKNOWN) for j, name in enumerate(HEADS))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        print(f"judge: epoch {epoch + 1}/{EPOCHS} loss {loss.item():.3f}, {time.time() - began:.0f} s", flush=True)
    torch.save(network.state_dict(), path)
    return network.eval()
