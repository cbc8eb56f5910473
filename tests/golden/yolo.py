"""Writes detectors/yolo.json: outputs as YOLO's exporters lay them out, and the boxes that prediction makes of them, by torch.

    python tests/golden/yolo.py
"""

import json
from pathlib import Path

import numpy as np
import torch

rng = np.random.default_rng(7)
ROWS = []


def nms(boxes, scores, most):
    """Greedy, as torchvision's."""
    kept = []
    for one in np.argsort(-np.asarray(scores), kind="stable"):
        a = boxes[one]
        area = lambda b: (b[2] - b[0]) * (b[3] - b[1])
        def common(b):
            w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            both = max(w, 0) * max(h, 0)
            return both / (area(a) + area(b) - both)
        if all(common(boxes[k]) <= most for k in kept):
            kept.append(one)
    return kept


def letterbox(picture, side):
    ratio = min(side[1] / picture[1], side[0] / picture[0])
    new = [round(picture[i] * ratio) for i in (0, 1)]
    return [round((side[i] - new[i]) / 2 - 0.1) for i in (0, 1)], new


def row(name, layout, names, picture, side, boxes, masks=False, finished=False):
    """`boxes`: (cx, cy, w, h, score of each class), in pixels of the input."""
    classes, columns = len(names), []
    coefficients = rng.normal(0, 1, (len(boxes), 4)).round(3) if masks else np.zeros((len(boxes), 0))
    protos = rng.normal(0, 1, (4, 16, 16)).round(3)
    corners = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for x, y, w, h, *_ in boxes]
    best = [(max(s), int(np.argmax(s))) for *_, s in boxes]
    sure = rng.uniform(0.6, 1, len(boxes)).round(3) if layout == "rows" else np.ones(len(boxes))
    for i, (x, y, w, h, scores) in enumerate(boxes):
        if finished:
            columns.append([*corners[i], *best[i], *coefficients[i]])
        else:
            columns.append([x, y, w, h, *([sure[i]] if layout == "rows" else []), *scores, *coefficients[i]])
    output = np.array(columns, np.float32)
    scores = [b[0] * s for b, s in zip(best, sure)]
    apart = [tuple(v + best[i][1] * 7680 for v in c) for i, c in enumerate(corners)]
    order = [int(i) for i in np.argsort(-np.asarray(scores), kind="stable")] if finished else nms(apart, scores, 0.7)
    (left, top), (width, height) = letterbox(picture, side)
    found = []
    for i in order:
        if scores[i] < 0.3:
            continue
        place = lambda v, start, new, whole: min(max((v - start) * whole / new, 0), whole)
        box = [place(corners[i][k], (left, top)[k % 2], (width, height)[k % 2], picture[k % 2]) for k in range(4)]
        if box[2] <= box[0] or box[3] <= box[1]:
            continue  # all of it in the border
        one = {"box": box, "score": float(scores[i]), "label": names[best[i][1]]}
        if masks:
            logits = torch.tensor(coefficients[i] @ protos.reshape(4, -1)).reshape(1, 1, 16, 16)
            # Over the input, without its border, at the picture's size.
            large = torch.nn.functional.interpolate(logits, size=(side[1], side[0]), mode="bilinear")
            large = large[:, :, top : top + height, left : left + width]
            large = torch.nn.functional.interpolate(large, size=(picture[1], picture[0]), mode="bilinear")[0, 0].numpy() > 0
            x0, y0, x1, y1 = int(box[0]), int(box[1]), int(np.floor(box[2])) + 1, int(np.floor(box[3])) + 1
            one["pixels"] = int(large[y0:y1, x0:x1].sum())
        found.append(one)
    if layout == "columns":
        output = output.T
    if layout == "rows":  # as many as three grids have cells, three times
        output = np.pad(output, ((0, 3 * sum(side[0] * side[1] // s**2 for s in (8, 16, 32)) - len(output)), (0, 0)))
    made = {"name": name, "names": names, "picture": picture, "input": side, "shape": list(output.shape), "output": [round(float(v), 4) for v in output.ravel()], "found": found}
    if masks:
        made |= {"protos_shape": [4, 16, 16], "protos": [float(v) for v in protos.ravel()]}
    ROWS.append(made)


def some(count, classes, side):
    """Boxes, half of them close to the one before."""
    boxes = []
    for i in range(count):
        if i % 2 and boxes:
            x, y, w, h, _ = boxes[-1]
            boxes.append((x + 2, y + 1, w, h + 1, rng.uniform(0.2, 0.95, classes).round(3).tolist()))
        else:
            x, y = (rng.uniform(0.15, 0.85) * s for s in side)
            w, h = rng.uniform(0.08, 0.28, 2) * side[0]
            boxes.append((round(x, 2), round(y, 2), round(w, 2), round(h, 2), rng.uniform(0.1, 0.95, classes).round(3).tolist()))
    return boxes


row("v8, one class, a wide picture", "columns", ["hand"], [400, 200], [256, 256], some(14, 1, (256, 128)))
row("v8, three classes", "columns", ["hand", "face", "person"], [320, 320], [256, 256], some(20, 3, (256, 256)))
row("v8 with masks", "columns", ["person"], [300, 240], [256, 256], some(16, 1, (256, 205)), masks=True)
row("v5, one class", "rows", ["hand"], [256, 256], [64, 64], some(14, 1, (64, 64)))
row("v5, two classes, a tall picture", "rows", ["hand", "face"], [201, 333], [64, 64], some(18, 2, (39, 64)))
row("v10, finished", "finished", ["hand", "face"], [512, 300], [256, 256], some(10, 2, (256, 150)), finished=True)
row("26 with masks, finished", "finished", ["person"], [256, 256], [256, 256], some(8, 1, (256, 256)), masks=True, finished=True)
ROWS.append({"name": "no YOLO", "names": ["hand"], "picture": [64, 64], "input": [64, 64], "shape": [3, 4], "output": [0] * 12, "error": "its output of 3 x 4 is not that of a YOLO detector"})
lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in ROWS)
(Path(__file__).parent / "detectors" / "yolo.json").write_text(f"[\n{lines}\n]\n")
