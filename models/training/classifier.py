"""The judge's eye: a small network that reads a hand's attributes from a picture of 256 px that the hand fills for the most part.

It learns from fresh drawings, right ones and wrong ones, some of them passed through the
autoencoder, so that it neither trusts nor distrusts a picture for how sharp it is.
"""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from dataset import CHUNK, GROUPS, rng_of
from scene import GESTURES, SKINS, SLEEVES, WRONGS, can_go_wrong, count, pack, pick, random_scene

HEADS = {"fingers": 7, "gesture": len(GESTURES), "wrong": 2, "skin": len(SKINS), "sleeve": len(SLEEVES)}
SIZE = 256
BATCH = 128
RATE = 2e-3
UNKNOWN = -100  # a label that is not learned


class Classifier(nn.Module):
    """Picture [b, 3, 256, 256] in [-1, 1] -> {head: scores [b, classes]}."""

    def __init__(self):
        super().__init__()
        widths, layers = (16, 32, 64, 96, 128, 160), []
        for i, width in enumerate(widths):
            inner = widths[i - 1] if i else 3
            layers += [nn.Conv2d(inner, width, 3, stride=2, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
            if i > 1:
                layers += [nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.2), nn.Linear(160 * 16, 160), nn.ReLU())
        self.heads = nn.ModuleDict({name: nn.Linear(160, n) for name, n in HEADS.items()})

    def forward(self, x):
        h = self.body(x)
        return {name: head(h) for name, head in self.heads.items()}


def labels_of(scene, wrong):
    fingers = count(scene)
    if scene["wrong"] in ("melted", "fused") or wrong and scene["wrong"] is None:
        fingers = UNKNOWN
    return [fingers, list(GESTURES).index(scene["gesture"]) if not wrong else UNKNOWN, int(wrong),
            list(SKINS).index(scene["skin"]), list(SLEEVES).index(scene["sleeve"])]


def chunk(use, index):
    """Packed scenes, scenes of other gestures, how they are mixed, and labels in the order of HEADS; two in five are wrong.

    A mixture is (share of the scene, angle of a line between the two or -1): two gestures through each other, or one above and one below.
    """
    rng = rng_of(use, index)
    scenes, others, mixtures, labels = [], [], [], []
    for first, last, figure, second in GROUPS:
        for _ in range(round(last * CHUNK) - round(first * CHUNK)):
            scene = random_scene(rng, second=second)
            scene |= {"figure": figure, "span": float(rng.uniform(2.85, 3.35)), "shift": tuple(rng.uniform(-0.17, 0.17, 2))}
            kind, mixture = rng.random(), (1.0, -1.0)
            wrong = kind < 0.42
            if kind < 0.26:
                ways = [way for way in WRONGS if can_go_wrong(scene, way)]
                if ways:
                    scene["wrong"] = pick(rng, ways)
                wrong = bool(ways)
            elif kind < 0.30:
                a, r = rng.uniform(0, 2 * math.pi), rng.uniform(0.3, 0.5)
                scene["gap"] = (r * math.cos(a), 0.2 + abs(r * math.sin(a)))
            elif kind < 0.42:
                mixture = (rng.uniform(0.3, 0.7), rng.uniform(0, math.pi) if rng.random() < 0.4 else -1.0)
            scenes.append(pack(scene))
            others.append(pack(scene | {"gesture": pick(rng, [g for g in GESTURES if g != scene["gesture"]])}))
            mixtures.append(mixture)
            labels.append(labels_of(scene, wrong))
    return np.stack(scenes), np.stack(others), np.array(mixtures, np.float32), np.array(labels)


def mixed(x, y, mixtures):
    """Pictures of scenes and of others, mixed as `chunk` says."""
    share, angle = (mixtures[:, i].view(-1, 1, 1, 1) for i in range(2))
    t = torch.linspace(-1, 1, x.shape[-1], device=x.device)
    line = (4 * (angle.cos() * t + angle.sin() * t[:, None]) + 0.5).clamp(0, 1)
    share = torch.where(angle >= 0, line, share)
    return x * share + y * (1 - share)


@torch.no_grad()
def examples(chunks, painter, encoder, decoder, device):
    """Pictures in [-1, 1], a third decoded by the autoencoder, with noise and tints, and their labels."""
    scenes, others, mixtures, labels = chunks.next(device)
    x = mixed(painter.pictures(scenes), painter.pictures(others), mixtures)
    x[::3] = decoder(encoder(x[::3]).chunk(2, 1)[0]).clamp(-1, 1)
    x = x + torch.randn_like(x) * torch.rand(len(x), 1, 1, 1, device=device) * 0.03 + (torch.rand(len(x), 3, 1, 1, device=device) - 0.5) * 0.06
    return x.clamp(-1, 1), labels


def loss_of(network, x, labels):
    scores = network(x)
    return sum(F.cross_entropy(scores[name].float(), labels[:, j], ignore_index=UNKNOWN) for j, name in enumerate(HEADS))


def read(network, x):
    """{head: classes [n]} of pictures [n, 3, 256, 256] in [-1, 1]."""
    with torch.no_grad():
        scores = [network(part) for part in x.split(64)]
    return {name: torch.cat([s[name] for s in scores]).argmax(1).cpu().numpy() for name in HEADS}


def verdicts(said, scenes):
    """For every picture the list of what is not right about it; empty is good."""
    out, gestures, skins = [], list(GESTURES), list(SKINS)
    for i, scene in enumerate(scenes):
        wrong = ["not clean"] if said["wrong"][i] else []
        if said["fingers"][i] != sum(GESTURES[scene["gesture"]]):
            wrong.append(f"{said['fingers'][i]} fingers")
        if gestures[said["gesture"][i]] != scene["gesture"]:
            wrong.append(gestures[said["gesture"][i]])
        if skins[said["skin"][i]] != scene["skin"]:
            wrong.append(skins[said["skin"][i]] + " skin")
        out.append(wrong)
    return out
