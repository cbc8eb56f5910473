"""A client of the Open Inference Protocol over HTTP, with tensors as bytes: no more than the tests of servers need."""

import http.client
import json

import numpy as np

NUMPY = {"FP16": np.float16, "FP32": np.float32, "INT32": np.int32, "INT64": np.int64}
NAMES = {np.dtype(kind): name for name, kind in NUMPY.items()}


def infer(
    address: tuple[str, int], model: str, inputs: dict[str, np.ndarray], timeout: float
) -> dict[str, np.ndarray]:
    """One call of a network; OSError or http.client.HTTPException when the server is gone, ValueError when it refuses."""
    tensors = {name: np.ascontiguousarray(value) for name, value in inputs.items()}
    head = json.dumps(
        {
            "inputs": [
                {
                    "name": name,
                    "datatype": NAMES[value.dtype],
                    "shape": value.shape,
                    "parameters": {"binary_data_size": value.nbytes},
                }
                for name, value in tensors.items()
            ],
            "parameters": {"binary_data_output": True},
        }
    ).encode()
    body = head + b"".join(value.tobytes() for value in tensors.values())
    connection = http.client.HTTPConnection(*address, timeout=timeout)
    try:
        connection.request(
            "POST",
            f"/v2/models/{model}/infer",
            body,
            {
                "Content-Type": "application/octet-stream",
                "Inference-Header-Content-Length": str(len(head)),
            },
        )
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise ValueError(f"{answer.status}: {content[:200]!r}")
    length = int(answer.headers["Inference-Header-Content-Length"])
    told, rest = json.loads(content[:length]), memoryview(content)[length:]
    found = {}
    for output in told["outputs"]:
        size = output["parameters"]["binary_data_size"]
        values = np.frombuffer(rest[:size], NUMPY[output["datatype"]])
        found[output["name"]] = values.reshape(output["shape"])
        rest = rest[size:]
    return found
