"""ControlNets for the tiny checkpoints, and what diffusers' models make of them.

Each begins as a copy of its checkpoint's way down, its convolutions of zeros drawn anew, so that what it is shown changes the picture.
What a unit is shown is made here by OpenCV and numpy; soft weights are those of sd-webui-controlnet (`scripts/hook.py`).
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from diffusers import ControlNetModel, ControlNetUnionModel
from safetensors.torch import load_file, save_file

from checkpoints import BF16, E4M3, F16, Checkpoint, unet_name
from tiny_models import sizes, write_json

KINDS = {"pose": 0, "depth": 1, "scribble": 2, "canny": 3, "lines": 3, "normal": 4, "segments": 5, "tile": 6, "blur": 6, "grey": 6, "inpaint": 7}


@dataclass(frozen=True)
class Control:
    """A file or folder: `style` is `ldm` (`control_model.`), `ldm-bare`, `diffusers` or `folder`."""

    base: str
    style: str
    dtype: torch.dtype = F16
    union: bool = False
    seed: int = 1


CONTROLS = {
    "sd1": Control("ldm-sd1", "ldm"),
    "sd1-tile": Control("ldm-sd1", "diffusers", E4M3, seed=2),
    "sd2": Control("ldm-sd2-v", "ldm-bare", E4M3, seed=3),
    "sdxl": Control("ldm-sdxl", "diffusers", BF16, seed=4),
    "sdxl-ldm": Control("ldm-sdxl", "ldm", E4M3, seed=5),
    "union-sdxl": Control("ldm-sdxl", "diffusers", F16, union=True, seed=6),
    "folder-sd1": Control("folder-sd1", "folder", F16, seed=7),
}


def empty(how: Control, model: Checkpoint):
    """The module, a copy of the UNet's way down where it has one."""
    config, halvings = model.unet.config, model.variant.factor.bit_length() - 1
    shared = (
        "down_block_types", "block_out_channels", "layers_per_block", "norm_num_groups", "cross_attention_dim", "attention_head_dim", "num_attention_heads",
        "transformer_layers_per_block", "use_linear_projection", "addition_embed_type", "addition_time_embed_dim", "projection_class_embeddings_input_dim",
    )
    own = {key: config[key] for key in shared if config.get(key) is not None}
    own["conditioning_embedding_out_channels"] = tuple(8 for _ in range(halvings + 1))
    width = config["block_out_channels"][0]
    union = {"num_control_type": 8, "num_trans_channel": width, "num_proj_channel": width, "num_trans_head": 2}
    net = ControlNetUnionModel(**own, **union) if how.union else ControlNetModel(**own)
    copied = {name: value for name, value in model.unet.state_dict().items() if name in net.state_dict()}
    copied = {name: value[:, :4] if name == "conv_in.weight" else value for name, value in copied.items()}
    net.load_state_dict(copied, strict=False)
    return net.eval().requires_grad_(False)


def drawn(how: Control, model: Checkpoint):
    torch.manual_seed(how.seed)
    net = empty(how, model)
    with torch.no_grad():
        for name, value in net.named_parameters():
            if name.startswith(("controlnet_down_blocks", "controlnet_mid_block")):
                value.normal_(0, 0.06 if name.endswith("weight") else 0.02)
            elif name.startswith(("controlnet_cond_embedding", "spatial_ch_projs")):
                value.normal_(0, 0.3 if name.endswith("weight") else 0.05)
            elif name == "task_embedding":
                value.normal_(0, 1.5)
    return net


def ldm_name(name: str, model: Checkpoint, last: int) -> str:
    """diffusers' name of a ControlNet's tensor in LDM's terms."""
    parts = name.split(".")
    if parts[0] == "controlnet_down_blocks":
        return f"zero_convs.{parts[1]}.0.{parts[2]}"
    if parts[0] == "controlnet_mid_block":
        return f"middle_block_out.0.{parts[1]}"
    if parts[0] == "controlnet_cond_embedding":
        place = {"conv_in": 0, "conv_out": last}.get(parts[1])
        return f"input_hint_block.{2 * (int(parts[2]) + 1) if place is None else place}.{parts[-1]}"
    return unet_name(name, model.variant)


def named(how: Control, model: Checkpoint, net) -> dict[str, str]:
    """The file's names of its tensors, to diffusers'."""
    blocks = len(net.controlnet_cond_embedding.blocks)
    head = "control_model." if how.style == "ldm" else ""
    return {head + ldm_name(name, model, 2 * (blocks + 1)) if how.style.startswith("ldm") else name: name for name in net.state_dict()}


