"""Tiny taggers of random weights in the layouts of WD14 and JoyTag, what they are fed of some pictures, and what ONNX Runtime makes of that with them.

The pictures are prepared as SmilingWolf's `wd-tagger` and fancyfeast's `joytag` prepare theirs: alpha over white (WD14), padded to a white centred square, Pillow's bicubic resize.

```
venv/bin/python tests/golden/taggers.py
```
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from safetensors.numpy import save_file

OUT = Path(__file__).parent / "taggers"
SIDE = 32
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)

WD_TAGS = [
    ("general", 9), ("sensitive", 9), ("questionable", 9), ("explicit", 9),
    ("1girl", 0), ("solo", 0), ("long_hair", 0), (">_<", 0), ("^_^", 0), ("photo_(medium)", 0), ("realistic", 0), ("traditional_media", 0),
    ("dress", 0), ("outdoors", 0), ('"quoted",_comma', 0), ("||_||", 0), ("{curly}", 0), ("back\\slash", 0),
    ("hatsune_miku", 4), ("artoria_pendragon_(fate)", 4),
]
JOY_TAGS = ["photorealistic", "1girl", "outdoors", "tree", "sky", "cloud", "photo_(medium)", "no_humans"]

PICTURES = {
    # name: width, height, whether something shines through
    "wide": (75, 40, False),
    "tall": (23, 61, True),
    "small": (9, 12, True),
    "exact": (32, 32, False),
    "odd": (33, 30, False),
    "large": (211, 140, True),
}


def picture(width: int, height: int, alpha: bool) -> Image.Image:
    random = np.random.default_rng(width * 1000 + height)
    pixels = random.integers(0, 256, (height, width, 4), dtype=np.uint8)
    y, x = np.mgrid[0:height, 0:width]
    pixels[..., 0] = (x * 255 // max(width - 1, 1)).astype(np.uint8)
    pixels[: height // 2, : width // 2, 1] = 250
    if width > 100:
        pixels &= 0xC0
    if not alpha:
        pixels[..., 3] = 255
    return Image.fromarray(pixels, "RGBA")


def square(image: Image.Image, side: int) -> Image.Image:
    canvas = Image.new("RGBA", image.size, (255, 255, 255))
    canvas.alpha_composite(image)
    image = canvas.convert("RGB")
    longest = max(image.size)
    padded = Image.new("RGB", (longest, longest), (255, 255, 255))
    padded.paste(image, ((longest - image.width) // 2, (longest - image.height) // 2))
    return padded.resize((side, side), Image.BICUBIC) if longest != side else padded


def wd_input(image: Image.Image, side: int) -> np.ndarray:
    return np.asarray(image, np.float32)[None, :, :, ::-1]


def joy_input(image: Image.Image, side: int) -> np.ndarray:
    values = np.asarray(image, np.float32) / np.float32(255)
    return ((values - MEAN) / DEVIATION).transpose(2, 0, 1)[None]


def graph(tags: int, shape: list, last: bool, sigmoid: bool, scale: float, element=TensorProto.FLOAT, more=None) -> onnx.ModelProto:
    """A linear layer over a 4 x 4 view of the input."""
    random = np.random.default_rng(tags)
    kind = np.float16 if element == TensorProto.FLOAT16 else np.float32
    weights = (random.normal(size=(4 * 4 * 3, tags)) * scale).astype(kind)
    bias = random.normal(size=(tags,)).astype(kind)
    nodes = []
    source = "input"
    if last:
        nodes.append(helper.make_node("Transpose", [source], ["planes"], perm=[0, 3, 1, 2]))
        source = "planes"
    nodes += [
        helper.make_node("AveragePool", [source], ["pooled"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["mixed"]),
        helper.make_node("Add", ["mixed", "bias"], ["output" if not sigmoid else "logits"]),
    ]
    if sigmoid:
        nodes.append(helper.make_node("Sigmoid", ["logits"], ["output"]))
    nodes += more or []
    return helper.make_model(
        helper.make_graph(
            nodes, "tagger",
            [helper.make_tensor_value_info("input", element, shape)],
            [helper.make_tensor_value_info("output", element, ["batch", tags])],
            [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
        ),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
    )


def csv(tags, extra="") -> str:
    lines = ["tag_id,name,category,count"]
    for number, (name, category) in enumerate(tags):
        quoted = '"' + name.replace('"', '""') + '"' if "," in name or '"' in name else name
        lines.append(f"{9990 + number},{quoted},{category},{1000 - number}")
    return "\n".join(lines) + "\n" + extra


def write(folder: str, model: onnx.ModelProto, lists: dict, name: str = "model.onnx") -> None:
    to = OUT / folder
    to.mkdir(parents=True)
    onnx.save(model, to / name)
    for list_name, text in lists.items():
        (to / list_name).write_text(text)


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    wd = {"selected_tags.csv": csv(WD_TAGS)}
    joy = {"top_tags.txt": "\n".join(JOY_TAGS)}
    count = len(WD_TAGS)
    write("wd", graph(count, ["batch", SIDE, SIDE, 3], True, True, 0.002), wd)
    write("wd-planes", graph(count, ["batch", 3, SIDE, SIDE], False, True, 0.002), wd)
    write("wd-half", graph(count, ["batch", SIDE, SIDE, 3], True, True, 0.002, TensorProto.FLOAT16), {"wd-half.csv": csv(WD_TAGS)}, "wd-half.ONNX")
    write("joy", graph(len(JOY_TAGS), ["batch", 3, SIDE, SIDE], False, False, 0.2), joy)
    world = [("out_of_domain", 9), ("cat", 0), ("house", 0), ("tree", 0)]
    write("world", graph(len(world), ["batch", 3, SIDE, SIDE], False, True, 0.002), {"selected_tags.csv": csv(world)})

    # What cannot be run.
    good = graph(count, ["batch", SIDE, SIDE, 3], True, True, 0.002)
    write("bad/no-list", good, {})
    write("bad/fewer-names", good, {"selected_tags.csv": csv(WD_TAGS[:-1])})
    write("bad/no-columns", good, {"selected_tags.csv": "1,2\n3,4\n"})
    write("bad/cut-line", good, {"selected_tags.csv": csv(WD_TAGS[:-1], "7")})
    write("bad/empty-list", good, {"selected_tags.csv": ""})
    write("bad/logits", graph(count, ["batch", SIDE, SIDE, 3], True, False, 0.01), wd)
    write("bad/oblong", graph(count, ["batch", SIDE, 2 * SIDE, 3], True, True, 0.002), wd)
    write("bad/one-channel", graph(count, ["batch", 1, SIDE, SIDE], False, True, 0.002), wd)
    nan = graph(count, ["batch", SIDE, SIDE, 3], True, True, 0.002)
    nan.graph.initializer[1].CopyFrom(numpy_helper.from_array(np.full(count, np.nan, np.float32), "bias"))
    write("bad/nan", nan, wd)
    words = helper.make_model(
        helper.make_graph(
            [helper.make_node("Identity", ["input_ids"], ["output"])], "words",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, 77])],
            [helper.make_tensor_value_info("output", TensorProto.INT64, [1, 77])],
        ),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
    )
    write("bad/text-network", words, wd)
    (OUT / "bad/no-graph").mkdir()
    (OUT / "bad/no-graph/selected_tags.csv").write_text(csv(WD_TAGS))
    (OUT / "bad/broken").mkdir()
    (OUT / "bad/broken/selected_tags.csv").write_text(csv(WD_TAGS))
    (OUT / "bad/broken/model.onnx").write_bytes(b"no graph")

    scores = {}
    for name, (width, height, alpha) in PICTURES.items():
        image = picture(width, height, alpha)
        image.save(OUT / f"{name}.png")
        squared = square(image, SIDE)
        squared.save(OUT / f"{name}.square.png")
        for folder, file, prepare in [
            ("wd", "model.onnx", wd_input), ("wd-planes", "model.onnx", lambda image, side: wd_input(image, side).transpose(0, 3, 1, 2)),
            ("wd-half", "wd-half.ONNX", wd_input), ("joy", "model.onnx", joy_input),
        ]:
            session = onnxruntime.InferenceSession(OUT / folder / file, providers=["CPUExecutionProvider"])
            kind = np.float16 if folder == "wd-half" else np.float32
            [made] = session.run(None, {"input": np.ascontiguousarray(prepare(squared, SIDE)).astype(kind)})
            made = made[0].astype(np.float32)
            scores[f"{folder} {name}"] = 1 / (1 + np.exp(-made)) if folder == "joy" else made
            print(folder, name, scores[f"{folder} {name}"].round(2))
    save_file(scores, OUT / "expected.safetensors")


if __name__ == "__main__":
    main()
