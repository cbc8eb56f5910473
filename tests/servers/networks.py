"""The networks of a repository that `pentimento export-server` wrote, in ONNX Runtime."""

import argparse
import os
import pathlib
import re

import numpy as np

# It reports to its vendor from the import on, unless it is told not to.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime as ort

# ONNX Runtime's names of types, those of the Open Inference Protocol, and numpy's.
TYPES = {
    "tensor(float)": ("FP32", np.float32),
    "tensor(float16)": ("FP16", np.float16),
    "tensor(double)": ("FP64", np.float64),
    "tensor(int32)": ("INT32", np.int32),
    "tensor(int64)": ("INT64", np.int64),
    "tensor(bool)": ("BOOL", np.bool_),
}


class Network:
    """A network: `inputs` and `outputs` are (name, protocol's type, numpy's type, sides), -1 for a free side."""

    def __init__(self, folder: pathlib.Path):
        self.name = folder.name
        config = (folder / "config.pbtxt").read_text()
        self.max_batch = int(re.search(r"^max_batch_size: (\d+)$", config, re.M)[1])
        options = ort.SessionOptions()
        options.intra_op_num_threads = 2
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if "level: 1" in config:
            options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        self.session = ort.InferenceSession(
            str(folder / "1/model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.inputs = [_port(port) for port in self.session.get_inputs()]
        self.outputs = [_port(port) for port in self.session.get_outputs()]

    def run(self, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        names = [name for name, *_ in self.outputs]
        return dict(zip(names, self.session.run(names, given)))


def _port(port):
    sides = [side if isinstance(side, int) and side > 0 else -1 for side in port.shape]
    return (port.name, *TYPES[port.type], sides)


def read(repository: str) -> list[Network]:
    """All networks of a repository."""
    folders = sorted(pathlib.Path(repository).glob("*/config.pbtxt"))
    return [Network(config.parent) for config in folders]


def arguments(about: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("repository", help="what `pentimento export-server` wrote")
    # KServe reads the command line too, so the names are its own, and its others may follow.
    parser.add_argument("--http_port", type=int, required=True)
    parser.add_argument("--grpc_port", type=int, required=True)
    return parser.parse_known_args()[0]
