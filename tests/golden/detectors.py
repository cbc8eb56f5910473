"""Writes detectors/: drawn pictures, and the hands and faces that MediaPipe's networks find in them when LiteRT runs them.

    python tests/golden/detectors.py mediapipe-0.10.21-*.whl      # needs ai-edge-litert besides requirements.txt

What lies around the networks (views, anchors, suppression, the turned square) is written here a second time, in numpy.
"""

import json
import math
import sys
import zipfile
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

HERE = Path(__file__).parent
PICTURES = HERE / "detectors"
LEAST_TILE, MOST_TILES, AFAR, SAME, OVERLAP = 160, 72, (1.5, 2, 3), 0.4, 0.3


def network(wheel, name):
    member = next(m for m in wheel.namelist() if m.endswith(name + ".tflite"))
    loaded = Interpreter(model_content=wheel.read(member))
    loaded.allocate_tensors()
    return loaded


def run(loaded, pixels):
    loaded.set_tensor(loaded.get_input_details()[0]["index"], pixels[None].astype(np.float32))
    loaded.invoke()
    return {d["name"]: loaded.get_tensor(d["index"])[0] for d in loaded.get_output_details()}


def letterbox(width, height, side, times):
    scale = min(side / width, side / height) / times
    new = [min(max(round(s * scale), 1), side) for s in (width, height)]
    return [max(round((side - s) / 2 - 0.1), 0) for s in new], new


def views(width, height):
    """Parts, and how many times smaller each is seen."""
    parts, shorter = [((0, 0, width, height), 1)], min(width, height)
    side = shorter // 2
    while side >= LEAST_TILE:

        def starts(length):
            steps = -(-(length - side) // -(-2 * side // 3))
            return [(length - side) * i // max(steps, 1) for i in range(steps + 1)]

        level = [((x, y, x + side, y + side), 1) for y in starts(height) for x in starts(width)]
        if len(parts) + len(level) > MOST_TILES:
            break
        parts, side = parts + level, side // 2
    return parts + [((0, 0, width, height), times) for times in AFAR]


def common(a, b):
    area = lambda r: max(0.0, r[2] - r[0]) * max(0.0, r[3] - r[1])
    both = area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
    return both / max(area(a) + area(b) - both, 1e-9)


def suppressed(boxes, most):
    kept = []
    for one in sorted(range(len(boxes)), key=lambda i: (-boxes[i][1], i)):
        if all(common(boxes[one][0], boxes[k][0]) <= most for k in kept):
            kept.append(one)
    return kept


def anchored(loaded, picture, view, side, levels, least, signed):
    part, times = view
    left, top, right, bottom = part
    (x, y), (width, height) = letterbox(right - left, bottom - top, side, times)
    pixels = np.zeros((side, side, 3))
    pixels[y : y + height, x : x + width] = np.asarray(picture.crop(part).resize((width, height), Image.LANCZOS)) / 255
    outputs = list(run(loaded, pixels * 2 - 1 if signed else pixels).values())
    numbers, logits = sorted(outputs, key=lambda o: -o.shape[-1])
    centres = [((i + 0.5) / n, (j + 0.5) / n) for n, each in levels for j in range(n) for i in range(n) for _ in range(each)]
    found = []
    for centre, row, logit in zip(centres, numbers, logits[:, 0]):
        score = 1 / (1 + math.exp(-min(max(float(logit), -100), 100)))
        if score >= least:
            pairs = row.reshape(-1, 2).astype(float)
            pairs[[0, *range(2, len(pairs))]] += np.array(centre) * side
            found.append(((*(pairs[0] - pairs[1] / 2), *(pairs[0] + pairs[1] / 2)), score, pairs))
    place = lambda p: (left + (p[0] - x) * (right - left) / width, top + (p[1] - y) * (bottom - top) / height)
    rows = []
    for box, score, pairs in (found[k] for k in suppressed(found, OVERLAP)):
        (x0, y0), (x1, y1) = place(box[:2]), place(box[2:])
        cut = (max(x0, left), max(y0, top), min(x1, right), min(y1, bottom))
        rows.append((cut, score, place(pairs[0]), max(pairs[1]) * (right - left) / width, [place(p) for p in pairs[2:]]))
    return rows


def landmarks(loaded, picture, palm):
    _, _, (cx, cy), size, (wrist, _, knuckle, *_) = palm
    angle = math.atan2(knuckle[0] - wrist[0], wrist[1] - knuckle[1])
    cx, cy, side = cx + math.sin(angle) * 0.5 * size, cy - math.cos(angle) * 0.5 * size, 2.6 * size
    turned = lambda x, y: (cx + math.cos(angle) * x - math.sin(angle) * y, cy + math.sin(angle) * x + math.cos(angle) * y)
    far, cut = side * math.sqrt(0.5) + 2, lambda v, most: int(min(max(v, 0), most))
    part = (cut(cx - far, picture.width), cut(cy - far, picture.height), cut(cx + far, picture.width), cut(cy + far, picture.height))
    shrink = max(side / 224, 1)
    small = [max(round((part[2 + i] - part[i]) / shrink), 1) for i in (0, 1)]
    seen = np.pad(np.asarray(picture.crop(part).resize(small, Image.LANCZOS)).astype(float), ((2, 2), (2, 2), (0, 0)))
    grid = ((np.arange(224) + 0.5) / 224 - 0.5) * side
    x, y = turned(*np.meshgrid(grid, grid))
    x = np.clip((x - part[0]) * small[0] / (part[2] - part[0]) - 0.5, -1.99, small[0] + 0.99) + 2
    y = np.clip((y - part[1]) * small[1] / (part[3] - part[1]) - 0.5, -1.99, small[1] + 0.99) + 2
    i, j = np.floor(x).astype(int), np.floor(y).astype(int)
    u, v = (x - i)[..., None], (y - j)[..., None]
    pixels = (seen[j, i] * (1 - u) + seen[j, i + 1] * u) * (1 - v) + (seen[j + 1, i] * (1 - u) + seen[j + 1, i + 1] * u) * v
    out = run(loaded, pixels / 255)
    points = (out["Identity"].reshape(21, 3)[:, :2].astype(float) / 224 - 0.5) * side
    return [turned(*p) for p in points], float(out["Identity_1"][0]), 0.1 * side


def rounded(values, digits=2):
    return [round(float(v), digits) for v in np.ravel(values)]


def main():
    wheel = zipfile.ZipFile(sys.argv[1])
    palm, hand = network(wheel, "palm_detection_full"), network(wheel, "hand_landmark_full")
    face = network(wheel, "face_detection_short_range")
    cases = []
    for file in sorted(PICTURES.glob("*.png")):
        picture = Image.open(file).convert("RGB")
        palms = [p for view in views(*picture.size) for p in anchored(palm, picture, view, 192, ((24, 2), (12, 6)), 0.6, False)]
        hands = []
        for k in suppressed(palms, SAME):
            points, presence, margin = landmarks(hand, picture, palms[k])
            outline = (*(np.min(points, 0) - margin), *(np.max(points, 0) + margin))
            hands.append((outline, palms[k][1], {"score": round(palms[k][1], 4), "presence": round(presence, 4), "points": rounded(points)}))
        hands = [hands[k][2] for k in suppressed(hands, SAME)]
        faces = [f for view in views(*picture.size) for f in anchored(face, picture, view, 128, ((16, 2), (8, 6)), 0.55, True)]
        faces = [{"box": rounded(faces[k][0]), "score": round(faces[k][1], 4)} for k in suppressed(faces, SAME)]
        cases.append({"picture": file.name, "hands": hands, "faces": faces})
    (PICTURES / "found.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
