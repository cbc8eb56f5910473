"""Tiny upscalers as artists have them, and what PyTorch makes of a picture with them.

Written from the papers: ESRGAN (Wang et al. 2018), whose blocks Real-ESRGAN (Wang et al. 2021) puts behind a pixel unshuffle for factors 2 and 1, and its compact form, a chain of convolutions over an enlarged copy of the picture.
Weights are random; the last layer is scaled so that the result's values fill their range.

```
venv/bin/python tests/golden/upscalers.py
```
"""

from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from safetensors.torch import save_file
from torch import nn

OUT = Path(__file__).parent / "upscalers"


class Dense(nn.Module):
    """Five convolutions, each of which sees what all before it made."""

    def __init__(self, width: int, growth: int):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(width + i * growth, width if i == 4 else growth, 3, 1, 1) for i in range(5))

    def forward(self, x):
        seen = [x]
        for conv in self.convs[:4]:
            seen.append(F.leaky_relu(conv(torch.cat(seen, 1)), 0.2))
        return self.convs[4](torch.cat(seen, 1)) * 0.2 + x


class Rrdb(nn.Module):
    """Three dense blocks with a residual around them."""

    def __init__(self, width: int, growth: int):
        super().__init__()
        self.dense = nn.ModuleList(Dense(width, growth) for _ in range(3))

    def forward(self, x):
        y = x
        for block in self.dense:
            y = block(y)
        return y * 0.2 + x


class Esrgan(nn.Module):
    def __init__(self, width: int, growth: int, blocks: int, ups: int, unshuffle: int = 1):
        super().__init__()
        self.unshuffle = unshuffle
        self.first = nn.Conv2d(3 * unshuffle**2, width, 3, 1, 1)
        self.blocks = nn.ModuleList(Rrdb(width, growth) for _ in range(blocks))
        self.trunk = nn.Conv2d(width, width, 3, 1, 1)
        self.ups = nn.ModuleList(nn.Conv2d(width, width, 3, 1, 1) for _ in range(ups))
        self.fine = nn.Conv2d(width, width, 3, 1, 1)
        self.last = nn.Conv2d(width, 3, 3, 1, 1)
        self.scale = 2**ups // unshuffle

    def forward(self, x):
        _, _, height, width = x.shape
        side = self.unshuffle
        if side > 1:
            x = F.pixel_unshuffle(F.pad(x, (0, -width % side, 0, -height % side), "reflect"), side)
        x = self.first(x)
        y = x
        for block in self.blocks:
            y = block(y)
        x = x + self.trunk(y)
        for up in self.ups:
            x = F.leaky_relu(up(F.interpolate(x, scale_factor=2, mode="nearest")), 0.2)
        x = self.last(F.leaky_relu(self.fine(x), 0.2))
        return x[:, :, : height * self.scale, : width * self.scale]

    def named(self, names: str) -> dict[str, torch.Tensor]:
        """The tensors in the names of Real-ESRGAN (`new`), of ESRGAN's first release (`old`) or of its second (`trunk`)."""
        count, ups = len(self.blocks), len(self.ups)
        layers = {"first": ("conv_first", "model.0", "conv_first"), "trunk": ("conv_body", f"model.1.sub.{count}", "trunk_conv")}
        layers |= {f"ups.{i}": (f"conv_up{i + 1}", f"model.{3 + 3 * i}", f"upconv{i + 1}") for i in range(ups)}
        layers |= {"fine": ("conv_hr", f"model.{2 + 3 * ups}", "HRconv"), "last": ("conv_last", f"model.{4 + 3 * ups}", "conv_last")}
        for b in range(count):
            for d in range(3):
                for c in range(5):
                    layers[f"blocks.{b}.dense.{d}.convs.{c}"] = (
                        f"body.{b}.rdb{d + 1}.conv{c + 1}", f"model.1.sub.{b}.RDB{d + 1}.conv{c + 1}.0", f"RRDB_trunk.{b}.RDB{d + 1}.conv{c + 1}")
        column = ["new", "old", "trunk"].index(names)
        split = ((name.rsplit(".", 1), tensor) for name, tensor in self.state_dict().items())
        return {f"{layers[layer][column]}.{leaf}": tensor for (layer, leaf), tensor in split}


class Compact(nn.Module):
    def __init__(self, width: int, depth: int, scale: int):
        super().__init__()
        convs = [nn.Conv2d(3, width, 3, 1, 1), nn.PReLU(width)]
        for _ in range(depth):
            convs += [nn.Conv2d(width, width, 3, 1, 1), nn.PReLU(width)]
        self.body = nn.Sequential(*convs, nn.Conv2d(width, 3 * scale**2, 3, 1, 1))
        self.scale = scale
        self.last = self.body[-1]

    def forward(self, x):
        return F.pixel_shuffle(self.body(x), self.scale) + F.interpolate(x, scale_factor=self.scale, mode="nearest")

    def named(self, _: str) -> dict[str, torch.Tensor]:
        return {name: tensor for name, tensor in self.state_dict().items() if name.startswith("body.")}


