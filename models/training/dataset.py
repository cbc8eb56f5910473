"""Draws the training pictures to disk: pictures.npy, masks.npy and captions.json.

Every picture has a random number generator of its own, seeded by (use, index), so that no use
(training, the judge's training, tests, samples) ever sees the seeds of another.
"""

import json
import os
from multiprocessing import Pool

import numpy as np

from masks import random_mask
from scene import caption, draw, random_scene

TRAIN, JUDGE, TEST, SAMPLE = range(4)  # uses of a seed
SIZE = 128  # native size, pixels
MASKS = 2  # masks a picture
CAPTIONS = 3  # captions a picture


def rng_of(use, index):
    return np.random.default_rng((20240, use, index))


def draw_one(index):
    """Picture uint8 [SIZE, SIZE, 3], masks packed to bits [MASKS, SIZE * SIZE / 8], captions."""
    rng = rng_of(TRAIN, index)
    scene = random_scene(rng)
    masks = [np.packbits(random_mask(rng, scene, SIZE)) for _ in range(MASKS)]
    return draw(scene, SIZE), np.stack(masks), [caption(rng, scene) for _ in range(CAPTIONS)]


def draw_all(folder, total):
    """Writes the data set of `total` pictures; does nothing when it is there."""
    os.makedirs(folder, exist_ok=True)
    if os.path.exists(f"{folder}/captions.json"):
        return
    create = lambda name, shape: np.lib.format.open_memmap(f"{folder}/{name}.npy", "w+", np.uint8, (total, *shape))
    pictures, masks, captions = create("pictures", (SIZE, SIZE, 3)), create("masks", (MASKS, SIZE * SIZE // 8)), []
    with Pool() as pool:
        for i, (picture, mask, words) in enumerate(pool.imap(draw_one, range(total), chunksize=64)):
            pictures[i], masks[i] = picture, mask
            captions.append(words)
    pictures.flush(), masks.flush()
    with open(f"{folder}/captions.json", "w") as file:
        json.dump(captions, file)
