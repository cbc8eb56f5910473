"""Asks a running server for every network of a repository, over HTTP and gRPC, and compares with ONNX Runtime here, bit for bit.

`python compare.py REPOSITORY HTTP_PORT GRPC_PORT kserve|triton`
"""

import sys
import time

import client
import grpc
import networks
import numpy as np

try:
    from kserve.protocol.grpc import grpc_predict_v2_pb2 as messages
    from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as services
except ModuleNotFoundError:
    from tritonclient.grpc import service_pb2 as messages
    from tritonclient.grpc import service_pb2_grpc as services


def over_grpc(channel, model, inputs):
    request = messages.ModelInferRequest(model_name=model)
    for name, value in inputs.items():
        tensor = request.inputs.add(name=name, datatype=client.NAMES[value.dtype])
        tensor.shape.extend(value.shape)
        request.raw_input_contents.append(value.tobytes())
    answer = services.GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=60)
    pairs = zip(answer.outputs, answer.raw_output_contents)
    return {
        told.name: np.frombuffer(raw, client.NUMPY[told.datatype]).reshape(tuple(told.shape))
        for told, raw in pairs
    }


def example(network: networks.Network, pictures: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(7)
    shared = {-1: 16}
    found = {}
    for name, _, kind, sides in network.inputs:
        first = pictures if name not in ("input_ids", "embeddings") else 1
        rest = [shared.get(side, side) for side in sides[1:]]
        if name == "controlnet_cond":
            rest = [3, 32, 32]
        elif name.endswith("_residual"):
            rest = [rest[0], 1, 1]
        elif name == "input_ids":
            rest = [77]
        elif len(sides) == 4 and sides[1] < 0:
            # Exports may leave their channels free.
            rest[0] = 3 if network.name.endswith("vae_encoder") else 4
        shape = [first, *rest] if sides else []
        found[name] = np.asarray(random.uniform(-1, 1, shape), kind)
    return found


if __name__ == "__main__":
    repository, http, rpc, server = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    channel = grpc.insecure_channel(f"127.0.0.1:{rpc}")
    for network in networks.read(repository):
        for pictures in (1, 2) if network.max_batch > 1 else (1,):
            given = example(network, pictures)
            expected = network.run(given)
            told = given
            if server == "triton" and network.max_batch:
                # Triton knows no tensor without sides but the batch.
                told = {name: one.reshape(-1, 1) if one.ndim < 2 else one for name, one in given.items()}
            for way, ask in {
                "http": lambda: client.infer(("127.0.0.1", http), network.name, told, 60),
                "grpc": lambda: over_grpc(channel, network.name, told),
            }.items():
                start = time.perf_counter()
                found = ask()
                took = time.perf_counter() - start
                same = all(np.array_equal(found[name], value) for name, value in expected.items())
                kinds = sorted({str(value.dtype) for value in found.values()})
                print(f"{network.name} {way}, {pictures} at once, {kinds}: {'same' if same else 'OTHER'} ({took * 1e3:.0f} ms)")
                assert same and found.keys() == expected.keys()
