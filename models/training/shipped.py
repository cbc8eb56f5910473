"""Reads networks back out of the ONNX files that `export.py` wrote, so that training can go on where no checkpoint is left.

Weights come back as the float16 that they were stored as. The exporter folds a batch norm into the convolution before it;
it comes back with the statistics of the pictures that it is shown, so that the network says what it said before.
"""

import onnx
import torch
from onnx import numpy_helper
from torch import nn


def stored(path):
    """{name: tensor} of the weights of a graph that keeps them in its own file, in the order in which they are stored."""
    graph = onnx.load(path).graph
    return {tensor.name.removesuffix(".half"): torch.from_numpy(numpy_helper.to_array(tensor).copy()).float() for tensor in graph.initializer}


def hooked(network, kinds, call, x):
    """Runs the network on x; `call(module, input)` is told of its modules of some kinds in the order in which they run."""
    hooks = [module.register_forward_pre_hook(lambda module, given: call(module, given[0])) for module in network.modules() if isinstance(module, kinds)]
    with torch.no_grad():
        network(x)
    for hook in hooks:
        hook.remove()


def restore(network, path, prefix, x):
    """Gives a network the weights that a graph stores, under their own names after `prefix` or folded; `x`: pictures that it is meant for."""
    network.eval()
    weights, order = stored(path), []
    hooked(network, (nn.Conv2d, nn.BatchNorm2d), lambda module, _: order.append(module), x)
    folded = [weights[name] for name in sorted((n for n in weights if n.startswith("onnx::Conv_")), key=lambda name: int(name.rpartition("_")[2]))]
    pairs = [(conv, norm) for conv, norm in zip(order, order[1:]) if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)]
    if len(folded) != 2 * len(pairs):
        raise ValueError(f"{path} holds {len(folded)} folded tensors, the network has {len(pairs)} convolutions with a norm")
    with torch.no_grad():
        for (conv, norm), weight, bias in zip(pairs, folded[::2], folded[1::2]):
            conv.weight.copy_(weight)
            norm.running_mean.zero_(), norm.running_var.fill_(1 - norm.eps)
            norm.weight.fill_(1), norm.bias.copy_(bias)
    for name, tensor in network.state_dict().items():
        if prefix + name in weights:
            tensor.copy_(weights[prefix + name])

    def learn_statistics(norm, given):
        mean, var = given.mean((0, 2, 3)), given.var((0, 2, 3))
        norm.bias += mean
        norm.running_mean.copy_(mean), norm.running_var.copy_(var)
        norm.weight.copy_((var + norm.eps).sqrt())

    hooked(network, nn.BatchNorm2d, learn_statistics, x)
    return network
