"""Scenes, masks and captions by worker processes, and their pictures drawn where the networks are.

Every chunk has a random number generator of its own, seeded by (use, index), so that no use
(training, the judge's training, tests, samples) ever sees the seeds of another.
"""

import multiprocessing

import numpy as np
import torch
from torch.nn import functional as F

import masks
from drawing import draw
from scene import caption, changed, pack, random_scene

TRAIN, JUDGE, TEST, SAMPLE, SEEN, UNSEEN = range(6)  # uses of a seed
CHUNK = 256  # scenes
CAPTIONS = 2  # captions a scene
WRONG = 0.10  # share of wrong hands among what is to be painted, under their own words
# What the scenes of a chunk have, as shares of it: all are drawn alike, so that no shape depends on chance.
GROUPS = ((0.0, 0.5, False, False), (0.5, 0.6, False, True), (0.6, 0.9, True, False), (0.9, 1.0, True, True))
COARSE = ((0.0, 0.08, 0.5), (0.55, 0.61, 0.667), (0.70, 0.76, 0.5))  # shares that come from smaller pictures, and how small


def rng_of(use, index):
    return np.random.default_rng((20261, use, index))


def pair(rng, figure, second):
    """A scene to be painted and the scene as it was before."""
    scene = random_scene(rng, second=second) | {"figure": figure}
    other = changed(rng, scene)
    wrong = other["wrong"] or other["gap"] != (0.0, 0.0)
    return (other, scene) if rng.random() < (WRONG / 0.55 if wrong else 0.5) else (scene, other)


def chunk(encode, use, index):
    """Packed scenes, others and masks of CHUNK scenes, and token ids of their captions, int16 [CHUNK, CAPTIONS, tokens]."""
    rng = rng_of(use, index)
    scenes, others, holes, ids = [], [], [], []
    for first, last, figure, second in GROUPS:
        for _ in range(round(last * CHUNK) - round(first * CHUNK)):
            scene, other = pair(rng, figure, second)
            scenes.append(pack(scene))
            others.append(pack(other))
            hole, partial = masks.random_mask(rng, scene, other)
            holes.append(hole)
            if partial and rng.random() < 0.75:
                others[-1] = scenes[-1]  # else half a finger of another hand stays
            ids.append([encode(caption(rng, scene)) for _ in range(CAPTIONS)])
    return np.stack(scenes), np.stack(others), np.stack(holes), np.array(ids, np.int16)


def work(make, use, first, step, queue):
    torch.set_num_threads(1)
    index = first
    while True:
        queue.put(make(use, index))
        index += step


class Chunks:
    """An endless stream of what `make(use, index)` gives, by worker processes. Made before CUDA is first used, because workers are forked."""

    def __init__(self, make, use, workers):
        context = multiprocessing.get_context("fork")
        self.queues = [context.Queue(4) for _ in range(workers)]
        self.workers = [context.Process(target=work, args=(make, use, i, workers, queue), daemon=True) for i, queue in enumerate(self.queues)]
        for worker in self.workers:
            worker.start()
        self.turn = 0

    def next(self, device):
        """The next chunk's arrays as tensors on a device."""
        arrays = self.queues[self.turn].get()
        self.turn = (self.turn + 1) % len(self.queues)
        return [torch.from_numpy(array).to(device, non_blocking=True) for array in arrays]

    def stop(self):
        for worker in self.workers:
            worker.terminate()


class Painter:
    """Draws chunks; compiled where that works, as `compiled` asks for."""

    def __init__(self, size, compiled):
        self.size, self.compiled = size, compiled
        self.draw = torch.compile(draw, dynamic=False) if compiled else draw
        self.masks = torch.compile(masks.draw_masks, dynamic=False) if compiled else masks.draw_masks

    @torch.no_grad()
    def pictures(self, numbers):
        """float32 [b, 3, size, size] in [-1, 1]."""
        n = len(numbers)
        if self.compiled:
            out = self.draw(numbers, self.size)
        else:
            out = torch.cat([self.draw(numbers[round(a * n) : round(b * n)], self.size, figure, second) for a, b, figure, second in GROUPS])
        for a, b, scale in COARSE:
            part = out[round(a * n) : round(b * n)]
            small = F.interpolate(part, size=round(self.size * scale), mode="bilinear", antialias=True)
            out[round(a * n) : round(b * n)] = F.interpolate(small, size=self.size, mode="bicubic").clamp(0, 255)
        return (out + 0.5).floor() / 127.5 - 1

    @torch.no_grad()
    def paint(self, scenes, others, holes):
        """Pictures to be painted and before in [-1, 1], equal outside of the masks, and the masks [b, 1, size, size], 1 = repaint."""
        x, y = self.pictures(scenes), self.pictures(others)
        hole = self.masks(holes, scenes, others, self.size)
        return torch.where(hole > 0, x, y), y, hole