CASES = {
    # name: (network, names, element type, beginning of the names)
    "esrgan-x4-new": (lambda: Esrgan(6, 3, 2, 2), "new", torch.float32, ""),
    "esrgan-x4-old": (lambda: Esrgan(6, 3, 2, 2), "old", torch.float32, ""),
    "esrgan-x4-trunk": (lambda: Esrgan(6, 4, 1, 2), "trunk", torch.float16, ""),
    "esrgan-x8-old": (lambda: Esrgan(4, 3, 1, 3), "old", torch.float32, ""),
    "esrgan-x1-old": (lambda: Esrgan(6, 3, 1, 0), "old", torch.float32, ""),
    "esrgan-x2-unshuffle": (lambda: Esrgan(6, 3, 1, 2, 2), "new", torch.float32, "params_ema."),
    "esrgan-x1-unshuffle": (lambda: Esrgan(6, 3, 1, 2, 4), "new", torch.float32, ""),
    "compact-x4": (lambda: Compact(8, 3, 4), "", torch.float32, ""),
    "compact-x2": (lambda: Compact(6, 2, 2), "", torch.bfloat16, "params."),
    "compact-x1": (lambda: Compact(6, 2, 1), "", torch.float32, ""),
}


def picture(width: int, height: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:height, 0:width]
    smooth = np.stack([x / width, y / height, (x + y) / (width + height)], 2)
    pixels = smooth + 0.15 * rng.standard_normal(smooth.shape)
    pixels[8:16, 10:20] = [0.9, 0.2, 0.1]
    return (pixels.clip(0, 1) * 255).round().astype(np.uint8)


def spread(net: nn.Module, x: torch.Tensor) -> None:
    """Brings the result's mean to 0.5 and its deviation to 0.2."""
    net.last.bias.data.zero_()
    made = net(x)
    net.last.weight.data *= 0.2 / made.std()
    made = net(x)
    net.last.bias.data += 0.5 - made.mean()


def graph(name: str, nodes: list, shape: tuple, out: tuple, constants: list = (), element=TensorProto.FLOAT, ports=("lr", "hr")) -> None:
    """An ONNX network of one input and one output."""
    body = helper.make_graph(
        nodes, "enlarge", [helper.make_tensor_value_info(ports[0], element, shape)], [helper.make_tensor_value_info(ports[1], element, out)], list(constants))
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, OUT / f"{name}.onnx")


def graphs() -> None:
    """Pixels repeated: what comes out can be foreseen."""
    resize = lambda n: (helper.make_node("Resize", ["lr", "", "scales"], ["hr"], mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric"),
                        [numpy_helper.from_array(np.array([1, 1, n, n], np.float32), "scales")])
    node, scales = resize(3)
    graph("onnx-x3-free", [node], (None, 3, None, None), (None, 3, None, None), scales)
    node, scales = resize(2)
    graph("onnx-x2-fixed", [node], (1, 3, 24, 32), (1, 3, 48, 64), scales)
    half = TensorProto.FLOAT16
    graph("onnx-x2-half", [node], ("n", 3, "h", "w"), ("n", 3, "H", "W"), scales, half)
    last = [numpy_helper.from_array(np.array([1, 2, 2, 1], np.float32), "scales")]
    graph("onnx-x2-last", [node], (1, "h", "w", 3), (1, "H", "W", 3), last)
    graph("onnx-x2-fixed-last", [node], (1, 16, 16, 3), (1, 32, 32, 3), last)
    # No enlargers.
    node, scales = resize(1)
    shrink = [numpy_helper.from_array(np.array([1, 1, 0.5, 0.5], np.float32), "scales")]
    graph("bad-shrinks", [node], (1, 3, None, None), (1, 3, None, None), shrink)
    graph("bad-grey", [node], (1, 1, None, None), (1, 1, None, None), scales)
    graph("bad-flat", [helper.make_node("Flatten", ["lr"], ["hr"])], (1, 3, 16, 16), (1, 768))
    graph("bad-bytes", [node], (1, 3, None, None), (1, 3, None, None), scales, TensorProto.UINT8)
    graph("bad-batch", [node], (2, 3, 16, 16), (2, 3, 16, 16), scales)
    twice = [helper.make_node("Add", ["lr", "noise"], ["hr"])]
    body = helper.make_graph(twice, "two", [helper.make_tensor_value_info(n, 1, (1, 3, None, None)) for n in ("lr", "noise")],
                             [helper.make_tensor_value_info("hr", 1, (1, 3, None, None))])
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, OUT / "bad-two-inputs.onnx")


@torch.no_grad()
def main() -> None:
    OUT.mkdir(exist_ok=True)
    pixels = picture(33, 22)
    Image.fromarray(pixels).save(OUT / "picture.png")
    x = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    for seed, (name, (make, names, element, start)) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        net = make().eval()
        spread(net, x)
        tensors = {name: tensor.to(element).contiguous() for name, tensor in net.named(names).items()}
        save_file({start + name: tensor for name, tensor in tensors.items()}, OUT / f"{name}.safetensors")
        # As rounded as the file.
        net.load_state_dict({name: tensor.to(element).float() for name, tensor in net.state_dict().items()})
        made = net(x)
        made = (made[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()
        assert made.shape == (22 * net.scale, 33 * net.scale, 3), made.shape
        Image.fromarray(made).save(OUT / f"{name}.png")
        print(name, made.mean(), made.std())
    graphs()


if __name__ == "__main__":
    main()