def write(name: str, model: Checkpoint, folder: Path) -> None:
    how = CONTROLS[name]
    net = drawn(how, model)
    values = net.state_dict()
    values = {written: values[own].to(how.dtype).contiguous() for written, own in named(how, model, net).items()}
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.safetensors"
    if how.style == "folder":
        (folder / name).mkdir(exist_ok=True)
        path = folder / name / "diffusion_pytorch_model.safetensors"
        keys = ("block_out_channels", "down_block_types", "attention_head_dim", "norm_num_groups", "layers_per_block", "cross_attention_dim", "conditioning_embedding_out_channels")
        write_json(folder / name / "config.json", {"_class_name": "ControlNetModel"} | {key: net.config[key] for key in keys})
    save_file(values, path, {"format": "pt"})
    path.chmod(0o644)
    print(f"  {name}: {path.stat().st_size / 1024:.0f} KiB")


def read(name: str, model: Checkpoint, folder: Path):
    """What the file holds; every tensor must have its place."""
    how = CONTROLS[name]
    net = empty(how, model)
    path = folder / name / "diffusion_pytorch_model.safetensors" if how.style == "folder" else folder / f"{name}.safetensors"
    values, names = load_file(path), named(how, model, net)
    assert set(values) == set(names)
    net.load_state_dict({names[key]: value.float() for key, value in values.items()})
    return net


def shown(kind: str, picture: np.ndarray, cover: np.ndarray | None, union: bool) -> torch.Tensor:
    """What a unit is shown, `[1, 3, H, W]`."""
    if kind == "canny":
        picture = cv2.Canny(picture, 100, 200)[..., None].repeat(3, 2)
    elif kind == "grey":
        picture = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[..., :1].repeat(3, 2)
    seen = torch.from_numpy(picture.astype(np.float32) / 255).permute(2, 0, 1)[None]
    if kind != "inpaint":
        return seen
    hole = torch.from_numpy((cover >= 128).astype(np.float32))[None, None] if cover is not None else torch.ones_like(seen[:, :1])
    return torch.where(hole.expand_as(seen) > 0.5, torch.tensor(0.0 if union else -1.0), seen)


def prepare(model: Checkpoint, recipe: dict, picture: np.ndarray | None, cover: np.ndarray | None, own: list, steps: int) -> None:
    """Notes what each unit of the recipe is shown."""
    model.units, model.step, model.steps = [], 0, steps
    for index, unit in enumerate(recipe.get("controls", [])):
        net = model.controls[unit["model"]]
        union = isinstance(net, ControlNetUnionModel)
        look = own[index] if index < len(own) and own[index] is not None else picture
        model.units.append((unit, net, shown(unit["kind"], look, cover, union)))


@torch.no_grad()
def predict(model: Checkpoint, sample: torch.Tensor, timestep: torch.Tensor, context, asked: bool) -> torch.Tensor:
    """The UNet with what its units add at this step."""
    if not getattr(model, "units", None):
        return model.predict(sample, timestep, context)
    states, extras = context, None
    if model.variant.xl:
        states, pooled = context
        extras = {"text_embeds": pooled, "time_ids": sizes(sample, model.variant.factor)}
    total = None
    for unit, net, hint in model.units:
        keep = 1.0 - float(model.step / model.steps < unit["start"] or (model.step + 1) / model.steps > unit["end"])
        if keep == 0.0 or (unit["mode"] == "control" and not asked):
            continue
        more = {}
        if isinstance(net, ControlNetUnionModel):
            index = KINDS[unit["kind"]]
            more = {"control_type": torch.eye(8)[index][None], "control_type_idx": [index]}
            hint = [hint]
        down, mid = net(sample[:, :4], timestep, states, hint, added_cond_kwargs=extras, return_dict=False, **more)
        soft = unit["mode"] != "balanced"
        scales = [unit["weight"] * (0.825 ** (12 - i) if soft else 1.0) for i in range(len(down) + 1)]
        added = [value * scale for value, scale in zip([*down, mid], scales)]
        total = added if total is None else [a + b for a, b in zip(total, added)]
    if total is None:
        return model.predict(sample, timestep, context)
    return model.unet(sample, timestep, states, added_cond_kwargs=extras, down_block_additional_residuals=total[:-1], mid_block_additional_residual=total[-1]).sample
