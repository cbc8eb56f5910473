"""A tiny UNet with two ControlNets in it, as one graph in the layout of diffusers' `convert_stable_diffusion_controlnet_to_onnx.py`, and what diffusers' modules predict.

```
venv/bin/python tests/golden/merged.py
```
"""

import json
import os
import warnings
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnx
import torch
from diffusers import ControlNetModel, UNet2DConditionModel

from captioners import export

OUT = Path(__file__).parent / "merged"
SHARED = dict(down_block_types=("DownBlock2D",), block_out_channels=(4,), layers_per_block=1, norm_num_groups=2, cross_attention_dim=6, attention_head_dim=1)
HEIGHT, WIDTH = 4, 6


class Merged(torch.nn.Module):
    def __init__(self, unet, controls):
        super().__init__()
        self.unet, self.controls = unet, torch.nn.ModuleList(controls)

    def forward(self, sample, timestep, encoder_hidden_states, controlnet_conds, conditioning_scales):
        total = None
        for control, picture, scale in zip(self.controls, controlnet_conds, conditioning_scales):
            down, mid = control(sample, timestep, encoder_hidden_states, picture, scale, return_dict=False)
            added = [*down, mid]
            total = added if total is None else [one + other for one, other in zip(total, added)]
        return self.unet(sample, timestep, encoder_hidden_states, down_block_additional_residuals=total[:-1], mid_block_additional_residual=total[-1], return_dict=False)[0]


def drawn() -> Merged:
    torch.manual_seed(5)
    unet = UNet2DConditionModel(up_block_types=("UpBlock2D",), **SHARED)
    controls = [ControlNetModel(conditioning_embedding_out_channels=(2, 2, 2, 2), mid_block_type="UNetMidBlock2D", **SHARED) for _ in range(2)]
    for control in controls:
        for name, value in control.named_parameters():
            if name.startswith(("controlnet_down_blocks", "controlnet_mid_block", "controlnet_cond_embedding")):
                torch.nn.init.normal_(value, 0, 0.5)
    return Merged(unet, controls).eval().requires_grad_(False)


def free() -> onnx.ModelProto:
    """A graph that does not say how many ControlNets are in it."""
    shapes = {"sample": ["2B", 4, "H", "W"], "timestep": [1], "encoder_hidden_states": ["2B", "words", 6], "controlnet_conds": ["count", "2B", 3, "8H", "8W"], "conditioning_scales": ["count", 1]}
    kinds = {"timestep": onnx.TensorProto.INT64}
    value = onnx.helper.make_tensor_value_info
    inputs = [value(name, kinds.get(name, onnx.TensorProto.FLOAT), shape) for name, shape in shapes.items()]
    outputs = [value("noise_pred", onnx.TensorProto.FLOAT, shapes["sample"])]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["sample"], ["noise_pred"])], "free", inputs, outputs)
    return onnx.helper.make_model(graph, ir_version=8, opset_imports=[onnx.helper.make_opsetid("", 17)])


def main() -> None:
    OUT.mkdir(exist_ok=True)
    model = drawn()
    # As the tests make the same numbers.
    grid = np.indices((2, 4, HEIGHT, WIDTH)).sum(0)
    sample = torch.from_numpy((grid * 0.1).astype(np.float32))
    context = torch.tensor([0.5, -0.5])[:, None, None].expand(2, 5, 6).contiguous()
    _, channel, y, x = np.indices((1, 3, 8 * HEIGHT, 8 * WIDTH))
    pictures = [channel * x / 94, y / 31 * (channel + 1) / 3]
    shown = torch.from_numpy(np.stack([np.repeat(one, 2, 0) for one in pictures]).astype(np.float32))
    scales = torch.tensor([[0.75], [0.5]])
    inputs = {"sample": sample, "timestep": torch.tensor([500]), "encoder_hidden_states": context, "controlnet_conds": shown, "conditioning_scales": scales}
    axes = {"sample": {0: "2B", 2: "H", 3: "W"}, "encoder_hidden_states": {0: "2B", 1: "words"}, "controlnet_conds": {1: "2B", 3: "8H", 4: "8W"}, "noise_pred": {0: "2B", 2: "H", 3: "W"}}
    wanted = {}
    for name, own in [("both", scales), ("first", torch.tensor([[1.0], [0.0]])), ("none", torch.zeros(2, 1))]:
        wanted[name] = [round(value, 6) for value in model(*(inputs | {"conditioning_scales": own}).values()).flatten().tolist()]
    export(model, inputs, ["noise_pred"], axes, OUT / "unet.onnx")
    onnx.save(free(), OUT / "unet-free.onnx")
    (OUT / "expected.json").write_text(json.dumps(wanted) + "\n")
    print((OUT / "unet.onnx").stat().st_size, wanted["both"][:4], wanted["none"][:4])


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main()
