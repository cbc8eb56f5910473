"""Pictures as users have them, with what every pixel is and the tags that hold: drawings cropped, turned, stretched, pasted small on others, and pictures of another world."""

import io
import math

import numpy as np
import torch
from PIL import Image

from dataset import rng_of
from drawing import PARTS as DRAWN, SECOND, draw_labelled
from foreign import foreign
from parts import AT, IGNORED, NAMES, PARTS, SIDED, TAGS, WRONG_NAMES, lookup, under
from scene import WRONGS, can_go_wrong, pack, pick, random_scene

SIDE = 192  # pixels of the network's input
GRID = SIDE // 2  # its maps
BATCH = 32
DRAWINGS = 2  # scenes that are drawn at once
FIRST, MOST = 320, 3000  # drawings that are kept: before the first batch, and at most
NEW = 2  # drawings that are made for a batch
# Hand pixels of the input from which on tags are told; where fewer are seen, a tag is neither true nor false.
SKIN, GESTURE, WRONG = 250, 500, 1100
HANDS = [DRAWN.index(name) for name in SIDED]
SWAPPED = np.array([PARTS.index({"left": "right", "right": "left"}.get(name.split()[0], name.split()[0]) + name[len(name.split()[0]):]) for name in PARTS], np.uint8)


def wrong_scene(rng):
    """A scene, its hands wrong in two of five."""
    scene = random_scene(rng)
    ways = [way for way in WRONGS if can_go_wrong(scene, way)]
    kind = rng.random()
    if kind < 0.38 and ways:
        scene["wrong"] = pick(rng, ways)
    elif kind < 0.43:
        a, r = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.5)
        scene["gap"] = (r * math.cos(a), 0.1 + abs(r * math.sin(a)))
    return scene


class Drawing:
    """A picture with its parts, and its hands with what they are."""

    def __init__(self, picture, raw, scene):
        self.picture, self.scene = Image.fromarray(picture), scene
        second = scene["second"]
        self.parts = Image.fromarray(lookup(not scene["mirror"], not (second or scene)["mirror"])[raw])
        self.raw = Image.fromarray(raw)
        self.hands = [(0, scene)] + ([(SECOND, second)] if second else [])
        self.whole = {first: np.isin(raw, [first + part for part in HANDS]).mean() for first, _ in self.hands}


def draw_some(rng, size):
    """DRAWINGS fresh drawings of a size."""
    scenes = [wrong_scene(rng) for _ in range(DRAWINGS)]
    pictures, raw = draw_labelled(torch.from_numpy(np.stack([pack(scene) for scene in scenes])), size)
    pictures = (pictures + 0.5).byte().permute(0, 2, 3, 1).contiguous().numpy()
    return [Drawing(*each) for each in zip(pictures, raw.numpy(), scenes)]


