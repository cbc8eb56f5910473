"""Serves a repository by Triton, over HTTP and gRPC, batching as its configs say; ONNX Runtime runs in its Python backend."""

import networks
import numpy as np
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig


def tensors(network: networks.Network, ports):
    skipped = 1 if network.max_batch else 0
    return [
        Tensor(name=name, dtype=kind, shape=tuple(sides[skipped:]) or (1,))
        for name, _, kind, sides in ports
    ]


def bind(triton: Triton, network: networks.Network):
    ranks = {name: len(sides) for name, _, _, sides in network.inputs}

    def run(**given: np.ndarray):
        # What has no side of its own came as a list of one.
        shaped = {name: value.reshape(value.shape[: ranks[name]]) for name, value in given.items()}
        return network.run(shaped)

    def alone(requests):
        return [run(**{name: request[name] for name in ranks}) for request in requests]

    batcher = DynamicBatcher(max_queue_delay_microseconds=2000)
    config = (
        ModelConfig(batching=True, max_batch_size=network.max_batch, batcher=batcher)
        if network.max_batch
        else ModelConfig(batching=False)
    )
    triton.bind(
        model_name=network.name,
        infer_func=batch(run) if network.max_batch else alone,
        inputs=tensors(network, network.inputs),
        outputs=tensors(network, network.outputs),
        config=config,
        strict=True,
    )


if __name__ == "__main__":
    args = networks.arguments(__doc__)
    config = TritonConfig(
        http_address="127.0.0.1",
        http_port=args.http_port,
        grpc_address="127.0.0.1",
        grpc_port=args.grpc_port,
        allow_metrics=False,
    )
    with Triton(config=config) as triton:
        for network in networks.read(args.repository):
            bind(triton, network)
        triton.serve()
