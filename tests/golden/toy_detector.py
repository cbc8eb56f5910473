"""Writes fixtures/detectors/hand.onnx: a YOLO with two classes that finds the same three boxes in whatever picture.

    python tests/golden/toy_detector.py
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 64
output = np.zeros((1, 6, 84), np.float32)
# centre, size, scores of hand and person: two hands, one of them with a double, and a person
for column, row in enumerate([(16, 20, 12, 14, 0.9, 0), (17, 20, 12, 14, 0.6, 0), (44, 40, 16, 16, 0.5, 0.1), (32, 32, 60, 60, 0, 0.8)]):
    output[0, :, column] = row
nodes = [
    helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
    helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
    helper.make_node("Add", ["boxes", "nothing"], ["output0"]),
]
graph = helper.make_graph(
    nodes,
    "toy",
    [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
    [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 6, 84])],
    [numpy_helper.from_array(output, "boxes"), numpy_helper.from_array(np.float32(0), "zero")],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
helper.set_model_props(model, {"names": "{0: 'hand', 1: 'person'}", "imgsz": f"[{SIDE}, {SIDE}]", "task": "detect"})
path = Path(__file__).parents[1] / "fixtures" / "detectors" / "hand.onnx"
path.parent.mkdir(exist_ok=True)
onnx.save(model, path)
