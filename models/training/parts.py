"""What the scene network tells apart: the parts of a picture, the words that name them, and the tags of the drawn world."""

import numpy as np

import drawing
from scene import BACKGROUNDS, GESTURES, HAIRS, PATTERNS, SKINS, SLEEVES

# What a pixel is: every pixel is one of these. Left and right are the hand's own: a left hand has its thumb on the picture's left where its palm is seen and its fingers point up.
PARTS = ("background", "thing", "left palm", "right palm", "left finger", "right finger", "left thumb", "right thumb", "sleeve", "cuff", "torso", "neck", "face", "hair")
IGNORED = 255
SIDED = {"palm": 2, "finger": 4, "thumb": 6}

HAND = [name for name in PARTS if name.split()[-1] in SIDED]
ARM = ["sleeve", "cuff"]
BODY = ["torso", "neck", "face", "hair"]
# words that mean the same, and the parts that they name; several words name what any of them does
NAMED = (
    ("hand hands fist fists", HAND),
    ("finger fingers", [name for name in HAND if "palm" not in name]),
    ("thumb thumbs", [name for name in HAND if "thumb" in name]),
    ("palm palms", [name for name in HAND if "palm" in name]),
    ("arm arms forearm forearms sleeve sleeves", ARM),
    ("cuff cuffs", ["cuff"]),
    ("clothes clothing shirt shirts sweater sweaters", [*ARM, "torso"]),
    ("torso body chest", ["torso"]),
    ("neck", ["neck"]),
    ("face faces", ["face"]),
    ("hair", ["hair"]),
    ("head heads", ["face", "hair"]),
    ("skin", [*HAND, "neck", "face"]),
    ("person people figure figures", [*HAND, *ARM, *BODY]),
    ("object objects thing things disc discs box boxes", ["thing"]),
    ("background backgrounds wall", ["background", "thing"]),
)
WORDS = {word: parts for words, parts in NAMED for word in words.split()}
SIDES = {"left": "left", "right": "right"}  # they keep the hands of one side of what the others name
FILLERS = "a an the and or with one two both all cartoon drawn my your his her its their this that".split()  # they say nothing about parts


def selection(words):
    """The parts that a text's words name, as float32 [len(PARTS)] of 0 and 1; None where a word is not known."""
    known = np.zeros(len(PARTS), np.float32)
    if any(word not in WORDS and word not in SIDES and word not in FILLERS for word in words):
        return None
    for word in words:
        known[[PARTS.index(name) for name in WORDS.get(word, ())]] = 1
    sides = {SIDES[word] for word in words if word in SIDES} or set(SIDES.values())
    return known * np.array([name.split()[0] not in SIDES or name.split()[0] in sides for name in PARTS])


def lookup(left_first, left_second):
    """uint8 [2 * len(drawing.PARTS)]: what `drawing.draw_labelled` writes -> index of PARTS, where the first and the second hand are left ones or right ones."""
    table = []
    for left in (left_first, left_second):
        side = "left " if left else "right "
        table += [PARTS.index(side + name if name in SIDED else name) for name in drawing.PARTS]
    return np.array(table, np.uint8)


NAMES = {"open": "open_hand", "four": "four_fingers", "three": "three_fingers", "peace": "peace_sign", "point": "pointing_finger", "fist": "closed_fist",
         "thumb": "thumbs_up", "rock": "rock_sign", "call": "call_me_sign"}
WRONG_NAMES = {"six": "extra_fingers", "missing": "missing_finger", "melted": "melted_hand", "fused": "fused_fingers", "gap": "hand_off_its_wrist"}
RATINGS = ("of_this_world", "not_of_this_world")
under = lambda name: name.replace(" ", "_").replace("-", "_")
TAGS = (
    *RATINGS, *(NAMES[name] for name in GESTURES), *(f"{name}_skin" for name in SKINS), *(f"{name}_sleeve" for name in SLEEVES),
    *(under(name) + "_background" for name in BACKGROUNDS), *(under(name) + "_pattern" for name in PATTERNS),
    "cartoon_person", "two_hands", *(f"{name}_hair" for name in HAIRS), *WRONG_NAMES.values(),
)
AT = {name: i for i, name in enumerate(TAGS)}
