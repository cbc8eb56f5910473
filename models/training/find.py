"""Finds hands with the program in pictures that training never saw, and says how many it finds and what else it takes for one."""

import argparse
import json
import subprocess
import tempfile

import numpy as np
import torch
from PIL import Image

from cases import drawn_case
from dataset import UNSEEN, rng_of
from drawing import PARTS, SECOND, draw_labelled
from foreign import JUDGED, wheel_pictures
from parts import SIDED
from scene import pack, random_scene

LEAST = 24  # pixels of a hand's longer side


def boxes_of(raw):
    """The boxes of the hands in a map of drawn parts that are seen for the most part."""
    out = []
    for first in (0, SECOND):
        hand = np.isin(raw, [first + PARTS.index(name) for name in SIDED])
        if hand.any():
            ys, xs = np.nonzero(hand)
            out.append((int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1))
    return out


def drawn(scene, size):
    picture, raw = draw_labelled(torch.from_numpy(pack(scene))[None], size)
    return (picture[0] + 0.5).clamp(0, 255).byte().permute(1, 2, 0).numpy(), raw[0].numpy()


def cases(count, folder):
    """(name, picture, boxes): hands that fill a picture, right and wrong; small hands in large scenes; pictures of another world."""
    for i in range(count):
        case = drawn_case(i)
        ys, xs = np.nonzero(case["mask"])
        box = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
        yield "right", case["right"], [box]
        yield "wrong", case["wrong"], [box]
    for i in range(count):
        rng = rng_of(UNSEEN, 1_000_000 + i)
        size = int(rng.integers(320, 800))
        pixels = np.exp(rng.uniform(np.log(LEAST * 1.3), np.log(size * 0.5)))
        scene = random_scene(rng, second=bool(rng.random() < 0.4))
        span = 2.0 * size / pixels
        room = max(0.0, span / 2 - 1.6)
        scene |= {"span": float(span), "figure": bool(rng.random() < 0.7), "shift": (float(rng.uniform(-0.5, 0.5) * room), float(rng.uniform(-0.9, 0.5) * room))}
        picture, raw = drawn(scene, size)
        yield "small", picture, [box for box in boxes_of(raw) if max(box[2] - box[0], box[3] - box[1]) >= LEAST]
    for picture in wheel_pictures(JUDGED, f"{folder}/wheels").values():
        yield "foreign", np.asarray(picture), []


def found(program, picture, path):
    Image.fromarray(picture).save(path)
    said = subprocess.run([program, "fix", "--image", path, "--dry-run", "--json"], capture_output=True, text=True, check=True)
    return json.loads(said.stdout)["found"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default="../../target/debug/pentimento")
    parser.add_argument("--cases", type=int, default=100, help="pictures of a kind")
    parser.add_argument("--work", default="run", help="folder of the wheels with photographs")
    args = parser.parse_args()
    torch.set_num_threads(1)
    totals = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, picture, boxes in cases(args.cases, args.work):
            finds = [one for one in found(args.program, picture, f"{folder}/picture.png") if one["sure"]]
            centres = [((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in (one["box"] for one in finds)]
            inside = lambda c, b: b[0] - 8 <= c[0] <= b[2] + 8 and b[1] - 8 <= c[1] <= b[3] + 8
            total = totals.setdefault(name, [0, 0, 0, 0])
            total[0] += len(boxes)
            total[1] += sum(any(inside(c, box) for c in centres) for box in boxes)
            others = [one["label"] for one, c in zip(finds, centres) if not any(inside(c, box) for box in boxes)]
            total[2] += len(others)
            total[3] += others.count("drawn hand")
    for name, (there, hit, others, drawn_others) in totals.items():
        print(f"{name}: {hit} of {there} hands, {others} others, {drawn_others} of them by the finder of drawn hands")


if __name__ == "__main__":
    main()
