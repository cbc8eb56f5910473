"""Finds hands with the program in pictures that training never saw, and says how many it finds and what else it takes for one."""

import argparse
import io
import json
import os
import subprocess
import tarfile
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

# Emoji by other hands (npm's package of that name, CC BY-SA 4.0, fetched for this measure alone): one hand each, in six tones, and what is none.
EMOJI = "openmoji@17.0.0"
HANDS = ("1F44B", "1F91A", "1F590", "270B", "1F596", "1F44C", "1F90C", "1F90F", "270C", "1F91E", "1F91F", "1F918", "1F919", "1F448", "1F449", "1F446", "1F447",
         "261D", "1F44D", "1F44E", "270A", "1F44A", "1F91B", "1F91C")
TONES = ("", "-1F3FB", "-1F3FC", "-1F3FD", "-1F3FE", "-1F3FF")
OTHERS = tuple(f"1F4{n:02X}" for n in range(0x00, 0x40)) + tuple(f"1F3{n:02X}" for n in range(0xE0, 0xF0))  # animals and buildings


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


def emoji(folder):
    """The same of emoji, which fill two thirds of a white picture, or a sixth of it."""
    import resvg_py  # no other measure needs it

    path = f"{folder}/{EMOJI.replace('@', '-')}.tgz"
    if not os.path.exists(path):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["npm", "pack", "--silent", EMOJI, "--pack-destination", folder], check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(path) as package:
        svg = {entry.name.rpartition("/")[2].removesuffix(".svg"): package.extractfile(entry).read().decode() for entry in package if "/color/svg/" in entry.name}
    for size, kind in ((300, "emoji"), (72, "small emoji")):
        for name in [hand + tone for hand in HANDS for tone in TONES] + list(OTHERS):
            drawn = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg[name], width=size)))).convert("RGBA")
            picture = Image.new("RGBA", (448, 448), "white")
            picture.alpha_composite(drawn, ((448 - size) // 2,) * 2)
            hand = name.partition("-")[0] in HANDS
            box = tuple(at + (448 - size) // 2 for at in drawn.getbbox())
            yield kind if hand else f"{kind}, no hand", np.asarray(picture.convert("RGB")), [box] if hand else []


def found(program, picture, path):
    Image.fromarray(picture).save(path)
    said = subprocess.run([program, "fix", "--image", path, "--dry-run", "--json"], capture_output=True, text=True, check=True)
    return json.loads(said.stdout)["found"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default="../../target/debug/pentimento")
    parser.add_argument("--cases", type=int, default=100, help="pictures of a kind")
    parser.add_argument("--work", default="run", help="folder of the wheels with photographs, and of emoji")
    parser.add_argument("--emoji", action="store_true", help="emoji in their place")
    args = parser.parse_args()
    torch.set_num_threads(1)
    totals = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, picture, boxes in emoji(args.work) if args.emoji else cases(args.cases, args.work):
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
