"""Draws `assets/samples/`: wrong hands from seeds of their own, each with its mask and what to ask for."""

import argparse
import json
import os

import numpy as np
import torch
from PIL import Image

import masks
from cases import numbers, painted_mask, pixels, prompt_of
from dataset import SAMPLE, rng_of
from drawing import draw
from scene import plain, random_scene

# name, gesture, way of going wrong, what else the scene is, pixels; pictures of figures are large enough for the hand to be cut out
SAMPLES = (
    ("six-fingers", "open", "six", {"figure": True, "mirror": True, "skin": "light", "sleeve": "blue", "background": "cream", "pattern": "dotted"}, 448),
    ("missing-finger", "open", "missing", {"figure": True, "mirror": True, "skin": "brown", "sleeve": "yellow", "background": "teal", "pattern": "two-tone"}, 448),
    ("fused-fingers", "peace", "fused", {"figure": True, "mirror": True, "skin": "tan", "sleeve": "red", "background": "sky blue", "pattern": "plain"}, 448),
    ("melted-hand", "three", "melted", {"figure": False, "skin": "dark", "sleeve": "green", "background": "pink", "pattern": "striped"}, 256),
)
RECIPE = {"prompt": "", "guidance_scale": 3.0, "seed": 0}  # the program's defaults but for the guidance
SPAN = 3.1  # scene units that 256 pixels show


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="../../assets/samples")
    args = parser.parse_args()
    for index, (name, gesture, wrong, rest, size) in enumerate(SAMPLES):
        right = plain(random_scene(rng_of(SAMPLE, index), gesture)) | rest | {"span": SPAN * size / 256, "shift": (0.0, 0.0)}
        if rest["figure"]:
            right["shift"] = (1.0 if right["mirror"] else -1.0, -0.65)
        scene = right | {"wrong": wrong}
        folder = f"{args.out}/{name}"
        os.makedirs(folder, exist_ok=True)
        mask = masks.draw_masks(torch.from_numpy(painted_mask())[None], numbers(right), numbers(scene), size)[0, 0].numpy()
        Image.fromarray(pixels(draw(numbers(scene), size))).save(f"{folder}/picture.png", optimize=True)
        Image.fromarray((mask * 255).astype(np.uint8)).save(f"{folder}/mask.png", optimize=True)
        recipe = RECIPE | {"prompt": f"{prompt_of(scene)}, {scene['sleeve']} sleeve"}
        with open(f"{folder}/sample.json", "w") as file:
            json.dump(recipe, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
