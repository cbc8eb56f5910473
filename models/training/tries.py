"""Measures what it is worth to let the finder of hands choose among tries.

Figures with one or two wrong hands, which training never saw; each hand is repainted by `pentimento fix`
under its own words, and the classifier says which of its tries are good. One try is held against the try
that the program keeps, and against an ideal eye, which finds a good one wherever there is one.
"""

import argparse
import json
import os
import shutil
import subprocess

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from PIL import Image

from cases import WORDS, numbers, pixels
from classifier import read
from classifier import verdicts as verdicts_of
from dataset import TEST, rng_of
from drawing import Canvas, draw, hand_distance, to_hand, unpacked
from judge import hand_of, load_classifier
from scene import GESTURES, WRONGS, can_go_wrong, from_hand, pick, random_hand, random_scene, window

SIDE = 512
SHOWN = 3.0  # scene units across the part of the picture that the classifier reads
NEAR = 0.1  # scene units around a hand that its mask has too


def figure(index):
    """{wrong: uint8 [512, 512, 3]; hands: a list of {scene, wrong, part, mask, prompt}} of a figure with one wrong hand, or two."""
    rng = rng_of(TEST, 4_000_000 + index)
    pairs = [(g, w) for w in WRONGS for g in GESTURES if can_go_wrong({"gesture": g}, w)]
    gesture, wrong = pairs[index % len(pairs)]
    scene = random_scene(rng, gesture, second=False) | {"figure": True, "wrong": wrong}
    scene |= {"span": float(rng.uniform(4.0, 6.0)), "shift": tuple(rng.uniform(-0.8, 0.8, 2))}
    if index % 2:
        gesture, wrong = pick(rng, pairs)
        away = -2.6 if scene["mirror"] else 2.6  # the body is on the other side
        own = ("skin", "sleeve", "skin_tint", "sleeve_tint", "cuff")
        second = random_hand(rng, gesture) | {key: scene[key] for key in own}
        scene["second"] = second | {"wrong": wrong, "mirror": not scene["mirror"], "at": (away, float(rng.uniform(-0.3, 0.3)))}
        scene |= {"span": float(rng.uniform(6.0, 7.0)), "shift": (away / 2, 0.0)}
    (x, y), span = window(scene)
    packed = numbers(scene)
    p = unpacked(packed)
    canvas = Canvas(p, SIDE)
    hands = []
    for who, hand in (("1", scene), ("2", scene["second"])):
        if hand is None:
            continue
        at = from_hand(hand, (-0.03, 0.62))
        middle = ((at[0] - x) / span + 0.5) * SIDE, (0.5 - (at[1] - y) / span) * SIDE
        half = SHOWN / span * SIDE / 2
        hands.append({
            "scene": hand | {"skin": scene["skin"]}, "wrong": hand["wrong"], "middle": middle,
            "part": tuple(round(v) for v in (middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half)),
            "mask": hand_distance(p, who, *to_hand(p, who, canvas.x, canvas.y))[0].numpy() < NEAR,
            "prompt": f"{WORDS[hand['gesture']]}, {scene['skin']} skin",
        })
    return {"wrong": pixels(draw(packed, SIDE)), "hands": hands}


def tried(program, picture, hand, folder, seed, arguments):
    """The picture with each try of a hand in it, the hint for each, and the number of the one that is kept; nothing where the hand was not found."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    Image.fromarray(picture).save(f"{folder}/in.png")
    Image.fromarray(hand["mask"].astype(np.uint8) * 255).save(f"{folder}/mask.png")
    said = subprocess.run([program, "fix", "--image", f"{folder}/in.png", "--mask", f"{folder}/mask.png", "--out", f"{folder}/out.png", "--prompt", hand["prompt"],
                           "--seed", str(seed), "--pick", "all", "--json", *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    off = lambda one: np.hypot((one[1]["part"][0] + one[1]["part"][2]) / 2 - hand["middle"][0], (one[1]["part"][1] + one[1]["part"][3]) / 2 - hand["middle"][1])
    repainted = sorted(enumerate(json.loads(said.stdout.splitlines()[-1])["repainted"], 1), key=off)
    if not repainted:
        return [], [], 0
    number, one = repainted[0]
    left, top, right, bottom = one["part"]
    pictures = []
    for index in range(len(one["hints"])):
        pictures.append(picture.copy())
        pictures[-1][top:bottom, left:right] = np.asarray(Image.open(f"{folder}/out-tries/{number}-{index + 1}.png").convert("RGB"))
    return pictures, one["hints"], one["kept"] - 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default="run", help="folder of rest.pt, which holds the classifier; pictures go there too")
    parser.add_argument("--program", default="../../target/release/pentimento")
    parser.add_argument("--figures", type=int, default=50)
    parser.add_argument("--first", type=int, default=0, help="the first of them, for others than those that something was chosen by")
    parser.add_argument("--name", default="tries", help="name of the folder of pictures")
    parser.add_argument("arguments", nargs="*", help="what the program is told beside picture, mask and prompt (after --)")
    args = parser.parse_args()
    torch.set_num_threads(1)

    network = load_classifier(f"{args.work}/rest.pt")
    rows, missed, wrong = [], 0, 0
    for index in range(args.first, args.first + args.figures):
        drawn = figure(index)
        for number, hand in enumerate(drawn["hands"]):
            good = lambda pictures: [not said for said in verdicts_of(read(network, torch.stack([hand_of(p, hand["part"]) for p in pictures])), [hand["scene"]] * len(pictures))]
            wrong += not good([drawn["wrong"]])[0]
            folder = f"{args.work}/{args.name}/{index:03}-{number + 1}"
            pictures, hints, kept = tried(args.program, drawn["wrong"], hand, folder, index, args.arguments)
            if not pictures:
                missed += 1
                continue
            rows.append({"figure": index, "hand": number + 1, "wrong": hand["wrong"], "part": hand["part"], "good": good(pictures), "hints": hints, "kept": kept})
            with open(f"{args.work}/{args.name}/rows.json", "w") as file:
                json.dump(rows, file)
    shares = {
        "first try": [row["good"][0] for row in rows],
        "any one try": [good for row in rows for good in row["good"]],
        "try that is kept": [row["good"][row["kept"]] for row in rows],
        "ideal eye": [any(row["good"]) for row in rows],
        "hands of which some tries are good and some not": [any(row["good"]) and not all(row["good"]) for row in rows],
    }
    print(f"{len(rows)} hands repainted, {missed} not found; {wrong} of {len(rows) + missed} read as wrong before")
    for name, values in shares.items():
        print(f"{name}: {np.mean(values):.1%} of {len(values)}")
    mixed = [row for row in rows if any(row["good"]) and not all(row["good"])]
    print(f"of these the kept one is good: {sum(row['good'][row['kept']] for row in mixed)}; by chance {sum(np.mean(row['good']) for row in mixed):.1f}")


if __name__ == "__main__":
    main()
