"""Wrong hands that training never sees, each with its mask, its prompt and the picture as it should be."""

import math

import numpy as np
import torch

import masks
from dataset import TEST, rng_of
from drawing import Canvas, draw, hand_distance, to_hand, unpacked
from scene import ABSENT, BOTH, GESTURES, WRONGS, can_go_wrong, pack, random_scene, window

WORDS = {
    "open": "open hand, five fingers", "four": "four fingers", "three": "three fingers", "peace": "peace sign, two fingers",
    "point": "pointing finger", "fist": "closed fist", "thumb": "thumbs up", "rock": "rock sign", "call": "call me sign",
}
# Pictures are of these sizes: the hand alone; a figure with the hand, which the program cuts out; and the hand a third of a picture that is shown whole.
SIZES = ((256, 1.0), (512, 2.0), (256, 1.0), (512, 2.0), (384, 1.5))
ASIDE = 0.25  # scene units off the true hand from which a pixel counts as background


def case(index):
    """The wrong scene, the right one, the packed mask that a user paints over it, and the prompt; the hand fills the most of the window."""
    rng = rng_of(TEST, index)
    pairs = [(g, w) for w in WRONGS for g in GESTURES if can_go_wrong({"gesture": g}, w)]
    gesture, wrong = pairs[index % len(pairs)]
    scene = random_scene(rng, gesture)
    scene |= {"span": float(rng.uniform(2.7, 3.4)), "shift": tuple(rng.uniform(-0.17, 0.17, 2))}
    return scene | {"wrong": wrong}, scene, painted_mask(), prompt_of(scene)


def painted_mask():
    """The whole hand as it is drawn, with room for the hand as it should be; not the cuff."""
    m = {name: np.zeros(shape, np.float32) for name, shape in masks.MASK.items()}
    m |= {"hull": 0.12, "box": (ABSENT, 0.0), "close": (0.12, 1.0), "half": (0, 0, ABSENT)}
    m["strokes"] = np.tile(np.array((0, 0, 1, 1, ABSENT), np.float32), (masks.STROKES, 1))
    return np.concatenate([np.asarray(m[name], np.float32).reshape(-1) for name in masks.MASK])


def prompt_of(scene):
    return f"{WORDS[scene['gesture']]}, {scene['skin']} skin"


def numbers(scene):
    return torch.from_numpy(pack(scene))[None]


def pixels(drawn):
    return (drawn[0] + 0.5).clamp(0, 255).byte().permute(1, 2, 0).numpy()


def background(scene, size):
    """bool [size, size]: where a picture of the scene shows nothing but background."""
    packed, at = numbers(scene), 0
    bare = packed.clone()
    for name, shape in BOTH.items():
        if name in ("1.there", "2.there", "figure"):
            bare[:, at] = 0
        at += math.prod(shape)
    return (draw(packed, size) - draw(bare, size)).abs().amax(1)[0].numpy() < 0.5


def drawn_case(index):
    """{wrong, right: uint8 [s, s, 3]; mask, background: bool [s, s]; scene; prompt; part: the box that the hand fills}."""
    wrong, right, mask, prompt = case(index)
    size, wider = SIZES[index % len(SIZES)]
    small = right["span"]
    rng = rng_of(TEST, 1_000_000 + index)
    centre, _ = window(right)
    room = (wider - 1) * small / 2 * 0.8
    shift = tuple(s + rng.uniform(-room, room) for s in right["shift"])
    wide = {"span": small * wider, "shift": shift}
    wrong, right = wrong | wide, right | wide
    p = unpacked(numbers(right))
    canvas = Canvas(p, size)
    off = hand_distance(p, "1", *to_hand(p, "1", canvas.x, canvas.y))[0].numpy() > ASIDE
    side = size / wider
    x = (centre[0] - window(right)[0][0]) / (small * wider) * size + size / 2
    y = size / 2 - (centre[1] - window(right)[0][1]) / (small * wider) * size
    part = tuple(round(v) for v in (x - side / 2, y - side / 2, x + side / 2, y + side / 2))
    return {
        "wrong": pixels(draw(numbers(wrong), size)), "right": pixels(draw(numbers(right), size)), "scene": right, "prompt": prompt, "part": part,
        "mask": masks.draw_masks(torch.from_numpy(mask)[None], numbers(right), numbers(wrong), size)[0, 0].numpy() > 0,
        "background": background(right, size) & off,
    }


def background_case(index):
    """A picture, a mask over nothing but background, and a prompt; None where there is no room."""
    scene = random_scene(rng_of(TEST, 2_000_000 + index))
    shown, rng = background(scene, 256), rng_of(TEST, 3_000_000 + index)
    y, x = np.mgrid[:256, :256]
    for _ in range(40):
        cx, cy, r = *rng.uniform(30, 226, 2), rng.uniform(24, 48)
        mask = np.hypot(x - cx, y - cy) < r
        if shown[np.hypot(x - cx, y - cy) < r + 8].all():
            return {"wrong": pixels(draw(numbers(scene), 256)), "mask": mask, "prompt": prompt_of(scene), "scene": scene}
    return None
