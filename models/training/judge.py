"""Judges the exported model: repaints twenty wrong hands that training never saw and counts the good ones.

A repaired hand is good when the classifier finds it clean (no extra, missing, melted or doubled
finger, joined to its wrist), with the fingers and the gesture asked for, in the right skin tone.
"""

import argparse
import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from PIL import Image, ImageDraw

import classifier
from dataset import SIZE, TEST, rng_of
from latents import load_autoencoder
from repaint import Model
from scene import GESTURES, SKINS, WRONGS, can_go_wrong, draw, hand_distance, mask_distance, random_scene, to_hand, window
from shapes import Canvas

CASES = 20
FRESH = 1000  # drawings on which the classifier itself is measured
WORDS = {
    "open": "open hand, five fingers", "four": "four fingers", "three": "three fingers", "peace": "peace sign, two fingers",
    "point": "pointing finger", "fist": "closed fist", "thumb": "thumbs up", "rock": "rock sign", "call": "call me sign",
}


def case(index):
    """A wrong hand: picture, mask (true = repaint), prompt, and the scene it should have been."""
    rng = rng_of(TEST, index)
    pairs = [(g, w) for w in WRONGS for g in GESTURES if can_go_wrong({"gesture": g}, w)]
    gesture, wrong = pairs[index % len(pairs)]
    scene = random_scene(rng, gesture)
    scene["wrong"] = wrong
    return draw(scene, SIZE), painted_mask(scene, Canvas(SIZE, *window(scene))), prompt_of(scene), scene


def painted_mask(scene, canvas):
    """What a user paints: the whole hand as it is drawn, with room for the hand as it should be; not the cuff."""
    hx, hy = to_hand(scene, canvas.x, canvas.y)
    hand = np.maximum(hand_distance(scene, hx, hy), -hy)
    return np.minimum(mask_distance(scene, canvas.x, canvas.y), hand) < 0.12


def prompt_of(scene):
    return f"{WORDS[scene['gesture']]}, {scene['skin']} skin, {scene['sleeve']} sleeve"


def verdicts(network, pictures, scenes):
    """For every picture the list of what is not right about it; empty is good."""
    said, out = classifier.read(network, pictures), []
    gestures, skins = list(GESTURES), list(SKINS)
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


def sheet(path, rows):
    """Rows of (wrong, mask, repaired, text) side by side, two columns of them."""
    height, width = SIZE + 14, 3 * SIZE + 12
    picture = Image.new("RGB", (2 * width, (len(rows) + 1) // 2 * height), "white")
    pen = ImageDraw.Draw(picture)
    for i, (before, mask, after, text) in enumerate(rows):
        x, y = i % 2 * width, i // 2 * height
        shown = np.where(mask[..., None], before // 3 + np.array([150, 40, 40], np.uint8), before).astype(np.uint8)
        for j, part in enumerate((before, shown, after)):
            picture.paste(Image.fromarray(np.ascontiguousarray(part)), (x + j * (SIZE + 2), y))
        pen.text((x + 2, y + SIZE), text, fill="black")
    picture.save(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default="run", help="folder of the autoencoder's checkpoint and the classifier")
    parser.add_argument("--model", default="../pocket")
    parser.add_argument("--sheet", default="run/judged.png")
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--guidance", type=float, default=6.0)
    parser.add_argument("--eta", type=float, default=1.0, help="0: dpmpp-2m, 1: dpmpp-2m-sde")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(2)

    autoencoder = load_autoencoder(args.work)
    network = classifier.train(args.work, autoencoder)
    fresh, labels = classifier.examples(FRESH, TEST, start=1_000_000)
    for name, pictures in (("fresh drawings", fresh), ("the same, decoded", classifier.through(autoencoder, fresh))):
        shares = classifier.accuracy(network, pictures, labels)
        print(f"classifier on {FRESH} {name}: " + ", ".join(f"{k} {v:.1%}" for k, v in shares.items()))

    pictures, masks, prompts, scenes = zip(*map(case, range(CASES)))
    repaired = Model(args.model).repaint(np.stack(pictures), np.stack(masks), prompts, args.seed, args.steps, args.guidance, args.eta)
    before, after = verdicts(network, np.stack(pictures), scenes), verdicts(network, repaired, scenes)
    rows = []
    for i in range(CASES):
        text = "good" if not after[i] else ", ".join(after[i])
        print(f"{i + 1:2} {scenes[i]['wrong']:8} {prompts[i]:55} before: {', '.join(before[i]) or 'good':30} after: {text}")
        rows.append((pictures[i], masks[i], repaired[i], f"{i + 1} {scenes[i]['wrong']} {prompts[i][:30]}: {text}"))
    sheet(args.sheet, rows)
    print(f"good: {sum(not wrong for wrong in after)} of {CASES} ({args.steps} steps, guidance {args.guidance}, eta {args.eta}, seed {args.seed})")


if __name__ == "__main__":
    main()
