"""Draws `assets/samples/`: wrong hands from seeds of their own, each with its mask and what to ask for."""

import argparse
import json
import os

import numpy as np
from PIL import Image

from dataset import SAMPLE, rng_of
from judge import painted_mask, prompt_of
from scene import draw, random_scene, window
from shapes import Canvas

# name, gesture, way of going wrong, what else the scene is, pixels
SAMPLES = (
    ("six-fingers", "open", "six", {"figure": True, "skin": "light", "sleeve": "blue", "background": "cream", "pattern": "dotted"}, 256, 6),
    ("missing-finger", "open", "missing", {"figure": True, "skin": "brown", "sleeve": "yellow", "background": "teal", "pattern": "two-tone"}, 256, 2),
    ("fused-fingers", "peace", "fused", {"figure": True, "skin": "tan", "sleeve": "red", "background": "sky blue", "pattern": "plain"}, 256, 5),
    ("melted-hand", "three", "melted", {"figure": False, "skin": "dark", "sleeve": "green", "background": "pink", "pattern": "striped"}, 128, 2),
)
RECIPE = {  # what the program calls a recipe; prompt and seed are the sample's
    "prompt": "", "negative_prompt": "", "strength": 1.0, "steps": 25, "guidance_scale": 3.0, "sampler": "dpmpp-2m-sde", "spacing": "uniform",
    "seed": 0, "seed_source": "torch-cpu", "mask_blur": 1.0, "area": "auto", "padding": 16,
}
SPAN = 3.1  # scene units that 128 pixels show


def view(scene, pixels):
    """Centre and width of the sample's square: the hand, and in a large one the figure beside it."""
    centre, _ = window(scene)
    if pixels == 128:
        return centre, SPAN
    side = 1 if scene["mirror"] else -1
    return (centre[0] + side * 1.15, centre[1] - 0.75), SPAN * pixels / 128


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="../../assets/samples")
    args = parser.parse_args()
    for index, (name, gesture, wrong, rest, pixels, seed) in enumerate(SAMPLES):
        scene = random_scene(rng_of(SAMPLE, index), gesture) | rest
        folder = f"{args.out}/{name}"
        os.makedirs(folder, exist_ok=True)
        where = view(scene, pixels)
        scene["wrong"] = wrong
        mask = painted_mask(scene, Canvas(pixels, *where))
        picture = np.ascontiguousarray(draw(scene, pixels, *where))
        Image.fromarray(picture).save(f"{folder}/picture.png", optimize=True)
        Image.fromarray(mask.astype(np.uint8) * 255).save(f"{folder}/mask.png", optimize=True)
        recipe = RECIPE | {"prompt": prompt_of(scene), "seed": seed}
        with open(f"{folder}/sample.json", "w") as file:
            json.dump(recipe, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