class Cut:
    """A part of a drawing at a size, perhaps mirrored, turned or stretched."""

    def __init__(self, rng, drawing, size, zoom=True):
        width, height = size
        w, h = drawing.picture.size
        turn = rng.random()
        angle = rng.uniform(-40, 40) if turn < 0.15 else 0.0
        share = rng.uniform(0.4, 1.0) if zoom and rng.random() < 0.4 else 1.0
        if angle:
            a = abs(math.radians(angle))
            share = min(share, 1 / (math.cos(a) + math.sin(a)))
        stretch = math.exp(rng.uniform(-0.35, 0.35)) if rng.random() < 0.5 else 1.0
        cw, ch = w * share * min(1.0, stretch), h * share * min(1.0, 1 / stretch)
        x, y = rng.uniform(0, w * share - cw) + (w - w * share) / 2, rng.uniform(0, h * share - ch) + (h - h * share) / 2
        if share < 1 and not angle:
            x, y = rng.uniform(0, w - cw), rng.uniform(0, h - ch)
        box = (x, y, x + cw, y + ch)
        flip = rng.random() < 0.5
        quarter = (Image.ROTATE_90, Image.ROTATE_180, Image.ROTATE_270)[int(rng.integers(3))] if 0.15 <= turn < 0.27 else None
        sideways = quarter in (Image.ROTATE_90, Image.ROTATE_270)

        def cut(image, size, how):
            if angle:
                image = image.rotate(angle, Image.BICUBIC if how != Image.NEAREST else Image.NEAREST)
            image = image.resize(size[::-1] if sideways else size, how, box)
            image = image.transpose(Image.FLIP_LEFT_RIGHT) if flip else image
            return image.transpose(quarter) if quarter is not None else image

        self.share, self.scene = cw * ch / (w * h), drawing.scene
        self.picture = np.asarray(cut(drawing.picture, (width, height), Image.LANCZOS if rng.random() < 0.5 else Image.BILINEAR))
        grid = (max(1, width // 2), max(1, height // 2))
        parts = np.asarray(cut(drawing.parts, grid, Image.NEAREST))
        self.parts = SWAPPED[parts] if flip else parts
        self.raw = np.asarray(cut(drawing.raw, grid, Image.NEAREST))
        self.hands = [(hand, 4 * int(np.isin(self.raw, [first + part for part in HANDS]).sum()), 4 * int((self.raw == first + DRAWN.index("sleeve")).sum()),
                       drawing.whole[first]) for first, hand in drawing.hands]


def jpeg(picture, quality):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def worn(rng, picture):
    """The picture as it may come: compressed, enlarged, noisy, a little off in its colours."""
    kind = rng.random()
    if kind < 0.15:
        side = int(SIDE * rng.uniform(0.45, 0.9))
        small = Image.fromarray(picture).resize((side, side), Image.BOX)
        picture = np.asarray(small.resize((SIDE, SIDE), (Image.BILINEAR, Image.BICUBIC, Image.NEAREST)[int(rng.integers(3))]))
    if rng.random() < 0.25:
        picture = jpeg(picture, int(rng.integers(40, 96)))
    if rng.random() < 0.3:
        noise = rng.standard_normal(picture.shape, np.float32) * rng.uniform(1, 9) + rng.uniform(-8, 8, 3).astype(np.float32)
        picture = np.clip(picture * rng.uniform(0.95, 1.05) + noise, 0, 255).astype(np.uint8)
    return picture


class Tags:
    """int8 [len(TAGS)]: 1 holds, 0 does not, -1 cannot be told."""

    def __init__(self):
        self.values = np.zeros(len(TAGS), np.int8)

    def say(self, name, share, least, most):
        """The tag holds from `most` of something on; from `least` on it cannot be told."""
        if share >= least and self.values[AT[name]] != 1:
            self.values[AT[name]] = 1 if share >= most else -1

    def doubt(self, names):
        for name in names:
            if self.values[AT[name]] != 1:
                self.values[AT[name]] = -1

    def add(self, cut, ground):
        """What a cut shows; `ground`: it is what lies behind everything."""
        scene, seen = cut.scene, [hand[1] for hand in cut.hands]
        for hand, pixels, sleeve, whole in cut.hands:
            all_of_it = whole * cut.parts.size * 4 / max(cut.share, 1e-6)
            complete = pixels >= 0.85 * all_of_it
            far = lambda least: least if complete else math.inf
            self.say(f"{hand['skin']}_skin", pixels, 12, SKIN)
            self.say(f"{hand['sleeve']}_sleeve", sleeve, 12, SKIN)
            self.say(NAMES[hand["gesture"]], pixels, 12, far(GESTURE if not hand["wrong"] else math.inf))
            wrong = hand["wrong"] or ("gap" if hand["gap"] != (0.0, 0.0) else None)
            if wrong:
                self.say(WRONG_NAMES[wrong], pixels, 12, far(WRONG))
            if wrong in ("missing", "fused", "six", "melted") or pixels and not complete:
                self.doubt(NAMES.values())
        large = sum(pixels >= SKIN for pixels in seen)
        if large > 1 or large and self.values[[AT[f"{name}"] for name in NAMES.values()]].sum() > 1:
            self.values[AT["two_hands"]] = 1
        elif sum(pixels >= 12 for pixels in seen) > 1:
            self.doubt(["two_hands"])
        count = lambda *names: 4 * int(np.isin(cut.raw, [DRAWN.index(name) for name in names]).sum())
        if scene["figure"]:
            self.say("cartoon_person", count("torso", "face", "hair"), 12, 500)
            self.say(f"{scene['hair']}_hair", count("hair"), 12, 250)
            self.say(f"{scene['sleeve']}_sleeve", count("torso", "sleeve"), 12, SKIN)
            self.say(f"{scene['skin']}_skin", count("face", "palm", "finger"), 12, SKIN)
        wall = count("background") if ground else 12
        share = wall / (4 * cut.parts.size)
        self.say(under(scene["background"]) + "_background", wall, 12, 0.12 * 4 * cut.parts.size if ground else math.inf)
        fine = ground and share >= 0.25 and cut.share >= 0.6
        if fine:
            self.say(under(scene["pattern"]) + "_pattern", wall, 12, 12)
        else:
            self.doubt([name for name in TAGS if name.endswith("_pattern")])
        if scene["second_colour"]:
            self.doubt([under(scene["second_colour"]) + "_background"])


class Pictures:
    """`Pictures(photographs)(use, index)`: a batch: uint8 [BATCH, SIDE, SIDE, 3], parts uint8 [BATCH, GRID, GRID], tags int8 [BATCH, len(TAGS)].

    Keeps the drawings that it made and uses each many times.
    """

    def __init__(self, photographs, sizes=(160, 192, 224), new=NEW, first=FIRST, draw=draw_some):
        self.photographs, self.sizes, self.new, self.first, self.draw, self.kept = photographs, sizes, new, first, draw, []

    def __call__(self, use, index):
        rng = rng_of(use, index)
        for _ in range(max(1, (self.first if not self.kept else self.new) // DRAWINGS)):
            self.kept += self.draw(rng, self.sizes[int(rng.integers(len(self.sizes)))])
        self.kept = self.kept[-MOST:]
        return tuple(np.stack(each) for each in zip(*(self.one(rng) for _ in range(BATCH))))

    def any(self, rng):
        return self.kept[int(rng.integers(len(self.kept)))]

    def one(self, rng):
        picture, parts, tags = np.zeros((SIDE, SIDE, 3), np.uint8), np.zeros((GRID, GRID), np.uint8), Tags()
        kind, drawn = rng.random(), True
        pastes = 0
        if kind < 0.58:
            cut = Cut(rng, self.any(rng), (SIDE, SIDE))
            picture, parts = cut.picture.copy(), cut.parts.copy()
            tags.add(cut, True)
            pastes = int(rng.random() < 0.12)
        elif kind < 0.66:  # bars above and below, or on both sides
            long, short = SIDE, 2 * int(rng.integers(SIDE // 4, SIDE // 2))
            size = (long, short) if rng.random() < 0.5 else (short, long)
            if rng.random() < 0.3:
                size = (short, short)
            cut = Cut(rng, self.any(rng), size)
            picture[:] = pick(rng, [(0, 0, 0), (255, 255, 255), (114, 114, 114), tuple(rng.integers(0, 255, 3))])
            left, top = (SIDE - size[0]) // 4 * 2, (SIDE - size[1]) // 4 * 2
            parts[:] = 0
            put(picture, parts, cut, left, top, None)
            tags.add(cut, True)
        elif kind < 0.80:  # pasted on what is not drawn
            picture[:] = foreign(rng, SIDE, self.photographs)
            pastes = 1 + int(rng.integers(3))
            tags.doubt([name for name in TAGS if name.endswith(("_background", "_pattern"))])
        elif kind < 0.86:  # several drawings beside each other
            pastes = 4
            cut = Cut(rng, self.any(rng), (SIDE, SIDE))
            picture, parts = cut.picture.copy(), cut.parts.copy()
            tags.doubt(TAGS)
        else:
            picture[:] = foreign(rng, SIDE, self.photographs)
            drawn = False
        for _ in range(pastes):
            side = max(8, int(SIDE * math.exp(rng.uniform(math.log(0.12), math.log(0.7)))) // 2 * 2)
            cut = Cut(rng, self.any(rng), (side, side))
            left, top = (2 * int(v) for v in rng.integers(-side // 8, GRID - side // 2 + side // 8 + 1, 2))
            around = rng.random() < 0.55
            put(picture, parts, cut, left, top, around)
            tags.add(cut, False)
        if pastes:
            tags.doubt([name for name in TAGS if name in NAMES.values() or name in WRONG_NAMES.values() or name == "two_hands"] if pastes > 1 else ["two_hands"])
        tags.values[AT["of_this_world"]], tags.values[AT["not_of_this_world"]] = (1, 0) if drawn else (0, 1)
        if drawn and 0.66 <= kind < 0.80:
            tags.values[[AT["of_this_world"], AT["not_of_this_world"]]] = -1
        return worn(rng, picture), parts, tags.values


def put(picture, parts, cut, left, top, without_ground):
    """Lays a cut on a picture, even places only; `without_ground` leaves out what lies behind its figures."""
    size = picture.shape[0]
    height, width = cut.picture.shape[:2]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, size), min(top + height, size)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    inner = cut.picture[y0 - top : y1 - top, x0 - left : x1 - left]
    there = (slice(y0, y1), slice(x0, x1))
    grid = (slice(y0 // 2, y0 // 2 + (y1 - y0) // 2), slice(x0 // 2, x0 // 2 + (x1 - x0) // 2))
    inner_parts = cut.parts[(y0 - top) // 2 : (y0 - top) // 2 + (y1 - y0) // 2, (x0 - left) // 2 : (x0 - left) // 2 + (x1 - x0) // 2]
    shown = inner_parts > 1 if without_ground else np.ones_like(inner_parts, bool)
    fine = np.repeat(np.repeat(shown, 2, 0), 2, 1)
    h, w = fine.shape
    picture[there][:h, :w][fine] = inner[:h, :w][fine]
    parts[grid][shown] = inner_parts[shown]
